package console_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/checkout/checkouttest"
	"boxoffice/checkout/sandbox"
	"boxoffice/notify"
	"boxoffice/storage/bolt"
	"boxoffice/tickets"
	"boxoffice/tickets/catalogfile"
	"boxoffice/tickets/qr"
	"boxoffice/web/console"
)

const (
	visit    = "2026-03-21"
	password = "a long enough password"
)

// world is a whole shop behind the console: a real store and desk, the sandbox as its provider, and a clock that
// stands still until it is moved.
type world struct {
	t       *testing.T
	store   *bolt.Store
	desk    *checkout.Desk
	sandbox *sandbox.Gateway
	console *console.Console
	srv     *httptest.Server
	buyers  int
	mu      sync.Mutex
	at      time.Time
}

func newWorld(t *testing.T, change ...func(*console.Config)) *world {
	t.Helper()
	w := &world{t: t, at: time.Date(2026, 3, 20, 8, 36, 16, 28e6, time.UTC)}
	log := slog.New(slog.DiscardHandler)
	var err error
	w.store, err = bolt.Open(t.Context(), filepath.Join(t.TempDir(), "shop.db"), bolt.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, w.store.Close()) })
	mux := http.NewServeMux()
	w.srv = httptest.NewServer(mux)
	t.Cleanup(w.srv.Close)
	w.sandbox, err = sandbox.New(sandbox.Config{
		PublicURL: w.srv.URL, Secret: []byte("sixteen bytes ok"), Memory: &checkouttest.Memory{}, Passes: true, Now: w.now, Log: log,
	})
	must(t, err)
	w.desk, err = checkout.New(checkout.Desk{
		Store: w.store, Gateways: []checkout.Gateway{w.sandbox}, Route: notify.Route, Now: w.now, Log: log, PublicURL: w.srv.URL,
	})
	must(t, err)
	cat, err := catalogfile.Parse("catalog.yaml", catalogfile.Example())
	must(t, err)
	_, _, err = w.desk.Apply(t.Context(), cat)
	must(t, err)
	must(t, w.desk.EnsureKey(t.Context()))
	c := console.Config{Desk: w.desk, PublicURL: w.srv.URL, Log: log}
	for _, f := range change {
		f(&c)
	}
	w.console, err = console.New(c)
	must(t, err)
	t.Cleanup(w.console.Close)
	w.desk.Told(w.console.Changed)
	mux.Handle("/console/", w.console.Handler())
	mux.Handle("POST /webhooks/{gateway}", w.desk.Callback())
	mux.Handle("/pay/", w.sandbox.Handler())
	mux.HandleFunc("GET /T/{text}", func(rw http.ResponseWriter, r *http.Request) { // the customers' room is not part of this world
		picture, err := qr.PNG(r.PathValue("text"), 240)
		must(t, err)
		rw.Header().Set("Content-Type", "image/png")
		_, _ = rw.Write(picture)
	})
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

// browser is a member's: it keeps cookies, and sends what browsers send.
type browser struct {
	*http.Client
	w  *world
	id tickets.MemberID
}

// as makes a member of the role and signs them in.
func (w *world) as(role tickets.Role) *browser {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	must(w.t, err)
	b := &browser{w: w, id: tickets.MemberID(tickets.NewID(tickets.PrefixMember, w.now(), nil)), Client: &http.Client{Jar: jar}}
	name := fmt.Sprintf("%s-%s", role, b.id[len(b.id)-6:])
	must(w.t, w.store.Update(w.t.Context(), func(tx tickets.Tx) error {
		if err := tx.PutMember(tickets.Member{ID: b.id, Merchant: "sentosa_demo", Name: "Member " + name, Role: role, At: w.now()}); err != nil {
			return err
		}
		return tx.PutLogin(tickets.Login{Member: b.id, Name: name, Password: hashed(), Changed: w.now()})
	}))
	status, body := b.post("/console/login", url.Values{"name": {name}, "password": {password}})
	if status != http.StatusOK || strings.Contains(body, `name="password"`) {
		w.t.Fatalf("sign in as %s: %d %s", role, status, body)
	}
	return b
}

// hashed is made once: it is slow on purpose.
var hashed = sync.OnceValue(func() string { return console.HashPassword(password) })

func (b *browser) get(path string) (status int, body string) {
	b.w.t.Helper()
	return b.do(http.MethodGet, path, nil)
}

// post sends a form as a browser does, and follows the redirect.
func (b *browser) post(path string, form url.Values) (status int, body string) {
	b.w.t.Helper()
	return b.do(http.MethodPost, path, form)
}

func (b *browser) do(method, path string, form url.Values) (int, string) {
	b.w.t.Helper()
	r, err := http.NewRequestWithContext(b.w.t.Context(), method, b.w.srv.URL+path, strings.NewReader(form.Encode()))
	must(b.w.t, err)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if method != http.MethodGet {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", b.w.srv.URL)
	}
	res, err := b.Do(r)
	must(b.w.t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	must(b.w.t, err)
	return res.StatusCode, string(body)
}

// placed is an order of three adults on the cable car (one ticket), confirmed by a new customer and not paid.
func (w *world) placed() tickets.Order { return w.ordered("cable_car", "cable_car_adult", 3, visit) }

// ordered places units of a SKU for a slot. A night walk has a ticket for each guest.
func (w *world) ordered(product tickets.ProductID, sku tickets.SKUID, units int, when string) tickets.Order {
	w.t.Helper()
	w.buyers++
	c := tickets.Customer{
		ID: tickets.CustomerID(tickets.NewID(tickets.PrefixCustomer, w.now(), nil)), Merchant: "sentosa_demo", TelegramID: int64(5000 + w.buyers),
		Name: fmt.Sprintf("Tan Mei Ling %d", w.buyers), Username: fmt.Sprintf("meiling%d", w.buyers), Lang: "en", At: w.now(),
	}
	must(w.t, w.store.Update(w.t.Context(), func(tx tickets.Tx) error { return tx.CreateCustomer(c) }))
	slot, err := tickets.ParseSlot(when)
	must(w.t, err)
	q, err := w.desk.Quote(w.t.Context(), product, slot, []tickets.Choice{{SKU: sku, Units: units}})
	must(w.t, err)
	o, err := w.desk.Place(w.t.Context(), checkout.Placing{Quote: q, Confirm: tickets.NewSecret(nil), Buyer: tickets.Buyer{
		Customer: c.ID, TelegramID: c.TelegramID, Username: c.Username, Name: c.Name, Lang: c.Lang, Chat: c.TelegramID,
	}})
	must(w.t, err)
	return o
}

// bought is placed, paid, and has its tickets.
func (w *world) bought() (tickets.Order, []tickets.Ticket) { return w.paid(w.placed()) }

// paid pays an order and returns it with its tickets.
func (w *world) paid(o tickets.Order) (tickets.Order, []tickets.Ticket) {
	w.t.Helper()
	_, p, err := w.desk.Pay(w.t.Context(), checkout.Paying{Order: o.ID, Gateway: "sandbox", Method: "card", Lang: "en"})
	must(w.t, err)
	must(w.t, w.sandbox.Play(w.t.Context(), string(p.ID), sandbox.Outcome{Act: sandbox.Approve}))
	w.pass(4 * time.Second)
	must(w.t, w.desk.Check(w.t.Context(), o.ID))
	var ks []tickets.Ticket
	must(w.t, w.store.View(w.t.Context(), func(r tickets.Reader) (err error) {
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

// settles brings the provider's notices and sends the refunds that are due, until nothing moves.
func (w *world) settles() {
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

// speaks makes a member read a language.
func (w *world) speaks(id tickets.MemberID, lang string) {
	w.t.Helper()
	must(w.t, w.store.Update(w.t.Context(), func(tx tickets.Tx) error {
		m, err := tx.Member(id)
		if err != nil {
			return err
		}
		m.Lang = lang
		return tx.PutMember(m)
	}))
}

// lateMoney is an order whose money came after its time was over.
func (w *world) lateMoney() tickets.Order {
	w.t.Helper()
	o := w.placed()
	_, p, err := w.desk.Pay(w.t.Context(), checkout.Paying{Order: o.ID, Gateway: "sandbox", Method: "card", Lang: "en"})
	must(w.t, err)
	for range 20 {
		w.pass(time.Minute)
		_, err = w.desk.Sweep(w.t.Context())
		must(w.t, err)
		_, err = w.desk.Chase(w.t.Context())
		must(w.t, err)
	}
	must(w.t, w.sandbox.Force(w.t.Context(), string(p.ID), sandbox.Outcome{Act: sandbox.Approve}))
	must(w.t, w.desk.Check(w.t.Context(), o.ID))
	w.settles()
	return o
}

// loginName is what a member types.
func (w *world) loginName(id tickets.MemberID) string {
	w.t.Helper()
	var l tickets.Login
	must(w.t, w.store.View(w.t.Context(), func(r tickets.Reader) (err error) { l, err = r.Login(id); return err }))
	return l.Name
}
