package console

import (
	"slices"

	"boxoffice/tickets"
)

// calSlot is what one pool has on one slot.
type calSlot struct {
	Slot     tickets.Slot
	Pool     tickets.PoolID
	Capacity int
	Held     int
	Sold     int
	Open     bool
}

// Left is how many places can be sold.
func (s calSlot) Left() int {
	if !s.Open {
		return 0
	}
	return max(s.Capacity-s.Held-s.Sold, 0)
}

// Over reports whether more is sold than there is.
func (s calSlot) Over() bool { return s.Held+s.Sold > s.Capacity }

// Load is how full it is: 0 nothing to 5 everything.
func (s calSlot) Load() int { return load(s.Sold+s.Held, s.Capacity) }

// load is a share in steps from 0, nothing, to 5, everything.
func load(taken, of int) int {
	switch {
	case taken <= 0:
		return 0
	case taken >= of:
		return 5
	default:
		return min(1+taken*4/of, 4)
	}
}

// calDay is a day of a product, or of all.
type calDay struct {
	Date     tickets.Date
	Slots    []calSlot
	Open     bool
	Capacity int
	Held     int
	Sold     int
	From     tickets.Money // the cheapest price; no currency where there is none to tell
	In       bool          // of the month that is shown
	Past     bool
	Today    bool
	Checked  bool
}

// Day of the month.
func (d calDay) Day() int { _, _, n := d.Date.Civil(); return n }

// Load is how full the day is: 0 nothing to 5 everything.
func (d calDay) Load() int { return load(d.Sold+d.Held, d.Capacity) }

// Left is how many places can still be sold.
func (d calDay) Left() int { return max(d.Capacity-d.Held-d.Sold, 0) }

// Taken are the places that customers have.
func (d calDay) Taken() int { return d.Sold + d.Held }

// calendarDays are the days from a first to a last of a product, or of all for "".
func calendarDays(r tickets.Reader, cat *tickets.Catalog, id tickets.ProductID, from, to tickets.Date) ([]calDay, error) {
	stocks := map[tickets.StockKey]tickets.Stock{}
	pools := cat.PoolsOf(id)
	for _, p := range pools {
		have, err := r.Stocks(cat.Merchant.ID, p.ID, from, to)
		if err != nil {
			return nil, err
		}
		for _, s := range have {
			stocks[s.Key] = s
		}
	}
	out := make([]calDay, 0, to-from+1)
	for d := from; d <= to; d++ {
		day := calDay{Date: d, From: cheapest(cat, id, d)}
		for _, p := range pools {
			for _, s := range slotsOf(cat, id, p, d, stocks) {
				day.Slots = append(day.Slots, s)
				day.Held, day.Sold = day.Held+s.Held, day.Sold+s.Sold
				if s.Open {
					day.Open, day.Capacity = true, day.Capacity+s.Capacity
				}
			}
		}
		slices.SortStableFunc(day.Slots, func(a, b calSlot) int {
			switch {
			case a.Slot.Start < b.Slot.Start:
				return -1
			case a.Slot.Start > b.Slot.Start:
				return 1
			default:
				return 0
			}
		})
		out = append(out, day)
	}
	return out, nil
}

// slotsOf are a pool's slots on a day: those that are open for a product that draws from it, and those that have places
// sold although they are closed.
func slotsOf(cat *tickets.Catalog, id tickets.ProductID, p tickets.Pool, d tickets.Date, stocks map[tickets.StockKey]tickets.Stock) []calSlot {
	var out []calSlot
	add := func(s tickets.Slot, open bool) {
		if i := slices.IndexFunc(out, func(x calSlot) bool { return x.Slot == s }); i >= 0 {
			out[i].Open = out[i].Open || open
			return
		}
		st, ok := stocks[tickets.StockKey{Merchant: cat.Merchant.ID, Pool: p.ID, Slot: s}]
		if !ok {
			st.Capacity = p.CapacityOn(s)
		}
		if open || st.Held+st.Sold > 0 {
			out = append(out, calSlot{Slot: s, Pool: p.ID, Capacity: st.Capacity, Held: st.Held, Sold: st.Sold, Open: open})
		}
	}
	for _, pr := range drawing(cat, id, p.ID) {
		for _, s := range pr.Calendar.On(d) {
			add(s, true)
		}
		if len(pr.Calendar.Slots) == 0 {
			add(tickets.Slot{Date: d}, false)
		}
		for _, t := range pr.Calendar.Slots {
			add(tickets.Slot{Date: d, Start: t.Start}, false)
		}
	}
	return out
}

// drawing are the products, or the one, that draw from a pool.
func drawing(cat *tickets.Catalog, id tickets.ProductID, pool tickets.PoolID) []tickets.Product {
	var out []tickets.Product
	for _, p := range cat.Products {
		uses := func(s tickets.SKU) bool { return s.Product == p.ID && s.Pool == pool }
		if (id == "" || id == p.ID) && slices.ContainsFunc(cat.SKUs, uses) {
			out = append(out, p)
		}
	}
	return out
}

// cheapest is the lowest price of a product on a day, or of all that are open and sold for the merchant's money.
func cheapest(cat *tickets.Catalog, id tickets.ProductID, d tickets.Date) tickets.Money {
	var out tickets.Money
	for _, p := range cat.Products {
		if id != "" && p.ID != id || id == "" && (cat.CurrencyOf(p) != cat.Merchant.Currency || !p.Calendar.Open(d)) {
			continue
		}
		for _, s := range cat.SKUsOf(p.ID) {
			if price := s.PriceOn(d); out.Currency == "" || price < out.Amount {
				out = tickets.Money{Amount: price, Currency: cat.CurrencyOf(p)}
			}
		}
	}
	return out
}
