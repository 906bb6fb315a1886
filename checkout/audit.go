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
//	I3 a hold's order agrees with it: live ⇔ the order keeps places, and it is the order's own; none long overdue
//	M1 a capture has one disposition that fits its order and says where its money is: applied, owed, or kept in review
//	M2 an order's sums are the sums of its captures; a paid order has exactly its money, an unpaid one none
//	T1 a valid ticket belongs to a paid order; T2 a fulfilled order's tickets are good for exactly its places
//	T3 admissions are what the ticket says, and no more than its places
//	P1 no live payment on an order long ended
//	E1 facts are numbered without gaps and tell the way to the order's stage, by rows of tickets.Transitions
//	E2 nothing refers to an order that is not there
//	J1 a fulfilled order of a chat has its message queued or sent
//	S1 the store's own structure is whole
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
	fees           map[tickets.SessionID]int64
	ticketPlaces   int
	tickets        int
	facts          int64
	lastFact       tickets.Stage
	factGap        bool
	factJump       string
	livePayment    tickets.SessionID
	paymentChanged time.Time
	liveHolds      int
	liveHold       tickets.HoldID
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
		o = &auditedOrder{fees: map[tickets.SessionID]int64{}}
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
		o := a.at(x.Order)
		o.fees[x.ID] = x.Fee.Amount
		if x.Live() {
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
		o.liveHold = h.ID
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
	if !placed(c) {
		a.fault("M1", string(c.ID), "%s: applied %d and owed %d of %s", c.Disposition, c.Applied, c.Owed, c.Amount)
	}
	if (c.Order == "") != (c.Disposition == tickets.Unmatched) && c.Disposition != tickets.TestMode {
		a.fault("M1", string(c.ID), "%s of order %q", c.Disposition, c.Order)
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
	if o.factJump == "" {
		o.factJump = jump(o.lastFact, f)
	}
	o.facts, o.lastFact = f.Seq, f.After
}

// jump says why a fact cannot follow the stage that the one before it left, "" when it can.
func jump(last tickets.Stage, f tickets.Fact) string {
	if f.Before != last {
		return fmt.Sprintf("fact %d %s begins at %q after %q", f.Seq, f.Name, f.Before, last)
	}
	if f.Transition == "" {
		if f.After != f.Before {
			return fmt.Sprintf("fact %d %s goes from %q to %q by no transition", f.Seq, f.Name, f.Before, f.After)
		}
		return ""
	}
	i := slices.IndexFunc(tickets.Transitions, func(t tickets.Transition) bool { return t.ID == f.Transition })
	if i < 0 {
		return fmt.Sprintf("fact %d %s is of transition %q, which there is not", f.Seq, f.Name, f.Transition)
	}
	t := tickets.Transitions[i]
	if to := t.To; !slices.Contains(t.From, f.Before) || f.After != to && (to != tickets.Same || f.After != f.Before) {
		return fmt.Sprintf("fact %d %s goes from %q to %q, which %s does not", f.Seq, f.Name, f.Before, f.After, t.ID)
	}
	return ""
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
	if want := keepsPlaces(o); x.liveHolds != want {
		a.fault("I3", string(id), "%s with %d live holds, not %d", o.Stage, x.liveHolds, want)
	} else if want == 1 && x.liveHold != o.Hold {
		a.fault("I3", string(id), "live hold %s, the order's is %s", x.liveHold, o.Hold)
	}
	if want := map[bool]int{true: 1}[o.Paid()]; x.consumed != want {
		a.fault("I3", string(id), "%s with %d consumed holds, not %d", o.Stage, x.consumed, want)
	}
	a.money(id, x)
	if o.Stage == tickets.StageFulfilled && x.ticketPlaces != o.Places() {
		a.fault("T2", string(id), "tickets for %d places, order of %d", x.ticketPlaces, o.Places())
	}
	if x.tickets > 0 && !o.Paid() {
		a.fault("T1", string(id), "%s with %d valid tickets", o.Stage, x.tickets)
	}
	since := o.Changed
	if x.paymentChanged.After(since) {
		since = x.paymentChanged
	}
	if overdue := a.now.Sub(since) > a.t.SoftRelease+2*time.Hour; x.livePayment != "" && overdue && (o.Ended() || o.Paid()) {
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
	switch {
	case o.Stage == tickets.StageHeld || o.Stage == tickets.StageAwaiting || o.Stage == tickets.StageExpiring:
		return 1
	case o.Stage == tickets.StagePaymentReview && !o.ReviewUntil.IsZero():
		return 1
	default:
		return 0
	}
}

// placed reports whether a capture's sums are those of its disposition: where all of its money is.
func placed(c tickets.Capture) bool {
	all := c.Amount.Amount
	switch c.Disposition {
	case tickets.Applied:
		return c.Applied == all && c.Owed == 0
	case tickets.LateApplied:
		return c.Applied >= 0 && c.Owed >= 0 && c.Applied+c.Owed == all
	case tickets.Overpaid:
		return c.Applied >= 0 && c.Owed > 0 && c.Applied+c.Owed == all
	case tickets.Underpaid:
		return c.Applied == 0 && (c.Owed == 0 || c.Owed == all)
	case tickets.LateUnapplied, tickets.WrongCurrency, tickets.Duplicate, tickets.Unmatched:
		return c.Applied == 0 && c.Owed == all
	case tickets.TestMode:
		return c.Applied == 0 && c.Owed == 0
	default:
		return false
	}
}

func (a *audit) money(id tickets.OrderID, x *auditedOrder) {
	o := x.order
	settled := o
	settled.Settle(x.captures)
	if settled.Applied != o.Applied || settled.Owed != o.Owed || settled.Kept != o.Kept {
		a.fault("M2", string(id), "applied %d, owed %d, kept %d; captures say %d, %d, %d",
			o.Applied, o.Owed, o.Kept, settled.Applied, settled.Owed, settled.Kept)
	}
	var applied []tickets.Capture
	for _, c := range x.captures {
		switch {
		case c.Disposition == tickets.Applied || c.Disposition == tickets.LateApplied || c.Disposition == tickets.Overpaid:
			applied = append(applied, c)
			if !o.Paid() {
				a.fault("M1", string(c.ID), "%s, the order is %s", c.Disposition, o.Stage)
			}
		case c.Disposition == tickets.Duplicate && !o.Paid():
			a.fault("M1", string(c.ID), "%s, the order is %s", c.Disposition, o.Stage)
		case c.Disposition == tickets.Underpaid && c.Owed == 0 && c.Amount.Amount > 0 && (o.Stage != tickets.StagePaymentReview || o.ReviewUntil.IsZero()):
			a.fault("M1", string(c.ID), "%s kept, nobody waits: the order is %s", c.Amount, o.Stage)
		}
	}
	switch got := net(applied, x.fees); {
	case o.Paid() && len(applied) == 0:
		a.fault("M2", string(id), "%s without a capture", o.Stage)
	case o.Paid() && got != o.Total().Amount-o.Forgiven:
		a.fault("M2", string(id), "%s with %d applied (fees apart) of %s, %d forgiven", o.Stage, got, o.Total(), o.Forgiven)
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
