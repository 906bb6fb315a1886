package api

import (
	"net/http"

	"boxoffice/tickets"
)

// maxDays bounds the span of one question, maxSlots the slots that are looked at for it.
const (
	maxDays  = 366
	maxSlots = 20_000
)

// slotJSON is one slot that is on sale. Price is the cheapest SKU's.
type slotJSON struct {
	Date      tickets.Date     `json:"date"`
	StartTime *string          `json:"start_time"`
	Open      bool             `json:"open"`  // somebody can still buy
	Price     int64            `json:"price"` // minor units
	Currency  tickets.Currency `json:"currency"`
	Left      int              `json:"left"` // places, of the pool that has most
}

// availability lists the slots on sale; what is closed, past, or not on sale yet is not in the list.
func (a *API) availability(w http.ResponseWriter, r *http.Request, _ caller) error {
	id := tickets.ProductID(param(r, "product_id"))
	if id == "" {
		return wrong("product_id", "it is required")
	}
	today, err := a.today(r)
	if err != nil {
		return err
	}
	from, err := dateParam(r, "from", today)
	if err != nil {
		return err
	}
	to, err := dateParam(r, "to", from+30)
	if err != nil {
		return err
	}
	if to < from || to-from >= maxDays {
		return wrong("to", "%s is before from, or %d days and more after it", to, maxDays)
	}
	days, err := a.desk.Days(r.Context(), id, from, maxSlots)
	if err != nil {
		return err
	}
	var out []slotJSON
	for _, d := range days {
		if d.Slot.Date > to {
			break
		}
		out = append(out, slotJSON{
			Date: d.Slot.Date, StartTime: optional(d.Slot.Start), Open: !d.Sold, Price: d.From, Currency: d.Currency, Left: d.Left,
		})
	}
	return answer(w, http.StatusOK, listOf(out, ""))
}

// today is the merchant's calendar day.
func (a *API) today(r *http.Request) (tickets.Date, error) {
	var day tickets.Date
	err := a.desk.Store.View(r.Context(), func(s tickets.Reader) error {
		cat, err := s.Catalog()
		if err != nil {
			return err
		}
		loc, err := cat.Merchant.Location()
		day = tickets.DateOf(a.desk.Now(), loc)
		return err
	})
	return day, err
}
