package storagetest

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"boxoffice/tickets"
)

// asked is what a query asks of an order, written anew from the contract.
func asked(o tickets.Order, q tickets.OrderQuery) bool {
	status, _ := o.Status()
	text, code, oid := strings.ToLower(q.Text), strings.ToLower(o.Code), string(o.ID)
	named := strings.HasPrefix(code, text) || strings.HasSuffix(code, text) || strings.HasPrefix(oid, text) ||
		strings.HasSuffix(oid, text) || strings.HasPrefix(oid, tickets.PrefixOrder+text) ||
		!slices.ContainsFunc(strings.Fields(text), func(word string) bool {
			return !strings.Contains(strings.ToLower(o.Buyer.Name+" "+o.Buyer.Username), word)
		})
	has := slices.ContainsFunc(o.Quote.Lines, func(l tickets.Line) bool { return l.SKU == q.SKU })
	return (q.Status == "" || status == q.Status) && (q.Stage == "" || o.Stage == q.Stage) &&
		(q.Date == 0 || o.Slot().Date == q.Date) && (q.SKU == "" || has) && (q.Text == "" || named) &&
		(q.Customer == "" || o.Buyer.Customer == q.Customer) && (q.Channel == "" || o.Channel == q.Channel) &&
		o.Total().Amount >= q.Least && (q.Most == 0 || o.Total().Amount <= q.Most) &&
		(q.Since.IsZero() || !o.At.Before(q.Since)) && (q.Until.IsZero() || o.At.Before(q.Until))
}

// model is a shop in maps, as simple as can be.
type model struct {
	orders     map[tickets.OrderID]tickets.Order
	holds      map[tickets.HoldID]tickets.Hold
	deliveries map[tickets.DeliveryID]tickets.Delivery
	stock      map[tickets.StockKey]tickets.Stock
	facts      map[tickets.OrderID]int64
	refunds    map[tickets.RefundID]tickets.Refund
	disputes   map[tickets.DisputeID]tickets.Dispute
	cases      map[tickets.CaseID]tickets.Case
}

func newModel() *model {
	return &model{
		orders: map[tickets.OrderID]tickets.Order{}, holds: map[tickets.HoldID]tickets.Hold{},
		deliveries: map[tickets.DeliveryID]tickets.Delivery{}, stock: map[tickets.StockKey]tickets.Stock{},
		facts: map[tickets.OrderID]int64{}, refunds: map[tickets.RefundID]tickets.Refund{},
		disputes: map[tickets.DisputeID]tickets.Dispute{}, cases: map[tickets.CaseID]tickets.Case{},
	}
}

// matchModel does random operations to a store and to a model, several to a transaction, some rolled back, and
// compares what both say.
func matchModel(t *testing.T, open func(t *testing.T) tickets.Store) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &shop{rt, open(t)}
		m := newModel()
		for range rapid.IntRange(1, 12).Draw(rt, "transactions") {
			before := m.clone()
			fails := rapid.IntRange(0, 3).Draw(rt, "fails") == 0
			var ops []operation
			for range rapid.IntRange(1, 8).Draw(rt, "operations") {
				ops = append(ops, draw(rt))
			}
			err := s.store.Update(context.Background(), func(tx tickets.Tx) error {
				for _, op := range ops {
					op(rt, tx, m)
				}
				compare(rt, tx, m)
				if fails {
					return errMine
				}
				return nil
			})
			if fails {
				m = before
			}
			if errors.Is(err, errMine) != fails || (err != nil && !fails) {
				rt.Fatalf("update: %v", err)
			}
			s.view(func(r tickets.Reader) error { compare(rt, r, m); return nil })
		}
		s.sound()
		if err := s.store.Close(); err != nil {
			rt.Fatal(err)
		}
	})
}

func (m *model) clone() *model {
	return &model{
		orders: maps.Clone(m.orders), holds: maps.Clone(m.holds), deliveries: maps.Clone(m.deliveries), stock: maps.Clone(m.stock),
		facts: maps.Clone(m.facts), refunds: maps.Clone(m.refunds), disputes: maps.Clone(m.disputes), cases: maps.Clone(m.cases),
	}
}

// operation writes to a store and a model alike and compares what both answer.
type operation func(t *rapid.T, tx tickets.Tx, m *model)

func draw(t *rapid.T) operation {
	n := rapid.IntRange(0, 11).Draw(t, "n")
	random := randomOrder(t, n)
	due := at(rapid.IntRange(0, 20).Draw(t, "due"))
	switch rapid.IntRange(0, 7).Draw(t, "operation") {
	case 0, 1:
		return func(t *rapid.T, tx tickets.Tx, m *model) { m.putOrder(t, tx, random, true) }
	case 2:
		return func(t *rapid.T, tx tickets.Tx, m *model) { m.putOrder(t, tx, random, false) }
	case 3:
		h := hold(n)
		h.Customer, h.Due = random.Buyer.Customer, due
		h.State = rapid.SampledFrom([]tickets.HoldState{tickets.HoldActive, tickets.HoldExpiring, tickets.HoldReleased}).Draw(t, "hold")
		return func(t *rapid.T, tx tickets.Tx, m *model) {
			m.holds[h.ID] = h
			must(t, tx.PutHold(h))
		}
	case 4:
		d := delivery(n)
		d.Due = due
		d.State = rapid.SampledFrom([]tickets.DeliveryState{tickets.DeliveryQueued, tickets.DeliverySent}).Draw(t, "delivery")
		lease := rapid.Bool().Draw(t, "lease")
		return func(t *rapid.T, tx tickets.Tx, m *model) { m.deliver(t, tx, d, lease, due) }
	case 5:
		return func(t *rapid.T, tx tickets.Tx, m *model) { m.sell(t, tx, n) }
	default:
		return drawMoney(t, n)
	}
}

func randomOrder(t *rapid.T, n int) tickets.Order {
	o := order(n)
	o.Stage = rapid.SampledFrom(allStages).Draw(t, "stage")
	o.Quote.Slot.Date = visit + tickets.Date(rapid.IntRange(0, 2).Draw(t, "day"))
	o.Buyer.Customer = customerID(rapid.IntRange(0, 2).Draw(t, "customer"))
	if rapid.Bool().Draw(t, "child") {
		o.Quote.Lines = append(o.Quote.Lines, line("child", 1))
	}
	if rapid.IntRange(0, 4).Draw(t, "twin") == 0 { // takes the code of another
		o.Code = order((n + 1) % 12).Code
	}
	return o
}

func must(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (m *model) putOrder(t *rapid.T, tx tickets.Tx, o tickets.Order, create bool) {
	_, exists := m.orders[o.ID]
	clash := false
	for id, other := range m.orders {
		clash = clash || id != o.ID && (other.Code == o.Code ||
			other.Buyer.Customer == o.Buyer.Customer && other.Confirm == o.Confirm)
	}
	var err error
	if create {
		err = tx.CreateOrder(o)
	} else {
		err = tx.PutOrder(o)
	}
	switch refused := clash || (create && exists); {
	case refused != errors.Is(err, tickets.Exists), !refused && err != nil:
		t.Fatalf("order %s: %v, want refused %v", o.ID, err, refused)
	case !refused:
		m.orders[o.ID] = o
	}
}

func (m *model) deliver(t *rapid.T, tx tickets.Tx, d tickets.Delivery, lease bool, now time.Time) {
	m.deliveries[d.ID] = d
	must(t, tx.PutDelivery(d))
	if !lease {
		return
	}
	var want []tickets.Delivery
	for _, d := range m.deliveries {
		if !d.Final() && !d.Due.After(now) && !d.Lease.After(now) {
			d.State, d.Lease = tickets.DeliverySending, now.Add(5*time.Second)
			want = append(want, d)
		}
	}
	slices.SortFunc(want, func(a, b tickets.Delivery) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) })
	want = want[:min(len(want), 3)]
	got, err := tx.LeaseDeliveries(now, now.Add(5*time.Second), 3)
	must(t, err)
	if !slices.Equal(deliveryIDs(got), deliveryIDs(want)) {
		t.Fatalf("leased %v, want %v", deliveryIDs(got), deliveryIDs(want))
	}
	for _, d := range want {
		m.deliveries[d.ID] = d
	}
}

// sell takes a place on a day and records it in the timeline of an order.
func (m *model) sell(t *rapid.T, tx tickets.Tx, n int) {
	k := stockKey(visit + tickets.Date(n%3))
	st, known := m.stock[k]
	got, err := tx.Stock(k)
	if known != (err == nil) || got != st {
		t.Fatalf("stock %+v, %v; want %+v", got, err, st)
	}
	st.Key = k
	st.Sold++
	m.stock[k] = st
	m.facts[orderID(n)]++
	must(t, tx.PutStock(st))
	must(t, tx.Append(fact(n, m.facts[orderID(n)])))
}

// compare asks a store and the model the same questions.
func compare(t *rapid.T, r tickets.Reader, m *model) {
	for _, q := range []tickets.OrderQuery{
		{}, {Stage: tickets.StageHeld}, {Status: tickets.StatusClosed}, {Date: visit + 1}, {SKU: "child"}, {Customer: customerID(1)},
	} {
		var want []tickets.OrderID
		for id, o := range m.orders {
			if asked(o, q) {
				want = append(want, id)
			}
		}
		slices.SortFunc(want, func(a, b tickets.OrderID) int { return cmp.Compare(b, a) })
		q.Limit = 3
		got, err := list(r, q)
		must(t, err)
		if !slices.Equal(got, want) {
			t.Fatalf("%+v: orders %v, want %v", q, got, want)
		}
	}
	for id, want := range m.orders {
		if got, err := r.Order(id); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("order %+v, %v; want %+v", got, err, want)
		}
	}
	compareHolds(t, r, m)
	compareMoney(t, r, m)
	for id, n := range m.facts {
		facts, err := r.Timeline(id, 0, 0)
		if must(t, err); len(facts) != int(n) {
			t.Fatalf("%d facts, want %d", len(facts), n)
		}
	}
}

func compareHolds(t *rapid.T, r tickets.Reader, m *model) {
	var due []tickets.Hold
	live, stages := int64(0), map[tickets.Stage]int64{}
	for _, h := range m.holds {
		if h.Live() {
			live++
		}
		if h.Live() && !h.Due.After(at(10)) {
			due = append(due, h)
		}
	}
	for _, o := range m.orders {
		stages[o.Stage]++
	}
	slices.SortFunc(due, func(a, b tickets.Hold) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) })
	got, err := r.HoldsDue(at(10), 100)
	must(t, err)
	if !slices.Equal(holdIDs(got), holdIDs(due)) {
		t.Fatalf("due %v, want %v", holdIDs(got), holdIDs(due))
	}
	c, err := r.Counts()
	must(t, err)
	if c.LiveHolds != live || !reflect.DeepEqual(c.Orders, stages) {
		t.Fatalf("counts %+v, want %d holds and %v", c, live, stages)
	}
}
