package api

import (
	"net/http"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func (a *API) cancel(w http.ResponseWriter, r *http.Request, by caller) error {
	if err := read(r, &struct{}{}); err != nil {
		return err
	}
	o, err := a.orderNamed(r)
	if err != nil {
		return err
	}
	if o, err = a.desk.Cancel(r.Context(), checkout.Cancelling{Order: o.ID, Actor: by.actor(), Source: source}); err != nil {
		return err
	}
	return a.answerOrder(w, r, o.ID, http.StatusOK)
}

// checkoutWish is the body of POST …/checkout. Both may be left out where the shop has one way to pay.
type checkoutWish struct {
	Gateway string `json:"gateway"`
	Method  string `json:"method"`
}

// sessionJSON is a payment that was begun.
type sessionJSON struct {
	SessionID tickets.SessionID    `json:"session_id"`
	OrderID   tickets.OrderID      `json:"order_id"`
	Gateway   string               `json:"gateway"`
	Method    string               `json:"method"`
	Protocol  string               `json:"protocol"`
	State     tickets.PaymentState `json:"state"`
	URL       *string              `json:"url"` // of the page to pay on; null where there is none
	Fee       int64                `json:"fee"`
	Total     int64                `json:"total"` // minor units, with the fee
	Currency  tickets.Currency     `json:"currency"`
	ExpiryAt  string               `json:"expiry_at"`
}

// checkout begins a payment; asking again answers with the same one as long as it lives.
func (a *API) checkout(w http.ResponseWriter, r *http.Request, by caller) error {
	var body checkoutWish
	if err := read(r, &body); err != nil {
		return err
	}
	o, err := a.orderNamed(r)
	if err != nil {
		return err
	}
	if body.Gateway == "" || body.Method == "" {
		offer, err := a.onlyOffer(r, o, body)
		if err != nil {
			return err
		}
		body.Gateway, body.Method = offer.Gateway, offer.Method.ID
	}
	_, p, err := a.desk.Pay(r.Context(), checkout.Paying{
		Order: o.ID, Gateway: body.Gateway, Method: body.Method, Actor: by.actor(), Source: source, Title: o.ProductName.Pick(o.Buyer.Lang),
	})
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, sessionJSON{
		SessionID: p.ID, OrderID: p.Order, Gateway: p.Gateway, Method: p.Method, Protocol: p.Protocol, State: p.State, URL: optional(p.URL),
		Fee: p.Fee.Amount, Total: p.Total.Amount, Currency: p.Total.Currency, ExpiryAt: checkout.Stamp(p.Expiry),
	})
}

// onlyOffer is the one way to pay that fits what was named of it. Of several one must be chosen.
func (a *API) onlyOffer(r *http.Request, o tickets.Order, body checkoutWish) (checkout.Offer, error) {
	due, err := a.desk.ToPay(r.Context(), o.ID)
	if err != nil {
		return checkout.Offer{}, err
	}
	var fits []checkout.Offer
	var names []string
	for _, x := range a.desk.Offers(due) {
		names = append(names, x.Gateway+"/"+x.Method.ID)
		if (body.Gateway == "" || body.Gateway == x.Gateway) && (body.Method == "" || body.Method == x.Method.ID) {
			fits = append(fits, x)
		}
	}
	if len(fits) != 1 {
		return checkout.Offer{}, wrong("method", "name a gateway and a method of %v", names)
	}
	return fits[0], nil
}
