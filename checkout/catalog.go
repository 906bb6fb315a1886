package checkout

import (
	"context"

	"boxoffice/tickets"
)

// ApplyOn is [Desk.Apply] of a catalog that was made by changing revision on. It refuses with Changed (arg revision: the
// present one) when the catalog has changed since, so that nobody's change is undone unseen.
func (d *Desk) ApplyOn(ctx context.Context, cat tickets.Catalog, on int64) (revision int64, lowered []Lowered, err error) {
	return d.apply(ctx, cat, on)
}

// Lowers says which slots would have less capacity than is held and sold if the catalog were applied: what
// [Desk.Apply] returns, before it is done.
func (d *Desk) Lowers(ctx context.Context, cat tickets.Catalog) ([]Lowered, error) {
	loc, err := cat.Merchant.Location()
	if err != nil {
		return nil, err
	}
	const last = tickets.Date(1 << 20)
	var out []Lowered
	yesterday := tickets.DateOf(d.now(), loc) - 1
	err = d.Store.View(ctx, func(r tickets.Reader) error {
		out = nil
		old, err := r.Catalog()
		if err != nil {
			return err
		}
		for _, p := range pools(old, cat) {
			stocks, err := r.Stocks(cat.Merchant.ID, p.ID, yesterday, last)
			if err != nil {
				return err
			}
			for _, s := range stocks {
				was, now := s.Capacity, p.CapacityOn(s.Key.Slot)
				if now != was && s.Resize(now) > 0 {
					out = append(out, Lowered{Stock: s, Was: was})
				}
			}
		}
		return nil
	})
	return out, err
}
