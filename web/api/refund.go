package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// refundJSON is money of one charge on its way back. A wish for more than one charge can give is several of them, one for
// each charge; the first carries the tickets.
type refundJSON struct {
	RefundID     tickets.RefundID     `json:"refund_id"`
	OrderID      *tickets.OrderID     `json:"order_id"` // null for money of no order
	Gateway      string               `json:"gateway"`
	ChargeID     string               `json:"charge_id"`
	Amount       int64                `json:"amount"` // minor units
	Currency     tickets.Currency     `json:"currency"`
	Kept         int64                `json:"kept"`    // minor units that the policy keeps
	Percent      *int                 `json:"percent"` // of the policy's bracket; null: no policy was asked
	Owed         bool                 `json:"owed"`    // money that never paid for the order
	TicketCodes  []tickets.TicketCode `json:"ticket_codes"`
	Source       tickets.RefundSource `json:"source"`
	State        tickets.RefundState  `json:"state"`
	Override     bool                 `json:"override"`
	Automatic    bool                 `json:"automatic"` // needs nobody
	Reason       string               `json:"reason"`
	Note         string               `json:"note"`
	By           tickets.Actor        `json:"by"`
	Approvals    []approvalJSON       `json:"approvals"`
	ProviderID   *string              `json:"provider_refund_id"`
	Reference    *string              `json:"reference"` // of one that was paid back by another way
	Wish         *tickets.RefundID    `json:"wish"`      // the first refund of the wish that it is part of; null for owed money
	Retries      *tickets.RefundID    `json:"retries"`
	ErrorCode    *tickets.Kind        `json:"error_code"`
	ErrorMessage *string              `json:"error_message"`
	CreatedAt    string               `json:"created_at"`
	UpdatedAt    string               `json:"updated_at"`
	SubmittedAt  *string              `json:"submitted_at"`
	NextAt       *string              `json:"next_at"` // when something happens by itself
	EndedAt      *string              `json:"ended_at"`
}

type approvalJSON struct {
	By     tickets.Actor `json:"by"`
	Reason string        `json:"reason"`
	At     string        `json:"at"`
}

func refundOf(x tickets.Refund) refundJSON {
	out := refundJSON{
		RefundID: x.ID, OrderID: optional(x.Order), Gateway: x.Gateway, ChargeID: x.Charge, Amount: x.Amount.Amount,
		Currency: x.Amount.Currency, Kept: x.Kept, Percent: optional(x.Percent), Owed: x.Owed, TicketCodes: x.Tickets, Source: x.Source,
		State: x.State, Override: x.Override, Automatic: x.Auto, Reason: x.Reason, Note: x.Note, By: x.By, Approvals: []approvalJSON{},
		ProviderID: optional(x.Remote), Reference: optional(x.Evidence), Wish: optional(x.Wish), Retries: optional(x.Retries), ErrorCode: optional(x.Refusal),
		ErrorMessage: optional(x.Error), CreatedAt: checkout.Stamp(x.At), UpdatedAt: checkout.Stamp(x.Changed),
		SubmittedAt: stamp(x.Submitted), NextAt: stamp(x.Due), EndedAt: stamp(x.Ended),
	}
	if out.TicketCodes == nil {
		out.TicketCodes = []tickets.TicketCode{}
	}
	for _, y := range x.Approvals {
		out.Approvals = append(out.Approvals, approvalJSON{By: y.By, Reason: y.Reason, At: checkout.Stamp(y.At)})
	}
	return out
}

func refundsOf(xs []tickets.Refund) []refundJSON {
	var out []refundJSON
	for _, x := range xs {
		out = append(out, refundOf(x))
	}
	return out
}

// stamp is nil for the zero time.
func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return optional(checkout.Stamp(t))
}

// refundWish is the body of POST …/refunds: an amount, tickets, both, or the whole.
type refundWish struct {
	Amount   int64                `json:"amount"` // minor units
	Tickets  []tickets.TicketCode `json:"tickets"`
	Whole    bool                 `json:"whole"`
	Override bool                 `json:"override"`
	Reason   string               `json:"reason"`
}

// maxTickets bounds the tickets of one wish.
const maxTickets = 500

func (b refundWish) valid() error {
	switch {
	case b.Amount < 0:
		return wrong("amount", "%d", b.Amount)
	case len(b.Tickets) > maxTickets:
		return wrong("tickets", "more than %d", maxTickets)
	case b.Whole && (b.Amount > 0 || len(b.Tickets) > 0):
		return wrong("whole", "it goes with neither an amount nor tickets")
	case !b.Whole && b.Amount == 0 && len(b.Tickets) == 0:
		return wrong("amount", "say an amount, tickets, or whole: true")
	case b.Reason == "":
		return wrong("reason", "say why")
	}
	return words("reason", b.Reason)
}

func (a *API) askRefund(w http.ResponseWriter, r *http.Request, by caller) error {
	var body refundWish
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
	o, err := a.orderNamed(r)
	if err != nil {
		return err
	}
	made, err := a.desk.AskRefund(r.Context(), checkout.RefundWish{
		Order: o.ID, By: by.staff(), Tickets: body.Tickets, Amount: body.Amount, Override: body.Override, Reason: body.Reason, Key: key,
	})
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, listOf(refundsOf(made), ""))
}

// orderNamed is the order of the path.
func (a *API) orderNamed(r *http.Request) (o tickets.Order, err error) {
	err = a.desk.Store.View(r.Context(), func(s tickets.Reader) (err error) {
		o, err = findOrder(s, r.PathValue("order"))
		return err
	})
	return o, err
}

func (a *API) orderRefunds(w http.ResponseWriter, r *http.Request, _ caller) error {
	var all []tickets.Refund
	err := a.desk.Store.View(r.Context(), func(s tickets.Reader) error {
		o, err := findOrder(s, r.PathValue("order"))
		if err != nil {
			return err
		}
		all, err = s.Refunds(o.ID)
		return err
	})
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, listOf(refundsOf(all), ""))
}

func (a *API) refunds(w http.ResponseWriter, r *http.Request, _ caller) error {
	return pages(w, r, a.desk.Store, tickets.Reader.AllRefunds, refundOf)
}

// pages answers a list of the store, page by page.
func pages[T, J any](w http.ResponseWriter, r *http.Request, store tickets.Store,
	read func(tickets.Reader, tickets.Page) ([]T, string, error), write func(T) J,
) error {
	page, err := pageParams(r)
	if err != nil {
		return err
	}
	var found []T
	var mark string
	err = store.View(r.Context(), func(s tickets.Reader) (err error) {
		found, mark, err = read(s, page)
		return err
	})
	if errors.Is(err, tickets.Invalid) && page.Mark != "" {
		return wrong("token", "it is not the token of this list")
	}
	if err != nil {
		return err
	}
	var out []J
	for _, x := range found {
		out = append(out, write(x))
	}
	return answer(w, http.StatusOK, listOf(out, mark))
}

// refundID is the refund of the path.
func refundID(r *http.Request) (tickets.RefundID, error) {
	id := r.PathValue("refund")
	if !tickets.ValidID(tickets.PrefixRefund, id) {
		return "", tickets.Refuse(tickets.NotFound, "no such refund")
	}
	return tickets.RefundID(id), nil
}

func (a *API) refund(w http.ResponseWriter, r *http.Request, _ caller) error {
	id, err := refundID(r)
	if err != nil {
		return err
	}
	var x tickets.Refund
	err = a.desk.Store.View(r.Context(), func(s tickets.Reader) (err error) { x, err = s.Refund(id); return err })
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, refundOf(x))
}

// decide makes a handler of a verb that takes a refund and a reason.
func (a *API) decide(verb func(context.Context, tickets.RefundID, checkout.Staff, string) (tickets.Refund, error)) handler {
	return func(w http.ResponseWriter, r *http.Request, by caller) error {
		id, err := refundID(r)
		if err != nil {
			return err
		}
		reason, err := readSaid(r)
		if err != nil {
			return err
		}
		x, err := verb(r.Context(), id, by.staff(), reason)
		if err != nil {
			return err
		}
		return answer(w, http.StatusOK, refundOf(x))
	}
}

// ending is the body of POST …/tickets.
type ending struct {
	Tickets []tickets.TicketCode `json:"tickets"`
}

func (b ending) valid() error {
	switch {
	case len(b.Tickets) == 0:
		return wrong("tickets", "say which")
	case len(b.Tickets) > maxTickets:
		return wrong("tickets", "more than %d", maxTickets)
	case len(slices.Compact(slices.Sorted(slices.Values(b.Tickets)))) < len(b.Tickets):
		return wrong("tickets", "one is there twice")
	}
	return nil
}

// endTickets says which tickets a refund that was found at the provider was for.
func (a *API) endTickets(w http.ResponseWriter, r *http.Request, by caller) error {
	id, err := refundID(r)
	if err != nil {
		return err
	}
	var body ending
	if err := read(r, &body); err != nil {
		return err
	}
	if err := body.valid(); err != nil {
		return err
	}
	x, err := a.desk.EndTickets(r.Context(), id, body.Tickets, by.staff())
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, refundOf(x))
}

// settling is the body of POST …/settle.
type settling struct {
	Reference string `json:"reference"` // proves that the money went back
	Reason    string `json:"reason"`
}

func (a *API) settleRefund(w http.ResponseWriter, r *http.Request, by caller) error {
	id, err := refundID(r)
	if err != nil {
		return err
	}
	var body settling
	if err := read(r, &body); err != nil {
		return err
	}
	if err := errors.Join(words("reference", body.Reference), words("reason", body.Reason)); err != nil {
		return err
	}
	x, err := a.desk.SettleRefund(r.Context(), id, by.staff(), body.Reference, body.Reason)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, refundOf(x))
}
