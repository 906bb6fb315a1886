package checkout_test

import (
	"strings"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// TestAClockThatJumpsNeitherEndsHoldsEarlyNorKeepsThem sets the clock by what people, time servers, daylight saving and
// bad batteries do, in the middle of a hold, and looks at the hold by the time that really passed.
func TestAClockThatJumpsNeitherEndsHoldsEarlyNorKeepsThem(t *testing.T) {
	t.Parallel()
	var jumps []time.Duration
	for _, by := range []time.Duration{
		time.Second, 3 * time.Second, 20 * time.Second, time.Minute, 5 * time.Minute, time.Hour, 25 * time.Hour, 30 * 24 * time.Hour,
		time.Date(2038, 1, 19, 3, 14, 8, 0, time.UTC).Sub(opening),
	} {
		jumps = append(jumps, by, -by)
	}
	for _, by := range jumps {
		var passed time.Duration
		w := newWorld(t, 9, func(d *checkout.Desk) { d.Counted = func() time.Duration { return passed } })
		pass := func(d time.Duration) {
			w.clock.add(d)
			passed += d
			w.sweep()
		}
		w.sweep()
		o := w.order(1, "adult", 1)
		pass(2 * time.Minute)
		w.clock.add(by)
		w.sweep()
		pass(2*time.Minute + 55*time.Second)
		if got := w.now(o).Stage; got != tickets.StageHeld {
			t.Errorf("jump of %s: %s after %s", by, got, passed)
		}
		for range 12 {
			pass(5 * time.Second)
		}
		if got := w.now(o).Stage; got != tickets.StageExpired {
			t.Errorf("jump of %s: %s after %s", by, got, passed)
		}
		w.wantStock("day", 0, 0)
	}
}

// TestAClockThatJumpsNeitherHurriesMoneyNorForgetsIt sets the clock while a refund waits for its time, one was sent whose
// answer was lost, and a page is open.
func TestAClockThatJumpsNeitherHurriesMoneyNorForgetsIt(t *testing.T) {
	t.Parallel()
	for _, by := range []time.Duration{25 * time.Hour, -25 * time.Hour, 30 * 24 * time.Hour, -30 * 24 * time.Hour} {
		var w *world
		var jumped time.Duration
		w = newWorld(t, 1, func(d *checkout.Desk) {
			d.Counted = func() time.Duration { return w.clock.Now().Sub(opening) - jumped }
		})
		pass := func(d time.Duration) {
			w.clock.add(d)
			w.passes()
		}
		o, p := w.ordered(2, "tour_seat", 1)
		charge := w.money(p, 2500, "SGD")
		late, lateCharge := w.soldOutLate(1) // its money goes back after a day
		w.sweep()
		if _, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "ill"}); err != nil {
			t.Fatal(err)
		}
		w.till.fault = func(string) fault { return lostRequest }
		w.repay()
		pass(time.Minute)
		w.clock.add(by)
		jumped = by
		pass(time.Second)
		w.till.fault = nil
		pass(time.Minute)
		w.repay()
		if got := w.till.wentBack(charge.Charge); got != 2500 || len(w.cases()) != 0 {
			t.Errorf("jump of %s: %d of the refund went back, cases %+v", by, got, w.cases())
		}
		if got := w.till.wentBack(lateCharge.Charge); got != 0 {
			t.Errorf("jump of %s: late money was sent back at once", by)
		}
		pass(24 * time.Hour)
		w.repay()
		if got := w.till.wentBack(lateCharge.Charge); got != 5000 {
			t.Errorf("jump of %s: %d of the late money went back after a day, %s", by, got, w.now(late).Stage)
		}
		for _, f := range w.faults() {
			if !strings.HasPrefix(f, "E6 ") { // that time went back
				t.Errorf("jump of %s: audit: %s", by, f)
			}
		}
	}
}
