package checkout

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"boxoffice/tickets"
)

// This file judges tickets and who went in by them.

// issued checks an order's tickets.
func (a *audit) issued(d *dossier) error {
	id := string(d.ID)
	good, explained, perhaps := 0, 0, 0 // what a refund ended that failed later may have been made anew since
	for i := range d.tickets {
		k := &d.tickets[i]
		if err := a.ticket(d, k); err != nil {
			return err
		}
		a.replaced(d, k)
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

// replaced checks that nobody went in by a ticket in whose place there is another.
func (a *audit) replaced(d *dossier, k *tickets.Ticket) {
	if k.Replaces == "" {
		return
	}
	i := slices.IndexFunc(d.tickets, func(old tickets.Ticket) bool { return old.Code == k.Replaces })
	if i < 0 {
		a.fault("E7", string(k.Code), "made in place of ticket %s, which order %s does not have", k.Replaces, d.ID)
	} else if n := d.tickets[i].Admitted; n > 0 {
		a.fault("T5", string(k.Replaces), "%d went in by it, and ticket %s is in its place", n, k.Code)
	}
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
