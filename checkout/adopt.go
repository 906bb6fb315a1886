package checkout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"boxoffice/tickets"
)

// settingAdopted remembers that Adopt was done.
const settingAdopted = "owed_money_adopted"

// Adopt sees to money that was owed before shops gave any back: what nobody asked for yet goes its way now, as it would
// have when it came. It is done once a shop, at its first start with this version; where it stops it begins again, and
// finds what it did.
func (d *Desk) Adopt(ctx context.Context) error {
	done := false
	mark := ""
	for !done {
		var page []tickets.Capture
		err := d.Store.View(ctx, func(r tickets.Reader) (err error) {
			if _, err = r.Setting(settingAdopted); !errors.Is(err, tickets.NotFound) {
				done = true
				return err
			}
			page, mark, err = r.CapturesBetween(time.Unix(0, 0), farAhead, tickets.Page{Mark: mark, Limit: Batch})
			return err
		})
		if err != nil || done {
			return err
		}
		for _, c := range page {
			if c.Rest() <= 0 {
				continue
			}
			if err := d.adopt(ctx, c.Gateway, c.Charge); err != nil {
				return fmt.Errorf("adopt owed money of charge %s: %w", c.Charge, err)
			}
		}
		done = mark == ""
	}
	return d.update(ctx, func(t *turn) error { return t.PutSetting(settingAdopted, Stamp(t.now)) })
}

func (d *Desk) adopt(ctx context.Context, gateway, charge string) error {
	return d.update(ctx, func(t *turn) error {
		c, err := t.Capture(gateway, charge)
		if err != nil {
			return err
		}
		all, err := t.Refunds(c.Order)
		if err != nil {
			return err
		}
		if _, owed := c.Refundable(all); owed < c.Rest() {
			return nil // it is on its way
		}
		for _, kind := range moneyCases {
			if _, err := t.OpenCase(kind, string(c.ID)); !errors.Is(err, tickets.NotFound) {
				return err // somebody looks at it, or the store failed
			}
		}
		if c.Order == "" {
			return t.moneyCase(c, tickets.CaseUnmatched, "no_order")
		}
		o, err := t.Order(c.Order)
		if err != nil {
			return err
		}
		return t.goesBack(&money{order: o, capture: c}, o.Reason)
	})
}
