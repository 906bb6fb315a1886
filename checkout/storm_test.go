package checkout_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

// How many payments the tests below make; "make storm" sets 10000 and 1000.
const (
	stormVariable  = "BOXOFFICE_STORM"
	silentVariable = "BOXOFFICE_SILENT"
)

func many(t *testing.T, variable string, few int) int {
	t.Helper()
	s := os.Getenv(variable)
	if s == "" {
		return few
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// drawer keeps what the sandbox remembers.
type drawer struct{ values sync.Map }

func (d *drawer) Load(_ context.Context, name string) (string, error) {
	v, ok := d.values.Load(name)
	if !ok {
		return "", tickets.Refuse(tickets.NotFound, "nothing named %q", name)
	}
	return v.(string), nil
}

func (d *drawer) Save(_ context.Context, name, value string) error {
	d.values.Store(name, value)
	return nil
}

var stormSecret = []byte("a secret of sixteen bytes or more")

// boxWorld is a world that is paid through the sandbox, whose notices nobody carries.
func boxWorld(t *testing.T, payments int, tune ...func(*checkout.Desk)) (*world, *sandbox.Gateway) {
	t.Helper()
	var box *sandbox.Gateway
	w := newWorld(t, payments, append(tune, func(d *checkout.Desk) {
		var err error
		box, err = sandbox.New(sandbox.Config{
			PublicURL: d.PublicURL, Secret: stormSecret, Memory: &drawer{}, Passes: true, Now: d.Now, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		d.Gateways = []checkout.Gateway{box}
	})...)
	return w, box
}

// opens places an order of one adult, with an open page of the sandbox.
func (w *world) opens(who int) (tickets.Payment, error) {
	q, err := w.desk.Quote(w.ctx, "sentosa", tickets.Slot{Date: visit}, []tickets.Choice{{SKU: "adult", Units: 1}})
	if err != nil {
		return tickets.Payment{}, err
	}
	o, err := w.desk.Place(w.ctx, checkout.Placing{Quote: q, Buyer: someone(who), Confirm: fmt.Sprintf("storm%d", who)})
	if err != nil {
		return tickets.Payment{}, err
	}
	_, p, err := w.desk.Pay(w.ctx, checkout.Paying{Order: o.ID, Gateway: "sandbox", Method: "card", Customer: o.Buyer.Customer})
	return p, err
}

// atOnce calls fn for all, sixteen at the same time.
func atOnce[T any](all []T, fn func(T)) {
	var wg sync.WaitGroup
	next := make(chan T)
	for range 16 {
		wg.Go(func() {
			for x := range next {
				fn(x)
			}
		})
	}
	for _, x := range all {
		next <- x
	}
	close(next)
	wg.Wait()
}

// TestStormOfNoticesHasEachEffectOnce delivers every payment's notice 1 to 20 times, in any order, sixteen at a time.
func TestStormOfNoticesHasEachEffectOnce(t *testing.T) {
	t.Parallel()
	n := many(t, stormVariable, 400)
	var captured atomic.Int64
	w, _ := boxWorld(t, n, func(d *checkout.Desk) {
		d.Observe.Captured = func(tickets.Capture) { captured.Add(1) }
	})
	payments, who := make([]tickets.Payment, n), make([]int, n)
	for i := range who {
		who[i] = i
	}
	atOnce(who, func(i int) {
		p, err := w.opens(i)
		if err != nil {
			t.Errorf("customer %d: %v", i, err)
		}
		payments[i] = p
	})
	now := w.clock.Now()
	var deliveries [][]byte
	for i, p := range payments {
		charge := map[string]any{"id": fmt.Sprintf("ch_%d", i), "amount": p.Total.Amount, "currency": p.Total.Currency, "at": now, "method": "card"}
		body, err := json.Marshal(map[string]any{
			"id": fmt.Sprintf("evt_%d", i), "type": "payment.paid", "created": now, "session": p.Remote, "reference": p.ID, "charge": charge,
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 1 + rand.IntN(20) {
			deliveries = append(deliveries, body)
		}
	}
	rand.Shuffle(len(deliveries), func(i, j int) { deliveries[i], deliveries[j] = deliveries[j], deliveries[i] })
	began := time.Now()
	atOnce(deliveries, func(body []byte) {
		h := http.Header{sandbox.SignatureHeader: {sandbox.Sign(stormSecret, body, now)}}
		if err := w.desk.Receive(w.ctx, "sandbox", h, body); err != nil {
			t.Errorf("notice: %v", err)
		}
	})
	took := time.Since(began)
	t.Logf("%d deliveries of %d payments in %s: %.0f a second", len(deliveries), n, took.Round(time.Millisecond), float64(len(deliveries))/took.Seconds())
	if got := captured.Load(); got != int64(n) {
		t.Errorf("%d captures of %d payments", got, n)
	}
	w.wantStock("day", 0, n)
	for _, p := range payments {
		o := w.stage(tickets.Order{ID: p.Order}, tickets.StageFulfilled)
		if c, k := len(w.captures(o)), len(w.tickets(o)); c != 1 || k != 1 {
			t.Errorf("order %s: %d captures, %d tickets", o.ID, c, k)
		}
	}
	w.clean()
}

// TestSilentProviderIsLookedUp lets an hour go by in which customers pay and no notice arrives: each payment is found by
// asking, soon after it was made.
func TestSilentProviderIsLookedUp(t *testing.T) {
	t.Parallel()
	const tick, hour, soon = 5 * time.Second, time.Hour, 6 * time.Minute
	n := many(t, silentVariable, 150)
	w, box := boxWorld(t, n)
	open := map[tickets.SessionID]time.Time{} // when the customer pays
	paid := map[tickets.SessionID]time.Time{} // and has paid
	end, placed, slowest := w.clock.Now().Add(hour), 0, time.Duration(0)
	for ; w.clock.Now().Before(end) || len(open)+len(paid) > 0; w.clock.add(tick) {
		now := w.clock.Now()
		if now.After(end.Add(hour)) {
			t.Fatalf("%d payments are never found", len(paid))
		}
		for ; placed < n && placed <= n*int(hour-end.Sub(now))/int(hour-10*time.Minute); placed++ {
			p, err := w.opens(placed)
			if err != nil {
				t.Fatal(err)
			}
			open[p.ID] = now.Add(time.Duration(rand.Int64N(int64(280 * time.Second))))
		}
		for id, at := range open {
			if now.Before(at) {
				continue
			}
			if err := box.Play(w.ctx, string(id), sandbox.Outcome{Act: sandbox.Approve}); err != nil {
				t.Fatal(err)
			}
			delete(open, id)
			paid[id] = now
		}
		w.passes()
		for id, at := range paid {
			if w.payment(id).State != tickets.PaymentCaptured {
				continue
			}
			slowest = max(slowest, now.Sub(at))
			delete(paid, id)
		}
	}
	t.Logf("%d payments were found by asking, the slowest after %s", placed, slowest)
	if placed != n || slowest > soon {
		t.Errorf("%d of %d payments, the slowest found after %s", placed, n, slowest)
	}
	w.wantStock("day", 0, n)
	w.clean()
}
