package api

import (
	"net/http"
	"slices"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// fulfillmentJSON is the issuing of an order's tickets. ticket_code and qr_url are those of the first ticket that did not
// end, else of the first; they and issued_at are null until the tickets are issued.
type fulfillmentJSON struct {
	FulfillmentID tickets.FulfilmentID `json:"fulfillment_id"`
	OrderID       tickets.OrderID      `json:"order_id"`
	OrderCode     string               `json:"order_code"`
	TicketCode    *tickets.TicketCode  `json:"ticket_code"`
	ProductName   string               `json:"product_name"`
	VisitDate     tickets.Date         `json:"visit_date"`
	StartTime     *string              `json:"start_time"`
	QRURL         *string              `json:"qr_url"`
	IssuedAt      *string              `json:"issued_at"`
	Status        string               `json:"status"` // QUEUED, ISSUING, ISSUED, FAILED; PARTIAL and REVOKED where tickets ended
	Tickets       []ticketJSON         `json:"tickets"`
}

func (a *API) fulfillment(w http.ResponseWriter, r *http.Request, _ caller) error {
	var o tickets.Order
	var issued []tickets.Ticket
	err := a.desk.Store.View(r.Context(), func(s tickets.Reader) (err error) {
		if o, err = findOrder(s, r.PathValue("order")); err != nil {
			return err
		}
		issued, err = s.Tickets(o.ID)
		return err
	})
	if err != nil {
		return err
	}
	if o.Fulfilment.ID == "" {
		return tickets.Refuse(tickets.NotFound, "order %s is not paid: it has no fulfillment", o.ID)
	}
	out := fulfillmentJSON{
		FulfillmentID: o.Fulfilment.ID, OrderID: o.ID, OrderCode: o.Code, ProductName: o.ProductName.Pick(o.Buyer.Lang),
		VisitDate: o.Slot().Date, StartTime: optional(o.Slot().Start), Status: ended(o, o.Fulfilment.State, issued), Tickets: []ticketJSON{},
	}
	for _, k := range issued {
		out.Tickets = append(out.Tickets, a.ticketOf(k))
	}
	if len(out.Tickets) > 0 {
		first := out.Tickets[max(slices.IndexFunc(issued, tickets.Ticket.Good), 0)]
		out.TicketCode, out.QRURL = &first.TicketCode, &first.QRURL
		out.IssuedAt = optional(checkout.Stamp(o.Fulfilment.At))
	}
	return answer(w, http.StatusOK, out)
}
