package console

import (
	"net/http"
	"net/url"
	"strings"

	"boxoffice/tickets"
)

// ordersPage is the list of orders.
type ordersPage struct {
	F        orderFilter
	Wrong    map[string]string
	Rows     []orderRow
	Tired    bool
	Next     string // address of the next page
	Later    bool   // this is not the first page
	Tabs     []tab
	Views    []savedView
	Shared   []savedView
	Statuses []tickets.Status
	Stages   []tickets.Stage
	Channels []tickets.Channel
	SKUs     []tickets.SKU
	MayShare bool
	Saved    bool // the filter is one of the saved views
	Most     int  // rows of an export
}

// orderRow is an order as a row of a list.
type orderRow struct {
	tickets.Order
	State tickets.Status
	Says  bool // the stage says more than the status
}

func rowsOf(list []tickets.Order) []orderRow {
	out := make([]orderRow, len(list))
	for i, o := range list {
		s, _ := o.Status()
		out[i] = orderRow{Order: o, State: s, Says: s == tickets.StatusInit || s == tickets.StatusClosed}
	}
	return out
}

// tab is a list that is one press away.
type tab struct {
	URL, Text string
	Here      bool
	Shared    bool
}

// quickFilters are the tabs that everybody has.
var quickFilters = []struct {
	key string
	f   orderFilter
}{
	{"console_list.tab.all", orderFilter{}},
	{"console_list.tab.waiting", orderFilter{Stage: string(tickets.StageAwaiting)}},
	{"console_list.tab.paid", orderFilter{Paid: "today"}},
	{"console_list.tab.visits", orderFilter{Date: "today"}},
	{"console_list.tab.problems", orderFilter{Problems: true}},
}

func orderList(v *visit) error {
	f := filterOf(v.URL.Query())
	d := ordersPage{
		F: f, Statuses: orderStatuses, Stages: orderStages, Channels: orderChannels, SKUs: v.Cat.SKUs,
		MayShare: v.Member.Role.May(actShareViews), Later: v.URL.Query().Get("mark") != "", Most: exportMost,
	}
	w, wrong, err := v.wish(f)
	if err != nil {
		return err
	}
	d.Wrong = wrong
	status := http.StatusOK
	err = v.view(func(r tickets.Reader) (err error) {
		if d.Views, d.Shared, err = viewsOf(r, v.Member.ID); err != nil || len(wrong) > 0 {
			return err
		}
		s, err := orderSheet(r, w, v.URL.Query().Get("mark"), pageRows)
		d.Rows, d.Tired = rowsOf(s.Orders), s.Tired
		d.Next = nextPage(v, s.Mark)
		return err
	})
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		status = http.StatusUnprocessableEntity
	}
	d.Tabs = v.orderTabs(f, &d)
	return v.page(status, "orders", v.Words.T("console.nav.orders"), d)
}

// orderTabs are the quick filters and the saved views.
func (v *visit) orderTabs(f orderFilter, d *ordersPage) []tab {
	here := f.Query()
	var out []tab
	for _, q := range quickFilters {
		t := tab{URL: q.f.URL(), Text: v.Words.T(q.key), Here: q.f.Query() == here}
		d.Saved = d.Saved || t.Here
		out = append(out, t)
	}
	for i, list := range [][]savedView{d.Views, d.Shared} {
		for _, s := range list {
			sf := s.filter()
			t := tab{URL: sf.URL(), Text: s.Name, Here: sf.Query() == here, Shared: i == 1}
			d.Saved = d.Saved || t.Here
			out = append(out, t)
		}
	}
	return out
}

// DayInput is the type of a date's field: a day in words, such as today, is no date to a browser.
func (v *visit) DayInput(s string) string {
	if _, err := tickets.ParseDate(s); s == "" || err == nil {
		return "date"
	}
	return "text"
}

// customerOf finds a customer by what somebody types: an id, a Telegram id, a @username, or a name that only one has. It
// fails with NotFound.
func (v *visit) customerOf(s string) (id tickets.CustomerID, err error) {
	err = v.view(func(r tickets.Reader) error {
		list, next, err := customersFound(r, s, "", pageRows)
		if err != nil {
			return err
		}
		for _, c := range list {
			if strings.EqualFold(c.Username, searchText(s)) {
				id = c.ID
				return nil
			}
		}
		if len(list) != 1 || next != "" {
			return tickets.Refuse(tickets.NotFound, "%d customers are %q", len(list), s)
		}
		id = list[0].ID
		return nil
	})
	return id, err
}

// profile is the address of somebody in Telegram, "" where their username is not one that Telegram gives: letters of
// ASCII, digits and underscores.
func profile(username string) string {
	if len(username) < 4 || len(username) > 32 ||
		strings.Trim(strings.ToLower(username), "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return ""
	}
	return (&url.URL{Scheme: "https", Host: "t.me", Path: "/" + username}).String()
}
