package checkout_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func TestHoldThatNobodyPaysEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	o := w.order(1, "sentosa_family_pack", 1)
	w.clock.add(5*time.Minute - time.Millisecond)
	w.sweep()
	w.stage(o, tickets.StageHeld)
	w.clock.add(time.Millisecond) // no grace: no money can be under way
	w.sweep()
	o = w.stage(o, tickets.StageExpired)
	w.wantRows(o, "T6 T13")
	w.wantStock("day", 0, 0)
	if s, why := o.Status(); s != tickets.StatusClosed || why != "EXPIRED" || w.hold(o.Hold).State != tickets.HoldExpired {
		t.Errorf("status %s %s, hold %s", s, why, w.hold(o.Hold).State)
	}
	w.sweep()
	w.clean()
}

func TestPlacesAreKeptUntilThePageIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	o, p := w.ordered(1, "sentosa_family_pack", 1)
	w.till.fault = once("close", lostRequest)
	w.later(5*time.Minute + 20*time.Second - time.Millisecond)
	w.stage(o, tickets.StageAwaiting)
	w.later(time.Millisecond)
	o = w.stage(o, tickets.StageExpiring)
	w.wantStock("day", 3, 0)
	w.later(2 * time.Second)
	o = w.stage(o, tickets.StageExpired)
	w.wantRows(o, "T6 T8 T14 T16 T15")
	w.wantStock("day", 0, 0)
	if o.Late || w.payment(p.ID).State != tickets.PaymentClosed {
		t.Errorf("late %v, payment %s", o.Late, w.payment(p.ID).State)
	}
	w.clean()
}

func TestPageThatWillNotCloseGivesItsPlacesBackAfterLong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	o, p := w.ordered(1, "sentosa_family_pack", 1)
	w.till.set(p.Remote, func(s *tillSession) { s.Stuck = true })
	w.later(5*time.Minute + 20*time.Second)
	for range 9 {
		w.later(time.Minute)
		w.stage(o, tickets.StageExpiring)
	}
	w.wantStock("day", 3, 0)
	w.later(time.Minute)
	o = w.stage(o, tickets.StageExpired)
	w.wantStock("day", 0, 0)
	w.wantRows(o, "T6 T8 T14 T16 T15")
	if !o.Late || w.payment(p.ID).State != tickets.PaymentClosing {
		t.Errorf("late %v, payment %s", o.Late, w.payment(p.ID).State)
	}
	if fs := w.facts(o); fs[len(fs)-1].Result != "late_possible" {
		t.Errorf("last fact %+v", fs[len(fs)-1])
	}
	w.till.set(p.Remote, func(s *tillSession) { s.Stuck = false })
	w.later(5 * time.Minute)
	if o = w.now(o); o.Late || w.payment(p.ID).State != tickets.PaymentClosed {
		t.Errorf("late %v, payment %s", o.Late, w.payment(p.ID).State)
	}
	w.clean()

	stuck, p := w.ordered(2, "sentosa_family_pack", 1)
	w.till.set(p.Remote, func(s *tillSession) { s.Stuck = true })
	for range 30 {
		w.later(5 * time.Minute)
	}
	if w.payment(p.ID).State != tickets.PaymentClosed || !w.now(stuck).Late {
		t.Errorf("given up: payment %s, late %v", w.payment(p.ID).State, w.now(stuck).Late)
	}
	w.till.charge(p.Remote, 11900, "SGD") // and a look finds the money that came all the same
	w.later(time.Hour)
	w.stage(stuck, tickets.StageFulfilled)
	w.clean()
	w.balanced()
}

func TestPageIsNotClosedBeforeItCanBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	o, p := w.ordered(1, "adult", 1)
	at := opening.Add(8 * time.Minute)
	w.write(func(tx tickets.Tx) error {
		p := w.payment(p.ID)
		p.ClosableAt = at
		return tx.PutPayment(p)
	})
	w.till.set(p.Remote, func(s *tillSession) { s.Stuck = true })
	w.later(5*time.Minute + 20*time.Second)
	w.stage(o, tickets.StageExpiring)
	if due := w.payment(p.ID).Due; !due.Equal(at) {
		t.Errorf("next try at %s, it can be closed at %s", due, at)
	}
	w.clean()
}

func TestAPaymentLeftOnTheWayIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	o := w.order(1, "adult", 1)
	f := &faultyStore{Store: w.store}
	desk := *w.desk
	desk.Store = f
	f.failFrom(2, 2, false) // the answer of the till is not recorded
	_, p, err := desk.Pay(w.ctx, paying(o, "card"))
	refused(t, err, tickets.Unavailable)
	if got := w.payment(p.ID); got.State != tickets.PaymentCreated || len(w.till.sessions) != 1 {
		t.Fatalf("payment is %s", got.State)
	}
	w.later(15 * time.Second)
	if got := w.payment(p.ID); got.State != tickets.PaymentOpen || len(w.till.sessions) != 1 {
		t.Errorf("payment is %s, %d sessions", got.State, len(w.till.sessions))
	}
	w.clean()
}

func TestCancelBeforePayingIsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	o := w.order(1, "adult", 2)
	_, err := w.desk.Cancel(w.ctx, checkout.Cancelling{Order: o.ID, Customer: someone(2).Customer})
	refused(t, err, tickets.NotFound)
	for range 2 {
		got, err := w.desk.Cancel(w.ctx, checkout.Cancelling{Order: o.ID, Customer: o.Buyer.Customer})
		if err != nil || got.Stage != tickets.StageCancelled || got.EndedBy != tickets.ActorCustomer {
			t.Fatalf("%s by %s, %v", got.Stage, got.EndedBy, err)
		}
	}
	w.wantRows(o, "T6 T12a")
	w.wantStock("day", 0, 0)
	if w.hold(o.Hold).State != tickets.HoldReleased {
		t.Errorf("hold %s", w.hold(o.Hold).State)
	}
	w.clean()
}

func TestCancelClosesThePageFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	o, p := w.ordered(1, "adult", 2)
	got, err := w.desk.Cancel(w.ctx, checkout.Cancelling{Order: o.ID, Customer: o.Buyer.Customer})
	if err != nil || got.Stage != tickets.StageCancelled {
		t.Fatalf("%s, %v", got.Stage, err)
	}
	w.wantRows(o, "T6 T8 T12b T12c")
	w.wantStock("day", 0, 0)
	// Money that comes all the same is never applied: the customer had cancelled.
	w.money(p, 10000, "SGD")
	o = w.stage(o, tickets.StagePaymentReview)
	if s, why := o.Status(); o.Reason != "cancelled" || s != tickets.StatusClosed || why != "CANCELLED" {
		t.Errorf("reason %s, status %s %s", o.Reason, s, why)
	}
	w.wantCapture(o, 0, tickets.LateUnapplied, 0, 10000)
	w.clean()
	w.balanced()
}

func TestMoneyWhileCancellingIsNeverApplied(t *testing.T) {
	t.Parallel()
	for cur, want := range map[tickets.Currency]tickets.Disposition{"SGD": tickets.LateUnapplied, "USD": tickets.WrongCurrency} {
		w := newWorld(t, 3)
		o, p := w.ordered(1, "adult", 2)
		w.till.charge(p.Remote, 10000, cur) // the customer was faster than the cancellation
		o, err := w.desk.Cancel(w.ctx, checkout.Cancelling{Order: o.ID})
		if err != nil {
			t.Fatal(err)
		}
		w.stage(o, tickets.StagePaymentReview)
		w.wantRows(o, "T6 T8 T12b T12d")
		w.wantCapture(o, 0, want, 0, 10000)
		w.wantStock("day", 0, 0)
		if s, why := o.Status(); s != tickets.StatusClosed || why != "CANCELLED" || !w.said(o, tickets.SayLateReview, tickets.ToCustomer) {
			t.Errorf("status %s %s", s, why)
		}
		_, _, err = w.desk.Pay(w.ctx, paying(o, "card"))
		refused(t, err, tickets.Conflict)
		w.passes()
		w.clean()
		w.balanced()
	}
}

func TestPaidAndReviewedOrdersCannotBeCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	for n, amount := range []int64{5000, 100} {
		o, p := w.ordered(n, "adult", 1)
		w.money(p, amount, "SGD")
		before := w.now(o)
		_, err := w.desk.Cancel(w.ctx, checkout.Cancelling{Order: o.ID})
		refused(t, err, tickets.Conflict)
		w.stage(o, before.Stage)
	}
	w.clean()
}

func TestCancelAndMoneyAtOnceNeverLoseTheMoney(t *testing.T) {
	t.Parallel()
	for n := range 20 {
		w := newWorld(t, 3)
		o, p := w.ordered(n, "adult", 1)
		r, _ := w.till.payExactly(p.Remote)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = w.desk.Cancel(w.ctx, checkout.Cancelling{Order: o.ID}) })
		wg.Go(func() { w.tell(r) })
		wg.Go(func() { w.clock.add(6 * time.Minute); w.sweep(); w.chase() })
		wg.Wait()
		w.passes()
		if o = w.now(o); o.Stage != tickets.StageFulfilled && o.Stage != tickets.StagePaymentReview {
			t.Errorf("order is %s", o.Stage)
		}
		w.clean()
		w.balanced()
	}
}

func TestClockThatJumpsEndsNothingTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	held := w.order(1, "adult", 1)
	o, p := w.ordered(2, "adult", 1)
	for _, jump := range []time.Duration{-time.Hour, time.Second, 2 * time.Hour, -3 * time.Hour, 400 * 24 * time.Hour, -401 * 24 * time.Hour, 30 * 24 * time.Hour} {
		w.later(jump)
		w.clean()
	}
	w.stage(held, tickets.StageExpired)
	w.stage(o, tickets.StageExpired)
	w.wantStock("day", 0, 0)
	w.clock.set(opening)
	w.money(p, 5000, "SGD")
	w.stage(o, tickets.StageFulfilled)
	for _, f := range w.faults() {
		if !strings.HasPrefix(f, "E6 ") { // that the clock went back is told
			t.Errorf("audit: %s", f)
		}
	}
}

func TestGatewayThatWasTakenOutIsNotForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	desk := *w.desk
	desk.Gateways = nil
	w.clock.add(6 * time.Minute)
	if _, err := desk.Sweep(w.ctx); err != nil {
		t.Fatal(err)
	}
	for range 30 {
		if _, err := desk.Chase(w.ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := desk.Sweep(w.ctx); err != nil {
			t.Fatal(err)
		}
		w.clock.add(5 * time.Minute)
	}
	if o = w.stage(o, tickets.StageExpired); !o.Late || w.payment(p.ID).State != tickets.PaymentClosed {
		t.Errorf("late %v, payment %s", o.Late, w.payment(p.ID).State)
	}
	w.clean()
}

// meetingStore lets the next Views end together, as those of passes that overlap.
type meetingStore struct {
	tickets.Store
	both *sync.WaitGroup
	mu   sync.Mutex
	left int
}

func (s *meetingStore) View(ctx context.Context, fn func(tickets.Reader) error) error {
	err := s.Store.View(ctx, fn)
	s.mu.Lock()
	meet := s.left > 0
	s.left--
	s.mu.Unlock()
	if meet {
		s.both.Done()
		s.both.Wait()
	}
	return err
}

func TestTwoPassesAskAboutAPaymentOnce(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	meet := &meetingStore{both: &both}
	w := newWorld(t, 9, func(d *checkout.Desk) { meet.Store, d.Store = d.Store, meet })
	var mu sync.Mutex
	asked := 0
	w.ordered(1, "adult", 1)
	both.Add(2)
	meet.left = 2
	w.clock.add(time.Minute)
	w.till.fault = func(op string) fault {
		mu.Lock()
		defer mu.Unlock()
		asked++
		return fine
	}
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() { w.chase() })
	}
	wg.Wait()
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

func TestCapacityMayBeLoweredBelowWhatIsSold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "sentosa_family_pack", 1)
	held := w.order(2, "adult", 2)
	_, low, err := w.desk.Apply(w.ctx, wares(2))
	if err != nil || len(low) != 1 || low[0].Was != 9 || low[0].Stock.Over != 3 {
		t.Fatalf("lowered %+v, %v", low, err)
	}
	_, err = w.desk.Place(w.ctx, w.placing(3, "sentosa", tickets.Slot{Date: visit}, tickets.Choice{SKU: "adult", Units: 1}))
	refused(t, err, tickets.SoldOut)
	w.money(p, 11900, "SGD")
	w.stage(o, tickets.StageFulfilled)
	w.clean()
	w.lateFor(held)
	if s := w.stock("day"); s.Over != 1 || s.Left() != 0 {
		t.Errorf("stock %+v", s)
	}
	other := wares(9)
	other.Merchant.ID = "somebody"
	_, _, err = w.desk.Apply(w.ctx, other)
	refused(t, err, tickets.Conflict)
	w.apply(wares(9))
	w.order(3, "adult", 6)
	w.clean()
}

func TestCapacityOfPastDatesIsHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	w.ordered(1, "adult", 2)
	w.clock.set((visit + 2).At("00:00", singapore).Add(-time.Millisecond)) // in the night after the visit's day
	if _, low, err := w.desk.Apply(w.ctx, wares(8)); err != nil || len(low) != 0 || w.stock("day").Capacity != 8 {
		t.Errorf("the day after: %+v, %v, stock %+v", low, err, w.stock("day"))
	}
	w.clock.add(time.Millisecond)
	if _, low, err := w.desk.Apply(w.ctx, wares(1)); err != nil || len(low) != 0 || w.stock("day").Capacity != 8 {
		t.Errorf("two days after: %+v, %v, stock %+v", low, err, w.stock("day"))
	}
}
