package checkout_test

import (
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
