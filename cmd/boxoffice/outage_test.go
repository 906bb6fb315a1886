package main

import (
	"context"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"boxoffice/bot/telegramtest"
)

// outageVariable is how long each outage of the test below lasts; "make outages" sets 10m.
const outageVariable = "BOXOFFICE_OUTAGE"

// TestProviderDownSlowsNobodyElse takes Stripe away in six ways, one after the other, while customers try to pay and
// others ask for other things. Those are answered as fast as ever; afterwards who could pay has tickets.
func TestProviderDownSlowsNobodyElse(t *testing.T) {
	t.Parallel()
	long := 3 * time.Second
	if s := os.Getenv(outageVariable); s != "" {
		d, err := time.ParseDuration(s)
		if err != nil {
			t.Fatal(err)
		}
		long = d
	}
	w := patientWorld(t)
	w.settles += 5 * time.Minute // the longest wait between tries after a long outage
	stripe, roots := startProxy(t, strings.TrimPrefix(w.stripe.URL, "http://"), w.dir)
	w.env = append(w.env, "BOXOFFICE_STRIPE_API_URL=https://"+stripe.listen.Addr().String(), "SSL_CERT_FILE="+roots)
	w.start()
	crowd, leave := gather(w, 24)
	usual := w.answerTimes(long)
	t.Logf("usually: p50 %s, p99 %s of %d", share(usual, 50), share(usual, 99), len(usual))
	for _, how := range []outage{outageError, outageHang, outageReset, outageTLS, outageSlow, outageGarbage} {
		w.stripe.Pause()
		stripe.set(how)
		took := w.answerTimes(long)
		met := stripe.met()
		stripe.set("")
		w.stripe.Resume()
		t.Logf("provider %s: %d calls met it; answers: p50 %s, p99 %s of %d", how, met, share(took, 50), share(took, 99), len(took))
		if met == 0 {
			t.Errorf("nobody asked the provider while it was down (%s)", how)
		}
		if p99 := share(took, 99); p99 > share(usual, 99)+2*time.Second {
			t.Errorf("provider %s: the slowest answers take %s, usually %s", how, p99, share(usual, 99))
		}
	}
	pause(long)
	leave()
	crowd.check()
}

// answerTimes is how long people who want nothing of the provider wait for answers, during d.
func (w *world) answerTimes(d time.Duration) []time.Duration {
	var mu sync.Mutex
	var out []time.Duration
	var wg sync.WaitGroup
	end := time.Now().Add(d)
	for range 4 {
		wg.Go(func() {
			u := w.telegram.AddUser(telegramtest.Profile{FirstName: "Reader", LanguageCode: "en"})
			for time.Now().Before(end) {
				mark, began := u.Chat().Mark(), time.Now()
				u.Send("/privacy")
				ctx, cancel := context.WithTimeout(w.t.Context(), 30*time.Second)
				_, err := u.Chat().WaitAfter(ctx, mark, telegramtest.Contains("Privacy at"))
				cancel()
				if err != nil {
					w.t.Errorf("no answer: %v", err)
					return
				}
				mu.Lock()
				out = append(out, time.Since(began))
				mu.Unlock()
				pause(time.Until(began.Add(time.Second))) // Telegram takes one message a second to a chat
			}
		})
	}
	wg.Wait()
	slices.Sort(out)
	return out
}

// share is the time within which so many percent of sorted times lie.
func share(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)].Round(time.Millisecond)
}
