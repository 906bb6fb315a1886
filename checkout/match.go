package checkout

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"boxoffice/tickets"
)

// This file is what a person says of money of no order (T30): whose it is. From then on it is money of that order, judged
// as if it had come for it.

// Matching is a member who says which order money of no order is for.
type Matching struct {
	Gateway, Charge string
	Order           tickets.OrderID
	By              Staff
	Reason          string
}

// foundGateway is the gateway of money whose attempt nobody made: only Name and Test are asked of it.
type foundGateway struct {
	Gateway
	name string
	test bool
}

func (g foundGateway) Name() string { return g.name }
func (g foundGateway) Test() bool   { return g.test }

// MatchMoney makes money of no order an order's, and judges it as any: it pays for the order, in part or too late as it
// may be. It refuses with Forbidden, Invalid without a reason, NotFound, and Conflict (arg reason: "state" when nothing of
// the charge waits or it has an order; "sent" when it is on its way back; "disputed"; "paid" when the order is paid;
// "currency" when it costs another; "async" when a payment of the order is being settled), and Expired in the moments in
// which an order's time runs out: later its money is late money. The returned capture says what became of it.
func (d *Desk) MatchMoney(ctx context.Context, in Matching) (tickets.Order, tickets.Capture, error) {
	var o tickets.Order
	var c tickets.Capture
	err := d.update(ctx, func(t *turn) (err error) {
		if c, err = t.captureOf(in.Gateway, in.Charge, in.By, tickets.ActMoney, in.Reason); err != nil {
			return err
		}
		if o, err = t.Order(in.Order); err != nil {
			return err
		}
		if err := t.matchable(c, o); err != nil {
			return err
		}
		m := money{
			gateway: c.Gateway, source: in.By.Source, notice: c.Notice, actor: in.By.Actor, known: true,
			report: Report{Kind: ReportPaid, Charge: c.Charge, Amount: c.Amount, Test: c.Test, At: c.At, Reason: in.Reason},
		}
		if m.caps, err = t.Captures(o.ID); err != nil {
			return err
		}
		if err := t.leaveNobody(c, in); err != nil {
			return err
		}
		if o, m.payment, err = t.attemptFor(o, c, in.By); err != nil {
			return err
		}
		c.Merchant, c.Order, c.Session, c.Gen, c.Owed = o.Merchant, o.ID, m.payment.ID, o.Gen, 0
		t.arrived(c)
		f := o.Record(tickets.PaymentMatched, t.now, in.By.Actor, in.By.Source, "", o.Stage, matchData(c, in.Reason))
		f.Key = c.Gateway + ":" + c.Charge
		if err := t.PutOrder(o); err != nil {
			return err
		}
		if err := t.tell(o, f); err != nil {
			return err
		}
		m.order, m.capture = o, c
		if err := t.markCaptured(&m); err != nil {
			return err
		}
		if err := t.judge(&m); err != nil {
			return err
		}
		if c, err = t.Capture(c.Gateway, c.Charge); err != nil {
			return err
		}
		if err := t.closeFailed(c, "applied", in.By.Actor); err != nil {
			return err
		}
		o, err = t.Order(o.ID)
		return err
	})
	if err != nil {
		return o, c, fmt.Errorf("match money: %w", err)
	}
	if !d.dry {
		d.closeMarked(ctx, o.ID)
	}
	return o, c, nil
}

// matchable refuses money that is not free to be an order's, and an order that has its money.
func (t *turn) matchable(c tickets.Capture, o tickets.Order) error {
	ds, err := t.Disputes(c.Order)
	no := func(reason string) error {
		return tickets.Refuse(tickets.Conflict, "charge %s is not for order %s", c.Charge, o.ID).With("reason", reason)
	}
	switch {
	case err != nil:
		return err
	case c.Disposition != tickets.Unmatched || c.Repaid > 0:
		return no("state")
	case slices.ContainsFunc(ds, func(x tickets.Dispute) bool { return x.Gateway == c.Gateway && x.Charge == c.Charge }):
		return no("disputed")
	case o.Applied > 0:
		return no("paid")
	case c.Amount.Currency != o.Total().Currency:
		return no("currency")
	}
	return nil
}

// leaveNobody takes the charge, and what was asked back of it, from money of no order.
func (t *turn) leaveNobody(c tickets.Capture, in Matching) error {
	if err := t.unowe(c); err != nil {
		return err
	}
	all, err := t.Refunds("")
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.Gateway != c.Gateway || r.Charge != c.Charge {
			continue
		}
		if r.Order = in.Order; r.Key != "" {
			r.Key = string(r.ID)
		}
		if err := t.PutRefund(r); err != nil {
			return err
		}
	}
	if err := t.closeMoneyCases(c, "applied", in.By.Actor); err != nil {
		return err
	}
	data, err := json.Marshal(matchData(c, in.Reason))
	if err != nil {
		return err
	}
	t.post(tickets.AccountGateway(c.Gateway), tickets.AccountCustomer(""), c.Amount)
	return t.tell(tickets.Order{Merchant: c.Merchant}, tickets.Fact{
		Name: tickets.PaymentMatched, At: t.now, Actor: in.By.Actor, Source: in.By.Source, Result: "ok", Data: data, Key: c.Gateway + ":" + c.Charge,
	})
}

func matchData(c tickets.Capture, reason string) map[string]any {
	return map[string]any{
		"gateway": c.Gateway, "chargeId": c.Charge, "amount": json.Number(c.Amount.Number()), "currency": c.Amount.Currency, "words": reason,
	}
}

// attemptFor makes the attempt at the order's money that the charge was: it has no page, and no fee of its own.
func (t *turn) attemptFor(o tickets.Order, c tickets.Capture, by Staff) (tickets.Order, tickets.Payment, error) {
	gw := foundGateway{name: c.Gateway, test: c.Test}
	m := Method{ID: GatewayManual, Protocol: "none", Currency: []tickets.Currency{c.Amount.Currency}}
	p := Paying{Order: o.ID, Gateway: c.Gateway, Method: m.ID, Actor: by.Actor, Source: by.Source}
	due, row := t.markable(o)
	var pay tickets.Payment
	var err error
	if row != "" {
		if o, pay, err = t.beginPayment(p, gw, m); err == nil {
			o, err = t.Order(o.ID)
		}
	} else {
		pay = t.newPayment(&o, p, gw, m, due, t.now)
		err = t.CreatePayment(pay)
	}
	pay.Total.Amount -= pay.Fee.Amount
	pay.Fee.Amount = 0
	return o, pay, err
}
