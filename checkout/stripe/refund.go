package stripe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/stripe/stripe-go/v76"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// Refund sends the refund's amount of the PaymentIntent back. Its id is the idempotency key and stands in the refund's
// metadata, so that it is found when the answer is lost. The desk sends nothing again once Stripe may have forgotten the key,
// which it may after 24 hours.
//
// It fails with Declined when the charge cannot give the money: another refund took it, or the bank disputes it. It
// fails with Unsupported when the customer paid in a currency that is not ours, because Stripe would count the amount
// in theirs, and with Invalid for a request that Stripe will never accept, one with a wrong key among them. After any
// other error it is not known whether the money is on its way.
func (g *Gateway) Refund(ctx context.Context, r tickets.Refund, c tickets.Capture) (checkout.RefundStanding, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	p, err := refundParams(r, c)
	if err != nil {
		return checkout.RefundStanding{}, fmt.Errorf("refund %s: %w", r.ID, err)
	}
	if err := g.sameCurrency(ctx, c); err != nil {
		return checkout.RefundStanding{}, fmt.Errorf("refund %s: %w", r.ID, err)
	}
	p.Context = ctx
	s, err := g.refunds.New(p)
	if err != nil {
		return g.refundRefused(ctx, r, c, err)
	}
	return refundStanding(s.LastResponse.RawJSON)
}

func refundParams(r tickets.Refund, c tickets.Capture) (*stripe.RefundParams, error) {
	if r.ID == "" || r.Amount.Amount <= 0 || r.Amount.Currency != c.Amount.Currency {
		return nil, tickets.Refuse(tickets.Invalid, "stripe cannot give back %s of %s", r.Amount, c.Amount)
	}
	if !strings.HasPrefix(c.Charge, "pi_") { // a session that needed no payment
		return nil, tickets.Refuse(tickets.Unsupported, "%q is not a payment at stripe", c.Charge)
	}
	amount, _, err := toStripe(r.Amount)
	if err != nil {
		return nil, err
	}
	reason := stripe.RefundReasonRequestedByCustomer
	switch r.Source {
	case tickets.RefundDuplicate:
		reason = stripe.RefundReasonDuplicate
	case tickets.RefundFraudWarning:
		reason = stripe.RefundReasonFraudulent
	}
	p := &stripe.RefundParams{
		PaymentIntent: stripe.String(c.Charge), Amount: stripe.Int64(amount), Reason: stripe.String(string(reason)),
		Metadata: map[string]string{"refund_id": string(r.ID)},
	}
	if r.Order != "" {
		p.Metadata["order_id"] = string(r.Order)
	}
	p.SetIdempotencyKey(string(r.ID))
	return p, nil
}

// sameCurrency makes sure that Stripe means what we mean by an amount: where it converted, the capture is in our
// currency and the PaymentIntent in the customer's.
func (g *Gateway) sameCurrency(ctx context.Context, c tickets.Capture) error {
	params := &stripe.PaymentIntentParams{}
	params.Context = ctx
	pi, err := g.intents.Get(c.Charge, params)
	if err != nil {
		return refusal(err)
	}
	if !strings.EqualFold(string(pi.Currency), string(c.Amount.Currency)) {
		return tickets.Refuse(tickets.Unsupported, "stripe collected %s in %q", c.Charge, pi.Currency)
	}
	return nil
}

// refundRefused judges Stripe's refusal of a refund. That the money is gone already may be the work of this very refund,
// sent by a call whose answer was lost; only what carries our id is counted as ours.
func (g *Gateway) refundRefused(ctx context.Context, r tickets.Refund, c tickets.Capture, err error) (checkout.RefundStanding, error) {
	var e *stripe.Error
	if !errors.As(err, &e) || (!aboutCharge(e) && e.Type != stripe.ErrorTypeIdempotency) {
		return checkout.RefundStanding{}, fmt.Errorf("refund %s: %w", r.ID, refusal(err))
	}
	st, unseen := g.findRefund(ctx, r, c)
	switch {
	case unseen != nil:
		return st, fmt.Errorf("%w, after %w", unseen, plain(err))
	case st.State != checkout.RefundIsAbsent:
		return st, nil
	case aboutCharge(e):
		return checkout.RefundStanding{}, tickets.Refuse(tickets.Declined, "refund %s: %v", r.ID, plain(err))
	default:
		return checkout.RefundStanding{}, fmt.Errorf("refund %s: %w", r.ID, plain(err))
	}
}

// aboutCharge reports whether Stripe refuses because of the charge rather than the request. What is more than the rest
// comes with or without a code, and names the parameter.
func aboutCharge(e *stripe.Error) bool {
	if e.HTTPStatusCode < 400 || e.HTTPStatusCode > 499 {
		return false
	}
	switch e.Code {
	case stripe.ErrorCodeChargeAlreadyRefunded, stripe.ErrorCodeAmountTooLarge, stripe.ErrorCodeChargeDisputed,
		stripe.ErrorCodeRefundDisputedPayment, stripe.ErrorCodeChargeNotRefundable, stripe.ErrorCodeBalanceInsufficient:
		return true
	default:
		return e.Param == "amount" && e.Type == stripe.ErrorTypeInvalidRequest
	}
}

// LookupRefund retrieves the refund, by Stripe's id where it is known, else by our id among the PaymentIntent's refunds.
// No error of it is a final no.
func (g *Gateway) LookupRefund(ctx context.Context, r tickets.Refund, c tickets.Capture) (checkout.RefundStanding, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if r.Remote != "" {
		st, err := g.retrieveRefund(ctx, r.ID, r.Remote)
		if err != nil || st.State != checkout.RefundIsAbsent {
			return st, err
		}
	}
	return g.findRefund(ctx, r, c)
}

func (g *Gateway) retrieveRefund(ctx context.Context, id tickets.RefundID, remote string) (checkout.RefundStanding, error) {
	params := &stripe.RefundParams{}
	params.Context = ctx
	s, err := g.refunds.Get(remote, params)
	if absent(err) {
		return checkout.RefundStanding{State: checkout.RefundIsAbsent}, nil
	}
	if err != nil {
		return checkout.RefundStanding{}, fmt.Errorf("retrieve stripe refund %s: %w", id, plain(err))
	}
	st, err := refundStanding(s.LastResponse.RawJSON)
	if err == nil && st.Remote != remote {
		return checkout.RefundStanding{}, fmt.Errorf("retrieve stripe refund %s: the answer is about %s", id, st.Remote)
	}
	return st, err
}

// findRefund looks for our id among all refunds of the PaymentIntent. Should there be several, the one in which the most
// money is on its way counts.
func (g *Gateway) findRefund(ctx context.Context, r tickets.Refund, c tickets.Capture) (checkout.RefundStanding, error) {
	none := checkout.RefundStanding{State: checkout.RefundIsAbsent}
	if r.ID == "" || !strings.HasPrefix(c.Charge, "pi_") {
		return none, nil
	}
	params := &stripe.RefundListParams{PaymentIntent: stripe.String(c.Charge)}
	params.Context = ctx
	params.Limit = stripe.Int64(100)
	found, best := "", -1
	it := g.refunds.List(params)
	for it.Next() {
		x := it.Refund()
		if x.Metadata["refund_id"] != string(r.ID) {
			continue
		}
		weight := 1
		switch x.Status {
		case stripe.RefundStatusSucceeded:
			weight = 2
		case stripe.RefundStatusFailed, stripe.RefundStatusCanceled:
			weight = 0
		}
		if weight > best {
			found, best = x.ID, weight
		}
	}
	if err := it.Err(); absent(err) {
		return none, nil
	} else if err != nil {
		return checkout.RefundStanding{}, fmt.Errorf("list stripe refunds for %s: %w", r.ID, plain(err))
	}
	if found == "" {
		return none, nil
	}
	return g.retrieveRefund(ctx, r.ID, found)
}

// refundState is what we read of a Refund, of the API or in an event.
type refundState struct {
	ID            string              `json:"id"`
	Object        string              `json:"object"`
	Status        stripe.RefundStatus `json:"status"`
	Amount        *int64              `json:"amount"`
	Currency      string              `json:"currency"`
	PaymentIntent reference           `json:"payment_intent"`
	FailureReason string              `json:"failure_reason"`
	Metadata      struct {
		RefundID string `json:"refund_id"`
	} `json:"metadata"`
}

func parseRefund(raw []byte) (refundState, error) {
	var s refundState
	if err := json.Unmarshal(raw, &s); err != nil {
		return s, tickets.Refuse(tickets.Invalid, "stripe refund: %v", err)
	}
	if s.ID == "" || (s.Object != "" && s.Object != "refund") {
		return s, tickets.Refuse(tickets.Invalid, "stripe says %q %q where a refund is due", s.Object, s.ID)
	}
	return s, nil
}

// stands is the refund's state; "" is one that Stripe did not have when this was written.
func (s refundState) stands() checkout.RefundStandingState {
	switch s.Status {
	case stripe.RefundStatusSucceeded:
		return checkout.RefundIsSucceeded
	case stripe.RefundStatusPending, stripe.RefundStatusRequiresAction:
		return checkout.RefundIsPending
	case stripe.RefundStatusFailed, stripe.RefundStatusCanceled:
		return checkout.RefundIsFailed
	default:
		return ""
	}
}

// reason says why a refund failed.
func (s refundState) reason() string {
	if s.stands() == checkout.RefundIsFailed && s.FailureReason == "" {
		return string(s.Status)
	}
	return s.FailureReason
}

// refundStanding reads an answer of the API. It fails without a kind: the answer is not understood, the refund may be
// there.
func refundStanding(raw []byte) (checkout.RefundStanding, error) {
	s, err := parseRefund(raw)
	if err != nil {
		return checkout.RefundStanding{}, fmt.Errorf("stripe's answer about a refund: %s", err.Error())
	}
	if s.stands() == "" {
		return checkout.RefundStanding{}, fmt.Errorf("stripe refund %s has status %q", s.ID, s.Status)
	}
	return checkout.RefundStanding{State: s.stands(), Remote: s.ID, Reason: s.reason(), Raw: clean(raw)}, nil
}

// report is the refund in our words.
func (s refundState) report() (checkout.Report, error) {
	if s.Amount == nil {
		return checkout.Report{}, tickets.Refuse(tickets.Invalid, "stripe refund %s has no amount", s.ID)
	}
	r := checkout.Report{
		Kind: checkout.ReportRefund, Charge: string(s.PaymentIntent), Refund: s.ID, Reason: s.reason(),
		RefundState: map[checkout.RefundStandingState]tickets.RefundState{
			checkout.RefundIsPending:   tickets.RefundPending,
			checkout.RefundIsSucceeded: tickets.RefundSucceeded,
			checkout.RefundIsFailed:    tickets.RefundFailed,
		}[s.stands()],
	}
	if r.RefundState == "" {
		return r, tickets.Refuse(tickets.Invalid, "stripe refund %s has status %q", s.ID, s.Status)
	}
	if tickets.ValidID(tickets.PrefixRefund, s.Metadata.RefundID) {
		r.RefundID = tickets.RefundID(s.Metadata.RefundID)
	}
	var err error
	r.Amount, err = fromStripe(*s.Amount, s.Currency)
	return r, err
}

// Refunds lists what went back of the PaymentIntent, whoever sent it. No error of it is a final no.
func (g *Gateway) Refunds(ctx context.Context, c tickets.Capture) ([]checkout.Report, error) {
	if !strings.HasPrefix(c.Charge, "pi_") {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	params := &stripe.RefundListParams{PaymentIntent: stripe.String(c.Charge)}
	params.Context = ctx
	params.Limit = stripe.Int64(100)
	var out []checkout.Report
	it := g.refunds.List(params)
	for it.Next() {
		x := it.Refund()
		s := refundState{
			ID: x.ID, Status: x.Status, Amount: &x.Amount, Currency: string(x.Currency), PaymentIntent: reference(c.Charge),
			FailureReason: string(x.FailureReason),
		}
		s.Metadata.RefundID = x.Metadata["refund_id"]
		r, err := s.report()
		if err != nil {
			return nil, fmt.Errorf("list stripe refunds of %s: %s", c.Charge, err.Error())
		}
		out = append(out, r)
	}
	if err := it.Err(); err != nil {
		return nil, fmt.Errorf("list stripe refunds of %s: %w", c.Charge, plain(err))
	}
	return out, nil
}
