package checkout_test

import (
	"testing"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func TestATicketIsReissuedOnceAndTheOldOneIsDead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5)
	o, _ := w.bought(1, 3)
	old := w.tickets(o)[1]
	in := checkout.Reissuing{Ticket: old.Code, By: support, Reason: "sent to a stranger", Key: "k"}
	k, err := w.desk.ReissueTicket(w.ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := w.desk.ReissueTicket(w.ctx, in); err != nil || again.Code != k.Code {
		t.Errorf("twice: %s, %v", again.Code, err)
	}
	if k.Code == old.Code || k.Text == old.Text || k.Replaces != old.Code || k.N() != old.N() || k.Slot != old.Slot || k.Places != old.Places {
		t.Errorf("new %+v", k)
	}
	w.state(old.Code, tickets.TicketRevoked)
	w.wantStock("day", 0, 3)
	w.clock.set(visit.At("10:00", singapore))
	_, _, err = w.desk.Admit(w.ctx, checkout.Admitting{Scan: old.Text, By: owner.Actor})
	refused(t, err, tickets.Revoked)
	if _, _, err = w.desk.Admit(w.ctx, checkout.Admitting{Scan: k.Text, By: owner.Actor}); err != nil {
		t.Error(err)
	}
	_, err = w.desk.ReissueTicket(w.ctx, checkout.Reissuing{Ticket: k.Code, By: support, Reason: "x"})
	if r := refused(t, err, tickets.Conflict); r.Args["reason"] != "used" {
		t.Errorf("used: %v", r.Args)
	}
	_, err = w.desk.ReissueTicket(w.ctx, checkout.Reissuing{Ticket: w.tickets(o)[0].Code, By: support})
	refused(t, err, tickets.Invalid)
	w.clean()
}

func TestATicketIsReissuedManyTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5)
	o, _ := w.bought(1, 2)
	code := w.tickets(o)[0].Code
	for range 4 {
		k, err := w.desk.ReissueTicket(w.ctx, checkout.Reissuing{Ticket: code, By: owner, Reason: "again"})
		if err != nil || k.N() != 1 {
			t.Fatalf("%d, %v", k.N(), err)
		}
		code = k.Code
	}
	w.wantStock("day", 0, 2)
	w.clean()
}
