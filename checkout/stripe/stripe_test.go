package stripe_test

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/checkout/checkouttest"
	"boxoffice/checkout/stripe"
	"boxoffice/tickets"
)

var sgd119 = tickets.Money{Amount: 11900, Currency: "SGD"}

func TestSessionIsCreatedAsStripeWantsIt(t *testing.T) {
	t.Parallel()
	api := checkouttest.StartStripe(t, checkouttest.StripeConfig{})
	g := newGateway(t, api, "card", "paynow", "grabpay", "alipay", "wechat_pay")
	for lang, locale := range map[string]string{"en": "en", "zh-Hans": "zh", "zh-Hant": "zh-TW", "fr": "auto"} {
		o := opening(sgd119, "wechat_pay")
		o.Lang, o.Payment.Key = lang, "order_1:1:"+lang
		o.Payment.Fee = tickets.Money{Amount: 405, Currency: "SGD"}
		if _, err := g.Open(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		calls := api.Calls()
		c := calls[len(calls)-1]
		for name, want := range map[string]string{
			"mode": "payment", "client_reference_id": string(o.Payment.ID), "locale": locale,
			"success_url": o.Return, "cancel_url": o.Return,
			"expires_at":                                    strconv.FormatInt(o.Payment.At.Add(36*time.Minute).Unix(), 10),
			"payment_method_types[0]":                       "wechat_pay",
			"payment_method_types[1]":                       "",
			"payment_method_options[wechat_pay][client]":    "web",
			"metadata[order_id]":                            "order_1",
			"metadata[order_code]":                          "TG260321A00001",
			"payment_intent_data[metadata][session]":        string(o.Payment.ID),
			"line_items[0][price_data][unit_amount]":        "11495",
			"line_items[0][price_data][product_data][name]": "2 × Adult",
			"line_items[1][price_data][unit_amount]":        "405",
			"line_items[1][price_data][currency]":           "sgd",
			"line_items[2][price_data][currency]":           "",
		} {
			if got := c.Form.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", lang, name, got, want)
			}
		}
		if c.Key != "cs:"+o.Payment.Key {
			t.Errorf("idempotency key %q", c.Key)
		}
	}
}

func TestLongTitleIsCut(t *testing.T) {
	t.Parallel()
	api := checkouttest.StartStripe(t, checkouttest.StripeConfig{})
	o := opening(sgd119, "card")
	o.Title = strings.Repeat("票", 300)
	if _, err := newGateway(t, api).Open(t.Context(), o); err != nil {
		t.Error(err)
	}
}

func TestFinalRefusalsHaveKindsAndOthersHaveNone(t *testing.T) {
	t.Parallel()
	for fault, want := range map[checkouttest.Fault]tickets.Kind{
		checkouttest.FaultDecline:  tickets.Declined,
		checkouttest.FaultBusy:     "",
		checkouttest.FaultError:    "",
		checkouttest.FaultDone:     "",
		checkouttest.FaultNonsense: "",
	} {
		api := checkouttest.StartStripe(t, checkouttest.StripeConfig{})
		api.Fail("create", fault)
		_, err := newGateway(t, api).Open(t.Context(), opening(sgd119, "card"))
		if err == nil || tickets.KindOf(err) != want {
			t.Errorf("%s: %v", fault, err)
		}
	}
	api := checkouttest.StartStripe(t, checkouttest.StripeConfig{})
	g := newGateway(t, api, "card", "paynow")
	for name, o := range map[string]checkout.Opening{
		"too little":    opening(tickets.Money{Amount: 49, Currency: "SGD"}, "card"),
		"too much":      opening(tickets.Money{Amount: 100_000_000, Currency: "SGD"}, "card"),
		"thousandths":   opening(tickets.Money{Amount: 12345, Currency: "KWD"}, "card"),
		"wrong method":  opening(tickets.Money{Amount: 500, Currency: "JPY"}, "paynow"),
		"stars":         opening(tickets.Money{Amount: 500, Currency: "XTR"}, "card"),
		"no time left":  aged(opening(sgd119, "card"), time.Hour),
		"no return URL": returning(opening(sgd119, "card"), ""),
	} {
		if _, err := g.Open(t.Context(), o); !errors.Is(err, tickets.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func aged(o checkout.Opening, by time.Duration) checkout.Opening {
	o.Payment.At = o.Payment.At.Add(-by)
	return o
}

func returning(o checkout.Opening, to string) checkout.Opening {
	o.Return = to
	return o
}

func TestSameKeyWithOtherParametersIsNoRefusal(t *testing.T) {
	t.Parallel()
	api := checkouttest.StartStripe(t, checkouttest.StripeConfig{})
	g := newGateway(t, api)
	o := opening(sgd119, "card")
	if _, err := g.Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	o.Title = "3 × Adult"
	if _, err := g.Open(t.Context(), o); err == nil || tickets.KindOf(err) != "" {
		t.Errorf("a session exists, and the error is %v", err)
	}
}

func TestSessionIsFoundAfterAnOutage(t *testing.T) {
	t.Parallel()
	api := checkouttest.StartStripe(t, checkouttest.StripeConfig{})
	g := newGateway(t, api)
	o := opening(sgd119, "card")
	s, err := g.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	// The transport repeats a call on a connection that it had kept, the library once more.
	api.Fail("create", checkouttest.FaultDown, checkouttest.FaultDown, checkouttest.FaultDown)
	if _, err := g.Open(t.Context(), o); err == nil {
		t.Fatal("opened although the API is down")
	}
	again, err := g.Open(t.Context(), o)
	if err != nil || again.Remote != s.Remote {
		t.Errorf("%+v, %v; want %s", again, err, s.Remote)
	}
}

func TestHangingCallEndsWithItsContext(t *testing.T) {
	t.Parallel()
	api := checkouttest.StartStripe(t, checkouttest.StripeConfig{})
	g := newGateway(t, api)
	api.Fail("any", checkouttest.FaultHang)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := g.Open(ctx, opening(sgd119, "card")); !errors.Is(err, context.DeadlineExceeded) || tickets.KindOf(err) != "" {
		t.Errorf("%v", err)
	}
}

func TestAnswerOfExpireIsNotBelieved(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault checkouttest.Fault
		want  checkout.StandingState
	}{
		"another session, open":     {checkouttest.FaultStateless, checkout.StandingOpen},
		"an error, though expired":  {checkouttest.FaultDone, checkout.StandingClosed},
		"an error, nothing expired": {checkouttest.FaultError, checkout.StandingOpen},
		"too busy":                  {checkouttest.FaultBusy, checkout.StandingOpen},
	} {
		api := checkouttest.StartStripe(t, checkouttest.StripeConfig{})
		g := newGateway(t, api)
		o := opening(sgd119, "card")
		s, err := g.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		o.Payment.Remote = s.Remote
		api.Fail("expire", c.fault)
		if st, err := g.Close(t.Context(), o.Payment); err != nil || st.State != c.want {
			t.Errorf("%s: %+v, %v", name, st, err)
		}
		if st, err := g.Close(t.Context(), o.Payment); err != nil || st.State != checkout.StandingClosed {
			t.Errorf("%s, again: %+v, %v", name, st, err)
		}
	}
}

func TestUnknownOutcomeOfCloseIsAnErrorWithoutKind(t *testing.T) {
	t.Parallel()
	api := checkouttest.StartStripe(t, checkouttest.StripeConfig{})
	g := newGateway(t, api)
	o := opening(sgd119, "card")
	s, err := g.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	o.Payment.Remote = s.Remote
	api.Fail("retrieve", checkouttest.FaultError, checkouttest.FaultError)
	if st, err := g.Close(t.Context(), o.Payment); err == nil || tickets.KindOf(err) != "" {
		t.Errorf("%+v, %v", st, err)
	}
}

func TestSlowMethodIsWaitedForWhenItsIntentCannotBeAsked(t *testing.T) {
	t.Parallel()
	api := checkouttest.StartStripe(t, checkouttest.StripeConfig{})
	g := newGateway(t, api)
	o := opening(sgd119, "card")
	s, err := g.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	o.Payment.Remote = s.Remote
	if _, err := api.Pay(s.Remote, checkouttest.StripePay{Async: true}); err != nil {
		t.Fatal(err)
	}
	api.Fail("intent", checkouttest.FaultBusy)
	if st, err := g.Lookup(t.Context(), o.Payment); err != nil || st.State != checkout.StandingAsync {
		t.Errorf("%+v, %v", st, err)
	}
}

func TestWrongKeyIsToldWithoutIt(t *testing.T) {
	t.Parallel()
	api := checkouttest.StartStripe(t, checkouttest.StripeConfig{})
	g, err := stripe.New(stripe.Config{
		SecretKey: "sk_test_someone_elses", WebhookSecrets: []string{"whsec_x"}, APIURL: api.URL + "/v1/", Now: time.Now,
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "401") || strings.Contains(err.Error(), "elses") {
		t.Errorf("check: %v", err)
	}
	p := opening(sgd119, "card").Payment
	p.Remote = "cs_test_1"
	if _, err := g.Lookup(t.Context(), p); err == nil || tickets.KindOf(err) != "" {
		t.Errorf("lookup: %v", err)
	}
	if err := newGateway(t, api).Check(t.Context()); err != nil {
		t.Errorf("check with the right key: %v", err)
	}
}

func TestConfigurationProblemsComeTogether(t *testing.T) {
	t.Parallel()
	_, err := stripe.New(stripe.Config{SecretKey: "pk_test_x", APIURL: "stripe", Methods: []string{"cash", "card", "card"}})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, part := range []string{"publishable", "webhook secret", "Now and Log", `"stripe"`, `"cash"`, `"card"`} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("no %s in %v", part, err)
		}
	}
}

func TestModeFollowsTheKey(t *testing.T) {
	t.Parallel()
	for key, test := range map[string]bool{"sk_test_1": true, "rk_test_1": true, "sk_live_1": false, "rk_live_1": false, "anything": true} {
		g, err := stripe.New(stripe.Config{
			SecretKey: key, WebhookSecrets: []string{"whsec_x"}, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil || g.Test() != test {
			t.Errorf("%s: %v, %v", key, g.Test(), err)
		}
	}
}
