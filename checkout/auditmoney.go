package checkout

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"boxoffice/tickets"
)

// This file judges an order's money: captures, payments, and the sums that are caches of them.

func (a *audit) seeCapture(c *tickets.Capture) {
	if c.Order == "" {
		a.captures = append(a.captures, *c)
		return
	}
	a.known(c.Order, "capture", string(c.ID))
}

// placed reports whether a capture's sums are those of its disposition: where all of its money is, sent of it on its way.
func placed(c tickets.Capture, sent int64) bool {
	all := c.Amount.Amount
	if c.Applied < 0 || c.Owed < 0 {
		return false
	}
	if c.Resolved == tickets.ResolvedWriteOff || c.Resolved == tickets.ResolvedDispute { // what was not paid back was kept, or taken
		return c.Applied+c.Owed <= all && c.Owed == c.Repaid+sent
	}
	switch c.Disposition {
	case tickets.Applied:
		return c.Applied == all && c.Owed == 0
	case tickets.LateApplied:
		return c.Applied+c.Owed == all
	case tickets.Overpaid:
		return c.Owed > 0 && c.Applied+c.Owed == all
	case tickets.Underpaid:
		return c.Applied == 0 && (c.Owed == 0 || c.Owed == all)
	case tickets.LateUnapplied, tickets.WrongCurrency, tickets.Duplicate, tickets.Unmatched:
		return c.Applied == 0 && c.Owed == all
	case tickets.TestMode:
		return c.Applied == 0 && c.Owed == 0
	default:
		return false
	}
}

// resolved reports whether what is said to have become of owed money can be so.
func resolved(c tickets.Capture, sent int64) bool {
	switch c.Resolved {
	case "":
		return true
	case tickets.ResolvedRefund:
		return c.Owed > 0 && c.Rest() == 0
	case tickets.ResolvedWriteOff, tickets.ResolvedDispute:
		return c.Rest() == sent
	case tickets.ResolvedTopUp, tickets.ResolvedApply:
		return applies(c)
	default:
		return false
	}
}

// onItsWay is how much of a capture's owed money was sent, and its end is not known.
func onItsWay(c *tickets.Capture, refunds []tickets.Refund) (sum int64) {
	for _, r := range refunds {
		if _, owed := r.Parts(); r.Sent() && r.Gateway == c.Gateway && r.Charge == c.Charge {
			sum += owed
		}
	}
	return sum
}

// capture checks one capture; session is its payment, nil when it has none.
func (a *audit) capture(c *tickets.Capture, refunds []tickets.Refund, session *tickets.Payment) error {
	id := string(c.ID)
	if sent := onItsWay(c, refunds); !placed(*c, sent) || !resolved(*c, sent) {
		a.fault("M3", id, "%s %s: applied %d and owed %d of %s, %d repaid", c.Disposition, c.Resolved, c.Applied, c.Owed, c.Amount, c.Repaid)
	}
	if (c.Order == "") != (c.Disposition == tickets.Unmatched) && c.Disposition != tickets.TestMode {
		a.fault("M3", id, "%s of order %q", c.Disposition, c.Order)
	}
	if c.Amount.Amount < 0 || c.Amount.Currency == "" {
		a.fault("M5", id, "captured %s", c.Amount)
	}
	if session != nil && c.Test != session.Test != (c.Disposition == tickets.TestMode) {
		a.fault("M9", id, "%s, play money %t by a payment of play money %t", c.Disposition, c.Test, session.Test)
	}
	x, err := a.r.Capture(c.Gateway, c.Charge)
	if err != nil && !errors.Is(err, tickets.NotFound) {
		return err
	}
	if x.ID != c.ID {
		a.fault("M2", id, "charge %s of %s is capture %q", c.Charge, c.Gateway, x.ID)
	}
	if c.Notice != "" {
		n, err := a.r.Notice(c.Notice)
		if err != nil && !errors.Is(err, tickets.NotFound) {
			return err
		}
		if err != nil || n.Gateway != c.Gateway {
			a.fault("E5", id, "it came by notice %s, which is not there or of %q", c.Notice, n.Gateway)
		}
	}
	return a.givenBack(c, refunds)
}

// givenBack checks a capture against its refunds.
func (a *audit) givenBack(c *tickets.Capture, refunds []tickets.Refund) error {
	id := string(c.ID)
	var applied, owed, repaid, returned, waiting int64
	for i := range refunds {
		r := &refunds[i]
		if r.Gateway != c.Gateway || r.Charge != c.Charge {
			continue
		}
		if r.Amount.Currency != c.Amount.Currency {
			a.fault("M5", string(r.ID), "gives back %s of a charge of %s", r.Amount, c.Amount)
		}
		if !r.Counts() {
			continue
		}
		a, o := r.Parts()
		applied, owed = applied+a, owed+o
		if r.State == tickets.RefundSucceeded {
			returned, repaid = returned+a, repaid+o
		} else {
			waiting += o
		}
	}
	if applied > c.Applied || owed > c.Owed {
		a.fault("M6", id, "refunds of %d applied and %d owed; there are %d and %d", applied, owed, c.Applied, c.Owed)
	}
	if repaid != c.Repaid || returned != c.Returned {
		a.fault("M4", id, "repaid %d and returned %d, its refunds say %d and %d", c.Repaid, c.Returned, repaid, returned)
	}
	if c.Rest() > 0 && !a.decides(c, refunds) && waiting < c.Rest() {
		a.fault("J7", id, "%d of %s owed, no refund or open case has it", c.Rest()-waiting, c.Amount)
	}
	return nil
}

// decides reports whether somebody is asked about the capture's owed money.
func (a *audit) decides(c *tickets.Capture, refunds []tickets.Refund) bool {
	asked := false
	for _, kind := range []tickets.CaseKind{tickets.CaseUnmatched, tickets.CaseWrongCurrency, tickets.CaseLate} {
		asked = a.waits(kind, string(c.ID)) || asked
	}
	for i := range refunds {
		r := &refunds[i]
		if r.Gateway == c.Gateway && r.Charge == c.Charge && (r.Owed || r.OwedPart > 0) && r.State == tickets.RefundFailed {
			asked = a.waits(tickets.CaseRefundFailed, string(r.ID)) || asked
		}
	}
	return asked
}

// money checks an order's money as a whole.
func (a *audit) money(d *dossier) error {
	for i := range d.captures {
		c := &d.captures[i]
		at := slices.IndexFunc(d.payments, func(p tickets.Payment) bool { return p.ID == c.Session })
		var session *tickets.Payment
		if at >= 0 {
			session = &d.payments[at]
		} else if c.Session != "" {
			a.fault("E7", string(c.ID), "came by payment %s, which order %s does not have", c.Session, d.ID)
		}
		if err := a.capture(c, d.refunds, session); err != nil {
			return err
		}
		a.ofOrder(d, c)
	}
	if err := a.strays(d); err != nil {
		return err
	}
	a.sums(d)
	a.total(d)
	a.attempts(d)
	if d.ledgered {
		posted, rows := newLedger(), newLedger()
		for i := range d.facts {
			posted.book(d.facts[i].Postings)
		}
		for i := range d.captures {
			rows.capture(&d.captures[i])
		}
		for i := range d.refunds {
			rows.refund(&d.refunds[i])
		}
		for i := range d.disputes {
			rows.dispute(&d.disputes[i])
		}
		a.balances(string(d.ID), posted, rows)
	}
	return nil
}

// ofOrder checks that a capture's disposition fits its order.
func (a *audit) ofOrder(d *dossier, c *tickets.Capture) {
	id := string(c.ID)
	took := d.Paid() || d.Stage == tickets.StageRefunded
	switch {
	case c.Applied > 0 && c.Amount.Currency != d.Total().Currency:
		a.fault("M5", id, "%s applied to an order in %s", c.Amount, d.Total().Currency)
	case applies(*c) && !took, c.Disposition == tickets.Duplicate && !took:
		a.fault("M3", id, "%s, the order is %s", c.Disposition, d.Stage)
	case c.Disposition == tickets.Underpaid && c.Owed == 0 && c.Resolved == "" && c.Amount.Amount > 0:
		if d.Stage != tickets.StagePaymentReview || d.ReviewUntil.IsZero() {
			a.fault("M3", id, "%s kept, nobody waits: the order is %s", c.Amount, d.Stage)
		}
	}
	if c.Gateway == GatewayManual && !d.decidedBy(func(f *tickets.Fact) bool { return f.Key == c.Gateway+":"+c.Charge }, "words") {
		a.fault("M16", id, "money by hand, and no fact says who took it and why")
	}
	if c.Resolved == tickets.ResolvedWriteOff && !d.decidedBy(func(f *tickets.Fact) bool { return f.Name == tickets.MoneyKept }, "reason") {
		a.fault("M16", id, "kept, and no fact says who decided it and why")
	}
}

func applies(c tickets.Capture) bool {
	return c.Disposition == tickets.Applied || c.Disposition == tickets.LateApplied || c.Disposition == tickets.Overpaid
}

// decidedBy reports whether a fact that is meant was a person's or a program's, who said why in the named field.
func (d *dossier) decidedBy(meant func(*tickets.Fact) bool, why string) bool {
	for i := range d.facts {
		f := &d.facts[i]
		if !meant(f) || f.Actor.ID == "" || f.Actor.Kind != tickets.ActorMember && f.Actor.Kind != tickets.ActorToken {
			continue
		}
		var data map[string]any
		if json.Unmarshal(f.Data, &data) == nil {
			if s, ok := data[why].(string); ok && s != "" {
				return true
			}
		}
	}
	return false
}

// strays finds refunds and disputes of charges that the order does not have.
func (a *audit) strays(d *dossier) error {
	has := func(gateway, charge string) bool {
		return slices.ContainsFunc(d.captures, func(c tickets.Capture) bool { return c.Gateway == gateway && c.Charge == charge })
	}
	for i := range d.refunds {
		if r := &d.refunds[i]; !has(r.Gateway, r.Charge) {
			a.fault("M6", string(r.ID), "gives back charge %s of %s, which order %s does not have", r.Charge, r.Gateway, d.ID)
		}
	}
	for i := range d.disputes {
		if x := &d.disputes[i]; !has(x.Gateway, x.Charge) {
			a.fault("E7", string(x.ID), "is about charge %s of %s, which order %s does not have", x.Charge, x.Gateway, d.ID)
		}
	}
	return nil
}

// sums compares the order's sums with the rows they are caches of.
func (a *audit) sums(d *dossier) {
	o := *d.Order
	o.Settle(d.captures)
	o.SettleRefunds(d.refunds)
	o.Dispute, o.Withdrawn = overlayOf(o, d.disputes, d.captures)
	for _, x := range []struct {
		what      string
		got, want any
	}{
		{"applied", d.Applied, o.Applied}, {"owed", d.Owed, o.Owed}, {"kept", d.Kept, o.Kept}, {"refunded", d.Refunded, o.Refunded},
		{"refunding", d.Refunding, o.Refunding}, {"refund", d.Refund, o.Refund}, {"dispute", d.Dispute, o.Dispute},
		{"withdrawn", d.Withdrawn, o.Withdrawn},
	} {
		if x.got != x.want {
			a.fault("M4", string(d.ID), "%s %v, its rows say %v", x.what, x.got, x.want)
		}
	}
}

// overlayOf is the order's dispute state and what banks hold, as the desk derives them.
func overlayOf(o tickets.Order, all []tickets.Dispute, captures []tickets.Capture) (state tickets.DisputeState, withdrawn int64) {
	var newest time.Time
	contested := false
	for _, d := range all {
		if d.Amount.Currency == o.Total().Currency {
			withdrawn += d.Gone().Amount
		}
		if d.State == tickets.DisputeDropped || contested && !d.Contested() || !paysBy(captures, d) {
			continue
		}
		if d.Contested() && !contested || !d.Changed.Before(newest) {
			state, newest, contested = d.State, d.Changed, d.Contested()
		}
	}
	return state, withdrawn
}

// paysBy reports whether the disputed charge pays for its order.
func paysBy(captures []tickets.Capture, d tickets.Dispute) bool {
	return slices.ContainsFunc(captures, func(c tickets.Capture) bool {
		return c.Gateway == d.Gateway && c.Charge == d.Charge && c.Applied > 0
	})
}

// total checks that an order's price is its lines', and that a paid order has exactly its money.
func (a *audit) total(d *dossier) {
	id := string(d.ID)
	var lines int64
	for _, l := range d.Quote.Lines {
		lines += l.Amount()
	}
	if lines != d.Total().Amount || d.Total().Currency == "" {
		a.fault("M11", id, "total %s, its lines cost %d", d.Total(), lines)
	}
	if !d.Paid() && d.Stage != tickets.StageRefunded {
		return
	}
	fees, by, any := map[tickets.SessionID]int64{}, map[tickets.SessionID]int64{}, false
	for _, p := range d.payments {
		fees[p.ID] = p.Fee.Amount
	}
	for _, c := range d.captures {
		if applies(c) {
			by[c.Session] += c.Applied
			any = true
		}
	}
	var got int64
	for session, amount := range by {
		got += max(amount-fees[session], 0)
	}
	if !any {
		a.fault("M15", id, "%s without a capture", d.Stage)
	} else if got != d.Total().Amount-d.Forgiven {
		a.fault("M4", id, "%s with %d applied (fees apart) of %s, %d forgiven", d.Stage, got, d.Total(), d.Forgiven)
	}
}

// attempts checks an order's payments.
func (a *audit) attempts(d *dossier) {
	if len(d.payments) != d.Attempts {
		a.fault("M12", string(d.ID), "%d payments, the order says %d", len(d.payments), d.Attempts)
	}
	for i := range d.payments {
		p := &d.payments[i]
		id := string(p.ID)
		if rest := p.Total.Amount - p.Fee.Amount; p.Fee.Amount < 0 || rest < 0 || rest > d.Total().Amount || p.Total.Currency != d.Total().Currency {
			a.fault("M11", id, "asks for %s with a fee of %d, the order costs %s", p.Total, p.Fee.Amount, d.Total())
		}
		for j := range i {
			if q := &d.payments[j]; q.Key == p.Key || q.Gen == p.Gen && q.N == p.N {
				a.fault("M12", id, "it has the key or the number of %s", q.ID)
			}
		}
		if p.Key == "" || p.N < 1 || p.N > d.Attempts {
			a.fault("M12", id, "key %q, number %d of %d", p.Key, p.N, d.Attempts)
		}
		a.unsettled(d, p)
	}
}

// unsettled finds payments that nobody looks at any more.
func (a *audit) unsettled(d *dossier, p *tickets.Payment) {
	if p.Returns && (p.Due.IsZero() || a.missed(p.Due)) {
		a.fault("L6", string(p.ID), "something went back, and nobody asks what")
	}
	if !p.Live() {
		return
	}
	since := d.Changed
	if p.Changed.After(since) {
		since = p.Changed
	}
	if over := d.Ended() || d.Paid() || d.Stage == tickets.StageRefunded; over && a.now.Sub(since) > a.soft+2*time.Hour {
		a.fault("L6", string(d.ID), "%s for long, payment %s is %s", d.Stage, p.ID, p.State)
		return
	}
	asked := p.State == tickets.PaymentCreated || p.State == tickets.PaymentUnknown
	if asked && (p.Due.IsZero() || a.missed(p.Due)) {
		a.fault("L6", string(p.ID), "%s since %s, and nobody asks", p.State, Stamp(p.Changed))
	}
}
