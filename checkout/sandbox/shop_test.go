package sandbox_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/checkout/checkouttest"
	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

var secret = []byte("a secret of sixteen bytes or more")

// shop receives notices, as the webhook door does.
type shop struct {
	mu      sync.Mutex
	t       *testing.T
	g       *sandbox.Gateway
	now     time.Time
	refuse  int // answer so many notices with 503 first
	reports []checkout.Report
	events  []string
	calls   int
	server  *httptest.Server
	memory  *checkouttest.Memory
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.refuse > 0 {
		s.refuse--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	e, err := s.g.Verify(r.Header, body, s.now)
	if err != nil {
		s.t.Errorf("notice: %v", err)
	}
	reports, err := s.g.Read(body)
	if err != nil {
		s.t.Errorf("notice: %v", err)
	}
	s.events = append(s.events, e.ID)
	s.reports = append(s.reports, reports...)
}

func (s *shop) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// pass lets time go by and ticks.
func (s *shop) pass(d time.Duration) {
	s.t.Helper()
	s.mu.Lock()
	s.now = s.now.Add(d)
	s.mu.Unlock()
	if _, err := s.g.Tick(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) got() []checkout.Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]checkout.Report(nil), s.reports...)
}

func (s *shop) restart() {
	g, err := sandbox.New(sandbox.Config{
		PublicURL: "https://shop.example", NoticeURL: s.server.URL, Secret: secret, Memory: s.memory, Passes: true,
		Shop: func() tickets.Texts { return tickets.Texts{"en": "Island & Sons", "zh-Hans": "海岛"} }, Now: s.clock, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.g = g
}

func newShop(t *testing.T) *shop {
	s := &shop{t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), memory: &checkouttest.Memory{}}
	s.server = httptest.NewServer(s)
	t.Cleanup(s.server.Close)
	s.restart()
	return s
}

func (s *shop) open(lang string) tickets.Payment {
	s.t.Helper()
	p := tickets.Payment{
		ID: tickets.SessionID(tickets.NewID(tickets.PrefixSession, s.clock(), nil)), Merchant: "m", Method: "card",
		Total: tickets.Money{Amount: 11900, Currency: "SGD"}, Expiry: s.clock().Add(5 * time.Minute),
	}
	p.Key = string(p.ID) + ":1:1"
	got, err := s.g.Open(s.t.Context(), checkout.Opening{
		Payment: p, Order: tickets.Order{Code: "TG260301A00001"}, Title: "Family <pack>", Lang: lang,
		Return: "https://shop.example/o/token",
	})
	if err != nil {
		s.t.Fatal(err)
	}
	p.Remote, p.URL = got.Remote, got.URL
	return p
}

// press sends the page's form.
func (s *shop) press(p tickets.Payment, form url.Values, headers ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, p.URL, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.g.Handler().ServeHTTP(w, r)
	return w
}

func (s *shop) page(p tickets.Payment) (string, *httptest.ResponseRecorder) {
	w := httptest.NewRecorder()
	s.g.Handler().ServeHTTP(w, httptest.NewRequestWithContext(s.t.Context(), http.MethodGet, p.URL, nil))
	return w.Body.String(), w
}

func sgd(n int64) tickets.Money { return tickets.Money{Amount: n, Currency: "SGD"} }
