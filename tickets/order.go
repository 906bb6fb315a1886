package tickets

import (
	"slices"
	"time"
)

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
	StageFulfilFailed  Stage = "FULFILL_FAILED"   // the tickets cannot be issued; a person decides
	StageCompleted     Stage = "COMPLETED"        // the visit is over
	StageRefunded      Stage = "REFUNDED"         // all money went back and no ticket is good
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
	State string       `json:"state"` // QUEUED, ISSUING, ISSUED, FAILED
	At    time.Time    `json:"at"`    // of the last change; issued_at when ISSUED
	By    string       `json:"by,omitempty"`
}

// The states of a fulfilment.
const (
	FulfilmentQueued  = "QUEUED"
	FulfilmentIssuing = "ISSUING"
	FulfilmentIssued  = "ISSUED"
	FulfilmentFailed  = "FAILED"
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

	Refunded    int64        `json:"refunded,omitempty"`   // Σ applied money that went back; derived
	Refunding   int64        `json:"refunding,omitempty"`  // Σ applied money of live refunds; derived
	Refund      RefundState  `json:"refund,omitempty"`     // of the newest refund of applied money
	Dispute     DisputeState `json:"dispute,omitempty"`    // of the newest dispute
	Withdrawn   int64        `json:"withdrawn,omitempty"`  // Σ money that banks hold because of disputes
	WonAtRev    int64        `json:"won_at_rev,omitempty"` // the revision at which the last dispute was reversed
	Returned    bool         `json:"returned,omitempty"`   // places of an order without tickets went back to stock
	Pending     string       `json:"pending,omitempty"`    // id of the pre-checkout that was last approved
	EndedAs     Stage        `json:"ended_as,omitempty"`   // EXPIRED or CANCELLED once it had ended, until revived
	EndedBy     ActorKind    `json:"ended_by,omitempty"`
	ReviewUntil time.Time    `json:"review_until,omitzero"` // places of an underpaid order are kept until then
	Late        bool         `json:"late,omitempty"`        // money may still come from a session that could not be closed
	Replaces    OrderID      `json:"replaces,omitempty"`
	ReplacedBy  OrderID      `json:"replaced_by,omitempty"`
	Closing     ClosingID    `json:"closing,omitempty"`    // the closing of its date that has dealt with it
	AskedUntil  time.Time    `json:"asked_until,omitzero"` // its customer chooses until then: another date, or the money
	Fulfilment  Fulfilment   `json:"fulfilment,omitzero"`
	Facts       int64        `json:"facts"` // how many facts the order has: the last one's Seq
	Test        bool         `json:"test,omitempty"`
	At          time.Time    `json:"at"`
	Changed     time.Time    `json:"changed"`
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
func (o Order) Paid() bool { return slices.Contains(paid, o.Stage) }

// Open reports whether the order still waits for its customer to pay.
func (o Order) Open() bool { return o.Stage == StageHeld || o.Stage == StageAwaiting }

// Status is the one word that programs see, in the vocabulary of the public order events.
type Status string

// The public statuses.
const (
	StatusInit      Status = "INIT"
	StatusCharged   Status = "CHARGED"
	StatusFulfilled Status = "FULFILLED"
	StatusClosed    Status = "CLOSED"

	StatusFulfilFailed       Status = "FULFILL_FAILED"
	StatusRefunding          Status = "REFUNDING"
	StatusRefundFailed       Status = "REFUND_FAILED"
	StatusRefunded           Status = "REFUNDED"
	StatusChargeback         Status = "CHARGEBACK"
	StatusChargebackReversed Status = "CHARGEBACK_REVERSED"
)

// Status derives the public status and its reason; it is never stored. Disputes weigh more than refunds, those more
// than the stage. Only money that was applied moves it.
func (o Order) Status() (Status, string) {
	switch {
	case o.Dispute == DisputeOpen || o.Dispute == DisputeEvidenceSent || o.Dispute == DisputeLost:
		return StatusChargeback, string(o.Dispute)
	case o.WonAtRev > 0 && o.WonAtRev == o.Rev:
		return StatusChargebackReversed, string(o.Dispute)
	case o.Refunding > 0:
		return StatusRefunding, string(o.Refund)
	case o.Refund == RefundFailed:
		return StatusRefundFailed, ""
	case o.Stage == StageRefunded || o.Applied > 0 && o.Refunded >= o.Applied:
		return StatusRefunded, ""
	}
	switch o.Stage {
	case StageFulfilFailed:
		return StatusFulfilFailed, o.Reason
	case StageFulfilled, StageCompleted:
		if o.Refunded > 0 {
			return StatusFulfilled, PartiallyRefunded
		}
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

// PartiallyRefunded is the status reason of an order part of whose money went back.
const PartiallyRefunded = "PARTIALLY_REFUNDED"

// PaymentStatus is payment_status of the order's JSON, given the state of its newest payment ("" when none).
func (o Order) PaymentStatus(newest PaymentState) string {
	switch {
	case o.Dispute == DisputeOpen || o.Dispute == DisputeEvidenceSent || o.Dispute == DisputeLost:
		return "DISPUTED"
	case o.Refunding > 0:
		return "REFUNDING"
	case o.Stage == StageRefunded || o.Applied > 0 && o.Refunded >= o.Applied:
		return "REFUNDED"
	case o.Refunded > 0:
		return PartiallyRefunded
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
	case StageFulfilled, StageCompleted:
		return "FULFILLED"
	case StageFulfilling:
		return "IN_PROGRESS"
	case StageFulfilFailed:
		return "FAILED"
	case StageRefunded:
		return "REVOKED"
	default:
		return "PENDING"
	}
}

// RefundOverlay is the overlay refund_state: NONE, REQUESTED, PENDING, PARTIAL, FULL or FAILED.
func (o Order) RefundOverlay() string {
	switch {
	case o.Refund == RefundRequested && o.Refunding > 0:
		return "REQUESTED"
	case o.Refunding > 0:
		return "PENDING"
	case o.Refund == RefundFailed:
		return "FAILED"
	case o.Applied > 0 && o.Refunded >= o.Applied:
		return "FULL"
	case o.Refunded > 0:
		return "PARTIAL"
	default:
		return "NONE"
	}
}

// DisputeOverlay is the overlay dispute_state.
func (o Order) DisputeOverlay() string {
	if o.Dispute == "" {
		return "NONE"
	}
	return string(o.Dispute)
}

// Contested reports whether a bank is deciding about the order's money.
func (o Order) Contested() bool {
	return o.Dispute == DisputeOpen || o.Dispute == DisputeEvidenceSent
}

// SettleRefunds derives Refunding and Refund from all of the order's refunds. Refund is the newest's by id, as the store
// lists them: of two that were asked for at one moment it does not matter which was committed first.
func (o *Order) SettleRefunds(refunds []Refund) {
	o.Refunding, o.Refund = 0, ""
	var newest RefundID
	for _, r := range refunds {
		if r.Owed {
			continue
		}
		if r.Live() {
			applied, _ := r.Parts()
			o.Refunding += applied
		}
		if r.State != RefundRejected && r.State != RefundCancelled && r.ID >= newest {
			o.Refund, newest = r.State, r.ID
		}
	}
}

// Settle derives Applied, Owed, Kept and Refunded from all of the order's captures. Money in other currencies is not
// summed: it is owed by its capture alone.
func (o *Order) Settle(captures []Capture) {
	o.Applied, o.Owed, o.Kept, o.Refunded = 0, 0, 0, 0
	for _, c := range captures {
		if c.Amount.Currency != o.Total().Currency {
			continue
		}
		o.Applied += c.Applied
		o.Owed += c.Rest()
		o.Refunded += c.Returned
		if c.Disposition == Underpaid && c.Owed == 0 && c.Resolved == "" {
			o.Kept += c.Amount.Amount
		}
	}
}
