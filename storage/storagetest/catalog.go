package storagetest

import (
	"context"
	"errors"
	"testing"

	"boxoffice/tickets"
)

func catalogs(t *testing.T, s *shop) {
	given := catalog()
	for want := int64(1); want <= 3; want++ {
		s.update(func(tx tickets.Tx) error {
			revision, err := tx.PutCatalog(given)
			own, err2 := tx.Catalog()
			if revision != want || own.Revision != want {
				t.Errorf("revision %d, own %d, want %d", revision, own.Revision, want)
			}
			return all(err, err2)
		})
	}
	given.Products[0].Names["en"] = "changed"
	s.view(func(r tickets.Reader) error {
		first, err := r.Catalog()
		again, err2 := r.Catalog()
		if first != again || first.Revision != 3 || first.Products[0].Names["en"] != "Sentosa" {
			t.Errorf("catalog %+v", first)
		}
		return all(err, err2)
	})
}

func catalogRollback(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error { _, err := tx.PutCatalog(catalog()); return err })
	err := s.store.Update(context.Background(), func(tx tickets.Tx) error {
		c := catalog()
		c.SKUs[0].Price = 1
		if _, err := tx.PutCatalog(c); err != nil {
			return err
		}
		if got, err := tx.Catalog(); err != nil || got.SKUs[0].Price != 1 {
			t.Errorf("own catalog %+v, %v", got, err)
		}
		return errMine
	})
	if !errors.Is(err, errMine) {
		t.Error(err)
	}
	s.update(func(tx tickets.Tx) error {
		c := catalog()
		c.SKUs[0].Price = 2
		_, err := tx.PutCatalog(c)
		return err
	})
	s.view(func(r tickets.Reader) error {
		c, err := r.Catalog()
		if c.Revision != 2 || c.SKUs[0].Price != 2 {
			t.Errorf("revision %d, price %d", c.Revision, c.SKUs[0].Price)
		}
		return err
	})
}

func codes(t *testing.T, s *shop) {
	for _, c := range []struct {
		m    tickets.MerchantID
		day  tickets.Date
		n    int
		want int64
	}{{merchant, visit, 1, 1}, {merchant, visit, 100, 2}, {merchant, visit, 1, 102}, {merchant, visit + 1, 1, 1}, {"other", visit, 1, 1}} {
		s.update(func(tx tickets.Tx) error {
			got, err := tx.OrderCodes(c.m, c.day, c.n)
			if got != c.want {
				t.Errorf("%s %s: first %d, want %d", c.m, c.day, got, c.want)
			}
			return err
		})
	}
	s.refused(tickets.Invalid, func(tx tickets.Tx) error { _, err := tx.OrderCodes(merchant, visit, 0); return err })
}
