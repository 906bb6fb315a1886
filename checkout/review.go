package checkout

import (
	"encoding/json"
	"errors"
	"slices"

	"boxoffice/tickets"
)

// This file holds the dispositions of money that does not simply pay its order; see capture.go for the table.

// reasonCancel is Order.Reason while an order is EXPIRING because somebody cancelled it.
const reasonCancel = "cancel"

// finish stores a judged capture that moves the order by row and tells one fact.
func (t *turn) finish(m *money, row tickets.TransitionID, name tickets.FactName, reason string) error {
	before, err := m.order.Move(row, t.now)
	if err != nil {
		return err
	}
	if reason != "" {
		m.order.Reason = reason
	}
	if err := t.storeCapture(m); err != nil {
		return err
	}
	f := t.moneyFact(m, name, row, before, reason)
	if err := t.PutOrder(m.order); err != nil {
		return err
	}
	if err := t.tell(m.order, f); err != nil {
		return err
	}
	return t.goesBack(m, reason)
}

// goesBack decides how money that does not pay for its order goes back; see owed.go.
func (t *turn) goesBack(m *money, reason string) error {
	c := m.capture
	switch {
	case c.Rest() <= 0 && m.order.Ended(): // a capture of nothing
		return t.settled(m.order)
	case c.Disposition == tickets.WrongCurrency:
		return t.moneyCase(c, tickets.CaseWrongCurrency, "currency")
	case c.Disposition == tickets.LateUnapplied && reason == "policy":
		return t.moneyCase(c, tickets.CaseLate, reason)
	case c.Disposition == tickets.LateUnapplied:
		return t.owe(c, tickets.RefundLate, t.d.Timings.LateRefund)
	case c.Disposition == tickets.Duplicate:
		return t.owe(c, tickets.RefundDuplicate, 0)
	case c.Disposition == tickets.Underpaid:
		return t.owe(c, tickets.RefundUnderpaid, 0)
	default:
		return t.owe(c, tickets.RefundExcess, 0)
	}
}

// asksAll reports whether a payment asks for all that its order costs. The page for the rest of an underpaid order's money
// does not, and once what was paid before went back, its money alone pays for nothing.
func asksAll(p tickets.Payment, o tickets.Order) bool {
	return p.Total.Amount-p.Fee.Amount >= o.Total().Amount
}

// late judges money for an order that had ended (T19, T20).
func (t *turn) late(m *money) error {
	if m.report.Amount.Amount < m.payment.Total.Amount-t.d.Limits.AmountWithin || !asksAll(m.payment, m.order) {
		return t.lateReview(m, "amount")
	}
	reason, err := t.reacquire(m)
	if err != nil {
		return err
	}
	if reason != "" {
		return t.lateReview(m, reason)
	}
	m.capture.Disposition = tickets.LateApplied
	return t.paid(m, tickets.TPayLate, []tickets.FactName{tickets.LatePaymentAccepted})
}

// lateReview keeps late money as owed; a person, or the customer, decides (T20).
func (t *turn) lateReview(m *money, reason string) error {
	m.capture.Disposition, m.capture.Owed = tickets.LateUnapplied, m.capture.Amount.Amount
	return t.finish(m, tickets.TLateReview, tickets.LatePaymentReceived, reason)
}

// cancelledMoney is money that came while the cancelled order's page was being closed (T12d): never PAID.
func (t *turn) cancelledMoney(m *money) error {
	h, err := t.Hold(m.order.Hold)
	if err != nil {
		return err
	}
	if h.Live() {
		if err := t.giveBack(&h, tickets.HoldReleased); err != nil {
			return err
		}
	}
	m.order.EndedAs = tickets.StageCancelled
	m.capture.Disposition, m.capture.Owed = tickets.LateUnapplied, m.capture.Amount.Amount
	if m.capture.Amount.Currency != m.order.Total().Currency {
		m.capture.Disposition = tickets.WrongCurrency
	}
	return t.finish(m, tickets.TCancelMoney, tickets.LatePaymentReceived, "cancelled")
}

// underpaid keeps the places for the review time (T24); zero is less than the total too.
func (t *turn) underpaid(m *money) error {
	if err := t.keepForReview(m); err != nil {
		return err
	}
	m.capture.Disposition = tickets.Underpaid
	return t.finish(m, tickets.TUnderpaid, tickets.PaymentAmountMismatch, "underpaid")
}

// keepForReview moves the hold's end to the end of the review, and closes the order's other pages.
func (t *turn) keepForReview(m *money) error {
	h, err := t.Hold(m.order.Hold)
	if err != nil {
		return err
	}
	m.order.ReviewUntil = t.now.Add(t.d.Timings.Review)
	h.State, h.Reason, h.Expiry, h.Due = tickets.HoldActive, "", m.order.ReviewUntil, m.order.ReviewUntil.Add(t.d.Timings.Grace)
	if err := t.PutHold(h); err != nil {
		return err
	}
	return t.closeOthers(m.order, m.payment.ID)
}

// topUp judges further money of an order in review that had not ended (T25, T24s). When its time is over the money
// before is owed already, and still counts as long as nobody paid it back.
func (t *turn) topUp(m *money) error {
	o, c := &m.order, &m.capture
	fees, err := feesOf(t, o.ID)
	if err != nil {
		return err
	}
	parts, err := t.partsOf(m.caps, o.Total().Currency)
	if err != nil {
		return err
	}
	c.Disposition = tickets.Underpaid
	over := net(append(slices.Clone(parts), *c), fees) - o.Total().Amount
	if over < -t.d.Limits.AmountWithin {
		if o.ReviewUntil.IsZero() {
			c.Owed = c.Amount.Amount
		}
		return t.finish(m, tickets.TReviewMoney, tickets.PaymentAmountMismatch, o.Reason)
	}
	h, err := t.Hold(o.Hold)
	if err != nil {
		return err
	}
	if h.Live() {
		err = t.consume(&h)
	} else {
		var reason string
		if reason, err = t.reacquire(m); err == nil && reason != "" {
			return t.lateReview(m, reason)
		}
	}
	if err != nil {
		return err
	}
	if err := t.applyParts(m, parts); err != nil {
		return err
	}
	c.Disposition = tickets.Applied
	var extra []tickets.FactName
	if over > 0 {
		c.Disposition, c.Owed = tickets.Overpaid, min(over, c.Amount.Amount)
		extra = []tickets.FactName{tickets.PaymentOverpaid}
	}
	c.Applied = c.Amount.Amount - c.Owed
	return t.complete(m, tickets.TTopUp, extra)
}

// partsOf lists the underpaid captures that further money can still make whole: those whose refund was not sent.
func (t *turn) partsOf(caps []tickets.Capture, cur tickets.Currency) ([]tickets.Capture, error) {
	var out []tickets.Capture
	for _, c := range underpaidOf(caps, cur) {
		_, err := t.unsent(c)
		switch {
		case c.Repaid > 0: // part of it went back
		case err == nil:
			out = append(out, c)
		case !errors.Is(err, tickets.Conflict):
			return nil, err
		}
	}
	return out, nil
}

// applyParts makes the underpaid captures before this one pay for the order.
func (t *turn) applyParts(m *money, parts []tickets.Capture) error {
	fees, err := feesOf(t, m.order.ID)
	if err != nil {
		return err
	}
	for _, c := range parts {
		if err := t.unowe(c); err != nil {
			return err
		}
		c.Disposition, c.Applied, c.Owed, c.Resolved = tickets.Applied, c.Amount.Amount, 0, tickets.ResolvedTopUp
		t.earned(c, fees[c.Session])
		if err := t.PutCapture(c); err != nil {
			return err
		}
		if err := t.closeMoneyCases(c, "applied", m.actor); err != nil { // a bank had given it back
			return err
		}
		if err := t.closeFailed(c, "applied", m.actor); err != nil {
			return err
		}
		i := slices.IndexFunc(m.caps, func(x tickets.Capture) bool { return x.ID == c.ID })
		m.caps[i] = c
	}
	return nil
}

// wrongCurrency never converts (T27). Money for a paid order in another currency leaves the order alone.
func (t *turn) wrongCurrency(m *money) error {
	m.capture.Disposition, m.capture.Owed = tickets.WrongCurrency, m.capture.Amount.Amount
	if m.order.Paid() || m.order.Stage == tickets.StageRefunded {
		return t.finish(m, tickets.TDuplicate, tickets.PaymentCurrencyMismatch, "")
	}
	if m.order.Stage != tickets.StagePaymentReview && !m.order.Ended() {
		if err := t.keepForReview(m); err != nil {
			return err
		}
	}
	return t.finish(m, tickets.TWrongCurrency, tickets.PaymentCurrencyMismatch, "wrong_currency")
}

// duplicate is a second charge for a paid order (T28): the order stays as it is.
func (t *turn) duplicate(m *money) error {
	m.capture.Disposition, m.capture.Owed = tickets.Duplicate, m.capture.Amount.Amount
	return t.finish(m, tickets.TDuplicate, tickets.DuplicatePaymentReceived, "")
}

// testMoney is play money on a live shop or real money on a play one (T27a): recorded, without effect.
func (t *turn) testMoney(m *money) (string, error) {
	m.capture.Disposition = tickets.TestMode
	return outcomeIgnored, t.finish(m, tickets.TTestMoney, tickets.TestPaymentIgnored, "")
}

// unmatched is money of no order of ours (T30): recorded, and a person is told.
func (t *turn) unmatched(m *money) (string, error) {
	cat, err := t.Catalog()
	if err != nil {
		return "", err
	}
	c := &m.capture
	c.Merchant, c.Disposition, c.Owed = cat.Merchant.ID, tickets.Unmatched, c.Amount.Amount
	if c.Test {
		c.Disposition, c.Owed = tickets.TestMode, 0
	}
	if err := t.CreateCapture(*c); err != nil {
		return "", err
	}
	t.captured = append(t.captured, *c)
	t.arrived(*c)
	data, err := json.Marshal(map[string]any{
		"chargeId": c.Charge, "gateway": c.Gateway, "amount": json.Number(c.Amount.Number()), "currency": c.Amount.Currency, "reference": c.Reference,
	})
	if err != nil {
		return "", err
	}
	f := tickets.Fact{
		Name: tickets.PaymentUnmatched, At: t.now, Actor: m.actor, Source: m.source, Result: string(c.Disposition), Data: data,
		Key: m.gateway + ":" + c.Charge,
	}
	if err := t.tell(tickets.Order{Merchant: c.Merchant}, f); err != nil {
		return "", err
	}
	return outcomeUnmatched, t.moneyCase(*c, tickets.CaseUnmatched, "no_order")
}

// releaseReview gives the places of an underpaid order back when its time is over, or its customer gives up (T24x): its
// money is owed now and goes back. What is in another currency waits for a person.
func (t *turn) releaseReview(o tickets.Order, h tickets.Hold, by tickets.Actor, source string) error {
	before, err := o.Move(tickets.TReviewExpired, t.now)
	if err != nil {
		return err
	}
	if err := t.giveBack(&h, tickets.HoldExpired); err != nil {
		return err
	}
	caps, err := t.Captures(o.ID)
	if err != nil {
		return err
	}
	var waited []tickets.Capture // what was owed before has a refund or a case of its own
	for i := range caps {
		if caps[i].Disposition == tickets.Underpaid && caps[i].Owed == 0 && caps[i].Resolved == "" {
			caps[i].Owed = caps[i].Amount.Amount
			if err := t.PutCapture(caps[i]); err != nil {
				return err
			}
			waited = append(waited, caps[i])
		}
	}
	o.Settle(caps)
	o.ReviewUntil = never
	if err := t.closeOthers(o, ""); err != nil {
		return err
	}
	f := o.Record(tickets.HoldLapsed, t.now, by, source, tickets.TReviewExpired, before, lockData(o, h))
	if err := t.PutOrder(o); err != nil {
		return err
	}
	if err := t.tell(o, f); err != nil {
		return err
	}
	for _, c := range waited {
		if err := t.owe(c, tickets.RefundUnderpaid, 0); err != nil {
			return err
		}
	}
	if o, err = t.Order(o.ID); err != nil {
		return err
	}
	return t.settled(o)
}
