package console_test

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/web/console"
)

// chromium is a real browser and what went wrong in it: complaints of its console, refused policies, dialogs.
type chromium struct {
	ctx    context.Context
	mu     sync.Mutex
	faults []string
}

func openChromium(t *testing.T) *chromium {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless-shell", "headless_shell"} {
		if p, err := exec.LookPath(name); err == nil && path == "" {
			path = p
		}
	}
	if path == "" && os.Getenv("CI") != "" {
		t.Fatal("no Chromium or Chrome on PATH")
	}
	if path == "" {
		t.Skip("SKIPPED: no Chromium or Chrome on PATH")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath(path))...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	c := &chromium{ctx: ctx}
	must(t, chromedp.Listen(ctx, func(ev any) {
		c.mu.Lock()
		defer c.mu.Unlock()
		switch e := ev.(type) {
		case *log.EventEntryAdded:
			if e.Entry.Level == "error" {
				c.faults = append(c.faults, e.Entry.URL+": "+e.Entry.Text)
			}
		case *page.EventJavascriptDialogOpening:
			c.faults = append(c.faults, "dialog: "+e.Message)
		}
	}))
	return c
}

// complained takes what went wrong since the last call.
func (c *chromium) complained() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.faults
	c.faults = nil
	return out
}

// signIn types a member's name and password.
func (c *chromium) signIn(t *testing.T, base, name string) {
	t.Helper()
	must(t, chromedp.Do(c.ctx, chromedp.Navigate(base+"/console/login"), chromedp.SendKeys(`input[name=name]`, name),
		chromedp.SendKeys(`input[name=password]`, password), chromedp.Click(`button.primary`), chromedp.WaitVisible(`.side`)))
}

// payloads are texts that run where a page forgets to make text of them: each sets window.ran. Two hundred of them are
// these, alone and behind what closes an attribute, a comment, a script, a text area or a title.
func payloads() []string {
	cores := []string{
		`<script>window.ran=1</script>`, `<img src=x onerror=window.ran=1>`, `<svg onload=window.ran=1>`, `<svg><script>window.ran=1</script></svg>`,
		`<body onload=window.ran=1>`, `<iframe srcdoc="<script>parent.ran=1</script>">`, `<input autofocus onfocus=window.ran=1>`,
		`<details open ontoggle=window.ran=1>`, `<video><source onerror=window.ran=1></video>`, `<marquee onstart=window.ran=1>`,
		`<a href="javascript:window.ran=1" autofocus onfocus=window.ran=1>x</a>`, `<math><mi xlink:href="javascript:window.ran=1">x</mi></math>`,
		`<object data="javascript:window.ran=1">`, `<style>@import "javascript:window.ran=1"</style>`, `<meta http-equiv=refresh content="0;url=javascript:window.ran=1">`,
		`<template><img src=x onerror=window.ran=1></template>`, `javascript:window.ran=1`, `{{constructor.constructor('window.ran=1')()}}`,
		`<base href="https://evil.example/">`, `<form action=https://evil.example><button autofocus onfocus=window.ran=1>`,
	}
	breaks := []string{"", `">`, `'>`, `" onmouseover=window.ran=1 x="`, `-->`, `</script>`, `</textarea>`, `</title>`, "\u2028", `]]>`}
	var out []string
	for _, b := range breaks {
		for _, c := range cores {
			out = append(out, b+c)
		}
	}
	return out
}

// poisoned puts payloads wherever a customer, a provider or a member chooses a text.
func (w *world) poisoned(all []string) {
	w.t.Helper()
	next := 0
	p := func() string { next++; return all[(next-1)%len(all)] }
	many := func(n int) string { // several in one text, so that a page shows many
		var b strings.Builder
		for range n {
			b.WriteString(p() + " ")
		}
		return b.String()
	}
	o, _ := w.bought()
	_, err := w.desk.AskRefund(w.t.Context(), checkout.RefundWish{
		Order: o.ID, By: checkout.Staff{Actor: tickets.Actor{Kind: tickets.ActorMember, ID: "mem_1", Name: many(2)}, Role: tickets.RoleSupport, Source: "test"},
		Reason: many(10), Amount: 100,
	})
	must(w.t, err)
	w.settles()
	must(w.t, w.store.Update(w.t.Context(), func(tx tickets.Tx) error {
		o, err := tx.Order(o.ID)
		if err != nil {
			return err
		}
		o.Buyer.Name, o.Buyer.Username, o.Reason = many(10), many(5), many(10)
		o.ProductName = tickets.Texts{"en": many(5), "zh-Hans": many(5), "zh-Hant": many(5)}
		for i := range o.Quote.Lines {
			o.Quote.Lines[i].Names = tickets.Texts{"en": many(5), "zh-Hans": many(5), "zh-Hant": many(5)}
		}
		if err := tx.PutOrder(o); err != nil {
			return err
		}
		c, err := tx.Customer(o.Buyer.Customer)
		if err != nil {
			return err
		}
		c.Name, c.Username = many(10), many(10)
		if err := tx.PutCustomer(c); err != nil {
			return err
		}
		ns, _, err := tx.AllNotices(tickets.Page{})
		if err != nil {
			return err
		}
		for _, n := range ns {
			n.Note, n.Body = many(20), []byte(many(40))
			if err := tx.PutNotice(n); err != nil {
				return err
			}
		}
		ds, err := tx.Deliveries(o.ID)
		if err != nil {
			return err
		}
		for _, d := range ds {
			d.Error = many(10)
			if err := tx.PutDelivery(d); err != nil {
				return err
			}
		}
		cs, _, err := tx.OpenCases(tickets.Page{})
		if err != nil {
			return err
		}
		for _, c := range cs {
			c.Note = many(10)
			if err := tx.PutCase(c); err != nil {
				return err
			}
		}
		return tx.CreateToken(tickets.APIToken{ID: tickets.TokenID(tickets.NewID(tickets.PrefixToken, w.now(), nil)), Merchant: o.Merchant, Name: many(10), Hash: "h", At: w.now()})
	}))
	for range 10 {
		must(w.t, w.desk.Record(w.t.Context(), tickets.AuditEntry{
			At: w.now(), Actor: tickets.Actor{Kind: tickets.ActorMember, Name: many(3)}, IP: p(), Agent: many(5), Act: p(), Object: many(2), Result: p(),
			Before: many(3), After: many(3), Reason: many(5),
		}))
	}
}

// TestNoTextRunsOnAnyPage opens every page of the table of routes in a real browser, with texts that would run.
func TestNoTextRunsOnAnyPage(t *testing.T) {
	t.Parallel()
	c := openChromium(t)
	w := newWorld(t, func(c *console.Config) {
		c.Bot = func(context.Context) console.Bot {
			return console.Bot{Username: `"><img src=x onerror=window.ran=1>`, LastError: `<script>window.ran=1</script>`}
		}
	})
	all := payloads()
	if len(all) < 200 {
		t.Fatalf("%d payloads", len(all))
	}
	th := w.things()
	w.poisoned(all)
	var order tickets.Order
	must(t, w.store.View(t.Context(), func(r tickets.Reader) error {
		list, _, err := r.Orders(tickets.OrderQuery{})
		for _, o := range list {
			if strings.Contains(o.Buyer.Name, "window.ran") {
				order = o
			}
		}
		return err
	}))
	th.own["orders"], th.own["customers"] = string(order.ID), string(order.Buyer.Customer)
	owner := w.as(tickets.RoleOwner)
	c.signIn(t, w.srv.URL, w.login(owner.id))
	pages, poisoned, files := 0, 0, []string(nil)
	for _, r := range console.Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		last := path[strings.LastIndex(path, "/")+1:]
		if method != "GET" || last == "live" || last == "counts" || strings.Contains(path, "export") || strings.HasSuffix(path, ".png") || strings.Contains(path, "picture") {
			continue // streams and files are no pages
		}
		address, _, _ := th.addresses(path)
		query := url.Values{"q": {all[pages%len(all)]}, "text": {all[(pages+7)%len(all)]}, "next": {"javascript:window.ran=1"}, "mark": {all[(pages+3)%len(all)]}}
		for _, a := range []string{address, address + "?" + query.Encode()} {
			if err := chromedp.Do(c.ctx, chromedp.Navigate(w.srv.URL+a)); err != nil {
				if !strings.Contains(err.Error(), "ERR_ABORTED") { // a file to keep is no page
					t.Fatalf("%s: %v", a, err)
				}
				files = append(files, path)
				continue
			}
			ran, err := chromedp.Run(c.ctx, chromedp.Evaluate[string](`window.ran ? "ran" : document.querySelector("base, main iframe, main object, main script, main meta") ? "made of text" : ""`))
			must(t, err)
			if ran != "" {
				t.Errorf("%s: %s", a, ran)
			}
			shown, err := chromedp.Run(c.ctx, chromedp.Evaluate[bool](`document.querySelector("main").textContent.includes("window.ran")`))
			must(t, err)
			if shown {
				poisoned++
			}
			pages++
		}
	}
	if poisoned < 20 {
		t.Errorf("only %d pages show such a text: the shop is not poisoned", poisoned)
	}
	if pages < 40 {
		t.Errorf("only %d pages were looked at", pages)
	}
	for _, f := range c.complained() {
		if !strings.Contains(f, "Failed to load resource") { // an answer that is an error page
			t.Errorf("the browser complains: %s", f)
		}
	}
	t.Logf("%d pages, %d with such texts; files: %s", pages, poisoned, strings.Join(files, " "))
}
