package sim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"boxoffice/tickets"
)

// truth is what the shop has committed, kept beside it row by row: each commit is checked as it happens, and after
// each start the store must have every row as it was.
type truth struct {
	w          *world
	orders     map[tickets.OrderID]tickets.Order
	stocks     map[tickets.StockKey]tickets.Stock
	captures   map[string]tickets.Capture
	refunds    map[tickets.RefundID]tickets.Refund
	disputes   map[tickets.DisputeID]tickets.Dispute
	tickets    map[tickets.TicketCode]tickets.Ticket
	admitted   map[tickets.TicketCode]int
	uses       []tickets.Admission // that nobody took back
	payments   map[tickets.SessionID]tickets.Payment
	deliveries map[tickets.DeliveryID]tickets.Delivery
	cases      map[tickets.CaseID]tickets.Case
	ignored    map[tickets.NoticeID]tickets.NoticeID // notices that changed nothing when they were judged
	stages     map[tickets.OrderID]tickets.Stage     // after the last fact
	facts      map[tickets.OrderID]int64
	cancelled  map[tickets.OrderID]bool     // by a person
	stories    map[tickets.OrderID][]string // what facts told, for people who look into a violation
}

func newTruth(w *world) *truth {
	return &truth{
		w: w, orders: map[tickets.OrderID]tickets.Order{}, stocks: map[tickets.StockKey]tickets.Stock{}, captures: map[string]tickets.Capture{},
		refunds: map[tickets.RefundID]tickets.Refund{}, disputes: map[tickets.DisputeID]tickets.Dispute{}, tickets: map[tickets.TicketCode]tickets.Ticket{},
		admitted: map[tickets.TicketCode]int{}, payments: map[tickets.SessionID]tickets.Payment{}, deliveries: map[tickets.DeliveryID]tickets.Delivery{},
		cases: map[tickets.CaseID]tickets.Case{}, ignored: map[tickets.NoticeID]tickets.NoticeID{}, stages: map[tickets.OrderID]tickets.Stage{}, facts: map[tickets.OrderID]int64{},
		stories: map[tickets.OrderID][]string{}, cancelled: map[tickets.OrderID]bool{},
	}
}

// committed takes in what a verb wrote and checks it.
func (w *world) committed(name, door string, t *written) {
	w.cover.Commits[name]++
	w.cover.Deeds[door]++
	for _, row := range t.rows {
		w.truth.take(row)
	}
	for _, row := range t.rows {
		w.truth.check(row)
	}
}

func (t *truth) take(row any) {
	switch x := row.(type) {
	case tickets.Order:
		t.orders[x.ID] = x
	case tickets.Stock:
		t.stocks[x.Key] = x
	case tickets.Capture:
		t.captures[x.Gateway+":"+x.Charge] = x
	case tickets.Refund:
		t.refunds[x.ID] = x
	case tickets.Dispute:
		t.disputes[x.ID] = x
	case tickets.Ticket:
		t.tickets[x.Code] = x
	case tickets.Payment:
		t.payments[x.ID] = x
	case tickets.Delivery:
		t.deliveries[x.ID] = x
	case tickets.Case:
		t.cases[x.ID] = x
	case tickets.Notice:
		delete(t.ignored, x.ID)
		if !x.Done.IsZero() && (x.Outcome == "ignored" || x.Outcome == tickets.OutcomeError) {
			t.ignored[x.ID] = x.ID
		}
	case tickets.Fact:
		t.fact(x)
	}
}

// fact follows an order's way through the table.
func (t *truth) fact(f tickets.Fact) {
	w := t.w
	w.cover.count("fact " + string(f.Name))
	if f.Order == "" {
		t.stories[""] = append(t.stories[""], fmt.Sprintf("%s %s %s %s", f.At.Format("02 15:04:05"), f.Name, f.Key, f.Data))
		return
	}
	t.stories[f.Order] = append(t.stories[f.Order], fmt.Sprintf("%s %s %s %s→%s", f.At.Format("02 15:04:05"), f.Name, f.Transition, f.Before, f.After))
	if f.Seq != t.facts[f.Order]+1 {
		w.fail("E-2", "order %s: fact %d follows %d", f.Order, f.Seq, t.facts[f.Order])
	}
	if f.Before != t.stages[f.Order] {
		w.fail("E-3", "order %s: %s begins at %q after %q", f.Order, f.Name, f.Before, t.stages[f.Order])
	}
	t.facts[f.Order], t.stages[f.Order] = f.Seq, f.After
	if f.Transition == "" {
		if f.Before != f.After {
			w.fail("E-3", "order %s: %s goes from %q to %q by no transition", f.Order, f.Name, f.Before, f.After)
		}
		return
	}
	w.cover.Edges[Edge{f.Transition, f.Before}]++
	t.checkMove(f)
	for _, row := range tickets.Transitions {
		if row.ID == f.Transition && slices.Contains(row.From, f.Before) && (row.To == f.After || row.To == tickets.Same && f.Before == f.After) {
			return
		}
	}
	w.fail("E-3", "order %s: %s goes from %q to %q, which %s does not", f.Order, f.Name, f.Before, f.After, f.Transition)
}

// check looks at one row that was just committed, with all others as they are now.
func (t *truth) check(row any) {
	switch x := row.(type) {
	case tickets.Stock:
		x = t.stocks[x.Key] // a verb may write a row more than once; what it left counts
		if x.Held < 0 || x.Sold < 0 || x.Held+x.Sold > x.Capacity+x.Over {
			t.w.fail("I1", "%s on %s: held %d and sold %d of %d", x.Key.Pool, x.Key.Slot, x.Held, x.Sold, x.Capacity)
		}
	case tickets.Order:
		t.checkOrder(t.orders[x.ID])
	case tickets.Capture:
		t.checkCapture(t.captures[x.Gateway+":"+x.Charge])
	case tickets.Ticket:
		t.checkTickets(x.Order)
	case tickets.Refund:
		t.checkRefund(t.refunds[x.ID])
	case tickets.Hold:
		t.checkHold(x)
	case tickets.Admission:
		t.checkAdmission(x)
	}
}

func (t *truth) checkOrder(o tickets.Order) {
	if o.Contested() {
		for _, k := range t.ticketsOf(o.ID) {
			if k.State == tickets.TicketValid && k.Admitted == 0 {
				t.w.fail("M-13", "order %s is disputed, ticket %s is %s", o.ID, k.Code, k.State)
			}
		}
	}
	for _, k := range t.ticketsOf(o.ID) {
		if o.Asked() && k.State == tickets.TicketValid && k.Admitted == 0 {
			t.w.fail("T39", "the date of order %s is closed, ticket %s is %s", o.ID, k.Code, k.State)
		}
	}
	if last := t.stages[o.ID]; last != o.Stage {
		t.w.fail("E-4", "order %s is %s, its last fact says %s", o.ID, o.Stage, last)
	}
	if !o.Paid() || o.Total().Amount == 0 {
		return
	}
	if o.Forgiven != 0 { // nothing is let pass in this shop
		t.w.fail("M-15", "order %s is %s, %d of %s was let pass", o.ID, o.Stage, o.Forgiven, o.Total())
	}
	var applied int64
	for _, c := range t.captures {
		if c.Order == o.ID && c.Amount.Currency == o.Total().Currency {
			applied += c.Applied
		}
	}
	if applied < o.Total().Amount {
		t.w.fail("M-15", "order %s is %s with %d applied of %s", o.ID, o.Stage, applied, o.Total())
	}
}

// checkCapture compares a capture with the bank's own charge.
func (t *truth) checkCapture(c tickets.Capture) {
	t.checkTaken(c)
	if c.Gateway != gatewayName {
		return
	}
	ch := t.w.bank.chargeOf(c.Charge)
	if ch == nil || ch.Amount != c.Amount || ch.Test != c.Test {
		t.w.fail("M-14", "capture %s of %s is not what the bank has", c.Charge, c.Amount)
	}
	if ch != nil && ch.Test && c.Applied != 0 {
		t.w.fail("M-9", "play money %s pays for %s", c.Charge, c.Order)
	}
}

// checkRefund compares a refund with the bank's book, and all of a charge with what it has.
func (t *truth) checkRefund(r tickets.Refund) {
	var sum int64
	for _, x := range t.refunds {
		if x.Gateway == r.Gateway && x.Charge == r.Charge && x.Counts() && x.Source != tickets.RefundAtGateway {
			sum += x.Amount.Amount
		}
	}
	if c := t.captures[r.Gateway+":"+r.Charge]; sum > c.Amount.Amount {
		t.w.fail("M-6", "refunds of %d for charge %s of %s", sum, r.Charge, c.Amount)
	}
	t.checkOwed(r)
	t.checkTicketsOf(r)
	if r.State != tickets.RefundSucceeded || r.Evidence != "" {
		return
	}
	for _, p := range t.w.bank.refunds {
		if (p.ID == r.Remote || p.Ours == r.ID) && p.Done && p.Amount == r.Amount.Amount {
			return
		}
	}
	t.w.fail("M-14", "refund %s is %s, the bank has sent nothing", r.ID, r.State)
}

// checkOwed looks whether more of a charge goes back than does not pay for its order.
func (t *truth) checkOwed(r tickets.Refund) {
	for _, d := range t.disputes {
		if d.Gateway == r.Gateway && d.Charge == r.Charge {
			return // what a bank took is not owed any more, whatever was on its way
		}
	}
	var owed int64
	for _, x := range t.refunds {
		if x.Gateway == r.Gateway && x.Charge == r.Charge && x.Owed && x.Counts() && x.Source != tickets.RefundAtGateway {
			owed += x.Amount.Amount
		}
	}
	if c := t.captures[r.Gateway+":"+r.Charge]; owed > c.Owed {
		t.w.fail("M-6", "refunds of %d owed money for charge %s, which owes %d", owed, r.Charge, c.Owed)
	}
}

// checkTickets counts what an order's tickets are good for.
func (t *truth) checkTickets(id tickets.OrderID) {
	o, places := t.orders[id], 0
	seen := map[[2]int]bool{}
	for _, k := range t.tickets {
		if k.Order != id {
			continue
		}
		if seen[[2]int{k.Gen, k.Seq}] {
			t.w.fail("T-1", "order %s has ticket %d.%d twice", id, k.Gen, k.Seq)
		}
		seen[[2]int{k.Gen, k.Seq}] = true
		if k.Good() {
			places += k.Places
		}
	}
	if places > o.Places() {
		t.w.fail("T-1", "order %s of %d places has tickets for %d", id, o.Places(), places)
	}
}

func (t *truth) checkAdmission(a tickets.Admission) {
	t.w.cover.count("admissions")
	t.admitted[a.Ticket] += a.Count
	k := t.tickets[a.Ticket]
	if a.Undoes != 0 {
		t.uses = slices.DeleteFunc(t.uses, func(x tickets.Admission) bool { return x.Ticket == a.Ticket && x.N == a.Undoes })
		return
	}
	t.uses = append(t.uses, a)
	if t.admitted[a.Ticket] > k.Places {
		t.w.fail("T-4", "ticket %s of %d places let %d in", k.Code, k.Places, t.admitted[a.Ticket])
	}
	if !t.orders[k.Order].Paid() || k.State == tickets.TicketRevoked || len(k.Blocks) > 0 {
		t.w.fail("T-5", "ticket %s (%s, order %s) let somebody in", k.Code, k.State, t.orders[k.Order].Stage)
	}
}

// remembered compares the store with what was committed: nothing is lost by a crash, and nothing comes of what was not
// committed.
func (t *truth) remembered() {
	w, n := t.w, 0
	err := w.proc.store.inner.View(noContext, func(r tickets.Reader) error {
		return r.Walk(func(thing any) error {
			switch x := thing.(type) {
			case *tickets.Order:
				n++
				same(w, string(x.ID), *x, t.orders[x.ID])
			case *tickets.Capture:
				n++
				same(w, string(x.ID), *x, t.captures[x.Gateway+":"+x.Charge])
			case *tickets.Refund:
				n++
				same(w, string(x.ID), *x, t.refunds[x.ID])
			case *tickets.Ticket:
				n++
				same(w, string(x.Code), *x, t.tickets[x.Code])
			case *tickets.Stock:
				n++
				same(w, string(x.Key.Pool), *x, t.stocks[x.Key])
			}
			return nil
		})
	})
	if err != nil {
		w.fail("S", "read after a crash: %v", err)
	}
	if want := len(t.orders) + len(t.captures) + len(t.refunds) + len(t.tickets) + len(t.stocks); n != want {
		w.fail("S1", "%d rows after a crash, %d were committed", n, want)
	}
}

// same compares two rows as the store keeps them.
func same(w *world, id string, is, was any) {
	a, err := json.Marshal(is)
	b, err2 := json.Marshal(was)
	if err != nil || err2 != nil || !bytes.Equal(a, b) {
		w.fail("S1", "%s is %s after a crash, %s was committed", id, a, b)
	}
}

// some picks an order that fits.
func (t *truth) some(d *dice, fits func(tickets.Order) bool) (tickets.OrderID, bool) {
	var ids []tickets.OrderID
	for id, o := range t.orders {
		if fits(o) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return "", false
	}
	slices.Sort(ids)
	return one(d, ids), true
}

// inOrder lists a map's values by their keys, so that a schedule always breaks the same rule first.
func inOrder[K cmp.Ordered, V any](m map[K]V) []V {
	out := make([]V, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[k])
	}
	return out
}

// ids lists all orders in the order they came.
func (t *truth) ids() []tickets.OrderID { return slices.Sorted(maps.Keys(t.orders)) }

// refundsOf lists an order's refunds in the order they came.
func (t *truth) refundsOf(id tickets.OrderID) []tickets.Refund {
	var out []tickets.Refund
	for _, k := range slices.Sorted(maps.Keys(t.refunds)) {
		if t.refunds[k].Order == id {
			out = append(out, t.refunds[k])
		}
	}
	return out
}

// capturesOf lists an order's captures.
func (t *truth) capturesOf(id tickets.OrderID) []tickets.Capture {
	var out []tickets.Capture
	for _, k := range slices.Sorted(maps.Keys(t.captures)) {
		if t.captures[k].Order == id {
			out = append(out, t.captures[k])
		}
	}
	return out
}

// issuedTo lists all tickets that were ever issued for an order.
func (t *truth) issuedTo(id tickets.OrderID) []tickets.Ticket {
	var out []tickets.Ticket
	for _, k := range t.tickets {
		if k.Order == id {
			out = append(out, k)
		}
	}
	return out
}

// ticketsOf lists an order's good tickets.
func (t *truth) ticketsOf(id tickets.OrderID) []tickets.Ticket {
	var out []tickets.Ticket
	for _, k := range slices.Sorted(maps.Keys(t.tickets)) {
		if t.tickets[k].Order == id && t.tickets[k].Good() {
			out = append(out, t.tickets[k])
		}
	}
	return out
}

func (t *truth) someTicket(d *dice) (tickets.Ticket, bool) {
	codes := slices.Sorted(maps.Keys(t.tickets))
	if len(codes) == 0 {
		return tickets.Ticket{}, false
	}
	return t.tickets[one(d, codes)], true
}
