package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"boxoffice/checkout/sandbox"
	"boxoffice/web"
)

// browser is one tab of a real browser, and what it complained about.
type browser struct {
	ctx    context.Context
	mu     sync.Mutex
	faults []string
}

func openBrowser(t *testing.T) *browser {
	t.Helper()
	chromium := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless-shell", "headless_shell"} {
		if p, err := exec.LookPath(name); err == nil && chromium == "" {
			chromium = p
		}
	}
	if chromium == "" && os.Getenv("CI") != "" {
		t.Fatal("no Chromium or Chrome on PATH")
	}
	if chromium == "" {
		t.Skip("SKIPPED: no Chromium or Chrome on PATH")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath(chromium))...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{ctx: ctx}
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

// TestPagesInABrowser has one browser for all: starting one is most of the work.
func TestPagesInABrowser(t *testing.T) {
	t.Parallel()
	b := openBrowser(t)
	t.Run("FitAPhoneAndBreakNoPolicy", func(t *testing.T) { pagesFitAPhoneAndBreakNoPolicy(t, b) })
	t.Run("PrintATicketOnOneSheet", func(t *testing.T) { ticketPrintsOnOnePage(t, b) })
	t.Run("TellOfMoneyThatGoesBack", func(t *testing.T) { pagesTellOfMoneyThatGoesBack(t, b) })
	t.Run("TurnByThemselvesWhenMoneyArrives", func(t *testing.T) { statusPageTurnsByItselfWhenMoneyArrives(t, b) })
	if got := b.complaints(); len(got) > 0 {
		t.Errorf("the browser complains: %s", strings.Join(got, "\n"))
	}
}

func pagesFitAPhoneAndBreakNoPolicy(t *testing.T, b *browser) {
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
}

func ticketPrintsOnOnePage(t *testing.T, b *browser) {
	w := newWorld(t, func(c *web.Config) { c.PublicURL = "http://localhost" })
	srv := httptest.NewServer(w.site)
	defer srv.Close()
	_, ks := w.bought(w.englishFamily())
	must(t, chromedp.Do(b.ctx, chromedp.Navigate(srv.URL+"/T/"+ks[0].Text)))
	for name, size := range map[string][2]float64{"A6": {4.13, 5.83}, "A4": {8.27, 11.69}} { // inches
		pdf, err := chromedp.Run(b.ctx, chromedp.Action[[]byte](func(ctx context.Context, tab *chromedp.Target) ([]byte, error) {
			r, err := cdp.Call(ctx, tab, page.PrintToPDF, page.PrintToPDFParams{PaperWidth: size[0], PaperHeight: size[1]})
			if err != nil {
				return nil, err
			}
			return r.Data, nil
		}))
		must(t, err)
		if sheets := regexp.MustCompile(`/Type\s*/Page\b`).FindAll(pdf, -1); len(sheets) != 1 {
			t.Errorf("%s: %d pages", name, len(sheets))
		}
	}
}

func statusPageTurnsByItselfWhenMoneyArrives(t *testing.T, b *browser) {
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
}
