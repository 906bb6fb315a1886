package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"

	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// paymentJSON is the payment resource, a shape that other systems fixed. What is not known yet is null.
type paymentJSON struct {
	ID               *tickets.SessionID `json:"id"`
	PaymentMethodID  *string            `json:"payment_method_id"`
	PaymentType      *string            `json:"payment_type"` // the gateway
	NameTranslations map[string]string  `json:"name_translations"`
	Status           string             `json:"status"`
	PaymentFee       sumJSON            `json:"payment_fee"`
	Total            sumJSON            `json:"total"`
	PaidAt           *string            `json:"paid_at"`
	UpdatedAt        string             `json:"updated_at"`
	CreatedAt        string             `json:"created_at"`
	PaymentData      paymentDataJSON    `json:"payment_data"`
	LastFourDigits   string             `json:"last_four_digits"`
	RefPaymentID     *string            `json:"ref_payment_id"` // the provider's name for the payment
}

// paymentDataJSON holds the provider's own words, cleaned of secrets when they were stored.
type paymentDataJSON struct {
	CreatePayment   json.RawMessage   `json:"create_payment"`
	NotifyResponse  json.RawMessage   `json:"notify_response"`
	RefundResponses []json.RawMessage `json:"refund_responses"`
	LastFourDigits  string            `json:"last_four_digits"`
	Brand           string            `json:"brand"`
}

func (a *API) payment(w http.ResponseWriter, r *http.Request, _ caller) error {
	var o tickets.Order
	var p tickets.Payment
	var back moneyBack
	err := a.desk.Store.View(r.Context(), func(s tickets.Reader) (err error) {
		p, back = tickets.Payment{}, moneyBack{}
		if o, err = findOrder(s, r.PathValue("order")); err != nil {
			return err
		}
		id := o.PaidBy
		if id == "" {
			id = o.Session
		}
		if id == "" {
			return nil
		}
		if p, err = s.Payment(id); err != nil {
			return err
		}
		back, err = backOf(s, p)
		return err
	})
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, map[string]paymentJSON{"order_payment": paymentOf(o, p, back)})
}

// moneyBack is what went back of a payment's charges.
type moneyBack struct {
	captures []tickets.Capture
	refunds  []tickets.Refund
}

// backOf reads the charges of a payment, and their refunds.
func backOf(s tickets.Reader, p tickets.Payment) (b moneyBack, err error) {
	if b.captures, err = s.Captures(p.Order); err != nil {
		return b, err
	}
	b.captures = slices.DeleteFunc(b.captures, func(c tickets.Capture) bool { return c.Session != p.ID })
	if b.refunds, err = s.Refunds(p.Order); err != nil {
		return b, err
	}
	b.refunds = slices.DeleteFunc(b.refunds, func(x tickets.Refund) bool {
		return !slices.ContainsFunc(b.captures, func(c tickets.Capture) bool { return c.Gateway == x.Gateway && c.Charge == x.Charge })
	})
	return b, nil
}

// status is order_payment.status of money that went back, "" while none did. Of a payment that paid for its order only
// what it paid counts: an excess or a second charge that went back leaves it completed. So does a refund that waits for somebody's
// decision, or for its time: its money is still here.
func (b moneyBack) status() string {
	var came, went int64
	applied := slices.ContainsFunc(b.captures, func(c tickets.Capture) bool { return c.Applied > 0 })
	for _, c := range b.captures {
		if applied {
			came, went = came+c.Applied, went+c.Returned
		} else {
			came, went = came+c.Amount.Amount, went+c.Repaid
		}
	}
	going := slices.ContainsFunc(b.refunds, func(x tickets.Refund) bool {
		return x.Live() && x.State != tickets.RefundRequested && x.Owed != applied
	})
	switch {
	case going:
		return "refunding"
	case went > 0 && went >= came:
		return "refunded"
	case went > 0:
		return "partially_refunded"
	default:
		return ""
	}
}

// responses are the provider's own words about the refunds, and when the last of them changed.
func (b moneyBack) responses(changed time.Time) ([]json.RawMessage, time.Time) {
	out := []json.RawMessage{}
	for _, x := range b.refunds {
		if len(x.Raw) > 0 {
			out = append(out, x.Raw)
		}
		if x.Changed.After(changed) {
			changed = x.Changed
		}
	}
	return out, changed
}

// paymentOf writes the order's payment; one without an id is an order without any attempt.
func paymentOf(o tickets.Order, p tickets.Payment, back moneyBack) paymentJSON {
	words := text.For(text.Match(o.Buyer.Lang))
	if p.ID == "" {
		return paymentJSON{
			NameTranslations: map[string]string{}, Status: p.ResourceStatus(), Total: sumOf(o.Total(), words),
			PaymentFee: sumOf(tickets.Money{Currency: o.Total().Currency}, words), UpdatedAt: offset(o.Changed), CreatedAt: offset(o.At),
			PaymentData: paymentDataJSON{RefundResponses: []json.RawMessage{}},
		}
	}
	methodID := p.Gateway + "_" + p.Method
	card := cardOf(p)
	refunds, changed := back.responses(p.Changed)
	status := back.status()
	if status == "" {
		status = p.ResourceStatus()
	}
	out := paymentJSON{
		ID: &p.ID, PaymentMethodID: &methodID, PaymentType: &p.Gateway, NameTranslations: methodNames(p.Method),
		Status: status, PaymentFee: sumOf(p.Fee, words), Total: sumOf(p.Total, words), UpdatedAt: offset(changed),
		CreatedAt: offset(p.At), LastFourDigits: card.Last4, RefPaymentID: optional(p.Charge),
		PaymentData: paymentDataJSON{
			CreatePayment: p.Created, NotifyResponse: p.Notified, RefundResponses: refunds, LastFourDigits: card.Last4, Brand: card.Brand,
		},
	}
	if !p.PaidAt.IsZero() {
		out.PaidAt = optional(offset(p.PaidAt))
	}
	return out
}

// offset writes a time as the payment resource has it, with the zone as an offset.
func offset(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000") + "+00:00" }

// shapeTags are the languages as the payment resource names them.
var shapeTags = map[text.Lang]string{text.English: "en", text.Simplified: "zh-cn", text.Traditional: "zh-hant"}

// methodNames is the name of a payment method in every language; a method without one is called by its id.
func methodNames(method string) map[string]string {
	names := map[string]string{}
	for lang, tag := range shapeTags {
		p := text.For(lang)
		names[tag] = method
		if key := "web.method." + method; p.Has(key) {
			names[tag] = p.T(key)
		}
	}
	return names
}

// card is what may be told of a card.
type card struct {
	Brand string
	Last4 string
}

// cardOf looks for a card in the provider's notice, and then in its answer at creation. Providers bury it at
// different depths ("last4" and "brand" beside each other).
func cardOf(p tickets.Payment) card {
	for _, raw := range []json.RawMessage{p.Notified, p.Created} {
		var v any
		if len(raw) == 0 || json.Unmarshal(raw, &v) != nil {
			continue
		}
		if c, ok := findCard(v, 0); ok {
			return c
		}
	}
	return card{}
}

// maxDepth bounds how deep a provider's document is searched.
const maxDepth = 12

func findCard(v any, depth int) (card, bool) {
	if depth > maxDepth {
		return card{}, false
	}
	var inside []any
	switch v := v.(type) {
	case map[string]any:
		if last4, ok := v["last4"].(string); ok && len(last4) == 4 {
			brand, _ := v["brand"].(string)
			return card{Brand: brand, Last4: last4}, true
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			inside = append(inside, v[name])
		}
	case []any:
		inside = v
	}
	for _, x := range inside {
		if c, ok := findCard(x, depth+1); ok {
			return c, true
		}
	}
	return card{}, false
}
