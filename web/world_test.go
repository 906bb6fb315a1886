package web_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/checkout/checkouttest"
	"boxoffice/checkout/sandbox"
	"boxoffice/storage/bolt"
	"boxoffice/tickets"
	"boxoffice/tickets/catalogfile"
	"boxoffice/web"
	"boxoffice/web/api"
	"boxoffice/web/customer"
)

const (
	publicURL = "https://shop.example"
	bootstrap = "bootstrap-token-of-the-configuration"
	visit     = "2026-03-21"
)

// world is a whole shop behind the server under test: a real store and desk, the sandbox as its provider, and a clock
// that stands still until it is moved.
type world struct {
	t       *testing.T
	desk    *checkout.Desk
	sandbox *sandbox.Gateway
	site    http.Handler
	log     *logged
	walks   int // groups of three that booked a night walk
	mu      sync.Mutex
	at      time.Time
}

// logged is what the service wrote to its log.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func newWorld(t *testing.T, change ...func(*web.Config)) *world {
	t.Helper()
	w := &world{t: t, log: &logged{}, at: time.Date(2026, 3, 20, 8, 36, 16, 28e6, time.UTC)}
	log := slog.New(slog.NewJSONHandler(w.log, nil))
	store, err := bolt.Open(t.Context(), filepath.Join(t.TempDir(), "shop.db"), bolt.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, store.Close()) })
	w.sandbox, err = sandbox.New(sandbox.Config{
		PublicURL: publicURL, Secret: []byte("sixteen bytes ok"), Memory: &checkouttest.Memory{}, Passes: true, Now: w.now, Log: log,
		Client: &http.Client{Transport: w},
	})
	must(t, err)
	w.desk, err = checkout.New(checkout.Desk{Store: store, Gateways: []checkout.Gateway{w.sandbox}, Now: w.now, Log: log, PublicURL: publicURL})
	must(t, err)
	cat, err := catalogfile.Parse("catalog.yaml", catalogfile.Example())
	must(t, err)
	_, _, err = w.desk.Apply(t.Context(), cat)
	must(t, err)
	must(t, w.desk.EnsureKey(t.Context()))

	a, err := api.New(api.Config{
		Desk: w.desk, Log: log, Known: []api.Known{{Name: "api_token", Token: bootstrap, Scopes: []string{tickets.ScopeAll}}, {}},
	})
	must(t, err)
	pages, err := customer.New(customer.Config{
		Desk: w.desk, Log: log, Chat: func() string { return "https://t.me/sentosa_demo_bot" },
		Known: func(r *http.Request) bool { return a.Allow(r, tickets.ScopeTicketsRead) == nil },
	})
	must(t, err)
	c := web.Config{
		Customer: pages, API: a, Callback: w.desk.Callback(), Pay: w.sandbox.Handler(), PublicURL: publicURL, Log: log,
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "numbers") }),
		Ready:   []web.Check{web.StoreCheck(store)},
	}
	for _, f := range change {
		f(&c)
	}
	w.site, err = web.New(c)
	must(t, err)
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

// RoundTrip brings the sandbox's notices to the shop without a network.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	w.site.ServeHTTP(rec, r)
	return rec.Result(), nil
}

// notices brings what the provider has to tell, and sends the refunds that are due.
func (w *world) notices() {
	w.t.Helper()
	for {
		told, err := w.sandbox.Tick(w.t.Context())
		must(w.t, err)
		sent, err := w.desk.Repay(w.t.Context())
		must(w.t, err)
		if told+sent == 0 {
			return
		}
	}
}

// post sends a body with the token of every scope.
func (w *world) post(path, body string, headers ...string) answer {
	w.t.Helper()
	return w.send(http.MethodPost, path, body, append([]string{"Authorization", "Bearer " + bootstrap}, headers...)...)
}

// posted sends a body and reads the answer into v.
func (w *world) posted(path, body string, status int, v any) {
	w.t.Helper()
	a := w.post(path, body)
	if a.StatusCode != status {
		w.t.Fatalf("POST %s %s: %s\n%s", path, body, a.Status, a.Body)
	}
	decode(w.t, a.Body, v)
}

// happens makes something happen to an order's newest payment at the provider, and brings its notices.
func (w *world) happens(o tickets.Order, acts ...sandbox.Act) {
	w.t.Helper()
	for _, act := range acts {
		must(w.t, w.sandbox.Force(w.t.Context(), string(w.order(o.ID).Session), sandbox.Outcome{Act: act}))
		w.notices()
	}
}

// second is the charge of an order that did not pay for it.
func (w *world) second(o tickets.Order) string {
	w.t.Helper()
	var all []tickets.Capture
	must(w.t, w.desk.Store.View(w.t.Context(), func(r tickets.Reader) (err error) { all, err = r.Captures(o.ID); return err }))
	i := slices.IndexFunc(all, func(c tickets.Capture) bool { return c.Applied == 0 })
	return all[i].Charge
}

func (w *world) order(id tickets.OrderID) tickets.Order {
	w.t.Helper()
	var o tickets.Order
	must(w.t, w.desk.Store.View(w.t.Context(), func(r tickets.Reader) (err error) { o, err = r.Order(id); return err }))
	return o
}

// buyer is the customer of the samples.
var buyer = tickets.Buyer{
	Customer: "cus_19d0a63581c00000000000aa", TelegramID: 6700000001, Username: "demo_visitor", Name: "Demo Visitor", Lang: "zh-Hans", Chat: 6700000001,
}

// place orders units of a SKU of a product for a slot.
func (w *world) place(b tickets.Buyer, product tickets.ProductID, sku tickets.SKUID, units int, slot string) tickets.Order {
	w.t.Helper()
	s, err := tickets.ParseSlot(slot)
	must(w.t, err)
	q, err := w.desk.Quote(w.t.Context(), product, s, []tickets.Choice{{SKU: sku, Units: units}})
	must(w.t, err)
	o, err := w.desk.Place(w.t.Context(), checkout.Placing{Quote: q, Buyer: b, Confirm: tickets.NewSecret(nil)})
	must(w.t, err)
	return o
}

// family places the order of the samples: one family pack, three people.
func (w *world) family() tickets.Order {
	w.t.Helper()
	return w.place(buyer, "sentosa_family", "sentosa_family_pack", 1, visit)
}

// pay opens a page at the sandbox.
func (w *world) pay(o tickets.Order) tickets.Payment {
	w.t.Helper()
	_, p, err := w.desk.Pay(w.t.Context(), checkout.Paying{Order: o.ID, Gateway: "sandbox", Method: "card", Title: "Ticket", Lang: o.Buyer.Lang})
	must(w.t, err)
	return p
}

// play does something on the sandbox's page, and lets time pass until the desk may ask about it.
func (w *world) play(p tickets.Payment, act sandbox.Act) {
	w.t.Helper()
	must(w.t, w.sandbox.Play(w.t.Context(), string(p.ID), sandbox.Outcome{Act: act}))
	w.pass(4 * time.Second)
}

// bought is an order that is paid, with its tickets.
func (w *world) bought(o tickets.Order) (tickets.Order, []tickets.Ticket) {
	w.t.Helper()
	w.play(w.pay(o), sandbox.Approve)
	must(w.t, w.desk.Check(w.t.Context(), o.ID))
	var ks []tickets.Ticket
	must(w.t, w.desk.Store.View(w.t.Context(), func(r tickets.Reader) (err error) {
		if o, err = r.Order(o.ID); err != nil {
			return err
		}
		ks, err = r.Tickets(o.ID)
		return err
	}))
	if !o.Paid() {
		w.t.Fatalf("order is %s, not paid", o.Stage)
	}
	return o, ks
}

// token makes a token with scopes.
func (w *world) token(scopes ...string) string {
	w.t.Helper()
	s, _, err := w.desk.NewToken(w.t.Context(), "gate A", scopes)
	must(w.t, err)
	return s
}

// answer is a response with its body.
type answer struct {
	*http.Response
	Body string
}

func (w *world) do(r *http.Request) answer {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.site.ServeHTTP(rec, r)
	return answer{Response: rec.Result(), Body: rec.Body.String()}
}

// get fetches a path as a browser does; headers are names and values in turn.
func (w *world) get(path string, headers ...string) answer {
	w.t.Helper()
	return w.send(http.MethodGet, path, "", headers...)
}

func (w *world) send(method, path, body string, headers ...string) answer {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return w.do(r)
}

// api fetches a path with the token of every scope and reads the answer into v.
func (w *world) api(path string, v any) answer {
	w.t.Helper()
	a := w.get(path, "Authorization", "Bearer "+bootstrap)
	if a.StatusCode != http.StatusOK {
		w.t.Fatalf("GET %s: %s\n%s", path, a.Status, a.Body)
	}
	decode(w.t, a.Body, v)
	return a
}

func decode(t *testing.T, body string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
}
