package stripe

import (
	"encoding/json"

	"github.com/stripe/stripe-go/v76"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// disputeStates are Stripe's words for how a dispute stands. A warning in them is an inquiry of the bank: no money is
// taken yet. "charge_refunded" and "prevented" are of other API versions: the money went back, the bank takes none.
var disputeStates = map[string]tickets.DisputeState{
	string(stripe.DisputeStatusNeedsResponse):        tickets.DisputeOpen,
	string(stripe.DisputeStatusUnderReview):          tickets.DisputeEvidenceSent,
	string(stripe.DisputeStatusWon):                  tickets.DisputeWon,
	string(stripe.DisputeStatusLost):                 tickets.DisputeLost,
	string(stripe.DisputeStatusWarningNeedsResponse): tickets.DisputeWarning,
	string(stripe.DisputeStatusWarningUnderReview):   tickets.DisputeWarning,
	string(stripe.DisputeStatusWarningClosed):        tickets.DisputeDropped,
	"charge_refunded":                                tickets.DisputeDropped,
	"prevented":                                      tickets.DisputeDropped,
}

// readDispute reports a dispute. An event about its funds tells of them only: it comes beside one about the dispute, in
// any order, and how the dispute stood then must not be taken for how it stands.
func readDispute(e event) ([]checkout.Report, error) {
	var s struct {
		ID            string    `json:"id"`
		Object        string    `json:"object"`
		Status        string    `json:"status"`
		Reason        string    `json:"reason"`
		Amount        *int64    `json:"amount"`
		Currency      string    `json:"currency"`
		PaymentIntent reference `json:"payment_intent"`
		Evidence      struct {
			DueBy int64 `json:"due_by"`
		} `json:"evidence_details"`
	}
	if err := json.Unmarshal(e.Data.Object, &s); err != nil {
		return nil, tickets.Refuse(tickets.Invalid, "stripe dispute: %v", err)
	}
	if s.ID == "" || (s.Object != "" && s.Object != "dispute") || s.Amount == nil {
		return nil, tickets.Refuse(tickets.Invalid, "stripe says %q %q where a dispute is due", s.Object, s.ID)
	}
	r := checkout.Report{
		Kind: checkout.ReportDispute, Charge: string(s.PaymentIntent), Reason: s.Reason, Deadline: moment(s.Evidence.DueBy),
		Dispute: s.ID, DisputeState: disputeStates[s.Status],
	}
	switch e.Type {
	case stripe.EventTypeChargeDisputeFundsWithdrawn:
		r.Funds, r.DisputeState = checkout.FundsWithdrawn, ""
	case stripe.EventTypeChargeDisputeFundsReinstated:
		r.Funds, r.DisputeState = checkout.FundsReinstated, ""
	default:
		if r.DisputeState == "" {
			return nil, tickets.Refuse(tickets.Invalid, "stripe dispute %s has status %q", s.ID, s.Status)
		}
	}
	var err error
	r.Amount, err = fromStripe(*s.Amount, s.Currency)
	return []checkout.Report{r}, err
}

// readWarning reports an early fraud warning: the bank expects a dispute. It names no amount. One that cannot be acted
// on any more came to nothing by itself: the charge went back, or a dispute with a name of its own took over.
func readWarning(e event) ([]checkout.Report, error) {
	var s struct {
		ID            string    `json:"id"`
		Object        string    `json:"object"`
		FraudType     string    `json:"fraud_type"`
		Actionable    *bool     `json:"actionable"`
		PaymentIntent reference `json:"payment_intent"`
	}
	if err := json.Unmarshal(e.Data.Object, &s); err != nil {
		return nil, tickets.Refuse(tickets.Invalid, "stripe warning: %v", err)
	}
	if s.ID == "" || (s.Object != "" && s.Object != "radar.early_fraud_warning") {
		return nil, tickets.Refuse(tickets.Invalid, "stripe says %q %q where a warning is due", s.Object, s.ID)
	}
	r := checkout.Report{
		Kind: checkout.ReportDispute, Charge: string(s.PaymentIntent), Reason: s.FraudType,
		Dispute: s.ID, DisputeState: tickets.DisputeWarning,
	}
	if e.Type == stripe.EventTypeRadarEarlyFraudWarningUpdated && s.Actionable != nil && !*s.Actionable {
		r.DisputeState = tickets.DisputeDropped
	}
	return []checkout.Report{r}, nil
}
