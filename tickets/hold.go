package tickets

import "time"

// HoldState is where a hold stands.
type HoldState string

// The states of a hold. Only Active and Expiring count in stock; Consumed, Released and Expired are final.
const (
	HoldActive   HoldState = "ACTIVE"
	HoldExpiring HoldState = "EXPIRING" // past its time; the payment page is being closed, places still counted
	HoldConsumed HoldState = "CONSUMED" // its places were sold
	HoldReleased HoldState = "RELEASED" // given back by a cancellation
	HoldExpired  HoldState = "EXPIRED"  // given back by time
)

// Why a hold is not the usual one (Hold.Reason).
const (
	HoldLate     = "late_payment"     // made and sold at once by late money
	HoldReversed = "dispute_reversed" // made and sold at once when a bank gave lost money back
	HoldMoved    = "moved"            // made and sold at once for an order that staff moved to another slot
	HoldAsync    = "async"            // waits for a method that settles later; not one of the customer's open holds
)

// Hold is places set aside for one generation of an order. A revival by late money is a new hold with Gen+1.
type Hold struct {
	ID       HoldID     `json:"id"`
	Merchant MerchantID `json:"merchant"`
	Order    OrderID    `json:"order"`
	Customer CustomerID `json:"customer,omitempty"`
	Gen      int        `json:"gen"`
	Slot     Slot       `json:"slot"`
	Draws    []Draw     `json:"draws"`
	State    HoldState  `json:"state"`
	Reason   string     `json:"reason,omitempty"` // "" or one of the reasons below
	At       time.Time  `json:"at"`
	Expiry   time.Time  `json:"expiry"`           // what the customer is told
	Due      time.Time  `json:"due,omitzero"`     // when the sweep looks at it next; zero when final
	Extended int        `json:"extended"`         // times the system extended it
	Ended    time.Time  `json:"ended,omitzero"`   // when it became final
	Jumped   int64      `json:"jumped,omitempty"` // milliseconds by which it was moved because the clock jumped
}

// Live reports whether the hold's places are counted as held.
func (h Hold) Live() bool { return h.State == HoldActive || h.State == HoldExpiring }

// Places of the hold.
func (h Hold) Places() int {
	n := 0
	for _, d := range h.Draws {
		n += d.Places
	}
	return n
}

// Extend moves the hold's expiry to until, never earlier than it is and never past first+cap, where first is when
// the order was first held. It reports whether the expiry changed.
func (h *Hold) Extend(until, first time.Time, cap time.Duration) bool {
	if limit := first.Add(cap); until.After(limit) {
		until = limit
	}
	until = Milli(until)
	if !until.After(h.Expiry) || h.State != HoldActive {
		return false
	}
	h.Expiry = until
	h.Extended++
	return true
}
