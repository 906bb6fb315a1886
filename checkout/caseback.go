package checkout

import (
	"context"
	"fmt"

	"boxoffice/tickets"
)

// GiveBackCase leaves an open case to whoever takes it next. It refuses with Forbidden, NotFound, and Conflict when it is
// closed.
func (d *Desk) GiveBackCase(ctx context.Context, id tickets.CaseID, by Staff) (tickets.Case, error) {
	var c tickets.Case
	err := d.update(ctx, func(t *turn) (err error) {
		if err := by.may(tickets.ActAsk); err != nil {
			return err
		}
		if c, err = t.Case(id); err != nil {
			return err
		}
		if !c.Open() {
			return tickets.Refuse(tickets.Conflict, "case %s is closed", id).With("reason", "state")
		}
		c.Owner, c.Name = "", ""
		return t.PutCase(c)
	})
	if err != nil {
		return c, fmt.Errorf("give back case: %w", err)
	}
	return c, nil
}

// MoveMoney lets an order's late money pay for another slot of the same price (T21), as a member decides. It refuses with
// Forbidden, Invalid without a reason, and as [Desk.MoveOrder] does.
func (d *Desk) MoveMoney(ctx context.Context, id tickets.OrderID, to tickets.Slot, by Staff, reason string) (tickets.Order, error) {
	return d.applyLate(ctx, id, "", func(t *turn, m *money, cat *tickets.Catalog) error {
		if err := by.may(tickets.ActMoney); err != nil {
			return err
		}
		if reason == "" {
			return tickets.Refuse(tickets.Invalid, "say why").With("field", "reason")
		}
		q, err := t.sameFor(m.order, cat, to)
		if err != nil {
			return err
		}
		m.order.Quote = q
		m.actor, m.source, m.report.Reason = by.Actor, by.Source, reason
		return nil
	})
}
