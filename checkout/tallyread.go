package checkout

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"boxoffice/tickets"
)

// Numbers are tallies of some days, by sort, day and key; see the sorts for the keys.
type Numbers map[string]map[tickets.Date]map[string]int64

// Of is one number of a day; 0 when it was not counted.
func (n Numbers) Of(sort string, day tickets.Date, key string) int64 { return n[sort][day][key] }

// Sum is a number over the days from a first to a last.
func (n Numbers) Sum(sort, key string, from, to tickets.Date) int64 {
	var sum int64
	for day, m := range n[sort] {
		if from <= day && day <= to {
			sum += m[key]
		}
	}
	return sum
}

// Keys lists all keys of a sort, in order.
func (n Numbers) Keys(sort string) []string {
	all := map[string]bool{}
	for _, m := range n[sort] {
		for key := range m {
			all[key] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func (n Numbers) add(s sums, from, to tickets.Date) {
	for k, v := range s {
		if v == 0 || k.day < from || k.day > to || n[k.sort] == nil {
			continue
		}
		if n[k.sort][k.day] == nil {
			n[k.sort][k.day] = map[string]int64{}
		}
		n[k.sort][k.day][k.key] += v
	}
}

// tallyTail bounds what is counted while somebody waits: what came in the last seconds, and at the first start of an
// old shop what the pass has not got to.
const tallyTail = 5000

// tallyAhead is how far after now is looked: clocks are set.
const tallyAhead = 6 * time.Hour

// Numbers reads the days from a first to a last, of some sorts, as they are now: what the pass has not counted yet is
// counted here. It fails with NotFound while there is no catalog.
func (d *Desk) Numbers(ctx context.Context, from, to tickets.Date, sorts ...string) (Numbers, error) {
	var out Numbers
	now := d.now()
	err := d.Store.View(ctx, func(r tickets.Reader) (err error) {
		out, err = readNumbers(r, now, from, to, sorts)
		return err
	})
	return out, err
}

func readNumbers(r tickets.Reader, now time.Time, from, to tickets.Date, sorts []string) (Numbers, error) {
	out := Numbers{}
	cat, err := r.Catalog()
	if err != nil {
		return nil, err
	}
	zone, err := cat.Merchant.Location()
	if err != nil {
		return nil, err
	}
	for _, sort := range sorts {
		out[sort] = map[tickets.Date]map[string]int64{}
		rows, err := r.Tallies(cat.Merchant.ID, sort, from, to)
		if err != nil {
			return nil, err
		}
		for _, x := range rows {
			out[sort][x.Day] = maps.Clone(x.N)
		}
	}
	mark, err := readTallyMark(r)
	if err != nil {
		return nil, err
	}
	begin := from.At("", zone)
	if mark.zone == cat.Merchant.Zone && mark.at.After(begin) {
		begin = mark.at
	}
	tail := sums{}
	if err := tail.tail(r, zone, begin, now.Add(tallyAhead)); err != nil {
		return nil, err
	}
	out.add(tail, from, to)
	return out, nil
}

// tail is between, for as much as a reader can wait for.
func (s sums) tail(r tickets.Reader, zone *time.Location, from, until time.Time) error {
	for n := 0; from.Before(until) && n < tallyTail; {
		end := from.Add(tallyStep)
		if end.After(until) {
			end = until
		}
		k, err := s.between(r, zone, from, end)
		if err != nil {
			return err
		}
		n, from = n+k, end
	}
	return nil
}

// views counts how often products were shown since the last pass.
type views struct {
	mu sync.Mutex
	n  map[tickets.ProductID]int64
}

// Viewed notes that a customer was shown a product. It does not wait for the store: a crash loses the last seconds.
func (d *Desk) Viewed(id tickets.ProductID) {
	d.views.mu.Lock()
	defer d.views.mu.Unlock()
	d.views.n[id]++
}

// countViews adds the views since the last time to today's.
func (d *Desk) countViews(ctx context.Context) (int, error) {
	d.views.mu.Lock()
	seen := d.views.n
	d.views.n = map[tickets.ProductID]int64{}
	d.views.mu.Unlock()
	if len(seen) == 0 {
		return 0, nil
	}
	err := d.update(ctx, func(t *turn) error {
		cat, zone, err := t.catalog()
		if err != nil {
			return err
		}
		add := sums{}
		for id, n := range seen {
			add.add(TallyViews, tickets.DateOf(t.now, zone), string(id), n)
		}
		return add.store(t.Tx, cat.Merchant.ID)
	})
	if errors.Is(err, tickets.NotFound) {
		return 0, nil
	}
	if err != nil { // next time
		d.views.mu.Lock()
		for id, n := range seen {
			d.views.n[id] += n
		}
		d.views.mu.Unlock()
	}
	return len(seen), err
}
