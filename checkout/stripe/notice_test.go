package stripe

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func account(t testing.TB, secrets ...string) *Gateway {
	t.Helper()
	g, err := New(Config{SecretKey: "sk_test_x", WebhookSecrets: secrets, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// The vector was made with Stripe's library, independently of this package.
func TestKnownSignatureIsAccepted(t *testing.T) {
	t.Parallel()
	body := []byte(`{"id":"evt_unit_1","object":"event","api_version":"2023-10-16","type":"checkout.session.completed"}`)
	h := http.Header{SignatureHeader: {"t=1760000000,v1=8b48dceeba0ff2df591f30ba631fe5262dece5c53e2ebd8880c52acf88799e1d"}}
	e, err := account(t, "whsec_other", "whsec_unit_test_secret").Verify(h, body, time.Unix(1760000000, 0))
	if err != nil || e != (checkout.Event{ID: "evt_unit_1", Type: "checkout.session.completed"}) {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestRolledSecretsAreAccepted(t *testing.T) {
	t.Parallel()
	now := time.Unix(1760000000, 0)
	body := []byte(`{"id":"evt_1","type":"x"}`)
	sign := func(secret string) string {
		return webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: body, Secret: secret, Timestamp: now}).Header
	}
	oldOne, newOne := sign("whsec_old"), sign("whsec_new")
	both := oldOne + "," + strings.SplitN(newOne, ",", 2)[1]
	for name, c := range map[string]struct {
		header  string
		secrets []string
		ok      bool
	}{
		"ours is the old":        {both, []string{"whsec_old"}, true},
		"ours is the new":        {both, []string{"whsec_new"}, true},
		"ours are both":          {newOne, []string{"whsec_old", "whsec_new"}, true},
		"a scheme of the future": {newOne + ",v2=abc", []string{"whsec_new"}, true},
		"only a test scheme":     {strings.Replace(newOne, "v1=", "v0=", 1), []string{"whsec_new"}, false},
		"ours is another":        {both, []string{"whsec_third"}, false},
		"two times":              {"t=1," + newOne, []string{"whsec_new"}, false},
		"no time":                {strings.SplitN(newOne, ",", 2)[1], []string{"whsec_new"}, false},
		"a part without value":   {newOne + ",v1", []string{"whsec_new"}, false},
	} {
		_, err := account(t, c.secrets...).Verify(http.Header{SignatureHeader: {c.header}}, body, now)
		if (err == nil) != c.ok || (err != nil && !errors.Is(err, tickets.Unauthorized)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEventsSayWhatTheyMean(t *testing.T) {
	t.Parallel()
	const session = `"id":"cs_1","object":"checkout.session","client_reference_id":"ps_1","currency":"sgd"`
	at := time.Unix(1760000000, 0).UTC()
	paid := checkout.Report{
		Kind: checkout.ReportPaid, Remote: "cs_1", Reference: "ps_1", Charge: "pi_1",
		Amount: tickets.Money{Amount: 11900, Currency: "SGD"}, Test: true, At: at,
	}
	async := checkout.Report{Kind: checkout.ReportAsync, Remote: "cs_1", Reference: "ps_1", Test: true, At: at}
	with := func(r checkout.Report, change func(*checkout.Report)) []checkout.Report {
		change(&r)
		return []checkout.Report{r}
	}
	same := func(*checkout.Report) {}
	for name, c := range map[string]struct {
		kind, livemode, object string
		want                   []checkout.Report
	}{
		"paid":            {"checkout.session.completed", "false", `"payment_status":"paid","amount_total":11900,"payment_intent":"pi_1"`, with(paid, same)},
		"expanded intent": {"checkout.session.completed", "false", `"payment_status":"paid","amount_total":11900,"payment_intent":{"id":"pi_1","amount":1}`, with(paid, same)},
		"live": {"checkout.session.completed", "true", `"payment_status":"paid","amount_total":11900,"payment_intent":"pi_1","livemode":true`,
			with(paid, func(r *checkout.Report) { r.Test = false })},
		"modes differ": {"checkout.session.completed", "true", `"payment_status":"paid","amount_total":11900,"payment_intent":"pi_1","livemode":false`, with(paid, same)},
		"no intent": {"checkout.session.completed", "false", `"payment_status":"paid","amount_total":11900,"payment_intent":null`,
			with(paid, func(r *checkout.Report) { r.Charge = "cs_1" })},
		"free": {"checkout.session.completed", "false", `"status":"complete","payment_status":"no_payment_required","amount_total":0`,
			with(paid, func(r *checkout.Report) { r.Charge, r.Amount.Amount = "cs_1", 0 })},
		"customer's currency": {"checkout.session.completed", "false",
			`"payment_status":"paid","amount_total":9100,"payment_intent":"pi_1","currency":"usd","currency_conversion":{"amount_total":11900,"source_currency":"sgd","fx_rate":"0.76"}`,
			with(paid, same)},
		"slow":          {"checkout.session.completed", "false", `"status":"complete","payment_status":"unpaid","amount_total":11900,"payment_intent":"pi_1"`, with(async, same)},
		"slow, settled": {"checkout.session.async_payment_succeeded", "false", `"payment_status":"paid","amount_total":11900,"payment_intent":"pi_1"`, with(paid, same)},
		"slow, failed": {"checkout.session.async_payment_failed", "false", `"payment_status":"unpaid","amount_total":11900,"payment_intent":"pi_1"`,
			with(async, func(r *checkout.Report) {
				r.Kind, r.Reason = checkout.ReportFailed, "the payment method settled with a failure"
			})},
		"expired": {"checkout.session.expired", "false", `"payment_status":"unpaid"`,
			with(async, func(r *checkout.Report) { r.Kind = checkout.ReportClosed })},
		"refused card": {"payment_intent.payment_failed", "false", `"amount":1`, nil},
		"paid intent":  {"payment_intent.succeeded", "false", `"amount":11900`, nil},
		"unknown":      {"checkout.session.dreamt", "false", ``, nil},
	} {
		body := fmt.Sprintf(`{"id":"evt_1","type":%q,"created":1760000000,"livemode":%s,"data":{"object":{%s}}}`,
			c.kind, c.livemode, strings.TrimSuffix(session+","+c.object, ","))
		got, err := account(t, "whsec_x").Read([]byte(body))
		if err != nil || len(got) != len(c.want) {
			t.Errorf("%s: %+v, %v", name, got, err)
			continue
		}
		for i := range got {
			got[i].Raw = nil
			if fmt.Sprintf("%+v", got[i]) != fmt.Sprintf("%+v", c.want[i]) {
				t.Errorf("%s:\n got %+v\nwant %+v", name, got[i], c.want[i])
			}
		}
	}
}

func TestEventsWithoutTheirMoneyAreInvalid(t *testing.T) {
	t.Parallel()
	for _, object := range []string{
		`null`, `{}`, `{"id":"cs_1","payment_status":"paid","currency":"sgd"}`, `{"id":"cs_1","payment_status":"paid","amount_total":null,"currency":"sgd"}`,
		`{"id":"cs_1","payment_status":"paid","amount_total":11900}`, `{"id":"cs_1","payment_status":"paid","amount_total":-1,"currency":"sgd"}`,
		`{"id":"cs_1","payment_status":"paid","amount_total":1.5,"currency":"sgd"}`, `{"id":"pi_1","object":"payment_intent","payment_status":"paid"}`,
		`{"id":"cs_1","payment_status":"paid","amount_total":1,"currency":"sgd","payment_intent":7}`,
	} {
		body := `{"id":"evt_1","type":"checkout.session.completed","data":{"object":` + object + `}}`
		if got, err := account(t, "whsec_x").Read([]byte(body)); !errors.Is(err, tickets.Invalid) {
			t.Errorf("%s: %+v, %v", object, got, err)
		}
	}
}

func TestKeptAnswersHoldNothingPersonalOrSecret(t *testing.T) {
	t.Parallel()
	got := string(clean([]byte(`{"id":"cs_1","client_secret":"s","success_url":"https://shop/o/token","customer_details":{"email":"a@b"},
		"amount_total":12345678901234567890,"payment_intent":{"id":"pi_1","client_secret":"s","latest_charge":{"id":"ch_1",
		"billing_details":{"name":"x"},"receipt_url":"https://r","payment_method_details":{"type":"card","card":{"brand":"visa",
		"last4":"4242","fingerprint":"f","iin":"424242","three_d_secure":{"x":1},"network_token":{"used":true}}}}},
		"metadata":{"order_id":"order_1","else":"x"},"list":[1]}`)))
	want := `{"amount_total":12345678901234567890,"id":"cs_1","metadata":{"order_id":"order_1"},` +
		`"payment_intent":{"id":"pi_1","latest_charge":{"id":"ch_1","payment_method_details":{"card":{"brand":"visa","last4":"4242"},"type":"card"}}}}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, no := range []string{"", "null", "[]", `"x"`, "{"} {
		if c := clean([]byte(no)); c != nil {
			t.Errorf("%q: %s", no, c)
		}
	}
}

func FuzzVerify(f *testing.F) {
	g := account(f, "whsec_unit_test_secret")
	body := []byte(`{"id":"evt_1","type":"x"}`)
	now := time.Unix(1760000000, 0)
	good := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: body, Secret: "whsec_unit_test_secret", Timestamp: now})
	f.Add(good.Header, body)
	f.Add("t=1760000000,v1=", body)
	f.Add("t=,v1=,t=", []byte("{}"))
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		e, err := g.Verify(http.Header{SignatureHeader: {header}}, body, now)
		if err != nil {
			if !errors.Is(err, tickets.Unauthorized) && !errors.Is(err, tickets.Invalid) {
				t.Fatalf("kind of %v", err)
			}
			return
		}
		// Whatever is accepted carries the one signature that its body has.
		at, ok := signedAt(header)
		sum := fmt.Sprintf("%x", webhook.ComputeSignature(at, body, "whsec_unit_test_secret"))
		if !ok || !strings.Contains(strings.ToLower(header), sum) || e.ID == "" {
			t.Fatalf("accepted %q", header)
		}
	})
}

func FuzzRead(f *testing.F) {
	g := account(f, "whsec_x")
	f.Add([]byte(`{"id":"evt_1","type":"checkout.session.completed","created":1,"livemode":true,"data":{"object":{"id":"cs_1","payment_status":"paid","amount_total":1,"currency":"isk","payment_intent":{"id":"pi_1"}}}}`))
	f.Add([]byte(`{"id":"evt_1","type":"checkout.session.expired","data":{"object":{"id":"cs_1"}}}`))
	f.Add([]byte(`{"id":"evt_1","type":"refund.failed","data":{"object":{"id":"re_1","amount":1,"currency":"sgd","status":"failed","payment_intent":"pi_1","metadata":{"refund_id":"ref_19ca9450a00592a9fec43e4e"}}}}`))
	f.Add([]byte(`{"id":"evt_1","type":"charge.refunded","created":253402300800,"data":{"object":{"payment_intent":"pi_1","refunds":{"data":[{"id":"re_1","amount":1,"currency":"mga","status":"pending"}]}}}}`))
	f.Add([]byte(`{"id":"evt_1","type":"charge.dispute.created","data":{"object":{"id":"dp_1","amount":1,"currency":"sgd","status":"needs_response","charge":"ch_1","evidence_details":{"due_by":253402300800}}}}`))
	f.Add([]byte(`{"id":"evt_1","type":"charge.dispute.funds_withdrawn","data":{"object":{"id":"dp_1","amount":1,"currency":"sgd","status":"x"}}}`))
	f.Add([]byte(`{"id":"evt_1","type":"radar.early_fraud_warning.updated","data":{"object":{"id":"issfr_1","actionable":false}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		reports, err := g.Read(body)
		if err != nil && !errors.Is(err, tickets.Invalid) {
			t.Fatalf("kind of %v", err)
		}
		for _, r := range reports {
			named := r.Remote != ""
			switch r.Kind {
			case checkout.ReportRefund:
				named = r.Refund == "" && r.Charge != "" || r.Refund != "" && r.RefundState != "" && r.Amount.Currency.Valid() && r.Amount.Amount >= 0
			case checkout.ReportDispute:
				named = r.Dispute != "" && (r.DisputeState != "" || r.Funds != "")
			}
			if !named || !json.Valid(r.Raw) {
				t.Fatalf("report %+v", r)
			}
			if _, err := json.Marshal(r); err != nil { // as the shop stores it
				t.Fatal(err)
			}
			if r.Kind == checkout.ReportPaid && (r.Charge == "" || !r.Amount.Currency.Valid() || r.Amount.Amount < 0) {
				t.Fatalf("money %+v", r)
			}
		}
	})
}
