package metrics_test

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"boxoffice/storage/bolt"
	"boxoffice/tickets"
	"boxoffice/web/metrics"
)

func opened(t *testing.T) *bolt.Store {
	t.Helper()
	s, err := bolt.Open(t.Context(), filepath.Join(t.TempDir(), "shop.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func scrape(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	rec := httptest.NewRecorder()
	m.Handler().ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	if rec.Code != 200 {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	return rec.Body.String()
}

func TestWhatHappenedIsCounted(t *testing.T) {
	t.Parallel()
	m, err := metrics.New(metrics.Config{Store: opened(t), Version: "1.2.3", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	m.Placed(tickets.Order{Channel: tickets.ChannelTelegram})
	c := tickets.Capture{Gateway: "stripe", Disposition: tickets.Applied, Amount: tickets.Money{Amount: 11900, Currency: "SGD"}, Applied: 11900}
	m.Captured(c)
	c.Disposition, c.Applied = tickets.Duplicate, 0
	m.Captured(c)
	m.Noticed("stripe", "applied", 30*time.Millisecond)
	m.Requested("GET /o/{token}", "GET", 200, time.Millisecond)
	m.Requested("", "GET", 404, time.Millisecond)
	m.Called("sendMessage", "ok", time.Second)
	m.Updated("ok", time.Second)
	m.Delivered(tickets.SayTickets, tickets.DeliverySent, time.Second)
	got := scrape(t, m)
	for _, want := range []string{
		`boxoffice_orders_placed_total{channel="telegram"} 1`,
		`boxoffice_captures_total{currency="SGD",disposition="APPLIED",gateway="stripe"} 1`,
		`boxoffice_captures_total{currency="SGD",disposition="DUPLICATE",gateway="stripe"} 1`,
		`boxoffice_captured_minor_units_total{currency="SGD",gateway="stripe"} 11900`,
		`boxoffice_notice_seconds_bucket{gateway="stripe",outcome="applied",le="0.025"} 0`,
		`boxoffice_notice_seconds_bucket{gateway="stripe",outcome="applied",le="0.05"} 1`,
		`boxoffice_http_request_seconds_count{method="GET",route="GET /o/{token}",status="200"} 1`,
		`boxoffice_http_request_seconds_count{method="GET",route="none",status="404"} 1`,
		`boxoffice_telegram_call_seconds_count{method="sendMessage",outcome="ok"} 1`,
		`boxoffice_telegram_update_seconds_count{outcome="ok"} 1`,
		`boxoffice_delivery_seconds_count{kind="tickets",state="SENT"} 1`,
		`boxoffice_build_info{version="1.2.3"} 1`,
		`boxoffice_store_readable 1`, `boxoffice_live_holds 0`, `go_goroutines `,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no line %s", want)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}

func TestStoreIsCountedAtEachScrape(t *testing.T) {
	t.Parallel()
	s := opened(t)
	m, err := metrics.New(metrics.Config{Store: s, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 20, 8, 0, 0, 0, time.UTC)
	err = s.Update(t.Context(), func(tx tickets.Tx) error {
		return tx.CreateNotice(tickets.Notice{ID: "ntc_19d0a63581c00000000000aa", Gateway: "stripe", Event: "evt_1", At: at, Due: at})
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := scrape(t, m); !strings.Contains(got, "boxoffice_notices_pending 1") {
		t.Errorf("a stored notice is not counted:\n%s", got)
	}
}

func TestUnreadableStoreIsNoZero(t *testing.T) {
	t.Parallel()
	s := opened(t)
	var log bytes.Buffer
	m, err := metrics.New(metrics.Config{Store: s, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	got := scrape(t, m)
	if !strings.Contains(got, "boxoffice_store_readable 0") || strings.Contains(got, "boxoffice_live_holds") {
		t.Errorf("a closed store is told as\n%s", got)
	}
	if !strings.Contains(log.String(), "store not counted") {
		t.Error("nobody hears why")
	}
}
