package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// axeFile is axe-core as .ci/deps fetches it.
const axeFile = "../../bin/axe.min.js"

func (b *chromium) open(t *testing.T, address string) {
	t.Helper()
	must(t, chromedp.Do(b.ctx, chromedp.Navigate(address)))
}

func evaluate[T any](t *testing.T, b *chromium, js string, opts ...chromedp.EvaluateOption) T {
	t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](js, opts...))
	must(t, err)
	return v
}

// look is how a page is looked at.
type look struct {
	width int64
	theme string // light, dark
	lang  string
}

func (b *chromium) as(t *testing.T, l look) {
	t.Helper()
	must(t, chromedp.Do(b.ctx, chromedp.EmulateViewport(l.width, 900)))
	_, err := chromedp.Run(b.ctx, chromedp.Action[cdp.Empty](func(ctx context.Context, target *chromedp.Target) (cdp.Empty, error) {
		return cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.theme}},
		})
	}))
	must(t, err)
}

// busyShop has something on every page: orders in several stages, money that goes back, a case, an admission, a note.
func busyShop(t *testing.T) (*world, *browser) {
	t.Helper()
	w := newWorld(t)
	owner := w.as(tickets.RoleOwner)
	w.placed()
	o, _ := w.bought()
	walk, ks := w.paid(w.ordered("night_walk", "night_walk_guest", 3, visit+"T19:30"))
	by := checkout.Staff{Actor: tickets.Actor{Kind: tickets.ActorMember, ID: string(owner.id), Name: "Mei"}, Role: tickets.RoleOwner, Source: "console"}
	_, err := w.desk.AskRefund(t.Context(), checkout.RefundWish{Order: walk.ID, Customer: walk.Buyer.Customer, Tickets: []tickets.TicketCode{ks[0].Code}})
	must(t, err)
	_, err = w.desk.AskRefund(t.Context(), checkout.RefundWish{Order: o.ID, By: by, Reason: "rain", Amount: 500})
	must(t, err)
	w.settles()
	w.pass(15 * time.Hour)
	_, used := w.bought()
	_, _, err = w.desk.Admit(t.Context(), checkout.Admitting{Scan: string(used[0].Code), Count: 1, Gate: "North", By: by.Actor})
	must(t, err)
	return w, owner
}

// identifiers in addresses and the values of queries: pages that differ only in them are one page.
var identifiers = regexp.MustCompile(`[a-z]+_[0-9a-f]{24}|[A-Z]{2}[0-9]{6}[A-Z][0-9]{5}|[0-9]{4}-[0-9]{2}(-[0-9]{2})?(T[0-9:]+)?|=[^&]*`)

// crawl visits every page that links lead to from the start, each kind of page once, and calls visit on it.
func (b *chromium) crawl(t *testing.T, base string, most int, visit func(path string)) (seen []string) {
	t.Helper()
	todo, known := []string{"/console/"}, map[string]bool{"/console/": true}
	for len(todo) > 0 && len(seen) < most {
		path := todo[0]
		todo = todo[1:]
		b.open(t, base+path)
		if !evaluate[bool](t, b, `!!document.querySelector("main")`) {
			continue // a file
		}
		seen = append(seen, path)
		visit(path)
		for _, href := range evaluate[[]string](t, b, `[...document.querySelectorAll("a[href]")].filter(a => !a.hasAttribute("download")).map(a => a.getAttribute("href"))`) {
			u, err := url.Parse(href)
			if err != nil || u.IsAbs() && !strings.HasPrefix(href, base) || !strings.HasPrefix(u.Path, "/console") || file.MatchString(href) {
				continue
			}
			u.Fragment, u.Scheme, u.Host = "", "", ""
			name := identifiers.ReplaceAllString(u.String(), "*")
			if !known[name] {
				known[name] = true
				todo = append(todo, u.String())
			}
		}
	}
	return seen
}

// file matches addresses that are downloads, streams and pictures.
var file = regexp.MustCompile(`\.(csv|xlsx|zip|yaml|png|svg|json)|/live|format=|/export|/evidence|/download|/assets/`)

// faultsOfPage asks a page about itself: does it fit, is there one heading, can everything be reached by keyboard.
const faultsOfPage = `(() => {
  const faults = [], wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) faults.push("wider than the window by " + wide + ": " + [...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll, .tabs, pre, nav")).slice(0, 3).map(e => e.tagName + "." + e.className).join(", "));
  if (document.querySelectorAll("h1").length !== 1) faults.push(document.querySelectorAll("h1").length + " headings of the first level");
  for (const e of document.querySelectorAll("[tabindex]")) if (e.tabIndex > 0) faults.push("tabindex " + e.tabIndex);
  for (const e of document.querySelectorAll("[onclick], [style], script:not([src])")) faults.push("inline: " + e.outerHTML.slice(0, 80));
  for (const e of document.querySelectorAll("div, span, td, tr, li")) if (e.getAttribute("role") === "button" && e.tabIndex < 0) faults.push("a button that no key reaches: " + e.outerHTML.slice(0, 80));
  for (const i of document.images) if (!i.complete || i.naturalWidth === 0) if (i.loading !== "lazy") faults.push("picture not loaded: " + i.src);
  if (/console(_[a-z]+)?\.[a-z_]+/.test(document.body.innerText)) faults.push("a key instead of words: " + document.body.innerText.match(/console(_[a-z]+)?\.[a-z_.]+/)[0]);
  return faults;
})()`

func TestPagesInABrowser(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(axeFile)
	if err != nil && os.Getenv("CI") != "" {
		t.Fatal("no axe-core: .ci/deps fetches it")
	}
	if err != nil {
		t.Log("SKIPPED: axe-core is not there; .ci/deps fetches it")
	}
	w, owner := busyShop(t)
	b := openChromium(t)
	b.signIn(t, w.srv.URL, w.loginName(owner.id))
	var pages []string
	for i, l := range []look{{1440, "light", "en"}, {360, "dark", "zh-Hans"}, {360, "light", "en"}, {1440, "dark", "zh-Hans"}} {
		w.speaks(owner.id, l.lang)
		b.as(t, l)
		seen := b.crawl(t, w.srv.URL, 200, func(path string) {
			for _, f := range evaluate[[]string](t, b, faultsOfPage) {
				t.Errorf("%+v %s: %s", l, path, f)
			}
			if axe != nil && i < 2 {
				for _, f := range b.axe(t, string(axe)) {
					t.Errorf("%+v %s: %s", l, path, f)
				}
			}
			b.keep(t, fmt.Sprintf("%d-%s-%s%s", l.width, l.theme, l.lang, path))
			if got := b.complained(); len(got) > 0 {
				t.Errorf("%+v %s: the browser complains: %s", l, path, strings.Join(got, "\n"))
			}
		})
		if i == 0 {
			pages = seen
		}
	}
	t.Logf("%d pages: %s", len(pages), strings.Join(pages, " "))
	for _, must := range []string{"/console/", "/console/orders", "/console/gate"} {
		if !slices.Contains(pages, must) {
			t.Errorf("%s was not reached by links", must)
		}
	}
}

// TestScreenshots makes the pictures of docs/ in the folder BOXOFFICE_SCREENSHOTS; make screenshots runs it.
func TestScreenshots(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("BOXOFFICE_SCREENSHOTS")
	if dir == "" {
		t.Skip("make screenshots runs it")
	}
	w, owner := busyShop(t)
	for range 9 {
		w.bought()
		w.pass(7 * time.Minute)
	}
	o, ks := w.paid(w.ordered("night_walk", "night_walk_guest", 2, visit+"T20:30"))
	_, err := w.desk.Tally(t.Context())
	must(t, err)
	b := openChromium(t)
	b.signIn(t, w.srv.URL, w.loginName(owner.id))
	for name, shot := range map[string]struct {
		path string
		look look
	}{
		"console-today":    {"/console/", look{1440, "light", "en"}},
		"console-order":    {"/console/orders/" + string(o.ID), look{1440, "light", "en"}},
		"console-orders":   {"/console/orders", look{1440, "dark", "en"}},
		"console-calendar": {"/console/calendar", look{1440, "light", "zh-Hans"}},
		"console-trends":   {"/console/trends", look{1440, "light", "en"}},
		"console-gate":     {"/console/gate?scan=" + string(ks[0].Code), look{360, "light", "en"}},
	} {
		w.speaks(owner.id, shot.look.lang)
		b.as(t, shot.look)
		b.open(t, w.srv.URL+shot.path)
		png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)) //nolint:gosec // it goes into docs/
	}
}

// keep writes a picture of the whole page into the folder BOXOFFICE_LOOKS, for people to look at; without it nothing.
func (b *chromium) keep(t *testing.T, name string) {
	t.Helper()
	dir := os.Getenv("BOXOFFICE_LOOKS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, strings.Trim(regexp.MustCompile(`[^A-Za-z0-9-]+`).ReplaceAllString(name, "_"), "_")+".png"), png, 0o600))
}

// axe runs axe-core on the page and returns its serious and critical findings.
func (b *chromium) axe(t *testing.T, source string) []string {
	t.Helper()
	evaluate[bool](t, b, source+"; true")
	raw := evaluate[string](t, b, `axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations
	  .filter(v => v.impact === "serious" || v.impact === "critical")
	  .map(v => v.id + " (" + v.help + "): " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(" | "))))`, chromedp.EvalAwaitPromise)
	var found []string
	must(t, json.Unmarshal([]byte(raw), &found))
	return found
}
