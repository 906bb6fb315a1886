package bolt

import (
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"boxoffice/tickets"
)

// The files testdata/schemaN.db.gz were written by programs of those schemas: sales 0 to 39 of newSale, of which 38 has no
// confirmation key and 39 no customer.
const oldSales = 40

func oldSale(n int) *sale {
	s := newSale(n)
	switch n {
	case 38:
		s.order.Confirm = ""
	case 39:
		s.order.Buyer.Customer, s.hold.Customer = "", ""
	}
	return s
}

// writtenBy is a copy of the file of a schema, to be opened.
func writtenBy(t *testing.T, schema int) (path string) {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("testdata/schema%d.db.gz", schema))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	in, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "shop.db")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// stepwise is the current schema with migrations of few entries a step, which die at step dies (0: never).
func stepwise(dies int) schema {
	step := 0
	dying := func(move func(*bbolt.Tx, []byte) ([]byte, error)) func(*bbolt.Tx, []byte) ([]byte, error) {
		return func(btx *bbolt.Tx, mark []byte) ([]byte, error) {
			next, err := move(btx, mark)
			if step++; step == dies {
				return nil, errDied
			}
			return next, err
		}
	}
	return schema{version: SchemaVersion, migrations: []migration{
		{to: 2, step: dying(onceOfCustomer(7))}, {to: 3, step: dying(fewerLists(7))},
	}}
}

func TestOldFilesAreBroughtAlongFromWhereverItDied(t *testing.T) {
	t.Parallel()
	for from := 1; from < SchemaVersion; from++ {
		t.Run(fmt.Sprintf("schema%d", from), func(t *testing.T) {
			t.Parallel()
			steps := 0
			for ; dyingOpen(t, from, steps); steps++ {
			}
			if steps < 10 {
				t.Errorf("only %d steps", steps)
			}
		})
	}
}

// dyingOpen opens an old file with a migration that dies at a step, and again with one that does not. It reports false
// when there is no such step.
func dyingOpen(t *testing.T, from, dies int) bool {
	t.Helper()
	path := writtenBy(t, from)
	if dies > 0 {
		s, err := open(t.Context(), path, Options{}, stepwise(dies))
		if err == nil {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			return false
		}
		if !errors.Is(err, errDied) {
			t.Fatalf("dies at %d: %v", dies, err)
		}
	}
	s, err := open(t.Context(), path, Options{}, stepwise(0))
	if err != nil {
		t.Fatalf("after dying at %d: %v", dies, err)
	}
	hasOldSales(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	was, err := os.ReadFile(writtenBy(t, from))
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(fmt.Sprintf("%s.before-v%d", path, from+1))
	if err != nil || len(kept) != len(was) {
		t.Errorf("the copy from before has %d bytes, not %d; %v", len(kept), len(was), err)
	}
	return true
}

func TestOldFilesSellOnOnceBroughtAlong(t *testing.T) {
	t.Parallel()
	for from := 1; from < SchemaVersion; from++ {
		s := openNew(t, writtenBy(t, from))
		hasOldSales(t, s)
		var leased, pending int
		err := s.Update(t.Context(), func(tx tickets.Tx) error {
			counts, err := tx.DeliveryCounts()
			due, err2 := tx.LeaseDeliveries(benchStart.Add(time.Hour), benchStart.Add(2*time.Hour), 0)
			pending, leased = counts[tickets.DeliveryQueued], len(due)
			return errors.Join(err, err2)
		})
		if err != nil || leased == 0 || leased != pending {
			t.Errorf("%d of %d deliveries are due, %v", leased, pending, err)
		}
		again := newSale(oldSales)
		again.order.Buyer.Customer, again.order.Confirm = newSale(3).order.Buyer.Customer, newSale(3).order.Confirm
		err = s.Update(t.Context(), func(tx tickets.Tx) error { return tx.CreateOrder(again.order) })
		if !errors.Is(err, tickets.Exists) {
			t.Errorf("an order with a key that was used: %v", err)
		}
		if err := place(t.Context(), s, oldSales); err != nil {
			t.Error(err)
		}
		err = s.View(t.Context(), func(r tickets.Reader) error { r.Check(func(f string) { t.Error(f) }); return nil })
		if err != nil {
			t.Error(err)
		}
	}
}

// hasOldSales finds each sale of the file by its customer in every way there is.
func hasOldSales(t *testing.T, s *Store) {
	t.Helper()
	bought := map[tickets.CustomerID][]tickets.OrderID{}
	for n := range oldSales {
		o := &oldSale(n).order
		bought[o.Buyer.Customer] = append(bought[o.Buyer.Customer], o.ID)
	}
	for _, ids := range bought {
		slices.SortFunc(ids, func(a, b tickets.OrderID) int { return cmp.Compare(b, a) })
	}
	err := s.View(t.Context(), func(r tickets.Reader) error {
		for n := range oldSales {
			v := oldSale(n)
			if got, err := r.OrderByConfirm(v.order.Buyer.Customer, v.order.Confirm); v.order.Confirm != "" && (err != nil || got.ID != v.order.ID) {
				t.Errorf("order %d by its key: %s, %v", n, got.ID, err)
			}
			if v.order.Buyer.Customer == "" {
				continue
			}
			list, _, err := r.Orders(tickets.OrderQuery{Customer: v.order.Buyer.Customer})
			want := bought[v.order.Buyer.Customer]
			if err != nil || len(list) != len(want) {
				t.Fatalf("customer of %d: %d orders, want %d; %v", n, len(list), len(want), err)
			}
			for i := range want {
				if list[i].ID != want[i] {
					t.Errorf("customer of %d: order %s where %s should be", n, list[i].ID, want[i])
				}
			}
			if held, err := r.LiveHolds(v.order.Buyer.Customer); err != nil || len(held) != len(want) {
				t.Errorf("customer of %d: %d live holds, want %d; %v", n, len(held), len(want), err)
			}
		}
		sameSales(t, r)
		r.Check(func(f string) { t.Error(f) })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// sameSales finds the sales by what the files had lists of: visit, SKU, and when something is due.
func sameSales(t *testing.T, r tickets.Reader) {
	t.Helper()
	byVisit := 0
	for day := range 7 {
		list, _, err := r.Orders(tickets.OrderQuery{Date: newSale(day).order.Quote.Slot.Date})
		if err != nil {
			t.Error(err)
		}
		byVisit += len(list)
	}
	bySKU, _, err := r.Orders(tickets.OrderQuery{SKU: benchSKU.ID})
	holds, err2 := r.HoldsDue(benchStart.Add(time.Hour), 0)
	if err := errors.Join(err, err2); err != nil || byVisit != oldSales || len(bySKU) != oldSales || len(holds) != oldSales {
		t.Errorf("%d sales by visit, %d by SKU, %d holds due; %v", byVisit, len(bySKU), len(holds), err)
	}
}
