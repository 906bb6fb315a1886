package checkout

import (
	"slices"
	"time"

	"boxoffice/tickets"
)

// Why says where an order stands in words that doors put into sentences: what is waited for and since when, who acts
// next, what happens by itself and when, and what the merchant could do. It is derived from the rows and the timings of
// the machine, so that no page has to guess.
type Why struct {
	Waits WaitsFor
	Since time.Time
	Who   Acts
	Then  Then      // what happens if nobody acts; "" nothing
	At    time.Time // when; zero where Then has no time of its own
	Do    Do        // what the merchant is advised to do; "" nothing
	About string    // id of the refund, dispute, case, delivery or payment that Waits and Do are about; "" the order
}

// WaitsFor is what an order waits for.
type WaitsFor string

// What an order may wait for.
const (
	WaitsEvidence   WaitsFor = "evidence"      // the bank wants our answer to a dispute
	WaitsBank       WaitsFor = "bank"          // the bank decides a dispute
	WaitsApproval   WaitsFor = "approval"      // a refund waits for somebody's yes
	WaitsSecond     WaitsFor = "second"        // … for a second person's
	WaitsChoice     WaitsFor = "choice"        // late money: its customer may choose another date
	WaitsSend       WaitsFor = "send"          // a refund is about to be sent
	WaitsByHand     WaitsFor = "by_hand"       // a refund that its gateway cannot make
	WaitsRefund     WaitsFor = "refund"        // the provider settles a refund
	WaitsFailed     WaitsFor = "refund_failed" // a refund that failed waits for a person
	WaitsCase       WaitsFor = "case"          // something else a person must decide
	WaitsMethod     WaitsFor = "method"        // the customer has not begun to pay
	WaitsPay        WaitsFor = "pay"           // the customer has a payment page
	WaitsSettle     WaitsFor = "settle"        // the customer paid by a method that settles later
	WaitsAnswer     WaitsFor = "answer"        // the provider's answer about a payment was lost
	WaitsClose      WaitsFor = "close"         // pages are being closed at the provider
	WaitsRest       WaitsFor = "rest"          // the customer paid less than the total
	WaitsReview     WaitsFor = "review"        // money that cannot be applied by itself
	WaitsIssue      WaitsFor = "issue"         // a person issues the tickets
	WaitsAgain      WaitsFor = "again"         // the tickets could not be issued
	WaitsDelivery   WaitsFor = "delivery"      // the tickets could not be sent, and are tried again
	WaitsReceiver   WaitsFor = "receiver"      // the tickets could not be sent: the customer must unblock the bot, or ask
	WaitsVisit      WaitsFor = "visit"         // all is well until the visit
	WaitsOthers     WaitsFor = "others"        // some are in, others still come
	WaitsOver       WaitsFor = "over"          // nothing: the visit is over
	WaitsLate       WaitsFor = "late"          // nothing, but money may still come
	WaitsEnded      WaitsFor = "ended"         // nothing: it ended unpaid
	WaitsRefunded   WaitsFor = "refunded"      // nothing: all money went back
	WaitsFulfilment WaitsFor = "fulfilment"    // the system issues the tickets
)

// Acts is who acts next.
type Acts string

// Who may act.
const (
	ActsNobody   Acts = "nobody"
	ActsCustomer Acts = "customer"
	ActsProvider Acts = "provider"
	ActsBank     Acts = "bank"
	ActsStaff    Acts = "staff"
	ActsSystem   Acts = "system"
)

// Then is what happens by itself.
type Then string

// What happens when nobody acts.
const (
	ThenExpires   Then = "expires"   // the places are given back
	ThenCloses    Then = "closes"    // the payment page is closed, then the places are given back
	ThenReleases  Then = "releases"  // the places are given back although a page could not be closed
	ThenAsks      Then = "asks"      // the provider is asked again
	ThenReturns   Then = "returns"   // the money goes back
	ThenDecides   Then = "decides"   // the bank decides without our answer
	ThenRetries   Then = "retries"   // the message is sent again
	ThenCompletes Then = "completes" // the order is complete
)

// Do is what the merchant is advised to do.
type Do string

// The advice.
const (
	DoEvidence Do = "evidence" // answer the bank
	DoDecide   Do = "decide"   // approve or reject the refund About
	DoCase     Do = "case"     // decide the case About
	DoMarkPaid Do = "paid"     // mark it paid, if the money came another way
	DoIssue    Do = "issue"    // issue the tickets
	DoResend   Do = "resend"   // send the delivery About again
)

// WhyOf says where an order stands at now, by the timings of the desk and the merchant's zone. It is pure.
func WhyOf(f OrderFile, now time.Time, t Timings, zone *time.Location) Why {
	if w, ok := whyDispute(f); ok {
		return w
	}
	if w, ok := whyRefund(f); ok {
		return w
	}
	if i := slices.IndexFunc(f.Cases, tickets.Case.Open); i >= 0 && f.Order.Stage != tickets.StageFulfilFailed {
		c := f.Cases[i]
		return Why{Waits: WaitsCase, Since: c.At, Who: ActsStaff, Do: DoCase, About: string(c.ID)}
	}
	switch f.Order.Stage {
	case tickets.StageHeld, tickets.StageAwaiting, tickets.StageExpiring:
		return whyUnpaid(f, t)
	case tickets.StagePaymentReview:
		if !f.Order.ReviewUntil.IsZero() {
			return Why{Waits: WaitsRest, Since: f.Order.Changed, Who: ActsCustomer, Then: ThenReturns, At: f.Order.ReviewUntil, Do: DoMarkPaid}
		}
		return Why{Waits: WaitsReview, Since: f.Order.Changed, Who: ActsStaff}
	case tickets.StageExpired, tickets.StageCancelled:
		if f.Order.Late {
			return Why{Waits: WaitsLate, Since: f.Order.Changed, Who: ActsNobody}
		}
		return Why{Waits: WaitsEnded, Since: f.Order.Changed, Who: ActsNobody}
	case tickets.StageRefunded:
		return Why{Waits: WaitsRefunded, Since: f.Order.Changed, Who: ActsNobody}
	case tickets.StageCompleted:
		return Why{Waits: WaitsOver, Since: f.Order.Changed, Who: ActsNobody}
	}
	return whyPaid(f, now, t, zone)
}

func whyDispute(f OrderFile) (Why, bool) {
	for _, d := range slices.Backward(f.Disputes) {
		switch d.State {
		case tickets.DisputeOpen:
			return Why{Waits: WaitsEvidence, Since: d.At, Who: ActsStaff, Then: ThenDecides, At: d.Deadline, Do: DoEvidence, About: string(d.ID)}, true
		case tickets.DisputeEvidenceSent:
			return Why{Waits: WaitsBank, Since: d.Changed, Who: ActsBank, About: string(d.ID)}, true
		}
	}
	return Why{}, false
}

// whyRefund looks at money on its way back; what needs a person comes first.
func whyRefund(f OrderFile) (Why, bool) {
	var best Why
	rank := 0
	for _, r := range f.Refunds {
		w, n := whyOneRefund(f, r)
		if n > rank {
			best, rank = w, n
		}
	}
	return best, rank > 0
}

// whyOneRefund says what a refund waits for, and how much that matters: 0 nothing.
func whyOneRefund(f OrderFile, r tickets.Refund) (Why, int) {
	id := string(r.ID)
	if r.Wish != "" {
		id = string(r.Wish) // they are agreed on together
	}
	caseOf := func(kind tickets.CaseKind) (tickets.Case, bool) {
		i := slices.IndexFunc(f.Cases, func(c tickets.Case) bool { return c.Open() && c.Kind == kind && c.Subject == string(r.ID) })
		if i < 0 {
			return tickets.Case{}, false
		}
		return f.Cases[i], true
	}
	switch r.State {
	case tickets.RefundRequested:
		switch {
		case r.Auto && r.Source == tickets.RefundLate:
			return Why{Waits: WaitsChoice, Since: r.At, Who: ActsCustomer, Then: ThenReturns, At: r.Due, About: id}, 2
		case r.Auto:
			return Why{Waits: WaitsSend, Since: r.At, Who: ActsSystem, Then: ThenReturns, At: r.Due, About: id}, 2
		case len(r.Approvals) > 0:
			return Why{Waits: WaitsSecond, Since: r.At, Who: ActsStaff, Do: DoDecide, About: id}, 5
		}
		return Why{Waits: WaitsApproval, Since: r.At, Who: ActsStaff, Do: DoDecide, About: id}, 5
	case tickets.RefundApproved:
		return Why{Waits: WaitsSend, Since: r.Changed, Who: ActsSystem, Then: ThenReturns, At: r.Due, About: id}, 2
	case tickets.RefundSubmitted, tickets.RefundPending:
		if c, ok := caseOf(tickets.CaseRefundByHand); ok {
			return Why{Waits: WaitsByHand, Since: c.At, Who: ActsStaff, Do: DoCase, About: string(c.ID)}, 4
		}
		w := Why{Waits: WaitsRefund, Since: r.Submitted, Who: ActsProvider, About: id}
		if !r.Due.IsZero() {
			w.Then, w.At = ThenAsks, r.Due
		}
		return w, 1
	case tickets.RefundFailed:
		if c, ok := caseOf(tickets.CaseRefundFailed); ok {
			return Why{Waits: WaitsFailed, Since: c.At, Who: ActsStaff, Do: DoCase, About: string(c.ID)}, 4
		}
	}
	return Why{}, 0
}

// whyUnpaid is of an order whose places are held.
func whyUnpaid(f OrderFile, t Timings) Why {
	o := f.Order
	if o.Stage == tickets.StageHeld {
		return Why{Waits: WaitsMethod, Since: o.At, Who: ActsCustomer, Then: ThenExpires, At: f.Hold.Expiry, Do: DoMarkPaid}
	}
	var p tickets.Payment
	for _, x := range f.Payments {
		if x.Live() {
			p = x
		}
	}
	w := Why{Since: o.Changed, About: string(p.ID)}
	if p.ID != "" {
		w.Since = p.Changed
	}
	if o.Stage == tickets.StageExpiring {
		w.Waits, w.Who, w.Then, w.At = WaitsClose, ActsProvider, ThenAsks, p.Due
		if p.CloseSince.IsZero() {
			return w
		}
		if soft := p.CloseSince.Add(t.SoftRelease); soft.Before(w.At) || w.At.IsZero() {
			w.Then, w.At = ThenReleases, soft
		}
		return w
	}
	switch p.State {
	case tickets.PaymentAsync:
		w.Waits, w.Who, w.Then, w.At = WaitsSettle, ActsProvider, ThenCloses, f.Hold.Expiry
	case tickets.PaymentUnknown, tickets.PaymentCreated:
		w.Waits, w.Who, w.Then, w.At = WaitsAnswer, ActsProvider, ThenAsks, p.Due
	default:
		w.Waits, w.Who, w.Then, w.At, w.Do = WaitsPay, ActsCustomer, ThenCloses, f.Hold.Expiry, DoMarkPaid
	}
	return w
}

// whyPaid is of an order whose money is applied.
func whyPaid(f OrderFile, now time.Time, t Timings, zone *time.Location) Why {
	o := f.Order
	switch {
	case o.Stage == tickets.StageFulfilFailed:
		return Why{Waits: WaitsAgain, Since: o.Changed, Who: ActsStaff, Do: DoIssue}
	case o.Stage == tickets.StageFulfilling, o.Stage == tickets.StagePaid && o.Manual():
		return Why{Waits: WaitsIssue, Since: o.Changed, Who: ActsStaff, Do: DoIssue}
	case o.Stage == tickets.StagePaid:
		return Why{Waits: WaitsFulfilment, Since: o.Changed, Who: ActsSystem}
	}
	over := o.Slot().Date.At("24:00", zone)
	if d, ok := undelivered(f.Deliveries); ok && now.Before(over) {
		if d.State == tickets.DeliveryRetry || d.State == tickets.DeliveryQueued || d.State == tickets.DeliverySending {
			return Why{Waits: WaitsDelivery, Since: d.At, Who: ActsSystem, Then: ThenRetries, At: d.Due, About: string(d.ID)}
		}
		return Why{Waits: WaitsReceiver, Since: d.At, Who: ActsCustomer, Do: DoResend, About: string(d.ID)}
	}
	w := Why{Waits: WaitsVisit, Since: o.Changed, Who: ActsCustomer, Then: ThenCompletes, At: over.Add(t.Complete)}
	if slices.ContainsFunc(f.Tickets, func(k tickets.Ticket) bool { return k.Admitted > 0 }) {
		w.Waits = WaitsOthers
	}
	return w
}

// undelivered is the newest message with the tickets, if it has not arrived and was tried.
func undelivered(all []tickets.Delivery) (tickets.Delivery, bool) {
	for _, d := range slices.Backward(all) {
		if d.Kind != tickets.SayTickets || d.To.Kind != tickets.ToCustomer {
			continue
		}
		return d, d.State != tickets.DeliverySent && d.State != tickets.DeliveryAborted && (d.Attempts > 0 || d.State == tickets.DeliveryFailed || d.State == tickets.DeliveryBlocked)
	}
	return tickets.Delivery{}, false
}
