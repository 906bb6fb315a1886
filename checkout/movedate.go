package checkout

import (
	"context"
	"fmt"
	"slices"

	"boxoffice/tickets"
)

// MovingDate is a paid order that shall be for another slot of its product.
type MovingDate struct {
	Order     tickets.OrderID
	By        Staff
	To        tickets.Slot
	KeepPrice bool // although the slot costs something else today: the customer neither pays nor gets the difference
	Reason    string
	Key       string // idempotency key; "" has none
}

// Movable refuses with Conflict what cannot be moved to another date: an order that is not paid or is over (arg reason
// "state"), one that somebody went in with ("used"), or whose money is asked back ("asked") or disputed ("disputed").
func Movable(f OrderFile) error { return mayMove(f.Order, f.Tickets) }

func mayMove(o tickets.Order, all []tickets.Ticket) error {
	var reason string
	switch {
	case o.Contested():
		reason = "disputed"
	case o.Refunding > 0:
		reason = "asked"
	case !o.Allows(tickets.TMoved), o.Returned, o.Stage == tickets.StageFulfilled && !slices.ContainsFunc(all, tickets.Ticket.Good):
		reason = "state"
	case slices.ContainsFunc(all, func(k tickets.Ticket) bool { return k.Good() && k.Admitted > 0 }):
		reason = "used"
	case slices.ContainsFunc(all, func(k tickets.Ticket) bool { return k.Good() && k.State != tickets.TicketValid }):
		reason = "state"
	default:
		return nil
	}
	return tickets.Refuse(tickets.Conflict, "order %s (%s) cannot be moved", o.ID, o.Stage).With("reason", reason)
}

// MoveDate moves a paid order, as far as its tickets are good, to another slot (T47), in one transaction: places there
// are sold, those of the old slot returned, the old tickets end and new ones are made as a new generation, and the customer
// is told. The same Key does it once. It refuses as [Movable] does, and with Forbidden, NotFound, Closed, SoldOut (arg
// left), Limit, and Changed (arg price, as [tickets.Money]) when the slot's price is another and is not to be kept.
func (d *Desk) MoveDate(ctx context.Context, in MovingDate) (tickets.Order, error) {
	var o tickets.Order
	err := d.update(ctx, func(t *turn) (err error) {
		if err := in.By.may(tickets.ActIssue); err != nil {
			return err
		}
		if in.KeepPrice {
			if err := in.By.may(tickets.ActRefund); err != nil {
				return err
			}
		}
		if o, err = t.Order(in.Order); err != nil {
			return err
		}
		if done, err := t.doneAs(o, tickets.OrderMoved, in.Key); done || err != nil {
			return err
		}
		all, err := t.Tickets(o.ID)
		if err != nil {
			return err
		}
		if err := mayMove(o, all); err != nil {
			return err
		}
		if err := t.movedOtherwise(&o); err != nil {
			return err
		}
		return t.moveDate(&o, slices.DeleteFunc(all, func(k tickets.Ticket) bool { return !k.Good() }), in)
	})
	if err != nil {
		return o, fmt.Errorf("move to another date: %w", err)
	}
	return o, nil
}

// moveDate moves the order and its good tickets.
func (t *turn) moveDate(o *tickets.Order, good []tickets.Ticket, in MovingDate) error {
	cat, err := t.Catalog()
	if err != nil {
		return err
	}
	was := *o
	if o.Quote, err = t.quoteFor(was, cat, in); err != nil {
		return err
	}
	lines := o.Quote.Lines
	if len(good) > 0 {
		lines = nil
		for _, k := range good {
			lines = append(lines, asQuoted(*o, k.Lines)...)
		}
	}
	if err := t.sellMoved(o, cat, tickets.Draws(lines)); err != nil {
		return err
	}
	if err := t.leave(was, good); err != nil {
		return err
	}
	before, err := o.Move(tickets.TMoved, t.now)
	if err != nil {
		return err
	}
	data := map[string]any{"visitDate": o.Slot().Date, "from": was.Slot().String(), "to": o.Slot().String()}
	if in.Reason != "" {
		data["words"] = in.Reason
	}
	moved := o.Record(tickets.OrderMoved, t.now, in.By.Actor, in.By.Source, tickets.TMoved, before, data)
	moved.Key = in.Key
	facts := []tickets.Fact{moved}
	issued, err := t.reissue(*o, good, "")
	if err != nil {
		return err
	}
	if len(issued) > 0 {
		facts = append(facts, t.issuedAnew(o, issued, in.By.Actor, in.By.Source, "", o.Stage))
	}
	if err := t.PutOrder(*o); err != nil {
		return err
	}
	return t.tell(*o, facts...)
}

// quoteFor is what the order's choice costs on the slot it is moved to; with the price kept, what was paid.
func (t *turn) quoteFor(o tickets.Order, cat *tickets.Catalog, in MovingDate) (tickets.Quote, error) {
	if in.To == o.Slot() {
		return o.Quote, tickets.Refuse(tickets.Conflict, "order %s is for %s", o.ID, in.To).With("reason", "state")
	}
	q, err := cat.MakeQuote(o.Quote.Product, in.To, choices(o), t.now, t.d.Timings.Quote)
	if err != nil {
		return q, err
	}
	q.Refund = o.Quote.Refund // as bought
	if q.Total == o.Total() {
		return q, nil
	}
	if !in.KeepPrice {
		return q, tickets.Refuse(tickets.Changed, "%s costs %s, not %s", in.To, q.Total, o.Total()).With("price", q.Total)
	}
	q.Lines, q.Total = o.Quote.Lines, o.Quote.Total
	return q, nil
}

// sellMoved sells places on the order's slot at once, as a new generation.
func (t *turn) sellMoved(o *tickets.Order, cat *tickets.Catalog, draws []tickets.Draw) error {
	if err := t.holdStock(cat, o.Slot(), draws); err != nil {
		return err
	}
	o.Gen++
	h := tickets.Hold{
		ID: tickets.HoldID(t.ids.id(tickets.PrefixHold)), Merchant: o.Merchant, Order: o.ID, Customer: o.Buyer.Customer, Gen: o.Gen,
		Slot: o.Slot(), Draws: draws, State: tickets.HoldActive, Reason: tickets.HoldMoved, At: t.now, Expiry: t.now,
	}
	o.Hold = h.ID
	if err := t.CreateHold(h); err != nil {
		return err
	}
	return t.consume(&h)
}

// leave returns the places that the order had, and ends its good tickets.
func (t *turn) leave(was tickets.Order, good []tickets.Ticket) error {
	if len(good) == 0 {
		return t.returnPlaces(was.Merchant, was.Slot(), tickets.Draws(was.Quote.Lines))
	}
	gone := slices.Clone(good)
	if err := t.returnTickets(gone); err != nil {
		return err
	}
	for _, k := range gone {
		k.Revoke(t.now)
		if err := t.PutTicket(k); err != nil {
			return err
		}
	}
	return nil
}

// Dates lists slots of the order's product that are on sale in the days from a first one, with what its choice costs there
// and whether there is room for the tickets that are good. It fails with NotFound.
func (d *Desk) Dates(ctx context.Context, id tickets.OrderID, from tickets.Date, days int) ([]DateOffer, error) {
	var out []DateOffer
	now := d.now()
	err := d.Store.View(ctx, func(r tickets.Reader) error {
		out = nil
		o, err := r.Order(id)
		if err != nil {
			return err
		}
		cat, err := r.Catalog()
		if err != nil {
			return err
		}
		p, err := cat.Product(o.Quote.Product)
		if err != nil {
			return err
		}
		for date := from; date < from+tickets.Date(days); date++ {
			for _, s := range p.Calendar.On(date) {
				if s == o.Slot() {
					continue
				}
				q, err := cat.MakeQuote(p.ID, s, choices(o), now, d.Timings.Quote)
				if err != nil {
					continue // not on sale
				}
				room, err := fits(r, cat, q)
				if err != nil {
					return err
				}
				out = append(out, DateOffer{Slot: s, Total: q.Total, Room: room})
			}
		}
		return nil
	})
	return out, err
}

// DateOffer is a slot that an order could be moved to.
type DateOffer struct {
	Slot  tickets.Slot
	Total tickets.Money // of the whole order there today
	Room  bool
}
