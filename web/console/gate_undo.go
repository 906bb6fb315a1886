package console

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// undoPage asks why an admission is taken back.
type undoPage struct {
	Ticket tickets.Ticket
	Use    tickets.Admission
	Where  string
	Buyer  string
	Reason string
	Wrong  string // what is wrong with the reason; ""
}

func gateUndoForm(v *visit) error { return v.undoForm(http.StatusOK, "") }

func (v *visit) undoForm(status int, wrong string) error {
	n, err := strconv.Atoi(v.FormValue("n"))
	if err != nil {
		return tickets.Refuse(tickets.Invalid, "which admission?")
	}
	d := undoPage{Reason: v.FormValue("reason"), Wrong: wrong}
	err = v.view(func(r tickets.Reader) (err error) {
		if d.Ticket, err = r.Ticket(tickets.TicketCode(v.FormValue("ticket"))); err != nil {
			return err
		}
		as, err := r.Admissions(d.Ticket.Code)
		if err != nil {
			return err
		}
		if n < 1 || n > len(as) {
			return tickets.Refuse(tickets.NotFound, "admission %d", n)
		}
		d.Use, d.Where = as[n-1], gateOf(as[n-1])
		o, err := r.Order(d.Ticket.Order)
		d.Buyer = o.Buyer.Name
		return err
	})
	if err != nil {
		return err
	}
	return v.page(status, "gate_undo", v.Words.T("console_gate.undo.title"), d)
}

func gateUndo(v *visit) error {
	reason := strings.TrimSpace(v.PostFormValue("reason"))
	if reason == "" || len(reason) > 500 {
		return v.undoForm(http.StatusUnprocessableEntity, v.Words.T("console_gate.undo.why"))
	}
	n, err := strconv.Atoi(v.PostFormValue("n"))
	if err != nil {
		return tickets.Refuse(tickets.Invalid, "which admission?")
	}
	code := tickets.TicketCode(v.PostFormValue("ticket"))
	_, err = v.k.Desk.UndoAdmission(v.Context(), checkout.Undoing{Ticket: code, N: n, By: v.staff(), Reason: reason})
	if errors.Is(err, tickets.Conflict) {
		if err := v.audit("admission_undo", string(code), err.Error(), reason); err != nil {
			return err
		}
		v.flash("bad", "console_gate.undo.not")
		return v.redirect("/console/gate")
	}
	if err != nil {
		return err
	}
	if err := v.audit("admission_undo", string(code), auditOK, reason); err != nil {
		return err
	}
	list := v.recent()
	for i := range list {
		if list[i].Ticket == code && list[i].N == n {
			list[i].Undone = true
		}
	}
	v.keep(list)
	v.flash("good", "console_gate.undo.done")
	return v.redirect("/console/gate")
}
