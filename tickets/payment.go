package tickets

import (
	"encoding/json"
	"time"
)

// PaymentState is where a payment attempt stands.
type PaymentState string

// The states of a payment. Captured is reachable from every other: money beats opinion.
const (
	PaymentCreated  PaymentState = "CREATED"       // recorded, the gateway not yet asked
	PaymentOpen     PaymentState = "OPEN"          // the gateway shows a page
	PaymentUnknown  PaymentState = "UNKNOWN"       // the gateway's answer was lost; ask again with the same key
	PaymentAsync    PaymentState = "PENDING_ASYNC" // the customer did their part; the method settles later
	PaymentCaptured PaymentState = "CAPTURED"      // money arrived
	PaymentFailed   PaymentState = "FAILED"        // refused for good
	PaymentClosing  PaymentState = "CLOSING"       // being closed at the gateway
	PaymentClosed   PaymentState = "CLOSED"        // closed at the gateway, or given up
)

// paymentMoves is the law of a payment's state. What was over goes back to closing when the gateway says that its page
// is there all the same, and to open when its invoice is about to be paid and places were found for it again.
var paymentMoves = map[PaymentState][]PaymentState{
	PaymentCreated: {PaymentOpen, PaymentUnknown, PaymentFailed, PaymentAsync, PaymentClosing, PaymentCaptured, PaymentClosed},
	PaymentUnknown: {PaymentOpen, PaymentFailed, PaymentAsync, PaymentClosing, PaymentCaptured, PaymentClosed, PaymentUnknown},
	PaymentOpen:    {PaymentAsync, PaymentFailed, PaymentClosing, PaymentCaptured, PaymentClosed},
	PaymentAsync:   {PaymentFailed, PaymentClosing, PaymentCaptured, PaymentClosed},
	PaymentClosing: {PaymentClosing, PaymentClosed, PaymentCaptured, PaymentFailed, PaymentOpen},
	PaymentClosed:  {PaymentCaptured, PaymentClosing, PaymentOpen},
	PaymentFailed:  {PaymentCaptured, PaymentClosing},
}

// Payment is one attempt to collect an order's money at one gateway.
type Payment struct {
	ID         SessionID       `json:"id"`
	Merchant   MerchantID      `json:"merchant"`
	Order      OrderID         `json:"order"`
	Gen        int             `json:"gen"`
	N          int             `json:"n"` // counts the order's attempts from 1
	Gateway    string          `json:"gateway"`
	Method     string          `json:"method"` // "card", "paynow" …
	Protocol   string          `json:"protocol"`
	Title      string          `json:"title,omitempty"` // what is bought, as the page says it; kept so that a repeated Open says the same
	Lang       string          `json:"lang,omitempty"`  // of the page
	State      PaymentState    `json:"state"`
	Fee        Money           `json:"fee"`
	Total      Money           `json:"total"` // order total + fee: what a capture is compared with
	Key        string          `json:"key"`   // idempotency key at the gateway: order:gen:n
	Remote     string          `json:"remote,omitempty"`
	URL        string          `json:"url,omitempty"`
	Charge     string          `json:"charge,omitempty"` // the provider's name for the payment, once known
	At         time.Time       `json:"at"`
	Changed    time.Time       `json:"changed"`
	Expiry     time.Time       `json:"expiry"`               // of our session: the hold is extended to it
	ClosableAt time.Time       `json:"closable_at,omitzero"` // the gateway closes no sooner
	Approved   time.Time       `json:"approved,omitzero"`    // when a pre-checkout of its invoice was last approved: money may follow
	PaidAt     time.Time       `json:"paid_at,omitzero"`
	Due        time.Time       `json:"due,omitzero"` // when a pass looks at it next; zero: never
	Tries      int             `json:"tries,omitempty"`
	CloseSince time.Time       `json:"close_since,omitzero"`
	Refusal    Kind            `json:"kind,omitempty"`     // of a FAILED one: Declined, or Invalid when our request was refused
	Error      string          `json:"error,omitempty"`    // the provider's last refusal, for people who support
	Created    json.RawMessage `json:"created,omitempty"`  // what the provider answered at creation, cleaned of secrets
	Notified   json.RawMessage `json:"notified,omitempty"` // the provider's newest notice about it, cleaned
	Test       bool            `json:"test,omitempty"`
	Returns    bool            `json:"returns,omitempty"` // the provider told that something went back, and not what: it is asked
}

// Move changes the state. It refuses with Conflict, changing nothing, what the law does not have.
func (p *Payment) Move(to PaymentState, at time.Time) error {
	for _, s := range paymentMoves[p.State] {
		if s == to {
			p.State, p.Changed = to, Milli(at)
			return nil
		}
	}
	return Refuse(Conflict, "payment %s is %s, not %s", p.ID, p.State, to)
}

// Live reports whether the gateway may still take money by it.
func (p Payment) Live() bool {
	switch p.State {
	case PaymentCaptured, PaymentFailed, PaymentClosed:
		return false
	default:
		return true
	}
}

// ResourceStatus is order_payment.status of the payment resource: derived from the attempt.
func (p Payment) ResourceStatus() string {
	switch p.State {
	case PaymentOpen, PaymentAsync, PaymentClosing:
		return "pending"
	case PaymentCaptured:
		return "completed"
	case PaymentFailed:
		return "failed"
	case PaymentClosed:
		return "expired"
	default:
		return "temp"
	}
}

// Disposition is what became of a capture; each has exactly one.
type Disposition string

// The dispositions.
const (
	Applied       Disposition = "APPLIED"
	LateApplied   Disposition = "LATE_APPLIED"
	LateUnapplied Disposition = "LATE_UNAPPLIED"
	Underpaid     Disposition = "UNDERPAID"
	Overpaid      Disposition = "OVERPAID" // applied, and the excess is owed
	WrongCurrency Disposition = "WRONG_CURRENCY"
	Duplicate     Disposition = "DUPLICATE"
	TestMode      Disposition = "TEST_MODE" // no effect
	Unmatched     Disposition = "UNMATCHED" // of no order of ours
)

// Resolution says what became of money that could not be applied by itself.
type Resolution string

// The resolutions.
const (
	ResolvedRefund   Resolution = "refund"
	ResolvedTopUp    Resolution = "top-up"       // further money made the total
	ResolvedWriteOff Resolution = "write-off"    // a person kept it, with a reason
	ResolvedApply    Resolution = "manual_apply" // it pays for the order after all
	ResolvedDispute  Resolution = "dispute"      // a bank took it back for its payer
)

// Capture is money that really arrived, one row per real charge, unique by (Gateway, Charge).
type Capture struct {
	ID          CaptureID   `json:"id"`
	Merchant    MerchantID  `json:"merchant"`
	Gateway     string      `json:"gateway"`
	Charge      string      `json:"charge"`
	Order       OrderID     `json:"order,omitempty"` // "" when Unmatched
	Session     SessionID   `json:"session,omitempty"`
	Gen         int         `json:"gen,omitempty"`
	Amount      Money       `json:"amount"`
	Disposition Disposition `json:"disposition"`
	Applied     int64       `json:"applied"`             // minor units of Amount that pay for the order (fee included)
	Owed        int64       `json:"owed"`                // minor units of Amount that do not pay for the order and go back
	Repaid      int64       `json:"repaid,omitempty"`    // of Owed: went back
	Returned    int64       `json:"returned,omitempty"`  // of Applied: went back
	Resolved    Resolution  `json:"resolved,omitempty"`  // what became of money that could not be applied
	Payer       string      `json:"payer,omitempty"`     // the provider's name of who paid, where a refund needs it
	Processor   string      `json:"processor,omitempty"` // the charge's name at the processor behind the gateway, where a person refunds it
	Notice      NoticeID    `json:"notice,omitempty"`
	Reference   string      `json:"reference,omitempty"` // what the provider said it is for
	Test        bool        `json:"test,omitempty"`
	At          time.Time   `json:"at"`
}

// Rest is what is still to go back of the owed money.
func (c Capture) Rest() int64 { return c.Owed - c.Repaid }

// Refundable is how much of the applied, and how much of the owed money could still be sent back, given all refunds of
// the charge: what they took or reserve is not there any more.
func (c Capture) Refundable(refunds []Refund) (applied, owed int64) {
	applied, owed = c.Applied, c.Owed
	for _, r := range refunds {
		if r.Gateway != c.Gateway || r.Charge != c.Charge || !r.Counts() {
			continue
		}
		a, o := r.Parts()
		applied, owed = applied-a, owed-o
	}
	return max(applied, 0), max(owed, 0)
}

// Has reports whether the capture still has what a refund gives back, given all other refunds of the charge.
func (c Capture) Has(r Refund, others []Refund) bool {
	applied, owed := c.Refundable(others)
	a, o := r.Parts()
	return applied >= a && owed >= o
}
