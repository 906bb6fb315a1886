package checkout_test

import (
	"context"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func (w *world) revision() (n int64) {
	w.t.Helper()
	w.view(func(r tickets.Reader) error {
		c, err := r.Catalog()
		n = c.Revision
		return err
	})
	return n
}

// closes closes the visit date of the usual product, and carries out what can be done at once.
func (w *world) closes(deed tickets.ClosingDeed) tickets.Closing {
	w.t.Helper()
	c, err := w.desk.CloseDates(w.ctx, checkout.ClosingDates{
		Products: []tickets.ProductID{"sentosa"}, Days: []tickets.Date{visit}, Deed: deed, By: manager, Reason: "a storm", On: w.revision(),
	})
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	return w.closing(c.ID)
}

// closing runs the pass until nothing moves.
func (w *world) closing(id tickets.ClosingID) (c tickets.Closing) {
	w.t.Helper()
	for {
		n, err := w.desk.Close(w.ctx)
		if err != nil {
			w.t.Fatalf("%v", err)
		}
		if n == 0 {
			break
		}
	}
	w.view(func(r tickets.Reader) (err error) { c, err = checkout.ReadClosing(r, id); return err })
	return c
}

func TestClosedDateGivesTheMoneyBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, _ := w.bought(1, 2)
	other, _ := w.bought(2, 1)
	unpaid := w.order(3, "adult", 1)
	c := w.closes(tickets.ClosingRefund)
	if c.Tally != (tickets.Tallied{Refunded: 2, Cancelled: 1}) || !c.Ended.IsZero() {
		t.Errorf("after the first round: %+v", c)
	}
	w.repay()
	w.later(time.Minute)
	if c = w.closing(c.ID); c.Ended.IsZero() || c.Seen() != 3 {
		t.Errorf("not at its end: %+v", c)
	}
	for _, o := range []tickets.Order{o, other} {
		o = w.stage(o, tickets.StageRefunded)
		if r := w.refunds(o); len(r) != 1 || r[0].Source != tickets.RefundDateClosed || !w.said(o, tickets.SayDateClosed, tickets.ToCustomer) {
			t.Errorf("refunds %+v", r)
		}
	}
	w.stage(unpaid, tickets.StageCancelled)
	if s := w.stock("day"); s.Sold != 0 || s.Held != 0 {
		t.Errorf("stock %+v", s)
	}
	_, err := w.desk.Quote(w.ctx, "sentosa", tickets.Slot{Date: visit}, []tickets.Choice{{SKU: "adult", Units: 1}})
	refused(t, err, tickets.Closed)
	w.clean()
}

func TestCustomerOfAClosedDateChoosesAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, _ := w.bought(1, 2)
	old := w.tickets(o)
	c := w.closes(tickets.ClosingSwap)
	if c.Waiting() != 1 || !w.now(o).Asked() {
		t.Fatalf("%+v", c)
	}
	for _, k := range old {
		w.state(k.Code, tickets.TicketBlocked)
	}
	_, _, err := w.desk.Admit(w.ctx, checkout.Admitting{Scan: string(old[0].Code), By: tickets.Actor{Kind: tickets.ActorMember, ID: "m"}})
	refused(t, err, tickets.Withheld)
	w.clean()
	days, err := w.desk.LateDates(w.ctx, o.ID, o.Buyer.Customer)
	if err != nil || len(days) == 0 || days[0].Date == visit {
		t.Fatalf("dates %v, %v", days, err)
	}
	for range 2 {
		_, err = w.desk.MoveOrder(w.ctx, o.ID, o.Buyer.Customer, days[0])
	}
	refused(t, err, tickets.Conflict) // the second press finds nothing to choose
	o = w.stage(o, tickets.StageFulfilled)
	if o.Slot() != days[0] || o.Asked() || w.stockOn("day", visit).Sold != 0 || w.stockOn("day", days[0].Date).Sold != 2 {
		t.Errorf("slot %s, stock %+v", o.Slot(), w.stockOn("day", visit))
	}
	for _, k := range old {
		w.state(k.Code, tickets.TicketRevoked)
	}
	w.later(2 * time.Minute)
	if c = w.closing(c.ID); c.Ended.IsZero() || c.Tally != (tickets.Tallied{Asked: 1, Answered: 1, Moved: 1}) {
		t.Errorf("%+v", c)
	}
	w.clean()
}

func TestTicketsThatAReversedDisputeMakesForAClosedDateAreBlocked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, charge := w.bought(1, 2)
	w.closes(tickets.ClosingSwap)
	w.tell(bank(charge.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 10000))
	w.tell(bank(charge.Charge, tickets.DisputeLost, "", 10000))
	w.tell(bank(charge.Charge, tickets.DisputeReversed, checkout.FundsReinstated, 10000))
	if o = w.stage(o, tickets.StageFulfilled); !o.Asked() {
		t.Fatalf("order %+v", o)
	}
	good := 0
	for _, k := range w.tickets(o) {
		if k.Good() {
			good++
			w.state(k.Code, tickets.TicketBlocked)
		}
	}
	if good != 2 {
		t.Errorf("%d tickets", good)
	}
	days, err := w.desk.LateDates(w.ctx, o.ID, o.Buyer.Customer)
	if err != nil || len(days) == 0 {
		t.Fatalf("dates %v, %v", days, err)
	}
	if o, err = w.desk.MoveOrder(w.ctx, o.ID, o.Buyer.Customer, days[0]); err != nil || o.Asked() || o.Slot() != days[0] {
		t.Errorf("order %+v, %v", o, err)
	}
	w.clean()
}

func TestCustomerOfAClosedDateWantsTheMoney(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, _ := w.bought(1, 1)
	c := w.closes(tickets.ClosingSwap)
	for range 2 {
		if _, err := w.desk.HurryRefund(w.ctx, o.ID, o.Buyer.Customer); err != nil && tickets.KindOf(err) != tickets.Conflict {
			t.Fatal(err)
		}
	}
	w.repay()
	w.stage(o, tickets.StageRefunded)
	w.later(2 * time.Minute)
	if c = w.closing(c.ID); c.Tally != (tickets.Tallied{Asked: 1, Answered: 1, Refunded: 1}) || c.Ended.IsZero() {
		t.Errorf("%+v", c)
	}
	w.clean()
}

func TestWhoDoesNotChooseGetsTheMoney(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, _ := w.bought(1, 1)
	c := w.closes(tickets.ClosingSwap)
	asked := w.now(o)
	if max := visit.At("", singapore); asked.AskedUntil.After(max) {
		t.Errorf("may choose until %s, after the day began", asked.AskedUntil)
	}
	w.clock.set(asked.AskedUntil.Add(-time.Second))
	if c = w.closing(c.ID); c.Waiting() != 1 {
		t.Errorf("before the time: %+v", c)
	}
	w.clock.add(2 * time.Minute)
	w.closing(c.ID)
	w.repay()
	w.stage(o, tickets.StageRefunded)
	_, err := w.desk.MoveOrder(w.ctx, o.ID, o.Buyer.Customer, tickets.Slot{Date: visit + 2})
	refused(t, err, tickets.Conflict)
	w.clean()
}

func TestWhoDidNotChooseGetsTheMoneyAlsoWhenTheVisitIsOverFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, charge := w.bought(1, 1)
	c := w.closes(tickets.ClosingSwap)
	w.clock.add(5 * 24 * time.Hour) // without a running service
	if _, err := w.desk.Complete(w.ctx); err != nil {
		t.Fatal(err)
	}
	c = w.closing(c.ID)
	w.repay()
	w.stage(o, tickets.StageRefunded)
	if got := w.till.wentBack(charge.Charge); got != 5000 || c.Waiting() != 0 || c.Tally.Refunded != 1 {
		t.Errorf("%d went back, %+v", got, c.Tally)
	}
	w.clean()
}

func TestTheTimeToChooseCanBeEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, _ := w.bought(1, 1)
	c := w.closes(tickets.ClosingSwap)
	_, err := w.desk.HurryClosing(w.ctx, c.ID, support)
	refused(t, err, tickets.Forbidden)
	_, err = w.desk.CloseDates(w.ctx, checkout.ClosingDates{Days: []tickets.Date{visit}, Deed: tickets.ClosingRefund, By: manager, Reason: "x", On: w.revision()})
	refused(t, err, tickets.Conflict)
	if _, err := w.desk.HurryClosing(w.ctx, c.ID, manager); err != nil {
		t.Fatal(err)
	}
	w.closing(c.ID)
	w.repay()
	w.stage(o, tickets.StageRefunded)
	w.clean()
}

func TestWhoIsAskedHasTheTimeThatTheyWereTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, _ := w.bought(1, 1)
	c, err := w.desk.CloseDates(w.ctx, checkout.ClosingDates{
		Days: []tickets.Date{visit}, Deed: tickets.ClosingSwap, By: manager, Reason: "a storm", Wait: time.Minute, On: w.revision(),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.closing(c.ID)
	until := w.now(o).AskedUntil
	if until.Sub(c.At) < time.Hour {
		t.Errorf("may choose until %s, asked at %s", until, c.At)
	}
	w.clock.set(until.Add(-time.Second))
	if c = w.closing(c.ID); c.Waiting() != 1 {
		t.Errorf("before the time: %+v", c)
	}
	w.clock.add(2 * time.Minute)
	w.closing(c.ID)
	w.repay()
	w.stage(o, tickets.StageRefunded)
	w.clean()
}

// askedInAStorm pays for a villa, whose tickets staff issue, and closes its date: the customer is asked what they want.
func (w *world) askedInAStorm() (tickets.Order, tickets.Closing) {
	w.t.Helper()
	o, p := w.ordered(1, "villa_night", 1)
	w.money(p, 40000, "SGD")
	c, err := w.desk.CloseDates(w.ctx, checkout.ClosingDates{
		Days: []tickets.Date{o.Slot().Date}, Deed: tickets.ClosingSwap, By: manager, Reason: "a storm", On: w.revision(),
	})
	if err != nil {
		w.t.Fatalf("close: %v", err)
	}
	return o, w.closing(c.ID)
}

func TestNoTicketsAreIssuedWhileACustomerOfAClosedDateIsAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, _ := w.askedInAStorm()
	staff := tickets.Member{ID: "mem_2", Role: tickets.RoleManager}
	_, err := w.desk.Issue(w.ctx, o.ID, checkout.StaffOf(staff, "bot"))
	refused(t, err, tickets.Conflict)
	if _, err := w.desk.MoveOrder(w.ctx, o.ID, o.Buyer.Customer, tickets.Slot{Date: o.Slot().Date + 2}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.desk.Issue(w.ctx, o.ID, checkout.StaffOf(staff, "bot")); err != nil {
		t.Fatal(err)
	}
	w.stage(o, tickets.StageFulfilled)
	w.clean()
}

func TestNobodyIsAskedWhoseOrderStaffMovedAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, c := w.askedInAStorm()
	if _, err := w.desk.MoveDate(w.ctx, checkout.MovingDate{Order: o.ID, By: owner, To: tickets.Slot{Date: o.Slot().Date + 2}, Reason: "called"}); err != nil {
		t.Fatal(err)
	}
	w.clock.add(2 * time.Minute)
	if c = w.closing(c.ID); w.now(o).Asked() || c.Waiting() != 0 || c.Tally.Moved != 1 || c.Ended.IsZero() {
		t.Errorf("asked until %s, closing %+v", w.now(o).AskedUntil, c)
	}
	w.clean()
}

func TestAClosingThatIsKilledGoesOnAndDoesNothingTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	var all []tickets.Order
	for i := range 6 {
		o, _ := w.bought(i+1, 1)
		all = append(all, o)
	}
	c, err := w.desk.CloseDates(w.ctx, checkout.ClosingDates{Days: []tickets.Date{visit}, Deed: tickets.ClosingRefund, By: manager, Reason: "a storm", On: w.revision()})
	if err != nil {
		t.Fatal(err)
	}
	for kill := 1; kill <= 12; kill++ { // each run may make so many transactions
		ctx, cancel := context.WithCancel(w.ctx)
		dying := *w.desk
		dying.Store = &mortal{Store: w.store, left: kill, die: cancel}
		_, _ = dying.Close(ctx)
		cancel()
		w.clean()
	}
	w.closing(c.ID)
	w.repay()
	for _, o := range all {
		w.stage(o, tickets.StageRefunded)
		if n := len(w.refunds(o)); n != 1 {
			t.Errorf("%d refunds", n)
		}
		told := 0
		for _, f := range w.facts(o) {
			if f.Name == tickets.DateCancelled {
				told++
			}
		}
		if told != 1 {
			t.Errorf("told %d times", told)
		}
	}
	if c = w.closing(c.ID); c.Tally.Refunded != 6 || c.Ended.IsZero() {
		t.Errorf("%+v", c)
	}
	w.clean()
}

// mortal is a store that dies after some updates.
type mortal struct {
	tickets.Store
	left int
	die  func()
}

func (m *mortal) Update(ctx context.Context, fn func(tickets.Tx) error) error {
	if m.left--; m.left < 0 {
		m.die()
		return ctx.Err()
	}
	return m.Store.Update(ctx, fn)
}

func TestWhatAPersonMustLookAtIsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, _ := w.bought(1, 2)
	w.clock.set(visit.At("10:00", singapore))
	if _, _, err := w.desk.Admit(w.ctx, checkout.Admitting{Scan: string(w.tickets(o)[0].Code), By: tickets.Actor{Kind: tickets.ActorMember, ID: "m"}}); err != nil {
		t.Fatal(err)
	}
	c := w.closes(tickets.ClosingSwap)
	if len(c.Left) != 1 || c.Left[0].Order != o.ID || c.Left[0].Why != "used" || c.Ended.IsZero() {
		t.Errorf("%+v", c)
	}
	w.clean()
}

func TestClosingNeedsTheRoleAReasonAndThePresentCatalog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	in := checkout.ClosingDates{Days: []tickets.Date{visit}, Deed: tickets.ClosingRefund, By: support, Reason: "x", On: w.revision()}
	_, err := w.desk.CloseDates(w.ctx, in)
	refused(t, err, tickets.Forbidden)
	in.By, in.Reason = manager, ""
	_, err = w.desk.CloseDates(w.ctx, in)
	refused(t, err, tickets.Invalid)
	in.Reason, in.On = "x", w.revision()+1
	_, err = w.desk.CloseDates(w.ctx, in)
	refused(t, err, tickets.Changed)
	in.On, in.Products = w.revision(), []tickets.ProductID{"nothing"}
	_, err = w.desk.CloseDates(w.ctx, in)
	refused(t, err, tickets.NotFound)
	o, _ := w.bought(1, 1)
	c := w.closes(tickets.ClosingLeave)
	if w.now(o).Closing != "" || c.Ended.IsZero() {
		t.Errorf("an order that was to be left is %+v", w.now(o))
	}
}

func TestApplyOnRefusesAnotherRevision(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	was := w.revision()
	if _, _, err := w.desk.ApplyOn(w.ctx, wares(8), was); err != nil {
		t.Fatal(err)
	}
	_, _, err := w.desk.ApplyOn(w.ctx, wares(7), was)
	if got := refused(t, err, tickets.Changed).Args["revision"]; got != was+1 {
		t.Errorf("revision %v", got)
	}
	w.ordered(1, "adult", 2)
	low, err := w.desk.Lowers(w.ctx, wares(1))
	if err != nil || len(low) != 1 || low[0].Stock.Over != 1 || w.stock("day").Capacity != 8 {
		t.Errorf("lowers %+v, %v", low, err)
	}
}
