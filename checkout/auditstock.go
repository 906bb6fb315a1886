package checkout

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"boxoffice/tickets"
)

// This file judges places: what stock says against holds, orders and the catalog.

// stock compares every counter of places with the rows that it counts.
func (a *audit) stock() error {
	today, err := a.today()
	if err != nil {
		return err
	}
	keys := slices.SortedFunc(maps.Keys(a.stocks), func(x, y tickets.StockKey) int {
		return cmp.Or(cmp.Compare(x.Pool, y.Pool), cmp.Compare(x.Slot.Date, y.Slot.Date), cmp.Compare(x.Slot.Start, y.Slot.Start))
	})
	for _, k := range keys {
		s := a.stocks[k]
		id := string(k.Pool) + "@" + k.Slot.String()
		if s.Held < 0 || s.Sold < 0 || s.Held+s.Sold > s.Capacity+s.Over {
			a.fault("I1", id, "held %d + sold %d, capacity %d", s.Held, s.Sold, s.Capacity)
		} else if excess := max(s.Held+s.Sold-s.Capacity, 0); s.Over != excess || s.Capacity < 0 {
			a.fault("I8", id, "%d places over the capacity of %d, %d say so", excess, s.Capacity, s.Over)
		}
		if want := a.capacity(k); k.Slot.Date >= today && s.Capacity != want {
			a.fault("I8", id, "capacity %d, the catalog says %d", s.Capacity, want)
		}
		if s.Held != a.held[k] {
			a.fault("I2", id, "held %d, live holds have %d", s.Held, a.held[k])
		}
		if s.Sold != a.sold[k] {
			a.fault("I3", id, "sold %d, orders have %d", s.Sold, a.sold[k])
		}
		delete(a.held, k)
		delete(a.sold, k)
	}
	for k, n := range a.held {
		a.fault("I2", string(k.Pool)+"@"+k.Slot.String(), "no stock, live holds have %d", n)
	}
	for k, n := range a.sold {
		a.fault("I3", string(k.Pool)+"@"+k.Slot.String(), "no stock, orders have %d", n)
	}
	return nil
}

// today is the merchant's date; without a catalog there is none.
func (a *audit) today() (tickets.Date, error) {
	if a.catalog == nil {
		return 1 << 30, nil
	}
	loc, err := a.catalog.Merchant.Location()
	if err != nil {
		return 0, fmt.Errorf("zone: %w", err)
	}
	return tickets.DateOf(a.now, loc), nil
}

// capacity is what the catalog says of a pool's slot; a pool that is gone has none. From today on it is moved with the
// catalog; what it was on a date that is over is history.
func (a *audit) capacity(k tickets.StockKey) int {
	p, err := a.catalog.Pool(k.Pool)
	if err != nil {
		return 0
	}
	return max(p.CapacityOn(k.Slot), 0)
}
