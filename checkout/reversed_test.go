package checkout_test

import (
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// reversedWithoutPlaces is an order whose lost dispute was reversed when its places were sold to others.
func (w *world) reversedWithoutPlaces(who int) (tickets.Order, checkout.Report) {
	w.t.Helper()
	o, charge := w.bought(who, 2)
	w.tell(bank(charge.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 10000))
	w.tell(bank(charge.Charge, tickets.DisputeLost, "", 10000))
	w.bought(who+50, 2)
	w.tell(bank(charge.Charge, tickets.DisputeReversed, checkout.FundsReinstated, 10000))
	return w.stage(o, tickets.StageFulfilFailed), charge
}

// waitsFor expects the one open case of an order, and returns it.
func (w *world) waitsFor(o tickets.Order) tickets.Case {
	w.t.Helper()
	cs := w.cases()
	if len(cs) != 1 || cs[0].Kind != tickets.CaseUnfulfilled || cs[0].Order != o.ID || cs[0].Why != "reversed" {
		w.t.Fatalf("cases %+v", cs)
	}
	return cs[0]
}

func TestMoneyOfAReversedDisputeWithoutPlacesIsGivenBackByAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	o, charge := w.reversedWithoutPlaces(1)
	if c := w.waitsFor(o); c.Amount.Amount != 10000 {
		t.Errorf("case %+v", c)
	}
	if !w.said(o, tickets.SayUndisputed, tickets.ToCustomer) || !w.said(o, tickets.SayCase, tickets.ToMerchant) {
		t.Error("customer or merchant was not told")
	}
	w.clean()
	if _, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "the places are gone"}); err != nil {
		t.Fatal(err)
	}
	w.repay()
	w.stage(o, tickets.StageRefunded)
	if got := w.till.wentBack(charge.Charge); got != 10000 || len(w.cases()) != 0 {
		t.Errorf("%d went back, cases %+v", got, w.cases())
	}
	w.wantStock("day", 0, 2)
	w.clean()
}

func TestAReversedOrderIsMovedToAnotherDateByItsCustomer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	o, charge := w.reversedWithoutPlaces(1)
	dates, err := w.desk.LateDates(w.ctx, o.ID, o.Buyer.Customer)
	if err != nil || len(dates) == 0 {
		t.Fatalf("dates %v, %v", dates, err)
	}
	if _, err := w.desk.MoveOrder(w.ctx, o.ID, "cust_other", dates[0]); tickets.KindOf(err) != tickets.NotFound {
		t.Errorf("somebody else: %v", err)
	}
	if _, err := w.desk.MoveOrder(w.ctx, o.ID, o.Buyer.Customer, dates[0]); err != nil {
		t.Fatal(err)
	}
	o = w.stage(o, tickets.StageFulfilled)
	good := 0
	for _, k := range w.tickets(o) {
		if k.Good() && k.Slot == dates[0] && k.Gen == 2 {
			good++
		}
	}
	if good != 2 || o.Slot() != dates[0] || len(w.cases()) != 0 {
		t.Errorf("%d good tickets on %s, cases %+v", good, o.Slot(), w.cases())
	}
	_, err = w.desk.MoveOrder(w.ctx, o.ID, o.Buyer.Customer, dates[1])
	refused(t, err, tickets.Conflict)
	w.clean()
	// The bank changes its mind once more: what was made anew ends again.
	w.tell(bank(charge.Charge, tickets.DisputeLost, "", 10000))
	w.clean()
}

func TestAReversedOrderIsIssuedAgainWhenThereArePlaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	o, _ := w.reversedWithoutPlaces(1)
	m := tickets.Member{ID: "mem_2", Role: tickets.RoleManager}
	_, err := w.desk.Issue(w.ctx, o.ID, checkout.StaffOf(m, "bot"))
	if r := refused(t, err, tickets.Conflict); r.Args["reason"] != "places" {
		t.Errorf("args %v", r.Args)
	}
	w.stage(o, tickets.StageFulfilFailed)
	w.apply(wares(4))
	if _, err := w.desk.Issue(w.ctx, o.ID, checkout.StaffOf(m, "bot")); err != nil {
		t.Fatal(err)
	}
	w.stage(o, tickets.StageFulfilled)
	w.wantStock("day", 0, 4)
	if len(w.cases()) != 0 {
		t.Errorf("cases %+v", w.cases())
	}
	w.clean()
}

func TestAMerchantMayKeepTheMoneyOfAReversedDispute(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	o, _ := w.reversedWithoutPlaces(1)
	if _, err := w.desk.CloseCase(w.ctx, w.waitsFor(o).ID, manager, "the visit was long ago"); err != nil {
		t.Fatal(err)
	}
	w.stage(o, tickets.StageCompleted)
	if len(w.cases()) != 0 {
		t.Errorf("cases %+v", w.cases())
	}
	w.clean()
}

func TestAReversedManualOrderWaitsForAPerson(t *testing.T) {
	t.Parallel()
	for _, again := range []bool{true, false} {
		w := newWorld(t, 9)
		o, p := w.ordered(1, "villa_night", 1)
		charge := w.money(p, 40000, "SGD")
		w.tell(bank(charge.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 40000))
		w.tell(bank(charge.Charge, tickets.DisputeLost, "", 40000))
		w.stage(o, tickets.StageRefunded)
		w.wantStock("villa", 0, 0)
		w.tell(bank(charge.Charge, tickets.DisputeWon, checkout.FundsReinstated, 40000))
		w.stage(o, tickets.StageFulfilFailed)
		w.waitsFor(o)
		w.clean()
		if again {
			if _, err := w.desk.Issue(w.ctx, o.ID, checkout.StaffOf(tickets.Member{ID: "mem_2", Role: tickets.RoleManager}, "bot")); err != nil {
				t.Fatal(err)
			}
			w.stage(o, tickets.StageFulfilled)
			w.wantStock("villa", 0, 2)
		} else {
			if _, err := w.desk.CloseCase(w.ctx, w.waitsFor(o).ID, manager, "agreed on the phone"); err != nil {
				t.Fatal(err)
			}
			w.stage(o, tickets.StageCompleted)
			w.wantStock("villa", 0, 0)
		}
		w.clean()
	}
}

func TestAReversalAfterTheVisitLeavesTheChoiceToAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 2)
	w.tell(bank(charge.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 10000))
	w.tell(bank(charge.Charge, tickets.DisputeLost, "", 10000))
	w.clock.add(40 * 24 * time.Hour)
	w.tell(bank(charge.Charge, tickets.DisputeReversed, checkout.FundsReinstated, 10000))
	w.stage(o, tickets.StageFulfilFailed)
	w.waitsFor(o)
	w.clean()
}

func TestAReversalWhereSomebodyIsInsideGivesOnlyTheRestBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	o, charge := w.bought(1, 2)
	w.clock.set(visit.At("10:00", singapore))
	if _, _, err := w.desk.Admit(w.ctx, checkout.Admitting{Scan: w.tickets(o)[0].Text, By: manager.Actor}); err != nil {
		t.Fatal(err)
	}
	w.tell(bank(charge.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 10000))
	w.tell(bank(charge.Charge, tickets.DisputeLost, "", 10000))
	w.stage(o, tickets.StageFulfilled)
	w.bought(51, 1)
	w.tell(bank(charge.Charge, tickets.DisputeReversed, checkout.FundsReinstated, 10000))
	w.stage(o, tickets.StageFulfilFailed)
	w.clean()
	_, err := w.desk.LateDates(w.ctx, o.ID, o.Buyer.Customer)
	refused(t, err, tickets.Conflict) // one ticket was used on this date
	if _, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "one place is gone", Amount: 5000}); err != nil {
		t.Fatal(err)
	}
	w.repay()
	if _, err := w.desk.CloseCase(w.ctx, w.waitsFor(o).ID, manager, "half of it went back"); err != nil {
		t.Fatal(err)
	}
	w.stage(o, tickets.StageCompleted)
	w.clean()
}

func TestABankThatTakesTheMoneyASecondTimeIsUnderstood(t *testing.T) {
	t.Parallel()
	at := func(minutes int, r checkout.Report) checkout.Report {
		r.At = opening.Add(time.Duration(minutes) * time.Minute)
		return r
	}
	for name, end := range map[string]struct {
		reports func(charge string) []checkout.Report
		state   tickets.DisputeState
		stage   tickets.Stage
	}{
		"alone: it is argued about again": {func(charge string) []checkout.Report {
			return []checkout.Report{at(9, bank(charge, "", checkout.FundsWithdrawn, 10000))}
		}, tickets.DisputeOpen, tickets.StageFulfilled},
		"then lost": {func(charge string) []checkout.Report {
			return []checkout.Report{at(9, bank(charge, "", checkout.FundsWithdrawn, 10000)), at(9, bank(charge, tickets.DisputeLost, "", 10000))}
		}, tickets.DisputeLost, tickets.StageRefunded},
		"lost before it is taken": {func(charge string) []checkout.Report {
			return []checkout.Report{at(9, bank(charge, tickets.DisputeLost, "", 10000)), at(9, bank(charge, "", checkout.FundsWithdrawn, 10000))}
		}, tickets.DisputeLost, tickets.StageRefunded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 9)
			o, charge := w.bought(1, 2)
			first := at(1, bank(charge.Charge, "", checkout.FundsWithdrawn, 10000))
			w.tell(at(1, bank(charge.Charge, tickets.DisputeOpen, "", 10000)), first)
			w.tell(at(2, bank(charge.Charge, tickets.DisputeWon, "", 10000)), at(2, bank(charge.Charge, "", checkout.FundsReinstated, 10000)))
			w.tell(first) // an old notice, sent again: nothing new
			w.status(o, tickets.StatusChargebackReversed, "REVERSED")
			w.clean()
			w.tell(end.reports(charge.Charge)...)
			o = w.stage(o, end.stage)
			w.status(o, tickets.StatusChargeback, string(end.state))
			if o.Withdrawn != 10000 {
				t.Errorf("%d withdrawn", o.Withdrawn)
			}
			w.clean()
			w.tell(at(20, bank(charge.Charge, "", checkout.FundsReinstated, 10000)), at(20, bank(charge.Charge, tickets.DisputeWon, "", 10000)))
			if o = w.now(o); o.Withdrawn != 0 || o.Dispute != tickets.DisputeReversed {
				t.Errorf("%d withdrawn, %s", o.Withdrawn, o.Dispute)
			}
			w.clean()
		})
	}
}

func TestASecondTakingThatIsToldAfterItsEndChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 2)
	tell := func(minutes int, state tickets.DisputeState, funds checkout.Funds) {
		r := bank(charge.Charge, state, funds, 10000)
		r.At = opening.Add(time.Duration(minutes) * time.Minute)
		w.tell(r)
	}
	tell(1, tickets.DisputeOpen, checkout.FundsWithdrawn)
	tell(2, tickets.DisputeWon, checkout.FundsReinstated)
	tell(4, tickets.DisputeWon, checkout.FundsReinstated) // of the second time, which comes late:
	tell(3, "", checkout.FundsWithdrawn)
	tell(3, tickets.DisputeOpen, "")
	if o = w.now(o); o.Withdrawn != 0 || o.Dispute != tickets.DisputeReversed {
		t.Errorf("%d withdrawn, %s", o.Withdrawn, o.Dispute)
	}
	w.clean()
}

func TestARefundThatIsTriedAgainEndsTheTicketsThatStandInPlaceOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 1)
	failed := w.failedRefund(o, w.tickets(o)[0].Code)
	w.tell(bank(charge.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 5000))
	w.tell(bank(charge.Charge, tickets.DisputeLost, "", 5000))
	w.tell(bank(charge.Charge, tickets.DisputeReversed, checkout.FundsReinstated, 5000))
	if _, err := w.desk.RetryRefund(w.ctx, failed.ID, owner, "once more"); err != nil {
		t.Fatal(err)
	}
	w.repay()
	w.stage(o, tickets.StageRefunded)
	for _, k := range w.tickets(o) {
		w.state(k.Code, tickets.TicketRevoked)
	}
	w.clean()
}

func TestTicketsThatAReversalMakesAreBlockedByTheOtherDispute(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	first := w.money(p, 2000, "SGD")
	if _, _, err := w.desk.Pay(w.ctx, checkout.Paying{Order: o.ID, Gateway: "till", Method: "card", Customer: o.Buyer.Customer}); err != nil {
		t.Fatal(err)
	}
	second := w.money(w.payment(w.now(o).Session), 3000, "SGD")
	w.stage(o, tickets.StageFulfilled)
	w.tell(bank(first.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 2000))
	w.tell(bank(first.Charge, tickets.DisputeLost, "", 2000))
	w.tell(bank(second.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 3000))
	w.tell(bank(first.Charge, tickets.DisputeReversed, checkout.FundsReinstated, 2000))
	w.goodAs(o, tickets.TicketBlocked)
	w.clean()
	w.tell(bank(second.Charge, tickets.DisputeWon, checkout.FundsReinstated, 3000))
	w.goodAs(o, tickets.TicketValid)
	w.clean()
}

// goodAs expects an order to have one good ticket, in a state.
func (w *world) goodAs(o tickets.Order, want tickets.TicketState) {
	w.t.Helper()
	var good []tickets.Ticket
	for _, k := range w.tickets(o) {
		if k.Good() {
			good = append(good, k)
		}
	}
	if len(good) != 1 || good[0].State != want {
		w.t.Errorf("good tickets %+v, want one that is %s", good, want)
	}
}
