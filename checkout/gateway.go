package checkout

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"boxoffice/tickets"
)

// Gateway is a payment provider as the desk needs it. Every method may be called again with the same arguments, and
// at any time after a crash. Errors are kinds: Declined and Invalid mean a final no; Unauthorized (Verify only)
// that the notice is not the provider's; everything else means that the outcome is not known and is asked again.
type Gateway interface {
	// Name is the path element of its notices and the value of Payment.Gateway: "stripe".
	Name() string
	// Test reports whether the gateway's keys are for play money.
	Test() bool
	// Methods it offers, in the order customers see them.
	Methods() []Method

	// Open begins a payment page for o.Payment. It is idempotent by o.Payment.Key: after a lost answer the same
	// call returns the same session.
	Open(ctx context.Context, o Opening) (Session, error)
	// Lookup asks how the payment's session stands. For a payment whose Remote is "" it returns Absent.
	Lookup(ctx context.Context, p tickets.Payment) (Standing, error)
	// Close ends the payment's session so that no money can come by it, and returns how it then stands as the
	// provider tells when asked: Closed, or Paid with the charges when the customer was faster, or Async or Open when
	// it cannot be closed yet.
	Close(ctx context.Context, p tickets.Payment) (Standing, error)

	// Verify checks that a notice comes from the provider, over the raw bytes, and names the event. It makes no
	// calls. It fails with Unauthorized or Invalid.
	Verify(h http.Header, body []byte, now time.Time) (Event, error)
	// Read tells what a verified notice reports; none when it is of no interest. It makes no calls.
	Read(body []byte) ([]Report, error)
}

// Method is a way to pay.
type Method struct {
	ID       string // "card", "paynow", "grabpay", "alipay", "wechat_pay"; the name for people is in the message catalogues
	Protocol string // "hosted": a page of the provider's; "invoice": in the chat
	Currency []tickets.Currency
	Real     bool // there is no play money of it, whatever the gateway's keys are for
}

// test reports whether it collects play money at its gateway.
func (m Method) test(gw Gateway) bool { return gw.Test() && !m.Real }

// Takes reports whether the method can collect in the currency: an empty list takes all but Stars.
func (m Method) Takes(c tickets.Currency) bool {
	for _, x := range m.Currency {
		if x == c {
			return true
		}
	}
	return len(m.Currency) == 0 && c != tickets.Stars
}

// Opening is what a gateway needs to begin a payment page.
type Opening struct {
	Payment tickets.Payment // Total is what to collect; Key is the idempotency key; ID is our reference
	Order   tickets.Order
	Title   string // what is bought, in the customer's language
	Lang    string
	Return  string // URL where the browser goes after paying, and after turning back
}

// Session is a payment page at the gateway.
type Session struct {
	Remote     string // the gateway's id of it
	URL        string
	ClosableAt time.Time       // it cannot be closed sooner; zero is any time
	Raw        json.RawMessage // the provider's own answer, without secrets, tokens and card numbers
}

// StandingState is how a session stands at the gateway.
type StandingState string

// The states of a standing.
const (
	StandingOpen   StandingState = "open"
	StandingAsync  StandingState = "async" // the customer did their part; money settles later
	StandingPaid   StandingState = "paid"
	StandingFailed StandingState = "failed"
	StandingClosed StandingState = "closed"
	StandingAbsent StandingState = "absent" // the gateway does not know it
)

// Standing is a gateway's answer to Lookup and Close.
type Standing struct {
	State   StandingState
	Charges []Report // the money that arrived, Kind Paid; also when State is not Paid
	Reason  string   // of a failure, for people who support
}

// Event names a verified notice.
type Event struct {
	ID   string // unique per event at the provider
	Type string
}

// ReportKind is what a report says.
type ReportKind string

// The kinds of reports.
const (
	ReportPaid   ReportKind = "paid"
	ReportFailed ReportKind = "failed"
	ReportAsync  ReportKind = "async"
	ReportClosed ReportKind = "closed"

	ReportRefund  ReportKind = "refund"  // how a refund stands: Refund, RefundID, RefundState, Amount, Charge; of Charge alone: something went back
	ReportDispute ReportKind = "dispute" // how a dispute stands: Dispute, DisputeState, Amount, Charge, Funds, Deadline
)

// Report is one thing a provider told about one payment, in our words.
type Report struct {
	Kind      ReportKind
	Remote    string            // the gateway's id of the session, where known
	Reference tickets.SessionID // our reference as the provider gives it back, where known; only a hint, Remote wins
	Charge    string            // the provider's name for the payment
	Amount    tickets.Money     // converted to minor units of ISO 4217
	Test      bool              // play money
	Modeless  bool              // the provider does not say whether it is: Test is as its payment's, where there is one
	At        time.Time         // when the provider says it happened; zero: not said
	Deadline  time.Time         // Async: money comes until then; zero: not said
	Reason    string
	Payer     string          // of money: the provider's name of who paid, where a refund needs it
	Processor string          // of money: the charge's name at the processor behind the gateway, where there is one
	Raw       json.RawMessage // the provider's own words, cleaned

	Refund      string              // the provider's name of a refund
	RefundID    tickets.RefundID    // our name of it as the provider gives it back; "" when it was not made by us
	RefundState tickets.RefundState // PENDING, SUCCEEDED or FAILED

	Dispute      string               // the provider's name of a dispute or a warning
	DisputeState tickets.DisputeState // WARNING, OPEN, EVIDENCE_SENT, WON, LOST, REVERSED, DROPPED; "" tells of funds only
	Funds        Funds                // what became of the money
}

// Funds says what a dispute did to our money at the provider.
type Funds string

// The movements of a dispute's funds.
const (
	FundsWithdrawn  Funds = "withdrawn"
	FundsReinstated Funds = "reinstated"
)

// Refunder is a Gateway that can give money back. What is said of Gateway's errors holds here too: Declined and Invalid
// are a final no, Unsupported that this charge cannot be given back by it; everything else that the outcome is not known.
type Refunder interface {
	// Refund sends r.Amount of the capture back. It is idempotent by r.ID for at least 23 hours. Already given back is
	// not an error: it says Succeeded.
	Refund(ctx context.Context, r tickets.Refund, c tickets.Capture) (RefundStanding, error)
	// LookupRefund asks how a refund stands, by r.Remote or, when the answer to Refund was lost, by our id that the
	// provider keeps with it. Its state is Absent when the provider has none.
	LookupRefund(ctx context.Context, r tickets.Refund, c tickets.Capture) (RefundStanding, error)
}

// RefundLister is a Refunder that can list what went back of a charge, whoever sent it: for notices that tell that
// something went back and not what, and for refunds that are refused because somebody else was faster.
type RefundLister interface {
	// Refunds lists them as reports of ReportRefund. No error of it is a final no.
	Refunds(ctx context.Context, c tickets.Capture) ([]Report, error)
}

// RefundStanding is a gateway's answer about a refund.
type RefundStanding struct {
	State  RefundStandingState
	Remote string          // the provider's name of it
	Reason string          // of a failure, for people who support
	Raw    json.RawMessage // the provider's own words, cleaned
}

// RefundStandingState is how a refund stands at the gateway.
type RefundStandingState string

// The states of a refund at the gateway.
const (
	RefundIsPending   RefundStandingState = "pending"
	RefundIsSucceeded RefundStandingState = "succeeded"
	RefundIsFailed    RefundStandingState = "failed"
	RefundIsAbsent    RefundStandingState = "absent"
)
