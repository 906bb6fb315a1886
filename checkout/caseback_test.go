package checkout_test

import (
	"testing"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func TestACaseIsGivenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, _ := w.bought(1, 2)
	if _, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: support, Amount: 100, Reason: "rain"}); err != nil {
		t.Fatal(err)
	}
	id := w.cases()[0].ID
	if _, err := w.desk.TakeCase(w.ctx, id, tickets.Member{ID: "mem_3", Name: "Sue", Role: tickets.RoleSupport}); err != nil {
		t.Fatal(err)
	}
	_, err := w.desk.GiveBackCase(w.ctx, id, checkout.Staff{Role: tickets.RoleGate})
	refused(t, err, tickets.Forbidden)
	if _, err := w.desk.GiveBackCase(w.ctx, id, manager); err != nil {
		t.Fatal(err)
	}
	if c := w.cases()[0]; c.Owner != "" || c.Name != "" {
		t.Errorf("owner %q %q", c.Owner, c.Name)
	}
	if _, err := w.desk.RejectRefund(w.ctx, w.refunds(o)[0].ID, manager, "no"); err != nil {
		t.Fatal(err)
	}
	_, err = w.desk.GiveBackCase(w.ctx, id, manager)
	refused(t, err, tickets.Conflict)
}

func TestAMemberLetsLateMoneyPayForAnotherDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.late(1, "strict_entry", 2)
	w.money(p, 2000, "SGD")
	w.stage(o, tickets.StagePaymentReview)
	dates, err := w.desk.LateDates(w.ctx, o.ID, "")
	if err != nil || len(dates) == 0 {
		t.Fatalf("dates %v, %v", dates, err)
	}
	_, err = w.desk.MoveMoney(w.ctx, o.ID, dates[0], support, "agreed")
	refused(t, err, tickets.Forbidden)
	_, err = w.desk.MoveMoney(w.ctx, o.ID, dates[0], owner, "")
	refused(t, err, tickets.Invalid)
	if _, err := w.desk.MoveMoney(w.ctx, o.ID, dates[0], owner, "agreed on the phone"); err != nil {
		t.Fatal(err)
	}
	if o = w.stage(o, tickets.StageFulfilled); o.Slot() != dates[0] {
		t.Errorf("slot %s", o.Slot())
	}
	if len(w.cases()) != 0 {
		t.Errorf("cases %+v", w.cases())
	}
	w.clean()
}
