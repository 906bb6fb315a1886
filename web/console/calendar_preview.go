package console

import (
	"fmt"
	"slices"

	"boxoffice/tickets"
)

// This file shows what an edit of days would change, before anybody agrees to it.

// dayChange is one line of what an edit changes.
type dayChange struct {
	Slot    tickets.Slot
	What    string
	Before  string
	After   string
	Taken   int  // places that customers have there
	Lowered bool // more is sold than there would be
}

// dayEditPage is what an edit will do.
type dayEditPage struct {
	Form    dayEdit
	Hidden  []pair // the form's fields
	Changes []dayChange
	More    int // changes that are not shown
	Taken   int // places that customers have on days that close
	Lowered int
	Outside []tickets.Date
	Newer   bool // the catalog has changed since the form was made
	Back    string
	Title   string
}

type pair struct{ Name, Value string }

// maxChanges is how many lines of a preview are shown.
const maxChanges = 120

func (v *visit) previewDays(e dayEdit) (dayEditPage, error) {
	p := dayEditPage{Form: e, Back: monthURL(e.Product, e.Days[0]), Newer: e.Revision != 0 && e.Revision != v.Cat.Revision, Title: v.Words.T("console_catalog.edit.title")}
	p.Form.Revision = v.Cat.Revision
	next, outside := e.apply(v.Cat)
	slices.Sort(outside)
	p.Outside = slices.Compact(outside)
	err := v.view(func(r tickets.Reader) error {
		p.Changes = nil
		return v.compareDays(r, &p, &next)
	})
	for _, c := range p.Changes {
		if c.Lowered {
			p.Lowered++
		}
		if e.Do == dayClose {
			p.Taken += c.Taken
		}
	}
	if len(p.Changes) > maxChanges {
		p.More, p.Changes = len(p.Changes)-maxChanges, p.Changes[:maxChanges]
	}
	p.Hidden = e.hidden(v.Cat.Revision)
	return p, err
}

// hidden are the form's fields, so that the confirmation carries the same edit.
func (e dayEdit) hidden(revision int64) []pair {
	out := []pair{
		{"product", string(e.Product)}, {"month", e.Month}, {"do", e.Do}, {"scope", scopeDays}, {"pool", string(e.Pool)}, {"start", e.Start},
		{"capacity", e.Capacity}, {"sku", string(e.SKU)}, {"price", e.Price}, {"revision", fmt.Sprint(revision)},
	}
	for _, d := range e.Days {
		out = append(out, pair{"d", d.String()})
	}
	return slices.DeleteFunc(out, func(p pair) bool { return p.Value == "" })
}

// compareDays lists what differs between the catalogs on the edit's days.
func (v *visit) compareDays(r tickets.Reader, p *dayEditPage, next *tickets.Catalog) error {
	e := p.Form
	for _, d := range e.Days {
		switch e.Do {
		case dayPriceSet:
			before, after := e.sku.PriceOn(d), e.price
			if before != after {
				cur := v.currencyOf(e.sku.Product)
				p.Changes = append(p.Changes, dayChange{
					Slot: tickets.Slot{Date: d}, What: v.skuName(e.sku),
					Before: v.Words.Money(tickets.Money{Amount: before, Currency: cur}), After: v.Words.Money(tickets.Money{Amount: after, Currency: cur}),
				})
			}
		case dayCapacity:
			if err := v.compareCapacity(r, p, next, d); err != nil {
				return err
			}
		default:
			if err := v.compareOpen(r, p, next, d); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *visit) skuName(s tickets.SKU) string {
	name := v.Words.Pick(s.Names)
	if p, err := v.Cat.Product(s.Product); err == nil {
		name = v.Words.Pick(p.Names) + " · " + name
	}
	return name
}

func (v *visit) compareCapacity(r tickets.Reader, p *dayEditPage, next *tickets.Catalog, d tickets.Date) error {
	pool, err := next.Pool(p.Form.Pool)
	if err != nil {
		return err
	}
	days, err := calendarDays(r, v.Cat, "", d, d)
	if err != nil {
		return err
	}
	for _, s := range days[0].Slots {
		after := pool.CapacityOn(s.Slot)
		if s.Pool != pool.ID || after == s.Capacity {
			continue
		}
		p.Changes = append(p.Changes, dayChange{
			Slot: s.Slot, What: string(pool.ID), Before: fmt.Sprint(s.Capacity), After: fmt.Sprint(after), Taken: s.Held + s.Sold, Lowered: s.Held+s.Sold > after,
		})
	}
	return nil
}

func (v *visit) compareOpen(r tickets.Reader, p *dayEditPage, next *tickets.Catalog, d tickets.Date) error {
	for i, was := range v.Cat.Products {
		before, after := was.Calendar.Open(d), next.Products[i].Calendar.Open(d)
		if before == after {
			continue
		}
		days, err := calendarDays(r, v.Cat, was.ID, d, d)
		if err != nil {
			return err
		}
		p.Changes = append(p.Changes, dayChange{
			Slot: tickets.Slot{Date: d}, What: v.Words.Pick(was.Names), Before: v.openWord(before), After: v.openWord(after), Taken: days[0].Taken(),
		})
	}
	return nil
}

func (v *visit) openWord(open bool) string {
	if open {
		return v.Words.T("console_catalog.open")
	}
	return v.Words.T("console_catalog.closed")
}
