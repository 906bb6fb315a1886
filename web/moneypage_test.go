package web_test

import (
	"fmt"
	"html"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"boxoffice/checkout"
	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
	"boxoffice/web"
)

// moneyPage is a page about money that went back, and what it must say in each language.
type moneyPage struct {
	name, path           string
	english, simple, old string
}

// lang is a page's path in a language.
func (p moneyPage) in(lang string) string { return p.path + "?lang=" + lang }

// moneyPages are the pages of orders in every state that money going back can have.
func moneyPages(w *world) []moneyPage {
	t := w.t
	t.Helper()
	var out []moneyPage
	add := func(name, path, english, simple, old string) {
		out = append(out, moneyPage{name, path, english, simple, old})
	}
	status := func(o tickets.Order) string { return "/o/" + o.StatusToken() }
	ticket := func(k tickets.Ticket) string { return "/T/" + k.Text }
	ask := func(o tickets.Order, n int, ks []tickets.Ticket) tickets.RefundID {
		t.Helper()
		var codes []tickets.TicketCode
		for _, k := range ks[:n] {
			codes = append(codes, k.Code)
		}
		made, err := w.desk.AskRefund(t.Context(), checkout.RefundWish{Order: o.ID, Customer: o.Buyer.Customer, Tickets: codes})
		must(t, err)
		return made[0].ID
	}
	boss := checkout.Staff{Actor: tickets.Actor{Kind: tickets.ActorMember, ID: "mem_1", Name: "Mei"}, Role: tickets.RoleOwner, Source: "bot"}

	o, ks := w.walkers(guest('a'))
	ask(o, 1, ks)
	add("asked", status(o), "You asked for it on Fri 20 Mar", "商家正在处理", "商家正在處理")

	o, ks = w.walkers(guest('b'))
	_, err := w.desk.RejectRefund(t.Context(), ask(o, 1, ks), boss, "the date is close")
	must(t, err)
	add("rejected", status(o), "Not given back: the date is close", "未同意退款：the date is close", "未同意退款：the date is close")

	o, ks = w.walkers(guest('c'))
	_, err = w.desk.ApproveRefund(t.Context(), ask(o, 1, ks), boss, "fine")
	must(t, err)
	w.notices()
	add("part", status(o), "Sent back: Fri 20 Mar", "已退还：", "已退還：")
	add("part-ticket", ticket(ks[0]), "Its money went back", "此票不能再入场", "此票不能再入場")

	o, ks = w.walkers(guest('d'))
	_, err = w.desk.ApproveRefund(t.Context(), ask(o, 3, ks), boss, "fine")
	must(t, err)
	must(t, w.sandbox.Force(t.Context(), string(o.Session), sandbox.Outcome{Act: sandbox.RefundSlow, After: 23 * time.Hour}))
	w.notices()
	add("refunding", status(o), "S$135.00 is on its way back to you", "S$135.00正在退还给您", "S$135.00正在退還給您")
	add("refunding-ticket", ticket(ks[0]), "Blocked: a refund is on its way", "暂不可用：退款处理中", "暫不可用：退款處理中")

	o, ks = w.walkers(guest('e'))
	_, err = w.desk.ApproveRefund(t.Context(), ask(o, 3, ks), boss, "fine")
	must(t, err)
	w.notices()
	add("refunded", status(o), "S$135.00 went back to you", "S$135.00已退还给您", "S$135.00已退還給您")

	disputed(w, add, status, ticket)
	late := w.late(guest('a'))
	add("choose", status(late), "Choose in the chat", "请在聊天中选择", "請在聊天中選擇")
	twice, _ := w.walkers(guest('b'))
	w.happens(twice, sandbox.Approve)
	add("twice", status(twice), "A second payment arrived", "重复付款", "重複付款")
	failed, fks := w.walkers(guest('c'))
	_, err = w.desk.ApproveRefund(t.Context(), ask(failed, 1, fks), boss, "fine")
	must(t, err)
	w.happens(failed, sandbox.RefundFail)
	add("failed", status(failed), "A person takes care of it", "工作人员正在处理", "工作人員正在處理")
	return out
}

// disputed adds the pages of orders that a bank argues about.
func disputed(w *world, add func(name, path, english, simple, old string), status func(tickets.Order) string, ticket func(tickets.Ticket) string) {
	o, ks := w.bought(w.place(guest('f'), "sentosa_family", "sentosa_family_pack", 1, "2026-03-26"))
	w.happens(o, sandbox.DisputeOpen)
	add("disputed", status(o), "Your bank is asking for the money back", "您的银行正在追讨款项", "您的銀行正在追討款項")
	add("disputed-ticket", ticket(ks[0]), "the ticket is good again once it gives in", "撤回后门票恢复有效", "撤回後票券恢復有效")
	o, ks = w.bought(w.place(guest('f'), "sentosa_family", "sentosa_family_pack", 1, "2026-03-26"))
	w.happens(o, sandbox.DisputeOpen, sandbox.FundsWithdraw, sandbox.DisputeLost)
	add("lost", status(o), "The bank gave you the money back", "银行已把款项退还给您", "銀行已把款項退還給您")
	add("lost-ticket", ticket(ks[0]), "The bank decided for the customer", "款项已退回", "款項已退回")
	o, _ = w.bought(w.place(guest('f'), "sentosa_family", "sentosa_family_pack", 1, "2026-03-26"))
	w.happens(o, sandbox.DisputeOpen, sandbox.DisputeWon)
	add("won", status(o), "Here are your tickets", "这是您的门票", "這是您的票券")
	o, _ = w.bought(w.place(guest('g'), "sentosa_family", "sentosa_family_pack", 1, "2026-03-26"))
	w.happens(o, sandbox.Approve)
	must(w.t, w.sandbox.Force(w.t.Context(), string(o.Session), sandbox.Outcome{Act: sandbox.DisputeOpen, Of: w.second(o)}))
	w.notices()
	add("twice-disputed", status(o), "asks for money back that did not pay for the tickets", "要求退回一笔未用于支付门票的钱", "要求退回一筆未用於支付票券的錢")
}

func TestPagesTellOfMoneyThatGoesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, p := range moneyPages(w) {
		for lang, want := range map[string]string{"en": p.english, "zh-Hans": p.simple, "zh-Hant": p.old} {
			a := w.get(p.in(lang))
			if body := html.UnescapeString(a.Body); a.StatusCode != 200 || !strings.Contains(body, want) {
				t.Errorf("%s in %s: %s lacks %q\n%s", p.name, lang, a.Status, want, body)
			}
		}
	}
	if got := w.log.String(); strings.Contains(got, `"ERROR"`) {
		t.Errorf("the log: %s", got)
	}
}

func TestLapsedAndPartlyRefundedTickets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, ks := w.walkers(guest('a'))
	if body := w.get("/o/" + o.StatusToken()).Body; strings.Count(body, `class="card stub"`) != 3 || strings.Contains(body, "Money back") {
		t.Errorf("three good tickets:\n%s", body)
	}
	w.posted("/api/v1/orders/"+string(o.ID)+"/refunds", fmt.Sprintf(`{"tickets":[%q],"reason":"ill"}`, ks[0].Code), 201, &idPage{})
	w.notices()
	if body := w.get("/o/" + o.StatusToken()).Body; strings.Count(body, `class="card stub"`) != 2 || !strings.Contains(body, "Money back") {
		t.Errorf("one is refunded:\n%s", body)
	}
	w.pass(6 * 24 * time.Hour)
	_, err := w.desk.Complete(t.Context())
	must(t, err)
	if body := w.get("/T/" + ks[1].Text).Body; !strings.Contains(body, "Not used, and its date has passed") {
		t.Errorf("a lapsed ticket:\n%s", body)
	}
	if body := w.get("/o/" + o.StatusToken()).Body; !strings.Contains(body, "Thank you for your visit") {
		t.Errorf("its order:\n%s", body)
	}
}

func pagesTellOfMoneyThatGoesBack(t *testing.T, b *browser) {
	w := newWorld(t, func(c *web.Config) { c.PublicURL = "http://localhost" })
	srv := httptest.NewServer(w.site)
	defer srv.Close()
	must(t, chromedp.Do(b.ctx, chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile)))
	for i, p := range moneyPages(w) {
		lang := []string{"en", "zh-Hant"}[i%2]
		must(t, chromedp.Do(b.ctx, chromedp.Navigate(srv.URL+p.in(lang))))
		width, err := chromedp.Run(b.ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth`))
		must(t, err)
		if width > 360 {
			t.Errorf("%s is %d pixels wide", p.name, width)
		}
		if dir := os.Getenv("BOXOFFICE_SCREENSHOTS"); dir != "" {
			png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
			must(t, err)
			must(t, os.WriteFile(filepath.Join(dir, "money-"+p.name+".png"), png, 0o600))
		}
	}
}
