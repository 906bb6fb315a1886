package checkout

import (
	"context"
	"fmt"
	"slices"
	"time"

	"boxoffice/tickets"
)

// This file settles one order of a date that was closed: by the pass, and as its customer chooses.

// closeOrder settles an order of a closing in one transaction. did says that something became of it; live that it may
// still be paid. A closing that another pass has brought to its end meanwhile settles nothing any more: nobody would come
// back to whom it asks, and the order may be another closing's by now.
func (d *Desk) closeOrder(ctx context.Context, id tickets.ClosingID, order tickets.OrderID) (did, live bool, err error) {
	err = d.update(ctx, func(t *turn) error {
		did, live = false, false
		c, err := ReadClosing(t, id)
		if err != nil || !c.Ended.IsZero() {
			return err
		}
		o, err := t.Order(order)
		if err != nil || !c.Concerns(o) {
			return err
		}
		switch {
		case o.Stage == tickets.StageExpiring:
			live = true
			return nil
		case o.Open():
			live = true // its page may be paid before it is closed
			if err := t.cancel(o, c.By, "closing"); err != nil {
				return err
			}
			c.Tally.Cancelled++
		case o.Closing == c.ID:
			if did, err = t.askedLong(&c, o); err != nil || !did {
				return err
			}
		default:
			if err := t.dateCancelled(&c, o); err != nil {
				return err
			}
		}
		did = true
		return t.putClosing(c)
	})
	return did, live, err
}

// dateCancelled tells an order that its date is closed (T39) and does what the merchant decided. An order that nothing can
// be done about is left to a person.
func (t *turn) dateCancelled(c *tickets.Closing, o tickets.Order) error {
	ks, err := t.Tickets(o.ID)
	if err != nil {
		return err
	}
	good := slices.DeleteFunc(ks, func(k tickets.Ticket) bool { return !k.Good() })
	used := func(k tickets.Ticket) bool { return k.Admitted > 0 }
	before, err := o.Move(tickets.TDateCancelled, t.now)
	if err != nil {
		return err
	}
	for _, k := range good {
		if k.Admitted > 0 {
			continue
		}
		k.Unblock(string(o.Closing), t.now) // of an earlier closing that could not settle it
		k.Block(string(c.ID), t.now)
		if err := t.PutTicket(k); err != nil {
			return err
		}
	}
	o.Closing = c.ID
	result := string(c.Deed)
	switch {
	case o.Contested():
		result = "disputed"
	case o.Refunding > 0:
		result = "asked"
	case slices.ContainsFunc(good, used) && (c.Deed == tickets.ClosingSwap || !slices.ContainsFunc(good, func(k tickets.Ticket) bool { return !used(k) })):
		result = "used"
	case c.Deed == tickets.ClosingSwap:
		o.AskedUntil = t.choosesUntil(c, o)
		c.Tally.Asked++
	}
	data := map[string]any{"closingId": c.ID, "visitDate": o.Slot().Date, "offer": result, "words": c.Reason}
	if o.Asked() {
		data["until"] = Stamp(o.AskedUntil)
	}
	f := o.Record(tickets.DateCancelled, t.now, c.By, "closing", tickets.TDateCancelled, before, data)
	f.Key, f.Result = "evt:"+o.Slot().Date.String()+":"+string(o.ID), result
	if err := t.PutOrder(o); err != nil {
		return err
	}
	if err := t.tell(o, f); err != nil {
		return err
	}
	switch result {
	case string(tickets.ClosingSwap):
		return nil
	case string(tickets.ClosingRefund):
		return t.closingRefund(c, o, "closing")
	case "asked":
		c.Tally.Already++
		return nil
	default:
		c.Leave(o, result)
		return nil
	}
}

// choosesUntil is how long an order's customer may choose: not beyond the date, and not less than an hour.
func (t *turn) choosesUntil(c *tickets.Closing, o tickets.Order) time.Time {
	until := c.Until
	if _, loc, err := t.catalog(); err == nil {
		if day := o.Slot().Date.At("", loc); day.Before(until) {
			until = day
		}
	}
	if least := t.now.Add(closingLeast); until.Before(least) {
		until = least
	}
	return tickets.Milli(until)
}

// closingRefund asks back what is left of an order's money, as the member who closed its date decided. What cannot be asked
// back is left to a person.
func (t *turn) closingRefund(c *tickets.Closing, o tickets.Order, source string) error {
	in := RefundWish{
		Order: o.ID, By: Staff{Actor: c.By, Role: c.Role, Source: source}, Reason: c.Reason, Key: string(c.ID), source: tickets.RefundDateClosed,
	}
	w, err := readWish(t, o, nil)
	if err == nil {
		_, err = t.staffWish(w, in)
	}
	if r := tickets.RefusalOf(err); r != nil && r.Kind != tickets.Unavailable && r.Kind != tickets.Exists {
		why, _ := r.Args["reason"].(string)
		if why == "" {
			why = string(r.Kind)
		}
		c.Leave(o, why)
		return nil
	}
	if err == nil {
		c.Tally.Refunded++
	}
	return err
}

// askedLong gives the money of a customer back who did not choose in time, and notes one whose order was settled in another
// way.
func (t *turn) askedLong(c *tickets.Closing, o tickets.Order) (did bool, err error) {
	settled := o.Refunding > 0 || !o.Allows(tickets.TDateCancelled)
	hurried := !c.Hurried.IsZero() && !o.Changed.After(c.Hurried) // who is asked later has the time that they were told
	if !settled && t.now.Before(o.AskedUntil) && !hurried {
		return false, nil
	}
	o.AskedUntil = time.Time{}
	c.Tally.Answered++
	if err := t.PutOrder(o); err != nil || settled {
		return true, err
	}
	return true, t.closingRefund(c, o, "closing")
}

// askedNoMore settles an order whose visit is over before its closing came to it, as after a long time without a running
// service: its customer did not choose. It returns the order as it is then.
func (t *turn) askedNoMore(o tickets.Order) (tickets.Order, error) {
	if !o.Asked() {
		return o, nil
	}
	c, err := ReadClosing(t, o.Closing)
	if err != nil {
		return o, err
	}
	if _, err := t.askedLong(&c, o); err != nil {
		return o, err
	}
	if err := t.putClosing(c); err != nil {
		return o, err
	}
	return t.Order(o.ID)
}

// askedBy finds an order whose customer is to choose, and the closing that asks.
func (t *turn) askedBy(id tickets.OrderID, customer tickets.CustomerID) (o tickets.Order, c tickets.Closing, asked bool, err error) {
	if o, err = t.ofOrder(id, customer); err != nil || !choosing(o) {
		return o, c, false, err
	}
	c, err = ReadClosing(t, o.Closing)
	return o, c, true, err
}

// movedOtherwise notes that an order leaves its closed date, although nobody chose: its customer is not asked any more. The
// caller stores the order.
func (t *turn) movedOtherwise(o *tickets.Order) error {
	if !o.Asked() {
		return nil
	}
	c, err := ReadClosing(t, o.Closing)
	if err != nil {
		return err
	}
	o.AskedUntil = time.Time{}
	c.Tally.Answered++
	c.Tally.Moved++
	return t.putClosing(c)
}

// choosing reports whether an order's customer may choose another date or the money, because its date was closed.
func choosing(o tickets.Order) bool {
	return o.Asked() && o.Refunding == 0 && !o.Contested() && o.Allows(tickets.TMoved)
}

// moveClosed is [Desk.MoveOrder] of an order whose date was closed; done is false for others.
func (d *Desk) moveClosed(ctx context.Context, id tickets.OrderID, customer tickets.CustomerID, to tickets.Slot) (o tickets.Order, done bool, err error) {
	err = d.update(ctx, func(t *turn) (err error) {
		var c tickets.Closing
		if o, c, done, err = t.askedBy(id, customer); !done || err != nil {
			return err
		}
		all, err := t.Tickets(id)
		if err != nil {
			return err
		}
		for i := range all {
			if !slices.Contains(all[i].Blocks, string(c.ID)) {
				continue
			}
			all[i].Unblock(string(c.ID), t.now)
			if err := t.PutTicket(all[i]); err != nil {
				return err
			}
		}
		if err := mayMove(o, all); err != nil {
			return err
		}
		o.AskedUntil = time.Time{}
		good := slices.DeleteFunc(all, func(k tickets.Ticket) bool { return !k.Good() })
		if err := t.moveDate(&o, good, MovingDate{Order: id, By: Staff{Actor: buyer(o), Source: "bot"}, To: to}); err != nil {
			return err
		}
		c.Tally.Answered++
		c.Tally.Moved++
		return t.putClosing(c)
	})
	if err != nil {
		return o, done, fmt.Errorf("move order: %w", err)
	}
	return o, done, nil
}

// refundClosed is [Desk.HurryRefund] of an order whose date was closed; done is false for others.
func (d *Desk) refundClosed(ctx context.Context, id tickets.OrderID, customer tickets.CustomerID) (o tickets.Order, done bool, err error) {
	err = d.update(ctx, func(t *turn) (err error) {
		var c tickets.Closing
		if o, c, done, err = t.askedBy(id, customer); !done || err != nil {
			return err
		}
		o.AskedUntil = time.Time{}
		c.Tally.Answered++
		if err := t.PutOrder(o); err != nil {
			return err
		}
		if err := t.closingRefund(&c, o, "bot"); err != nil {
			return err
		}
		if o, err = t.Order(id); err != nil {
			return err
		}
		return t.putClosing(c)
	})
	if err != nil {
		return o, done, fmt.Errorf("refund order: %w", err)
	}
	return o, done, nil
}
