package checkout_test

import (
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// hint is a notice that something of a charge went back, and not what.
func hint(charge string) checkout.Report {
	return checkout.Report{Kind: checkout.ReportRefund, Charge: charge}
}

func TestWhatWentBackIsAskedAboutUntilTheProviderSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 2)
	w.later(2 * time.Hour) // nothing else is asked about it any more
	w.till.fault = func(op string) fault {
		if op == "list" {
			return lostReply
		}
		return fine
	}
	w.till.dashboard(charge.Charge, 10000)
	w.tell(hint(charge.Charge))
	for range 40 {
		w.later(time.Hour)
	}
	w.clean()
	w.till.fault = nil
	w.later(time.Hour)
	w.stage(o, tickets.StageRefunded)
	w.clean()
	w.balanced()
}

func TestWhatGoesBackWhileItIsAskedAboutIsAskedAboutAgain(t *testing.T) {
	t.Parallel()
	for op, first := range map[string]int64{"lookup": 0, "list": 1000} { // a look at a payment that is over, and one for what went back
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 9)
			_, charge := w.bought(1, 3)
			w.later(15 * time.Minute)
			w.clock.add(time.Hour)
			if first > 0 {
				w.till.dashboard(charge.Charge, first)
				w.tell(hint(charge.Charge))
			}
			w.till.answered = func(at string) {
				if at == op {
					w.till.answered = nil
					w.clock.add(time.Second)
					w.till.dashboard(charge.Charge, 2000)
					w.tell(hint(charge.Charge))
				}
			}
			w.chase()
			w.later(time.Minute)
			if c := w.capture(charge.Charge); c.Returned != first+2000 {
				t.Errorf("%d are known to have gone back", c.Returned)
			}
			w.balanced()
		})
	}
}
