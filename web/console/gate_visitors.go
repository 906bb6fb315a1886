package console

import (
	"net/http"
	"net/url"
	"slices"

	"boxoffice/tickets"
)

// visitorsPage is who is expected on a date.
type visitorsPage struct {
	Date   tickets.Date
	Prev   tickets.Date
	Next   tickets.Date
	Start  string
	Starts []string // of the products' time slots
	Q      string
	Rows   []visitorRow
	Coming int // places of the rows shown
	In     int
	More   string
}

// visitorRow is one order's tickets for the date.
type visitorRow struct {
	Order   tickets.Order
	Tickets []tickets.Ticket
	Places  int
	In      int
}

// visitorsAtOnce bounds a page of orders; those not paid are left out of it.
const visitorsAtOnce = 100

func gateVisitors(v *visit) error {
	d := visitorsPage{Date: v.Today(), Start: v.FormValue("start"), Q: v.FormValue("q")}
	if s := v.FormValue("date"); s != "" {
		date, err := tickets.ParseDate(s)
		if err != nil {
			return tickets.Refuse(tickets.Invalid, "date %q: write it as 2026-12-24", s)
		}
		d.Date = date
	}
	d.Prev, d.Next = d.Date-1, d.Date+1
	for _, p := range v.Cat.Products {
		for _, s := range p.Calendar.Slots {
			if !slices.Contains(d.Starts, s.Start) {
				d.Starts = append(d.Starts, s.Start)
			}
		}
	}
	slices.Sort(d.Starts)
	err := v.view(func(r tickets.Reader) error {
		orders, mark, err := r.Orders(tickets.OrderQuery{
			Date: d.Date, Text: d.Q, Page: tickets.Page{Mark: v.FormValue("mark"), Limit: visitorsAtOnce},
		})
		if err != nil {
			return err
		}
		if mark != "" {
			q := url.Values{"date": {d.Date.String()}, "start": {d.Start}, "q": {d.Q}, "mark": {mark}}
			d.More = "/console/gate/visitors?" + q.Encode()
		}
		for _, o := range orders {
			if !o.Paid() || d.Start != "" && o.Quote.Slot.Start != d.Start {
				continue
			}
			row := visitorRow{Order: o}
			ks, err := r.Tickets(o.ID)
			if err != nil {
				return err
			}
			for _, k := range ks {
				if !k.Good() {
					continue
				}
				row.Tickets = append(row.Tickets, k)
				row.Places += k.Places
				row.In += k.Admitted
			}
			if len(row.Tickets) == 0 {
				continue
			}
			d.Coming += row.Places
			d.In += row.In
			d.Rows = append(d.Rows, row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return v.page(http.StatusOK, "gate_visitors", v.Words.T("console_gate.visitors.title"), d)
}
