package checkout

import (
	"context"
	"fmt"

	"boxoffice/tickets"
)

// closable are the cases that a person may close by saying so: what they are about is decided elsewhere, or needs
// nothing more. The others close when their money is settled.
var closable = map[tickets.CaseKind]bool{
	tickets.CaseRefundFound: true, tickets.CaseWarning: true, tickets.CaseNotice: true, tickets.CaseMarkPaid: true,
}

// CloseCase closes a case that needs nothing more, with a note: a fraud warning that is let pass, a refund found at
// the provider whose tickets stay good, a notice that was looked into, money of a reversed dispute that the merchant
// keeps although it has no places for it (T42k), and a failed refund that has lost its point (see [Obstacle]), which is
// CANCELLED then. It refuses with Forbidden, NotFound, Invalid without a note, and Conflict (arg reason "settle") when the
// case is closed or only closes by settling its money.
func (d *Desk) CloseCase(ctx context.Context, id tickets.CaseID, by Staff, note string) (tickets.Case, error) {
	var c tickets.Case
	err := d.update(ctx, func(t *turn) (err error) {
		if err := by.may(tickets.ActRefund); err != nil {
			return err
		}
		if note == "" {
			return tickets.Refuse(tickets.Invalid, "say why").With("field", "note")
		}
		if c, err = t.Case(id); err != nil {
			return err
		}
		kept := c.Kind == tickets.CaseUnfulfilled && c.Why == ReasonReversed
		if !c.Open() || !closable[c.Kind] && !kept && c.Kind != tickets.CaseRefundFailed {
			return unsettled(c)
		}
		if c.Kind == tickets.CaseRefundFailed {
			if err := t.leaveRefund(c, by); err != nil {
				return err
			}
		}
		c.Closed, c.Outcome, c.By, c.Note = t.now, "kept", by.Actor, note
		if err := t.PutCase(c); err != nil {
			return err
		}
		if c.Order == "" {
			return nil
		}
		o, err := t.Order(c.Order)
		if err != nil {
			return err
		}
		row, before := tickets.TransitionID(""), o.Stage
		if c.Kind == tickets.CaseUnfulfilled {
			if row = tickets.TDisputeKept; o.Refunding > 0 {
				return tickets.Refuse(tickets.Conflict, "order %s is asked back", o.ID).With("reason", "asked")
			}
			if _, err := o.Move(row, t.now); err != nil {
				return err
			}
			o.Reason = ""
		}
		f := o.Record(tickets.CaseClosed, t.now, by.Actor, by.Source, row, before, map[string]any{"caseId": c.ID, "kind": c.Kind, "note": note})
		f.Result = c.Outcome
		if err := t.PutOrder(o); err != nil {
			return err
		}
		return t.tell(o, f)
	})
	if err != nil {
		return c, fmt.Errorf("close case: %w", err)
	}
	return c, nil
}

// unsettled refuses to close a case by hand.
func unsettled(c tickets.Case) error {
	return tickets.Refuse(tickets.Conflict, "case %s (%s) cannot be closed by hand", c.ID, c.Kind).With("reason", "settle")
}

// leaveRefund ends the failed refund of a case that has lost its point (T35x).
func (t *turn) leaveRefund(c tickets.Case, by Staff) error {
	r, err := t.Refund(tickets.RefundID(c.Subject))
	if err != nil {
		return err
	}
	if r.Note, err = Obstacle(t, r); err != nil {
		return err
	}
	if r.Note == "" {
		return unsettled(c)
	}
	if err := r.Move(tickets.RefundCancelled, t.now); err != nil {
		return err
	}
	if err := t.PutRefund(r); err != nil {
		return err
	}
	o, err := t.orderOf(r)
	if err != nil {
		return err
	}
	data := refundData(r, r.Amount)
	data["note"] = r.Note
	f, err := t.refundFact(&o, r, tickets.RefundTakenBack, tickets.TRefundDropped, by.Actor, by.Source, data)
	if err != nil {
		return err
	}
	facts, err := t.wishChanged(o, f)
	if err != nil {
		return err
	}
	return t.tell(o, facts...)
}
