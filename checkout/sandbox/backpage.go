package sandbox

import (
	"encoding/json"
	"slices"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// backView is the part of the page about money that goes back; it is there once a session was paid.
type backView struct {
	Open                   bool // shown unfolded
	Charges                []chargeView
	Dashboard, Timed, Next []choice
	Refunds, Bank          []choice
	Queue                  []string // what is set for the shop's next refunds
	Happened               []happened
	Minutes                []int
}

// happened is a line about a refund or a dispute.
type happened struct {
	ID, Amount, State string
	Class             string // of the style: paid, failed or async
	In                string // "4:05", when it ends by itself
}

// backOf shows what can happen to a session's money; acts that have nothing to happen to are switched off.
func (s *session) backOf(t words, now time.Time) *backView {
	if len(s.Charges) == 0 {
		return nil
	}
	labels := map[Act]string{
		DashboardWhole: t.Whole, DashboardHalf: t.Half, RefundSlow: t.RefundSlow, RefundSlowFail: t.RefundSlowFail, RefundBounce: t.Bounce,
		RefundFail: t.Fail, RefundLost: t.Lost, RefundSettles: t.Settles, RefundReturns: t.Returns,
		DisputeWarn: t.Warn, DisputeDrop: t.Drop, DisputeOpen: t.Dispute, DisputeReview: t.Review, DisputeWon: t.Won,
		DisputeLost: t.LostCase, FundsWithdraw: t.Take, FundsReinstate: t.Bring,
	}
	choices := func(acts []Act) []choice {
		var out []choice
		for _, a := range acts {
			out = append(out, choice{Act: a, Label: labels[a], Off: !s.can(a, now)})
		}
		return out
	}
	v := &backView{
		Open: len(s.Refunds)+len(s.Disputes)+len(s.Next) > 0, Dashboard: choices(dashboardActs), Timed: choices(timedRefunds),
		Next: choices(nextRefunds), Refunds: choices(refundActs), Bank: choices(disputeActs), Minutes: []int{0, 1, 2, 5, 10, 30},
	}
	if len(s.Charges) > 1 {
		for _, c := range s.Charges {
			v.Charges = append(v.Charges, chargeView{c.ID, amount(tickets.Money{Amount: c.Amount, Currency: c.Currency})})
		}
	}
	for _, n := range s.Next {
		v.Queue = append(v.Queue, labels[n.Act])
	}
	v.Happened = s.happened(t, now)
	return v
}

// can reports whether an act has something to happen to.
func (s *session) can(a Act, now time.Time) bool {
	b, err := json.Marshal(s)
	var try session
	return err == nil && json.Unmarshal(b, &try) == nil && try.playBack(Outcome{Act: a}, now) == nil
}

func (s *session) happened(t words, now time.Time) []happened {
	var out []happened
	for _, r := range s.Refunds {
		h := happened{ID: r.ID, Amount: amount(tickets.Money{Amount: r.Amount, Currency: r.Currency})}
		switch r.State {
		case checkout.RefundIsPending:
			h.State, h.Class = t.Pending, "async"
		case checkout.RefundIsFailed:
			h.State, h.Class = t.FailedRefund, "failed"
		default:
			h.State, h.Class = t.Succeeded, "paid"
		}
		if i := slices.IndexFunc(s.Plan, func(p step) bool { return p.Refund == r.ID }); i >= 0 {
			h.In = clock(s.Plan[i].At.Sub(now))
		}
		out = append(out, h)
	}
	states := map[tickets.DisputeState]happened{
		tickets.DisputeWarning: {State: t.Warning, Class: "async"}, tickets.DisputeOpen: {State: t.Opened, Class: "failed"},
		tickets.DisputeEvidenceSent: {State: t.Reading, Class: "async"}, tickets.DisputeWon: {State: t.WonState, Class: "paid"},
		tickets.DisputeLost: {State: t.LostState, Class: "failed"}, tickets.DisputeDropped: {State: t.Dropped, Class: "paid"},
	}
	for _, d := range s.Disputes {
		h := states[d.State]
		h.ID, h.Amount = d.ID, amount(tickets.Money{Amount: d.Amount, Currency: d.Currency})
		if d.Withdrawn {
			h.State += " · " + t.Taken
		}
		out = append(out, h)
	}
	return out
}
