package checkout

import (
	"errors"
	"slices"
	"strings"

	"boxoffice/tickets"
)

// This file ends a dispute: the bank decided for the merchant, or for its customer.

// won makes the tickets valid again, or, where they ended, makes new ones if there are places (T42).
func (s *disputing) won(was tickets.DisputeState) error {
	if err := s.decided(strings.ToLower(string(s.d.State))); err != nil {
		return err
	}
	if was == tickets.DisputeLost {
		if err := s.askAgain(); err != nil {
			return err
		}
		if s.d.Withdrawn && !s.d.Reinstated {
			s.post(tickets.AccountLoss, tickets.AccountDispute, s.d.Amount)
		}
		if err := s.owedAgain(); err != nil {
			return err
		}
	}
	ks, err := s.tickets()
	if err != nil {
		return err
	}
	for _, k := range ks {
		if !slices.Contains(k.Blocks, string(s.d.ID)) {
			continue
		}
		s.unblock(&k, string(s.d.ID), s.o)
		if err := s.PutTicket(k); err != nil {
			return err
		}
	}
	row, issued, stuck, err := s.revive()
	if err != nil {
		return err
	}
	name := tickets.ChargebackWon
	if s.d.State == tickets.DisputeReversed || s.d.Withdrawn || was == tickets.DisputeLost {
		name = tickets.ChargebackReversed
	}
	var more []func() (tickets.Fact, error)
	if len(issued) > 0 {
		more = append(more, func() (tickets.Fact, error) {
			return s.issuedAnew(&s.o, issued, tickets.Actor{Kind: tickets.ActorSystem}, "dispute", "", s.o.Stage), nil
		})
	}
	if stuck {
		more = append(more, s.unserved)
	}
	return s.told(name, row, more...)
}

// lost ends the tickets that the dispute blocked and gives their places back (T41).
func (s *disputing) lost() error {
	if err := s.decided("lost"); err != nil {
		return err
	}
	if s.d.Withdrawn && !s.d.Reinstated {
		s.post(tickets.AccountDispute, tickets.AccountLoss, s.d.Amount)
	}
	if err := s.bankGaveBack(); err != nil {
		return err
	}
	row, err := s.endAll()
	if err != nil {
		return err
	}
	if err := s.told(tickets.ChargebackLost, row); err != nil || s.o.ID == "" {
		return err
	}
	if row == tickets.TDisputeGone {
		if err := s.closeCase(tickets.CaseUnfulfilled, string(s.o.ID), "lost", s.by, ""); err != nil {
			return err
		}
	}
	if err := s.settled(s.o); err != nil { // what the bank took does not wait for anybody any more
		return err
	}
	s.o, err = s.Order(s.o.ID)
	return err
}

// endAll ends the tickets of the disputed charge and returns their places, and returns the order's row: T41r when none of
// its money is left and nobody is inside.
func (s *disputing) endAll() (tickets.TransitionID, error) {
	ks, err := s.tickets()
	if err != nil {
		return "", err
	}
	inside := false
	for _, k := range ks {
		if !k.Good() {
			continue
		}
		if k.Admitted > 0 {
			inside = true // who went in stays in; what is left of it ends
		} else {
			one := []tickets.Ticket{k}
			if err := s.returnTickets(one); err != nil {
				return "", err
			}
			k = one[0]
			s.d.Tickets = append(s.d.Tickets, k.Code)
		}
		k.Revoke(s.now)
		if err := s.PutTicket(k); err != nil {
			return "", err
		}
	}
	paid, err := s.paidFor(s.d)
	if err != nil {
		return "", err
	}
	gone := s.d.Amount.Amount >= s.o.Applied-s.o.Refunded && s.d.Amount.Currency == s.o.Total().Currency
	if !paid || !gone || inside || !s.o.Paid() {
		return tickets.TDisputeLost, nil
	}
	if len(ks) == 0 && !s.o.Returned {
		err = s.returnPlaces(s.o.Merchant, s.o.Slot(), tickets.Draws(s.o.Quote.Lines))
		s.o.Returned = true
	}
	return tickets.TDisputeGone, err
}

// decided closes what a person had to decide.
func (s *disputing) decided(outcome string) error {
	return errors.Join(
		s.closeCase(tickets.CaseDispute, string(s.d.ID), outcome, s.by, ""),
		s.closeCase(tickets.CaseWarning, string(s.d.ID), outcome, s.by, ""))
}
