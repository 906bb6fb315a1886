package bot

import (
	"slices"
	"strings"

	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// wish lists the refunds that were asked together with r: one for each charge that the order was paid with.
func (v orderView) wish(r tickets.Refund) []tickets.Refund { return wishOf(v.refunds, r) }

func wishOf(all []tickets.Refund, r tickets.Refund) []tickets.Refund {
	var out []tickets.Refund
	for _, x := range all {
		if x.ID == r.ID || !r.Owed && !x.Owed && x.At.Equal(r.At) && x.By == r.By && x.Source == r.Source {
			out = append(out, x)
		}
	}
	return out
}

// sumOf is the money of refunds of one currency.
func sumOf(rs []tickets.Refund) tickets.Money {
	var sum tickets.Money
	for _, r := range rs {
		sum.Amount, sum.Currency = sum.Amount+r.Amount.Amount, r.Amount.Currency
	}
	return sum
}

// What became of the tickets of a refund that failed. The words are those of the keys case.refund_failed.
const (
	fateGood  = "tickets_good"  // they can be used again
	fateEnded = "tickets_ended" // they had ended with it before it came back, and stay so
	fatePlain = "plain"         // it had none, or something else keeps them from being used
)

// fateOf says what became of a failed refund's tickets, among all of its order.
func fateOf(r tickets.Refund, all []tickets.Ticket) string {
	good, ended := 0, 0
	for _, k := range all {
		switch {
		case !slices.Contains(r.Tickets, k.Code):
		case !k.Good():
			ended++
		case k.Withheld() == "":
			good++
		}
	}
	switch {
	case good > 0 && ended == 0:
		return fateGood
	case ended > 0 && good == 0:
		return fateEnded
	default:
		return fatePlain
	}
}

// good lists the tickets that can be used, now or after what blocks them was decided.
func (v orderView) good() []tickets.Ticket {
	return slices.DeleteFunc(slices.Clone(v.tickets), func(k tickets.Ticket) bool { return !k.Good() || k.Gen != v.order.Gen })
}

// usable reports whether somebody can go in by a ticket, now or after what blocks it was decided.
func usable(k tickets.Ticket) bool { return k.State == tickets.TicketValid }

// waits is the refund of late money that goes out by itself at its time, unless its customer chooses otherwise.
func (v orderView) waits() (tickets.Refund, bool) {
	for _, r := range v.refunds {
		if r.Owed && r.Auto && r.State == tickets.RefundRequested {
			return r, true
		}
	}
	return tickets.Refund{}, false
}

// backKey names the words that say when money is back: it depends on how it was paid.
func (v voice) backKey(o orderView, r tickets.Refund) string {
	method := strings.ToLower(o.order.Method)
	if method == "" {
		method = strings.ToLower(o.newest.Method)
	}
	switch {
	case r.Amount.Currency == tickets.Stars:
		return "refund.back.stars"
	case v.hand(r.Gateway, r.Amount.Currency) != "":
		return "refund.back.manual"
	case v.Has("refund.back." + method):
		return "refund.back." + method
	default:
		return "refund.back.some"
	}
}

// lateState says what becomes of money that came too late, and what its customer may choose.
func (v voice) lateState(o orderView) (string, Keyboard) {
	id := packOrder(o.order.ID)
	if r, ok := o.waits(); ok {
		at, hand := v.DateTime(r.Due, v.loc), v.hand(r.Gateway, r.Amount.Currency)
		now := Button{Text: v.T("refund.late.now", "Amount", v.Money(r.Amount)), Data: about(actHurry, id)}
		if r.Source != tickets.RefundLate || r.Amount.Currency != o.order.Total().Currency || r.Amount.Amount < o.order.Total().Amount {
			return v.HTML("refund.late.back"+hand, "Amount", v.Money(r.Amount), "At", at), Keyboard{{now}}
		}
		other := Button{Text: v.T("refund.late.move"), Data: about(actLateDates, id), Style: StylePrimary}
		return v.HTML("refund.late.choose"+hand, "Amount", v.Money(r.Amount), "At", at), Keyboard{{other}, {now}}
	}
	for _, r := range o.refunds {
		if !r.Owed || !r.Live() {
			continue
		}
		if v.hand(r.Gateway, r.Amount.Currency) != "" {
			return v.HTML("refund.state.sent_hand", "Amount", v.Money(r.Amount)), nil
		}
		return v.HTML("refund.late.sent", "Amount", v.Money(r.Amount)) + " " + v.HTML(v.backKey(o, r)), nil
	}
	return v.HTML("bot.order.review"), nil
}

// reversedState is of an order whose bank gave the money back to the shop when its places were gone.
func (v voice) reversedState(o orderView) (string, Keyboard) {
	words := v.HTML("refund.order.reversed")
	if len(o.tickets) == 0 || len(o.good()) > 0 || o.order.Contested() || o.order.Refunding > 0 || o.order.Slot().Date < v.thisDay() {
		return words, nil
	}
	other := Button{Text: v.T("refund.late.move"), Data: about(actLateDates, packOrder(o.order.ID)), Style: StylePrimary}
	return words + "\n" + v.HTML("refund.order.reversed_move"), Keyboard{{other}}
}

// closedState is of an order whose date the merchant closed, and whose customer is to choose.
func (v voice) closedState(o orderView) (string, Keyboard) {
	id := packOrder(o.order.ID)
	back := v.Money(o.unreturned())
	return v.HTML("refund.late.closed", "Amount", back, "At", v.DateTime(o.order.AskedUntil, v.loc)), Keyboard{
		{{Text: v.T("refund.late.move"), Data: about(actLateDates, id), Style: StylePrimary}},
		{{Text: v.T("refund.late.now", "Amount", back), Data: about(actHurry, id)}},
	}
}

// unreturned is what of the order's money has not gone back.
func (v orderView) unreturned() tickets.Money {
	return tickets.Money{Amount: v.order.Applied - v.order.Refunded, Currency: v.order.Total().Currency}
}

// linesShown bounds the lines about refunds, and about tickets, in an order's message.
const linesShown = 5

// moneyLines says what happened to a paid order's money and tickets since: disputes, refunds, and tickets that are gone
// or cannot be used for now.
func (v voice) moneyLines(o orderView) string {
	var lines []string
	switch o.order.Dispute {
	case tickets.DisputeOpen, tickets.DisputeEvidenceSent:
		lines = append(lines, v.HTML("refund.order.disputed"))
	case tickets.DisputeLost:
		lines = append(lines, v.HTML("refund.order.dispute_lost"))
	case tickets.DisputeWon, tickets.DisputeReversed:
		lines = append(lines, v.HTML("refund.order.undisputed"))
	}
	lines = append(lines, last(v.refundLines(o), linesShown)...)
	lines = append(lines, last(v.ticketLines(o), linesShown)...)
	return strings.Join(lines, "\n")
}

func last(s []string, n int) []string { return s[max(len(s)-n, 0):] }

func (v voice) refundLines(o orderView) []string {
	var out []string
	for _, r := range o.refunds {
		if r.Owed && r.Live() && o.order.Stage == tickets.StagePaymentReview {
			continue // lateState says it
		}
		key := "refund.state." + strings.ToLower(string(r.State))
		switch r.State {
		case tickets.RefundApproved, tickets.RefundSubmitted, tickets.RefundPending:
			key = "refund.state.sent" + v.hand(r.Gateway, r.Amount.Currency)
		case tickets.RefundCancelled:
			continue
		case tickets.RefundFailed:
			again := slices.ContainsFunc(o.refunds, func(x tickets.Refund) bool { return x.Retries == r.ID })
			if again || o.order.Dispute == tickets.DisputeLost || r.Owed && o.order.Owed == 0 {
				continue // another try says it, or the bank gave it back
			}
		case tickets.RefundRequested:
			if r.Auto {
				key = "refund.state.waits" + v.hand(r.Gateway, r.Amount.Currency)
			}
		}
		args := text.Args{"Amount": v.Money(r.Amount)}
		switch {
		case r.State == tickets.RefundRequested && r.Auto:
			args["At"] = v.DateTime(r.Due, v.loc)
		case r.State != tickets.RefundFailed && (!r.Live() || r.State == tickets.RefundRequested):
			args["At"] = v.DateTime(r.Changed, v.loc)
		}
		out = append(out, v.HTML(key, args))
	}
	return out
}

// ticketLines lists the tickets that are not simply good.
func (v voice) ticketLines(o orderView) []string {
	var out []string
	for _, k := range o.tickets {
		if k.Gen != o.order.Gen {
			continue
		}
		var key string
		switch {
		case k.State == tickets.TicketRevoked:
			key = "refund.ticket.gone"
		case k.Withheld() != "":
			key = "refund.ticket.blocked_" + k.Withheld()
		default:
			continue
		}
		out = append(out, v.HTML(key, "Ticket", v.ticketName(k)))
	}
	return out
}

// ticketName tells a ticket of an order from the others: "Ticket 2 (1 × Adult)".
func (v voice) ticketName(k tickets.Ticket) string {
	return v.T("refund.ticket.name", "N", k.N(), "Type", v.ticketType(k, 60))
}

// askable reports whether the order's customer may ask its money back, as far as the order itself says.
func (v orderView) askable() bool {
	over := len(v.tickets) > 0 && len(v.good()) == 0
	return v.order.Paid() && !v.order.Asked() && !v.order.Contested() && v.order.Dispute != tickets.DisputeLost && !over &&
		len(v.order.Quote.Refund.Brackets) > 0 && v.order.Applied > v.order.Refunded
}

// taken is the refund that its customer may still take back.
func (v orderView) taken() (tickets.Refund, bool) {
	for _, r := range slices.Backward(v.refunds) {
		if r.Source == tickets.RefundByBuyer && (r.State == tickets.RefundRequested || r.State == tickets.RefundApproved) {
			return v.wish(r)[0], true
		}
	}
	return tickets.Refund{}, false
}
