package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"boxoffice/tickets"
)

// recordTimeout bounds writing down what came of a send. When it is over, the lease runs out and the delivery is
// sent again.
const recordTimeout = 10 * time.Second

// deliver sends one delivery and records the outcome. ctx has no end of its own: a send that was begun is finished.
func (d *Dispatcher) deliver(ctx context.Context, dl tickets.Delivery) result {
	begun := d.Now()
	if !dl.Lease.After(begun.Add(d.Timeout)) {
		// The lease could end while we send, and another dispatcher would send it too.
		err := d.record(ctx, dl, waiting(dl))
		return result{delivery: waiting(dl), err: err}
	}
	calls := d.unblocks.Load()
	receipt, err := d.send(ctx, dl)
	now := d.Now()
	pause, unreachable := quiet(dl, err, d.unblocks.Load() != calls)
	r := result{delivery: d.outcome(dl, receipt, err, pause, now)}
	if pause > 0 && dl.Kind != tickets.SayHoldReminder { // a reminder puts only itself off
		r.quiet = tickets.Milli(now.Add(pause))
	}
	if unreachable {
		r.reason = short(err.Error())
	}
	putOff := !r.delivery.Final() && r.delivery.Attempts == dl.Attempts
	d.observe(dl, r.delivery, putOff, unreachable, begun, now)
	r.err = d.record(ctx, dl, r.delivery)
	return r
}

// send calls the Sender within Timeout and turns a panic into an error, so that one message that cannot be rendered
// stops nothing else.
func (d *Dispatcher) send(ctx context.Context, dl tickets.Delivery) (r tickets.Receipt, err error) {
	ctx, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("send panicked: %v", v)
			d.Log.Error("sender panicked", "delivery_id", dl.ID, "kind", dl.Kind, "panic", fmt.Sprint(v))
		}
	}()
	return d.Sender.Send(ctx, dl)
}

func (d *Dispatcher) observe(dl, after tickets.Delivery, putOff, unreachable bool, begun, now time.Time) {
	outcome := after.State
	if putOff {
		outcome = tickets.DeliveryQueued
	}
	d.Observe(dl.Kind, outcome, now.Sub(begun), max(begun.Sub(dl.Due), 0))
	if after.Error == "" || after.State == tickets.DeliveryAborted {
		return
	}
	level := slog.LevelWarn
	if putOff && !unreachable {
		level = slog.LevelInfo // its pace
	}
	d.Log.Log(context.Background(), level, "delivery not sent", "delivery_id", dl.ID, "order_id", dl.Order, "kind", dl.Kind, "state", after.State,
		"attempts", after.Attempts, "error", after.Error)
}

// record writes the outcome unless the lease was lost meanwhile. A customer's delivery that is given up makes one to
// the merchant in the same transaction; a merchant's never does, so there is no loop.
func (d *Dispatcher) record(ctx context.Context, leased, after tickets.Delivery) error {
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	alarm, alarming := alarmOf(after, d.Now())
	err := d.Store.Update(ctx, func(tx tickets.Tx) error {
		now, err := tx.Delivery(leased.ID)
		if err != nil {
			return err
		}
		if !now.Lease.Equal(leased.Lease) || now.Final() {
			return nil
		}
		if err := tx.PutDelivery(after); err != nil {
			return err
		}
		if !alarming {
			return nil
		}
		if err := tx.CreateDelivery(alarm); err != nil && !errors.Is(err, tickets.Exists) {
			return err
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("record delivery %s: %w", leased.ID, err)
	}
	return nil
}

// alarmOf is what the merchant hears of a customer's delivery that was given up. The live message and the reminder
// are not worth it: nobody lacks anything when they are missing.
func alarmOf(d tickets.Delivery, now time.Time) (tickets.Delivery, bool) {
	if d.To.Kind != tickets.ToCustomer || !ordered(d.Kind) {
		return tickets.Delivery{}, false
	}
	if d.State != tickets.DeliveryFailed && d.State != tickets.DeliveryBlocked {
		return tickets.Delivery{}, false
	}
	at := tickets.Milli(now)
	key := fmt.Sprintf("%s:%s:%s:%s", d.Order, d.ID, tickets.SayDeliveryFailing, tickets.ToMerchant)
	return tickets.Delivery{
		ID: deliveryID(at, 0, key), Key: key, Merchant: d.Merchant, Order: d.Order, Kind: tickets.SayDeliveryFailing,
		To:    tickets.Destination{Kind: tickets.ToMerchant},
		Args:  map[string]string{ArgDelivery: string(d.ID), ArgKind: d.Kind, ArgError: d.Error},
		State: tickets.DeliveryQueued, Due: at, At: at,
	}, true
}
