package checkouttest_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"boxoffice/checkout/checkouttest"
)

// paid is a payment intent of sgd 119.00.
func paid(t *testing.T, api *checkouttest.Stripe, changes ...string) string {
	t.Helper()
	_, s := call(t, api, http.MethodPost, "/v1/checkout/sessions", "", form(changes...))
	id, _ := s["id"].(string)
	pi, err := api.Pay(id, checkouttest.StripePay{})
	if err != nil {
		t.Fatal(err)
	}
	return pi
}

func refund(t *testing.T, api *checkouttest.Stripe, key string, fields ...string) (int, map[string]any) {
	t.Helper()
	f := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		f.Set(fields[i], fields[i+1])
	}
	return call(t, api, http.MethodPost, "/v1/refunds", key, f)
}

func TestStripeRefusesRefundsAsTheRealOneDoes(t *testing.T) {
	t.Parallel()
	api := checkouttest.StartStripe(t, checkouttest.StripeConfig{})
	pi, done, disputed := paid(t, api), paid(t, api), paid(t, api)
	if status, v := refund(t, api, "", "payment_intent", done); status != http.StatusOK || v["amount"] != 11900.0 {
		t.Fatalf("all that is left: %d %v", status, v)
	}
	if _, err := api.Dispute(disputed, 0, "fraudulent"); err != nil {
		t.Fatal(err)
	}
	id := create(t, api)
	unpaid, err := api.Pay(id, checkouttest.StripePay{Async: true})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		fields []string
		status int
		code   string
	}{
		"unknown payment":  {[]string{"payment_intent", "pi_0"}, 404, "invalid_request_error/resource_missing"},
		"unknown field":    {[]string{"payment_intent", pi, "hold", "1"}, 400, "invalid_request_error/parameter_unknown"},
		"unknown reason":   {[]string{"payment_intent", pi, "reason", "regret"}, 400, "invalid_request_error/"},
		"no number":        {[]string{"payment_intent", pi, "amount", "1.5"}, 400, "invalid_request_error/parameter_invalid_integer"},
		"nothing":          {[]string{"payment_intent", pi, "amount", "0"}, 400, "invalid_request_error/parameter_invalid_integer"},
		"more than paid":   {[]string{"payment_intent", pi, "amount", "11901"}, 400, "invalid_request_error/amount_too_large"},
		"already refunded": {[]string{"payment_intent", done, "amount", "1"}, 400, "invalid_request_error/charge_already_refunded"},
		"disputed":         {[]string{"payment_intent", disputed, "amount", "1"}, 400, "invalid_request_error/charge_disputed"},
		"not settled":      {[]string{"payment_intent", unpaid, "amount", "1"}, 400, "invalid_request_error/"},
	} {
		if status, v := refund(t, api, "", c.fields...); status != c.status || code(v) != c.code {
			t.Errorf("%s: %d %v", name, status, v)
		}
	}
	if n := len(api.Refunds()); n != 1 {
		t.Errorf("%d refunds", n)
	}
}

func TestStripeGivesBackOnceForAKeyThatItKeepsForADay(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Unix(1760000000, 0)}
	api := checkouttest.StartStripe(t, checkouttest.StripeConfig{Now: c.now})
	pi := paid(t, api)
	send := func(amount string) (int, map[string]any) {
		return refund(t, api, "ref_1", "payment_intent", pi, "amount", amount, "metadata[refund_id]", "ref_1")
	}
	_, a := send("100")
	if _, b := send("100"); a["id"] != b["id"] || len(api.Refunds()) != 1 {
		t.Errorf("%v and %v", a, b)
	}
	if status, v := send("200"); status != http.StatusBadRequest || code(v) != "idempotency_error/" {
		t.Errorf("%d %v", status, v)
	}
	c.pass(25 * time.Hour)
	if _, b := send("100"); a["id"] == b["id"] || len(api.Refunds()) != 2 {
		t.Error("kept for more than a day")
	}
}

func TestStripeListsRefundsInPages(t *testing.T) {
	t.Parallel()
	api := checkouttest.StartStripe(t, checkouttest.StripeConfig{})
	pi, other := paid(t, api), paid(t, api)
	for range 5 {
		for _, x := range []string{pi, other} {
			if _, err := api.RefundInDashboard(x, 10); err != nil {
				t.Fatal(err)
			}
		}
	}
	var ids []string
	for page, after := 0, ""; page < 10; page++ {
		_, v := call(t, api, http.MethodGet, "/v1/refunds?limit=2&payment_intent="+pi+"&starting_after="+after, "", nil)
		data, _ := v["data"].([]any)
		for _, x := range data {
			r, _ := x.(map[string]any)
			after, _ = r["id"].(string)
			ids = append(ids, after)
			if r["payment_intent"] != pi {
				t.Errorf("another's refund %v", r)
			}
		}
		if v["has_more"] == false {
			break
		}
	}
	if sorted := slices.Sorted(slices.Values(ids)); len(slices.Compact(sorted)) != 5 {
		t.Errorf("listed %v", ids)
	}
	if status, v := call(t, api, http.MethodGet, "/v1/refunds/"+ids[0], "", nil); status != http.StatusOK || v["id"] != ids[0] {
		t.Errorf("%d %v", status, v)
	}
	for _, path := range []string{"/v1/refunds/re_0", "/v1/refunds?payment_intent=pi_0"} {
		if status, v := call(t, api, http.MethodGet, path, "", nil); status != http.StatusNotFound || code(v) != "invalid_request_error/resource_missing" {
			t.Errorf("%s: %d %v", path, status, v)
		}
	}
}

func TestStripeTellsOfMoneyGoingBack(t *testing.T) {
	t.Parallel()
	api := checkouttest.StartStripe(t, checkouttest.StripeConfig{})
	pi := paid(t, api, "payment_method_types[0]", "paynow")
	before := len(api.Events())
	re, err := api.RefundInDashboard(pi, 0)
	if err != nil {
		t.Fatal(err)
	}
	if r := api.Refunds(); len(r) != 1 || r[0].ID != re || r[0].Intent != pi || r[0].Amount != 11900 || r[0].Status != "pending" || r[0].RefundID != "" {
		t.Errorf("%+v", r)
	}
	if err := api.SettleRefund(re, true); err != nil {
		t.Fatal(err)
	}
	if err := api.SettleRefund(re, true); err == nil {
		t.Error("settled twice")
	}
	if err := api.SettleRefund(re, false); err != nil {
		t.Fatal(err)
	}
	dp, err := api.Dispute(pi, 100, "general")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := api.Dispute(pi, 100, "general"); err == nil {
		t.Error("disputed twice")
	}
	for _, err := range []error{
		api.MoveFunds(dp, false), api.MoveDispute(dp, "under_review"), api.MoveDispute(dp, "won"), api.MoveFunds(dp, true),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	if err := api.MoveFunds(dp, true); err == nil {
		t.Error("reinstated twice")
	}
	for _, over := range []bool{false, true} {
		if _, err := api.Warn(pi, over); err != nil {
			t.Error(err)
		}
	}
	var told []string
	for _, e := range api.Events()[before:] {
		told = append(told, e.Type)
	}
	want := "charge.refunded refund.created charge.refund.updated refund.updated charge.refund.updated refund.updated refund.failed " +
		"charge.dispute.created charge.dispute.funds_withdrawn charge.dispute.updated charge.dispute.closed charge.dispute.funds_reinstated " +
		"radar.early_fraud_warning.created radar.early_fraud_warning.updated"
	if got := strings.Join(told, " "); got != want {
		t.Errorf("told %s\nwant %s", got, want)
	}
}

func TestStripeShowsTheCardWhereItIsAskedFor(t *testing.T) {
	t.Parallel()
	api := checkouttest.StartStripe(t, checkouttest.StripeConfig{})
	id := create(t, api)
	pi, err := api.Pay(id, checkouttest.StripePay{})
	if err != nil {
		t.Fatal(err)
	}
	if _, s := call(t, api, http.MethodGet, "/v1/checkout/sessions/"+id, "", nil); s["payment_intent"] != pi {
		t.Errorf("%v", s["payment_intent"])
	}
	_, s := call(t, api, http.MethodGet, "/v1/checkout/sessions/"+id+"?expand[0]=payment_intent.latest_charge", "", nil)
	whole, _ := s["payment_intent"].(map[string]any)
	charge, _ := whole["latest_charge"].(map[string]any)
	details, _ := charge["payment_method_details"].(map[string]any)
	card, _ := details["card"].(map[string]any)
	if whole["id"] != pi || card["last4"] != "4242" {
		t.Errorf("%v", s["payment_intent"])
	}
}
