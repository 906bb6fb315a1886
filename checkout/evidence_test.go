package checkout_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// packed is the files of an order's evidence. It fails where one tells a secret.
func (w *world) packed(o tickets.Order) map[string]string {
	w.t.Helper()
	e, err := w.desk.Evidence(w.ctx, o.ID, support)
	if err != nil {
		w.t.Fatalf("evidence: %v", err)
	}
	var b bytes.Buffer
	if err := e.Write(&b); err != nil {
		w.t.Fatalf("write: %v", err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		w.t.Fatalf("zip: %v", err)
	}
	all := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			w.t.Fatalf("%s: %v", f.Name, err)
		}
		var text bytes.Buffer
		if _, err := text.ReadFrom(r); err != nil {
			w.t.Fatalf("%s: %v", f.Name, err)
		}
		all[strings.TrimPrefix(f.Name, o.Code+"/")] = text.String()
		for _, secret := range []string{o.Secret, w.tickets(o)[0].Text} {
			if strings.Contains(text.String(), secret) {
				w.t.Errorf("%s tells a secret", f.Name)
			}
		}
	}
	return all
}

func TestEvidenceSaysWhatWasConfirmedThenAndWhereItWasMovedLater(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		move func(*world) tickets.Order
		want []string
	}{
		"not moved": {func(w *world) tickets.Order { o, _ := w.bought(1, 1); return o }, nil},
		"by the shop": {func(w *world) tickets.Order {
			o, _ := w.bought(1, 1)
			w.later(time.Hour)
			to := tickets.Slot{Date: visit + 3}
			o, err := w.desk.MoveDate(w.ctx, checkout.MovingDate{Order: o.ID, By: support, To: to, Reason: "the flight was late", Key: "k1"})
			if err != nil {
				w.t.Fatalf("%v", err)
			}
			return o
		}, []string{"2026-03-20T", "moved to 2026-03-24 by the shop (the flight was late)"}},
		"by its customer, twice": {func(w *world) tickets.Order {
			o, _ := w.soldOutLate(1)
			o, err := w.desk.MoveOrder(w.ctx, o.ID, o.Buyer.Customer, tickets.Slot{Date: visit + 2})
			if err != nil {
				w.t.Fatalf("%v", err)
			}
			w.later(time.Hour)
			o, err = w.desk.MoveDate(w.ctx, checkout.MovingDate{Order: o.ID, By: support, To: tickets.Slot{Date: visit + 3}, Reason: "called", Key: "k1"})
			if err != nil {
				w.t.Fatalf("%v", err)
			}
			return o
		}, []string{"moved to 2026-03-23 by the customer\n", "moved to 2026-03-24 by the shop (called)"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 1)
			said, later, moved := strings.Cut(w.packed(c.move(w))["confirmed.txt"], "Changed after that:")
			if !strings.Contains(said, "Sentosa\n2026-03-21\n1 x Adult") {
				t.Errorf("what was confirmed:\n%s", said)
			}
			if moved != (len(c.want) > 0) {
				t.Errorf("moved %t:\n%s", moved, later)
			}
			for _, want := range c.want {
				if !strings.Contains(later, want) {
					t.Errorf("%q is not said:\n%s", want, later)
				}
			}
			w.clean()
		})
	}
}
