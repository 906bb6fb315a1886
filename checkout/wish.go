package checkout

import (
	"slices"
	"time"

	"boxoffice/tickets"
)

// This file says what of an order can be given back: which tickets, how much money, and what the policy gives.

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

// warned reports whether a bank warned of a charge that the order was paid with.
func (w wish) warned() bool {
	return slices.ContainsFunc(w.disputes, func(d tickets.Dispute) bool { return d.State == tickets.DisputeWarning })
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

// withFee is what goes back of the tickets' price. It is that, but for Stars: they cannot go back in part, so that who
// gets the whole price back gets the fee of the method too.
func (w wish) withFee(back tickets.Money) tickets.Money {
	if back.Currency == tickets.Stars && back == w.order.Total() {
		back.Amount = w.left()
	}
	return back
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
	out.Back = w.withFee(bracket.Of(out.Price))
	out.Back.Amount = min(out.Back.Amount, w.left())
	if !ok || out.Back.Amount <= 0 {
		return out, tickets.Refuse(tickets.Conflict, "the policy gives nothing back").With("reason", "policy")
	}
	if out.Back.Currency == tickets.Stars && out.Back.Amount != w.order.Applied {
		return out, tickets.Refuse(tickets.Conflict, "stars go back as a whole").With("reason", "stars")
	}
	return out, nil
}

// staffBack is how much goes back of what staff ask for; it narrows the chosen tickets to those that end with it.
func (w *wish) staffBack(in RefundWish) (tickets.Money, error) {
	left := w.left()
	back := tickets.Money{Amount: in.Amount, Currency: w.order.Total().Currency}
	switch {
	case in.Amount < 0:
		return back, tickets.Refuse(tickets.Invalid, "refund of %d", in.Amount)
	case in.Amount > left:
		return back, tickets.Refuse(tickets.Limit, "%d wanted, %d left", in.Amount, left).With("left", left)
	case in.Amount > 0 && in.Amount < left && !w.named:
		w.chosen = nil // a goodwill: the tickets stay good
	default:
		if err := w.fresh(in.Override); err != nil {
			return back, err
		}
	}
	if in.Amount == 0 {
		back.Amount = left
		if w.named || len(w.chosen) < len(w.all) { // not everything: used ones keep their money
			back.Amount = min(w.withFee(w.price()).Amount, left)
		}
	}
	if back.Currency == tickets.Stars && back.Amount != w.order.Applied {
		return back, tickets.Refuse(tickets.Conflict, "stars go back as a whole").With("reason", "stars")
	}
	if back.Amount == left && left > 0 { // with the last money every ticket ends
		w.chosen, w.named = slices.Clone(w.all), false
		if err := w.fresh(true); err != nil && len(w.all) > 0 && !w.everyAsked() {
			return back, err
		}
		if !in.Override {
			w.chosen = slices.DeleteFunc(w.chosen, func(k tickets.Ticket) bool { return k.Admitted > 0 })
		}
	}
	if back.Amount <= 0 {
		return back, tickets.Refuse(tickets.Conflict, "order %s has nothing left to give back", w.order.ID).With("reason", "asked")
	}
	return back, nil
}
