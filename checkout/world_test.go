package checkout_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/notify"
	"boxoffice/storage/bolt"
	"boxoffice/tickets"
)

// world is a shop in one place: a real store in a temporary file, a clock that stands still, a till, and the desk.
type world struct {
	t     failer
	ctx   context.Context
	store tickets.Store
	desk  *checkout.Desk
	till  *till
	clock *clock
	made  int // confirmations

	unsent bool // refunds are not sent by passes
}

// failer is what a test and a rapid check have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

var (
	singapore = must(time.LoadLocation("Asia/Singapore"))
	opening   = time.Date(2026, 3, 20, 16, 36, 16, 30e6, singapore)
	visit     = tickets.CivilDate(2026, time.March, 21)
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// wares is the catalog of the scenarios: a family pack that admits three, adults and children of one pool, a tour with
// times, a manual product, a free one, and one whose late money a person judges.
func wares(capacity int) tickets.Catalog {
	en := func(s string) tickets.Texts { return tickets.Texts{"en": s} }
	return tickets.Catalog{
		Merchant: tickets.Merchant{ID: "demo", Names: en("Demo"), Zone: "Asia/Singapore", Currency: "SGD"},
		Products: []tickets.Product{
			{ID: "sentosa", Names: en("Sentosa"), Refund: tickets.RefundPolicy{Brackets: []tickets.RefundBracket{
				{Days: 7, Percent: 100}, {Days: 1, Percent: 80, Fee: 200},
			}}},
			{ID: "tour", Names: en("Tour"), Calendar: tickets.Calendar{Slots: []tickets.TimeSlot{{Start: "09:30", Minutes: 60}, {Start: "14:00", Minutes: 60}}}},
			{ID: "villa", Names: en("Villa")},
			{ID: "park", Names: en("Park")},
			{ID: "strict", Names: en("Strict"), LatePolicy: "review"},
		},
		Pools: []tickets.Pool{{ID: "day", Capacity: capacity}, {ID: "tour", Capacity: 10}, {ID: "villa", Capacity: 4}, {ID: "park", Capacity: 50}, {ID: "strict", Capacity: 5}},
		SKUs: []tickets.SKU{
			{ID: "sentosa_family_pack", Product: "sentosa", Names: en("Family pack 2+1"), Price: 11900, Admits: 3, Pool: "day"},
			{ID: "adult", Product: "sentosa", Names: en("Adult"), Price: 5000, Admits: 1, Pool: "day", TicketMode: tickets.TicketPerUnit},
			{ID: "child", Product: "sentosa", Names: en("Child"), Price: 3000, Admits: 1, Pool: "day", MaxPerCustomer: 2},
			{ID: "tour_seat", Product: "tour", Names: en("Seat"), Price: 2500, Admits: 1, Pool: "tour"},
			{ID: "villa_night", Product: "villa", Names: en("Night"), Price: 40000, Admits: 2, Pool: "villa", Fulfilment: tickets.FulfilManual},
			{ID: "park_entry", Product: "park", Names: en("Entry"), Price: 0, Admits: 1, Pool: "park"},
			{ID: "strict_entry", Product: "strict", Names: en("Entry"), Price: 1000, Admits: 1, Pool: "strict"},
		},
	}
}

// newWorld opens a shop whose day pool has capacity places; tune may change the desk before it is made.
func newWorld(t *testing.T, capacity int, tune ...func(*checkout.Desk)) *world {
	t.Helper()
	return openWorld(t, storeDir(t), capacity, tune...)
}

// storeDir is a folder for a store, in memory where the machine has such a place: these tests are not about disks.
func storeDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "boxoffice-test-") //nolint:usetesting // in memory
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func openWorld(t *testing.T, dir string, capacity int, tune ...func(*checkout.Desk)) *world {
	t.Helper()
	s, err := bolt.Open(t.Context(), filepath.Join(dir, "shop.db"), bolt.Options{})
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return worldOn(t, s, capacity, tune...)
}

func worldOn(t failer, s tickets.Store, capacity int, tune ...func(*checkout.Desk)) *world {
	t.Helper()
	w := &world{t: t, ctx: context.Background(), store: s, clock: &clock{at: opening}}
	w.till = newTill(w.clock.Now)
	d := checkout.Desk{
		Store: s, Gateways: []checkout.Gateway{w.till}, Route: notify.Route, Now: w.clock.Now, Log: slog.New(slog.DiscardHandler),
		PublicURL: "https://shop.example",
	}
	for _, f := range tune {
		f(&d)
	}
	var err error
	if w.desk, err = checkout.New(d); err != nil {
		t.Fatalf("desk: %v", err)
	}
	if err := w.desk.EnsureKey(w.ctx); err != nil {
		t.Fatalf("key: %v", err)
	}
	if _, _, err := w.desk.Apply(w.ctx, wares(capacity)); err != nil {
		t.Fatalf("catalog: %v", err)
	}
	return w
}

// someone is the n-th customer.
func someone(n int) tickets.Buyer {
	return tickets.Buyer{
		Customer: tickets.CustomerID(fmt.Sprintf("cus_%024x", n)), TelegramID: 6700000000 + int64(n), Username: "demo_visitor", Name: "Visitor",
		Lang: "en", Chat: 6700000000 + int64(n),
	}
}

func (w *world) placing(who int, p tickets.ProductID, s tickets.Slot, choices ...tickets.Choice) checkout.Placing {
	w.t.Helper()
	q, err := w.desk.Quote(w.ctx, p, s, choices)
	if err != nil {
		w.t.Fatalf("quote: %v", err)
	}
	w.made++
	return checkout.Placing{Quote: q, Buyer: someone(who), Confirm: fmt.Sprintf("c%d", w.made)}
}

// order places an order of one SKU for the visit's day.
func (w *world) order(who int, sku tickets.SKUID, units int) tickets.Order {
	w.t.Helper()
	var k tickets.SKU
	w.view(func(r tickets.Reader) error { cat, err := r.Catalog(); k = must(cat.SKU(sku)); return err })
	slot := tickets.Slot{Date: visit}
	if k.Product == "tour" {
		slot.Start = "09:30"
	}
	o, err := w.desk.Place(w.ctx, w.placing(who, k.Product, slot, tickets.Choice{SKU: sku, Units: units}))
	if err != nil {
		w.t.Fatalf("place: %v", err)
	}
	return o
}

func paying(o tickets.Order, method string) checkout.Paying {
	return checkout.Paying{Order: o.ID, Gateway: "till", Method: method, Customer: o.Buyer.Customer}
}

// page opens a payment page.
func (w *world) page(o tickets.Order) tickets.Payment {
	w.t.Helper()
	_, p, err := w.desk.Pay(w.ctx, paying(o, "card"))
	if err != nil {
		w.t.Fatalf("pay: %v", err)
	}
	return p
}

// ordered is an order with an open page.
func (w *world) ordered(who int, sku tickets.SKUID, units int) (tickets.Order, tickets.Payment) {
	w.t.Helper()
	o := w.order(who, sku, units)
	p := w.page(o)
	return w.now(o), p
}

// tell posts a notice of reports.
func (w *world) tell(rs ...checkout.Report) {
	w.t.Helper()
	h, body := w.till.notice(rs...)
	if err := w.desk.Receive(w.ctx, w.till.name, h, body); err != nil {
		w.t.Fatalf("notice: %v", err)
	}
}

// money charges a session and posts the notice of it.
func (w *world) money(p tickets.Payment, amount int64, cur tickets.Currency) checkout.Report {
	w.t.Helper()
	r := w.till.charge(p.Remote, amount, cur)
	w.tell(r)
	w.clock.add(time.Millisecond) // so that captures have an order
	return r
}

func (w *world) view(fn func(tickets.Reader) error) {
	w.t.Helper()
	if err := w.store.View(w.ctx, fn); err != nil {
		w.t.Fatalf("view: %v", err)
	}
}

// write changes the store behind the desk's back.
func (w *world) write(fn func(tickets.Tx) error) {
	w.t.Helper()
	if err := w.store.Update(w.ctx, fn); err != nil {
		w.t.Fatalf("write: %v", err)
	}
}

// now is the order as it is stored.
func (w *world) now(o tickets.Order) tickets.Order {
	w.t.Helper()
	w.view(func(r tickets.Reader) (err error) { o, err = r.Order(o.ID); return err })
	return o
}

func (w *world) payment(id tickets.SessionID) (p tickets.Payment) {
	w.t.Helper()
	w.view(func(r tickets.Reader) (err error) { p, err = r.Payment(id); return err })
	return p
}

func (w *world) hold(id tickets.HoldID) (h tickets.Hold) {
	w.t.Helper()
	w.view(func(r tickets.Reader) (err error) { h, err = r.Hold(id); return err })
	return h
}

func (w *world) captures(o tickets.Order) (cs []tickets.Capture) {
	w.t.Helper()
	w.view(func(r tickets.Reader) (err error) { cs, err = r.Captures(o.ID); return err })
	return cs
}

func (w *world) tickets(o tickets.Order) (ks []tickets.Ticket) {
	w.t.Helper()
	w.view(func(r tickets.Reader) (err error) { ks, err = r.Tickets(o.ID); return err })
	return ks
}

func (w *world) stock(pool tickets.PoolID) (s tickets.Stock) {
	w.t.Helper()
	slot := tickets.Slot{Date: visit}
	if pool == "tour" {
		slot.Start = "09:30"
	}
	w.view(func(r tickets.Reader) (err error) {
		s, err = r.Stock(tickets.StockKey{Merchant: "demo", Pool: pool, Slot: slot})
		return err
	})
	return s
}

func (w *world) facts(o tickets.Order) (fs []tickets.Fact) {
	w.t.Helper()
	w.view(func(r tickets.Reader) (err error) { fs, err = r.Timeline(o.ID, 0, 0); return err })
	return fs
}

// story is the names of an order's facts that people see.
func (w *world) story(o tickets.Order) string {
	var out []string
	for _, f := range w.facts(o) {
		if !f.Hidden {
			out = append(out, string(f.Name))
		}
	}
	return strings.Join(out, " ")
}

// rows is the transitions an order took.
func (w *world) rows(o tickets.Order) string {
	var out []string
	for _, f := range w.facts(o) {
		if f.Transition != "" {
			out = append(out, string(f.Transition))
		}
	}
	return strings.Join(out, " ")
}

// said reports whether a message of the kind is on its way to somebody.
func (w *world) said(o tickets.Order, kind, to string) bool {
	w.t.Helper()
	found := false
	w.view(func(r tickets.Reader) error {
		return r.Walk(func(thing any) error {
			d, ok := thing.(*tickets.Delivery)
			found = found || ok && d.Order == o.ID && d.Kind == kind && d.To.Kind == to
			return nil
		})
	})
	return found
}

// sweep and chase run one pass and expect it to work.
func (w *world) sweep() {
	w.t.Helper()
	if _, err := w.desk.Sweep(w.ctx); err != nil {
		w.t.Fatalf("sweep: %v", err)
	}
}

func (w *world) chase() {
	w.t.Helper()
	if _, err := w.desk.Chase(w.ctx); err != nil {
		w.t.Fatalf("chase: %v", err)
	}
}

// later lets time go by and runs all passes.
func (w *world) later(d time.Duration) {
	w.t.Helper()
	w.clock.add(d)
	w.passes()
}

func (w *world) passes() {
	w.t.Helper()
	if _, err := w.desk.Catch(w.ctx); err != nil {
		w.t.Fatalf("catch: %v", err)
	}
	w.sweep()
	w.chase()
	if !w.unsent {
		w.repay()
	}
}

// lateFor lets the hold of an order end: the page is closed and the places are given back.
func (w *world) lateFor(o tickets.Order) tickets.Order {
	w.t.Helper()
	for range 20 {
		w.later(time.Minute)
		if o = w.now(o); o.Ended() {
			return o
		}
	}
	w.t.Fatalf("order %s does not end: %s", o.ID, o.Stage)
	return o
}

func refused(t failer, err error, want tickets.Kind) *tickets.Refusal {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error %v, want %s", err, want)
	}
	return tickets.RefusalOf(err)
}
