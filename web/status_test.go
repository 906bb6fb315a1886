package web_test

import (
	"strings"
	"testing"

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
