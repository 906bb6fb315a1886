package sim

import (
	"slices"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// plot is a course of things that dice alone seldom take: in some schedules everybody does more of what leads there.
type plot int

// The plots.
const (
	noPlot    plot = iota
	partsPlot      // people pay in two parts, a bank takes one of them, and gives it back when the places are gone
	afterPlot      // banks and the dashboard decide about visits that are over
)

// leads are the faults by which people come to a verb that a schedule aims at.
var leads = map[string][]Fault{
	"applyLate": {SlowCustomer, StuckPage}, "HurryRefund": {OddAmount}, "EndTickets": {AtDashboard}, "apply": {NewCapacity},
	"anew": {RefundFails}, "SettleRefund": {RefundFails}, "UnsettleRefund": {RefundFails}, "WriteOff": {StrayMoney}, "RefundMoney": {StrayMoney},
	"lookAtRefunds": {AtDashboard}, "looked": {AtDashboard}, "moveReversed": {Dispute}, "MatchMoney": {StrayMoney},
	"CloseCase": {FraudWarning}, "putOff": {RepeatNotice, DelayNotice}, "postpone": {LostReply, ServerError},
}

// busy are the verbs that want many orders with tickets.
var busy = []string{
	"Admit", "EndTickets", "FailIssue", "Issue", "ReissueTicket", "UndoAdmission", "closeOrder", "completeOrder", "moveClosed", "moveReversed", "refundClosed",
}

// busyShop reports whether customers buy and pay more than anything else, on many dates.
func (w *world) busyShop() bool { return slices.Contains(busy, w.aim) }

// asks reports whether the schedule aims at what customers choose whose date was closed.
func (w *world) asks() bool { return w.aim == "moveClosed" || w.aim == "refundClosed" }

// looks are the verbs by which the shop finds what went back at the dashboard.
var looks = []string{"lookAtRefunds", "looked"}

// drawPlot picks a schedule's plot, and makes likely what it is made of.
func (w *world) drawPlot(off []Fault) {
	likely := func(p float64, fs ...Fault) {
		for _, f := range fs {
			if !slices.Contains(off, f) {
				w.faults[f] = max(w.faults[f], p)
			}
		}
	}
	likely(0.7, leads[w.aim]...)
	switch n := w.dice.IntN(16); {
	case n < 2:
		w.plot, w.banks = partsPlot, true
		likely(0.8, OddAmount, Dispute)
		w.faults[SlowCustomer], w.faults[Leap] = 0, 0
		if w.dice.IntN(3) == 0 { // and many wait with the rest until it is too late
			likely(0.8, PaysMeanwhile, StuckPage)
			w.tooLate = true
		}
	case n == 2:
		w.plot, w.banks, w.aim = afterPlot, false, ""
		likely(0.5, Dispute, AtDashboard)
	}
}

// odd is how much is paid instead of what a page asks: in parts, half of the whole and then its rest.
func (w *world) odd(s *session) int64 {
	asked := s.Total.Amount
	if w.plot == partsPlot {
		if asked == w.truth.orders[s.Order].Total().Amount {
			return asked / 2
		}
		return asked
	}
	if w.aim == "HurryRefund" {
		return max(asked/2, 1)
	}
	return one(w.dice, []int64{asked - 1, asked + 1, 0, asked / 2, asked + 500})
}

// whenDisputed is how long after a charge its bank speaks of it.
func (w *world) whenDisputed() time.Duration {
	least, longest := 30*time.Second, 100*time.Hour
	switch {
	case w.reverses():
		least, longest = 20*time.Minute, 5*time.Hour
	case w.plot == afterPlot:
		least, longest = 6*24*time.Hour, 9*24*time.Hour
	case w.banks && w.dice.IntN(2) == 0:
		longest = 20 * time.Hour
	case w.banks: // after the visit
		least = 24 * time.Hour
	}
	return w.dice.between(least, longest)
}

// whenReturned is how long after a charge somebody gives it back at the dashboard.
func (w *world) whenReturned() time.Duration {
	switch {
	case w.plot == afterPlot:
		return w.dice.between(6*24*time.Hour, 9*24*time.Hour)
	case w.aim == "EndTickets" || slices.Contains(looks, w.aim):
		return w.dice.between(time.Minute, 10*time.Hour)
	default:
		return w.dice.between(time.Minute, 60*time.Hour)
	}
}

// nextOf is what a bank decides after the state of a dispute; "" is nothing any more.
func (w *world) nextOf(s tickets.DisputeState) tickets.DisputeState {
	switch s {
	case tickets.DisputeWarning:
		return one(w.dice, []tickets.DisputeState{tickets.DisputeDropped, tickets.DisputeOpen})
	case tickets.DisputeOpen:
		if (w.plot != noPlot || w.reverses()) && w.dice.IntN(3) > 0 {
			return tickets.DisputeLost
		}
		return one(w.dice, []tickets.DisputeState{tickets.DisputeEvidenceSent, tickets.DisputeWon, tickets.DisputeLost})
	case tickets.DisputeEvidenceSent:
		return one(w.dice, []tickets.DisputeState{tickets.DisputeWon, tickets.DisputeLost, tickets.DisputeReversed})
	case tickets.DisputeLost, tickets.DisputeWon:
		on := w.dice.IntN(3)
		if w.reverses() && s == tickets.DisputeLost {
			on = 0
		}
		if on > 1 || on > 0 && !w.banks {
			return ""
		}
		return map[bool]tickets.DisputeState{true: tickets.DisputeReversed, false: tickets.DisputeOpen}[s == tickets.DisputeLost]
	}
	return ""
}

// betweenDecisions is how long a bank takes for the next.
func (w *world) betweenDecisions() time.Duration {
	longest := 40 * time.Hour
	switch {
	case w.reverses():
		longest = 4 * time.Hour
	case w.banks && w.dice.IntN(2) == 0:
		longest = 8 * time.Hour
	}
	return w.dice.between(time.Minute, longest)
}

// reverses reports whether banks take money and give it back when the places are gone.
func (w *world) reverses() bool { return w.plot == partsPlot || w.aim == "moveReversed" }

// restock gives each date some places; 0 leaves none that is not sold.
func (w *world) restock(n int) {
	cat := wares(n)
	for i := range cat.Pools {
		cat.Pools[i].Capacity = n
	}
	_, _, err := w.proc.desk.Apply(noContext, cat)
	w.expect("apply", err)
}

// mostClosings is how often the merchant of a schedule closes dates; more often where it is about the customers' choices.
const mostClosings = 10

// closings are the verbs by which a merchant closes dates.
var closings = []string{"CloseDates", "HurryClosing", "closeOrder", "closePage", "moveClosed", "refundClosed"}

// closeSome is a merchant who closes dates that have orders, or waits no longer for what their customers choose.
func (w *world) closeSome() {
	d := w.dice
	in := checkout.ClosingDates{
		Deed: one(d, []tickets.ClosingDeed{tickets.ClosingSwap, tickets.ClosingSwap, tickets.ClosingRefund, tickets.ClosingLeave}),
		By:   w.by(d.IntN(2)), Reason: "a storm", Wait: one(d, []time.Duration{0, 20 * time.Minute, 5 * time.Hour}),
		Days: []tickets.Date{firstVisit + tickets.Date(d.IntN(2)*d.IntN(6))},
	}
	if d.IntN(3) > 0 {
		in.Products = []tickets.ProductID{productOf(one(d, skus))}
	}
	if w.asks() {
		id, ok := w.truth.some(d, func(o tickets.Order) bool {
			return o.Paid() && !o.Ended() && !o.Asked() && o.Refunding == 0 && o.Total().Amount > 0
		})
		if !ok {
			return
		}
		o := w.truth.orders[id]
		in.Deed, in.Wait, in.Days, in.Products = tickets.ClosingSwap, 5*time.Hour, []tickets.Date{o.Slot().Date}, []tickets.ProductID{o.Quote.Product}
	}
	hurry := !w.asks() && d.IntN(12) == 0 || w.aim == "HurryClosing" && d.IntN(2) == 0
	var all []tickets.Closing
	err := w.proc.store.View(noContext, func(r tickets.Reader) error {
		cat, err := r.Catalog()
		if err != nil {
			return err
		}
		in.On = cat.Revision
		all, err = checkout.ReadClosings(r)
		return err
	})
	w.expect("closings", err)
	if err != nil {
		return
	}
	asking := slices.DeleteFunc(slices.Clone(all), func(c tickets.Closing) bool {
		return w.aim != "HurryClosing" && (c.Deed != tickets.ClosingSwap || !c.Ended.IsZero()) // there they press old buttons, too
	})
	if hurry && len(asking) > 0 {
		id := one(d, asking).ID
		w.press("hurried again", func() {
			_, err := w.proc.desk.HurryClosing(noContext, id, in.By)
			w.expect("hurry closing", err, tickets.Conflict)
		})
		return
	}
	if len(all) >= mostClosings && !(w.asks() && len(all) < 3*mostClosings) {
		return
	}
	w.press("closed again", func() {
		_, err := w.proc.desk.CloseDates(noContext, in)
		w.expect("close dates", err, tickets.Conflict, tickets.Changed)
		if err == nil {
			w.cover.count("dates closed")
		}
	})
}

// restClosings looks whether closings are carried out, and nobody is asked any more.
func (w *world) restClosings() {
	err := w.proc.store.inner.View(noContext, func(r tickets.Reader) error {
		all, err := checkout.ReadClosings(r)
		for _, c := range all {
			if c.Ended.IsZero() {
				w.fail("T39", "closing %s rests in round %d, %d are asked", c.ID, c.Round, c.Waiting())
			}
		}
		return err
	})
	if err != nil {
		w.fail("S", "closings: %v", err)
	}
}
