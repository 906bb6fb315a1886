package checkout_test

import (
	"testing"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// free is a completed order that cost nothing.
func (w *world) free(who, units int) tickets.Order {
	w.t.Helper()
	o := w.order(who, "park_entry", units)
	if _, _, err := w.desk.Pay(w.ctx, checkout.Paying{Order: o.ID, Gateway: checkout.GatewayFree, Method: checkout.GatewayFree, Customer: o.Buyer.Customer}); err != nil {
		w.t.Fatalf("pay: %v", err)
	}
	return w.stage(o, tickets.StageFulfilled)
}

func TestAFreeOrderIsGivenUpAndItsPlacesReturn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o := w.free(1, 2)
	w.wantStock("park", 0, 2)
	_, err := w.desk.Cancel(w.ctx, checkout.Cancelling{Order: o.ID, Customer: "cust_other"})
	refused(t, err, tickets.NotFound)
	for range 2 { // twice is once
		if _, err := w.desk.Cancel(w.ctx, checkout.Cancelling{Order: o.ID, Customer: o.Buyer.Customer}); err != nil {
			t.Fatal(err)
		}
		w.stage(o, tickets.StageRefunded)
		w.wantStock("park", 0, 0)
	}
	for _, k := range w.tickets(o) {
		w.state(k.Code, tickets.TicketRevoked)
	}
	w.clean()
}

func TestAFreeOrderThatWasUsedOrIsOverIsNotGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, late := w.free(1, 1), w.free(2, 1)
	bought, _ := w.bought(3, 1) // what was paid is asked back, not cancelled
	w.clock.set(visit.At("10:00", singapore))
	if _, _, err := w.desk.Admit(w.ctx, checkout.Admitting{Scan: w.tickets(o)[0].Text, By: manager.Actor}); err != nil {
		t.Fatal(err)
	}
	_, err := w.desk.Cancel(w.ctx, checkout.Cancelling{Order: o.ID, Actor: owner.Actor, Source: "api"})
	if r := refused(t, err, tickets.Conflict); r.Args["reason"] != "used" {
		t.Errorf("args %v", r.Args)
	}
	w.clock.set((visit + 1).At("10:00", singapore))
	_, err = w.desk.Cancel(w.ctx, checkout.Cancelling{Order: late.ID, Customer: late.Buyer.Customer})
	if r := refused(t, err, tickets.Conflict); r.Args["reason"] != "date" {
		t.Errorf("args %v", r.Args)
	}
	_, err = w.desk.Cancel(w.ctx, checkout.Cancelling{Order: bought.ID, Actor: owner.Actor, Source: "api"})
	refused(t, err, tickets.Conflict)
	w.clean()
}
