package checkout

import (
	"context"
	"fmt"
	"slices"

	"boxoffice/tickets"
)

// ApproveRefund is one person's yes to a wish. Above the merchant's limit it takes two people; the returned refund is
// then still REQUESTED after the first. It refuses with Forbidden, NotFound, Invalid without a reason, and Conflict
// (args reason: "state", "disputed", or "second" when the same person said yes already).
func (d *Desk) ApproveRefund(ctx context.Context, id tickets.RefundID, by Staff, reason string) (tickets.Refund, error) {
	return d.agree(ctx, id, "approve refund", func(t *turn, r tickets.Refund, all []tickets.Refund) ([]tickets.Fact, error) {
		o, err := t.orderOf(r)
		if err != nil {
			return nil, err
		}
		switch {
		case by.may(tickets.ActRefund) != nil:
			return nil, by.may(tickets.ActRefund)
		case reason == "":
			return nil, tickets.Refuse(tickets.Invalid, "say why").With("field", "reason")
		case r.State != tickets.RefundRequested || r.Auto:
			return nil, tickets.Refuse(tickets.Conflict, "refund %s is %s", r.ID, r.State).With("reason", "state").With("state", string(r.State))
		case o.Contested():
			return nil, tickets.Refuse(tickets.Conflict, "order %s is disputed", o.ID).With("reason", "disputed")
		case r.ApprovedBy(by.Actor):
			return nil, tickets.Refuse(tickets.Conflict, "%s approved refund %s already", by.Actor.ID, r.ID).With("reason", "second")
		}
		sum := sumOf(all)
		yes := append(slices.Clone(r.Approvals), tickets.Approval{By: by.Actor, Reason: reason, At: t.now})
		enough, err := t.enough(yes, sum)
		if err != nil {
			return nil, err
		}
		for _, x := range all {
			x.Approvals = yes
			if enough {
				if err := x.Move(tickets.RefundApproved, t.now); err != nil {
					return nil, err
				}
				x.Due = t.now
			}
			if err := t.PutRefund(x); err != nil {
				return nil, err
			}
		}
		r.Approvals = yes
		f := o.Record(tickets.RefundAgreed, t.now, by.Actor, by.Source, "", o.Stage, refundData(r, sum))
		if !enough {
			f.Result = "second_needed"
		} else if err := t.closeCase(tickets.CaseRefund, string(all[0].ID), "approved", by.Actor, reason); err != nil {
			return nil, err
		}
		return t.wishChanged(o, f)
	})
}

// RejectRefund is a no to a wish. It refuses as [Desk.ApproveRefund] does.
func (d *Desk) RejectRefund(ctx context.Context, id tickets.RefundID, by Staff, reason string) (tickets.Refund, error) {
	return d.agree(ctx, id, "reject refund", func(t *turn, r tickets.Refund, all []tickets.Refund) ([]tickets.Fact, error) {
		switch {
		case by.may(tickets.ActRefund) != nil:
			return nil, by.may(tickets.ActRefund)
		case reason == "":
			return nil, tickets.Refuse(tickets.Invalid, "say why").With("field", "reason")
		case r.Owed:
			return nil, tickets.Refuse(tickets.Conflict, "refund %s gives back what is not ours", r.ID).With("reason", "owed")
		}
		return t.drop(all, tickets.RefundRejected, tickets.RefundDeclined, by.Actor, by.Source, reason)
	})
}

// TakeBackRefund is a customer who does not want the money back after all, as long as it was not sent. It refuses with
// Conflict (arg reason "state") and NotFound.
func (d *Desk) TakeBackRefund(ctx context.Context, id tickets.RefundID, c tickets.CustomerID) (tickets.Refund, error) {
	return d.agree(ctx, id, "take back refund", func(t *turn, r tickets.Refund, all []tickets.Refund) ([]tickets.Fact, error) {
		o, err := t.ofOrder(r.Order, c)
		if err != nil {
			return nil, err
		}
		if r.Source != tickets.RefundByBuyer {
			return nil, tickets.Refuse(tickets.Conflict, "refund %s was not asked by the customer", r.ID).With("reason", "state")
		}
		return t.drop(all, tickets.RefundCancelled, tickets.RefundTakenBack, buyer(o), "bot", "")
	})
}

// agree runs one decision about a wish and tells it.
func (d *Desk) agree(ctx context.Context, id tickets.RefundID, what string,
	fn func(*turn, tickets.Refund, []tickets.Refund) ([]tickets.Fact, error),
) (tickets.Refund, error) {
	var r tickets.Refund
	err := d.update(ctx, func(t *turn) (err error) {
		if r, err = t.Refund(id); err != nil {
			return err
		}
		all, err := t.wishOf(r)
		if err != nil {
			return err
		}
		facts, err := fn(t, r, all)
		if err != nil {
			return err
		}
		if r, err = t.Refund(id); err != nil {
			return err
		}
		o, err := t.orderOf(r)
		if err != nil {
			return err
		}
		return t.tell(o, facts...)
	})
	if err != nil {
		return r, fmt.Errorf("%s: %w", what, err)
	}
	return r, nil
}

// drop ends a wish that was not sent (T35x).
func (t *turn) drop(all []tickets.Refund, to tickets.RefundState, name tickets.FactName, by tickets.Actor, source, note string) ([]tickets.Fact, error) {
	if len(all) == 1 { // a wish ends as a whole, but for what was sent
		wish, err := t.wishOf(all[0])
		if err != nil {
			return nil, err
		}
		unsent := slices.DeleteFunc(wish, func(x tickets.Refund) bool {
			return x.State != tickets.RefundRequested && x.State != tickets.RefundApproved
		})
		if len(unsent) > 0 {
			all = unsent
		}
	}
	for _, x := range all {
		if x.Sent() {
			return nil, tickets.Refuse(tickets.Conflict, "refund %s is %s", x.ID, x.State).With("reason", "state").With("state", string(x.State))
		}
		if err := x.Move(to, t.now); err != nil {
			return nil, tickets.Refuse(tickets.Conflict, "%v", err).With("reason", "state").With("state", string(x.State))
		}
		x.Note = note
		if err := t.PutRefund(x); err != nil {
			return nil, err
		}
	}
	r := all[0]
	if err := t.closeCase(tickets.CaseRefund, string(r.ID), string(name), by, note); err != nil {
		return nil, err
	}
	o, err := t.orderOf(r)
	if err != nil {
		return nil, err
	}
	data := refundData(r, sumOf(all))
	if note != "" {
		data["note"] = note
	}
	f, err := t.refundFact(&o, r, name, tickets.TRefundDropped, by, source, data)
	if err != nil {
		return nil, err
	}
	return t.wishChanged(o, f)
}

// wishChanged stores an order whose refunds changed.
func (t *turn) wishChanged(o tickets.Order, f ...tickets.Fact) ([]tickets.Fact, error) {
	if o.ID == "" {
		return f, nil
	}
	refunds, err := t.Refunds(o.ID)
	if err != nil {
		return nil, err
	}
	o.SettleRefunds(refunds)
	return f, t.PutOrder(o)
}

// refundFact records a fact about a refund: with a row of the table when it is about applied money and the order's stage
// has the row, else without one.
func (t *turn) refundFact(o *tickets.Order, r tickets.Refund, name tickets.FactName, row tickets.TransitionID, by tickets.Actor, source string, data map[string]any) (tickets.Fact, error) {
	if r.Owed {
		row = ""
	}
	key := string(r.ID)
	if o.ID == "" {
		key += ":" + string(r.State)
	}
	return t.factAbout(o, key, name, row, by, source, data)
}

// orderOf is the refund's order; of money without an order one that says only the merchant.
func (t *turn) orderOf(r tickets.Refund) (tickets.Order, error) {
	return t.orderOr(r.Order, r.Merchant)
}

// sumOf is the money of a wish's refunds together.
func sumOf(all []tickets.Refund) tickets.Money {
	sum := tickets.Money{Currency: all[0].Amount.Currency}
	for _, r := range all {
		sum.Amount += r.Amount.Amount
	}
	return sum
}

// RetryRefund tries a failed refund again, as a new one with a new key at the gateway. It refuses with Forbidden,
// NotFound, Conflict (args reason: "state", "disputed") and Limit when its money went back by another way meanwhile.
func (d *Desk) RetryRefund(ctx context.Context, id tickets.RefundID, by Staff, reason string) (tickets.Refund, error) {
	return d.anew(ctx, id, "retry refund", by, reason, func(t *turn, r *tickets.Refund, o *tickets.Order) ([]tickets.Fact, error) {
		r.State, r.Due = tickets.RefundApproved, t.now
		if err := t.CreateRefund(*r); err != nil {
			return nil, err
		}
		f, err := t.refundFact(o, *r, tickets.RefundAgreed, "", by.Actor, by.Source, refundData(*r, r.Amount))
		f.Result = "again"
		return []tickets.Fact{f}, err
	})
}

// SettleRefund records that a failed refund, or one that its gateway cannot make, was paid back by another way, with a
// reference that proves it. It refuses as [Desk.RetryRefund] does, and with Invalid without reference or reason.
func (d *Desk) SettleRefund(ctx context.Context, id tickets.RefundID, by Staff, reference, reason string) (tickets.Refund, error) {
	if reference == "" || reason == "" {
		return tickets.Refund{}, tickets.Refuse(tickets.Invalid, "a reference and a reason are needed").With("field", "reference")
	}
	var out tickets.Refund
	err := d.update(ctx, func(t *turn) (err error) {
		if err := by.may(tickets.ActMoney); err != nil {
			return err
		}
		r, err := t.Refund(id)
		if err != nil {
			return err
		}
		if r.State == tickets.RefundSubmitted && r.Due.IsZero() { // its gateway cannot
			r.Evidence, r.Note = reference, reason
			out = r
			return t.refunded(&out, by.Actor, by.Source)
		}
		again, o, err := t.retriable(r, by, reason)
		if err != nil {
			return err
		}
		again.Evidence, again.Note, again.State = reference, reason, tickets.RefundApproved
		if err := t.CreateRefund(again); err != nil {
			return err
		}
		if err := t.submit(&again, &o, by.Actor, by.Source); err != nil {
			return err
		}
		out = again
		return t.refunded(&out, by.Actor, by.Source)
	})
	if err != nil {
		return out, fmt.Errorf("settle refund: %w", err)
	}
	return out, nil
}

// retriable is a new refund in place of a failed one.
func (t *turn) retriable(old tickets.Refund, by Staff, reason string) (tickets.Refund, tickets.Order, error) {
	o, err := t.orderOf(old)
	if err != nil {
		return old, o, err
	}
	switch {
	case by.may(tickets.ActRefund) != nil:
		return old, o, by.may(tickets.ActRefund)
	case old.State != tickets.RefundFailed:
		return old, o, tickets.Refuse(tickets.Conflict, "refund %s is %s", old.ID, old.State).With("reason", "state").With("state", string(old.State))
	case o.Contested():
		return old, o, tickets.Refuse(tickets.Conflict, "order %s is disputed", o.ID).With("reason", "disputed")
	}
	c, err := t.Capture(old.Gateway, old.Charge)
	if err != nil {
		return old, o, err
	}
	all, err := t.Refunds(old.Order)
	if err != nil {
		return old, o, err
	}
	if old.Tickets, err = t.inPlaceOf(old, all); err != nil {
		return old, o, err
	}
	if i := slices.IndexFunc(all, func(x tickets.Refund) bool { return x.Retries == old.ID && x.Counts() }); i >= 0 {
		return old, o, tickets.Refuse(tickets.Conflict, "refund %s was tried again as %s", old.ID, all[i].ID).With("reason", "state").With("state", string(all[i].State))
	}
	if why, err := t.obstacle(old, all); err != nil || why != "" {
		if err == nil {
			err = tickets.Refuse(tickets.Conflict, "refund %s has lost its point: %s", old.ID, why).With("reason", why)
		}
		return old, o, err
	}
	if !c.Has(old, all) {
		applied, owed := c.Refundable(all)
		left := pick(old.Owed, owed, applied+min(owed, old.OwedPart))
		return old, o, tickets.Refuse(tickets.Limit, "%d left of charge %s", left, old.Charge).With("left", left)
	}
	if err := t.closeCase(tickets.CaseRefundFailed, string(old.ID), "again", by.Actor, reason); err != nil {
		return old, o, err
	}
	r := tickets.Refund{
		ID: tickets.RefundID(t.ids.id(tickets.PrefixRefund)), Merchant: old.Merchant, Order: old.Order, Gateway: old.Gateway, Charge: old.Charge,
		Amount: old.Amount, Kept: old.Kept, Percent: old.Percent, Owed: old.Owed, OwedPart: old.OwedPart, Tickets: old.Tickets, Source: old.Source, Override: old.Override,
		Auto: old.Auto, Reason: old.Reason, By: by.Actor, Approvals: append(slices.Clone(old.Approvals), tickets.Approval{By: by.Actor, Reason: reason, At: t.now}),
		Retries: old.ID, At: t.now, Changed: t.now,
	}
	return r, o, nil
}

// anew makes a new refund in place of a failed one and tells it.
func (d *Desk) anew(ctx context.Context, id tickets.RefundID, what string, by Staff, reason string,
	fn func(*turn, *tickets.Refund, *tickets.Order) ([]tickets.Fact, error),
) (tickets.Refund, error) {
	var r tickets.Refund
	err := d.update(ctx, func(t *turn) error {
		old, err := t.Refund(id)
		if err != nil {
			return err
		}
		var o tickets.Order
		if r, o, err = t.retriable(old, by, reason); err != nil {
			return err
		}
		facts, err := fn(t, &r, &o)
		if err != nil {
			return err
		}
		if facts, err = t.wishChanged(o, facts...); err != nil {
			return err
		}
		return t.tell(o, facts...)
	})
	if err != nil {
		return r, fmt.Errorf("%s: %w", what, err)
	}
	return r, nil
}

func pick(first bool, a, b int64) int64 {
	if first {
		return a
	}
	return b
}
