package checkout

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"boxoffice/tickets"
)

// Holds are promises of minutes, kept by a clock that people and time servers set. When it jumps, a promise would end
// at once or last for days, and a refund would be sent again after its key was forgotten. So the sweep compares the clock
// with one that only counts: what the one ran ahead or fell back against the other is a jump, and every live hold and all
// that waits for its time is moved by it before anything ends. While the process is down
// nobody counts, and the clock is believed.

// jumpLeast is what the clocks may differ by between two sweeps: time servers pull gently.
const jumpLeast = 2 * time.Second

// clockWatch remembers when the clocks were last compared.
type clockWatch struct {
	mu      sync.Mutex
	wall    time.Time
	counted time.Duration
}

// jump is how far the clock jumped since the last call, zero when it did not.
func (c *clockWatch) jump(wall time.Time, counted time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall = wall.Round(0) // compare what the clock says
	by := wall.Sub(c.wall) - (counted - c.counted)
	if c.wall.IsZero() || by.Abs() <= jumpLeast {
		c.wall, c.counted = wall, counted
		return 0
	}
	return by
}

// heeded notes that a jump was answered: a failed answer is tried again by the next sweep.
func (c *clockWatch) heeded(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall = c.wall.Add(by)
}

// farAhead is later than anything that is due.
var farAhead = time.UnixMilli(math.MaxInt64 / 2)

// steady moves what is due, and live holds, by what the clock jumped since the last sweep.
func (d *Desk) steady(ctx context.Context) error {
	by := d.watch.jump(d.Now(), d.Counted())
	if by == 0 {
		return nil
	}
	var holds, others int
	err := d.update(ctx, func(t *turn) (err error) {
		if holds, err = t.moveHolds(by); err != nil {
			return err
		}
		others, err = t.moveDue(by)
		return err
	})
	if err != nil {
		return fmt.Errorf("clock jumped by %s: %w", by, err)
	}
	d.watch.heeded(by)
	d.Log.Warn("the clock jumped; live holds and what was due were moved", "by", by.String(), "holds", holds, "others", others)
	return nil
}

// moveHolds moves every live hold, and returns how many there were.
func (t *turn) moveHolds(by time.Duration) (int, error) {
	holds, err := t.HoldsDue(farAhead, 0)
	if err != nil {
		return 0, err
	}
	for _, h := range holds {
		h.Expiry, h.Due, h.Jumped = h.Expiry.Add(by), h.Due.Add(by), h.Jumped+by.Milliseconds()
		if err := t.PutHold(h); err != nil {
			return 0, err
		}
		o, err := t.Order(h.Order)
		if err != nil {
			return 0, err
		}
		o.FirstHeld = o.FirstHeld.Add(by)
		shift(by, &o.ReviewUntil)
		f := o.Record(tickets.HoldExtended, t.now, tickets.Actor{Kind: tickets.ActorSystem}, "clock", "", o.Stage, lockData(o, h))
		f.Result, f.Hidden = "clock", true
		if err := t.PutOrder(o); err != nil {
			return 0, err
		}
		if err := t.tell(o, f); err != nil {
			return 0, err
		}
	}
	return len(holds), nil
}

// moveDue moves the payments, refunds and notices that wait for their time, and what is counted from for them: how long a
// page is being closed, and how old a refund's key is at its gateway. It returns how many there were.
func (t *turn) moveDue(by time.Duration) (int, error) {
	payments, err := t.PaymentsDue(farAhead, 0)
	if err != nil {
		return 0, err
	}
	for _, p := range payments {
		shift(by, &p.Due, &p.Expiry, &p.CloseSince, &p.ClosableAt, &p.Approved)
		if err := t.PutPayment(p); err != nil {
			return 0, err
		}
	}
	refunds, err := t.RefundsDue(farAhead, 0)
	if err != nil {
		return 0, err
	}
	for _, r := range refunds {
		shift(by, &r.Due, &r.Submitted)
		if err := t.PutRefund(r); err != nil {
			return 0, err
		}
	}
	notices, err := t.NoticesDue(farAhead, 0)
	if err != nil {
		return 0, err
	}
	for _, n := range notices {
		shift(by, &n.Due, &n.Told)
		if err := t.PutNotice(n); err != nil {
			return 0, err
		}
	}
	return len(payments) + len(refunds) + len(notices), nil
}

// shift moves the moments that are set.
func shift(by time.Duration, ts ...*time.Time) {
	for _, at := range ts {
		if !at.IsZero() {
			*at = at.Add(by)
		}
	}
}
