package checkouttest

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// Paying is how a customer of a [World] pays. The zero value pays what is asked, at once.
type Paying struct {
	Amount tickets.Money // the zero Money is what is asked
	Free   bool          // an amount of nothing
	Other  bool          // money of the other mode: play money where the gateway's is real, or the reverse
	Async  bool          // by a method that settles later
	Silent bool          // no notice is sent
	Late   bool          // although the session is closed
}

// Notice is what a provider posted.
type Notice struct {
	Header http.Header
	Body   []byte
}

// World is a gateway with its provider, and the hands to play provider and customer.
type World struct {
	Gateway checkout.Gateway
	Method  string           // the one to open sessions with; it takes all currencies
	Now     func() time.Time // the clock of gateway and provider

	// Pay pays a session. It fails when the session is not open, but for Late.
	Pay func(remote string, p Paying) error
	// Settle ends an Async payment.
	Settle func(remote string, ok bool) error
	// Notices lists all that the provider sent so far, signed at the time of sending, the oldest first.
	Notices func() []Notice
	// Sign makes the headers of a notice as the provider does at a time.
	Sign func(body []byte, at time.Time) http.Header
	// Lose makes the provider do what the next call wants, and the answer get lost. nil: answers cannot get lost.
	Lose func()
	// Down makes the provider fail the next call, nothing done. nil: it cannot fail.
	Down func()
	// Sessions counts the sessions that the provider has.
	Sessions func() int
}

// Gateway runs the conformance suite. newWorld makes a fresh world for each test.
func Gateway(t *testing.T, newWorld func(t *testing.T) World) {
	t.Helper()
	for name, fn := range map[string]func(*testing.T, World){
		"describes itself":                               describes,
		"opening again finds the session":                opensOnce,
		"opening at once from many sides makes one":      opensOnceAtOnce,
		"other keys open other sessions":                 opensSeveral,
		"a lost answer is found again":                   findsLost,
		"a provider that is down is no refusal":          survivesOutage,
		"nothing to collect is invalid":                  refusesNothing,
		"what was never opened is absent":                findsNothing,
		"an open session is closed once":                 closes,
		"a paid session cannot be closed":                closesPaid,
		"closing races paying":                           racesPaying,
		"a slow method settles later":                    settles,
		"a slow method fails later":                      settlesBadly,
		"silent money is found by asking":                findsSilent,
		"late money is told":                             tellsLate,
		"odd money is told as it came":                   tellsOdd,
		"amounts are right in every currency":            countsRight,
		"notices are genuine or refused":                 verifies,
		"notices on anything else are invalid or silent": readsAnything,
		"nothing secret is kept":                         keepsNoSecrets,
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			fn(t, newWorld(t))
		})
	}
}

// secretReturn is an address with a status token in it, which nobody may keep.
const secretReturn = "https://shop.example/o/c0ffeec0ffeec0ffeec0ffeeSECRETSECRETSECRET"

var sgd119 = tickets.Money{Amount: 11900, Currency: "SGD"}

// opening makes a payment of a new order.
func (w World) opening(total tickets.Money) checkout.Opening {
	now := tickets.Milli(w.Now())
	o := tickets.Order{
		ID: tickets.OrderID(tickets.NewID(tickets.PrefixOrder, now, nil)), Code: "TG260321A00001", Merchant: "island",
		Quote: tickets.Quote{Total: total}, Gen: 1,
	}
	p := tickets.Payment{
		ID: tickets.SessionID(tickets.NewID(tickets.PrefixSession, now, nil)), Merchant: "island", Order: o.ID, Gen: 1, N: 1,
		Gateway: w.Gateway.Name(), Method: w.Method, Protocol: "hosted", State: tickets.PaymentCreated,
		Fee: tickets.Money{Currency: total.Currency}, Total: total, Key: string(o.ID) + ":1:1",
		At: now, Expiry: now.Add(5 * time.Minute),
	}
	return checkout.Opening{Payment: p, Order: o, Title: "2 × Adult, 票", Lang: "en", Return: secretReturn}
}

// open opens a session and returns its payment as the desk would have it then.
func (w World) open(t *testing.T, total tickets.Money) tickets.Payment {
	t.Helper()
	o := w.opening(total)
	s, err := w.Gateway.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	o.Payment.Remote, o.Payment.URL = s.Remote, s.URL
	return o.Payment
}

func (w World) pay(t *testing.T, p tickets.Payment, how Paying) {
	t.Helper()
	if err := w.Pay(p.Remote, how); err != nil {
		t.Fatalf("pay: %v", err)
	}
}

// stands asks and compares the state.
func (w World) stands(t *testing.T, p tickets.Payment, want checkout.StandingState) checkout.Standing {
	t.Helper()
	st, err := w.Gateway.Lookup(t.Context(), p)
	if err != nil || st.State != want {
		t.Fatalf("lookup: %s, %v; want %s", st.State, err, want)
	}
	return st
}

// told are the reports of all notices so far about the session, each verified.
func (w World) told(t *testing.T, p tickets.Payment) []checkout.Report {
	t.Helper()
	var out []checkout.Report
	events := map[string]bool{}
	for _, n := range w.Notices() {
		e, err := w.Gateway.Verify(n.Header, n.Body, w.Now())
		if err != nil || e.ID == "" || e.Type == "" || events[e.ID] {
			t.Fatalf("verify: %+v, %v", e, err)
		}
		events[e.ID] = true
		reports, err := w.Gateway.Read(n.Body)
		if err != nil {
			t.Fatalf("read %s: %v", e.Type, err)
		}
		for _, r := range reports {
			if r.Remote == p.Remote {
				out = append(out, r)
			}
		}
	}
	return out
}

// one is the only report of its kind.
func one(t *testing.T, reports []checkout.Report, kind checkout.ReportKind) checkout.Report {
	t.Helper()
	var found []checkout.Report
	for _, r := range reports {
		if r.Kind == kind {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d reports %q in %+v", len(found), kind, reports)
	}
	return found[0]
}

// check compares a report of money.
func (w World) check(t *testing.T, r checkout.Report, p tickets.Payment, want tickets.Money, test bool) {
	t.Helper()
	if r.Kind != checkout.ReportPaid || r.Remote != p.Remote || r.Charge == "" || r.Amount != want || r.Test != test {
		t.Errorf("report %+v; want %s of %s, test %t", r, want, p.Remote, test)
	}
	if r.Reference != "" && r.Reference != p.ID {
		t.Errorf("reference %q, want %q", r.Reference, p.ID)
	}
	if !r.At.IsZero() && (r.At.Sub(w.Now()).Abs() > time.Minute || r.At.Location() != time.UTC) {
		t.Errorf("at %s, now %s", r.At, w.Now())
	}
}

func final(err error) bool {
	return errors.Is(err, tickets.Declined) || errors.Is(err, tickets.Invalid)
}

func describes(t *testing.T, w World) {
	if !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(w.Gateway.Name()) {
		t.Errorf("name %q does not go into a URL", w.Gateway.Name())
	}
	seen := map[string]bool{}
	for _, m := range w.Gateway.Methods() {
		if m.ID == "" || m.Protocol == "" || seen[m.ID] {
			t.Errorf("method %+v", m)
		}
		seen[m.ID] = true
		for _, c := range m.Currency {
			if !c.Valid() {
				t.Errorf("method %s takes %q", m.ID, c)
			}
		}
	}
	if !seen[w.Method] {
		t.Errorf("no method %q", w.Method)
	}
}

func opensOnce(t *testing.T, w World) {
	o := w.opening(sgd119)
	a, err := w.Gateway.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if a.Remote == "" || !strings.HasPrefix(a.URL, "http") || len(a.Raw) == 0 {
		t.Errorf("session %+v", a)
	}
	b, err := w.Gateway.Open(t.Context(), o)
	if err != nil || b.Remote != a.Remote || b.URL != a.URL || w.Sessions() != 1 {
		t.Errorf("again: %+v, %v; %d sessions", b, err, w.Sessions())
	}
	o.Payment.Remote = a.Remote
	w.stands(t, o.Payment, checkout.StandingOpen)
}

func opensOnceAtOnce(t *testing.T, w World) {
	o := w.opening(sgd119)
	var wg sync.WaitGroup
	remotes := make([]string, 16)
	for i := range remotes {
		wg.Go(func() {
			s, err := w.Gateway.Open(t.Context(), o)
			if err != nil {
				t.Error(err)
			}
			remotes[i] = s.Remote
		})
	}
	wg.Wait()
	for _, r := range remotes {
		if r == "" || r != remotes[0] {
			t.Fatalf("sessions %q", remotes)
		}
	}
	if w.Sessions() != 1 {
		t.Errorf("%d sessions", w.Sessions())
	}
}

func opensSeveral(t *testing.T, w World) {
	a, b := w.open(t, sgd119), w.open(t, sgd119)
	if a.Remote == b.Remote || a.URL == b.URL {
		t.Fatalf("two payments, one session %q", a.Remote)
	}
	w.pay(t, a, Paying{})
	w.stands(t, a, checkout.StandingPaid)
	w.stands(t, b, checkout.StandingOpen)
}

func findsLost(t *testing.T, w World) {
	if w.Lose == nil {
		t.Skip("its answers cannot get lost")
	}
	o := w.opening(sgd119)
	w.Lose()
	s, err := w.Gateway.Open(t.Context(), o)
	if final(err) {
		t.Fatalf("a lost answer is no refusal: %v", err)
	}
	if err != nil {
		if s, err = w.Gateway.Open(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	if w.Sessions() != 1 {
		t.Errorf("%d sessions", w.Sessions())
	}
	o.Payment.Remote = s.Remote
	w.Lose()
	st, err := w.Gateway.Close(t.Context(), o.Payment)
	if err != nil {
		st, err = w.Gateway.Close(t.Context(), o.Payment)
	}
	if err != nil || st.State != checkout.StandingClosed {
		t.Errorf("close after a lost answer: %+v, %v", st, err)
	}
}

func survivesOutage(t *testing.T, w World) {
	if w.Down == nil {
		t.Skip("it cannot be down")
	}
	o := w.opening(sgd119)
	w.Down()
	if _, err := w.Gateway.Open(t.Context(), o); err == nil || final(err) {
		t.Fatalf("open while down: %v", err)
	}
	s, err := w.Gateway.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	o.Payment.Remote = s.Remote
	w.Down()
	st, err := w.Gateway.Close(t.Context(), o.Payment)
	if final(err) || st.State == checkout.StandingAbsent {
		t.Errorf("close while down: %+v, %v", st, err)
	}
	if st.State == checkout.StandingClosed {
		w.stands(t, o.Payment, checkout.StandingClosed) // it must be true
	}
}

func refusesNothing(t *testing.T, w World) {
	for _, m := range []tickets.Money{{Currency: "SGD"}, {Amount: -1, Currency: "SGD"}, {Amount: 100}, {Amount: 100, Currency: "dollars"}} {
		if _, err := w.Gateway.Open(t.Context(), w.opening(m)); !errors.Is(err, tickets.Invalid) {
			t.Errorf("open for %q: %v", m, err)
		}
	}
	if w.Sessions() != 0 {
		t.Errorf("%d sessions", w.Sessions())
	}
}

func findsNothing(t *testing.T, w World) {
	p := w.opening(sgd119).Payment
	for _, remote := range []string{"", "cs_test_never", "../../v1/charges", "sandbox_0"} {
		p.Remote = remote
		w.stands(t, p, checkout.StandingAbsent)
		if st, err := w.Gateway.Close(t.Context(), p); err != nil || st.State != checkout.StandingAbsent {
			t.Errorf("close %q: %+v, %v", remote, st, err)
		}
	}
}
