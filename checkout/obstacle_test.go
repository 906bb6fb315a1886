package checkout_test

import (
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func TestEachPartOfAFailedWishIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 2)
	for _, part := range []int64{4000, 6000} {
		w.money(p, part, "SGD")
	}
	w.stage(o, tickets.StageFulfilled)
	w.till.fault = func(op string) fault {
		if op == "refund" {
			return refusal
		}
		return fine
	}
	rs, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "rain"})
	if err != nil || len(rs) != 2 {
		t.Fatalf("%d refunds, %v", len(rs), err)
	}
	w.repay()
	w.till.fault = nil
	if n := len(w.cases()); n != 2 {
		t.Fatalf("%d cases", n)
	}
	for _, r := range rs {
		if _, err := w.desk.RetryRefund(w.ctx, r.ID, owner, "again"); err != nil {
			t.Fatal(err)
		}
		w.repay()
		w.clean()
	}
	w.stage(o, tickets.StageRefunded)
	if cs := w.cases(); len(cs) != 0 {
		t.Errorf("cases %+v", cs)
	}
}

// usedAfterFailure is a refund that its gateway refused, and whose ticket let its customer in.
func (w *world) usedAfterFailure(fails func(tickets.Order, tickets.TicketCode) tickets.Refund) (tickets.Order, tickets.Refund, tickets.Case) {
	w.t.Helper()
	o, _ := w.bought(1, 3)
	k := w.tickets(o)[0]
	r := fails(o, k.Code)
	cs := w.cases()
	if len(cs) != 1 || cs[0].Kind != tickets.CaseRefundFailed {
		w.t.Fatalf("cases %+v", cs)
	}
	_, err := w.desk.CloseCase(w.ctx, cs[0].ID, manager, "no")
	if r := tickets.RefusalOf(err); r == nil || r.Args["reason"] != "settle" {
		w.t.Errorf("closed while its money can still go: %v", err)
	}
	w.clock.set(visit.At("10:00", singapore))
	if _, _, err := w.desk.Admit(w.ctx, checkout.Admitting{Scan: k.Text, By: manager.Actor}); err != nil {
		w.t.Fatalf("admit: %v", err)
	}
	return o, r, cs[0]
}

func TestAFailedRefundWhoseTicketWasUsedIsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, r, c := w.usedAfterFailure(w.failedRefund)
	_, err := w.desk.RetryRefund(w.ctx, r.ID, manager, "again")
	if x := refused(t, err, tickets.Conflict); x.Args["reason"] != "used" {
		t.Errorf("args %v", x.Args)
	}
	w.status(o, tickets.StatusRefundFailed, "")
	c, err = w.desk.CloseCase(w.ctx, c.ID, manager, "they came after all")
	if err != nil || c.Outcome != "kept" || c.Note != "they came after all" {
		t.Fatalf("%+v, %v", c, err)
	}
	w.status(o, tickets.StatusFulfilled, "")
	if x := w.refunds(o)[0]; x.State != tickets.RefundCancelled || x.Note != "used" {
		t.Errorf("refund %s: %q", x.State, x.Note)
	}
	if !w.said(o, tickets.SayRefund, tickets.ToCustomer) {
		t.Error("the customer was not told")
	}
	_, err = w.desk.RetryRefund(w.ctx, r.ID, manager, "again")
	refused(t, err, tickets.Conflict)
	w.later(time.Hour)
	w.clean()
}

func TestARefundThatWasLeftAndWentAllTheSameIsCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, r, c := w.usedAfterFailure(func(o tickets.Order, code tickets.TicketCode) tickets.Refund {
		w.till.fault = func(op string) fault {
			if op == "refund" {
				return refusal
			}
			return fine
		}
		rs, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Tickets: []tickets.TicketCode{code}, Reason: "ill"})
		if err != nil {
			t.Fatal(err)
		}
		w.repay()
		w.till.fault = nil
		return rs[0]
	})
	if _, err := w.desk.CloseCase(w.ctx, c.ID, manager, "they came after all"); err != nil {
		t.Fatal(err)
	}
	w.tell(checkout.Report{
		Kind: checkout.ReportRefund, Charge: r.Charge, Amount: r.Amount, Refund: "re_all_the_same", RefundID: r.ID, RefundState: tickets.RefundSucceeded,
	})
	if o = w.now(o); o.Refunded != 5000 {
		t.Errorf("%d refunded", o.Refunded)
	}
	w.clean()
}
