package checkout_test

import (
	"context"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// overtaken is a store of a pass that is slow: others do something before its next update.
type overtaken struct {
	tickets.Store
	by func()
}

func (s *overtaken) Update(ctx context.Context, fn func(tickets.Tx) error) error {
	if by := s.by; by != nil {
		s.by = nil
		by()
	}
	return s.Store.Update(ctx, fn)
}

// closesSlowly runs the pass that carries closings out; others act after it has read its orders.
func (w *world) closesSlowly(others func()) {
	w.t.Helper()
	slow := *w.desk
	s := &overtaken{Store: w.store, by: others}
	slow.Store = s
	if _, err := slow.Close(w.ctx); err != nil || s.by != nil {
		w.t.Fatalf("nobody came between, or %v", err)
	}
}

// storm decides to close the usual date, and carries nothing out yet.
func (w *world) storm(deed tickets.ClosingDeed) tickets.ClosingID {
	w.t.Helper()
	c, err := w.desk.CloseDates(w.ctx, checkout.ClosingDates{
		Days: []tickets.Date{visit}, Deed: deed, By: manager, Reason: "a storm", On: w.revision(),
	})
	if err != nil {
		w.t.Fatalf("close: %v", err)
	}
	return c.ID
}

func TestAClosingAtItsEndAsksNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, p := w.ordered(1, "adult", 2)
	id := w.storm(tickets.ClosingSwap)
	w.closesSlowly(func() {
		w.lateFor(o)
		if c := w.closing(id); c.Ended.IsZero() {
			t.Fatalf("not at its end: %+v", c)
		}
		if _, _, err := w.desk.Apply(w.ctx, wares(20)); err != nil { // the storm went by
			t.Fatal(err)
		}
		w.money(p, 10000, "SGD")
		w.stage(o, tickets.StageFulfilled)
	})
	if o = w.now(o); o.Asked() || w.closing(id).Waiting() != 0 {
		t.Errorf("asked until %s, closing %+v", o.AskedUntil, w.closing(id))
	}
	for _, k := range w.tickets(o) {
		w.state(k.Code, tickets.TicketValid)
	}
	w.clean()
}

func TestAClosingAtItsEndLeavesAnOrderToTheNext(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, charge := w.bought(1, 2)
	first := w.storm(tickets.ClosingRefund)
	var next tickets.ClosingID
	w.closesSlowly(func() {
		w.tell(bank(charge.Charge, tickets.DisputeOpen, "", 10000))
		if c := w.closing(first); c.Ended.IsZero() || c.Tally.Left != 1 {
			t.Fatalf("not at its end: %+v", c)
		}
		w.tell(bank(charge.Charge, tickets.DisputeWon, "", 10000))
		next = w.storm(tickets.ClosingSwap)
		w.closing(next)
	})
	if o = w.now(o); o.Closing != next || !o.Asked() || len(w.refunds(o)) != 0 {
		t.Errorf("of %s, asked until %s, refunds %v", o.Closing, o.AskedUntil, w.refunds(o))
	}
	if _, err := w.desk.MoveOrder(w.ctx, o.ID, o.Buyer.Customer, tickets.Slot{Date: visit + 2}); err != nil {
		t.Fatal(err)
	}
	w.clock.add(2 * time.Minute)
	if c := w.closing(next); c.Ended.IsZero() || c.Tally != (tickets.Tallied{Asked: 1, Answered: 1, Moved: 1}) {
		t.Errorf("closing %+v", c)
	}
	w.clean()
}

func TestAClosingThatIsAtWorkIsNotForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, _ := w.bought(1, 1)
	id := w.storm(tickets.ClosingRefund)
	for range 101 {
		in := checkout.ClosingDates{Days: []tickets.Date{visit + 3}, Deed: tickets.ClosingLeave, By: manager, Reason: "a holiday", On: w.revision()}
		if _, err := w.desk.CloseDates(w.ctx, in); err != nil {
			t.Fatal(err)
		}
	}
	w.closing(id)
	w.repay()
	w.stage(o, tickets.StageRefunded)
	var all []tickets.Closing
	w.view(func(r tickets.Reader) (err error) { all, err = checkout.ReadClosings(r); return err })
	if len(all) != 101 || all[100].ID != id {
		t.Errorf("%d closings, the last is %s", len(all), all[len(all)-1].ID)
	}
	w.clean()
}
