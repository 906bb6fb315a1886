package web_test

import (
	"fmt"
	"net/http"
	"testing"

	"boxoffice/tickets"
)

// programOrder is the body of a placing on a date.
func programOrder(date string, units int) string {
	return fmt.Sprintf(`{"product_id":"sentosa_family","date":%q,"lines":[{"sku_id":"sentosa_family_pack","quantity":%d}],"customer":{"name":"Mei"}}`, date, units)
}

func TestAProgramPlacesAnOrderOnceForAKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var first struct {
		OrderID  string `json:"order_id"`
		Channel  string
		Stage    string
		Quantity int
		Lock     struct{ State string } `json:"inventory_lock"`
	}
	a := w.post("/api/v1/orders", programOrder(visit, 1), "Idempotency-Key", "7")
	if decode(t, a.Body, &first); a.StatusCode != http.StatusCreated || first.Channel != "api" || first.Stage != "HELD" || first.Quantity != 3 || first.Lock.State != "ACTIVE" {
		t.Fatalf("placed: %s %+v", a.Status, first)
	}
	if want := "/api/v1/orders/" + first.OrderID; a.Header.Get("Location") != want {
		t.Errorf("it is at %q", a.Header.Get("Location"))
	}
	again := w.post("/api/v1/orders", programOrder(visit, 1), "Idempotency-Key", "7")
	if again.StatusCode != http.StatusCreated || again.Body != a.Body {
		t.Errorf("the same key: %s\n%s", again.Status, again.Body)
	}
	if p := w.problem(w.post("/api/v1/orders", programOrder(visit, 2), "Idempotency-Key", "7"), 409, tickets.Conflict); p.Reason != "key" {
		t.Errorf("the key for another order: %+v", p)
	}
	other := w.send("POST", "/api/v1/orders", programOrder(visit, 1), "Authorization", "Bearer "+w.token("orders:write"), "Idempotency-Key", "7")
	var second struct {
		OrderID string `json:"order_id"`
	}
	if decode(t, other.Body, &second); second.OrderID == first.OrderID || other.StatusCode != http.StatusCreated {
		t.Errorf("another program's key: %s", other.Status)
	}
	if a := w.send("POST", "/api/v1/orders", programOrder(visit, 1), "Authorization", "Bearer "+w.token("orders:read")); a.StatusCode != 403 {
		t.Errorf("a token that may not: %s", a.Status)
	}
}

func TestAnOrderOfAProgramIsPaidAndFulfilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var placed struct {
		OrderID tickets.OrderID `json:"order_id"`
	}
	w.posted("/api/v1/orders", programOrder(visit, 1), 201, &placed)
	o, ks := w.bought(w.order(placed.OrderID))
	if o.Stage != tickets.StageFulfilled || len(ks) == 0 {
		t.Errorf("%s with %d tickets", o.Stage, len(ks))
	}
}

func TestWhatIsSoldOutSaysWhereItCanBeHad(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var sold answer
	for range 200 { // until the day is full
		if sold = w.post("/api/v1/orders", programOrder(visit, 3)); sold.StatusCode != http.StatusCreated {
			break
		}
	}
	var p struct {
		Kind         string
		Alternatives []struct {
			Date     string
			Total    int64
			Currency string
		}
	}
	decode(t, sold.Body, &p)
	if p.Kind != "sold_out" || len(p.Alternatives) != 5 || p.Alternatives[0].Date != "2026-03-22" || p.Alternatives[0].Total != 3*11900 || p.Alternatives[0].Currency != "SGD" {
		t.Fatalf("%s %s", sold.Status, sold.Body)
	}
	if a := w.post("/api/v1/orders", programOrder(p.Alternatives[0].Date, 3)); a.StatusCode != http.StatusCreated {
		t.Errorf("what was offered: %s\n%s", a.Status, a.Body)
	}
}

func TestASenselessPlacingIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for body, parameter := range map[string]string{
		`{"date":"2026-03-21","lines":[{"sku_id":"x","quantity":1}]}`:                                                                    "product_id",
		`{"product_id":"sentosa_family","lines":[{"sku_id":"x","quantity":1}]}`:                                                          "date",
		`{"product_id":"sentosa_family","date":"2026-03-21"}`:                                                                            "lines",
		`{"product_id":"sentosa_family","date":"2026-03-21","lines":[{"sku_id":"x"}]}`:                                                   "lines",
		`{"product_id":"sentosa_family","date":"2026-03-21","lines":[{"sku_id":"x","quantity":1}],"customer":{"telegram_user_id":"99"}}`: "customer.telegram_user_id",
	} {
		if p := w.problem(w.post("/api/v1/orders", body), 400, tickets.Invalid); p.Parameter != parameter {
			t.Errorf("%s: %+v", body, p)
		}
	}
	w.problem(w.post("/api/v1/orders", `{"product_id":"none","date":"2026-03-21","lines":[{"sku_id":"x","quantity":1}]}`), 404, tickets.NotFound)
}
