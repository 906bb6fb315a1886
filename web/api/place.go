package api

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// maxLines bounds the lines of an order that a program places, maxOthers the slots that are offered instead, and maxName a
// customer's name in bytes.
const (
	maxLines  = 20
	maxOthers = 5
	maxName   = 200
)

// placing is the body of POST /orders.
type placing struct {
	ProductID tickets.ProductID `json:"product_id"`
	Date      tickets.Date      `json:"date"`
	StartTime string            `json:"start_time"` // of products with time slots
	Lines     []struct {
		SKUID    tickets.SKUID `json:"sku_id"`
		Quantity int           `json:"quantity"` // units
	} `json:"lines"`
	Customer struct {
		TelegramUserID string `json:"telegram_user_id"` // of somebody whom the bot knows: the tickets go into their chat
		Name           string `json:"name"`
		Lang           string `json:"lang"`
	} `json:"customer"`
}

func (b placing) valid() error {
	switch {
	case b.ProductID == "":
		return wrong("product_id", "it is required")
	case b.Date == 0:
		return wrong("date", "it is required")
	case len(b.Lines) == 0 || len(b.Lines) > maxLines:
		return wrong("lines", "one to %d are needed", maxLines)
	case len(b.Customer.Name) > maxName:
		return wrong("customer.name", "longer than %d bytes", maxName)
	}
	for _, l := range b.Lines {
		if l.Quantity < 1 {
			return wrong("lines", "a quantity of %d", l.Quantity)
		}
	}
	return nil
}

func (b placing) slot() tickets.Slot { return tickets.Slot{Date: b.Date, Start: b.StartTime} }

func (b placing) choices() []tickets.Choice {
	var out []tickets.Choice
	for _, l := range b.Lines {
		out = append(out, tickets.Choice{SKU: l.SKUID, Units: l.Quantity})
	}
	return out
}

// otherJSON is a slot on which the same lines can be had.
type otherJSON struct {
	Date      tickets.Date     `json:"date"`
	StartTime *string          `json:"start_time"`
	Total     int64            `json:"total"` // minor units
	Currency  tickets.Currency `json:"currency"`
}

// place makes an order for a program, with its places held. The same Idempotency-Key answers with the same order; used
// for another one it is refused.
func (a *API) place(w http.ResponseWriter, r *http.Request, by caller) error {
	var body placing
	if err := read(r, &body); err != nil {
		return err
	}
	if err := body.valid(); err != nil {
		return err
	}
	key, err := keyOf(r, by)
	if err != nil {
		return err
	}
	if key == "" {
		key = by.id + "::" + tickets.NewSecret(a.desk.Rand)
	}
	buyer, err := a.buyerOf(r, body)
	if err != nil {
		return err
	}
	o, err := a.placed(r, body, buyer, "api:"+key, by)
	switch {
	case errors.Is(err, tickets.SoldOut):
		return a.soldOut(r, body, err)
	case err != nil:
		return err
	case o.Quote.Product != body.ProductID || o.Slot() != body.slot() || !slices.Equal(unitsOf(o.Quote.Lines), body.choices()):
		return tickets.Refuse(tickets.Conflict, "the key made order %s, which is another", o.ID).With("reason", "key").With("order_id", string(o.ID))
	}
	w.Header().Set("Location", path("orders", string(o.ID)))
	return a.answerOrder(w, r, o.ID, http.StatusCreated)
}

// placed is the order of a key: the one that it made before, whatever is on sale now, or a new one.
func (a *API) placed(r *http.Request, body placing, buyer tickets.Buyer, key string, by caller) (o tickets.Order, err error) {
	err = a.desk.Store.View(r.Context(), func(s tickets.Reader) (err error) { o, err = s.OrderByConfirm(buyer.Customer, key); return err })
	if !errors.Is(err, tickets.NotFound) {
		return o, err
	}
	q, err := a.desk.Quote(r.Context(), body.ProductID, body.slot(), body.choices())
	if err != nil {
		return o, err
	}
	return a.desk.Place(r.Context(), checkout.Placing{Quote: q, Buyer: buyer, Channel: tickets.ChannelAPI, Confirm: key, Actor: by.actor()})
}

// unitsOf is what lines are of, without their prices, which may have changed since.
func unitsOf(lines []tickets.Line) []tickets.Choice {
	out := make([]tickets.Choice, len(lines))
	for i, l := range lines {
		out[i] = tickets.Choice{SKU: l.SKU, Units: l.Units}
	}
	return out
}

// buyerOf is the customer of a placing: somebody whom the bot knows, or who only has a name.
func (a *API) buyerOf(r *http.Request, body placing) (tickets.Buyer, error) {
	in := body.Customer
	b := tickets.Buyer{Name: in.Name, Lang: in.Lang}
	if in.TelegramUserID == "" {
		return b, nil
	}
	id, err := strconv.ParseInt(in.TelegramUserID, 10, 64)
	if err != nil {
		return b, wrong("customer.telegram_user_id", "%q is not a Telegram user id", in.TelegramUserID)
	}
	var c tickets.Customer
	err = a.desk.Store.View(r.Context(), func(s tickets.Reader) (err error) { c, err = s.CustomerByTelegram(id); return err })
	if errors.Is(err, tickets.NotFound) {
		return b, wrong("customer.telegram_user_id", "the bot does not know %d", id)
	}
	b.Customer, b.TelegramID, b.Username, b.Chat = c.ID, c.TelegramID, c.Username, c.TelegramID // a private chat has its person's id
	if b.Name == "" {
		b.Name = c.Name
	}
	if b.Lang == "" {
		b.Lang = c.Lang
	}
	return b, err
}

// soldOut adds to a refusal where the same lines can be had instead.
func (a *API) soldOut(r *http.Request, body placing, cause error) error {
	others, err := a.desk.Alternatives(r.Context(), body.ProductID, body.slot(), body.choices(), maxOthers)
	if err != nil {
		return errors.Join(cause, err)
	}
	list := []otherJSON{}
	for _, x := range others {
		list = append(list, otherJSON{x.Slot.Date, optional(x.Slot.Start), x.Total.Amount, x.Total.Currency})
	}
	why := tickets.Refuse(tickets.SoldOut, "no places left on %s", body.slot()).With("alternatives", list)
	if was := tickets.RefusalOf(cause); was != nil {
		for name, v := range was.Args {
			why = why.With(name, v)
		}
	}
	return why
}
