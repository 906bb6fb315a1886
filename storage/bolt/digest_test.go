package bolt

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"boxoffice/tickets"
)

// unsealed is a store of n sales whose sealer leaves them alone.
func unsealed(t *testing.T, n int) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "shop.db"), Options{blockRows: 1 << 20, blockWait: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	s.sealer.stop() // it would look for rows itself
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	err = s.Update(t.Context(), func(tx tickets.Tx) error {
		if _, err := tx.PutCatalog(benchCatalog()); err != nil {
			return err
		}
		for i := range n {
			if err := newSale(i).over(tx, i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// proposed is the next block of orders, of five rows, which is a millisecond of sales, while two wait.
func proposed(t *testing.T, s *Store) *proposal {
	t.Helper()
	var b *sealing
	seen, err := s.watch(t.Context(), tOrder)
	if err != nil {
		t.Fatal(err)
	}
	err = s.View(t.Context(), func(r tickets.Reader) (err error) {
		b, err = orders.propose(r.(*reader), 5, 2)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if b == nil {
		return nil
	}
	return &proposal{b, seen}
}

type proposal struct {
	*sealing
	seen *stored
}

func sealed(t *testing.T, s *Store, p *proposal) error {
	t.Helper()
	return s.Update(t.Context(), func(tr tickets.Tx) error { return orders.seal(tr.(*tx), p.sealing, p.seen) })
}

// change stores the n-th sale's order with a change.
func change(t *testing.T, s *Store, n int, edit func(o *tickets.Order)) {
	t.Helper()
	err := s.Update(t.Context(), func(tx tickets.Tx) error {
		o, err := tx.Order(newSale(n).order.ID)
		if err != nil {
			return err
		}
		edit(&o)
		return tx.PutOrder(o)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checked(t *testing.T, s *Store) {
	t.Helper()
	if err := s.View(t.Context(), func(r tickets.Reader) error { r.Check(func(f string) { t.Error(f) }); return nil }); err != nil {
		t.Fatal(err)
	}
}

// strays counts those of a kind.
func strays(t *testing.T, s *Store, of table) (n int) {
	t.Helper()
	err := s.View(t.Context(), func(r tickets.Reader) error {
		c := r.(*reader).src.scan(tStray, []byte{byte(of)}, after([]byte{byte(of)}), false)
		for key, _ := c.next(); key != nil; key, _ = c.next() {
			n++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRowsThatChangeWhileTheyAreDigestedAreNotSealedAsTheyWere(t *testing.T) {
	t.Parallel()
	s := unsealed(t, 10)
	b := proposed(t, s)
	change(t, s, 1, func(o *tickets.Order) { o.Stage = tickets.StageCompleted }) // no digest says so
	change(t, s, 2, func(o *tickets.Order) { o.Buyer.Name = "Siti" })
	if err := sealed(t, s, b); !errors.Is(err, errMoved) {
		t.Errorf("sealed as it was: %v", err)
	}
	b = proposed(t, s)
	change(t, s, 1, func(o *tickets.Order) { o.Stage = tickets.StageFulfilled })
	if err := sealed(t, s, b); err != nil {
		t.Errorf("a change that no digest says: %v", err)
	}
	checked(t, s)
}

func TestARowThatComesWhileItsNeighboursAreDigestedIsNotForgotten(t *testing.T) {
	t.Parallel()
	s := unsealed(t, 10)
	p := proposed(t, s)
	late := func(then error) error {
		return s.Update(t.Context(), func(tx tickets.Tx) error {
			o := newSale(3).order
			o.ID, o.Code, o.Confirm = o.ID[:len(o.ID)-1]+"x", "late", "late" // of another form, outside all blocks
			if err := tx.CreateOrder(o); err != nil {
				return err
			}
			o.ID, o.Code, o.Confirm = tickets.OrderID(benchID(tickets.PrefixOrder, 3)[:len(tickets.PrefixOrder)+11]+"0000000000001"), "late2", "late2"
			return errors.Join(tx.CreateOrder(o), then)
		})
	}
	if err := late(errDied); !errors.Is(err, errDied) {
		t.Fatal(err)
	}
	if err := sealed(t, s, p); err != nil {
		t.Errorf("with a row that was taken back: %v", err)
	}
	checked(t, s)

	s = unsealed(t, 10)
	p = proposed(t, s)
	if err := late(nil); err != nil {
		t.Fatal(err)
	}
	if err := sealed(t, s, p); !errors.Is(err, errMoved) {
		t.Errorf("without it: %v", err)
	}
	if err := sealed(t, s, proposed(t, s)); err != nil {
		t.Error(err)
	}
	checked(t, s)
}

func TestStraysAreTakenInOnceThereAreMany(t *testing.T) {
	t.Parallel()
	s := unsealed(t, 12)
	for range 2 {
		if err := sealed(t, s, proposed(t, s)); err != nil {
			t.Fatal(err)
		}
	}
	change(t, s, 5, func(o *tickets.Order) { o.Quote.Slot.Date++ })
	if b, n := proposed(t, s), strays(t, s, tOrder); n != 1 || b != nil {
		t.Errorf("%d strays, proposed %+v", n, b)
	}
	change(t, s, 6, func(o *tickets.Order) { o.Quote.Slot.Date++ })
	checked(t, s)
	if err := sealed(t, s, proposed(t, s)); err != nil {
		t.Fatal(err)
	}
	if n := strays(t, s, tOrder); n != 0 {
		t.Errorf("%d strays are left", n)
	}
	checked(t, s)
}

func TestCheckSeesADigestThatIsNotItsRows(t *testing.T) {
	t.Parallel()
	s := unsealed(t, 10)
	b := proposed(t, s)
	b.digests[2].name = "nobody"
	b.value = orders.encode(b.sealing)
	if err := sealed(t, s, b); err != nil {
		t.Fatal(err)
	}
	faults := 0
	err := s.View(t.Context(), func(r tickets.Reader) error { r.Check(func(string) { faults++ }); return nil })
	if err != nil || faults != 1 {
		t.Errorf("%d faults, %v", faults, err)
	}
}

func TestBlocksAreMadeBehindTheCustomersBacks(t *testing.T) {
	t.Parallel()
	s := unsealed(t, 1000)
	path := s.Path()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	settled(t, s)
	checked(t, s)
	blocks := 0
	err = s.View(t.Context(), func(r tickets.Reader) error {
		c := r.(*reader).src.scan(tDigest, nil, nil, false)
		for key, _ := c.next(); key != nil; key, _ = c.next() {
			blocks++
		}
		found, _, err := r.Search(tickets.SearchQuery{Text: string(newSale(7).order.ID)})
		if len(found) != 1 || found[0].By != tickets.ByID {
			t.Errorf("found %+v", found)
		}
		return err
	})
	if err != nil || blocks != 5 { // orders, tickets, payments, captures, customers
		t.Errorf("%d blocks, %v", blocks, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// settled waits until all blocks that can be made are.
func settled(t testing.TB, s *Store) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Minute); time.Now().Before(deadline); <-time.After(time.Millisecond) {
		idle := true
		err := s.View(t.Context(), func(r tickets.Reader) error {
			for _, k := range searched {
				more, err := k.propose(r.(*reader), s.sealer.rows, s.sealer.wait)
				if err == nil && more == nil {
					var sum *outlining
					sum, err = k.outline(r.(*reader), s.sealer.sums, s.sealer.late)
					idle = idle && sum == nil
				}
				if err != nil || more != nil {
					idle = false
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if idle {
			return
		}
	}
	t.Fatal("rows are not in blocks")
}
