package console

import (
	"net/http"
	"slices"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// casePage is one case: what happened, what can be done about it, and what became of it.
type casePage struct {
	caseRow
	Refund   tickets.Refund
	Wish     []tickets.Refund // the refund and those asked with it
	No       string           // why it cannot be tried again; see checkout.Obstacle
	Tickets  []tickets.Ticket // of the order
	Dispute  tickets.Dispute
	Disputed tickets.Capture // what the dispute is about
	Money    tickets.Capture
	Limit    tickets.Money // above it two people must agree
	Two      bool          // they must about this money
	Deeds    []caseDeed    // what this member may do
	Others   bool          // there is more that others may do
}

// caseDeed is a choice with the words of its kind of case.
type caseDeed struct {
	deed
	Kind tickets.CaseKind
}

// read reads what a case is about.
func (c *casePage) read(r tickets.Reader, id tickets.CaseID) (err error) {
	if c.Case, err = r.Case(id); err != nil {
		return err
	}
	rows, err := caseRows(r, []tickets.Case{c.Case})
	if err != nil {
		return err
	}
	if c.caseRow = rows[0]; c.Order != "" {
		if c.Tickets, err = r.Tickets(c.Order); err != nil {
			return err
		}
	}
	switch c.Kind {
	case tickets.CaseRefund, tickets.CaseRefundFailed, tickets.CaseRefundByHand, tickets.CaseRefundFound:
		if c.Refund, err = r.Refund(tickets.RefundID(c.Subject)); err != nil {
			return err
		}
		if c.Wish, err = wishOf(r, c.Refund); err == nil && c.Kind == tickets.CaseRefundFailed && c.Open() {
			c.No, err = checkout.Obstacle(r, c.Refund)
		}
	case tickets.CaseWarning, tickets.CaseDispute:
		if c.Dispute, err = r.Dispute(tickets.DisputeID(c.Subject)); err == nil {
			c.Disputed, err = r.Capture(c.Dispute.Gateway, c.Dispute.Charge)
		}
	case tickets.CaseUnmatched, tickets.CaseWrongCurrency, tickets.CaseLate:
		c.Money, err = checkout.CaseMoney(r, c.Case)
	}
	return err
}

// weight is the money that the merchant's limit is held against.
func (c *casePage) weight(r tickets.Reader) (tickets.Money, error) {
	if c.Kind != tickets.CaseRefund || c.Refund.Owed {
		return c.Amount, nil
	}
	all, err := r.Refunds(c.Order)
	return checkout.Together(c.Amount, c.Refund.Wish, all), err
}

// wishOf lists the refunds that were asked together with one, itself too.
func wishOf(r tickets.Reader, x tickets.Refund) ([]tickets.Refund, error) {
	if x.Wish == "" {
		return []tickets.Refund{x}, nil
	}
	all, err := r.Refunds(x.Order)
	return slices.DeleteFunc(all, func(y tickets.Refund) bool { return y.Wish != x.Wish }), err
}

// Story is the key of the words that say what happened.
func (c casePage) Story() string {
	key := "console_today.story." + string(c.Kind)
	switch {
	case c.reversed():
		key += "_reversed"
	case c.Kind == tickets.CaseNotice && c.Why == checkout.WhyTwice:
		key += "_twice"
	case c.Kind == tickets.CaseNotice && c.Why == checkout.WhyNoGateway:
		key += "_gateway"
	case c.Kind == tickets.CaseNotice && c.Why == checkout.WhyUnknown:
		key += "_unknown"
	case c.unapplied():
		key += "_other"
	case c.No != "":
		key += "_" + c.No
	case c.cameBack():
		key += "_came_back"
	}
	return key
}

// reversed reports whether it is about money that a bank gave back and that has no places any more.
func (c casePage) reversed() bool {
	return c.Kind == tickets.CaseUnfulfilled && c.Why == checkout.ReasonReversed
}

// unapplied reports whether a bank argues about money that did not pay for the order, such as a second payment.
func (c casePage) unapplied() bool {
	return (c.Kind == tickets.CaseWarning || c.Kind == tickets.CaseDispute) && c.Disputed.Applied == 0
}

// cameBack reports whether it is about a refund that the payer's bank sent back: it would again.
func (c casePage) cameBack() bool { return c.Kind == tickets.CaseRefundFailed && c.Refund.CameBack }

// SettledByHand reports whether somebody paid the case's refund by hand: it may turn out that they did not.
func (c casePage) SettledByHand() bool { return refundRow{Refund: c.Refund}.Settled() }

// Endable lists the good tickets that nobody used.
func (c casePage) Endable() []tickets.Ticket {
	return slices.DeleteFunc(slices.Clone(c.Tickets), func(k tickets.Ticket) bool { return !k.Good() || k.Admitted > 0 })
}

// Left is the applied money of the order that can still go back.
func (c casePage) Left() tickets.Money {
	return tickets.Money{Amount: max(c.Of.Applied-c.Of.Refunded-c.Of.Refunding, 0), Currency: c.Of.Total().Currency}
}

// Agreed lists who said yes already.
func (c casePage) Yes() []tickets.Approval {
	if c.Kind == tickets.CaseRefund {
		return c.Refund.Approvals
	}
	return c.Agreed
}

// What is the key of what a choice does, in the words of the case's kind where it has its own.
func (d caseDeed) What(v *visit) string { return d.words(v, "does") }

// Button is the key of a choice's name.
func (d caseDeed) Button(v *visit) string { return d.words(v, "name") }

func (d caseDeed) words(v *visit, what string) string {
	key := "console_today.deed." + d.Name + "." + what
	if own := key + "_" + string(d.Kind); v.Words.Has(own) {
		return v.Words.T(own)
	}
	return v.Words.T(key)
}

// caseOf reads the case of the path with what this member may do about it.
func (v *visit) caseOf() (casePage, error) {
	id := v.PathValue("case")
	if !tickets.ValidID(tickets.PrefixCase, id) {
		return casePage{}, tickets.Refuse(tickets.NotFound, "no such case")
	}
	var c casePage
	err := v.view(func(r tickets.Reader) error {
		c = casePage{}
		if err := c.read(r, tickets.CaseID(id)); err != nil {
			return err
		}
		weight, err := c.weight(r)
		c.Two = weight.Currency != "" && v.Cat.Merchant.TakesTwo(weight)
		return err
	})
	if err != nil || !c.Open() {
		return c, err
	}
	c.Limit = tickets.Money{Amount: v.Cat.Merchant.ApproveAbove, Currency: v.Cat.Merchant.Currency}
	me := v.staff().Actor
	for _, d := range c.deeds() {
		said := c.Two && d.yes && slices.ContainsFunc(c.Yes(), func(a tickets.Approval) bool { return a.By.Kind == me.Kind && a.By.ID == me.ID })
		if said || !v.Member.Role.May(d.act) {
			c.Others = true
			continue
		}
		c.Deeds = append(c.Deeds, caseDeed{d, c.Kind})
	}
	return c, nil
}

func caseShow(v *visit) error {
	c, err := v.caseOf()
	if err != nil {
		return err
	}
	return v.page(http.StatusOK, "case", v.k.word(v.Words, "case", string(c.Kind)), c)
}

func caseTake(v *visit) error {
	id := tickets.CaseID(v.PathValue("case"))
	_, err := v.k.Desk.TakeCase(v.Context(), id, v.Member)
	return v.caseDone(id, "case_take", "", err, "console_today.done.take")
}

func caseGiveBack(v *visit) error {
	id := tickets.CaseID(v.PathValue("case"))
	_, err := v.k.Desk.GiveBackCase(v.Context(), id, v.staff())
	return v.caseDone(id, "case_give_back", "", err, "console_today.done.give_back")
}

// caseDone logs an act about a case and shows the case.
func (v *visit) caseDone(id tickets.CaseID, act, reason string, err error, key string, args ...any) error {
	if err != nil {
		if logged := v.audit(act, string(id), auditRefused, reason); logged != nil {
			return logged
		}
		return err
	}
	if err := v.audit(act, string(id), auditOK, reason); err != nil {
		return err
	}
	v.flash("good", key, args...)
	return v.redirect("/console/cases/" + string(id))
}
