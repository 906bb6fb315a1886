package console

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"boxoffice/tickets"
)

// How much one page of a list reads. What is rare is not looked for through the whole shop: the page then says that
// there may be more, and goes on from there when asked.
const (
	pageRows   = 50
	pageRounds = 10   // reads of the store for a page whose rows are sifted here
	pageCases  = 1000 // open cases that the list of problems looks at
)

// sheet is one page of orders.
type sheet struct {
	Orders []tickets.Order
	Mark   string // of the next page; "" at the end
	Tired  bool   // there may be more of them: the page stopped looking before it was full
}

// orderSheet reads a page of the orders that are asked for, the newest first; those paid on a day by when the money
// came. A foreign mark is Invalid.
func orderSheet(r tickets.Reader, w orderWish, mark string, limit int) (sheet, error) {
	switch {
	case w.Problems:
		return problemSheet(r, w, mark, limit)
	case !w.PaidSince.IsZero():
		return paidSheet(r, w, mark, limit)
	}
	s := sheet{Mark: mark}
	q := w.OrderQuery
	for range pageRounds {
		q.Page = tickets.Page{Mark: s.Mark, Limit: limit}
		list, next, err := r.Orders(q)
		if err != nil {
			return sheet{}, err
		}
		for _, o := range list {
			if w.has(o) {
				s.Orders = append(s.Orders, o)
			}
		}
		s.Mark = next
		if len(s.Orders) >= limit || next == "" {
			return s, nil
		}
		if len(list) < limit { // the store stopped looking
			break
		}
	}
	s.Tired = true
	return s, nil
}

// problemSheet lists the orders that open cases are about, and those whose money needs a decision. The mark is the
// first order of the next page.
func problemSheet(r tickets.Reader, w orderWish, mark string, limit int) (sheet, error) {
	if mark != "" && !tickets.ValidID(tickets.PrefixOrder, mark) {
		return sheet{}, tickets.Refuse(tickets.Invalid, "the page mark is not of this list")
	}
	cases, _, err := r.OpenCases(tickets.Page{Limit: pageCases})
	if err != nil {
		return sheet{}, err
	}
	found := map[tickets.OrderID]bool{}
	for _, c := range cases {
		if c.Order != "" {
			found[c.Order] = true
		}
	}
	for _, stage := range []tickets.Stage{tickets.StagePaymentReview, tickets.StageFulfilFailed} {
		list, _, err := r.Orders(tickets.OrderQuery{Stage: stage, Page: tickets.Page{Limit: pageCases}})
		if err != nil {
			return sheet{}, err
		}
		for _, o := range list {
			found[o.ID] = true
		}
	}
	ids := make([]tickets.OrderID, 0, len(found))
	for id := range found {
		if mark == "" || string(id) <= mark {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b tickets.OrderID) int { return cmp.Compare(b, a) })
	var s sheet
	for _, id := range ids {
		if len(s.Orders) == limit {
			s.Mark = string(id)
			return s, nil
		}
		o, err := r.Order(id)
		if err != nil {
			return sheet{}, err
		}
		if w.has(o) {
			s.Orders = append(s.Orders, o)
		}
	}
	return s, nil
}

// paidSheet lists the orders that money was applied to on a day, the last payment first. The mark is the time before
// which the next page looks.
func paidSheet(r tickets.Reader, w orderWish, mark string, limit int) (sheet, error) {
	until := w.PaidUntil
	if mark != "" {
		ms, err := strconv.ParseInt(mark, 36, 64)
		if err != nil {
			return sheet{}, tickets.Refuse(tickets.Invalid, "the page mark is not of this list")
		}
		if t := time.UnixMilli(ms); t.Before(until) {
			until = t
		}
	}
	var s sheet
	seen := map[tickets.OrderID]bool{}
	for range pageRounds {
		caps, from, err := capturesBefore(r, w.PaidSince, until, limit)
		if err != nil {
			return sheet{}, err
		}
		for _, c := range caps {
			if c.Order == "" || c.Applied == 0 || seen[c.Order] {
				continue
			}
			seen[c.Order] = true
			o, err := r.Order(c.Order)
			if err != nil {
				return sheet{}, err
			}
			if w.has(o) {
				s.Orders = append(s.Orders, o)
			}
		}
		if until = from; !from.After(w.PaidSince) {
			return s, nil
		}
		if len(s.Orders) >= limit {
			break
		}
	}
	s.Mark, s.Tired = strconv.FormatInt(until.UnixMilli(), 36), len(s.Orders) < limit
	return s, nil
}

// capturesBefore returns captures of [from, until), the newest first: at least want of them unless there are fewer,
// and the time down to which they are complete. The store lists the oldest first, so it looks at growing stretches.
func capturesBefore(r tickets.Reader, from, until time.Time, want int) ([]tickets.Capture, time.Time, error) {
	var out []tickets.Capture
	stretch := time.Minute
	for until.After(from) {
		low := until.Add(-stretch)
		if low.Before(from) {
			low = from
		}
		part, mark, err := r.CapturesBetween(low, until, tickets.Page{Limit: 1000})
		if err != nil {
			return nil, until, err
		}
		if mark != "" && stretch > time.Second { // too many at once: look at less of the time
			stretch /= 8
			continue
		}
		for mark != "" {
			var more []tickets.Capture
			if more, mark, err = r.CapturesBetween(low, until, tickets.Page{Limit: 1000, Mark: mark}); err != nil {
				return nil, until, err
			}
			part = append(part, more...)
		}
		slices.Reverse(part)
		out, until = append(out, part...), low
		if len(out) >= want {
			break
		}
		stretch *= 4
	}
	return out, until, nil
}
