package tickets

import (
	"slices"
	"strings"
)

// FoundKind is what sort of thing a search found.
type FoundKind string

// The kinds, in the order in which a search answers them.
const (
	FoundOrder    FoundKind = "order"
	FoundTicket   FoundKind = "ticket"
	FoundPayment  FoundKind = "payment"
	FoundCapture  FoundKind = "capture"
	FoundRefund   FoundKind = "refund"
	FoundDispute  FoundKind = "dispute"
	FoundCustomer FoundKind = "customer"
)

// FoundKinds lists all kinds, in the order of a search's answer.
var FoundKinds = []FoundKind{FoundOrder, FoundTicket, FoundPayment, FoundCapture, FoundRefund, FoundDispute, FoundCustomer}

// FoundBy is what of a thing a search's text named.
type FoundBy string

// What names a thing.
const (
	ByID        FoundBy = "id"
	ByCode      FoundBy = "code"      // an order's
	ByReference FoundBy = "reference" // the provider's name of a payment, its session, a refund or a dispute
	ByName      FoundBy = "name"      // of a person: the buyer's or the customer's
)

// SearchQuery asks for all things that a text names: see [Names.Match].
type SearchQuery struct {
	Text string
	Kind FoundKind // only these; empty: all
	Page
}

// Found is one thing that a search found.
type Found struct {
	Kind  FoundKind
	ID    string  // an OrderID, TicketCode, SessionID, CaptureID, RefundID, DisputeID or CustomerID
	Order OrderID // whose it is; empty for a customer and for money of no order
	By    FoundBy
	Text  string // the whole id, code, reference or name that the text is of
}

// Names is all that one thing can be found by.
type Names struct {
	Kind       FoundKind
	ID         string
	Order      OrderID
	Code       string    // an order's
	References [2]string // the provider's
	Name       string    // names of the person, with spaces between
}

// Names of the order.
func (o *Order) Names() Names {
	return Names{Kind: FoundOrder, ID: string(o.ID), Order: o.ID, Code: o.Code, Name: join(o.Buyer.Name, o.Buyer.Username)}
}

// Names of the ticket.
func (t *Ticket) Names() Names { return Names{Kind: FoundTicket, ID: string(t.Code), Order: t.Order} }

// Names of the payment.
func (p *Payment) Names() Names {
	return Names{Kind: FoundPayment, ID: string(p.ID), Order: p.Order, References: [2]string{p.Charge, p.Remote}}
}

// Names of the capture.
func (c *Capture) Names() Names {
	return Names{Kind: FoundCapture, ID: string(c.ID), Order: c.Order, References: [2]string{c.Charge}}
}

// Names of the refund.
func (r *Refund) Names() Names {
	return Names{Kind: FoundRefund, ID: string(r.ID), Order: r.Order, References: [2]string{r.Remote}}
}

// Names of the dispute.
func (d *Dispute) Names() Names {
	return Names{Kind: FoundDispute, ID: string(d.ID), Order: d.Order, References: [2]string{d.Remote}}
}

// Names of the customer.
func (c *Customer) Names() Names {
	return Names{Kind: FoundCustomer, ID: string(c.ID), Name: join(c.Name, c.Username)}
}

func join(name, username string) string { return strings.TrimSpace(name + " " + username) }

// Match reports whether a text, in lower case and without spaces around it, names the thing: it is the start or the
// end of its id (without the prefix, too), code or a reference of the provider, or each of its words is in the
// person's name. Upper and lower case are one.
func (n *Names) Match(text string) (Found, bool) {
	f := Found{Kind: n.Kind, ID: n.ID, Order: n.Order}
	_, digits, _ := strings.Cut(n.ID, "_")
	switch {
	case text == "":
		return Found{}, false
	case atEdge(n.ID, text) || strings.HasPrefix(digits, text):
		f.By, f.Text = ByID, n.ID
	case atEdge(n.Code, text):
		f.By, f.Text = ByCode, n.Code
	case atEdge(n.References[0], text):
		f.By, f.Text = ByReference, n.References[0]
	case atEdge(n.References[1], text):
		f.By, f.Text = ByReference, n.References[1]
	case hasWords(n.Name, text):
		f.By, f.Text = ByName, n.Name
	default:
		return Found{}, false
	}
	return f, true
}

// SearchText is a text as [Names.Match] wants it.
func SearchText(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

// atEdge reports whether the text starts or ends the name.
func atEdge(name, text string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, text) || strings.HasSuffix(name, text)
}

// hasWords reports whether all words of the text are in the name.
func hasWords(name, text string) bool {
	if name == "" {
		return false
	}
	name = strings.ToLower(name)
	return !slices.ContainsFunc(strings.Fields(text), func(w string) bool { return !strings.Contains(name, w) })
}
