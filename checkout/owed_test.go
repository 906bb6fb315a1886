package checkout_test

import (
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// soldOutLate is an order whose money came late and found no places, and the charge.
func (w *world) soldOutLate(who int) (tickets.Order, checkout.Report) {
	w.t.Helper()
	o, p := w.ordered(who, "adult", 1)
	remote := p.Remote
	w.till.set(remote, func(s *tillSession) { s.Stuck = true })
	w.lateFor(o)
	w.bought(who+50, 1)
	r := w.money(p, 5000, "SGD")
	return w.stage(o, tickets.StagePaymentReview), r
}

func TestLateMoneyWithoutPlacesGoesBackAfterADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	o, charge := w.soldOutLate(1)
	w.later(23 * time.Hour)
	if got := w.till.wentBack(charge.Charge); got != 0 {
		t.Fatalf("%d went back too soon", got)
	}
	w.later(2 * time.Hour)
	w.stage(o, tickets.StageExpired)
	w.status(o, tickets.StatusClosed, "EXPIRED")
	if got := w.till.wentBack(charge.Charge); got != 5000 {
		t.Errorf("%d went back", got)
	}
	w.clean()
}

func TestLateMoneyGoesBackAtOnceWhereTheMerchantSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, func(d *checkout.Desk) { d.Timings.LateRefund = -1 })
	o, charge := w.soldOutLate(1)
	w.repay()
	w.stage(o, tickets.StageExpired)
	if got := w.till.wentBack(charge.Charge); got != 5000 {
		t.Errorf("%d went back", got)
	}
	w.clean()
}

func TestLateMoneyPaysForAnotherDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	o, charge := w.soldOutLate(1)
	dates, err := w.desk.LateDates(w.ctx, o.ID, o.Buyer.Customer)
	if err != nil || len(dates) == 0 {
		t.Fatalf("dates %v, %v", dates, err)
	}
	if _, err := w.desk.MoveOrder(w.ctx, o.ID, o.Buyer.Customer, dates[1]); err != nil {
		t.Fatal(err)
	}
	o = w.stage(o, tickets.StageFulfilled)
	if o.Slot() != dates[1] || o.Owed != 0 || w.tickets(o)[0].Slot != dates[1] {
		t.Errorf("order %+v", o)
	}
	w.later(48 * time.Hour)
	if got := w.till.wentBack(charge.Charge); got != 0 {
		t.Errorf("%d went back", got)
	}
	_, err = w.desk.MoveOrder(w.ctx, o.ID, o.Buyer.Customer, dates[0])
	refused(t, err, tickets.Conflict)
	w.clean()
}

func TestACustomerMayHaveLateMoneyBackAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	o, charge := w.soldOutLate(1)
	if _, err := w.desk.HurryRefund(w.ctx, o.ID, o.Buyer.Customer); err != nil {
		t.Fatal(err)
	}
	w.repay()
	w.stage(o, tickets.StageExpired)
	_, err := w.desk.MoveOrder(w.ctx, o.ID, o.Buyer.Customer, tickets.Slot{Date: visit + 3})
	refused(t, err, tickets.Conflict)
	if got := w.till.wentBack(charge.Charge); got != 5000 {
		t.Errorf("%d went back", got)
	}
	w.clean()
}

func TestDuplicateAndExcessGoBackAtOnceAndTheOrderStaysAsItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 2)
	first := w.money(p, 10700, "SGD")
	second := w.money(p, 10000, "SGD")
	w.repay()
	w.stage(o, tickets.StageFulfilled)
	w.status(o, tickets.StatusFulfilled, "")
	if a, b := w.till.wentBack(first.Charge), w.till.wentBack(second.Charge); a != 700 || b != 10000 {
		t.Errorf("%d and %d went back", a, b)
	}
	if o = w.now(o); o.Owed != 0 || o.Refunded != 0 {
		t.Errorf("order %+v", o)
	}
	w.clean()
}

func TestUnderpaidMoneyGoesBackWhenTheRestNeverComes(t *testing.T) {
	t.Parallel()
	for _, giveUp := range []bool{false, true} {
		w := newWorld(t, 9)
		o, p := w.ordered(1, "adult", 2)
		charge := w.money(p, 4000, "SGD")
		w.stage(o, tickets.StagePaymentReview)
		w.wantStock("day", 2, 0)
		if giveUp {
			if _, err := w.desk.HurryRefund(w.ctx, o.ID, o.Buyer.Customer); err != nil {
				t.Fatal(err)
			}
			w.repay()
		} else {
			w.later(16 * time.Minute)
			w.later(time.Minute)
		}
		w.stage(o, tickets.StageExpired)
		w.wantStock("day", 0, 0)
		if got := w.till.wentBack(charge.Charge); got != 4000 {
			t.Errorf("%d went back", got)
		}
		w.clean()
	}
}

func TestMoneyInAnotherCurrencyWaitsForAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	charge := w.money(p, 5000, "USD")
	w.later(48 * time.Hour)
	cs := w.cases()
	if len(cs) != 1 || cs[0].Kind != tickets.CaseWrongCurrency || cs[0].Amount.Currency != "USD" {
		t.Fatalf("cases %+v", cs)
	}
	_, err := w.desk.RefundMoney(w.ctx, "till", charge.Charge, support, "not ours")
	refused(t, err, tickets.Forbidden)
	if _, err := w.desk.RefundMoney(w.ctx, "till", charge.Charge, manager, "not ours"); err != nil {
		t.Fatal(err)
	}
	w.repay()
	w.stage(o, tickets.StageExpired)
	if got := w.till.wentBack(charge.Charge); got != 5000 || len(w.cases()) != 0 {
		t.Errorf("%d went back, cases %+v", got, w.cases())
	}
	w.clean()
}

func TestMoneyOfNoOrderIsKeptOrGivenBackByAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	for _, charge := range []string{"ch_a", "ch_b"} {
		w.tell(checkout.Report{Kind: checkout.ReportPaid, Charge: charge, Amount: tickets.Money{Amount: 700, Currency: "SGD"}})
	}
	if cs := w.cases(); len(cs) != 2 || cs[0].Kind != tickets.CaseUnmatched {
		t.Fatalf("cases %+v", cs)
	}
	if _, err := w.desk.WriteOff(w.ctx, "till", "ch_a", owner, "a gift"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.desk.RefundMoney(w.ctx, "till", "ch_b", owner, "not ours"); err != nil {
		t.Fatal(err)
	}
	_, err := w.desk.WriteOff(w.ctx, "till", "ch_a", owner, "a gift")
	refused(t, err, tickets.Conflict)
	if len(w.cases()) != 0 {
		t.Errorf("cases %+v", w.cases())
	}
	w.clean()
}

func TestAMemberMarksAnOrderPaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, _ := w.ordered(1, "adult", 2)
	in := checkout.MarkingPaid{Order: o.ID, By: owner, Reference: "bank 4711", Reason: "paid at the counter"}
	_, _, err := w.desk.MarkPaid(w.ctx, checkout.MarkingPaid{Order: o.ID, By: support, Reference: "x", Reason: "y"})
	refused(t, err, tickets.Forbidden)
	for range 2 { // twice is once
		if _, _, err := w.desk.MarkPaid(w.ctx, in); err != nil {
			t.Fatal(err)
		}
	}
	o = w.stage(o, tickets.StageFulfilled)
	w.wantCapture(o, 0, tickets.Applied, 10000, 0)
	other, _ := w.ordered(2, "adult", 1)
	in.Order = other.ID
	_, _, err = w.desk.MarkPaid(w.ctx, in)
	if r := refused(t, err, tickets.Conflict); r.Args["reason"] != "reference" {
		t.Errorf("args %v", r.Args)
	}
	late := w.lateFor(w.order(3, "adult", 1))
	if _, _, err := w.desk.MarkPaid(w.ctx, checkout.MarkingPaid{Order: late.ID, By: owner, Reference: "bank 4712", Reason: "they called"}); err != nil {
		t.Fatal(err)
	}
	w.stage(late, tickets.StageFulfilled)
	w.later(time.Minute)
	w.clean()
}

func TestAManualOrderThatCannotBeIssuedIsTriedAgainOrGivenBack(t *testing.T) {
	t.Parallel()
	for _, again := range []bool{true, false} {
		w := newWorld(t, 9)
		o, p := w.ordered(1, "villa_night", 1)
		charge := w.money(p, 40000, "SGD")
		if _, err := w.desk.FailIssue(w.ctx, o.ID, support, "the villa is flooded"); err != nil {
			t.Fatal(err)
		}
		w.status(o, tickets.StatusFulfilFailed, "fulfil_failed")
		if again {
			if _, err := w.desk.Issue(w.ctx, o.ID, checkout.StaffOf(tickets.Member{ID: "mem_2", Role: tickets.RoleManager}, "bot")); err != nil {
				t.Fatal(err)
			}
			w.stage(o, tickets.StageFulfilled)
		} else {
			rs, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "flooded"})
			if err != nil || rs[0].Source != tickets.RefundUnfulfilled {
				t.Fatalf("%+v, %v", rs, err)
			}
			w.repay()
			w.stage(o, tickets.StageRefunded)
			w.wantStock("villa", 0, 0)
			if got := w.till.wentBack(charge.Charge); got != 40000 {
				t.Errorf("%d went back", got)
			}
		}
		if len(w.cases()) != 0 {
			t.Errorf("cases %+v", w.cases())
		}
		w.clean()
	}
}

func TestAVisitThatIsOverCompletesItsOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, _ := w.bought(1, 2)
	w.clock.set(visit.At("10:00", singapore))
	if _, _, err := w.desk.Admit(w.ctx, checkout.Admitting{Scan: w.tickets(o)[0].Text, By: manager.Actor}); err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Time{(visit + 1).At("23:59", singapore), (visit + 2).At("00:01", singapore), (visit + 2).At("00:05", singapore)} {
		w.stage(o, tickets.StageFulfilled)
		w.clock.set(at)
		n, err := w.desk.Complete(w.ctx)
		if err != nil {
			t.Fatal(err)
		}
		if n == 1 {
			break
		}
	}
	w.stage(o, tickets.StageCompleted)
	w.status(o, tickets.StatusFulfilled, "")
	w.state(w.tickets(o)[0].Code, tickets.TicketUsed)
	w.state(w.tickets(o)[1].Code, tickets.TicketLapsed)
	w.clean()
}

func TestAnOrderThatIsStillAskedAfterItsVisitIsNotCompleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, _ := w.bought(1, 1)
	w.clock.set((visit + 1).At("23:59", singapore))
	c := w.closes(tickets.ClosingSwap) // late news: there is an hour to choose
	w.clock.set((visit + 2).At("00:01", singapore))
	if n, err := w.desk.Complete(w.ctx); err != nil || n != 0 {
		t.Errorf("%d completed, %v", n, err)
	}
	w.stage(o, tickets.StageFulfilled)
	w.clock.add(2 * time.Hour)
	w.closing(c.ID)
	w.repay()
	w.stage(o, tickets.StageRefunded)
	w.clean()
}

func TestMoneyOwedFromBeforeGoesItsWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	w.money(p, 5000, "SGD")
	second := w.money(p, 5000, "SGD")
	stray := checkout.Report{Kind: checkout.ReportPaid, Charge: "ch_stray", Amount: tickets.Money{Amount: 700, Currency: "SGD"}}
	w.tell(stray)
	// As a version left it that paid nothing back.
	w.write(func(tx tickets.Tx) error {
		for _, r := range must(tx.Refunds(o.ID)) {
			if err := r.Move(tickets.RefundCancelled, w.clock.Now()); err != nil {
				return err
			}
			if err := tx.PutRefund(r); err != nil {
				return err
			}
		}
		for _, c := range must2(tx.OpenCases(tickets.Page{})) {
			c.Closed, c.Outcome, c.By = w.clock.Now(), "kept", owner.Actor
			if err := tx.PutCase(c); err != nil {
				return err
			}
		}
		return nil
	})
	for range 2 {
		if err := w.desk.Adopt(w.ctx); err != nil {
			t.Fatal(err)
		}
	}
	w.repay()
	if got := w.till.wentBack(second.Charge); got != 5000 {
		t.Errorf("%d went back", got)
	}
	if cs := w.cases(); len(cs) != 1 || cs[0].Kind != tickets.CaseUnmatched {
		t.Errorf("cases %+v", cs)
	}
	w.clean()
}

func must2[T, U any](v T, _ U, err error) T { return must(v, err) }

func TestAFailedRefundOfMoneyThatPaysAfterAllAsksNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	o, _ := w.ordered(1, "adult", 1)
	p := w.payment(o.Session)
	w.till.set(p.Remote, func(s *tillSession) { s.Stuck = true })
	w.lateFor(o)
	w.bought(51, 2)
	w.money(p, 5000, "SGD")
	w.stage(o, tickets.StagePaymentReview)
	if _, err := w.desk.HurryRefund(w.ctx, o.ID, o.Buyer.Customer); err != nil {
		t.Fatal(err)
	}
	w.till.slow = true
	w.repay()
	w.tell(w.till.settle(checkout.RefundIsFailed)...)
	if cs := w.cases(); len(cs) != 1 || cs[0].Kind != tickets.CaseRefundFailed {
		t.Fatalf("cases %+v", cs)
	}
	w.apply(wares(3)) // a place more: its customer is let in
	if _, err := w.desk.ApplyMoney(w.ctx, o.ID, owner, "called"); err != nil {
		t.Fatal(err)
	}
	w.stage(o, tickets.StageFulfilled)
	if cs := w.cases(); len(cs) != 0 {
		t.Errorf("cases %+v", cs)
	}
	w.clean()
}
