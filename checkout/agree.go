package checkout

import (
	"context"
	"errors"
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
		weight := sum
		if !r.Owed {
			refunds, err := t.Refunds(o.ID)
			if err != nil {
				return nil, err
			}
			weight = Together(sum, r.Wish, refunds)
		}
		yes := append(slices.Clone(r.Approvals), tickets.Approval{By: by.Actor, Reason: reason, At: t.now})
		enough, err := t.enough(yes, weight)
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
		f, err := t.refundFact(&o, r, tickets.RefundAgreed, "", by.Actor, by.Source, refundData(r, sum))
		if err != nil {
			return nil, err
		}
		if !enough {
			f.Result = secondNeeded
		} else if err := t.closeCase(tickets.CaseRefund, string(all[0].ID), "approved", by.Actor, reason); err != nil {
			return nil, err
		}
		return t.wishChanged(o, f)
	})
}

// secondNeeded is the result of a fact about a decision that takes one more person.
const secondNeeded = "second_needed"

// RejectRefund is a no to a wish, or to a refund of owed money that waits for a second person: its money is to be decided
// anew then. It refuses as [Desk.ApproveRefund] does.
func (d *Desk) RejectRefund(ctx context.Context, id tickets.RefundID, by Staff, reason string) (tickets.Refund, error) {
	return d.agree(ctx, id, "reject refund", func(t *turn, r tickets.Refund, all []tickets.Refund) ([]tickets.Fact, error) {
		switch {
		case by.may(tickets.ActRefund) != nil:
			return nil, by.may(tickets.ActRefund)
		case reason == "":
			return nil, tickets.Refuse(tickets.Invalid, "say why").With("field", "reason")
		case r.Owed && (r.Auto || r.State != tickets.RefundRequested):
			return nil, tickets.Refuse(tickets.Conflict, "refund %s gives back what is not ours", r.ID).With("reason", "owed")
		}
		facts, err := t.drop(all, tickets.RefundRejected, tickets.RefundDeclined, by.Actor, by.Source, reason)
		if err != nil || !r.Owed {
			return facts, err
		}
		o, err := t.orderOf(r)
		if err == nil {
			err = t.tell(o, facts...)
		}
		return nil, errors.Join(err, t.restOf(r)) // it is to be decided again
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

func pick(first bool, a, b int64) int64 {
	if first {
		return a
	}
	return b
}
