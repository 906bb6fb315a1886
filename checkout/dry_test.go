package checkout_test

import (
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func TestALookAtARefundKeepsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5)
	o, _ := w.bought(1, 2)
	facts := len(w.facts(o))
	rs, err := w.desk.Dry().AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "look", Tickets: []tickets.TicketCode{w.tickets(o)[0].Code}})
	if err != nil || len(rs) != 1 || rs[0].Amount.Amount != 5000 || rs[0].State != tickets.RefundApproved {
		t.Fatalf("%+v, %v", rs, err)
	}
	if len(w.refunds(o)) != 0 || len(w.facts(o)) != facts {
		t.Error("the look wrote something")
	}
	w.later(time.Minute)
	w.clean()
}
