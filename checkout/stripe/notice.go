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

// Read tells what an event about a Checkout Session reports. All others are of no interest: a refused card
// (payment_intent.payment_failed) leaves the page open for another try. It fails with Invalid for a session that is
// paid and does not say how much.
func (g *Gateway) Read(body []byte) ([]checkout.Report, error) {
	e, err := parseEvent(body)
	if err != nil {
		return nil, err
	}
	kinds := map[stripe.EventType]checkout.ReportKind{
		stripe.EventTypeCheckoutSessionCompleted:             checkout.ReportAsync, // unless paid already
		stripe.EventTypeCheckoutSessionAsyncPaymentSucceeded: checkout.ReportPaid,
		stripe.EventTypeCheckoutSessionAsyncPaymentFailed:    checkout.ReportFailed,
		stripe.EventTypeCheckoutSessionExpired:               checkout.ReportClosed,
	}
	kind, ok := kinds[e.Type]
	if !ok {
		return nil, nil
	}
	s, err := parseState(e.Data.Object)
	if err != nil {
		return nil, err
	}
	if e.Type == stripe.EventTypeCheckoutSessionCompleted && s.paid() {
		kind = checkout.ReportPaid
	}
	var at time.Time
	if e.Created > 0 {
		at = time.Unix(e.Created, 0).UTC()
	}
	r, err := s.report(kind, at, !e.Livemode)
	if err != nil {
		return nil, err
	}
	if kind == checkout.ReportFailed {
		r.Reason = "the payment method settled with a failure"
	}
	r.Raw = clean(body)
	return []checkout.Report{r}, nil
}
