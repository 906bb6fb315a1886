package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"boxoffice/tickets"
)

// This file lets late money that waits pay for its order after all (T21): on another date of the same price, as its
// customer chooses, or on the same date, as a member decides. An order whose dispute was reversed and that has no places
// any more is moved the same way (T34).

// maxLateDates bounds the dates that are offered, and lateDaysAhead how far ahead they are looked for.
const (
	maxLateDates  = 12
	lateDaysAhead = 60
)

// LateDates lists slots on which the order's lines cost the same and have places left, the earliest first, for an order
// whose late money waits, or one that may be moved after a dispute or because its date was closed. It refuses with Conflict when neither is so, and
// NotFound.
func (d *Desk) LateDates(ctx context.Context, id tickets.OrderID, c tickets.CustomerID) ([]tickets.Slot, error) {
	var out []tickets.Slot
	now := d.now()
	err := d.Store.View(ctx, func(r tickets.Reader) error {
		out = nil
		o, err := r.Order(id)
		if err != nil {
			return err
		}
		if c != "" && o.Buyer.Customer != c {
			return tickets.Refuse(tickets.NotFound, "order %s is another customer's", id)
		}
		if moves, err := movable(r, o); err != nil {
			return err
		} else if _, err := waiting(r, o); err != nil && !moves && !choosing(o) {
			return err
		}
		cat, err := r.Catalog()
		if err != nil {
			return err
		}
		loc, err := cat.Merchant.Location()
		if err != nil {
			return err
		}
		p, err := cat.Product(o.Quote.Product)
		if err != nil {
			return err
		}
		today := tickets.DateOf(now, loc)
		for date := today; date < today+lateDaysAhead && len(out) < maxLateDates; date++ {
			for _, s := range p.Calendar.On(date) {
				q, err := cat.MakeQuote(p.ID, s, choices(o), now, d.Timings.Quote)
				if err != nil || q.Total != o.Total() || s == o.Slot() {
					continue
				}
				free, err := fits(r, cat, q)
				if err != nil {
					return err
				}
				if free && len(out) < maxLateDates {
					out = append(out, s)
				}
			}
		}
		return nil
	})
	return out, err
}

// choices are the order's lines as they were chosen.
func choices(o tickets.Order) []tickets.Choice {
	var out []tickets.Choice
	for _, l := range o.Quote.Lines {
		out = append(out, tickets.Choice{SKU: l.SKU, Units: l.Units})
	}
	return out
}

// fits reports whether the places of a quote are free.
func fits(r tickets.Reader, cat *tickets.Catalog, q tickets.Quote) (bool, error) {
	for _, dr := range tickets.Draws(q.Lines) {
		key := tickets.StockKey{Merchant: cat.Merchant.ID, Pool: dr.Pool, Slot: q.Slot}
		s, err := r.Stock(key)
		if errors.Is(err, tickets.NotFound) {
			var p tickets.Pool
			p, err = cat.Pool(dr.Pool)
			s = tickets.Stock{Key: key, Capacity: p.CapacityOn(q.Slot)}
		}
		if err != nil || s.Left() < dr.Places {
			return false, err
		}
	}
	return true, nil
}

// waiting finds the late capture of an order in review that alone would pay for it. It refuses with Conflict.
func waiting(r tickets.Reader, o tickets.Order) (tickets.Capture, error) {
	if o.Stage != tickets.StagePaymentReview || !o.Ended() {
		return tickets.Capture{}, tickets.Refuse(tickets.Conflict, "order %s is %s", o.ID, o.Stage).With("reason", "state")
	}
	caps, err := r.Captures(o.ID)
	if err != nil {
		return tickets.Capture{}, err
	}
	ds, err := r.Disputes(o.ID)
	if err != nil {
		return tickets.Capture{}, err
	}
	for _, c := range caps {
		contested := slices.ContainsFunc(ds, func(d tickets.Dispute) bool {
			return d.Contested() && d.Gateway == c.Gateway && d.Charge == c.Charge
		})
		if contested || c.Disposition != tickets.LateUnapplied || c.Amount.Currency != o.Total().Currency || c.Repaid > 0 || c.Resolved != "" {
			continue
		}
		p, err := r.Payment(c.Session)
		if err != nil {
			return c, err
		}
		if c.Rest() >= p.Total.Amount && asksAll(p, o) {
			return c, nil
		}
	}
	return tickets.Capture{}, tickets.Refuse(tickets.Conflict, "no money of order %s waits that would pay for it", o.ID).With("reason", "money")
}

// MoveOrder lets an order's late money pay for another slot of the same price (T21): its refund is taken back, the
// places are sold and the tickets issued, in one transaction. It refuses with Conflict (args reason: "state", "money",
// "sent" when the money is on its way back already), SoldOut, Closed, Changed when the price is another, and NotFound.
//
// An order that was paid, and whose places went when a dispute was lost that is reversed now, or whose date was closed by
// the merchant (T39), gets new tickets for the other slot.
func (d *Desk) MoveOrder(ctx context.Context, id tickets.OrderID, c tickets.CustomerID, to tickets.Slot) (tickets.Order, error) {
	if o, done, err := d.moveReversed(ctx, id, c, to); done || err != nil {
		return o, err
	}
	if o, done, err := d.moveClosed(ctx, id, c, to); done || err != nil {
		return o, err
	}
	return d.applyLate(ctx, id, c, func(t *turn, m *money, cat *tickets.Catalog) error {
		q, err := t.sameFor(m.order, cat, to)
		if err != nil {
			return err
		}
		if k, err := t.OpenCase(tickets.CaseLate, string(m.capture.ID)); k.Why != whyKeep && !errors.Is(err, tickets.NotFound) {
			return errors.Join(err, tickets.Refuse(tickets.Conflict, "a person decides about order %s", m.order.ID).With("reason", "money"))
		}
		m.order.Quote = q
		m.actor, m.source = buyer(m.order), "bot"
		return nil
	})
}

// ApplyMoney lets an order's late money pay for it on its own slot (T21), as a member decides. It refuses with
// Forbidden, Invalid without a reason, and as [Desk.MoveOrder] does.
func (d *Desk) ApplyMoney(ctx context.Context, id tickets.OrderID, by Staff, reason string) (tickets.Order, error) {
	return d.applyLate(ctx, id, "", func(t *turn, m *money, cat *tickets.Catalog) error {
		if err := by.may(tickets.ActMoney); err != nil {
			return err
		}
		if reason == "" {
			return tickets.Refuse(tickets.Invalid, "say why").With("field", "reason")
		}
		m.actor, m.source, m.report.Reason = by.Actor, by.Source, reason
		return nil
	})
}

// sameFor is the order's quote for another slot, where it costs the same.
func (t *turn) sameFor(o tickets.Order, cat *tickets.Catalog, to tickets.Slot) (tickets.Quote, error) {
	if to == o.Slot() {
		return tickets.Quote{}, tickets.Refuse(tickets.Conflict, "order %s is for %s", o.ID, to).With("reason", "state")
	}
	q, err := cat.MakeQuote(o.Quote.Product, to, choices(o), t.now, t.d.Timings.Quote)
	if err == nil && q.Total != o.Total() {
		err = tickets.Refuse(tickets.Changed, "%s costs %s, not %s", to, q.Total, o.Total())
	}
	q.Refund = o.Quote.Refund // as bought
	return q, err
}

func (d *Desk) applyLate(ctx context.Context, id tickets.OrderID, c tickets.CustomerID, fn func(*turn, *money, *tickets.Catalog) error) (tickets.Order, error) {
	var o tickets.Order
	err := d.update(ctx, func(t *turn) (err error) {
		m := money{known: true}
		if m.order, err = t.ofOrder(id, c); err != nil {
			return err
		}
		if m.capture, err = waiting(t, m.order); err != nil {
			return err
		}
		if m.payment, err = t.Payment(m.capture.Session); err != nil {
			return err
		}
		all, err := t.Captures(id)
		if err != nil {
			return err
		}
		m.caps = slices.DeleteFunc(all, func(x tickets.Capture) bool { return x.ID == m.capture.ID })
		m.gateway = m.capture.Gateway
		cat, err := t.Catalog()
		if err != nil {
			return err
		}
		was := m.order.Slot()
		if err := fn(t, &m, cat); err != nil {
			return err
		}
		if err := t.applyWaiting(&m, cat, was); err != nil {
			return err
		}
		o, err = t.Order(id)
		return err
	})
	if err != nil {
		return o, fmt.Errorf("apply late money: %w", err)
	}
	return o, nil
}

// applyWaiting takes the money's refund back, sells the places and completes the order.
func (t *turn) applyWaiting(m *money, cat *tickets.Catalog, was tickets.Slot) error {
	if err := t.unowe(m.capture); err != nil {
		return err
	}
	h, reason, err := t.newHold(&m.order, cat, t.now)
	switch {
	case err != nil:
		return err
	case reason == "sold_out":
		return tickets.Refuse(tickets.SoldOut, "no places left on %s", m.order.Slot())
	case reason != "":
		return tickets.Refuse(tickets.NotFound, "its pool is gone from the catalog")
	}
	if err := t.consume(&h); err != nil {
		return err
	}
	c := &m.capture
	c.Gen = m.order.Gen
	c.Disposition, c.Resolved = tickets.LateApplied, tickets.ResolvedApply
	c.Applied = min(c.Amount.Amount, m.payment.Total.Amount)
	c.Owed = c.Amount.Amount - c.Applied
	if err := t.closeMoneyCases(*c, "applied", m.actor); err != nil {
		return err
	}
	paid := *c
	paid.Owed = 0 // what is too much is owed anew, when the order is complete
	if err := t.closeFailed(paid, "applied", m.actor); err != nil {
		return err
	}
	var extra []tickets.FactName
	if m.order.Slot() != was {
		extra = append(extra, tickets.OrderMoved)
	} else {
		extra = append(extra, tickets.LatePaymentAccepted)
	}
	return t.complete(m, tickets.TApply, extra)
}
