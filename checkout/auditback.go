package checkout

import (
	"maps"
	"slices"
	"time"

	"boxoffice/tickets"
)

// This file judges money on its way back, and who decides about it.

func (a *audit) seeRefund(r *tickets.Refund) {
	a.refund(r)
	if r.Order == "" {
		a.refunds = append(a.refunds, *r)
		return
	}
	if o := a.known(r.Order, "refund", string(r.ID)); o != nil {
		o.refunds = true
	}
}

func (a *audit) seeDispute(d *tickets.Dispute) {
	a.dispute(d)
	if d.Order == "" {
		a.disputes = append(a.disputes, *d)
		return
	}
	if o := a.known(d.Order, "dispute", string(d.ID)); o != nil {
		o.disputes = true
	}
}

func (a *audit) seeCase(c *tickets.Case) {
	if c.Order != "" {
		a.known(c.Order, "case", string(c.ID))
	}
	if !c.Open() {
		if c.Outcome == "" || c.By.Kind == "" {
			a.fault("M16", string(c.ID), "closed, and it is not said by whom and as what")
		}
		return
	}
	a.cases[caseKey{c.Kind, c.Subject}] = &auditedCase{Case: *c}
	a.asks[c.Order] = true
}

// idleCases finds open cases that nothing waits for.
func (a *audit) idleCases() {
	for _, c := range slices.SortedFunc(maps.Values(a.cases), func(x, y *auditedCase) int { return x.At.Compare(y.At) }) {
		if c.explained {
			continue
		}
		switch c.Kind {
		case tickets.CaseRefund, tickets.CaseRefundFailed, tickets.CaseRefundByHand, tickets.CaseUnmatched, tickets.CaseWrongCurrency,
			tickets.CaseLate, tickets.CaseDispute, tickets.CaseWarning, tickets.CaseUnfulfilled:
			a.fault("J7", string(c.ID), "open case %s about %s, which does not wait", c.Kind, c.Subject)
		}
	}
}

// refund checks what a refund says by itself.
func (a *audit) refund(r *tickets.Refund) {
	id := string(r.ID)
	sent := r.Sent() || r.State == tickets.RefundSucceeded || r.State == tickets.RefundFailed
	if r.Amount.Amount <= 0 || r.Amount.Currency == "" {
		a.fault("M5", id, "gives back %s", r.Amount)
	}
	if sent != !r.Submitted.IsZero() && r.State != tickets.RefundCancelled || sent && r.Tries < 1 || !sent && r.Remote != "" && r.State != tickets.RefundCancelled {
		a.fault("M7", id, "%s, first sent %s, %d tries, %q at its gateway", r.State, Stamp(r.Submitted), r.Tries, r.Remote)
	}
	if r.State == tickets.RefundSucceeded && r.Remote == "" && r.Evidence == "" {
		a.fault("M8", id, "the money went, and neither the gateway nor a person proves it")
	}
	a.approvals(r, sent)
	late := a.now.Sub(r.Due)
	switch {
	case r.State == tickets.RefundApproved, r.State == tickets.RefundRequested && r.Auto:
		if r.Due.IsZero() || late > a.soft+time.Hour || r.State == tickets.RefundApproved && a.missed(r.Due) {
			a.fault("L5", id, "%s, and not sent, due %s", r.State, Stamp(r.Due))
		}
	case r.Sent() && !r.Due.IsZero() && (late > 24*time.Hour || -late > farthest):
		a.fault("L5", id, "%s, and nobody asks, due %s", r.State, Stamp(r.Due))
	case !r.Live() && !r.Due.IsZero():
		a.fault("L5", id, "%s, and due %s", r.State, Stamp(r.Due))
	}
}

// approvals checks that somebody agreed, and said why.
func (a *audit) approvals(r *tickets.Refund, sent bool) {
	id := string(r.ID)
	agreed := sent || r.State == tickets.RefundApproved
	if r.By.Kind == "" {
		a.fault("M16", id, "nobody asked for it")
	}
	if agreed && !r.Auto && r.Source != tickets.RefundAtGateway && len(r.Approvals) == 0 {
		a.fault("M16", id, "%s, and nobody agreed", r.State)
	}
	said := r.Reason != ""
	for i, x := range r.Approvals {
		said = said || x.Reason != ""
		if x.By.ID == "" || x.At.IsZero() {
			a.fault("M16", id, "approval %d is nobody's", i+1)
		}
		if r.Retries == "" && slices.ContainsFunc(r.Approvals[:i], func(y tickets.Approval) bool { return y.By.Kind == x.By.Kind && y.By.ID == x.By.ID }) {
			a.fault("M16", id, "%s agreed twice", x.By.ID)
		}
	}
	if r.Source == tickets.RefundByOperator && agreed && !said {
		a.fault("M16", id, "staff gave money back and did not say why")
	}
	if r.Evidence != "" && r.Note == "" {
		a.fault("M16", id, "settled by hand, and not said why")
	}
}

// second checks that two people agreed where it takes two: because the present catalog says so, when it was agreed by that,
// or because it was told that a second one was needed. Only the wish's own money is weighed here: which others counted with
// it, that failed or went since, nobody knows any more.
func (a *audit) second(r *tickets.Refund, all []tickets.Refund, facts []tickets.Fact) {
	if r.State == tickets.RefundRequested || r.State == tickets.RefundRejected || r.State == tickets.RefundCancelled ||
		r.Source == tickets.RefundAtGateway || !r.Alone() {
		return
	}
	sum := r.Amount
	for i := range all {
		if x := &all[i]; r.Wish != "" && x.Wish == r.Wish && x.ID != r.ID {
			sum.Amount += x.Amount.Amount
		}
	}
	known := !a.present.IsZero() && r.Approvals[0].At.After(a.present)
	needed := known && a.catalog.Merchant.TakesTwo(sum) || slices.ContainsFunc(facts, func(f tickets.Fact) bool {
		return f.Name == tickets.RefundAgreed && f.Result == secondNeeded && f.Key != "" && (f.Key == string(r.ID) || f.Key == string(r.Wish))
	})
	if needed {
		a.fault("M16", string(r.ID), "%s is %s, it takes two people, and only %s agreed", sum, r.State, r.Approvals[0].By.ID)
	}
}

func (a *audit) dispute(d *tickets.Dispute) {
	if d.Reinstated && !d.Withdrawn || d.Amount.Amount < 0 || d.Amount.Currency == "" {
		a.fault("M5", string(d.ID), "%s: withdrawn %t, reinstated %t", d.Amount, d.Withdrawn, d.Reinstated)
	}
	if d.Live() != d.Ended.IsZero() {
		a.fault("M13", string(d.ID), "%s, ended %s", d.State, Stamp(d.Ended))
	}
}

// wishes judges an order's refunds and disputes: their tickets, and who is asked.
func (a *audit) wishes(d *dossier) error {
	for i := range d.refunds {
		r := &d.refunds[i]
		if err := a.asked(r, d.refunds, d.captures, d.disputes); err != nil {
			return err
		}
		a.sentTold(d, r)
		for _, code := range r.Tickets {
			a.refundedTicket(d, r, code)
		}
		a.sameRefund(r)
		a.second(r, d.refunds, d.facts)
	}
	for i := range d.disputes {
		a.disputed(d, &d.disputes[i])
	}
	if a.waits(tickets.CaseUnfulfilled, string(d.ID)) != (d.Stage == tickets.StageFulfilFailed) {
		a.fault("J7", string(d.ID), "%s, case that its tickets could not be issued: %t", d.Stage, d.Stage != tickets.StageFulfilFailed)
	}
	a.waiting(d)
	return nil
}

// sameRefund checks that the provider's name of a refund leads to it.
func (a *audit) sameRefund(r *tickets.Refund) {
	if r.Remote == "" {
		return
	}
	if x, err := a.r.RefundByRemote(r.Gateway, r.Remote); err != nil || x.ID != r.ID {
		a.fault("M2", string(r.ID), "refund %s of %s is %q", r.Remote, r.Gateway, x.ID)
	}
}

// sentTold checks that a refund was told to be on its way: by its order, or, before a person said whose money it is, by none.
func (a *audit) sentTold(d *dossier, r *tickets.Refund) {
	told := func(f tickets.Fact) bool {
		return f.Name == tickets.RefundSent && f.Key == string(r.ID) ||
			f.Name == tickets.PaymentMatched && f.Key == r.Gateway+":"+r.Charge && !f.At.Before(r.Submitted)
	}
	if r.Submitted.IsZero() || slices.ContainsFunc(d.facts, told) {
		return
	}
	a.fault("M7", string(r.ID), "sent, and no fact of order %s says so", d.ID)
}

// refundedTicket checks what a refund did to a ticket.
func (a *audit) refundedTicket(d *dossier, r *tickets.Refund, code tickets.TicketCode) {
	i := slices.IndexFunc(d.tickets, func(k tickets.Ticket) bool { return k.Code == code })
	if i < 0 {
		a.fault("E7", string(r.ID), "ends ticket %s, which order %s does not have", code, d.ID)
		return
	}
	k := &d.tickets[i]
	over := k.State == tickets.TicketRevoked || k.State == tickets.TicketUsed
	switch {
	case r.State == tickets.RefundSucceeded && !over:
		a.fault("T7", string(code), "%s, and its money went back by %s", k.State, r.ID)
	case r.Sent() && !over && !slices.Contains(k.Blocks, string(r.ID)):
		a.fault("T7", string(code), "%s, and its money is going back by %s", k.State, r.ID)
	}
}

// asked checks that a person is asked where only a person can decide about a refund.
func (a *audit) asked(r *tickets.Refund, all []tickets.Refund, captures []tickets.Capture, disputes []tickets.Dispute) error {
	id := string(r.ID)
	switch {
	case r.State == tickets.RefundRequested && !r.Auto:
		asked := false
		for _, x := range all { // one case for the refunds of one wish
			if x.ID == r.ID || r.Wish != "" && x.Wish == r.Wish {
				asked = a.waits(tickets.CaseRefund, string(x.ID)) || asked
			}
		}
		if !asked {
			a.fault("J7", id, "it waits for approval, and nobody is asked")
		}
	case r.Sent() && r.Due.IsZero():
		if !a.waits(tickets.CaseRefundByHand, id) {
			a.fault("J7", id, "%s, nothing looks at it and nobody is asked", r.State)
		}
	case r.State == tickets.RefundFailed:
		again := slices.ContainsFunc(all, func(x tickets.Refund) bool { return x.Retries == r.ID })
		asks := !again && stillThere(r, all, captures) && !lostToBank(r, disputes)
		asked := a.waits(tickets.CaseRefundFailed, id)
		if asked && !asks && !live(r, all) {
			a.fault("J7", id, "it failed, its money is not here any more, and somebody is asked")
		}
		for i := range captures { // owed money that a bank gave back to us is asked about as a whole
			if c := &captures[i]; !asked && r.Owed && c.Gateway == r.Gateway && c.Charge == r.Charge {
				asked = a.decides(c, all)
			}
		}
		if !asks || asked || a.askedElsewhere(r, all, captures) {
			return nil
		}
		if ended, err := endedOtherwise(a.r, *r, all); err != nil || ended {
			return err
		}
		a.fault("J7", id, "it failed, was not tried again, and nobody is asked")
	}
	return nil
}

// live reports whether another refund of the charge is not decided: until then nothing is said of one that failed.
func live(r *tickets.Refund, all []tickets.Refund) bool {
	return slices.ContainsFunc(all, func(x tickets.Refund) bool { return x.Live() && x.Gateway == r.Gateway && x.Charge == r.Charge })
}

// lostToBank reports whether a lost dispute gave a refund's money back to its payer.
func lostToBank(r *tickets.Refund, disputes []tickets.Dispute) bool {
	return slices.ContainsFunc(disputes, func(d tickets.Dispute) bool {
		return d.State == tickets.DisputeLost && d.Gateway == r.Gateway && d.Charge == r.Charge
	})
}

// askedElsewhere reports whether people are asked about a failed refund's money by other failed refunds of the charge: those
// that went when its case was closed, and came back.
func (a *audit) askedElsewhere(r *tickets.Refund, all []tickets.Refund, captures []tickets.Capture) bool {
	var asked int64
	for i := range all {
		x := &all[i]
		if x.ID != r.ID && x.Gateway == r.Gateway && x.Charge == r.Charge && x.Owed == r.Owed && a.cases[caseKey{tickets.CaseRefundFailed, string(x.ID)}] != nil {
			asked += x.Amount.Amount
		}
	}
	for _, c := range captures {
		if c.Gateway == r.Gateway && c.Charge == r.Charge {
			applied, owed := c.Refundable(all)
			return pick(r.Owed, owed, applied)-asked < r.Amount.Amount
		}
	}
	return false
}

// stillThere reports whether a failed refund's money is still to be given back.
func stillThere(r *tickets.Refund, all []tickets.Refund, captures []tickets.Capture) bool {
	for _, c := range captures {
		if c.Gateway == r.Gateway && c.Charge == r.Charge {
			return c.Has(*r, all)
		}
	}
	return false
}

// disputed checks what a dispute did to its order's tickets, and that somebody is asked for evidence.
func (a *audit) disputed(d *dossier, x *tickets.Dispute) {
	id := string(x.ID)
	if y, err := a.r.DisputeByRemote(x.Gateway, x.Remote); err != nil || y.ID != x.ID {
		a.fault("M2", id, "dispute %s of %s is %q", x.Remote, x.Gateway, y.ID)
	}
	if open := a.waits(tickets.CaseDispute, id); x.State == tickets.DisputeOpen && !open {
		a.fault("J7", id, "the bank waits for evidence, and nobody is asked")
	} else if open && x.State != tickets.DisputeOpen {
		a.cases[caseKey{tickets.CaseDispute, id}].explained = false
	}
	if x.State == tickets.DisputeWarning {
		a.waits(tickets.CaseWarning, id)
	}
	if !paysBy(d.captures, *x) {
		return
	}
	for i := range d.tickets {
		k := &d.tickets[i]
		over := k.State == tickets.TicketRevoked || k.State == tickets.TicketUsed
		switch {
		case x.Contested() && !over && !slices.Contains(k.Blocks, id):
			a.fault("M13", string(k.Code), "%s while dispute %s is %s", k.State, id, x.State)
		case x.State == tickets.DisputeLost && !over && k.Admitted == 0 && k.At.Before(x.Ended):
			a.fault("M13", string(k.Code), "%s, and dispute %s was lost", k.State, id)
		}
	}
}

// waiting checks that an order in review is on its way out of it.
func (a *audit) waiting(d *dossier) {
	if d.Stage != tickets.StagePaymentReview {
		return
	}
	if !d.ReviewUntil.IsZero() {
		if late := a.now.Sub(d.ReviewUntil); late > a.soft+time.Hour {
			a.fault("L1", string(d.ID), "its review ended %s ago", late.Round(time.Second))
		}
		return
	}
	live := slices.ContainsFunc(d.refunds, tickets.Refund.Live)
	if wait := a.now.Sub(d.Changed); !live && !a.asks[d.ID] && wait > a.soft+time.Hour {
		a.fault("L1", string(d.ID), "in review for %s, and nothing and nobody will end it", wait.Round(time.Second))
	}
}

// ownerless judges money without an order.
func (a *audit) ownerless() error {
	rows := newLedger()
	for i := range a.captures {
		c := &a.captures[i]
		if err := a.capture(c, a.refunds, nil); err != nil {
			return err
		}
		kept := *c
		if !a.posted[c.Gateway+":"+c.Charge] { // from before the ledgers
			kept.Amount.Amount = c.Applied + c.Owed
			kept.Resolved = ""
			rows.transfer(tickets.AccountGateway(c.Gateway), tickets.AccountSuspense, kept.Amount.Amount, c.Amount.Currency)
		}
		rows.capture(&kept)
	}
	for i := range a.refunds {
		r := &a.refunds[i]
		if err := a.asked(r, a.refunds, a.captures, a.disputes); err != nil {
			return err
		}
		a.sameRefund(r)
		a.second(r, a.refunds, nil)
		rows.refund(r)
		if !slices.ContainsFunc(a.captures, func(c tickets.Capture) bool { return c.Gateway == r.Gateway && c.Charge == r.Charge }) {
			a.fault("M6", string(r.ID), "gives back charge %s of %s, which there is not", r.Charge, r.Gateway)
		}
	}
	for i := range a.disputes {
		a.disputed(&dossier{Order: &tickets.Order{}}, &a.disputes[i])
		rows.dispute(&a.disputes[i])
	}
	a.balances("no order", a.loose, rows)
	return nil
}
