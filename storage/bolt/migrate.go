package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"go.etcd.io/bbolt"

	"boxoffice/tickets"
)

// SchemaVersion is the layout of files that this program writes. It grows by one with each change of kinds, keys or
// row format; the step that brings older files along is added to migrations.
const SchemaVersion = 3

// schema is a version and the way to it.
type schema struct {
	version    int
	migrations []migration
}

// migration brings a file from version to-1 to version to. step does at most about 1,000 rows from mark on (nil at
// first) and returns where the next call goes on, nil when all is done. Each call is one durable transaction that
// keeps the mark, so that a migration which died goes on where it stopped; step must only need what it wrote itself.
type migration struct {
	to   int
	step func(btx *bbolt.Tx, mark []byte) (next []byte, err error)
}

// current is this program's schema. Version 1 is the first: nothing leads to it.
var current = schema{version: SchemaVersion, migrations: []migration{
	{to: 2, step: onceOfCustomer(1000)},
	{to: 3, step: fewerLists(1000)},
}}

// progress is the row metaMigration while a migration is under way.
type progress struct {
	To   int    `json:"to"`
	Mark []byte `json:"mark"`
}

// prepare checks the file's version and migrates an older one.
func (s *Store) prepare(ctx context.Context, sc schema) error {
	version, err := s.schemaVersion()
	switch {
	case err != nil:
		return err
	case version > sc.version:
		return tickets.Refuse(tickets.Invalid, "%s was written by a newer version (schema %d, this program knows %d): run "+
			"that version, or restore the copy named .before-v%d", s.path, version, sc.version, sc.version+1)
	case version < sc.version && s.readOnly:
		return tickets.Refuse(tickets.Invalid, "%s is older (schema %d, this program writes %d): open it for writing once, "+
			"which brings it along", s.path, version, sc.version)
	}
	for ; version < sc.version; version++ {
		if err := s.migrate(ctx, sc, version+1); err != nil {
			return fmt.Errorf("migrate %s to schema %d: %w", s.path, version+1, err)
		}
	}
	return nil
}

// SchemaVersion is the version of the open file.
func (s *Store) SchemaVersion() (int, error) { return s.schemaVersion() }

func (s *Store) schemaVersion() (version int, err error) {
	err = s.db.View(func(btx *bbolt.Tx) error {
		found, err := readMeta(btx, metaSchema, &version)
		if err == nil && !found {
			err = tickets.Refuse(tickets.Invalid, "%s has no schema version", s.path)
		}
		return err
	})
	return version, err
}

// migrate runs one migration, or the rest of it.
func (s *Store) migrate(ctx context.Context, sc schema, to int) error {
	var m *migration
	for i := range sc.migrations {
		if sc.migrations[i].to == to {
			m = &sc.migrations[i]
		}
	}
	if m == nil {
		return tickets.Refuse(tickets.Invalid, "no way from schema %d", to-1)
	}
	if err := s.backupBefore(ctx, to); err != nil {
		return err
	}
	for done := false; !done; {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%w: %w", tickets.Unavailable, context.Cause(ctx))
		}
		err := s.db.Update(func(btx *bbolt.Tx) error {
			var p progress
			if _, err := readMeta(btx, metaMigration, &p); err != nil {
				return err
			}
			if p.To != to {
				p = progress{To: to}
			}
			next, err := m.step(btx, p.Mark)
			if err != nil {
				return err
			}
			if done = next == nil; !done {
				return putMeta(btx, metaMigration, progress{To: to, Mark: next})
			}
			if err := treeMeta.bucket(btx).Delete(tMeta.in(nil, metaMigration)); err != nil {
				return err
			}
			return putMeta(btx, metaSchema, to)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// backupBefore copies the file aside, unless a migration that died did so: then the file is not the old one any more.
func (s *Store) backupBefore(ctx context.Context, to int) error {
	under := false
	err := s.db.View(func(btx *bbolt.Tx) error {
		var p progress
		found, err := readMeta(btx, metaMigration, &p)
		under = found && p.To == to
		return err
	})
	copied := fmt.Sprintf("%s.before-v%d", s.path, to)
	if err != nil || under {
		return err
	}
	if _, err := os.Stat(copied); err != nil {
		return s.copyTo(ctx, copied)
	}
	if !s.sameMoment(copied) {
		return tickets.Refuse(tickets.Exists, "%s is there already: move it away", copied)
	}
	return nil // the process died between copying and the first step
}

// sameMoment reports whether a file is a copy of the open one as it is now: bbolt numbers its transactions.
func (s *Store) sameMoment(path string) bool {
	db, err := openFile(path, Options{ReadOnly: true})
	if err != nil {
		return false
	}
	var own, other int
	number := func(to *int) func(*bbolt.Tx) error {
		return func(btx *bbolt.Tx) error { *to = btx.ID(); return nil }
	}
	err = errors.Join(s.db.View(number(&own)), db.View(number(&other)), db.Close())
	return err == nil && own == other
}

// onceOfCustomer takes away the second entry that schema 1 had for an order with a confirmation key: that it is the
// customer's. It passes so many entries a step.
func onceOfCustomer(most int) func(btx *bbolt.Tx, mark []byte) ([]byte, error) {
	const table, order, confirm = 11, 1, 2 // as they were, whatever becomes of them
	return func(btx *bbolt.Tx, mark []byte) ([]byte, error) {
		b := treeSpread.bucket(btx)
		if mark == nil {
			mark = []byte{table}
		}
		var twice [][]byte
		c := b.Cursor()
		key, id := c.Seek(mark)
		for passed := 0; len(key) > 0 && key[0] == table && passed < most; passed++ {
			part, err := idEnd(key, 1)
			if err != nil {
				return nil, err
			}
			if key[part] == confirm {
				twice = append(twice, slices.Concat(key[:part], []byte{order}, id))
			}
			key, id = c.Next()
		}
		var next []byte
		if len(key) > 0 && key[0] == table {
			next = bytes.Clone(key)
		}
		for _, key := range twice {
			if err := b.Delete(key); err != nil {
				return nil, err
			}
		}
		return next, nil
	}
}

// fewerLists takes away the lists of orders by visit and by SKU, which schema 2 had, and moves what is due to the tree of
// what changes in place. It takes so many entries a step. Digests are none of its business: what is in no block yet is
// looked at itself, and the sealer comes to it.
func fewerLists(most int) func(btx *bbolt.Tx, mark []byte) ([]byte, error) {
	const holdDue, orderDate, orderSKU, deliveryDue = 5, 9, 10, 31 // as they were
	return func(btx *bbolt.Tx, _ []byte) ([]byte, error) {
		if _, err := btx.CreateBucketIfNotExists([]byte(treeDigest.String())); err != nil {
			return nil, err
		}
		lists, state := treeLists.bucket(btx), treeState.bucket(btx)
		var gone [][]byte
		for _, table := range []byte{holdDue, orderDate, orderSKU, deliveryDue} {
			c := lists.Cursor()
			for key, value := c.Seek([]byte{table}); len(key) > 0 && key[0] == table && len(gone) < most; key, value = c.Next() {
				gone = append(gone, bytes.Clone(key))
				if table == orderDate || table == orderSKU {
					continue
				}
				if err := state.Put(bytes.Clone(key), bytes.Clone(value)); err != nil {
					return nil, err
				}
			}
		}
		for _, key := range gone {
			if err := lists.Delete(key); err != nil {
				return nil, err
			}
		}
		if len(gone) < most {
			return nil, nil
		}
		return []byte{1}, nil // what is done is gone: there is no other mark
	}
}

// idEnd returns where an id that starts at from in a key ends and something else follows.
func idEnd(key []byte, from int) (int, error) {
	end := from + idBytes
	if from < len(key) && key[from] == idOther {
		end = from + bytes.IndexByte(key[from:], 0) + 1
	}
	if end <= from || end >= len(key) {
		return 0, &damage{"key " + shortKey(key) + " is too short"}
	}
	return end, nil
}
