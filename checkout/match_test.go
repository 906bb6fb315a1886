package checkout_test

import (
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func matching(o tickets.Order, charge string) checkout.Matching {
	return checkout.Matching{Gateway: "till", Charge: charge, Order: o.ID, By: manager, Reason: "the payer wrote to us"}
}

func (w *world) matches(o tickets.Order, charge string) (tickets.Order, tickets.Capture) {
	w.t.Helper()
	o, c, err := w.desk.MatchMoney(w.ctx, matching(o, charge))
	if err != nil {
		w.t.Fatalf("match: %v", err)
	}
	w.clean()
	w.balanced()
	return o, c
}

func TestMoneyOfNoOrderPaysForTheOneThatItIsFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o := w.order(1, "adult", 2)
	charge := w.stray(10000)
	w.clean()
	dry, _, err := w.desk.Dry().MatchMoney(w.ctx, matching(o, charge))
	if err != nil || !dry.Paid() || w.now(o).Paid() {
		t.Fatalf("only looked at: %s, %v", dry.Stage, err)
	}
	o, c := w.matches(o, charge)
	if o.Stage != tickets.StageFulfilled || o.Applied != 10000 || len(w.tickets(o)) != 2 || o.PaidBy != c.Session {
		t.Errorf("order %+v", o)
	}
	if c.Disposition != tickets.Applied || c.Order != o.ID || c.Owed != 0 || len(w.cases()) != 0 {
		t.Errorf("capture %+v, %d cases", c, len(w.cases()))
	}
	w.wantRows(o, "T6 T8 T18 T32")
	w.wantStock("day", 0, 2)
	_, _, err = w.desk.MatchMoney(w.ctx, matching(o, charge))
	refused(t, err, tickets.Conflict)
	// It goes back as any money of an order, to where it came from.
	rs, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "they are ill"})
	if err != nil || len(rs) != 1 || rs[0].Gateway != "till" || rs[0].Charge != charge {
		t.Errorf("refunds %+v, %v", rs, err)
	}
	w.clean()
}

func TestMatchedMoneyIsCountedWhereItBelongs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o := w.order(1, "adult", 2)
	charge := w.stray(10000)
	w.clock.add(time.Minute)
	w.tally()
	o, _ = w.matches(o, charge)
	w.wantTallies("matched")
	w.clock.add(time.Minute)
	w.tally()
	w.wantTallies("later")
	if o.Applied != 10000 {
		t.Errorf("order %+v", o)
	}
}

func TestMatchedMoneyIsJudgedAsAny(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		amount int64
		ended  bool
		want   tickets.Disposition
		stage  tickets.Stage
	}{
		"less":     {4000, false, tickets.Underpaid, tickets.StagePaymentReview},
		"more":     {6000, false, tickets.Overpaid, tickets.StageFulfilled},
		"late":     {5000, true, tickets.LateApplied, tickets.StageFulfilled},
		"late bit": {1000, true, tickets.LateUnapplied, tickets.StagePaymentReview},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 9)
			w.unsent = true
			o, _ := w.ordered(1, "adult", 1)
			if c.ended {
				o = w.lateFor(o)
			}
			charge := w.stray(c.amount)
			o, got := w.matches(o, charge)
			if got.Disposition != c.want || o.Stage != c.stage {
				t.Errorf("%s, order %s", got.Disposition, o.Stage)
			}
			w.passes()
			w.clean()
		})
	}
}

func TestMoneyThatSomebodyWantedToGiveBackIsMatched(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	cat := wares(9)
	cat.Merchant.ApproveAbove = 100
	w.apply(cat)
	o := w.order(1, "adult", 1)
	charge := w.stray(5000)
	if r, err := w.desk.RefundMoney(w.ctx, "till", charge, manager, "not ours"); err != nil || r.State != tickets.RefundRequested {
		t.Fatalf("%s, %v", r.State, err)
	}
	o, _ = w.matches(o, charge)
	if rs := w.refunds(o); o.Stage != tickets.StageFulfilled || len(rs) != 1 || rs[0].State != tickets.RefundCancelled || len(w.cases()) != 0 {
		t.Errorf("order %s, refunds %+v, cases %+v", o.Stage, rs, w.cases())
	}
}

func TestMoneyIsNotMatchedToWhatIsNotItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o := w.order(1, "adult", 1)
	paid, report := w.bought(2, 1)
	charge := w.stray(5000)
	for _, c := range []struct {
		change func(*checkout.Matching)
		want   tickets.Kind
		reason string
	}{
		{func(m *checkout.Matching) { m.By = support }, tickets.Forbidden, ""},
		{func(m *checkout.Matching) { m.Reason = "" }, tickets.Invalid, ""},
		{func(m *checkout.Matching) { m.Order = "ord_000000000000000000000000" }, tickets.NotFound, ""},
		{func(m *checkout.Matching) { m.Charge = "ch_none" }, tickets.NotFound, ""},
		{func(m *checkout.Matching) { m.Order = paid.ID }, tickets.Conflict, "paid"},
		{func(m *checkout.Matching) { m.Charge = report.Charge }, tickets.Conflict, "state"},
	} {
		m := matching(o, charge)
		c.change(&m)
		_, _, err := w.desk.MatchMoney(w.ctx, m)
		r := refused(t, err, c.want)
		if c.reason != "" && r.Args["reason"] != c.reason {
			t.Errorf("reason %v, want %s", r.Args["reason"], c.reason)
		}
	}
	w.tell(bank(charge, tickets.DisputeOpen, "", 5000))
	_, _, err := w.desk.MatchMoney(w.ctx, matching(o, charge))
	if r := refused(t, err, tickets.Conflict); r.Args["reason"] != "disputed" {
		t.Errorf("reason %v", r.Args["reason"])
	}
	w.clean()
}

func TestMoneyOfWhichAPartWentAndCameBackIsMatched(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o := w.order(1, "adult", 1)
	charge := w.stray(5000)
	w.tell(found(charge, "re_1", 200, tickets.RefundPending))
	w.clock.add(time.Minute)
	w.tell(found(charge, "re_1", 200, tickets.RefundFailed))
	w.clock.add(time.Minute)
	if o, _ = w.matches(o, charge); o.Stage != tickets.StageFulfilled { // the audit is asked
		t.Errorf("order %s", o.Stage)
	}
}
