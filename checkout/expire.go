package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"boxoffice/tickets"
)

// Time ends orders. One that nobody began to pay is EXPIRED at the end of its hold. One with payment pages ends in two
// phases: at the end of the hold and a grace it goes to EXPIRING: the pages are closed at the gateway while the places
// stay counted. Only when the gateway said closed are the places given back (EXPIRED). A page that cannot be closed
// for long gives its places back all the same, and money that then comes is late money.
//
// Where it can stop: each order is one transaction, so a pass that stops half-way is taken up by the next.

// Batch bounds what one run of a pass takes on: a run that did so much may have left more.
const Batch = 200

// Sweep looks at every hold whose time has come and returns how many orders it moved. Passes may overlap: each order
// is looked at again inside its transaction.
func (d *Desk) Sweep(ctx context.Context) (int, error) {
	if err := d.steady(ctx); err != nil {
		return 0, err
	}
	var due []tickets.Hold
	now := d.now()
	err := d.Store.View(ctx, func(r tickets.Reader) (err error) {
		due, err = r.HoldsDue(now, Batch)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("sweep: %w", err)
	}
	moved := 0
	var errs []error
	for _, h := range due {
		if ctx.Err() != nil {
			break
		}
		ok, err := d.lapse(ctx, h.ID)
		if err != nil {
			errs = append(errs, fmt.Errorf("sweep hold %s: %w", h.ID, err))
			continue
		}
		if ok {
			moved++
		}
	}
	return moved, errors.Join(errs...)
}

// lapse deals with one hold whose time may have come.
func (d *Desk) lapse(ctx context.Context, id tickets.HoldID) (moved bool, err error) {
	err = d.update(ctx, func(t *turn) error {
		moved = false
		h, err := t.Hold(id)
		if err != nil {
			return err
		}
		if !h.Live() || h.Due.IsZero() || h.Due.After(t.now) {
			return nil
		}
		o, err := t.Order(h.Order)
		if err != nil {
			return err
		}
		moved = true
		switch o.Stage {
		case tickets.StageHeld:
			return t.expireHeld(o, h)
		case tickets.StageAwaiting:
			return t.expiring(o, h, "", tickets.Actor{Kind: tickets.ActorSystem}, "sweep")
		case tickets.StageExpiring: // pages could not be closed for the soft limit
			return t.ended(o, h, "sweep")
		case tickets.StagePaymentReview:
			return t.releaseReview(o, h, tickets.Actor{Kind: tickets.ActorSystem}, "sweep")
		default:
			return tickets.Refuse(tickets.Conflict, "order %s is %s with live hold %s", o.ID, o.Stage, h.ID)
		}
	})
	return moved, err
}

// expireHeld ends an order that nobody began to pay (T13).
func (t *turn) expireHeld(o tickets.Order, h tickets.Hold) error {
	before, err := o.Move(tickets.TExpireHeld, t.now)
	if err != nil {
		return err
	}
	o.Reason, o.EndedBy = "time", tickets.ActorSystem
	if err := t.giveBack(&h, tickets.HoldExpired); err != nil {
		return err
	}
	f := o.Record(tickets.HoldLapsed, t.now, tickets.Actor{Kind: tickets.ActorSystem}, "sweep", tickets.TExpireHeld, before, lockData(o, h))
	if err := t.PutOrder(o); err != nil {
		return err
	}
	return t.tell(o, f)
}

// expiring begins to close an order's pages, by time (T14) or because somebody cancelled (T12b).
func (t *turn) expiring(o tickets.Order, h tickets.Hold, reason string, by tickets.Actor, source string) error {
	row, name := tickets.TExpiring, tickets.HoldClosing
	if reason == reasonCancel {
		row, name = tickets.TCancelAwaiting, tickets.OrderCancelling
	}
	before, err := o.Move(row, t.now)
	if err != nil {
		return err
	}
	o.Reason, o.EndedBy = reason, by.Kind
	h.State, h.Due = tickets.HoldExpiring, t.now.Add(t.d.Timings.SoftRelease)
	if err := t.PutHold(h); err != nil {
		return err
	}
	if err := t.closeOthers(o, ""); err != nil {
		return err
	}
	f := o.Record(name, t.now, by, source, row, before, nil)
	f.Hidden = true
	if err := t.PutOrder(o); err != nil {
		return err
	}
	if err := t.tell(o, f); err != nil {
		return err
	}
	return t.afterClose(o)
}

// afterClose ends an EXPIRING order once none of its pages is live any more, and takes back of an ended one that
// money may still come.
func (t *turn) afterClose(o tickets.Order) error {
	if o.Stage != tickets.StageExpiring && !o.Late {
		return nil
	}
	ps, err := t.Payments(o.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(ps, tickets.Payment.Live) {
		return nil
	}
	if o.Stage != tickets.StageExpiring {
		o.Late = false
		return t.PutOrder(o)
	}
	h, err := t.Hold(o.Hold)
	if err != nil {
		return err
	}
	return t.ended(o, h, "close")
}

// ended gives the places back and ends the order: EXPIRED (T15) or CANCELLED (T12c). When the sweep does it, a page
// could not be closed and money may still come.
func (t *turn) ended(o tickets.Order, h tickets.Hold, source string) error {
	row, name, to := tickets.TExpired, tickets.HoldLapsed, tickets.HoldExpired
	if o.Reason == reasonCancel {
		row, name, to = tickets.TCancelled, tickets.OrderCancelled, tickets.HoldReleased
	}
	before, err := o.Move(row, t.now)
	if err != nil {
		return err
	}
	if o.Reason == "" {
		o.Reason = "time"
	}
	o.Late = source == "sweep"
	if err := t.giveBack(&h, to); err != nil {
		return err
	}
	f := o.Record(name, t.now, tickets.Actor{Kind: o.EndedBy}, source, row, before, lockData(o, h))
	if o.Late {
		f.Result = "late_possible"
	}
	if err := t.PutOrder(o); err != nil {
		return err
	}
	return t.tell(o, f)
}

// Cancelling is somebody's wish to end an unpaid order (T12), or one that cost nothing (T37).
type Cancelling struct {
	Order    tickets.OrderID
	Customer tickets.CustomerID // "" skips the owner check
	Actor    tickets.Actor      // zero is the customer
	Source   string             // "" is bot
}

// Cancel ends an unpaid order: at once when no payment began, else after its pages are closed at the gateway; it
// returns the order as it then is, which may still be EXPIRING. An order that has ended already is returned as it
// is. One that cost nothing is given up also after its tickets were issued: they end, and its places return. It refuses
// with Conflict what is paid or in review, and (args reason "used", "date") a free order whose visit has begun or is over.
func (d *Desk) Cancel(ctx context.Context, c Cancelling) (tickets.Order, error) {
	if c.Source == "" {
		c.Source = "bot"
	}
	var o tickets.Order
	err := d.update(ctx, func(t *turn) (err error) {
		if o, err = t.ofOrder(c.Order, c.Customer); err != nil {
			return err
		}
		by := c.Actor
		if by.Kind == "" {
			by = buyer(o)
		}
		return t.cancel(o, by, c.Source)
	})
	if err != nil {
		return o, fmt.Errorf("cancel order: %w", err)
	}
	d.closeMarked(ctx, o.ID)
	err = d.Store.View(ctx, func(r tickets.Reader) (err error) { o, err = r.Order(c.Order); return err })
	return o, err
}

func (t *turn) cancel(o tickets.Order, by tickets.Actor, source string) error {
	switch o.Stage {
	case tickets.StageExpired, tickets.StageCancelled, tickets.StageExpiring:
		return nil
	case tickets.StageHeld, tickets.StageAwaiting:
	default:
		if o.Total().Amount == 0 && o.Paid() {
			return t.giveUp(o, by, source)
		}
		if o.Total().Amount == 0 && o.Stage == tickets.StageRefunded {
			return nil // given up already
		}
		return tickets.Refuse(tickets.Conflict, "order %s is %s", o.ID, o.Stage).With("stage", string(o.Stage))
	}
	h, err := t.Hold(o.Hold)
	if err != nil {
		return err
	}
	if o.Stage == tickets.StageAwaiting {
		return t.expiring(o, h, reasonCancel, by, source)
	}
	before, err := o.Move(tickets.TCancelHeld, t.now)
	if err != nil {
		return err
	}
	o.Reason, o.EndedBy = reasonCancel, by.Kind
	if err := t.giveBack(&h, tickets.HoldReleased); err != nil {
		return err
	}
	f := o.Record(tickets.OrderCancelled, t.now, by, source, tickets.TCancelHeld, before, lockData(o, h))
	if err := t.PutOrder(o); err != nil {
		return err
	}
	return t.tell(o, f)
}

// never is the zero time: a payment with it is not looked at again.
var never = time.Time{}
