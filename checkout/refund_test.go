package checkout_test

import (
	"maps"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

var (
	owner   = checkout.Staff{Actor: tickets.Actor{Kind: tickets.ActorMember, ID: "mem_1", Name: "Olivia"}, Role: tickets.RoleOwner, Source: "bot"}
	manager = checkout.Staff{Actor: tickets.Actor{Kind: tickets.ActorMember, ID: "mem_2", Name: "Max"}, Role: tickets.RoleManager, Source: "bot"}
	support = checkout.Staff{Actor: tickets.Actor{Kind: tickets.ActorMember, ID: "mem_3", Name: "Sue"}, Role: tickets.RoleSupport, Source: "bot"}
)

func (w *world) repay() {
	w.t.Helper()
	if _, err := w.desk.Repay(w.ctx); err != nil {
		w.t.Fatalf("repay: %v", err)
	}
}

// bought is a paid order of per-unit adult tickets, and its charge.
func (w *world) bought(who, units int) (tickets.Order, checkout.Report) {
	w.t.Helper()
	o, p := w.ordered(who, "adult", units)
	r := w.money(p, int64(units)*5000, "SGD")
	return w.stage(o, tickets.StageFulfilled), r
}

func (w *world) refunds(o tickets.Order) (rs []tickets.Refund) {
	w.t.Helper()
	w.view(func(r tickets.Reader) (err error) { rs, err = r.Refunds(o.ID); return err })
	return rs
}

func (w *world) cases() (cs []tickets.Case) {
	w.t.Helper()
	cs, _, err := w.desk.Cases(w.ctx, tickets.Page{})
	if err != nil {
		w.t.Fatalf("cases: %v", err)
	}
	return cs
}

func (w *world) ask(o tickets.Order, codes ...tickets.TicketCode) tickets.Refund {
	w.t.Helper()
	rs, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, Customer: o.Buyer.Customer, Tickets: codes})
	if err != nil || len(rs) != 1 {
		w.t.Fatalf("ask: %d refunds, %v", len(rs), err)
	}
	return rs[0]
}

// status fails unless the order's public status is the one wanted.
func (w *world) status(o tickets.Order, want tickets.Status, reason string) tickets.Order {
	w.t.Helper()
	o = w.now(o)
	if s, r := o.Status(); s != want || r != reason {
		w.t.Errorf("status %s %q, want %s %q", s, r, want, reason)
	}
	return o
}

func (w *world) state(code tickets.TicketCode, want tickets.TicketState) {
	w.t.Helper()
	var k tickets.Ticket
	w.view(func(r tickets.Reader) (err error) { k, err = r.Ticket(code); return err })
	if k.State != want {
		w.t.Errorf("ticket is %s, want %s", k.State, want)
	}
}

func TestOneTicketOfThreeGoesBackWhenTheMerchantAgrees(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 3)
	ks := w.tickets(o)
	offer, err := w.desk.RefundOffer(w.ctx, o.ID, o.Buyer.Customer, []tickets.TicketCode{ks[1].Code})
	if err != nil || offer.Back.Amount != 3800 || offer.Price.Amount != 5000 || offer.Auto {
		t.Fatalf("offer %+v, %v", offer, err)
	}
	r := w.ask(o, ks[1].Code)
	w.status(o, tickets.StatusRefunding, "REQUESTED")
	w.state(ks[1].Code, tickets.TicketValid)
	if cs := w.cases(); len(cs) != 1 || cs[0].Kind != tickets.CaseRefund || cs[0].Amount.Amount != 3800 {
		t.Fatalf("cases %+v", cs)
	}
	w.repay()
	if w.till.wentBack(charge.Charge) != 0 {
		t.Fatal("sent without approval")
	}
	_, err = w.desk.ApproveRefund(w.ctx, r.ID, support, "fine")
	refused(t, err, tickets.Forbidden)
	if _, err := w.desk.ApproveRefund(w.ctx, r.ID, manager, "fine"); err != nil {
		t.Fatal(err)
	}
	w.repay()
	if got := w.till.wentBack(charge.Charge); got != 3800 {
		t.Fatalf("%d went back", got)
	}
	o = w.status(o, tickets.StatusFulfilled, "PARTIALLY_REFUNDED")
	if o.Refunded != 3800 || o.RefundOverlay() != "PARTIAL" {
		t.Errorf("order %+v", o)
	}
	w.state(ks[0].Code, tickets.TicketValid)
	w.state(ks[1].Code, tickets.TicketRevoked)
	w.wantStock("day", 0, 2)
	if len(w.cases()) != 0 {
		t.Errorf("cases %+v", w.cases())
	}
	w.clean()
}

func TestWhatThePolicyKeptCannotBeAskedBackToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 1)
	r := w.ask(o)
	if _, err := w.desk.ApproveRefund(w.ctx, r.ID, manager, "fine"); err != nil {
		t.Fatal(err)
	}
	w.repay()
	went := w.till.wentBack(charge.Charge)
	if o = w.now(o); o.Refunded != went || went >= o.Applied {
		t.Fatalf("%d of %d went back", went, o.Applied)
	}
	_, err := w.desk.RefundOffer(w.ctx, o.ID, o.Buyer.Customer, nil)
	if refused(t, err, tickets.Conflict); tickets.RefusalOf(err).Args["reason"] != "asked" {
		t.Errorf("refused with %v", err)
	}
	w.clean()
}

func TestEverythingBackEndsTheOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 2)
	if _, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "rain", Key: "k1"}); err != nil {
		t.Fatal(err)
	}
	again, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "rain", Key: "k1"})
	if err != nil || len(again) != 1 {
		t.Fatalf("the same key: %v, %v", again, err)
	}
	w.repay()
	w.stage(o, tickets.StageRefunded)
	o = w.status(o, tickets.StatusRefunded, "")
	w.wantStock("day", 0, 0)
	if got := w.till.wentBack(charge.Charge); got != 10000 {
		t.Errorf("%d went back", got)
	}
	_, err = w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "again"})
	refused(t, err, tickets.Conflict)
	_, _, err = w.desk.Admit(w.ctx, checkout.Admitting{Scan: w.tickets(o)[0].Text})
	refused(t, err, tickets.Revoked)
	w.clean()
}

func TestLostAnswerIsLookedUpAndNothingIsSentTwice(t *testing.T) {
	t.Parallel()
	for _, f := range []fault{lostReply, lostRequest} {
		w := newWorld(t, 9)
		o, charge := w.bought(1, 2)
		w.till.fault = func(op string) fault {
			if op == "refund" {
				return f
			}
			return fine
		}
		if _, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "rain", Amount: 2500}); err != nil {
			t.Fatal(err)
		}
		w.repay()
		w.status(o, tickets.StatusRefunding, "SUBMITTED")
		w.till.fault = nil
		w.later(time.Minute)
		if got := w.till.wentBack(charge.Charge); got != 2500 || len(w.till.refunds) != 1 {
			t.Errorf("%d went back in %d refunds", got, len(w.till.refunds))
		}
		w.status(o, tickets.StatusFulfilled, "PARTIALLY_REFUNDED")
		w.clean()
	}
}

func TestARefundIsNotSentAgainOnceItsKeyMayBeForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 2)
	w.till.fault = func(op string) fault {
		if op == "refund" || op == "look" {
			return lostRequest
		}
		return fine
	}
	if _, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "rain", Amount: 2500}); err != nil {
		t.Fatal(err)
	}
	w.repay()
	w.clock.add(24 * time.Hour)
	w.till.fault = nil
	w.repay()
	w.status(o, tickets.StatusRefundFailed, "")
	if got := w.till.wentBack(charge.Charge); got != 0 {
		t.Fatalf("%d went back", got)
	}
	failed := w.refunds(o)[0]
	if cs := w.cases(); len(cs) != 1 || cs[0].Kind != tickets.CaseRefundFailed {
		t.Fatalf("cases %+v", cs)
	}
	if _, err := w.desk.RetryRefund(w.ctx, failed.ID, manager, "their console has none"); err != nil {
		t.Fatal(err)
	}
	w.repay()
	if got := w.till.wentBack(charge.Charge); got != 2500 {
		t.Errorf("%d went back", got)
	}
	w.status(o, tickets.StatusFulfilled, "PARTIALLY_REFUNDED")
	w.clean()
}

func TestTicketsAreBlockedWhileTheirMoneyIsOnItsWayAndGoodAgainWhenItFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	w.till.slow = true
	o, _ := w.bought(1, 2)
	k := w.tickets(o)[0]
	if _, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Tickets: []tickets.TicketCode{k.Code}, Reason: "ill"}); err != nil {
		t.Fatal(err)
	}
	w.repay()
	w.state(k.Code, tickets.TicketBlocked)
	w.clock.set(visit.At("10:00", singapore))
	_, _, err := w.desk.Admit(w.ctx, checkout.Admitting{Scan: k.Text, By: manager.Actor})
	if r := refused(t, err, tickets.Withheld); r.Args["why"] != "refund" {
		t.Errorf("args %v", r.Args)
	}
	w.wantStock("day", 0, 2)
	w.tell(w.till.settle(checkout.RefundIsFailed)...)
	w.state(k.Code, tickets.TicketValid)
	w.status(o, tickets.StatusRefundFailed, "")
	if _, err := w.desk.SettleRefund(w.ctx, w.refunds(o)[0].ID, owner, "bank transfer 77", "their card is closed"); err != nil {
		t.Fatal(err)
	}
	w.state(k.Code, tickets.TicketRevoked)
	w.wantStock("day", 0, 1)
	w.status(o, tickets.StatusFulfilled, "PARTIALLY_REFUNDED")
	w.clean()
}

func TestAboveTheLimitTwoPeopleMustAgree(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	cat := wares(9)
	cat.Merchant.ApproveAbove = 4000
	if _, _, err := w.desk.Apply(w.ctx, cat); err != nil {
		t.Fatal(err)
	}
	o, charge := w.bought(1, 2)
	rs, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: manager, Reason: "storm"})
	if err != nil || rs[0].State != tickets.RefundRequested {
		t.Fatalf("%+v, %v", rs, err)
	}
	_, err = w.desk.ApproveRefund(w.ctx, rs[0].ID, manager, "storm")
	if r := refused(t, err, tickets.Conflict); r.Args["reason"] != "second" {
		t.Errorf("args %v", r.Args)
	}
	if _, err := w.desk.ApproveRefund(w.ctx, rs[0].ID, owner, "storm"); err != nil {
		t.Fatal(err)
	}
	w.repay()
	if got := w.till.wentBack(charge.Charge); got != 10000 {
		t.Errorf("%d went back", got)
	}
	w.clean()
}

func TestRejectedAndTakenBackWishesLeaveEverythingAsItWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 2)
	r := w.ask(o)
	if _, err := w.desk.RejectRefund(w.ctx, r.ID, manager, "too late"); err != nil {
		t.Fatal(err)
	}
	w.status(o, tickets.StatusFulfilled, "")
	r = w.ask(o)
	if _, err := w.desk.TakeBackRefund(w.ctx, r.ID, o.Buyer.Customer); err != nil {
		t.Fatal(err)
	}
	_, err := w.desk.ApproveRefund(w.ctx, r.ID, manager, "yes")
	refused(t, err, tickets.Conflict)
	w.later(time.Hour)
	if got := w.till.wentBack(charge.Charge); got != 0 || len(w.cases()) != 0 {
		t.Errorf("%d went back, cases %+v", got, w.cases())
	}
	w.status(o, tickets.StatusFulfilled, "")
	w.clean()
}

func TestATicketUsedBeforeItsMoneyWasSentKeepsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 2)
	k := w.tickets(o)[0]
	r := w.ask(o, k.Code)
	w.clock.set(visit.At("10:00", singapore))
	if _, _, err := w.desk.Admit(w.ctx, checkout.Admitting{Scan: k.Text, By: manager.Actor}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.desk.ApproveRefund(w.ctx, r.ID, manager, "yes"); err != nil {
		t.Fatal(err)
	}
	w.repay()
	if got := w.till.wentBack(charge.Charge); got != 0 || w.refunds(o)[0].State != tickets.RefundCancelled {
		t.Errorf("%d went back, %s", got, w.refunds(o)[0].State)
	}
	w.clean()
}

func TestARefundMadeInTheDashboardIsRecognised(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 2)
	part := w.till.dashboard(charge.Charge, 4000)
	w.tell(part)
	w.tell(part)
	w.status(o, tickets.StatusFulfilled, "PARTIALLY_REFUNDED")
	if cs := w.cases(); len(cs) != 1 || cs[0].Kind != tickets.CaseRefundFound {
		t.Fatalf("cases %+v", cs)
	}
	k := w.tickets(o)[0].Code
	_, err := w.desk.EndTickets(w.ctx, w.refunds(o)[0].ID, []tickets.TicketCode{k}, support)
	refused(t, err, tickets.Forbidden)
	if _, err := w.desk.EndTickets(w.ctx, w.refunds(o)[0].ID, []tickets.TicketCode{k}, manager); err != nil {
		t.Fatal(err)
	}
	w.state(k, tickets.TicketRevoked)
	w.wantStock("day", 0, 1)
	if len(w.cases()) != 0 {
		t.Errorf("cases %+v", w.cases())
	}
	w.clean()
	w.tell(w.till.dashboard(charge.Charge, 6000))
	w.stage(o, tickets.StageRefunded)
	w.wantStock("day", 0, 0)
	w.clean()
}

func TestARefundToldBeforeItsMoneyWaitsForIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	charge := w.till.charge(p.Remote, 5000, "SGD")
	w.tell(w.till.dashboard(charge.Charge, 5000))
	w.stage(o, tickets.StageAwaiting)
	w.tell(charge)
	w.later(time.Minute)
	w.stage(o, tickets.StageRefunded)
	w.wantStock("day", 0, 0)
	w.clean()
}

func TestANoticeThatSomethingWentBackIsAskedAbout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 2)
	w.till.dashboard(charge.Charge, 10000)
	w.tell(checkout.Report{Kind: checkout.ReportRefund, Charge: charge.Charge})
	w.passes()
	w.stage(o, tickets.StageRefunded)
	w.wantStock("day", 0, 0)
	w.clean()
	w.balanced()
}

func TestANoticeThatSomethingWentBackOfASecondChargeIsAskedAbout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	w.unsent = true
	o, first := w.bought(1, 1)
	second := w.till.charge(first.Remote, 5000, "SGD")
	w.tell(second) // the page was paid twice
	if _, err := w.desk.WriteOff(w.ctx, "till", second.Charge, manager, "they wrote that we keep it"); err != nil {
		t.Fatal(err)
	}
	w.till.dashboard(second.Charge, 5000)
	w.tell(checkout.Report{Kind: checkout.ReportRefund, Charge: second.Charge})
	w.passes()
	if c := w.capture(second.Charge); c.Repaid != 5000 || w.now(o).Refunded != 0 {
		t.Errorf("capture %+v", c)
	}
	w.clean()
	w.balanced()
}

func TestARefundThatSomebodyElseMadeFasterHasLostItsPoint(t *testing.T) {
	t.Parallel()
	for _, amount := range []int64{10000, 4000} { // nobody told us of it
		w := newWorld(t, 9)
		o, charge := w.bought(1, 2)
		w.till.dashboard(charge.Charge, amount)
		if _, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "rain"}); err != nil {
			t.Fatal(err)
		}
		w.passes()
		states := map[tickets.RefundSource]tickets.RefundState{}
		for _, r := range w.refunds(o) {
			states[r.Source] = r.State
		}
		want := map[tickets.RefundSource]tickets.RefundState{tickets.RefundByOperator: tickets.RefundSucceeded} // taken for ours
		if amount != 10000 {
			want = map[tickets.RefundSource]tickets.RefundState{
				tickets.RefundByOperator: tickets.RefundCancelled, tickets.RefundAtGateway: tickets.RefundSucceeded,
			}
		}
		if !maps.Equal(states, want) {
			t.Fatalf("refunds %v", states)
		}
		if amount == 10000 {
			w.stage(o, tickets.StageRefunded)
			w.status(o, tickets.StatusRefunded, "")
		} else {
			w.status(o, tickets.StatusFulfilled, "PARTIALLY_REFUNDED")
			w.state(w.tickets(o)[0].Code, tickets.TicketValid)
		}
		w.clean()
		w.balanced()
	}
}

// failedRefund is a refund of one ticket that its gateway refused.
func (w *world) failedRefund(o tickets.Order, code tickets.TicketCode) tickets.Refund {
	w.t.Helper()
	w.till.slow = true
	rs, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Tickets: []tickets.TicketCode{code}, Reason: "ill"})
	if err != nil {
		w.t.Fatalf("ask: %v", err)
	}
	w.repay()
	w.tell(w.till.settle(checkout.RefundIsFailed)...)
	w.till.slow = false
	return rs[0]
}

func TestAFailedRefundIsTriedAgainOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 3)
	r := w.failedRefund(o, w.tickets(o)[0].Code)
	if _, err := w.desk.RetryRefund(w.ctx, r.ID, manager, "again"); err != nil {
		t.Fatal(err)
	}
	_, err := w.desk.RetryRefund(w.ctx, r.ID, manager, "again")
	refused(t, err, tickets.Conflict)
	w.repay()
	_, err = w.desk.SettleRefund(w.ctx, r.ID, owner, "cash", "again")
	refused(t, err, tickets.Conflict)
	if got := w.till.wentBack(charge.Charge); got != 5000 {
		t.Errorf("%d went back", got)
	}
	w.clean()
}

func TestATicketsMoneyGoesBackOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 3)
	k := w.tickets(o)[0]
	r := w.failedRefund(o, k.Code)
	w.clock.add(time.Second)
	if _, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Tickets: []tickets.TicketCode{k.Code}, Reason: "ill"}); err != nil {
		t.Fatal(err)
	}
	w.repay()
	_, err := w.desk.RetryRefund(w.ctx, r.ID, manager, "again")
	refused(t, err, tickets.Conflict)
	if cs := w.cases(); len(cs) != 0 {
		t.Errorf("still asked: %+v", cs)
	}
	w.status(o, tickets.StatusFulfilled, tickets.PartiallyRefunded)
	w.clean()
	w.clock.set(visit.At("10:00", singapore))
	used := w.tickets(o)[1]
	if _, _, err := w.desk.Admit(w.ctx, checkout.Admitting{Scan: used.Text}); err != nil {
		t.Fatal(err)
	}
	wish := checkout.RefundWish{Order: o.ID, By: owner, Tickets: []tickets.TicketCode{used.Code}, Override: true, Reason: "rain"}
	if _, err := w.desk.AskRefund(w.ctx, wish); err != nil {
		t.Fatal(err)
	}
	w.repay()
	_, err = w.desk.AskRefund(w.ctx, wish)
	refused(t, err, tickets.Conflict)
	if got := w.till.wentBack(charge.Charge); got != 10000 {
		t.Errorf("%d went back", got)
	}
}

func TestWithTheLastMoneyEveryTicketEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, _ := w.bought(1, 3)
	k := w.tickets(o)[0].Code
	if _, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Tickets: []tickets.TicketCode{k}, Amount: 15000, Reason: "storm"}); err != nil {
		t.Fatal(err)
	}
	w.repay()
	w.stage(o, tickets.StageRefunded)
	w.wantStock("day", 0, 0)
	w.clean()
}

func TestPartsDoNotGetAroundTheSecondPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	cat := wares(9)
	cat.Merchant.ApproveAbove = 4000
	if _, _, err := w.desk.Apply(w.ctx, cat); err != nil {
		t.Fatal(err)
	}
	o, _ := w.bought(1, 3)
	for i, want := range []tickets.RefundState{tickets.RefundApproved, tickets.RefundRequested} {
		rs, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: manager, Amount: 3400, Reason: "storm"})
		if err != nil || rs[0].State != want {
			t.Errorf("part %d: %+v, %v", i, rs, err)
		}
	}
}

func TestWhatOnePersonAgreesToIsAddedUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	cat := wares(9)
	cat.Merchant.ApproveAbove = 6000
	w.apply(cat)
	o, charge := w.bought(1, 3)
	ks := w.tickets(o)
	for i, want := range []tickets.RefundState{tickets.RefundApproved, tickets.RefundRequested} { // 7600 together
		r := w.ask(o, ks[i].Code)
		r, err := w.desk.ApproveRefund(w.ctx, r.ID, manager, "ill")
		if err != nil || r.State != want {
			t.Errorf("wish %d: %s, %v", i, r.State, err)
		}
		w.repay()
	}
	for _, c := range w.cases() {
		r, err := w.desk.ApproveRefund(w.ctx, tickets.RefundID(c.Subject), owner, "two of us")
		if err != nil || r.State != tickets.RefundApproved {
			t.Errorf("%s, %v", r.State, err)
		}
	}
	r, err := w.desk.ApproveRefund(w.ctx, w.ask(o, ks[2].Code).ID, owner, "one of them was agreed to by two")
	if err != nil || r.State != tickets.RefundRequested {
		t.Errorf("%s, %v", r.State, err)
	}
	w.repay()
	if got := w.till.wentBack(charge.Charge); got != 7600 {
		t.Errorf("%d went back", got)
	}
	w.clean()
}

func TestOurRefundIsKnownWithoutOurName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 2)
	w.till.fault = func(op string) fault {
		if op == "refund" {
			return lostReply
		}
		return fine
	}
	if _, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "rain"}); err != nil {
		t.Fatal(err)
	}
	w.repay()
	w.tell(checkout.Report{
		Kind: checkout.ReportRefund, Charge: charge.Charge, Amount: tickets.Money{Amount: 10000, Currency: "SGD"}, Refund: charge.Charge,
		RefundState: tickets.RefundSucceeded,
	})
	w.later(time.Hour)
	w.status(o, tickets.StatusRefunded, "")
	if n := len(w.refunds(o)); n != 1 {
		t.Errorf("%d refunds", n)
	}
	w.clean()
}

func TestTheRestOfACaseIsSettledAfterAPartWentBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	charge := w.money(p, 5000, "USD")
	w.later(16 * time.Minute)
	w.tell(checkout.Report{
		Kind: checkout.ReportRefund, Charge: charge.Charge, Amount: tickets.Money{Amount: 2000, Currency: "USD"}, Refund: "re_x",
		RefundState: tickets.RefundSucceeded,
	})
	if cs := w.cases(); len(cs) != 1 || cs[0].Amount.Amount != 3000 {
		t.Errorf("cases %+v", cs)
	}
	if _, err := w.desk.WriteOff(w.ctx, "till", charge.Charge, owner, "they said keep it"); err != nil {
		t.Fatal(err)
	}
	w.stage(o, tickets.StageExpired)
	if len(w.cases()) != 0 {
		t.Errorf("cases %+v", w.cases())
	}
	w.clean()
}
