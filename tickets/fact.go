package tickets

import (
	"encoding/json"
	"fmt"
	"time"
)

// ActorKind says what sort of somebody did a thing.
type ActorKind string

// The kinds of actors.
const (
	ActorCustomer ActorKind = "customer"
	ActorMember   ActorKind = "member"
	ActorSystem   ActorKind = "system"
	ActorGateway  ActorKind = "gateway"
	ActorToken    ActorKind = "token"
)

// Actor is who did a thing.
type Actor struct {
	Kind ActorKind `json:"kind"`
	ID   string    `json:"id,omitempty"`
	Name string    `json:"name,omitempty"`
}

// FactName says what happened. Names are part of the public contract and append-only.
type FactName string

// The facts.
const (
	OrderDraftCreated        FactName = "ORDER_DRAFT_CREATED"
	InventoryLocked          FactName = "INVENTORY_LOCKED"
	CheckoutRequested        FactName = "CHECKOUT_REQUESTED"
	PaymentSessionCreated    FactName = "PAYMENT_SESSION_CREATED"
	CheckoutCompleted        FactName = "CHECKOUT_COMPLETED"
	FulfillmentIssued        FactName = "FULFILLMENT_ISSUED"
	HoldExtended             FactName = "HOLD_EXTENDED"
	PaymentRefused           FactName = "PAYMENT_FAILED"
	PaymentPending           FactName = "PAYMENT_PENDING" // the method settles later
	LatePaymentAccepted      FactName = "LATE_PAYMENT_ACCEPTED"
	LatePaymentReceived      FactName = "LATE_PAYMENT_RECEIVED"
	PaymentAmountMismatch    FactName = "PAYMENT_AMOUNT_MISMATCH"
	PaymentOverpaid          FactName = "PAYMENT_OVERPAID"
	PaymentCurrencyMismatch  FactName = "PAYMENT_CURRENCY_MISMATCH"
	DuplicatePaymentReceived FactName = "DUPLICATE_PAYMENT_RECEIVED"
	PaymentUnmatched         FactName = "PAYMENT_UNMATCHED"
	PaymentMatched           FactName = "PAYMENT_MATCHED" // a member said which order money of no order is for
	TestPaymentIgnored       FactName = "TEST_PAYMENT_IGNORED"
	HoldClosing              FactName = "HOLD_EXPIRING" // state row: pages are being closed
	HoldLapsed               FactName = "HOLD_EXPIRED"
	OrderCancelling          FactName = "ORDER_CANCELLING" // state row: pages are being closed
	OrderCancelled           FactName = "ORDER_CANCELLED"
	CloseDelayed             FactName = "CLOSE_DELAYED" // a payment page could not be closed yet
	FulfillmentStarted       FactName = "FULFILLMENT_STARTED"
	TicketAdmitted           FactName = "TICKET_ADMITTED"
	AdmissionUndone          FactName = "TICKET_ADMISSION_UNDONE"
	EventIgnored             FactName = "EVENT_IGNORED"
	PreCheckoutApproved      FactName = "PRE_CHECKOUT_APPROVED" // an invoice may be paid now
	PreCheckoutRefused       FactName = "PRE_CHECKOUT_REFUSED"
	OrderMoved               FactName = "ORDER_MOVED"          // to another slot; the money that waited pays for it
	DateCancelled            FactName = "VISIT_DATE_CANCELLED" // the merchant closed the order's date
	OrderNoted               FactName = "ORDER_NOTED"          // a member's note, for members only
	TicketReissued           FactName = "TICKET_REISSUED"      // a new code in place of an old one
	RefundWanted             FactName = "REFUND_REQUESTED"
	RefundAgreed             FactName = "REFUND_APPROVED"
	RefundDeclined           FactName = "REFUND_REJECTED"
	RefundTakenBack          FactName = "REFUND_CANCELLED"
	RefundSent               FactName = "REFUND_SUBMITTED"
	RefundDone               FactName = "REFUND_SUCCEEDED"
	RefundRefused            FactName = "REFUND_FAILED"
	MoneyKept                FactName = "MONEY_WRITTEN_OFF"
	ChargebackWarned         FactName = "CHARGEBACK_WARNING"
	ChargebackOpened         FactName = "CHARGEBACK_OPENED"
	ChargebackAnswered       FactName = "CHARGEBACK_EVIDENCE_SENT"
	ChargebackFunds          FactName = "CHARGEBACK_FUNDS" // taken, or given back, by the bank
	ChargebackWon            FactName = "CHARGEBACK_WON"
	ChargebackLost           FactName = "CHARGEBACK_LOST"
	ChargebackReversed       FactName = "CHARGEBACK_REVERSED"
	ChargebackDropped        FactName = "CHARGEBACK_WARNING_CLOSED"
	EvidencePacked           FactName = "EVIDENCE_PACKED"
	FulfillmentFailed        FactName = "FULFILLMENT_FAILED"
	FulfillmentRetried       FactName = "FULFILLMENT_RETRIED"
	OrderCompleted           FactName = "ORDER_COMPLETED"
	CaseOpened               FactName = "CASE_OPENED" // somebody must decide
	CaseClosed               FactName = "CASE_CLOSED"
	CaseChanged              FactName = "CASE_CHANGED" // never stored: a case that the merchant's group shows was taken, agreed to or closed
)

// ResultLater is the Result of a PAYMENT_SESSION_CREATED whose customer had been told to wait.
const ResultLater = "later"

// Fact is what happened, appended in the transaction that made it so. Seq counts an order's facts from 1 without
// gaps; a fact of no order (PAYMENT_UNMATCHED) has Order "" and Seq 0.
type Fact struct {
	Order      OrderID         `json:"order,omitempty"`
	Seq        int64           `json:"seq"`
	Name       FactName        `json:"name"`
	At         time.Time       `json:"at"`
	Actor      Actor           `json:"actor"`
	Source     string          `json:"source"`           // door or pass: bot, api, webhook, sweep, reconcile …
	Result     string          `json:"result,omitempty"` // "ok" or a word that says what came of it
	Transition TransitionID    `json:"transition,omitempty"`
	Before     Stage           `json:"before,omitempty"`
	After      Stage           `json:"after,omitempty"`
	Gen        int             `json:"gen,omitempty"`
	Rev        int64           `json:"rev,omitempty"`
	Key        string          `json:"key,omitempty"` // idempotency key of what caused it
	ErrorCode  string          `json:"error_code,omitempty"`
	Error      string          `json:"error,omitempty"`
	Hidden     bool            `json:"hidden,omitempty"` // a state row that timelines leave out
	Data       json.RawMessage `json:"data,omitempty"`
	Moves      []Move          `json:"moves,omitempty"`    // ledger of places: what moved in the fact's transaction
	Postings   []Posting       `json:"postings,omitempty"` // ledger of money
}

// Record gives the order's next fact: it counts Seq up and fills gen, revision and the stages.
func (o *Order) Record(name FactName, at time.Time, actor Actor, source string, t TransitionID, before Stage, data any) Fact {
	o.Facts++
	f := Fact{
		Order: o.ID, Seq: o.Facts, Name: name, At: Milli(at), Actor: actor, Source: source, Result: "ok", Transition: t,
		Before: before, After: o.Stage, Gen: o.Gen, Rev: o.Rev,
	}
	if data != nil {
		b, err := json.Marshal(data)
		if err != nil {
			panic(fmt.Sprintf("tickets: data of fact %s: %v", name, err)) // data is always our own struct or map
		}
		f.Data = b
	}
	return f
}
