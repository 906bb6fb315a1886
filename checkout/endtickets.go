package checkout

import (
	"context"
	"errors"
	"fmt"

	"boxoffice/tickets"
)

// EndTickets says which tickets a refund that was found at the provider is for: they end, and its case closes. It
// refuses with Forbidden, NotFound, and Conflict (args reason: "state" when the refund is not such a one or its tickets
// are known, "used" for a ticket that somebody went in by).
func (d *Desk) EndTickets(ctx context.Context, id tickets.RefundID, codes []tickets.TicketCode, by Staff) (tickets.Refund, error) {
	var r tickets.Refund
	err := d.update(ctx, func(t *turn) (err error) {
		if err := by.may(tickets.ActRefund); err != nil {
			return err
		}
		if r, err = t.Refund(id); err != nil {
			return err
		}
		if r.Source != tickets.RefundAtGateway || r.Owed || len(r.Tickets) > 0 || r.State != tickets.RefundSucceeded || len(codes) == 0 {
			return tickets.Refuse(tickets.Conflict, "refund %s (%s) is %s", id, r.Source, r.State).With("reason", "state")
		}
		o, err := t.Order(r.Order)
		if err != nil {
			return err
		}
		for _, code := range codes {
			k, err := t.Ticket(code)
			if err == nil && (k.Order != o.ID || !k.Good()) {
				err = tickets.Refuse(tickets.NotFound, "ticket %s is not a good one of order %s", code, o.ID)
			}
			if err != nil {
				return err
			}
			if k.Admitted > 0 {
				return tickets.Refuse(tickets.Conflict, "ticket %s was used", code).With("reason", "used")
			}
		}
		r.Tickets, r.Approvals = codes, []tickets.Approval{{By: by.Actor, At: t.now}}
		if err := t.PutRefund(r); err != nil {
			return err
		}
		if err := t.endTickets(r); err != nil {
			return err
		}
		if err := errors.Join(t.closeCase(tickets.CaseRefundFound, string(id), "tickets", by.Actor, ""), t.closeEnded(r, by.Actor)); err != nil {
			return err
		}
		row, err := t.refundRow(&o, r)
		if err != nil {
			return err
		}
		f, err := t.refundFact(&o, r, tickets.CaseClosed, row, by.Actor, by.Source, refundData(r, r.Amount))
		if err != nil {
			return err
		}
		f.Result = "tickets"
		if err := t.PutOrder(o); err != nil {
			return err
		}
		return t.tell(o, f)
	})
	if err != nil {
		return r, fmt.Errorf("end tickets: %w", err)
	}
	return r, nil
}
