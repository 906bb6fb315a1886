package console

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// deedMatch says which order money of no order is for. It has pages of its own: the order is named first, and what would
// become of both is shown before anybody agrees.
var deedMatch = deed{Name: "match", act: tickets.ActMoney, Reasons: []string{"agreed"}, do: func(context.Context, *checkout.Desk, casePage, deedSaid) (bool, error) {
	return false, tickets.Refuse(tickets.Unsupported, "money is matched on a page of its own")
}}

// matchPage asks for an order, then shows what would become of it.
type matchPage struct {
	casePage
	Deed   caseDeed
	Typed  string        // as it was typed
	To     tickets.Order // the zero Order until one is named
	After  tickets.Order // as it would be
	Would  string        // what would happen, in words
	Wrong  string        // beside the order
	Refuse string        // why not, above the form
	Reason string
	Why    string // beside the reason
}

// matchOf reads the case and the order that was named. ok is false where there is nothing to agree on yet.
func (v *visit) matchOf() (p matchPage, ok bool, err error) {
	d, err := v.deedOf("match")
	if err != nil {
		return p, false, err
	}
	p = matchPage{casePage: d.casePage, Deed: d.Deed, Typed: typed(v.FormValue("order"), 64), Reason: strings.TrimSpace(v.PostFormValue("reason"))}
	if p.Typed == "" {
		return p, false, nil
	}
	err = v.view(func(r tickets.Reader) error {
		o, err := orderTyped(r, p.Typed)
		p.To = o
		return err
	})
	if tickets.KindOf(err) == tickets.NotFound {
		p.Wrong = v.Words.T("console_today.match.none")
		return p, false, nil
	}
	if err != nil {
		return p, false, err
	}
	p.Typed = p.To.Code
	after, c, err := v.k.Desk.Dry().MatchMoney(v.Context(), v.matching(p, "preview"))
	if r := tickets.RefusalOf(err); r != nil && r.Kind != tickets.Unavailable {
		p.Refuse = v.matchRefusal(err)
		return p, false, nil
	}
	if err != nil {
		return p, false, err
	}
	p.After = after
	args := []any{"Amount", v.Words.Money(c.Amount), "Code", p.To.Code}
	if c.Disposition == tickets.Overpaid {
		args = append(args, "Rest", v.Words.Money(tickets.Money{Amount: c.Owed, Currency: c.Amount.Currency}))
	}
	key := strings.ToLower(string(c.Disposition))
	if !v.Words.Has("console_today.match.would." + key) {
		key = "judged"
	}
	p.Would = v.Words.T("console_today.match.would."+key, args...)
	return p, true, nil
}

func (v *visit) matching(p matchPage, reason string) checkout.Matching {
	return checkout.Matching{Gateway: p.Money.Gateway, Charge: p.Money.Charge, Order: p.To.ID, By: v.staff(), Reason: reason}
}

// orderTyped finds an order by its code, or by the end of it where that names one alone. It fails with NotFound.
func orderTyped(r tickets.Reader, text string) (tickets.Order, error) {
	o, err := checkout.OrderOf(r, text)
	if tickets.KindOf(err) == tickets.NotFound {
		o, err = checkout.OrderOf(r, strings.ToUpper(text))
	}
	if tickets.KindOf(err) != tickets.NotFound {
		return o, err
	}
	id, failed := orderEnding(r, text)
	if failed != nil || id == "" {
		return o, errors.Join(failed, err)
	}
	return r.Order(id)
}

// matchRefusal words why money cannot be matched.
func (v *visit) matchRefusal(err error) string {
	reason, _ := tickets.RefusalOf(err).Args["reason"].(string)
	if key := "console_today.match.no." + reason; reason != "" && v.Words.Has(key) {
		return v.Words.T(key)
	}
	return v.refusal(err)
}

func caseMatchForm(v *visit) error {
	p, _, err := v.matchOf()
	if err != nil {
		return err
	}
	return v.matchPage(http.StatusOK, p)
}

func (v *visit) matchPage(status int, p matchPage) error {
	return v.page(status, "case_match", p.Deed.Button(v), p)
}

// caseMatch matches the case's money to the order that was shown.
func caseMatch(v *visit) error {
	p, ok, err := v.matchOf()
	switch {
	case err != nil:
		return v.decided(err)
	case !ok:
		return v.matchPage(http.StatusUnprocessableEntity, p)
	case p.Reason == "" || utf8.RuneCountInString(p.Reason) > maxReason:
		p.Why = v.Words.T("console_today.wrong.reason")
		return v.matchPage(http.StatusUnprocessableEntity, p)
	}
	_, _, err = v.k.Desk.MatchMoney(v.Context(), v.matching(p, p.Reason))
	if r := tickets.RefusalOf(err); r != nil && r.Kind != tickets.Unavailable {
		if err := v.audit("case_match", string(p.ID), auditRefused, p.Reason); err != nil {
			return err
		}
		p.Refuse = v.matchRefusal(err)
		return v.matchPage(statusOf(r.Kind), p)
	}
	if err != nil {
		return err
	}
	if err := v.auditChange("case_match", string(p.ID), auditOK, p.Reason, "", p.To.Code); err != nil {
		return err
	}
	v.flash("good", "console_today.done.match")
	return v.redirect(orderURL(p.To.ID))
}
