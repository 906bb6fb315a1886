package notify_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"boxoffice/notify"
	"boxoffice/tickets"
)

func TestPassSendsOnceAndRecordsTheReceipt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		id := s.add(orderA, tickets.SayTickets, alice)
		d := s.dispatcher(nil)
		s.pass(d, 1)
		s.pass(d, 0)
		got := s.get(id)
		if got.State != tickets.DeliverySent || got.Attempts != 1 || got.Message != 42 || got.File != "file" || got.Sent.IsZero() || !got.Due.IsZero() {
			t.Errorf("recorded %+v", got)
		}
		s.wantOutside("tickets 1001")
	})
}

func TestPassUnderAContextThatNeverEndsSends(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		id := s.add(orderA, tickets.SayTickets, alice)
		if n, err := s.dispatcher(nil).Pass(context.Background()); n != 1 || err != nil {
			t.Errorf("sent %d, %v", n, err)
		}
		if got := s.get(id); got.State != tickets.DeliverySent {
			t.Errorf("recorded %+v", got)
		}
	})
}

// crashing is a store whose process dies: from a moment on nothing is written any more.
type crashing struct {
	tickets.Store
	dead atomic.Bool
}

func (c *crashing) Update(ctx context.Context, fn func(tickets.Tx) error) error {
	if c.dead.Load() {
		return tickets.Unavailable
	}
	return c.Store.Update(ctx, fn)
}

func TestCrashAfterSendSendsAgainWithTheSameID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		id := s.add(orderA, tickets.SayTickets, alice)
		dying := &crashing{Store: s.store}
		var seen []tickets.DeliveryID
		first := s.dispatcher(func(_ context.Context, d tickets.Delivery) error {
			seen = append(seen, d.ID)
			dying.dead.Store(true)
			return nil
		}, func(c *notify.Config) { c.Store = dying })
		if _, err := first.Pass(t.Context()); !errors.Is(err, tickets.Unavailable) {
			t.Fatalf("the pass of a dying process: %v", err)
		}
		second := s.dispatcher(func(_ context.Context, d tickets.Delivery) error { seen = append(seen, d.ID); return nil })
		s.pass(second, 0) // the dead one's lease still runs
		time.Sleep(2 * time.Minute)
		s.pass(second, 1)
		if len(seen) != 2 || seen[0] != id || seen[1] != id {
			t.Errorf("sent as %v, want twice %s", seen, id)
		}
		if got := s.get(id); got.State != tickets.DeliverySent {
			t.Errorf("state %s", got.State)
		}
	})
}

// The store's writer waits for company on the real clock, so the tests with many senders have no bubble.

func TestTwoDispatchersNeverSendOneDeliveryAtOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	const n = 120
	for i := range n {
		s.add(tickets.OrderID(fmt.Sprintf("order_%024x", i)), tickets.SayTickets, int64(i%7+1))
	}
	var mu sync.Mutex
	count := map[tickets.DeliveryID]int{}
	send := func(_ context.Context, d tickets.Delivery) error {
		mu.Lock()
		defer mu.Unlock()
		count[d.ID]++
		return nil
	}
	var wg sync.WaitGroup
	var total atomic.Int64
	for range 2 {
		d := s.dispatcher(send, func(c *notify.Config) { c.Batch = 9 })
		wg.Go(func() {
			sent, err := d.Pass(t.Context())
			if err != nil {
				t.Error(err)
			}
			total.Add(int64(sent))
		})
	}
	wg.Wait()
	if len(count) != n || total.Load() != n {
		t.Errorf("%d deliveries went out, %d recorded, want %d", len(count), total.Load(), n)
	}
	for id, c := range count {
		if c != 1 {
			t.Errorf("%s was sent %d times", id, c)
		}
	}
}

func TestWaitIsObeyedForTheWholeChat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		id := s.add(orderA, tickets.SayTickets, alice)
		s.add(orderB, tickets.SayTickets, alice)
		s.add(orderB, tickets.SayManual, bob)
		start, flood := time.Now(), 30*time.Second
		calls := 0
		d := s.dispatcher(func(_ context.Context, d tickets.Delivery) error {
			if left := flood - time.Since(start); d.To.Chat == alice && left > 0 {
				calls++
				return &tickets.Wait{After: left}
			}
			return nil
		})
		s.pass(d, 1)
		s.wantOutside("manual 1002")
		s.add(orderC, tickets.SayOverpaid, alice) // comes meanwhile
		time.Sleep(flood - time.Second)
		s.pass(d, 0)
		if calls != 1 {
			t.Errorf("the chat was tried %d times while it wanted quiet", calls)
		}
		for range 3 { // each has its own second
			time.Sleep(time.Second)
			s.pass(d, 1)
		}
		s.wantOutside("tickets 1001, tickets 1001, overpaid 1001")
		if got := s.get(id); got.Attempts != 1 {
			t.Errorf("being put off counted as one of %d attempts", got.Attempts)
		}
	})
}

func TestBeingPutOffForADayFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		id := s.add(orderA, tickets.SayTickets, alice)
		d := s.dispatcher(func(context.Context, tickets.Delivery) error { return &tickets.Wait{After: 5 * time.Hour} })
		for range 6 {
			s.pass(d, 0)
			time.Sleep(5 * time.Hour)
		}
		if got := s.get(id); got.State != tickets.DeliveryFailed {
			t.Errorf("after a day it is %s", got.State)
		}
	})
}

func TestReminderPutOffHoldsUpNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		s.add(orderA, tickets.SayHoldReminder, alice)
		s.add(orderA, tickets.SayTickets, alice)
		d := s.dispatcher(func(_ context.Context, d tickets.Delivery) error {
			if d.Kind == tickets.SayHoldReminder {
				return &tickets.Wait{After: time.Minute}
			}
			return nil
		})
		s.pass(d, 1)
		s.wantOutside("tickets 1001")
	})
}

func TestOrderIsKeptWhileAnEarlierMessageAwaitsItsRetry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		s.add(orderA, tickets.SayLateAccepted, alice)
		s.add(orderA, tickets.SayTickets, alice)
		s.add(orderA, tickets.SayLive, alice)
		s.add(orderB, tickets.SayTickets, bob)
		down := true
		d := s.dispatcher(func(_ context.Context, d tickets.Delivery) error {
			if d.Kind == tickets.SayLateAccepted && down {
				return errDown
			}
			return nil
		}, func(c *notify.Config) { c.Parallel = 1 })
		s.pass(d, 2)
		s.wantOutside("tickets 1002, live 1001")
		s.add(orderA, tickets.SayOverpaid, alice)
		s.pass(d, 0) // one that came later waits as well
		down = false
		time.Sleep(6 * time.Second)
		s.pass(d, 3)
		s.wantOutside("late_accepted 1001, tickets 1001, overpaid 1001")
	})
}

func TestOrderIsKeptBetweenDispatchers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		s.add(orderA, tickets.SayLateAccepted, alice)
		slow := s.dispatcher(func(context.Context, tickets.Delivery) error { time.Sleep(10 * time.Second); return nil })
		var wg sync.WaitGroup
		wg.Go(func() { s.pass(slow, 2) }) // the second when the first is through
		synctest.Wait()
		s.add(orderA, tickets.SayTickets, alice)
		s.pass(s.dispatcher(nil), 0)
		wg.Wait()
		s.wantOutside("late_accepted 1001, tickets 1001")
	})
}

func TestPoisonedMessageDelaysOthersOnlyForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		poison := s.add(orderA, tickets.SayOverpaid, alice)
		s.add(orderA, tickets.SayTickets, alice)
		s.add(orderB, tickets.SayTickets, alice) // another order in the same chat
		d := s.dispatcher(func(_ context.Context, d tickets.Delivery) error {
			if d.ID == poison {
				panic("cannot be rendered")
			}
			return nil
		})
		s.pass(d, 1)
		s.wantOutside("tickets 1001")
		for range 9 {
			time.Sleep(5 * time.Second)
			if _, err := d.Pass(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		s.wantOutside("tickets 1001")
		if got := s.get(poison); got.State != tickets.DeliveryRetry || got.Attempts != 3 {
			t.Errorf("the poisoned one is %s after %d attempts", got.State, got.Attempts)
		}
		s.add(orderA, tickets.SayDuplicate, alice)
		s.pass(d, 1) // nobody waits for it any more
		s.wantOutside("duplicate 1001")
	})
}

func TestHangingSendDelaysNoOtherReceiver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		hanging := s.add(orderA, tickets.SayTickets, alice)
		d := s.dispatcher(func(ctx context.Context, d tickets.Delivery) error {
			if d.To.Chat == alice {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		})
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { d.Run(ctx) })
		synctest.Wait()
		s.add(orderB, tickets.SayTickets, bob) // comes while the other hangs
		d.Wake()
		synctest.Wait()
		s.wantOutside("tickets 1002")
		stop()
		wg.Wait()
		if got := s.get(hanging); got.State != tickets.DeliveryRetry || got.Attempts != 1 {
			t.Errorf("the hanging one is %s after %d attempts", got.State, got.Attempts)
		}
	})
}

func TestRunSendsWhenWokenAndStopsCleanly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		d := s.dispatcher(nil, func(c *notify.Config) { c.Every = time.Hour })
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { d.Run(ctx) })
		synctest.Wait()
		start := time.Now()
		s.add(orderA, tickets.SayTickets, alice)
		d.Wake()
		synctest.Wait()
		s.wantOutside("tickets 1001")
		s.add(orderA, tickets.SayOverpaid, alice) // nobody wakes: the clock does
		time.Sleep(time.Hour)
		synctest.Wait()
		s.wantOutside("overpaid 1001")
		if time.Since(start) > time.Hour {
			t.Errorf("it took %s", time.Since(start))
		}
		stop()
		wg.Wait()
	})
}

func TestStopFinishesWhatIsUnderWayAndGivesBackTheRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		begun := s.add(orderA, tickets.SayManual, alice)
		rest := s.add(orderA, tickets.SayTickets, alice)
		ctx, stop := context.WithCancel(t.Context())
		d := s.dispatcher(func(ctx context.Context, _ tickets.Delivery) error {
			stop()
			time.Sleep(time.Second)
			return ctx.Err()
		})
		if n, err := d.Pass(ctx); n != 1 || err != nil {
			t.Errorf("the stopped pass sent %d (%v)", n, err)
		}
		if got := s.get(begun); got.State != tickets.DeliverySent {
			t.Errorf("what was under way is %s", got.State)
		}
		if got := s.get(rest); got.State != tickets.DeliveryQueued || !got.Lease.IsZero() || got.Attempts != 0 {
			t.Errorf("the rest was not given back: %+v", got)
		}
	})
}

func TestBatchesAndParallelSendsAreBounded(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for i := range 60 {
		s.add(tickets.OrderID(fmt.Sprintf("order_%024x", i)), tickets.SayTickets, int64(i+1))
	}
	const parallel, batch = 3, 10
	var mu sync.Mutex
	flying, most, leased := 0, 0, 0
	full := make(chan struct{}) // closed when the first three are in the air together
	d := s.dispatcher(func(ctx context.Context, _ tickets.Delivery) error {
		mu.Lock()
		flying++
		if flying == parallel && most < parallel {
			close(full)
		}
		most = max(most, flying)
		mu.Unlock()
		select {
		case <-full:
		case <-ctx.Done():
			return ctx.Err()
		}
		err := s.store.View(ctx, func(r tickets.Reader) error {
			c, err := r.DeliveryCounts()
			mu.Lock()
			leased = max(leased, c[tickets.DeliverySending])
			mu.Unlock()
			return err
		})
		mu.Lock()
		flying--
		mu.Unlock()
		return err
	}, func(c *notify.Config) { c.Batch, c.Parallel = batch, parallel })
	s.pass(d, 60)
	if most != parallel || leased > 2*batch+parallel {
		t.Errorf("%d sends at once, want %d; %d leased", most, parallel, leased)
	}
}

func TestSlowLaneNeverSendsPastItsLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		for range 5 {
			s.add(orderA, tickets.SayOverpaid, alice)
		}
		d := s.dispatcher(func(ctx context.Context, d tickets.Delivery) error {
			time.Sleep(25 * time.Second)
			if got := s.get(d.ID); got.State != tickets.DeliverySending || !got.Lease.After(time.Now()) {
				return fmt.Errorf("sent without a lease: %+v", got)
			}
			return nil
		}, func(c *notify.Config) { c.Lease = time.Minute })
		s.pass(d, 5)
	})
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	if _, err := notify.New(notify.Config{Now: time.Now}); !errors.Is(err, tickets.Invalid) {
		t.Errorf("a dispatcher without a store: %v", err)
	}
}
