package checkout

import (
	"errors"
	"time"

	"boxoffice/tickets"
)

// This file keeps the tallies right about what was counted already. A turn's writes of what tallies count pass here: what
// lies after the mark is left to the pass, which is all that a plain sale does.

// tallying is what a turn changes of what was counted.
type tallying struct {
	known bool
	mark  tallyMark // zero: nothing was counted, or by another zone's days
	zone  *time.Location
	shop  tickets.MerchantID
	add   sums
	read  map[tickets.OrderID]tickets.Order // orders with money as the turn read them first
	sales map[tickets.OrderID]bool          // orders whose captures it changes
}

// counting learns the mark. It reports whether anything was counted.
func (t *turn) counting() (bool, error) {
	k := &t.tally
	if k.known {
		return k.zone != nil, nil
	}
	mark, err := readTallyMark(t.Tx)
	if err != nil {
		return false, err
	}
	k.known = true
	if mark.zone == "" {
		return false, nil
	}
	cat, err := t.Catalog()
	if err != nil || cat.Merchant.Zone != mark.zone { // the pass begins anew
		return false, err
	}
	k.mark, k.shop, k.add, k.sales = mark, cat.Merchant.ID, sums{}, map[tickets.OrderID]bool{}
	k.zone, err = cat.Merchant.Location()
	return err == nil, err
}

// saleChanges takes away what an order's counted captures add, before the first change to them or to the order's lines;
// tallied adds it as it is at the end.
func (t *turn) saleChanges(id tickets.OrderID) error {
	k := &t.tally
	if id == "" || k.sales[id] {
		return nil
	}
	o, ok := k.read[id]
	if !ok {
		var err error
		if o, err = t.Tx.Order(id); err != nil {
			return err
		}
	}
	k.sales[id] = true
	return t.countSale(o, -1)
}

func (t *turn) countSale(o tickets.Order, n int64) error {
	caps, err := t.Captures(o.ID)
	if err == nil {
		t.tally.add.sale(o, before(caps, t.tally.mark.at), t.tally.zone, n)
	}
	return err
}

// tallied stores what the turn changed of what was counted.
func (t *turn) tallied() error {
	if t.tally.zone == nil {
		return nil
	}
	for id := range t.tally.sales {
		o, err := t.Tx.Order(id)
		if err != nil {
			return err
		}
		if err := t.countSale(o, 1); err != nil {
			return err
		}
	}
	return t.tally.add.store(t.Tx, t.tally.shop)
}

// Order implements tickets.Reader. It remembers orders with money as they were.
func (t *turn) Order(id tickets.OrderID) (tickets.Order, error) {
	o, err := t.Tx.Order(id)
	if err == nil && !o.Open() {
		if _, ok := t.tally.read[id]; !ok {
			if t.tally.read == nil {
				t.tally.read = map[tickets.OrderID]tickets.Order{}
			}
			t.tally.read[id] = o
		}
	}
	return o, err
}

// CreateOrder implements tickets.Tx.
func (t *turn) CreateOrder(o tickets.Order) error {
	if err := t.Tx.CreateOrder(o); err != nil {
		return err
	}
	if on, err := t.counting(); !on || err != nil || !t.tally.mark.counts(o.At) {
		return err
	}
	t.tally.add.placed(o, t.tally.zone, 1)
	return nil
}

// PutOrder implements tickets.Tx. An order that moves to another slot has other lines.
func (t *turn) PutOrder(o tickets.Order) error {
	if old, ok := t.tally.read[o.ID]; ok && old.Quote.Slot != o.Quote.Slot {
		on, err := t.counting()
		if on && err == nil {
			err = t.saleChanges(o.ID)
		}
		if err != nil {
			return err
		}
	}
	return t.Tx.PutOrder(o)
}

// CreateCapture implements tickets.Tx.
func (t *turn) CreateCapture(c tickets.Capture) error {
	on, err := t.counting()
	if err == nil && on && t.tally.mark.counts(c.At) {
		err = t.saleChanges(c.Order)
	}
	if err != nil {
		return err
	}
	return t.Tx.CreateCapture(c)
}

// PutCapture implements tickets.Tx.
func (t *turn) PutCapture(c tickets.Capture) error {
	on, err := t.counting()
	if err == nil && on && t.tally.mark.counts(c.At) {
		var old tickets.Capture
		if old, err = t.Capture(c.Gateway, c.Charge); err == nil { // money of no order may have found its own
			err = errors.Join(t.saleChanges(old.Order), t.saleChanges(c.Order))
		}
	}
	if err != nil {
		return err
	}
	return t.Tx.PutCapture(c)
}

// CreateRefund implements tickets.Tx.
func (t *turn) CreateRefund(r tickets.Refund) error {
	if err := t.Tx.CreateRefund(r); err != nil {
		return err
	}
	on, err := t.counting()
	if on && err == nil {
		t.tally.add.refund(r, t.tally.zone, 1)
	}
	return err
}

// PutRefund implements tickets.Tx.
func (t *turn) PutRefund(r tickets.Refund) error {
	on, err := t.counting()
	if on && err == nil {
		var old tickets.Refund
		if old, err = t.Refund(r.ID); err == nil {
			t.tally.add.refund(old, t.tally.zone, -1)
			t.tally.add.refund(r, t.tally.zone, 1)
		}
	}
	if err != nil {
		return err
	}
	return t.Tx.PutRefund(r)
}

// CreateDispute implements tickets.Tx.
func (t *turn) CreateDispute(d tickets.Dispute) error {
	if err := t.Tx.CreateDispute(d); err != nil {
		return err
	}
	on, err := t.counting()
	if on && err == nil {
		t.tally.add.dispute(d, t.tally.zone, 1)
	}
	return err
}

// PutDispute implements tickets.Tx.
func (t *turn) PutDispute(d tickets.Dispute) error {
	on, err := t.counting()
	if on && err == nil {
		var old tickets.Dispute
		if old, err = t.Dispute(d.ID); err == nil {
			t.tally.add.dispute(old, t.tally.zone, -1)
			t.tally.add.dispute(d, t.tally.zone, 1)
		}
	}
	if err != nil {
		return err
	}
	return t.Tx.PutDispute(d)
}

// PutTicket implements tickets.Tx. What it was used for belongs to its visit date.
func (t *turn) PutTicket(k tickets.Ticket) error {
	old, err := t.Ticket(k.Code)
	if err == nil && (old.Admitted != k.Admitted || old.Slot != k.Slot) {
		visits := sums{}
		visits.add(TallyVisits, old.Slot.Date, visitKey(old), -int64(old.Admitted))
		visits.add(TallyVisits, k.Slot.Date, visitKey(k), int64(k.Admitted))
		err = visits.store(t.Tx, k.Merchant)
	}
	if err != nil && !errors.Is(err, tickets.NotFound) {
		return err
	}
	return t.Tx.PutTicket(k)
}
