package tickets

import "time"

// CaseKind says what a person must decide.
type CaseKind string

// The kinds of cases; the subject of each is in brackets.
const (
	CaseRefund        CaseKind = "refund"         // a refund waits for approval [refund]
	CaseRefundFailed  CaseKind = "refund_failed"  // the gateway refused a refund [refund]
	CaseRefundByHand  CaseKind = "refund_by_hand" // this gateway cannot give back; somebody pays by another way [refund]
	CaseRefundFound   CaseKind = "refund_found"   // a refund made at the provider: which tickets end? [refund]
	CaseUnmatched     CaseKind = "unmatched"      // money of no order [capture]
	CaseWrongCurrency CaseKind = "wrong_currency" // money in another currency [capture]
	CaseLate          CaseKind = "late"           // late money that the product's policy leaves to a person [capture]
	CaseWarning       CaseKind = "fraud_warning"  // refund now, or keep [dispute]
	CaseDispute       CaseKind = "dispute"        // evidence is wanted [dispute]
	CaseUnfulfilled   CaseKind = "fulfil_failed"  // tickets could not be issued [order]
	CaseMarkPaid      CaseKind = "mark_paid"      // somebody says that it was paid by another way; a second person must agree [order]
	CaseNotice        CaseKind = "notice"         // a provider's notice makes no sense, or its gateway or money cannot be found [notice]
)

// Case is something that cannot be decided without a person. It is opened and closed in the transactions that make it
// so. Unique by ID; open ones also by (Kind, Subject).
type Case struct {
	ID       CaseID     `json:"id"`
	Merchant MerchantID `json:"merchant"`
	Kind     CaseKind   `json:"kind"`
	Subject  string     `json:"subject"` // id of what it is about
	Order    OrderID    `json:"order,omitempty"`
	Gateway  string     `json:"gateway,omitempty"` // of the charge, where it is about a capture
	Charge   string     `json:"charge,omitempty"`
	Amount   Money      `json:"amount,omitzero"`
	Why      string     `json:"why,omitempty"`       // a word for programs: sold_out, declined …
	Due      time.Time  `json:"due,omitzero"`        // a deadline from outside, such as a bank's
	Owner    MemberID   `json:"owner,omitempty"`     // who took it
	Name     string     `json:"name,omitempty"`      // of the owner
	Ref      string     `json:"reference,omitempty"` // of a transfer or receipt, where the case is about one
	Agreed   []Approval `json:"approvals,omitempty"` // who agreed to what takes two people
	Chat     int64      `json:"chat,omitempty"`      // where the merchant's group shows it, with Message; 0: not yet
	Message  int        `json:"message,omitempty"`
	At       time.Time  `json:"at"`                // since when it waits
	Closed   time.Time  `json:"closed,omitzero"`   // zero while open
	Outcome  string     `json:"outcome,omitempty"` // a word: approved, rejected, refunded, kept …
	By       Actor      `json:"by,omitzero"`       // who closed it
	Note     string     `json:"note,omitempty"`    // their words
}

// AgreedBy reports whether the person agreed already.
func (c Case) AgreedBy(a Actor) bool { return agreedBy(c.Agreed, a) }

// Open reports whether it still waits.
func (c Case) Open() bool { return c.Closed.IsZero() }
