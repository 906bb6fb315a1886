package bolt

import (
	"slices"
	"unsafe"

	"boxoffice/tickets"
)

// overlay is the writes of a batch over a source. Requests of a batch run one after another on it; the writes since
// mark belong to the running one and undo takes them back, so that a refusal leaves its neighbours' writes alone.
type overlay struct {
	base   source
	tables [numTables]writes
	log    []undo
	size   int              // bytes written, roughly
	shop   *tickets.Catalog // of base, once somebody asked
	sealed [numTables]end   // as far as rows are in blocks, once somebody asked
	fresh  int              // rows that no block has

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

// writes of one table, by key. Most keys are new and the last, which costs one comparison to see.
type writes struct {
	list []written
	gen  int // counts changes of the keys, for cursors
}

type written struct {
	key string
	*entry
}

// seek returns where the key is or would be.
func (w *writes) seek(key string) (i int, found bool) {
	n := len(w.list)
	if n == 0 || w.list[n-1].key < key {
		return n, false
	}
	low := 0
	for n > low {
		if mid := int(uint(low+n) >> 1); w.list[mid].key < key {
			low = mid + 1
		} else {
			n = mid
		}
	}
	return low, w.list[low].key == key
}

// find returns the entry of a key, nil when it was not written.
func (w *writes) find(key []byte) *entry {
	if i, ok := w.seek(unsafe.String(unsafe.SliceData(key), len(key))); ok {
		return w.list[i].entry
	}
	return nil
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
	if e := o.tables[t].find(key); e != nil {
		if e.gone {
			return nil
		}
		return e.bytes(t, key)
	}
	return o.base.get(t, key)
}

// row returns the undecoded row written in this batch, if the key has one.
func (o *overlay) row(t table, key []byte) any {
	if e := o.tables[t].find(key); e != nil && !e.gone {
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
	i, found := w.seek(unsafe.String(unsafe.SliceData(key), len(key)))
	if found {
		e := w.list[i].entry
		o.log = append(o.log, undo{t: t, key: w.list[i].key, e: e, prev: *e})
		*e = v
		return
	}
	k, e := o.keep(key, v)
	w.list = slices.Insert(w.list, i, written{k, e})
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
		if len(w.list) > maxBatch { // one of a rare size is not worth keeping
			*w = writes{}
			continue
		}
		clear(w.list)
		w.list = w.list[:0]
		w.gen++
	}
	o.mark()
	clear(o.entries)
	o.shop = nil
	clear(o.sealed[:])
	o.fresh = 0
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
		if i, ok := w.seek(u.key); ok {
			w.list = slices.Delete(w.list, i, i+1)
		}
		w.gen++
	}
	o.mark()
}

// empty reports whether there is nothing to write.
func (o *overlay) empty() bool {
	for t := range o.tables {
		if len(o.tables[t].list) > 0 {
			return false
		}
	}
	return true
}

func (o *overlay) scan(t table, from, until []byte, desc bool) cursor {
	base := o.base.scan(t, from, until, desc)
	if len(o.tables[t].list) == 0 {
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
	gen, i      int    // w.list[i] is the next written while gen is w.gen
	last        string // written key given out or passed last
	moved       bool   // last is set
}

func (m *mergeCursor) next() (key, value []byte) {
	for {
		k, e := m.peek()
		switch {
		case e == nil && m.key == nil:
			return nil, nil
		case e == nil || (m.key != nil && m.before(m.key, k)):
			key, value = m.key, m.value
			m.key, m.value = m.base.next()
			return key, value
		}
		if m.key != nil && string(m.key) == k {
			m.key, m.value = m.base.next()
		}
		m.pass(k)
		if !e.gone {
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

// peek returns the next written entry within bounds, nil when there is none.
func (m *mergeCursor) peek() (string, *entry) {
	if m.gen != m.w.gen {
		m.gen = m.w.gen
		m.i = m.seek()
	}
	if m.i < 0 || m.i >= len(m.w.list) {
		return "", nil
	}
	k := m.w.list[m.i].key
	if m.desc && k < string(m.from) || !m.desc && m.until != nil && k >= string(m.until) {
		return "", nil
	}
	return k, m.w.list[m.i].entry
}

func (m *mergeCursor) seek() int {
	bound := func(key string) int { i, _ := m.w.seek(key); return i }
	switch {
	case m.desc && m.moved:
		return bound(m.last) - 1
	case m.desc && m.until == nil:
		return len(m.w.list) - 1
	case m.desc:
		return bound(string(m.until)) - 1
	case m.moved:
		i, found := m.w.seek(m.last)
		if found {
			i++
		}
		return i
	default:
		return bound(string(m.from))
	}
}
