package checkouttest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"boxoffice/checkout/checkouttest"
)

// clock is set by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// call speaks to the fake as a client without library does.
func call(t *testing.T, api *checkouttest.Stripe, method, path, key string, form url.Values) (int, map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, api.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+api.Key())
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var v map[string]any
	if err := json.NewDecoder(res.Body).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, v
}

// form is a good session, with changes given as name, value pairs.
func form(changes ...string) url.Values {
	f := url.Values{
		"mode": {"payment"}, "client_reference_id": {"ps_1"}, "success_url": {"https://shop.example/o"}, "cancel_url": {"https://shop.example/o"},
		"line_items[0][quantity]": {"2"}, "line_items[0][price_data][currency]": {"sgd"},
		"line_items[0][price_data][unit_amount]": {"5950"}, "line_items[0][price_data][product_data][name]": {"Adult"},
		"metadata[order_id]": {"order_1"}, "payment_method_types[0]": {"card"},
	}
	for i := 0; i+1 < len(changes); i += 2 {
		f.Set(changes[i], changes[i+1])
	}
	return f
}

func create(t *testing.T, api *checkouttest.Stripe) string {
	t.Helper()
	status, s := call(t, api, http.MethodPost, "/v1/checkout/sessions", "", form())
	id, _ := s["id"].(string)
	if status != http.StatusOK || id == "" {
		t.Fatalf("create: %d %v", status, s)
	}
	return id
}

func code(v map[string]any) string {
	e, _ := v["error"].(map[string]any)
	kind, _ := e["type"].(string)
	c, _ := e["code"].(string)
	return kind + "/" + c
}

func TestStripeRefusesAsTheRealOneDoes(t *testing.T) {
	t.Parallel()
	api := checkouttest.StartStripe(t, checkouttest.StripeConfig{})
	at := func(d time.Duration) string { return strconv.FormatInt(time.Now().Add(d).Unix(), 10) }
	for name, c := range map[string]struct {
		changes []string
		code    string
	}{
		"too short a life":  {[]string{"expires_at", at(29 * time.Minute)}, "invalid_request_error/"},
		"too long a life":   {[]string{"expires_at", at(25 * time.Hour)}, "invalid_request_error/"},
		"no mode":           {[]string{"mode", ""}, "invalid_request_error/"},
		"an unknown field":  {[]string{"hold", "5m"}, "invalid_request_error/parameter_unknown"},
		"too little":        {[]string{"line_items[0][price_data][unit_amount]", "24"}, "invalid_request_error/amount_too_small"},
		"mixed currencies":  {[]string{"line_items[1][quantity]", "1", "line_items[1][price_data][currency]", "usd", "line_items[1][price_data][unit_amount]", "1", "line_items[1][price_data][product_data][name]", "x"}, "invalid_request_error/"},
		"a foreign method":  {[]string{"payment_method_types[0]", "paynow", "line_items[0][price_data][currency]", "jpy"}, "invalid_request_error/"},
		"half of WeChat":    {[]string{"payment_method_types[0]", "wechat_pay"}, "invalid_request_error/"},
		"no way back":       {[]string{"success_url", "shop"}, "invalid_request_error/url_invalid"},
		"thousandths":       {[]string{"line_items[0][quantity]", "1", "line_items[0][price_data][currency]", "kwd", "line_items[0][price_data][unit_amount]", "12345"}, "invalid_request_error/"},
		"upper-case letter": {[]string{"line_items[0][price_data][currency]", "SGD"}, "invalid_request_error/"},
	} {
		status, v := call(t, api, http.MethodPost, "/v1/checkout/sessions", "", form(c.changes...))
		if status != http.StatusBadRequest || code(v) != c.code {
			t.Errorf("%s: %d %v", name, status, v)
		}
	}
	if n := len(api.Sessions()); n != 0 {
		t.Errorf("%d sessions", n)
	}
	if status, v := call(t, api, http.MethodGet, "/v1/checkout/sessions/cs_test_0", "", nil); status != http.StatusNotFound || code(v) != "invalid_request_error/resource_missing" {
		t.Errorf("unknown session: %d %v", status, v)
	}
	if status, _ := call(t, api, http.MethodGet, "/v1/charges", "", nil); status != http.StatusNotFound {
		t.Errorf("unknown path: %d", status)
	}
}

func TestStripeEndsSessionsInTime(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Unix(1760000000, 0)}
	api := checkouttest.StartStripe(t, checkouttest.StripeConfig{Now: c.now})
	id := create(t, api)
	c.pass(24 * time.Hour)
	if _, err := api.Pay(id, checkouttest.StripePay{}); err == nil {
		t.Error("paid after its end")
	}
	if _, s := call(t, api, http.MethodGet, "/v1/checkout/sessions/"+id, "", nil); s["status"] != "expired" || s["url"] != nil {
		t.Errorf("%v", s)
	}
	if e := api.Events(); len(e) != 1 || e[0].Type != "checkout.session.expired" || e[0].Object != id {
		t.Errorf("%+v", e)
	}
	if status, _ := call(t, api, http.MethodPost, "/v1/checkout/sessions/"+id+"/expire", "", nil); status != http.StatusBadRequest {
		t.Errorf("expired twice: %d", status)
	}
}

func TestStripeKeepsWhatItAnsweredForADay(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Unix(1760000000, 0)}
	api := checkouttest.StartStripe(t, checkouttest.StripeConfig{Now: c.now})
	post := func(f url.Values) (int, map[string]any) {
		return call(t, api, http.MethodPost, "/v1/checkout/sessions", "key", f)
	}
	if status, _ := post(form("mode", "")); status != http.StatusBadRequest { // not begun, not kept
		t.Fatalf("%d", status)
	}
	_, a := post(form())
	if _, b := post(form()); a["id"] != b["id"] {
		t.Errorf("%v and %v", a["id"], b["id"])
	}
	if status, v := post(form("client_reference_id", "ps_2")); status != http.StatusBadRequest || code(v) != "idempotency_error/" {
		t.Errorf("%d %v", status, v)
	}
	c.pass(25 * time.Hour)
	if _, b := post(form()); a["id"] == b["id"] {
		t.Error("kept for more than a day")
	}
}

func TestStripeRepeatsAnErrorThatItStored(t *testing.T) {
	t.Parallel()
	api := checkouttest.StartStripe(t, checkouttest.StripeConfig{})
	api.Fail("create", checkouttest.FaultDone)
	for range 2 {
		if status, _ := call(t, api, http.MethodPost, "/v1/checkout/sessions", "key", form()); status != http.StatusInternalServerError {
			t.Errorf("%d", status)
		}
	}
	if len(api.Sessions()) != 1 {
		t.Errorf("%d sessions", len(api.Sessions()))
	}
}

// endpoint takes webhooks and refuses some.
type endpoint struct {
	mu     sync.Mutex
	refuse int
	types  []string
	posts  int
	got    chan struct{}
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.posts++
	if e.refuse > 0 {
		e.refuse--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var v struct{ Type string }
	if json.Unmarshal(body, &v) == nil && strings.HasPrefix(r.Header.Get("Stripe-Signature"), "t=") {
		e.types = append(e.types, v.Type)
	}
	e.got <- struct{}{}
}

func (e *endpoint) wait(t *testing.T, n int) []string {
	t.Helper()
	for range n {
		select {
		case <-e.got:
		case <-time.After(5 * time.Second):
			t.Fatal("no webhook came")
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string(nil), e.types...)
}

func TestStripePostsEventsUntilTheyAreTaken(t *testing.T) {
	t.Parallel()
	e := &endpoint{refuse: 3, got: make(chan struct{}, 100)}
	server := httptest.NewServer(e)
	defer server.Close()
	api := checkouttest.StartStripe(t, checkouttest.StripeConfig{Webhook: server.URL})
	id := create(t, api)
	if _, err := api.Pay(id, checkouttest.StripePay{}); err != nil {
		t.Fatal(err)
	}
	types := e.wait(t, 2)
	e.mu.Lock()
	posts := e.posts
	e.mu.Unlock()
	if posts != 5 || len(types) != 2 || types[0] == types[1] {
		t.Errorf("%d posts, taken %v", posts, types)
	}
	events := api.Events()
	api.Resend(events[1].ID)
	if types := e.wait(t, 1); types[2] != "checkout.session.completed" {
		t.Errorf("sent again: %v", types)
	}
}

func TestStripeHoldsEventsBackAndLosesThem(t *testing.T) {
	t.Parallel()
	e := &endpoint{got: make(chan struct{}, 100)}
	server := httptest.NewServer(e)
	defer server.Close()
	api := checkouttest.StartStripe(t, checkouttest.StripeConfig{})
	api.Pause()
	api.PostTo(server.URL)
	a, b := create(t, api), create(t, api)
	if err := api.Expire(a); err != nil {
		t.Fatal(err)
	}
	if api.Pending() != 1 {
		t.Errorf("%d events wait", api.Pending())
	}
	api.Drop()
	if err := api.Expire(b); err != nil {
		t.Fatal(err)
	}
	api.Resume()
	e.wait(t, 1)
	if e.posts != 1 || len(api.Events()) != 2 {
		t.Errorf("%d posts of %d events", e.posts, len(api.Events()))
	}
}

func TestStripeRefusalOfACardLeavesTheSessionOpen(t *testing.T) {
	t.Parallel()
	api := checkouttest.StartStripe(t, checkouttest.StripeConfig{})
	id := create(t, api)
	if err := api.Refuse(id); err != nil {
		t.Fatal(err)
	}
	if e := api.Events(); len(e) != 1 || e[0].Type != "payment_intent.payment_failed" {
		t.Errorf("%+v", e)
	}
	if _, err := api.Pay(id, checkouttest.StripePay{}); err != nil {
		t.Error(err)
	}
	if _, err := api.Pay(id, checkouttest.StripePay{}); err == nil {
		t.Error("one session was paid twice")
	}
}
