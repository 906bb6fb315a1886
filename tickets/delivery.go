package tickets

import "time"

// DeliveryState is where a delivery stands.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryQueued  DeliveryState = "QUEUED"
	DeliverySending DeliveryState = "SENDING" // leased by a dispatcher
	DeliveryRetry   DeliveryState = "AWAITING_RETRY"
	DeliverySent    DeliveryState = "SENT"
	DeliveryFailed  DeliveryState = "FAILED"
	DeliveryBlocked DeliveryState = "BLOCKED" // the receiver must act first, such as unblock the bot
	DeliveryAborted DeliveryState = "ABORTED" // it had lost its point when its time came
)

// Delivery is one message on its way to one destination. Unique by ID, and by Key where set. What it says is
// rendered when it is sent, from Kind, Order and Args, in the receiver's language.
type Delivery struct {
	ID       DeliveryID        `json:"id"`
	Key      string            `json:"key"` // order:fact seq:kind:to, so that routing twice sends once
	Merchant MerchantID        `json:"merchant"`
	Order    OrderID           `json:"order,omitempty"`
	Kind     string            `json:"kind"`
	To       Destination       `json:"to"`
	Args     map[string]string `json:"args,omitempty"`
	State    DeliveryState     `json:"state"`
	Attempts int               `json:"attempts"`
	Due      time.Time         `json:"due,omitzero"`   // when it is tried next; zero when final
	Lease    time.Time         `json:"lease,omitzero"` // a dispatcher has it until then
	At       time.Time         `json:"at"`
	Sent     time.Time         `json:"sent,omitzero"`
	Error    string            `json:"error,omitempty"`
	Message  int               `json:"message,omitempty"` // what the platform called it
	File     string            `json:"file,omitempty"`    // the platform's name of an uploaded picture
}

// Destination is where a delivery goes.
type Destination struct {
	Kind string `json:"kind"` // customer, merchant
	Chat int64  `json:"chat,omitempty"`
}

// The destinations.
const (
	ToCustomer = "customer"
	ToMerchant = "merchant" // the merchant's group, looked up when sending
)

// What a delivery says (Delivery.Kind). To the customer:
const (
	SayLive          = "live"           // draw the order's live message anew: it shows the order as it is now
	SayHoldReminder  = "hold_reminder"  // two minutes left; pointless when no longer open
	SayPaymentFailed = "payment_failed" // the provider refused; pay again
	SayTickets       = "tickets"        // the order's tickets, one message to leaf through
	SayLateAccepted  = "late_accepted"  // money came late, places were free
	SayLateReview    = "late_review"    // money came late and could not be applied
	SayUnderpaid     = "underpaid"
	SayOverpaid      = "overpaid"
	SayDuplicate     = "duplicate"
	SayWrongCurrency = "wrong_currency"
	SayManual        = "manual" // paid; a person issues the tickets

	SayRefund         = "refund"          // how a refund stands now: Args refund
	SayRefundDone     = "refund_done"     // the money is back: Args refund
	SayRefundFailed   = "refund_failed"   // it could not be sent; somebody is on it: Args refund
	SayRefundRejected = "refund_rejected" // Args refund
	SayMoved          = "moved"           // late money found places on another date
	SayDateClosed     = "date_closed"     // the merchant closed the date: choose another, or the money
	SayDisputed       = "disputed"        // tickets are blocked while the bank decides
	SayUndisputed     = "undisputed"      // tickets are valid again
	SayDisputeLost    = "dispute_lost"    // tickets ended
	SayFulfilFailed   = "fulfil_failed"   // the tickets could not be issued; the money comes back
)

// To the merchant's group:
const (
	SayPaid            = "paid"             // an order was paid
	SayIssue           = "issue"            // an order waits for a person to issue its tickets
	SayMoney           = "money"            // money that needs a person: Args fact says which fact
	SayRefundAsked     = "refund_asked"     // approve or reject: Args refund, case
	SayCase            = "case"             // something else a person must decide: Args case
	SayCaseLive        = "case_live"        // a case that the group shows changed: its message is drawn anew; Args case
	SayDispute         = "dispute"          // a dispute's news: Args dispute, fact
	SayRefundNews      = "refund_news"      // a refund went, failed or was found: Args refund, fact
	SayDeliveryFailing = "delivery_failing" // a customer's message could not be sent: Args delivery, error
)

// Receipt is what the platform said of a message it took.
type Receipt struct {
	Message int
	File    string
}

// Wait is the error of a send that the platform wants later: not before After has passed.
type Wait struct{ After time.Duration }

// Error says how long.
func (w *Wait) Error() string { return "wait " + w.After.String() }

// Unwrap makes errors.Is(err, Unavailable) work.
func (w *Wait) Unwrap() error { return Unavailable }

// Final reports whether nothing more will be tried.
func (d Delivery) Final() bool {
	switch d.State {
	case DeliverySent, DeliveryFailed, DeliveryBlocked, DeliveryAborted:
		return true
	default:
		return false
	}
}
