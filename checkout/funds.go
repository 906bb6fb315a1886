package checkout

import (
	"errors"
	"slices"
	"time"

	"boxoffice/tickets"
)

// This file follows the money of disputes: what a bank took and gave back, and what that settles.

// bankGaveBack takes back our own refunds of the lost charge that were not sent, and settles what was owed of it: its
// payer has it from the bank.
func (s *disputing) bankGaveBack() error {
	c, err := s.Capture(s.d.Gateway, s.d.Charge)
	if err == nil { // money that waited for its rest does not any more
		c, err = s.wholeOwed(c, tickets.Refund{By: s.by})
	}
	if err != nil {
		return err
	}
	if s.o.ID != "" {
		all, err := s.Refunds(s.o.ID)
		if err != nil {
			return err
		}
		if err := s.dropUnsent(all, tickets.Refund{Gateway: c.Gateway, Charge: c.Charge, By: s.by}, ResultDisputed); err != nil {
			return err
		}
	}
	if err := s.leaveOthers(c); err != nil {
		return err
	}
	if s.o.ID != "" {
		if s.o, err = s.again(); err != nil {
			return err
		}
	}
	if err := s.unoweUnsent(c); err != nil {
		return err
	}
	if err := s.bankHasIt(c); err != nil {
		return err
	}
	return s.resettle(&s.o)
}

// leaveOthers ends what people were asked about refunds of the lost charge: failed ones need no other try, and those to be
// paid by hand are not paid.
func (s *disputing) leaveOthers(c tickets.Capture) error {
	all, err := s.Refunds(c.Order)
	if err != nil {
		return err
	}
	for _, r := range all {
		switch {
		case r.Gateway != c.Gateway || r.Charge != c.Charge:
		case r.State == tickets.RefundFailed:
			err = s.closeCase(tickets.CaseRefundFailed, string(r.ID), ResultDisputed, s.by, "")
		case r.State == tickets.RefundSubmitted && r.Due.IsZero():
			err = s.pointless(&r, s.by, ResultDisputed)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// askAgain asks people again about refunds of applied money that had failed before the lost dispute settled them.
func (s *disputing) askAgain() error {
	c, err := s.Capture(s.d.Gateway, s.d.Charge)
	if err != nil {
		return err
	}
	all, err := s.Refunds(c.Order)
	if err != nil {
		return err
	}
	left, _ := c.Refundable(all)
	for _, r := range all {
		again := slices.ContainsFunc(all, func(x tickets.Refund) bool { return x.Retries == r.ID })
		if r.Gateway != c.Gateway || r.Charge != c.Charge || r.Owed || r.State != tickets.RefundFailed || again || left < r.Amount.Amount {
			continue
		}
		if err := s.caseTold(tickets.Case{
			Merchant: r.Merchant, Kind: tickets.CaseRefundFailed, Subject: string(r.ID), Order: r.Order, Amount: r.Amount, Why: string(r.Refusal),
		}, s.source); err != nil {
			return err
		}
	}
	if s.o.ID != "" {
		s.o, err = s.again()
	}
	return err
}

// bankTook reports whether a dispute about a charge was lost: its payer has the money from the bank.
func bankTook(r tickets.Reader, o tickets.OrderID, gateway, charge string) (bool, error) {
	ds, err := r.Disputes(o)
	return slices.ContainsFunc(ds, func(d tickets.Dispute) bool {
		return d.State == tickets.DisputeLost && d.Gateway == gateway && d.Charge == charge
	}), err
}

// paidTwice asks a person when more of a charge went back, by refunds and by its bank together, than it was: the provider
// has to say which was wrong. It closes the question when the bank brought its part back. A fact must have been told.
func (t *turn) paidTwice(c tickets.Capture) error {
	ds, err := t.Disputes(c.Order)
	if err != nil {
		return err
	}
	over := c.Repaid + c.Returned - c.Amount.Amount
	for _, d := range ds {
		if d.Gateway == c.Gateway && d.Charge == c.Charge && d.Amount.Currency == c.Amount.Currency {
			over += d.Gone().Amount
		}
	}
	_, err = t.OpenCase(tickets.CaseNotice, string(c.ID))
	asked := err == nil
	if err != nil && !errors.Is(err, tickets.NotFound) {
		return err
	}
	switch {
	case over <= 0 && asked:
		return t.closeCase(tickets.CaseNotice, string(c.ID), "reversed", tickets.Actor{Kind: tickets.ActorSystem}, "")
	case over <= 0 || asked:
		return nil
	}
	return t.caseTold(tickets.Case{
		Merchant: c.Merchant, Kind: tickets.CaseNotice, Subject: string(c.ID), Order: c.Order, Why: WhyTwice,
		Amount: tickets.Money{Amount: over, Currency: c.Amount.Currency},
	}, "money")
}

// WhyTwice is why there is a case about money that went back twice, by a refund and by its bank.
const WhyTwice = "twice"

// bankHasIt settles what is owed of a capture, and not on its way, as given back by its bank. A fact must follow.
func (t *turn) bankHasIt(c tickets.Capture) error {
	rest, err := t.notSent(c)
	if err != nil || rest <= 0 {
		return err
	}
	t.post(tickets.AccountLoss, tickets.AccountCustomer(c.Order), tickets.Money{Amount: rest, Currency: c.Amount.Currency})
	c.Owed -= rest
	c.Resolved = tickets.ResolvedDispute
	if err := t.PutCapture(c); err != nil {
		return err
	}
	return t.closeMoneyCases(c, "disputed", tickets.Actor{Kind: tickets.ActorGateway, ID: c.Gateway})
}

// notSent is what is owed of a capture and not on its way.
func (t *turn) notSent(c tickets.Capture) (int64, error) {
	all, err := t.Refunds(c.Order)
	rest := c.Rest()
	for _, r := range all {
		if _, owed := r.Parts(); r.Sent() && r.Gateway == c.Gateway && r.Charge == c.Charge {
			rest -= owed
		}
	}
	return rest, err
}

// unoweUnsent takes back the refunds of owed money that were not sent, whatever else was.
func (t *turn) unoweUnsent(c tickets.Capture) error {
	all, err := t.Refunds(c.Order)
	if err != nil {
		return err
	}
	for _, r := range all {
		if !r.Owed || !r.Live() || r.Sent() || r.Gateway != c.Gateway || r.Charge != c.Charge {
			continue
		}
		if err := t.cancelUnsent(r); err != nil {
			return err
		}
	}
	return nil
}

// again reads the order anew, with the dispute's overlay on it.
func (s *disputing) again() (tickets.Order, error) {
	o, err := s.Order(s.o.ID)
	o.Dispute, o.Withdrawn = s.o.Dispute, s.o.Withdrawn
	return o, err
}

// owedAgain makes what a lost dispute had settled owed again: the bank gave it back to us, and a person decides.
func (s *disputing) owedAgain() error {
	c, err := s.Capture(s.d.Gateway, s.d.Charge)
	if err != nil || c.Resolved != tickets.ResolvedDispute {
		return err
	}
	back := tickets.Money{Amount: c.Amount.Amount - c.Applied - c.Owed, Currency: c.Amount.Currency} // the rest went back by us
	c.Owed += back.Amount
	if c.Resolved = ""; c.Owed > 0 && c.Rest() == 0 {
		c.Resolved = tickets.ResolvedRefund
	}
	s.post(tickets.AccountCustomer(c.Order), tickets.AccountLoss, back)
	if err := s.PutCapture(c); err != nil {
		return err
	}
	if back.Amount > 0 {
		if err := s.caseTold(tickets.Case{
			Merchant: c.Merchant, Kind: moneyCaseOf(c), Subject: string(c.ID), Order: c.Order, Gateway: c.Gateway, Charge: c.Charge,
			Amount: back, Why: "dispute_reversed",
		}, s.source); err != nil {
			return err
		}
	}
	if s.o.ID != "" {
		if s.o, err = s.again(); err != nil {
			return err
		}
	}
	return s.resettle(&s.o)
}

// funds records what became of the money, as it was said at a time; it reports whether anything changed. A bank may take
// the money again that it gave back.
func (s *disputing) funds(f Funds, at time.Time) (bool, error) {
	gw := tickets.AccountGateway(s.d.Gateway)
	switch {
	case !at.IsZero() && at.Before(s.d.Moved):
		return false, nil // what came before is known
	case f == FundsWithdrawn && (!s.d.Withdrawn || s.d.TakenAgain(at)):
		s.d.Withdrawn, s.d.Reinstated = true, false
		s.post(gw, tickets.AccountDispute, s.d.Amount)
		if s.d.State == tickets.DisputeLost {
			s.post(tickets.AccountDispute, tickets.AccountLoss, s.d.Amount)
		}
	case f == FundsReinstated && s.d.Withdrawn && !s.d.Reinstated:
		s.d.Reinstated = true
		if s.d.State == tickets.DisputeLost {
			s.post(tickets.AccountLoss, tickets.AccountDispute, s.d.Amount)
		}
		s.post(tickets.AccountDispute, gw, s.d.Amount)
	case f == FundsReinstated && !s.d.Withdrawn:
		return false, notYet("funds of dispute %s came back before they were taken", s.d.Remote)
	case f == FundsReinstated && at.After(s.d.Moved):
		s.d.Moved = at // what is told of later was before
		return false, nil
	default:
		return false, nil
	}
	s.d.Moved = at
	if s.d.State == tickets.DisputeWon && s.d.Withdrawn {
		if err := s.d.Move(tickets.DisputeReversed, s.now); err != nil {
			return false, err
		}
	}
	if err := s.PutDispute(s.d); err != nil {
		return false, err
	}
	if err := s.overlay(&s.o); err != nil {
		return false, err
	}
	row := tickets.TDisputeNews
	if s.o.WonAtRev == s.o.Rev {
		row = "" // nothing newer happened: the order stays reversed
	}
	if err := s.told(tickets.ChargebackFunds, row); err != nil {
		return false, err
	}
	c, err := s.Capture(s.d.Gateway, s.d.Charge)
	if err != nil {
		return false, err
	}
	return true, s.paidTwice(c)
}

// paidFor reports whether the disputed charge pays for an order.
func (t *turn) paidFor(d tickets.Dispute) (bool, error) {
	if d.Order == "" {
		return false, nil
	}
	c, err := t.Capture(d.Gateway, d.Charge)
	return c.Applied > 0, err
}

// locked reports whether a refund must wait for a bank to decide: about its charge, or, for money that paid for tickets,
// about any of its order's.
func (t *turn) locked(r tickets.Refund, o tickets.Order) (bool, error) {
	ds, err := t.Disputes(o.ID)
	return !r.Owed && o.Contested() || slices.ContainsFunc(ds, func(d tickets.Dispute) bool {
		return d.Contested() && d.Gateway == r.Gateway && d.Charge == r.Charge
	}), err
}

// overlay derives an order's dispute state and what banks hold of its money from all of its disputes that are about money
// that pays for it: one that is argued about weighs most, then the newest.
func (t *turn) overlay(o *tickets.Order) error {
	if o.ID == "" {
		return nil
	}
	all, err := t.Disputes(o.ID)
	if err != nil {
		return err
	}
	o.Dispute, o.Withdrawn = "", 0
	var newest time.Time
	contested := false
	for _, d := range all {
		if d.Amount.Currency == o.Total().Currency {
			o.Withdrawn += d.Gone().Amount
		}
		if d.State == tickets.DisputeDropped || contested && !d.Contested() {
			continue
		}
		if paid, err := t.paidFor(d); err != nil {
			return err
		} else if !paid {
			continue
		}
		if d.Contested() && !contested || !d.Changed.Before(newest) {
			o.Dispute, newest, contested = d.State, d.Changed, d.Contested()
		}
	}
	return nil
}
