package checkout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

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

// RefundWish asks for applied money back. A customer gets what the policy of the purchase says; staff decide: Amount
// where it is set, else what the tickets cost, else everything.
type RefundWish struct {
	Order    tickets.OrderID
	Customer tickets.CustomerID   // who asks, when By is zero
	By       Staff                // who asks for the merchant
	Tickets  []tickets.TicketCode // these end; none: all of the order
	Amount   int64                // minor units, staff only: no ticket ends unless nothing is left
	Override bool                 // staff only: also used tickets
	Reason   string
	Key      string // idempotency key of the request; "" has none
}

// AskRefund records a wish and returns its refunds. What needs nobody's approval (the policy says so, or who asks may
// approve it alone) is on its way at once. The same Key answers with the same refunds. It refuses with Conflict (args
// reason as of [Desk.RefundOffer]), Limit (arg left: more than is there), Forbidden, Invalid and NotFound.
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

// wish is an order's tickets and money on the way to a refund.
type wish struct {
	order   tickets.Order
	all     []tickets.Ticket // that still are a claim to places
	chosen  []tickets.Ticket // to end
	named   bool             // chosen was named, not all
	ended   bool             // it had tickets, and none is good any more
	caps    []tickets.Capture
	refunds []tickets.Refund

	disputes []tickets.Dispute
}

// readWish reads what there is to give back. It refuses with Conflict an order that has nothing, or whose money a
// bank is arguing about.
func readWish(r tickets.Reader, o tickets.Order, codes []tickets.TicketCode) (w wish, err error) {
	w.order = o
	switch {
	case !o.Paid():
		return w, tickets.Refuse(tickets.Conflict, "order %s is %s", o.ID, o.Stage).With("reason", "unpaid")
	case o.Contested():
		return w, tickets.Refuse(tickets.Conflict, "order %s is disputed", o.ID).With("reason", "disputed")
	}
	if w.caps, err = r.Captures(o.ID); err != nil {
		return w, err
	}
	if w.refunds, err = r.Refunds(o.ID); err != nil {
		return w, err
	}
	if w.disputes, err = r.Disputes(o.ID); err != nil {
		return w, err
	}
	ks, err := r.Tickets(o.ID)
	if err != nil {
		return w, err
	}
	had := len(ks)
	w.all = slices.DeleteFunc(ks, func(k tickets.Ticket) bool { return !k.Good() })
	w.ended = had > 0 && len(w.all) == 0
	if w.named = len(codes) > 0; !w.named {
		w.chosen = slices.Clone(w.all)
		return w, nil
	}
	for _, code := range codes {
		i := slices.IndexFunc(w.all, func(k tickets.Ticket) bool { return k.Code == code })
		if i < 0 {
			return w, tickets.Refuse(tickets.NotFound, "ticket %s is not a good one of order %s", code, o.ID)
		}
		if !slices.ContainsFunc(w.chosen, func(k tickets.Ticket) bool { return k.Code == code }) {
			w.chosen = append(w.chosen, w.all[i])
		}
	}
	return w, nil
}

// left is how much of the applied money could still go back.
func (w wish) left() int64 {
	var sum int64
	for _, c := range w.caps {
		if c.Amount.Currency == w.order.Total().Currency {
			sum += w.leftOf(c)
		}
	}
	return sum
}

// leftOf is how much of a charge's applied money could still go back: less what banks gave back of it.
func (w wish) leftOf(c tickets.Capture) int64 {
	applied, _ := c.Refundable(w.refunds)
	for _, d := range w.disputes {
		if d.State == tickets.DisputeLost && d.Gateway == c.Gateway && d.Charge == c.Charge {
			applied -= d.Amount.Amount
		}
	}
	return max(applied, 0)
}

// asked reports whether a live refund ends the ticket already.
func (w wish) asked(code tickets.TicketCode) bool {
	return slices.ContainsFunc(w.refunds, func(r tickets.Refund) bool { return r.Counts() && slices.Contains(r.Tickets, code) })
}

// everyAsked reports whether each good ticket is asked back already.
func (w wish) everyAsked() bool {
	return !slices.ContainsFunc(w.all, func(k tickets.Ticket) bool { return !w.asked(k.Code) })
}

// given reports whether money went back because the customer asked for it.
func (w wish) given() bool {
	return slices.ContainsFunc(w.refunds, func(r tickets.Refund) bool { return r.Source == tickets.RefundByBuyer && r.Counts() })
}

// fresh narrows the chosen tickets to those that are not used and not asked back already. It refuses with Conflict
// when one that was named is, or none is left.
func (w *wish) fresh(override bool) error {
	var out []tickets.Ticket
	reason := "asked"
	for _, k := range w.chosen {
		switch {
		case w.asked(k.Code):
			if w.named {
				return tickets.Refuse(tickets.Conflict, "ticket %s is asked back already", k.Code).With("reason", "asked")
			}
		case k.Admitted > 0 && !override:
			if reason = "used"; w.named {
				return tickets.Refuse(tickets.Conflict, "ticket %s was used", k.Code).With("reason", "used")
			}
		default:
			out = append(out, k)
		}
	}
	if len(w.chosen) > 0 && len(out) == 0 {
		return tickets.Refuse(tickets.Conflict, "no ticket of order %s can be given back", w.order.ID).With("reason", reason)
	}
	w.chosen = out
	return nil
}

// price of the chosen tickets, or of the whole order when it has none yet.
func (w wish) price() tickets.Money {
	total := w.order.Total()
	if len(w.all) == 0 {
		return total
	}
	sum := tickets.Money{Currency: total.Currency}
	for _, k := range w.chosen {
		sum.Amount += k.Price()
	}
	return sum
}

// offer is what the policy of the purchase gives for the wish.
func (w *wish) offer(r tickets.Reader, now time.Time) (RefundOffer, error) {
	out := RefundOffer{Auto: w.order.Quote.Refund.Auto}
	if err := w.fresh(false); err != nil {
		return out, err
	}
	if w.ended || len(w.all) == 0 && (w.order.Refunding > 0 || w.given()) { // what a policy kept stays kept
		return out, tickets.Refuse(tickets.Conflict, "order %s is asked back already", w.order.ID).With("reason", "asked")
	}
	cat, err := r.Catalog()
	if err != nil {
		return out, err
	}
	loc, err := cat.Merchant.Location()
	if err != nil {
		return out, err
	}
	bracket, ok := w.order.Quote.Refund.Bracket(tickets.DateOf(now, loc), w.order.Slot().Date)
	out.Tickets, out.Price, out.Bracket = w.chosen, w.price(), bracket
	out.Back = bracket.Of(out.Price)
	out.Back.Amount = min(out.Back.Amount, w.left())
	if !ok || out.Back.Amount <= 0 {
		return out, tickets.Refuse(tickets.Conflict, "the policy gives nothing back").With("reason", "policy")
	}
	if out.Back.Currency == tickets.Stars && out.Back.Amount != w.order.Applied {
		return out, tickets.Refuse(tickets.Conflict, "stars go back as a whole").With("reason", "stars")
	}
	return out, nil
}

// buyerWish asks for what the policy gives.
func (t *turn) buyerWish(w wish, in RefundWish) ([]tickets.Refund, error) {
	offer, err := w.offer(t, t.now)
	if err != nil {
		return nil, err
	}
	r := tickets.Refund{
		Source: tickets.RefundByBuyer, Auto: offer.Auto, Percent: offer.Bracket.Percent, Kept: offer.Price.Amount - offer.Back.Amount,
		Reason: in.Reason, By: buyer(w.order), Key: in.Key, State: tickets.RefundRequested,
	}
	if offer.Auto {
		r.State = tickets.RefundApproved
	}
	return t.wished(w, r, offer.Back, offer.Tickets, sourceOr(in.By.Source, "bot"))
}

// staffWish asks for what staff said.
func (t *turn) staffWish(w wish, in RefundWish) ([]tickets.Refund, error) {
	left := w.left()
	back := tickets.Money{Amount: in.Amount, Currency: w.order.Total().Currency}
	switch {
	case in.Reason == "":
		return nil, tickets.Refuse(tickets.Invalid, "say why").With("field", "reason")
	case in.Amount < 0:
		return nil, tickets.Refuse(tickets.Invalid, "refund of %d", in.Amount)
	case in.Amount > left:
		return nil, tickets.Refuse(tickets.Limit, "%d wanted, %d left", in.Amount, left).With("left", left)
	case in.Amount > 0 && in.Amount < left && !w.named:
		w.chosen = nil // a goodwill: the tickets stay good
	default:
		if err := w.fresh(in.Override); err != nil {
			return nil, err
		}
	}
	if in.Amount == 0 {
		back.Amount = left
		if w.named || len(w.chosen) < len(w.all) { // not everything: used ones keep their money
			back.Amount = min(w.price().Amount, left)
		}
	}
	if back.Currency == tickets.Stars && back.Amount != w.order.Applied {
		return nil, tickets.Refuse(tickets.Conflict, "stars go back as a whole").With("reason", "stars")
	}
	if back.Amount == left && left > 0 { // with the last money every ticket ends
		w.chosen, w.named = slices.Clone(w.all), false
		if err := w.fresh(true); err != nil && len(w.all) > 0 && !w.everyAsked() {
			return nil, err
		}
		if !in.Override {
			w.chosen = slices.DeleteFunc(w.chosen, func(k tickets.Ticket) bool { return k.Admitted > 0 })
		}
	}
	if back.Amount <= 0 {
		return nil, tickets.Refuse(tickets.Conflict, "order %s has nothing left to give back", w.order.ID).With("reason", "asked")
	}
	r := tickets.Refund{
		Source: tickets.RefundByOperator, Override: in.Override, Reason: in.Reason, By: in.By.Actor, Key: in.Key, State: tickets.RefundRequested,
	}
	if w.order.Stage == tickets.StageFulfilFailed {
		r.Source = tickets.RefundUnfulfilled
	}
	if in.By.Role.May(tickets.ActRefund) {
		r.Approvals = []tickets.Approval{{By: in.By.Actor, Reason: in.Reason, At: t.now}}
		enough, err := t.enough(r.Approvals, w.together(back))
		if err != nil {
			return nil, err
		}
		if enough {
			r.State = tickets.RefundApproved
		}
	}
	return t.wished(w, r, back, w.chosen, in.By.Source)
}

// together is the money of a wish and of those that staff had sent with one approval before: parts do not get around the
// limit.
func (w wish) together(back tickets.Money) tickets.Money {
	for _, r := range w.refunds {
		if !r.Owed && r.Counts() && len(r.Approvals) == 1 && r.Source != tickets.RefundByBuyer {
			back.Amount += r.Amount.Amount
		}
	}
	return back
}

// enough reports whether the approvals let an amount go: above the merchant's limit two people must say yes.
func (t *turn) enough(by []tickets.Approval, back tickets.Money) (bool, error) {
	cat, err := t.Catalog()
	if err != nil {
		return false, err
	}
	limit := cat.Merchant.ApproveAbove
	if limit > 0 && back.Amount > limit && back.Currency == cat.Merchant.Currency {
		return len(by) >= 2, nil
	}
	return len(by) >= 1, nil
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
			part.Wish, part.Tickets, part.Kept, part.Key = out[0].ID, nil, 0, ""
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
