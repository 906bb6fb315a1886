package sim

import (
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// This file holds laws about single steps of an order, which no look at what rests can find broken.

// checkMove judges a transition by what came before it.
func (t *truth) checkMove(f tickets.Fact) {
	w := t.w
	switch f.Transition {
	case tickets.TCancelHeld, tickets.TCancelAwaiting:
		t.cancelled[f.Order] = true
	case tickets.TPay, tickets.TPayExpiring, tickets.TPayLate, tickets.TOverpaid:
		if t.cancelled[f.Order] {
			w.fail("E-3", "order %s was cancelled by a person and is %s by %s", f.Order, f.After, f.Transition)
		}
	case tickets.TApply:
		t.checkContested(f.Order)
	case tickets.TExpired, tickets.TCancelled:
		if f.Source == "close" {
			t.checkClosed(f.Order)
		}
	case tickets.TComplete: // by the pass; when everybody is in, the visit is over sooner
		if t.orders[f.Order].Asked() {
			w.fail("T39", "the visit of order %s is over, and its customer is still asked", f.Order)
		}
		if f.Source == "complete" && tickets.DateOf(f.At, singapore) <= t.orders[f.Order].Slot().Date {
			w.fail("T45", "order %s for %s is over on %s", f.Order, t.orders[f.Order].Slot(), f.At)
		}
	}
}

// checkContested looks whether late money that a bank argues about pays.
func (t *truth) checkContested(id tickets.OrderID) {
	for _, d := range t.disputes {
		if c := t.captures[d.Gateway+":"+d.Charge]; d.Contested() && c.Order == id && c.Disposition == tickets.LateApplied {
			t.w.fail("M-13", "charge %s pays for order %s, its dispute is %s", d.Charge, id, d.State)
		}
	}
}

// checkTaken looks whether owed money has had a refund or a case, whatever became of it since: from its first moment on.
func (t *truth) checkTaken(c tickets.Capture) {
	if c.Rest() <= 0 {
		return
	}
	for _, r := range t.refunds {
		if r.Gateway == c.Gateway && r.Charge == c.Charge {
			return
		}
	}
	for _, x := range t.cases {
		if x.Subject == string(c.ID) {
			return
		}
	}
	t.w.fail("M-3", "%d of capture %s (%s) are owed, and nobody has them", c.Rest(), c.Charge, c.Disposition)
}

// checkClosed looks whether an order's places were given back while a page that the shop knows still takes money.
func (t *truth) checkClosed(id tickets.OrderID) {
	for _, s := range t.w.bank.sessions {
		if s.Order == id && !s.Invoice && t.payments[s.Ref].Remote != "" && (s.payable(t.w.k.now) || s.State == checkout.StandingAsync) {
			t.w.fail("V2", "places of order %s are free, page %s is still open", id, s.Remote)
		}
	}
}

// capOfHold is how long places are held for somebody who does not pay: docs/lifecycle.md, waits.
const capOfHold = 12 * time.Minute

// checkHold bounds how long a hold lasts.
func (t *truth) checkHold(h tickets.Hold) {
	o := t.orders[h.Order]
	if h.State == tickets.HoldActive && h.Reason == "" && h.Gen == 1 && o.Open() && h.Expiry.After(o.FirstHeld.Add(capOfHold)) && h.Expiry.After(t.w.k.now) {
		t.w.fail("I7", "hold %s lasts until %s, first held %s", h.ID, h.Expiry, o.FirstHeld)
	}
}

// checkTicketsOf looks at the tickets that a refund ended, or did not.
func (t *truth) checkTicketsOf(r tickets.Refund) {
	for _, code := range r.Tickets {
		k := t.tickets[code]
		switch {
		case r.State == tickets.RefundSucceeded && k.State == tickets.TicketValid:
			t.w.fail("T-7", "refund %s went, its ticket %s is %s", r.ID, code, k.State)
		case r.Sent() && k.State == tickets.TicketValid:
			t.w.fail("T-7", "refund %s is on its way, its ticket %s is %s", r.ID, code, k.State)
		}
	}
}

// restTickets looks for tickets that nothing blocks any more and that nobody can use.
func (w *world) restTickets() {
	for _, k := range inOrder(w.truth.tickets) {
		for _, b := range k.Blocks {
			r, refund := w.truth.refunds[tickets.RefundID(b)]
			d, dispute := w.truth.disputes[tickets.DisputeID(b)]
			closed := string(w.truth.orders[k.Order].Closing) == b
			if !(refund && r.Sent()) && !(dispute && d.Contested()) && !closed {
				w.fail("T38", "ticket %s is blocked by %s, which is over", k.Code, b)
			}
		}
	}
}

// restDisputes compares disputes with the bank's.
func (w *world) restDisputes() {
	known := map[string]bool{}
	for _, d := range inOrder(w.truth.disputes) {
		known[d.Remote] = true
	}
	for _, c := range w.bank.charges {
		for _, d := range c.Disputes {
			if _, ok := w.truth.captures[gatewayName+":"+c.ID]; ok && !known[d.ID] {
				w.fail("M12", "dispute %s of charge %s is not known", d.ID, c.ID)
			}
		}
	}
}
