package checkout

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"boxoffice/tickets"
)

// dossier is an order with all that is of it.
type dossier struct {
	*tickets.Order
	seen     *auditedOrder
	own      tickets.Hold // Order.Hold; ID "" when it is not there
	payments []tickets.Payment
	captures []tickets.Capture
	refunds  []tickets.Refund
	disputes []tickets.Dispute
	tickets  []tickets.Ticket
	facts    []tickets.Fact
}

// ledgered reports whether the order was placed since there are ledgers: its first fact says what moved.
func (d *dossier) ledgered() bool { return len(d.facts) > 0 && len(d.facts[0].Moves) > 0 }

// judge reads what is of an order and checks it.
func (a *audit) judge(id tickets.OrderID, seen *auditedOrder, facts []tickets.Fact) error {
	o, err := a.r.Order(id)
	if err != nil {
		return err
	}
	d := &dossier{Order: &o, seen: seen, facts: facts}
	if d.payments, err = a.r.Payments(id); err != nil {
		return err
	}
	if d.captures, err = a.r.Captures(id); err != nil {
		return err
	}
	if d.tickets, err = a.r.Tickets(id); err != nil {
		return err
	}
	if seen.refunds {
		if d.refunds, err = a.r.Refunds(id); err != nil {
			return err
		}
	}
	if seen.disputes {
		if d.disputes, err = a.r.Disputes(id); err != nil {
			return err
		}
	}
	if d.own, err = a.r.Hold(o.Hold); err != nil && !errors.Is(err, tickets.NotFound) {
		return err
	}
	a.story(d.Order, facts)
	if d.Stage == tickets.StagePaid && !d.Manual() && a.missed(d.Changed) {
		a.fault("L4", string(id), "paid since %s, and its tickets are not issued", Stamp(d.Changed))
	}
	a.holds(d)
	if err := a.issued(d); err != nil {
		return err
	}
	if err := a.money(d); err != nil {
		return err
	}
	if err := a.wishes(d); err != nil {
		return err
	}
	a.places(d)
	return nil
}

// hold takes in a hold.
func (a *audit) hold(h *tickets.Hold) {
	id := string(h.ID)
	o := a.known(h.Order, "hold", id)
	small := len(h.Draws) == 0
	for _, d := range h.Draws {
		small = small || d.Places < 1
		if h.Live() {
			a.held[tickets.StockKey{Merchant: h.Merchant, Pool: d.Pool, Slot: h.Slot}] += d.Places
		}
	}
	final := h.State == tickets.HoldConsumed || h.State == tickets.HoldReleased || h.State == tickets.HoldExpired
	switch {
	case small:
		a.fault("I5", id, "it holds %v", h.Draws)
	case !h.Live() && !final:
		a.fault("I5", id, "it is %q", h.State)
	case h.Live() == h.Due.IsZero(), h.Live() != h.Ended.IsZero():
		a.fault("I5", id, "it is %s, ended %s, due %s", h.State, Stamp(h.Ended), Stamp(h.Due))
	}
	if h.Live() && !h.Due.IsZero() {
		a.overdue(h)
	}
	if o == nil {
		return
	}
	if h.Live() {
		o.live++
	}
	if h.State == tickets.HoldConsumed {
		o.consumed++
	}
	bit := uint32(1) << (uint(h.Gen) % 32)
	if o.gens&bit != 0 && h.Gen < 32 {
		a.fault("I6", id, "a second hold of generation %d of order %s", h.Gen, h.Order)
	}
	o.gens |= bit
}

// overdue finds live holds that nobody ends: their time to be looked at is over, or is long after the hold's own.
func (a *audit) overdue(h *tickets.Hold) {
	last := a.now.Add(a.soft)
	if h.Expiry.After(last) {
		last = h.Expiry
	}
	if late := a.now.Sub(h.Due); late > a.soft+time.Hour {
		a.fault("L2", string(h.ID), "live hold is overdue by %s", late.Round(time.Second))
	} else if h.Due.Sub(last) > time.Hour {
		a.fault("L2", string(h.ID), "live hold until %s is looked at only %s", Stamp(h.Expiry), Stamp(h.Due))
	}
}

// holds checks that an order's holds agree with it.
func (a *audit) holds(d *dossier) {
	id, o, h := string(d.ID), d.Order, d.own
	want := keepsPlaces(*o)
	took := o.Paid() || o.Stage == tickets.StageRefunded
	switch {
	case int(d.seen.live) != want:
		a.fault("I6", id, "%s with %d live holds, not %d", o.Stage, d.seen.live, want)
	case h.ID == "" || h.Order != o.ID:
		a.fault("I6", id, "its hold %q is not there, or another order's", o.Hold)
	case h.Live() != (want == 1):
		a.fault("I6", id, "%s, and its hold %s is %s", o.Stage, h.ID, h.State)
	case h.Gen != o.Gen:
		a.fault("I6", id, "generation %d, its hold %s is of generation %d", o.Gen, h.ID, h.Gen)
	case took != (h.State == tickets.HoldConsumed), !took && d.seen.consumed > 0:
		a.fault("I6", id, "%s with %d consumed holds, its own is %s", o.Stage, d.seen.consumed, h.State)
	case h.Reason != tickets.HoldReversed && h.Reason != tickets.HoldMoved && (h.Slot != o.Slot() || !sameDraws(h.Draws, tickets.Draws(o.Quote.Lines))):
		a.fault("I5", id, "its hold %s has %v on %s, its lines need %v on %s", h.ID, h.Draws, h.Slot, tickets.Draws(o.Quote.Lines), o.Slot())
	}
	if !h.Live() || h.Reason == tickets.HoldAsync {
		return
	}
	since := o.FirstHeld
	if h.At.After(since) {
		since = h.At
	}
	for _, c := range d.captures {
		if c.At.After(since) {
			since = c.At
		}
	}
	if h.Expiry.Before(h.At.Add(time.Duration(h.Jumped)*time.Millisecond)) || h.Expiry.After(since.Add(a.cap+a.review)) ||
		h.Expiry.After(a.now.Add(a.cap+a.review+time.Hour)) { // held by a clock that ran ahead
		a.fault("I7", string(h.ID), "held from %s to %s", Stamp(h.At), Stamp(h.Expiry))
	}
}

func sameDraws(a, b []tickets.Draw) bool {
	if len(a) != len(b) {
		return false
	}
	for _, d := range a {
		if !slices.Contains(b, d) {
			return false
		}
	}
	return true
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

// places adds an order's sold places to what rows say of stock, and compares the order's ledger with its rows.
func (a *audit) places(d *dossier) {
	rows := map[place]int{}
	sell := func(slot tickets.Slot, draws []tickets.Draw) {
		for _, x := range draws {
			rows[place{x.Pool, slot, tickets.UnitsSold}] += x.Places
			a.sold[tickets.StockKey{Merchant: d.Merchant, Pool: x.Pool, Slot: slot}] += x.Places
		}
	}
	for i := range d.tickets {
		if k := &d.tickets[i]; !k.Returned {
			sell(k.Slot, tickets.Draws(k.Lines))
		}
	}
	if len(d.tickets) == 0 && (d.Paid() || d.Stage == tickets.StageRefunded) && !d.Returned {
		sell(d.Slot(), tickets.Draws(d.Quote.Lines))
	}
	if !d.ledgered() {
		return
	}
	if d.own.Live() {
		for _, x := range d.own.Draws {
			rows[place{x.Pool, d.own.Slot, tickets.UnitsHeld}] += x.Places
		}
	}
	a.units(d.Order, d.facts, rows)
}

// issued checks an order's tickets.
func (a *audit) issued(d *dossier) error {
	id := string(d.ID)
	good, explained, perhaps := 0, 0, 0 // what a refund ended that failed later may have been made anew since
	for i := range d.tickets {
		k := &d.tickets[i]
		if err := a.ticket(d, k); err != nil {
			return err
		}
		switch {
		case k.Good():
			good += k.Places
		case d.ended(k.Code) || k.Admitted > 0 && len(d.disputes) > 0: // a dispute remembers only those that nobody used
			explained += k.Places
		case d.failed(k.Code):
			perhaps += k.Places
		}
	}
	if good > 0 && !d.Paid() {
		a.fault("T1", id, "%s with tickets for %d places", d.Stage, good)
	} else if good > d.Places() {
		a.fault("T1", id, "tickets for %d places, the order has %d", good, d.Places())
	}
	if done := d.Stage == tickets.StageFulfilled || d.Stage == tickets.StageCompleted && !d.Returned; done && (good+explained > d.Places() || good+explained+perhaps < d.Places()) {
		a.fault("T2", id, "tickets for %d places and %d that refunds and disputes ended, the order has %d", good, explained+perhaps, d.Places())
	}
	return nil
}

// failed reports whether a refund says that it would have ended the ticket, and its money did not go or came back.
func (d *dossier) failed(code tickets.TicketCode) bool {
	return slices.ContainsFunc(d.refunds, func(r tickets.Refund) bool {
		return r.State == tickets.RefundFailed && slices.Contains(r.Tickets, code)
	})
}

// ended reports whether a refund or a dispute says that it ended the ticket.
func (d *dossier) ended(code tickets.TicketCode) bool {
	return slices.ContainsFunc(d.refunds, func(r tickets.Refund) bool {
		return r.State == tickets.RefundSucceeded && slices.Contains(r.Tickets, code)
	}) || slices.ContainsFunc(d.disputes, func(x tickets.Dispute) bool { return slices.Contains(x.Tickets, code) })
}

func (a *audit) ticket(d *dossier, k *tickets.Ticket) error {
	id := string(k.Code)
	if k.Slot != d.Slot() && (k.Good() || k.Gen == d.Gen) || k.Product != d.Quote.Product {
		a.fault("T1", id, "for %s on %s, its order is for %s on %s", k.Product, k.Slot, d.Quote.Product, d.Slot())
	}
	places := 0
	for _, l := range k.Lines {
		places += l.Places()
	}
	if places != k.Places {
		a.fault("T1", id, "%d places, its lines have %d", k.Places, places)
	}
	if k.Gen < 1 || k.Gen > d.Gen || k.Seq < 1 || k.Seq > k.Of && k.Replaces == "" {
		a.fault("T3", id, "number %d of %d in generation %d; the order is in generation %d", k.Seq, k.Of, k.Gen, d.Gen)
	}
	if err := a.found("T3", id, "number", k.Code, func() (tickets.TicketCode, error) {
		x, err := a.r.TicketByNumber(k.Number)
		return x.Code, err
	}); err != nil {
		return err
	}
	a.texts.check(k)
	blocked := len(k.Blocks) > 0
	if full := k.Admitted >= k.Places; k.State == tickets.TicketBlocked && !blocked || k.State == tickets.TicketValid && (blocked || full) ||
		k.State == tickets.TicketUsed && !full || k.State == tickets.TicketRevoked && blocked {
		a.fault("T6", id, "%s, admitted %d of %d, blocked by %v", k.State, k.Admitted, k.Places, k.Blocks)
	}
	for _, b := range k.Blocks {
		a.blocker(d, k, b)
	}
	return a.admitted(d, k)
}

// blocker checks that what blocks a ticket is not decided yet.
func (a *audit) blocker(d *dossier, k *tickets.Ticket, by string) {
	rule := "T7"
	live := slices.ContainsFunc(d.refunds, func(r tickets.Refund) bool { return string(r.ID) == by && r.Sent() })
	if strings.HasPrefix(by, tickets.PrefixDispute) {
		rule = "M13"
		live = slices.ContainsFunc(d.disputes, func(x tickets.Dispute) bool { return string(x.ID) == by && x.Contested() })
	}
	if strings.HasPrefix(by, tickets.PrefixClosing) {
		rule, live = "T39", string(d.Closing) == by && d.Slot() == k.Slot
	}
	if !live {
		a.fault(rule, string(k.Code), "blocked by %s, which is decided or not of its order", by)
	}
}

// admitted checks a ticket's admissions.
func (a *audit) admitted(d *dossier, k *tickets.Ticket) error {
	if k.Admitted == 0 {
		return nil // an admission all the same is found by itself
	}
	if err := a.uses(k); err != nil {
		return err
	}
	for i := range d.refunds {
		r := &d.refunds[i]
		if slices.Contains(r.Tickets, k.Code) && (r.Sent() || r.State == tickets.RefundSucceeded) && !r.Override {
			a.fault("T9", string(k.Code), "used, and refund %s gives its money back without anybody saying so", r.ID)
		}
	}
	return nil
}

// uses checks that a ticket's admissions count from 1, take back only what was, and sum up to what the ticket says.
func (a *audit) uses(k *tickets.Ticket) error {
	id := string(k.Code)
	list, err := a.r.Admissions(k.Code)
	if err != nil {
		return err
	}
	slices.SortFunc(list, func(x, y tickets.Admission) int { return x.N - y.N }) // clocks of two gates may differ
	sum := 0
	undone := map[int]bool{}
	for i, x := range list {
		sum += x.Count
		if x.N != i+1 || x.Undoes == 0 && x.Count < 1 {
			a.fault("T4", id, "admission %d of %d places stands as number %d", x.N, x.Count, i+1)
		}
		if x.Undoes != 0 && (x.Undoes < 1 || x.Undoes > i || undone[x.Undoes] || list[x.Undoes-1].Count != -x.Count || x.Count >= 0) {
			a.fault("T4", id, "admission %d takes back %d places of number %d, which is not to be had", x.N, -x.Count, x.Undoes)
		}
		undone[x.Undoes] = true
	}
	if sum != k.Admitted || sum > k.Places {
		a.fault("T4", id, "admitted %d of %d, admissions say %d", k.Admitted, k.Places, sum)
	}
	return nil
}

// seeAdmission checks what an admission says by itself.
func (a *audit) seeAdmission(x *tickets.Admission) error {
	id := string(x.Ticket)
	k, err := a.r.Ticket(x.Ticket)
	if errors.Is(err, tickets.NotFound) {
		a.fault("E7", id, "admissions of a ticket that is not there")
		return nil
	}
	if err != nil {
		return err
	}
	if k.Admitted == 0 { // its own check did not look
		if err := a.uses(&k); err != nil {
			return err
		}
	}
	loc := time.UTC
	if a.catalog != nil {
		if loc, err = a.catalog.Merchant.Location(); err != nil {
			return fmt.Errorf("zone: %w", err)
		}
	}
	if x.Order != k.Order || tickets.DateOf(x.At, loc) != k.Slot.Date && x.Undoes == 0 || x.At.Before(k.At) { // what was a mistake is noticed later
		a.fault("T5", id, "admitted at %s for order %s; it is of order %s, for %s, issued at %s", Stamp(x.At), x.Order, k.Order, k.Slot, Stamp(k.At))
	}
	return nil
}

// found checks that a unique key leads to the row that has it.
func (a *audit) found(rule, id, by string, want tickets.TicketCode, look func() (tickets.TicketCode, error)) error {
	got, err := look()
	if err != nil && !errors.Is(err, tickets.NotFound) {
		return err
	}
	if got != want {
		a.fault(rule, id, "its %s leads to %q", by, got)
	}
	return nil
}
