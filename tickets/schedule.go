package tickets

import (
	"slices"
)

// This file changes many days of a catalog at once, as a calendar does. Every function makes new slices: a catalog that
// was read from the store stays as it is.

// Clone is a catalog whose products, pools and SKUs may be changed by the functions of this file without changing c.
func (c *Catalog) Clone() Catalog {
	out := *c
	out.Products, out.Pools, out.SKUs = slices.Clone(c.Products), slices.Clone(c.Pools), slices.Clone(c.SKUs)
	return out
}

// PoolsOf lists the pools that a product's SKUs draw from, in catalog order; of product "" all.
func (c *Catalog) PoolsOf(id ProductID) []Pool {
	var out []Pool
	for _, p := range c.Pools {
		draws := func(s SKU) bool { return s.Pool == p.ID && (id == "" || s.Product == id) }
		if slices.ContainsFunc(c.SKUs, draws) {
			out = append(out, p)
		}
	}
	return out
}

// Ranges are days as the fewest ranges, the earliest first.
func Ranges(days []Date) []DateRange {
	days = slices.Clone(days)
	slices.Sort(days)
	var out []DateRange
	for _, d := range days {
		if n := len(out); n > 0 && d <= out[n-1].To+1 {
			out[n-1].To = d
			continue
		}
		out = append(out, DateRange{d, d})
	}
	return out
}

// without is ranges less days.
func without(ranges []DateRange, days []Date) []DateRange {
	var out []DateRange
	for _, r := range ranges {
		out = append(out, r.less(days)...)
	}
	return out
}

// less is what days leave of the range.
func (r DateRange) less(days []Date) []DateRange {
	in := slices.DeleteFunc(slices.Clone(days), func(d Date) bool { return !r.Has(d) })
	var out []DateRange
	from := r.From
	for _, cut := range Ranges(in) {
		if cut.From > from {
			out = append(out, DateRange{from, cut.From - 1})
		}
		from = cut.To + 1
	}
	if from <= r.To {
		out = append(out, DateRange{from, r.To})
	}
	return out
}

// Close closes the days that are open.
func (c *Calendar) Close(days []Date) {
	open := slices.DeleteFunc(slices.Clone(days), func(d Date) bool { return !c.Open(d) })
	c.Closed = append(slices.Clone(c.Closed), Ranges(open)...)
	c.Extra = without(c.Extra, open)
}

// Reopen opens the days that are closed, also on weekdays that are not listed. It returns those that stay closed: before
// the first or after the last open day.
func (c *Calendar) Reopen(days []Date) (outside []Date) {
	c.Closed = without(c.Closed, days)
	var extra []Date
	for _, d := range days {
		switch {
		case c.From != 0 && d < c.From, c.To != 0 && d > c.To:
			outside = append(outside, d)
		case !c.Open(d):
			extra = append(extra, d)
		}
	}
	c.Extra = append(slices.Clone(c.Extra), Ranges(extra)...)
	return outside
}

// SetCapacity gives the days n places a slot: those that begin at start, or all of each day for "".
func (p *Pool) SetCapacity(days []Date, start string, n int) {
	var rules []CapacityRule
	for _, o := range p.Overrides {
		if start != "" && o.Start != start {
			rules = append(rules, o)
			continue
		}
		for _, r := range (DateRange{o.From, o.To}).less(days) {
			rules = append(rules, CapacityRule{From: r.From, To: r.To, Start: o.Start, Capacity: o.Capacity})
		}
	}
	p.Overrides = rules
	other := slices.DeleteFunc(slices.Clone(days), func(d Date) bool { return p.CapacityOn(Slot{d, start}) == n })
	for _, r := range Ranges(other) {
		p.Overrides = append(slices.Clone(p.Overrides), CapacityRule{From: r.From, To: r.To, Start: start, Capacity: n})
	}
}

// SetPrice sets the price of a unit on the days, in minor units.
func (s *SKU) SetPrice(days []Date, price int64) {
	var rules []PriceRule
	for _, r := range s.Prices {
		if r.From == 0 || r.To == 0 || len(r.Weekdays) > 0 {
			rules = append(rules, r)
			continue
		}
		for _, part := range (DateRange{r.From, r.To}).less(days) {
			rules = append(rules, PriceRule{From: part.From, To: part.To, Price: r.Price})
		}
	}
	s.Prices = rules
	other := slices.DeleteFunc(slices.Clone(days), func(d Date) bool { return s.PriceOn(d) == price })
	var first []PriceRule
	for _, r := range Ranges(other) {
		first = append(first, PriceRule{From: r.From, To: r.To, Price: price})
	}
	s.Prices = slices.Concat(first, rules)
}
