package checkout

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"boxoffice/tickets"
)

// GatewayManual names money that a member says came by another way: a bank transfer, cash. It has an attempt and a
// capture like any other and is judged like any other, so that nothing is ever paid without money behind it.
const GatewayManual = "manual"

// manualGateway is the name of no provider; only Name and Test are asked of it.
type manualGateway struct{ Gateway }

func (manualGateway) Name() string { return GatewayManual }
func (manualGateway) Test() bool   { return false }

// MarkingPaid is a member who says that an order was paid by another way.
type MarkingPaid struct {
	Order     tickets.OrderID
	By        Staff
	Amount    int64  // minor units of the order's currency; 0 is what is to pay
	Reference string // of the transfer or receipt, unique: the same money is not counted twice
	Reason    string
}

// MarkPaid records money that came by another way and judges it as any: an order whose time is over gets places if
// there are some, and else its money is late money. The same reference for the same order and amount answers with the
// order as it is. It refuses with Forbidden, Invalid (no reference or reason), Conflict (arg reason: "paid"; "reference"
// when it was used for something else) and NotFound.
func (d *Desk) MarkPaid(ctx context.Context, in MarkingPaid) (tickets.Order, error) {
	in.Reference, in.Reason = strings.TrimSpace(in.Reference), strings.TrimSpace(in.Reason)
	var o tickets.Order
	err := d.update(ctx, func(t *turn) (err error) {
		if err := in.By.may(tickets.ActMoney); err != nil {
			return err
		}
		switch {
		case in.Reference == "" || utf8.RuneCountInString(in.Reference) > 100:
			return tickets.Refuse(tickets.Invalid, "a reference of up to 100 characters is needed").With("field", "reference")
		case in.Reason == "":
			return tickets.Refuse(tickets.Invalid, "say why").With("field", "reason")
		case in.Amount < 0:
			return tickets.Refuse(tickets.Invalid, "an amount of %d", in.Amount).With("field", "amount")
		}
		if o, err = t.Order(in.Order); err != nil {
			return err
		}
		old, err := t.Capture(GatewayManual, in.Reference)
		switch {
		case err == nil && old.Order == o.ID && (in.Amount == 0 || in.Amount == old.Amount.Amount):
			return nil
		case err == nil:
			return tickets.Refuse(tickets.Conflict, "reference %q is of order %s", in.Reference, old.Order).With("reason", "reference")
		case !errors.Is(err, tickets.NotFound):
			return err
		case o.Applied > 0:
			return tickets.Refuse(tickets.Conflict, "order %s is %s", o.ID, o.Stage).With("reason", "paid")
		}
		if err := t.markPaid(o, in); err != nil {
			return err
		}
		o, err = t.Order(in.Order)
		return err
	})
	if err != nil {
		return o, fmt.Errorf("mark paid: %w", err)
	}
	d.closeMarked(ctx, o.ID)
	return o, nil
}

// markPaid makes the attempt and the capture. An order that waits for money gets a payment by its row (T8, T24p); one
// whose time is over has no row for it, and the attempt only names the money.
func (t *turn) markPaid(o tickets.Order, in MarkingPaid) error {
	m := Method{ID: GatewayManual, Protocol: "none", Currency: []tickets.Currency{o.Total().Currency}}
	p := Paying{Order: o.ID, Gateway: GatewayManual, Method: GatewayManual, Actor: in.By.Actor, Source: in.By.Source}
	due, row, err := payable(t, o, t.now)
	var pay tickets.Payment
	switch {
	case err == nil && row == tickets.TCheckout && t.holdAlive(o), err == nil && row == tickets.TReviewCheckout:
		_, pay, err = t.beginPayment(p, manualGateway{}, m)
	default:
		due = o.Total()
		pay = t.newPayment(&o, p, manualGateway{}, m, due, t.now)
		if err = t.CreatePayment(pay); err == nil {
			err = t.PutOrder(o)
		}
	}
	if err != nil {
		return err
	}
	if in.Amount > 0 {
		due.Amount = in.Amount
	}
	_, err = t.captureBy(GatewayManual, Report{
		Kind: ReportPaid, Reference: pay.ID, Charge: in.Reference, Amount: due, Reason: in.Reason,
	}, in.By.Source, "", in.By.Actor)
	return err
}

// holdAlive reports whether the order's places are held and its time is not over.
func (t *turn) holdAlive(o tickets.Order) bool {
	h, err := t.Hold(o.Hold)
	return err == nil && h.State == tickets.HoldActive && t.now.Before(h.Expiry)
}
