package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"boxoffice/tickets"
)

var oddNames = []string{"Tan Mei Ling", "王小明", "Li", "Nguyễn Văn An", "O'Neill Ó Briain", "x", ""}

// outlinedSales is a store whose n orders, as different as may be, lie in blocks of five, which have summaries of three but for
// the newest.
func outlinedSales(t *testing.T, n int) *Store {
	t.Helper()
	s := unsealed(t, n)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		change(t, s, i, func(o *tickets.Order) {
			o.Buyer.Name, o.Buyer.Username = oddNames[rnd.IntN(len(oddNames))], fmt.Sprintf("u%d", rnd.IntN(50))
			o.Quote.Total.Amount = int64(rnd.IntN(20) * 500)
			o.Quote.Slot.Date += tickets.Date(rnd.IntN(9))
			for k := range rnd.IntN(7) {
				l := o.Quote.Lines[0]
				l.SKU = tickets.SKUID(fmt.Sprintf("sku_%d", (k+i)%11))
				o.Quote.Lines = append(o.Quote.Lines, l)
			}
			if i%13 == 0 {
				o.Channel = tickets.ChannelAPI
			}
		})
	}
	for b := proposed(t, s); b != nil; b = proposed(t, s) {
		if err := sealed(t, s, b); err != nil {
			t.Fatal(err)
		}
	}
	for o := outlined(t, s); o != nil; o = outlined(t, s) {
		if err := kept(t, s, o); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func outlined(t *testing.T, s *Store) (o *outlining) {
	t.Helper()
	err := s.View(t.Context(), func(r tickets.Reader) (err error) { o, err = orders.outline(r.(*reader), 3, 1); return err })
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func kept(t *testing.T, s *Store, o *outlining) error {
	t.Helper()
	return s.Update(t.Context(), func(tr tickets.Tx) error { return orders.keep(tr.(*tx), o) })
}

// summaries are the keys of those of orders.
func summaries(t *testing.T, s *Store) (keys [][]byte) {
	t.Helper()
	err := s.View(t.Context(), func(r tickets.Reader) error {
		c := r.(*reader).src.scan(tSummary, []byte{byte(tOrder)}, after([]byte{byte(tOrder)}), false)
		for key, _ := c.next(); key != nil; key, _ = c.next() {
			keys = append(keys, bytes.Clone(key))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// everyOrder walks all orders and returns the ids of those that fit, the newest first.
func everyOrder(r tickets.Reader, q tickets.OrderQuery) (out []tickets.OrderID, err error) {
	q.Text = tickets.SearchText(q.Text)
	c := r.(*reader).src.scan(tOrder, nil, nil, true)
	for key, raw := c.next(); key != nil; key, raw = c.next() {
		var o tickets.Order
		if err := decodeRow(tOrder, key, raw, &o); err != nil {
			return nil, err
		}
		if fits(&o, &q) {
			out = append(out, o.ID)
		}
	}
	return out, nil
}

func listedIDs(r tickets.Reader, q tickets.OrderQuery) (out []tickets.OrderID, err error) {
	for {
		list, mark, err := r.Orders(q)
		if err != nil {
			return nil, err
		}
		for i := range list {
			out = append(out, list[i].ID)
		}
		if q.Mark = mark; mark == "" {
			return out, nil
		}
	}
}

// asksOf are queries for what an order has and what none has.
func asksOf(o *tickets.Order) (out []tickets.OrderQuery) {
	id := string(o.ID)
	for _, text := range []string{
		o.Code, o.Code[1:], o.Code[len(o.Code)-3:], o.Code[len(o.Code)-5:], o.Code[:2], o.Code[:7], id[len(id)-1:], id[len(id)-2:], id[len(id)-4:],
		id[len(id)-7:], id[6:], id[7:], id[:20], id[6:15], "ord", o.Buyer.Username, "Mei", "mei ling", "ling mei", "小明", "明", "an", "x", "zzyzx", "'", "u4 li", "ó b",
	} {
		if text != "" {
			out = append(out, tickets.OrderQuery{Text: text})
		}
	}
	total := o.Quote.Total.Amount
	return append(out, tickets.OrderQuery{Date: o.Quote.Slot.Date}, tickets.OrderQuery{Date: o.Quote.Slot.Date + 400},
		tickets.OrderQuery{SKU: o.Quote.Lines[len(o.Quote.Lines)-1].SKU}, tickets.OrderQuery{SKU: "none"}, tickets.OrderQuery{Channel: tickets.ChannelAPI},
		tickets.OrderQuery{Least: total, Most: total}, tickets.OrderQuery{Most: 1, Least: total / 9_500}, tickets.OrderQuery{Least: 9_501}, tickets.OrderQuery{Most: 1},
		tickets.OrderQuery{Date: o.Quote.Slot.Date, Text: "mei", Least: 500}, tickets.OrderQuery{Since: o.At, Text: "mei"},
		tickets.OrderQuery{Until: o.At, Channel: tickets.ChannelAPI}, tickets.OrderQuery{Since: o.At, Until: o.At.Add(1e9), Most: 9_000})
}

func TestSummariesHideNothingWhileRowsChange(t *testing.T) {
	t.Parallel()
	const n = 150
	s := outlinedSales(t, n)
	if got := len(summaries(t, s)); got != (n/5-1)/3 {
		t.Errorf("%d summaries", got)
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	for round := range 12 {
		err := s.View(t.Context(), func(r tickets.Reader) error {
			o, err := r.Order(newSale(rnd.IntN(n)).order.ID)
			if err != nil {
				return err
			}
			for _, q := range asksOf(&o) {
				q.Limit = 1 + rnd.IntN(9)
				got, err := listedIDs(r, q)
				want, err2 := everyOrder(r, q)
				if err := errors.Join(err, err2); err != nil || !slices.Equal(got, want) {
					t.Errorf("round %d, %+v:\n got %v, %v\nwant %v", round, q, got, err, want)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 { // strays, then blocks anew without summaries, then summaries anew
			change(t, s, rnd.IntN(n), func(o *tickets.Order) { o.Buyer.Name, o.Quote.Slot.Date = "Mei Zhou", o.Quote.Slot.Date+1 })
		}
		if b := proposed(t, s); b != nil {
			if err := s.Update(t.Context(), func(tr tickets.Tx) error { return orders.seal(tr.(*tx), b.sealing, b.seen) }); err != nil {
				t.Fatal(err)
			}
		}
		if o := outlined(t, s); o != nil && round%3 == 0 {
			if err := kept(t, s, o); err != nil {
				t.Fatal(err)
			}
		}
		checked(t, s)
	}
}

func TestABlockThatIsStoredAnewHasNoSummaryUntilItIsMadeAnew(t *testing.T) {
	t.Parallel()
	s := outlinedSales(t, 60)
	before := summaries(t, s)
	for i := 20; i < 23; i++ {
		change(t, s, i, func(o *tickets.Order) { o.Buyer.Name = "Siti" })
	}
	b := proposed(t, s)
	if err := s.Update(t.Context(), func(tr tickets.Tx) error { return orders.seal(tr.(*tx), b.sealing, b.seen) }); err != nil {
		t.Fatal(err)
	}
	if got := len(summaries(t, s)); got != len(before)-1 {
		t.Errorf("%d summaries of %d are left", got, len(before))
	}
	checked(t, s)
	if err := kept(t, s, outlined(t, s)); err != nil {
		t.Fatal(err)
	}
	if got := summaries(t, s); !slices.EqualFunc(got, before, bytes.Equal) {
		t.Errorf("summaries %x, once %x", got, before)
	}
	checked(t, s)
}

func TestASummaryOfBlocksThatChangedMeanwhileIsNotKept(t *testing.T) {
	t.Parallel()
	s := outlinedSales(t, 60)
	err := s.Update(t.Context(), func(tr tickets.Tx) error {
		tr.(*tx).over.delete(tSummary, summaries(t, s)[1])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	o := outlined(t, s)
	for i := 20; i < 23; i++ {
		change(t, s, i, func(o *tickets.Order) { o.Buyer.Name = "Siti" })
	}
	if err := sealed(t, s, proposed(t, s)); err != nil {
		t.Fatal(err)
	}
	if err := kept(t, s, o); !errors.Is(err, errMoved) {
		t.Errorf("kept: %v", err)
	}
	checked(t, s)
}

func TestCheckSeesASummaryThatIsNotOfItsBlocks(t *testing.T) {
	t.Parallel()
	s := outlinedSales(t, 60)
	for i := 20; i < 23; i++ {
		change(t, s, i, func(o *tickets.Order) { o.Buyer.Name = "Siti" })
	}
	stale := map[string][]byte{}
	err := s.View(t.Context(), func(r tickets.Reader) error {
		for _, key := range summaries(t, s) {
			stale[string(key)] = bytes.Clone(r.(*reader).src.get(tSummary, key))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := sealed(t, s, proposed(t, s)); err != nil {
		t.Fatal(err)
	}
	err = s.Update(t.Context(), func(tr tickets.Tx) error { // as if the summary had stayed
		for key, raw := range stale {
			tr.(*tx).over.put(tSummary, []byte(key), raw)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	faults := 0
	err = s.View(t.Context(), func(r tickets.Reader) error { r.Check(func(string) { faults++ }); return nil })
	if err != nil || faults != 1 {
		t.Errorf("%d faults, %v", faults, err)
	}
}

func TestASummaryNamesFewRowsThatDoNotFit(t *testing.T) {
	t.Parallel()
	const n = 4_000
	s := unsealed(t, n)
	err := s.View(t.Context(), func(tr tickets.Reader) error {
		r := tr.(*reader)
		b, err := orders.propose(r, n-10, 2)
		if err != nil {
			return err
		}
		key := digestKey(tOrder, b.high)
		raw := encodeBlock(key, b.keys, b.digests, orders.digest.width())
		one, err := r.openBlock(key, raw, orders.digest.width())
		if err != nil {
			return err
		}
		sum, err := r.openSummary(key, orders.digest.encodeSummary(key, nil, [][]byte{b.high}, []block{one}))
		if err != nil {
			return err
		}
		set := 0
		for _, w := range sum.bits {
			for ; w != 0; w &= w - 1 {
				set++
			}
		}
		if part := float64(set) / float64(sum.strips*one.n); part > 0.25 {
			t.Errorf("%.2f of the bits are set", part)
		}
		for _, text := range []string{"zzyzx", "user777x", "19d0d9b70dce", "bx9999", "王小明"} {
			p := picked(&orders, text)
			if rows := p.sieve.pick(sum).rows(0, one.n); len(rows) > n/100 {
				t.Errorf("%q: %d rows of %d", text, len(rows), n)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestASummaryOfAnotherFormIsNotUsedAndMadeAnew(t *testing.T) {
	t.Parallel()
	const n = 60
	s := outlinedSales(t, n)
	before := summaries(t, s)
	err := s.Update(t.Context(), func(tr tickets.Tx) error {
		t := tr.(*tx)
		for _, key := range before { // one that says that no row has anything
			old, err := t.openSummary(key, t.src.get(tSummary, key))
			if err != nil {
				return err
			}
			head := bytes.Clone(t.src.get(tSummary, key))
			head = head[:len(head)-len(old.bits)]
			binary.LittleEndian.PutUint32(head[len(head)-4:], 1)
			other := slices.Concat(head, make([]byte, old.size*8))
			binary.BigEndian.PutUint32(other[1:], rowSum(tSummary, rowBlock, key, other[rowHeader:]))
			t.over.put(tSummary, key, other)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	all := func() (got []tickets.OrderID) {
		err := s.View(t.Context(), func(r tickets.Reader) (err error) { got, err = listedIDs(r, tickets.OrderQuery{Text: "u"}); return err })
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := all(); len(got) != n {
		t.Errorf("%d orders of %d", len(got), n)
	}
	checked(t, s)
	for range before {
		if err := kept(t, s, outlined(t, s)); err != nil {
			t.Fatal(err)
		}
	}
	if got := all(); len(got) != n || outlined(t, s) != nil {
		t.Errorf("%d orders of %d, and one more summary", len(got), n)
	}
	if got := summaries(t, s); !slices.EqualFunc(got, before, bytes.Equal) {
		t.Errorf("summaries %x, once %x", got, before)
	}
	checked(t, s)
}
