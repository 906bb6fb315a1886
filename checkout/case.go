package checkout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"boxoffice/tickets"
)

// What cannot be decided without a person is a Case: opened in the transaction that finds it, closed in the one that
// settles it. The list of open cases is what the merchant has to look at; each has an age, and an owner once somebody
// took it.

// openCase opens a case, or renews the one that is open about the same. It tells nothing: the caller's fact does.
func (t *turn) openCase(c tickets.Case) (tickets.Case, error) {
	old, err := t.OpenCase(c.Kind, c.Subject)
	switch {
	case err == nil:
		old.Why, old.Due, old.Amount, old.Gateway, old.Charge = c.Why, c.Due, c.Amount, c.Gateway, c.Charge
		return old, t.PutCase(old)
	case !errors.Is(err, tickets.NotFound):
		return c, err
	}
	c.ID, c.At = tickets.CaseID(t.ids.id(tickets.PrefixCase)), t.now
	return c, t.CreateCase(c)
}

// closeCase closes the open case of a kind about a subject, if there is one.
func (t *turn) closeCase(kind tickets.CaseKind, subject, outcome string, by tickets.Actor, note string) error {
	c, err := t.OpenCase(kind, subject)
	if errors.Is(err, tickets.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	c.Closed, c.Outcome, c.By, c.Note = t.now, outcome, by, note
	return t.PutCase(c)
}

// PutCase stores a changed case, and notes it where the merchant's group shows it.
func (t *turn) PutCase(c tickets.Case) error {
	if c.Message != 0 {
		t.cases = append(slices.DeleteFunc(t.cases, func(x tickets.Case) bool { return x.ID == c.ID }), c)
	}
	return t.Tx.PutCase(c)
}

// showCases has the messages of changed cases drawn anew, whoever changed them and by which door.
func (t *turn) showCases() error {
	for _, c := range t.cases {
		o, err := t.orderOr(c.Order, c.Merchant)
		if err != nil {
			return err
		}
		// What it is now tells changes of one moment apart.
		data, err := json.Marshal(map[string]any{"caseId": c.ID, "is": fmt.Sprintf("%s %d %s", c.Owner, len(c.Agreed), c.Outcome)})
		if err != nil {
			return err
		}
		f := tickets.Fact{Name: tickets.CaseChanged, At: t.now, Source: "case", Data: data, Key: string(c.ID) + ":"}
		for _, dl := range t.d.Route(o, []tickets.Fact{f}) {
			if err := t.CreateDelivery(dl); err != nil && !errors.Is(err, tickets.Exists) {
				return err
			}
			t.told = true
		}
	}
	return nil
}

// Cases lists what waits for a person, the oldest first.
func (d *Desk) Cases(ctx context.Context, p tickets.Page) (cases []tickets.Case, mark string, err error) {
	err = d.Store.View(ctx, func(r tickets.Reader) (err error) { cases, mark, err = r.OpenCases(p); return err })
	return cases, mark, err
}

// TakeCase makes a member the owner of an open case; taking it from another is allowed, that is what talking is for.
// It refuses with Forbidden, NotFound, and Conflict when it is closed.
func (d *Desk) TakeCase(ctx context.Context, id tickets.CaseID, m tickets.Member) (tickets.Case, error) {
	var c tickets.Case
	err := d.update(ctx, func(t *turn) (err error) {
		if !m.Role.May(tickets.ActAsk) {
			return tickets.Refuse(tickets.Forbidden, "role %s may not take cases", m.Role)
		}
		if c, err = t.Case(id); err != nil {
			return err
		}
		if !c.Open() {
			return tickets.Refuse(tickets.Conflict, "case %s is closed", id)
		}
		c.Owner, c.Name = m.ID, m.Name
		return t.PutCase(c)
	})
	if err != nil {
		return c, fmt.Errorf("take case: %w", err)
	}
	return c, nil
}

// Staff is who acts for the merchant: a member with a role, or a program whose token was checked at its door.
type Staff struct {
	Actor  tickets.Actor
	Role   tickets.Role
	Source string // door: bot, api, console
}

// StaffOf is a member acting through a door.
func StaffOf(m tickets.Member, source string) Staff {
	return Staff{Actor: tickets.Actor{Kind: tickets.ActorMember, ID: string(m.ID), Name: m.Name}, Role: m.Role, Source: source}
}

// may refuses with Forbidden what the role does not allow.
func (s Staff) may(a tickets.Act) error {
	if !s.Role.May(a) {
		return tickets.Refuse(tickets.Forbidden, "role %q may not %s", s.Role, a)
	}
	return nil
}
