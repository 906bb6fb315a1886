package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"boxoffice/tickets"
)

// patience is how many failed attempts of a delivery the later ones of its order wait for. With the default ladder
// they go ahead after some 35 seconds.
const patience = 2

// receiver is who gets deliveries one after the other.
type receiver struct {
	kind     string
	chat     int64
	merchant tickets.MerchantID
}

func receiverOf(d tickets.Delivery) receiver {
	if d.To.Kind == tickets.ToMerchant {
		return receiver{kind: d.To.Kind, merchant: d.Merchant}
	}
	return receiver{kind: d.To.Kind, chat: d.To.Chat}
}

// ordered reports whether the kind keeps its place among an order's deliveries.
func ordered(kind string) bool { return kind != tickets.SayLive && kind != tickets.SayHoldReminder }

// before reports whether a is to arrive before b.
func before(a, b tickets.Delivery) int {
	if c := a.At.Compare(b.At); c != 0 {
		return c
	}
	return strings.Compare(string(a.ID), string(b.ID))
}

// pass is one run over what is due. Its own goroutine owns all of its state; each send has a goroutine of its own
// and reports over done.
type pass struct {
	*Dispatcher
	lanes  map[receiver]*lane
	queue  []receiver // lanes with work and no send under way
	queued int        // deliveries in lanes, not begun
	flying int        // sends under way
	sent   int
	done   chan result
}

// lane is what one receiver is to get, in order.
type lane struct {
	todo   []tickets.Delivery
	flying tickets.DeliveryID // "" when no send is under way
}

// result is what came of one send: the delivery as recorded, and the store's error.
type result struct {
	delivery tickets.Delivery
	quiet    time.Time // until when the receiver wants no messages; zero when it takes them
	reason   string    // why a merchant cannot be reached, "" when it can
	err      error
}

func (p *pass) run(ctx context.Context) (int, error) {
	var failed error
	look, over, stopped := true, false, ctx.Done() // a context that never ends has no channel
	for {
		ending := failed != nil || over
		if look && !ending && p.queued < p.Batch {
			n, err := p.lease(ctx)
			look, failed = n == p.Batch, err // a full batch: there may be more
			ending = err != nil
		}
		if ending {
			p.giveBackAll(ctx)
		}
		p.start(ctx)
		if p.flying == 0 {
			if !look || ending {
				return p.sent, failed
			}
			continue
		}
		select {
		case r := <-p.done:
			failed = errors.Join(failed, p.land(ctx, r))
			look = look || p.flying == 0 // for what was put back meanwhile
		case <-p.wake:
			look = true
		case <-stopped:
			over, stopped = true, nil
		}
	}
}

// start begins sends as far as Parallel allows.
func (p *pass) start(ctx context.Context) {
	for p.flying < p.Parallel && len(p.queue) > 0 {
		to := p.queue[0]
		p.queue = p.queue[1:]
		l := p.lanes[to]
		if len(l.todo) == 0 {
			delete(p.lanes, to)
			continue
		}
		d := l.todo[0]
		l.todo = l.todo[1:]
		l.flying = d.ID
		p.queued--
		p.flying++
		go func() { p.done <- p.deliver(context.WithoutCancel(ctx), d) }()
	}
}

// land takes in the end of a send and frees its lane.
func (p *pass) land(ctx context.Context, r result) error {
	p.flying--
	d := r.delivery
	to := receiverOf(d)
	l := p.lanes[to]
	l.flying = ""
	if d.State == tickets.DeliverySent {
		p.sent++
	}
	err := r.err
	if err == nil && (!d.Final() || !r.quiet.IsZero()) {
		err = p.holdUp(ctx, l, r)
	}
	if len(l.todo) > 0 {
		p.queue = append(p.queue, to)
	} else {
		delete(p.lanes, to)
	}
	return err
}

// holdUp gives back what must not overtake d, which is to be tried again: the receiver's whole lane when it wants
// quiet, else what comes after d in its order.
func (p *pass) holdUp(ctx context.Context, l *lane, r result) error {
	d := r.delivery
	var waits *line
	if !r.quiet.IsZero() {
		waits = p.lines.of(receiverOf(d), r.quiet, r.reason)
		if !d.Final() {
			waits.wait(d)
		}
		slices.SortStableFunc(l.todo, inLine)
	}
	now := p.Now()
	var back, keep []tickets.Delivery
	for _, next := range l.todo {
		overtakes := next.Order == d.Order && ordered(next.Kind) && ordered(d.Kind) && d.Attempts <= patience && !d.Final()
		switch {
		case waits != nil:
			// join ends the lease; giveBack has to know which it was.
			lease := next.Lease
			next = waits.join(next, now)
			next.Lease = lease
			back = append(back, next)
		case overtakes:
			next.Due = d.Due
			back = append(back, next)
		default:
			keep = append(keep, next)
		}
	}
	l.todo = keep
	p.queued -= len(back)
	return p.giveBack(ctx, back)
}

// lease takes due deliveries and lays them into lanes. It returns how many there were.
func (p *pass) lease(ctx context.Context) (int, error) {
	now := p.Now()
	if err := p.pullForward(ctx, now); err != nil {
		return 0, err
	}
	p.lines.tidy(now, p.Lease)
	pending := false
	err := p.Store.View(ctx, func(r tickets.Reader) error {
		counts, err := r.DeliveryCounts()
		pending = counts[tickets.DeliveryQueued]+counts[tickets.DeliveryRetry]+counts[tickets.DeliverySending] > p.flying+p.queued
		return err
	})
	if err != nil || !pending {
		return 0, wrap("look for deliveries", err)
	}
	var got []tickets.Delivery
	var stand lines
	leased := 0
	err = p.Store.Update(ctx, func(tx tickets.Tx) error {
		all, err := tx.LeaseDeliveries(now, tickets.Milli(now.Add(p.Lease)), p.Batch)
		if err != nil {
			return err
		}
		got, leased = nil, len(all)
		stand = p.lines.called(tx, all, now)
		slices.SortStableFunc(all, stand.before)
		for _, d := range all {
			verdict, err := p.judge(tx, d, all, stand, now)
			if err != nil {
				return err
			}
			if verdict.State == tickets.DeliverySending {
				got = append(got, verdict)
				continue
			}
			if err := tx.PutDelivery(verdict); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, wrap("lease deliveries", err)
	}
	p.lines = stand
	for _, d := range got {
		p.lay(d)
	}
	return leased, nil
}

// judge returns a leased delivery as it is, or as it is put back or dropped instead of being sent now.
func (p *pass) judge(tx tickets.Tx, d tickets.Delivery, all []tickets.Delivery, ls lines, now time.Time) (tickets.Delivery, error) {
	if d.Kind == tickets.SayLive {
		newer := func(o tickets.Delivery) bool {
			return o.Kind == d.Kind && o.Order == d.Order && o.To == d.To && before(d, o) < 0
		}
		if slices.ContainsFunc(all, newer) {
			return ended(d, tickets.DeliveryAborted, "a newer one draws the same"), nil
		}
	}
	if stand := ls[receiverOf(d)]; stand != nil && !stand.free(d, now) {
		switch {
		case d.To.Kind == tickets.ToMerchant && now.Sub(d.At) >= p.patienceWith(d):
			return ended(d, tickets.DeliveryFailed, short(strings.TrimSpace("waited too long "+stand.reason))), nil
		case d.Kind == tickets.SayLive && stand.draws(tx, d, now):
			return ended(d, tickets.DeliveryAborted, "one that waits draws the same"), nil
		}
		return stand.join(d, now), nil
	}
	if !ordered(d.Kind) || d.Order == "" {
		return d, nil
	}
	siblings, err := tx.Deliveries(d.Order)
	if err != nil {
		return d, err
	}
	for _, s := range siblings {
		if s.To != d.To || !ordered(s.Kind) || ls.before(s, d) >= 0 {
			continue
		}
		mine := p.has(s.ID) || slices.ContainsFunc(all, func(o tickets.Delivery) bool { return o.ID == s.ID })
		switch {
		case mine: // the lane keeps the order
		case s.State == tickets.DeliverySending && s.Lease.After(now): // with another dispatcher
			d.Due = tickets.Milli(now.Add(time.Second))
			return waiting(d), nil
		case !s.Final() && s.Attempts <= patience:
			d.Due = tickets.Milli(now)
			if s.Due.After(now) {
				d.Due = s.Due
			}
			return waiting(d), nil
		}
	}
	return d, nil
}

// ended is d given up without being sent.
func ended(d tickets.Delivery, state tickets.DeliveryState, why string) tickets.Delivery {
	d.State, d.Lease, d.Due, d.Error = state, time.Time{}, time.Time{}, why
	return d
}

// has reports whether the delivery is in this pass.
func (p *pass) has(id tickets.DeliveryID) bool {
	for _, l := range p.lanes {
		if l.flying == id || slices.ContainsFunc(l.todo, func(d tickets.Delivery) bool { return d.ID == id }) {
			return true
		}
	}
	return false
}

// lay puts a delivery into its receiver's lane.
func (p *pass) lay(d tickets.Delivery) {
	to := receiverOf(d)
	l := p.lanes[to]
	if l == nil {
		l = &lane{}
		p.lanes[to] = l
	}
	if len(l.todo) == 0 && l.flying == "" {
		p.queue = append(p.queue, to)
	}
	l.todo = append(l.todo, d)
	p.queued++
}

// giveBackAll gives back everything that is not begun.
func (p *pass) giveBackAll(ctx context.Context) {
	var back []tickets.Delivery
	for _, l := range p.lanes {
		back = append(back, l.todo...)
		l.todo = nil
	}
	p.queue, p.queued = nil, 0
	if err := p.giveBack(ctx, back); err != nil {
		// Harmless: the leases run out.
		p.Log.Warn("give deliveries back", "count", len(back), "error", err)
	}
}

// giveBack ends our lease of deliveries that were not begun.
func (p *pass) giveBack(ctx context.Context, back []tickets.Delivery) error {
	if len(back) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	return wrap("give deliveries back", p.Store.Update(ctx, func(tx tickets.Tx) error {
		for _, d := range back {
			if now, err := tx.Delivery(d.ID); err != nil || !now.Lease.Equal(d.Lease) {
				if err != nil {
					return err
				}
				continue // the lease ran out and somebody else has it
			}
			if err := tx.PutDelivery(waiting(d)); err != nil {
				return err
			}
		}
		return nil
	}))
}

func wrap(act string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", act, err)
}
