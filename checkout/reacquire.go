package checkout

import (
	"errors"
	"time"

	"boxoffice/tickets"
)

// This file takes places again for an order that lost them: for late money, and for an invoice that is paid late.

// reacquire takes places again for an order whose hold is over, as a new generation, and sells them at once. It
// returns why it may not, "" when it did; then nothing was changed.
func (t *turn) reacquire(m *money) (reason string, err error) {
	h, reason, err := t.holdAgain(&m.order, t.now)
	if reason != "" || err != nil {
		return reason, err
	}
	m.capture.Gen = m.order.Gen
	return "", t.consume(&h)
}

// holdAgain takes places again until a time for an order whose hold is over, as a new generation. It returns why it may
// not, "" when it did; then nothing was changed.
func (t *turn) holdAgain(o *tickets.Order, until time.Time) (h tickets.Hold, reason string, err error) {
	cat, loc, err := t.catalog()
	if err != nil {
		return h, "", err
	}
	if reason, err = t.lateRefusal(cat, loc, *o); reason != "" || err != nil {
		return h, reason, err
	}
	return t.newHold(o, cat, until)
}

// newHold takes the places of the order's quote as a new generation; it returns why it cannot, "" when it did.
func (t *turn) newHold(o *tickets.Order, cat *tickets.Catalog, until time.Time) (h tickets.Hold, reason string, err error) {
	draws := tickets.Draws(o.Quote.Lines)
	err = t.holdStock(cat, o.Slot(), draws)
	switch {
	case errors.Is(err, tickets.SoldOut):
		return h, "sold_out", nil
	case errors.Is(err, tickets.NotFound): // the pool is gone from the catalog
		return h, "product", nil
	case err != nil:
		return h, "", err
	}
	o.Gen++
	h = tickets.Hold{
		ID: tickets.HoldID(t.ids.id(tickets.PrefixHold)), Merchant: o.Merchant, Order: o.ID, Customer: o.Buyer.Customer, Gen: o.Gen,
		Slot: o.Slot(), Draws: draws, State: tickets.HoldActive, Reason: tickets.HoldLate, At: t.now, Expiry: tickets.Milli(until),
	}
	h.Due = h.Expiry.Add(t.d.Timings.Grace)
	o.Hold = h.ID
	return h, "", t.CreateHold(h)
}

// lateRefusal says why an order may not have places again for late money, "" when it may.
func (t *turn) lateRefusal(cat *tickets.Catalog, loc *time.Location, o tickets.Order) (string, error) {
	prod, err := cat.Product(o.Quote.Product)
	switch {
	case errors.Is(err, tickets.NotFound):
		return "product", nil
	case err != nil:
		return "", err
	case o.EndedAs == tickets.StageCancelled && o.EndedBy != tickets.ActorSystem:
		return "cancelled", nil
	}
	again, err := t.heldAgain(o)
	switch {
	case err != nil:
		return "", err
	case again:
		return "replaced", nil
	case prod.LatePolicy == "review":
		return "policy", nil
	case !prod.Calendar.Has(o.Slot()) || !t.now.Before(prod.Calendar.Ends(o.Slot(), loc)):
		return "date", nil
	case !t.now.Before(o.Quote.Until) && t.dearer(cat, o):
		return "price", nil
	}
	return "", nil
}

// heldAgain reports whether the customer has the places by another order already: one that this order was held again as
// (T46), or one it was held again from, however many times, that has not ended unpaid.
func (t *turn) heldAgain(o tickets.Order) (bool, error) {
	for _, next := range []func(tickets.Order) tickets.OrderID{
		func(o tickets.Order) tickets.OrderID { return o.ReplacedBy },
		func(o tickets.Order) tickets.OrderID { return o.Replaces },
	} {
		for id := next(o); id != ""; {
			other, err := t.Order(id)
			if err != nil || !other.Ended() {
				return err == nil, err
			}
			id = next(other)
		}
	}
	return false, nil
}

// dearer reports whether today's price of the order's lines is above the quoted one.
func (t *turn) dearer(cat *tickets.Catalog, o tickets.Order) bool {
	var sum int64
	for _, l := range o.Quote.Lines {
		s, err := cat.SKU(l.SKU)
		if err != nil {
			return true
		}
		sum += s.PriceOn(o.Slot().Date) * int64(l.Units)
	}
	return sum > o.Total().Amount+t.d.Limits.AmountWithin
}
