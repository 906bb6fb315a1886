package tickets

import "time"

// Choice is what a customer picked before there are prices: units of a SKU.
type Choice struct {
	SKU   SKUID `json:"sku_id"`
	Units int   `json:"units"`
}

// Line is a quoted or ordered choice: the price and the places are fixed from then on.
type Line struct {
	SKU         SKUID          `json:"sku_id"`
	Names       Texts          `json:"names"`
	Units       int            `json:"units"`
	Admits      int            `json:"admits"`
	Pool        PoolID         `json:"pool"`
	UnitPrice   int64          `json:"unit_price"` // minor units
	TicketMode  TicketMode     `json:"ticket_mode"`
	Fulfilment  FulfilmentMode `json:"fulfilment"`
	MaxCustomer int            `json:"max_per_customer,omitempty"`
}

// Places of the line: units × admits.
func (l Line) Places() int { return l.Units * l.Admits }

// Amount of the line in minor units.
func (l Line) Amount() int64 { return l.UnitPrice * int64(l.Units) }

// Quote fixes prices for one customer until a time.
type Quote struct {
	Product  ProductID `json:"product"`
	Slot     Slot      `json:"slot"`
	Lines    []Line    `json:"lines"`
	Total    Money     `json:"total"`
	At       time.Time `json:"at"`
	Until    time.Time `json:"until"`
	Revision int64     `json:"revision"` // of the catalog it was made from

	Refund RefundPolicy `json:"refund,omitzero"` // what asking for the money back gives, whatever the catalog says later
}

// Places of the whole quote.
func (q Quote) Places() int {
	n := 0
	for _, l := range q.Lines {
		n += l.Places()
	}
	return n
}

// Draws says how many places of each pool the lines take, in the order the pools first appear.
func Draws(lines []Line) []Draw {
	var out []Draw
next:
	for _, l := range lines {
		for i := range out {
			if out[i].Pool == l.Pool {
				out[i].Places += l.Places()
				continue next
			}
		}
		out = append(out, Draw{l.Pool, l.Places()})
	}
	return out
}

// Draw is places of one pool.
type Draw struct {
	Pool   PoolID `json:"pool"`
	Places int    `json:"places"`
}

// maxAmount bounds an order's total in minor units, far under any overflow.
const maxAmount = 1_000_000_000_000

// MakeQuote prices choices for a visit, good from now for ttl. It refuses with NotFound, Closed (see
// [Product.OnSale]), Limit (args sku or none, max) or Invalid; it does not look at stock.
func (c *Catalog) MakeQuote(id ProductID, s Slot, choices []Choice, now time.Time, ttl time.Duration) (Quote, error) {
	p, err := c.Product(id)
	if err != nil {
		return Quote{}, err
	}
	loc, err := c.Merchant.Location()
	if err != nil {
		return Quote{}, err
	}
	if err := p.OnSale(s, now, loc); err != nil {
		return Quote{}, err
	}
	q := Quote{
		Product: id, Slot: s, At: Milli(now), Until: Milli(now.Add(ttl)), Revision: c.Revision,
		Total: Money{Currency: c.CurrencyOf(p)}, Refund: p.Refund,
	}
	seen := map[SKUID]bool{}
	for _, ch := range choices {
		if ch.Units == 0 {
			continue
		}
		if seen[ch.SKU] {
			return Quote{}, Refuse(Invalid, "sku %s twice in one order", ch.SKU)
		}
		seen[ch.SKU] = true
		l, err := c.line(id, s, ch)
		if err != nil {
			return Quote{}, err
		}
		q.Lines = append(q.Lines, l)
		if l.UnitPrice > 0 && int64(l.Units) > (maxAmount-q.Total.Amount)/l.UnitPrice {
			return Quote{}, Refuse(Limit, "the total is too large")
		}
		q.Total.Amount += l.Amount()
	}
	if len(q.Lines) == 0 {
		return Quote{}, Refuse(Invalid, "nothing chosen")
	}
	if q.Places() > p.MaxPlaces() {
		return Quote{}, Refuse(Limit, "%d places in one order, at most %d", q.Places(), p.MaxPlaces()).With("max", p.MaxPlaces())
	}
	return q, nil
}

func (c *Catalog) line(id ProductID, s Slot, ch Choice) (Line, error) {
	k, err := c.SKU(ch.SKU)
	if err != nil {
		return Line{}, err
	}
	if k.Product != id {
		return Line{}, Refuse(NotFound, "sku %s is not of product %s", ch.SKU, id)
	}
	if ch.Units < 0 || ch.Units > 10_000 {
		return Line{}, Refuse(Invalid, "%d units", ch.Units)
	}
	if k.MaxPerOrder > 0 && ch.Units > k.MaxPerOrder {
		return Line{}, Refuse(Limit, "%d of %s in one order, at most %d", ch.Units, k.ID, k.MaxPerOrder).
			With("max", k.MaxPerOrder).With("sku", string(k.ID))
	}
	l := Line{
		SKU: k.ID, Names: k.Names, Units: ch.Units, Admits: max(k.Admits, 1), Pool: k.Pool, UnitPrice: k.PriceOn(s.Date),
		TicketMode: k.TicketMode, Fulfilment: k.Fulfilment, MaxCustomer: k.MaxPerCustomer,
	}
	if l.TicketMode == "" {
		l.TicketMode = TicketPerOrder
	}
	if l.Fulfilment == "" {
		l.Fulfilment = FulfilInstant
	}
	return l, nil
}
