package checkout

import (
	"context"
	"fmt"
	"slices"

	"boxoffice/tickets"
)

// Reissuing is a ticket that shall have a new code, because the old one was lost or got into wrong hands.
type Reissuing struct {
	Ticket tickets.TicketCode
	By     Staff
	Reason string
	Key    string // idempotency key; "" has none
}

// ReissueTicket makes a ticket in place of another: the same places on the same slot, another code and QR. The old one is
// revoked in the same transaction, and the customer gets the new one. The same Key answers with the same ticket. It
// refuses with Forbidden, Invalid without a reason, NotFound, and Conflict (args reason: "state" when the order or the
// ticket is not good any more, "used", "asked" or "disputed" while a refund or a dispute of it is decided).
func (d *Desk) ReissueTicket(ctx context.Context, in Reissuing) (tickets.Ticket, error) {
	var made tickets.Ticket
	err := d.update(ctx, func(t *turn) (err error) {
		if err := in.By.may(tickets.ActIssue); err != nil {
			return err
		}
		if in.Reason == "" {
			return tickets.Refuse(tickets.Invalid, "say why").With("field", "reason")
		}
		old, err := t.Ticket(in.Ticket)
		if err != nil {
			return err
		}
		o, err := t.Order(old.Order)
		if err != nil {
			return err
		}
		all, err := t.Tickets(o.ID)
		if err != nil {
			return err
		}
		done, err := t.doneAs(o, tickets.TicketReissued, in.Key)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(all, func(k tickets.Ticket) bool { return k.Replaces == old.Code }); done && i >= 0 {
			made = all[i]
			return nil
		}
		if err := t.reissuable(o, old); err != nil {
			return err
		}
		if made, err = t.inPlace(old, all); err != nil {
			return err
		}
		f := o.Record(tickets.TicketReissued, t.now, in.By.Actor, in.By.Source, "", o.Stage, map[string]any{
			"ticketCode": made.Code, "qrUrl": t.d.QRURL(made), "replaces": old.Code, "words": in.Reason,
		})
		f.Key = in.Key
		if err := t.PutOrder(o); err != nil {
			return err
		}
		return t.tell(o, f)
	})
	if err != nil {
		return made, fmt.Errorf("reissue ticket: %w", err)
	}
	return made, nil
}

// reissuable refuses what cannot have a new code.
func (t *turn) reissuable(o tickets.Order, k tickets.Ticket) error {
	refunds, err := t.Refunds(o.ID)
	if err != nil {
		return err
	}
	asked := slices.ContainsFunc(refunds, func(r tickets.Refund) bool { return r.Live() && slices.Contains(r.Tickets, k.Code) })
	var reason string
	switch {
	case k.Admitted > 0:
		reason = "used"
	case k.Withheld() == "dispute":
		reason = "disputed"
	case asked, k.Withheld() != "":
		reason = "asked"
	case !o.Paid() || k.State != tickets.TicketValid:
		reason = "state"
	default:
		return nil
	}
	return tickets.Refuse(tickets.Conflict, "ticket %s is %s, order %s is %s", k.Code, k.State, o.ID, o.Stage).With("reason", reason)
}

// inPlace makes a ticket in place of old, among all of its order, and ends old. The places pass from one to the other.
func (t *turn) inPlace(old tickets.Ticket, all []tickets.Ticket) (tickets.Ticket, error) {
	key, err := t.signingKey()
	if err != nil {
		return old, err
	}
	k := old
	k.Code, k.Number, k.Kid = tickets.TicketCode(t.ids.id(tickets.PrefixTicket)), t.ids.number(), key.Kid
	k.Replaces, k.At, k.Changed = old.Code, t.now, t.now
	taken := func(x tickets.Ticket) bool { return x.Gen == k.Gen && x.Seq == k.Seq }
	for slices.ContainsFunc(all, taken) {
		k.Seq += max(k.Of, 1)
	}
	if err := t.sign(&k, key); err != nil {
		return k, err
	}
	if err := t.CreateTicket(k); err != nil {
		return k, err
	}
	old.Revoke(t.now)
	old.Returned = true
	return k, t.PutTicket(old)
}
