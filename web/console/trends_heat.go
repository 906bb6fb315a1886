package console

import (
	"fmt"

	"boxoffice/tickets"
)

// heatMap is how full the days around today are, a row a week.
type heatMap struct {
	Product tickets.ProductID // "" is all
	Days    [7]string         // names of the weekdays
	Weeks   []heatWeek
}

type heatWeek struct {
	Of   tickets.Date // its Monday
	Days [7]heatDay
}

// heatDay is one day: places sold of those there are.
type heatDay struct {
	Date     tickets.Date
	Sold     int
	Capacity int
	Past     bool
	Today    bool
}

// Full is the share that is sold, in per cent.
func (d heatDay) Full() int {
	if d.Capacity <= 0 {
		return 0
	}
	return min(d.Sold*100/d.Capacity, 100)
}

// Class is the day's colour: h0 to h5, closed without places.
func (d heatDay) Class() string {
	switch full := d.Full(); {
	case d.Capacity == 0:
		return "closed"
	case d.Sold == 0:
		return "h0"
	case full >= 95:
		return "h5"
	default:
		return fmt.Sprintf("h%d", 1+full/25)
	}
}

// Day of the month.
func (d heatDay) Day() int { _, _, day := d.Date.Civil(); return day }

// Weeks of the map, before and after this one.
const (
	heatBack  = 4
	heatAhead = 12
)

// heat reads how full the days are, of one product or of all.
func (v *visit) heat(product tickets.ProductID) (heatMap, error) {
	h := heatMap{Days: v.Words.Weekdays()}
	if _, err := v.Cat.Product(product); err == nil {
		h.Product = product
	}
	today := v.Today()
	monday := today - tickets.Date((int(today.Weekday())+6)%7)
	from, to := monday-7*heatBack, monday+7*heatAhead-1
	stocks := map[tickets.StockKey]tickets.Stock{}
	err := v.view(func(r tickets.Reader) error {
		for _, p := range v.Cat.Pools {
			found, err := r.Stocks(v.Cat.Merchant.ID, p.ID, from, to)
			if err != nil {
				return err
			}
			for _, s := range found {
				stocks[s.Key] = s
			}
		}
		return nil
	})
	for week := from; week <= to; week += 7 {
		row := heatWeek{Of: week}
		for i := range row.Days {
			row.Days[i] = v.heatDay(h.Product, week+tickets.Date(i), stocks)
			row.Days[i].Past, row.Days[i].Today = row.Days[i].Date < today, row.Days[i].Date == today
		}
		h.Weeks = append(h.Weeks, row)
	}
	return h, err
}

// heatDay sums the places of a day's slots. A pool that products share counts once.
func (v *visit) heatDay(product tickets.ProductID, day tickets.Date, stocks map[tickets.StockKey]tickets.Stock) heatDay {
	d := heatDay{Date: day}
	seen := map[tickets.StockKey]bool{}
	for _, p := range v.Cat.Products {
		if product != "" && p.ID != product {
			continue
		}
		for _, slot := range p.Calendar.On(day) {
			for _, sku := range v.Cat.SKUsOf(p.ID) {
				key := tickets.StockKey{Merchant: v.Cat.Merchant.ID, Pool: sku.Pool, Slot: slot}
				if seen[key] {
					continue
				}
				seen[key] = true
				if s, ok := stocks[key]; ok {
					d.Sold, d.Capacity = d.Sold+s.Sold, d.Capacity+s.Capacity
				} else if pool, err := v.Cat.Pool(sku.Pool); err == nil {
					d.Capacity += pool.CapacityOn(slot)
				}
			}
		}
	}
	return d
}
