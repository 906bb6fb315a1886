package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"boxoffice/tickets"
)

// This file gives an order back what a lost dispute took from it, when the dispute is reversed: places, and new tickets.
// The old ones stay dead. Where it cannot (no places are left, the date is over, a person issues the tickets), a person
// decides what becomes of the money: the order is FULFILL_FAILED with a case (T42s), and it is issued again, moved to
// another date by its customer, given back, or kept.

// ReasonReversed is Order.Reason of one that is FULFILL_FAILED because its dispute was reversed and it has no places.
const ReasonReversed = "reversed"

// lost is what a dispute took from an order that was reversed since.
type lost struct {
	tickets []tickets.Ticket // that ended, and whose money did not go back
	places  bool             // all of an order without tickets
}

func (l lost) nothing() bool { return len(l.tickets) == 0 && !l.places }

// lostBy finds what disputes took from an order and nothing gave back.
func (t *turn) lostBy(o tickets.Order, ds []tickets.Dispute) (l lost, err error) {
	if o.ID == "" || o.Refunded >= o.Applied {
		return l, nil
	}
	refunds, err := t.Refunds(o.ID)
	if err != nil {
		return l, err
	}
	for _, d := range ds {
		for _, code := range d.Tickets {
			if slices.ContainsFunc(refunds, func(r tickets.Refund) bool { return r.Counts() && slices.Contains(r.Tickets, code) }) {
				continue // its money went back
			}
			k, err := t.Ticket(code)
			if err != nil {
				return l, err
			}
			l.tickets = append(l.tickets, k)
		}
	}
	all, err := t.Tickets(o.ID)
	asked := slices.ContainsFunc(refunds, func(r tickets.Refund) bool { return r.Source == tickets.RefundByBuyer && r.Counts() })
	ended := o.Stage == tickets.StageRefunded || o.Reason == ReasonReversed
	l.places = ended && o.Returned && len(all) == 0 && !asked // what its customer gave up is not given again
	return l, err
}

// revive gives new tickets for those that the dispute ended, when the date is ahead and there are places. It returns the
// order's row, the new tickets, and whether a person must decide instead.
func (s *disputing) revive() (row tickets.TransitionID, issued []tickets.Ticket, stuck bool, err error) {
	row = tickets.TDisputeWon
	l, err := s.lostBy(s.o, []tickets.Dispute{s.d})
	if err != nil || l.nothing() || s.o.Stage == tickets.StageFulfilFailed { // there a person decides already
		return row, nil, false, err
	}
	cat, loc, err := s.catalog()
	if err != nil {
		return row, nil, false, err
	}
	over := tickets.DateOf(s.now, loc) > s.o.Slot().Date
	if over || l.places {
		stuck = s.o.Stage == tickets.StageRefunded // else the money stays with the merchant, who can give it back
	} else if issued, err = s.restore(&s.o, cat, l, s.d.ID); err != nil {
		if k := tickets.KindOf(err); k != tickets.SoldOut && k != tickets.NotFound {
			return row, nil, false, err
		}
		stuck, err = true, nil
	}
	switch {
	case stuck:
		row = tickets.TDisputeStuck
	case len(issued) > 0 && s.o.Stage == tickets.StageRefunded:
		row = tickets.TDisputeRevived
	}
	if len(issued) > 0 {
		s.d.Tickets = nil
	}
	return row, issued, stuck, err
}

// restore sells the places of what was lost again, on the order's slot and as a new generation, and makes new tickets for
// those that ended. It refuses with SoldOut, and NotFound when the pool is gone, changing nothing.
func (t *turn) restore(o *tickets.Order, cat *tickets.Catalog, l lost, but tickets.DisputeID) ([]tickets.Ticket, error) {
	lines := o.Quote.Lines
	if len(l.tickets) > 0 {
		lines = nil
		for _, k := range l.tickets {
			lines = append(lines, k.Lines...)
		}
	}
	draws := tickets.Draws(lines)
	if err := t.holdStock(cat, o.Slot(), draws); err != nil {
		return nil, err
	}
	o.Gen++
	h := tickets.Hold{
		ID: tickets.HoldID(t.ids.id(tickets.PrefixHold)), Merchant: o.Merchant, Order: o.ID, Customer: o.Buyer.Customer, Gen: o.Gen,
		Slot: o.Slot(), Draws: draws, State: tickets.HoldActive, Reason: tickets.HoldReversed, At: t.now, Expiry: t.now,
	}
	o.Hold, o.Returned = h.ID, false
	if err := t.CreateHold(h); err != nil {
		return nil, err
	}
	if err := t.consume(&h); err != nil {
		return nil, err
	}
	return t.reissue(*o, l.tickets, but)
}

// reissue makes a ticket of the order's present generation, and on its slot, for each that ended; those are blocked by what
// banks argue about, but for one dispute, and while the customer of a closed date is asked.
func (t *turn) reissue(o tickets.Order, ended []tickets.Ticket, but tickets.DisputeID) ([]tickets.Ticket, error) {
	if len(ended) == 0 {
		return nil, nil
	}
	key, err := t.signingKey()
	if err != nil {
		return nil, err
	}
	out := slices.Clone(ended)
	for i := range out {
		k := &out[i]
		k.Replaces = k.Code
		k.Code, k.Number = tickets.TicketCode(t.ids.id(tickets.PrefixTicket)), t.ids.number()
		k.Gen, k.Seq, k.Of, k.State, k.Kid, k.Slot = o.Gen, i+1, len(ended), tickets.TicketValid, key.Kid, o.Slot()
		k.Blocks, k.Returned, k.Admitted, k.At, k.Changed = nil, false, 0, t.now, t.now
		k.Lines = asQuoted(o, k.Lines)
		if err := t.sign(k, key); err != nil {
			return nil, err
		}
	}
	if err := t.blockContested(o.ID, out, but); err != nil {
		return nil, err
	}
	for i := range out {
		if o.Asked() {
			out[i].Block(string(o.Closing), t.now)
		}
		if err := t.CreateTicket(out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// inPlaceOf names the tickets that stand in the place of a refund's now, and sets those of its wish in all: a reversed
// dispute may have had them made anew.
func inPlaceOf(s tickets.Reader, r tickets.Refund, all []tickets.Refund) ([]tickets.TicketCode, error) {
	if r.Order == "" {
		return r.Tickets, nil
	}
	ks, err := s.Tickets(r.Order)
	next := map[tickets.TicketCode]tickets.TicketCode{}
	for _, k := range ks {
		if k.Replaces != "" {
			next[k.Replaces] = k.Code
		}
	}
	newest := func(codes []tickets.TicketCode) []tickets.TicketCode {
		codes = slices.Clone(codes)
		for i := range codes {
			for next[codes[i]] != "" {
				codes[i] = next[codes[i]]
			}
		}
		return codes
	}
	for i := range all {
		if all[i].ID == r.ID || all[i].ID == r.Wish {
			all[i].Tickets = newest(all[i].Tickets)
		}
	}
	return newest(r.Tickets), err
}

// asQuoted is lines as the order's quote has them, which may be for another slot now.
func asQuoted(o tickets.Order, lines []tickets.Line) []tickets.Line {
	out := slices.Clone(lines)
	for i, l := range out {
		for _, q := range o.Quote.Lines {
			if q.SKU == l.SKU {
				out[i] = q
				out[i].Units = l.Units
			}
		}
	}
	return out
}

// issuedAnew is the fact of tickets made in place of those that a dispute had ended.
func (t *turn) issuedAnew(o *tickets.Order, ks []tickets.Ticket, by tickets.Actor, source string, row tickets.TransitionID, before tickets.Stage) tickets.Fact {
	codes := make([]tickets.TicketCode, len(ks))
	for i, k := range ks {
		codes[i] = k.Code
	}
	return o.Record(tickets.FulfillmentIssued, t.now, by, source, row, before, map[string]any{
		"ticketCode": codes[0], "qrUrl": t.d.QRURL(ks[0]), "ticketCodes": codes,
	})
}

// unserved opens the case of an order whose money is back and whose places are gone, and returns its fact. The caller
// stores the order.
func (s *disputing) unserved() (tickets.Fact, error) {
	s.o.Reason = ReasonReversed
	s.o.Fulfilment.State, s.o.Fulfilment.At = tickets.FulfilmentFailed, s.now
	_, err := s.openCase(tickets.Case{
		Merchant: s.o.Merchant, Kind: tickets.CaseUnfulfilled, Subject: string(s.o.ID), Order: s.o.ID, Why: ReasonReversed,
		Amount: tickets.Money{Amount: s.o.Applied - s.o.Refunded, Currency: s.o.Total().Currency},
	})
	f := s.o.Record(tickets.FulfillmentFailed, s.now, tickets.Actor{Kind: tickets.ActorSystem}, "dispute", "", s.o.Stage, map[string]any{"reason": ReasonReversed})
	f.Result = "failed"
	return f, err
}

// serveAgain gives an order that waits because its dispute was reversed its places on its slot (T34), and, where it had
// tickets, new ones (T32). It refuses with SoldOut, NotFound, and Conflict when nothing was lost. The caller stores it.
func (t *turn) serveAgain(o *tickets.Order, cat *tickets.Catalog, by tickets.Actor, source string) ([]tickets.Fact, error) {
	all, err := t.Disputes(o.ID)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(d tickets.Dispute) bool { return d.State == tickets.DisputeLost })
	l, err := t.lostBy(*o, all)
	if err != nil {
		return nil, err
	}
	if l.nothing() {
		return nil, tickets.Refuse(tickets.Conflict, "order %s has lost nothing", o.ID).With("reason", "state")
	}
	issued, err := t.restore(o, cat, l, "")
	if err != nil {
		return nil, err
	}
	before, err := o.Move(tickets.TFulfilAgain, t.now)
	if err != nil {
		return nil, err
	}
	o.Reason = ""
	o.Fulfilment.State, o.Fulfilment.At = tickets.FulfilmentIssuing, t.now
	f := o.Record(tickets.FulfillmentRetried, t.now, by, source, tickets.TFulfilAgain, before, nil)
	f.Hidden = true
	facts := []tickets.Fact{f}
	if len(issued) > 0 {
		if before, err = o.Move(tickets.TFulfilled, t.now); err != nil {
			return nil, err
		}
		o.Fulfilment.State = tickets.FulfilmentIssued
		facts = append(facts, t.issuedAnew(o, issued, by, source, tickets.TFulfilled, before))
	}
	for _, d := range all {
		if d.Tickets == nil {
			continue
		}
		d.Tickets = nil
		err = errors.Join(err, t.PutDispute(d))
	}
	return facts, errors.Join(err, t.closeCase(tickets.CaseUnfulfilled, string(o.ID), "again", by, ""))
}

// movable reports whether the order waits because its dispute was reversed, and its customer may choose another slot: all
// of its tickets ended, and nobody has asked for the money.
func movable(r tickets.Reader, o tickets.Order) (bool, error) {
	if o.Stage != tickets.StageFulfilFailed || o.Reason != ReasonReversed || o.Returned || o.Contested() || o.Refunding > 0 {
		return false, nil
	}
	ks, err := r.Tickets(o.ID)
	return len(ks) > 0 && !slices.ContainsFunc(ks, tickets.Ticket.Good), err
}

// moveReversed is [Desk.MoveOrder] of an order that waits because its dispute was reversed; done is false for others.
func (d *Desk) moveReversed(ctx context.Context, id tickets.OrderID, c tickets.CustomerID, to tickets.Slot) (o tickets.Order, done bool, err error) {
	err = d.update(ctx, func(t *turn) (err error) {
		if o, err = t.ofOrder(id, c); err != nil {
			return err
		}
		if done, err = movable(t, o); !done || err != nil {
			return err
		}
		cat, err := t.Catalog()
		if err != nil {
			return err
		}
		if o.Quote, err = t.sameFor(o, cat, to); err != nil {
			return err
		}
		if err := t.movedOtherwise(&o); err != nil {
			return err
		}
		facts, err := t.serveAgain(&o, cat, buyer(o), "bot")
		if err != nil {
			return err
		}
		moved := o.Record(tickets.OrderMoved, t.now, buyer(o), "bot", "", o.Stage, map[string]any{
			"visitDate": o.Slot().Date, "to": o.Slot().String(),
		})
		if err := t.PutOrder(o); err != nil {
			return err
		}
		return t.tell(o, append(facts, moved)...)
	})
	if err != nil {
		return o, done, fmt.Errorf("move order: %w", err)
	}
	return o, done, nil
}
