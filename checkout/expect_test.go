package checkout_test

import (
	"strings"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// clean expects that the audit finds nothing and that every charge of the till is one capture.
func (w *world) clean() {
	w.t.Helper()
	for _, f := range w.faults() {
		w.t.Errorf("audit: %s", f)
	}
}

// faults is what the audit says, but for messages that wait (L4): nobody sends them here.
func (w *world) faults() []string {
	w.t.Helper()
	var out []string
	w.view(func(r tickets.Reader) error {
		out = nil
		return checkout.Audit(r, w.clock.Now(), w.desk.Timings, func(line string) {
			if !strings.HasPrefix(line, "L4 "+tickets.PrefixDelivery) {
				out = append(out, line)
			}
		})
	})
	return out
}

// balanced expects that the store has exactly the till's money, each charge once and each somewhere.
func (w *world) balanced() {
	w.t.Helper()
	for _, r := range w.till.charged() {
		var c tickets.Capture
		err := w.store.View(w.ctx, func(rd tickets.Reader) (err error) { c, err = rd.Capture(w.till.name, r.Charge); return err })
		if err != nil {
			p := w.payment(r.Reference)
			w.t.Errorf("charge %s of %s: %v; payment %s of %q, error %q, due %s, story %s", r.Charge, r.Amount, err, p.State, p.Remote, p.Error,
				p.Due, w.story(tickets.Order{ID: p.Order}))
			continue
		}
		if c.Amount != r.Amount {
			w.t.Errorf("charge %s of %s was captured as %s", r.Charge, r.Amount, c.Amount)
		}
		kept := c.Disposition == tickets.Underpaid && c.Owed == 0
		if c.Disposition != tickets.TestMode && !kept && c.Applied+c.Owed != c.Amount.Amount {
			w.t.Errorf("charge %s of %s: applied %d, owed %d", r.Charge, r.Amount, c.Applied, c.Owed)
		}
		if back := w.till.wentBack(r.Charge); back != c.Returned+c.Repaid {
			w.t.Errorf("charge %s of %s: %d went back, known are %d and %d", r.Charge, r.Amount, back, c.Returned, c.Repaid)
		}
	}
}

func (w *world) wantStock(pool tickets.PoolID, held, sold int) {
	w.t.Helper()
	if s := w.stock(pool); s.Held != held || s.Sold != sold {
		w.t.Errorf("stock %s: held %d, sold %d; want %d, %d", pool, s.Held, s.Sold, held, sold)
	}
}

func (w *world) wantRows(o tickets.Order, want string) {
	w.t.Helper()
	if got := w.rows(o); got != want {
		w.t.Errorf("rows %q, want %q", got, want)
	}
}

// wantCapture checks the only capture, or the n-th.
func (w *world) wantCapture(o tickets.Order, n int, d tickets.Disposition, applied, owed int64) {
	w.t.Helper()
	cs := w.captures(o)
	if len(cs) <= n {
		w.t.Fatalf("%d captures, want more than %d", len(cs), n)
	}
	if c := cs[n]; c.Disposition != d || c.Applied != applied || c.Owed != owed {
		w.t.Errorf("capture %d is %s, applied %d, owed %d; want %s, %d, %d", n, c.Disposition, c.Applied, c.Owed, d, applied, owed)
	}
}

func (w *world) stage(o tickets.Order, want tickets.Stage) tickets.Order {
	w.t.Helper()
	o = w.now(o)
	if o.Stage != want {
		w.t.Fatalf("order is %s (%s), not %s; story: %s", o.Stage, o.Reason, want, w.story(o))
	}
	return o
}
