package console

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"boxoffice/tickets"
)

// Settled reports whether somebody said that they paid the refund by hand: it may turn out that they did not.
func (r refundRow) Settled() bool { return r.State == tickets.RefundSucceeded && r.Evidence != "" }

// unsettlePage takes back that a refund was paid by hand.
type unsettlePage struct {
	refundRow
	Hand   bool   // it waits to be paid by hand again; else nothing more is asked
	Refuse string // why not
	Reason string
	Wrong  string
}

// unsettleOf reads the refund of the path. It refuses with NotFound, and Conflict when it was not settled by hand.
func (v *visit) unsettleOf() (p unsettlePage, err error) {
	id := v.PathValue("refund")
	if !tickets.ValidID(tickets.PrefixRefund, id) {
		return p, tickets.Refuse(tickets.NotFound, "no such refund")
	}
	err = v.view(func(r tickets.Reader) (err error) {
		if p.Refund, err = r.Refund(tickets.RefundID(id)); err == nil {
			p.Of, err = maybe(r.Order(p.Order))
		}
		return err
	})
	if err == nil && !p.Settled() {
		err = tickets.Refuse(tickets.Conflict, "refund %s is %s", id, p.State).With("reason", "state")
	}
	if err != nil {
		return p, err
	}
	after, err := v.k.Desk.Dry().UnsettleRefund(v.Context(), p.ID, v.staff(), "preview")
	p.Hand = after.ID != p.ID
	if r := tickets.RefusalOf(err); r != nil && r.Kind != tickets.Unavailable {
		p.Refuse, err = v.refusal(err), nil
	}
	return p, err
}

func refundUnsettleForm(v *visit) error {
	p, err := v.unsettleOf()
	if err != nil {
		return v.unsettled(err)
	}
	return v.unsettlePage(http.StatusOK, p)
}

func (v *visit) unsettlePage(status int, p unsettlePage) error {
	return v.page(status, "refund_unsettle", v.Words.T("console_today.unsettle.title"), p)
}

// unsettled leads back to a refund that is not as it was shown.
func (v *visit) unsettled(err error) error {
	if tickets.KindOf(err) != tickets.Conflict {
		return err
	}
	v.flash("warn", "console_today.done.decided")
	return v.redirect("/console/refunds/" + v.PathValue("refund"))
}

// refundUnsettle says that a refund which was settled by hand was not paid.
func refundUnsettle(v *visit) error {
	p, err := v.unsettleOf()
	if err != nil {
		return v.unsettled(err)
	}
	p.Reason = strings.TrimSpace(v.PostFormValue("reason"))
	if p.Reason == "" || utf8.RuneCountInString(p.Reason) > maxReason {
		p.Wrong = v.Words.T("console_today.wrong.reason")
		return v.unsettlePage(http.StatusUnprocessableEntity, p)
	}
	r, err := v.k.Desk.UnsettleRefund(v.Context(), p.ID, v.staff(), p.Reason)
	if no := tickets.RefusalOf(err); no != nil && no.Kind != tickets.Unavailable {
		if err := v.audit("refund_unsettle", string(p.ID), auditRefused, p.Reason); err != nil {
			return err
		}
		p.Refuse = v.refusal(err)
		return v.unsettlePage(statusOf(no.Kind), p)
	}
	if err != nil {
		return err
	}
	if err := v.auditChange("refund_unsettle", string(p.ID), auditOK, p.Reason, p.Evidence, string(r.ID)); err != nil {
		return err
	}
	v.flash("good", "console_today.unsettle.done")
	return v.redirect("/console/refunds/" + string(r.ID))
}
