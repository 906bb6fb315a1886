package checkout

import (
	"context"
	"fmt"

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

// freeGateway is the name of no provider; only Name and Test are asked of it.
type freeGateway struct{ Gateway }

func (freeGateway) Name() string { return GatewayFree }
func (freeGateway) Test() bool   { return false }
