package checkout_test

import (
	"context"
	"errors"
	"testing"

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
