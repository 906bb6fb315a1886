package checkout_test

import (
	"testing"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func (w *world) stockOn(pool tickets.PoolID, date tickets.Date) (s tickets.Stock) {
	w.t.Helper()
	w.view(func(r tickets.Reader) (err error) {
		s, err = r.Stock(tickets.StockKey{Merchant: "demo", Pool: pool, Slot: tickets.Slot{Date: date}})
		return err
	})
	return s
}

func TestAPaidOrderMovesToAnotherDateWithItsPlacesAndNewTickets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5)
	o, _ := w.bought(1, 2)
	old := w.tickets(o)
	to := tickets.Slot{Date: visit + 3}
	in := checkout.MovingDate{Order: o.ID, By: support, To: to, Reason: "the flight was late", Key: "k1"}
	tried, err := w.desk.Dry().MoveDate(w.ctx, in)
	if err != nil || tried.Slot() != to || w.now(o).Slot() != o.Slot() || len(w.facts(o)) != len(w.facts(w.now(o))) {
		t.Fatalf("a look changed something: %v, %s", err, w.now(o).Slot())
	}
	for range 2 { // the second is the same press again
		if _, err := w.desk.MoveDate(w.ctx, in); err != nil {
			t.Fatal(err)
		}
	}
	o = w.stage(o, tickets.StageFulfilled)
	if o.Slot() != to || o.Gen != 2 || w.stockOn("day", visit).Sold != 0 || w.stockOn("day", visit+3).Sold != 2 {
		t.Errorf("slot %s, generation %d, sold %d and %d", o.Slot(), o.Gen, w.stockOn("day", visit).Sold, w.stockOn("day", visit+3).Sold)
	}
	for _, k := range old {
		w.state(k.Code, tickets.TicketRevoked)
	}
	good := 0
	for _, k := range w.tickets(o) {
		if k.Good() && k.Slot == to && k.Replaces != "" {
			good++
		}
	}
	if good != 2 || !w.said(o, tickets.SayMoved, tickets.ToCustomer) {
		t.Errorf("%d good tickets; told: %v", good, w.said(o, tickets.SayMoved, tickets.ToCustomer))
	}
	w.clean()
	// What was moved can be given back like any other.
	if _, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "ill"}); err != nil {
		t.Fatal(err)
	}
	w.repay()
	w.stage(o, tickets.StageRefunded)
	if w.stockOn("day", visit+3).Sold != 0 {
		t.Errorf("%d sold", w.stockOn("day", visit+3).Sold)
	}
	w.clean()
}

func TestOnlyTheTicketsThatAreLeftMove(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5)
	o, _ := w.bought(1, 3)
	first := w.tickets(o)[0].Code
	if _, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Reason: "ill", Tickets: []tickets.TicketCode{first}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.desk.MoveDate(w.ctx, checkout.MovingDate{Order: o.ID, By: support, To: tickets.Slot{Date: visit + 1}}); refused(t, err, tickets.Conflict).Args["reason"] != "asked" {
		t.Errorf("while money is on its way back: %v", err)
	}
	w.repay()
	if _, err := w.desk.MoveDate(w.ctx, checkout.MovingDate{Order: o.ID, By: support, To: tickets.Slot{Date: visit + 1}}); err != nil {
		t.Fatal(err)
	}
	if n := w.stockOn("day", visit+1).Sold; n != 2 {
		t.Errorf("%d sold on the new date", n)
	}
	w.clean()
}

func TestAMoveIsRefusedWithoutRoomAndWithAnotherPrice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	o, _ := w.bought(1, 2)
	w.apply(dearer(2, visit+4))
	full, err := w.desk.Place(w.ctx, w.placing(2, "sentosa", tickets.Slot{Date: visit + 2}, tickets.Choice{SKU: "child", Units: 1}))
	if err != nil || full.ID == "" {
		t.Fatal(err)
	}
	move := func(in checkout.MovingDate) error {
		in.Order = o.ID
		_, err := w.desk.MoveDate(w.ctx, in)
		return err
	}
	refused(t, move(checkout.MovingDate{By: support, To: tickets.Slot{Date: visit + 2}}), tickets.SoldOut)
	price := refused(t, move(checkout.MovingDate{By: support, To: tickets.Slot{Date: visit + 4}}), tickets.Changed).Args["price"]
	if price != (tickets.Money{Amount: 14000, Currency: "SGD"}) {
		t.Errorf("price %v", price)
	}
	refused(t, move(checkout.MovingDate{By: support, To: tickets.Slot{Date: visit + 4}, KeepPrice: true}), tickets.Forbidden)
	if err := move(checkout.MovingDate{By: manager, To: tickets.Slot{Date: visit + 4}, KeepPrice: true}); err != nil {
		t.Fatal(err)
	}
	if got := w.now(o).Total().Amount; got != 10000 {
		t.Errorf("total %d", got)
	}
	refused(t, move(checkout.MovingDate{By: checkout.Staff{Role: tickets.RoleReadOnly}, To: tickets.Slot{Date: visit}}), tickets.Forbidden)
	w.clean()
}

// dearer is the wares with adults at 70.00 on a date.
func dearer(capacity int, on tickets.Date) tickets.Catalog {
	cat := wares(capacity)
	for i := range cat.SKUs {
		if cat.SKUs[i].ID == "adult" {
			cat.SKUs[i].Prices = []tickets.PriceRule{{From: on, To: on, Price: 7000}}
		}
	}
	return cat
}
