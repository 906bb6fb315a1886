package console

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"boxoffice/tickets"
)

// maxSearch bounds what is searched for, in bytes: a ticket's address is the longest that has an answer.
const maxSearch = 400

// searchPage shows what was found, in groups.
type searchPage struct {
	Q      string
	Only   tickets.FoundKind // one sort alone is shown
	Groups []searchGroup
}

// searchGroup is what was found of one sort.
type searchGroup struct {
	Icon string
	Text string
	Hits []hit
	More string // address of more of it
}

// hit is one thing that was found: Title is its name, Sub what helps to tell it apart. What was searched for is marked
// in both.
type hit struct {
	URL, Title, Sub string
	Kind, State     string // its state and the kind of word that this is
	Payment, Charge bool   // it is a payment, or the money of one
}

// part is a piece of a text; Marked where it is what was searched for.
type part struct {
	Text   string
	Marked bool
}

// Marked cuts a text where it has what was searched for, in any case: the whole of it, or any of its words.
func (d searchPage) Marked(s string) []part {
	low, q := strings.ToLower(s), strings.ToLower(searchText(d.Q))
	if q == "" || len(low) != len(s) { // letters whose lower case has another length are rare, and then nothing is marked
		return []part{{s, false}}
	}
	words := []string{q}
	if !strings.Contains(low, q) {
		words = strings.Fields(q)
	}
	var out []part
	from := 0
	for i := 0; i < len(low); {
		n := 0
		for _, w := range words {
			if strings.HasPrefix(low[i:], w) {
				n = max(n, len(w))
			}
		}
		if n == 0 {
			i++
			continue
		}
		out = append(out, part{s[from:i], false}, part{s[i : i+n], true})
		i += n
		from = i
	}
	return append(out, part{s[from:], false})
}

// search finds by the start or end of an id or code, by words of names, by a provider's reference, a username or a
// ticket's text. What names one thing exactly leads to its page.
func search(v *visit) error {
	q := strings.Join(strings.Fields(strings.Map(visible, shortened(v.URL.Query().Get("q"), maxSearch))), " ")
	d := searchPage{Q: q, Only: tickets.FoundKind(v.URL.Query().Get("kind"))}
	if searchText(q) == "" {
		return v.page(http.StatusOK, "search", v.Words.T("console.search.label"), d)
	}
	to, err := v.ticketNamed(q)
	if err != nil {
		return err
	}
	err = v.view(func(r tickets.Reader) (err error) {
		if to != "" {
			return nil
		}
		if to, err = v.exact(r, q); err != nil || to != "" {
			return err
		}
		if d.Groups, err = v.searchGroups(r, q, d.Only, v.URL.Query().Get("mark")); err != nil || d.Only != "" {
			return err
		}
		to = onlyHit(q, d.Groups)
		return nil
	})
	if err != nil {
		return err
	}
	if to != "" {
		return v.redirect(to)
	}
	return v.page(http.StatusOK, "search", v.Words.T("console.search.label"), d)
}

// exact is the address of what the text names, "" where it names nothing.
func (v *visit) exact(r tickets.Reader, q string) (string, error) {
	for _, find := range []func(tickets.Reader, string) (string, error){idNamed, codeNamed, telegramNamed, v.providerNamed} {
		to, err := find(r, q)
		if to != "" || err != nil && tickets.KindOf(err) != tickets.NotFound {
			return to, err
		}
	}
	return "", nil
}

// ticketNamed finds by a ticket's code, its signed text or an address that ends in one; by an older text of it too.
func (v *visit) ticketNamed(q string) (string, error) {
	if _, err := tickets.ParseScan(q); err != nil {
		return "", nil //nolint:nilerr // it is no ticket's text
	}
	l, err := v.k.Desk.Look(v.Context(), q)
	switch kind := tickets.KindOf(err); {
	case l.Ticket.Code != "":
		return orderURL(l.Ticket.Order) + "#" + string(l.Ticket.Code), nil
	case kind == tickets.NotFound || kind == tickets.Forged:
		return "", nil
	}
	return "", err
}

// idNamed finds by an id of ours, or by the address of an order's status page.
func idNamed(r tickets.Reader, q string) (string, error) {
	id := strings.ToLower(q)
	if i := strings.LastIndex(q, "/o/"); i >= 0 {
		if o, _, err := tickets.ParseStatusToken(q[i+len("/o/"):]); err == nil {
			id = string(o)
		}
	}
	prefix := id[:strings.IndexByte(id, '_')+1]
	if !tickets.ValidID(prefix, id) {
		return "", nil
	}
	of := func(o tickets.OrderID, err error, otherwise string) (string, error) {
		switch {
		case err != nil:
			return "", err
		case o != "":
			return orderURL(o), nil
		}
		return otherwise, nil
	}
	switch prefix {
	case tickets.PrefixOrder:
		o, err := r.Order(tickets.OrderID(id))
		return of(o.ID, err, "")
	case tickets.PrefixHold:
		h, err := r.Hold(tickets.HoldID(id))
		return of(h.Order, err, "")
	case tickets.PrefixSession:
		p, err := r.Payment(tickets.SessionID(id))
		return of(p.Order, err, "")
	case tickets.PrefixRefund:
		f, err := r.Refund(tickets.RefundID(id))
		return of(f.Order, err, "/console/refunds/"+id)
	case tickets.PrefixDispute:
		f, err := r.Dispute(tickets.DisputeID(id))
		return of(f.Order, err, "/console/disputes/"+id)
	case tickets.PrefixCase:
		f, err := r.Case(tickets.CaseID(id))
		return of(f.Order, err, "/console/cases/"+id)
	case tickets.PrefixDelivery:
		m, err := r.Delivery(tickets.DeliveryID(id))
		return of(m.Order, err, "/console/messages")
	case tickets.PrefixCustomer:
		c, err := r.Customer(tickets.CustomerID(id))
		return of("", err, "/console/customers/"+string(c.ID))
	case tickets.PrefixNotice:
		n, err := r.Notice(tickets.NoticeID(id))
		return of("", err, "/console/notices/"+string(n.ID))
	}
	return "", nil
}

// codeNamed finds by a whole order code.
func codeNamed(r tickets.Reader, q string) (string, error) {
	o, err := r.OrderByCode(strings.ToUpper(q))
	if err != nil {
		return "", err
	}
	return orderURL(o.ID), nil
}

// telegramNamed finds a customer by their number in Telegram.
func telegramNamed(r tickets.Reader, q string) (string, error) {
	n, err := strconv.ParseInt(q, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != q {
		return "", nil //nolint:nilerr // it is no number
	}
	c, err := r.CustomerByTelegram(n)
	if err != nil {
		return "", err
	}
	return "/console/customers/" + string(c.ID), nil
}

// providerNamed finds by what a provider calls a payment, its page, a refund, a dispute or an event, also where our
// payment reference, which is a method and the charge, is given.
func (v *visit) providerNamed(r tickets.Reader, q string) (string, error) {
	for ref := q; ; {
		for _, g := range v.k.Desk.Gateways {
			to, err := namedAt(r, g.Name(), ref)
			if to != "" || err != nil && tickets.KindOf(err) != tickets.NotFound {
				return to, err
			}
		}
		_, rest, ok := strings.Cut(ref, "_")
		if !ok || rest == "" {
			return "", nil
		}
		ref = rest
	}
}

func namedAt(r tickets.Reader, gateway, ref string) (string, error) {
	finders := []func() (tickets.OrderID, string, error){
		func() (tickets.OrderID, string, error) {
			p, err := r.PaymentByCharge(gateway, ref)
			return p.Order, "", err
		},
		func() (tickets.OrderID, string, error) {
			p, err := r.PaymentByRemote(gateway, ref)
			return p.Order, "", err
		},
		func() (tickets.OrderID, string, error) {
			c, err := r.Capture(gateway, ref)
			if err != nil || c.Order != "" {
				return c.Order, "", err
			}
			to, err := moneyURL(r, c.ID)
			return "", to, err
		},
		func() (tickets.OrderID, string, error) {
			f, err := r.RefundByRemote(gateway, ref)
			return f.Order, "/console/refunds/" + string(f.ID), err
		},
		func() (tickets.OrderID, string, error) {
			f, err := r.DisputeByRemote(gateway, ref)
			return f.Order, "/console/disputes/" + string(f.ID), err
		},
		func() (tickets.OrderID, string, error) {
			n, err := r.NoticeByEvent(gateway, ref)
			return "", "/console/notices/" + string(n.ID), err
		},
	}
	for _, find := range finders {
		o, otherwise, err := find()
		switch {
		case tickets.KindOf(err) == tickets.NotFound:
		case err != nil:
			return "", err
		case o != "":
			return orderURL(o), nil
		default:
			return otherwise, nil
		}
	}
	return "", nil
}

func (v *visit) orderHit(o tickets.Order) hit {
	s, _ := o.Status()
	who := o.Buyer.Name
	if o.Buyer.Username != "" {
		who = strings.TrimSpace(who + " @" + o.Buyer.Username)
	}
	return hit{
		URL: orderURL(o.ID), Title: o.Code, Kind: "status", State: string(s),
		Sub: joined(who, v.Words.Pick(o.ProductName), v.Words.Slot(o.Slot()), v.Words.Money(o.Total()), string(o.ID)),
	}
}

func customerHit(c tickets.Customer) hit {
	h := hit{URL: "/console/customers/" + string(c.ID), Title: cmp.Or(c.Name, c.Username, string(c.ID)), Sub: string(c.ID)}
	if c.Username != "" {
		h.Sub = "@" + c.Username + " · " + h.Sub
	}
	return h
}
