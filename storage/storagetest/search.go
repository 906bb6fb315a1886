package storagetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"boxoffice/tickets"
)

var search = []clause{
	{"EverythingIsFoundByItsNames", foundByNames},
	{"SearchAnswersByKindAndAge", foundInOrder},
	{"SearchComesByPage", foundByPage},
	{"NewNamesAreFoundAndOldOnesAreNot", foundAsItIs},
	{"WhatComesLateIsFound", foundLate},
	{"NothingToSearchForIsInvalid", nothingToFind},
}

// find reads all pages of a search.
func find(r tickets.Reader, q tickets.SearchQuery) (out []tickets.Found, err error) {
	for {
		page, mark, err := r.Search(q)
		if err != nil {
			return nil, err
		}
		out = append(out, page...)
		if mark == "" {
			return out, nil
		}
		q.Mark = mark
	}
}

// called are the ids of what was found.
func called(found []tickets.Found) (out []string) {
	for _, f := range found {
		out = append(out, f.ID)
	}
	return out
}

// things fills a shop with n of each kind that can be found.
func (s *shop) things(n int) {
	s.t.Helper()
	s.update(func(tx tickets.Tx) error {
		for i := range n {
			d := dispute(i)
			d.Remote = fmt.Sprintf("dp_%dZ", i)
			err := all(tx.CreateOrder(order(i)), tx.CreateTicket(ticket(i)), tx.CreatePayment(payment(i)), tx.CreateCapture(capture(i)),
				tx.CreateRefund(refundOf(i)), tx.CreateDispute(d), tx.CreateCustomer(customerNamed(i)))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func refundOf(i int) tickets.Refund {
	r := refund(i)
	r.Remote = fmt.Sprintf("re_%dZ", i)
	return r
}

func customerNamed(i int) tickets.Customer {
	c := customer(i)
	c.Name, c.Username = fmt.Sprintf("陈 Bee Hoon %d.", i), fmt.Sprintf("bee%d_", i)
	return c
}

func foundByNames(t *testing.T, s *shop) {
	const n = 40
	s.things(n)
	o, p := order(7), payment(7)
	digits := strings.TrimPrefix(string(o.ID), tickets.PrefixOrder)
	for text, want := range map[string][]string{
		string(o.ID):                  {string(o.ID)},
		strings.ToUpper(string(o.ID)): {string(o.ID)},
		o.Code:                        {string(o.ID)},
		" " + strings.ToLower(o.Code): {string(o.ID)},
		o.Code[5:]:                    {string(o.ID)},
		string(o.ID)[:17]:             {string(o.ID)},
		digits:                        allOf(7),
		digits[:11]:                   allOf(7),
		digits[11:]:                   allOf(7),
		string(ticket(7).Code):        {string(ticket(7).Code)},
		"cs_test_7":                   {string(p.ID)},
		"S_TEST_7":                    {string(p.ID)},
		"pi_39":                       {string(payment(39).ID), string(capture(39).ID)},
		"re_7z":                       {string(refundOf(7).ID)},
		"7z":                          nil, // filled in below
		"bee7_":                       {string(customerID(7))},
		"陈 hoon 7.":                   nil,
		"ling bee":                    {},
		"nobody":                      {},
		"00000000000000000000000000":  {},
	} {
		switch text {
		case "7z":
			want = nil
			for _, i := range []int{37, 27, 17, 7} {
				want = append(want, string(refundOf(i).ID))
			}
			for _, i := range []int{37, 27, 17, 7} {
				want = append(want, string(dispute(i).ID))
			}
		case "陈 hoon 7.":
			for _, i := range []int{37, 27, 17, 7} {
				want = append(want, string(customerID(i)))
			}
		}
		s.view(func(r tickets.Reader) error {
			got, err := find(r, tickets.SearchQuery{Text: text})
			if err != nil || !slices.Equal(called(got), want) {
				t.Errorf("%q: %v, %v\nwant %v", text, got, err, want)
			}
			return nil
		})
	}
	s.view(func(r tickets.Reader) error {
		got, err := find(r, tickets.SearchQuery{Text: "pi_7", Kind: tickets.FoundPayment})
		want := tickets.Found{Kind: tickets.FoundPayment, ID: string(p.ID), Order: o.ID, By: tickets.ByReference, Text: "pi_7"}
		if err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
		return nil
	})
	s.sound()
}

// allOf are the ids of all things of a number, in the order of a search.
func allOf(i int) []string {
	return []string{
		string(orderID(i)), string(ticket(i).Code), string(payment(i).ID), string(capture(i).ID), string(refund(i).ID), string(dispute(i).ID),
		string(customerID(i)),
	}
}

func foundInOrder(t *testing.T, s *shop) {
	const n = 30
	s.things(n)
	s.view(func(r tickets.Reader) error {
		got, err := find(r, tickets.SearchQuery{Text: "bee"})
		var want []string
		for i := n - 1; i >= 0; i-- {
			want = append(want, string(customerID(i)))
		}
		if err != nil || !slices.Equal(called(got), want) {
			t.Errorf("by name: %v, %v", called(got), err)
		}
		got, err = find(r, tickets.SearchQuery{Text: "19"})
		if err != nil {
			return err
		}
		rank := func(f tickets.Found) int { return slices.Index(tickets.FoundKinds, f.Kind) }
		sorted := slices.IsSortedFunc(got, func(a, b tickets.Found) int {
			if rank(a) != rank(b) {
				return rank(a) - rank(b)
			}
			return strings.Compare(b.ID, a.ID)
		})
		if len(got) != len(tickets.FoundKinds)*n || !sorted {
			t.Errorf("%d found, sorted: %v", len(got), sorted)
		}
		return nil
	})
}

func foundByPage(t *testing.T, s *shop) {
	s.things(30)
	s.view(func(r tickets.Reader) error {
		whole, err := find(r, tickets.SearchQuery{Text: "19", Page: tickets.Page{Limit: 1000}})
		if err != nil {
			return err
		}
		for _, limit := range []int{1, 7, 30, 211} {
			got, err := find(r, tickets.SearchQuery{Text: "19", Page: tickets.Page{Limit: limit}})
			if err != nil || !slices.Equal(got, whole) {
				t.Errorf("limit %d: %d of %d, %v", limit, len(got), len(whole), err)
			}
		}
		_, mark, err := r.Search(tickets.SearchQuery{Text: "19", Page: tickets.Page{Limit: 5}})
		if mark == "" {
			t.Error("no mark")
		}
		for _, q := range []tickets.SearchQuery{{Text: "1"}, {Text: "19", Kind: tickets.FoundOrder}} {
			q.Mark = mark
			if _, _, err := r.Search(q); !errors.Is(err, tickets.Invalid) {
				t.Errorf("the mark of another search: %v", err)
			}
		}
		return err
	})
}

func foundAsItIs(t *testing.T, s *shop) {
	s.things(30)
	for i := range 30 { // one by one, so that an engine may do its work between
		s.update(func(tx tickets.Tx) error {
			c, err := tx.Customer(customerID(i))
			c.Name, c.Username = fmt.Sprintf("Siti %d", i), ""
			p, err2 := tx.Payment(payment(i).ID)
			p.Charge = fmt.Sprintf("ch_%dX", i)
			o, err3 := tx.Order(orderID(i))
			o.Stage, o.Quote.Slot.Date = tickets.StageFulfilled, o.Quote.Slot.Date+tickets.Date(i%2)
			return all(err, err2, err3, tx.PutCustomer(c), tx.PutPayment(p), tx.PutOrder(o))
		})
	}
	s.view(func(r tickets.Reader) error {
		for text, want := range map[string]int{"bee": 0, "siti": 30, "siti 29": 1, "ch_": 30, "ch_17x": 1, "17x": 1, "pi_17": 1} {
			got, err := find(r, tickets.SearchQuery{Text: text})
			if err != nil || len(got) != want {
				t.Errorf("%q: %d found, %v, want %d", text, len(got), err, want)
			}
		}
		moved, err := list(r, tickets.OrderQuery{Date: visit + 1, Stage: tickets.StageFulfilled})
		if len(moved) != 15 {
			t.Errorf("%d orders moved to the next day", len(moved))
		}
		return err
	})
	s.sound()
}

func foundLate(t *testing.T, s *shop) {
	const n = 40
	for i := range n {
		s.update(func(tx tickets.Tx) error { return tx.CreateOrder(order(n + i)) })
		s.update(func(tx tickets.Tx) error { return tx.CreateOrder(order(n - 1 - i)) })
	}
	s.update(func(tx tickets.Tx) error {
		o := order(2 * n)
		o.ID = "order_by_hand"
		return tx.CreateOrder(o)
	})
	s.view(func(r tickets.Reader) error {
		for i := range 2 * n {
			got, err := find(r, tickets.SearchQuery{Text: string(orderID(i))[8:]})
			if err != nil || !slices.Equal(called(got), []string{string(orderID(i))}) {
				t.Errorf("order %d: %v, %v", i, called(got), err)
			}
		}
		got, err := find(r, tickets.SearchQuery{Text: "by_hand"})
		visits, err2 := list(r, tickets.OrderQuery{Date: visit})
		if len(got) != 1 || len(visits) != 2*n+1 {
			t.Errorf("by hand %v, %d visits", got, len(visits))
		}
		return all(err, err2)
	})
	s.sound()
}

func nothingToFind(t *testing.T, s *shop) {
	s.view(func(r tickets.Reader) error {
		for _, q := range []tickets.SearchQuery{{}, {Text: " \t"}, {Text: "a", Kind: "fact"}, {Text: "a", Page: tickets.Page{Mark: "x"}}} {
			if _, _, err := r.Search(q); !errors.Is(err, tickets.Invalid) {
				t.Errorf("%+v: %v", q, err)
			}
		}
		return nil
	})
}
