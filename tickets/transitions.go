package tickets

import (
	"slices"
	"time"
)

// TransitionID names a row of the table, as docs/lifecycle.md numbers them.
type TransitionID string

// The transitions of an order that exist so far.
const (
	TPlace          TransitionID = "T6"   // the customer confirms; places are held
	TCheckout       TransitionID = "T8"   // a payment begins
	TDecline        TransitionID = "T9"   // a payment failed; another may begin
	TAsync          TransitionID = "T11"  // the method settles later
	TCancelHeld     TransitionID = "T12a" // cancelled before any payment began
	TCancelAwaiting TransitionID = "T12b" // cancelled while a payment page is open: close it first
	TCancelled      TransitionID = "T12c" // the pages are closed
	TCancelMoney    TransitionID = "T12d" // money arrived while cancelling
	TExpireHeld     TransitionID = "T13"  // time over, no payment ever began
	TExpiring       TransitionID = "T14"  // time over, payment pages are being closed
	TExpired        TransitionID = "T15"  // all pages closed, places given back
	TCloseRetry     TransitionID = "T16"  // a page could not be closed yet
	TPayExpiring    TransitionID = "T17"  // money arrived while expiring, places still there
	TPay            TransitionID = "T18"  // money arrived in time
	TPayLate        TransitionID = "T19"  // money arrived late, places were free again; not after a person cancelled
	TLateReview     TransitionID = "T20"  // money arrived late and cannot be applied
	TUnderpaid      TransitionID = "T24"  // less money than the total
	TTopUp          TransitionID = "T25"  // further money makes the total
	TOverpaid       TransitionID = "T26"  // more money than the total: paid, the excess is owed
	TWrongCurrency  TransitionID = "T27"  // money in another currency
	TTestMoney      TransitionID = "T27a" // test-mode money on a live shop
	TReviewCheckout TransitionID = "T24p" // a payment of what is missing begins
	TReviewMoney    TransitionID = "T24s" // further money in review that does not make the total
	TReviewExpired  TransitionID = "T24x" // review time over: places given back, a person decides
	TDuplicate      TransitionID = "T28"  // a second charge for a paid order
	TFulfilling     TransitionID = "T31"  // a person takes the issuing
	TFulfilled      TransitionID = "T32"  // all tickets issued
	TPreCheckout    TransitionID = "T10"  // an invoice may be paid now; the hold waits for it
	TPreCheckoutNew TransitionID = "T10r" // … and places were held anew for it
	TApply          TransitionID = "T21"  // money that waited pays for the order: another date, or by a person
	TRepaid         TransitionID = "T22e" // all money of an order in review went back
	TRepaidCancel   TransitionID = "T22c" // … of one that had been cancelled
	TFulfilFailed   TransitionID = "T33"  // the tickets cannot be issued
	TFulfilAgain    TransitionID = "T34"  // somebody tries again
	TRefundAsked    TransitionID = "T35"  // applied money is asked back
	TRefundDropped  TransitionID = "T35x" // … and the wish was rejected or taken back
	TRefundSent     TransitionID = "T35s" // … and the gateway is asked; tickets are blocked
	TRefundPart     TransitionID = "T36"  // part of the applied money went back
	TRefundAll      TransitionID = "T37"  // all of it, and no ticket is good
	TRefundFailed   TransitionID = "T38"  // the gateway refused; tickets are valid again
	TDateCancelled  TransitionID = "T39"  // the merchant closed the date; tickets are blocked
	TDispute        TransitionID = "T40"  // a bank asks the money back
	TDisputeNews    TransitionID = "T40n" // evidence sent, funds taken or given back
	TDisputeLost    TransitionID = "T41"  // tickets end
	TDisputeGone    TransitionID = "T41r" // … and with them the order
	TDisputeWon     TransitionID = "T42"  // tickets are valid again
	TDisputeRevived TransitionID = "T42r" // … of an order that had ended: places and tickets anew
	TDisputeStuck   TransitionID = "T42s" // … and there are no places: a person decides
	TDisputeKept    TransitionID = "T42k" // … that the merchant keeps the money
	TWarning        TransitionID = "T43"  // a bank warns of fraud, or takes the warning back
	TRefundFound    TransitionID = "T44"  // a refund was made at the provider: part of the money
	TComplete       TransitionID = "T45"  // the visit is over
	TMoved          TransitionID = "T47"  // staff moved a paid order to another slot
)

// Same as a To means that the stage does not change.
const Same Stage = "same"

// Transition is one row: from which stages to which.
type Transition struct {
	ID   TransitionID
	From []Stage
	To   Stage
}

var (
	unpaid = []Stage{StageHeld, StageAwaiting, StageExpiring}
	ended  = []Stage{StageExpired, StageCancelled}
	paid   = []Stage{StagePaid, StageFulfilling, StageFulfilled, StageFulfilFailed, StageCompleted}
	all    = slices.Concat(unpaid, ended, paid, []Stage{StagePaymentReview, StageRefunded})
	// stages of orders that money was applied to
	applied = append([]Stage{StageRefunded}, paid...)
)

// Transitions is the whole law of an order's stage. Whatever is not a row is refused.
var Transitions = []Transition{
	{TPlace, []Stage{StageNone}, StageHeld},
	{TCheckout, []Stage{StageHeld, StageAwaiting}, StageAwaiting},
	{TDecline, []Stage{StageAwaiting, StageExpiring}, Same},
	{TAsync, []Stage{StageAwaiting, StageExpiring}, Same},
	{TCancelHeld, []Stage{StageHeld}, StageCancelled},
	{TCancelAwaiting, []Stage{StageAwaiting}, StageExpiring},
	{TCancelled, []Stage{StageExpiring}, StageCancelled},
	{TCancelMoney, []Stage{StageExpiring}, StagePaymentReview},
	{TExpireHeld, []Stage{StageHeld}, StageExpired},
	{TExpiring, []Stage{StageAwaiting}, StageExpiring},
	{TExpired, []Stage{StageExpiring}, StageExpired},
	{TCloseRetry, []Stage{StageExpiring}, Same},
	{TPayExpiring, []Stage{StageExpiring}, StagePaid},
	{TPay, []Stage{StageHeld, StageAwaiting}, StagePaid},
	{TPayLate, ended, StagePaid},
	{TLateReview, append([]Stage{StagePaymentReview}, ended...), StagePaymentReview},
	{TUnderpaid, unpaid, StagePaymentReview},
	{TTopUp, []Stage{StagePaymentReview}, StagePaid},
	{TOverpaid, unpaid, StagePaid},
	{TWrongCurrency, append([]Stage{StagePaymentReview}, slices.Concat(unpaid, ended)...), StagePaymentReview},
	{TTestMoney, all, Same},
	{TReviewCheckout, []Stage{StagePaymentReview}, Same},
	{TReviewMoney, []Stage{StagePaymentReview}, Same},
	{TReviewExpired, []Stage{StagePaymentReview}, Same},
	{TDuplicate, applied, Same},
	{TFulfilling, []Stage{StagePaid}, StageFulfilling},
	{TFulfilled, []Stage{StagePaid, StageFulfilling}, StageFulfilled},
	{TPreCheckout, []Stage{StageAwaiting}, Same},
	{TPreCheckoutNew, []Stage{StageExpired}, StageAwaiting},
	{TApply, []Stage{StagePaymentReview}, StagePaid},
	{TRepaid, []Stage{StagePaymentReview}, StageExpired},
	{TRepaidCancel, []Stage{StagePaymentReview}, StageCancelled},
	{TFulfilFailed, []Stage{StagePaid, StageFulfilling}, StageFulfilFailed},
	{TFulfilAgain, []Stage{StageFulfilFailed}, StageFulfilling},
	{TRefundAsked, paid, Same},
	{TRefundDropped, paid, Same},
	{TRefundSent, paid, Same},
	{TRefundPart, paid, Same},
	{TRefundAll, paid, StageRefunded},
	{TRefundFailed, applied, Same},
	{TDateCancelled, []Stage{StagePaid, StageFulfilling, StageFulfilled}, Same},
	{TDispute, applied, Same},
	{TDisputeNews, applied, Same},
	{TDisputeLost, applied, Same},
	{TDisputeGone, paid, StageRefunded},
	{TDisputeWon, applied, Same},
	{TDisputeRevived, []Stage{StageRefunded}, StageFulfilled},
	{TDisputeStuck, []Stage{StageFulfilled, StageRefunded}, StageFulfilFailed},
	{TDisputeKept, []Stage{StageFulfilFailed}, StageCompleted},
	{TWarning, applied, Same},
	{TRefundFound, paid, Same},
	{TComplete, []Stage{StageFulfilled}, StageCompleted},
	{TMoved, []Stage{StagePaid, StageFulfilling, StageFulfilled}, Same},
}

// Move takes a transition at a time. It refuses with Conflict, changing nothing, when the order's stage is not one
// of the row's From (see [Order.Allows]). It returns the stage before and adds one to the order's revision.
func (o *Order) Move(id TransitionID, at time.Time) (before Stage, err error) {
	for _, t := range Transitions {
		if t.ID != id {
			continue
		}
		if !o.Allows(id) {
			return o.Stage, Refuse(Conflict, "order %s is %s: %s not allowed", o.ID, o.Stage, id)
		}
		before = o.Stage
		if t.To != Same {
			o.Stage = t.To
		}
		o.Rev++
		o.Changed = Milli(at)
		switch o.Stage {
		case StageExpired, StageCancelled:
			o.EndedAs = o.Stage
		case StagePaid, StageAwaiting:
			o.EndedAs, o.EndedBy = "", ""
		}
		return before, nil
	}
	return o.Stage, Refuse(Invalid, "no transition %s", id)
}

// Allows reports whether the table lets the order take the transition now. Beside the stage it knows one thing: what
// a person cancelled never becomes PAID by late money.
func (o Order) Allows(id TransitionID) bool {
	if id == TPayLate && o.Stage == StageCancelled && o.EndedBy != ActorSystem {
		return false
	}
	for _, t := range Transitions {
		if t.ID == id {
			return slices.Contains(t.From, o.Stage)
		}
	}
	return false
}
