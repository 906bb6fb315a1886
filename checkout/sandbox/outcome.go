package sandbox

import (
	"slices"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// Act is what the customer, their bank or the provider does.
type Act string

// The acts of a payment; those after it are with [DashboardWhole]. Those marked (N) happen After a while.
const (
	Approve  Act = "approve"   // pay what is asked
	Decline  Act = "decline"   // the bank says no, for good
	Later    Act = "later"     // (N) approve then, if the page is not closed by then
	Slow     Act = "slow"      // (N) a method that settles later: the session cannot be closed, the money comes then
	SlowFail Act = "slow_fail" // (N) a method that settles later, and fails then
	Late     Act = "late"      // (N) the money comes then, whether the session is closed or not
	Twice    Act = "twice"     // two charges of what is asked
	Less     Act = "less"      // a charge of half of it
	More     Act = "more"      // a charge of a tenth more
	Currency Act = "currency"  // a charge of the same number in another currency
	Zero     Act = "zero"      // a charge of nothing
	Test     Act = "test"      // a charge of test-mode money
	Silent   Act = "silent"    // approve, and never send the notice
)

var payActs = []Act{
	Approve, Decline, Later, Slow, SlowFail, Late, Twice, Less, More, Currency, Zero, Test, Silent,
}

// Outcome is an act and its delay.
type Outcome struct {
	Act   Act
	After time.Duration // of those marked (N); the others happen at once
	Of    string        // of acts after a payment: the charge, refund or dispute; "" is explained there
}

// valid refuses what the sandbox cannot do.
func (o Outcome) valid() error {
	switch {
	case !slices.Contains(payActs, o.Act) && !o.Act.back():
		return tickets.Refuse(tickets.Invalid, "no outcome %q", o.Act)
	case !o.Act.timed() && o.After != 0:
		return tickets.Refuse(tickets.Invalid, "%s happens at once", o.Act)
	case o.After < 0 || o.After > 24*time.Hour:
		return tickets.Refuse(tickets.Invalid, "%s after %s", o.Act, o.After)
	case len(o.Of) > 100: // it comes from a form
		return tickets.Refuse(tickets.Invalid, "%s of what nobody has", o.Act)
	default:
		return nil
	}
}

// play makes an outcome happen to the session. It returns Conflict, changing nothing, when the session is over and the
// outcome is not forced.
func (s *session) play(o Outcome, forced bool, now time.Time) error {
	if err := o.valid(); err != nil {
		return err
	}
	if o.Act.back() {
		return s.playBack(o, now)
	}
	if s.State != checkout.StandingOpen && !forced {
		return tickets.Refuse(tickets.Conflict, "session %s is %s", s.Remote, s.State)
	}
	switch o.Act {
	case Later, Late:
		s.Plan = append(s.Plan, step{At: now.Add(o.After), Act: o.Act})
	case Slow, SlowFail:
		at := now.Add(o.After)
		s.Plan = append(s.Plan, step{At: at, Act: o.Act})
		if !s.over() {
			s.State, s.Deadline = checkout.StandingAsync, at
			s.tell(notice{Type: typePending, Deadline: at}, now)
		}
	case Decline:
		s.fail(now)
	default:
		s.charge(o.Act, now)
	}
	s.advance(now)
	return nil
}

// advance does the steps of the plan that are due, and forgets those that lost their point.
func (s *session) advance(now time.Time) {
	var rest []step
	for _, p := range s.Plan {
		switch {
		case p.Act == Later && s.State != checkout.StandingOpen:
			// The page was closed, or paid otherwise.
		case p.At.After(now):
			rest = append(rest, p)
		case p.Refund != "":
			s.stepRefund(p, now)
		case p.Act == SlowFail:
			s.fail(now)
		default:
			s.charge(Approve, now)
		}
	}
	s.Plan = rest
}

func (s *session) fail(now time.Time) {
	if s.State == checkout.StandingPaid || s.State == checkout.StandingClosed {
		return
	}
	s.State, s.Reason, s.Deadline = checkout.StandingFailed, "declined by the bank", time.Time{}
	s.tell(notice{Type: typeFailed, Reason: s.Reason}, now)
}

// charge takes money as the act says and tells so.
func (s *session) charge(act Act, now time.Time) {
	sum, test, times := s.Total, s.Test, 1
	switch act {
	case Twice:
		times = 2
	case Less:
		sum.Amount /= 2
	case More:
		sum.Amount += max(sum.Amount/10, 1)
	case Currency:
		sum.Currency = "USD"
		if s.Total.Currency == "USD" {
			sum.Currency = "SGD"
		}
	case Zero:
		sum.Amount = 0
	case Test:
		test = true
	}
	for range times {
		c := charge{
			ID: chargeID(s.Remote, len(s.Charges)+1), Amount: sum.Amount, Currency: sum.Currency, Test: test,
			At: tickets.Milli(now), Method: s.Method,
		}
		if s.Method == "card" {
			c.Brand, c.Last4 = "visa", "4242"
		}
		s.Charges = append(s.Charges, c)
		s.State, s.Reason, s.Deadline = checkout.StandingPaid, "", time.Time{}
		if act != Silent {
			s.tell(notice{Type: typePaid, Charge: &c, Test: test}, now)
		}
	}
}
