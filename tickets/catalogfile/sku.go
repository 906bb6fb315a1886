package catalogfile

import (
	"fmt"
	"strconv"
	"strings"

	"boxoffice/tickets"
)

func (p *filler) sku(o *object, pr tickets.Product) {
	k := tickets.SKU{
		ID: tickets.SKUID(p.id(o, "sku_id", "sku")), Product: pr.ID, Names: p.names(o), Admits: 1,
		MaxPerOrder:    int(o.integer("max_per_order", 1, maxUnits)),
		MaxPerCustomer: int(o.integer("max_per_customer", 1, maxUnits)),
		TicketMode:     tickets.TicketMode(o.enum("ticket_mode", string(tickets.TicketPerOrder), string(tickets.TicketPerUnit))),
	}
	k.Price = p.price(o, pr)
	if o.vals["admits"] != nil {
		k.Admits = int(o.integer("admits", 1, maxAdmits))
	}
	if pr.MaxPlaces() < k.Admits {
		o.add(o.node, o.at("admits"), fmt.Sprintf("one unit takes %d places, an order at most %d", k.Admits, pr.MaxPlaces()),
			"raise max_places of the product, or lower admits")
	}
	if o.need("pool", "name the pool that its places come from") {
		k.Pool = tickets.PoolID(o.text("pool"))
		if !p.pools[k.Pool] {
			o.wrong("pool", fmt.Sprintf("there is no pool %q", clip(string(k.Pool))), suggestPool(string(k.Pool), p.out.Pools))
		}
	}
	if o.text("fulfilment") == "supplier" {
		o.wrong("fulfilment", "supplier is not available in this version", "write instant or manual")
	} else {
		k.Fulfilment = tickets.FulfilmentMode(o.enum("fulfilment", string(tickets.FulfilInstant), string(tickets.FulfilManual)))
	}
	o.children("prices", "price", func(v *object) {
		rule := tickets.PriceRule{Weekdays: v.weekdays("weekdays")}
		if n := v.vals["dates"]; n != nil {
			if r, ok := v.dates(n, v.at("dates"), true); ok {
				rule.From, rule.To = r.From, r.To
			}
		}
		rule.Price = p.price(v, pr)
		k.Prices = append(k.Prices, rule)
	})
	p.out.SKUs = append(p.out.SKUs, k)
}

func suggestPool(name string, pools []tickets.Pool) string {
	if len(pools) == 0 {
		return "write the pool under pools:"
	}
	var ids []string
	for _, p := range pools {
		ids = append(ids, string(p.ID))
	}
	return suggest(name, ids)
}

// price is a unit's price: minor units of the merchant's currency, or whole Stars, at least one, where the product is
// digital. Nothing digital is free: what is given away needs no payment in Telegram.
func (p *filler) price(o *object, pr tickets.Product) int64 {
	fix, least := "write it in minor units: price: 11900 is 119.00", int64(0)
	if pr.Digital {
		fix, least = "write whole Telegram Stars: price: 150", 1
	}
	if !o.need("price", fix) {
		return 0
	}
	return o.minor("price", least, p.out.CurrencyOf(pr))
}

// minor reads an amount of at least least in minor units. A decimal is refused with the number to write: nothing about
// money is guessed.
func (o *object) minor(key string, least int64, cur tickets.Currency) int64 {
	if o.vals[key] == nil {
		return 0
	}
	s, ok := o.scalar(o.vals[key], o.at(key))
	if !ok {
		return 0
	}
	s = strings.TrimSpace(s)
	whole, frac, decimal := strings.Cut(s, ".")
	if !decimal {
		return o.integer(key, least, maxPrice)
	}
	unit := "minor units"
	if cur == tickets.Stars {
		unit = "Stars"
	}
	fix := "write a whole number of " + unit
	exp := cur.Exponent()
	for len(frac) > exp && strings.HasSuffix(frac, "0") {
		frac = frac[:len(frac)-1]
	}
	if len(frac) <= exp {
		if n, err := strconv.ParseInt(whole+frac+strings.Repeat("0", exp-len(frac)), 10, 64); err == nil && n >= least {
			fix = fmt.Sprintf("write %d", n)
		}
	}
	o.wrong(key, fmt.Sprintf("%q is not in %s", clip(s), unit), fix)
	return 0
}
