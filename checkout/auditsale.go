package checkout

import "boxoffice/tickets"

// This file judges sales by what was sold when, and to whom.

// sale takes in an order: since when the present catalog is in force.
func (a *audit) sale(o *tickets.Order) {
	if a.catalog != nil && o.Quote.Revision == a.catalog.Revision && (a.present.IsZero() || o.Quote.Until.Before(a.present)) {
		a.present = o.Quote.Until
	}
}
