package tickets

import "time"

// ErasedText stands where somebody's words were before their data was erased.
const ErasedText = "[erased]"

// Erasure is the erasing of a customer's data while it goes on.
type Erasure struct {
	Customer CustomerID `json:"customer"`
	By       Actor      `json:"by"` // without a name where it is the customer
	Source   string     `json:"source"`
	At       time.Time  `json:"at"`
	Since    time.Time  `json:"since"`            // the customer's At: nothing of theirs is older
	Orders   int        `json:"orders,omitempty"` // how many were cleaned
	Listed   bool       `json:"listed,omitempty"` // all of them are
	Mark     string     `json:"mark,omitempty"`   // how far the notices are
}

// Unfinished says why an order is not over for its customer on a day, and "" when it is: places are held or its money may
// still come ("payment"), its money is on its way back or owed ("refund"), a bank decides about it ("dispute"), or its
// visit is to come or its tickets are not issued ("visit").
func (o Order) Unfinished(today Date) string {
	switch {
	case o.Contested() || o.Dispute == DisputeWarning:
		return "dispute"
	case o.Refunding > 0 || o.Owed > 0:
		return "refund"
	}
	switch o.Stage {
	case StageHeld, StageAwaiting, StageExpiring, StagePaymentReview:
		return "payment"
	case StagePaid, StageFulfilling, StageFulfilFailed:
		return "visit"
	case StageFulfilled:
		if o.Slot().Date >= today {
			return "visit"
		}
	case StageExpired, StageCancelled:
		if o.Late {
			return "payment"
		}
	}
	return ""
}

// Erase takes out of the order who its buyer is. The customer's id stays: it names nobody once the customer is erased.
func (o *Order) Erase() { o.Buyer = Buyer{Customer: o.Buyer.Customer} }

// Erase takes out of the customer who they are; the row and its id stay, so that what they bought stays one person's.
func (c *Customer) Erase(at time.Time) {
	*c = Customer{ID: c.ID, Merchant: c.Merchant, At: c.At, Erased: Milli(at)}
}

// Erase takes out of the delivery where it went and what it said beyond ids and amounts. One that waits is not sent any
// more.
func (d *Delivery) Erase() {
	for name := range d.Args {
		if freeText[name] {
			d.Args[name] = ErasedText
		}
	}
	d.File = ""
	if d.To.Kind != ToCustomer {
		return
	}
	d.To.Chat, d.Message = 0, 0
	if !d.Final() {
		d.State, d.Due, d.Lease, d.Error = DeliveryAborted, time.Time{}, time.Time{}, "erased"
	}
}

// freeText are the names under which facts and deliveries carry somebody's own words.
var freeText = map[string]bool{"note": true, "words": true}
