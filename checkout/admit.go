package checkout

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"time"

	"boxoffice/tickets"
)

// Look is what a scanned text is.
type Look struct {
	Ticket     tickets.Ticket
	Order      tickets.Order
	Admissions []tickets.Admission
	// Refusal is nil when the ticket would be admitted now; else as of [Desk.Admit].
	Refusal error
}

// Look says what a scanned text is (the QR's URL, the bare signed text, or a ticket code) and whether it would be
// admitted now. It fails, as [Desk.Admit] does for such a text, with Forged (signed, but not by us), Revoked (the ticket
// has a newer text), NotFound and Invalid (not a ticket at all).
func (d *Desk) Look(ctx context.Context, scan string) (Look, error) {
	var l Look
	now := d.now()
	err := d.Store.View(ctx, func(r tickets.Reader) (err error) {
		l, err = d.look(r, scan, now)
		return err
	})
	return l, err
}

func (d *Desk) look(r tickets.Reader, scan string, now time.Time) (l Look, err error) {
	if l.Ticket, err = d.find(r, scan); err != nil {
		return l, err
	}
	if l.Order, err = r.Order(l.Ticket.Order); err != nil {
		return l, err
	}
	if l.Admissions, err = r.Admissions(l.Ticket.Code); err != nil {
		return l, err
	}
	cat, err := r.Catalog()
	if err != nil {
		return l, err
	}
	loc, err := cat.Merchant.Location()
	if err != nil {
		return l, err
	}
	l.Refusal = orderRefusal(l.Order)
	if l.Refusal == nil {
		try := l.Ticket
		_, verdict := try.Admit(0, now, loc, d.Timings.GateEarly)
		l.Refusal = explain(verdict, l.Admissions)
	}
	return l, nil
}

// find reads a scan and returns its ticket. A signed text must verify and be the ticket's present one.
func (d *Desk) find(r tickets.Reader, scan string) (tickets.Ticket, error) {
	s, err := tickets.ParseScan(scan)
	if err != nil {
		return tickets.Ticket{}, err
	}
	if s.Code != "" {
		return r.Ticket(s.Code)
	}
	cat, err := r.Catalog()
	if err != nil {
		return tickets.Ticket{}, err
	}
	keys, err := r.SigningKeys()
	if err != nil {
		return tickets.Ticket{}, err
	}
	code, err := tickets.VerifyCode(s.Text, cat.Merchant.ID, func(kid uint8) (ed25519.PublicKey, bool) {
		for _, k := range keys {
			if k.Kid == kid {
				return k.Public, true
			}
		}
		return nil, false
	})
	if err != nil {
		return tickets.Ticket{}, tickets.Refuse(tickets.Forged, "ticket text: %v", err)
	}
	k, err := r.TicketByNumber(code.Number)
	if err != nil {
		return k, err
	}
	if k.Text != s.Text {
		return k, tickets.Refuse(tickets.Revoked, "ticket %s has a newer text", k.Code)
	}
	return k, nil
}

// orderRefusal is why an order's tickets are not good, nil when they are.
func orderRefusal(o tickets.Order) error {
	if !o.Paid() {
		return tickets.Refuse(tickets.Revoked, "order %s is %s", o.ID, o.Stage)
	}
	return nil
}

// placeRefusal is why a ticket is not good at a gate that lets into one product, nil when it is.
func placeRefusal(k tickets.Ticket, p tickets.ProductID) error {
	if p != "" && k.Product != p {
		return tickets.Refuse(tickets.WrongPlace, "ticket %s is for %s, not for %s", k.Code, k.Product, p).With("product", k.Product)
	}
	return nil
}

// explain adds to a used-up verdict where and when it was used last.
func explain(verdict error, as []tickets.Admission) error {
	if r := tickets.RefusalOf(verdict); r != nil && r.Kind == tickets.Admitted {
		if last, ok := LastUse(as); ok {
			r.With("gate", last.Gate).With("at", last.At).With("by", last.By.Name)
		}
	}
	return verdict
}

// LastUse is the newest admission of a ticket's that was not taken back.
func LastUse(as []tickets.Admission) (tickets.Admission, bool) {
	uses := tickets.Uses(as)
	if len(uses) == 0 {
		return tickets.Admission{}, false
	}
	return uses[len(uses)-1], true
}

// Admitting is a use of a ticket at a gate.
type Admitting struct {
	Scan  string        // URL, signed text or ticket code
	Count int           // places; 0 is all that are left
	Gate  string        // where, for people
	By    tickets.Actor // the member or token
	Key   string        // idempotency key; "" has none
	// Product that the gate lets into; "" lets into all. A ticket of another is refused with WrongPlace.
	Product tickets.ProductID
}

// Admit lets people in: one transaction, so that of parallel scans exactly as many succeed as there are places. The
// same Key answers with the same admission. It refuses as [tickets.Ticket.Admit] does; Admitted has the args gate,
// at and by.
func (d *Desk) Admit(ctx context.Context, a Admitting) (tickets.Ticket, tickets.Admission, error) {
	var k tickets.Ticket
	var adm tickets.Admission
	err := d.update(ctx, func(t *turn) (err error) {
		if k, err = d.find(t, a.Scan); err != nil {
			return err
		}
		k, adm, err = t.admit(k, a)
		return err
	})
	if err != nil {
		return k, adm, fmt.Errorf("admit: %w", err)
	}
	return k, adm, nil
}

func (t *turn) admit(k tickets.Ticket, a Admitting) (tickets.Ticket, tickets.Admission, error) {
	var none tickets.Admission
	as, err := t.Admissions(k.Code)
	if err != nil {
		return k, none, err
	}
	for _, x := range as {
		if a.Key != "" && x.Key == a.Key {
			if a.Count != 0 && a.Count != x.Count {
				return k, none, tickets.Refuse(tickets.Conflict, "key %q was used to admit %d", a.Key, x.Count)
			}
			return k, x, nil
		}
	}
	o, err := t.Order(k.Order)
	if err != nil {
		return k, none, err
	}
	if err := orderRefusal(o); err != nil {
		return k, none, err
	}
	if err := placeRefusal(k, a.Product); err != nil {
		return k, none, err
	}
	_, loc, err := t.catalog()
	if err != nil {
		return k, none, err
	}
	n, err := k.Admit(a.Count, t.now, loc, t.d.Timings.GateEarly)
	if err != nil {
		return k, none, explain(err, as)
	}
	adm := tickets.Admission{Ticket: k.Code, N: len(as) + 1, Order: o.ID, Count: n, Gate: a.Gate, By: a.By, Key: a.Key, At: t.now}
	err = errors.Join(t.CreateAdmission(adm), t.PutTicket(k))
	if err != nil {
		return k, none, err
	}
	f := o.Record(tickets.TicketAdmitted, t.now, a.By, "gate", "", o.Stage, map[string]any{
		"ticketCode": k.Code, "count": n, "gate": a.Gate, "left": k.Places - k.Admitted,
	})
	facts := []tickets.Fact{f}
	used, err := t.allUsed(o.ID)
	if err != nil {
		return k, none, err
	}
	if used && o.Allows(tickets.TComplete) {
		f, err := t.over(&o, a.By, "gate")
		if err != nil {
			return k, none, err
		}
		facts = append(facts, f)
	}
	if err := t.PutOrder(o); err != nil {
		return k, none, err
	}
	return k, adm, t.tell(o, facts...)
}

// allUsed reports whether everybody who may come has come.
func (t *turn) allUsed(id tickets.OrderID) (bool, error) {
	ks, err := t.Tickets(id)
	return !slices.ContainsFunc(ks, func(k tickets.Ticket) bool { return k.Good() && k.State != tickets.TicketUsed }), err
}
