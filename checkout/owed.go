package checkout

import (
	"context"
	"fmt"
	"time"

	"boxoffice/tickets"
)

// Money that does not pay for its order is owed (Capture.Owed), and every cent of it is on one of these ways, decided in
// the transaction that found it:
//
//	duplicate, excess, underpaid past its time   a refund, sent at once
//	late and no places                           a refund that waits Timings.LateRefund, in which the customer may choose
//	                                             another date or have it sent at once
//	late, and the product leaves it to people    a case
//	another currency, no order                   a case: never converted, never sent without a person
//
// A person settles a case by sending the money back (RefundMoney), keeping it with a reason (WriteOff), or letting it
// pay for the order (ApplyMoney). When nothing is owed any more an order in review ends (T22).

// owe makes what is owed of a capture a refund that nobody has to approve, sent after a wait; below zero is at once.
func (t *turn) owe(c tickets.Capture, source tickets.RefundSource, wait time.Duration) error {
	return t.oweAs(c, tickets.Refund{Auto: true, Source: source, By: tickets.Actor{Kind: tickets.ActorSystem}}, wait)
}

// oweAs makes what is owed of a capture a refund as another one was meant: by whom, why, and who agreed.
func (t *turn) oweAs(c tickets.Capture, as tickets.Refund, wait time.Duration) error {
	if c.Rest() <= 0 || c.Order == "" {
		return nil
	}
	o, err := t.Order(c.Order)
	if err != nil {
		return err
	}
	r := tickets.Refund{
		ID: tickets.RefundID(t.ids.id(tickets.PrefixRefund)), Merchant: c.Merchant, Order: c.Order, Gateway: c.Gateway, Charge: c.Charge,
		Amount: tickets.Money{Amount: c.Rest(), Currency: c.Amount.Currency}, Owed: true, Auto: as.Auto, Source: as.Source, Reason: as.Reason,
		State: tickets.RefundApproved, Due: t.now, By: as.By, Approvals: as.Approvals, Retries: as.Retries, At: t.now, Changed: t.now,
	}
	if wait > 0 {
		r.State, r.Due = tickets.RefundRequested, t.now.Add(wait)
	}
	if err := t.CreateRefund(r); err != nil {
		return err
	}
	data := refundData(r, r.Amount)
	data["sentAt"] = Stamp(r.Due)
	f := o.Record(tickets.RefundWanted, t.now, r.By, "money", "", o.Stage, data)
	f.Result, f.Key = "auto", string(r.ID)
	if err := t.PutOrder(o); err != nil {
		return err
	}
	return t.tell(o, f)
}

// moneyCase opens a case about a capture that only a person can settle.
func (t *turn) moneyCase(c tickets.Capture, kind tickets.CaseKind, why string) error {
	if c.Rest() <= 0 {
		return nil
	}
	return t.caseTold(tickets.Case{
		Merchant: c.Merchant, Kind: kind, Subject: string(c.ID), Order: c.Order, Gateway: c.Gateway, Charge: c.Charge, Why: why,
		Amount: tickets.Money{Amount: c.Rest(), Currency: c.Amount.Currency},
	}, "money")
}

// moneyCaseOf is the kind of case about a capture's owed money that was to go back, or had gone, and did not.
func moneyCaseOf(c tickets.Capture) tickets.CaseKind {
	switch {
	case c.Order == "":
		return tickets.CaseUnmatched
	case c.Disposition == tickets.WrongCurrency:
		return tickets.CaseWrongCurrency
	default:
		return tickets.CaseLate
	}
}

// moneyCases are the kinds of cases about a capture.
var moneyCases = []tickets.CaseKind{tickets.CaseUnmatched, tickets.CaseWrongCurrency, tickets.CaseLate}

// closeMoneyCases closes what was open about a capture whose money is settled.
func (t *turn) closeMoneyCases(c tickets.Capture, outcome string, by tickets.Actor) error {
	for _, kind := range moneyCases {
		if err := t.closeCase(kind, string(c.ID), outcome, by, ""); err != nil {
			return err
		}
	}
	return nil
}

// settled ends an order in review when nothing of its money is left here (T22).
func (t *turn) settled(o tickets.Order) error {
	if o.Stage != tickets.StagePaymentReview {
		return nil
	}
	caps, err := t.Captures(o.ID)
	if err != nil {
		return err
	}
	for _, c := range caps {
		if c.Rest() > 0 || c.Disposition == tickets.Underpaid && c.Owed == 0 && c.Resolved == "" && c.Amount.Amount > 0 {
			return nil
		}
	}
	h, err := t.Hold(o.Hold)
	if err != nil {
		return err
	}
	if h.Live() {
		if err := t.giveBack(&h, tickets.HoldReleased); err != nil {
			return err
		}
	}
	if err := t.closeOthers(o, ""); err != nil {
		return err
	}
	row, name := tickets.TRepaid, tickets.HoldLapsed
	if o.EndedAs == tickets.StageCancelled {
		row, name = tickets.TRepaidCancel, tickets.OrderCancelled
	}
	before, err := o.Move(row, t.now)
	if err != nil {
		return err
	}
	o.Reason, o.ReviewUntil = "refunded", never
	if o.EndedBy == "" {
		o.EndedBy = tickets.ActorSystem
	}
	f := o.Record(name, t.now, tickets.Actor{Kind: tickets.ActorSystem}, "money", row, before, lockData(o, h))
	f.Result = "refunded"
	if err := t.PutOrder(o); err != nil {
		return err
	}
	return t.tell(o, f)
}

// unsent lists the refunds of a capture that were not sent yet, and fails with Conflict (arg reason "sent") when one was.
func (t *turn) unsent(c tickets.Capture) ([]tickets.Refund, error) {
	all, err := t.Refunds(c.Order)
	if err != nil {
		return nil, err
	}
	var out []tickets.Refund
	for _, r := range all {
		if r.Gateway != c.Gateway || r.Charge != c.Charge || !r.Owed {
			continue
		}
		switch {
		case r.Sent():
			return nil, tickets.Refuse(tickets.Conflict, "refund %s is %s", r.ID, r.State).With("reason", "sent")
		case r.Live():
			out = append(out, r)
		}
	}
	return out, nil
}

// unowe takes back the refunds of a capture that were not sent, because its money is wanted otherwise.
func (t *turn) unowe(c tickets.Capture) error {
	rs, err := t.unsent(c)
	if err != nil {
		return err
	}
	for _, r := range rs {
		if err := t.cancelUnsent(r); err != nil {
			return err
		}
	}
	return nil
}

// cancelUnsent takes one refund back that was not sent.
func (t *turn) cancelUnsent(r tickets.Refund) error {
	if err := r.Move(tickets.RefundCancelled, t.now); err != nil {
		return err
	}
	if err := t.PutRefund(r); err != nil {
		return err
	}
	return t.closeCase(tickets.CaseRefund, string(r.ID), "refund_cancelled", tickets.Actor{Kind: tickets.ActorSystem}, "")
}

// HurryRefund sends the waiting refunds of an order's late money now, as its customer wishes; an order that waits for
// the rest of its money gives up the places first, and one whose date was closed (T39) gives up the choice of another. It refuses with Conflict when nothing waits, and NotFound.
func (d *Desk) HurryRefund(ctx context.Context, id tickets.OrderID, c tickets.CustomerID) (tickets.Order, error) {
	if o, done, err := d.refundClosed(ctx, id, c); done || err != nil {
		return o, err
	}
	var o tickets.Order
	err := d.update(ctx, func(t *turn) (err error) {
		if o, err = t.ofOrder(id, c); err != nil {
			return err
		}
		if o.Stage == tickets.StagePaymentReview && !o.Ended() && !o.ReviewUntil.IsZero() && o.Kept > 0 {
			h, err := t.Hold(o.Hold)
			if err != nil {
				return err
			}
			if err := t.releaseReview(o, h, buyer(o), "bot"); err != nil {
				return err
			}
			o, err = t.Order(id)
			return err
		}
		rs, err := t.Refunds(id)
		if err != nil {
			return err
		}
		found := false
		for _, r := range rs {
			if r.State != tickets.RefundRequested || !r.Auto || !r.Owed {
				continue
			}
			if err := r.Move(tickets.RefundApproved, t.now); err != nil {
				return err
			}
			r.Due, found = t.now, true
			if err := t.PutRefund(r); err != nil {
				return err
			}
			f := o.Record(tickets.RefundAgreed, t.now, buyer(o), "bot", "", o.Stage, refundData(r, r.Amount))
			if err := t.PutOrder(o); err != nil {
				return err
			}
			if err := t.tell(o, f); err != nil {
				return err
			}
		}
		if !found {
			return tickets.Refuse(tickets.Conflict, "no refund of order %s waits", id).With("reason", "state")
		}
		return nil
	})
	if err != nil {
		return o, fmt.Errorf("hurry refund: %w", err)
	}
	return o, nil
}
