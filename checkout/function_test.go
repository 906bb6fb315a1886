package checkout_test

import (
	"context"
	"crypto/rand"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// twiceStore runs each function twice and keeps the second run, as a store may that resolves conflicts.
type twiceStore struct{ tickets.Store }

func (s twiceStore) Update(ctx context.Context, fn func(tickets.Tx) error) error {
	first := errors.New("run again")
	err := s.Store.Update(ctx, func(tx tickets.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return first
	})
	if !errors.Is(err, first) {
		return err
	}
	return s.Store.Update(ctx, fn)
}

func TestFunctionsOfTheStoreMayRunTwice(t *testing.T) {
	t.Parallel()
	captured := 0
	w := newWorld(t, 20, func(d *checkout.Desk) {
		d.Store = twiceStore{d.Store}
		d.Observe.Captured = func(tickets.Capture) { captured++ }
	})
	o, p := w.ordered(1, "sentosa_family_pack", 1)
	w.money(p, 11900, "SGD")
	w.stage(o, tickets.StageFulfilled)
	k := w.tickets(o)[0]
	w.clock.set(visit.At("10:00", singapore))
	if _, adm, err := w.desk.Admit(w.ctx, checkout.Admitting{Scan: k.Text, By: gate}); err != nil || adm.Count != 3 {
		t.Errorf("%+v, %v", adm, err)
	}
	if captured != 1 || len(w.tickets(o)) != 1 {
		t.Errorf("observed %d captures", captured)
	}
	w.clean()
}

// pureStore knows whether one of its functions is running.
type pureStore struct {
	tickets.Store
	inside atomic.Bool
}

func (s *pureStore) View(ctx context.Context, fn func(tickets.Reader) error) error {
	return s.Store.View(ctx, func(r tickets.Reader) error {
		s.inside.Store(true)
		defer s.inside.Store(false)
		return fn(r)
	})
}

func (s *pureStore) Update(ctx context.Context, fn func(tickets.Tx) error) error {
	return s.Store.Update(ctx, func(tx tickets.Tx) error {
		s.inside.Store(true)
		defer s.inside.Store(false)
		return fn(tx)
	})
}

func (s *pureStore) Read(b []byte) (int, error) {
	if s.inside.Load() {
		panic("randomness inside a function of the store")
	}
	return rand.Read(b)
}

func TestFunctionsOfTheStoreReadNoClockAndDrawNothing(t *testing.T) {
	t.Parallel()
	pure := &pureStore{}
	w := newWorld(t, 20, func(d *checkout.Desk) {
		pure.Store = d.Store
		now := d.Now
		d.Store, d.Rand = pure, pure
		d.Now = func() time.Time {
			if pure.inside.Load() {
				t.Error("the clock is read inside a function of the store")
			}
			return now()
		}
	})
	k := w.ticket(1, "sentosa_family_pack", 1)
	w.lateFor(w.again(w.lateFor(w.order(2, "adult", 1))))
	w.clock.set(visit.At("10:00", singapore))
	for name, verb := range map[string]func() error{
		"look":   func() error { _, err := w.desk.Look(w.ctx, k.Text); return err },
		"admit":  func() error { _, _, err := w.desk.Admit(w.ctx, checkout.Admitting{Scan: k.Text, By: gate}); return err },
		"days":   func() error { _, err := w.desk.Days(w.ctx, "sentosa", visit, 3); return err },
		"today":  func() error { _, err := w.desk.Today(w.ctx); return err },
		"link":   func() error { _, err := w.desk.LinkCode(w.ctx, "console"); return err },
		"token":  func() error { _, _, err := w.desk.NewToken(w.ctx, "gate", nil); return err },
		"rotate": func() error { return w.desk.RotateKey(w.ctx) },
	} {
		if err := verb(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
