package checkout_test

import (
	"context"
	"fmt"
	"slices"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// tillRefund is a refund as the till knows it: its own truth.
type tillRefund struct {
	Remote string
	ID     tickets.RefundID // "" when made in the dashboard
	Charge string
	Amount tickets.Money
	State  checkout.RefundStandingState
}

var _ checkout.RefundLister = (*till)(nil)
var _ checkout.Refunder = (*till)(nil)

// refund makes one, once an id, never more than the charge.
func (g *till) refund(id tickets.RefundID, charge string, m tickets.Money) (tillRefund, bool) {
	var left int64
	for _, s := range g.sessions {
		for _, c := range s.Charges {
			if c.Charge == charge && c.Amount.Currency == m.Currency {
				left += c.Amount.Amount
			}
		}
	}
	for _, r := range g.refunds {
		if id != "" && r.ID == id {
			return *r, true
		}
		if r.Charge == charge && r.State != checkout.RefundIsFailed {
			left -= r.Amount.Amount
		}
	}
	if m.Amount > left {
		return tillRefund{}, false
	}
	r := &tillRefund{Remote: fmt.Sprintf("re_%s_%d", g.name, len(g.refunds)+1), ID: id, Charge: charge, Amount: m, State: checkout.RefundIsSucceeded}
	if g.slow {
		r.State = checkout.RefundIsPending
	}
	g.refunds = append(g.refunds, r)
	return *r, true
}

func (g *till) Refund(_ context.Context, r tickets.Refund, c tickets.Capture) (checkout.RefundStanding, error) {
	var made tillRefund
	var ok bool
	err := g.do("refund", func() { made, ok = g.refund(r.ID, c.Charge, r.Amount) })
	if err != nil {
		return checkout.RefundStanding{}, err
	}
	if !ok {
		return checkout.RefundStanding{}, tickets.Refuse(tickets.Declined, "amount too large")
	}
	return checkout.RefundStanding{State: made.State, Remote: made.Remote}, nil
}

func (g *till) LookupRefund(_ context.Context, r tickets.Refund, _ tickets.Capture) (checkout.RefundStanding, error) {
	st := checkout.RefundStanding{State: checkout.RefundIsAbsent}
	err := g.do("look", func() {
		i := slices.IndexFunc(g.refunds, func(x *tillRefund) bool { return x.ID == r.ID || r.Remote != "" && x.Remote == r.Remote })
		if i >= 0 {
			st = checkout.RefundStanding{State: g.refunds[i].State, Remote: g.refunds[i].Remote}
		}
	})
	return st, err
}

// Refunds implements checkout.RefundLister.
func (g *till) Refunds(_ context.Context, c tickets.Capture) ([]checkout.Report, error) {
	var out []checkout.Report
	err := g.do("list", func() {
		for _, r := range g.refunds {
			if r.Charge == c.Charge {
				out = append(out, r.report())
			}
		}
	})
	return out, err
}

// settle lets the till's pending refunds end, and returns what it tells of them.
func (g *till) settle(to checkout.RefundStandingState) []checkout.Report {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []checkout.Report
	for _, r := range g.refunds {
		if r.State == checkout.RefundIsPending {
			r.State = to
			out = append(out, r.report())
		}
	}
	return out
}

// dashboard is a refund that somebody makes at the till.
func (g *till) dashboard(charge string, amount int64) checkout.Report {
	g.mu.Lock()
	defer g.mu.Unlock()
	r, ok := g.refund("", charge, tickets.Money{Amount: amount, Currency: "SGD"})
	if !ok {
		panic("the charge has not so much left")
	}
	return r.report()
}

func (r tillRefund) report() checkout.Report {
	state := map[checkout.RefundStandingState]tickets.RefundState{
		checkout.RefundIsSucceeded: tickets.RefundSucceeded, checkout.RefundIsPending: tickets.RefundPending, checkout.RefundIsFailed: tickets.RefundFailed,
	}[r.State]
	return checkout.Report{
		Kind: checkout.ReportRefund, Charge: r.Charge, Amount: r.Amount, Refund: r.Remote, RefundID: r.ID, RefundState: state,
	}
}

// wentBack is the truth about a charge: how much of it went back.
func (g *till) wentBack(charge string) int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	var sum int64
	for _, r := range g.refunds {
		if r.Charge == charge && r.State == checkout.RefundIsSucceeded {
			sum += r.Amount.Amount
		}
	}
	return sum
}
