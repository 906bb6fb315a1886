package stripe_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/checkout/checkouttest"
	"boxoffice/checkout/stripe"
	"boxoffice/tickets"
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

// account is a gateway with its API and a clock.
func newAccount(t *testing.T) (*stripe.Gateway, *checkouttest.Stripe, *clock) {
	t.Helper()
	c := &clock{at: time.Now()}
	api := checkouttest.StartStripe(t, checkouttest.StripeConfig{Now: c.now})
	g, err := stripe.New(stripe.Config{
		SecretKey: api.Key(), WebhookSecrets: api.Secrets(), APIURL: api.URL, Methods: []string{"card", "paynow"}, Now: c.now,
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return g, api, c
}

// paidBy is a capture of a session that was paid.
func paidBy(t *testing.T, g *stripe.Gateway, api *checkouttest.Stripe, method string, how checkouttest.StripePay) tickets.Capture {
	t.Helper()
	o := opening(sgd119, method)
	o.Payment.Key = string(o.Payment.ID)
	s, err := g.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	pi, err := api.Pay(s.Remote, how)
	if err != nil {
		t.Fatal(err)
	}
	return tickets.Capture{Gateway: "stripe", Charge: pi, Order: "order_1", Amount: sgd119}
}

func refundOf(c tickets.Capture, at time.Time, amount int64) tickets.Refund {
	return tickets.Refund{
		ID: tickets.RefundID(tickets.NewID(tickets.PrefixRefund, at, nil)), Order: c.Order, Charge: c.Charge, Submitted: at,
		Amount: tickets.Money{Amount: amount, Currency: "SGD"},
	}
}

func TestRefundIsSentAsStripeWantsIt(t *testing.T) {
	t.Parallel()
	g, api, now := newAccount(t)
	for source, reason := range map[tickets.RefundSource]string{
		tickets.RefundByBuyer: "requested_by_customer", tickets.RefundLate: "requested_by_customer", tickets.RefundDuplicate: "duplicate",
		tickets.RefundFraudWarning: "fraudulent",
	} {
		c := paidBy(t, g, api, "card", checkouttest.StripePay{})
		r := refundOf(c, now.now(), 5000)
		r.Source = source
		if _, err := g.Refund(t.Context(), r, c); err != nil {
			t.Fatal(err)
		}
		calls := api.Calls()
		call := calls[len(calls)-1]
		for name, want := range map[string]string{
			"payment_intent": c.Charge, "amount": "5000", "reason": reason, "metadata[refund_id]": string(r.ID), "metadata[order_id]": "order_1",
		} {
			if got := call.Form.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", source, name, got, want)
			}
		}
		if call.Path != "/v1/refunds" || call.Key != string(r.ID) || len(call.Form) != 5 {
			t.Errorf("%s: %+v", source, call)
		}
	}
}

func TestSlowMethodsAreGivenBackLater(t *testing.T) {
	t.Parallel()
	g, api, now := newAccount(t)
	c := paidBy(t, g, api, "paynow", checkouttest.StripePay{})
	r := refundOf(c, now.now(), 11900)
	st, err := g.Refund(t.Context(), r, c)
	if err != nil || st.State != checkout.RefundIsPending {
		t.Fatalf("%+v, %v", st, err)
	}
	if err := api.SettleRefund(st.Remote, false); err != nil {
		t.Fatal(err)
	}
	if st, err := g.LookupRefund(t.Context(), r, c); err != nil || st.State != checkout.RefundIsFailed || st.Reason != "expired_or_canceled_card" {
		t.Errorf("%+v, %v", st, err)
	}
}

func TestEveryStatusOfARefundIsKnown(t *testing.T) {
	t.Parallel()
	g, api, now := newAccount(t)
	for status, want := range map[string]checkout.RefundStandingState{
		"pending": checkout.RefundIsPending, "requires_action": checkout.RefundIsPending, "succeeded": checkout.RefundIsSucceeded,
		"failed": checkout.RefundIsFailed, "canceled": checkout.RefundIsFailed, "dreamt": "",
	} {
		c := paidBy(t, g, api, "card", checkouttest.StripePay{})
		r := refundOf(c, now.now(), 11900)
		api.NextRefund(status)
		st, err := g.Refund(t.Context(), r, c)
		if st.State != want || (err != nil) != (want == "") || tickets.KindOf(err) != "" {
			t.Errorf("%s: %+v, %v", status, st, err)
		}
		if asked, err := g.LookupRefund(t.Context(), r, c); asked.State != want || (err != nil) != (want == "") || tickets.KindOf(err) != "" {
			t.Errorf("%s, asked: %+v, %v", status, asked, err)
		}
		if want == checkout.RefundIsFailed && st.Reason == "" {
			t.Errorf("%s has no reason", status)
		}
	}
}

func TestRefusalOfAChargeIsOurRefundWhereItCarriesOurID(t *testing.T) {
	t.Parallel()
	for _, amount := range []int64{11900, 8000} { // already refunded; more than is left
		g, api, now := newAccount(t)
		c := paidBy(t, g, api, "card", checkouttest.StripePay{})
		r := refundOf(c, now.now(), amount)
		first, err := g.Refund(t.Context(), r, c)
		if err != nil {
			t.Fatal(err)
		}
		now.pass(25 * time.Hour)
		r.Submitted = time.Time{} // nothing tells that it was sent
		st, err := g.Refund(t.Context(), r, c)
		if err != nil || st.State != checkout.RefundIsSucceeded || st.Remote != first.Remote {
			t.Errorf("%d: %+v, %v", amount, st, err)
		}
		other := refundOf(c, now.now(), amount)
		if st, err := g.Refund(t.Context(), other, c); !errors.Is(err, tickets.Declined) {
			t.Errorf("%d, another: %+v, %v", amount, st, err)
		}
		api.Fail("refunds", checkouttest.FaultBusy)
		if st, err := g.Refund(t.Context(), other, c); err == nil || tickets.KindOf(err) != "" {
			t.Errorf("%d, whose is not known: %+v, %v", amount, st, err)
		}
	}
}

func TestSameIDWithAnotherAmountIsTheRefundThatIsThere(t *testing.T) {
	t.Parallel()
	g, api, now := newAccount(t)
	c := paidBy(t, g, api, "card", checkouttest.StripePay{})
	r := refundOf(c, now.now(), 5000)
	first, err := g.Refund(t.Context(), r, c)
	if err != nil {
		t.Fatal(err)
	}
	r.Amount.Amount = 4000
	if st, err := g.Refund(t.Context(), r, c); err != nil || st.Remote != first.Remote || len(api.Refunds()) != 1 {
		t.Errorf("%+v, %v", st, err)
	}
}

func TestRefundFailuresHaveTheKindsThatTheyDeserve(t *testing.T) {
	t.Parallel()
	const busy, broken, done, nonsense = checkouttest.FaultBusy, checkouttest.FaultError, checkouttest.FaultDone, checkouttest.FaultNonsense
	for _, x := range []struct {
		op     string
		faults []checkouttest.Fault // the library asks once more where nothing can have been done
	}{
		{"refund", []checkouttest.Fault{busy}}, {"refund", []checkouttest.Fault{broken}}, {"refund", []checkouttest.Fault{done}},
		{"refund", []checkouttest.Fault{nonsense}}, {"intent", []checkouttest.Fault{busy}}, {"intent", []checkouttest.Fault{broken, broken}},
		{"refunds", []checkouttest.Fault{busy}}, {"refunds", []checkouttest.Fault{broken, broken}},
	} {
		g, api, now := newAccount(t)
		c := paidBy(t, g, api, "card", checkouttest.StripePay{})
		call := g.Refund
		if x.op == "refunds" {
			call = g.LookupRefund
		}
		api.Fail(x.op, x.faults...)
		if st, err := call(t.Context(), refundOf(c, now.now(), 100), c); err == nil || tickets.KindOf(err) != "" {
			t.Errorf("%s of %s: %+v, %v", x.faults, x.op, st, err)
		}
	}
	g, api, now := newAccount(t)
	c := paidBy(t, g, api, "card", checkouttest.StripePay{})
	r := refundOf(c, now.now(), 100)
	stranger, err := stripe.New(stripe.Config{
		SecretKey: "sk_test_other", WebhookSecrets: []string{"whsec_x"}, APIURL: api.URL, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.Refund(t.Context(), r, c); !errors.Is(err, tickets.Invalid) || strings.Contains(err.Error(), "sk_test") {
		t.Errorf("a wrong key: %v", err)
	}
	if _, err := stranger.LookupRefund(t.Context(), r, c); err == nil || tickets.KindOf(err) != "" {
		t.Errorf("a wrong key, asked: %v", err)
	}
	free := c
	free.Charge = "cs_test_1"
	if _, err := g.Refund(t.Context(), r, free); !errors.Is(err, tickets.Unsupported) {
		t.Errorf("nothing was paid: %v", err)
	}
}

func TestHangingRefundEndsWithItsContext(t *testing.T) {
	t.Parallel()
	g, api, now := newAccount(t)
	c := paidBy(t, g, api, "card", checkouttest.StripePay{})
	api.Fail("refund", checkouttest.FaultHang)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := g.Refund(ctx, refundOf(c, now.now(), 100), c); !errors.Is(err, context.DeadlineExceeded) || tickets.KindOf(err) != "" {
		t.Errorf("%v", err)
	}
}

func TestMoneyThatStripeConvertedIsNotGivenBackByUs(t *testing.T) {
	t.Parallel()
	g, api, now := newAccount(t)
	c := paidBy(t, g, api, "card", checkouttest.StripePay{Amount: 9100, Currency: "usd"})
	if _, err := g.Refund(t.Context(), refundOf(c, now.now(), 5000), c); !errors.Is(err, tickets.Unsupported) || len(api.Refunds()) != 0 {
		t.Errorf("%v", err)
	}
}

func TestRefundIsFoundAmongManyPages(t *testing.T) {
	t.Parallel()
	g, api, now := newAccount(t)
	c := paidBy(t, g, api, "card", checkouttest.StripePay{})
	r := refundOf(c, now.now(), 1)
	first, err := g.Refund(t.Context(), r, c)
	if err != nil {
		t.Fatal(err)
	}
	for range 120 {
		if _, err := api.RefundInDashboard(c.Charge, 1); err != nil {
			t.Fatal(err)
		}
	}
	if st, err := g.LookupRefund(t.Context(), r, c); err != nil || st.Remote != first.Remote {
		t.Errorf("%+v, %v", st, err)
	}
}

func TestLookupKnowsTheCard(t *testing.T) {
	t.Parallel()
	g, api, _ := newAccount(t)
	o := opening(sgd119, "card")
	s, err := g.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	o.Payment.Remote = s.Remote
	pi, err := api.Pay(s.Remote, checkouttest.StripePay{})
	if err != nil {
		t.Fatal(err)
	}
	st, err := g.Lookup(t.Context(), o.Payment)
	if err != nil || len(st.Charges) != 1 || st.Charges[0].Charge != pi {
		t.Fatalf("%+v, %v", st, err)
	}
	raw := string(st.Charges[0].Raw)
	for _, want := range []string{`"brand":"visa"`, `"last4":"4242"`} {
		if !strings.Contains(raw, want) {
			t.Errorf("no %s in %s", want, raw)
		}
	}
	for _, no := range []string{"424242", "fingerprint", "receipt", "billing", "Visitor", "exp_"} {
		if strings.Contains(raw, no) {
			t.Errorf("%s in %s", no, raw)
		}
	}
}
