package checkout_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// till is a payment provider in memory: its sessions and charges are the truth about money, which survives every
// crash of the desk. What it does wrong is said by fault.
type till struct {
	name    string
	test    bool
	methods []checkout.Method
	now     func() time.Time
	// fault is asked at each call; nil is none.
	fault func(op string) fault
	// opened is called when an Open was answered, before the desk hears of it.
	opened func(s *tillSession)
	// answered is called when a call was answered, before the desk hears of it.
	answered func(op string)

	mu       sync.Mutex
	sessions map[string]*tillSession // by remote
	keys     map[string]*tillSession
	refused  map[string]bool // keys
	events   int
	opens    int
	refunds  []*tillRefund
	slow     bool // refunds are settled later
}

// fault is what goes wrong with one call.
type fault int

const (
	fine        fault = iota
	lostRequest       // the till never heard
	lostReply         // the till did it, the desk never hears
	refusal           // the till's final no
	badKey            // it is our request that is refused
)

type tillSession struct {
	Remote  string
	Ref     tickets.SessionID
	Total   tickets.Money
	State   checkout.StandingState
	Charges []checkout.Report
	Stuck   bool // cannot be closed
	At      time.Time
}

func newTill(now func() time.Time) *till {
	return &till{
		name: "till", methods: []checkout.Method{{ID: "card", Protocol: "hosted"}, {ID: "paynow", Protocol: "hosted"}}, now: now,
		sessions: map[string]*tillSession{}, keys: map[string]*tillSession{}, refused: map[string]bool{},
	}
}

var _ checkout.Gateway = (*till)(nil)

func (g *till) Name() string               { return g.name }
func (g *till) Test() bool                 { return g.test }
func (g *till) Methods() []checkout.Method { return g.methods }

func (g *till) roll(op string) fault {
	if g.fault == nil {
		return fine
	}
	return g.fault(op)
}

// doKeyed is do by an idempotency key: a refusal is the answer under its key for ever, and none comes after a session.
func (g *till) doKeyed(key, op string, act func()) error {
	f := g.roll(op)
	g.mu.Lock()
	switch {
	case g.refused[key]:
		f = refusal
	case f == refusal && g.keys[key] != nil:
		f = lostRequest
	case f == refusal:
		g.refused[key] = true
	}
	g.mu.Unlock()
	return g.with(op, f, func() {
		if !g.refused[key] {
			act()
		}
	})
}

// do runs act unless the request is lost, and loses its answer where that is the fault.
func (g *till) do(op string, act func()) error {
	return g.with(op, g.roll(op), act)
}

func (g *till) with(op string, f fault, act func()) error {
	switch f {
	case lostRequest:
		return fmt.Errorf("till: connection refused: %w", tickets.Unavailable)
	case refusal:
		return tickets.Refuse(tickets.Declined, "the till says no")
	case badKey:
		return tickets.Refuse(tickets.Invalid, "the till does not know us")
	}
	g.mu.Lock()
	act()
	g.mu.Unlock()
	if g.answered != nil {
		g.answered(op)
	}
	if f == lostReply {
		return fmt.Errorf("till: timeout: %w", tickets.Unknown)
	}
	return nil
}

func (g *till) Open(_ context.Context, o checkout.Opening) (checkout.Session, error) {
	var s *tillSession
	err := g.doKeyed(o.Payment.Key, "open", func() {
		g.opens++
		s = g.keys[o.Payment.Key]
		if s == nil {
			s = &tillSession{
				Remote: fmt.Sprintf("%s_s%d", g.name, len(g.sessions)+1), Ref: o.Payment.ID, Total: o.Payment.Total, State: checkout.StandingOpen,
				At: g.now(),
			}
			g.keys[o.Payment.Key], g.sessions[s.Remote] = s, s
		}
	})
	if err != nil {
		return checkout.Session{}, err
	}
	if s == nil { // refused to another call meanwhile
		return checkout.Session{}, tickets.Refuse(tickets.Declined, "the till says no")
	}
	if g.opened != nil {
		g.opened(s)
	}
	return checkout.Session{Remote: s.Remote, URL: "https://till.example/" + s.Remote}, nil
}

func (g *till) Lookup(_ context.Context, p tickets.Payment) (checkout.Standing, error) {
	st := checkout.Standing{State: checkout.StandingAbsent}
	err := g.do("lookup", func() {
		if s := g.sessions[p.Remote]; s != nil {
			st = s.standing()
		}
	})
	return st, err
}

func (g *till) Close(_ context.Context, p tickets.Payment) (checkout.Standing, error) {
	st := checkout.Standing{State: checkout.StandingAbsent}
	err := g.do("close", func() {
		if s := g.sessions[p.Remote]; s != nil {
			if s.State == checkout.StandingOpen && !s.Stuck {
				s.State = checkout.StandingClosed
			}
			st = s.standing()
		}
	})
	return st, err
}

// payable reports whether a customer can still pay; like a real provider, the till shows no page for longer than a day.
func (s *tillSession) payable(now time.Time) bool {
	return (s.State == checkout.StandingOpen || s.State == checkout.StandingAsync) && now.Sub(s.At) < 24*time.Hour
}

func (s *tillSession) standing() checkout.Standing {
	return checkout.Standing{State: s.State, Charges: append([]checkout.Report(nil), s.Charges...)}
}

// tillNotice is the body of a notice.
type tillNotice struct {
	ID      string
	Reports []checkout.Report
}

func (g *till) Verify(h http.Header, body []byte, _ time.Time) (checkout.Event, error) {
	if h.Get("Till") != "signed" {
		return checkout.Event{}, tickets.Unauthorized
	}
	var n tillNotice
	if err := json.Unmarshal(body, &n); err != nil {
		return checkout.Event{}, tickets.Invalid
	}
	return checkout.Event{ID: n.ID, Type: "till"}, nil
}

func (g *till) Read(body []byte) ([]checkout.Report, error) {
	var n tillNotice
	err := json.Unmarshal(body, &n)
	return n.Reports, err
}

// charge is money of a session; amount is in minor units of cur.
func (g *till) charge(remote string, amount int64, cur tickets.Currency) checkout.Report {
	return g.chargeAs(remote, amount, cur, g.test)
}

// chargeAs is charge with play money or real.
func (g *till) chargeAs(remote string, amount int64, cur tickets.Currency, test bool) checkout.Report {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.sessions[remote]
	r := checkout.Report{
		Kind: checkout.ReportPaid, Remote: remote, Reference: s.Ref, Charge: fmt.Sprintf("ch_%s_%d", remote, len(s.Charges)+1),
		Amount: tickets.Money{Amount: amount, Currency: cur}, Test: test, At: g.now(),
	}
	s.Charges = append(s.Charges, r)
	s.State = checkout.StandingPaid
	return r
}

// payExactly pays what the session asks for, if it is open, as a customer does.
func (g *till) payExactly(remote string) (checkout.Report, bool) {
	g.mu.Lock()
	s := g.sessions[remote]
	open := s != nil && s.payable(g.now())
	g.mu.Unlock()
	if !open {
		return checkout.Report{}, false
	}
	return g.charge(remote, s.Total.Amount, s.Total.Currency), true
}

// set changes a session under the lock.
func (g *till) set(remote string, fn func(*tillSession)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	fn(g.sessions[remote])
}

// notice is a signed notice of reports, as the till would post it.
func (g *till) notice(rs ...checkout.Report) (http.Header, []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.events++
	b, err := json.Marshal(tillNotice{ID: fmt.Sprintf("evt_%s_%d", g.name, g.events), Reports: rs})
	if err != nil {
		panic(err)
	}
	return http.Header{"Till": {"signed"}}, b
}

// charged lists all charges.
func (g *till) charged() []checkout.Report {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []checkout.Report
	for _, s := range g.sessions {
		out = append(out, s.Charges...)
	}
	return out
}
