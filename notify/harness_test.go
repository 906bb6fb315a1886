package notify_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"boxoffice/notify"
	"boxoffice/storage/bolt"
	"boxoffice/tickets"
)

// shop is a real store with deliveries in it, and what reached the world outside.
type shop struct {
	t     *testing.T
	store tickets.Store
	made  int

	mu   sync.Mutex
	sent []string // "kind to chat" of each message that a Sender took
}

// newShop must be called inside of a synctest bubble where time is to be false.
func newShop(t *testing.T) *shop {
	t.Helper()
	s, err := bolt.Open(t.Context(), filepath.Join(t.TempDir(), "shop.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &shop{t: t, store: s}
}

const (
	alice = 1001
	bob   = 1002
)

var (
	orderA = tickets.OrderID("order_aaaaaaaaaaaaaaaaaaaaaaaa")
	orderB = tickets.OrderID("order_bbbbbbbbbbbbbbbbbbbbbbbb")
	orderC = tickets.OrderID("order_cccccccccccccccccccccccc")
)

// add stores a delivery; chat 0 is the merchant.
func (s *shop) add(order tickets.OrderID, kind string, chat int64) tickets.DeliveryID {
	s.t.Helper()
	s.made++
	at := tickets.Milli(time.Now())
	d := tickets.Delivery{
		ID:  tickets.DeliveryID(fmt.Sprintf("dlv_%011x%013x", at.UnixMilli(), s.made)),
		Key: fmt.Sprintf("%s:%d:%s", order, s.made, kind), Merchant: "shop", Order: order, Kind: kind,
		To:    tickets.Destination{Kind: tickets.ToCustomer, Chat: chat},
		State: tickets.DeliveryQueued, Due: at, At: at,
	}
	if chat == 0 {
		d.To = tickets.Destination{Kind: tickets.ToMerchant}
	}
	err := s.store.Update(s.t.Context(), func(tx tickets.Tx) error { return tx.CreateDelivery(d) })
	if err != nil {
		s.t.Fatal(err)
	}
	return d.ID
}

func (s *shop) get(id tickets.DeliveryID) (d tickets.Delivery) {
	s.t.Helper()
	err := s.store.View(context.Background(), func(r tickets.Reader) (err error) { d, err = r.Delivery(id); return err })
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

func (s *shop) of(order tickets.OrderID) (ds []tickets.Delivery) {
	s.t.Helper()
	err := s.store.View(context.Background(), func(r tickets.Reader) (err error) { ds, err = r.Deliveries(order); return err })
	if err != nil {
		s.t.Fatal(err)
	}
	return ds
}

// took notes that a message went out.
func (s *shop) took(d tickets.Delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, fmt.Sprintf("%s %d", d.Kind, d.To.Chat))
}

// outside returns what went out so far, and forgets it.
func (s *shop) outside() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := strings.Join(s.sent, ", ")
	s.sent = nil
	return out
}

// sender is a Sender from a function; a nil error is noted as a message that went out.
type sender struct {
	s    *shop
	send func(ctx context.Context, d tickets.Delivery) error
}

func (s sender) Send(ctx context.Context, d tickets.Delivery) (tickets.Receipt, error) {
	if s.send != nil {
		if err := s.send(ctx, d); err != nil {
			return tickets.Receipt{}, err
		}
	}
	s.s.took(d)
	return tickets.Receipt{Message: 42, File: "file"}, nil
}

// dispatcher sends with send (nil: everything succeeds).
func (s *shop) dispatcher(send func(context.Context, tickets.Delivery) error, change ...func(*notify.Config)) *notify.Dispatcher {
	s.t.Helper()
	c := notify.Config{Store: s.store, Sender: sender{s, send}, Now: time.Now}
	for _, f := range change {
		f(&c)
	}
	d, err := notify.New(c)
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

// pass runs one pass and checks how many were sent.
func (s *shop) pass(d *notify.Dispatcher, want int) {
	s.t.Helper()
	if n, err := d.Pass(s.t.Context()); err != nil || n != want {
		s.t.Fatalf("the pass sent %d (%v), want %d", n, err, want)
	}
}

func (s *shop) wantOutside(want string) {
	s.t.Helper()
	if got := s.outside(); got != want {
		s.t.Errorf("sent %q, want %q", got, want)
	}
}

var errDown = errors.New("bad gateway")
