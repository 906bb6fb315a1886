package checkout_test

import (
	"testing"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func TestManualOrderIsIssuedByAMember(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "villa_night", 1)
	w.money(p, 40000, "SGD")
	o = w.stage(o, tickets.StagePaid)
	if len(w.tickets(o)) != 0 || !w.said(o, tickets.SayIssue, tickets.ToMerchant) || !w.said(o, tickets.SayManual, tickets.ToCustomer) {
		t.Error("tickets before a person issued them, or nobody was told")
	}
	for _, role := range []tickets.Role{tickets.RoleGate, tickets.RoleReadOnly, ""} {
		_, err := w.desk.Issue(w.ctx, o.ID, checkout.StaffOf(tickets.Member{ID: "mem_1", Role: role}, "bot"))
		refused(t, err, tickets.Forbidden)
	}
	unpaid := w.order(2, "villa_night", 1)
	support := tickets.Member{ID: "mem_2", Name: "Support", Role: tickets.RoleSupport}
	_, err := w.desk.Issue(w.ctx, unpaid.ID, checkout.StaffOf(support, "console"))
	refused(t, err, tickets.Conflict)
	for range 2 {
		if o, err = w.desk.Issue(w.ctx, o.ID, checkout.StaffOf(support, "console")); err != nil || o.Stage != tickets.StageFulfilled || o.Fulfilment.By != "mem_2" {
			t.Fatalf("%s by %s, %v", o.Stage, o.Fulfilment.By, err)
		}
	}
	w.wantRows(o, "T6 T8 T18 T31 T32")
	for _, f := range w.facts(o) {
		if f.Name == tickets.FulfillmentStarted || f.Name == tickets.FulfillmentIssued {
			if f.Source != "console" || f.Actor.Name != "Support" {
				t.Errorf("%s by %s at %q", f.Name, f.Actor.Name, f.Source)
			}
		}
	}
	if ks := w.tickets(o); len(ks) != 1 || ks[0].Places != 2 {
		t.Errorf("tickets %+v", ks)
	}
	w.clean()
}

func TestTicketsByUnitAndByOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, err := w.desk.Place(w.ctx, w.placing(1, "sentosa", tickets.Slot{Date: visit}, tickets.Choice{SKU: "adult", Units: 2},
		tickets.Choice{SKU: "child", Units: 1}, tickets.Choice{SKU: "sentosa_family_pack", Units: 1}))
	if err != nil {
		t.Fatal(err)
	}
	p := w.page(o)
	w.money(p, p.Total.Amount, "SGD")
	ks := w.tickets(w.stage(o, tickets.StageFulfilled))
	if len(ks) != 3 || ks[0].Places != 4 || ks[1].Places != 1 || ks[2].Places != 1 {
		t.Fatalf("tickets %+v", ks)
	}
	for i, k := range ks {
		if k.Seq != i+1 || k.Of != 3 || k.OrderCode != o.Code {
			t.Errorf("ticket %d is %d of %d, order %s", i, k.Seq, k.Of, k.OrderCode)
		}
	}
	w.clean()
}
