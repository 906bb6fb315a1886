package catalogfile

import (
	"fmt"
	"slices"
	"strings"

	"boxoffice/tickets"
)

// Warnings lists what is legal in a catalog but probably not meant, one line each; none for most catalogs.
func Warnings(c tickets.Catalog) []string {
	var w warner
	used := map[tickets.PoolID][]tickets.ProductID{}
	for _, k := range c.SKUs {
		used[k.Pool] = append(used[k.Pool], k.Product)
		w.sku(c, k)
	}
	for _, p := range c.Pools {
		w.pool(c, p, used[p.ID])
	}
	for _, p := range c.Products {
		if len(c.SKUsOf(p.ID)) == 0 {
			w.say("product %s has no SKUs: nobody can buy it", p.ID)
		}
		if p.Calendar.Closes != "" && slices.ContainsFunc(p.Calendar.Slots, func(s tickets.TimeSlot) bool { return s.Start >= p.Calendar.Closes }) {
			w.say("product %s has a time slot at or after its closing time %s", p.ID, p.Calendar.Closes)
		}
		w.refunds(p)
		w.languages(c.Merchant, "product "+string(p.ID), p.Names, p.Descriptions, p.Rules)
	}
	if len(c.Visible()) == 0 {
		w.say("no product is visible: customers see an empty shop")
	}
	w.languages(c.Merchant, "the merchant", c.Merchant.Names, c.Merchant.Support, c.Merchant.Terms, c.Merchant.Privacy)
	if len(c.Merchant.Support) == 0 {
		w.say("the merchant has no support text: /support cannot say how to reach a person")
	}
	return w
}

type warner []string

func (w *warner) say(format string, args ...any) { *w = append(*w, fmt.Sprintf(format, args...)) }

func (w *warner) pool(c tickets.Catalog, p tickets.Pool, products []tickets.ProductID) {
	if len(products) == 0 {
		w.say("pool %s is used by no SKU", p.ID)
		return
	}
	if p.Capacity == 0 && len(p.Overrides) == 0 {
		w.say("pool %s has no places: what draws from it is always sold out", p.ID)
	}
	for _, o := range p.Overrides {
		known := func(id tickets.ProductID) bool {
			pr, err := c.Product(id)
			return err == nil && slices.ContainsFunc(pr.Calendar.Slots, func(s tickets.TimeSlot) bool { return s.Start == o.Start })
		}
		if o.Start != "" && !slices.ContainsFunc(products, known) {
			w.say("pool %s has an override at %s, but no product with that time slot draws from it", p.ID, o.Start)
		}
	}
}

func (w *warner) sku(c tickets.Catalog, k tickets.SKU) {
	for i, r := range k.Prices {
		if r.From == 0 && r.To == 0 && len(r.Weekdays) == 0 {
			w.say("SKU %s: price rule %d fits every day, so that neither the price nor later rules are ever used", k.ID, i+1)
		}
	}
	if p, err := c.Product(k.Product); err == nil && k.MaxPerOrder*k.Admits > p.MaxPlaces() {
		w.say("SKU %s allows %d units an order, but product %s only %d places", k.ID, k.MaxPerOrder, p.ID, p.MaxPlaces())
	}
	w.languages(c.Merchant, "SKU "+string(k.ID), k.Names)
}

// languages warns where a text lacks a language that the merchant offers.
func (w *warner) languages(m tickets.Merchant, what string, all ...tickets.Texts) {
	var missing []string
	for _, l := range m.Languages {
		lacks := func(t tickets.Texts) bool { return len(t) > 0 && t[l] == "" }
		if slices.ContainsFunc(all, lacks) {
			missing = append(missing, l)
		}
	}
	if len(missing) > 0 {
		w.say("%s lacks texts in %s", what, strings.Join(missing, ", "))
	}
}
