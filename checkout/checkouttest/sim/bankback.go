package sim

import (
	"fmt"
	"slices"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// This file is money on its way back: refunds that the shop or the dashboard makes, and disputes.

// giveBack begins a refund. It is nil when the charge does not have as much any more.
func (b *bank) giveBack(c *charge, amount int64, ours tickets.RefundID) *payback {
	taken := false
	for _, d := range c.Disputes {
		taken = taken || d.Taken
	}
	if taken || amount <= 0 || c.gone()+amount > c.Amount.Amount {
		return nil
	}
	p := &payback{
		ID: fmt.Sprintf("re_%d", len(b.refunds)+1), Ours: ours, Charge: c, Amount: amount, State: checkout.RefundIsPending,
		Forgets: b.w.k.now.Add(240 * time.Hour),
	}
	if b.w.hits(KeyPruned) {
		p.Forgets = b.w.k.now.Add(24 * time.Hour)
	}
	for _, x := range b.refunds {
		if ours != "" && x.Ours == ours && x.State != checkout.RefundIsFailed {
			b.w.fail("M8", "refund %s was sent twice: %s and %s", ours, x.ID, p.ID)
		}
	}
	b.refunds = append(b.refunds, p)
	c.Refunds = append(c.Refunds, p)
	if b.w.hits(RefundWaits) {
		b.w.k.after(b.w.dice.between(time.Minute, 60*time.Hour), func() { b.settleRefund(p) })
		b.tellRefund(p)
		return p
	}
	p.State, p.Done = checkout.RefundIsSucceeded, true
	b.tellRefund(p)
	if b.w.hits(RefundFails) { // the customer's bank sends it back
		b.w.cover.count("refunds sent back")
		b.w.k.after(b.w.dice.between(time.Hour, 48*time.Hour), func() {
			p.State = checkout.RefundIsFailed
			b.tellRefund(p)
		})
	}
	return p
}

// has reports whether the bank still has the money that a failed refund was to give back; nobody gives it back at the
// dashboard from then on.
func (b *bank) has(r tickets.Refund) bool {
	c := b.chargeOf(r.Charge)
	if c == nil {
		return true // it came by another way
	}
	if c.gone()+r.Amount.Amount > c.Amount.Amount {
		return false
	}
	c.ByHand = true
	return true
}

// settleRefund ends a pending refund.
func (b *bank) settleRefund(p *payback) {
	if p.State != checkout.RefundIsPending {
		return
	}
	p.State, p.Done = checkout.RefundIsSucceeded, true
	if b.w.hits(RefundFails) {
		p.State, p.Done = checkout.RefundIsFailed, false
	}
	b.tellRefund(p)
}

// tellRefund posts how a refund stands. One that somebody made at the dashboard is hinted at besides: that something went
// back, and not what.
func (b *bank) tellRefund(p *payback) {
	stray := p.Ours == "" && p.Charge.Session == nil // nobody asks about money of nobody
	send := b.w.mail.post
	if stray || p.Done && p.State == checkout.RefundIsFailed {
		send = b.w.mail.insist
	}
	send(p.report(b.w.k.now))
	if p.Ours == "" && !stray {
		b.hint(p.Charge)
	}
}

// hint tells that something of a charge went back, and not what.
func (b *bank) hint(c *charge) {
	b.w.mail.insist(checkout.Report{Kind: checkout.ReportRefund, Charge: c.ID, At: tickets.Milli(b.w.k.now)})
}

func (p *payback) report(at time.Time) checkout.Report {
	return checkout.Report{
		Kind: checkout.ReportRefund, Charge: p.Charge.ID, Amount: tickets.Money{Amount: p.Amount, Currency: p.Charge.Amount.Currency},
		At: tickets.Milli(at), Refund: p.ID, RefundID: p.Ours, RefundState: map[checkout.RefundStandingState]tickets.RefundState{
			checkout.RefundIsPending: tickets.RefundPending, checkout.RefundIsSucceeded: tickets.RefundSucceeded, checkout.RefundIsFailed: tickets.RefundFailed,
		}[p.State],
	}
}

// trouble says what will become of a charge later: a refund at the dashboard, a warning, a dispute.
func (b *bank) trouble(c *charge) {
	w := b.w
	if c.Test || c.Amount.Amount == 0 {
		return
	}
	times := 0
	if w.hits(AtDashboard) {
		times = 1
		if w.aim == "EndTickets" {
			times = 4 // in parts
		}
	}
	for range times {
		w.k.after(w.whenReturned(), func() {
			if c.ByHand {
				return
			}
			amount := c.Amount.Amount - c.gone()
			if times > 1 || slices.Contains(looks, w.aim) || w.dice.IntN(2) == 0 {
				amount = 1 + int64(w.dice.IntN(max(int(c.Amount.Amount)/times, 1)))
			}
			if b.giveBack(c, amount, "") != nil {
				w.cover.count("refunds at the dashboard")
			}
		})
	}
	warned := w.hits(FraudWarning)
	if !warned && !w.hits(Dispute) {
		return
	}
	b.disputes++
	d := &dispute{ID: fmt.Sprintf("du_%d", b.disputes), Charge: c}
	w.k.after(w.whenDisputed(), func() { b.argue(d, warned) })
}

// argue takes a dispute a step further, and comes back until it has ended.
func (b *bank) argue(d *dispute, warned bool) {
	w := b.w
	if len(d.Charge.Disputes) == 0 || d.State == "" {
		if d.Charge.gone() >= d.Charge.Amount.Amount {
			return // nothing is left to argue about
		}
		d.Charge.Disputes = append(d.Charge.Disputes, d)
	}
	var funds checkout.Funds
	if d.State == "" {
		d.State = tickets.DisputeOpen
		if warned {
			d.State = tickets.DisputeWarning
		}
		w.cover.count("disputes")
	} else if w.aim == "moveReversed" && d.State == tickets.DisputeLost && !d.Full {
		d.Full = true
		w.k.spawn("sold out", false, func() { w.restock(0) })
		w.k.after(time.Minute, func() { b.argue(d, false) })
		return
	} else if next := w.nextOf(d.State); next != "" {
		d.State = next
	} else {
		return
	}
	left := d.Charge.Amount.Amount > d.Charge.gone()
	if d.State == tickets.DisputeOpen && !d.Taken && left && w.dice.IntN(3) > 0 {
		d.Taken, funds = true, checkout.FundsWithdrawn
	}
	if d.Taken && (d.State == tickets.DisputeWon || d.State == tickets.DisputeReversed) {
		d.Taken, funds = false, checkout.FundsReinstated
	}
	b.tellDispute(d, funds)
	if d.State != tickets.DisputeDropped {
		switch {
		case w.plot == partsPlot && d.State == tickets.DisputeLost:
			w.k.after(10*time.Minute, func() { w.k.spawn("sold out", false, func() { w.restock(0) }) })
		case w.aim == "moveReversed" && d.State == tickets.DisputeReversed:
			w.k.after(10*time.Minute, func() { w.k.spawn("places again", false, func() { w.restock(12) }) })
		}
		w.k.after(w.betweenDecisions(), func() { b.argue(d, false) })
	}
}

// tellDispute posts how a dispute stands, its money in a notice of its own now and then.
func (b *bank) tellDispute(d *dispute, funds checkout.Funds) {
	r := checkout.Report{
		Kind: checkout.ReportDispute, Charge: d.Charge.ID, Amount: d.Charge.Amount, At: tickets.Milli(b.w.k.now), Reason: "fraudulent",
		Dispute: d.ID, DisputeState: d.State, Deadline: tickets.Milli(b.w.k.now.Add(7 * 24 * time.Hour)),
	}
	if funds != "" && b.w.dice.IntN(2) == 0 {
		money := r
		money.DisputeState, money.Funds = "", funds
		b.w.mail.insist(r)
		b.w.mail.insist(money)
		return
	}
	r.Funds = funds
	b.w.mail.insist(r)
}
