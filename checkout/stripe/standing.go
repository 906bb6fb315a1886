package stripe

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/stripe/stripe-go/v76"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// state is what we read of a Checkout Session. It is decoded from the raw answer, of the API or in an event, rather
// than through the library's type: events come in the version of the webhook endpoint, and a field that changed its
// shape there must not cost us a payment.
type state struct {
	ID                 string                              `json:"id"`
	Object             string                              `json:"object"`
	Status             stripe.CheckoutSessionStatus        `json:"status"`
	PaymentStatus      stripe.CheckoutSessionPaymentStatus `json:"payment_status"`
	AmountTotal        *int64                              `json:"amount_total"`
	Currency           string                              `json:"currency"`
	CurrencyConversion *struct {
		AmountTotal    *int64 `json:"amount_total"`
		SourceCurrency string `json:"source_currency"`
	} `json:"currency_conversion"`
	PaymentIntent     reference `json:"payment_intent"`
	ClientReferenceID string    `json:"client_reference_id"`
	Livemode          *bool     `json:"livemode"`
}

// reference is an object that Stripe writes as its id, or whole where it was expanded.
type reference string

// UnmarshalJSON takes both forms; null is "".
func (r *reference) UnmarshalJSON(b []byte) error {
	var id *string
	if json.Unmarshal(b, &id) == nil {
		if id != nil {
			*r = reference(*id)
		}
		return nil
	}
	var whole struct {
		ID string `json:"id"`
	}
	err := json.Unmarshal(b, &whole)
	*r = reference(whole.ID)
	return err
}

func parseState(raw []byte) (state, error) {
	var s state
	if err := json.Unmarshal(raw, &s); err != nil {
		return s, tickets.Refuse(tickets.Invalid, "stripe session: %v", err)
	}
	if s.ID == "" || (s.Object != "" && s.Object != "checkout.session") {
		return s, tickets.Refuse(tickets.Invalid, "stripe says %q %q where a session is due", s.Object, s.ID)
	}
	return s, nil
}

// charge is the name of the session's payment: the PaymentIntent; a session that needed none has only its own.
func (s state) charge() string {
	if s.PaymentIntent != "" {
		return string(s.PaymentIntent)
	}
	return s.ID
}

// amount is what was collected. Where Stripe let the customer pay in their own currency it is what that was in ours.
func (s state) amount() (tickets.Money, error) {
	total, currency := s.AmountTotal, s.Currency
	if c := s.CurrencyConversion; c != nil && c.AmountTotal != nil && c.SourceCurrency != "" {
		total, currency = c.AmountTotal, c.SourceCurrency
	}
	if total == nil {
		return tickets.Money{}, tickets.Refuse(tickets.Invalid, "stripe session %s has no amount", s.ID)
	}
	return fromStripe(*total, currency)
}

// paid reports whether the money is there.
func (s state) paid() bool {
	return s.PaymentStatus == stripe.CheckoutSessionPaymentStatusPaid ||
		(s.PaymentStatus == stripe.CheckoutSessionPaymentStatusNoPaymentRequired &&
			s.Status == stripe.CheckoutSessionStatusComplete)
}

// report is the session in our words.
func (s state) report(kind checkout.ReportKind, at time.Time, test bool) (checkout.Report, error) {
	r := checkout.Report{
		Kind: kind, Remote: s.ID, Reference: tickets.SessionID(s.ClientReferenceID), At: at,
		Test: test || (s.Livemode != nil && !*s.Livemode),
	}
	if kind != checkout.ReportPaid {
		return r, nil
	}
	var err error
	r.Charge = s.charge()
	r.Amount, err = s.amount()
	return r, err
}

// standing is the session as an answer to whoever asked.
func (s state) standing(raw json.RawMessage) (checkout.Standing, error) {
	if s.paid() {
		r, err := s.report(checkout.ReportPaid, time.Time{}, s.Livemode == nil)
		if err != nil {
			return checkout.Standing{}, fmt.Errorf("stripe session %s is paid: %s", s.ID, err.Error()) // not a final no
		}
		r.Raw = raw
		return checkout.Standing{State: checkout.StandingPaid, Charges: []checkout.Report{r}}, nil
	}
	switch s.Status {
	case stripe.CheckoutSessionStatusOpen:
		return checkout.Standing{State: checkout.StandingOpen}, nil
	case stripe.CheckoutSessionStatusExpired:
		return checkout.Standing{State: checkout.StandingClosed}, nil
	case stripe.CheckoutSessionStatusComplete:
		return checkout.Standing{State: checkout.StandingAsync}, nil
	default:
		return checkout.Standing{}, fmt.Errorf("stripe session %s has status %q", s.ID, s.Status)
	}
}
