package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

// walkers books three guests of the night walk, each with a ticket of their own, and pays.
func (w *world) walkers(b tickets.Buyer) (tickets.Order, []tickets.Ticket) {
	w.t.Helper()
	evening := []string{"24T19:30", "24T20:30", "25T19:30", "25T20:30", "26T19:30", "26T20:30"}
	slot := "2026-03-" + evening[w.walks/2] // eight guests an evening
	w.walks++
	return w.bought(w.place(b, "night_walk", "night_walk_guest", 3, slot))
}

// guest is a buyer of their own.
func guest(n byte) tickets.Buyer {
	return tickets.Buyer{Customer: tickets.CustomerID("cus_19d0a63581c0000000000" + strings.Repeat(string(n), 3)), Name: "Guest", Lang: "en", Chat: 70 + int64(n)}
}

// ids is what tests read of refunds, disputes and cases.
type ids struct {
	RefundID  string `json:"refund_id"`
	DisputeID string `json:"dispute_id"`
	CaseID    string `json:"case_id"`
	State     string `json:"state"`
	Kind      string `json:"kind"`
	Subject   string `json:"subject"`
	OrderID   string `json:"order_id"`
	Age       int64  `json:"age_seconds"`
	Owner     *struct {
		Name string `json:"name"`
	} `json:"owner"`
	Actions []struct{ Do, Method, Path string } `json:"actions"`
}

type idPage struct {
	Data  []ids  `json:"data"`
	Token string `json:"token"`
}

// openCase finds the open case of a kind.
func (w *world) openCase(kind tickets.CaseKind) ids {
	w.t.Helper()
	var page idPage
	w.api("/api/v1/cases", &page)
	for _, x := range page.Data {
		if x.Kind == string(kind) {
			return x
		}
	}
	w.t.Fatalf("no open case of kind %s: %+v", kind, page.Data)
	return ids{}
}

// moneyAnswers asks the routes of money in every state that it can have.
func moneyAnswers(t *testing.T, w *world, c *contract) {
	t.Helper()
	w.at = time.Date(2026, 3, 20, 9, 0, 0, 0, time.UTC) // before the visits of the other answers
	look := func(o tickets.Order) {
		t.Helper()
		for _, path := range []string{"", "/fulfillment", "/timeline", "/payment", "/refunds"} {
			c.check(t, w, "GET", "/api/v1/orders/"+string(o.ID)+path, "")
		}
		for _, path := range []string{"/cases", "/refunds", "/disputes"} {
			c.check(t, w, "GET", "/api/v1"+path, "")
		}
	}
	nobody := "/api/v1/orders/order_000000000000000000000000"
	for _, path := range []string{"/refunds", "/disputes", "/cases"} {
		c.check(t, w, "GET", "/api/v1"+path+"?token=nonsense", "")
	}
	for _, path := range []string{"/refunds", "/evidence"} {
		c.check(t, w, "GET", nobody+path, "")
	}
	for _, path := range []string{"/refunds/ref_000000000000000000000000", "/refunds/x", "/disputes/dsp_000000000000000000000000", "/disputes/x"} {
		c.check(t, w, "GET", "/api/v1"+path, "")
	}
	unpaidAnswers(t, w, c, nobody)
	refundAnswers(t, w, c, look)
	foundAnswers(t, w, c, look)
	disputeAnswers(t, w, c, look)
	lateAnswers(t, w, c, look)
}

// unpaidAnswers begins, cancels and marks paid.
func unpaidAnswers(t *testing.T, w *world, c *contract, nobody string) {
	t.Helper()
	o := w.place(guest('d'), "cable_car", "cable_car_adult", 1, "2026-03-23")
	at := "/api/v1/orders/" + string(o.ID)
	for _, path := range []string{"/checkout", "/cancel"} {
		c.check(t, w, "POST", nobody+path, "")
	}
	for _, body := range []string{
		`{"product_id":"cable_car","date":"2026-03-23","lines":[{"sku_id":"cable_car_adult","quantity":1}]}`,
		`{"product_id":"cable_car","date":"2026-03-23","lines":[{"sku_id":"cable_car_adult","quantity":9000}]}`,
		`{"product_id":"cable_car","date":"2026-03-23","lines":[]}`,
	} {
		c.check(t, w, "POST", "/api/v1/orders", body)
	}
	c.check(t, w, "POST", at+"/checkout", `{"method":"nonsense"}`)
	c.check(t, w, "POST", at+"/checkout", "")
	c.check(t, w, "POST", at+"/cancel", "")
	c.check(t, w, "POST", at+"/apply-money", `{"reason":"why not"}`)
	o = w.place(guest('d'), "cable_car", "cable_car_adult", 1, "2026-03-23")
	at = "/api/v1/orders/" + string(o.ID)
	for _, body := range []string{`{}`, `{"reference":"B-1","reason":"bank"}`, `{"reference":"B-1","reason":"bank","confirm":true}`} {
		c.check(t, w, "POST", at+"/paid", body)
	}
	c.check(t, w, "POST", at+"/refunds", `{"whole":true,"reason":"ill"}`)
	w.notices() // nobody's gateway can give it back: a person does
	byHand := w.openCase(tickets.CaseRefundByHand)
	c.check(t, w, "GET", "/api/v1/cases", "")
	c.check(t, w, "POST", "/api/v1/refunds/"+byHand.Subject+"/settle", `{"reason":"cash"}`)
	c.check(t, w, "POST", "/api/v1/refunds/"+byHand.Subject+"/settle", `{"reference":"C-1","reason":"cash"}`)
	c.check(t, w, "POST", "/api/v1/refunds/"+byHand.Subject+"/not-paid", `{}`)
	c.check(t, w, "POST", "/api/v1/refunds/"+byHand.Subject+"/not-paid", `{"reason":"it was somebody else"}`)
	c.check(t, w, "GET", "/api/v1/cases", "")
	byHand = w.openCase(tickets.CaseRefundByHand)
	c.check(t, w, "POST", "/api/v1/refunds/"+byHand.Subject+"/settle", `{"reference":"C-2","reason":"cash"}`)
}

// refundAnswers asks money back and agrees on it, or does not, and has it fail.
func refundAnswers(t *testing.T, w *world, c *contract, look func(tickets.Order)) {
	t.Helper()
	o, ks := w.walkers(guest('e'))
	at := "/api/v1/orders/" + string(o.ID) + "/refunds"
	ask := func() string {
		t.Helper()
		made, err := w.desk.AskRefund(t.Context(), checkout.RefundWish{Order: o.ID, Customer: o.Buyer.Customer, Tickets: []tickets.TicketCode{ks[0].Code}})
		must(t, err)
		look(o)
		return "/api/v1/refunds/" + string(made[0].ID)
	}
	mine := ask()
	c.check(t, w, "POST", mine+"/reject", `{}`)
	c.check(t, w, "POST", mine+"/reject", `{"reason":"the date is close"}`)
	mine = ask()
	c.check(t, w, "GET", mine, "")
	c.check(t, w, "POST", mine+"/approve", `{}`)
	c.check(t, w, "POST", mine+"/approve", `{"reason":"fine"}`)
	look(o)
	must(t, w.sandbox.Force(t.Context(), string(o.Session), sandbox.Outcome{Act: sandbox.RefundFail}))
	w.notices()
	look(o)
	c.check(t, w, "POST", mine+"/retry", `{}`)
	c.check(t, w, "POST", mine+"/retry", `{"reason":"again"}`)
	look(o)
	w.notices()
	look(o)
	for _, body := range []string{`{"amount":99999999,"reason":"x"}`, `{"reason":"x"}`, `{"whole":true,"amount":1,"reason":"x"}`, `{"amount":100,"reason":"goodwill"}`} {
		c.check(t, w, "POST", at, body)
	}
	w.notices()
	c.check(t, w, "POST", at, `{"whole":true,"reason":"rain"}`)
	w.notices()
	look(o)
}

// foundAnswers has somebody give money back at the provider, and says which ticket it was for.
func foundAnswers(t *testing.T, w *world, c *contract, look func(tickets.Order)) {
	t.Helper()
	o, ks := w.walkers(guest('9'))
	w.happens(o, sandbox.DashboardHalf)
	look(o)
	found := "/api/v1/refunds/" + w.openCase(tickets.CaseRefundFound).Subject
	for _, body := range []string{`{}`, `{"tickets":["no_such_ticket"]}`} {
		c.check(t, w, "POST", found+"/tickets", body)
	}
	c.check(t, w, "POST", found+"/tickets", fmt.Sprintf(`{"tickets":[%q,%q]}`, ks[0].Code, ks[0].Code))
	for range 2 { // the second time they are known
		c.check(t, w, "POST", found+"/tickets", fmt.Sprintf(`{"tickets":[%q]}`, ks[0].Code))
	}
	look(o)
}

// disputeAnswers has a bank warn, ask the money back, and change its mind.
func disputeAnswers(t *testing.T, w *world, c *contract, look func(tickets.Order)) {
	t.Helper()
	o, _ := w.walkers(guest('f'))
	w.happens(o, sandbox.DisputeWarn)
	look(o)
	warning := "/api/v1/cases/" + w.openCase(tickets.CaseWarning).CaseID
	c.check(t, w, "POST", warning+"/take", "")
	c.check(t, w, "POST", warning+"/close", `{}`)
	c.check(t, w, "POST", warning+"/close", `{"note":"they are here"}`)
	c.check(t, w, "POST", warning+"/take", "")
	for _, act := range []sandbox.Act{sandbox.DisputeOpen, sandbox.FundsWithdraw, sandbox.DisputeReview, sandbox.DisputeLost, sandbox.DisputeWon, sandbox.FundsReinstate} {
		w.happens(o, act)
		look(o)
		c.check(t, w, "GET", "/api/v1/orders/"+string(o.ID)+"/evidence", "")
	}
	var page idPage
	w.api("/api/v1/disputes", &page)
	c.check(t, w, "GET", "/api/v1/disputes/"+page.Data[0].DisputeID, "")
}

// lateAnswers has money that waits for a person.
func lateAnswers(t *testing.T, w *world, c *contract, look func(tickets.Order)) {
	t.Helper()
	o := w.place(guest('a'), "cable_car", "cable_car_adult", 1, "2026-03-23")
	p := w.pay(o)
	must(t, w.sandbox.Force(t.Context(), string(p.ID), sandbox.Outcome{Act: sandbox.Currency}))
	w.notices()
	look(o)
	var page idPage
	w.api("/api/v1/cases", &page)
	for _, x := range w.openCase(tickets.CaseWrongCurrency).Actions {
		if strings.HasPrefix(x.Path, "/api/v1/captures/") {
			c.check(t, w, "POST", x.Path, `{}`)
			c.check(t, w, "POST", x.Path, `{"reason":"it is theirs"}`)
		}
	}
	w.notices()
	o = w.place(guest('a'), "cable_car", "cable_car_adult", 1, "2026-03-23")
	p = w.pay(o)
	must(t, w.sandbox.Force(t.Context(), string(p.ID), sandbox.Outcome{Act: sandbox.Currency}))
	w.notices()
	for _, x := range w.openCase(tickets.CaseWrongCurrency).Actions {
		if strings.HasSuffix(x.Path, "/write-off") {
			c.check(t, w, "POST", x.Path, `{"reason":"nobody wants it"}`)
		}
	}
	c.check(t, w, "GET", "/api/v1/orders/"+string(w.late(guest('b')).ID), "")
	c.check(t, w, "POST", "/api/v1/orders/"+string(w.late(guest('c')).ID)+"/apply-money", `{"reason":"we made room"}`)
}

// late is an order whose money came after its places went to others, which then came free again.
func (w *world) late(b tickets.Buyer) tickets.Order {
	w.t.Helper()
	o := w.place(b, "cable_car", "cable_car_adult", 1, "2026-03-23")
	p := w.pay(o)
	w.pass(20 * time.Minute)
	_, err := w.desk.Sweep(w.t.Context())
	must(w.t, err)
	_, err = w.desk.Chase(w.t.Context())
	must(w.t, err)
	capacity := w.capacity("cable_car", "2026-03-23", 0)
	must(w.t, w.sandbox.Force(w.t.Context(), string(p.ID), sandbox.Outcome{Act: sandbox.Late}))
	w.notices()
	w.capacity("cable_car", "2026-03-23", capacity)
	if o = w.order(o.ID); o.Stage != tickets.StagePaymentReview {
		w.t.Fatalf("late money makes the order %s", o.Stage)
	}
	return o
}

// capacity sets a pool's capacity on a date, 0 for what is taken, and returns what it was.
func (w *world) capacity(pool tickets.PoolID, date string, n int) int {
	w.t.Helper()
	day, err := tickets.ParseDate(date)
	must(w.t, err)
	var cat tickets.Catalog
	was := 0
	must(w.t, w.desk.Store.View(w.t.Context(), func(r tickets.Reader) error {
		c, err := r.Catalog()
		if err != nil {
			return err
		}
		cat = *c
		cat.Pools = append([]tickets.Pool(nil), c.Pools...)
		for i, p := range cat.Pools {
			if p.ID == pool {
				was = p.CapacityOn(tickets.Slot{Date: day})
				cat.Pools[i].Overrides = append(append([]tickets.CapacityRule(nil), p.Overrides...), tickets.CapacityRule{From: day, To: day, Capacity: n})
			}
		}
		return nil
	}))
	_, _, err = w.desk.Apply(w.t.Context(), cat)
	must(w.t, err)
	return was
}
