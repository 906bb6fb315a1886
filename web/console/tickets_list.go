package console

import (
	"net/http"
	"net/url"
	"strings"

	"boxoffice/tickets"
)

// ticketsPage is the list of tickets and of their uses.
type ticketsPage struct {
	State, Date, Gate string
	States            []tickets.TicketState
	Wrong             map[string]string
	Rows              []ticketRow
	Tired             bool
	Next, First       string
	Later             bool
}

// ticketRow is a ticket and how it was used.
type ticketRow struct {
	tickets.Ticket
	Uses []tickets.Admission
}

var ticketStates = []tickets.TicketState{
	tickets.TicketValid, tickets.TicketUsed, tickets.TicketBlocked, tickets.TicketRevoked, tickets.TicketLapsed,
}

func ticketList(v *visit) error {
	q := v.URL.Query()
	d := ticketsPage{
		State: q.Get("state"), Date: shortened(q.Get("date"), maxFilterText), Gate: shortened(strings.TrimSpace(q.Get("gate")), maxFilterText),
		States: ticketStates, Wrong: map[string]string{}, First: "/console/tickets", Later: q.Get("mark") != "",
	}
	day, ok := v.day(d.Date)
	status := http.StatusOK
	if !ok {
		d.Wrong["date"], status = "console_list.wrong.date", http.StatusUnprocessableEntity
	}
	if d.State+d.Date+d.Gate != "" {
		d.First += "?" + url.Values{"state": {d.State}, "date": {d.Date}, "gate": {d.Gate}}.Encode()
	}
	err := v.view(func(r tickets.Reader) error {
		if len(d.Wrong) > 0 {
			return nil
		}
		page, err := ticketSheet(r, d, day, q.Get("mark"))
		if err != nil {
			return err
		}
		d.Tired = page.Tired
		d.Next = nextPage(v, page.Mark)
		for _, k := range page.Rows {
			row := ticketRow{Ticket: k}
			if k.Admitted > 0 || k.State == tickets.TicketUsed {
				if row.Uses, err = r.Admissions(k.Code); err != nil {
					return err
				}
			}
			d.Rows = append(d.Rows, row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return v.page(status, "tickets", v.Words.T("console.nav.ticket"), d)
}

// ticketSheet reads a page of tickets, the newest first; those of a day by their orders.
func ticketSheet(r tickets.Reader, d ticketsPage, day tickets.Date, mark string) (leafOf[tickets.Ticket], error) {
	fits := func(k tickets.Ticket) (bool, error) {
		if d.State != "" && string(k.State) != d.State || day != 0 && k.Slot.Date != day {
			return false, nil
		}
		if d.Gate == "" {
			return true, nil
		}
		return usedAt(r, k, d.Gate)
	}
	if day == 0 {
		if d.State+d.Gate == "" {
			fits = nil
		}
		return leaf(mark, r.AllTickets, fits)
	}
	// An order has few tickets, so a page of orders is about a page of tickets.
	var f leafOf[tickets.Ticket]
	for range siftRounds {
		list, next, err := r.Orders(tickets.OrderQuery{Date: day, Page: tickets.Page{Mark: mark, Limit: pageRows}})
		if err != nil {
			return f, err
		}
		for _, o := range list {
			ks, err := r.Tickets(o.ID)
			if err != nil {
				return f, err
			}
			for _, k := range ks {
				ok, err := fits(k)
				if err != nil {
					return f, err
				}
				if ok {
					f.Rows = append(f.Rows, k)
				}
			}
		}
		f.Mark, mark = next, next
		if next == "" || len(f.Rows) >= pageRows {
			return f, nil
		}
	}
	f.Tired = true
	return f, nil
}

// usedAt reports whether the ticket was used at a gate whose name has the text in it.
func usedAt(r tickets.Reader, k tickets.Ticket, gate string) (bool, error) {
	if k.Admitted == 0 {
		return false, nil
	}
	uses, err := r.Admissions(k.Code)
	for _, a := range uses {
		if strings.Contains(strings.ToLower(a.Gate), strings.ToLower(gate)) {
			return true, err
		}
	}
	return false, err
}
