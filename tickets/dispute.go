package tickets

import (
	"encoding/json"
	"slices"
	"time"
)

// DisputeState is where a dispute stands.
type DisputeState string

// The states of a dispute. Funds move apart from it: see Dispute.Withdrawn and Reinstated.
const (
	DisputeWarning      DisputeState = "WARNING"       // the bank warns of fraud; nothing is taken yet
	DisputeOpen         DisputeState = "OPEN"          // the customer's bank asks the money back
	DisputeEvidenceSent DisputeState = "EVIDENCE_SENT" // we answered; the bank decides
	DisputeWon          DisputeState = "WON"
	DisputeLost         DisputeState = "LOST"
	DisputeReversed     DisputeState = "REVERSED" // won, or the funds came back, after they were taken
	DisputeDropped      DisputeState = "DROPPED"  // a warning that came to nothing
)

// disputeMoves is the law of a dispute's state. Banks change their minds: what is lost may be reversed, what is won
// may be opened again.
var disputeMoves = map[DisputeState][]DisputeState{
	DisputeWarning:      {DisputeOpen, DisputeEvidenceSent, DisputeWon, DisputeLost, DisputeReversed, DisputeDropped},
	DisputeOpen:         {DisputeEvidenceSent, DisputeWon, DisputeLost, DisputeReversed, DisputeDropped},
	DisputeEvidenceSent: {DisputeOpen, DisputeWon, DisputeLost, DisputeReversed, DisputeDropped},
	DisputeLost:         {DisputeReversed, DisputeWon},
	DisputeWon:          {DisputeOpen, DisputeLost, DisputeReversed},
	DisputeReversed:     {DisputeOpen, DisputeLost},
	DisputeDropped:      {DisputeWarning, DisputeOpen, DisputeEvidenceSent, DisputeWon, DisputeLost, DisputeReversed},
}

// Dispute is a customer's bank that wants a charge back. Unique by ID and by (Gateway, Remote).
type Dispute struct {
	ID         DisputeID       `json:"id"`
	Merchant   MerchantID      `json:"merchant"`
	Order      OrderID         `json:"order,omitempty"` // "" while its charge is of no order
	Gateway    string          `json:"gateway"`
	Remote     string          `json:"remote"`
	Charge     string          `json:"charge"` // with Gateway: the capture it is about
	Amount     Money           `json:"amount"`
	State      DisputeState    `json:"state"`
	Reason     string          `json:"reason,omitempty"` // the bank's: fraudulent, product_not_received …
	Withdrawn  bool            `json:"withdrawn,omitempty"`
	Reinstated bool            `json:"reinstated,omitempty"`
	Tickets    []TicketCode    `json:"tickets,omitempty"`     // that it ended; a reversal replaces them
	UsedPlaces int             `json:"used_places,omitempty"` // admitted already when it was opened: what is lost if it is
	Deadline   time.Time       `json:"deadline,omitzero"`     // for evidence
	Told       time.Time       `json:"told,omitzero"`         // when the provider said what State is; older news change nothing
	Moved      time.Time       `json:"moved,omitzero"`        // when the provider said that its funds moved last; older news change nothing
	Pack       time.Time       `json:"pack,omitzero"`         // when the evidence was last put together
	Raw        json.RawMessage `json:"raw,omitempty"`         // the provider's newest words about it, cleaned
	At         time.Time       `json:"at"`
	Changed    time.Time       `json:"changed"`
	Ended      time.Time       `json:"ended,omitzero"`
}

// Move changes the state. It refuses with Conflict, changing nothing, what the law does not have; to stay is not a move.
func (d *Dispute) Move(to DisputeState, at time.Time) error {
	if !slices.Contains(disputeMoves[d.State], to) {
		return Refuse(Conflict, "dispute %s is %s, not %s", d.ID, d.State, to).With("state", string(d.State))
	}
	d.State, d.Changed, d.Ended = to, Milli(at), time.Time{}
	if !d.Live() {
		d.Ended = d.Changed
	}
	return nil
}

// Stale reports whether news of a state, said at a time, are older than what is known: notices come in any order. Of
// news of the same moment the one that is further on counts.
func (d Dispute) Stale(state DisputeState, at time.Time) bool {
	if at.IsZero() || d.Told.IsZero() || at.After(d.Told) {
		return false
	}
	return at.Before(d.Told) || slices.Index(disputeOrder, state) < slices.Index(disputeOrder, d.State)
}

// TakenAgain reports whether news that its funds were taken, said at a time, are of a second taking: the bank gave them
// back and changed its mind.
func (d Dispute) TakenAgain(at time.Time) bool {
	return d.Withdrawn && d.Reinstated && (at.IsZero() || at.After(d.Moved))
}

// disputeOrder is the usual way of a dispute.
var disputeOrder = []DisputeState{
	DisputeWarning, DisputeDropped, DisputeOpen, DisputeEvidenceSent, DisputeLost, DisputeWon, DisputeReversed,
}

// Live reports whether the bank has not decided.
func (d Dispute) Live() bool {
	return d.State == DisputeWarning || d.Contested()
}

// Contested reports whether the money is being argued about: tickets are blocked and refunds locked.
func (d Dispute) Contested() bool {
	return d.State == DisputeOpen || d.State == DisputeEvidenceSent
}

// Gone is how much of the merchant's money the bank holds because of it.
func (d Dispute) Gone() Money {
	if d.Withdrawn && !d.Reinstated {
		return d.Amount
	}
	return Money{Currency: d.Amount.Currency}
}
