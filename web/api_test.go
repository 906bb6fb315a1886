package web_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

// orderRow is what tests read of an order.
type orderRow struct {
	OrderID       string  `json:"order_id"`
	OrderCode     string  `json:"order_code"`
	Status        string  `json:"status"`
	StatusReason  string  `json:"status_reason"`
	PaymentStatus string  `json:"payment_status"`
	PaymentRef    string  `json:"payment_ref"`
	StartTime     *string `json:"start_time"`
	Lock          struct {
		State string `json:"state"`
	} `json:"inventory_lock"`
}

type orderPage struct {
	Data  []orderRow `json:"data"`
	Token *string    `json:"token"`
}

// problemDoc is what tests read of a problem document.
type problemDoc struct {
	Type, Title, Kind, Detail, Instance, Parameter, Gate, By, At, Slot, Reason, Would, Currency string
	Status, Left                                                                                int
	ToPay                                                                                       int64 `json:"to_pay"`
}

func (w *world) problem(a answer, status int, kind tickets.Kind) problemDoc {
	w.t.Helper()
	var p problemDoc
	if a.StatusCode != status || a.Header.Get("Content-Type") != "application/problem+json" {
		w.t.Fatalf("%s %s: %s, want %d %s", a.Status, a.Header.Get("Content-Type"), a.Body, status, kind)
	}
	decode(w.t, a.Body, &p)
	if p.Kind != string(kind) || p.Status != status || p.Title == "" || p.Detail == "" || !strings.HasPrefix(p.Type, "urn:") {
		w.t.Fatalf("problem %+v, want %s", p, kind)
	}
	if p.Instance != "urn:boxoffice:request:"+a.Header.Get("X-Request-Id") {
		w.t.Errorf("instance %s does not name the request", p.Instance)
	}
	return p
}

func TestStrangersAreNotLetIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.bought(w.family())
	path := "/api/v1/orders/" + string(o.ID)
	for _, header := range []string{"", "Bearer", "Bearer ", "Bearer wrong", "Basic " + bootstrap, bootstrap, "Bearer " + strings.Repeat("x", 1000)} {
		a := w.get(path, "Authorization", header)
		w.problem(a, 401, tickets.Unauthorized)
		if !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%q: WWW-Authenticate is %q", header, a.Header.Get("WWW-Authenticate"))
		}
	}
	if a := w.get(path, "Authorization", "bearer "+w.token("orders:read")); a.StatusCode != 200 {
		t.Errorf("the scheme in lower case: %s", a.Status)
	}
}

func TestTokensOpenTheirScopesOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, ks := w.bought(w.family())
	order, ticket := "/api/v1/orders/"+string(o.ID), "/api/v1/tickets/"+string(ks[0].Code)
	routes := []struct{ method, path, scope string }{
		{"GET", "/api/v1/orders", "orders:read"}, {"GET", order, "orders:read"}, {"GET", order + "/fulfillment", "orders:read"},
		{"GET", order + "/timeline", "orders:read"}, {"GET", order + "/payment", "orders:read"}, {"GET", ticket, "tickets:read"},
		{"POST", ticket + "/admissions", "tickets:admit"}, {"GET", "/metrics", "metrics"},
		{"POST", order + "/cancel", "orders:write"}, {"POST", order + "/checkout", "orders:write"}, {"GET", order + "/refunds", "orders:read"},
		{"POST", order + "/refunds", "money"}, {"POST", order + "/paid", "money"}, {"GET", order + "/evidence", "money"},
		{"GET", "/api/v1/refunds", "money"}, {"GET", "/api/v1/disputes", "money"}, {"GET", "/api/v1/cases", "money"},
		{"POST", "/api/v1/captures/sandbox/x/refund", "money"}, {"POST", "/api/v1/cases/case_000000000000000000000000/take", "money"},
	}
	for _, scope := range []string{"orders:read", "tickets:read", "tickets:admit", "metrics", "money", "orders:write"} {
		token := w.token(scope)
		for _, r := range routes {
			a := w.send(r.method, r.path, "", "Authorization", "Bearer "+token)
			if r.scope != scope {
				w.problem(a, 403, tickets.Forbidden)
			} else if a.StatusCode == 403 || a.StatusCode == 401 {
				t.Errorf("%s does not open %s %s: %s", scope, r.method, r.path, a.Status)
			}
		}
		if a := w.get("/api/v1/ticket-keys", "Authorization", "Bearer "+token); a.StatusCode != 200 {
			t.Errorf("%s does not open the public keys: %s", scope, a.Status)
		}
	}
}

func TestOrderIsFoundByIDAndCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.family()
	for _, key := range []string{string(o.ID), o.Code, strings.ToLower(o.Code)} {
		var row orderRow
		w.api("/api/v1/orders/"+key, &row)
		if row.OrderID != string(o.ID) || row.OrderCode != o.Code || row.Status != "INIT" || row.PaymentRef != "" || row.Lock.State != "ACTIVE" {
			t.Errorf("%s: %+v", key, row)
		}
	}
	for _, key := range []string{"order_000000000000000000000000", "TG260320A99999", "x", strings.Repeat("x", 5000), "%00"} {
		w.problem(w.get("/api/v1/orders/"+key, "Authorization", "Bearer "+bootstrap), 404, tickets.NotFound)
	}
}

func TestOrdersAreFilteredAndPagedNewestFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.desk.Store.Update(t.Context(), func(tx tickets.Tx) error {
		return tx.CreateCustomer(tickets.Customer{ID: buyer.Customer, Merchant: "sentosa_demo", TelegramID: buyer.TelegramID, At: w.now()})
	}))
	other := tickets.Buyer{Customer: "cus_19d0a63581c00000000000bb", TelegramID: 7, Name: "Ada", Lang: "en"}
	var all []string
	add := func(o tickets.Order) tickets.Order {
		all = append([]string{string(o.ID)}, all...)
		w.pass(time.Second)
		return o
	}
	paid, _ := w.bought(add(w.family()))
	add(w.place(other, "night_walk", "night_walk_guest", 2, "2026-03-22T"+firstStart(t, w, "night_walk", "2026-03-22")))
	add(w.place(other, "sentosa_family", "sentosa_family_pack", 1, "2026-03-23"))
	add(w.family())

	for query, want := range map[string][]string{
		"": all, "status=FULFILLED": {string(paid.ID)}, "status=INIT": all[:3], "status=CLOSED": nil, "date=2026-03-23": {all[1]},
		"sku_id=night_walk_guest": {all[2]}, "customer=6700000001": {all[0], all[3]}, "customer=" + string(other.Customer): {all[1], all[2]},
		"customer=123456": nil, "q=" + paid.Code: {string(paid.ID)}, "q=ada": {all[1], all[2]}, "unknown=1": all,
		"customer=6700000001&status=FULFILLED": {string(paid.ID)},
	} {
		var page orderPage
		w.api("/api/v1/orders?"+query, &page)
		if got := idsOf(page); fmt.Sprint(got) != fmt.Sprint(want) || page.Data == nil || page.Token == nil {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	var got []string
	mark := ""
	for i := 0; i == 0 || mark != ""; i++ {
		var page orderPage
		w.api("/api/v1/orders?limit=3&token="+url.QueryEscape(mark), &page)
		if len(page.Data) > 3 || i > 2 {
			t.Fatalf("page %d has %d orders", i, len(page.Data))
		}
		got, mark = append(got, idsOf(page)...), *page.Token
	}
	if fmt.Sprint(got) != fmt.Sprint(all) {
		t.Errorf("pages together: %v, want %v", got, all)
	}
}

func idsOf(p orderPage) []string {
	var out []string
	for _, r := range p.Data {
		out = append(out, r.OrderID)
	}
	return out
}

// firstStart is the first time of day on sale.
func firstStart(t *testing.T, w *world, product tickets.ProductID, date string) string {
	t.Helper()
	d, err := tickets.ParseDate(date)
	must(t, err)
	days, err := w.desk.Days(t.Context(), product, d, 1)
	must(t, err)
	return days[0].Slot.Start
}

func TestWrongParametersAreNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.family()
	for query, parameter := range map[string]string{
		"orders?status=PAID": "status", "orders?date=tomorrow": "date", "orders?limit=0": "limit", "orders?limit=x": "limit", "orders?limit=1001": "limit",
		"orders?token=foreign": "token", "orders?customer=x": "customer", "orders?q=" + strings.Repeat("x", 201): "q",
		"orders/" + string(o.ID) + "/timeline?token=x": "token", "orders/" + string(o.ID) + "/timeline?limit=-1": "limit",
		"availability": "product_id", "availability?product_id=cable_car&from=x": "from", "availability?product_id=cable_car&from=2026-04-01&to=2026-03-01": "to",
		"availability?product_id=cable_car&from=2026-04-01&to=2028-03-01": "to",
	} {
		p := w.problem(w.get("/api/v1/"+query, "Authorization", "Bearer "+bootstrap), 400, tickets.Invalid)
		if p.Parameter != parameter {
			t.Errorf("%s: parameter %q, want %q", query, p.Parameter, parameter)
		}
	}
}

func TestTimelineIsOldestFirstWithoutHiddenRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.family()
	w.pay(o)
	w.pass(6 * time.Minute)
	_, err := w.desk.Sweep(t.Context())
	must(t, err)
	w.pass(time.Minute)
	_, err = w.desk.Chase(t.Context())
	must(t, err)
	var hidden int64
	must(t, w.desk.Store.View(t.Context(), func(r tickets.Reader) error {
		facts, err := r.Timeline(o.ID, 0, 0)
		for _, f := range facts {
			if f.Hidden {
				hidden++
			}
		}
		return err
	}))
	type row struct {
		Seq       int64
		At, Event string
		Before    *string
	}
	var whole, page struct {
		Data  []row
		Token string
	}
	w.api("/api/v1/orders/"+o.Code+"/timeline", &whole)
	if hidden == 0 || len(whole.Data) < 5 || whole.Data[0].Event != "ORDER_DRAFT_CREATED" || whole.Data[0].Before != nil {
		t.Fatalf("%d hidden rows; timeline %+v", hidden, whole.Data)
	}
	var got []row
	for i := 0; i == 0 || page.Token != ""; i++ {
		mark := page.Token
		page.Data, page.Token = nil, ""
		w.api("/api/v1/orders/"+o.Code+"/timeline?limit=2&token="+mark, &page)
		got = append(got, page.Data...)
	}
	if len(got) != len(whole.Data) {
		t.Errorf("pages have %d rows, the whole %d", len(got), len(whole.Data))
	}
	for i, r := range whole.Data {
		if _, err := time.Parse("2006-01-02T15:04:05.000Z", r.At); err != nil || r.Event == "HOLD_EXPIRING" || i > 0 && r.Seq <= whole.Data[i-1].Seq {
			t.Errorf("row %d: %+v", i, r)
		}
	}
}

func TestPaymentResourceFollowsTheAttempt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	type resource struct {
		OrderPayment struct {
			ID, PaidAt *string
			Status     string
			PaidAtKey  *string `json:"paid_at"`
			CreatedAt  string  `json:"created_at"`
			Total      struct {
				Cents   int64
				Dollars float64
				Label   string
			}
		} `json:"order_payment"`
	}
	look := func(o tickets.Order) resource {
		var r resource
		w.api("/api/v1/orders/"+string(o.ID)+"/payment", &r)
		return r
	}
	o := w.family()
	if r := look(o); r.OrderPayment.Status != "temp" || r.OrderPayment.ID != nil || r.OrderPayment.Total.Cents != 11900 || r.OrderPayment.Total.Label != "S$119.00" {
		t.Errorf("before any attempt: %+v", r)
	}
	p := w.pay(o)
	if r := look(o); r.OrderPayment.Status != "pending" || *r.OrderPayment.ID != string(p.ID) || r.OrderPayment.PaidAtKey != nil {
		t.Errorf("pending: %+v", r)
	}
	w.play(p, sandbox.Decline)
	must(t, w.desk.Check(t.Context(), o.ID))
	if r := look(o); r.OrderPayment.Status != "failed" || r.OrderPayment.PaidAtKey != nil {
		t.Errorf("declined: %+v", r)
	}
	paid, _ := w.bought(o)
	r := look(paid)
	if r.OrderPayment.Status != "completed" || *r.OrderPayment.ID == string(p.ID) || r.OrderPayment.PaidAtKey == nil {
		t.Fatalf("paid: %+v", r)
	}
	if _, err := time.Parse("2006-01-02T15:04:05.000-07:00", *r.OrderPayment.PaidAtKey); err != nil || !strings.HasSuffix(r.OrderPayment.CreatedAt, "+00:00") {
		t.Errorf("times %s, %s", *r.OrderPayment.PaidAtKey, r.OrderPayment.CreatedAt)
	}
}

func TestUnpaidOrderHasNoFulfillment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.problem(w.get("/api/v1/orders/"+w.family().Code+"/fulfillment", "Authorization", "Bearer "+bootstrap), 404, tickets.NotFound)
}

func TestManualOrderWaitsWithNulls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	slot := "2026-03-24T" + firstStart(t, w, "private_guide", "2026-03-24")
	o, ks := w.bought(w.place(buyer, "private_guide", "private_guide_group", 1, slot))
	var f map[string]any
	w.api("/api/v1/orders/"+string(o.ID)+"/fulfillment", &f)
	if len(ks) != 0 || f["ticket_code"] != nil || f["issued_at"] != nil || f["status"] != "QUEUED" || len(f["tickets"].([]any)) != 0 {
		t.Errorf("%v", f)
	}
}

func TestOneTicketAUnitIsListedWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	slot := "2026-03-22T" + firstStart(t, w, "night_walk", "2026-03-22")
	o, ks := w.bought(w.place(buyer, "night_walk", "night_walk_guest", 3, slot))
	var f struct {
		TicketCode string `json:"ticket_code"`
		QRURL      string `json:"qr_url"`
		Tickets    []struct {
			TicketCode string `json:"ticket_code"`
			Quantity   int
		}
	}
	w.api("/api/v1/orders/"+string(o.ID)+"/fulfillment", &f)
	if len(ks) != 3 || len(f.Tickets) != 3 || f.TicketCode != string(ks[0].Code) || f.QRURL != publicURL+"/T/"+ks[0].Text+".png?size=240" || f.Tickets[2].Quantity != 1 {
		t.Errorf("%+v", f)
	}
}

func TestAvailabilityTellsWhatIsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	slot := "2026-03-22T" + firstStart(t, w, "night_walk", "2026-03-22")
	for i := range 2 { // all eight places
		b := buyer
		b.Customer = tickets.CustomerID("cus_19d0a63581c0000000000" + strconv.Itoa(100+i))
		w.place(b, "night_walk", "night_walk_guest", 4, slot)
	}
	var page struct {
		Data []struct {
			Date, Currency string
			StartTime      *string `json:"start_time"`
			Open           bool
			Price          int64
			Left           int
		}
		Token string
	}
	w.api("/api/v1/availability?product_id=night_walk&from=2026-03-22&to=2026-03-23", &page)
	if len(page.Data) < 2 || page.Data[0].Open || page.Data[0].Left != 0 || *page.Data[0].StartTime != slot[11:] {
		t.Fatalf("%+v", page)
	}
	last := page.Data[len(page.Data)-1]
	if !last.Open || last.Left != 8 || last.Price <= 0 || last.Currency != "SGD" || last.Date > "2026-03-23" {
		t.Errorf("%+v", last)
	}
	w.problem(w.get("/api/v1/availability?product_id=none", "Authorization", "Bearer "+bootstrap), 404, tickets.NotFound)
}

func TestPublicKeysVerifyTicketsWithoutANetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, ks := w.bought(w.family())
	must(t, w.desk.RotateKey(t.Context()))
	var page struct {
		Data []struct {
			Kid          uint8
			Algorithm    string
			PublicKey    string `json:"public_key"`
			MerchantUUID string `json:"merchant_uuid"`
		}
	}
	w.api("/api/v1/ticket-keys", &page)
	if len(page.Data) != 2 || page.Data[0].MerchantUUID != "5bedee77-fca4-75d9-676f-ec5894657b5a" {
		t.Fatalf("%+v", page)
	}
	code, err := tickets.VerifyCode(ks[0].Text, "sentosa_demo", func(kid uint8) (ed25519.PublicKey, bool) {
		for _, k := range page.Data {
			if k.Kid == kid && k.Algorithm == "Ed25519" {
				b, err := base64.StdEncoding.DecodeString(k.PublicKey)
				return b, err == nil
			}
		}
		return nil, false
	})
	if err != nil || code.Number != ks[0].Number || code.Places != 3 {
		t.Errorf("%+v, %v", code, err)
	}
}
