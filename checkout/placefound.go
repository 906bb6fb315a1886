package checkout

import (
	"errors"
	"slices"

	"boxoffice/tickets"
)

// This file decides what a refund that was found at a provider gives back, and what becomes of our own that were to give
// the same back.

// placeFound decides what a found refund gives back: owed money first, for which our own refund is then not sent. What
// is more than is left of the charge is a fault that a person looks into; the sums say it.
func (t *turn) placeFound(x *tickets.Refund, c tickets.Capture) error {
	c, err := t.dropByHand(c, *x)
	if err == nil {
		c, err = t.wholeOwed(c, *x)
	}
	if err == nil && (c.Applied == 0 || c.Amount.Amount-c.Applied-c.Repaid >= x.Amount.Amount) { // it is all of money that does not pay
		c, err = t.notKept(c, x.Amount)
	}
	if err != nil {
		return err
	}
	if c.Rest() >= x.Amount.Amount {
		ours, err := t.unsent(c)
		if err == nil {
			err = t.unowe(c)
		}
		if err == nil {
			x.Owed = true
			return t.oweRest(c, *x, ours)
		}
		if !errors.Is(err, tickets.Conflict) {
			return err
		}
	}
	if c.Order == "" {
		x.Owed = true
		return nil
	}
	if c.Applied == 0 {
		x.Owed = true
		return t.unoweSoft(c)
	}
	all, err := t.Refunds(c.Order)
	if err != nil {
		return err
	}
	if err := t.dropUnsent(all, *x, NoteFound); err != nil {
		return err
	}
	if all, err = t.Refunds(c.Order); err != nil {
		return err
	}
	left, _ := c.Refundable(all)
	if c, err = t.notKept(c, tickets.Money{Amount: x.Amount.Amount - left, Currency: x.Amount.Currency}); err != nil {
		return err
	}
	if err := t.spill(x, c, left); err != nil {
		return err
	}
	o, err := t.Order(c.Order)
	if err != nil {
		return err
	}
	if applied, _ := x.Parts(); applied < left || o.Refunded+applied < o.Applied {
		return nil
	}
	ks, err := t.Tickets(c.Order)
	if err != nil {
		return err
	}
	for _, k := range ks {
		if k.Good() {
			x.Tickets = append(x.Tickets, k.Code)
		}
	}
	x.Override = true // the money is gone, used or not
	return nil
}

// spill counts what a found refund gives back beyond the applied money as owed money: our own refund of that is not sent.
func (t *turn) spill(x *tickets.Refund, c tickets.Capture, applied int64) error {
	x.OwedPart = max(min(x.Amount.Amount-applied, c.Rest()), 0)
	if x.OwedPart == 0 {
		return nil
	}
	ours, err := t.unsent(c)
	if errors.Is(err, tickets.Conflict) {
		return nil // one of ours is on its way: its gateway will refuse it
	}
	if err == nil {
		err = t.unowe(c)
	}
	if err != nil {
		return err
	}
	return t.oweRest(c, *x, ours)
}

// placeAgain counts anew what was found of a charge, once one of our own refunds of it was refused: while several were on
// their way nobody knew which of them its gateway would refuse for what was found, of the applied money or of the owed.
func (t *turn) placeAgain(refused tickets.Refund) error {
	c, err := t.Capture(refused.Gateway, refused.Charge)
	if err != nil {
		return err
	}
	all, err := t.Refunds(refused.Order)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(x tickets.Refund) bool { return x.Gateway != c.Gateway || x.Charge != c.Charge || !x.Counts() })
	applied, owed := c.Applied, c.Owed // that is left
	for _, x := range all {
		a, o := x.Parts()
		applied, owed = applied-a, owed-o
	}
	for _, x := range all {
		if x.Source != tickets.RefundAtGateway || x.Owed {
			continue
		}
		was, _ := x.Parts()
		more := max(min(-owed, applied, x.OwedPart), 0) - max(min(-applied, owed, was), 0) // of it is applied money
		if more == 0 {
			continue
		}
		t.notToPay(x)
		x.OwedPart -= more
		t.toPay(x)
		applied, owed = applied-more, owed+more
		if x.State == tickets.RefundSucceeded {
			c.Returned, c.Repaid = c.Returned+more, c.Repaid-more
		}
		if err := t.PutRefund(x); err != nil {
			return err
		}
	}
	if c.Resolved == tickets.ResolvedRefund && c.Rest() > 0 {
		c.Resolved = ""
	}
	return t.PutCapture(c)
}

// wholeOwed ends the review of an order that waits for the rest of its money, when somebody gives some of it back: all of
// it is owed from then on.
func (t *turn) wholeOwed(c tickets.Capture, x tickets.Refund) (tickets.Capture, error) {
	if c.Disposition != tickets.Underpaid || c.Owed != 0 || c.Resolved != "" || c.Amount.Amount == 0 {
		return c, nil
	}
	o, err := t.Order(c.Order)
	if err != nil {
		return c, err
	}
	h, err := t.Hold(o.Hold)
	if err != nil || !h.Live() {
		return c, err
	}
	if err := t.releaseReview(o, h, x.By, "webhook"); err != nil {
		return c, err
	}
	return t.Capture(c.Gateway, c.Charge)
}

// notKept takes back as much of a write-off, or of what a bank had given back, as somebody gives back all the same.
func (t *turn) notKept(c tickets.Capture, back tickets.Money) (tickets.Capture, error) {
	to, gone := letGo(c)
	if !gone {
		return c, nil
	}
	back.Amount = min(back.Amount, c.Amount.Amount-c.Applied-c.Owed)
	if back.Amount <= 0 {
		return c, nil
	}
	t.post(tickets.AccountCustomer(c.Order), to, back)
	c.Owed += back.Amount
	return c, t.PutCapture(c)
}

// oweRest sees to what a found refund leaves of owed money: it goes back as our own refund would have sent it, or waits
// for a person as before.
func (t *turn) oweRest(c tickets.Capture, x tickets.Refund, ours []tickets.Refund) error {
	_, owed := x.Parts()
	c.Repaid += owed
	switch {
	case c.Rest() <= 0:
		return t.closeMoneyCases(c, "refunded", x.By)
	case len(ours) == 0:
		return t.askLess(c)
	}
	if c.Order == "" || !ours[0].Auto && ours[0].State == tickets.RefundRequested { // two people were to agree
		return t.moneyCase(c, moneyCaseOf(c), "rest")
	}
	wait := ours[0].Due.Sub(t.now)
	if ours[0].State == tickets.RefundApproved {
		wait = 0
	}
	return t.oweAs(c, ours[0], wait)
}

// askLess has the open case about a charge's owed money, if there is one, ask about what is left of it.
func (t *turn) askLess(c tickets.Capture) error {
	k, err := t.moneyCaseOf(c)
	if errors.Is(err, tickets.NotFound) {
		return nil
	}
	if err == nil {
		k.Amount.Amount = c.Rest()
		err = t.PutCase(k)
	}
	return err
}

// unoweSoft takes back what was not sent yet of a charge all of whose money was given back otherwise.
func (t *turn) unoweSoft(c tickets.Capture) error {
	if err := t.unowe(c); err != nil && !errors.Is(err, tickets.Conflict) {
		return err
	}
	return nil
}

// NoteFound is the note of a refund that was not sent because somebody had given the money back at the provider.
const NoteFound = "refunded at the provider"

// dropUnsent takes back our own refunds of the charge that were not sent and have no money left for them once the found
// one is counted. The note says why.
func (t *turn) dropUnsent(all []tickets.Refund, x tickets.Refund, note string) error {
	for _, r := range slices.Backward(all) {
		if r.Gateway != x.Gateway || r.Charge != x.Charge || r.Owed || r.State != tickets.RefundRequested && r.State != tickets.RefundApproved {
			continue
		}
		c, err := t.Capture(r.Gateway, r.Charge)
		if err != nil {
			return err
		}
		if applied, _ := c.Refundable(all); x.Amount.Amount > 0 && applied >= x.Amount.Amount {
			continue // there is money for both
		}
		facts, err := t.drop([]tickets.Refund{r}, tickets.RefundCancelled, tickets.RefundTakenBack, x.By, "webhook", note)
		if err != nil {
			return err
		}
		o, err := t.orderOf(r)
		if err != nil {
			return err
		}
		if err := t.tell(o, facts...); err != nil {
			return err
		}
	}
	return nil
}

// dropByHand takes back what a person was to give back by hand and the charge has no money left for, once the found one is
// counted: the newest first. It returns the charge as it is then.
func (t *turn) dropByHand(c tickets.Capture, x tickets.Refund) (tickets.Capture, error) {
	all, err := t.Refunds(c.Order)
	if err != nil {
		return c, err
	}
	all = slices.DeleteFunc(all, func(r tickets.Refund) bool { return r.Gateway != c.Gateway || r.Charge != c.Charge || !r.Counts() })
	left := c.Amount.Amount
	for _, r := range all {
		left -= r.Amount.Amount
	}
	for _, r := range slices.Backward(all) {
		if left >= x.Amount.Amount {
			break // there is money for both
		}
		if r.State != tickets.RefundSubmitted || !r.Due.IsZero() {
			continue
		}
		if err := t.closeCase(tickets.CaseRefundByHand, string(r.ID), "refund_cancelled", x.By, NoteFound); err != nil {
			return c, err
		}
		if err := t.pointless(&r, x.By, NoteFound); err != nil {
			return c, err
		}
		left += r.Amount.Amount
	}
	return t.Capture(c.Gateway, c.Charge)
}
