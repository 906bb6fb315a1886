package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// customersPage is the list of customers.
type customersPage struct {
	Q     string
	Rows  []customerRow
	Tired bool
	Next  string
	Later bool
}

// First is the address of the list's first page.
func (d customersPage) First() string {
	if d.Q == "" {
		return "/console/customers"
	}
	return "/console/customers?" + url.Values{"q": {d.Q}}.Encode()
}

// customerRow is a customer as a row of a list.
type customerRow struct {
	tickets.Customer
	Profile string // address in Telegram, "" when unknown
}

func customerRows(list []tickets.Customer) []customerRow {
	out := make([]customerRow, len(list))
	for i, c := range list {
		out[i] = customerRow{c, profile(c.Username)}
	}
	return out
}

func customerList(v *visit) error {
	d := customersPage{Q: shortened(strings.TrimSpace(v.URL.Query().Get("q")), maxFilterText), Later: v.URL.Query().Get("mark") != ""}
	err := v.view(func(r tickets.Reader) error {
		if d.Q != "" {
			list, next, err := customersFound(r, d.Q, v.URL.Query().Get("mark"), pageRows)
			d.Rows, d.Next = customerRows(list), nextPage(v, next)
			return err
		}
		page, err := leaf(v.URL.Query().Get("mark"), r.Customers, nil)
		if err != nil {
			return err
		}
		d.Rows, d.Tired = customerRows(page.Rows), page.Tired
		d.Next = nextPage(v, page.Mark)
		return nil
	})
	if err != nil {
		return err
	}
	return v.page(http.StatusOK, "customers", v.Words.T("console.nav.people"), d)
}

// customerPage is one customer with what they bought.
type customerPage struct {
	customerRow
	Lang    string // the language's own name
	Orders  []orderRow
	Tickets []tickets.Ticket // of the orders shown
	Paid    []tickets.Money  // what came less what went back, by currency
	Back    []tickets.Money
	Bought  int  // orders that were paid
	Partial bool // there are more orders than were added up

	Personal bool // the member may hand out and erase what is held
	Next     string
	Later    bool
}

// How many of a customer's orders are added up, and of how many the tickets are shown.
const (
	customerSums    = 1000
	customerTickets = 10
)

func customerShow(v *visit) error {
	d := customerPage{Later: v.URL.Query().Get("mark") != ""}
	id := tickets.CustomerID(v.PathValue("id"))
	err := v.view(func(r tickets.Reader) error {
		c, err := r.Customer(id)
		if err != nil {
			return err
		}
		d.customerRow = customerRow{c, profile(c.Username)}
		list, mark, err := r.Orders(tickets.OrderQuery{Customer: id, Page: tickets.Page{Mark: v.URL.Query().Get("mark"), Limit: pageRows}})
		if err != nil {
			return err
		}
		d.Orders = rowsOf(list)
		d.Next = nextPage(v, mark)
		for _, o := range list[:min(len(list), customerTickets)] {
			ks, err := r.Tickets(o.ID)
			if err != nil {
				return err
			}
			d.Tickets = append(d.Tickets, ks...)
		}
		all, mark, err := r.Orders(tickets.OrderQuery{Customer: id, Page: tickets.Page{Limit: customerSums}})
		d.Partial = mark != ""
		d.sum(all)
		return err
	})
	if err != nil {
		return err
	}
	d.Lang, d.Personal = v.LanguageName(d.Customer.Lang), v.Member.Role.May(tickets.ActPersonal)
	title := d.Name
	switch {
	case title == "" && !d.Erased.IsZero():
		title = v.Words.T("console_customer.erased_badge")
	case title == "":
		title = v.Words.T("console_list.customer.nameless")
	}
	return v.page(http.StatusOK, "customer", title, d)
}

// sum adds up what the customer's orders brought and what went back.
func (d *customerPage) sum(list []tickets.Order) {
	for _, o := range list {
		if o.Applied == 0 {
			continue
		}
		d.Bought++
		d.Paid = plus(d.Paid, tickets.Money{Amount: o.Applied - o.Refunded, Currency: o.Total().Currency})
		if o.Refunded > 0 {
			d.Back = plus(d.Back, tickets.Money{Amount: o.Refunded, Currency: o.Total().Currency})
		}
	}
}

// plus adds money to sums, each of one currency.
func plus(sums []tickets.Money, m tickets.Money) []tickets.Money {
	if i := slices.IndexFunc(sums, func(s tickets.Money) bool { return s.Currency == m.Currency }); i >= 0 {
		sums[i].Amount += m.Amount
		return sums
	}
	return append(sums, m)
}

// LanguageName is how a language that we speak calls itself; another stays its tag.
func (v *visit) LanguageName(tag string) string {
	for _, l := range text.Langs() {
		if string(l) == tag {
			return l.Name()
		}
	}
	return tag
}
