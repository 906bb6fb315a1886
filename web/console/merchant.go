package console

import (
	"errors"
	"regexp"
	"strings"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// wildcards are the names of what a route's address leaves open.
var wildcards = regexp.MustCompile(`\{(\w+)(?:\.\.\.)?\}`)

// foreign refuses with NotFound an address that names a thing of another merchant. It stands before every handler, so
// that none can forget it; what is not there, or has another form, is the handler's to say.
func (v *visit) foreign() error {
	names := wildcards.FindAllStringSubmatch(v.Pattern, -1)
	if len(names) == 0 {
		return nil
	}
	return v.view(func(r tickets.Reader) error {
		for _, name := range names {
			id := v.PathValue(name[1])
			of, err := merchantOf(r, id)
			if err != nil && !errors.Is(err, tickets.NotFound) {
				return err
			}
			if err == nil && of != "" && of != v.Cat.Merchant.ID {
				return tickets.Refuse(tickets.NotFound, "no %s", id)
			}
		}
		return nil
	})
}

// merchantOf is whose a thing is by its id, "" where the id says nothing.
func merchantOf(r tickets.Reader, id string) (tickets.MerchantID, error) {
	switch prefix, _, _ := strings.Cut(id, "_"); prefix + "_" {
	case tickets.PrefixOrder:
		o, err := r.Order(tickets.OrderID(id))
		return o.Merchant, err
	case tickets.PrefixTicket:
		k, err := r.Ticket(tickets.TicketCode(id))
		return k.Merchant, err
	case tickets.PrefixCustomer:
		c, err := r.Customer(tickets.CustomerID(id))
		return c.Merchant, err
	case tickets.PrefixMember:
		m, err := r.Member(tickets.MemberID(id))
		return m.Merchant, err
	case tickets.PrefixDelivery:
		d, err := r.Delivery(tickets.DeliveryID(id))
		return d.Merchant, err
	case tickets.PrefixRefund:
		f, err := r.Refund(tickets.RefundID(id))
		return f.Merchant, err
	case tickets.PrefixDispute:
		d, err := r.Dispute(tickets.DisputeID(id))
		return d.Merchant, err
	case tickets.PrefixCase:
		c, err := r.Case(tickets.CaseID(id))
		return c.Merchant, err
	case tickets.PrefixNotice:
		n, err := r.Notice(tickets.NoticeID(id))
		if err != nil || n.Order == "" {
			return "", err
		}
		o, err := r.Order(n.Order)
		return o.Merchant, err
	case tickets.PrefixClosing:
		c, err := checkout.ReadClosing(r, tickets.ClosingID(id))
		return c.Merchant, err
	case tickets.PrefixToken:
		list, err := r.Tokens()
		for _, t := range list {
			if string(t.ID) == id {
				return t.Merchant, err
			}
		}
		return "", err
	}
	return "", nil
}
