package console

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	"boxoffice/tickets"
)

// How many of each sort a search shows at once, alone and beside the others.
const (
	searchEach = 8
	searchOnly = 50
)

// searchKinds are the groups of a search: what is looked for, and the words and picture of the group. A capture is
// shown where no payment of ours stands for it.
var searchKinds = []struct {
	kind      tickets.FoundKind
	icon, key string
	hits      func(*visit, tickets.Reader, []tickets.Found) ([]hit, error)
}{
	{tickets.FoundOrder, "orders", "console.nav.orders", orderHits},
	{tickets.FoundTicket, "ticket", "console.nav.ticket", ticketHits},
	{tickets.FoundCustomer, "people", "console.nav.people", customerHits},
	{tickets.FoundPayment, "money", "console_list.search.payments", paymentHits},
	{tickets.FoundCapture, "money", "console_list.search.captures", captureHits},
	{tickets.FoundRefund, "money", "console_list.search.refunds", refundHits},
	{tickets.FoundDispute, "money", "console_list.search.disputes", disputeHits},
}

// searchGroups finds what a text is the start or the end of, or a word of; only of one kind where that is set.
func (v *visit) searchGroups(r tickets.Reader, q string, only tickets.FoundKind, mark string) (out []searchGroup, err error) {
	for _, k := range searchKinds {
		if only != "" && k.kind != only || only == "" && !mayBe(k.kind, q) {
			continue
		}
		p := tickets.Page{Limit: searchEach}
		if only != "" {
			p = tickets.Page{Mark: mark, Limit: searchOnly}
		}
		found, next, err := r.Search(tickets.SearchQuery{Text: searchText(q), Kind: k.kind, Page: p})
		if err != nil {
			return nil, err
		}
		g := searchGroup{Icon: k.icon, Text: v.Words.T(k.key)}
		if g.Hits, err = k.hits(v, r, found); err != nil {
			return nil, err
		}
		if next != "" {
			more := url.Values{"q": {q}, "kind": {string(k.kind)}}
			if only != "" {
				more.Set("mark", next)
			}
			g.More = "/console/search?" + more.Encode()
		}
		if len(g.Hits) > 0 || g.More != "" {
			out = append(out, g)
		}
	}
	return withoutPaid(out), nil
}

// foundPrefixes are what ids begin with, by what they are of.
var foundPrefixes = map[string]tickets.FoundKind{
	tickets.PrefixOrder: tickets.FoundOrder, tickets.PrefixTicket: tickets.FoundTicket, tickets.PrefixSession: tickets.FoundPayment,
	tickets.PrefixCapture: tickets.FoundCapture, tickets.PrefixRefund: tickets.FoundRefund, tickets.PrefixDispute: tickets.FoundDispute,
	tickets.PrefixCustomer: tickets.FoundCustomer,
}

// mayBe reports whether a text may name something of a kind: the beginning of an id of ours says what it is of, and
// nothing else needs to be looked through.
func mayBe(kind tickets.FoundKind, q string) bool {
	for prefix, of := range foundPrefixes {
		if digits, ok := strings.CutPrefix(strings.ToLower(q), prefix); ok && digits != "" && strings.Trim(digits, "0123456789abcdef") == "" {
			return of == kind
		}
	}
	return true
}

// withoutPaid drops charges whose payment is shown: they are the same money.
func withoutPaid(groups []searchGroup) []searchGroup {
	shown := map[string]bool{}
	out := groups[:0]
	for _, g := range groups {
		kept := g.Hits[:0]
		for _, h := range g.Hits {
			if !h.Charge || !shown[h.URL] {
				kept = append(kept, h)
			}
			shown[h.URL] = shown[h.URL] || h.Payment
		}
		if g.Hits = kept; len(kept) > 0 || g.More != "" {
			out = append(out, g)
		}
	}
	return out
}

// searchText is a text as the store searches it: usernames are written without the sign before them.
func searchText(q string) string { return strings.TrimLeft(strings.TrimSpace(q), "@ ") }

func orderHits(v *visit, r tickets.Reader, found []tickets.Found) ([]hit, error) {
	return each(found, func(f tickets.Found) (hit, error) {
		o, err := r.Order(tickets.OrderID(f.ID))
		return v.orderHit(o), err
	})
}

func each(found []tickets.Found, show func(tickets.Found) (hit, error)) ([]hit, error) {
	out := make([]hit, 0, len(found))
	for _, f := range found {
		h, err := show(f)
		if err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	return out, nil
}

func ticketHits(v *visit, r tickets.Reader, found []tickets.Found) ([]hit, error) {
	return each(found, func(f tickets.Found) (hit, error) {
		k, err := r.Ticket(tickets.TicketCode(f.ID))
		return hit{
			URL: orderURL(k.Order) + "#" + string(k.Code), Title: string(k.Code), Kind: "ticket", State: string(k.State),
			Sub: joined(k.OrderCode, v.Words.Pick(k.ProductName), v.Words.Slot(k.Slot)),
		}, err
	})
}

func customerHits(_ *visit, r tickets.Reader, found []tickets.Found) ([]hit, error) {
	return each(found, func(f tickets.Found) (hit, error) {
		c, err := r.Customer(tickets.CustomerID(f.ID))
		return customerHit(c), err
	})
}

func paymentHits(v *visit, r tickets.Reader, found []tickets.Found) ([]hit, error) {
	return each(found, func(f tickets.Found) (hit, error) {
		p, err := r.Payment(tickets.SessionID(f.ID))
		return hit{
			URL: orderURL(p.Order), Title: cmp.Or(p.Charge, p.Remote, string(p.ID)), Kind: "payment", State: string(p.State), Payment: true,
			Sub: joined(v.Words.Money(p.Total), p.Gateway, p.Remote, string(p.ID)),
		}, err
	})
}

func captureHits(v *visit, r tickets.Reader, found []tickets.Found) ([]hit, error) {
	return each(found, func(f tickets.Found) (hit, error) {
		if f.Order != "" {
			h, err := moneyHit(r, f.Order, "")
			h.Title, h.Charge = f.Text, true
			return h, err
		}
		to, err := moneyURL(r, tickets.CaptureID(f.ID))
		h := hit{URL: to, Title: f.Text, Charge: true, Sub: v.Words.T("console_today.refunds.no_order")}
		for _, g := range v.k.Desk.Gateways {
			if c, err := r.Capture(g.Name(), f.Text); err == nil && string(c.ID) == f.ID {
				h.Sub = joined(v.Words.Money(c.Amount), c.Gateway, h.Sub)
			}
		}
		return h, err
	})
}

// moneyURL leads to the case about money of no order: the open one, else the newest that was closed.
func moneyURL(r tickets.Reader, id tickets.CaptureID) (string, error) {
	c, err := maybe(r.OpenCase(tickets.CaseUnmatched, string(id)))
	if err != nil || c.ID != "" {
		return caseURL(c.ID), err
	}
	closed, _, err := sift(r.AllCases, "", 50, func(x tickets.Case) bool { return x.Subject == string(id) })
	if err != nil || len(closed) == 0 {
		return "/console/cases", err
	}
	return caseURL(closed[0].ID), nil
}

func caseURL(id tickets.CaseID) string { return "/console/cases/" + string(id) }

func refundHits(v *visit, r tickets.Reader, found []tickets.Found) ([]hit, error) {
	return each(found, func(f tickets.Found) (hit, error) {
		x, err := r.Refund(tickets.RefundID(f.ID))
		if err != nil {
			return hit{}, err
		}
		h, err := moneyHit(r, x.Order, "/console/refunds/"+string(x.ID))
		h.Title, h.Kind, h.State = f.Text, "refund", string(x.State)
		h.Sub = joined(v.Words.Money(x.Amount), h.Sub, x.Remote, string(x.ID))
		return h, err
	})
}

func disputeHits(v *visit, r tickets.Reader, found []tickets.Found) ([]hit, error) {
	return each(found, func(f tickets.Found) (hit, error) {
		x, err := r.Dispute(tickets.DisputeID(f.ID))
		if err != nil {
			return hit{}, err
		}
		h, err := moneyHit(r, x.Order, "/console/disputes/"+string(x.ID))
		h.Title, h.Kind, h.State = f.Text, "dispute", string(x.State)
		h.Sub = joined(v.Words.Money(x.Amount), h.Sub, x.Remote, string(x.ID))
		return h, err
	})
}

// moneyHit leads to the order that money is of, else to where money of no order is dealt with.
func moneyHit(r tickets.Reader, id tickets.OrderID, otherwise string) (hit, error) {
	if id == "" {
		return hit{URL: otherwise}, nil
	}
	o, err := r.Order(id)
	return hit{URL: orderURL(id), Sub: o.Code}, err
}

// onlyHit is the address of the one order whose code ends in the text, where all that was found is of it; "" otherwise.
func onlyHit(q string, groups []searchGroup) string {
	if len(groups) == 0 || len(groups[0].Hits) != 1 || !endsIn(groups[0].Hits[0].Title, q) {
		return ""
	}
	to := groups[0].Hits[0].URL
	if !strings.HasPrefix(to, "/console/orders/") {
		return ""
	}
	for _, g := range groups {
		for _, h := range g.Hits {
			if of, _, _ := strings.Cut(h.URL, "#"); of != to {
				return ""
			}
		}
		if g.More != "" {
			return ""
		}
	}
	return to
}

// endsIn reports whether a code ends in a text, in any case.
func endsIn(code, text string) bool {
	return strings.HasSuffix(strings.ToLower(code), tickets.SearchText(text))
}

// orderEnding is the one order whose code ends in the text, "" where none or several do.
func orderEnding(r tickets.Reader, q string) (tickets.OrderID, error) {
	text := searchText(q)
	if text == "" {
		return "", nil
	}
	found, next, err := r.Search(tickets.SearchQuery{Text: text, Kind: tickets.FoundOrder, Page: tickets.Page{Limit: 2}})
	if err != nil || next != "" || len(found) != 1 || found[0].By != tickets.ByCode || !endsIn(found[0].Text, text) {
		return "", err
	}
	return found[0].Order, nil
}

// joined puts the texts that are there behind each other.
func joined(texts ...string) string {
	var out []string
	for _, s := range texts {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, " · ")
}

// customersFound finds customers by what somebody types: a Telegram id, the start or end of an id, words of a name, or
// a username.
func customersFound(r tickets.Reader, q, mark string, most int) (out []tickets.Customer, next string, err error) {
	if mark == "" {
		c, err := r.Customer(tickets.CustomerID(strings.ToLower(q)))
		if n, bad := strconv.ParseInt(q, 10, 64); bad == nil {
			c, err = r.CustomerByTelegram(n)
		}
		if err == nil {
			return []tickets.Customer{c}, "", nil
		}
		if tickets.KindOf(err) != tickets.NotFound {
			return nil, "", err
		}
	}
	text := searchText(q)
	if text == "" {
		return nil, "", nil
	}
	found, next, err := r.Search(tickets.SearchQuery{Text: text, Kind: tickets.FoundCustomer, Page: tickets.Page{Mark: mark, Limit: most}})
	if err != nil {
		return nil, "", err
	}
	for _, f := range found {
		c, err := r.Customer(tickets.CustomerID(f.ID))
		if err != nil {
			return nil, "", err
		}
		out = append(out, c)
	}
	return out, next, nil
}
