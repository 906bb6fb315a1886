package api

import (
	"bytes"
	"net/http"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// disputeJSON is a customer's bank that wants a charge back. The state and the money (funds) move apart.
type disputeJSON struct {
	DisputeID     tickets.DisputeID    `json:"dispute_id"`
	OrderID       *tickets.OrderID     `json:"order_id"` // null while its charge is of no order
	Gateway       string               `json:"gateway"`
	ProviderID    string               `json:"provider_dispute_id"`
	ChargeID      string               `json:"charge_id"`
	Amount        int64                `json:"amount"` // minor units
	Currency      tickets.Currency     `json:"currency"`
	State         tickets.DisputeState `json:"state"`
	Reason        string               `json:"reason"`       // the bank's
	Funds         string               `json:"funds"`        // none, withdrawn or reinstated
	TicketCodes   []tickets.TicketCode `json:"ticket_codes"` // that it ended
	UsedPlaces    int                  `json:"used_places"`  // admitted already when it was opened
	EvidenceDueAt *string              `json:"evidence_due_at"`
	PackedAt      *string              `json:"evidence_packed_at"`
	CreatedAt     string               `json:"created_at"`
	UpdatedAt     string               `json:"updated_at"`
	EndedAt       *string              `json:"ended_at"`
}

func disputeOf(d tickets.Dispute) disputeJSON {
	out := disputeJSON{
		DisputeID: d.ID, OrderID: optional(d.Order), Gateway: d.Gateway, ProviderID: d.Remote, ChargeID: d.Charge, Amount: d.Amount.Amount,
		Currency: d.Amount.Currency, State: d.State, Reason: d.Reason, Funds: fundsOf(d), TicketCodes: d.Tickets, UsedPlaces: d.UsedPlaces,
		EvidenceDueAt: stamp(d.Deadline), PackedAt: stamp(d.Pack), CreatedAt: checkout.Stamp(d.At), UpdatedAt: checkout.Stamp(d.Changed),
		EndedAt: stamp(d.Ended),
	}
	if out.TicketCodes == nil {
		out.TicketCodes = []tickets.TicketCode{}
	}
	return out
}

func fundsOf(d tickets.Dispute) string {
	switch {
	case d.Reinstated:
		return string(checkout.FundsReinstated)
	case d.Withdrawn:
		return string(checkout.FundsWithdrawn)
	default:
		return "none"
	}
}

func (a *API) disputes(w http.ResponseWriter, r *http.Request, _ caller) error {
	return pages(w, r, a.desk.Store, tickets.Reader.AllDisputes, disputeOf)
}

func (a *API) dispute(w http.ResponseWriter, r *http.Request, _ caller) error {
	id := r.PathValue("dispute")
	if !tickets.ValidID(tickets.PrefixDispute, id) {
		return tickets.Refuse(tickets.NotFound, "no such dispute")
	}
	var d tickets.Dispute
	err := a.desk.Store.View(r.Context(), func(s tickets.Reader) (err error) { d, err = s.Dispute(tickets.DisputeID(id)); return err })
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, disputeOf(d))
}

// evidence answers with a ZIP. It is put together before the first byte goes out, so that a fault is still a problem
// document.
func (a *API) evidence(w http.ResponseWriter, r *http.Request, by caller) error {
	o, err := a.orderNamed(r)
	if err != nil {
		return err
	}
	e, err := a.desk.Evidence(r.Context(), o.ID, by.staff())
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := e.Write(&b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="`+o.Code+`-evidence.zip"`)
	w.WriteHeader(http.StatusOK)
	w.Write(b.Bytes())
	return nil
}
