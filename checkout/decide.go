package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"boxoffice/tickets"
)

// This file is what people decide about owed money: it goes back, or it is kept. Above the merchant's limit each takes two
// people. The first yes to a refund makes it REQUESTED, with a case of its own; the first yes to keeping money is noted
// on the case about it.

// captureOf finds a capture of an order, or of none, that a person decides about.
func (t *turn) captureOf(gateway, charge string, by Staff, act tickets.Act, reason string) (tickets.Capture, error) {
	if err := by.may(act); err != nil {
		return tickets.Capture{}, err
	}
	if reason == "" {
		return tickets.Capture{}, tickets.Refuse(tickets.Invalid, "say why").With("field", "reason")
	}
	c, err := t.Capture(gateway, charge)
	if err == nil && c.Rest() <= 0 {
		return c, tickets.Refuse(tickets.Conflict, "nothing of charge %s waits", charge).With("reason", "state")
	}
	return c, err
}

// RefundMoney sends owed money back that waits for a person: of another currency, of no order, or left to people by its
// product. A refund that waits for its time is sent now. Above the merchant's limit the returned refund is REQUESTED
// after the first person; a second sends it by the same verb, or by [Desk.ApproveRefund]. It refuses with Forbidden,
// Invalid without a reason, NotFound, and Conflict when nothing of the charge waits or it is on its way, or (arg reason
// "second") the same person said yes already.
func (d *Desk) RefundMoney(ctx context.Context, gateway, charge string, by Staff, reason string) (tickets.Refund, error) {
	var r tickets.Refund
	err := d.update(ctx, func(t *turn) error {
		c, err := t.captureOf(gateway, charge, by, tickets.ActRefund, reason)
		if err != nil {
			return err
		}
		waiting, err := t.unsent(c)
		if err != nil {
			return err
		}
		yes := tickets.Approval{By: by.Actor, Reason: reason, At: t.now}
		var agreed bool
		name, outcome := tickets.RefundAgreed, "refund"
		if len(waiting) > 0 {
			r, agreed, err = t.agreeWaiting(waiting[0], yes)
		} else if r, agreed, err = t.agreeOwed(c, yes); !agreed {
			name, outcome = tickets.RefundWanted, "asked"
		}
		if err != nil {
			return err
		}
		rest, err := t.notSent(c)
		if err == nil && r.Amount.Amount >= rest { // a part that waits leaves the rest to be decided
			err = t.closeMoneyCases(c, outcome, by.Actor)
		}
		if err != nil {
			return err
		}
		return t.aboutMoney(c, name, by, refundData(r, r.Amount), agreed)
	})
	if err != nil {
		return r, fmt.Errorf("refund money: %w", err)
	}
	return r, nil
}

// agreeWaiting is a yes to a refund that was not sent: one that goes by itself goes now, another when enough agreed.
func (t *turn) agreeWaiting(r tickets.Refund, yes tickets.Approval) (tickets.Refund, bool, error) {
	if r.ApprovedBy(yes.By) && !r.Auto {
		return r, false, tickets.Refuse(tickets.Conflict, "%s approved refund %s already", yes.By.ID, r.ID).With("reason", "second")
	}
	if !r.ApprovedBy(yes.By) {
		r.Approvals = append(slices.Clone(r.Approvals), yes)
	}
	enough, err := t.enough(r.Approvals, r.Amount)
	if err != nil || !enough && !r.Auto && r.State == tickets.RefundRequested {
		return r, false, errors.Join(err, t.PutRefund(r))
	}
	if r.State == tickets.RefundRequested {
		err = r.Move(tickets.RefundApproved, t.now)
	}
	r.Due = t.now
	return r, true, errors.Join(err, t.PutRefund(r), t.closeCase(tickets.CaseRefund, string(r.ID), "approved", yes.By, yes.Reason))
}

// agreeOwed makes what is owed of a capture, and not on its way, a refund, with its first yes.
func (t *turn) agreeOwed(c tickets.Capture, yes tickets.Approval) (tickets.Refund, bool, error) {
	rest, err := t.left(c)
	if err != nil {
		return tickets.Refund{}, false, err
	}
	r := tickets.Refund{
		ID: tickets.RefundID(t.ids.id(tickets.PrefixRefund)), Merchant: c.Merchant, Order: c.Order, Gateway: c.Gateway, Charge: c.Charge,
		Amount: rest, Owed: true, Source: tickets.RefundByOperator,
		State: tickets.RefundRequested, Reason: yes.Reason, By: yes.By, Approvals: []tickets.Approval{yes}, At: t.now, Changed: t.now,
	}
	enough, err := t.enough(r.Approvals, r.Amount)
	if err != nil {
		return r, false, err
	}
	if enough {
		r.State, r.Due = tickets.RefundApproved, t.now
	} else if _, err := t.openCase(tickets.Case{
		Merchant: r.Merchant, Kind: tickets.CaseRefund, Subject: string(r.ID), Order: r.Order, Amount: r.Amount, Why: string(r.Source),
	}); err != nil {
		return r, false, err
	}
	return r, enough, t.CreateRefund(r)
}

// WriteOff keeps owed money that is not on its way, with a reason, as when its payer cannot be found. Above the merchant's
// limit it takes two people: after the first the capture is as it was, and its case says who agreed. It refuses as
// [Desk.RefundMoney] does.
func (d *Desk) WriteOff(ctx context.Context, gateway, charge string, by Staff, reason string) (tickets.Capture, error) {
	var c tickets.Capture
	err := d.update(ctx, func(t *turn) (err error) {
		if c, err = t.captureOf(gateway, charge, by, tickets.ActMoney, reason); err != nil {
			return err
		}
		if _, err := t.unsent(c); err != nil {
			return err
		}
		rest, err := t.left(c)
		if err != nil {
			return err
		}
		data := map[string]any{"gateway": gateway, "chargeId": charge, "reason": reason}
		putAmount(data, rest)
		agreed, err := t.agreeKeep(c, rest, tickets.Approval{By: by.Actor, Reason: reason, At: t.now})
		if err != nil {
			return err
		}
		if !agreed {
			return t.aboutMoney(c, tickets.MoneyKept, by, data, false)
		}
		if err := t.unowe(c); err != nil {
			return err
		}
		c.Owed, c.Resolved = c.Owed-rest.Amount, tickets.ResolvedWriteOff
		t.post(tickets.AccountWriteOff, tickets.AccountCustomer(c.Order), rest)
		if err := t.PutCapture(c); err != nil {
			return err
		}
		if err := errors.Join(t.closeMoneyCases(c, "write-off", by.Actor), t.closeFailed(c, "write-off", by.Actor)); err != nil {
			return err
		}
		return t.aboutMoney(c, tickets.MoneyKept, by, data, true)
	})
	if err != nil {
		return c, fmt.Errorf("write off: %w", err)
	}
	return c, nil
}

// left is what is owed of a capture and not on its way. It fails with Conflict (arg reason "sent") when that is nothing.
func (t *turn) left(c tickets.Capture) (tickets.Money, error) {
	rest, err := t.notSent(c)
	if err == nil && rest <= 0 {
		err = tickets.Refuse(tickets.Conflict, "what is owed of charge %s is on its way", c.Charge).With("reason", "sent")
	}
	return tickets.Money{Amount: rest, Currency: c.Amount.Currency}, err
}

// agreeKeep notes a yes to keeping the rest of what is owed of a capture, on its case, and reports whether that is enough.
func (t *turn) agreeKeep(c tickets.Capture, rest tickets.Money, yes tickets.Approval) (bool, error) {
	alone, err := t.enough([]tickets.Approval{yes}, rest)
	if err != nil || alone {
		return alone, err
	}
	k, err := t.moneyCaseOf(c)
	if errors.Is(err, tickets.NotFound) { // a refund waits for its time: it goes unless a second person agrees
		if err = t.moneyCase(c, tickets.CaseLate, whyKeep); err == nil {
			k, err = t.OpenCase(tickets.CaseLate, string(c.ID))
		}
	}
	if err != nil {
		return false, err
	}
	if k.AgreedBy(yes.By) {
		return false, tickets.Refuse(tickets.Conflict, "%s agreed already", yes.By.ID).With("reason", "second")
	}
	k.Agreed = append(slices.Clone(k.Agreed), yes)
	enough, err := t.enough(k.Agreed, rest)
	return enough, errors.Join(err, t.PutCase(k))
}

// whyKeep is why there is a case about late money that goes back by itself: somebody wants to keep it.
const whyKeep = "keep"

// moneyCaseOf is the open case about a capture. It fails with NotFound.
func (t *turn) moneyCaseOf(c tickets.Capture) (tickets.Case, error) {
	for _, kind := range moneyCases {
		k, err := t.OpenCase(kind, string(c.ID))
		if !errors.Is(err, tickets.NotFound) {
			return k, err
		}
	}
	return tickets.Case{}, tickets.NotFound
}

// aboutMoney tells a decision about a capture's owed money, or a first yes to it, and ends its order when nothing is left.
func (t *turn) aboutMoney(c tickets.Capture, name tickets.FactName, by Staff, data map[string]any, agreed bool) error {
	o, err := t.orderOr(c.Order, c.Merchant)
	if err != nil {
		return err
	}
	f, err := t.factAbout(&o, string(c.ID), name, "", by.Actor, by.Source, data)
	if err != nil {
		return err
	}
	if !agreed {
		f.Result = secondNeeded
	}
	if o.ID == "" {
		return t.tell(o, f)
	}
	if err := t.resettle(&o); err != nil {
		return err
	}
	if err := t.PutOrder(o); err != nil {
		return err
	}
	if err := t.tell(o, f); err != nil {
		return err
	}
	return t.settled(o)
}
