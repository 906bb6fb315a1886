package checkout_test

import (
	"testing"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// again holds an ended order once more.
func (w *world) again(old tickets.Order) tickets.Order {
	w.t.Helper()
	q, err := w.desk.AgainQuote(w.ctx, old.ID)
	if err != nil {
		w.t.Fatalf("quote again: %v", err)
	}
	o, err := w.desk.Place(w.ctx, checkout.Placing{Quote: q, Buyer: old.Buyer, Confirm: "again." + string(old.ID), Replaces: old.ID})
	if err != nil {
		w.t.Fatalf("hold again: %v", err)
	}
	return o
}

func TestHoldAgainIsANewOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	old := w.lateFor(w.order(1, "sentosa_family_pack", 1))
	q, err := w.desk.AgainQuote(w.ctx, old.ID)
	if err != nil {
		t.Fatal(err)
	}
	p := checkout.Placing{Quote: q, Buyer: someone(1), Confirm: "again", Replaces: old.ID}
	stranger := p
	stranger.Buyer = someone(2)
	_, err = w.desk.Place(w.ctx, stranger)
	refused(t, err, tickets.NotFound)
	o, err := w.desk.Place(w.ctx, p)
	if err != nil || o.Replaces != old.ID || w.now(old).ReplacedBy != o.ID || o.Code == old.Code {
		t.Fatalf("again: %+v, %v", o, err)
	}
	p.Confirm, p.Replaces = "another", o.ID
	_, err = w.desk.Place(w.ctx, p)
	refused(t, err, tickets.Conflict) // that one is alive
	p.Replaces = old.ID
	_, err = w.desk.Place(w.ctx, p)
	refused(t, err, tickets.Conflict) // once is enough
	w.stage(old, tickets.StageExpired)
	w.wantStock("day", 3, 0)
	w.clean()
}

func TestLateMoneyNeverBuysTwiceWhatWasHeldAgain(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]func(w *world, o tickets.Order){
		"paid":         func(w *world, o tickets.Order) { w.money(w.page(w.again(o)), 5000, "SGD") },
		"held":         func(w *world, o tickets.Order) { w.again(o) },
		"paid in part": func(w *world, o tickets.Order) { w.money(w.page(w.again(o)), 100, "SGD") },
		"paid at the second time": func(w *world, o tickets.Order) {
			w.money(w.page(w.again(w.lateFor(w.again(o)))), 5000, "SGD")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 9)
			o, p := w.late(1, "adult", 1)
			other(w, o)
			w.money(p, 5000, "SGD")
			o = w.stage(o, tickets.StagePaymentReview)
			if o.Reason != "replaced" || o.Owed != 5000 || len(w.tickets(o)) != 0 {
				t.Errorf("reason %s, owed %d, %d tickets", o.Reason, o.Owed, len(w.tickets(o)))
			}
			w.wantRows(o, "T6 T8 T14 T15 T20")
			w.clean()
			w.balanced()
		})
	}
}

func TestLateMoneyBuysWhatEndedAgainOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.late(1, "adult", 1)
	next := w.again(o)
	page := w.page(next)
	w.lateFor(next)
	w.money(p, 5000, "SGD")
	w.stage(o, tickets.StageFulfilled)
	w.money(page, 5000, "SGD") // late as well
	next = w.stage(next, tickets.StagePaymentReview)
	if next.Reason != "replaced" || next.Owed != 5000 {
		t.Errorf("reason %s, owed %d", next.Reason, next.Owed)
	}
	w.wantStock("day", 0, 1)
	w.clean()
	w.balanced()
}
