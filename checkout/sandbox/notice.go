package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// SignatureHeader carries "t=<Unix seconds>,v1=<hex HMAC-SHA256 of t, a dot, and the body>".
const SignatureHeader = "Sandbox-Signature"

// Tolerance is how far a notice's signing time may be from now, in both directions.
const Tolerance = 5 * time.Minute

// The types of notices.
const (
	typePaid    = "payment.paid"
	typeFailed  = "payment.failed"
	typePending = "payment.pending"
	typeClosed  = "session.closed"

	typeRefundCreated   = "refund.created"
	typeRefundUpdated   = "refund.updated"
	typeDisputeCreated  = "dispute.created"
	typeDisputeUpdated  = "dispute.updated"
	typeFundsWithdrawn  = "dispute.funds_withdrawn"
	typeFundsReinstated = "dispute.funds_reinstated"
)

// notice is the body of what the provider posts.
type notice struct {
	ID        string            `json:"id"`
	Type      string            `json:"type"`
	Created   time.Time         `json:"created"`
	Session   string            `json:"session"`
	Reference tickets.SessionID `json:"reference"`
	Test      bool              `json:"test"`
	Charge    *charge           `json:"charge,omitempty"`
	Refund    *refund           `json:"refund,omitempty"`
	Dispute   *dispute          `json:"dispute,omitempty"`
	Deadline  time.Time         `json:"deadline,omitzero"`
	Reason    string            `json:"reason,omitempty"`
}

// Sign returns the value of SignatureHeader for a body sent at a time.
func Sign(secret, body []byte, at time.Time) string {
	t := strconv.FormatInt(at.Unix(), 10)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac(secret, t, body))
}

func mac(secret []byte, t string, body []byte) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(t + "."))
	h.Write(body)
	return h.Sum(nil)
}

// parseSignature reads a header's time, as it was written, and its signatures.
func parseSignature(header string) (t string, at time.Time, sums [][]byte, ok bool) {
	for _, part := range strings.Split(header, ",") {
		name, value, found := strings.Cut(part, "=")
		if !found {
			return "", time.Time{}, nil, false
		}
		switch name {
		case "t":
			sec, err := strconv.ParseInt(value, 10, 64)
			if err != nil || t != "" {
				return "", time.Time{}, nil, false
			}
			t, at = value, time.Unix(sec, 0)
		case "v1":
			sum, err := hex.DecodeString(value)
			if err != nil {
				return "", time.Time{}, nil, false
			}
			sums = append(sums, sum)
		}
	}
	return t, at, sums, t != "" && len(sums) > 0
}

// Verify checks signature and age of a notice and names its event.
func (g *Gateway) Verify(h http.Header, body []byte, now time.Time) (checkout.Event, error) {
	t, at, sums, ok := parseSignature(h.Get(SignatureHeader))
	if !ok {
		return checkout.Event{}, tickets.Refuse(tickets.Unauthorized, "sandbox notice without a signature")
	}
	if at.Before(now.Add(-Tolerance)) || at.After(now.Add(Tolerance)) {
		return checkout.Event{}, tickets.Refuse(tickets.Unauthorized, "sandbox notice signed at another time")
	}
	want, good := mac(g.c.Secret, t, body), false
	for _, sum := range sums {
		good = hmac.Equal(sum, want) || good
	}
	if !good {
		return checkout.Event{}, tickets.Refuse(tickets.Unauthorized, "sandbox notice with a wrong signature")
	}
	n, err := parseNotice(body)
	if err != nil {
		return checkout.Event{}, err
	}
	return checkout.Event{ID: n.ID, Type: n.Type}, nil
}

func parseNotice(body []byte) (notice, error) {
	var n notice
	if err := json.Unmarshal(body, &n); err != nil || n.ID == "" || n.Type == "" {
		return n, tickets.Refuse(tickets.Invalid, "sandbox notice is not an event")
	}
	return n, nil
}

// Read tells what a notice reports.
func (g *Gateway) Read(body []byte) ([]checkout.Report, error) {
	n, err := parseNotice(body)
	if err != nil {
		return nil, err
	}
	r := checkout.Report{
		Remote: n.Session, Reference: n.Reference, Test: n.Test, At: tickets.Milli(n.Created),
		Deadline: n.Deadline, Reason: n.Reason, Raw: json.RawMessage(body),
	}
	switch n.Type {
	case typePaid:
		if n.Charge == nil || n.Charge.ID == "" || !n.Charge.Currency.Valid() || n.Charge.Amount < 0 {
			return nil, tickets.Refuse(tickets.Invalid, "sandbox notice %s has no charge", n.ID)
		}
		r.Kind, r.Charge, r.At = checkout.ReportPaid, n.Charge.ID, tickets.Milli(n.Charge.At)
		r.Amount = tickets.Money{Amount: n.Charge.Amount, Currency: n.Charge.Currency}
		r.Test = n.Test || n.Charge.Test
	case typeFailed:
		r.Kind = checkout.ReportFailed
	case typePending:
		r.Kind = checkout.ReportAsync
	case typeClosed:
		r.Kind = checkout.ReportClosed
	case typeRefundCreated, typeRefundUpdated:
		err = n.Refund.report(&r)
	case typeDisputeCreated, typeDisputeUpdated, typeFundsWithdrawn, typeFundsReinstated:
		err = n.Dispute.report(&r, n.Type)
	default:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if r.Remote == "" {
		return nil, tickets.Refuse(tickets.Invalid, "sandbox notice %s names no session", n.ID)
	}
	return []checkout.Report{r}, nil
}

// report fills in what a notice says of a refund.
func (r *refund) report(out *checkout.Report) error {
	states := map[checkout.RefundStandingState]tickets.RefundState{
		checkout.RefundIsPending: tickets.RefundPending, checkout.RefundIsSucceeded: tickets.RefundSucceeded,
		checkout.RefundIsFailed: tickets.RefundFailed,
	}
	if r == nil || r.ID == "" || r.Charge == "" || !r.Currency.Valid() || r.Amount < 0 || states[r.State] == "" {
		return tickets.Refuse(tickets.Invalid, "sandbox notice has no refund")
	}
	out.Kind, out.Charge, out.Refund, out.RefundID = checkout.ReportRefund, r.Charge, r.ID, r.RefundID
	out.RefundState, out.Amount = states[r.State], tickets.Money{Amount: r.Amount, Currency: r.Currency}
	out.Reason = r.Reason
	return nil
}

var disputeStates = []tickets.DisputeState{
	tickets.DisputeWarning, tickets.DisputeDropped, tickets.DisputeOpen, tickets.DisputeEvidenceSent, tickets.DisputeWon, tickets.DisputeLost,
}

// report fills in what a notice says of a dispute; one about its funds tells of them only.
func (d *dispute) report(out *checkout.Report, kind string) error {
	if d == nil || d.ID == "" || d.Charge == "" || !d.Currency.Valid() || d.Amount < 0 || !slices.Contains(disputeStates, d.State) {
		return tickets.Refuse(tickets.Invalid, "sandbox notice has no dispute")
	}
	out.Kind, out.Charge, out.Dispute, out.DisputeState = checkout.ReportDispute, d.Charge, d.ID, d.State
	out.Amount, out.Deadline = tickets.Money{Amount: d.Amount, Currency: d.Currency}, d.Deadline
	out.Reason = d.Reason
	switch kind {
	case typeFundsWithdrawn:
		out.Funds, out.DisputeState = checkout.FundsWithdrawn, ""
	case typeFundsReinstated:
		out.Funds, out.DisputeState = checkout.FundsReinstated, ""
	}
	return nil
}

// rawSession is what the provider answers to Open.
func rawSession(s *session, url string) (json.RawMessage, error) {
	b, err := json.Marshal(map[string]any{
		"id": s.Remote, "object": "payment_session", "status": s.State, "reference": s.ID, "amount": s.Total.Amount,
		"currency": s.Total.Currency, "method": s.Method, "url": url, "created": s.At, "test": s.Test,
	})
	if err != nil {
		return nil, fmt.Errorf("sandbox session %s: %w", s.ID, err)
	}
	return b, nil
}
