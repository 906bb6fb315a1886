package checkout

import (
	"encoding/json"
	"fmt"
	"strings"

	"boxoffice/tickets"
)

// confirmed is what the customer was shown and confirmed, and for which slots the order was later, since when and by whom.
func (e Evidence) confirmed() string {
	var b strings.Builder
	o := e.Order
	slot, later := e.slots()
	fmt.Fprintf(&b, "Shown to the customer, and confirmed by them at %s in the chat (%s):\n\n", Stamp(o.At), o.Channel)
	lang := o.Buyer.Lang
	fmt.Fprintf(&b, "%s\n%s\n", o.ProductName.Pick(lang), slot)
	for _, l := range o.Quote.Lines {
		line := tickets.Money{Amount: l.Amount(), Currency: o.Total().Currency}
		fmt.Fprintf(&b, "%d x %s: %s\n", l.Units, l.Names.Pick(lang), line)
	}
	fmt.Fprintf(&b, "Total: %s\n", o.Total())
	for _, p := range e.Payments {
		if p.ID == o.PaidBy {
			fmt.Fprintf(&b, "Method %s, fee %s, paid %s at %s\n", p.Method, p.Fee, p.Total, Stamp(p.PaidAt))
		}
	}
	if len(later) > 0 {
		fmt.Fprintf(&b, "\nChanged after that:\n\n%s", strings.Join(later, ""))
	}
	return b.String()
}

// slots is what the customer confirmed, and a line for each time that the order was moved to another slot.
func (e Evidence) slots() (confirmed string, later []string) {
	confirmed = e.Order.Slot().String()
	last := len(e.Timeline)
	for i, f := range e.Timeline {
		if f.Name == tickets.OrderMoved {
			last = i
		}
	}
	for i, f := range e.Timeline {
		var data struct {
			tickets.Slot
			To    string `json:"to"`
			Visit string `json:"visitDate"`
			Words string `json:"words"`
		}
		if f.Name != tickets.OrderDraftCreated && f.Name != tickets.OrderMoved || json.Unmarshal(f.Data, &data) != nil {
			continue
		}
		if f.Name == tickets.OrderDraftCreated {
			confirmed = data.Slot.String()
			continue
		}
		to := data.To
		switch { // facts of older versions say less
		case i == last:
			to = e.Order.Slot().String()
		case to == "" && data.Visit != "":
			to = data.Visit
		case to == "":
			to = "another date"
		}
		by := "shop"
		if f.Actor.Kind == tickets.ActorCustomer {
			by = "customer"
		}
		line := fmt.Sprintf("%s: moved to %s by the %s", Stamp(f.At), to, by)
		if data.Words != "" {
			line += fmt.Sprintf(" (%s)", data.Words)
		}
		later = append(later, line+"\n")
	}
	return confirmed, later
}
