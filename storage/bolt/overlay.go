package bolt

import (
	"bytes"
	"slices"
	"sort"
	"unsafe"
)

// overlay is the writes of a batch over a source. Requests of a batch run one after another on it; the writes since
// mark belong to the running one and undo takes them back, so that a refusal leaves its neighbours' writes alone.
type overlay struct {
	base   source
	tables [numTables]writes
	log    []undo
	size   int // bytes written, roughly

	// Room for entries, keys and rows, so that each is not an allocation of its own. It is used again for the next
	// batch, when bbolt has written this one.
	entries []entry
	text    []byte
	rows    []byte
}

// Least and most room to get at once; what a batch needed more than it had is doubled.
const (
	entryRoom = 256
	textRoom  = 16 << 10
	rowRoom   = 64 << 10
	mostRoom  = 4 << 20
)

// writes of one table: the entries, and their keys in order.
type writes struct {
	rows map[string]*entry
	keys []string
	gen  int // counts changes of keys, for cursors
}

// entry is the newest value of a key. A row without pointers is kept as it is and encoded once a batch, however often
// it is written: row is set and raw is made when somebody wants it.
type entry struct {
	raw  []byte
	row  any
	gone bool
}

type undo struct {
	t     table
	fresh bool
	key   string
	e     *entry
	prev  entry
}

func (o *overlay) get(t table, key []byte) []byte {
	if e, ok := o.tables[t].rows[string(key)]; ok {
		if e.gone {
			return nil
		}
		return e.bytes(t, key)
	}
	return o.base.get(t, key)
}

// row returns the undecoded row written in this batch, if the key has one.
func (o *overlay) row(t table, key []byte) any {
	if e, ok := o.tables[t].rows[string(key)]; ok && !e.gone {
		return e.row
	}
	return nil
}

func (e *entry) bytes(t table, key []byte) []byte {
	if e.raw == nil && e.row != nil {
		raw, err := encodeRow(t, key, e.row)
		if err != nil {
			panic(err) // flat rows are numbers and stock, which always encode
		}
		e.raw = raw
	}
	if e.raw == nil {
		return []byte{}
	}
	return e.raw
}

func (o *overlay) put(t table, key, raw []byte)       { o.set(t, key, entry{raw: raw}) }
func (o *overlay) putFlat(t table, key []byte, v any) { o.set(t, key, entry{row: v}) }
func (o *overlay) delete(t table, key []byte)         { o.set(t, key, entry{gone: true}) }

func (o *overlay) set(t table, key []byte, v entry) {
	w := &o.tables[t]
	o.size += len(key) + len(v.raw) + 32
	if e, ok := w.rows[string(key)]; ok {
		o.log = append(o.log, undo{t: t, e: e, prev: *e})
		*e = v
		return
	}
	if w.rows == nil {
		w.rows = map[string]*entry{}
	}
	k, e := o.keep(key, v)
	w.rows[k] = e
	if n := len(w.keys); n == 0 || w.keys[n-1] < k {
		w.keys = append(w.keys, k)
	} else {
		i := sort.SearchStrings(w.keys, k)
		w.keys = slices.Insert(w.keys, i, k)
	}
	w.gen++
	o.log = append(o.log, undo{t: t, fresh: true, key: k, e: e})
}

// keep copies a key and an entry to where they stay as long as the batch.
func (o *overlay) keep(key []byte, v entry) (string, *entry) {
	if len(o.entries) == cap(o.entries) {
		o.entries = make([]entry, 0, min(max(entryRoom, 2*cap(o.entries)), mostRoom/64))
	}
	o.entries = append(o.entries, v)
	if len(key) > textRoom/16 {
		return string(key), &o.entries[len(o.entries)-1]
	}
	o.text = room(o.text, len(key), textRoom)
	from := len(o.text)
	o.text = append(o.text, key...)
	// No byte of text is written twice in a batch, so the string does not change.
	return unsafe.String(unsafe.SliceData(o.text[from:]), len(key)), &o.entries[len(o.entries)-1]
}

// room returns b, or an empty buffer with more room, when b has none for n bytes more.
func room(b []byte, n, least int) []byte {
	if len(b)+n <= cap(b) {
		return b
	}
	return make([]byte, 0, max(n, least, min(2*cap(b), mostRoom)))
}

// encode returns the stored form of a row, in memory that stays as long as the batch.
func (o *overlay) encode(t table, key []byte, v any) ([]byte, error) {
	o.rows = room(o.rows, rowRoom/16, rowRoom)
	from := len(o.rows)
	raw, err := appendRow(o.rows[from:from:cap(o.rows)], t, key, v)
	if err == nil && from+len(raw) <= cap(o.rows) { // else it has memory of its own
		o.rows = o.rows[:from+len(raw)]
	}
	return raw[:len(raw):len(raw)], err
}

// reset makes an overlay of an earlier batch ready for another: a busy writer then allocates little.
func (o *overlay) reset(base source) {
	for t := range o.tables {
		w := &o.tables[t]
		if len(w.rows) > maxBatch { // one of a rare size is not worth keeping
			*w = writes{}
			continue
		}
		clear(w.rows)
		clear(w.keys)
		w.keys = w.keys[:0]
		w.gen++
	}
	o.mark()
	clear(o.entries)
	o.base, o.size, o.entries, o.text, o.rows = base, 0, o.entries[:0], o.text[:0], o.rows[:0]
}

// mark forgets how to take back what was written so far.
func (o *overlay) mark() {
	clear(o.log)
	o.log = o.log[:0]
}

// undo takes back everything since mark.
func (o *overlay) undo() {
	for i := len(o.log) - 1; i >= 0; i-- {
		u := &o.log[i]
		if !u.fresh {
			*u.e = u.prev
			continue
		}
		w := &o.tables[u.t]
		delete(w.rows, u.key)
		if j, ok := slices.BinarySearch(w.keys, u.key); ok {
			w.keys = slices.Delete(w.keys, j, j+1)
		}
		w.gen++
	}
	o.mark()
}

// empty reports whether there is nothing to write.
func (o *overlay) empty() bool {
	for t := range o.tables {
		if len(o.tables[t].keys) > 0 {
			return false
		}
	}
	return true
}

func (o *overlay) scan(t table, from, until []byte, desc bool) cursor {
	base := o.base.scan(t, from, until, desc)
	if len(o.tables[t].keys) == 0 {
		return base
	}
	m := &mergeCursor{t: t, w: &o.tables[t], base: base, from: from, until: until, desc: desc, gen: -1}
	m.key, m.value = base.next()
	return m
}

// mergeCursor walks a source and the writes over it in one order. The writes may change while it walks.
type mergeCursor struct {
	t           table
	w           *writes
	base        cursor
	key, value  []byte // of base, not yet given out
	from, until []byte
	desc        bool
	gen, i      int    // keys[i] is the next written key while gen is w.gen
	last        string // written key given out or passed last
	moved       bool   // last is set
}

func (m *mergeCursor) next() (key, value []byte) {
	for {
		k, ok := m.peek()
		switch {
		case !ok && m.key == nil:
			return nil, nil
		case !ok || (m.key != nil && m.before(m.key, k)):
			key, value = m.key, m.value
			m.key, m.value = m.base.next()
			return key, value
		}
		if m.key != nil && string(m.key) == k {
			m.key, m.value = m.base.next()
		}
		m.pass(k)
		if e := m.w.rows[k]; !e.gone {
			key = []byte(k)
			return key, e.bytes(m.t, key)
		}
	}
}

func (m *mergeCursor) before(key []byte, k string) bool {
	if m.desc {
		return string(key) > k
	}
	return string(key) < k
}

func (m *mergeCursor) pass(k string) {
	m.last, m.moved = k, true
	if m.desc {
		m.i--
	} else {
		m.i++
	}
}

// peek returns the next written key within bounds.
func (m *mergeCursor) peek() (string, bool) {
	if m.gen != m.w.gen {
		m.gen = m.w.gen
		m.i = m.seek()
	}
	if m.i < 0 || m.i >= len(m.w.keys) {
		return "", false
	}
	k := m.w.keys[m.i]
	if m.desc && bytes.Compare([]byte(k), m.from) < 0 || !m.desc && m.until != nil && k >= string(m.until) {
		return "", false
	}
	return k, true
}

func (m *mergeCursor) seek() int {
	keys := m.w.keys
	switch {
	case m.desc && m.moved:
		return sort.SearchStrings(keys, m.last) - 1
	case m.desc && m.until == nil:
		return len(keys) - 1
	case m.desc:
		return sort.SearchStrings(keys, string(m.until)) - 1
	case m.moved:
		return sort.Search(len(keys), func(i int) bool { return keys[i] > m.last })
	default:
		return sort.SearchStrings(keys, string(m.from))
	}
}
