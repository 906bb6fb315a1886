package checkouttest

import (
	"fmt"
	"slices"
)

type stripeDispute struct {
	id, intent, status, reason string
	amount, created, due       int64
	withdrawn                  bool
}

// Dispute opens a dispute of a payment: 0 is all of it. No funds move; see [Stripe.MoveFunds]. It returns the dispute.
func (s *Stripe) Dispute(intent string, amount int64, reason string) (id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pi, ok := s.intents[intent]
	if !ok || pi.status != "succeeded" || s.disputed(intent) {
		return "", fmt.Errorf("payment intent %q has no charge to dispute", intent)
	}
	if amount == 0 {
		amount = pi.amount
	}
	d := &stripeDispute{
		id: s.id("dp_"), intent: intent, status: "needs_response", reason: reason, amount: amount,
		created: s.c.Now().Unix(), due: s.c.Now().Unix() + 7*24*3600,
	}
	s.disputes = append(s.disputes, d)
	s.emit("charge.dispute.created", pi.live, s.disputeJSON(d))
	return d.id, nil
}

// MoveDispute gives a dispute another status: needs_response, under_review, won, lost, or one of the warning_….
func (s *Stripe) MoveDispute(id, status string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.dispute(id)
	if err != nil {
		return err
	}
	d.status = status
	kind := "charge.dispute.updated"
	if !d.open() {
		kind = "charge.dispute.closed"
	}
	s.emit(kind, s.intents[d.intent].live, s.disputeJSON(d))
	return nil
}

// MoveFunds takes a dispute's money from the account, or brings it back.
func (s *Stripe) MoveFunds(id string, back bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.dispute(id)
	if err != nil {
		return err
	}
	if d.withdrawn != back {
		return fmt.Errorf("the funds of %s are there already", id)
	}
	d.withdrawn = !back
	kind := "charge.dispute.funds_withdrawn"
	if back {
		kind = "charge.dispute.funds_reinstated"
	}
	s.emit(kind, s.intents[d.intent].live, s.disputeJSON(d))
	return nil
}

// Warn sends an early fraud warning about a payment and returns it. With over it is one that cannot be acted on any
// more, sent again.
func (s *Stripe) Warn(intent string, over bool) (id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pi, ok := s.intents[intent]
	if !ok || pi.status != "succeeded" {
		return "", fmt.Errorf("payment intent %q has no charge to warn of", intent)
	}
	kind, id := "radar.early_fraud_warning.created", "issfr_"+intent[len("pi_"):]
	if over {
		kind = "radar.early_fraud_warning.updated"
	}
	s.emit(kind, pi.live, map[string]any{
		"id": id, "object": "radar.early_fraud_warning", "actionable": !over, "charge": pi.chargeID(), "created": s.c.Now().Unix(),
		"fraud_type": "made_with_stolen_card", "livemode": pi.live, "payment_intent": intent,
	})
	return id, nil
}

func (s *Stripe) dispute(id string) (*stripeDispute, error) {
	i := slices.IndexFunc(s.disputes, func(d *stripeDispute) bool { return d.id == id })
	if i < 0 {
		return nil, fmt.Errorf("no dispute %q", id)
	}
	return s.disputes[i], nil
}

func (d *stripeDispute) open() bool {
	return d.status != "won" && d.status != "lost" && d.status != "warning_closed"
}

// disputed reports whether a payment cannot be given back because of a dispute. The caller holds s.mu.
func (s *Stripe) disputed(intent string) bool {
	return slices.ContainsFunc(s.disputes, func(d *stripeDispute) bool { return d.intent == intent && (d.open() || d.withdrawn) })
}

func (s *Stripe) disputeJSON(d *stripeDispute) map[string]any {
	pi := s.intents[d.intent]
	return map[string]any{
		"id": d.id, "object": "dispute", "amount": d.amount, "balance_transactions": []any{}, "charge": pi.chargeID(),
		"created": d.created, "currency": pi.currency, "evidence": map[string]any{"customer_email_address": "visitor@example.com",
			"customer_name": "A Visitor"},
		"evidence_details":     map[string]any{"due_by": d.due, "has_evidence": false, "past_due": false, "submission_count": 0},
		"is_charge_refundable": false, "livemode": pi.live, "metadata": map[string]any{}, "payment_intent": pi.id,
		"payment_method_details": map[string]any{"type": "card", "card": map[string]any{"brand": "visa", "network_reason_code": "10.4"}},
		"reason":                 d.reason, "status": d.status,
	}
}
