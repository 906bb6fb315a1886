package checkouttest

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Operations of [Stripe.Fail] on refunds.
const (
	opRefund     = "refund"      // POST /v1/refunds
	opRefunds    = "refunds"     // GET /v1/refunds
	opRefundLook = "refund look" // GET /v1/refunds/{id}
)

// StripeRefund is a refund as the account has it.
type StripeRefund struct {
	ID, Intent string
	Amount     int64  // in Stripe's unit
	Status     string // pending, requires_action, succeeded, failed, canceled
	RefundID   string // the metadata's; "" for one made in the dashboard
}

type stripeRefund struct {
	id, intent, status, reason, failure string
	amount, created                     int64
	metadata                            map[string]string
}

// Refunds lists all refunds of the account, the oldest first.
func (s *Stripe) Refunds() []StripeRefund {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []StripeRefund
	for _, r := range s.refunds {
		out = append(out, StripeRefund{r.id, r.intent, r.amount, r.status, r.metadata["refund_id"]})
	}
	return out
}

// NextRefund sets the status that the next refund begins with. Otherwise refunds of PayNow and GrabPay payments begin
// pending, all others succeeded.
func (s *Stripe) NextRefund(status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextRefund = status
}

// SettleRefund ends a refund: a pending one succeeds or fails, a succeeded one fails when the bank sends it back.
func (s *Stripe) SettleRefund(id string, ok bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.refunds, func(r *stripeRefund) bool { return r.id == id })
	if i < 0 {
		return fmt.Errorf("no refund %q", id)
	}
	r := s.refunds[i]
	if r.status == "failed" || r.status == "canceled" || (ok && r.status == "succeeded") {
		return fmt.Errorf("refund %s is %s", id, r.status)
	}
	r.status, r.failure = "succeeded", ""
	if !ok {
		r.status, r.failure = "failed", "expired_or_canceled_card"
	}
	live := s.intents[r.intent].live
	s.emit("charge.refund.updated", live, s.refundJSON(r))
	s.emit("refund.updated", live, s.refundJSON(r))
	if !ok {
		s.emit("refund.failed", live, s.refundJSON(r))
	}
	return nil
}

// RefundInDashboard gives money back as somebody at the dashboard does; 0 is all that is left. It returns the refund.
func (s *Stripe) RefundInDashboard(intent string, amount int64) (id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pi, ok := s.intents[intent]
	if !ok {
		return "", fmt.Errorf("no payment intent %q", intent)
	}
	if amount == 0 {
		amount = s.left(pi)
	}
	if no := s.refundable(pi, amount); no != nil {
		return "", fmt.Errorf("refund %s: %s", intent, no.text)
	}
	return s.giveBack(pi, amount, "", map[string]string{}).id, nil
}

// left is what can still be given back of a payment. The caller holds s.mu, as for all functions below.
func (s *Stripe) left(pi *stripeIntent) int64 {
	left := pi.amount
	for _, r := range s.refunds {
		if r.intent == pi.id && r.status != "failed" && r.status != "canceled" {
			left -= r.amount
		}
	}
	return left
}

// refundable refuses what the real API does.
func (s *Stripe) refundable(pi *stripeIntent, amount int64) *stripeRefusal {
	no := func(code, param, text string) *stripeRefusal {
		return &stripeRefusal{400, "invalid_request_error", code, param, text}
	}
	left := s.left(pi)
	switch {
	case pi.status != "succeeded":
		return no("", "payment_intent", "This PaymentIntent ("+pi.id+") does not have a successful charge to refund.")
	case s.disputed(pi.id):
		return no("charge_disputed", "", "Charge "+pi.chargeID()+" has been charged back; cannot issue a refund.")
	case left == 0:
		return no("charge_already_refunded", "", "Charge "+pi.chargeID()+" has already been refunded.")
	case amount < 1:
		return no("parameter_invalid_integer", "amount", "This value must be greater than or equal to 1.")
	case amount > pi.amount:
		return no("amount_too_large", "amount", "Refund amount is greater than charge amount.")
	case amount > left:
		return no("", "amount", "Refund amount is greater than unrefunded amount on charge.")
	default:
		return nil
	}
}

// giveBack makes a refund and tells of it.
func (s *Stripe) giveBack(pi *stripeIntent, amount int64, reason string, metadata map[string]string) *stripeRefund {
	r := &stripeRefund{
		id: s.id("re_"), intent: pi.id, status: "succeeded", reason: reason, amount: amount, created: s.c.Now().Unix(), metadata: metadata,
	}
	if pi.method == "paynow" || pi.method == "grabpay" {
		r.status = "pending"
	}
	if s.nextRefund != "" {
		r.status, s.nextRefund = s.nextRefund, ""
	}
	s.refunds = append(s.refunds, r)
	s.emit("charge.refunded", pi.live, s.chargeJSON(pi))
	s.emit("refund.created", pi.live, s.refundJSON(r))
	return r
}

var refundFields = regexp.MustCompile(`^(payment_intent|charge|amount|reason|expand\[\d+\]|metadata\[[^]]{1,40}\])$`)

func (s *Stripe) refund(_ *http.Request, form url.Values) (any, *stripeRefusal) {
	for name := range form {
		if !refundFields.MatchString(name) {
			return nil, &stripeRefusal{400, "invalid_request_error", "parameter_unknown", name, "Received unknown parameter: " + name}
		}
	}
	id := form.Get("payment_intent")
	if charge := form.Get("charge"); charge != "" {
		id = "pi_" + strings.TrimPrefix(charge, "ch_")
	}
	pi, ok := s.intents[id]
	if !ok {
		no := missing("payment_intent", id)
		no.param = "payment_intent"
		return nil, no
	}
	if reason := form.Get("reason"); !slices.Contains([]string{"", "duplicate", "fraudulent", "requested_by_customer"}, reason) {
		return nil, badRequest("reason", "Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer")
	}
	amount := s.left(pi)
	if v := form.Get("amount"); v != "" {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return nil, &stripeRefusal{400, "invalid_request_error", "parameter_invalid_integer", "amount", "Invalid integer: " + v}
		}
		amount = n
	}
	if no := s.refundable(pi, amount); no != nil {
		return nil, no
	}
	return s.refundJSON(s.giveBack(pi, amount, form.Get("reason"), nested(form, "metadata"))), nil
}

func (s *Stripe) refundLook(r *http.Request, _ url.Values) (any, *stripeRefusal) {
	for _, x := range s.refunds {
		if x.id == r.PathValue("id") {
			return s.refundJSON(x), nil
		}
	}
	return nil, missing("refund", r.PathValue("id"))
}

// refundList answers the newest first, in pages.
func (s *Stripe) refundList(_ *http.Request, form url.Values) (any, *stripeRefusal) {
	intent := form.Get("payment_intent")
	if _, ok := s.intents[intent]; !ok && intent != "" {
		return nil, missing("payment_intent", intent)
	}
	limit, err := strconv.Atoi(form.Get("limit"))
	if err != nil {
		limit = 10
	}
	after := form.Get("starting_after")
	data, more, begun := []any{}, false, after == ""
	for _, r := range slices.Backward(s.refunds) {
		switch {
		case !begun:
			begun = r.id == after
		case intent != "" && r.intent != intent:
		case len(data) == limit:
			more = true
		default:
			data = append(data, s.refundJSON(r))
		}
	}
	return map[string]any{"object": "list", "data": data, "has_more": more, "url": "/v1/refunds"}, nil
}

// chargeID is the name of the intent's charge.
func (pi *stripeIntent) chargeID() string { return "ch_" + strings.TrimPrefix(pi.id, "pi_") }

func (s *Stripe) refundJSON(r *stripeRefund) map[string]any {
	pi := s.intents[r.intent]
	m := map[string]any{
		"id": r.id, "object": "refund", "amount": r.amount, "balance_transaction": nil, "charge": pi.chargeID(),
		"created": r.created, "currency": pi.currency, "destination_details": map[string]any{"type": pi.method},
		"metadata": r.metadata, "payment_intent": pi.id, "reason": orNil(r.reason), "receipt_number": nil,
		"source_transfer_reversal": nil, "status": r.status, "transfer_reversal": nil,
	}
	if r.failure != "" {
		m["failure_reason"] = r.failure
	}
	return m
}

// chargeJSON is the intent's charge; since 2022-11-15 it does not list its refunds.
func (s *Stripe) chargeJSON(pi *stripeIntent) map[string]any {
	back := pi.amount - s.left(pi)
	details := map[string]any{"type": pi.method, pi.method: map[string]any{}}
	if pi.method == "card" {
		details["card"] = map[string]any{
			"brand": "visa", "last4": "4242", "country": "SG", "funding": "credit", "network": "visa", "exp_month": 8, "exp_year": 2031,
			"fingerprint": "Xt5EWLLDS7FJjR1c", "iin": "424242", "network_token": map[string]any{"used": false},
		}
	}
	return map[string]any{
		"id": pi.chargeID(), "object": "charge", "amount": pi.amount, "amount_captured": pi.amount, "amount_refunded": back,
		"billing_details": map[string]any{"email": "visitor@example.com", "name": "A Visitor"}, "captured": true,
		"created": pi.created, "currency": pi.currency, "disputed": s.disputed(pi.id), "livemode": pi.live, "metadata": pi.metadata,
		"paid": true, "payment_intent": pi.id, "payment_method_details": details,
		"receipt_url": s.URL + "/receipts/secret_" + pi.id, "refunded": back == pi.amount, "status": "succeeded",
	}
}
