package console

import (
	"cmp"
	"slices"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// slotRow is who comes to one slot of some products that share their places.
type slotRow struct {
	Slot     tickets.Slot
	Products []tickets.Product
	Sold     int
	Held     int
	Capacity int
	Admitted int64
}

// Full is how much of the capacity is sold, in per cent.
func (s slotRow) Full() int {
	if s.Capacity <= 0 {
		return 0
	}
	return min(s.Sold*100/s.Capacity, 100)
}

// visitsOn lists a day's slots that somebody comes to, the earliest first.
func visitsOn(r tickets.Reader, cat *tickets.Catalog, day tickets.Date, n checkout.Numbers) ([]slotRow, error) {
	var out []slotRow
	for _, pool := range cat.Pools {
		products := productsOf(cat, pool.ID)
		stocks, err := r.Stocks(cat.Merchant.ID, pool.ID, day, day)
		if err != nil {
			return nil, err
		}
		for _, s := range stocks {
			if s.Sold == 0 {
				continue
			}
			row := slotRow{Slot: s.Key.Slot, Products: products, Sold: s.Sold, Held: s.Held, Capacity: s.Capacity}
			same := func(x slotRow) bool { return x.Slot == row.Slot && sameProducts(x.Products, products) }
			if i := slices.IndexFunc(out, same); i >= 0 { // a product of several pools
				out[i].Sold, out[i].Held, out[i].Capacity = out[i].Sold+s.Sold, out[i].Held+s.Held, out[i].Capacity+s.Capacity
				continue
			}
			for _, p := range products {
				row.Admitted += n.Of(checkout.TallyVisits, day, string(p.ID)+"@"+s.Key.Slot.Start)
			}
			out = append(out, row)
		}
	}
	slices.SortStableFunc(out, func(a, b slotRow) int { return cmp.Compare(a.Slot.Start, b.Slot.Start) })
	return out, nil
}

// productsOf lists the products that are sold from a pool.
func productsOf(cat *tickets.Catalog, pool tickets.PoolID) []tickets.Product {
	var out []tickets.Product
	for _, p := range cat.Products {
		if slices.ContainsFunc(cat.SKUsOf(p.ID), func(s tickets.SKU) bool { return s.Pool == pool }) {
			out = append(out, p)
		}
	}
	return out
}

func sameProducts(a, b []tickets.Product) bool {
	return slices.EqualFunc(a, b, func(x, y tickets.Product) bool { return x.ID == y.ID })
}

// toIssue lists paid orders whose tickets a person issues, those that wait longest first.
func toIssue(r tickets.Reader, limit int) ([]tickets.Order, error) {
	var out []tickets.Order
	for _, stage := range []tickets.Stage{tickets.StagePaid, tickets.StageFulfilling} {
		found, _, err := r.Orders(tickets.OrderQuery{Stage: stage, Page: tickets.Page{Limit: issueMost}})
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	slices.SortStableFunc(out, func(a, b tickets.Order) int { return a.Changed.Compare(b.Changed) })
	return out[:min(len(out), limit)], nil
}

// issueMost is how many orders of a stage are looked at.
const issueMost = 200
