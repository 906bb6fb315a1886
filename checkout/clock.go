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
// at once or last for days. So the sweep compares the clock with one that only counts: what the one ran ahead or fell
// back against the other is a jump, and every live hold is moved by it before anything ends. While the process is down
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

// steady moves live holds by what the clock jumped since the last sweep.
func (d *Desk) steady(ctx context.Context) error {
	by := d.watch.jump(d.Now(), d.Counted())
	if by == 0 {
		return nil
	}
	moved := 0
	err := d.update(ctx, func(t *turn) error {
		moved = 0
		holds, err := t.HoldsDue(time.UnixMilli(math.MaxInt64/2), 0)
		if err != nil {
			return err
		}
		for _, h := range holds {
			h.Expiry, h.Due, h.Jumped = h.Expiry.Add(by), h.Due.Add(by), h.Jumped+by.Milliseconds()
			if err := t.PutHold(h); err != nil {
				return err
			}
			o, err := t.Order(h.Order)
			if err != nil {
				return err
			}
			if o.FirstHeld = o.FirstHeld.Add(by); !o.ReviewUntil.IsZero() {
				o.ReviewUntil = o.ReviewUntil.Add(by)
			}
			f := o.Record(tickets.HoldExtended, t.now, tickets.Actor{Kind: tickets.ActorSystem}, "clock", "", o.Stage, lockData(o, h))
			f.Result, f.Hidden = "clock", true
			if err := t.PutOrder(o); err != nil {
				return err
			}
			if err := t.tell(o, f); err != nil {
				return err
			}
			moved++
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("clock jumped by %s: %w", by, err)
	}
	d.watch.heeded(by)
	d.Log.Warn("the clock jumped; live holds were moved", "by", by.String(), "holds", moved)
	return nil
}
