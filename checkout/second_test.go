package checkout_test

import (
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// guarded is a shop in which more than 40 dollars take two people.
func guarded(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, 9)
	cat := wares(9)
	cat.Merchant.ApproveAbove = 4000
	w.apply(cat)
	return w
}

func TestMarkingMuchMoneyPaidTakesTwoPeople(t *testing.T) {
	t.Parallel()
	w := guarded(t)
	o, _ := w.ordered(1, "adult", 1)
	in := checkout.MarkingPaid{Order: o.ID, By: manager, Reference: "bank 4711", Reason: "seen"}
	for range 2 { // one person is one person
		if _, second, err := w.desk.MarkPaid(w.ctx, in); err != nil || !second {
			t.Fatalf("second %v, %v", second, err)
		}
		w.stage(o, tickets.StageAwaiting)
	}
	if cs := w.cases(); len(cs) != 1 || cs[0].Kind != tickets.CaseMarkPaid || cs[0].Ref != "bank 4711" || cs[0].Amount.Amount != 5000 {
		t.Fatalf("cases %+v", cs)
	}
	if !w.said(o, tickets.SayCase, tickets.ToMerchant) {
		t.Error("the merchant was not told")
	}
	w.clean()
	in.By, in.Reference = owner, "bank 4712" // of another transfer nobody else knows
	if _, second, err := w.desk.MarkPaid(w.ctx, in); err != nil || !second {
		t.Fatalf("second %v, %v", second, err)
	}
	in.By = manager
	if _, second, err := w.desk.MarkPaid(w.ctx, in); err != nil || second {
		t.Fatalf("second %v, %v", second, err)
	}
	w.stage(o, tickets.StageFulfilled)
	if len(w.cases()) != 0 {
		t.Errorf("cases %+v", w.cases())
	}
	w.clean()
}

func TestPartsThatOnePersonMarksPaidCountTogether(t *testing.T) {
	t.Parallel()
	w := guarded(t)
	o, _ := w.ordered(1, "adult", 1)
	part := checkout.MarkingPaid{Order: o.ID, By: manager, Amount: 3000, Reference: "cash 1", Reason: "seen"}
	if _, second, err := w.desk.MarkPaid(w.ctx, part); err != nil || second {
		t.Fatalf("second %v, %v", second, err)
	}
	part.Amount, part.Reference = 2000, "cash 2"
	if _, second, err := w.desk.MarkPaid(w.ctx, part); err != nil || !second {
		t.Fatalf("second %v, %v", second, err)
	}
	w.stage(o, tickets.StagePaymentReview)
	w.clean()
}

func TestAClaimOfMoneyIsRejectedWithANote(t *testing.T) {
	t.Parallel()
	w := guarded(t)
	o, p := w.ordered(1, "adult", 1)
	in := checkout.MarkingPaid{Order: o.ID, By: manager, Reference: "bank 4711", Reason: "seen"}
	if _, _, err := w.desk.MarkPaid(w.ctx, in); err != nil {
		t.Fatal(err)
	}
	if _, err := w.desk.CloseCase(w.ctx, w.cases()[0].ID, owner, "not on the account"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.desk.MarkPaid(w.ctx, in); err != nil {
		t.Fatal(err)
	}
	w.money(p, 5000, "SGD") // the customer pays by card after all
	w.stage(o, tickets.StageFulfilled)
	if len(w.cases()) != 0 {
		t.Errorf("cases %+v", w.cases())
	}
	w.clean()
}

func TestMuchOwedMoneyGoesBackAfterTwoPeople(t *testing.T) {
	t.Parallel()
	for name, second := range map[string]func(*world, tickets.Refund) error{
		"by the same verb": func(w *world, r tickets.Refund) error {
			_, err := w.desk.RefundMoney(w.ctx, r.Gateway, r.Charge, owner, "not ours")
			return err
		},
		"by approving": func(w *world, r tickets.Refund) error {
			_, err := w.desk.ApproveRefund(w.ctx, r.ID, owner, "not ours")
			return err
		},
		"after a no": func(w *world, r tickets.Refund) error {
			if _, err := w.desk.RejectRefund(w.ctx, r.ID, owner, "it may be Mr Tan's"); err != nil {
				return err
			}
			if cs := w.cases(); len(cs) != 1 || cs[0].Kind != tickets.CaseUnmatched {
				w.t.Errorf("cases %+v", cs)
			}
			w.clean()
			if _, err := w.desk.RefundMoney(w.ctx, r.Gateway, r.Charge, owner, "not his"); err != nil {
				return err
			}
			_, err := w.desk.RefundMoney(w.ctx, r.Gateway, r.Charge, manager, "not his")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := guarded(t)
			w.tell(checkout.Report{Kind: checkout.ReportPaid, Charge: "ch_a", Amount: tickets.Money{Amount: 5000, Currency: "SGD"}})
			r, err := w.desk.RefundMoney(w.ctx, "till", "ch_a", manager, "not ours")
			if err != nil || r.State != tickets.RefundRequested {
				t.Fatalf("%+v, %v", r, err)
			}
			_, err = w.desk.RefundMoney(w.ctx, "till", "ch_a", manager, "not ours")
			if x := refused(t, err, tickets.Conflict); x.Args["reason"] != "second" {
				t.Errorf("args %v", x.Args)
			}
			w.later(time.Hour)
			if cs := w.cases(); len(cs) != 1 || cs[0].Kind != tickets.CaseRefund {
				t.Fatalf("cases %+v", cs)
			}
			w.clean()
			if err := second(w, r); err != nil {
				t.Fatal(err)
			}
			var rs []tickets.Refund
			w.view(func(x tickets.Reader) (err error) { rs, err = x.RefundsDue(w.clock.Now(), 9); return err })
			if len(rs) != 1 || rs[0].State != tickets.RefundApproved || len(rs[0].Approvals) != 2 || len(w.cases()) != 0 {
				t.Errorf("refunds %+v, cases %+v", rs, w.cases())
			}
			w.clean()
		})
	}
}

func TestKeepingMuchMoneyTakesTwoPeople(t *testing.T) {
	t.Parallel()
	w := guarded(t)
	w.unsent = true
	o, p := w.ordered(1, "adult", 1)
	w.money(p, 5000, "SGD")
	second := w.money(p, 5000, "SGD") // goes back by itself
	for _, by := range []checkout.Staff{manager, manager, owner} {
		c, err := w.desk.WriteOff(w.ctx, "till", second.Charge, by, "a gift")
		kept := c.Resolved == tickets.ResolvedWriteOff
		switch {
		case by == owner && (err != nil || !kept):
			t.Fatalf("%+v, %v", c, err)
		case by != owner && kept:
			t.Fatal("one person kept it")
		case by != owner && err != nil:
			refused(t, err, tickets.Conflict)
		}
		w.clean()
	}
	if o = w.now(o); o.Owed != 0 || len(w.cases()) != 0 {
		t.Errorf("owed %d, cases %+v", o.Owed, w.cases())
	}
}

func TestMoneyInAnotherCurrencyAlwaysTakesTwoPeople(t *testing.T) {
	t.Parallel()
	w := guarded(t)
	_, p := w.ordered(1, "adult", 1)
	charge := w.money(p, 100, "USD")
	r, err := w.desk.RefundMoney(w.ctx, "till", charge.Charge, manager, "not ours")
	if err != nil || r.State != tickets.RefundRequested {
		t.Fatalf("%+v, %v", r, err)
	}
	w.clean()
}

func TestARefundByHandThatWasNotPaidWaitsAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, _ := w.ordered(1, "adult", 1)
	if _, _, err := w.desk.MarkPaid(w.ctx, checkout.MarkingPaid{Order: o.ID, By: owner, Reference: "cash 1", Reason: "at the counter"}); err != nil {
		t.Fatal(err)
	}
	rs, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "ill"})
	if err != nil {
		t.Fatal(err)
	}
	w.repay()
	_, err = w.desk.UnsettleRefund(w.ctx, rs[0].ID, owner, "nobody paid it")
	refused(t, err, tickets.Conflict)
	if _, err := w.desk.SettleRefund(w.ctx, rs[0].ID, owner, "cash 2", "they were here"); err != nil {
		t.Fatal(err)
	}
	w.stage(o, tickets.StageRefunded)
	_, err = w.desk.UnsettleRefund(w.ctx, rs[0].ID, support, "it was somebody else")
	refused(t, err, tickets.Forbidden)
	r, err := w.desk.UnsettleRefund(w.ctx, rs[0].ID, owner, "it was somebody else")
	if err != nil || !r.Live() || !r.Due.IsZero() {
		t.Fatalf("%+v, %v", r, err)
	}
	if cs := w.cases(); len(cs) != 1 || cs[0].Kind != tickets.CaseRefundByHand || cs[0].Subject != string(r.ID) {
		t.Errorf("cases %+v", cs)
	}
	if o = w.now(o); o.Refunded != 0 || o.Refunding != 5000 {
		t.Errorf("refunded %d, refunding %d", o.Refunded, o.Refunding)
	}
	w.clean()
	if _, err := w.desk.SettleRefund(w.ctx, r.ID, owner, "cash 3", "they were here again"); err != nil {
		t.Fatal(err)
	}
	w.clean()
}
