package checkout_test

import (
	"fmt"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// TestEveryVerbHealsWhereverItStops lets each verb stop at each of its commits, done and not done, and expects that
// passing time alone, or the repetition that follows anyway, puts everything in order.
func TestEveryVerbHealsWhereverItStops(t *testing.T) {
	t.Parallel()
	type act struct {
		name string
		// begin prepares the shop; the verb is what it returns.
		begin func(*world) func() error
		// again says that whoever asked repeats it: a provider a notice, a person a press.
		again bool
		want  tickets.Stage
	}
	var o tickets.Order // of the act under way; acts run one after the other
	pay := func(w *world) tickets.Payment {
		var p tickets.Payment
		o, p = w.ordered(1, "adult", 1)
		return p
	}
	notice := func(amount int64) func(*world) func() error {
		return func(w *world) func() error {
			p := pay(w)
			h, body := w.till.notice(w.till.charge(p.Remote, amount, "SGD"))
			return func() error { return w.desk.Receive(w.ctx, "till", h, body) }
		}
	}
	for _, a := range []act{
		{"place", func(w *world) func() error {
			p := w.placing(1, "sentosa", tickets.Slot{Date: visit}, tickets.Choice{SKU: "adult", Units: 1})
			return func() (err error) {
				got, err := w.desk.Place(w.ctx, p)
				if err == nil {
					o = got
				}
				return err
			}
		}, true, tickets.StageExpired},
		{"pay", func(w *world) func() error {
			o = w.order(1, "adult", 1)
			return func() error { _, _, err := w.desk.Pay(w.ctx, paying(o, "card")); return err }
		}, false, tickets.StageExpired},
		{"pay another way", func(w *world) func() error {
			pay(w)
			return func() error { _, _, err := w.desk.Pay(w.ctx, paying(o, "paynow")); return err }
		}, false, tickets.StageExpired},
		{"pay nothing", func(w *world) func() error {
			o = w.order(1, "park_entry", 1)
			return func() error {
				_, _, err := w.desk.Pay(w.ctx, checkout.Paying{Order: o.ID, Gateway: checkout.GatewayFree})
				return err
			}
		}, true, tickets.StageFulfilled},
		{"cancel", func(w *world) func() error {
			pay(w)
			return func() error { _, err := w.desk.Cancel(w.ctx, checkout.Cancelling{Order: o.ID}); return err }
		}, true, tickets.StageCancelled},
		{"notice of money", notice(5000), true, tickets.StageFulfilled},
		{"notice of too little", notice(4000), true, tickets.StageExpired},
		{"notice of too much", notice(6000), true, tickets.StageFulfilled},
		{"look at a page that was paid", func(w *world) func() error {
			w.till.charge(pay(w).Remote, 5000, "SGD")
			w.clock.add(time.Minute)
			return func() error { _, err := w.desk.Chase(w.ctx); return err }
		}, false, tickets.StageFulfilled},
		{"check after coming back", func(w *world) func() error {
			w.till.charge(pay(w).Remote, 5000, "SGD")
			return func() error { return w.desk.Check(w.ctx, o.ID) }
		}, false, tickets.StageFulfilled},
		{"sweep", func(w *world) func() error {
			pay(w)
			w.clock.add(6 * time.Minute)
			return func() error { _, err := w.desk.Sweep(w.ctx); return err }
		}, false, tickets.StageExpired},
		{"close a page", func(w *world) func() error {
			pay(w)
			w.clock.add(6 * time.Minute)
			w.sweep()
			return func() error { _, err := w.desk.Chase(w.ctx); return err }
		}, false, tickets.StageExpired},
		{"issue", func(w *world) func() error {
			var p tickets.Payment
			o, p = w.ordered(1, "villa_night", 1)
			w.money(p, 40000, "SGD")
			return func() error {
				_, err := w.desk.Issue(w.ctx, o.ID, checkout.StaffOf(tickets.Member{ID: "mem_1", Role: tickets.RoleOwner}, "bot"))
				return err
			}
		}, true, tickets.StageFulfilled},
		{"admit", func(w *world) func() error {
			k := w.ticket(1, "adult", 1)
			o = tickets.Order{ID: k.Order}
			w.clock.set(visit.At("10:00", singapore))
			return func() error {
				_, _, err := w.desk.Admit(w.ctx, checkout.Admitting{Scan: k.Text, Key: "k", By: gate})
				return err
			}
		}, true, tickets.StageCompleted},
		{"catalog", func(w *world) func() error {
			o = w.lateFor(w.order(1, "adult", 1))
			return func() error { _, _, err := w.desk.Apply(w.ctx, wares(3)); return err }
		}, true, tickets.StageExpired},
	} {
		stops := 0
		for n := 1; ; n++ {
			reached := false
			for _, done := range []bool{false, true} {
				f := &faultyStore{}
				w := newWorld(t, 9, func(d *checkout.Desk) { f.Store, d.Store = d.Store, f })
				verb := a.begin(w)
				f.failFrom(n, n, done)
				err := verb()
				reached = f.seen >= n
				f.failFrom(0, 0, false)
				if a.again && err != nil {
					if err := verb(); err != nil {
						t.Errorf("%s, stopped at %d (done %v): again: %v", a.name, n, done, err)
						continue
					}
				}
				w.t = named{t, fmt.Sprintf("%s, stopped at %d (done %v)", a.name, n, done)}
				w.quiet()
				w.stage(o, a.want)
				w.clean()
				w.balanced()
			}
			if !reached {
				break
			}
			stops++
		}
		if stops == 0 {
			t.Errorf("%s commits nothing", a.name)
		}
	}
}

// named says which case a failure is of.
type named struct {
	*testing.T
	name string
}

func (n named) Errorf(format string, args ...any) {
	n.T.Helper()
	n.T.Errorf("%s: "+format, append([]any{n.name}, args...)...)
}

func (n named) Fatalf(format string, args ...any) {
	n.T.Helper()
	n.T.Fatalf("%s: "+format, append([]any{n.name}, args...)...)
}

// quiet lets time go by until nothing waits any more.
func (w *world) quiet() {
	w.t.Helper()
	for range 45 {
		w.later(time.Minute)
	}
	for range 12 {
		w.later(time.Hour)
	}
}
