package notify

import (
	"context"
	"errors"
	"time"

	"boxoffice/tickets"
)

// probeEvery is how often a merchant that cannot be reached is tried, by one delivery.
const probeEvery = time.Minute

// Unblock says that a merchant that could not be reached now can, as when a group is linked: what waits for it goes
// out at once instead of at the next try, which is within a minute. Like Wake, which it includes, it returns at once
// and may be called from anywhere, also for nothing.
//
// The next pass does the work: it makes at most Batch waiting deliveries of each merchant due. Those behind keep the
// places they have in line. Only what this process put off is known to it; what one before it put off comes due by
// itself, the first within a minute.
func (d *Dispatcher) Unblock() {
	d.unblocks.Add(1)
	d.Wake()
}

// pullForward does what Unblock asked for.
func (p *pass) pullForward(ctx context.Context, now time.Time) error {
	calls := p.unblocks.Load()
	if calls == p.seen {
		return nil
	}
	var heads []*tickets.Delivery
	for to, l := range p.lines {
		if to.kind == tickets.ToMerchant {
			heads = append(heads, l.queue[:min(len(l.queue), p.Batch)]...)
		}
	}
	if err := p.dueNow(ctx, heads, now); err != nil {
		return wrap("unblock deliveries", err)
	}
	for to, l := range p.lines {
		if to.kind == tickets.ToMerchant {
			l.until, l.reason = time.Time{}, ""
			l.queue = l.queue[min(len(l.queue), p.Batch):]
		}
	}
	p.seen = calls
	return nil
}

// dueNow makes those due that still wait.
func (p *pass) dueNow(ctx context.Context, waiting []*tickets.Delivery, now time.Time) error {
	if len(waiting) == 0 {
		return nil
	}
	return p.Store.Update(ctx, func(tx tickets.Tx) error {
		for _, w := range waiting {
			if !waits(tx, w, now) {
				continue // another dispatcher has it
			}
			d, err := tx.Delivery(w.ID)
			if err != nil {
				return err
			}
			d.Due = tickets.Milli(now)
			if err := tx.PutDelivery(d); err != nil {
				return err
			}
		}
		return nil
	})
}

// patienceWith is how old the delivery is, at most, when it is put off once more.
func (d *Dispatcher) patienceWith(dl tickets.Delivery) time.Duration {
	if dl.To.Kind == tickets.ToMerchant {
		return d.MerchantAge
	}
	return d.MaxAge
}

// quiet is for how long the receiver wants no messages, by what Send said, and whether because it cannot be reached.
// unblocked says that Unblock was called meanwhile, so that the answer is old.
func quiet(dl tickets.Delivery, err error, unblocked bool) (time.Duration, bool) {
	var wait *tickets.Wait
	switch {
	case errors.As(err, &wait):
		return max(wait.After, time.Second), false
	case errors.Is(err, tickets.Blocked) && dl.To.Kind == tickets.ToMerchant && unblocked:
		return time.Second, true
	case errors.Is(err, tickets.Blocked) && dl.To.Kind == tickets.ToMerchant:
		return probeEvery, true
	default:
		return 0, false
	}
}

// outcome turns what Send said into the delivery's next state at now. pause is what quiet said of it.
func (d *Dispatcher) outcome(dl tickets.Delivery, r tickets.Receipt, err error, pause time.Duration, now time.Time) tickets.Delivery {
	dl.Lease = time.Time{}
	dl.Error = ""
	if err != nil {
		dl.Error = short(err.Error())
	}
	if pause > 0 && now.Sub(dl.At) < d.patienceWith(dl) {
		// Being put off is no failure: the ladder stays where it is.
		dl.Due = tickets.Milli(now.Add(pause))
		return waiting(dl)
	}
	dl.Attempts++
	dl.Due = time.Time{}
	switch {
	case err == nil:
		dl.State, dl.Sent, dl.Message, dl.File = tickets.DeliverySent, tickets.Milli(now), r.Message, r.File
	case pause > 0:
		dl.State = tickets.DeliveryFailed
	case errors.Is(err, tickets.Blocked):
		dl.State = tickets.DeliveryBlocked
	case errors.Is(err, tickets.Pointless):
		dl.State = tickets.DeliveryAborted
	default:
		after, again := Backoff(d.Ladder, dl.ID, dl.Attempts)
		if !again {
			dl.State = tickets.DeliveryFailed
			break
		}
		dl.State, dl.Due = tickets.DeliveryRetry, tickets.Milli(now.Add(after))
	}
	return dl
}

// waiting is dl given back: no lease, to be tried at its Due.
func waiting(dl tickets.Delivery) tickets.Delivery {
	dl.Lease = time.Time{}
	dl.State = tickets.DeliveryRetry
	if dl.Attempts == 0 && dl.Error == "" {
		dl.State = tickets.DeliveryQueued
	}
	return dl
}

// maxError bounds what is kept of an error's text.
const maxError = 300

func short(s string) string {
	if len(s) <= maxError {
		return s
	}
	cut := maxError
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut]
}
