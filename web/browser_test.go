package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"

	"boxoffice/checkout/sandbox"
	"boxoffice/web"
)

// browser is one tab of a real browser, and what it complained about.
type browser struct {
	t      *testing.T
	ctx    context.Context
	mu     sync.Mutex
	faults []string
}

func openBrowser(t *testing.T) *browser {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("SKIPPED: no chromium on this machine")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath(chromium))...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: ctx}
	must(t, chromedp.Listen(ctx, func(ev any) {
		if e, ok := ev.(*log.EventEntryAdded); ok && e.Entry.Level == "error" {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.faults = append(b.faults, e.Entry.URL+": "+e.Entry.Text)
		}
	}))
	return b
}

// complaints are what the browser wrote to its console: refused styles and scripts above all.
func (b *browser) complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.faults
}

func TestPagesFitAPhoneAndBreakNoPolicy(t *testing.T) {
	t.Parallel()
	b := openBrowser(t)
	w := newWorld(t, func(c *web.Config) { c.PublicURL = "http://localhost" })
	srv := httptest.NewServer(w.site)
	defer srv.Close()
	held := w.englishFamily()
	o, ks := w.bought(w.family())
	must(t, chromedp.Do(b.ctx, chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile)))
	for _, path := range []string{"/", "/o/" + held.StatusToken(), "/o/" + o.StatusToken(), "/T/" + ks[0].Text + "?lang=zh-Hant"} {
		must(t, chromedp.Do(b.ctx, chromedp.Navigate(srv.URL+path)))
		width, err := chromedp.Run(b.ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth`))
		must(t, err)
		styled, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`getComputedStyle(document.querySelector("main > *")).borderRadius !== "0px"`))
		must(t, err)
		loaded, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`[...document.images].every(i => i.complete && i.naturalWidth > 0)`))
		must(t, err)
		if width > 360 || !styled || !loaded {
			t.Errorf("%s is %d pixels wide; styled %v, pictures %v", path, width, styled, loaded)
		}
	}
	if got := b.complaints(); len(got) > 0 {
		t.Errorf("the browser complains: %s", strings.Join(got, "\n"))
	}
}

func TestStatusPageTurnsByItselfWhenMoneyArrives(t *testing.T) {
	t.Parallel()
	b := openBrowser(t)
	w := newWorld(t, func(c *web.Config) { c.PublicURL = "http://localhost" })
	reloads := make(chan struct{}, 16)
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.site.ServeHTTP(rw, r)
		if strings.HasPrefix(r.URL.Path, "/o/") && !strings.HasSuffix(r.URL.Path, ".json") {
			reloads <- struct{}{}
		}
	}))
	defer srv.Close()
	o := w.englishFamily()
	p := w.pay(o)
	must(t, chromedp.Do(b.ctx, chromedp.Navigate(srv.URL+"/o/"+o.StatusToken())))
	<-reloads
	clock, err := chromedp.Run(b.ctx, chromedp.Poll[string](`(t => /^4:5\d$/.test(t) && t)(document.getElementById("left").textContent)`))
	must(t, err)
	if clock == "" {
		t.Error("the time left does not run")
	}
	w.play(p, sandbox.Approve)
	select {
	case <-reloads:
	case <-time.After(20 * time.Second):
		t.Fatal("the page did not turn")
	}
	must(t, chromedp.Do(b.ctx, chromedp.WaitVisible(".stub img")))
	if got := b.complaints(); len(got) > 0 {
		t.Errorf("the browser complains: %s", strings.Join(got, "\n"))
	}
}
