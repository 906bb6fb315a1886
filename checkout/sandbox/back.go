package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// The acts after a payment: of people at the provider's dashboard, of the provider when the shop gives money back, and
// of the customer's bank. Outcome.Of says which charge, refund or dispute; without it the first charge is meant that it
// can happen to, and of a charge its newest refund or dispute. Those marked (N) happen After a while.
const (
	DashboardWhole Act = "dashboard_whole" // somebody gives back what is left of the charge
	DashboardHalf  Act = "dashboard_half"  // somebody gives back half of the charge

	RefundSlow     Act = "refund_slow"      // (N) the shop's next refund is pending, and succeeds then
	RefundSlowFail Act = "refund_slow_fail" // (N) the shop's next refund is pending, and fails then
	RefundBounce   Act = "refund_bounce"    // (N) the shop's next refund succeeds, and the bank sends it back then
	RefundFail     Act = "refund_fail"      // the shop's next refund fails at once
	RefundLost     Act = "refund_lost"      // the shop's next refund happens; neither its answer nor its notice arrives
	RefundSettles  Act = "refund_settles"   // a pending refund succeeds now
	RefundReturns  Act = "refund_returns"   // a refund that did not fail fails now

	DisputeWarn    Act = "dispute_warn"    // an early fraud warning
	DisputeDrop    Act = "dispute_drop"    // the warning comes to nothing
	DisputeOpen    Act = "dispute_open"    // the bank asks the charge back
	DisputeReview  Act = "dispute_review"  // the bank reads the shop's evidence
	DisputeWon     Act = "dispute_won"     // by the shop
	DisputeLost    Act = "dispute_lost"    // by the shop
	FundsWithdraw  Act = "funds_withdraw"  // the bank takes the money
	FundsReinstate Act = "funds_reinstate" // the bank brings it back
)

var (
	dashboardActs = []Act{DashboardWhole, DashboardHalf}
	timedRefunds  = []Act{RefundSlow, RefundSlowFail, RefundBounce}
	nextRefunds   = []Act{RefundFail, RefundLost}
	refundActs    = []Act{RefundSettles, RefundReturns}
	disputeActs   = []Act{
		DisputeWarn, DisputeDrop, DisputeOpen, DisputeReview, DisputeWon, DisputeLost, FundsWithdraw, FundsReinstate,
	}
)

// timed reports whether the act happens After a while.
func (a Act) timed() bool {
	return slices.Contains([]Act{Later, Slow, SlowFail, Late}, a) || slices.Contains(timedRefunds, a)
}

// next reports whether the act is about the shop's next refund.
func (a Act) next() bool { return slices.Contains(timedRefunds, a) || slices.Contains(nextRefunds, a) }

// back reports whether the act is one after a payment.
func (a Act) back() bool {
	return a.next() || slices.Contains(dashboardActs, a) || slices.Contains(refundActs, a) || slices.Contains(disputeActs, a)
}

// refund is money that goes back.
type refund struct {
	ID       string                       `json:"id"`
	Charge   string                       `json:"charge"`
	RefundID tickets.RefundID             `json:"refund_id,omitempty"` // the shop's; "" when it was made in the dashboard
	Amount   int64                        `json:"amount"`
	Currency tickets.Currency             `json:"currency"`
	State    checkout.RefundStandingState `json:"status"`
	Reason   string                       `json:"reason,omitempty"`
	At       time.Time                    `json:"at"`
}

// dispute is a bank that wants a charge back, or warns that it will.
type dispute struct {
	ID        string               `json:"id"`
	Charge    string               `json:"charge"`
	Amount    int64                `json:"amount"`
	Currency  tickets.Currency     `json:"currency"`
	State     tickets.DisputeState `json:"status"`
	Reason    string               `json:"reason"`
	Withdrawn bool                 `json:"withdrawn,omitempty"`
	Deadline  time.Time            `json:"deadline,omitzero"` // for evidence
	At        time.Time            `json:"at"`
}

// evidenceTime is how long a shop has to answer a dispute.
const evidenceTime = 7 * 24 * time.Hour

func (d *dispute) open() bool {
	return d.State == tickets.DisputeOpen || d.State == tickets.DisputeEvidenceSent
}

// name makes the provider's name of the n-th thing of a session; either finds the session by it.
func (s *session) name(kind string, n int) string {
	return fmt.Sprintf("%s_%s_%d", kind, strings.TrimPrefix(s.Remote, "sandbox_"), n)
}

// chargeOf finds the charge that an act or a refund is about. It fails with Invalid.
func (s *session) chargeOf(of string) (*charge, error) {
	for i := range s.Charges {
		if s.Charges[i].ID == of {
			return &s.Charges[i], nil
		}
	}
	return nil, tickets.Refuse(tickets.Invalid, "no charge %q", of)
}

// left is what can still be given back of a charge.
func (s *session) left(c *charge) int64 {
	left := c.Amount
	for _, r := range s.Refunds {
		if r.Charge == c.ID && r.State != checkout.RefundIsFailed {
			left -= r.Amount
		}
	}
	return left
}

// disputed reports whether a bank wants the charge back, or has it.
func (s *session) disputed(c *charge) bool {
	return slices.ContainsFunc(s.Disputes, func(d dispute) bool { return d.Charge == c.ID && (d.open() || d.Withdrawn) })
}

// playBack makes an act after a payment happen. It fails with Conflict, changing nothing, when there is nothing for it
// to happen to, and with Invalid when Of names what is not there.
func (s *session) playBack(o Outcome, now time.Time) error {
	if len(s.Charges) == 0 {
		return tickets.Refuse(tickets.Conflict, "session %s is not paid", s.Remote)
	}
	if o.Act.next() {
		s.Next = append(s.Next, step{Act: o.Act, After: o.After})
		return nil
	}
	if o.Of == "" {
		var err error
		for _, c := range s.Charges {
			o.Of = c.ID
			if err = s.playBack(o, now); err == nil {
				return nil
			}
		}
		return err
	}
	switch {
	case slices.Contains(refundActs, o.Act):
		return s.endRefund(o, now)
	case slices.Contains(dashboardActs, o.Act):
		c, err := s.chargeOf(o.Of)
		if err != nil {
			return err
		}
		amount := s.left(c)
		if o.Act == DashboardHalf {
			amount = c.Amount / 2
		}
		_, err = s.refund(c, refund{Amount: amount}, false, now)
		return err
	default:
		return s.playDispute(o, now)
	}
}

// refund gives money back. It fails with Conflict when the charge cannot give it.
func (s *session) refund(c *charge, r refund, silent bool, now time.Time) (*refund, error) {
	if s.disputed(c) {
		return nil, tickets.Refuse(tickets.Conflict, "charge %s is disputed", c.ID)
	}
	if r.Amount <= 0 || r.Amount > s.left(c) {
		return nil, tickets.Refuse(tickets.Conflict, "charge %s has %d left, not %d", c.ID, s.left(c), r.Amount)
	}
	r.ID, r.Charge, r.Currency, r.At = s.name("refund", len(s.Refunds)+1), c.ID, c.Currency, tickets.Milli(now)
	if r.State == "" {
		r.State = checkout.RefundIsSucceeded
	}
	s.Refunds = append(s.Refunds, r)
	if !silent {
		s.tell(notice{Type: typeRefundCreated, Refund: &r, Test: c.Test}, now)
	}
	return &s.Refunds[len(s.Refunds)-1], nil
}

// endRefund ends a refund by hand.
func (s *session) endRefund(o Outcome, now time.Time) error {
	for i := range slices.Backward(s.Refunds) {
		r := &s.Refunds[i]
		if r.ID != o.Of && r.Charge != o.Of {
			continue
		}
		if r.State == checkout.RefundIsPending || (o.Act == RefundReturns && r.State == checkout.RefundIsSucceeded) {
			s.Plan = slices.DeleteFunc(s.Plan, func(p step) bool { return p.Refund == r.ID })
			s.setRefund(r, o.Act == RefundSettles, now)
			return nil
		}
	}
	return tickets.Refuse(tickets.Conflict, "no refund that %s is for", o.Act)
}

// stepRefund does what was planned for a refund.
func (s *session) stepRefund(p step, now time.Time) {
	for i := range s.Refunds {
		if s.Refunds[i].ID == p.Refund {
			s.setRefund(&s.Refunds[i], p.Act == RefundSlow, now)
		}
	}
}

func (s *session) setRefund(r *refund, ok bool, now time.Time) {
	if ok {
		r.State, r.Reason = checkout.RefundIsSucceeded, ""
	} else {
		r.State, r.Reason = checkout.RefundIsFailed, "the customer's bank sent it back"
	}
	copied := *r
	s.tell(notice{Type: typeRefundUpdated, Refund: &copied, Test: s.testOf(r.Charge)}, now)
}

func (s *session) testOf(id string) bool {
	return slices.ContainsFunc(s.Charges, func(c charge) bool { return c.ID == id && c.Test })
}
