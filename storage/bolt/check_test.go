package bolt

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"boxoffice/tickets"
)

// TestCheckNamesEachBrokenIndexAndCounter damages what follows from the rows of a healthy shop, as a fault of ours or a lost
// write would, and expects it to be named.
func TestCheckNamesEachBrokenIndexAndCounter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, want string
		damage     func(x *tx, e indexEntry, count string)
	}{
		{"an index forgot a row", "is missing in ", func(x *tx, e indexEntry, _ string) { x.over.delete(e.table, e.key) }},
		{"an index leads to another row", "says ", func(x *tx, e indexEntry, _ string) { x.over.put(e.table, e.key, []byte("another")) }},
		{"an index has an entry of no row", "belongs to no row", func(x *tx, e indexEntry, _ string) {
			x.over.put(e.table, append([]byte(string(e.key)), 1), e.value)
		}},
		{"a counter counts one more", "counter order/EXPIRED is 2, not 1", func(x *tx, _ indexEntry, count string) {
			if err := x.add(count, 1); err != nil {
				t.Error(err)
			}
		}},
		{"a counter is gone", "counter order/EXPIRED is missing, not 1", func(x *tx, _ indexEntry, count string) { x.over.delete(tCount, []byte(count)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := unsealed(t, 5)
			checked(t, s)
			err := s.Update(t.Context(), func(some tickets.Tx) error {
				x, ok := some.(*tx)
				if !ok {
					return errors.New("another engine's transaction")
				}
				list, _, err := x.Orders(tickets.OrderQuery{Page: tickets.Page{Limit: 1}})
				if err != nil || len(list) != 1 {
					return errors.Join(err, errors.New("no order"))
				}
				var m image
				orders.image(&list[0], orders.key(nil, &list[0]), &m)
				unique := slices.IndexFunc(m.entries, func(e indexEntry) bool { return e.unique })
				c.damage(x, m.entries[unique], countOrder+string(list[0].Stage))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			var found []string
			err = s.View(t.Context(), func(r tickets.Reader) error {
				found = nil
				r.Check(func(fault string) { found = append(found, fault) })
				return nil
			})
			if err != nil || len(found) == 0 || !strings.Contains(strings.Join(found, "\n"), c.want) {
				t.Errorf("found %q, %v; not %q", found, err, c.want)
			}
		})
	}
}
