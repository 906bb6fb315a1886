package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// session is a payment page and all that became of it: the provider's truth.
type session struct {
	ID       tickets.SessionID      `json:"id"` // the shop's reference
	Remote   string                 `json:"remote"`
	Key      string                 `json:"key"`
	Code     string                 `json:"code"` // the order's name for people
	Shop     string                 `json:"shop"`
	Title    string                 `json:"title"`
	Lang     string                 `json:"lang"`
	Method   string                 `json:"method"`
	Return   string                 `json:"return"`
	Total    tickets.Money          `json:"total"`
	Fee      tickets.Money          `json:"fee"`
	Test     bool                   `json:"test"`
	At       time.Time              `json:"at"`
	Expiry   time.Time              `json:"expiry"` // shown to the customer; only Close ends the session
	State    checkout.StandingState `json:"state"`
	Reason   string                 `json:"reason,omitempty"`
	Deadline time.Time              `json:"deadline,omitzero"` // of StandingAsync
	Charges  []charge               `json:"charges,omitempty"`
	Refunds  []refund               `json:"refunds,omitempty"`
	Disputes []dispute              `json:"disputes,omitempty"`
	Next     []step                 `json:"next,omitempty"` // what happens to the shop's next refunds, in order
	Plan     []step                 `json:"plan,omitempty"`
	Outbox   []letter               `json:"outbox,omitempty"`
	Events   int                    `json:"events,omitempty"` // notices ever made
}

// charge is money that the provider took.
type charge struct {
	ID       string           `json:"id"`
	Amount   int64            `json:"amount"` // minor units, ISO 4217
	Currency tickets.Currency `json:"currency"`
	Test     bool             `json:"test"`
	At       time.Time        `json:"at"`
	Method   string           `json:"method"`
	Brand    string           `json:"brand,omitempty"`
	Last4    string           `json:"last4,omitempty"`
}

// step is something that will happen.
type step struct {
	At     time.Time     `json:"at,omitzero"`
	Act    Act           `json:"act"`
	After  time.Duration `json:"after,omitempty"`  // of Next: nanoseconds from when the refund is made
	Refund string        `json:"refund,omitempty"` // what it happens to, where it is not the payment
}

// letter is a notice on its way.
type letter struct {
	Event string          `json:"event"`
	Body  json.RawMessage `json:"body"`
	At    time.Time       `json:"at"`
	Due   time.Time       `json:"due"`
	Tries int             `json:"tries,omitempty"`
}

// The gateway's name of a session and the shop's are two forms of one, so that the page is found by either.
func remoteOf(id tickets.SessionID) string {
	return "sandbox_" + strings.TrimPrefix(string(id), tickets.PrefixSession)
}

func idOf(remote string) tickets.SessionID {
	return tickets.SessionID(tickets.PrefixSession + strings.TrimPrefix(remote, "sandbox_"))
}

func chargeID(remote string, n int) string {
	return fmt.Sprintf("charge_%s_%d", strings.TrimPrefix(remote, "sandbox_"), n)
}

// expects reports whether money is still planned to come.
func (s *session) expects() bool {
	return slices.ContainsFunc(s.Plan, func(p step) bool { return p.Refund == "" })
}

// over reports whether the session has its final state; charges can still be forced onto it.
func (s *session) over() bool {
	return s.State == checkout.StandingPaid || s.State == checkout.StandingFailed || s.State == checkout.StandingClosed
}

// close ends an open session. It leaves all others as they are.
func (s *session) close(now time.Time) {
	if s.State != checkout.StandingOpen {
		return
	}
	s.State = checkout.StandingClosed
	s.tell(notice{Type: typeClosed}, now)
	s.advance(now)
}

// tell puts a notice into the outbox.
func (s *session) tell(n notice, now time.Time) {
	s.Events++
	n.ID = fmt.Sprintf("event_%s_%d", strings.TrimPrefix(s.Remote, "sandbox_"), s.Events)
	n.Created = tickets.Milli(now)
	n.Session, n.Reference = s.Remote, s.ID
	if n.Charge == nil && n.Refund == nil && n.Dispute == nil {
		n.Test = s.Test
	}
	body, err := json.Marshal(n)
	if err != nil {
		panic("sandbox: " + err.Error()) // plain data of our own
	}
	s.Outbox = append(s.Outbox, letter{Event: n.ID, Body: body, At: n.Created, Due: n.Created})
}

// due is when the session has something to do next; zero is never.
func (s *session) due() time.Time {
	var at time.Time
	sooner := func(t time.Time) {
		if at.IsZero() || t.Before(at) {
			at = t
		}
	}
	for _, p := range s.Plan {
		sooner(p.At)
	}
	for _, l := range s.Outbox {
		sooner(l.Due)
	}
	return at
}

// standing is the answer to whoever asks.
func (s *session) standing() checkout.Standing {
	st := checkout.Standing{State: s.State, Reason: s.Reason}
	for _, c := range s.Charges {
		st.Charges = append(st.Charges, s.report(c))
	}
	return st
}

func (s *session) report(c charge) checkout.Report {
	raw, err := json.Marshal(c)
	if err != nil {
		panic("sandbox: " + err.Error()) // plain data of our own
	}
	return checkout.Report{
		Kind: checkout.ReportPaid, Remote: s.Remote, Reference: s.ID, Charge: c.ID,
		Amount: tickets.Money{Amount: c.Amount, Currency: c.Currency}, Test: c.Test, At: c.At, Raw: raw,
	}
}
