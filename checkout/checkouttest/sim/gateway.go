package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// gatewayName is the simulated provider's.
const gatewayName = "till"

// gateway is the wire between the desk and the bank: what is sent may be lost, and so may what is answered.
type gateway struct{ w *world }

var (
	_ checkout.Gateway      = gateway{}
	_ checkout.Refunder     = gateway{}
	_ checkout.RefundLister = gateway{}
)

// Name implements checkout.Gateway.
func (gateway) Name() string { return gatewayName }

// Test implements checkout.Gateway.
func (gateway) Test() bool { return false }

// Methods implements checkout.Gateway.
func (gateway) Methods() []checkout.Method {
	return []checkout.Method{{ID: "card", Protocol: "hosted"}, {ID: "paynow", Protocol: "hosted"}, {ID: "invoice", Protocol: "invoice"}}
}

// call has act done at the bank, between two points; it says whether it changed anything there.
func (g gateway) call(op string, act func() (changed bool)) error {
	w := g.w
	w.k.point(op + " sent")
	if w.crashed("gateway "+op, before) {
		return errDead
	}
	if w.hits(GatewayDown) && w.bank.down.Before(w.k.now) {
		w.bank.down = w.k.now.Add(10 * time.Minute)
		w.cover.count("gateway down")
	}
	switch {
	case w.k.now.Before(w.bank.down):
		return fmt.Errorf("%s: connection refused: %w", op, tickets.Unavailable)
	case w.hits(LostRequest):
		w.cover.count("lost requests")
		w.k.point(op + " lost")
		return fmt.Errorf("%s: timeout: %w", op, tickets.Unknown)
	case w.hits(ServerError):
		w.cover.count("server errors")
		return fmt.Errorf("%s: 500: %w", op, tickets.Unavailable)
	}
	changed := act()
	w.k.point(op + " answered")
	if w.crashed("gateway "+op, after) {
		return errDead
	}
	if w.hits(LostReply) {
		if changed {
			w.cover.count("lost replies")
		} else {
			w.cover.count("lost answers to questions")
		}
		return fmt.Errorf("%s: connection reset: %w", op, tickets.Unknown)
	}
	return nil
}

// Open implements checkout.Gateway.
func (g gateway) Open(_ context.Context, o checkout.Opening) (checkout.Session, error) {
	var s *session
	b := g.w.bank
	err := g.call("open", func() bool {
		key, had := o.Payment.Key, len(b.sessions)
		if b.byKey[key] == nil && (b.refused[key] || g.w.hits(Refused)) {
			b.refused[key] = true // a refusal is the answer under its key for ever
			return false
		}
		s = b.open(o)
		return len(b.sessions) > had
	})
	if err != nil {
		return checkout.Session{}, err
	}
	if s == nil {
		g.w.cover.count("pages refused")
		return checkout.Session{}, tickets.Refuse(tickets.Declined, "the bank says no")
	}
	return checkout.Session{Remote: s.Remote, URL: "https://till.example/" + s.Remote}, nil
}

// Lookup implements checkout.Gateway.
func (g gateway) Lookup(_ context.Context, p tickets.Payment) (checkout.Standing, error) {
	st := checkout.Standing{State: checkout.StandingAbsent}
	err := g.call("lookup", func() bool {
		if s := g.w.bank.find(p.Remote); s != nil {
			st = s.standing()
			if s.Invoice && st.State == checkout.StandingOpen && p.State == tickets.PaymentClosed {
				st.State = checkout.StandingClosed // nobody can tell what a chat still shows
			}
		}
		return false
	})
	return st, err
}

// Close implements checkout.Gateway.
func (g gateway) Close(_ context.Context, p tickets.Payment) (checkout.Standing, error) {
	st := checkout.Standing{State: checkout.StandingAbsent}
	w := g.w
	err := g.call("close", func() bool {
		s := w.bank.find(p.Remote)
		if s == nil {
			return false
		}
		was := s.State
		if s.payable(w.k.now) && !s.Invoice && w.hits(PaysMeanwhile) {
			amount := s.Total
			if w.hits(OddAmount) {
				amount.Amount = max(amount.Amount+one(w.dice, []int64{-1, 1, 500}), 0)
			}
			if w.hits(OtherCurrency) {
				amount.Currency = "USD"
			}
			w.bank.take(s, amount, false)
		}
		w.raced(s)
		if s.Invoice {
			st = s.standing()
			if st.State == checkout.StandingOpen && w.k.now.Sub(p.Approved) >= checkout.ApprovedFor {
				st.State = checkout.StandingClosed // by us: its payment is refused from now on
			}
			return false
		}
		w.bank.close(s)
		st = s.standing()
		return s.State != was
	})
	return st, err
}

// raced counts a page that was paid before its order's expiry could close it, once.
func (w *world) raced(s *session) {
	o := w.truth.orders[s.Order]
	if s.State == checkout.StandingPaid && o.Stage == tickets.StageExpiring && !w.truth.cancelled[o.ID] && !s.Raced {
		s.Raced = true
		w.cover.count("expire-lost races")
	}
}

// Refund implements checkout.Refunder.
func (g gateway) Refund(_ context.Context, r tickets.Refund, c tickets.Capture) (checkout.RefundStanding, error) {
	var p *payback
	w, no := g.w, false
	err := g.call("refund", func() bool {
		for _, x := range w.bank.refunds {
			if x.Ours == r.ID && w.k.now.Before(x.Forgets) {
				p = x
				return false
			}
		}
		ch := w.bank.chargeOf(c.Charge)
		if key := "refund " + string(r.ID); ch == nil || w.bank.refused[key] || w.hits(RefundFails) {
			w.bank.refused[key], no = true, true // the answer under its key for ever
			return false
		}
		p = w.bank.giveBack(ch, r.Amount.Amount, r.ID)
		no = p == nil
		return !no
	})
	if err != nil {
		return checkout.RefundStanding{}, err
	}
	if no {
		w.cover.count("refunds refused")
		return checkout.RefundStanding{}, tickets.Refuse(tickets.Declined, "the charge cannot be given back")
	}
	return p.standing(), nil
}

func (p *payback) standing() checkout.RefundStanding {
	return checkout.RefundStanding{State: p.State, Remote: p.ID}
}

// LookupRefund implements checkout.Refunder.
func (g gateway) LookupRefund(_ context.Context, r tickets.Refund, _ tickets.Capture) (checkout.RefundStanding, error) {
	st := checkout.RefundStanding{State: checkout.RefundIsAbsent}
	err := g.call("lookup refund", func() bool {
		for _, p := range g.w.bank.refunds {
			if p.ID == r.Remote || r.Remote == "" && p.Ours == r.ID {
				st = p.standing()
				return false
			}
		}
		return false
	})
	return st, err
}

// Refunds implements checkout.RefundLister.
func (g gateway) Refunds(_ context.Context, c tickets.Capture) ([]checkout.Report, error) {
	var out []checkout.Report
	err := g.call("list refunds", func() bool {
		if ch := g.w.bank.chargeOf(c.Charge); ch != nil {
			for _, p := range ch.Refunds {
				out = append(out, p.report(g.w.k.now))
			}
		}
		return false
	})
	return out, err
}

// letter is the body of a notice.
type letter struct {
	ID      string            `json:"id"`
	Reports []checkout.Report `json:"reports"`
}

const signature = "signed"

// Verify implements checkout.Gateway.
func (gateway) Verify(h http.Header, body []byte, _ time.Time) (checkout.Event, error) {
	if h.Get("Till") != signature {
		return checkout.Event{}, tickets.Unauthorized
	}
	var l letter
	if err := json.Unmarshal(body, &l); err != nil {
		return checkout.Event{}, tickets.Invalid
	}
	return checkout.Event{ID: l.ID, Type: "till"}, nil
}

// Read implements checkout.Gateway.
func (gateway) Read(body []byte) ([]checkout.Report, error) {
	var l letter
	err := json.Unmarshal(body, &l)
	return l.Reports, err
}
