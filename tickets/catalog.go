package tickets

import (
	"slices"
	"sort"
	"time"
)

// Texts holds one text per language tag ("en", "zh-Hans", "zh-Hant").
type Texts map[string]string

// Pick returns the text in lang, else a near language's (the other Chinese), else English, else the first by tag.
func (t Texts) Pick(lang string) string {
	order := []string{lang, "en"}
	switch lang {
	case "zh-Hans":
		order = []string{lang, "zh-Hant", "en"}
	case "zh-Hant":
		order = []string{lang, "zh-Hans", "en"}
	}
	for _, l := range order {
		if s := t[l]; s != "" {
			return s
		}
	}
	tags := make([]string, 0, len(t))
	for l := range t {
		tags = append(tags, l)
	}
	sort.Strings(tags)
	for _, l := range tags {
		if t[l] != "" {
			return t[l]
		}
	}
	return ""
}

// Merchant is who sells.
type Merchant struct {
	ID        MerchantID `json:"id"`
	Names     Texts      `json:"names"`
	Zone      string     `json:"zone"` // IANA name; visit dates and times are in it
	Currency  Currency   `json:"currency"`
	Languages []string   `json:"languages,omitempty"` // offered to customers, the first is the default
	Support   Texts      `json:"support,omitempty"`   // how to reach a person
	Terms     Texts      `json:"terms,omitempty"`
	Privacy   Texts      `json:"privacy,omitempty"`
	Prefix    string     `json:"prefix,omitempty"` // of order codes; "" is TG

	ApproveAbove int64 `json:"approve_above,omitempty"` // money decisions above so many minor units of Currency, and all in others, need two people; 0: never
}

// TakesTwo reports whether a decision about an amount needs two people. The limit is in the merchant's currency; what it is
// worth in another nobody says, so that money in another always takes two.
func (m Merchant) TakesTwo(amount Money) bool {
	return m.ApproveAbove > 0 && (amount.Amount > m.ApproveAbove || amount.Currency != m.Currency)
}

// Location is the merchant's time zone. It fails with Invalid.
func (m Merchant) Location() (*time.Location, error) { return loadZone(m.Zone) }

// Place is where a product is visited.
type Place struct {
	Names   Texts   `json:"names,omitempty"`
	Address Texts   `json:"address,omitempty"`
	Lat     float64 `json:"lat,omitempty"` // degrees, WGS 84; a position is not money
	Lon     float64 `json:"lon,omitempty"`
}

// Product is what people visit.
type Product struct {
	ID           ProductID `json:"id"`
	Names        Texts     `json:"names"`
	Descriptions Texts     `json:"descriptions,omitempty"`
	Photo        string    `json:"photo,omitempty"` // https URL
	Place        Place     `json:"place,omitzero"`
	Calendar     Calendar  `json:"calendar,omitzero"`
	Sales        Sales     `json:"sales,omitzero"`
	Hidden       bool      `json:"hidden,omitempty"`      // reachable by deep link only
	MaxPerOrder  int       `json:"max_places,omitempty"`  // places per order over all SKUs; 0 is DefaultMaxPlaces
	Rules        Texts     `json:"rules,omitempty"`       // what the visitor should know; shown with the ticket
	LatePolicy   string    `json:"late_policy,omitempty"` // "" or "honour": late money gets places if there are any; "review": a person decides

	Refund  RefundPolicy `json:"refund,omitzero"`   // what customers get back by asking
	Digital bool         `json:"digital,omitempty"` // nothing to visit in person: priced and paid in Telegram Stars (XTR)
}

// DefaultMaxPlaces is how many places one order may hold where the product says nothing.
const DefaultMaxPlaces = 20

// MostPlaces bounds every order: it is what one signed ticket text can say.
const MostPlaces = 255

// MaxPlaces is the limit of places in one order, at most MostPlaces.
func (p Product) MaxPlaces() int {
	if p.MaxPerOrder > 0 {
		return min(p.MaxPerOrder, MostPlaces)
	}
	return DefaultMaxPlaces
}

// PriceRule is a price for a season or for some weekdays.
type PriceRule struct {
	From     Date     `json:"from,omitempty"` // 0 is no bound
	To       Date     `json:"to,omitempty"`   // 0 is no bound
	Weekdays Weekdays `json:"weekdays,omitempty"`
	Price    int64    `json:"price"` // minor units
}

func (r PriceRule) has(d Date) bool {
	return (r.From == 0 || d >= r.From) && (r.To == 0 || d <= r.To) && r.Weekdays.Has(d.Weekday())
}

// TicketMode says how many tickets an order's line becomes.
type TicketMode string

// The ticket modes.
const (
	TicketPerOrder TicketMode = "order" // one ticket, good for all places of the order's lines in this mode
	TicketPerUnit  TicketMode = "unit"  // one ticket a unit
)

// FulfilmentMode says who issues the tickets.
type FulfilmentMode string

// The fulfilment modes.
const (
	FulfilInstant FulfilmentMode = "instant" // in the transaction that records the money
	FulfilManual  FulfilmentMode = "manual"  // a member presses Issue
)

// SKU is one price of a product.
type SKU struct {
	ID             SKUID          `json:"sku_id"`
	Product        ProductID      `json:"product"`
	Names          Texts          `json:"names"`
	Price          int64          `json:"price"`  // minor units of the merchant's currency, or Stars for a digital product
	Admits         int            `json:"admits"` // people per unit, at least 1
	Pool           PoolID         `json:"pool"`
	Prices         []PriceRule    `json:"prices,omitempty"` // the first that fits wins over Price
	MaxPerOrder    int            `json:"max_per_order,omitempty"`
	MaxPerCustomer int            `json:"max_per_customer,omitempty"` // units per visit date over all the customer's live orders
	TicketMode     TicketMode     `json:"ticket_mode,omitempty"`      // "" is order
	Fulfilment     FulfilmentMode `json:"fulfilment,omitempty"`       // "" is instant
}

// PriceOn is the price of a unit for a visit on d, in minor units.
func (s SKU) PriceOn(d Date) int64 {
	for _, r := range s.Prices {
		if r.has(d) {
			return r.Price
		}
	}
	return s.Price
}

// CapacityRule overrides a pool's capacity on some dates.
type CapacityRule struct {
	From     Date   `json:"from"`
	To       Date   `json:"to"`
	Start    string `json:"start,omitempty"` // "" is every slot of the dates
	Capacity int    `json:"capacity"`
}

// Pool is capacity that SKUs share on a slot.
type Pool struct {
	ID        PoolID         `json:"id"`
	Capacity  int            `json:"capacity"` // places per slot
	Overrides []CapacityRule `json:"overrides,omitempty"`
}

// CapacityOn is the pool's capacity on s: the last override that fits, else the usual one.
func (p Pool) CapacityOn(s Slot) int {
	c := p.Capacity
	for _, o := range p.Overrides {
		if o.From <= s.Date && s.Date <= o.To && (o.Start == "" || o.Start == s.Start) {
			c = o.Capacity
		}
	}
	return c
}

// Catalog is all that one merchant sells. It is stored whole, with a revision that grows by one at each change; a
// value read from the store must not be changed.
type Catalog struct {
	Revision int64     `json:"revision"`
	Merchant Merchant  `json:"merchant"`
	Products []Product `json:"products"`
	Pools    []Pool    `json:"pools"`
	SKUs     []SKU     `json:"skus"`
}

// Product finds a product. It fails with NotFound.
func (c *Catalog) Product(id ProductID) (Product, error) {
	if i := slices.IndexFunc(c.Products, func(p Product) bool { return p.ID == id }); i >= 0 {
		return c.Products[i], nil
	}
	return Product{}, Refuse(NotFound, "product %q", id)
}

// CurrencyOf is what a product's prices are in: the merchant's currency, or Stars for what is digital.
func (c *Catalog) CurrencyOf(p Product) Currency {
	if p.Digital {
		return Stars
	}
	return c.Merchant.Currency
}

// SKU finds a SKU. It fails with NotFound.
func (c *Catalog) SKU(id SKUID) (SKU, error) {
	if i := slices.IndexFunc(c.SKUs, func(s SKU) bool { return s.ID == id }); i >= 0 {
		return c.SKUs[i], nil
	}
	return SKU{}, Refuse(NotFound, "sku %q", id)
}

// Pool finds a pool. It fails with NotFound.
func (c *Catalog) Pool(id PoolID) (Pool, error) {
	if i := slices.IndexFunc(c.Pools, func(p Pool) bool { return p.ID == id }); i >= 0 {
		return c.Pools[i], nil
	}
	return Pool{}, Refuse(NotFound, "pool %q", id)
}

// SKUsOf lists a product's SKUs in catalog order.
func (c *Catalog) SKUsOf(id ProductID) []SKU {
	var out []SKU
	for _, s := range c.SKUs {
		if s.Product == id {
			out = append(out, s)
		}
	}
	return out
}

// Visible lists the products that customers browse.
func (c *Catalog) Visible() []Product {
	var out []Product
	for _, p := range c.Products {
		if !p.Hidden {
			out = append(out, p)
		}
	}
	return out
}
