package web_test

import (
	"html"
	"strings"
	"testing"
	"time"

	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

// half is an order of S$119.00 of which half was paid.
func (w *world) half() tickets.Order {
	w.t.Helper()
	o := w.englishFamily()
	w.play(w.pay(o), sandbox.Less)
	must(w.t, w.desk.Check(w.t.Context(), o.ID))
	return o
}

// rest pays what is missing of an order.
func (w *world) rest(o tickets.Order) {
	w.t.Helper()
	w.play(w.pay(o), sandbox.Approve)
	must(w.t, w.desk.Check(w.t.Context(), o.ID))
}

func TestStatusPageTotalIsOfAllPayments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.half()
	w.rest(o)
	if a := w.get("/o/" + o.StatusToken()); !strings.Contains(a.Body, "Here are your tickets") || !strings.Contains(a.Body, "<dd>S$119.00</dd>") {
		t.Errorf("%s", a.Body)
	}
}

func TestStatusPageTotalHasTheFees(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.desk.Fees = map[string]tickets.Fee{"sandbox": {Fixed: 200}}
	o := w.englishFamily()
	page := "/o/" + o.StatusToken()
	expect := func(when, total string) {
		t.Helper()
		if a := w.get(page); !strings.Contains(a.Body, "<dd>"+total+"</dd>") {
			t.Errorf("%s: the total is not %s\n%s", when, total, a.Body)
		}
	}
	expect("no way to pay chosen", "S$119.00")
	p := w.pay(o)
	expect("page open", "S$121.00")
	w.play(p, sandbox.Less)
	expect("half paid", "S$121.00")
	w.rest(o)
	expect("paid by two payments, each with its fee", "S$123.00")
}

func TestStatusPageOfTooLittleMoneySaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.half()
	page := "/o/" + o.StatusToken()
	for lang, words := range map[string][]string{
		"en":      {"S$59.50 is missing", "We received S$59.50 of S$119.00", "Go back to the chat and pay the difference"},
		"zh-Hans": {"还差S$59.50", "应付S$119.00，我们收到S$59.50", "请返回聊天"},
		"zh-Hant": {"還差S$59.50", "應付S$119.00，我們收到S$59.50", "請返回聊天"},
	} {
		body := html.UnescapeString(w.get(page + "?lang=" + lang).Body)
		for _, want := range append(words, `<b id="left"`) {
			if !strings.Contains(body, want) {
				t.Errorf("%s: lacks %s\n%s", lang, want, body)
			}
		}
	}
	d := w.statusOf(o)
	if d.State != "underpaid" || !d.Live || d.LeftMS != (15*time.Minute).Milliseconds() {
		t.Errorf("%+v", d)
	}
	p := w.pay(o)
	a := w.get(page)
	if !strings.Contains(a.Body, `href="`+p.URL+`"`) || !strings.Contains(a.Body, "S$59.50 is missing") || strings.Contains(a.Body, "Go back to the chat") {
		t.Errorf("a page for the rest is open:\n%s", a.Body)
	}
	if next := w.statusOf(o); next.Version == d.Version {
		t.Errorf("version %s stays although a page opened", next.Version)
	}
	w.pass(16 * time.Minute)
	_, err := w.desk.Sweep(t.Context())
	must(t, err)
	if a, d := w.get(page), w.statusOf(o); !strings.Contains(a.Body, "S$59.50 is on its way back to you") || d.State != "refunding" || d.LeftMS != 0 {
		t.Errorf("the time is over: %+v\n%s", d, a.Body)
	}
}

func TestWhoPaidTheRestSlowlyIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.half()
	p := w.pay(o)
	must(t, w.sandbox.Play(t.Context(), string(p.ID), sandbox.Outcome{Act: sandbox.Slow, After: 10 * time.Minute}))
	w.pass(4 * time.Second)
	if a, d := w.get("/o/"+o.StatusToken()), w.statusOf(o); d.State != "settling" || strings.Contains(a.Body, "is missing") {
		t.Errorf("%+v\n%s", d, a.Body)
	}
}

func TestMoneyInAnotherCurrencyIsNotCalledTooLittle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.englishFamily()
	w.play(w.pay(o), sandbox.Currency)
	must(t, w.desk.Check(t.Context(), o.ID))
	if a, d := w.get("/o/"+o.StatusToken()), w.statusOf(o); d.State != "review" || !strings.Contains(a.Body, "We are looking into your payment") {
		t.Errorf("%+v\n%s", d, a.Body)
	}
}
