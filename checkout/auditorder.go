package checkout

import (
	"errors"
	"slices"
	"time"

	"boxoffice/tickets"
)

// dossier is an order with all that is of it.
type dossier struct {
	*tickets.Order
	seen     *auditedOrder
	own      tickets.Hold // Order.Hold; ID "" when it is not there
	payments []tickets.Payment
	captures []tickets.Capture
	refunds  []tickets.Refund
	disputes []tickets.Dispute
	tickets  []tickets.Ticket
	facts    []tickets.Fact
	ledgered bool // it was placed since there are ledgers
}

// judge reads what is of an order and checks it.
func (a *audit) judge(id tickets.OrderID, seen *auditedOrder, facts []tickets.Fact) error {
	o, err := a.r.Order(id)
	if err != nil {
		return err
	}
	d := &dossier{Order: &o, seen: seen, facts: facts}
	if d.payments, err = a.r.Payments(id); err != nil {
		return err
	}
	if d.captures, err = a.r.Captures(id); err != nil {
		return err
	}
	if d.tickets, err = a.r.Tickets(id); err != nil {
		return err
	}
	if seen.refunds {
		if d.refunds, err = a.r.Refunds(id); err != nil {
			return err
		}
	}
	if seen.disputes {
		if d.disputes, err = a.r.Disputes(id); err != nil {
			return err
		}
	}
	if d.own, err = a.r.Hold(o.Hold); err != nil && !errors.Is(err, tickets.NotFound) {
		return err
	}
	a.story(d.Order, facts)
	moved := a.begins(d)
	if d.Stage == tickets.StagePaid && !d.Manual() && a.missed(d.Changed) {
		a.fault("L4", string(id), "paid since %s, and its tickets are not issued", Stamp(d.Changed))
	}
	a.holds(d)
	if err := a.issued(d); err != nil {
		return err
	}
	if err := a.money(d); err != nil {
		return err
	}
	if err := a.wishes(d); err != nil {
		return err
	}
	a.places(d, moved)
	return nil
}

// begins finds out whether the order has ledgers, and reports whether its first fact says what moved, as it has since there
// are ledgers: an order after one that has them has them too. Orders come as they were placed.
func (a *audit) begins(d *dossier) (moved bool) {
	if len(d.facts) == 0 {
		return false
	}
	moved = len(d.facts[0].Moves) > 0
	if moved && a.ledgers.IsZero() {
		a.ledgers = d.At
	}
	d.ledgered = !a.ledgers.IsZero() && !d.At.Before(a.ledgers)
	if d.ledgered && !moved {
		a.fault("I4", string(d.ID), "its first fact does not say what places moved")
	}
	return moved
}

// hold takes in a hold.
func (a *audit) hold(h *tickets.Hold) {
	id := string(h.ID)
	o := a.known(h.Order, "hold", id)
	small := len(h.Draws) == 0
	for _, d := range h.Draws {
		small = small || d.Places < 1
		if h.Live() {
			a.held[tickets.StockKey{Merchant: h.Merchant, Pool: d.Pool, Slot: h.Slot}] += d.Places
		}
	}
	final := h.State == tickets.HoldConsumed || h.State == tickets.HoldReleased || h.State == tickets.HoldExpired
	switch {
	case small:
		a.fault("I5", id, "it holds %v", h.Draws)
	case !h.Live() && !final:
		a.fault("I5", id, "it is %q", h.State)
	case h.Live() == h.Due.IsZero(), h.Live() != h.Ended.IsZero():
		a.fault("I5", id, "it is %s, ended %s, due %s", h.State, Stamp(h.Ended), Stamp(h.Due))
	}
	if h.Live() && !h.Due.IsZero() {
		a.overdue(h)
	}
	if o == nil {
		return
	}
	if h.Live() {
		o.live++
	}
	if h.State == tickets.HoldConsumed {
		o.consumed++
	}
	bit := uint32(1) << (uint(h.Gen) % 32)
	if o.gens&bit != 0 && h.Gen < 32 {
		a.fault("I6", id, "a second hold of generation %d of order %s", h.Gen, h.Order)
	}
	o.gens |= bit
}

// overdue finds live holds that nobody ends: their time to be looked at is over, or is long after the hold's own.
func (a *audit) overdue(h *tickets.Hold) {
	last := a.now.Add(a.soft)
	if h.Expiry.After(last) {
		last = h.Expiry
	}
	if late := a.now.Sub(h.Due); late > a.soft+time.Hour {
		a.fault("L2", string(h.ID), "live hold is overdue by %s", late.Round(time.Second))
	} else if h.Due.Sub(last) > time.Hour {
		a.fault("L2", string(h.ID), "live hold until %s is looked at only %s", Stamp(h.Expiry), Stamp(h.Due))
	}
}

// holds checks that an order's holds agree with it.
func (a *audit) holds(d *dossier) {
	id, o, h := string(d.ID), d.Order, d.own
	want := keepsPlaces(*o)
	took := o.Paid() || o.Stage == tickets.StageRefunded
	switch {
	case int(d.seen.live) != want:
		a.fault("I6", id, "%s with %d live holds, not %d", o.Stage, d.seen.live, want)
	case h.ID == "" || h.Order != o.ID:
		a.fault("I6", id, "its hold %q is not there, or another order's", o.Hold)
	case h.Live() != (want == 1):
		a.fault("I6", id, "%s, and its hold %s is %s", o.Stage, h.ID, h.State)
	case h.Gen != o.Gen:
		a.fault("I6", id, "generation %d, its hold %s is of generation %d", o.Gen, h.ID, h.Gen)
	case took != (h.State == tickets.HoldConsumed), !took && d.seen.consumed > 0:
		a.fault("I6", id, "%s with %d consumed holds, its own is %s", o.Stage, d.seen.consumed, h.State)
	case h.Reason != tickets.HoldReversed && h.Reason != tickets.HoldMoved && (h.Slot != o.Slot() || !sameDraws(h.Draws, tickets.Draws(o.Quote.Lines))):
		a.fault("I5", id, "its hold %s has %v on %s, its lines need %v on %s", h.ID, h.Draws, h.Slot, tickets.Draws(o.Quote.Lines), o.Slot())
	}
	if !h.Live() || h.Reason == tickets.HoldAsync {
		return
	}
	since := o.FirstHeld
	if h.At.After(since) {
		since = h.At
	}
	for _, c := range d.captures {
		if c.At.After(since) {
			since = c.At
		}
	}
	if h.Expiry.Before(h.At.Add(time.Duration(h.Jumped)*time.Millisecond)) || h.Expiry.After(since.Add(a.cap+a.review)) ||
		h.Expiry.After(a.now.Add(a.cap+a.review+time.Hour)) { // held by a clock that ran ahead
		a.fault("I7", string(h.ID), "held from %s to %s", Stamp(h.At), Stamp(h.Expiry))
	}
}

func sameDraws(a, b []tickets.Draw) bool {
	if len(a) != len(b) {
		return false
	}
	for _, d := range a {
		if !slices.Contains(b, d) {
			return false
		}
	}
	return true
}

// keepsPlaces is how many live holds an order of this stage has.
func keepsPlaces(o tickets.Order) int {
	switch {
	case o.Stage == tickets.StageHeld || o.Stage == tickets.StageAwaiting || o.Stage == tickets.StageExpiring:
		return 1
	case o.Stage == tickets.StagePaymentReview && !o.ReviewUntil.IsZero():
		return 1
	default:
		return 0
	}
}

// places adds an order's sold places to what rows say of stock, and compares the order's ledger with its rows.
func (a *audit) places(d *dossier, moved bool) {
	rows := map[place]int{}
	sell := func(slot tickets.Slot, draws []tickets.Draw) {
		for _, x := range draws {
			rows[place{x.Pool, slot, tickets.UnitsSold}] += x.Places
			a.sold[tickets.StockKey{Merchant: d.Merchant, Pool: x.Pool, Slot: slot}] += x.Places
		}
	}
	for i := range d.tickets {
		if k := &d.tickets[i]; !k.Returned {
			sell(k.Slot, tickets.Draws(k.Lines))
		}
	}
	if len(d.tickets) == 0 && (d.Paid() || d.Stage == tickets.StageRefunded) && !d.Returned {
		sell(d.Slot(), tickets.Draws(d.Quote.Lines))
	}
	if !moved {
		return
	}
	if d.own.Live() {
		for _, x := range d.own.Draws {
			rows[place{x.Pool, d.own.Slot, tickets.UnitsHeld}] += x.Places
		}
	}
	a.units(d.Order, d.facts, rows)
}
