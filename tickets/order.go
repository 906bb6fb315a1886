package tickets

import "time"

// Stage is where an order stands. It changes only by a row of [Transitions].
type Stage string

// The stages.
const (
	StageNone          Stage = ""                 // there is no order yet
	StageHeld          Stage = "HELD"             // places held, no payment begun
	StageAwaiting      Stage = "AWAITING_PAYMENT" // at least one open payment
	StageExpiring      Stage = "EXPIRING"         // time is over; payments are being closed at the gateways; places still counted
	StageExpired       Stage = "EXPIRED"          // closed, places given back; money may still arrive
	StageCancelled     Stage = "CANCELLED"        // ended before payment by a person; money may still arrive
	StagePaymentReview Stage = "PAYMENT_REVIEW"   // money arrived that cannot be applied by itself
	StagePaid          Stage = "PAID"             // money applied, places sold
	StageFulfilling    Stage = "FULFILLING"       // somebody is issuing the tickets
	StageFulfilled     Stage = "FULFILLED"        // all tickets issued
)

// Channel is where an order came from.
type Channel string

// The channels.
const (
	ChannelTelegram Channel = "telegram"
	ChannelAPI      Channel = "api"
)

// Buyer is the customer as the order remembers them.
type Buyer struct {
	Customer   CustomerID `json:"customer,omitempty"`
	TelegramID int64      `json:"telegram_id,omitempty"`
	Username   string     `json:"username,omitempty"`
	Name       string     `json:"name,omitempty"`
	Lang       string     `json:"lang,omitempty"`
	Chat       int64      `json:"chat,omitempty"` // where tickets and messages go
}

// Fulfilment is the issuing of an order's tickets.
type Fulfilment struct {
	ID    FulfilmentID `json:"id"`
	State string       `json:"state"` // QUEUED, ISSUING, ISSUED
	At    time.Time    `json:"at"`    // of the last change; issued_at when ISSUED
	By    string       `json:"by,omitempty"`
}

// The states of a fulfilment.
const (
	FulfilmentQueued  = "QUEUED"
	FulfilmentIssuing = "ISSUING"
	FulfilmentIssued  = "ISSUED"
)

// Order is what a customer buys.
type Order struct {
	ID          OrderID    `json:"id"`
	Code        string     `json:"code"`
	Merchant    MerchantID `json:"merchant"`
	Channel     Channel    `json:"channel"`
	Buyer       Buyer      `json:"buyer"`
	ProductName Texts      `json:"product_name"`
	Quote       Quote      `json:"quote"`
	Secret      string     `json:"secret"` // of the status page
	Confirm     string     `json:"confirm"`
	Stage       Stage      `json:"stage"`
	Reason      string     `json:"reason,omitempty"` // why the stage is what it is: "cancel", "late_no_places" …
	Gen         int        `json:"gen"`              // generation, +1 at each revival
	Rev         int64      `json:"rev"`              // +1 at each transition
	Hold        HoldID     `json:"hold"`
	FirstHeld   time.Time  `json:"first_held"`
	Attempts    int        `json:"attempts"`          // payments begun
	Session     SessionID  `json:"session,omitempty"` // the newest payment
	PaidBy      SessionID  `json:"paid_by,omitempty"` // the payment whose money was applied
	Method      string     `json:"method,omitempty"`
	PaymentRef  string     `json:"payment_ref,omitempty"` // <method>_<charge id>
	Applied     int64      `json:"applied"`               // Σ money applied by captures, minor units; derived
	Owed        int64      `json:"owed"`                  // Σ money to give back; derived
	Kept        int64      `json:"kept,omitempty"`        // Σ money of underpaid captures that waits for the rest; derived
	Forgiven    int64      `json:"forgiven,omitempty"`    // what the money fell short of the total by and was let pass
	EndedAs     Stage      `json:"ended_as,omitempty"`    // EXPIRED or CANCELLED once it had ended, until revived
	EndedBy     ActorKind  `json:"ended_by,omitempty"`
	ReviewUntil time.Time  `json:"review_until,omitzero"` // places of an underpaid order are kept until then
	Late        bool       `json:"late,omitempty"`        // money may still come from a session that could not be closed
	Replaces    OrderID    `json:"replaces,omitempty"`
	ReplacedBy  OrderID    `json:"replaced_by,omitempty"`
	Fulfilment  Fulfilment `json:"fulfilment,omitzero"`
	Facts       int64      `json:"facts"` // how many facts the order has: the last one's Seq
	Test        bool       `json:"test,omitempty"`
	At          time.Time  `json:"at"`
	Changed     time.Time  `json:"changed"`
}

// Total is the order's price without method fees.
func (o Order) Total() Money { return o.Quote.Total }

// Places of the order.
func (o Order) Places() int { return o.Quote.Places() }

// Slot of the visit.
func (o Order) Slot() Slot { return o.Quote.Slot }

// Ended reports whether the order ended unpaid and was not revived.
func (o Order) Ended() bool { return o.EndedAs != "" }

// Manual reports whether a person issues the order's tickets: any line says so.
func (o Order) Manual() bool {
	for _, l := range o.Quote.Lines {
		if l.Fulfilment == FulfilManual {
			return true
		}
	}
	return false
}

// Paid reports whether the order's money is applied.
func (o Order) Paid() bool {
	return o.Stage == StagePaid || o.Stage == StageFulfilling || o.Stage == StageFulfilled
}

// Open reports whether the order still waits for its customer to pay.
func (o Order) Open() bool { return o.Stage == StageHeld || o.Stage == StageAwaiting }

// Status is the one word that programs see, in the vocabulary of the public order events.
type Status string

// The public statuses. Refunds and disputes have theirs when those verbs exist.
const (
	StatusInit      Status = "INIT"
	StatusCharged   Status = "CHARGED"
	StatusFulfilled Status = "FULFILLED"
	StatusClosed    Status = "CLOSED"
)

// Status derives the public status and its reason; it is never stored.
func (o Order) Status() (Status, string) {
	switch o.Stage {
	case StageFulfilled:
		return StatusFulfilled, ""
	case StagePaid, StageFulfilling:
		return StatusCharged, ""
	case StageExpired, StageCancelled:
		return StatusClosed, string(o.Stage)
	case StagePaymentReview:
		if o.Ended() {
			return StatusClosed, string(o.EndedAs)
		}
		return StatusInit, string(StagePaymentReview)
	default:
		return StatusInit, ""
	}
}

// PaymentStatus is payment_status of the order's JSON, given the state of its newest payment ("" when none).
func (o Order) PaymentStatus(newest PaymentState) string {
	switch {
	case o.Paid():
		return "SUCCESS"
	case o.Stage == StageExpired || o.Stage == StageCancelled || o.Ended():
		return "EXPIRED"
	case newest == PaymentFailed:
		return "FAILED"
	default:
		return "PENDING"
	}
}

// PaymentState is the overlay payment_state: what the order's money amounts to.
func (o Order) PaymentState() string {
	switch {
	case o.Paid() && o.Owed > 0:
		return "OVERPAID"
	case o.Paid():
		return "PAID"
	case o.Applied > 0 || o.Kept > 0:
		return "PARTIALLY_PAID"
	case o.Stage == StageAwaiting || o.Stage == StageExpiring:
		return "PENDING"
	default:
		return "UNPAID"
	}
}

// FulfilmentStatus is fulfillment_status of the order's JSON.
func (o Order) FulfilmentStatus() string {
	switch o.Stage {
	case StageFulfilled:
		return "FULFILLED"
	case StageFulfilling:
		return "IN_PROGRESS"
	default:
		return "PENDING"
	}
}

// Settle derives Applied, Owed and Kept from all of the order's captures. Money in other currencies is not summed:
// it is owed by its capture alone.
func (o *Order) Settle(captures []Capture) {
	o.Applied, o.Owed, o.Kept = 0, 0, 0
	for _, c := range captures {
		if c.Amount.Currency != o.Total().Currency {
			continue
		}
		o.Applied += c.Applied
		o.Owed += c.Owed
		if c.Disposition == Underpaid && c.Owed == 0 {
			o.Kept += c.Amount.Amount
		}
	}
}
