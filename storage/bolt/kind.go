package bolt

import (
	"bytes"
	"fmt"
	"sync"

	"boxoffice/tickets"
)

// kind says how one noun is stored: its table, its key, and its image, the index entries and counters that follow
// from the row. save and remove keep the image in step, so that no other code writes an index.
type kind[T any] struct {
	table  table
	what   string                      // for messages
	key    func(b []byte, v *T) []byte // appends the row's key
	name   func(v *T) string           // the row in messages
	refuse func(v *T) error            // refuses texts that cannot be keys; may be nil
	milli  func(v *T)                  // cuts times; may be nil
	// image may be nil. id is the row's key; values are id or new, as they are kept.
	image func(v *T, id []byte, m *image)
	flat  bool // T has no pointers that somebody could write through
	// digest says how rows are found by search; nil for kinds that are not. Such rows are never deleted.
	digest *digesting[T]

	used sync.Pool // of *T, for store
}

func (k *kind[T]) rows() table { return k.table }

// image is the index entries and the counters of one row.
type image struct {
	entries []indexEntry
	counts  []string
	arena   []byte
}

type indexEntry struct {
	table      table
	key, value []byte
	unique     bool
}

func (m *image) reset() {
	m.entries, m.counts, m.arena = m.entries[:0], m.counts[:0], m.arena[:0]
}

// b returns a buffer to append one key to, which add or unique then take.
func (m *image) b() []byte { return m.arena[len(m.arena):] }

func (m *image) take(t table, key, value []byte, unique bool) {
	if len(m.arena)+len(key) <= cap(m.arena) {
		m.arena = m.arena[:len(m.arena)+len(key)]
	}
	m.entries = append(m.entries, indexEntry{t, key[:len(key):len(key)], value, unique})
}

func (m *image) add(t table, key, value []byte)    { m.take(t, key, value, false) }
func (m *image) unique(t table, key, value []byte) { m.take(t, key, value, true) }
func (m *image) count(name string)                 { m.counts = append(m.counts, name) }

func (m *image) find(t table, key []byte) *indexEntry {
	for i := range m.entries {
		if e := &m.entries[i]; e.table == t && bytes.Equal(e.key, key) {
			return e
		}
	}
	return nil
}

// load reads the row of a key.
func load[T any](r *reader, k *kind[T], key []byte) (v T, found bool, err error) {
	if k.flat && r.over != nil {
		if v, ok := r.over.row(k.table, key).(T); ok {
			return v, true, nil
		}
	}
	raw := r.src.get(k.table, key)
	if raw == nil {
		return v, false, nil
	}
	err = decodeRow(k.table, key, raw, &v)
	return v, err == nil, err
}

// read is load with NotFound; name is what was looked for.
func read[T any](r *reader, k *kind[T], key []byte, name string) (T, error) {
	v, found, err := load(r, k, key)
	if err == nil && !found {
		err = tickets.Refuse(tickets.NotFound, "%s %q", k.what, name)
	}
	return v, err
}

// named reads the row that an index entry names: absent is damage.
func named[T any](r *reader, k *kind[T], key []byte) (T, error) {
	v, found, err := load(r, k, key)
	if err == nil && !found {
		err = &damage{fmt.Sprintf("an index names %s %x, which is not there", k.what, key)}
	}
	return v, err
}

// by reads the row that a unique index entry names.
func by[T any](r *reader, k *kind[T], t table, key []byte, name string) (T, error) {
	id := r.src.get(t, key)
	if id == nil {
		var none T
		return none, tickets.Refuse(tickets.NotFound, "%s %q", k.what, name)
	}
	return named(r, k, id)
}

// under reads the rows whose keys end the index keys that start with prefix, in index order; limit 0 is all.
func under[T any](r *reader, k *kind[T], t table, prefix []byte, limit int) ([]T, error) {
	return collect(r, k, r.src.scan(t, prefix, after(prefix), false), limit, func(key, _ []byte) []byte {
		return key[len(prefix):]
	})
}

// valued is under for indexes whose value is the row's key.
func valued[T any](r *reader, k *kind[T], t table, prefix []byte) ([]T, error) {
	return collect(r, k, r.src.scan(t, prefix, after(prefix), false), 0, func(_, value []byte) []byte { return value })
}

// due reads the rows of an index of times that are not after the key until.
func due[T any](r *reader, k *kind[T], t table, until []byte, limit int) ([]T, error) {
	return collect(r, k, r.src.scan(t, nil, until, false), limit, func(key, _ []byte) []byte { return key[8:] })
}

func collect[T any](r *reader, k *kind[T], c cursor, limit int, id func(key, value []byte) []byte) ([]T, error) {
	var out []T
	for key, value := c.next(); key != nil && (limit <= 0 || len(out) < limit); key, value = c.next() {
		v, err := named(r, k, id(key, value))
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// create stores a new row, or refuses with Exists.
func create[T any](t *tx, k *kind[T], v T) error { return store(t, k, v, true) }

// put creates or replaces a row.
func put[T any](t *tx, k *kind[T], v T) error { return store(t, k, v, false) }

func store[T any](t *tx, k *kind[T], value T, fresh bool) error {
	v, ok := k.used.Get().(*T)
	if !ok {
		v = new(T)
	}
	defer func() {
		var none T
		*v = none
		k.used.Put(v)
	}()
	*v = value
	return storeAt(t, k, v, fresh)
}

func storeAt[T any](t *tx, k *kind[T], v *T, fresh bool) error {
	if k.milli != nil {
		k.milli(v)
	}
	if k.refuse != nil {
		if err := k.refuse(v); err != nil {
			return err
		}
	}
	key := k.key(make([]byte, 0, 32), v)
	t.before.reset()
	t.after.reset()
	var raw []byte
	var old *T
	if fresh || k.image != nil {
		raw = t.src.get(k.table, key)
	}
	switch {
	case raw == nil:
	case fresh:
		return tickets.Refuse(tickets.Exists, "%s %q", k.what, k.name(v))
	default:
		old = new(T)
		if err := decodeRow(k.table, key, raw, old); err != nil {
			return err
		}
		k.image(old, key, t.before)
	}
	if k.image != nil {
		k.image(v, key, t.after)
	}
	if e := t.taken(); e != nil {
		return tickets.Refuse(tickets.Exists, "%s %q: %s is taken", k.what, k.name(v), e.table)
	}
	if k.flat {
		t.over.putFlat(k.table, key, *v)
	} else {
		raw, err := t.over.encode(k.table, key, v)
		if err != nil {
			return fmt.Errorf("%w: %w", tickets.Invalid, err)
		}
		t.over.put(k.table, key, raw)
	}
	if k.digest != nil {
		t.writer.note(k.table, key)
		noteStray(t, k, key, old, v)
	}
	return t.index()
}

// drop deletes a row and its image; it reports whether there was one.
func drop[T any](t *tx, k *kind[T], key []byte) (bool, error) {
	old, exists, err := load(t.reader, k, key)
	if err != nil || !exists {
		return false, err
	}
	t.before.reset()
	t.after.reset()
	if k.image != nil {
		k.image(&old, key, t.before)
	}
	t.over.delete(k.table, key)
	return true, t.index()
}

// taken returns a unique entry of the image after that belongs to another row, nil when there is none.
func (t *tx) taken() *indexEntry {
	for i := range t.after.entries {
		e := &t.after.entries[i]
		if !e.unique {
			continue
		}
		if row := t.src.get(e.table, e.key); row != nil && !bytes.Equal(row, e.value) {
			return e
		}
	}
	return nil
}

// index turns the image before into the image after.
func (t *tx) index() error {
	for i := range t.before.entries {
		if e := &t.before.entries[i]; t.after.find(e.table, e.key) == nil {
			t.over.delete(e.table, e.key)
		}
	}
	for i := range t.after.entries {
		e := &t.after.entries[i]
		if old := t.before.find(e.table, e.key); old == nil || !bytes.Equal(old.value, e.value) {
			t.over.put(e.table, e.key, e.value)
		}
	}
	for _, name := range t.after.counts {
		if err := t.add(name, 1); err != nil {
			return err
		}
	}
	for _, name := range t.before.counts {
		if err := t.add(name, -1); err != nil {
			return err
		}
	}
	return nil
}

// add changes a counter.
func (t *tx) add(name string, by int64) error {
	n, err := t.number(tCount, []byte(name))
	if err != nil {
		return err
	}
	t.over.putFlat(tCount, []byte(name), n+by)
	return nil
}

// number reads a stored number; an absent one is 0.
func (r *reader) number(t table, key []byte) (int64, error) {
	if r.over != nil {
		if n, ok := r.over.row(t, key).(int64); ok {
			return n, nil
		}
	}
	raw := r.src.get(t, key)
	if raw == nil {
		return 0, nil
	}
	var n int64
	err := decodeRow(t, key, raw, &n)
	return n, err
}
