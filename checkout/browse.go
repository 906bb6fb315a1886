package checkout

import (
	"context"
	"errors"
	"slices"

	"boxoffice/tickets"
)

// Day is one slot as a customer sees it before choosing.
type Day struct {
	Slot     tickets.Slot
	From     int64 // the cheapest SKU's price in minor units
	Currency tickets.Currency
	Left     int  // places left in the pool that has most
	Sold     bool // nobody more fits: not even the SKU that takes the fewest places
}

// Days lists at most limit slots of a product on sale from a date on, in order of time, sold-out ones included. It
// fails with NotFound.
func (d *Desk) Days(ctx context.Context, id tickets.ProductID, from tickets.Date, limit int) ([]Day, error) {
	var out []Day
	now := d.now()
	err := d.Store.View(ctx, func(r tickets.Reader) error {
		out = nil
		cat, err := r.Catalog()
		if err != nil {
			return err
		}
		p, err := cat.Product(id)
		if err != nil {
			return err
		}
		loc, err := cat.Merchant.Location()
		if err != nil {
			return err
		}
		slots := p.SlotsOnSale(from, limit, now, loc)
		if len(slots) == 0 {
			return nil
		}
		left, err := leftBetween(r, cat, id, slots[0].Date, slots[len(slots)-1].Date)
		if err != nil {
			return err
		}
		for _, s := range slots {
			out = append(out, day(cat, id, s, left))
		}
		return nil
	})
	return out, err
}

// leftBetween returns a function that says how many places of a pool are left on a slot.
func leftBetween(r tickets.Reader, cat *tickets.Catalog, id tickets.ProductID, from, to tickets.Date) (func(tickets.PoolID, tickets.Slot) int, error) {
	known := map[tickets.StockKey]int{}
	for _, k := range cat.SKUsOf(id) {
		stocks, err := r.Stocks(cat.Merchant.ID, k.Pool, from, to)
		if err != nil {
			return nil, err
		}
		for _, s := range stocks {
			known[s.Key] = s.Left()
		}
	}
	return func(pool tickets.PoolID, s tickets.Slot) int {
		if n, ok := known[tickets.StockKey{Merchant: cat.Merchant.ID, Pool: pool, Slot: s}]; ok {
			return n
		}
		p, err := cat.Pool(pool)
		if err != nil {
			return 0
		}
		return p.CapacityOn(s)
	}, nil
}

func day(cat *tickets.Catalog, id tickets.ProductID, s tickets.Slot, left func(tickets.PoolID, tickets.Slot) int) Day {
	out := Day{Slot: s, Currency: cat.Merchant.Currency, Sold: true, From: -1}
	if p, err := cat.Product(id); err == nil {
		out.Currency = cat.CurrencyOf(p)
	}
	for _, k := range cat.SKUsOf(id) {
		n := left(k.Pool, s)
		out.Left = max(out.Left, n)
		if n >= max(k.Admits, 1) {
			out.Sold = false
		}
		if p := k.PriceOn(s.Date); out.From < 0 || p < out.From {
			out.From = p
		}
	}
	out.From = max(out.From, 0)
	return out
}

// Left says how many places each of the product's pools has left on a slot. It fails with NotFound.
func (d *Desk) Left(ctx context.Context, id tickets.ProductID, s tickets.Slot) (map[tickets.PoolID]int, error) {
	out := map[tickets.PoolID]int{}
	err := d.Store.View(ctx, func(r tickets.Reader) error {
		cat, err := r.Catalog()
		if err != nil {
			return err
		}
		if _, err := cat.Product(id); err != nil {
			return err
		}
		left, err := leftBetween(r, cat, id, s.Date, s.Date)
		if err != nil {
			return err
		}
		for _, k := range cat.SKUsOf(id) {
			out[k.Pool] = left(k.Pool, s)
		}
		return nil
	})
	return out, err
}

// Lowered is a slot whose new capacity is below what is held and sold: the places stay, nothing more is sold.
type Lowered struct {
	Stock tickets.Stock
	Was   int // the capacity before
}

// Apply puts a catalog in the place of the present one and moves the capacity of every slot since yesterday that was
// touched already; older ones are history. It returns the slots where the new capacity is below what is held and sold;
// they keep their places and stop selling. It refuses with Conflict another merchant's catalog.
func (d *Desk) Apply(ctx context.Context, cat tickets.Catalog) (revision int64, lowered []Lowered, err error) {
	return d.apply(ctx, cat, 0)
}

// apply is Apply, on the revision on only where it is not 0; see [Desk.ApplyOn].
func (d *Desk) apply(ctx context.Context, cat tickets.Catalog, on int64) (revision int64, lowered []Lowered, err error) {
	loc, err := cat.Merchant.Location()
	if err != nil {
		return 0, nil, err
	}
	err = d.update(ctx, func(t *turn) error {
		lowered = nil
		yesterday := tickets.DateOf(t.now, loc) - 1
		old, err := t.Catalog()
		switch {
		case errors.Is(err, tickets.NotFound):
		case err != nil:
			return err
		case old.Merchant.ID != cat.Merchant.ID:
			return tickets.Refuse(tickets.Conflict, "this shop is merchant %s, the catalog is of %s", old.Merchant.ID, cat.Merchant.ID)
		case on != 0 && old.Revision != on:
			return tickets.Refuse(tickets.Changed, "the catalog is revision %d, not %d", old.Revision, on).With("revision", old.Revision)
		}
		revision, lowered, err = t.putCatalog(old, cat, yesterday)
		return err
	})
	return revision, lowered, err
}

// putCatalog stores a catalog and moves the capacities from a date on.
func (t *turn) putCatalog(old *tickets.Catalog, cat tickets.Catalog, from tickets.Date) (revision int64, lowered []Lowered, err error) {
	if revision, err = t.PutCatalog(cat); err != nil {
		return 0, nil, err
	}
	for _, p := range pools(old, cat) {
		low, err := t.recapacity(cat.Merchant.ID, p, from)
		if err != nil {
			return 0, nil, err
		}
		lowered = append(lowered, low...)
	}
	return revision, lowered, nil
}

// pools are the new catalog's, and the old one's that are gone, with no capacity.
func pools(old *tickets.Catalog, cat tickets.Catalog) []tickets.Pool {
	out := append([]tickets.Pool(nil), cat.Pools...)
	if old == nil {
		return out
	}
	for _, p := range old.Pools {
		if _, err := cat.Pool(p.ID); err != nil {
			out = append(out, tickets.Pool{ID: p.ID})
		}
	}
	return out
}

func (t *turn) recapacity(m tickets.MerchantID, p tickets.Pool, from tickets.Date) ([]Lowered, error) {
	const last = tickets.Date(1 << 20)
	stocks, err := t.Stocks(m, p.ID, from, last)
	if err != nil {
		return nil, err
	}
	var low []Lowered
	for _, s := range stocks {
		was, now := s.Capacity, p.CapacityOn(s.Key.Slot)
		if now == was {
			continue
		}
		if s.Resize(now) > 0 {
			low = append(low, Lowered{Stock: s, Was: was})
		}
		if err := t.PutStock(s); err != nil {
			return nil, err
		}
	}
	return low, nil
}

// OnOffer is the catalog as customers may browse it: what is sold for Stars is hidden in a shop that takes none. The
// catalog given is not changed.
func (d *Desk) OnOffer(cat *tickets.Catalog) *tickets.Catalog {
	stars := func(p tickets.Product) bool { return cat.CurrencyOf(p) == tickets.Stars }
	if !slices.ContainsFunc(cat.Products, stars) || len(d.Offers(tickets.Money{Amount: 1, Currency: tickets.Stars})) > 0 {
		return cat
	}
	out := *cat
	out.Products = slices.Clone(cat.Products)
	for i := range out.Products {
		out.Products[i].Hidden = out.Products[i].Hidden || stars(out.Products[i])
	}
	return &out
}
