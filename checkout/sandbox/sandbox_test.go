package sandbox_test

import (
	"context"
	"errors"
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
		Shop: tickets.Texts{"en": "Island & Sons", "zh-Hans": "海岛"}, Now: s.clock, Log: slog.New(slog.DiscardHandler),
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

func TestOutcomesReportWhatHappened(t *testing.T) {
	t.Parallel()
	usd := tickets.Money{Amount: 11900, Currency: "USD"}
	for act, want := range map[sandbox.Act][]tickets.Money{
		sandbox.Approve:  {sgd(11900)},
		sandbox.Twice:    {sgd(11900), sgd(11900)},
		sandbox.Less:     {sgd(5950)},
		sandbox.More:     {sgd(13090)},
		sandbox.Currency: {usd},
		sandbox.Zero:     {sgd(0)},
		sandbox.Test:     {sgd(11900)},
	} {
		t.Run(string(act), func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			p := s.open("en")
			if err := s.g.Play(t.Context(), p.Remote, sandbox.Outcome{Act: act}); err != nil {
				t.Fatal(err)
			}
			s.pass(0)
			got := s.got()
			if len(got) != len(want) {
				t.Fatalf("%d reports, want %d", len(got), len(want))
			}
			st, err := s.g.Lookup(t.Context(), p)
			if err != nil || st.State != checkout.StandingPaid || len(st.Charges) != len(want) {
				t.Fatalf("standing %+v, %v", st, err)
			}
			for i, r := range got {
				c := st.Charges[i]
				if r.Kind != checkout.ReportPaid || r.Amount != want[i] || r.Remote != p.Remote || r.Reference != p.ID ||
					r.Test != (act == sandbox.Test) {
					t.Errorf("report %+v", r)
				}
				if c.Charge != r.Charge || c.Amount != r.Amount || c.Test != r.Test || !c.At.Equal(r.At) {
					t.Errorf("asked %+v, told %+v", c, r)
				}
			}
			if len(got) == 2 && got[0].Charge == got[1].Charge {
				t.Error("two charges with one name")
			}
		})
	}
}

func TestSilentMoneyIsFoundOnlyByAsking(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	if err := s.g.Play(t.Context(), string(p.ID), sandbox.Outcome{Act: sandbox.Silent}); err != nil {
		t.Fatal(err)
	}
	s.pass(time.Hour)
	if len(s.got()) != 0 {
		t.Errorf("told %v", s.got())
	}
	if st, err := s.g.Close(t.Context(), p); err != nil || st.State != checkout.StandingPaid || len(st.Charges) != 1 {
		t.Errorf("%+v, %v", st, err)
	}
}

func TestPaymentPlannedOnThePageIsDroppedWhenClosed(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	if err := s.g.Play(t.Context(), p.Remote, sandbox.Outcome{Act: sandbox.Later, After: 2 * time.Minute}); err != nil {
		t.Fatal(err)
	}
	s.pass(time.Minute)
	if st, err := s.g.Close(t.Context(), p); err != nil || st.State != checkout.StandingClosed {
		t.Fatalf("%+v, %v", st, err)
	}
	s.pass(10 * time.Minute)
	if got := s.got(); len(got) != 1 || got[0].Kind != checkout.ReportClosed {
		t.Errorf("told %+v", got)
	}
}

func TestPaymentPlannedOnThePageComesInTime(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	if err := s.g.Play(t.Context(), p.Remote, sandbox.Outcome{Act: sandbox.Later, After: time.Minute}); err != nil {
		t.Fatal(err)
	}
	s.pass(time.Minute)
	if got := s.got(); len(got) != 1 || got[0].Kind != checkout.ReportPaid || !got[0].At.Equal(s.clock()) {
		t.Errorf("told %+v", got)
	}
}

func TestMoneyComesLateForAClosedSession(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	if err := s.g.Force(t.Context(), p.Remote, sandbox.Outcome{Act: sandbox.Late, After: 6 * time.Minute}); err != nil {
		t.Fatal(err)
	}
	if st, err := s.g.Close(t.Context(), p); err != nil || st.State != checkout.StandingClosed {
		t.Fatalf("%+v, %v", st, err)
	}
	if err := s.g.Play(t.Context(), p.Remote, sandbox.Outcome{Act: sandbox.Approve}); !errors.Is(err, tickets.Conflict) {
		t.Errorf("paid on a closed page: %v", err)
	}
	s.pass(6 * time.Minute)
	got := s.got()
	if len(got) != 2 || got[1].Kind != checkout.ReportPaid || got[1].Amount != sgd(11900) {
		t.Errorf("told %+v", got)
	}
}

func TestSlowMethodCannotBeClosedAndSettlesOrFails(t *testing.T) {
	t.Parallel()
	for act, want := range map[sandbox.Act]checkout.StandingState{
		sandbox.Slow: checkout.StandingPaid, sandbox.SlowFail: checkout.StandingFailed,
	} {
		s := newShop(t)
		p := s.open("en")
		if err := s.g.Play(t.Context(), p.Remote, sandbox.Outcome{Act: act, After: 10 * time.Minute}); err != nil {
			t.Fatal(err)
		}
		s.pass(0)
		if st, err := s.g.Close(t.Context(), p); err != nil || st.State != checkout.StandingAsync {
			t.Errorf("%s: %+v, %v", act, st, err)
		}
		if got := s.got(); len(got) != 1 || got[0].Kind != checkout.ReportAsync || !got[0].Deadline.Equal(s.clock().Add(10*time.Minute)) {
			t.Errorf("%s: told %+v", act, got)
		}
		s.pass(10 * time.Minute)
		if st, err := s.g.Lookup(t.Context(), p); err != nil || st.State != want {
			t.Errorf("%s: %+v, %v", act, st, err)
		}
		if got := s.got(); len(got) != 2 || string(got[1].Kind) != string(want) {
			t.Errorf("%s: told %+v", act, got)
		}
	}
}

func TestNoticesAreRepeatedUntilAcceptedOverRestarts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	s.refuse = 3
	if err := s.g.Play(t.Context(), p.Remote, sandbox.Outcome{Act: sandbox.Twice}); err != nil {
		t.Fatal(err)
	}
	s.pass(0)
	s.pass(0) // not due yet: nothing is sent
	if s.calls != 2 {
		t.Fatalf("%d posts, want 2", s.calls)
	}
	s.restart()
	s.pass(time.Second)
	s.pass(2 * time.Second)
	s.pass(time.Hour)
	if s.calls != 5 || len(s.events) != 2 || s.events[0] == s.events[1] {
		t.Errorf("%d posts, accepted %v", s.calls, s.events)
	}
}

func TestUndeliverableNoticesAreGivenUpAfterThreeDays(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	s.refuse = 1 << 30
	if err := s.g.Play(t.Context(), p.Remote, sandbox.Outcome{Act: sandbox.Approve}); err != nil {
		t.Fatal(err)
	}
	s.pass(0)
	s.pass(73 * time.Hour)
	calls := s.calls
	s.pass(time.Hour)
	if n, err := s.g.Tick(t.Context()); n != 0 || err != nil || s.calls != calls {
		t.Errorf("still looks at %d sessions (%v), %d posts more", n, err, s.calls-calls)
	}
}

func TestTickRecoversFromAFailingMemory(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	broken := errors.New("disk full")
	s.memory.Break(broken)
	if err := s.g.Play(t.Context(), p.Remote, sandbox.Outcome{Act: sandbox.Approve}); !errors.Is(err, broken) {
		t.Errorf("play: %v", err)
	}
	s.memory.Break(nil)
	if err := s.g.Play(t.Context(), p.Remote, sandbox.Outcome{Act: sandbox.Approve}); err != nil {
		t.Fatal(err)
	}
	s.pass(0)
	if len(s.got()) != 1 {
		t.Errorf("told %v", s.got())
	}
}

func TestTwoPassesAtOnceTellOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var ps []tickets.Payment
	for range 20 {
		ps = append(ps, s.open("en"))
	}
	for _, p := range ps {
		if err := s.g.Play(t.Context(), p.Remote, sandbox.Outcome{Act: sandbox.Approve}); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := s.g.Tick(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s.pass(0)
	if len(s.got()) != 20 || s.calls != 20 {
		t.Errorf("%d reports in %d posts, want 20 of each", len(s.got()), s.calls)
	}
}

func TestConfigurationProblemsComeTogether(t *testing.T) {
	t.Parallel()
	_, err := sandbox.New(sandbox.Config{PublicURL: "shop", Secret: []byte("short"), Accepts: []string{"card", "card"}})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, part := range []string{"public URL", "16 bytes", "Memory", "twice"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q not in %v", part, err)
		}
	}
}
