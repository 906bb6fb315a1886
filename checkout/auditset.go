package checkout

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"

	"boxoffice/tickets"
)

// auditedOrder is what is remembered of every order during the walk.
type auditedOrder struct {
	key  [12]byte // of the id, when it has the usual form
	gens uint32   // generations that have a hold, as bits

	live, consumed       uint8 // holds
	refunds, disputes    bool  // there are some
	judged, wantsTickets bool
}

// orderSet finds orders by id. Ids of the usual form take twelve bytes and come sorted; others are kept as they are.
type orderSet struct {
	rows   []auditedOrder
	sorted bool
	others map[tickets.OrderID]*auditedOrder
	last   int // where the search before ended: things come nearly in the order of their orders
}

func newOrderSet() *orderSet {
	return &orderSet{sorted: true, others: map[tickets.OrderID]*auditedOrder{}}
}

// short is the id's twelve bytes, false when it has another form.
func short(id tickets.OrderID) (key [12]byte, ok bool) {
	digits, ok := strings.CutPrefix(string(id), tickets.PrefixOrder)
	if !ok || len(digits) != 24 || strings.ToLower(digits) != digits {
		return key, false
	}
	_, err := hex.Decode(key[:], []byte(digits))
	return key, err == nil
}

// add remembers an order. The result is good until the next add.
func (s *orderSet) add(id tickets.OrderID) *auditedOrder {
	key, ok := short(id)
	if !ok {
		o := &auditedOrder{}
		s.others[id] = o
		return o
	}
	if n := len(s.rows); n > 0 && bytes.Compare(s.rows[n-1].key[:], key[:]) >= 0 {
		s.sorted = false
	}
	s.rows = append(s.rows, auditedOrder{key: key})
	return &s.rows[len(s.rows)-1]
}

// find returns nil for an order that was not added.
func (s *orderSet) find(id tickets.OrderID) *auditedOrder {
	key, ok := short(id)
	if !ok {
		return s.others[id]
	}
	if !s.sorted {
		slices.SortFunc(s.rows, func(a, b auditedOrder) int { return bytes.Compare(a.key[:], b.key[:]) })
		s.sorted, s.last = true, 0
	}
	for i := s.last; i < min(s.last+3, len(s.rows)); i++ {
		if s.rows[i].key == key {
			s.last = i
			return &s.rows[i]
		}
	}
	i, ok := slices.BinarySearchFunc(s.rows, key, func(o auditedOrder, k [12]byte) int { return bytes.Compare(o.key[:], k[:]) })
	if !ok {
		return nil
	}
	s.last = i
	return &s.rows[i]
}

// each calls fn with all orders.
func (s *orderSet) each(fn func(tickets.OrderID, *auditedOrder) error) error {
	for i := range s.rows {
		o := &s.rows[i]
		if err := fn(tickets.OrderID(tickets.PrefixOrder+hex.EncodeToString(o.key[:])), o); err != nil {
			return err
		}
	}
	for id, o := range s.others {
		if err := fn(id, o); err != nil {
			return err
		}
	}
	return nil
}
