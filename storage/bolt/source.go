package bolt

import (
	"bytes"
	"fmt"

	"go.etcd.io/bbolt"
)

// source is sorted tables to read: one moment of the file, or that with the writes of a batch over it. Slices it
// returns are good until the transaction ends and must not be changed.
type source interface {
	// get returns nil for an absent key, and never nil for a present one.
	get(t table, key []byte) []byte
	// scan walks from ≤ key < until; nil is no bound.
	scan(t table, from, until []byte, desc bool) cursor
}

// cursor walks a range; a nil key is its end.
type cursor interface {
	next() (key, value []byte)
}

// snapshot reads a bbolt transaction. bbolt trusts its pages: on a damaged file it panics or faults, which becomes
// a panic with *damage here and an error of View or Update.
type snapshot struct {
	tx      *bbolt.Tx
	buckets [numTrees]*bbolt.Bucket
	ends    *[numTables]end // of a batch; nil in a View
}

// end is the last key of a table. Most of what a batch looks up is new and lies past it: one look a batch at where a
// table ends saves a search each.
type end struct {
	known bool
	key   []byte
}

// past reports whether the key is known to lie past all of the table.
func (s *snapshot) past(t table, key []byte) bool {
	if s.ends == nil {
		return false
	}
	e := &s.ends[t]
	if !e.known {
		last, _ := (&pageCursor{t: t, c: s.bucket(t.tree()).Cursor(), from: t.in(nil, nil), until: []byte{byte(t) + 1}, desc: true}).next()
		e.known, e.key = true, bytes.Clone(last)
	}
	return bytes.Compare(key, e.key) > 0
}

// nothing is the cursor of an empty range.
type nothing struct{}

func (nothing) next() (key, value []byte) { return nil, nil }

func (s *snapshot) bucket(tr tree) *bbolt.Bucket {
	if b := s.buckets[tr]; b != nil {
		return b
	}
	b := tr.bucket(s.tx)
	if b == nil {
		panic(&damage{"no tree " + tr.String()})
	}
	s.buckets[tr] = b
	return b
}

func (s *snapshot) get(t table, key []byte) []byte {
	defer faults(t)
	if s.past(t, key) {
		return nil
	}
	var room [64]byte
	return s.bucket(t.tree()).Get(t.in(room[:0], key))
}

func (s *snapshot) scan(t table, from, until []byte, desc bool) cursor {
	defer faults(t)
	if s.past(t, from) {
		return nothing{}
	}
	if until == nil {
		until = []byte{byte(t) + 1}
	} else {
		until = t.in(nil, until)
	}
	return &pageCursor{t: t, c: s.bucket(t.tree()).Cursor(), from: t.in(nil, from), until: until, desc: desc}
}

// faults turns a panic of bbolt into one with *damage.
func faults(what fmt.Stringer) {
	if p := recover(); p != nil {
		if d, ok := p.(*damage); ok {
			panic(d)
		}
		panic(&damage{fmt.Sprintf("%s: %v", what, p)})
	}
}

type pageCursor struct {
	t           table
	c           *bbolt.Cursor
	from, until []byte
	desc        bool
	started     bool
}

func (p *pageCursor) next() (key, value []byte) {
	defer faults(p.t)
	switch {
	case p.started && p.desc:
		key, value = p.c.Prev()
	case p.started:
		key, value = p.c.Next()
	case p.desc:
		key, value = p.last()
	default:
		key, value = p.c.Seek(p.from)
	}
	p.started = true
	if key == nil || (p.desc && bytes.Compare(key, p.from) < 0) || (!p.desc && bytes.Compare(key, p.until) >= 0) {
		return nil, nil
	}
	return key[1:], value
}

// last seeks the last key before until.
func (p *pageCursor) last() (key, value []byte) {
	if key, _ = p.c.Seek(p.until); key == nil {
		key, value = p.c.Last()
		if key != nil && bytes.Compare(key, p.until) < 0 {
			return key, value
		}
	}
	return p.c.Prev()
}
