package web_test

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

// money is what tests read of an order that money goes back of.
type money struct {
	Status            string `json:"status"`
	StatusReason      string `json:"status_reason"`
	PaymentStatus     string `json:"payment_status"`
	RefundState       string `json:"refund_state"`
	DisputeState      string `json:"dispute_state"`
	FulfillmentStatus string `json:"fulfillment_status"`
	Stage             string `json:"stage"`
	Refunded          int64  `json:"refunded_amount"`
	Refunding         int64  `json:"refunding_amount"`
}

func (w *world) money(o tickets.Order) money {
	w.t.Helper()
	var m money
	w.api("/api/v1/orders/"+string(o.ID), &m)
	return m
}

func TestRefundOfOneTicketOfThree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, ks := w.walkers(guest('a'))
	at := "/api/v1/orders/" + string(o.ID) + "/refunds"
	body := fmt.Sprintf(`{"tickets":[%q],"reason":"one of us is ill"}`, ks[1].Code)
	first := w.post(at, body, "Idempotency-Key", "7")
	second := w.post(at, body, "Idempotency-Key", "7")
	if first.StatusCode != 201 || first.Body != second.Body {
		t.Fatalf("the same key: %s\n%s\n%s", second.Status, first.Body, second.Body)
	}
	for _, other := range []string{
		fmt.Sprintf(`{"tickets":[%q],"reason":"one of us is ill"}`, ks[0].Code), `{"amount":2000,"reason":"one of us is ill"}`,
		`{"whole":true,"reason":"one of us is ill"}`, fmt.Sprintf(`{"tickets":[%q],"override":true,"reason":"one of us is ill"}`, ks[1].Code),
	} {
		if p := w.problem(w.post(at, other, "Idempotency-Key", "7"), 409, tickets.Conflict); p.Reason != "key" {
			t.Errorf("%s with the same key: %+v", other, p)
		}
	}
	if p := w.problem(w.post(at, body, "Idempotency-Key", "8"), 409, tickets.Conflict); p.Reason != "asked" {
		t.Errorf("another key: %+v", p)
	}
	if m := w.money(o); m.Status != "REFUNDING" || m.PaymentStatus != "REFUNDING" || m.Refunding != 4500 || m.FulfillmentStatus != "FULFILLED" {
		t.Errorf("on its way: %+v", m)
	}
	w.notices()
	var made, again idPage
	decode(t, first.Body, &made)
	if decode(t, w.post(at, body, "Idempotency-Key", "7").Body, &again); len(again.Data) != 1 || again.Data[0].RefundID != made.Data[0].RefundID {
		t.Errorf("the same key once its ticket has ended: %+v", again)
	}
	if m := w.money(o); m.Status != "FULFILLED" || m.StatusReason != "PARTIALLY_REFUNDED" || m.PaymentStatus != "PARTIALLY_REFUNDED" ||
		m.RefundState != "PARTIAL" || m.FulfillmentStatus != "PARTIAL" || m.Refunded != 4500 || m.Refunding != 0 {
		t.Errorf("one is back: %+v", m)
	}
	var ful struct {
		Status     string `json:"status"`
		TicketCode string `json:"ticket_code"`
		Tickets    []struct {
			State string `json:"state"`
		} `json:"tickets"`
	}
	w.api("/api/v1/orders/"+string(o.ID)+"/fulfillment", &ful)
	if ful.Status != "PARTIAL" || ful.TicketCode != string(ks[0].Code) || ful.Tickets[0].State != "VALID" || ful.Tickets[1].State != "REVOKED" {
		t.Errorf("fulfillment: %+v", ful)
	}
	w.post(at, `{"whole":true,"reason":"all of us are"}`)
	w.notices()
	if m := w.money(o); m.Status != "REFUNDED" || m.Stage != "REFUNDED" || m.RefundState != "FULL" || m.FulfillmentStatus != "REVOKED" || m.Refunded != 13500 {
		t.Errorf("all is back: %+v", m)
	}
	for status, want := range map[string]int{"REFUNDED": 1, "FULFILLED": 0, "CHARGEBACK": 0} {
		var page orderPage
		if w.api("/api/v1/orders?status="+status, &page); len(page.Data) != want {
			t.Errorf("status=%s finds %d orders", status, len(page.Data))
		}
	}
}

func TestRefundAboveTheLimitTakesTwoTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.limit(20000)
	slot := "2026-03-24T" + firstStart(t, w, "private_guide", "2026-03-24")
	o, _ := w.bought(w.place(guest('a'), "private_guide", "private_guide_group", 1, slot))
	var made idPage
	w.posted("/api/v1/orders/"+string(o.ID)+"/refunds", `{"whole":true,"reason":"rain"}`, 201, &made)
	refund := "/api/v1/refunds/" + made.Data[0].RefundID
	if made.Data[0].State != "REQUESTED" {
		t.Fatalf("one token's wish above the limit: %+v", made)
	}
	if p := w.problem(w.post(refund+"/approve", `{"reason":"rain"}`), 409, tickets.Conflict); p.Reason != "second" {
		t.Errorf("the same token again: %+v", p)
	}
	if a := w.send("POST", refund+"/approve", `{"reason":"I saw it"}`, "Authorization", "Bearer "+w.token("orders:read")); a.StatusCode != 403 {
		t.Errorf("a token that may not: %s", a.Status)
	}
	a := w.send("POST", refund+"/approve", `{"reason":"I saw it"}`, "Authorization", "Bearer "+w.token("money"))
	var x struct {
		State     string
		Approvals []struct{ By tickets.Actor }
	}
	decode(t, a.Body, &x)
	if x.State != "APPROVED" || len(x.Approvals) != 2 || x.Approvals[1].By.Kind != tickets.ActorToken || x.Approvals[1].By.Name != "gate A" {
		t.Errorf("a second token: %s\n%s", a.Status, a.Body)
	}
	w.notices()
	if m := w.money(o); m.Stage != "REFUNDED" {
		t.Errorf("after both: %+v", m)
	}
}

// limit lets refunds above an amount need two.
func (w *world) limit(amount int64) {
	w.t.Helper()
	var cat tickets.Catalog
	must(w.t, w.desk.Store.View(w.t.Context(), func(r tickets.Reader) error {
		c, err := r.Catalog()
		if err == nil {
			cat = *c
			cat.Merchant.ApproveAbove = amount
		}
		return err
	}))
	_, _, err := w.desk.Apply(w.t.Context(), cat)
	must(w.t, err)
}

func TestPaymentTellsOfItsRefunds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, ks := w.walkers(guest('a'))
	b, err := os.ReadFile("testdata/shapes.json")
	must(t, err)
	var shapes map[string]any
	must(t, json.Unmarshal(b, &shapes))
	payment := func(status string, refunds int) {
		t.Helper()
		var got struct {
			Payment map[string]any `json:"order_payment"`
		}
		w.api("/api/v1/orders/"+string(o.ID)+"/payment", &got)
		shape := shapes["payment_refunded"].(map[string]any)
		shape["status"] = status
		shape["payment_data"].(map[string]any)["refund_responses"] = slices.Repeat([]any{map[string]any{"id": "string"}}, refunds)
		for _, fault := range mismatches("payment", shape, got.Payment) {
			t.Error(fault)
		}
	}
	payment("completed", 0)
	w.post("/api/v1/orders/"+string(o.ID)+"/refunds", fmt.Sprintf(`{"tickets":[%q],"reason":"ill"}`, ks[0].Code))
	payment("refunding", 0)
	w.notices()
	payment("partially_refunded", 1)
	w.post("/api/v1/orders/"+string(o.ID)+"/refunds", `{"whole":true,"reason":"ill"}`)
	w.notices()
	payment("refunded", 2)
	if strings.Contains(w.get("/api/v1/orders/"+string(o.ID)+"/payment", "Authorization", "Bearer "+bootstrap).Body, "secret") {
		t.Error("a secret is told")
	}
}

func TestLateMoneyThatWaitsIsNotOnItsWayBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.late(guest('a'))
	status := func() string {
		var got struct {
			Payment struct {
				Status string `json:"status"`
			} `json:"order_payment"`
		}
		w.api("/api/v1/orders/"+string(o.ID)+"/payment", &got)
		return got.Payment.Status
	}
	if got := status(); got != "completed" {
		t.Errorf("while it waits: %s", got)
	}
	if _, err := w.desk.HurryRefund(t.Context(), o.ID, o.Buyer.Customer); err != nil {
		t.Fatal(err)
	}
	if got := status(); got != "refunding" {
		t.Errorf("approved: %s", got)
	}
}

func TestSecondChargeThatWentBackLeavesThePaymentCompleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.walkers(guest('a'))
	w.happens(o, sandbox.Approve)
	var got struct {
		Payment struct {
			Status string `json:"status"`
			Data   struct {
				Refunds []any `json:"refund_responses"`
			} `json:"payment_data"`
		} `json:"order_payment"`
	}
	w.api("/api/v1/orders/"+string(o.ID)+"/payment", &got)
	if got.Payment.Status != "completed" || len(got.Payment.Data.Refunds) != 1 {
		t.Errorf("%+v", got)
	}
	if m := w.money(o); m.Status != "FULFILLED" || m.RefundState != "NONE" {
		t.Errorf("%+v", m)
	}
}

func TestMarkingPaidAsksForConfirmation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.family()
	at := "/api/v1/orders/" + string(o.ID) + "/paid"
	for body, would := range map[string]string{
		`{"reference":"B-1","reason":"transfer"}`: "pay", `{"reference":"B-1","reason":"transfer","amount":5000}`: "underpay",
		`{"reference":"B-1","reason":"transfer","amount":20000}`: "overpay",
	} {
		p := w.problem(w.post(at, body), 409, tickets.Conflict)
		if p.Reason != "confirm" || p.Would != would || p.ToPay != 11900 || p.Currency != "SGD" {
			t.Errorf("%s: %+v", body, p)
		}
	}
	if m := w.money(o); m.Stage != "HELD" {
		t.Fatalf("without a confirmation: %+v", m)
	}
	var m money
	for range 2 {
		if w.posted(at, `{"reference":"B-1","reason":"transfer","confirm":true}`, 200, &m); m.Stage != "FULFILLED" {
			t.Errorf("marked: %+v", m)
		}
	}
	if p := w.problem(w.post(at, `{"reference":"B-2","reason":"transfer"}`), 409, tickets.Conflict); p.Reason != "paid" {
		t.Errorf("paid already: %+v", p)
	}
	gone := w.family()
	w.pass(6 * time.Minute)
	_, err := w.desk.Sweep(t.Context())
	must(t, err)
	at = "/api/v1/orders/" + string(gone.ID) + "/paid"
	if p := w.problem(w.post(at, `{"reference":"B-3","reason":"cash"}`), 409, tickets.Conflict); p.Would != "pay_late" {
		t.Errorf("its time is over: %+v", p)
	}
	if w.posted(at, `{"reference":"B-3","reason":"cash","confirm":true}`, 200, &m); m.Stage != "FULFILLED" {
		t.Errorf("marked late: %+v", m)
	}
}

func TestMoneyAboveTheLimitIsMarkedAndKeptByTwoTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.limit(10000)
	o := w.family()
	other := []string{"Authorization", "Bearer " + w.token("money")}
	at := "/api/v1/orders/" + string(o.ID) + "/paid"
	body := `{"reference":"B-1","reason":"transfer","confirm":true}`
	var m money
	if w.posted(at, body, 202, &m); m.Stage != "HELD" {
		t.Errorf("one token marked it: %+v", m)
	}
	c := w.openCase(tickets.CaseMarkPaid)
	i := slices.IndexFunc(c.Actions, func(a struct{ Do, Method, Path string }) bool { return a.Do == "agree" })
	if i < 0 || c.Actions[i].Path != at {
		t.Fatalf("what can be done: %+v", c.Actions)
	}
	if a := w.send("POST", at, body, other...); a.StatusCode != 200 {
		t.Errorf("a second token: %s\n%s", a.Status, a.Body)
	}
	if m = w.money(o); m.Stage != "FULFILLED" {
		t.Errorf("marked: %+v", m)
	}
	late := w.place(guest('b'), "cable_car", "cable_car_adult", 1, "2026-03-23")
	w.pay(late)
	w.happens(late, sandbox.Currency)
	for _, x := range w.openCase(tickets.CaseWrongCurrency).Actions {
		if x.Do != "write-off" {
			continue
		}
		if a := w.post(x.Path, `{"reason":"a gift"}`); a.StatusCode != 202 {
			t.Errorf("one token kept it: %s\n%s", a.Status, a.Body)
		}
		if a := w.send("POST", x.Path, `{"reason":"a gift"}`, other...); a.StatusCode != 200 {
			t.Errorf("a second token: %s\n%s", a.Status, a.Body)
		}
	}
	var page idPage
	if w.api("/api/v1/cases", &page); len(page.Data) != 0 {
		t.Errorf("still open: %+v", page.Data)
	}
}

func TestCasesSayWhoAndHowLongAndWhatCanBeDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.family()
	w.pay(o)
	w.happens(o, sandbox.Currency)
	w.pass(90 * time.Second)
	c := w.openCase(tickets.CaseWrongCurrency)
	if c.Age < 90 || c.Age > 120 || c.Owner != nil || c.OrderID != string(o.ID) {
		t.Errorf("a fresh case: %+v", c)
	}
	do := map[string]string{}
	for _, x := range c.Actions {
		do[x.Do] = x.Path
	}
	if w.posted(do["take"], "", 200, &c); c.Owner == nil || c.Owner.Name != "api_token" {
		t.Errorf("taken: %+v", c)
	}
	if p := w.problem(w.post("/api/v1/cases/"+c.CaseID+"/close", `{"note":"x"}`), 409, tickets.Conflict); p.Reason != "settle" {
		t.Errorf("closed by hand: %+v", p)
	}
	var x ids
	if w.posted(do["refund"], `{"reason":"not our currency"}`, 200, &x); x.State != "REQUESTED" {
		t.Errorf("another currency takes two: %+v", x)
	}
	a := w.send("POST", do["refund"], `{"reason":"nor mine"}`, "Authorization", "Bearer "+w.token("money"))
	if decode(t, a.Body, &x); x.State != "APPROVED" {
		t.Errorf("sent back: %s", a.Body)
	}
	var page idPage
	if w.api("/api/v1/cases", &page); len(page.Data) != 0 {
		t.Errorf("still open: %+v", page.Data)
	}
	w.notices()
	if m := w.money(o); m.Stage != "EXPIRED" {
		t.Errorf("nothing of its money is left, and the order is %+v", m)
	}
}

func TestFoundRefundIsGivenItsTickets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, ks := w.walkers(guest('a'))
	w.happens(o, sandbox.DashboardHalf)
	c := w.openCase(tickets.CaseRefundFound)
	i := slices.IndexFunc(c.Actions, func(a struct{ Do, Method, Path string }) bool { return a.Do == "tickets" })
	if i < 0 || c.Actions[i].Path != "/api/v1/refunds/"+c.Subject+"/tickets" {
		t.Fatalf("what can be done: %+v", c.Actions)
	}
	at := c.Actions[i].Path
	if p := w.problem(w.post(at, fmt.Sprintf(`{"tickets":[%q,%q]}`, ks[0].Code, ks[0].Code)), 400, tickets.Invalid); p.Parameter != "tickets" {
		t.Errorf("the same one twice: %+v", p)
	}
	if a := w.send("POST", at, fmt.Sprintf(`{"tickets":[%q]}`, ks[0].Code), "Authorization", "Bearer "+w.token("orders:read")); a.StatusCode != 403 {
		t.Errorf("a token that may not: %s", a.Status)
	}
	var x struct {
		Codes []tickets.TicketCode `json:"ticket_codes"`
	}
	if w.posted(at, fmt.Sprintf(`{"tickets":[%q]}`, ks[0].Code), 200, &x); !slices.Equal(x.Codes, []tickets.TicketCode{ks[0].Code}) {
		t.Errorf("the refund ended %v", x.Codes)
	}
	var k struct{ State string }
	for code, want := range map[tickets.TicketCode]string{ks[0].Code: "REVOKED", ks[1].Code: "VALID"} {
		if w.api("/api/v1/tickets/"+string(code), &k); k.State != want {
			t.Errorf("ticket %s is %s, not %s", code, k.State, want)
		}
	}
	if p := w.problem(w.post(at, fmt.Sprintf(`{"tickets":[%q]}`, ks[1].Code)), 409, tickets.Conflict); p.Reason != "state" {
		t.Errorf("another one: %+v", p)
	}
	var page idPage
	if w.api("/api/v1/cases", &page); len(page.Data) != 0 {
		t.Errorf("still open: %+v", page.Data)
	}
}

func TestDisputeBlocksTicketsAndItsReversalFreesThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, ks := w.walkers(guest('a'))
	look := func() (v struct {
		State   string  `json:"state"`
		Blocked *string `json:"blocked_by"`
		Verdict struct {
			Kind *string `json:"kind"`
		} `json:"verdict"`
	}) {
		w.api("/api/v1/tickets/"+string(ks[0].Code), &v)
		return v
	}
	w.happens(o, sandbox.DisputeOpen, sandbox.FundsWithdraw)
	if m := w.money(o); m.Status != "CHARGEBACK" || m.PaymentStatus != "DISPUTED" || m.DisputeState != "OPEN" {
		t.Errorf("disputed: %+v", m)
	}
	if v := look(); v.State != "BLOCKED" || v.Blocked == nil || *v.Blocked != "dispute" || v.Verdict.Kind == nil || *v.Verdict.Kind != "withheld" {
		t.Errorf("its ticket: %+v", v)
	}
	if p := w.problem(w.post("/api/v1/orders/"+string(o.ID)+"/refunds", `{"whole":true,"reason":"x"}`), 409, tickets.Conflict); p.Reason != "disputed" {
		t.Errorf("a refund meanwhile: %+v", p)
	}
	w.happens(o, sandbox.DisputeWon, sandbox.FundsReinstate)
	if m := w.money(o); m.Status != "CHARGEBACK_REVERSED" || m.PaymentStatus != "SUCCESS" {
		t.Errorf("reversed: %+v", m)
	}
	if v := look(); v.State != "VALID" || v.Blocked != nil {
		t.Errorf("its ticket again: %+v", v)
	}
	var d struct {
		Data []struct{ State, Funds string }
	}
	if w.api("/api/v1/disputes", &d); len(d.Data) != 1 || d.Data[0].Funds != "reinstated" {
		t.Errorf("disputes: %+v", d)
	}
}

func TestEvidenceIsAZipWithoutSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, ks := w.walkers(guest('a'))
	w.happens(o, sandbox.DisputeOpen)
	a := w.get("/api/v1/orders/"+o.Code+"/evidence", "Authorization", "Bearer "+bootstrap)
	if a.StatusCode != 200 || a.Header.Get("Content-Type") != "application/zip" || !strings.Contains(a.Header.Get("Content-Disposition"), o.Code) {
		t.Fatalf("%s %v", a.Status, a.Header)
	}
	z, err := zip.NewReader(strings.NewReader(a.Body), int64(len(a.Body)))
	must(t, err)
	all := ""
	for _, f := range z.File {
		r, err := f.Open()
		must(t, err)
		b, err := io.ReadAll(r)
		must(t, err)
		all += f.Name + "\n" + string(b)
	}
	for _, want := range []string{"summary.txt", "policy.txt", "CHARGEBACK_OPENED", string(ks[0].Code), "Fort Siloso"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in it", want)
		}
	}
	for _, secret := range []string{o.Secret, ks[0].Text} {
		if strings.Contains(all, secret) {
			t.Errorf("it holds %q", secret)
		}
	}
}

func TestCheckoutAndCancelByProgram(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.family()
	at := "/api/v1/orders/" + string(o.ID)
	var s, again struct {
		SessionID string  `json:"session_id"`
		URL       *string `json:"url"`
		Total     int64
	}
	w.posted(at+"/checkout", "", 201, &s)
	w.posted(at+"/checkout", `{"gateway":"sandbox","method":"card"}`, 201, &again)
	if s.SessionID != again.SessionID || s.URL == nil || s.Total != 11900 {
		t.Errorf("%+v, again %+v", s, again)
	}
	if p := w.problem(w.post(at+"/checkout", `{"method":"cheque"}`), 400, tickets.Invalid); p.Parameter != "method" {
		t.Errorf("%+v", p)
	}
	var m money
	for range 2 {
		if w.posted(at+"/cancel", "", 200, &m); m.Stage != "CANCELLED" {
			t.Errorf("%+v", m)
		}
	}
	paid, _ := w.bought(w.family())
	w.problem(w.post("/api/v1/orders/"+string(paid.ID)+"/cancel", ""), 409, tickets.Conflict)
}
