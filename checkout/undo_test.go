package checkout_test

import (
	"errors"
	"testing"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

var atTheGate = checkout.Staff{Actor: gate, Role: tickets.RoleGate, Source: "console"}

func TestAdmissionTakenBackLetsInAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	k := w.ticket(1, "sentosa_family_pack", 1)
	w.clock.set(visit.At("10:00", singapore))
	scan := checkout.Admitting{Scan: string(k.Code), Gate: "north", By: gate}
	_, first, err := w.desk.Admit(w.ctx, scan)
	if err != nil || first.Count != 3 {
		t.Fatalf("admit: %+v %v", first, err)
	}
	undo := checkout.Undoing{Ticket: k.Code, N: first.N, By: atTheGate, Reason: "wrong group"}
	for range 2 { // twice is once
		back, err := w.desk.UndoAdmission(w.ctx, undo)
		if err != nil || back.State != tickets.TicketValid || back.Admitted != 0 {
			t.Fatalf("undo: %s with %d in, %v", back.State, back.Admitted, err)
		}
	}
	w.clean()
	l, err := w.desk.Look(w.ctx, string(k.Code))
	if err != nil || l.Refusal != nil {
		t.Errorf("after the undo: %v, %v", l.Refusal, err)
	}
	scan.Count = 2
	if _, _, err := w.desk.Admit(w.ctx, scan); err != nil {
		t.Errorf("admit again: %v", err)
	}
	w.clean()
}

func TestUndoIsRefusedWhereItMakesNoSense(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	k := w.ticket(1, "sentosa_family_pack", 1)
	w.clock.set(visit.At("10:00", singapore))
	if _, _, err := w.desk.Admit(w.ctx, checkout.Admitting{Scan: string(k.Code), Gate: "north", By: gate}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		undo checkout.Undoing
		want tickets.Kind
	}{
		"without a reason": {checkout.Undoing{Ticket: k.Code, N: 1, By: atTheGate}, tickets.Invalid},
		"a use never made": {checkout.Undoing{Ticket: k.Code, N: 2, By: atTheGate, Reason: "x"}, tickets.Conflict},
		"no such ticket":   {checkout.Undoing{Ticket: "ticket_000000000000000000000000", N: 1, By: atTheGate, Reason: "x"}, tickets.NotFound},
		"who may not": {checkout.Undoing{Ticket: k.Code, N: 1, Reason: "x", By: checkout.Staff{Actor: gate, Role: tickets.RoleReadOnly}},
			tickets.Forbidden},
	} {
		if _, err := w.desk.UndoAdmission(w.ctx, c.undo); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	w.clean()
}

func TestTicketForAnotherPlaceIsNotLetIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	k := w.ticket(1, "sentosa_family_pack", 1)
	w.clock.set(visit.At("10:00", singapore))
	scan := checkout.Admitting{Scan: string(k.Code), Gate: "north", By: gate, Product: "cable_car"}
	if _, _, err := w.desk.Admit(w.ctx, scan); !errors.Is(err, tickets.WrongPlace) {
		t.Errorf("at another gate: %v", err)
	}
	scan.Product = k.Product
	if _, _, err := w.desk.Admit(w.ctx, scan); err != nil {
		t.Errorf("at its own gate: %v", err)
	}
}
