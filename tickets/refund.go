package tickets

import (
	"encoding/json"
	"math/bits"
	"slices"
	"time"
)

// RefundState is where a refund stands.
type RefundState string

// The states of a refund. A rejected, failed or cancelled one moves no money; trying again is a new refund.
const (
	RefundRequested RefundState = "REQUESTED" // waits for a person, or for its time when it is Auto
	RefundApproved  RefundState = "APPROVED"  // the next pass sends it
	RefundRejected  RefundState = "REJECTED"
	RefundSubmitted RefundState = "SUBMITTED" // the gateway may know of it; tickets are blocked
	RefundPending   RefundState = "PENDING"   // the gateway has it and settles later
	RefundSucceeded RefundState = "SUCCEEDED" // the money went back; tickets are revoked
	RefundFailed    RefundState = "FAILED"    // the gateway refused for good; tickets are valid again
	RefundCancelled RefundState = "CANCELLED" // taken back before it was sent, or it failed and lost its point
)

// refundMoves is the law of a refund's state. A refund that succeeded may still fail: a bank may send the money back.
var refundMoves = map[RefundState][]RefundState{
	RefundRequested: {RefundApproved, RefundRejected, RefundCancelled},
	RefundApproved:  {RefundSubmitted, RefundCancelled},
	RefundSubmitted: {RefundSubmitted, RefundPending, RefundSucceeded, RefundFailed, RefundCancelled},
	RefundPending:   {RefundPending, RefundSucceeded, RefundFailed},
	RefundSucceeded: {RefundFailed},
	RefundFailed:    {RefundSubmitted, RefundCancelled}, // given up, and the gateway had made it all the same; or it lost its point
	RefundCancelled: {RefundSubmitted},                  // the gateway had made it all the same
}

// RefundSource says why money goes back.
type RefundSource string

// The sources of refunds.
const (
	RefundByBuyer      RefundSource = "buyer"             // the customer asked
	RefundByOperator   RefundSource = "operator"          // staff or a program decided
	RefundLate         RefundSource = "auto_late"         // money came late and found no places
	RefundDuplicate    RefundSource = "auto_duplicate"    // a second charge for a paid order
	RefundExcess       RefundSource = "auto_excess"       // more than the total
	RefundUnderpaid    RefundSource = "auto_underpaid"    // less than the total, and the rest never came
	RefundUnfulfilled  RefundSource = "fulfil_failed"     // the tickets could not be issued
	RefundDateClosed   RefundSource = "event_cancelled"   // the merchant closed the date
	RefundAtGateway    RefundSource = "gateway_dashboard" // made by somebody at the provider; found, not asked for
	RefundFraudWarning RefundSource = "fraud_warning"     // the bank warned of a dispute to come
)

// Approval is one person's yes to a refund.
type Approval struct {
	By     Actor     `json:"by"`
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at"`
}

// Refund is money of one charge on its way back. Unique by ID, by (Gateway, Remote) and by (Order, Key) where those are
// set. It is stored before the gateway is asked, and its ID is the idempotency key there.
type Refund struct {
	ID        RefundID        `json:"id"`
	Merchant  MerchantID      `json:"merchant"`
	Order     OrderID         `json:"order,omitempty"` // "" for money of no order
	Gateway   string          `json:"gateway"`
	Charge    string          `json:"charge"`              // with Gateway: the capture it gives back
	Amount    Money           `json:"amount"`              // goes back
	Kept      int64           `json:"kept,omitempty"`      // minor units that the policy keeps of what it is for
	Percent   int             `json:"percent,omitempty"`   // of the policy's bracket; 0: no policy was asked
	Owed      bool            `json:"owed,omitempty"`      // money that never paid for the order: late, duplicate, excess …
	OwedPart  int64           `json:"owed_part,omitempty"` // minor units of Amount that did not, when the rest of one found at its gateway did
	Tickets   []TicketCode    `json:"tickets,omitempty"`   // end with it
	Source    RefundSource    `json:"source"`
	State     RefundState     `json:"state"`
	Override  bool            `json:"override,omitempty"` // staff gave back although a ticket was used
	Auto      bool            `json:"auto,omitempty"`     // needs nobody: a REQUESTED one is approved when its Due comes
	Reason    string          `json:"reason,omitempty"`   // in the words of who asked
	Note      string          `json:"note,omitempty"`     // of who rejected it or settled it by hand
	By        Actor           `json:"by"`                 // who asked
	Approvals []Approval      `json:"approvals,omitempty"`
	Key       string          `json:"key,omitempty"`      // idempotency key of the request
	Sum       string          `json:"sum,omitempty"`      // SHA-256 of what was asked for with Key, in hex; "" in old rows
	Remote    string          `json:"remote,omitempty"`   // the provider's name of it
	Evidence  string          `json:"evidence,omitempty"` // reference of a refund settled by hand
	Submitted time.Time       `json:"submitted,omitzero"` // when it was first sent
	Tries     int             `json:"tries,omitempty"`    // calls made for it
	Due       time.Time       `json:"due,omitzero"`       // when a pass looks at it next; zero: never
	Refusal   Kind            `json:"kind,omitempty"`     // of a FAILED one
	CameBack  bool            `json:"returned,omitempty"` // of a FAILED one: the money had gone, and its bank sent it back
	Error     string          `json:"error,omitempty"`    // the provider's words, for people who support
	Raw       json.RawMessage `json:"raw,omitempty"`      // the provider's newest answer or notice about it, cleaned
	Wish      RefundID        `json:"wish,omitempty"`     // the first refund of the wish that it is part of, itself too
	Retries   RefundID        `json:"retries,omitempty"`  // the failed one that it tries again
	At        time.Time       `json:"at"`
	Changed   time.Time       `json:"changed"`
	Ended     time.Time       `json:"ended,omitzero"`
}

// Move changes the state. It refuses with Conflict, changing nothing, what the law does not have.
func (r *Refund) Move(to RefundState, at time.Time) error {
	if !slices.Contains(refundMoves[r.State], to) {
		return Refuse(Conflict, "refund %s is %s, not %s", r.ID, r.State, to).With("state", string(r.State))
	}
	r.State, r.Changed, r.Ended = to, Milli(at), time.Time{}
	if !r.Live() {
		r.Ended, r.Due = r.Changed, time.Time{}
	}
	return nil
}

// Live reports whether its money is still to go back, or on its way.
func (r Refund) Live() bool {
	switch r.State {
	case RefundRequested, RefundApproved, RefundSubmitted, RefundPending:
		return true
	default:
		return false
	}
}

// Sent reports whether the gateway may know of it, and its end is not known.
func (r Refund) Sent() bool { return r.State == RefundSubmitted || r.State == RefundPending }

// Counts reports whether its money cannot be given back another time: it is live or went back.
func (r Refund) Counts() bool { return r.Live() || r.State == RefundSucceeded }

// Parts says how much of its amount was applied, and how much was owed.
func (r Refund) Parts() (applied, owed int64) {
	if r.Owed {
		return 0, r.Amount.Amount
	}
	return r.Amount.Amount - r.OwedPart, r.OwedPart
}

// ApprovedBy reports whether the person said yes already.
func (r Refund) ApprovedBy(a Actor) bool {
	return agreedBy(r.Approvals, a)
}

// Alone reports whether one person said yes to it and nobody else did: no second person, and no policy.
func (r Refund) Alone() bool {
	if r.Auto || len(r.Approvals) == 0 {
		return false
	}
	first := r.Approvals[0].By
	return !slices.ContainsFunc(r.Approvals, func(x Approval) bool { return x.By.Kind != first.Kind || x.By.ID != first.ID })
}

func agreedBy(all []Approval, a Actor) bool {
	return slices.ContainsFunc(all, func(x Approval) bool { return x.By.Kind == a.Kind && x.By.ID == a.ID })
}

// RefundPolicy is what a customer gets back by asking, fixed with the quote. Without brackets customers cannot ask;
// staff can always give back.
type RefundPolicy struct {
	Brackets []RefundBracket `json:"brackets,omitempty"`
	Auto     bool            `json:"auto,omitempty"` // nobody has to approve what the brackets give
}

// RefundBracket says what comes back so many days before the visit.
type RefundBracket struct {
	Days    int   `json:"days"`          // at least so many days from today to the visit date; 0 is the day itself
	Percent int   `json:"percent"`       // of the tickets' price, 0 to 100
	Fee     int64 `json:"fee,omitempty"` // then less this, minor units a request
}

// Bracket finds the one that holds on a day: the largest Days that is not more than the days left. It is false when
// none holds or it gives nothing.
func (p RefundPolicy) Bracket(today, visit Date) (RefundBracket, bool) {
	left := int(visit - today)
	best, found := RefundBracket{}, false
	for _, b := range p.Brackets {
		if b.Days <= left && (!found || b.Days > best.Days) {
			best, found = b, true
		}
	}
	return best, found && left >= 0 && best.Percent > 0
}

// Of is what comes back of a price: the percentage less the fee, rounded down to what providers can send, never below zero.
// The whole price comes back as it came.
func (b RefundBracket) Of(price Money) Money {
	back := max(price.Amount/100*int64(b.Percent)+price.Amount%100*int64(b.Percent)/100-b.Fee, 0)
	if back < price.Amount {
		back -= back % price.Currency.step()
	}
	return Money{Amount: back, Currency: price.Currency}
}

// Split shares an amount out over weights without losing a unit: each part is the rounded-down share, and what is left
// goes one by one to the largest remainders, the first of equal ones first. Parts of weights that sum to zero are zero
// but the first. Amount and weights are not negative.
func Split(amount int64, weights []int64) []int64 {
	parts := make([]int64, len(weights))
	if len(parts) == 0 {
		return parts
	}
	var sum int64
	for _, w := range weights {
		sum += w
	}
	if sum == 0 {
		parts[0] = amount
		return parts
	}
	rest := amount
	order := make([]int, len(weights))
	remainders := make([]uint64, len(weights))
	for i, w := range weights {
		share, rem := mulDiv(amount, w, sum)
		parts[i], remainders[i], order[i] = share, rem, i
		rest -= share
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case remainders[a] > remainders[b]:
			return -1
		case remainders[a] < remainders[b]:
			return 1
		default:
			return 0
		}
	})
	for i := range int(rest) {
		parts[order[i]]++
	}
	return parts
}

// mulDiv is a×b/c, rounded down, and the remainder, without overflow. c is positive, b at most c.
func mulDiv(a, b, c int64) (quotient int64, remainder uint64) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, r := bits.Div64(hi, lo, uint64(c))
	return int64(q), r
}
