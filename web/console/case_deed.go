package console

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// deed is a choice about a case: who may, what is asked, and the verb that does it. Its words are
// console_today.deed.NAME.
type deed struct {
	Name      string
	act       tickets.Act
	Reasons   []string // usual ones: case.reason.NAME
	Reference bool     // of the transfer or receipt
	Slots     bool     // another date is chosen
	Codes     bool     // tickets are chosen
	Plain     bool     // needs no reason
	Danger    bool
	yes       bool // counts as one of two people's yes
	do        func(context.Context, *checkout.Desk, casePage, deedSaid) (second bool, err error)
}

// deedSaid is what the form says.
type deedSaid struct {
	By        checkout.Staff
	Reason    string
	Reference string
	Slot      tickets.Slot
	Codes     []tickets.TicketCode
}

// Longest texts, in characters: they go on timelines.
const (
	maxReason    = 500
	maxReference = 100
)

var (
	deedApprove = deed{Name: "approve", act: tickets.ActRefund, Reasons: []string{"policy", "goodwill", "our_mistake"}, yes: true,
		do: func(ctx context.Context, d *checkout.Desk, c casePage, s deedSaid) (bool, error) {
			r, err := d.ApproveRefund(ctx, c.Refund.ID, s.By, s.Reason)
			return r.State == tickets.RefundRequested, err
		}}
	deedReject = deed{Name: "reject", act: tickets.ActRefund, Reasons: []string{"not_policy", "abuse", "agreed_otherwise"}, Danger: true,
		do: func(ctx context.Context, d *checkout.Desk, c casePage, s deedSaid) (bool, error) {
			_, err := d.RejectRefund(ctx, c.Refund.ID, s.By, s.Reason)
			return false, err
		}}
	deedRetry = deed{Name: "retry", act: tickets.ActRefund, Reasons: []string{"again"},
		do: func(ctx context.Context, d *checkout.Desk, c casePage, s deedSaid) (bool, error) {
			_, err := d.RetryRefund(ctx, c.Refund.ID, s.By, s.Reason)
			return false, err
		}}
	deedSettle = deed{Name: "settle", act: tickets.ActMoney, Reasons: []string{"transfer", "cash"}, Reference: true,
		do: func(ctx context.Context, d *checkout.Desk, c casePage, s deedSaid) (bool, error) {
			_, err := d.SettleRefund(ctx, c.Refund.ID, s.By, s.Reference, s.Reason)
			return false, err
		}}
	deedReturn = deed{Name: "return", act: tickets.ActRefund, Reasons: []string{"not_ours"}, yes: true,
		do: func(ctx context.Context, d *checkout.Desk, c casePage, s deedSaid) (bool, error) {
			r, err := d.RefundMoney(ctx, c.Money.Gateway, c.Money.Charge, s.By, s.Reason)
			return r.State == tickets.RefundRequested, err
		}}
	deedKeep = deed{Name: "keep", act: tickets.ActMoney, Reasons: []string{"payer_unknown", "agreed"}, Danger: true, yes: true,
		do: func(ctx context.Context, d *checkout.Desk, c casePage, s deedSaid) (bool, error) {
			x, err := d.WriteOff(ctx, c.Money.Gateway, c.Money.Charge, s.By, s.Reason)
			return x.Resolved != tickets.ResolvedWriteOff, err
		}}
	deedUse = deed{Name: "use", act: tickets.ActMoney, Reasons: []string{"agreed"},
		do: func(ctx context.Context, d *checkout.Desk, c casePage, s deedSaid) (bool, error) {
			_, err := d.ApplyMoney(ctx, c.Order, s.By, s.Reason)
			return false, err
		}}
	deedMove = deed{Name: "move", act: tickets.ActMoney, Reasons: []string{"agreed"}, Slots: true,
		do: func(ctx context.Context, d *checkout.Desk, c casePage, s deedSaid) (bool, error) {
			_, err := d.MoveMoney(ctx, c.Order, s.Slot, s.By, s.Reason)
			return false, err
		}}
	deedGive = deed{Name: "give", act: tickets.ActRefund, Reasons: []string{"our_mistake", "fraud"}, Danger: true,
		do: func(ctx context.Context, d *checkout.Desk, c casePage, s deedSaid) (bool, error) {
			rs, err := d.AskRefund(ctx, checkout.RefundWish{Order: c.Order, By: s.By, Reason: s.Reason})
			return err == nil && rs[0].State == tickets.RefundRequested, err
		}}
	deedLeave = deed{Name: "leave", act: tickets.ActRefund, Reasons: []string{"looked_into"},
		do: func(ctx context.Context, d *checkout.Desk, c casePage, s deedSaid) (bool, error) {
			_, err := d.CloseCase(ctx, c.ID, s.By, s.Reason)
			return false, err
		}}
	deedEnd = deed{Name: "end", act: tickets.ActRefund, Codes: true, Plain: true, Danger: true,
		do: func(ctx context.Context, d *checkout.Desk, c casePage, s deedSaid) (bool, error) {
			_, err := d.EndTickets(ctx, c.Refund.ID, s.Codes, s.By)
			return false, err
		}}
	deedIssue = deed{Name: "issue", act: tickets.ActIssue, Plain: true,
		do: func(ctx context.Context, d *checkout.Desk, c casePage, s deedSaid) (bool, error) {
			_, err := d.Issue(ctx, c.Order, s.By)
			return false, err
		}}
	deedPaid = deed{Name: "paid", act: tickets.ActMoney, Reasons: []string{"seen"}, yes: true,
		do: func(ctx context.Context, d *checkout.Desk, c casePage, s deedSaid) (bool, error) {
			_, second, err := d.MarkPaid(ctx, checkout.MarkingPaid{Order: c.Order, By: s.By, Amount: c.Amount.Amount, Reference: c.Ref, Reason: s.Reason})
			return second, err
		}}
	deedUnpaid = deed{Name: "unpaid", act: tickets.ActRefund, Reasons: []string{"not_seen"}, Danger: true, do: deedLeave.do}
)

// deedsOf are the choices of the kinds of cases; a dispute's is its evidence, which is no deed.
var deedsOf = map[tickets.CaseKind][]deed{
	tickets.CaseRefund:        {deedApprove, deedReject},
	tickets.CaseRefundFailed:  {deedRetry, deedSettle},
	tickets.CaseRefundByHand:  {deedSettle},
	tickets.CaseRefundFound:   {deedEnd, deedLeave},
	tickets.CaseUnmatched:     {deedMatch, deedReturn, deedKeep},
	tickets.CaseWrongCurrency: {deedReturn, deedKeep},
	tickets.CaseLate:          {deedUse, deedMove, deedReturn, deedKeep},
	tickets.CaseWarning:       {deedGive, deedLeave},
	tickets.CaseUnfulfilled:   {deedIssue, deedGive},
	tickets.CaseMarkPaid:      {deedPaid, deedUnpaid},
	tickets.CaseNotice:        {deedLeave},
}

// deeds are the choices about a case as it stands.
func (c casePage) deeds() []deed {
	all := slices.Clone(deedsOf[c.Kind])
	switch {
	case c.Kind == tickets.CaseWarning && (c.Left().Amount == 0 || c.unapplied()): // the order's money is not what the bank warns of
		all = []deed{deedLeave}
	case c.Kind == tickets.CaseRefundFound && len(c.Endable()) == 0:
		all = []deed{deedLeave}
	case c.reversed():
		all = append(all, deedLeave)
	case c.No != "":
		all = []deed{deedLeave}
	case c.cameBack():
		all = []deed{deedSettle}
	}
	return all
}

// deedPage is the form of a choice.
type deedPage struct {
	casePage
	Deed   caseDeed
	Dates  []tickets.Slot
	Hand   bool // the gateway cannot give back: somebody pays
	Wrong  string
	Error  string // of the verb, in words
	Reason string
	Ref    string
	Slot   string
	Codes  []string
}

// Chosen reports whether a ticket was chosen.
func (d deedPage) Chosen(code tickets.TicketCode) bool { return slices.Contains(d.Codes, string(code)) }

// deedForm shows what a choice will do, and asks what it needs.
func deedForm(name string) handler {
	return func(v *visit) error {
		p, err := v.deedOf(name)
		if err != nil {
			return err
		}
		return v.deedShow(http.StatusOK, p)
	}
}

// deedOf finds the choice. It refuses with Conflict when the case has it no more.
func (v *visit) deedOf(name string) (deedPage, error) {
	c, err := v.caseOf()
	if err != nil {
		return deedPage{}, err
	}
	i := slices.IndexFunc(c.Deeds, func(d caseDeed) bool { return d.Name == name })
	if i < 0 {
		return deedPage{}, tickets.Refuse(tickets.Conflict, "case %s has no choice %q any more", c.ID, name).With("reason", "state")
	}
	p := deedPage{casePage: c, Deed: c.Deeds[i]}
	gateway, cur := c.Refund.Gateway, c.Amount.Currency
	if c.Money.ID != "" {
		gateway = c.Money.Gateway
	}
	p.Hand = gateway != "" && (name == "approve" || name == "return" || name == "retry") && !v.k.Desk.SendsBack(gateway, cur)
	if p.Deed.Slots {
		p.Dates, err = v.k.Desk.LateDates(v.Context(), c.Order, "")
	}
	return p, err
}

func (v *visit) deedShow(status int, p deedPage) error {
	return v.page(status, "case_deed", p.Deed.Button(v), p)
}

// deedDo does a choice. What is wrong with the form comes back beside its fields, what the verb refuses above them.
func deedDo(name string) handler {
	return func(v *visit) error {
		p, err := v.deedOf(name)
		if err != nil {
			return v.decided(err)
		}
		in, ok := v.deedInput(&p)
		if !ok {
			return v.deedShow(http.StatusUnprocessableEntity, p)
		}
		second, err := p.Deed.do(v.Context(), v.k.Desk, p.casePage, in)
		if r := tickets.RefusalOf(err); r != nil && r.Kind != tickets.Unavailable {
			if err := v.audit("case_"+name, string(p.ID), auditRefused, in.Reason); err != nil {
				return err
			}
			p.Error = v.refusal(err)
			return v.deedShow(statusOf(r.Kind), p)
		}
		key := "console_today.done." + name
		if second {
			key = "console_today.done.first"
		}
		return v.caseDone(p.ID, "case_"+name, in.Reason, err, key)
	}
}

// decided leads back to a case that was decided meanwhile.
func (v *visit) decided(err error) error {
	if !errors.Is(err, tickets.Conflict) {
		return err
	}
	v.flash("warn", "console_today.done.decided")
	return v.redirect("/console/cases/" + v.PathValue("case"))
}

// deedInput reads the form; ok is false when something is missing, and the page says what.
func (v *visit) deedInput(p *deedPage) (in deedSaid, ok bool) {
	p.Reason, p.Ref = strings.TrimSpace(v.FormValue("reason")), strings.TrimSpace(v.FormValue("reference"))
	p.Slot, p.Codes = v.FormValue("slot"), v.Form["ticket"]
	in = deedSaid{By: v.staff(), Reason: p.Reason, Reference: p.Ref}
	switch {
	case p.Deed.Codes && len(p.Codes) == 0:
		p.Wrong = "ticket"
	case p.Deed.Reference && (p.Ref == "" || utf8.RuneCountInString(p.Ref) > maxReference):
		p.Wrong = "reference"
	case !p.Deed.Plain && (p.Reason == "" || utf8.RuneCountInString(p.Reason) > maxReason):
		p.Wrong = "reason"
	}
	if p.Deed.Slots && p.Wrong == "" {
		slot, err := tickets.ParseSlot(p.Slot)
		if in.Slot = slot; err != nil || !slices.Contains(p.Dates, slot) {
			p.Wrong = "slot"
		}
	}
	for _, code := range p.Codes {
		in.Codes = append(in.Codes, tickets.TicketCode(code))
	}
	return in, p.Wrong == ""
}

// refusal words what a verb refused: by the reason it gives, where there are words for it.
func (v *visit) refusal(err error) string {
	r := tickets.RefusalOf(err)
	if reason, ok := r.Args["reason"].(string); ok {
		if key := "case.no." + reason; v.Words.Has(key) {
			return v.Words.T(key)
		}
	}
	return v.Words.Error(err)
}
