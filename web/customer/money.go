package customer

import (
	"encoding/json"
	"slices"
	"time"

	"boxoffice/tickets"
)

// This file tells of money that goes back, and of banks that ask for it.

// refundLine is one refund in words, and how it stands for the page's colours: asked, waits, sent, done, failed, rejected.
type refundLine struct {
	State, Amount, Words string
	Of                   string // what money it is; "" is what the order was paid with
}

// refundState is how a refund stands for its customer; "" is not told: it was taken back, or another took its place.
func refundState(r tickets.Refund, all []tickets.Refund) string {
	switch r.State {
	case tickets.RefundRequested:
		if r.Auto {
			return "waits"
		}
		return "asked"
	case tickets.RefundApproved, tickets.RefundSubmitted, tickets.RefundPending:
		return "sent"
	case tickets.RefundSucceeded:
		return "done"
	case tickets.RefundRejected:
		return "rejected"
	case tickets.RefundFailed:
		if !slices.ContainsFunc(all, func(x tickets.Refund) bool { return x.Retries == r.ID }) {
			return "failed"
		}
	}
	return ""
}

// refundsOf tells of an order's refunds, the newest first.
func (f frame) refundsOf(s standing, loc *time.Location) []refundLine {
	var out []refundLine
	for _, r := range slices.Backward(s.refunds) {
		state := refundState(r, s.refunds)
		if state == "" {
			continue
		}
		line := refundLine{State: state, Amount: f.words.Money(r.Amount), Words: f.refundWords(state, r, s.byHand[r.ID], loc)}
		if key := "web.status.refund_of." + string(r.Source); f.words.Has(key) {
			line.Of = f.words.T(key)
		}
		out = append(out, line)
	}
	return out
}

// refundWords says how a refund stands, and when that became so or will.
func (f frame) refundWords(state string, r tickets.Refund, byHand bool, loc *time.Location) string {
	key := "status.refund." + state
	if byHand && (state == "waits" || state == "sent") {
		key += "_hand"
	}
	switch state {
	case "asked":
		return f.T(key, "When", f.words.DateTime(r.At, loc))
	case "waits":
		return f.T(key, "When", f.words.DateTime(r.Due, loc))
	case "done":
		return f.T(key, "When", f.words.DateTime(r.Ended, loc))
	case "rejected":
		if r.Note != "" {
			return f.T(key, "Note", r.Note)
		}
		return f.T(key + "_plain")
	default:
		return f.T(key)
	}
}

// hand is the ending of a key of words about the order's money: all that is told of goes back by a person's hand, or not.
func (s standing) hand() string {
	for _, r := range s.refunds {
		if refundState(r, s.refunds) != "" && !s.byHand[r.ID] {
			return ""
		}
	}
	if len(s.refunds) == 0 {
		return ""
	}
	return "_hand"
}

// owed reports whether a refund of money that never paid for the order has one of the states.
func (s standing) owed(states ...string) bool {
	return slices.ContainsFunc(s.refunds, func(r tickets.Refund) bool {
		return r.Owed && slices.Contains(states, refundState(r, s.refunds))
	})
}

// moneyWord is the state of the page where money that goes back, or a bank, decides it; "" leaves it to the stage.
func (s standing) moneyWord() string {
	o := s.order
	switch {
	case o.Contested():
		return "disputed"
	case o.Stage == tickets.StageRefunded && o.Dispute == tickets.DisputeLost:
		return "lost"
	case o.Stage == tickets.StageRefunded && o.Total().Amount == 0:
		return "cancelled"
	case o.Stage == tickets.StageRefunded:
		return "refunded"
	case o.Paid() && o.Refunding > 0 && !slices.ContainsFunc(s.tickets, good):
		return "refunding"
	case o.Stage == tickets.StagePaymentReview && s.missing.Amount > 0:
		return ""
	case o.Paid():
		return ""
	case s.owed("waits"):
		return "choose"
	case s.owed("sent", "failed"):
		return "refunding"
	case s.owed("done") && o.Reason == "refunded":
		return "refunded"
	}
	return ""
}

// good reports whether somebody may go in by a ticket, or did.
func good(k tickets.Ticket) bool {
	return k.State == tickets.TicketValid || k.State == tickets.TicketUsed || k.State == tickets.TicketLapsed
}

// returning reports whether money is on its way back, so that the page may soon look different.
func (s standing) returning() bool {
	return slices.ContainsFunc(s.refunds, tickets.Refund.Live)
}

// back is all of the order's money that goes or went back, by what the page's state is about.
func (s standing) back() tickets.Money {
	sum := tickets.Money{Currency: s.order.Total().Currency}
	for _, r := range s.refunds {
		switch refundState(r, s.refunds) {
		case "asked", "waits", "sent", "done", "failed":
			if r.Amount.Currency == sum.Currency {
				sum.Amount += r.Amount.Amount
			} else if sum.Amount == 0 {
				sum = r.Amount
			}
		}
	}
	return sum
}

// due is when waiting money goes back by itself.
func (s standing) due() time.Time {
	for _, r := range s.refunds {
		if r.Owed && refundState(r, s.refunds) == "waits" {
			return r.Due
		}
	}
	return time.Time{}
}

// ticketNote says in words why a ticket that did not end cannot be used now, or how much of it was; "" is nothing.
func (f frame) ticketNote(k tickets.Ticket) string {
	switch {
	case k.Withheld() != "":
		return f.T("ticket.state." + withheldState[k.Withheld()])
	case k.State == tickets.TicketLapsed:
		return f.T("ticket.state.lapsed")
	case k.Admitted > 0:
		return f.T("status.used", "Admitted", k.Admitted, "Places", k.Places)
	default:
		return ""
	}
}

// withheldState is the state of a ticket's page by what blocks it.
var withheldState = map[string]string{"refund": "refunding", "dispute": "disputed", "date": "date_closed"}

// paidBy reports whether the money that a bank's word is about paid for the order.
func (s standing) paidBy(x tickets.Fact) bool {
	var said struct{ Gateway, ChargeID string }
	if json.Unmarshal(x.Data, &said) != nil {
		return true
	}
	return !slices.ContainsFunc(s.money, func(c tickets.Capture) bool {
		return c.Gateway == said.Gateway && c.Charge == said.ChargeID && c.Applied == 0
	})
}
