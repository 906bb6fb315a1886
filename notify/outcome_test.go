package notify_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"boxoffice/notify"
	"boxoffice/tickets"
)

func TestLadderUsedUpFailsAndTellsTheMerchant(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		id := s.add(orderA, tickets.SayTickets, alice)
		start := time.Now()
		var waits []time.Duration
		d := s.dispatcher(func(_ context.Context, d tickets.Delivery) error {
			if d.ID == id {
				waits = append(waits, time.Since(start).Round(time.Second))
				return errDown
			}
			return nil
		}, func(c *notify.Config) { c.Ladder = []time.Duration{10 * time.Second, 100 * time.Second} })
		for range 30 {
			if _, err := d.Pass(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Second)
		}
		if got := s.get(id); got.State != tickets.DeliveryFailed || got.Attempts != 3 || got.Error != errDown.Error() {
			t.Errorf("ended as %+v", got)
		}
		if len(waits) != 3 || waits[1] < 10*time.Second || waits[1] > 16*time.Second || waits[2]-waits[1] < 100*time.Second || waits[2]-waits[1] > 115*time.Second {
			t.Errorf("tried at %v, want after 10 s and 100 s more", waits)
		}
		all := s.of(orderA)
		if len(all) != 2 || all[1].Kind != tickets.SayDeliveryFailing || all[1].To.Kind != tickets.ToMerchant || all[1].State != tickets.DeliverySent ||
			all[1].Args[notify.ArgDelivery] != string(id) || all[1].Args[notify.ArgError] != errDown.Error() || all[1].Args[notify.ArgKind] != tickets.SayTickets {
			t.Errorf("the merchant was told %+v", all)
		}
	})
}

func TestOutcomesOfASend(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind   string
		chat   int64
		err    error
		state  tickets.DeliveryState
		alarms int
	}{
		"a blocked bot is told to the merchant": {tickets.SayTickets, alice, fmt.Errorf("send: %w", tickets.Blocked), tickets.DeliveryBlocked, 1},
		"a live message is not worth telling":   {tickets.SayLive, alice, tickets.Blocked, tickets.DeliveryBlocked, 0},
		"a reminder is not worth telling":       {tickets.SayHoldReminder, alice, tickets.Blocked, tickets.DeliveryBlocked, 0},
		"a merchant's message waits":            {tickets.SayPaid, 0, tickets.Blocked, tickets.DeliveryRetry, 0},
		"an alarm makes no alarm":               {tickets.SayDeliveryFailing, 0, tickets.Blocked, tickets.DeliveryRetry, 0},
		"a lost point is no failure":            {tickets.SayTickets, alice, tickets.Pointless, tickets.DeliveryAborted, 0},
		"anything else is tried again":          {tickets.SayTickets, alice, errDown, tickets.DeliveryRetry, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newShop(t)
				id := s.add(orderA, c.kind, c.chat)
				d := s.dispatcher(func(_ context.Context, d tickets.Delivery) error {
					if d.ID == id {
						return c.err
					}
					return nil
				})
				s.pass(d, c.alarms)
				if got := s.get(id); got.State != c.state || got.Error != c.err.Error() || got.Final() != got.Due.IsZero() || !got.Lease.IsZero() {
					t.Errorf("recorded %+v", got)
				}
				if got := len(s.of(orderA)) - 1; got != c.alarms {
					t.Errorf("%d alarms, want %d", got, c.alarms)
				}
			})
		})
	}
}

func TestOnlyTheNewestLiveMessageIsDrawn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		old := s.add(orderA, tickets.SayLive, alice)
		s.add(orderA, tickets.SayLive, alice)
		s.add(orderB, tickets.SayLive, alice)
		s.pass(s.dispatcher(nil), 2)
		if got := s.get(old); got.State != tickets.DeliveryAborted {
			t.Errorf("the older one is %s", got.State)
		}
	})
}

func TestResendMakesANewDelivery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		id := s.add(orderA, tickets.SayTickets, alice)
		d := s.dispatcher(nil)
		s.pass(d, 1)
		again, err := d.Resend(t.Context(), id, time.Now())
		if err != nil || again.ID == id || !tickets.ValidID(tickets.PrefixDelivery, string(again.ID)) {
			t.Fatalf("resent as %+v, %v", again, err)
		}
		if _, err := d.Resend(t.Context(), id, time.Now()); !errors.Is(err, tickets.Exists) {
			t.Errorf("a double click: %v", err)
		}
		s.pass(d, 1)
		s.wantOutside("tickets 1001, tickets 1001")
		if _, err := d.Resend(t.Context(), "dlv_000000000000000000000000", time.Now()); !errors.Is(err, tickets.NotFound) {
			t.Errorf("resend of nothing: %v", err)
		}
	})
}

func TestRoutedDeliveriesArriveInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		o := tickets.Order{ID: orderA, Merchant: "shop", Buyer: tickets.Buyer{Chat: alice}}
		at := tickets.Milli(time.Now())
		facts := []tickets.Fact{
			{Order: orderA, Seq: 8, Name: tickets.LatePaymentAccepted, At: at}, {Order: orderA, Seq: 9, Name: tickets.CheckoutCompleted, At: at},
			{Order: orderA, Seq: 10, Name: tickets.FulfillmentIssued, At: at},
		}
		err := s.store.Update(t.Context(), func(tx tickets.Tx) error {
			for _, d := range notify.Route(o, facts) {
				if err := tx.CreateDelivery(d); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		s.pass(s.dispatcher(nil, func(c *notify.Config) { c.Parallel = 1 }), 4)
		s.wantOutside("live 1001, paid 0, late_accepted 1001, tickets 1001")
	})
}

func TestObserveHearsOfEachAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		s.add(orderA, tickets.SayTickets, alice)
		s.add(orderB, tickets.SayManual, bob)
		var mu sync.Mutex
		var seen []string
		d := s.dispatcher(func(_ context.Context, d tickets.Delivery) error {
			time.Sleep(time.Second)
			if d.Kind == tickets.SayManual {
				return &tickets.Wait{After: time.Minute}
			}
			return nil
		}, func(c *notify.Config) {
			c.Observe = func(kind string, outcome tickets.DeliveryState, took, late time.Duration) {
				mu.Lock()
				defer mu.Unlock()
				seen = append(seen, fmt.Sprint(kind, " ", outcome, " ", took, " ", late))
			}
		})
		time.Sleep(3 * time.Second)
		s.pass(d, 1)
		slices.Sort(seen)
		if got, want := fmt.Sprint(seen), "[manual QUEUED 1s 3s tickets SENT 1s 3s]"; got != want {
			t.Errorf("observed %s, want %s", got, want)
		}
	})
}
