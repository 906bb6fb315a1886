package stripe

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// SignatureHeader carries "t=<Unix seconds>,v1=<hex>", with several v1 while a secret is being rolled.
const SignatureHeader = "Stripe-Signature"

// Verify checks a webhook's signature with each of the secrets, and that it was made within five minutes of now, before
// or after. Stripe signs every repetition afresh. It fails with Unauthorized, or with Invalid when what was signed is
// not an event.
func (g *Gateway) Verify(h http.Header, body []byte, now time.Time) (checkout.Event, error) {
	header := h.Get(SignatureHeader)
	at, ok := signedAt(header)
	if !ok {
		return checkout.Event{}, tickets.Refuse(tickets.Unauthorized, "stripe notice without a signature")
	}
	// The library looks at the wall clock, and accepts any time in the future; the time is ours to check.
	if at.Before(now.Add(-webhook.DefaultTolerance)) || at.After(now.Add(webhook.DefaultTolerance)) {
		return checkout.Event{}, tickets.Refuse(tickets.Unauthorized, "stripe notice signed at another time")
	}
	good := false
	for _, secret := range g.c.WebhookSecrets {
		good = webhook.ValidatePayloadIgnoringTolerance(body, header, secret) == nil || good
	}
	if !good {
		return checkout.Event{}, tickets.Refuse(tickets.Unauthorized, "stripe notice with a wrong signature")
	}
	e, err := parseEvent(body)
	if err != nil {
		return checkout.Event{}, err
	}
	return checkout.Event{ID: e.ID, Type: string(e.Type)}, nil
}

// signedAt reads the header's one time.
func signedAt(header string) (time.Time, bool) {
	var at time.Time
	found := false
	for _, part := range strings.Split(header, ",") {
		name, value, _ := strings.Cut(part, "=")
		if name != "t" {
			continue
		}
		sec, err := strconv.ParseInt(value, 10, 64)
		if err != nil || found {
			return time.Time{}, false
		}
		at, found = time.Unix(sec, 0), true
	}
	return at, found
}

// event is an event's envelope; the API version it was rendered in does not matter for what we read.
type event struct {
	ID       string           `json:"id"`
	Type     stripe.EventType `json:"type"`
	Created  int64            `json:"created"`
	Livemode bool             `json:"livemode"`
	Data     struct {
		Object json.RawMessage `json:"object"`
	} `json:"data"`
}

func parseEvent(body []byte) (event, error) {
	var e event
	if err := json.Unmarshal(body, &e); err != nil {
		return e, tickets.Refuse(tickets.Invalid, "stripe notice: %v", err)
	}
	if e.ID == "" || e.Type == "" {
		return e, tickets.Refuse(tickets.Invalid, "stripe notice is not an event")
	}
	return e, nil
}

// readers read the events that are of interest. All others are not: a refused card (payment_intent.payment_failed) leaves
// the page open for another try, and charge.succeeded tells of a session's money what the session tells.
var readers = map[stripe.EventType]func(event) ([]checkout.Report, error){
	stripe.EventTypeCheckoutSessionCompleted:             readSession,
	stripe.EventTypeCheckoutSessionAsyncPaymentSucceeded: readSession,
	stripe.EventTypeCheckoutSessionAsyncPaymentFailed:    readSession,
	stripe.EventTypeCheckoutSessionExpired:               readSession,

	stripe.EventTypeRefundCreated:       readRefund,
	stripe.EventTypeRefundUpdated:       readRefund,
	stripe.EventTypeChargeRefundUpdated: readRefund,
	"refund.failed":                     readRefund, // newer than the library
	stripe.EventTypeChargeRefunded:      readRefunded,

	stripe.EventTypeChargeDisputeCreated:         readDispute,
	stripe.EventTypeChargeDisputeUpdated:         readDispute,
	stripe.EventTypeChargeDisputeFundsWithdrawn:  readDispute,
	stripe.EventTypeChargeDisputeFundsReinstated: readDispute,
	stripe.EventTypeChargeDisputeClosed:          readDispute,

	stripe.EventTypeRadarEarlyFraudWarningCreated: readWarning,
	stripe.EventTypeRadarEarlyFraudWarningUpdated: readWarning,
}

// Read tells what an event reports; none when it is of no interest. A report of a refund or a dispute names the charge
// by the PaymentIntent; where Stripe names only its own charge (ch_…) Charge is "" and Raw has that name. It fails with
// Invalid for money that does not say how much, and for a status that nobody knows.
func (g *Gateway) Read(body []byte) ([]checkout.Report, error) {
	e, err := parseEvent(body)
	if err != nil {
		return nil, err
	}
	read, ok := readers[e.Type]
	if !ok {
		return nil, nil
	}
	reports, err := read(e)
	if err != nil || len(reports) == 0 {
		return nil, err
	}
	raw := clean(body)
	for i := range reports {
		r := &reports[i]
		r.At, r.Test, r.Raw = moment(e.Created), r.Test || !e.Livemode, raw
	}
	return reports, nil
}

// moment is a time of Stripe's, Unix seconds; zero where there is none, or none that a calendar has.
func moment(sec int64) time.Time {
	if sec <= 0 || sec >= 253402300800 { // the year 10000
		return time.Time{}
	}
	return time.Unix(sec, 0).UTC()
}

func readSession(e event) ([]checkout.Report, error) {
	s, err := parseState(e.Data.Object)
	if err != nil {
		return nil, err
	}
	kind := checkout.ReportPaid
	switch e.Type {
	case stripe.EventTypeCheckoutSessionCompleted:
		if !s.paid() {
			kind = checkout.ReportAsync
		}
	case stripe.EventTypeCheckoutSessionAsyncPaymentFailed:
		kind = checkout.ReportFailed
	case stripe.EventTypeCheckoutSessionExpired:
		kind = checkout.ReportClosed
	}
	r, err := s.report(kind, time.Time{}, false)
	if kind == checkout.ReportFailed {
		r.Reason = "the payment method settled with a failure"
	}
	return []checkout.Report{r}, err
}

func readRefund(e event) ([]checkout.Report, error) {
	s, err := parseRefund(e.Data.Object)
	if err != nil {
		return nil, err
	}
	r, err := s.report()
	return []checkout.Report{r}, err
}

// readRefunded reports the refunds that a charge lists. Since API version 2022-11-15 it lists none: the event says how
// much went back in all and by no name, which cannot be told from what is known already. The events about the refunds
// themselves, refund.* and charge.refund.updated, tell then; since 2024-10-28 they are sent for every refund.
func readRefunded(e event) ([]checkout.Report, error) {
	var s struct {
		PaymentIntent reference `json:"payment_intent"`
		Refunds       struct {
			Data []json.RawMessage `json:"data"`
		} `json:"refunds"`
	}
	if err := json.Unmarshal(e.Data.Object, &s); err != nil {
		return nil, tickets.Refuse(tickets.Invalid, "stripe charge: %v", err)
	}
	var out []checkout.Report
	for _, raw := range s.Refunds.Data {
		x, err := parseRefund(raw)
		if err != nil {
			return nil, err
		}
		if x.PaymentIntent == "" {
			x.PaymentIntent = s.PaymentIntent
		}
		r, err := x.report()
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	if len(out) == 0 && s.PaymentIntent != "" { // older versions of the API tell that something went back, not what
		out = append(out, checkout.Report{Kind: checkout.ReportRefund, Charge: string(s.PaymentIntent)})
	}
	return out, nil
}
