package tickets

import (
	"slices"
	"time"
)

// ClosingID names the closing of dates that had orders.
type ClosingID string

// PrefixClosing begins a ClosingID. It also begins what blocks the tickets of an order whose date was closed.
const PrefixClosing = "close_"

// ClosingDeed says what becomes of the orders of a date that is closed.
type ClosingDeed string

// What becomes of them.
const (
	ClosingSwap   ClosingDeed = "swap"   // their customers choose: another date of the same price, or the money; no answer is the money
	ClosingRefund ClosingDeed = "refund" // the money goes back
	ClosingLeave  ClosingDeed = "leave"  // nothing: somebody takes care of them in another way
)

// ClosingDeeds lists them.
var ClosingDeeds = []ClosingDeed{ClosingSwap, ClosingRefund, ClosingLeave}

// Valid reports whether d is a deed.
func (d ClosingDeed) Valid() bool { return slices.Contains(ClosingDeeds, d) }

// Closing is a merchant's decision to close dates that had orders (T39), and how far it is carried out: a pass goes over
// the orders of one day after the other, each in a transaction that also counts it here, so that it can stop anywhere and
// goes on. Rounds are repeated until no order of the dates can still be paid and no customer is still to choose.
type Closing struct {
	ID       ClosingID   `json:"id"`
	Merchant MerchantID  `json:"merchant"`
	Products []ProductID `json:"products"`
	Days     []Date      `json:"days"`
	Deed     ClosingDeed `json:"deed"`
	By       Actor       `json:"by"`
	Role     Role        `json:"role"`
	Source   string      `json:"source"`
	Reason   string      `json:"reason"`
	Until    time.Time   `json:"until,omitzero"`   // customers choose until then
	Hurried  time.Time   `json:"hurried,omitzero"` // who was asked before then is not waited for any more
	At       time.Time   `json:"at"`

	Round int       `json:"round"`             // rounds finished
	Day   int       `json:"day"`               // where the round is: index in Days, and the page's mark there
	Mark  string    `json:"mark,omitempty"`    //
	Open  bool      `json:"open,omitempty"`    // the round met an order that may still be paid
	Due   time.Time `json:"due,omitzero"`      // of the next round
	Ended time.Time `json:"ended,omitzero"`    // nothing is left to do
	Tally Tallied   `json:"tally"`             // of orders
	Left  []LeftOne `json:"left_to,omitempty"` // the first MostLeft that a person must look at
}

// Tallied counts what became of the orders of a closing.
type Tallied struct {
	Asked     int `json:"asked"`     // customers who were asked to choose
	Moved     int `json:"moved"`     // chose another date
	Refunded  int `json:"refunded"`  // money goes back: chosen, after the time, or as the merchant said
	Cancelled int `json:"cancelled"` // were not paid
	Already   int `json:"already"`   // were on their way back before
	Left      int `json:"left"`      // a person must look at
	Answered  int `json:"answered"`  // of Asked, those that are settled
}

// LeftOne is an order that a closing could not settle, and why: disputed, used, or a kind of error.
type LeftOne struct {
	Order OrderID `json:"order"`
	Code  string  `json:"code"`
	Why   string  `json:"why"`
}

// MostLeft bounds Closing.Left.
const MostLeft = 200

// Waiting is how many customers are still to choose.
func (c Closing) Waiting() int { return max(c.Tally.Asked-c.Tally.Answered, 0) }

// Seen is how many orders were dealt with.
func (c Closing) Seen() int {
	t := c.Tally
	seen := t.Asked + t.Cancelled + t.Already + t.Left
	if c.Deed == ClosingRefund {
		seen += t.Refunded
	}
	return seen
}

// Leave notes an order that a person must look at.
func (c *Closing) Leave(o Order, why string) {
	c.Tally.Left++
	if len(c.Left) < MostLeft {
		c.Left = append(c.Left, LeftOne{o.ID, o.Code, why})
	}
}

// Asked reports whether the order's customer is to choose what becomes of it, because its date was closed.
func (o Order) Asked() bool { return !o.AskedUntil.IsZero() }

// Concerns reports whether the closing has something to do with the order: it is of one of its products and days, and was
// not settled by it.
func (c Closing) Concerns(o Order) bool {
	if !slices.Contains(c.Products, o.Quote.Product) || !slices.Contains(c.Days, o.Slot().Date) {
		return false
	}
	if o.Closing == c.ID {
		return o.Asked()
	}
	return o.Open() || o.Stage == StageExpiring || o.Allows(TDateCancelled)
}

// Next moves on to the next page, of which mark is "" at the end of a day; open says that an order of this one may still be
// paid. It is false when the round is over: then nothing is left to do, or another round comes at Due.
func (c *Closing) Next(mark string, open bool, now time.Time) (more bool) {
	c.Open, c.Mark = c.Open || open, mark
	if mark == "" {
		c.Day++
	}
	if c.Day < len(c.Days) {
		return true
	}
	switch {
	case c.Open:
		c.Due = Milli(now.Add(closingSoon))
	case c.Waiting() > 0:
		c.Due = Milli(now.Add(closingAgain))
	default:
		c.Ended = Milli(now)
	}
	c.Round, c.Day, c.Mark, c.Open = c.Round+1, 0, "", false
	return false
}

// How long until a closing is gone over again.
const (
	closingAgain = time.Minute      // while customers choose
	closingSoon  = 15 * time.Second // while an order may still be paid
)
