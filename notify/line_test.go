package notify_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"boxoffice/notify"
	"boxoffice/tickets"
)

// group is a merchant's group as the platform has it: no group at first, or one message per pace.
type group struct {
	missing bool
	pace    time.Duration
	next    time.Time
	tried   []tickets.DeliveryID
	got     []tickets.Delivery
}

func (g *group) send(_ context.Context, d tickets.Delivery) error {
	if d.To.Kind != tickets.ToMerchant {
		return nil
	}
	g.tried = append(g.tried, d.ID)
	if g.missing {
		return tickets.Refuse(tickets.Blocked, "no group is linked")
	}
	if left := time.Until(g.next); left > 0 {
		return &tickets.Wait{After: left}
	}
	g.next = time.Now().Add(g.pace)
	g.got = append(g.got, d)
	return nil
}

// kinds writes what the group got, in order.
func (g *group) kinds() string {
	var out []string
	for _, d := range g.got {
		out = append(out, d.Kind)
	}
	return strings.Join(out, " ")
}

func (g *group) wantInOrder(t *testing.T, want int) {
	t.Helper()
	byID := func(a, b tickets.Delivery) int { return strings.Compare(string(a.ID), string(b.ID)) }
	if len(g.got) != want || !slices.IsSortedFunc(g.got, byID) {
		t.Errorf("the group got %d messages, want %d in order: %s", len(g.got), want, g.kinds())
	}
}

// backlog stores n merchant deliveries of as many orders in one transaction.
func (s *shop) backlog(n int, kind string, at time.Time) (ids []tickets.DeliveryID) {
	s.t.Helper()
	err := s.store.Update(s.t.Context(), func(tx tickets.Tx) error {
		ids = nil
		for i := range n {
			d := tickets.Delivery{
				ID:       tickets.DeliveryID(fmt.Sprintf("dlv_%011x%013x", at.UnixMilli(), 1000+i)),
				Merchant: "shop", Order: tickets.OrderID(fmt.Sprintf("order_%024x", i)), Kind: kind,
				To: tickets.Destination{Kind: tickets.ToMerchant}, State: tickets.DeliveryQueued, Due: at, At: at,
			}
			d.Key = fmt.Sprintf("%s:%s", d.Order, kind)
			ids = append(ids, d.ID)
			if err := tx.CreateDelivery(d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return ids
}

// runFor makes a pass each step until the time is over or done says so.
func (s *shop) runFor(d *notify.Dispatcher, total, step time.Duration, done func() bool) {
	s.t.Helper()
	for end := time.Now().Add(total); time.Now().Before(end) && !done(); time.Sleep(step) {
		if _, err := d.Pass(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
	}
}

func never() bool { return false }

func TestMerchantWithoutAGroupLosesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := newShop(t), &group{missing: true}
		ids := []tickets.DeliveryID{s.add(orderA, tickets.SayIssue, 0), s.add(orderB, tickets.SayMoney, 0), s.add(orderC, tickets.SayDeliveryFailing, 0)}
		d := s.dispatcher(g.send)
		s.runFor(d, 10*time.Minute, time.Second, never)
		ids = append(ids, s.add(orderC, tickets.SayPaid, 0))
		s.pass(d, 0)
		if len(g.tried) < 9 || len(g.tried) > 11 || slices.ContainsFunc(g.tried, func(id tickets.DeliveryID) bool { return id != ids[0] }) {
			t.Errorf("in ten minutes it was tried %d times: %v, want about ten times %s", len(g.tried), g.tried, ids[0])
		}
		for _, id := range ids {
			got := s.get(id)
			if got.State != tickets.DeliveryRetry || got.Attempts != 0 || got.Due.IsZero() || !strings.Contains(got.Error, "no group is linked") {
				t.Errorf("without a group: %+v", got)
			}
		}
		g.missing = false
		d.Unblock()
		s.pass(d, 4)
		g.wantInOrder(t, 4)
	})
}

func TestGroupThatComesBackUnannouncedIsNoticedWithinAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := newShop(t), &group{missing: true}
		s.backlog(30, tickets.SayIssue, time.Now())
		d := s.dispatcher(g.send)
		s.runFor(d, 90*time.Second, time.Second, never)
		g.missing = false
		s.runFor(d, time.Minute, time.Second, func() bool { return len(g.got) > 0 })
		if len(g.got) == 0 {
			t.Error("nothing was sent within a minute")
		}
		s.runFor(d, 5*time.Minute, time.Second, never)
		g.wantInOrder(t, 30)
	})
}

func TestUnblockDuringATryIsNotForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := newShop(t), &group{missing: true}
		s.add(orderA, tickets.SayIssue, 0)
		s.add(orderB, tickets.SayIssue, 0)
		var d *notify.Dispatcher
		d = s.dispatcher(func(ctx context.Context, dl tickets.Delivery) error {
			err := g.send(ctx, dl)
			if g.missing {
				g.missing = false
				d.Unblock() // the group was linked after the sender looked for it
			}
			return err
		})
		s.pass(d, 0)
		s.runFor(d, 10*time.Second, time.Second, never)
		g.wantInOrder(t, 2)
	})
}

func TestRestartWithoutAGroupKeepsTheLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := newShop(t), &group{missing: true, pace: 4 * time.Second}
		s.backlog(40, tickets.SayIssue, time.Now())
		s.runFor(s.dispatcher(g.send), 2*time.Minute, time.Second, never)
		g.tried = nil
		second := s.dispatcher(g.send)
		s.runFor(second, 3*time.Minute, time.Second, never)
		if len(g.tried) > 4 {
			t.Errorf("the restarted one tried %d times in three minutes", len(g.tried))
		}
		g.missing = false
		second.Unblock()
		s.runFor(second, 6*time.Minute, time.Second, never)
		g.wantInOrder(t, 40)
	})
}

func TestMerchantDeliveryFailsAfterTwoWeeks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := newShop(t), &group{missing: true}
		ids := s.backlog(20, tickets.SayIssue, time.Now())
		d := s.dispatcher(g.send)
		s.runFor(d, 14*24*time.Hour-30*time.Minute, 20*time.Minute, never)
		young := s.add(orderA, tickets.SayIssue, 0)
		for _, id := range ids {
			if got := s.get(id); got.Final() {
				t.Fatalf("before its time: %+v", got)
			}
		}
		s.runFor(d, 2*time.Hour, time.Minute, never)
		for _, id := range ids {
			if got := s.get(id); got.State != tickets.DeliveryFailed || !strings.Contains(got.Error, "no group is linked") {
				t.Errorf("after two weeks: %+v", got)
			} else if all := s.of(got.Order); len(all) != 1 {
				t.Errorf("giving up on the merchant made %d deliveries more", len(all)-1)
			}
		}
		if got := s.get(young); got.State != tickets.DeliveryRetry {
			t.Errorf("the young one: %+v", got)
		}
	})
}

// counting counts the deliveries that were leased and put.
type counting struct {
	tickets.Store
	n atomic.Int64
}

type countingTx struct {
	tickets.Tx
	n *atomic.Int64
}

func (c *counting) Update(ctx context.Context, fn func(tickets.Tx) error) error {
	return c.Store.Update(ctx, func(tx tickets.Tx) error { return fn(countingTx{tx, &c.n}) })
}

func (c countingTx) LeaseDeliveries(now, until time.Time, limit int) ([]tickets.Delivery, error) {
	ds, err := c.Tx.LeaseDeliveries(now, until, limit)
	c.n.Add(int64(len(ds)))
	return ds, err
}

func (c countingTx) PutDelivery(d tickets.Delivery) error {
	c.n.Add(1)
	return c.Tx.PutDelivery(d)
}

func TestMessageCostsTheSameHoweverManyWait(t *testing.T) {
	t.Parallel()
	for _, n := range []int{200, 2000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, g := newShop(t), &group{pace: 4 * time.Second}
				s.backlog(n, tickets.SayPaid, time.Now())
				count := &counting{Store: s.store}
				d := s.dispatcher(g.send, func(c *notify.Config) { c.Store = count })
				s.runFor(d, time.Duration(n+10)*4*time.Second, 2*time.Second, func() bool { return len(g.got) == n })
				g.wantInOrder(t, n)
				if each := float64(count.n.Load()) / float64(n); each > 6 {
					t.Errorf("%d waited: %.1f leases and puts per message", n, each)
				} else {
					t.Logf("%d waited: %.2f leases and puts per message", n, each)
				}
			})
		})
	}
}

func TestLineThatMovesKeepsItsOrderAndItsCost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const n = 300
		s, g := newShop(t), &group{pace: 4 * time.Second}
		s.backlog(n, tickets.SayPaid, time.Now())
		count := &counting{Store: s.store}
		floods := 0
		d := s.dispatcher(func(ctx context.Context, dl tickets.Delivery) error {
			if len(g.got) == 50*(floods+1) { // Telegram itself asks for a minute now and then
				floods++
				g.next = time.Now().Add(time.Minute)
			}
			return g.send(ctx, dl)
		}, func(c *notify.Config) { c.Store = count })
		s.runFor(d, time.Hour, time.Second, func() bool { return len(g.got) == n })
		g.wantInOrder(t, n)
		if each := float64(count.n.Load()) / n; each > 12 || floods != 5 {
			t.Errorf("%.1f leases and puts per message after %d floods", each, floods)
		}
	})
}

func TestWhatAPersonMustActOnGoesBeforeTheNews(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := newShop(t), &group{pace: 4 * time.Second}
		s.backlog(8, tickets.SayPaid, time.Now())
		d := s.dispatcher(g.send)
		s.runFor(d, 8*time.Second, time.Second, never)
		s.add(orderA, tickets.SayPaid, 0)
		s.add(orderA, tickets.SayIssue, 0) // of one order: it does not wait for its own news either
		s.add(orderB, tickets.SayMoney, 0)
		s.runFor(d, time.Minute, time.Second, never)
		if got, want := g.kinds(), "paid paid issue money paid paid paid paid paid paid paid"; got != want {
			t.Errorf("the group got %q, want %q", got, want)
		}
	})
}

func TestQueueOfDaysFailsNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := newShop(t), &group{pace: 10 * time.Hour}
		s.backlog(7, tickets.SayPaid, time.Now())
		s.runFor(s.dispatcher(g.send), 4*24*time.Hour, time.Hour, never)
		g.wantInOrder(t, 7)
	})
}

func TestLiveMessageThatWaitsIsDrawnOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		first := s.add(orderA, tickets.SayLive, alice)
		flood := time.Now().Add(30 * time.Second)
		d := s.dispatcher(func(context.Context, tickets.Delivery) error {
			if left := time.Until(flood); left > 0 {
				return &tickets.Wait{After: left}
			}
			return nil
		})
		s.pass(d, 0)
		second := s.add(orderA, tickets.SayLive, alice)
		s.add(orderB, tickets.SayLive, alice)
		s.runFor(d, time.Minute, time.Second, never)
		s.wantOutside("live 1001, live 1001")
		if a, b := s.get(first), s.get(second); a.State != tickets.DeliverySent || b.State != tickets.DeliveryAborted {
			t.Errorf("the one that waited is %s, the one after it %s", a.State, b.State)
		}
	})
}

func TestTwoDispatchersShareALine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := newShop(t), &group{pace: 4 * time.Second}
		s.backlog(40, tickets.SayPaid, time.Now())
		one, two := s.dispatcher(g.send), s.dispatcher(g.send)
		for range 400 {
			s.runFor(one, time.Second, time.Second, never)
			s.runFor(two, time.Second, time.Second, never)
		}
		if len(g.got) != 40 {
			t.Errorf("%d of 40 were sent", len(g.got))
		}
	})
}
