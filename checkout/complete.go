package checkout

import (
	"context"
	"errors"
	"fmt"

	"boxoffice/tickets"
)

// settingCompleted remembers the last visit date all of whose orders were completed.
const settingCompleted = "completed_until"

// completeBack is how many dates before the remembered one are looked at again: an order may have been fulfilled after
// its date was done. completeFirst is how far back a shop is looked at that never did this.
const (
	completeBack  = 3
	completeFirst = 30
)

// Complete ends the orders whose visit is over (T45): the day after the visit date, tickets that nobody used lapse. It
// returns how many it completed. Each order is one transaction; a date is remembered when all of its orders are done.
func (d *Desk) Complete(ctx context.Context) (int, error) {
	now := d.now()
	var from, until tickets.Date
	err := d.Store.View(ctx, func(r tickets.Reader) error {
		cat, err := r.Catalog()
		if err != nil {
			return err
		}
		loc, err := cat.Merchant.Location()
		if err != nil {
			return err
		}
		until = tickets.DateOf(now.Add(-d.Timings.Complete), loc) - 1
		from = until - completeFirst
		s, err := r.Setting(settingCompleted)
		if errors.Is(err, tickets.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		var last tickets.Date
		if err := last.UnmarshalText([]byte(s)); err != nil {
			return err
		}
		from = min(last-completeBack, until)
		return nil
	})
	if errors.Is(err, tickets.NotFound) {
		return 0, nil // no catalog yet
	}
	if err != nil {
		return 0, fmt.Errorf("complete: %w", err)
	}
	done := 0
	for date := from; date <= until; date++ {
		n, all, err := d.completeDate(ctx, date, Batch-done)
		if done += n; err != nil || !all {
			return done, err
		}
	}
	return done, d.rememberDate(ctx, until)
}

// completeDate completes up to limit orders of a date; all says that none is left.
func (d *Desk) completeDate(ctx context.Context, date tickets.Date, limit int) (n int, all bool, err error) {
	mark := ""
	for {
		var page []tickets.Order
		err := d.Store.View(ctx, func(r tickets.Reader) (err error) {
			page, mark, err = r.Orders(tickets.OrderQuery{
				Date: date, Stage: tickets.StageFulfilled, Page: tickets.Page{Mark: mark, Limit: Batch},
			})
			return err
		})
		if err != nil {
			return n, false, fmt.Errorf("complete %s: %w", date, err)
		}
		for _, o := range page {
			if n >= limit || ctx.Err() != nil {
				return n, false, ctx.Err()
			}
			done, err := d.completeOrder(ctx, o.ID)
			if err != nil {
				return n, false, fmt.Errorf("complete order %s: %w", o.ID, err)
			}
			if done {
				n++
			}
		}
		if mark == "" {
			return n, true, nil
		}
	}
}

// completeOrder ends an order and reports whether it did: one whose date was closed when it was over is asked for an hour
// yet.
func (d *Desk) completeOrder(ctx context.Context, id tickets.OrderID) (done bool, err error) {
	err = d.update(ctx, func(t *turn) error {
		done = false
		o, err := t.Order(id)
		if err != nil || o.Stage != tickets.StageFulfilled {
			return err
		}
		if o, err = t.askedNoMore(o); err != nil || o.Asked() {
			return err
		}
		f, err := t.over(&o, tickets.Actor{Kind: tickets.ActorSystem}, "complete")
		if err != nil {
			return err
		}
		if err := t.PutOrder(o); err != nil {
			return err
		}
		done = true
		return t.tell(o, f)
	})
	return done, err
}

// over moves an order whose visit is over to COMPLETED and lets its unused tickets lapse. The caller stores it.
func (t *turn) over(o *tickets.Order, by tickets.Actor, source string) (tickets.Fact, error) {
	before, err := o.Move(tickets.TComplete, t.now)
	if err != nil {
		return tickets.Fact{}, err
	}
	ks, err := t.Tickets(o.ID)
	if err != nil {
		return tickets.Fact{}, err
	}
	used := 0
	for _, k := range ks {
		used += k.Admitted
		was := k.State
		if k.Lapse(t.now); k.State == was {
			continue
		}
		if err := t.PutTicket(k); err != nil {
			return tickets.Fact{}, err
		}
	}
	return o.Record(tickets.OrderCompleted, t.now, by, source, tickets.TComplete, before, map[string]any{"admitted": used, "places": o.Places()}), nil
}

func (d *Desk) rememberDate(ctx context.Context, date tickets.Date) error {
	return d.update(ctx, func(t *turn) error {
		text := date.String()
		if s, err := t.Setting(settingCompleted); err == nil && s >= text {
			return nil
		}
		return t.PutSetting(settingCompleted, text)
	})
}
