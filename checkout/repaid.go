package checkout

import (
	"errors"
	"slices"

	"boxoffice/tickets"
)

// This file records how refunds end: in one transaction with their tickets, the places and the ledgers.

// refunded records that a refund's money went back: its tickets end, their places return, and the sums are made anew
// (T36, T37; of money that never paid for the order T22 or nothing).
func (t *turn) refunded(r *tickets.Refund, by tickets.Actor, source string) error {
	if err := r.Move(tickets.RefundSucceeded, t.now); err != nil {
		return err
	}
	if err := t.PutRefund(*r); err != nil {
		return err
	}
	t.post(paidOutOf(*r), tickets.AccountPayable, r.Amount)
	c, err := t.wentBack(*r)
	if err != nil {
		return err
	}
	if err := t.endTickets(*r); err != nil {
		return err
	}
	if err := t.answered(*r, c, by); err != nil {
		return err
	}
	o, err := t.orderOf(*r)
	if err != nil {
		return err
	}
	if err := t.resettle(&o); err != nil {
		return err
	}
	row, err := t.refundRow(&o, *r)
	if err != nil {
		return err
	}
	if row == tickets.TRefundAll {
		if err := t.closeCase(tickets.CaseUnfulfilled, string(o.ID), "refunded", by, ""); err != nil {
			return err
		}
	}
	data := refundData(*r, r.Amount)
	if r.Evidence != "" {
		data["reference"] = r.Evidence
	}
	f, err := t.refundFact(&o, *r, tickets.RefundDone, row, by, source, data)
	if err != nil {
		return err
	}
	if err := t.keep(o, f); err != nil {
		return err
	}
	if _, owed := r.Parts(); owed > 0 && o.ID != "" {
		if err := t.settled(o); err != nil {
			return err
		}
	}
	return t.paidTwice(c)
}

// keep stores an order, if there is one, and tells a fact of it.
func (t *turn) keep(o tickets.Order, f tickets.Fact) error {
	if o.ID != "" {
		if err := t.PutOrder(o); err != nil {
			return err
		}
	}
	return t.tell(o, f)
}

// wentBack takes a refund's money off its capture.
func (t *turn) wentBack(r tickets.Refund) (tickets.Capture, error) {
	c, err := t.Capture(r.Gateway, r.Charge)
	if err != nil {
		return c, err
	}
	applied, owed := r.Parts()
	c.Returned, c.Repaid = c.Returned+applied, c.Repaid+owed
	if owed > 0 && c.Rest() <= 0 && c.Resolved == "" {
		c.Resolved = tickets.ResolvedRefund
	}
	return c, t.PutCapture(c)
}

// stayed puts a refund's money on its capture again, which it did not leave or, where it went, came back to.
func (t *turn) stayed(r tickets.Refund, went bool) error {
	c, err := t.Capture(r.Gateway, r.Charge)
	if err != nil {
		return err
	}
	applied, owed := r.Parts()
	if went {
		t.post(tickets.AccountPayable, paidOutOf(r), r.Amount)
		c.Returned, c.Repaid = c.Returned-applied, c.Repaid-owed
	}
	t.notToPay(r)
	switch {
	case owed == 0:
	case c.Resolved == tickets.ResolvedWriteOff: // somebody at the provider gave it back, and it is kept again
		c.Owed -= owed
		t.post(tickets.AccountWriteOff, tickets.AccountCustomer(c.Order), tickets.Money{Amount: owed, Currency: r.Amount.Currency})
	case went:
		c.Resolved = ""
	}
	return t.PutCapture(c)
}

// letGo is the account of owed money that does not wait for anybody any more: it was kept, or its bank gave it back.
func letGo(c tickets.Capture) (tickets.Account, bool) {
	switch c.Resolved {
	case tickets.ResolvedWriteOff:
		return tickets.AccountWriteOff, true
	case tickets.ResolvedDispute:
		return tickets.AccountLoss, true
	default:
		return "", false
	}
}

// answered closes what was asked about a refund that went, and about its money when none is left to decide.
func (t *turn) answered(r tickets.Refund, c tickets.Capture, by tickets.Actor) error {
	for _, kind := range []tickets.CaseKind{tickets.CaseRefundByHand, tickets.CaseRefund} {
		if err := t.closeCase(kind, string(r.ID), "refunded", by, r.Note); err != nil {
			return err
		}
	}
	if c.Rest() <= 0 {
		if err := t.closeMoneyCases(c, "refunded", by); err != nil {
			return err
		}
	}
	return errors.Join(t.closeFailed(c, "refunded", by), t.closeEnded(r, by), t.warningsAnswered(r, c, by))
}

// warningsAnswered closes what was asked about a charge that its bank had warned of, once nothing of the charge is left
// here: what is left can still be disputed.
func (t *turn) warningsAnswered(r tickets.Refund, c tickets.Capture, by tickets.Actor) error {
	if r.Order == "" || c.Returned < c.Applied || c.Rest() > 0 {
		return nil
	}
	ds, err := t.Disputes(r.Order)
	if err != nil {
		return err
	}
	for _, d := range ds {
		if d.State != tickets.DisputeWarning || d.Gateway != r.Gateway || d.Charge != r.Charge {
			continue
		}
		if err := t.closeCase(tickets.CaseWarning, string(d.ID), "refunded", by, ""); err != nil {
			return err
		}
	}
	return nil
}

// endTickets revokes the refund's tickets and takes the places of those that nobody used back.
func (t *turn) endTickets(r tickets.Refund) error {
	return t.eachTicket(r, func(k *tickets.Ticket) error {
		ks := []tickets.Ticket{*k}
		if err := t.returnTickets(ks); err != nil {
			return err
		}
		*k = ks[0]
		k.Revoke(t.now)
		return nil
	})
}

// resettle makes an order's sums anew from its captures and refunds.
func (t *turn) resettle(o *tickets.Order) error {
	if o.ID == "" {
		return nil
	}
	caps, err := t.Captures(o.ID)
	if err != nil {
		return err
	}
	refunds, err := t.Refunds(o.ID)
	if err != nil {
		return err
	}
	o.Settle(caps)
	o.SettleRefunds(refunds)
	return nil
}

// refundRow picks the row of a refund of applied money that succeeded: T37 when all of it is back and no ticket is good
// any more, else T36, or T44 when it was made at the provider. An order without tickets gives its places back with its
// last money.
func (t *turn) refundRow(o *tickets.Order, r tickets.Refund) (tickets.TransitionID, error) {
	if o.ID == "" || r.Owed {
		return "", nil
	}
	part := tickets.TRefundPart
	if r.Source == tickets.RefundAtGateway {
		part = tickets.TRefundFound
	}
	ks, err := t.Tickets(o.ID)
	if err != nil {
		return part, err
	}
	whole := r.Source == tickets.RefundByBuyer || o.Refunded >= o.Applied
	if len(ks) == 0 && whole && !o.Returned {
		if err := t.returnPlaces(o.Merchant, o.Slot(), tickets.Draws(o.Quote.Lines)); err != nil {
			return part, err
		}
		o.Returned = true
	}
	if o.Refunded < o.Applied || slices.ContainsFunc(ks, tickets.Ticket.Good) {
		return part, nil
	}
	return tickets.TRefundAll, t.closeCase(tickets.CaseUnfulfilled, string(o.ID), "refunded", tickets.Actor{Kind: tickets.ActorSystem}, "")
}

// refundFailed records that a refund's money did not go, or came back to us: its tickets are valid again unless they
// ended already, and a person decides (T38), unless the bank gave the money back meanwhile.
func (t *turn) refundFailed(r *tickets.Refund, why string, by tickets.Actor, source string) error {
	went := r.State == tickets.RefundSucceeded
	if err := r.Move(tickets.RefundFailed, t.now); err != nil {
		return err
	}
	r.Error, r.CameBack = why, went
	if err := t.PutRefund(*r); err != nil {
		return err
	}
	if err := t.stayed(*r, went); err != nil {
		return err
	}
	if err := t.closeCase(tickets.CaseRefundByHand, string(r.ID), "failed", by, why); err != nil {
		return err
	}
	result, err := t.afterFailure(*r)
	if err != nil {
		return err
	}
	o, err := t.orderOf(*r) // a case may have been told of it
	if err != nil {
		return err
	}
	if err := t.eachTicket(*r, func(k *tickets.Ticket) error { t.unblock(k, string(r.ID), o); return nil }); err != nil {
		return err
	}
	if err := t.resettle(&o); err != nil {
		return err
	}
	f, err := t.refundFact(&o, *r, tickets.RefundRefused, tickets.TRefundFailed, by, source, refundData(*r, r.Amount))
	if err != nil {
		return err
	}
	f.Result, f.ErrorCode, f.Error = result, string(r.Refusal), why
	if err := t.keep(o, f); err != nil || result != ResultDisputed && !r.Owed && r.OwedPart == 0 || o.ID == "" {
		return err
	}
	return t.settled(o)
}

// ResultDisputed is the result of a REFUND_FAILED whose money the payer has from the bank: nobody has to do anything.
const ResultDisputed = "disputed"

// afterFailure asks a person about a refund that failed, unless its payer has the money from the bank. It returns the
// fact's result.
func (t *turn) afterFailure(r tickets.Refund) (string, error) {
	took, err := bankTook(t, r.Order, r.Gateway, r.Charge)
	if err != nil {
		return "", err
	}
	all, err := t.Refunds(r.Order)
	if err != nil {
		return "", err
	}
	c, err := t.Capture(r.Gateway, r.Charge)
	applied, _ := r.Parts()
	switch {
	case err != nil:
		return "", err
	case !took && !c.Has(r, succeeded(all)): // a part of it went otherwise meanwhile
		return "failed", t.restOf(r)
	case !took && c.Resolved == tickets.ResolvedWriteOff && applied == 0:
		return "failed", nil // it is kept
	case !took:
		_, err = t.openCase(tickets.Case{
			Merchant: r.Merchant, Kind: tickets.CaseRefundFailed, Subject: string(r.ID), Order: r.Order, Amount: r.Amount, Why: string(r.Refusal),
		})
		return "failed", err
	case c.Owed > 0:
		err = t.bankHasIt(c)
	}
	return ResultDisputed, err
}

// goneOtherwise reports whether other refunds of the charge took the money that this one was to send.
func (t *turn) goneOtherwise(r tickets.Refund) (bool, error) {
	c, err := t.Capture(r.Gateway, r.Charge)
	if err != nil {
		return false, err
	}
	all, err := t.Refunds(r.Order)
	if err != nil {
		return false, err
	}
	others := slices.DeleteFunc(all, func(x tickets.Refund) bool { return x.ID == r.ID })
	return !c.Has(r, others), nil
}

// pointless takes back a refund that was sent and refused, or left to a person, because its money went back by another
// way: "refunded at the provider", or "disputed" by the bank.
func (t *turn) pointless(r *tickets.Refund, by tickets.Actor, why string) error {
	if err := r.Move(tickets.RefundCancelled, t.now); err != nil {
		return err
	}
	r.Note = why
	if err := t.PutRefund(*r); err != nil {
		return err
	}
	t.notToPay(*r)
	o, err := t.orderOf(*r)
	if err != nil {
		return err
	}
	if err := t.eachTicket(*r, func(k *tickets.Ticket) error { t.unblock(k, string(r.ID), o); return nil }); err != nil {
		return err
	}
	if err := t.closeCase(tickets.CaseRefundByHand, string(r.ID), "disputed", by, ""); err != nil {
		return err
	}
	if why != ResultDisputed {
		if err := errors.Join(t.placeAgain(*r), t.restOf(*r)); err != nil {
			return err
		}
	}
	if o, err = t.orderOf(*r); err != nil {
		return err
	}
	if err := t.resettle(&o); err != nil {
		return err
	}
	data := refundData(*r, r.Amount)
	data["note"] = r.Note
	f, err := t.refundFact(&o, *r, tickets.RefundTakenBack, tickets.TRefundDropped, by, "repay", data)
	if err != nil {
		return err
	}
	return t.keep(o, f)
}

// restOf leaves to a person what is still owed of a charge once a refund of it has lost its point.
func (t *turn) restOf(r tickets.Refund) error {
	c, err := t.Capture(r.Gateway, r.Charge)
	if err != nil || !r.Owed {
		return err
	}
	all, err := t.Refunds(r.Order)
	if err != nil {
		return err
	}
	if _, owed := c.Refundable(all); owed <= 0 {
		return nil
	}
	return t.moneyCase(c, moneyCaseOf(c), "rest")
}

// succeeded is the refunds whose money is gone.
func succeeded(all []tickets.Refund) []tickets.Refund {
	return slices.DeleteFunc(slices.Clone(all), func(r tickets.Refund) bool { return r.State != tickets.RefundSucceeded })
}

// closeFailed closes what was asked about refunds of the charge that failed and whose money went otherwise or was kept. What
// is left of it that was owed is asked about as such.
func (t *turn) closeFailed(c tickets.Capture, outcome string, by tickets.Actor) error {
	all, err := t.Refunds(c.Order)
	if err != nil {
		return err
	}
	_, left := c.Refundable(all)
	for _, r := range all {
		if r.State != tickets.RefundFailed || r.Gateway != c.Gateway || r.Charge != c.Charge || c.Has(r, succeeded(all)) {
			continue
		}
		_, err := t.OpenCase(tickets.CaseRefundFailed, string(r.ID))
		if errors.Is(err, tickets.NotFound) {
			continue
		}
		if err == nil {
			err = t.closeCase(tickets.CaseRefundFailed, string(r.ID), outcome, by, "")
		}
		if err == nil && left > 0 {
			err = t.moneyCase(c, moneyCaseOf(c), "rest")
		}
		if err != nil {
			return err
		}
	}
	return nil
}
