package checkouttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func closes(t *testing.T, w World) {
	p := w.open(t, sgd119)
	for range 2 {
		st, err := w.Gateway.Close(t.Context(), p)
		if err != nil || st.State != checkout.StandingClosed || len(st.Charges) != 0 {
			t.Fatalf("close: %+v, %v", st, err)
		}
	}
	w.stands(t, p, checkout.StandingClosed)
	if err := w.Pay(p.Remote, Paying{}); err == nil {
		t.Error("a closed page took money")
	}
	one(t, w.told(t, p), checkout.ReportClosed)
}

func closesPaid(t *testing.T, w World) {
	p := w.open(t, sgd119)
	w.pay(t, p, Paying{})
	st, err := w.Gateway.Close(t.Context(), p)
	if err != nil || st.State != checkout.StandingPaid || len(st.Charges) != 1 {
		t.Fatalf("close: %+v, %v", st, err)
	}
	w.check(t, st.Charges[0], p, sgd119, w.Gateway.Test())
	told := one(t, w.told(t, p), checkout.ReportPaid)
	w.check(t, told, p, sgd119, w.Gateway.Test())
	if told.Charge != st.Charges[0].Charge {
		t.Errorf("told %q, asked %q: one payment would be booked twice", told.Charge, st.Charges[0].Charge)
	}
	if told.Reference != p.ID {
		t.Errorf("reference %q, want %q", told.Reference, p.ID)
	}
	if told.At.IsZero() {
		t.Error("the notice does not say when")
	}
}

func racesPaying(t *testing.T, w World) {
	for range 12 {
		p := w.open(t, sgd119)
		var wg sync.WaitGroup
		var paid error
		var st checkout.Standing
		var closed error
		wg.Go(func() { paid = w.Pay(p.Remote, Paying{}) })
		wg.Go(func() { st, closed = w.Gateway.Close(t.Context(), p) })
		wg.Wait()
		if closed != nil {
			t.Fatal(closed)
		}
		switch {
		case paid == nil && (st.State != checkout.StandingPaid || len(st.Charges) != 1):
			t.Fatalf("paid, and closing said %+v", st)
		case paid != nil && st.State != checkout.StandingClosed:
			t.Fatalf("not paid (%v), and closing said %+v", paid, st)
		}
	}
}

func settles(t *testing.T, w World) {
	p := w.open(t, sgd119)
	w.pay(t, p, Paying{Async: true})
	for range 2 {
		if st, err := w.Gateway.Close(t.Context(), p); err != nil || st.State != checkout.StandingAsync || len(st.Charges) != 0 {
			t.Fatalf("close: %+v, %v", st, err)
		}
	}
	one(t, w.told(t, p), checkout.ReportAsync)
	if err := w.Settle(p.Remote, true); err != nil {
		t.Fatal(err)
	}
	st := w.stands(t, p, checkout.StandingPaid)
	told := one(t, w.told(t, p), checkout.ReportPaid)
	w.check(t, told, p, sgd119, w.Gateway.Test())
	if len(st.Charges) != 1 || st.Charges[0].Charge != told.Charge {
		t.Errorf("told %+v, asked %+v", told, st)
	}
}

func settlesBadly(t *testing.T, w World) {
	p := w.open(t, sgd119)
	w.pay(t, p, Paying{Async: true})
	if err := w.Settle(p.Remote, false); err != nil {
		t.Fatal(err)
	}
	if st := w.stands(t, p, checkout.StandingFailed); len(st.Charges) != 0 || st.Reason == "" {
		t.Errorf("standing %+v", st)
	}
	if r := one(t, w.told(t, p), checkout.ReportFailed); r.Reason == "" {
		t.Error("the failure has no reason")
	}
}

func findsSilent(t *testing.T, w World) {
	p := w.open(t, sgd119)
	w.pay(t, p, Paying{Silent: true})
	if told := w.told(t, p); len(told) != 0 {
		t.Errorf("told %+v", told)
	}
	st := w.stands(t, p, checkout.StandingPaid)
	if len(st.Charges) != 1 {
		t.Fatalf("standing %+v", st)
	}
	w.check(t, st.Charges[0], p, sgd119, w.Gateway.Test())
}

func tellsLate(t *testing.T, w World) {
	p := w.open(t, sgd119)
	if st, err := w.Gateway.Close(t.Context(), p); err != nil || st.State != checkout.StandingClosed {
		t.Fatalf("close: %+v, %v", st, err)
	}
	w.pay(t, p, Paying{Late: true})
	r := one(t, w.told(t, p), checkout.ReportPaid)
	w.check(t, r, p, sgd119, w.Gateway.Test())
	if st, err := w.Gateway.Close(t.Context(), p); err != nil || len(st.Charges) != 1 || st.Charges[0].Charge != r.Charge {
		t.Errorf("close: %+v, %v", st, err)
	}
}

func tellsOdd(t *testing.T, w World) {
	for name, c := range map[string]struct {
		how  Paying
		want tickets.Money
	}{
		"less":           {Paying{Amount: tickets.Money{Amount: 5950, Currency: "SGD"}}, tickets.Money{Amount: 5950, Currency: "SGD"}},
		"more":           {Paying{Amount: tickets.Money{Amount: 13090, Currency: "SGD"}}, tickets.Money{Amount: 13090, Currency: "SGD"}},
		"other currency": {Paying{Amount: tickets.Money{Amount: 11900, Currency: "USD"}}, tickets.Money{Amount: 11900, Currency: "USD"}},
		"nothing":        {Paying{Free: true}, tickets.Money{Currency: "SGD"}},
		"other mode":     {Paying{Other: true}, sgd119},
	} {
		p := w.open(t, sgd119)
		if c.how.Other && w.Gateway.Test() {
			continue // money of the real kind is no oddity at a test gateway
		}
		w.pay(t, p, c.how)
		r := one(t, w.told(t, p), checkout.ReportPaid)
		w.check(t, r, p, c.want, w.Gateway.Test() != c.how.Other)
		st := w.stands(t, p, checkout.StandingPaid)
		if len(st.Charges) != 1 || st.Charges[0].Amount != r.Amount || st.Charges[0].Charge != r.Charge || st.Charges[0].Test != r.Test {
			t.Errorf("%s: told %+v, asked %+v", name, r, st)
		}
	}
}

func countsRight(t *testing.T, w World) {
	for _, m := range []tickets.Money{
		{Amount: 11900, Currency: "SGD"}, {Amount: 99, Currency: "USD"}, {Amount: 500, Currency: "JPY"}, {Amount: 12340, Currency: "KWD"},
		{Amount: 35000, Currency: "TWD"}, {Amount: 12000, Currency: "KRW"}, {Amount: 2500, Currency: "ISK"}, {Amount: 99999, Currency: "VND"},
	} {
		p := w.open(t, m)
		w.pay(t, p, Paying{})
		st := w.stands(t, p, checkout.StandingPaid)
		if len(st.Charges) != 1 {
			t.Fatalf("%s: %+v", m, st)
		}
		w.check(t, st.Charges[0], p, m, w.Gateway.Test())
		w.check(t, one(t, w.told(t, p), checkout.ReportPaid), p, m, w.Gateway.Test())
	}
}

func verifies(t *testing.T, w World) {
	p := w.open(t, sgd119)
	w.pay(t, p, Paying{})
	now := w.Now()
	notices := w.Notices()
	if len(notices) == 0 {
		t.Fatal("the provider said nothing")
	}
	n := notices[len(notices)-1]
	refused := func(what string, h http.Header, body []byte, at time.Time) {
		t.Helper()
		if e, err := w.Gateway.Verify(h, body, at); !errors.Is(err, tickets.Unauthorized) {
			t.Errorf("%s: %+v, %v", what, e, err)
		}
	}
	for i := range n.Body {
		forged := slices.Clone(n.Body)
		forged[i] ^= 1
		refused("a changed body", n.Header, forged, now)
	}
	refused("a longer body", n.Header, append(slices.Clone(n.Body), ' '), now)
	refused("no headers", http.Header{}, n.Body, now)
	for name, values := range w.Sign(n.Body, now) {
		for i := range values[0] {
			h := http.Header{name: {values[0][:i] + string(values[0][i]^1) + values[0][i+1:]}}
			if _, err := w.Gateway.Verify(h, n.Body, now); err != nil && !errors.Is(err, tickets.Unauthorized) {
				t.Errorf("a changed header: %v", err)
			}
			h = http.Header{name: {values[0][:i]}}
			if _, err := w.Gateway.Verify(h, n.Body, now); err != nil && !errors.Is(err, tickets.Unauthorized) {
				t.Errorf("a cut header: %v", err)
			}
		}
		for _, bad := range []string{"", "=", ",", "t=", "t=1", "t=x,v1=y", "t=9223372036854775807,v1=00", strings.Repeat("a=b,", 5000)} {
			refused("header "+bad[:min(len(bad), 20)], http.Header{name: {bad}}, n.Body, now)
		}
	}
	for _, d := range []time.Duration{-299 * time.Second, 0, 299 * time.Second} {
		if _, err := w.Gateway.Verify(w.Sign(n.Body, now.Add(d)), n.Body, now); err != nil {
			t.Errorf("signed %s from now: %v", d, err)
		}
	}
	refused("an old signature", w.Sign(n.Body, now.Add(-302*time.Second)), n.Body, now)
	refused("a signature of the future", w.Sign(n.Body, now.Add(302*time.Second)), n.Body, now)
	for _, body := range []string{"", "null", "[]", "{}", "not json", `{"id":7}`} {
		if _, err := w.Gateway.Verify(w.Sign([]byte(body), now), []byte(body), now); !errors.Is(err, tickets.Invalid) {
			t.Errorf("signed %q: %v", body, err)
		}
	}
}

func readsAnything(t *testing.T, w World) {
	p := w.open(t, sgd119)
	w.pay(t, p, Paying{})
	for _, n := range w.Notices() {
		for i := range n.Body {
			if _, err := w.Gateway.Read(n.Body[:i]); !errors.Is(err, tickets.Invalid) {
				t.Fatalf("read of a cut body: %v", err)
			}
		}
		var e map[string]any
		if err := json.Unmarshal(n.Body, &e); err != nil {
			t.Fatal(err)
		}
		e["type"] = "something.new"
		body, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if reports, err := w.Gateway.Read(body); err != nil || len(reports) != 0 {
			t.Errorf("an unknown type: %+v, %v", reports, err)
		}
	}
}

func keepsNoSecrets(t *testing.T, w World) {
	o := w.opening(sgd119)
	s, err := w.Gateway.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	o.Payment.Remote = s.Remote
	w.pay(t, o.Payment, Paying{})
	kept := []json.RawMessage{s.Raw}
	for _, r := range w.told(t, o.Payment) {
		kept = append(kept, r.Raw)
	}
	for _, r := range w.stands(t, o.Payment, checkout.StandingPaid).Charges {
		kept = append(kept, r.Raw)
	}
	for _, raw := range kept {
		if !json.Valid(raw) {
			t.Fatalf("not JSON: %q", raw)
		}
		for _, bad := range []string{"SECRET", "_secret", "fingerprint", "example.com"} {
			if bytes.Contains(raw, []byte(bad)) {
				t.Errorf("%q is kept in %s", bad, raw)
			}
		}
	}
}
