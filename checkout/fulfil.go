package checkout

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"hash/fnv"

	"boxoffice/tickets"
)

// afterPaid queues the fulfilment of an order that was just paid, and issues its tickets at once unless a person
// must (T32 in the transaction of T18).
func (t *turn) afterPaid(o *tickets.Order) ([]tickets.Fact, error) {
	o.Fulfilment = tickets.Fulfilment{
		ID: tickets.FulfilmentID(t.ids.id(tickets.PrefixFulfilment)), State: tickets.FulfilmentQueued, At: t.now,
	}
	if o.Manual() {
		return nil, nil
	}
	f, err := t.issue(o, tickets.Actor{Kind: tickets.ActorSystem}, "fulfilment")
	return []tickets.Fact{f}, err
}

// issue writes the order's tickets once (unique by order, generation and number) and moves it to FULFILLED (T32).
// The caller stores the order.
func (t *turn) issue(o *tickets.Order, by tickets.Actor, source string) (tickets.Fact, error) {
	before, err := o.Move(tickets.TFulfilled, t.now)
	if err != nil {
		return tickets.Fact{}, err
	}
	o.Fulfilment.State, o.Fulfilment.At = tickets.FulfilmentIssued, t.now
	if by.Kind == tickets.ActorMember {
		o.Fulfilment.By = by.ID
	}
	issued, err := t.tickets(*o)
	if err != nil {
		return tickets.Fact{}, err
	}
	if err := t.blockContested(o.ID, issued, ""); err != nil { // of money that came before the rest did
		return tickets.Fact{}, err
	}
	for _, k := range issued {
		if err := t.CreateTicket(k); err != nil {
			return tickets.Fact{}, err
		}
	}
	data := map[string]any{"ticketCode": issued[0].Code, "qrUrl": t.d.QRURL(issued[0])}
	if len(issued) > 1 {
		codes := make([]tickets.TicketCode, len(issued))
		for i, k := range issued {
			codes[i] = k.Code
		}
		data["ticketCodes"] = codes
	}
	return o.Record(tickets.FulfillmentIssued, t.now, by, source, tickets.TFulfilled, before, data), nil
}

// blockContested blocks new tickets while a bank argues about a part of their money, but for one dispute: the one that gives
// them. The caller stores them.
func (t *turn) blockContested(id tickets.OrderID, ks []tickets.Ticket, but tickets.DisputeID) error {
	all, err := t.Disputes(id)
	if err != nil {
		return err
	}
	for _, d := range all {
		if !d.Contested() || d.ID == but {
			continue
		}
		pays, err := t.paidFor(d)
		if err != nil {
			return err
		}
		for i := range ks {
			if pays {
				ks[i].Block(string(d.ID), t.now)
			}
		}
	}
	return nil
}

// tickets makes and signs the order's tickets: one for all lines of mode order, one for each unit of the others.
func (t *turn) tickets(o tickets.Order) ([]tickets.Ticket, error) {
	key, err := t.signingKey()
	if err != nil {
		return nil, err
	}
	var groups [][]tickets.Line
	var together []tickets.Line
	for _, l := range o.Quote.Lines {
		if l.TicketMode != tickets.TicketPerUnit {
			together = append(together, l)
			continue
		}
		one := l
		one.Units = 1
		for range l.Units {
			groups = append(groups, []tickets.Line{one})
		}
	}
	if together != nil {
		groups = append([][]tickets.Line{together}, groups...)
	}
	out := make([]tickets.Ticket, 0, len(groups))
	for i, lines := range groups {
		k := tickets.Ticket{
			Code: tickets.TicketCode(t.ids.id(tickets.PrefixTicket)), Number: t.ids.number(), Merchant: o.Merchant, Order: o.ID,
			OrderCode: o.Code, Gen: o.Gen, Seq: i + 1, Of: len(groups), Product: o.Quote.Product, ProductName: o.ProductName, Lines: lines,
			Slot: o.Slot(), State: tickets.TicketValid, Kid: key.Kid, Lang: o.Buyer.Lang, At: t.now, Changed: t.now,
		}
		for _, l := range lines {
			k.Places += l.Places()
		}
		if err := t.sign(&k, key); err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, nil
}

func (t *turn) sign(k *tickets.Ticket, key tickets.SigningKey) error {
	cat, loc, err := t.catalog()
	if err != nil {
		return err
	}
	from := k.Slot.Date.At("", loc)
	text, err := tickets.Code{
		Kid: key.Kid, Scope: scope(k.Product, k.Slot), Number: k.Number, Gen: uint8(k.Gen),
		ValidFrom: from, ValidFor: k.Slot.Date.At("24:00", loc).Sub(from), Places: k.Places,
	}.Sign(ed25519.NewKeyFromSeed(key.Seed), cat.Merchant.ID)
	if err != nil {
		return fmt.Errorf("sign ticket: %w", err)
	}
	k.Text = text
	return nil
}

// scope is the signed text's 32-bit name of a product's slot, so that a gate for one visit tells another's apart.
func scope(p tickets.ProductID, s tickets.Slot) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(string(p) + "|" + s.String())) // never fails
	return h.Sum32()
}

func (t *turn) signingKey() (tickets.SigningKey, error) {
	keys, err := t.SigningKeys()
	if err != nil {
		return tickets.SigningKey{}, err
	}
	if len(keys) == 0 {
		return tickets.SigningKey{}, tickets.Refuse(tickets.Unavailable, "there is no signing key; start the service once")
	}
	return keys[len(keys)-1], nil
}

// EnsureKey makes the first signing key of a new shop, and nothing otherwise.
func (d *Desk) EnsureKey(ctx context.Context) error {
	err := d.newKey(ctx, true)
	if errors.Is(err, tickets.Exists) {
		return nil
	}
	return err
}

// RotateKey makes a new signing key: new tickets use it, old ones stay valid by theirs.
func (d *Desk) RotateKey(ctx context.Context) error { return d.newKey(ctx, false) }

func (d *Desk) newKey(ctx context.Context, first bool) error {
	return d.update(ctx, func(t *turn) error {
		keys, err := t.SigningKeys()
		if err != nil {
			return err
		}
		if first && len(keys) > 0 {
			return tickets.Exists
		}
		if len(keys) >= 255 {
			return tickets.Refuse(tickets.Limit, "255 signing keys are in use")
		}
		seed := make([]byte, ed25519.SeedSize)
		if _, err := t.ids.Read(seed); err != nil {
			return err
		}
		pub := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
		return t.CreateSigningKey(tickets.SigningKey{Kid: uint8(len(keys) + 1), Seed: seed, Public: pub, At: t.now})
	})
}

// QRURL is where the ticket's QR picture is.
func (d *Desk) QRURL(k tickets.Ticket) string { return d.PublicURL + "/T/" + k.Text + ".png?size=240" }

// Issue issues the tickets of a paid manual order by a member (T31, T32), at their door. An order issued already is returned as it
// is. It refuses with Conflict what is not paid, or whose customer is to choose because the date was closed, and Forbidden a role that may not.
func (d *Desk) Issue(ctx context.Context, id tickets.OrderID, by Staff) (tickets.Order, error) {
	var o tickets.Order
	err := d.update(ctx, func(t *turn) (err error) {
		if err := by.may(tickets.ActIssue); err != nil {
			return err
		}
		if o, err = t.Order(id); err != nil || o.Stage == tickets.StageFulfilled {
			return err
		}
		switch {
		case o.Contested():
			return tickets.Refuse(tickets.Conflict, "order %s is disputed", id).With("reason", "disputed")
		case o.Refunding > 0:
			return tickets.Refuse(tickets.Conflict, "order %s is asked back", id).With("reason", "asked")
		case o.Asked():
			return tickets.Refuse(tickets.Conflict, "the date of order %s is closed, its customer is asked", id).With("reason", "asked")
		case o.Returned && o.Reason != ReasonReversed:
			return tickets.Refuse(tickets.Conflict, "order %s was given back", id).With("reason", "asked")
		}
		var facts []tickets.Fact
		if o.Stage == tickets.StageFulfilFailed && o.Reason == ReasonReversed {
			if facts, err = t.reversedAgain(&o, by); err != nil {
				return err
			}
			if o.Stage == tickets.StageFulfilled {
				if err := t.PutOrder(o); err != nil {
					return err
				}
				return t.tell(o, facts...)
			}
		}
		if row, name := tickets.TFulfilling, tickets.FulfillmentStarted; o.Stage == tickets.StagePaid || o.Stage == tickets.StageFulfilFailed {
			if o.Stage == tickets.StageFulfilFailed {
				row, name = tickets.TFulfilAgain, tickets.FulfillmentRetried
				if err := t.closeCase(tickets.CaseUnfulfilled, string(id), "again", by.Actor, ""); err != nil {
					return err
				}
			}
			before, err := o.Move(row, t.now)
			if err != nil {
				return err
			}
			o.Fulfilment.State, o.Fulfilment.At = tickets.FulfilmentIssuing, t.now
			f := o.Record(name, t.now, by.Actor, by.Source, row, before, nil)
			f.Hidden = true
			facts = append(facts, f)
		}
		f, err := t.issue(&o, by.Actor, by.Source)
		if err != nil {
			return err
		}
		if err := t.PutOrder(o); err != nil {
			return err
		}
		return t.tell(o, append(facts, f)...)
	})
	if err != nil {
		return o, fmt.Errorf("issue tickets: %w", err)
	}
	return o, nil
}

// reversedAgain is serveAgain for staff.
func (t *turn) reversedAgain(o *tickets.Order, by Staff) ([]tickets.Fact, error) {
	cat, err := t.Catalog()
	if err != nil {
		return nil, err
	}
	facts, err := t.serveAgain(o, cat, by.Actor, by.Source)
	if k := tickets.KindOf(err); k == tickets.SoldOut || k == tickets.NotFound {
		err = tickets.Refuse(tickets.Conflict, "no places on %s for order %s", o.Slot(), o.ID).With("reason", "places")
	}
	return facts, err
}

// FailIssue says that a paid manual order's tickets cannot be issued (T33): a person then tries again ([Desk.Issue]) or
// gives the money back ([Desk.AskRefund]). It refuses with Forbidden, Invalid without a reason, Conflict and NotFound.
func (d *Desk) FailIssue(ctx context.Context, id tickets.OrderID, by Staff, reason string) (tickets.Order, error) {
	var o tickets.Order
	err := d.update(ctx, func(t *turn) (err error) {
		if err := by.may(tickets.ActIssue); err != nil {
			return err
		}
		if reason == "" {
			return tickets.Refuse(tickets.Invalid, "say why").With("field", "reason")
		}
		if o, err = t.Order(id); err != nil || o.Stage == tickets.StageFulfilFailed {
			return err
		}
		before, err := o.Move(tickets.TFulfilFailed, t.now)
		if err != nil {
			return err
		}
		o.Fulfilment.State, o.Fulfilment.At = tickets.FulfilmentFailed, t.now
		o.Reason = "fulfil_failed"
		f := o.Record(tickets.FulfillmentFailed, t.now, by.Actor, by.Source, tickets.TFulfilFailed, before, map[string]any{"reason": reason})
		f.Result, f.Error = "failed", reason
		if err := t.PutOrder(o); err != nil {
			return err
		}
		if _, err := t.openCase(tickets.Case{
			Merchant: o.Merchant, Kind: tickets.CaseUnfulfilled, Subject: string(id), Order: id, Why: reason,
			Amount: tickets.Money{Amount: o.Applied - o.Refunded, Currency: o.Total().Currency},
		}); err != nil {
			return err
		}
		return t.tell(o, f)
	})
	if err != nil {
		return o, fmt.Errorf("fail issue: %w", err)
	}
	return o, nil
}
