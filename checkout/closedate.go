package checkout

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"boxoffice/tickets"
)

// This file closes dates that have orders (T39): the catalog closes them at once, and a pass carries out what the merchant
// decided about their orders.
//
// Where it can stop: before the closing is stored nothing happened. After it, each order is one transaction that marks the
// order with the closing, counts it there and asks its refund under a key of both; an order that is met again is left as it
// is. The place where the pass is comes after the orders before it, so that a page of them may be gone over twice.

// Where closings are remembered: the ids of the newest, and each by its id.
const (
	settingClosings = "closings"
	settingClosing  = "closing:"
)

// How customers are asked, and how a closing is carried out.
const (
	closingWait   = 72 * time.Hour // to choose, where the merchant does not say
	closingLeast  = time.Hour      // to choose, although the date is near
	closingsKnown = 100            // remembered for lists
)

// ClosingDates is a merchant who closes dates.
type ClosingDates struct {
	Products []tickets.ProductID // none: all
	Days     []tickets.Date
	Deed     tickets.ClosingDeed
	By       Staff
	Reason   string        // what customers are told; needed unless their orders are left
	Wait     time.Duration // customers choose that long: 0 is three days; never beyond the date, and at least an hour
	On       int64         // the revision of the catalog that it was decided on
}

// CloseDates closes dates, and begins what becomes of their orders; the pass [Desk.Close] carries it out. It refuses with
// Forbidden, Invalid, NotFound, Changed (arg revision) when the catalog is another than the one it was decided on, and
// Conflict (arg closing) while another closing of the same dates is carried out.
func (d *Desk) CloseDates(ctx context.Context, in ClosingDates) (tickets.Closing, error) {
	var c tickets.Closing
	switch {
	case in.By.may(tickets.ActCatalog) != nil:
		return c, in.By.may(tickets.ActCatalog)
	case in.Deed != tickets.ClosingLeave && in.By.may(tickets.ActRefund) != nil:
		return c, in.By.may(tickets.ActRefund)
	case !in.Deed.Valid() || len(in.Days) == 0 || in.Wait < 0:
		return c, tickets.Refuse(tickets.Invalid, "%q of %d days", in.Deed, len(in.Days)).With("field", "deed")
	case in.Deed != tickets.ClosingLeave && in.Reason == "":
		return c, tickets.Refuse(tickets.Invalid, "say why").With("field", "reason")
	}
	err := d.update(ctx, func(t *turn) error {
		old, loc, err := t.catalog()
		if err != nil {
			return err
		}
		if old.Revision != in.On {
			return tickets.Refuse(tickets.Changed, "the catalog is revision %d, not %d", old.Revision, in.On).With("revision", old.Revision)
		}
		next, err := closed(old, &in)
		if err != nil {
			return err
		}
		if err := t.notClosing(in); err != nil {
			return err
		}
		if _, _, err := t.putCatalog(old, next, tickets.DateOf(t.now, loc)-1); err != nil {
			return err
		}
		c = tickets.Closing{
			ID: tickets.ClosingID(t.ids.id(tickets.PrefixClosing)), Merchant: old.Merchant.ID, Products: in.Products, Days: in.Days, Deed: in.Deed,
			By: in.By.Actor, Role: in.By.Role, Source: in.By.Source, Reason: in.Reason, At: t.now,
		}
		if in.Wait == 0 {
			in.Wait = closingWait
		}
		if c.Deed == tickets.ClosingSwap {
			c.Until = t.now.Add(in.Wait)
		}
		if c.Deed == tickets.ClosingLeave {
			c.Ended = t.now
		}
		return t.newClosing(c)
	})
	if err != nil {
		return c, fmt.Errorf("close dates: %w", err)
	}
	return c, nil
}

// closed is the catalog with the dates closed; it fills in all products where none is named.
func closed(old *tickets.Catalog, in *ClosingDates) (tickets.Catalog, error) {
	next := old.Clone()
	for _, id := range in.Products {
		if _, err := old.Product(id); err != nil {
			return next, err
		}
	}
	all := len(in.Products) == 0
	for i := range next.Products {
		p := &next.Products[i]
		if all {
			in.Products = append(in.Products, p.ID)
		}
		if slices.Contains(in.Products, p.ID) {
			p.Calendar.Close(in.Days)
		}
	}
	return next, nil
}

// notClosing refuses dates that another closing is at work on: an order has one that decides about it.
func (t *turn) notClosing(in ClosingDates) error {
	all, err := ReadClosings(t)
	if err != nil {
		return err
	}
	for _, c := range all {
		same := slices.ContainsFunc(c.Days, func(d tickets.Date) bool { return slices.Contains(in.Days, d) }) &&
			slices.ContainsFunc(c.Products, func(p tickets.ProductID) bool { return slices.Contains(in.Products, p) })
		if same && c.Ended.IsZero() {
			return tickets.Refuse(tickets.Conflict, "closing %s is at work on these dates", c.ID).With("closing", string(c.ID))
		}
	}
	return nil
}

// HurryClosing ends the time in which customers choose: who has not chosen gets the money back. It refuses with Forbidden,
// NotFound, and Conflict when nobody is to choose.
func (d *Desk) HurryClosing(ctx context.Context, id tickets.ClosingID, by Staff) (tickets.Closing, error) {
	var c tickets.Closing
	err := d.update(ctx, func(t *turn) (err error) {
		if err := by.may(tickets.ActRefund); err != nil {
			return err
		}
		if c, err = ReadClosing(t, id); err != nil {
			return err
		}
		if !c.Ended.IsZero() || c.Deed != tickets.ClosingSwap {
			return tickets.Refuse(tickets.Conflict, "closing %s asks nobody", id)
		}
		c.Hurried, c.Due = t.now, t.now
		return t.putClosing(c)
	})
	if err != nil {
		return c, fmt.Errorf("hurry closing: %w", err)
	}
	return c, nil
}

// newClosing remembers a closing. The oldest of too many is forgotten, unless it is still at work.
func (t *turn) newClosing(c tickets.Closing) error {
	known, err := closingIDs(t)
	if err != nil {
		return err
	}
	ids := []tickets.ClosingID{c.ID}
	for _, id := range known {
		if len(ids) >= closingsKnown {
			old, err := ReadClosing(t, id)
			if err != nil {
				return err
			}
			if !old.Ended.IsZero() {
				continue
			}
		}
		ids = append(ids, id)
	}
	return errors.Join(t.remember(settingClosings, ids), t.putClosing(c))
}

func (t *turn) putClosing(c tickets.Closing) error {
	return t.remember(settingClosing+string(c.ID), c)
}

func closingIDs(r tickets.Reader) ([]tickets.ClosingID, error) {
	return rememberedList[tickets.ClosingID](r, settingClosings)
}

// ReadClosing finds a closing. It fails with NotFound.
func ReadClosing(r tickets.Reader, id tickets.ClosingID) (tickets.Closing, error) {
	return remembered[tickets.Closing](r, settingClosing+string(id))
}

// ClosingMark is a cheap mark of a closing that changes with it.
func ClosingMark(r tickets.Reader, id tickets.ClosingID) (string, error) {
	s, err := r.Setting(settingClosing + string(id))
	return fmt.Sprintf("%x", sha256.Sum256([]byte(s))), err
}

// ReadClosings lists the newest hundred closings and what is still at work of older ones, the newest first.
func ReadClosings(r tickets.Reader) ([]tickets.Closing, error) {
	ids, err := closingIDs(r)
	if err != nil {
		return nil, err
	}
	out := make([]tickets.Closing, 0, len(ids))
	for _, id := range ids {
		c, err := ReadClosing(r, id)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// Close is the pass that carries closings out: it settles orders of dates that were closed, at most [Batch] a run, and
// returns how many it settled. It can be stopped anywhere.
func (d *Desk) Close(ctx context.Context) (int, error) {
	var open []tickets.Closing
	now := d.now()
	err := d.Store.View(ctx, func(r tickets.Reader) error {
		all, err := ReadClosings(r)
		open = slices.DeleteFunc(all, func(c tickets.Closing) bool { return !c.Ended.IsZero() || c.Due.After(now) })
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("close dates: %w", err)
	}
	done := 0
	for _, c := range slices.Backward(open) { // the oldest first
		for done < Batch {
			n, more, err := d.closePage(ctx, c.ID)
			if done += n; err != nil {
				return done, fmt.Errorf("close dates %s: %w", c.ID, err)
			}
			if !more {
				break
			}
		}
	}
	return done, nil
}

// closePage settles a page of a closing's orders; more is false when the round is over.
func (d *Desk) closePage(ctx context.Context, id tickets.ClosingID) (n int, more bool, err error) {
	var c tickets.Closing
	var page []tickets.Order
	var mark string
	err = d.Store.View(ctx, func(r tickets.Reader) (err error) {
		if c, err = ReadClosing(r, id); err != nil || c.Day >= len(c.Days) {
			return err
		}
		page, mark, err = r.Orders(tickets.OrderQuery{Date: c.Days[c.Day], Page: tickets.Page{Mark: c.Mark, Limit: Batch}})
		return err
	})
	if err != nil {
		return 0, false, err
	}
	open := false
	for _, o := range page {
		if !c.Concerns(o) {
			continue
		}
		did, live, err := d.closeOrder(ctx, id, o.ID)
		if err != nil {
			return n, false, fmt.Errorf("order %s: %w", o.ID, err)
		}
		open = open || live
		if did {
			n++
		}
	}
	err = d.update(ctx, func(t *turn) error {
		now, err := ReadClosing(t, id)
		if err != nil || now.Round != c.Round || now.Day != c.Day || now.Mark != c.Mark {
			return err // another pass was here
		}
		more = now.Next(mark, open, t.now)
		return t.putClosing(now)
	})
	return n, more, err
}
