package bolt

import (
	"cmp"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/bbolt"

	"boxoffice/tickets"
)

// The file testdata/schema1.db.gz was written by a program of schema 1: sales 0 to 39 of newSale, of which 38 has no
// confirmation key and 39 no customer.
const schema1Sales = 40

func schema1Sale(n int) *sale {
	s := newSale(n)
	switch n {
	case 38:
		s.order.Confirm = ""
	case 39:
		s.order.Buyer.Customer, s.hold.Customer = "", ""
	}
	return s
}

// schema1File is a copy of the file, to be opened.
func schema1File(t *testing.T) (path string) {
	t.Helper()
	f, err := os.Open("testdata/schema1.db.gz")
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

// stepwise is the current schema with a migration of few entries a step, which dies at step dies (0: never).
func stepwise(dies int) schema {
	step, move := 0, onceOfCustomer(7)
	return schema{version: 2, migrations: []migration{{to: 2, step: func(btx *bbolt.Tx, mark []byte) ([]byte, error) {
		next, err := move(btx, mark)
		if step++; step == dies {
			return nil, errDied
		}
		return next, err
	}}}}
}

func TestSchema1IsBroughtAlongFromWhereverItDied(t *testing.T) {
	t.Parallel()
	for dies := 0; ; dies++ {
		path := schema1File(t)
		if dies > 0 {
			s, err := open(t.Context(), path, Options{}, stepwise(dies))
			if err == nil { // it has fewer steps
				if dies < 10 {
					t.Errorf("only %d steps", dies-1)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, errDied) {
				t.Fatalf("dies at %d: %v", dies, err)
			}
		}
		s, err := open(t.Context(), path, Options{}, stepwise(0))
		if err != nil {
			t.Fatalf("after dying at %d: %v", dies, err)
		}
		hasSchema1Sales(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		was, err := os.ReadFile(schema1File(t))
		if err != nil {
			t.Fatal(err)
		}
		if kept, err := os.ReadFile(path + ".before-v2"); err != nil || len(kept) != len(was) {
			t.Errorf("the copy from before has %d bytes, not %d; %v", len(kept), len(was), err)
		}
	}
}

func TestSchema1SellsOnOnceBroughtAlong(t *testing.T) {
	t.Parallel()
	s := openNew(t, schema1File(t))
	hasSchema1Sales(t, s)
	again := newSale(schema1Sales)
	again.order.Buyer.Customer, again.order.Confirm = newSale(3).order.Buyer.Customer, newSale(3).order.Confirm
	err := s.Update(t.Context(), func(tx tickets.Tx) error { return tx.CreateOrder(again.order) })
	if !errors.Is(err, tickets.Exists) {
		t.Errorf("an order with a key that was used: %v", err)
	}
	if err := place(t.Context(), s, schema1Sales); err != nil {
		t.Error(err)
	}
	err = s.View(t.Context(), func(r tickets.Reader) error { r.Check(func(f string) { t.Error(f) }); return nil })
	if err != nil {
		t.Error(err)
	}
}

// hasSchema1Sales finds each sale of the file by its customer in every way there is.
func hasSchema1Sales(t *testing.T, s *Store) {
	t.Helper()
	bought := map[tickets.CustomerID][]tickets.OrderID{}
	for n := range schema1Sales {
		o := &schema1Sale(n).order
		bought[o.Buyer.Customer] = append(bought[o.Buyer.Customer], o.ID)
	}
	for _, ids := range bought {
		slices.SortFunc(ids, func(a, b tickets.OrderID) int { return cmp.Compare(b, a) })
	}
	err := s.View(t.Context(), func(r tickets.Reader) error {
		for n := range schema1Sales {
			v := schema1Sale(n)
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
		r.Check(func(f string) { t.Error(f) })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
