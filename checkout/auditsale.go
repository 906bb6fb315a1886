package checkout

import (
	"hash/maphash"
	"time"

	"boxoffice/tickets"
)

// This file judges sales by what was sold when, and to whom.

// bulk is how much of a limited SKU a customer has on a date, and the most that one of the orders allows.
type bulk struct{ units, most int32 }

// sale takes in an order: since when the present catalog is in force, I12, and what I11 needs.
func (a *audit) sale(o *tickets.Order) {
	if a.catalog != nil && o.Quote.Revision == a.catalog.Revision {
		if a.present.IsZero() || o.Quote.Until.Before(a.present) {
			a.present = o.Quote.Until
		}
		a.onSale(o)
	}
	eachLimited(o, func(l *tickets.Line) {
		key := maphash.Comparable(keySeed, limited{o.Buyer.Customer, l.SKU, o.Slot().Date})
		b := a.bulks[key]
		a.bulks[key] = bulk{b.units + int32(l.Units), max(b.most, int32(l.MaxCustomer))}
	})
}

// onSale checks that an order was placed while its slot was on sale: one that was quoted by the present catalog, so that it
// was placed by it, and that has its first places, so that its slot is the one that was sold.
func (a *audit) onSale(o *tickets.Order) {
	loc, err := a.catalog.Merchant.Location()
	if err != nil || o.Gen != 1 {
		return // that the zone is none is said elsewhere
	}
	p, err := a.catalog.Product(o.Quote.Product)
	if err == nil {
		err = p.OnSale(o.Slot(), o.At, loc)
	}
	if err != nil {
		a.fault("I12", string(o.ID), "placed at %s: %v", Stamp(o.At), err)
	}
}

// limited is what a customer may have so many of.
type limited struct {
	customer tickets.CustomerID
	sku      tickets.SKUID
	date     tickets.Date
}

// eachLimited calls fn with an order's lines that were counted when later ones were placed: of an order that never ended,
// which has its first places, and was placed when sales were surely open by every zone.
func eachLimited(o *tickets.Order, fn func(*tickets.Line)) {
	if o.Buyer.Customer == "" || o.Gen != 1 || o.Ended() || o.At.Before((o.Slot().Date-tickets.DefaultDaysAhead+2).At("", time.UTC)) {
		return
	}
	for i := range o.Quote.Lines {
		if l := &o.Quote.Lines[i]; l.MaxCustomer > 0 {
			fn(l)
		}
	}
}

// hoards finds customers who have more of a SKU on a date than any of their orders allows: I11. Only where the hashes say
// so are the names themselves counted.
func (a *audit) hoards() error {
	many := map[uint64]bool{}
	for key, b := range a.bulks {
		if b.units > b.most {
			many[key] = true
		}
	}
	if len(many) == 0 {
		return nil
	}
	sums := map[limited]bulk{}
	var found []limited
	err := a.r.Walk(func(thing any) error {
		o, ok := thing.(*tickets.Order)
		if !ok {
			return nil
		}
		eachLimited(o, func(l *tickets.Line) {
			who := limited{o.Buyer.Customer, l.SKU, o.Slot().Date}
			if !many[maphash.Comparable(keySeed, who)] {
				return
			}
			b, seen := sums[who]
			if !seen {
				found = append(found, who)
			}
			sums[who] = bulk{b.units + int32(l.Units), max(b.most, int32(l.MaxCustomer))}
		})
		return nil
	})
	for _, who := range found {
		if b := sums[who]; b.units > b.most {
			a.fault("I11", string(who.customer), "%d of %s on %s, at most %d a customer and date", b.units, who.sku, who.date, b.most)
		}
	}
	return err
}
