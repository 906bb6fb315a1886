package api

import (
	"net/http"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// captureJSON is money that really arrived.
type captureJSON struct {
	CaptureID   tickets.CaptureID   `json:"capture_id"`
	OrderID     *tickets.OrderID    `json:"order_id"` // null for money of no order
	Gateway     string              `json:"gateway"`
	ChargeID    string              `json:"charge_id"`
	Amount      int64               `json:"amount"` // minor units
	Currency    tickets.Currency    `json:"currency"`
	Disposition tickets.Disposition `json:"disposition"`
	Applied     int64               `json:"applied"`  // pays for the order
	Returned    int64               `json:"returned"` // of applied: went back
	Owed        int64               `json:"owed"`     // does not pay for the order
	Repaid      int64               `json:"repaid"`   // of owed: went back
	Resolved    *tickets.Resolution `json:"resolved"`
	CreatedAt   string              `json:"created_at"`
}

func captureJSONOf(c tickets.Capture) captureJSON {
	return captureJSON{
		CaptureID: c.ID, OrderID: optional(c.Order), Gateway: c.Gateway, ChargeID: c.Charge, Amount: c.Amount.Amount, Currency: c.Amount.Currency,
		Disposition: c.Disposition, Applied: c.Applied, Returned: c.Returned, Owed: c.Owed, Repaid: c.Repaid, Resolved: optional(c.Resolved),
		CreatedAt: checkout.Stamp(c.At),
	}
}

// marking is the body of POST …/paid.
type marking struct {
	Amount    int64  `json:"amount"` // minor units; 0 is what is to pay
	Reference string `json:"reference"`
	Reason    string `json:"reason"`
	Confirm   bool   `json:"confirm"`
}

// markPaid records money that came by another way. Without confirm it does nothing, and answers with what it would do.
func (a *API) markPaid(w http.ResponseWriter, r *http.Request, by caller) error {
	var body marking
	if err := read(r, &body); err != nil {
		return err
	}
	switch {
	case body.Amount < 0:
		return wrong("amount", "%d", body.Amount)
	case body.Reference == "":
		return wrong("reference", "of the transfer or receipt")
	case body.Reason == "":
		return wrong("reason", "say why")
	}
	if err := words("reason", body.Reason); err != nil {
		return err
	}
	o, err := a.orderNamed(r)
	if err != nil {
		return err
	}
	if !body.Confirm {
		return a.wouldMark(r, o, body)
	}
	_, second, err := a.desk.MarkPaid(r.Context(), checkout.MarkingPaid{
		Order: o.ID, By: by.staff(), Amount: body.Amount, Reference: body.Reference, Reason: body.Reason,
	})
	if err != nil {
		return err
	}
	if second { // one more person must say so
		return a.answerOrder(w, r, o.ID, http.StatusAccepted)
	}
	return a.answerOrder(w, r, o.ID, http.StatusOK)
}

// wouldMark is the refusal that says what marking the order paid would do.
func (a *API) wouldMark(r *http.Request, o tickets.Order, body marking) error {
	due, err := a.desk.ToPay(r.Context(), o.ID)
	would := "pay"
	switch kind := tickets.KindOf(err); {
	case err == nil:
	case o.Applied > 0:
		return tickets.Refuse(tickets.Conflict, "order %s is %s", o.ID, o.Stage).With("reason", "paid")
	case kind == tickets.Conflict || kind == tickets.Expired: // its time is over: judged as late money is
		due, would = o.Total(), "pay_late"
	default:
		return err
	}
	amount := body.Amount
	switch {
	case amount == 0:
		amount = due.Amount
	case amount < due.Amount:
		would = "underpay"
	case amount > due.Amount:
		would = "overpay"
	}
	return tickets.Refuse(tickets.Conflict, "send confirm: true to do it").With("reason", "confirm").With("would", would).
		With("amount", amount).With("to_pay", due.Amount).With("currency", string(due.Currency)).
		With("order_code", o.Code).With("stage", string(o.Stage))
}

// answerOrder answers with an order as it now is.
func (a *API) answerOrder(w http.ResponseWriter, r *http.Request, id tickets.OrderID, status int) error {
	var out orderJSON
	err := a.desk.Store.View(r.Context(), func(s tickets.Reader) error {
		o, err := s.Order(id)
		if err != nil {
			return err
		}
		out, err = orderOf(s, o)
		return err
	})
	if err != nil {
		return err
	}
	return answer(w, status, out)
}

func (a *API) refundCapture(w http.ResponseWriter, r *http.Request, by caller) error {
	reason, err := readSaid(r)
	if err != nil {
		return err
	}
	x, err := a.desk.RefundMoney(r.Context(), r.PathValue("gateway"), r.PathValue("charge"), by.staff(), reason)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, refundOf(x))
}

func (a *API) writeOff(w http.ResponseWriter, r *http.Request, by caller) error {
	reason, err := readSaid(r)
	if err != nil {
		return err
	}
	c, err := a.desk.WriteOff(r.Context(), r.PathValue("gateway"), r.PathValue("charge"), by.staff(), reason)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if c.Resolved != tickets.ResolvedWriteOff { // one more person must agree
		status = http.StatusAccepted
	}
	return answer(w, status, captureJSONOf(c))
}

func (a *API) applyMoney(w http.ResponseWriter, r *http.Request, by caller) error {
	reason, err := readSaid(r)
	if err != nil {
		return err
	}
	o, err := a.orderNamed(r)
	if err != nil {
		return err
	}
	if o, err = a.desk.ApplyMoney(r.Context(), o.ID, by.staff(), reason); err != nil {
		return err
	}
	return a.answerOrder(w, r, o.ID, http.StatusOK)
}
