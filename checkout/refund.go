package checkout

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"boxoffice/tickets"
)

// This file is where people ask for applied money back and others agree. What was agreed on is sent by Repay (see
// repay.go); money that never paid for its order goes back by itself (see owed.go).
//
// A wish may need several refunds, one for each charge that the order was paid with: they are asked, agreed on and
// rejected together, the first carries the tickets, and each goes its own way at its gateway.

// RefundOffer is what a customer would get back by asking now.
type RefundOffer struct {
	Tickets []tickets.Ticket // what may be given back: valid and not used; none for an order without tickets yet
	Price   tickets.Money    // what they cost
	Bracket tickets.RefundBracket
	Back    tickets.Money // what comes back of Price
	Auto    bool          // nobody has to approve it
}

// RefundOffer says what a customer would get back for some of an order's tickets, or, with none, for all. It fails
// with NotFound, and with Conflict and the arg reason why nothing can be asked back: "unpaid", "disputed", "asked" (a
// wish is under way already), "used", "policy" (nothing comes back by now, or ever), "stars" (only as a whole).
func (d *Desk) RefundOffer(ctx context.Context, id tickets.OrderID, c tickets.CustomerID, codes []tickets.TicketCode) (RefundOffer, error) {
	var out RefundOffer
	now := d.now()
	err := d.Store.View(ctx, func(r tickets.Reader) error {
		o, err := r.Order(id)
		if err != nil {
			return err
		}
		if c != "" && o.Buyer.Customer != c {
			return tickets.Refuse(tickets.NotFound, "order %s is another customer's", id)
		}
		w, err := readWish(r, o, codes)
		if err != nil {
			return err
		}
		out, err = w.offer(r, now)
		return err
	})
	return out, err
}

// StaffOffer is what goes back when staff give the money of some of an order's tickets back, or, with none, of the whole
// order: then tickets that were used, and those that are asked back already, keep theirs. It fails with NotFound, and with
// Conflict as [Desk.AskRefund].
func (d *Desk) StaffOffer(ctx context.Context, id tickets.OrderID, codes []tickets.TicketCode) (back tickets.Money, err error) {
	err = d.Store.View(ctx, func(r tickets.Reader) error {
		o, err := r.Order(id)
		if err != nil {
			return err
		}
		w, err := readWish(r, o, codes)
		if err == nil {
			back, err = w.staffBack(RefundWish{})
		}
		return err
	})
	return back, err
}

// RefundWish asks for applied money back. A customer gets what the policy of the purchase says; staff decide: Amount
// where it is set, else what the tickets cost, else everything.
type RefundWish struct {
	Order    tickets.OrderID
	Customer tickets.CustomerID   // who asks, when By is zero
	By       Staff                // who asks for the merchant
	Tickets  []tickets.TicketCode // these end; none: all of the order
	Amount   int64                // minor units, staff only: no ticket ends unless nothing is left
	Expect   int64                // customers only: what they were shown that comes back, minor units; zero: anything
	Override bool                 // staff only: also used tickets
	Reason   string
	Key      string // idempotency key of the request; "" has none

	source tickets.RefundSource // where it is not simply who asks
}

// sum is the same for wishes for the same: it tells them apart where they come with one key. Without a key it is "".
func (w RefundWish) sum() string {
	if w.Key == "" {
		return ""
	}
	codes := slices.Compact(slices.Sorted(slices.Values(w.Tickets)))
	return fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%q %d %t", codes, w.Amount, w.Override)))
}

// AskRefund records a wish and returns its refunds. What needs nobody's approval (the policy says so, or who asks may
// approve it alone) is on its way at once. The same Key answers with the same refunds, whatever became of the
// order. It refuses with Conflict (args reason as of [Desk.RefundOffer], or "key" when the Key asked for something else), Changed
// (another amount than expected), Limit (arg left: more than is there), Forbidden, Invalid and NotFound.
func (d *Desk) AskRefund(ctx context.Context, w RefundWish) ([]tickets.Refund, error) {
	var out []tickets.Refund
	err := d.update(ctx, func(t *turn) (err error) {
		staff := w.By.Actor.Kind != ""
		if staff {
			if err := w.By.may(tickets.ActAsk); err != nil {
				return err
			}
		}
		o, err := t.ofOrder(w.Order, w.Customer)
		if err != nil {
			return err
		}
		if w.Key != "" {
			old, err := t.RefundByKey(o.ID, w.Key)
			if err == nil && old.Sum != "" && old.Sum != w.sum() {
				return tickets.Refuse(tickets.Conflict, "the key made refund %s, which is another", old.ID).With("reason", "key")
			}
			if err == nil {
				out, err = t.wishOf(old)
				return err
			}
			if !errors.Is(err, tickets.NotFound) {
				return err
			}
		}
		wish, err := readWish(t, o, w.Tickets)
		if err != nil {
			return err
		}
		if staff {
			out, err = t.staffWish(wish, w)
		} else {
			out, err = t.buyerWish(wish, w)
		}
		return err
	})
	if err != nil {
		return out, fmt.Errorf("ask refund: %w", err)
	}
	return out, nil
}

// buyerWish asks for what the policy gives.
func (t *turn) buyerWish(w wish, in RefundWish) ([]tickets.Refund, error) {
	offer, err := w.offer(t, t.now)
	if err != nil {
		return nil, err
	}
	if in.Expect != 0 && in.Expect != offer.Back.Amount {
		return nil, tickets.Refuse(tickets.Changed, "%d expected, %d comes back", in.Expect, offer.Back.Amount)
	}
	r := tickets.Refund{
		Source: tickets.RefundByBuyer, Auto: offer.Auto, Percent: offer.Bracket.Percent, Kept: max(offer.Price.Amount-offer.Back.Amount, 0),
		Reason: in.Reason, By: buyer(w.order), Key: in.Key, Sum: in.sum(), State: tickets.RefundRequested,
	}
	if offer.Auto {
		r.State = tickets.RefundApproved
	}
	return t.wished(w, r, offer.Back, offer.Tickets, sourceOr(in.By.Source, "bot"))
}

// staffWish asks for what staff said.
func (t *turn) staffWish(w wish, in RefundWish) ([]tickets.Refund, error) {
	if in.Reason == "" {
		return nil, tickets.Refuse(tickets.Invalid, "say why").With("field", "reason")
	}
	left := w.left()
	back, err := w.staffBack(in)
	if err != nil {
		return nil, err
	}
	r := tickets.Refund{
		Source: tickets.RefundByOperator, Override: in.Override, Reason: in.Reason, By: in.By.Actor, Key: in.Key, Sum: in.sum(), State: tickets.RefundRequested,
	}
	switch {
	case w.order.Stage == tickets.StageFulfilFailed:
		r.Source = tickets.RefundUnfulfilled
	case back.Amount == left && w.warned():
		r.Source = tickets.RefundFraudWarning // it leaves the bank nothing to dispute
	}
	if in.source != "" {
		r.Source = in.source
	}
	if in.By.Role.May(tickets.ActRefund) {
		r.Approvals = []tickets.Approval{{By: in.By.Actor, Reason: in.Reason, At: t.now}}
		enough, err := t.enough(r.Approvals, Together(back, "", w.refunds))
		if err != nil {
			return nil, err
		}
		if enough {
			r.State = tickets.RefundApproved
		}
	}
	return t.wished(w, r, back, w.chosen, in.By.Source)
}

// Together is what a wish is weighed by: its own money, and that of its order's other wishes to which one person alone said
// yes, since parts do not get around the merchant's limit. The wish is "" while it is only about to be asked.
func Together(back tickets.Money, wish tickets.RefundID, refunds []tickets.Refund) tickets.Money {
	for _, r := range refunds {
		if own := wish != "" && r.Wish == wish; !own && !r.Owed && r.Counts() && r.Alone() {
			back.Amount += r.Amount.Amount
		}
	}
	return back
}

// enough reports whether the approvals let an amount pass: above the merchant's limit two people must say yes.
func (t *turn) enough(by []tickets.Approval, amount tickets.Money) (bool, error) {
	cat, err := t.Catalog()
	if err != nil {
		return false, err
	}
	return len(by) >= 2 || len(by) == 1 && !cat.Merchant.TakesTwo(amount), nil
}

// wished stores a wish as refunds over the order's charges, the oldest first, and tells it.
func (t *turn) wished(w wish, r tickets.Refund, back tickets.Money, end []tickets.Ticket, source string) ([]tickets.Refund, error) {
	o := w.order
	before, err := o.Move(tickets.TRefundAsked, t.now)
	if err != nil {
		return nil, err
	}
	r.Merchant, r.Order, r.At, r.Changed = o.Merchant, o.ID, t.now, t.now
	for _, k := range end {
		r.Tickets = append(r.Tickets, k.Code)
	}
	if r.State == tickets.RefundApproved {
		r.Due = t.now
	}
	var out []tickets.Refund
	rest := back.Amount
	for _, c := range w.caps {
		applied := w.leftOf(c)
		if c.Amount.Currency != back.Currency || applied <= 0 || rest <= 0 {
			continue
		}
		part := r
		part.ID = tickets.RefundID(t.ids.id(tickets.PrefixRefund))
		part.Gateway, part.Charge = c.Gateway, c.Charge
		part.Amount = tickets.Money{Amount: min(applied, rest), Currency: back.Currency}
		rest -= part.Amount.Amount
		if part.Wish = part.ID; len(out) > 0 {
			part.Wish, part.Tickets, part.Kept, part.Key, part.Sum = out[0].ID, nil, 0, "", ""
		}
		if err := t.CreateRefund(part); err != nil {
			return nil, err
		}
		out = append(out, part)
	}
	o.SettleRefunds(append(w.refunds, out...))
	first := out[0]
	facts := []tickets.Fact{o.Record(tickets.RefundWanted, t.now, r.By, source, tickets.TRefundAsked, before, refundData(first, back))}
	if r.State == tickets.RefundApproved {
		facts = append(facts, o.Record(tickets.RefundAgreed, t.now, approver(first), source, "", o.Stage, refundData(first, back)))
	} else if _, err := t.openCase(tickets.Case{
		Merchant: o.Merchant, Kind: tickets.CaseRefund, Subject: string(first.ID), Order: o.ID, Amount: back, Why: string(r.Source),
	}); err != nil {
		return nil, err
	}
	if err := t.PutOrder(o); err != nil {
		return nil, err
	}
	return out, t.tell(o, facts...)
}

// approver is who agreed last; the policy itself when nobody had to.
func approver(r tickets.Refund) tickets.Actor {
	if n := len(r.Approvals); n > 0 {
		return r.Approvals[n-1].By
	}
	return tickets.Actor{Kind: tickets.ActorSystem}
}

// refundData is the data of a fact about a refund; sum is the whole wish's.
func refundData(r tickets.Refund, sum tickets.Money) map[string]any {
	m := map[string]any{
		"refundId": r.ID, "gateway": r.Gateway, "chargeId": r.Charge, "reason": r.Source,
	}
	putAmount(m, sum)
	if len(r.Tickets) > 0 {
		m["ticketCodes"] = r.Tickets
	}
	if r.Reason != "" {
		m["words"] = r.Reason
	}
	return m
}

// wishOf lists the refunds of one wish, the first one first.
func (t *turn) wishOf(r tickets.Refund) ([]tickets.Refund, error) {
	if r.Wish == "" {
		return []tickets.Refund{r}, nil
	}
	all, err := t.Refunds(r.Order)
	all = slices.DeleteFunc(all, func(x tickets.Refund) bool { return x.Wish != r.Wish })
	slices.SortStableFunc(all, func(a, b tickets.Refund) int { // made in one moment, their ids say nothing of who was first
		return cmp.Compare(pick(a.ID == a.Wish, 0, 1), pick(b.ID == b.Wish, 0, 1))
	})
	return all, err
}

func sourceOr(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
