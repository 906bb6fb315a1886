package sim

import (
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// waits are the leaps by which the world comes to rest: long enough for every timer of the shop.
var waits = []time.Duration{
	0, 20 * time.Second, 2 * time.Minute, 6 * time.Minute, 10 * time.Minute, 10 * time.Minute, time.Hour, 2 * time.Hour, 25 * time.Hour, 30 * time.Hour,
	24 * time.Hour, 48 * time.Hour, 96 * time.Hour,
}

// rest turns the faults off, lets everything come that is under way and time pass, and looks at what is left.
func (w *world) rest() {
	w.resting = true
	w.k.clog = 0
	w.bank.down = time.Time{}
	for _, s := range w.bank.sessions {
		s.Stuck = false
	}
	for i, wait := range waits {
		w.calm = i >= len(waits)-2
		w.k.now = w.k.now.Add(wait)
		w.mail.rest()
		if !w.settle() {
			return
		}
	}
	w.checkRest()
}

// settle runs everything until nothing is due.
func (w *world) settle() bool {
	for range 60 {
		did := 0
		for _, p := range w.passes() {
			proc := w.proc
			w.k.spawn(p.name, p.atomic, func() {
				n, err := p.run(proc)
				did += n
				if err != nil {
					w.expect(p.name, err)
				}
			})
			for len(w.k.tasks) > 0 || len(w.k.events) > 0 && !w.k.events[0].at.After(w.k.now) {
				w.k.step()
				if w.found != nil {
					return false
				}
			}
		}
		if did == 0 {
			return true
		}
	}
	w.fail("L", "the passes find work for ever")
	return false
}

// checkRest is what must hold when everything has come to rest.
func (w *world) checkRest() {
	if w.audit {
		w.checkAudit()
	}
	for key, s := range w.truth.stocks {
		if s.Held != 0 {
			w.fail("V3", "%d places of %s on %s are held for nobody", s.Held, key.Pool, key.Slot)
		}
	}
	w.restStock()
	w.restMoney()
	w.restTickets()
	w.restDisputes()
	w.restClosings()
	for _, p := range inOrder(w.truth.payments) {
		if p.Live() {
			w.fail("L-6", "payment %s rests as %s", p.ID, p.State)
		}
	}
	for _, o := range inOrder(w.truth.orders) {
		w.restOrder(o)
	}
}

// restStock looks whether everybody who has a ticket, or is to get one, has a place that is sold to nobody else.
func (w *world) restStock() {
	sold := map[tickets.StockKey]int{}
	for _, o := range w.truth.orders {
		places := 0
		for _, k := range w.truth.ticketsOf(o.ID) {
			places += k.Places
		}
		if len(w.truth.issuedTo(o.ID)) == 0 && o.Paid() && !o.Returned {
			places = o.Places()
		}
		if places > 0 {
			sold[tickets.StockKey{Merchant: o.Merchant, Pool: o.Quote.Lines[0].Pool, Slot: o.Slot()}] += places
		}
	}
	for key, s := range w.truth.stocks {
		if s.Sold < sold[key] {
			w.fail("I3", "%d places of %s on %s are sold, people have %d", s.Sold, key.Pool, key.Slot, sold[key])
		}
	}
}

// checkAudit asks the product's own audit.
func (w *world) checkAudit() {
	err := w.proc.store.inner.View(noContext, func(r tickets.Reader) error {
		return checkout.Audit(r, w.k.now, w.proc.desk.Timings, func(line string) { w.fail("AUDIT", "%s", line) })
	})
	if err != nil {
		w.fail("AUDIT", "%v", err)
	}
}

// restMoney compares the bank's book with ours: every charge is a capture.
func (w *world) restMoney() {
	for _, ch := range w.bank.charges {
		c, ok := w.truth.captures[gatewayName+":"+ch.ID]
		switch {
		case !ok && ch.Session == nil: // its notice was dropped, and nobody knows whom to ask
		case !ok:
			w.fail("M-14", "charge %s of session %s is not a capture", ch.ID, ch.Session.Remote)
		case c.Disposition == "":
			w.fail("M-3", "capture %s has no disposition", c.Charge)
		}
	}
	for _, c := range inOrder(w.truth.captures) {
		if c.Rest() > 0 && !w.onItsWay(c) {
			w.fail("M-3", "%d of capture %s (%s) rest with nobody: order %s", c.Rest(), c.Charge, c.Disposition, c.Order)
		}
	}
	for _, p := range w.bank.refunds {
		if p.Ours == "" {
			w.restFound(p)
			continue
		}
		r, ok := w.truth.refunds[p.Ours]
		if back := p.State == checkout.RefundIsSucceeded; !ok || back != (r.State == tickets.RefundSucceeded) {
			w.fail("M-14", "the bank says %s of refund %s, we say %s", p.State, p.Ours, r.State)
		}
	}
	for _, r := range inOrder(w.truth.refunds) {
		w.restRefund(r)
	}
}

// restFound looks whether a refund that somebody made at the dashboard is known, and as the bank has it.
func (w *world) restFound(p *payback) {
	if _, ok := w.truth.captures[gatewayName+":"+p.Charge.ID]; !ok {
		return // its charge is not known either: see restMoney
	}
	back := p.State == checkout.RefundIsSucceeded
	for _, r := range inOrder(w.truth.refunds) {
		if r.Remote != p.ID {
			continue
		}
		if back != (r.State == tickets.RefundSucceeded) {
			w.fail("M-14", "the bank says %s of %s, made at the dashboard, we say %s", p.State, p.ID, r.State)
		}
		return
	}
	if back {
		w.fail("M-14", "refund %s of %d, made at the dashboard, is not known", p.ID, p.Amount)
	}
}

// onItsWay reports whether somebody has owed money in hand: a refund, of it or of the whole charge, or a person with a case.
func (w *world) onItsWay(c tickets.Capture) bool {
	for _, x := range inOrder(w.truth.cases) {
		if x.Open() && x.Subject == string(c.ID) {
			return true
		}
	}
	for _, r := range inOrder(w.truth.refunds) {
		if r.Gateway == c.Gateway && r.Charge == c.Charge && (r.Owed || r.Amount.Amount > c.Applied) && (r.Live() || w.waits(string(r.ID))) {
			return true
		}
	}
	return false
}

// waits reports whether a person has a case about the subject.
func (w *world) waits(subject string) bool {
	for _, x := range inOrder(w.truth.cases) {
		if x.Open() && x.Subject == subject {
			return true
		}
	}
	return false
}

// contested reports whether a bank decides about the refund's charge.
func (w *world) contested(r tickets.Refund) bool {
	for _, d := range inOrder(w.truth.disputes) {
		if d.Contested() && d.Gateway == r.Gateway && d.Charge == r.Charge {
			return true
		}
	}
	return false
}

// restRefund is a refund when all has come to rest: ended, or in a person's hands.
func (w *world) restRefund(r tickets.Refund) {
	if r.Live() && !w.waits(string(r.ID)) && !w.truth.orders[r.Order].Contested() && !w.contested(r) && !w.sibling(r) {
		w.fail("L-5", "refund %s rests as %s", r.ID, r.State)
	}
}

// sibling reports whether a refund waits with the others of its wish, whose first has the case.
func (w *world) sibling(r tickets.Refund) bool {
	for _, x := range inOrder(w.truth.refunds) {
		if x.Order == r.Order && x.At.Equal(r.At) && x.Source == r.Source && w.waits(string(x.ID)) {
			return true
		}
	}
	return false
}

func (w *world) restOrder(o tickets.Order) {
	switch o.Stage {
	case tickets.StageExpired, tickets.StageCancelled, tickets.StageFulfilled, tickets.StagePaymentReview, tickets.StageRefunded, tickets.StageCompleted:
	case tickets.StagePaid:
		if !o.Manual() {
			w.fail("L-4", "order %s rests as %s", o.ID, o.Stage)
		}
	case tickets.StageFulfilFailed:
		if !w.waits(string(o.ID)) && o.Refunding == 0 && o.Refunded == 0 {
			w.fail("L", "order %s rests as %s with nobody", o.ID, o.Stage)
		}
	default:
		w.fail("L", "order %s rests as %s", o.ID, o.Stage)
	}
	if o.Asked() {
		w.fail("T39", "order %s rests, its customer is asked until %s", o.ID, o.AskedUntil)
	}
	if o.Kept != 0 {
		w.fail("M-3", "order %s keeps %d", o.ID, o.Kept)
	}
	if !o.Paid() || o.Returned || o.Stage == tickets.StagePaid || o.Stage == tickets.StageFulfilFailed || w.chat.tickets[o.ID] > 0 {
		return
	}
	for _, d := range inOrder(w.truth.deliveries) {
		if d.Order == o.ID && d.Kind == tickets.SayTickets && (d.State == tickets.DeliveryBlocked || d.State == tickets.DeliveryFailed) {
			return
		}
	}
	w.fail("J-1", "order %s: its tickets never arrived", o.ID)
}
