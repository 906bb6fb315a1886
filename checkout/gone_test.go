package checkout_test

import (
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// What simulated schedules found about money that goes back by more than one way: by us, by its bank, by somebody at the
// provider; docs/simulation.md has the seeds.

// stray is money of no order, and its charge.
func (w *world) stray(amount int64) string {
	w.t.Helper()
	w.tell(checkout.Report{Kind: checkout.ReportPaid, Charge: "ch_stray", Amount: tickets.Money{Amount: amount, Currency: "SGD"}})
	return "ch_stray"
}

// found is what the till tells of a refund that somebody made there.
func found(charge, name string, amount int64, state tickets.RefundState) checkout.Report {
	return checkout.Report{
		Kind: checkout.ReportRefund, Refund: name, Charge: charge, RefundState: state, Amount: tickets.Money{Amount: amount, Currency: "SGD"},
	}
}

// capture is the charge as it is stored.
func (w *world) capture(charge string) (c tickets.Capture) {
	w.t.Helper()
	w.view(func(r tickets.Reader) (err error) { c, err = r.Capture("till", charge); return err })
	return c
}

func TestAWholeChargeGivenBackAtTheProviderTakesTheExcessToo(t *testing.T) {
	t.Parallel()
	for name, sentAlready := range map[string]bool{"before ours was sent": false, "while ours is on its way": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 9)
			o, p := w.ordered(1, "adult", 1)
			charge := w.money(p, 5500, "SGD")
			if sentAlready {
				w.till.fault = func(string) fault { return lostRequest }
				w.repay()
				w.till.fault = nil
			}
			w.tell(w.till.dashboard(charge.Charge, 5500))
			w.later(2 * time.Hour)
			o = w.stage(o, tickets.StageRefunded)
			if c := w.capture(charge.Charge); o.Refunded != 5000 || c.Repaid != 500 || c.Resolved != tickets.ResolvedRefund || len(w.cases()) != 0 {
				t.Errorf("%d refunded, %d repaid, %q, cases %+v", o.Refunded, c.Repaid, c.Resolved, w.cases())
			}
			w.clean()
		})
	}
}

func TestTheExcessThatCameBackWithTheWholeChargeIsGivenBackAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	charge := w.money(p, 5500, "SGD")
	w.tell(found(charge.Charge, "re_all", 5500, tickets.RefundSucceeded), found(charge.Charge, "re_all", 5500, tickets.RefundFailed))
	if c := w.capture(charge.Charge); c.Repaid != 0 || c.Returned != 0 {
		t.Errorf("%d repaid, %d returned", c.Repaid, c.Returned)
	}
	w.clean()
	failed := w.cases()
	if len(failed) != 1 || failed[0].Kind != tickets.CaseRefundFailed {
		t.Fatalf("cases %+v", failed)
	}
	if _, err := w.desk.RetryRefund(w.ctx, tickets.RefundID(failed[0].Subject), owner, "again"); err != nil {
		t.Fatal(err)
	}
	w.repay()
	if got := w.till.wentBack(charge.Charge); got != 5500 || len(w.cases()) != 0 {
		t.Errorf("%d went back, cases %+v", got, w.cases())
	}
	o = w.now(o)
	if c := w.capture(charge.Charge); o.Refunded != 5000 || c.Repaid != 500 {
		t.Errorf("%d refunded, %d repaid", o.Refunded, c.Repaid)
	}
	w.clean()
}

func TestMoneyOfALostDisputeThatIsGivenBackAllTheSameIsCountedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	charge := w.stray(6741)
	w.tell(bank(charge, tickets.DisputeLost, "", 6741))
	w.clean()
	w.tell(found(charge, "re_1", 2000, tickets.RefundPending))
	w.tell(found(charge, "re_1", 2000, tickets.RefundFailed)) // it did not go: all of it is the bank's again
	w.clean()
	w.tell(found(charge, "re_2", 2000, tickets.RefundSucceeded))
	w.clean()
	if c := w.capture(charge); c.Owed != 2000 || c.Repaid != 2000 || c.Resolved != tickets.ResolvedDispute {
		t.Errorf("owed %d, repaid %d, %q", c.Owed, c.Repaid, c.Resolved)
	}
	w.tell(bank(charge, tickets.DisputeReversed, "", 6741))
	w.clean()
	if c := w.capture(charge); c.Rest() != 4741 || len(w.cases()) != 1 || w.cases()[0].Amount.Amount != 4741 {
		t.Errorf("%d rest, cases %+v", c.Rest(), w.cases())
	}
}

func TestMoneyKeptThatIsOnItsWayBackAndReturnsIsKeptAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	charge := w.stray(4645)
	if _, err := w.desk.WriteOff(w.ctx, "till", charge, manager, "nobody asked"); err != nil {
		t.Fatal(err)
	}
	w.tell(found(charge, "re_1", 4645, tickets.RefundPending))
	w.clean()
	w.tell(found(charge, "re_1", 4645, tickets.RefundFailed))
	if c := w.capture(charge); c.Owed != 0 || c.Resolved != tickets.ResolvedWriteOff || len(w.cases()) != 0 {
		t.Errorf("owed %d, %q, cases %+v", c.Owed, c.Resolved, w.cases())
	}
	w.clean()
}

func TestOlderNewsOfARefundThatFailedAtTheProviderMeanNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 1)
	w.tell(found(charge.Charge, "re_1", 5000, tickets.RefundFailed))
	w.tell(found(charge.Charge, "re_1", 5000, tickets.RefundSucceeded))
	if o = w.stage(o, tickets.StageFulfilled); o.Refunded != 0 {
		t.Errorf("%d refunded", o.Refunded)
	}
	w.clean()
}

func TestTheRestOfWhatAPersonSentBackKeepsWhoAgreedAndWhy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	charge := w.money(p, 3000, "USD")
	if _, err := w.desk.RefundMoney(w.ctx, "till", charge.Charge, owner, "we take SGD"); err != nil {
		t.Fatal(err)
	}
	r := found(charge.Charge, "re_1", 1060, tickets.RefundSucceeded)
	r.Amount.Currency = "USD"
	w.tell(r)
	w.clean()
	w.repay()
	if got := w.till.wentBack(charge.Charge); got != 1940 {
		t.Errorf("%d of the rest went back", got)
	}
	w.stage(o, tickets.StageExpired)
	w.clean()
}

func TestTheCaseOfAFailedRefundClosesWhenItsMoneyGoesOtherwise(t *testing.T) {
	t.Parallel()
	for name, settle := range map[string]func(w *world, charge string){
		"given back at the provider": func(w *world, charge string) { w.tell(found(charge, "re_1", 5000, tickets.RefundSucceeded)) },
		"kept": func(w *world, charge string) {
			if _, err := w.desk.WriteOff(w.ctx, "till", charge, manager, "nobody is there"); err != nil {
				w.t.Fatalf("%v", err)
			}
		},
		"taken by its bank": func(w *world, charge string) {
			w.tell(bank(charge, tickets.DisputeLost, checkout.FundsWithdrawn, 5000))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 9)
			charge := w.stray(5000)
			if _, err := w.desk.RefundMoney(w.ctx, "till", charge, owner, "not ours"); err != nil {
				t.Fatal(err)
			}
			w.repay() // the till has no such charge
			if cs := w.cases(); len(cs) != 1 || cs[0].Kind != tickets.CaseRefundFailed {
				t.Fatalf("cases %+v", cs)
			}
			settle(w, charge)
			if cs := w.cases(); len(cs) != 0 {
				t.Errorf("cases %+v", cs)
			}
			w.clean()
		})
	}
}

func TestAFailedRefundIsAskedAboutAgainWhenItsLostDisputeIsReversed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 1)
	failed := w.failedRefund(o, w.tickets(o)[0].Code)
	w.tell(bank(charge.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 5000))
	w.tell(bank(charge.Charge, tickets.DisputeLost, "", 5000))
	if cs := w.cases(); len(cs) != 0 {
		t.Errorf("cases %+v", cs)
	}
	w.clean()
	w.tell(bank(charge.Charge, tickets.DisputeReversed, checkout.FundsReinstated, 5000))
	if cs := w.cases(); len(cs) != 1 || cs[0].Subject != string(failed.ID) {
		t.Errorf("cases %+v", cs)
	}
	w.clean()
}

func TestALostDisputeAboutAFirstPartEndsTheWaitForItsRest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	charge := w.money(p, 2500, "SGD")
	w.tell(bank(charge.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 2500))
	w.tell(bank(charge.Charge, tickets.DisputeLost, "", 2500))
	w.stage(o, tickets.StageExpired)
	w.wantStock("day", 0, 0)
	if c := w.capture(charge.Charge); c.Resolved != tickets.ResolvedDispute || len(w.cases()) != 0 {
		t.Errorf("%q, cases %+v", c.Resolved, w.cases())
	}
	w.later(time.Minute)
	w.clean()
}

func TestADisputeAboutAFirstPartShowsOnTheOrderOnceItIsPaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	charge := w.money(p, 2500, "SGD")
	w.tell(bank(charge.Charge, tickets.DisputeOpen, "", 2500))
	rest := w.page(w.now(o))
	w.money(rest, 2500, "SGD")
	o = w.status(o, tickets.StatusChargeback, "OPEN")
	w.state(w.tickets(o)[0].Code, tickets.TicketBlocked)
	w.clean()
}

func TestATicketThatALostDisputeEndedAfterSomebodyWentInIsExplained(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "sentosa_family_pack", 1)
	charge := w.money(p, 11900, "SGD")
	w.clock.set(opening.Add(24 * time.Hour))
	if _, _, err := w.desk.Admit(w.ctx, checkout.Admitting{Scan: w.tickets(o)[0].Text, Count: 1, By: owner.Actor, Gate: "north"}); err != nil {
		t.Fatal(err)
	}
	w.tell(bank(charge.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 11900))
	w.tell(bank(charge.Charge, tickets.DisputeLost, "", 11900))
	w.state(w.tickets(o)[0].Code, tickets.TicketRevoked)
	w.clean()
}

func TestWhatIsLeftOfARefundThatCameBackIsAskedAboutAsMoney(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	charge := w.stray(7369)
	r, err := w.desk.RefundMoney(w.ctx, "till", charge, owner, "not ours")
	if err != nil {
		t.Fatal(err)
	}
	ours := found(charge, "re_1", 7369, tickets.RefundPending)
	ours.RefundID = r.ID
	w.till.fault = func(string) fault { return lostReply }
	w.repay()
	w.tell(ours)
	w.tell(found(charge, "re_2", 1351, tickets.RefundSucceeded))
	ours.RefundState = tickets.RefundFailed
	w.tell(ours)
	if cs := w.cases(); len(cs) != 1 || cs[0].Kind != tickets.CaseUnmatched || cs[0].Amount.Amount != 6018 {
		t.Errorf("cases %+v", cs)
	}
	w.clean()
}

func TestTheCaseOfAFailedRefundClosesWhenItsMoneyPaysAfterAll(t *testing.T) {
	t.Parallel()
	for _, excess := range []int64{0, 500} {
		failedPaysAfterAll(t, excess)
	}
}

// failedPaysAfterAll is late money, with so much too much, whose refund failed, and that pays for another date.
func failedPaysAfterAll(t *testing.T, excess int64) {
	t.Helper()
	w := newWorld(t, 1)
	o, p := w.late(1, "adult", 1)
	w.bought(2, 1)
	charge := w.money(p, 5000+excess, "SGD")
	w.stage(o, tickets.StagePaymentReview)
	w.till.fault = func(op string) fault {
		if op == "refund" {
			return refusal
		}
		return fine
	}
	w.later(25 * time.Hour)
	if cs := w.cases(); len(cs) != 1 || cs[0].Kind != tickets.CaseRefundFailed {
		t.Fatalf("cases %+v", cs)
	}
	dates, err := w.desk.LateDates(w.ctx, o.ID, o.Buyer.Customer)
	if err != nil || len(dates) == 0 {
		t.Fatalf("dates %v, %v", dates, err)
	}
	if _, err := w.desk.MoveOrder(w.ctx, o.ID, o.Buyer.Customer, dates[len(dates)-1]); err != nil {
		t.Fatal(err)
	}
	if cs := w.cases(); len(cs) != 0 || w.capture(charge.Charge).Applied != 5000 {
		t.Errorf("cases %+v", cs)
	}
	w.till.fault = nil
	w.repay()
	if got := w.till.wentBack(charge.Charge); got != excess {
		t.Errorf("%d went back", got)
	}
	w.clean()
}

func TestTheRestOfWhatWaitsForASecondPersonWaitsOn(t *testing.T) {
	t.Parallel()
	w := guarded(t)
	_, p := w.ordered(1, "adult", 1)
	charge := w.money(p, 3000, "USD") // any amount of another currency takes two
	if _, err := w.desk.RefundMoney(w.ctx, "till", charge.Charge, owner, "we take SGD"); err != nil {
		t.Fatal(err)
	}
	r := found(charge.Charge, "re_1", 1060, tickets.RefundSucceeded)
	r.Amount.Currency = "USD"
	w.tell(r)
	w.repay()
	if got := w.till.wentBack(charge.Charge); got != 0 {
		t.Errorf("%d went back with one yes", got)
	}
	if cs := w.cases(); len(cs) != 1 || cs[0].Kind != tickets.CaseWrongCurrency || cs[0].Amount.Amount != 1940 {
		t.Errorf("cases %+v", cs)
	}
	w.clean()
}

func TestARefundThatIsRefusedLeavesWhatWentAtTheProviderToTheOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	charge := w.money(p, 5500, "SGD")
	w.till.fault = func(string) fault { return lostRequest }
	w.repay() // the excess is on its way
	if _, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "rain"}); err != nil {
		t.Fatal(err)
	}
	w.repay() // and so is all the rest
	w.tell(w.till.dashboard(charge.Charge, 2600))
	w.till.fault = nil
	w.later(2 * time.Hour) // the excess fits, the rest does not
	o = w.now(o)
	if c := w.capture(charge.Charge); o.Refunded != 2600 || c.Returned != 2600 || c.Repaid != 500 {
		t.Errorf("order %d refunded, charge %d returned, %d repaid", o.Refunded, c.Returned, c.Repaid)
	}
	w.clean()
	w.balanced()
}

func TestWhatWasKeptOfAChargeStaysWhenAnotherPartOfItGoesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	w.unsent = true
	o, p := w.ordered(1, "adult", 1)
	charge := w.money(p, 7008, "SGD")
	w.tell(w.till.dashboard(charge.Charge, 1520))
	if _, err := w.desk.WriteOff(w.ctx, "till", charge.Charge, manager, "they wrote that we keep it"); err != nil {
		t.Fatal(err)
	}
	w.tell(w.till.dashboard(charge.Charge, 1715)) // more than what was kept, less than what pays
	if c := w.capture(charge.Charge); c.Owed != 1520 || c.Repaid != 1520 || c.Returned != 1715 || w.now(o).Refunded != 1715 {
		t.Errorf("capture %+v", c)
	}
	w.clean()
}
