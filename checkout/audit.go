package checkout

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"boxoffice/tickets"
)

// Audit checks every invariant of docs/lifecycle.md that has its nouns by now over all that the store remembers, and
// calls report with one line a violation. It changes nothing. now decides only what is overdue.
//
//	I1 stock: 0 ≤ held, sold; held+sold ≤ capacity (+ what was over when it was lowered)
//	I2 held = Σ live holds; sold = Σ places of paid orders
//	I3 a hold's order agrees with it: live ⇔ the order keeps places
//	M1 a capture has one disposition that fits its order; applied + owed never exceed it
//	M2 an order's sums are the sums of its captures; a paid order has its money
//	T1 a valid ticket belongs to a paid order; T2 a fulfilled order's tickets are good for exactly its places
//	T3 admissions are what the ticket says
//	P1 no live payment on an order long ended
//	E1 facts are numbered without gaps and tell the way to the order's stage
//	J1 a fulfilled order of a chat has its message queued or sent
func Audit(r tickets.Reader, now time.Time, t Timings, report func(line string)) error {
	a := &audit{
		report: report, now: now, t: t, orders: map[tickets.OrderID]*auditedOrder{}, held: map[tickets.StockKey]int{},
		sold: map[tickets.StockKey]int{}, stocks: map[tickets.StockKey]tickets.Stock{}, tickets: map[tickets.TicketCode]*auditedTicket{},
	}
	if err := r.Walk(a.see); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	a.stock()
	for _, id := range slices.Sorted(maps.Keys(a.orders)) {
		a.order(id, a.orders[id])
	}
	a.admissions()
	r.Check(func(fault string) { a.fault("S1", "store", "%s", fault) })
	return nil
}

type audit struct {
	report  func(string)
	now     time.Time
	t       Timings
	orders  map[tickets.OrderID]*auditedOrder
	held    map[tickets.StockKey]int
	sold    map[tickets.StockKey]int
	stocks  map[tickets.StockKey]tickets.Stock
	tickets map[tickets.TicketCode]*auditedTicket
}

// auditedOrder is what is remembered of an order while the rest is seen.
type auditedOrder struct {
	seen           bool
	order          tickets.Order
	applied, owed  int64
	ticketPlaces   int
	tickets        int
	facts          int64
	lastFact       tickets.Stage
	factGap        bool
	factJump       string
	livePayment    tickets.SessionID
	paymentChanged time.Time
	liveHolds      int
	consumed       int
	captures       []tickets.Capture
	delivered      bool
}

type auditedTicket struct {
	admitted int
	counted  int
	order    tickets.OrderID
}

func (a *audit) fault(rule, id, format string, args ...any) {
	a.report(rule + " " + id + ": " + fmt.Sprintf(format, args...))
}

func (a *audit) at(id tickets.OrderID) *auditedOrder {
	o, ok := a.orders[id]
	if !ok {
		o = &auditedOrder{}
		a.orders[id] = o
	}
	return o
}

// see takes in one stored thing.
func (a *audit) see(thing any) error {
	switch x := thing.(type) {
	case *tickets.Stock:
		a.stocks[x.Key] = *x
	case *tickets.Hold:
		a.hold(*x)
	case *tickets.Order:
		o := a.at(x.ID)
		o.seen, o.order = true, *x
		if x.Paid() {
			for _, d := range tickets.Draws(x.Quote.Lines) {
				a.sold[tickets.StockKey{Merchant: x.Merchant, Pool: d.Pool, Slot: x.Slot()}] += d.Places
			}
		}
	case *tickets.Payment:
		if x.Live() {
			o := a.at(x.Order)
			o.livePayment, o.paymentChanged = x.ID, x.Changed
		}
	case *tickets.Capture:
		a.capture(*x)
	case *tickets.Ticket:
		o := a.at(x.Order)
		if x.State != tickets.TicketRevoked {
			o.tickets++
			o.ticketPlaces += x.Places
		}
		k := a.ticketAt(x.Code)
		k.admitted, k.order = x.Admitted, x.Order
		if x.Admitted > x.Places {
			a.fault("T3", string(x.Code), "admitted %d of %d places", x.Admitted, x.Places)
		}
	case *tickets.Admission:
		a.ticketAt(x.Ticket).counted += x.Count
	case *tickets.Fact:
		a.fact(*x)
	case *tickets.Delivery:
		if x.Kind == tickets.SayTickets {
			a.at(x.Order).delivered = true
		}
	}
	return nil
}

func (a *audit) ticketAt(c tickets.TicketCode) *auditedTicket {
	k, ok := a.tickets[c]
	if !ok {
		k = &auditedTicket{}
		a.tickets[c] = k
	}
	return k
}

func (a *audit) hold(h tickets.Hold) {
	o := a.at(h.Order)
	switch {
	case h.Live():
		o.liveHolds++
		for _, d := range h.Draws {
			a.held[tickets.StockKey{Merchant: h.Merchant, Pool: d.Pool, Slot: h.Slot}] += d.Places
		}
		if late := a.now.Sub(h.Due); late > a.t.SoftRelease+time.Hour {
			a.fault("I3", string(h.ID), "live hold is overdue by %s", late.Round(time.Second))
		}
	case h.State == tickets.HoldConsumed:
		o.consumed++
	}
}

func (a *audit) capture(c tickets.Capture) {
	if c.Disposition == "" {
		a.fault("M1", string(c.ID), "no disposition")
	}
	if c.Applied < 0 || c.Owed < 0 || c.Applied+c.Owed > c.Amount.Amount {
		a.fault("M1", string(c.ID), "applied %d and owed %d of %s", c.Applied, c.Owed, c.Amount)
	}
	if c.Order == "" {
		return
	}
	o := a.at(c.Order)
	o.captures = append(o.captures, c)
}

func (a *audit) fact(f tickets.Fact) {
	if f.Order == "" {
		return
	}
	o := a.at(f.Order)
	if f.Seq != o.facts+1 {
		o.factGap = true
	}
	if f.Transition != "" && f.Before != o.lastFact && o.factJump == "" {
		o.factJump = fmt.Sprintf("fact %d %s begins at %q after %q", f.Seq, f.Name, f.Before, o.lastFact)
	}
	o.facts, o.lastFact = f.Seq, f.After
}

func (a *audit) stock() {
	keys := slices.SortedFunc(maps.Keys(a.stocks), func(x, y tickets.StockKey) int {
		return cmp.Or(cmp.Compare(x.Pool, y.Pool), cmp.Compare(x.Slot.Date, y.Slot.Date), cmp.Compare(x.Slot.Start, y.Slot.Start))
	})
	for _, k := range keys {
		s := a.stocks[k]
		id := string(k.Pool) + "@" + k.Slot.String()
		if s.Held < 0 || s.Sold < 0 || s.Held+s.Sold > s.Capacity+s.Over {
			a.fault("I1", id, "held %d + sold %d, capacity %d", s.Held, s.Sold, s.Capacity)
		}
		if s.Held != a.held[k] {
			a.fault("I2", id, "held %d, live holds have %d", s.Held, a.held[k])
		}
		if s.Sold != a.sold[k] {
			a.fault("I2", id, "sold %d, paid orders have %d", s.Sold, a.sold[k])
		}
		delete(a.held, k)
		delete(a.sold, k)
	}
	for k, n := range a.held {
		a.fault("I2", string(k.Pool)+"@"+k.Slot.String(), "no stock, live holds have %d", n)
	}
	for k, n := range a.sold {
		a.fault("I2", string(k.Pool)+"@"+k.Slot.String(), "no stock, paid orders have %d", n)
	}
}

func (a *audit) order(id tickets.OrderID, x *auditedOrder) {
	if !x.seen {
		a.fault("E2", string(id), "things refer to an order that is not there")
		return
	}
	o := x.order
	if want := keepsPlaces(o); x.liveHolds != want && (o.Stage != tickets.StagePaymentReview || x.liveHolds > 1) {
		a.fault("I3", string(id), "%s with %d live holds", o.Stage, x.liveHolds)
	}
	if o.Paid() && x.consumed == 0 {
		a.fault("I3", string(id), "%s without a consumed hold", o.Stage)
	}
	a.money(id, x)
	if o.Stage == tickets.StageFulfilled && x.ticketPlaces != o.Places() {
		a.fault("T2", string(id), "tickets for %d places, order of %d", x.ticketPlaces, o.Places())
	}
	if x.tickets > 0 && !o.Paid() {
		a.fault("T1", string(id), "%s with %d valid tickets", o.Stage, x.tickets)
	}
	overdue := a.now.Sub(o.Changed) > a.t.SoftRelease+2*time.Hour
	if x.livePayment != "" && overdue && (o.Ended() || o.Paid()) {
		a.fault("P1", string(id), "%s for long, payment %s is live", o.Stage, x.livePayment)
	}
	if x.factGap || x.facts != o.Facts {
		a.fault("E1", string(id), "facts up to %d, order says %d, or a gap", x.facts, o.Facts)
	}
	if x.lastFact != o.Stage {
		a.fault("E1", string(id), "the last fact says %s, the order is %s", x.lastFact, o.Stage)
	}
	if x.factJump != "" {
		a.fault("E1", string(id), "%s", x.factJump)
	}
	if o.Stage == tickets.StageFulfilled && o.Buyer.Chat != 0 && !x.delivered {
		a.fault("J1", string(id), "fulfilled, and no message with its tickets")
	}
}

// keepsPlaces is how many live holds an order of this stage has.
func keepsPlaces(o tickets.Order) int {
	switch o.Stage {
	case tickets.StageHeld, tickets.StageAwaiting, tickets.StageExpiring:
		return 1
	default:
		return 0
	}
}

func (a *audit) money(id tickets.OrderID, x *auditedOrder) {
	o := x.order
	settled := o
	settled.Settle(x.captures)
	if settled.Applied != o.Applied || settled.Owed != o.Owed {
		a.fault("M2", string(id), "applied %d, owed %d; captures say %d, %d", o.Applied, o.Owed, settled.Applied, settled.Owed)
	}
	if o.Paid() && o.Applied < o.Total().Amount {
		a.fault("M2", string(id), "%s with %d applied of %s", o.Stage, o.Applied, o.Total())
	}
	if !o.Paid() && o.Applied != 0 {
		a.fault("M2", string(id), "%s with %d applied", o.Stage, o.Applied)
	}
	if o.Paid() && len(x.captures) == 0 {
		a.fault("M2", string(id), "%s without a capture", o.Stage)
	}
}

func (a *audit) admissions() {
	for code, k := range a.tickets {
		if k.admitted != k.counted {
			a.fault("T3", string(code), "admitted %d, admissions say %d", k.admitted, k.counted)
		}
		if k.order == "" {
			a.fault("T3", string(code), "admissions of a ticket that is not there")
		}
	}
}
