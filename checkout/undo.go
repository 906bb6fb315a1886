package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"boxoffice/tickets"
)

// Undoing takes back an admission that was a mistake: the wrong button, the wrong group.
type Undoing struct {
	Ticket tickets.TicketCode
	N      int // which admission
	By     Staff
	Reason string // why; people read it later
}

// UndoAdmission takes an admission back: its places may go in again. The order's stage stays; one that was COMPLETED by
// its last visitor still lets them in on the day. Undoing twice is done once. It refuses with Forbidden, NotFound,
// Invalid without a reason, and Conflict when there is no such use, or its money went back or is argued about meanwhile:
// who got their money for a used ticket must not come again.
func (d *Desk) UndoAdmission(ctx context.Context, u Undoing) (tickets.Ticket, error) {
	var k tickets.Ticket
	err := d.update(ctx, func(t *turn) (err error) {
		if err := u.By.may(tickets.ActAdmit); err != nil {
			return err
		}
		if u.Reason == "" {
			return tickets.Refuse(tickets.Invalid, "say why").With("field", "reason")
		}
		if k, err = t.Ticket(u.Ticket); err != nil {
			return err
		}
		as, err := t.Admissions(k.Code)
		if err != nil {
			return err
		}
		slices.SortFunc(as, func(x, y tickets.Admission) int { return x.N - y.N }) // they come as their clocks say
		if u.N < 1 || u.N > len(as) || as[u.N-1].Undoes != 0 {
			return tickets.Refuse(tickets.Conflict, "ticket %s has no use %d", k.Code, u.N)
		}
		if tickets.Undone(as)[u.N] {
			return nil
		}
		return t.undo(&k, as, u)
	})
	if err != nil {
		return k, fmt.Errorf("undo admission: %w", err)
	}
	return k, nil
}

func (t *turn) undo(k *tickets.Ticket, as []tickets.Admission, u Undoing) error {
	if err := t.mayComeAgain(*k); err != nil {
		return err
	}
	o, err := t.Order(k.Order)
	if err != nil {
		return err
	}
	use := as[u.N-1]
	if err := k.Undo(use.Count, t.now); err != nil {
		return err
	}
	back := tickets.Admission{
		Ticket: k.Code, N: len(as) + 1, Order: o.ID, Count: -use.Count, Undoes: u.N, Gate: use.Gate, By: u.By.Actor, Reason: u.Reason, At: t.now,
	}
	f := o.Record(tickets.AdmissionUndone, t.now, u.By.Actor, u.By.Source, "", o.Stage, map[string]any{
		"ticketCode": k.Code, "count": use.Count, "admission": u.N, "reason": u.Reason, "left": k.Places - k.Admitted,
	})
	if err := errors.Join(t.CreateAdmission(back), t.PutTicket(*k), t.PutOrder(o)); err != nil {
		return err
	}
	return t.tell(o, f)
}

// mayComeAgain refuses with Conflict where a ticket's money went back, is on its way, or is with a bank.
func (t *turn) mayComeAgain(k tickets.Ticket) error {
	refunds, err := t.Refunds(k.Order)
	if err != nil {
		return err
	}
	for _, r := range refunds {
		if slices.Contains(r.Tickets, k.Code) && (r.Sent() || r.State == tickets.RefundSucceeded) {
			return tickets.Refuse(tickets.Conflict, "refund %s gives the money of ticket %s back", r.ID, k.Code)
		}
	}
	disputes, err := t.Disputes(k.Order)
	if err != nil {
		return err
	}
	for _, x := range disputes {
		if x.Contested() || x.State == tickets.DisputeLost {
			return tickets.Refuse(tickets.Conflict, "dispute %s is about the money of ticket %s", x.ID, k.Code)
		}
	}
	return nil
}
