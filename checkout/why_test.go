package checkout_test

import (
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// TestWhyAnOrderWaits is a table over all stages, and over what weighs more than the stage.
func TestWhyAnOrderWaits(t *testing.T) {
	t.Parallel()
	now := opening
	in := now.Add
	held := tickets.Hold{State: tickets.HoldActive, Expiry: in(5 * time.Minute)}
	open := func(s tickets.PaymentState) []tickets.Payment {
		return []tickets.Payment{{ID: "ps_1", State: s, Changed: now, Due: in(time.Minute)}}
	}
	order := func(s tickets.Stage, change ...func(*tickets.Order)) tickets.Order {
		o := tickets.Order{ID: "order_1", Stage: s, At: now, Changed: now, Quote: tickets.Quote{Slot: tickets.Slot{Date: visit}}}
		for _, f := range change {
			f(&o)
		}
		return o
	}
	manual := func(o *tickets.Order) { o.Quote.Lines = []tickets.Line{{Fulfilment: tickets.FulfilManual}} }
	refund := func(r tickets.Refund) []tickets.Refund {
		r.ID, r.At, r.Changed = "ref_1", now, now
		return []tickets.Refund{r}
	}
	message := func(s tickets.DeliveryState, tries int) []tickets.Delivery {
		return []tickets.Delivery{{ID: "dlv_1", Kind: tickets.SayTickets, To: tickets.Destination{Kind: tickets.ToCustomer}, State: s, Attempts: tries, At: now, Due: in(time.Minute)}}
	}
	over := (visit + 1).At("", singapore).Add(24 * time.Hour)
	for name, c := range map[string]struct {
		file checkout.OrderFile
		want checkout.Why
	}{
		"held": {
			checkout.OrderFile{Order: order(tickets.StageHeld), Hold: held},
			checkout.Why{Waits: checkout.WaitsMethod, Who: checkout.ActsCustomer, Then: checkout.ThenExpires, At: held.Expiry, Do: checkout.DoMarkPaid},
		},
		"a page is open": {
			checkout.OrderFile{Order: order(tickets.StageAwaiting), Hold: held, Payments: open(tickets.PaymentOpen)},
			checkout.Why{Waits: checkout.WaitsPay, Who: checkout.ActsCustomer, Then: checkout.ThenCloses, At: held.Expiry, Do: checkout.DoMarkPaid, About: "ps_1"},
		},
		"settles later": {
			checkout.OrderFile{Order: order(tickets.StageAwaiting), Hold: held, Payments: open(tickets.PaymentAsync)},
			checkout.Why{Waits: checkout.WaitsSettle, Who: checkout.ActsProvider, Then: checkout.ThenCloses, At: held.Expiry, About: "ps_1"},
		},
		"the provider's answer was lost": {
			checkout.OrderFile{Order: order(tickets.StageAwaiting), Hold: held, Payments: open(tickets.PaymentUnknown)},
			checkout.Why{Waits: checkout.WaitsAnswer, Who: checkout.ActsProvider, Then: checkout.ThenAsks, At: in(time.Minute), About: "ps_1"},
		},
		"closing": {
			checkout.OrderFile{Order: order(tickets.StageExpiring), Hold: held, Payments: open(tickets.PaymentClosing)},
			checkout.Why{Waits: checkout.WaitsClose, Who: checkout.ActsProvider, Then: checkout.ThenAsks, At: in(time.Minute), About: "ps_1"},
		},
		"closing for too long": {
			checkout.OrderFile{Order: order(tickets.StageExpiring), Hold: held, Payments: []tickets.Payment{{
				ID: "ps_1", State: tickets.PaymentClosing, Changed: now, Due: in(time.Minute), CloseSince: in(-590 * time.Second),
			}}},
			checkout.Why{Waits: checkout.WaitsClose, Who: checkout.ActsProvider, Then: checkout.ThenReleases, At: in(10 * time.Second), About: "ps_1"},
		},
		"expired": {
			checkout.OrderFile{Order: order(tickets.StageExpired)},
			checkout.Why{Waits: checkout.WaitsEnded, Who: checkout.ActsNobody},
		},
		"cancelled, and money may come": {
			checkout.OrderFile{Order: order(tickets.StageCancelled, func(o *tickets.Order) { o.Late = true })},
			checkout.Why{Waits: checkout.WaitsLate, Who: checkout.ActsNobody},
		},
		"too little money": {
			checkout.OrderFile{Order: order(tickets.StagePaymentReview, func(o *tickets.Order) { o.ReviewUntil = in(time.Hour) })},
			checkout.Why{Waits: checkout.WaitsRest, Who: checkout.ActsCustomer, Then: checkout.ThenReturns, At: in(time.Hour), Do: checkout.DoMarkPaid},
		},
		"review": {
			checkout.OrderFile{Order: order(tickets.StagePaymentReview)},
			checkout.Why{Waits: checkout.WaitsReview, Who: checkout.ActsStaff},
		},
		"review with a case": {
			checkout.OrderFile{Order: order(tickets.StagePaymentReview), Cases: []tickets.Case{{ID: "case_1", At: now}}},
			checkout.Why{Waits: checkout.WaitsCase, Who: checkout.ActsStaff, Do: checkout.DoCase, About: "case_1"},
		},
		"late money that its customer may use": {
			checkout.OrderFile{Order: order(tickets.StagePaymentReview), Refunds: refund(tickets.Refund{
				State: tickets.RefundRequested, Auto: true, Owed: true, Source: tickets.RefundLate, Due: in(24 * time.Hour),
			})},
			checkout.Why{Waits: checkout.WaitsChoice, Who: checkout.ActsCustomer, Then: checkout.ThenReturns, At: in(24 * time.Hour), About: "ref_1"},
		},
		"paid": {
			checkout.OrderFile{Order: order(tickets.StagePaid)},
			checkout.Why{Waits: checkout.WaitsFulfilment, Who: checkout.ActsSystem},
		},
		"paid, and a person issues": {
			checkout.OrderFile{Order: order(tickets.StagePaid, manual)},
			checkout.Why{Waits: checkout.WaitsIssue, Who: checkout.ActsStaff, Do: checkout.DoIssue},
		},
		"being issued": {
			checkout.OrderFile{Order: order(tickets.StageFulfilling, manual)},
			checkout.Why{Waits: checkout.WaitsIssue, Who: checkout.ActsStaff, Do: checkout.DoIssue},
		},
		"could not be issued": {
			checkout.OrderFile{Order: order(tickets.StageFulfilFailed, manual), Cases: []tickets.Case{{ID: "case_1", Kind: tickets.CaseUnfulfilled, At: now}}},
			checkout.Why{Waits: checkout.WaitsAgain, Who: checkout.ActsStaff, Do: checkout.DoIssue},
		},
		"before the visit": {
			checkout.OrderFile{Order: order(tickets.StageFulfilled), Deliveries: message(tickets.DeliverySent, 1)},
			checkout.Why{Waits: checkout.WaitsVisit, Who: checkout.ActsCustomer, Then: checkout.ThenCompletes, At: over},
		},
		"some are in": {
			checkout.OrderFile{Order: order(tickets.StageFulfilled), Tickets: []tickets.Ticket{{Places: 3, Admitted: 1, State: tickets.TicketValid}}},
			checkout.Why{Waits: checkout.WaitsOthers, Who: checkout.ActsCustomer, Then: checkout.ThenCompletes, At: over},
		},
		"the tickets are late": {
			checkout.OrderFile{Order: order(tickets.StageFulfilled), Deliveries: message(tickets.DeliveryRetry, 2)},
			checkout.Why{Waits: checkout.WaitsDelivery, Who: checkout.ActsSystem, Then: checkout.ThenRetries, At: in(time.Minute), About: "dlv_1"},
		},
		"the tickets cannot be sent": {
			checkout.OrderFile{Order: order(tickets.StageFulfilled), Deliveries: message(tickets.DeliveryBlocked, 1)},
			checkout.Why{Waits: checkout.WaitsReceiver, Who: checkout.ActsCustomer, Do: checkout.DoResend, About: "dlv_1"},
		},
		"over": {
			checkout.OrderFile{Order: order(tickets.StageCompleted)},
			checkout.Why{Waits: checkout.WaitsOver, Who: checkout.ActsNobody},
		},
		"refunded": {
			checkout.OrderFile{Order: order(tickets.StageRefunded), Refunds: refund(tickets.Refund{State: tickets.RefundSucceeded})},
			checkout.Why{Waits: checkout.WaitsRefunded, Who: checkout.ActsNobody},
		},
		"a refund to approve": {
			checkout.OrderFile{Order: order(tickets.StageFulfilled), Refunds: refund(tickets.Refund{State: tickets.RefundRequested})},
			checkout.Why{Waits: checkout.WaitsApproval, Who: checkout.ActsStaff, Do: checkout.DoDecide, About: "ref_1"},
		},
		"a second yes": {
			checkout.OrderFile{Order: order(tickets.StageFulfilled), Refunds: refund(tickets.Refund{State: tickets.RefundRequested, Approvals: make([]tickets.Approval, 1)})},
			checkout.Why{Waits: checkout.WaitsSecond, Who: checkout.ActsStaff, Do: checkout.DoDecide, About: "ref_1"},
		},
		"a refund on its way": {
			checkout.OrderFile{Order: order(tickets.StageFulfilled), Refunds: refund(tickets.Refund{State: tickets.RefundPending, Submitted: now, Due: in(time.Hour)})},
			checkout.Why{Waits: checkout.WaitsRefund, Who: checkout.ActsProvider, Then: checkout.ThenAsks, At: in(time.Hour), About: "ref_1"},
		},
		"a refund by hand": {
			checkout.OrderFile{
				Order: order(tickets.StageFulfilled), Refunds: refund(tickets.Refund{State: tickets.RefundSubmitted, Submitted: now}),
				Cases: []tickets.Case{{ID: "case_1", Kind: tickets.CaseRefundByHand, Subject: "ref_1", At: now}},
			},
			checkout.Why{Waits: checkout.WaitsByHand, Who: checkout.ActsStaff, Do: checkout.DoCase, About: "case_1"},
		},
		"a dispute weighs more than a refund": {
			checkout.OrderFile{
				Order: order(tickets.StageFulfilled), Refunds: refund(tickets.Refund{State: tickets.RefundRequested}),
				Disputes: []tickets.Dispute{{ID: "dsp_1", State: tickets.DisputeOpen, At: now, Deadline: in(72 * time.Hour)}},
			},
			checkout.Why{Waits: checkout.WaitsEvidence, Who: checkout.ActsStaff, Then: checkout.ThenDecides, At: in(72 * time.Hour), Do: checkout.DoEvidence, About: "dsp_1"},
		},
		"the bank decides": {
			checkout.OrderFile{Order: order(tickets.StageFulfilled), Disputes: []tickets.Dispute{{ID: "dsp_1", State: tickets.DisputeEvidenceSent, Changed: now}}},
			checkout.Why{Waits: checkout.WaitsBank, Who: checkout.ActsBank, About: "dsp_1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := checkout.WhyOf(c.file, now, checkout.Timings{SoftRelease: 10 * time.Minute, Complete: 24 * time.Hour}, singapore)
			if !got.Since.Equal(now) {
				t.Errorf("since %s", got.Since)
			}
			at := got.At.Equal(c.want.At)
			got.Since, got.At, c.want.At = time.Time{}, time.Time{}, time.Time{}
			if got != c.want || !at {
				t.Errorf("%+v (its time fits: %v)\nwant %+v", got, at, c.want)
			}
		})
	}
}
