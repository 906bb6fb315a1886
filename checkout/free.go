package checkout

import (
	"context"
	"fmt"
	"slices"

	"boxoffice/tickets"
)

// GatewayFree names the payment of an order that costs nothing: it has an attempt and a capture of zero like any
// other, so that whatever is paid was captured.
const GatewayFree = "free"

// payFree completes an order whose total is zero, in one transaction.
func (d *Desk) payFree(ctx context.Context, p Paying) (tickets.Order, tickets.Payment, error) {
	var o tickets.Order
	var pay tickets.Payment
	err := d.update(ctx, func(t *turn) (err error) {
		if o, err = t.ofOrder(p.Order, p.Customer); err != nil {
			return err
		}
		if o.Total().Amount != 0 {
			return tickets.Refuse(tickets.Invalid, "order %s costs %s", o.ID, o.Total())
		}
		if o.Paid() {
			pay, err = t.Payment(o.PaidBy)
			return err
		}
		if o, pay, err = t.beginPayment(p, freeGateway{}, Method{ID: GatewayFree, Protocol: "none"}); err != nil {
			return err
		}
		_, err = t.capture(GatewayFree, Report{Kind: ReportPaid, Reference: pay.ID, Charge: string(pay.ID), Amount: pay.Total}, p.Source, "")
		if err != nil {
			return err
		}
		if o, err = t.Order(p.Order); err != nil {
			return err
		}
		pay, err = t.Payment(pay.ID)
		return err
	})
	if err != nil {
		return o, pay, fmt.Errorf("complete free order: %w", err)
	}
	return o, pay, nil
}

// giveUp ends a completed order that cost nothing (T37): its tickets end and its places return. There is no money to give
// back.
func (t *turn) giveUp(o tickets.Order, by tickets.Actor, source string) error {
	ks, err := t.Tickets(o.ID)
	if err != nil {
		return err
	}
	cat, loc, err := t.catalog()
	if err != nil {
		return err
	}
	switch {
	case slices.ContainsFunc(ks, func(k tickets.Ticket) bool { return k.Admitted > 0 }):
		return tickets.Refuse(tickets.Conflict, "a ticket of order %s was used", o.ID).With("reason", "used").With("stage", string(o.Stage))
	case o.Slot().Date < tickets.DateOf(t.now, loc):
		return tickets.Refuse(tickets.Conflict, "the visit of order %s is over", o.ID).With("reason", "date").With("stage", string(o.Stage))
	}
	if err := t.returnTickets(ks); err != nil {
		return err
	}
	for _, k := range ks {
		k.Revoke(t.now)
		if err := t.PutTicket(k); err != nil {
			return err
		}
	}
	if len(ks) == 0 && !o.Returned {
		if err := t.returnPlaces(cat.Merchant.ID, o.Slot(), tickets.Draws(o.Quote.Lines)); err != nil {
			return err
		}
		o.Returned = true
	}
	if err := t.closeCase(tickets.CaseUnfulfilled, string(o.ID), "given_up", by, ""); err != nil {
		return err
	}
	before, err := o.Move(tickets.TRefundAll, t.now)
	if err != nil {
		return err
	}
	o.Reason = reasonCancel
	f := o.Record(tickets.OrderCancelled, t.now, by, source, tickets.TRefundAll, before, map[string]any{"quantity": o.Places(), "visitDate": o.Slot().Date})
	f.Result = "free"
	if err := t.PutOrder(o); err != nil {
		return err
	}
	return t.tell(o, f)
}

// freeGateway is the name of no provider; only Name and Test are asked of it.
type freeGateway struct{ Gateway }

func (freeGateway) Name() string { return GatewayFree }
func (freeGateway) Test() bool   { return false }
