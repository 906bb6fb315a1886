package notify

import (
	"slices"

	"boxoffice/tickets"
)

// ResultTickets is the result of a CASE_CLOSED that ended tickets: they are what a refund found at the provider was for.
const ResultTickets = "tickets"

// resultDisputed is the result of a REFUND_FAILED whose payer has the money from the bank.
const resultDisputed = "disputed"

// rule says who hears of a fact, and what.
type rule struct {
	customer []string
	merchant []string
	args     bool // the fact's data is needed to word it
}

// rules is the whole routing, but for what ruleOf changes. A fact that is not here makes no delivery: either the person
// who caused it sees the answer at once (a placed order, an opened payment page), or it concerns nobody
// (EVENT_IGNORED, ORDER_COMPLETED).
var rules = map[tickets.FactName]rule{
	tickets.InventoryLocked: {customer: []string{tickets.SayHoldReminder}},
	tickets.HoldExtended:    {customer: []string{tickets.SayLive}},

	tickets.PreCheckoutApproved: {customer: []string{tickets.SayLive}}, // the places wait longer, or again

	tickets.PaymentSessionCreated: {customer: []string{tickets.SayLive}},
	tickets.PaymentPending:        {customer: []string{tickets.SayLive}},
	tickets.PaymentRefused:        money(tickets.SayPaymentFailed, false), // the data names the method
	tickets.CheckoutCompleted:     {customer: []string{tickets.SayLive}, merchant: []string{tickets.SayPaid}},

	tickets.FulfillmentStarted: {customer: []string{tickets.SayLive}},
	tickets.FulfillmentRetried: {customer: []string{tickets.SayLive}},
	tickets.FulfillmentIssued:  {customer: []string{tickets.SayLive, tickets.SayTickets}},
	tickets.FulfillmentFailed:  tell(tickets.SayFulfilFailed, tickets.SayCase),

	tickets.HoldClosing:     {customer: []string{tickets.SayLive}},
	tickets.HoldLapsed:      {customer: []string{tickets.SayLive}},
	tickets.OrderCancelling: {customer: []string{tickets.SayLive}},
	tickets.OrderCancelled:  {customer: []string{tickets.SayLive}},

	tickets.LatePaymentAccepted:      money(tickets.SayLateAccepted, false),
	tickets.LatePaymentReceived:      money(tickets.SayLateReview, true),
	tickets.PaymentAmountMismatch:    money(tickets.SayUnderpaid, true),
	tickets.PaymentOverpaid:          money(tickets.SayOverpaid, true),
	tickets.PaymentCurrencyMismatch:  money(tickets.SayWrongCurrency, true),
	tickets.DuplicatePaymentReceived: money(tickets.SayDuplicate, true),
	tickets.PaymentUnmatched:         money("", true),
	tickets.TestPaymentIgnored:       money("", true),
	tickets.OrderMoved:               tell(tickets.SayMoved, ""),
	tickets.TicketReissued:           {customer: []string{tickets.SayLive, tickets.SayTickets}},

	tickets.DateCancelled: tell(tickets.SayDateClosed, ""),

	tickets.RefundWanted:    tell("", tickets.SayRefundAsked),
	tickets.RefundAgreed:    tell(tickets.SayRefund, ""),
	tickets.RefundDeclined:  tell(tickets.SayRefundRejected, ""),
	tickets.RefundTakenBack: tell("", tickets.SayRefundNews),
	tickets.RefundSent:      {customer: []string{tickets.SayLive}},
	tickets.RefundDone:      tell(tickets.SayRefundDone, tickets.SayRefundNews),
	tickets.RefundRefused:   tell(tickets.SayRefundFailed, tickets.SayCase),
	tickets.MoneyKept:       {customer: []string{tickets.SayLive}},

	tickets.ChargebackWarned:   {merchant: []string{tickets.SayCase}, args: true},
	tickets.ChargebackOpened:   tell(tickets.SayDisputed, tickets.SayCase),
	tickets.ChargebackAnswered: {merchant: []string{tickets.SayDispute}, args: true},
	tickets.ChargebackFunds:    {merchant: []string{tickets.SayDispute}, args: true},
	tickets.ChargebackWon:      tell(tickets.SayUndisputed, tickets.SayDispute),
	tickets.ChargebackReversed: tell(tickets.SayUndisputed, tickets.SayDispute),
	tickets.ChargebackLost:     tell(tickets.SayDisputeLost, tickets.SayDispute),
	tickets.ChargebackDropped:  {merchant: []string{tickets.SayDispute}, args: true},

	tickets.CaseOpened:  {merchant: []string{tickets.SayCase}, args: true},
	tickets.CaseChanged: {merchant: []string{tickets.SayCaseLive}, args: true},
	tickets.CaseClosed:  tell(tickets.SayRefundDone, ""), // only where it ends tickets
}

// money is the rule of a fact about money: the customer hears say, the merchant SayMoney where a person is to know.
func money(say string, review bool) rule {
	r := rule{args: true}
	if say != "" {
		r.customer = []string{tickets.SayLive, say}
	}
	if review {
		r.merchant = []string{tickets.SayMoney}
	}
	return r
}

// tell is the rule of a fact that changes the order's live message, and is told the customer, the merchant or both.
func tell(customer, merchant string) rule {
	r := rule{customer: []string{tickets.SayLive}, args: true}
	if customer != "" {
		r.customer = append(r.customer, customer)
	}
	if merchant != "" {
		r.merchant = []string{merchant}
	}
	return r
}

// ruleOf is the rule of a fact of order o that was told together with others. It is false where nobody hears of it.
func ruleOf(o tickets.Order, f tickets.Fact, with []tickets.Fact) (rule, bool) {
	r, ok := rules[f.Name]
	if !ok {
		return r, false
	}
	switch {
	case f.Name == tickets.CaseClosed && f.Result != ResultTickets:
		return r, false // who closed it knows
	case f.Name == tickets.PaymentSessionCreated && f.Result != tickets.ResultLater:
		return r, false // the customer is being shown the page
	case f.Name == tickets.PaymentRefused && f.ErrorCode == string(tickets.Invalid):
		// It is our requests that the provider refuses: nothing the customer did, and every sale is down.
		r.customer, r.merchant = []string{tickets.SayLive}, []string{tickets.SayMoney}
	case f.Name == tickets.CheckoutCompleted && o.Manual():
		r.customer = append(slices.Clone(r.customer), tickets.SayManual)
		r.merchant = append(slices.Clone(r.merchant), tickets.SayIssue)
	case f.Transition == tickets.TReviewExpired && len(r.merchant) == 0:
		// The places of an underpaid order were given back; its money is still here.
		r.merchant = []string{tickets.SayMoney}
	case hasCase(f):
		r.merchant = nil // the case that was opened with it says all of it, with buttons
	}
	return refundRule(r, f, with), true
}

// hasCase reports whether the fact's money is left to a person: a CASE_OPENED comes with it.
func hasCase(f tickets.Fact) bool {
	data := plainValues(f.Data)
	switch f.Name {
	case tickets.PaymentCurrencyMismatch:
		return data["owed"] != ""
	case tickets.LatePaymentReceived:
		return data["reason"] == "policy" && data["owed"] != "" || data["disposition"] == string(tickets.WrongCurrency)
	case tickets.PaymentUnmatched:
		return data["amount"] != "" && data["amount"] != "0" && f.Result != string(tickets.TestMode)
	default:
		return false
	}
}

// refundRule leaves out what the person who acted sees at once, and what another fact of the same moment says.
func refundRule(r rule, f tickets.Fact, with []tickets.Fact) rule {
	has := func(name tickets.FactName) bool {
		return slices.ContainsFunc(with, func(x tickets.Fact) bool { return x.Name == name })
	}
	switch f.Name {
	case tickets.RefundWanted:
		switch {
		case has(tickets.RefundAgreed):
			r.merchant = nil // nobody has to decide
		case f.Result == "auto":
			r.merchant = nil
			if plainValues(f.Data)["reason"] == string(tickets.RefundUnderpaid) {
				r.customer = []string{tickets.SayLive, tickets.SayRefund}
			}
		}
	case tickets.RefundAgreed:
		switch {
		case f.Result == "second_needed":
			r.customer = nil
			if f.Source != "bot" { // there, the message that asks shows it
				r.merchant = []string{tickets.SayRefundAsked}
			}
		case f.Actor.Kind == tickets.ActorCustomer, has(tickets.RefundWanted) && f.Actor.Kind == tickets.ActorSystem:
			r.customer = []string{tickets.SayLive} // it is the answer to what they asked
		}
	case tickets.ChargebackWon, tickets.ChargebackReversed:
		if has(tickets.FulfillmentFailed) {
			r.merchant = nil // the case that it opened says so
		}
	case tickets.FulfillmentFailed:
		if has(tickets.ChargebackWon) || has(tickets.ChargebackReversed) {
			r.customer = []string{tickets.SayLive} // they hear of the dispute
		}
	case tickets.RefundRefused:
		if f.Result == resultDisputed {
			r.customer, r.merchant = []string{tickets.SayLive}, nil // the payer has it from the bank
		}
	case tickets.RefundTakenBack:
		if f.Actor.Kind != tickets.ActorCustomer {
			r.customer = []string{tickets.SayLive, tickets.SayRefund}
		}
	}
	return r
}
