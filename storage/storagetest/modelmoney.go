package storagetest

import (
	"cmp"
	"errors"
	"reflect"
	"slices"
	"time"

	"pgregory.net/rapid"

	"boxoffice/tickets"
)

// This file is the model's refunds, disputes and cases.

// drawMoney is a random operation on what goes back.
func drawMoney(t *rapid.T, n int) operation {
	other := rapid.IntRange(0, 11).Draw(t, "other")
	create := rapid.Bool().Draw(t, "create")
	switch rapid.IntRange(0, 2).Draw(t, "money") {
	case 0:
		r := refund(n)
		r.State = rapid.SampledFrom([]tickets.RefundState{
			tickets.RefundRequested, tickets.RefundSubmitted, tickets.RefundSucceeded, tickets.RefundFailed,
		}).Draw(t, "refund")
		r.Order = rapid.SampledFrom([]tickets.OrderID{"", orderID(0), orderID(1)}).Draw(t, "of")
		r.Key = rapid.SampledFrom([]string{"", refund(other).Key}).Draw(t, "key")
		r.Remote = rapid.SampledFrom([]string{"", refund(n).Remote, refund(other).Remote}).Draw(t, "remote")
		if r.Due = at(rapid.IntRange(0, 20).Draw(t, "due")); !r.Live() {
			r.Due = time.Time{}
		}
		return func(t *rapid.T, tx tickets.Tx, m *model) { m.putRefund(t, tx, r, create) }
	case 1:
		d := dispute(n)
		d.Order = rapid.SampledFrom([]tickets.OrderID{"", orderID(0), orderID(1)}).Draw(t, "of")
		d.Remote = dispute(rapid.SampledFrom([]int{n, other}).Draw(t, "remote")).Remote
		return func(t *rapid.T, tx tickets.Tx, m *model) { m.putDispute(t, tx, d, create) }
	default:
		c := openedCase(n)
		c.Subject = rapid.SampledFrom([]string{"a", "b", openedCase(n).Subject}).Draw(t, "subject")
		c.At = at(rapid.IntRange(0, 5).Draw(t, "at"))
		if rapid.Bool().Draw(t, "closed") {
			c.Closed, c.Outcome = at(30), "kept"
		}
		return func(t *rapid.T, tx tickets.Tx, m *model) { m.putCase(t, tx, c, create) }
	}
}

// refusedAs checks that a write is refused exactly when it should be; it reports whether it was done.
func refusedAs(t *rapid.T, what string, refused bool, err error) bool {
	t.Helper()
	if refused != errors.Is(err, tickets.Exists) || (!refused && err != nil) {
		t.Fatalf("%s: %v, want refused %v", what, err, refused)
	}
	return !refused
}

func (m *model) putRefund(t *rapid.T, tx tickets.Tx, r tickets.Refund, create bool) {
	_, refused := m.refunds[r.ID]
	refused = refused && create
	for id, x := range m.refunds {
		refused = refused || id != r.ID && (r.Remote != "" && x.Gateway == r.Gateway && x.Remote == r.Remote ||
			r.Key != "" && x.Order == r.Order && x.Key == r.Key)
	}
	put := tx.PutRefund
	if create {
		put = tx.CreateRefund
	}
	if refusedAs(t, "refund", refused, put(r)) {
		m.refunds[r.ID] = r
	}
}

func (m *model) putDispute(t *rapid.T, tx tickets.Tx, d tickets.Dispute, create bool) {
	_, refused := m.disputes[d.ID]
	refused = refused && create
	for id, x := range m.disputes {
		refused = refused || id != d.ID && x.Gateway == d.Gateway && x.Remote == d.Remote
	}
	put := tx.PutDispute
	if create {
		put = tx.CreateDispute
	}
	if refusedAs(t, "dispute", refused, put(d)) {
		m.disputes[d.ID] = d
	}
}

func (m *model) putCase(t *rapid.T, tx tickets.Tx, c tickets.Case, create bool) {
	_, refused := m.cases[c.ID]
	refused = refused && create
	for id, x := range m.cases {
		refused = refused || id != c.ID && c.Open() && x.Open() && x.Kind == c.Kind && x.Subject == c.Subject
	}
	put := tx.PutCase
	if create {
		put = tx.CreateCase
	}
	if refusedAs(t, "case", refused, put(c)) {
		m.cases[c.ID] = c
	}
}

// some lists what of a map is wanted, in order.
func some[K comparable, V any](m map[K]V, want func(V) bool, order func(a, b V) int) []V {
	var out []V
	for _, v := range m {
		if want(v) {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, order)
	return out
}

// same compares lists of what the store and the model have.
func same[V any](t *rapid.T, what string, got, want []V, err error) {
	t.Helper()
	if must(t, err); len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Fatalf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

func compareMoney(t *rapid.T, r tickets.Reader, m *model) {
	oldRefund := func(a, b tickets.Refund) int { return cmp.Compare(a.ID, b.ID) }
	oldDispute := func(a, b tickets.Dispute) int { return cmp.Compare(a.ID, b.ID) }
	for _, o := range []tickets.OrderID{"", orderID(0), orderID(1)} {
		list, err := r.Refunds(o)
		same(t, "refunds of an order", list, some(m.refunds, func(x tickets.Refund) bool { return x.Order == o }, oldRefund), err)
		disputes, err := r.Disputes(o)
		same(t, "disputes of an order", disputes, some(m.disputes, func(x tickets.Dispute) bool { return x.Order == o }, oldDispute), err)
	}
	due, err := r.RefundsDue(at(10), 100)
	same(t, "due refunds", due, some(m.refunds, func(x tickets.Refund) bool { return !x.Due.IsZero() && !x.Due.After(at(10)) },
		func(a, b tickets.Refund) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) }), err)
	newest, _, err := r.AllRefunds(tickets.Page{})
	same(t, "all refunds", newest, some(m.refunds, func(tickets.Refund) bool { return true },
		func(a, b tickets.Refund) int { return oldRefund(b, a) }), err)
	disputes, _, err := r.AllDisputes(tickets.Page{})
	same(t, "all disputes", disputes, some(m.disputes, func(tickets.Dispute) bool { return true },
		func(a, b tickets.Dispute) int { return oldDispute(b, a) }), err)
	open := some(m.cases, tickets.Case.Open, func(a, b tickets.Case) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	cases, _, err := r.OpenCases(tickets.Page{})
	same(t, "open cases", cases, open, err)
	for _, c := range open {
		got, err := r.OpenCase(c.Kind, c.Subject)
		same(t, "open case", []tickets.Case{got}, []tickets.Case{c}, err)
	}
	c, err := r.Counts()
	must(t, err)
	live := some(m.refunds, tickets.Refund.Live, oldRefund)
	if c.CasesOpen != int64(len(open)) || c.RefundsLive != int64(len(live)) {
		t.Fatalf("counts %+v, want %d cases and %d refunds", c, len(open), len(live))
	}
}
