package web_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

// contract is the document as the service serves it.
type contract struct {
	doc    *openapi3.T
	router routers.Router
	seen   map[string]bool // operations with an answer of their own, and with a problem
}

func newContract(t *testing.T, w *world) *contract {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(w.get("/openapi.yaml").Body))
	must(t, err)
	must(t, doc.Validate(t.Context()))
	doc.Servers = nil
	router, err := gorillamux.NewRouter(doc)
	must(t, err)
	return &contract{doc: doc, router: router, seen: map[string]bool{}}
}

// check says whether a request and its answer are what the contract has.
func (c *contract) check(t *testing.T, w *world, method, path, body string) {
	t.Helper()
	request := func() *http.Request {
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+bootstrap)
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		return r
	}
	a := w.do(request())
	r := request()
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		t.Errorf("%s %s: %v", method, path, err)
		return
	}
	in := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true},
	}
	if err := openapi3filter.ValidateRequest(t.Context(), in); err != nil && a.StatusCode < 400 {
		t.Errorf("%s %s was served although the contract refuses it: %v", method, path, err)
	}
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: a.StatusCode, Header: a.Header, Body: io.NopCloser(bytes.NewReader([]byte(a.Body))), Options: in.Options,
	}
	if err := openapi3filter.ValidateResponse(t.Context(), out); err != nil {
		t.Errorf("%s %s: %s: %v\n%s", method, path, a.Status, err, a.Body)
	}
	c.seen[route.Operation.OperationID+" "+map[bool]string{true: "ok", false: "problem"}[a.StatusCode < 400]] = true
}

// TestAnswersKeepTheContract asks every route in every state that an order can have here, and then that none was left
// out.
func TestAnswersKeepTheContract(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := newContract(t, w)
	orders := func(o tickets.Order) {
		t.Helper()
		for _, path := range []string{"", "/fulfillment", "/timeline", "/timeline?limit=2", "/payment"} {
			c.check(t, w, "GET", "/api/v1/orders/"+string(o.ID)+path, "")
		}
	}
	held := w.family()
	orders(held)
	p := w.pay(held)
	orders(held)
	w.play(p, sandbox.Decline)
	must(t, w.desk.Check(t.Context(), held.ID))
	orders(held)

	less := w.place(tickets.Buyer{Customer: "cus_19d0a63581c00000000000bb", Lang: "en"}, "sentosa_family", "sentosa_family_pack", 1, visit)
	w.play(w.pay(less), sandbox.Less)
	must(t, w.desk.Check(t.Context(), less.ID))
	orders(less)

	slot := "2026-03-24T" + firstStart(t, w, "private_guide", "2026-03-24")
	manual, _ := w.bought(w.place(buyer, "private_guide", "private_guide_group", 1, slot))
	orders(manual)
	paid, ks := w.bought(held)
	orders(paid)
	gone := w.place(tickets.Buyer{Customer: "cus_19d0a63581c00000000000cc"}, "cable_car", "cable_car_adult", 1, "2026-03-22")
	w.pass(6 * time.Minute)
	_, err := w.desk.Sweep(t.Context())
	must(t, err)
	orders(gone)
	orders(tickets.Order{ID: "order_000000000000000000000000"})

	for _, query := range []string{"", "?status=FULFILLED&limit=1", "?status=nonsense", "?date=" + visit, "?customer=6700000001"} {
		c.check(t, w, "GET", "/api/v1/orders"+query, "")
	}
	ticket := "/api/v1/tickets/" + string(ks[0].Code)
	c.check(t, w, "POST", ticket+"/admissions", `{"count":1}`) // a day early
	w.visitDay()
	for _, body := range []string{`{"count":1,"gate":"North"}`, `{"count":9}`, `{"nonsense":1}`, ``, `{}`} {
		c.check(t, w, "POST", ticket+"/admissions", body)
	}
	for _, scan := range []string{string(ks[0].Code), ks[0].Text, "ticket_000000000000000000000000", "nonsense"} {
		c.check(t, w, "GET", "/api/v1/tickets/"+scan, "")
	}
	c.check(t, w, "GET", "/api/v1/ticket-keys", "")
	for _, query := range []string{"?product_id=cable_car", "?product_id=night_walk&from=2026-04-01&to=2026-04-02", "?product_id=none", ""} {
		c.check(t, w, "GET", "/api/v1/availability"+query, "")
	}
	moneyAnswers(t, w, c)
	c.complete(t)
}

// complete says which operations no answer was checked of. Two lists cannot fail: any token may read the keys.
func (c *contract) complete(t *testing.T) {
	t.Helper()
	operations := 0
	for path, item := range c.doc.Paths.Map() {
		for method, op := range item.Operations() {
			operations++
			if !c.seen[op.OperationID+" ok"] || !c.seen[op.OperationID+" problem"] && op.OperationID != "listTicketKeys" {
				t.Errorf("%s %s: not every sort of answer was checked", method, path)
			}
		}
	}
	if operations != 32 {
		t.Errorf("the contract has %d operations", operations)
	}
}

func TestContractHasEveryRouteAndNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := newContract(t, w)
	for path, item := range c.doc.Paths.Map() {
		real := strings.NewReplacer("{order}", "order_000000000000000000000000", "{ticket}", "ticket_000000000000000000000000",
			"{refund}", "ref_000000000000000000000000", "{dispute}", "dsp_000000000000000000000000", "{case}", "case_000000000000000000000000",
			"{gateway}", "sandbox", "{charge}", "charge_x_1").Replace(path)
		for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
			a := w.send(method, real, "")
			has := slices.Contains(methodsOf(item), method)
			if has != (a.StatusCode == http.StatusUnauthorized) || has == (a.StatusCode == http.StatusMethodNotAllowed) {
				t.Errorf("%s %s: in the contract %v, answered %s", method, path, has, a.Status)
			}
		}
	}
}

func methodsOf(item *openapi3.PathItem) []string {
	var out []string
	for m := range item.Operations() {
		out = append(out, m)
	}
	return out
}
