package checkout

import (
	"context"
	"fmt"
	"slices"

	"boxoffice/tickets"
)

// This file is what people do about refunds that failed, or that no gateway makes: try again, pay by another way, and say
// that it was not paid after all.

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

// UnsettleRefund says that a refund which somebody had settled by hand was not paid: it fails, and a new one in its place
// waits to be paid by hand, unless a bank is deciding about its money or gave it back. It refuses with Forbidden, Invalid
// without a reason, NotFound, and Conflict (arg reason "state") when it was not settled by hand.
func (d *Desk) UnsettleRefund(ctx context.Context, id tickets.RefundID, by Staff, reason string) (tickets.Refund, error) {
	var r tickets.Refund
	err := d.update(ctx, func(t *turn) (err error) {
		if err := by.may(tickets.ActMoney); err != nil {
			return err
		}
		if reason == "" {
			return tickets.Refuse(tickets.Invalid, "say why").With("field", "reason")
		}
		if r, err = t.Refund(id); err != nil {
			return err
		}
		if r.State != tickets.RefundSucceeded || r.Evidence == "" {
			return tickets.Refuse(tickets.Conflict, "refund %s is %s", id, r.State).With("reason", "state").With("state", string(r.State))
		}
		r.Refusal = tickets.Declined
		if err := t.refundFailed(&r, reason, by.Actor, by.Source); err != nil {
			return err
		}
		o, err := t.orderOf(r)
		if err != nil {
			return err
		}
		took, err := bankTook(t, r.Order, r.Gateway, r.Charge)
		if err != nil || took || o.Contested() {
			return err
		}
		again, o, err := t.retriable(r, by, reason)
		if err != nil {
			return err
		}
		again.State = tickets.RefundApproved
		if err := t.CreateRefund(again); err != nil {
			return err
		}
		if err := t.submit(&again, &o, by.Actor, by.Source); err != nil {
			return err
		}
		r = again
		return t.byHand(again, reason)
	})
	if err != nil {
		return r, fmt.Errorf("unsettle refund: %w", err)
	}
	return r, nil
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
	if old.Tickets, err = inPlaceOf(t, old, all); err != nil {
		return old, o, err
	}
	if i := slices.IndexFunc(all, func(x tickets.Refund) bool { return x.Retries == old.ID && x.Counts() }); i >= 0 {
		return old, o, tickets.Refuse(tickets.Conflict, "refund %s was tried again as %s", old.ID, all[i].ID).With("reason", "state").With("state", string(all[i].State))
	}
	if why, err := obstacle(t, old, all); err != nil || why != "" {
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
