package sandbox

import (
	"slices"
	"time"

	"boxoffice/tickets"
)

// playDispute is the customer's bank. It fails with Conflict when there is nothing for the act to happen to.
func (s *session) playDispute(o Outcome, now time.Time) error {
	switch o.Act {
	case DisputeWarn, DisputeOpen:
		return s.dispute(o, now)
	case DisputeDrop:
		d := s.newest(o.Of, func(d *dispute) bool { return d.State == tickets.DisputeWarning })
		if d == nil {
			return tickets.Refuse(tickets.Conflict, "no warning to drop")
		}
		s.moveDispute(d, tickets.DisputeDropped, typeDisputeUpdated, now)
		return nil
	}
	d := s.newest(o.Of, func(d *dispute) bool { return !d.warning() })
	if d == nil {
		return tickets.Refuse(tickets.Conflict, "no dispute that %s is for", o.Act)
	}
	to, kind := d.State, typeDisputeUpdated
	switch o.Act {
	case DisputeReview:
		to = tickets.DisputeEvidenceSent
	case DisputeWon:
		to = tickets.DisputeWon
	case DisputeLost:
		to = tickets.DisputeLost
	case FundsWithdraw, FundsReinstate:
		withdraw := o.Act == FundsWithdraw
		if d.Withdrawn == withdraw {
			return tickets.Refuse(tickets.Conflict, "the funds of %s are there already", d.ID)
		}
		d.Withdrawn = withdraw
		kind = typeFundsReinstated
		if withdraw {
			kind = typeFundsWithdrawn
		}
		s.moveDispute(d, to, kind, now)
		return nil
	}
	if to == d.State || (o.Act == DisputeReview && !d.open()) {
		return tickets.Refuse(tickets.Conflict, "dispute %s is %s", d.ID, d.State)
	}
	s.moveDispute(d, to, kind, now)
	return nil
}

// dispute opens a dispute, or warns of one, about what did not go back of a charge yet. A charge has one of each at a time.
func (s *session) dispute(o Outcome, now time.Time) error {
	c, err := s.chargeOf(o.Of)
	if err != nil {
		return err
	}
	kind, d := "warning", dispute{State: tickets.DisputeWarning, Reason: "made_with_stolen_card"}
	if o.Act == DisputeOpen {
		kind = "dispute"
		d = dispute{State: tickets.DisputeOpen, Reason: "fraudulent", Deadline: tickets.Milli(now.Add(evidenceTime))}
	}
	live := func(x *dispute) bool { return x.State == d.State || (kind == "dispute" && x.open()) }
	if c.Amount == 0 || s.newest(c.ID, live) != nil {
		return tickets.Refuse(tickets.Conflict, "charge %s cannot be disputed now", c.ID)
	}
	d.ID, d.Charge, d.Amount, d.Currency = s.name(kind, len(s.Disputes)+1), c.ID, s.left(c), c.Currency
	if d.Amount == 0 { // banks argue about what went back, too
		d.Amount = c.Amount
	}
	d.At = tickets.Milli(now)
	s.Disputes = append(s.Disputes, d)
	s.tell(notice{Type: typeDisputeCreated, Dispute: &d, Test: c.Test}, now)
	return nil
}

// warning reports whether it is an early fraud warning rather than a dispute.
func (d *dispute) warning() bool { return d.Deadline.IsZero() }

// newest finds the newest dispute that fits, of a charge or by its name; nil is none.
func (s *session) newest(of string, fits func(*dispute) bool) *dispute {
	for i := range slices.Backward(s.Disputes) {
		d := &s.Disputes[i]
		if (d.ID == of || d.Charge == of) && fits(d) {
			return d
		}
	}
	return nil
}

func (s *session) moveDispute(d *dispute, to tickets.DisputeState, kind string, now time.Time) {
	d.State = to
	copied := *d
	s.tell(notice{Type: kind, Dispute: &copied, Test: s.testOf(d.Charge)}, now)
}
