package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"boxoffice/tickets"
)

// This file erases what says who a customer is. What they bought stays: orders, money, tickets, admissions, the ledgers
// and every fact, of a customer who is only a number.
//
// Where it can stop: before the first transaction nothing happened. That one empties the customer's row, so that whoever
// writes to the bot from then on is somebody new, and remembers the erasure. Each order after it is one transaction,
// done again without harm; then the notices of providers, page by page with a mark. The erasure is forgotten, and written
// into the log of acts, in the last one. The pass [Desk.Forget] goes on with what was left.

// settingErasures is where erasures that go on are remembered: a list.
const settingErasures = "erasures"

// erasePage is how many cases, and how many notices, are looked at at once.
const erasePage = 200

// Erasing is somebody who has a customer's data erased: the customer, or a member with a reason.
type Erasing struct {
	Customer tickets.CustomerID
	By       Staff
	Reason   string
}

// Unfinished is an order that keeps its customer's data from being erased; Why is of [tickets.Order.Unfinished], or
// "case" when a person decides something about it.
type Unfinished struct {
	Order tickets.OrderID
	Code  string
	Why   string
}

// Erase takes out of the shop who a customer is: their name, username, Telegram number, chat and language, what they and
// members wrote about them, and what providers told of them. Erased already is done. It refuses with Conflict (arg
// unfinished: a []Unfinished) while an order is not over, with Forbidden, Invalid without a member's reason, and NotFound.
func (d *Desk) Erase(ctx context.Context, in Erasing) (tickets.Customer, error) {
	var c tickets.Customer
	err := d.update(ctx, func(t *turn) (err error) {
		if err := in.allowed(); err != nil {
			return err
		}
		if c, err = t.Customer(in.Customer); err != nil || !c.Erased.IsZero() {
			return err
		}
		left, err := unfinished(t, c.ID, t.now)
		if err != nil {
			return err
		}
		if len(left) > 0 {
			return tickets.Refuse(tickets.Conflict, "order %s is not over", left[0].Code).With("reason", "unfinished").With("unfinished", left)
		}
		if err := t.begin(c, in); err != nil {
			return err
		}
		c.Erase(t.now)
		return t.PutCustomer(c)
	})
	if err == nil {
		_, err = d.forget(ctx, in.Customer)
	}
	if err != nil {
		return c, fmt.Errorf("erase customer: %w", err)
	}
	return c, nil
}

// allowed refuses who may not have the data erased.
func (in Erasing) allowed() error {
	a := in.By.Actor
	if a.Kind == tickets.ActorCustomer {
		if a.ID != string(in.Customer) {
			return tickets.Refuse(tickets.Forbidden, "customer %s may not erase another", a.ID)
		}
		return nil
	}
	if err := in.By.may(tickets.ActPersonal); err != nil {
		return err
	}
	if in.Reason == "" {
		return tickets.Refuse(tickets.Invalid, "say why").With("field", "reason")
	}
	return nil
}

// begin remembers the erasure, and drops where the customer stands in the chat.
func (t *turn) begin(c tickets.Customer, in Erasing) error {
	if c.TelegramID != 0 {
		if err := t.DeleteConversation(c.TelegramID, c.TelegramID); err != nil {
			return err
		}
	}
	all, err := erasures(t)
	if err != nil {
		return err
	}
	by := in.By.Actor
	if by.Kind == tickets.ActorCustomer {
		by.Name = ""
	}
	return t.remember(settingErasures, append(all, tickets.Erasure{Customer: c.ID, By: by, Source: in.By.Source, At: t.now, Since: c.At}))
}

// Unfinished lists a customer's orders that are not over: see [Desk.Erase].
func (d *Desk) Unfinished(ctx context.Context, c tickets.CustomerID) (left []Unfinished, err error) {
	err = d.Store.View(ctx, func(r tickets.Reader) (err error) { left, err = unfinished(r, c, d.now()); return err })
	return left, err
}

func unfinished(r tickets.Reader, c tickets.CustomerID, now time.Time) ([]Unfinished, error) {
	cat, err := r.Catalog()
	if err != nil {
		return nil, err
	}
	loc, err := cat.Merchant.Location()
	if err != nil {
		return nil, err
	}
	today := tickets.DateOf(now, loc)
	var out []Unfinished
	err = orders(r, tickets.OrderQuery{Customer: c}, func(o tickets.Order) error {
		why := o.Unfinished(today)
		if why == "" {
			f, err := readFile(r, o)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(f.Cases, tickets.Case.Open) {
				why = "case"
			}
		}
		if why != "" {
			out = append(out, Unfinished{Order: o.ID, Code: o.Code, Why: why})
		}
		return nil
	})
	return out, err
}

// Forget is the pass that goes on with erasures that were stopped half-way; it returns how many it ended.
func (d *Desk) Forget(ctx context.Context) (int, error) {
	var all []tickets.Erasure
	if err := d.Store.View(ctx, func(r tickets.Reader) (err error) { all, err = erasures(r); return err }); err != nil {
		return 0, fmt.Errorf("forget: %w", err)
	}
	for i, e := range all {
		if _, err := d.forget(ctx, e.Customer); err != nil {
			return i, fmt.Errorf("forget customer %s: %w", e.Customer, err)
		}
	}
	return len(all), nil
}

// forget carries an erasure out to its end.
func (d *Desk) forget(ctx context.Context, c tickets.CustomerID) (ended bool, err error) {
	for {
		var e tickets.Erasure
		var theirs []tickets.OrderID
		err := d.Store.View(ctx, func(r tickets.Reader) (err error) {
			theirs = nil
			if e, err = erasureOf(r, c); err != nil {
				return err
			}
			return orders(r, tickets.OrderQuery{Customer: c}, func(o tickets.Order) error { theirs = append(theirs, o.ID); return nil })
		})
		if errors.Is(err, tickets.NotFound) {
			return ended, nil
		}
		if err != nil {
			return false, err
		}
		slices.Sort(theirs)
		if !e.Listed {
			if err := d.forgetOrders(ctx, e, theirs); err != nil {
				return false, err
			}
			continue
		}
		if ended, err = d.forgetNotices(ctx, e, theirs); err != nil {
			return false, err
		}
	}
}

// forgetOrders cleans a customer's orders, one by one, and the cases about them, which are few.
func (d *Desk) forgetOrders(ctx context.Context, e tickets.Erasure, orders []tickets.OrderID) error {
	var cases []tickets.CaseID
	err := d.Store.View(ctx, func(r tickets.Reader) (err error) { cases, err = casesOf(r, orders, e.Since); return err })
	if err != nil {
		return err
	}
	for _, id := range orders {
		if err := d.update(ctx, func(t *turn) error { return t.eraseOrder(id) }); err != nil {
			return fmt.Errorf("order %s: %w", id, err)
		}
	}
	return d.update(ctx, func(t *turn) error {
		for _, id := range cases {
			if err := t.eraseCase(id); err != nil {
				return fmt.Errorf("case %s: %w", id, err)
			}
		}
		e.Listed, e.Orders = true, len(orders)
		return t.stepErasure(e)
	})
}

// casesOf finds all cases about sorted orders, of which none is older than since.
func casesOf(r tickets.Reader, orders []tickets.OrderID, since time.Time) (out []tickets.CaseID, err error) {
	p := tickets.Page{Limit: erasePage}
	for {
		list, next, err := r.AllCases(p)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			if _, theirs := slices.BinarySearch(orders, c.Order); theirs {
				out = append(out, c.ID)
			}
		}
		if p.Mark = next; next == "" || len(list) > 0 && list[len(list)-1].At.Before(since) {
			return out, nil
		}
	}
}

// forgetNotices empties a page of what providers told of a customer's orders, which are sorted; with the last page the
// erasure ends. What is not judged yet stays until its time is over, as all notices do.
func (d *Desk) forgetNotices(ctx context.Context, e tickets.Erasure, orders []tickets.OrderID) (ended bool, err error) {
	err = d.update(ctx, func(t *turn) error {
		list, next, err := t.AllNotices(tickets.Page{Mark: e.Mark, Limit: erasePage})
		if err != nil {
			return err
		}
		for _, n := range list {
			_, theirs := slices.BinarySearch(orders, n.Order)
			if !theirs || n.Done.IsZero() || n.Body == nil && n.Headers == nil {
				continue
			}
			n.Body, n.Headers = nil, nil
			if err := t.PutNotice(n); err != nil {
				return err
			}
		}
		e.Mark = next
		ended = next == "" || len(list) > 0 && list[len(list)-1].At.Before(e.Since)
		if ended {
			return t.endErasure(e)
		}
		return t.stepErasure(e)
	})
	return ended, err
}

// endErasure forgets the erasure and certifies it in the log of acts.
func (t *turn) endErasure(e tickets.Erasure) error {
	all, err := erasures(t)
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(all), func(x tickets.Erasure) bool { return x.Customer == e.Customer })
	if len(left) == len(all) {
		return nil // another pass was here
	}
	if err := t.remember(settingErasures, left); err != nil {
		return err
	}
	return chain(t.Tx, tickets.AuditEntry{
		At: t.now, Actor: e.By, Act: "customer_erased", Object: string(e.Customer), Result: "ok", After: fmt.Sprintf("orders=%d", e.Orders),
	})
}

// stepErasure stores how far an erasure is, unless it ended meanwhile.
func (t *turn) stepErasure(e tickets.Erasure) error {
	all, err := erasures(t)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(x tickets.Erasure) bool { return x.Customer == e.Customer })
	if i < 0 {
		return nil
	}
	all[i] = e
	return t.remember(settingErasures, all)
}

func erasureOf(r tickets.Reader, c tickets.CustomerID) (tickets.Erasure, error) {
	all, err := erasures(r)
	if err != nil {
		return tickets.Erasure{}, err
	}
	i := slices.IndexFunc(all, func(x tickets.Erasure) bool { return x.Customer == c })
	if i < 0 {
		return tickets.Erasure{}, tickets.Refuse(tickets.NotFound, "customer %s is not being erased", c)
	}
	return all[i], nil
}

func erasures(r tickets.Reader) ([]tickets.Erasure, error) {
	return rememberedList[tickets.Erasure](r, settingErasures)
}
