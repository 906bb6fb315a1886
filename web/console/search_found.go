package console

import (
	"strconv"
	"strings"

	"boxoffice/tickets"
)

// searchEach is how many of each sort a search shows.
const searchEach = 20

// searchGroups finds what a text is the start, the end or a word of.
func (v *visit) searchGroups(r tickets.Reader, q string) (out []searchGroup, tired bool, err error) {
	orders, mark, err := r.Orders(tickets.OrderQuery{Text: q, Page: tickets.Page{Limit: searchEach}})
	if err != nil {
		return nil, false, err
	}
	add := func(icon, key string, hits []hit) {
		if len(hits) > 0 {
			out = append(out, searchGroup{icon, v.Words.T(key), hits})
		}
	}
	var hits []hit
	for _, o := range orders {
		hits = append(hits, v.orderHit(o))
	}
	add("orders", "console.nav.orders", hits)
	list, err := customersFound(r, q, searchEach)
	if err != nil {
		return nil, false, err
	}
	hits = nil
	for _, c := range list {
		hits = append(hits, customerHit(c))
	}
	add("people", "console.nav.people", hits)
	return out, mark != "", nil
}

// customersFound finds customers by what somebody types.
func customersFound(r tickets.Reader, q string, most int) ([]tickets.Customer, error) {
	if n, bad := strconv.ParseInt(q, 10, 64); bad == nil {
		c, err := r.CustomerByTelegram(n)
		if err == nil {
			return []tickets.Customer{c}, nil
		}
		if tickets.KindOf(err) != tickets.NotFound {
			return nil, err
		}
	}
	low := strings.ToLower(strings.TrimPrefix(q, "@"))
	page, err := leaf("", r.Customers, func(c tickets.Customer) (bool, error) {
		return strings.Contains(strings.ToLower(c.Name), low) || strings.HasPrefix(strings.ToLower(c.Username), low) ||
			strings.HasPrefix(string(c.ID), low) || strings.HasSuffix(string(c.ID), low), nil
	})
	return page.Rows[:min(len(page.Rows), most)], err
}
