package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// orderJSON is an order as programs see it. MarshalJSON adds "quote_amount_" and the currency in lower case.
type orderJSON struct {
	OrderID           tickets.OrderID    `json:"order_id"`
	OrderCode         string             `json:"order_code"`
	MerchantID        tickets.MerchantID `json:"merchant_id"`
	SKUID             tickets.SKUID      `json:"sku_id"` // the first line's
	ProductID         tickets.ProductID  `json:"product_id"`
	ProductName       string             `json:"product_name"` // in the customer's language
	Quantity          int                `json:"quantity"`     // places
	Date              tickets.Date       `json:"date"`
	StartTime         *string            `json:"start_time"`   // null without time slots
	QuoteAmount       json.Number        `json:"quote_amount"` // major units
	Currency          tickets.Currency   `json:"currency"`
	Channel           tickets.Channel    `json:"channel"`
	Customer          customerJSON       `json:"customer"`
	Status            tickets.Status     `json:"status"`
	StatusReason      string             `json:"status_reason"`
	Stage             tickets.Stage      `json:"stage"`
	PaymentStatus     string             `json:"payment_status"`
	PaymentState      string             `json:"payment_state"`
	RefundState       string             `json:"refund_state"`
	DisputeState      string             `json:"dispute_state"`
	AppliedAmount     int64              `json:"applied_amount"`   // minor units that pay for the order
	RefundedAmount    int64              `json:"refunded_amount"`  // of applied: went back
	RefundingAmount   int64              `json:"refunding_amount"` // of applied: asked back, or on its way
	OwedAmount        int64              `json:"owed_amount"`      // came in, does not pay for the order, and is still here
	FulfillmentStatus string             `json:"fulfillment_status"`
	CreatedAt         string             `json:"created_at"`
	UpdatedAt         string             `json:"updated_at"`
	InventoryLock     *lockJSON          `json:"inventory_lock"`
	PaymentRef        string             `json:"payment_ref"`
	PaymentMethod     string             `json:"payment_method"`
	Lines             []lineJSON         `json:"lines"`
	Quote             quoteJSON          `json:"quote"`
	Generation        int                `json:"generation"`
	Revision          int64              `json:"revision"`
	Test              bool               `json:"test"`
	Replaces          *tickets.OrderID   `json:"replaces"`
	ReplacedBy        *tickets.OrderID   `json:"replaced_by"`
}

type customerJSON struct {
	TelegramUserID   string `json:"telegram_user_id"`
	TelegramUsername string `json:"telegram_username"`
}

type lockJSON struct {
	LockID   tickets.HoldID    `json:"lock_id"`
	SKUID    tickets.SKUID     `json:"sku_id"`
	Quantity int               `json:"quantity"` // places
	ExpiryAt string            `json:"expiry_at"`
	State    tickets.HoldState `json:"state"`
}

type lineJSON struct {
	SKUID     tickets.SKUID    `json:"sku_id"`
	Name      string           `json:"name"`
	Quantity  int              `json:"quantity"` // units
	Admits    int              `json:"admits"`   // people per unit
	Places    int              `json:"places"`
	UnitPrice int64            `json:"unit_price"` // minor units
	Amount    int64            `json:"amount"`     // minor units
	Currency  tickets.Currency `json:"currency"`
}

type quoteJSON struct {
	Total           int64            `json:"total"` // minor units
	Currency        tickets.Currency `json:"currency"`
	QuotedAt        string           `json:"quoted_at"`
	ExpiryAt        string           `json:"expiry_at"`
	CatalogRevision int64            `json:"catalog_revision"`
}

// MarshalJSON writes the fields and the amount once more under the name that carries its currency.
func (o orderJSON) MarshalJSON() ([]byte, error) {
	type plain orderJSON
	b, err := json.Marshal(plain(o))
	if err != nil {
		return nil, err
	}
	name, err := json.Marshal("quote_amount_" + strings.ToLower(string(o.Currency)))
	if err != nil {
		return nil, err
	}
	return slices.Concat(b[:len(b)-1], []byte(","), name, []byte(":"+o.QuoteAmount.String()+"}")), nil
}

func (a *API) order(w http.ResponseWriter, r *http.Request, _ caller) error {
	var out orderJSON
	err := a.desk.Store.View(r.Context(), func(s tickets.Reader) error {
		o, err := findOrder(s, r.PathValue("order"))
		if err != nil {
			return err
		}
		out, err = orderOf(s, o)
		return err
	})
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, out)
}

func (a *API) orders(w http.ResponseWriter, r *http.Request, _ caller) error {
	q, known, err := a.orderQuery(r)
	if err != nil {
		return err
	}
	if !known {
		return answer(w, http.StatusOK, listOf[orderJSON](nil, ""))
	}
	var out []orderJSON
	var mark string
	err = a.desk.Store.View(r.Context(), func(s tickets.Reader) error {
		out = nil
		found, next, err := s.Orders(q)
		if err != nil {
			return err
		}
		mark = next
		for _, o := range found {
			j, err := orderOf(s, o)
			if err != nil {
				return err
			}
			out = append(out, j)
		}
		return nil
	})
	if errors.Is(err, tickets.Invalid) && q.Mark != "" {
		return wrong("token", "it is not the token of this list")
	}
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, listOf(out, mark))
}

// statuses are the public ones that an order can have.
var statuses = []tickets.Status{
	tickets.StatusInit, tickets.StatusCharged, tickets.StatusFulfilled, tickets.StatusClosed, tickets.StatusFulfilFailed,
	tickets.StatusRefunding, tickets.StatusRefundFailed, tickets.StatusRefunded, tickets.StatusChargeback, tickets.StatusChargebackReversed,
}

// orderQuery reads the parameters; known is false when they name a customer whom the shop does not know.
func (a *API) orderQuery(r *http.Request) (q tickets.OrderQuery, known bool, err error) {
	if q.Page, err = pageParams(r); err != nil {
		return q, false, err
	}
	q.Status = tickets.Status(param(r, "status"))
	if q.Status != "" && !slices.Contains(statuses, q.Status) {
		return q, false, wrong("status", "%q is not one of %v", q.Status, statuses)
	}
	if q.Date, err = dateParam(r, "date", 0); err != nil {
		return q, false, err
	}
	q.SKU = tickets.SKUID(param(r, "sku_id"))
	if q.Text = param(r, "q"); len(q.Text) > maxText {
		return q, false, wrong("q", "longer than %d bytes", maxText)
	}
	q.Customer, err = a.customerParam(r.Context(), param(r, "customer"))
	if errors.Is(err, tickets.NotFound) {
		return q, false, nil
	}
	return q, err == nil, err
}

// customerParam finds a customer by id or by Telegram id.
func (a *API) customerParam(ctx context.Context, s string) (tickets.CustomerID, error) {
	if s == "" || tickets.ValidID(tickets.PrefixCustomer, s) {
		return tickets.CustomerID(s), nil
	}
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return "", wrong("customer", "%q is neither a Telegram user id nor a customer's id", s)
	}
	var c tickets.Customer
	err = a.desk.Store.View(ctx, func(r tickets.Reader) (err error) {
		c, err = r.CustomerByTelegram(id)
		return err
	})
	return c.ID, err
}

// findOrder finds by id or code.
func findOrder(r tickets.Reader, key string) (tickets.Order, error) {
	if tickets.ValidID(tickets.PrefixOrder, key) {
		return r.Order(tickets.OrderID(key))
	}
	if key == "" || len(key) > 40 {
		return tickets.Order{}, tickets.Refuse(tickets.NotFound, "no such order")
	}
	return r.OrderByCode(strings.ToUpper(key))
}

func orderOf(r tickets.Reader, o tickets.Order) (orderJSON, error) {
	hold, err := r.Hold(o.Hold)
	if err != nil && !errors.Is(err, tickets.NotFound) {
		return orderJSON{}, err
	}
	var newest tickets.PaymentState
	method := o.Method
	if o.Session != "" {
		p, err := r.Payment(o.Session)
		if err != nil {
			return orderJSON{}, err
		}
		newest = p.State
		if method == "" {
			method = p.Method
		}
	}
	fulfilment, err := fulfilmentOf(r, o)
	if err != nil {
		return orderJSON{}, err
	}
	status, reason := o.Status()
	out := orderJSON{
		OrderID: o.ID, OrderCode: o.Code, MerchantID: o.Merchant, SKUID: firstSKU(o), ProductID: o.Quote.Product,
		ProductName: o.ProductName.Pick(o.Buyer.Lang), Quantity: o.Places(), Date: o.Slot().Date, StartTime: optional(o.Slot().Start),
		QuoteAmount: json.Number(o.Total().Number()), Currency: o.Total().Currency, Channel: o.Channel,
		Customer: customerOf(o.Buyer), Status: status, StatusReason: reason, Stage: o.Stage,
		PaymentStatus: o.PaymentStatus(newest), PaymentState: o.PaymentState(), FulfillmentStatus: fulfilment,
		RefundState: o.RefundOverlay(), DisputeState: o.DisputeOverlay(), AppliedAmount: o.Applied, RefundedAmount: o.Refunded,
		RefundingAmount: o.Refunding, OwedAmount: o.Owed,
		CreatedAt: checkout.Stamp(o.At), UpdatedAt: checkout.Stamp(o.Changed), PaymentRef: o.PaymentRef, PaymentMethod: method,
		Lines: linesOf(o.Quote.Lines, o.Total().Currency, o.Buyer.Lang),
		Quote: quoteJSON{
			Total: o.Total().Amount, Currency: o.Total().Currency, QuotedAt: checkout.Stamp(o.Quote.At),
			ExpiryAt: checkout.Stamp(o.Quote.Until), CatalogRevision: o.Quote.Revision,
		},
		Generation: o.Gen, Revision: o.Rev, Test: o.Test, Replaces: optional(o.Replaces), ReplacedBy: optional(o.ReplacedBy),
	}
	if hold.ID != "" {
		out.InventoryLock = &lockJSON{
			LockID: hold.ID, SKUID: firstSKU(o), Quantity: hold.Places(), ExpiryAt: checkout.Stamp(hold.Expiry), State: hold.State,
		}
	}
	return out, nil
}

// partial is the fulfillment_status of an order some of whose tickets ended.
const partial = "PARTIAL"

// fulfilmentOf is the order's fulfillment_status. Tickets end by refunds and disputes only: without one they are not read.
func fulfilmentOf(r tickets.Reader, o tickets.Order) (string, error) {
	status := o.FulfilmentStatus()
	if status != "FULFILLED" || o.Refund == "" && o.Dispute == "" {
		return status, nil
	}
	ks, err := r.Tickets(o.ID)
	if err != nil {
		return status, err
	}
	return ended(o, status, ks), nil
}

// ended is a status of issued tickets, given for how many of the order's places they are still good.
func ended(o tickets.Order, status string, ks []tickets.Ticket) string {
	good := 0
	for _, k := range ks {
		if k.Good() {
			good += k.Places
		}
	}
	switch {
	case len(ks) == 0 || good >= o.Places():
		return status
	case good == 0:
		return string(tickets.TicketRevoked)
	default:
		return partial
	}
}

func customerOf(b tickets.Buyer) customerJSON {
	c := customerJSON{TelegramUsername: b.Username}
	if b.TelegramID != 0 {
		c.TelegramUserID = strconv.FormatInt(b.TelegramID, 10)
	}
	return c
}

func linesOf(lines []tickets.Line, c tickets.Currency, lang string) []lineJSON {
	out := make([]lineJSON, len(lines))
	for i, l := range lines {
		out[i] = lineJSON{
			SKUID: l.SKU, Name: l.Names.Pick(lang), Quantity: l.Units, Admits: l.Admits, Places: l.Places(),
			UnitPrice: l.UnitPrice, Amount: l.Amount(), Currency: c,
		}
	}
	return out
}

func firstSKU(o tickets.Order) tickets.SKUID {
	if len(o.Quote.Lines) == 0 {
		return ""
	}
	return o.Quote.Lines[0].SKU
}

// optional is nil for the empty value.
func optional[T comparable](v T) *T {
	var none T
	if v == none {
		return nil
	}
	return &v
}
