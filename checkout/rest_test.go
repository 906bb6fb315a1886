package checkout_test

import (
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// What simulated schedules found about money that is only a part of what an order costs; docs/simulation.md has the seeds.

func TestPageForTheRestPaysNothingOnceTheFirstPartWentBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	w.money(p, 4999, "SGD")
	w.stage(o, tickets.StagePaymentReview)
	rest := w.page(w.now(o))
	if rest.Total.Amount != 1 {
		t.Fatalf("the page asks for %s", rest.Total)
	}
	w.till.set(rest.Remote, func(s *tillSession) { s.Stuck = true })
	w.later(16 * time.Minute)
	w.later(time.Minute)
	w.stage(o, tickets.StageExpired)
	w.money(rest, 1, "SGD")
	w.stage(o, tickets.StagePaymentReview)
	if ks := w.tickets(o); len(ks) != 0 {
		t.Errorf("one cent bought %d tickets", len(ks))
	}
	_, err := w.desk.ApplyMoney(w.ctx, o.ID, manager, "called")
	refused(t, err, tickets.Conflict)
}

func TestMoneyWrittenOffEndsTheReview(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	charge := w.money(p, 4999, "SGD")
	w.clock.add(16 * time.Minute)
	w.sweep()
	if _, err := w.desk.WriteOff(w.ctx, "till", charge.Charge, manager, "a gift"); err != nil {
		t.Fatal(err)
	}
	w.stage(o, tickets.StageExpired)
	if o = w.now(o); o.Kept != 0 || o.Owed != 0 {
		t.Errorf("kept %d, owed %d", o.Kept, o.Owed)
	}
}

func TestRestOfLateMoneyGoesBackAfterAPartWasRefundedAtTheProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	if _, err := w.desk.Cancel(w.ctx, checkout.Cancelling{Order: o.ID}); err != nil {
		t.Fatal(err)
	}
	charge := w.money(p, 5000, "SGD")
	w.stage(o, tickets.StagePaymentReview)
	w.tell(checkout.Report{
		Kind: checkout.ReportRefund, Refund: "re_found", Charge: charge.Charge, RefundState: tickets.RefundSucceeded,
		Amount: tickets.Money{Amount: 3500, Currency: "SGD"},
	})
	w.later(25 * time.Hour)
	w.later(time.Minute)
	w.stage(o, tickets.StageCancelled)
	if got := w.till.wentBack(charge.Charge); got != 1500 {
		t.Errorf("%d of the rest went back", got)
	}
}

// TestARefundThatFailsAfterAPartWentAtTheProviderLeavesTheRestToAPerson has the notice of the failure told and the case
// about the rest opened in one transaction.
func TestARefundThatFailsAfterAPartWentAtTheProviderLeavesTheRestToAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	w.money(p, 5000, "SGD")
	w.till.slow = true
	twice := w.money(p, 5000, "SGD")
	w.repay()
	w.tell(found(twice.Charge, "re_found", 2000, tickets.RefundSucceeded))
	w.tell(w.till.settle(checkout.RefundIsFailed)...)
	cs := w.cases()
	if len(cs) != 1 || cs[0].Kind != tickets.CaseLate || cs[0].Amount.Amount != 3000 || cs[0].Why != "rest" {
		t.Fatalf("cases %+v", cs)
	}
	if r := w.refunds(o)[0]; r.State != tickets.RefundFailed {
		t.Errorf("refund %+v", r)
	}
	w.clean()
}

func TestWhatIsOnItsWayBackWithPaidMoneyIsNotKept(t *testing.T) {
	t.Parallel()
	for _, fails := range []bool{false, true} {
		w := newWorld(t, 9)
		w.unsent = true
		o, p := w.ordered(1, "adult", 1)
		charge := w.money(p, 5800, "SGD")
		w.tell(found(charge.Charge, "re_1", 5300, tickets.RefundPending)) // all that paid, and some of the excess
		c, err := w.desk.WriteOff(w.ctx, "till", charge.Charge, manager, "a tip")
		if err != nil || c.Owed != 300 {
			t.Fatalf("owed %d, %v", c.Owed, err)
		}
		_, err = w.desk.WriteOff(w.ctx, "till", charge.Charge, manager, "again")
		refused(t, err, tickets.Conflict)
		if fails {
			w.tell(found(charge.Charge, "re_1", 5300, tickets.RefundFailed))
			w.wantCapture(o, 0, tickets.Overpaid, 5000, 0)
		} else {
			w.tell(found(charge.Charge, "re_1", 5300, tickets.RefundSucceeded))
			w.stage(o, tickets.StageRefunded)
			w.wantCapture(o, 0, tickets.Overpaid, 5000, 300)
		}
		w.clean()
	}
}

func TestWhatIsOnItsWayBackWithPaidMoneyIsNotSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	charge := w.money(p, 5800, "SGD")
	w.till.slow = true
	w.repay()
	w.tell(w.till.settle(checkout.RefundIsFailed)...) // the excess stays here
	w.till.slow = false
	w.tell(found(charge.Charge, "re_1", 5300, tickets.RefundPending))
	r, err := w.desk.RefundMoney(w.ctx, "till", charge.Charge, manager, "the rest of it")
	if err != nil || r.Amount.Amount != 500 {
		t.Fatalf("gives back %s, %v", r.Amount, err)
	}
	w.repay()
	w.tell(found(charge.Charge, "re_1", 5300, tickets.RefundSucceeded))
	w.stage(o, tickets.StageRefunded)
	if c := w.capture(charge.Charge); c.Repaid != 800 || c.Returned != 5000 || len(w.cases()) != 0 {
		t.Errorf("capture %+v, cases %+v", c, w.cases())
	}
	w.clean()
}
