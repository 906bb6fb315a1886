package checkout

import (
	"encoding/json"
	"errors"
	"slices"

	"boxoffice/tickets"
)

// This file is where money is judged. A report of money that arrived becomes exactly one Capture, unique by
// (gateway, charge); its disposition and the order's transition are decided in the same transaction:
//
//	order                      amount           disposition      row
//	held, awaiting, expiring   = total          APPLIED          T18, T17
//	                           > total          OVERPAID         T26 (paid; the excess is owed)
//	                           < total, zero    UNDERPAID        T24 (places kept for the review time)
//	expiring by cancellation   any              LATE_UNAPPLIED   T12d
//	expired, cancelled by      ≥ total          LATE_APPLIED     T19, when places and price still are there
//	 the system
//	                           otherwise        LATE_UNAPPLIED   T20
//	in review, not ended       Σ ≥ total        APPLIED          T25, when places are kept or still there
//	                           otherwise        UNDERPAID        T24s; LATE_UNAPPLIED when only the places lack
//	in review, ended           any              LATE_UNAPPLIED   T20
//	paid                       any              DUPLICATE        T28
//	any                        other currency   WRONG_CURRENCY   T27
//	any                        play money       TEST_MODE        T27a, no effect
//	none                       any              UNMATCHED        T30
//
// Where it can stop: before commit the provider, or the next look at it, tells again; after commit the capture is
// found by its key and nothing happens twice.

// underpaidOf lists the captures that wait to be made whole by further money, or that could still be: what is owed of
// them after the review's time has not been paid back.
func underpaidOf(caps []tickets.Capture, cur tickets.Currency) []tickets.Capture {
	var out []tickets.Capture
	for _, c := range caps {
		if c.Disposition == tickets.Underpaid && c.Resolved == "" && c.Amount.Currency == cur {
			out = append(out, c)
		}
	}
	return out
}

// net is what captures pay of their order's total: their money less each session's fee, once.
func net(caps []tickets.Capture, fees map[tickets.SessionID]int64) int64 {
	by := map[tickets.SessionID]int64{}
	for _, c := range caps {
		by[c.Session] += c.Amount.Amount - c.Owed
		if c.Disposition == tickets.Underpaid {
			by[c.Session] += c.Owed
		}
	}
	var sum int64
	for id, amount := range by {
		sum += max(amount-fees[id], 0)
	}
	return sum
}

// feesOf says what of an order's payments is the method's fee, in minor units.
func feesOf(r tickets.Reader, id tickets.OrderID) (map[tickets.SessionID]int64, error) {
	ps, err := r.Payments(id)
	if err != nil {
		return nil, err
	}
	fees := map[tickets.SessionID]int64{}
	for _, p := range ps {
		fees[p.ID] = p.Fee.Amount
	}
	return fees, nil
}

// money is one report on its way through judgement.
type money struct {
	report  Report
	gateway string
	source  string
	notice  tickets.NoticeID
	order   tickets.Order
	payment tickets.Payment
	capture tickets.Capture
	caps    []tickets.Capture // the order's captures before this one
	actor   tickets.Actor
	known   bool // the capture is stored already
}

// The outcomes of a report, as a notice keeps them (tickets.Notice.Outcome).
const (
	outcomeApplied   = "applied"
	outcomeIgnored   = "ignored"
	outcomeDuplicate = "duplicate"
	outcomeUnmatched = tickets.OutcomeUnmatched
	outcomeError     = tickets.OutcomeError
	outcomeLater     = "later" // stored, not judged yet
)

// capture records a report of money and decides what becomes of it. It returns the outcome for the notice: applied,
// duplicate (known before), ignored (play money), unmatched, error (the report makes no sense).
func (t *turn) capture(gateway string, r Report, source string, notice tickets.NoticeID) (string, error) {
	return t.captureBy(gateway, r, source, notice, tickets.Actor{Kind: tickets.ActorGateway, ID: gateway})
}

// captureBy is capture of money that somebody else than its gateway tells of.
func (t *turn) captureBy(gateway string, r Report, source string, notice tickets.NoticeID, by tickets.Actor) (string, error) {
	m := money{report: r, gateway: gateway, source: source, notice: notice, actor: by}
	if r.Charge == "" || r.Amount.Amount < 0 {
		return outcomeError, t.senseless(&m)
	}
	if _, err := t.Capture(gateway, r.Charge); err == nil {
		return outcomeDuplicate, nil // T29
	} else if !errors.Is(err, tickets.NotFound) {
		return "", err
	}
	m.capture = tickets.Capture{
		ID: tickets.CaptureID(t.ids.id(tickets.PrefixCapture)), Gateway: gateway, Charge: r.Charge, Amount: r.Amount, Notice: notice,
		Reference: string(r.Reference), Payer: r.Payer, Processor: r.Processor, Test: r.Test, At: t.now,
	}
	var err error
	m.payment, err = t.paymentOf(gateway, r)
	if errors.Is(err, tickets.NotFound) {
		return t.unmatched(&m)
	}
	if err != nil {
		return "", err
	}
	if m.order, err = t.Order(m.payment.Order); err != nil {
		return "", err
	}
	if err := t.sessionSeen(&m.order, &m.payment, r.Remote); err != nil {
		return "", err
	}
	if m.caps, err = t.Captures(m.order.ID); err != nil {
		return "", err
	}
	c := &m.capture
	c.Merchant, c.Order, c.Session, c.Gen = m.order.Merchant, m.order.ID, m.payment.ID, m.order.Gen
	if r.Modeless {
		c.Test = m.payment.Test
	}
	if c.Test != m.payment.Test {
		return t.testMoney(&m)
	}
	if err := t.markCaptured(&m); err != nil {
		return "", err
	}
	return outcomeApplied, t.judge(&m)
}

// senseless is a report of money without a charge id or below zero: nothing can be recorded under its key, but the
// order's timeline says that it came.
func (t *turn) senseless(m *money) error {
	p, err := t.paymentOf(m.gateway, m.report)
	if errors.Is(err, tickets.NotFound) {
		return nil // the notice keeps it
	}
	if err != nil {
		return err
	}
	o, err := t.Order(p.Order)
	if err != nil {
		return err
	}
	f := o.Record(tickets.EventIgnored, t.now, m.actor, m.source, "", o.Stage, map[string]any{
		"sessionId": p.ID, "chargeId": m.report.Charge, "gateway": m.gateway, "amount": json.Number(m.report.Amount.Number()),
		"currency": m.report.Amount.Currency,
	})
	f.Result, f.ErrorCode = outcomeError, string(tickets.Invalid)
	if err := t.PutOrder(o); err != nil {
		return err
	}
	return t.tell(o, f)
}

// paymentOf finds the payment a report is about: by the provider's session, which we stored; else by its charge;
// else by our reference that came back signed, as when the answer to Open was lost.
func (t *turn) paymentOf(gateway string, r Report) (tickets.Payment, error) {
	if r.Remote != "" {
		p, err := t.PaymentByRemote(gateway, r.Remote)
		if err == nil || !errors.Is(err, tickets.NotFound) {
			return p, err
		}
	}
	if r.Charge != "" {
		p, err := t.PaymentByCharge(gateway, r.Charge)
		if err == nil || !errors.Is(err, tickets.NotFound) {
			return p, err
		}
	}
	if r.Reference == "" {
		return tickets.Payment{}, tickets.Refuse(tickets.NotFound, "no payment for %s session %q charge %q", gateway, r.Remote, r.Charge)
	}
	p, err := t.Payment(r.Reference)
	if err != nil {
		return p, err
	}
	// A reference counts only while the session it belongs to is not known to be another.
	if p.Gateway != gateway || (p.Remote != "" && r.Remote != "" && p.Remote != r.Remote) {
		return tickets.Payment{}, tickets.Refuse(tickets.NotFound, "payment %s has another session", p.ID)
	}
	return p, nil
}

// markCaptured notes the charge on its payment, whatever is decided about the money.
func (t *turn) markCaptured(m *money) error {
	p := &m.payment
	fresh := p.State != tickets.PaymentCaptured
	if fresh {
		if err := p.Move(tickets.PaymentCaptured, t.now); err != nil {
			return err
		}
		p.Charge, p.PaidAt = m.report.Charge, t.now
		if !m.report.At.IsZero() {
			p.PaidAt = tickets.Milli(m.report.At)
		}
	}
	if fresh {
		p.Due = t.nextLook(*p) // a further charge leaves the looks that are still to come
	}
	if m.report.Raw != nil {
		p.Notified = m.report.Raw
	}
	return t.PutPayment(*p)
}

// judge picks the row. The comparison is with the payment's total, fee included; what pays for the order is less
// the fee.
func (t *turn) judge(m *money) error {
	o, amount, total := m.order, m.report.Amount, m.payment.Total
	switch {
	case o.Stage == tickets.StageExpiring && o.Reason == reasonCancel:
		return t.cancelledMoney(m)
	case amount.Currency != total.Currency:
		return t.wrongCurrency(m)
	case o.Paid() || o.Stage == tickets.StageRefunded:
		return t.duplicate(m)
	case o.Stage == tickets.StagePaymentReview && !o.Ended():
		return t.topUp(m)
	case o.Stage == tickets.StagePaymentReview:
		return t.lateReview(m, "review")
	case o.Ended():
		return t.late(m)
	case amount.Amount < total.Amount-t.d.Limits.AmountWithin || !asksAll(m.payment, o):
		return t.underpaid(m)
	}
	h, err := t.Hold(o.Hold)
	if err != nil {
		return err
	}
	if !h.Live() {
		return tickets.Refuse(tickets.Conflict, "order %s is %s but hold %s is %s", o.ID, o.Stage, h.ID, h.State)
	}
	if err := t.consume(&h); err != nil {
		return err
	}
	m.capture.Disposition = tickets.Applied
	if o.Stage == tickets.StageExpiring {
		return t.paid(m, tickets.TPayExpiring, nil)
	}
	return t.paid(m, tickets.TPay, nil)
}

// consume turns a live hold's places into sold ones.
func (t *turn) consume(h *tickets.Hold) error {
	for _, dr := range h.Draws {
		s, err := t.Stock(tickets.StockKey{Merchant: h.Merchant, Pool: dr.Pool, Slot: h.Slot})
		if err != nil {
			return err
		}
		if err := s.Sell(dr.Places); err != nil {
			return err
		}
		if err := t.PutStock(s); err != nil {
			return err
		}
	}
	t.moved(h.Slot, h.Draws, tickets.UnitsHeld, tickets.UnitsSold)
	h.State, h.Ended, h.Due = tickets.HoldConsumed, t.now, never
	return t.PutHold(*h)
}

// giveBack returns a live hold's places to stock.
func (t *turn) giveBack(h *tickets.Hold, to tickets.HoldState) error {
	for _, dr := range h.Draws {
		s, err := t.Stock(tickets.StockKey{Merchant: h.Merchant, Pool: dr.Pool, Slot: h.Slot})
		if err != nil {
			return err
		}
		if err := s.Release(dr.Places); err != nil {
			return err
		}
		if err := t.PutStock(s); err != nil {
			return err
		}
	}
	t.moved(h.Slot, h.Draws, tickets.UnitsHeld, tickets.UnitsFree)
	h.State, h.Ended, h.Due = to, t.now, never
	return t.PutHold(*h)
}

// paid applies the money (T17–T19, T25, T26): the places are sold already. extra are facts beside
// CHECKOUT_COMPLETED.
func (t *turn) paid(m *money, row tickets.TransitionID, extra []tickets.FactName) error {
	c := &m.capture
	if excess := c.Amount.Amount - m.payment.Total.Amount; excess > 0 {
		c.Owed = excess
		if row != tickets.TPayLate {
			c.Disposition, row = tickets.Overpaid, tickets.TOverpaid
		}
		extra = append(extra, tickets.PaymentOverpaid)
	}
	c.Applied = c.Amount.Amount - c.Owed
	return t.complete(m, row, extra)
}

// complete moves the order to PAID with a capture whose sums are worked out, and issues what can be issued.
func (t *turn) complete(m *money, row tickets.TransitionID, extra []tickets.FactName) error {
	o, c := &m.order, &m.capture
	before, err := o.Move(row, t.now)
	if err != nil {
		return err
	}
	o.Reason, o.ReviewUntil, o.Late = "", never, false
	o.PaidBy, o.Method = m.payment.ID, m.payment.Method
	o.PaymentRef = m.payment.Method + "_" + c.Charge
	if err := t.storeCapture(m); err != nil {
		return err
	}
	if err := errors.Join(t.forgive(m), t.overlay(o)); err != nil { // a bank may have spoken of a part of it before
		return err
	}
	if err := t.closeOthers(*o, m.payment.ID); err != nil {
		return err
	}
	data := map[string]any{"sessionId": m.payment.ID, "paymentMethod": m.payment.Method, "paymentRef": o.PaymentRef}
	if m.gateway == GatewayManual {
		data["words"] = m.report.Reason
	}
	facts := []tickets.Fact{o.Record(tickets.CheckoutCompleted, t.now, m.actor, m.source, row, before, data)}
	facts[0].Key = m.gateway + ":" + c.Charge
	for _, name := range extra {
		facts = append(facts, t.moneyFact(m, name, "", o.Stage, ""))
	}
	issued, err := t.afterPaid(o)
	if err != nil {
		return err
	}
	if err := t.closeCase(tickets.CaseMarkPaid, string(o.ID), "paid", m.actor, ""); err != nil { // it needs no second person
		return err
	}
	facts = append(facts, issued...)
	if err := t.PutOrder(*o); err != nil {
		return err
	}
	if err := t.tell(*o, facts...); err != nil || c.Rest() <= 0 {
		return err
	}
	return t.owe(*c, tickets.RefundExcess, 0)
}

// storeCapture creates the capture and settles the order's sums anew from all of them.
func (t *turn) storeCapture(m *money) error {
	if m.known { // it waited, and is decided anew
		if err := t.PutCapture(m.capture); err != nil {
			return err
		}
	} else {
		if err := t.CreateCapture(m.capture); err != nil {
			return err
		}
		t.captured = append(t.captured, m.capture)
		t.arrived(m.capture)
	}
	fee := m.payment.Fee.Amount
	if slices.ContainsFunc(m.caps, func(c tickets.Capture) bool { return c.Session == m.capture.Session && c.Applied > 0 }) {
		fee = 0 // a session's fee is earned once
	}
	t.earned(m.capture, fee)
	m.order.Settle(append(slices.Clone(m.caps), m.capture))
	return nil
}

// forgive notes what the applied money fell short of the total by, within what is let pass.
func (t *turn) forgive(m *money) error {
	fees, err := feesOf(t, m.order.ID)
	if err != nil {
		return err
	}
	applied := slices.DeleteFunc(append(slices.Clone(m.caps), m.capture), func(c tickets.Capture) bool { return c.Applied == 0 })
	m.order.Forgiven = max(m.order.Total().Amount-net(applied, fees), 0)
	return nil
}
