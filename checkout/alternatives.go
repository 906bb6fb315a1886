package checkout

import (
	"context"

	"boxoffice/tickets"
)

// Alternative is a slot on which the same choices can be had.
type Alternative struct {
	Slot  tickets.Slot
	Total tickets.Money
}

// lookAround is how many dates before and after a sold-out one are looked at for others.
const lookAround = 30

// Alternatives lists slots near one that is sold out on which the same choices have places, at most limit, the nearest
// dates first. What they cost may differ. It fails with NotFound when the product is not there.
func (d *Desk) Alternatives(ctx context.Context, id tickets.ProductID, wanted tickets.Slot, choices []tickets.Choice, limit int) ([]Alternative, error) {
	var out []Alternative
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
		for away := tickets.Date(0); away <= lookAround; away++ {
			dates := []tickets.Date{wanted.Date + away, wanted.Date - away}
			if away == 0 {
				dates = dates[:1]
			}
			for _, date := range dates {
				for _, s := range p.Calendar.On(date) {
					q, err := cat.MakeQuote(id, s, choices, now, d.Timings.Quote)
					if err != nil || s == wanted { // not on sale then
						continue
					}
					free, err := fits(r, cat, q)
					if err != nil {
						return err
					}
					if free && len(out) < limit {
						out = append(out, Alternative{s, q.Total})
					}
				}
			}
			if len(out) >= limit {
				return nil
			}
		}
		return nil
	})
	return out, err
}
