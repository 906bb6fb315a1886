package checkout_test

import (
	"strings"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// bank is what the till tells of a dispute about a charge.
func bank(charge string, state tickets.DisputeState, funds checkout.Funds, amount int64) checkout.Report {
	return checkout.Report{
		Kind: checkout.ReportDispute, Dispute: "dp_" + charge, Charge: charge, DisputeState: state, Funds: funds, Reason: "fraudulent",
		Amount: tickets.Money{Amount: amount, Currency: "SGD"}, Deadline: opening.Add(7 * 24 * time.Hour),
	}
}

func TestADisputeBlocksTicketsUntilItsOwnEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 2)
	w.tell(bank(charge.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 10000))
	w.tell(bank(charge.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 10000)) // again
	w.status(o, tickets.StatusChargeback, "OPEN")
	for _, k := range w.tickets(o) {
		w.state(k.Code, tickets.TicketBlocked)
	}
	if cs := w.cases(); len(cs) != 1 || cs[0].Kind != tickets.CaseDispute || !cs[0].Due.Equal(opening.Add(7*24*time.Hour)) {
		t.Fatalf("cases %+v", cs)
	}
	_, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "keep the peace"})
	if r := refused(t, err, tickets.Conflict); r.Args["reason"] != "disputed" {
		t.Errorf("args %v", r.Args)
	}
	w.tell(bank(charge.Charge, tickets.DisputeEvidenceSent, "", 10000))
	if len(w.cases()) != 0 {
		t.Errorf("cases %+v", w.cases())
	}
	w.tell(bank(charge.Charge, tickets.DisputeWon, checkout.FundsReinstated, 10000))
	for _, k := range w.tickets(o) {
		w.state(k.Code, tickets.TicketValid)
	}
	o = w.status(o, tickets.StatusChargebackReversed, "REVERSED")
	if o.Withdrawn != 0 {
		t.Errorf("%d withdrawn", o.Withdrawn)
	}
	w.wantStock("day", 0, 2)
	w.clean()
}

func TestALostDisputeEndsTheTicketsAndAReversalMakesNewOnes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 2)
	old := w.tickets(o)
	w.tell(bank(charge.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 10000))
	w.tell(bank(charge.Charge, tickets.DisputeLost, "", 10000))
	w.stage(o, tickets.StageRefunded)
	w.status(o, tickets.StatusChargeback, "LOST")
	w.wantStock("day", 0, 0)
	w.clean()
	w.tell(bank(charge.Charge, tickets.DisputeReversed, checkout.FundsReinstated, 10000))
	w.stage(o, tickets.StageFulfilled)
	w.wantStock("day", 0, 2)
	for _, k := range old {
		w.state(k.Code, tickets.TicketRevoked)
	}
	good := 0
	for _, k := range w.tickets(o) {
		if k.State == tickets.TicketValid && k.Gen == 2 {
			good++
		}
	}
	if good != 2 {
		t.Errorf("%d good tickets", good)
	}
	w.clean()
}

func TestAWarningLeavesTheTicketsGoodAndTheChoiceToAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 1)
	w.tell(bank(charge.Charge, tickets.DisputeWarning, "", 5000))
	w.state(w.tickets(o)[0].Code, tickets.TicketValid)
	c := w.cases()
	if len(c) != 1 || c[0].Kind != tickets.CaseWarning {
		t.Fatalf("cases %+v", c)
	}
	if _, err := w.desk.TakeCase(w.ctx, c[0].ID, tickets.Member{ID: "mem_3", Name: "Sue", Role: tickets.RoleSupport}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.desk.CloseCase(w.ctx, c[0].ID, manager, "a known guest"); err != nil {
		t.Fatal(err)
	}
	if len(w.cases()) != 0 {
		t.Errorf("cases %+v", w.cases())
	}
	w.tell(bank(charge.Charge, tickets.DisputeDropped, "", 5000))
	w.status(o, tickets.StatusFulfilled, "")
	w.clean()
}

func TestADisputeToldBeforeItsMoneyWaitsForIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	charge := w.till.charge(p.Remote, 5000, "SGD")
	w.tell(bank(charge.Charge, tickets.DisputeOpen, "", 5000))
	w.tell(charge)
	w.later(time.Minute)
	w.status(o, tickets.StatusChargeback, "OPEN")
	w.state(w.tickets(o)[0].Code, tickets.TicketBlocked)
	w.clean()
}

func TestEvidenceTellsWhatTheCustomerConfirmedAndGot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 1)
	w.tell(bank(charge.Charge, tickets.DisputeOpen, "", 5000))
	all := w.packed(o)
	for name, want := range map[string]string{
		"summary.txt": charge.Charge, "confirmed.txt": "Adult", "policy.txt": "80 %", "timeline.json": "CHARGEBACK_OPENED", "deliveries.json": "tickets",
	} {
		if !strings.Contains(all[name], want) {
			t.Errorf("%s does not say %q:\n%s", name, want, all[name])
		}
	}
	w.clean()
}

func TestMoneyThatABankTookForItsPayerIsNotGivenBackAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	w.unsent = true
	o, p := w.ordered(1, "adult", 1)
	w.money(p, 5000, "SGD")
	second := w.money(p, 5000, "SGD")
	w.tell(bank(second.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 5000))
	w.repay()
	w.tell(bank(second.Charge, tickets.DisputeLost, "", 5000))
	w.later(time.Hour)
	w.repay()
	if got := w.till.wentBack(second.Charge); got != 0 {
		t.Fatalf("%d went back twice", got)
	}
	if o = w.now(o); o.Owed != 0 {
		t.Errorf("owed %d", o.Owed)
	}
	w.tell(bank(second.Charge, tickets.DisputeReversed, checkout.FundsReinstated, 5000))
	if cs := w.cases(); len(cs) != 1 || cs[0].Kind != tickets.CaseLate || w.now(o).Owed != 5000 {
		t.Fatalf("cases %+v", cs)
	}
	if _, err := w.desk.RefundMoney(w.ctx, "till", second.Charge, owner, "it was a duplicate"); err != nil {
		t.Fatal(err)
	}
	w.repay()
	if got := w.till.wentBack(second.Charge); got != 5000 {
		t.Errorf("%d went back", got)
	}
	w.clean()
}

func TestFundsThatComeBackBeforeTheReversalIsToldAreBookedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 2)
	w.tell(bank(charge.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 10000))
	w.tell(bank(charge.Charge, tickets.DisputeLost, "", 10000))
	w.tell(bank(charge.Charge, "", checkout.FundsReinstated, 10000)) // that alone reverses it
	w.stage(o, tickets.StageFulfilled)
	w.clean()
	w.tell(bank(charge.Charge, tickets.DisputeReversed, "", 10000))
	w.status(o, tickets.StatusChargebackReversed, "REVERSED")
	w.clean()
}

func TestARefundThatFailedNeedsNobodyOnceTheBankGaveItsMoneyBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 1)
	failed := w.failedRefund(o, w.tickets(o)[0].Code)
	w.tell(bank(charge.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 5000))
	w.tell(bank(charge.Charge, tickets.DisputeLost, "", 5000))
	if len(w.cases()) != 0 {
		t.Errorf("cases %+v", w.cases())
	}
	w.clean()
	w.tell(bank(charge.Charge, tickets.DisputeReversed, checkout.FundsReinstated, 5000)) // and now it is theirs again
	if cs := w.cases(); len(cs) != 1 || cs[0].Kind != tickets.CaseRefundFailed || cs[0].Subject != string(failed.ID) {
		t.Errorf("cases %+v", cs)
	}
	w.clean()
}

func TestARefundThatFailsAfterTheBankGaveItsMoneyBackNeedsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	w.till.slow = true
	o, p := w.ordered(1, "adult", 1)
	w.money(p, 5000, "SGD")
	second := w.money(p, 5000, "SGD")
	w.repay()
	w.tell(bank(second.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 5000))
	w.tell(bank(second.Charge, tickets.DisputeLost, "", 5000))
	w.tell(w.till.settle(checkout.RefundIsFailed)...)
	if o = w.now(o); o.Owed != 0 || len(w.cases()) != 0 {
		t.Errorf("owed %d, cases %+v", o.Owed, w.cases())
	}
	w.clean()
	w.tell(bank(second.Charge, tickets.DisputeReversed, checkout.FundsReinstated, 5000))
	if cs := w.cases(); len(cs) != 1 || cs[0].Kind != tickets.CaseLate || w.now(o).Owed != 5000 {
		t.Errorf("cases %+v", cs)
	}
	w.clean()
}

func TestMoneyThatWentBackByARefundAndByItsBankIsAskedAbout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	w.till.slow = true
	o, charge := w.bought(1, 1)
	if _, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "ill"}); err != nil {
		t.Fatal(err)
	}
	w.repay()
	w.tell(bank(charge.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 5000))
	w.tell(w.till.settle(checkout.RefundIsSucceeded)...)
	asked := func() (out []tickets.Case) {
		for _, c := range w.cases() {
			if c.Kind == tickets.CaseNotice {
				out = append(out, c)
			}
		}
		return out
	}
	if cs := asked(); len(cs) != 1 || cs[0].Why != "twice" || cs[0].Amount.Amount != 5000 {
		t.Fatalf("cases %+v", cs)
	}
	w.clean()
	w.tell(bank(charge.Charge, tickets.DisputeWon, checkout.FundsReinstated, 5000))
	if cs := asked(); len(cs) != 0 {
		t.Errorf("cases %+v", cs)
	}
	w.clean()
}

func TestARefundByHandIsNotPaidWhenTheBankGaveItsMoneyBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9, func(d *checkout.Desk) {
		d.Gateways[0] = onlyTakes{d.Gateways[0]}
	})
	o, charge := w.bought(1, 1)
	if _, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "ill"}); err != nil {
		t.Fatal(err)
	}
	w.repay()
	if cs := w.cases(); len(cs) != 1 || cs[0].Kind != tickets.CaseRefundByHand {
		t.Fatalf("cases %+v", cs)
	}
	w.tell(bank(charge.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 5000))
	w.tell(bank(charge.Charge, tickets.DisputeLost, "", 5000))
	w.stage(o, tickets.StageRefunded)
	if len(w.cases()) != 0 {
		t.Errorf("cases %+v", w.cases())
	}
	w.clean()
}

// onlyTakes is a gateway that cannot give money back.
type onlyTakes struct{ checkout.Gateway }

func TestAWarningIsAnsweredByTheWholeRestOfItsCharge(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 1)
	w.tell(bank(charge.Charge, tickets.DisputeWarning, "", 5000))
	if _, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Amount: 1, Reason: "one cent"}); err != nil {
		t.Fatal(err)
	}
	w.repay()
	if cs := w.cases(); len(cs) != 1 || cs[0].Kind != tickets.CaseWarning {
		t.Fatalf("one cent answered it: cases %+v", cs)
	}
	rs, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "the bank warned"})
	if err != nil || rs[0].Source != tickets.RefundFraudWarning {
		t.Fatalf("%+v, %v", rs, err)
	}
	w.repay()
	if cs := w.cases(); len(cs) != 0 {
		t.Errorf("cases %+v", cs)
	}
	w.clean()
}
