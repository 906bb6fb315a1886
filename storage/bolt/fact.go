package bolt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"boxoffice/tickets"
)

// The facts of one order in one Append are one value, under the Seq of its last: the last key of an order then says
// how far its timeline goes, and a timeline from a Seq on starts with one seek.

func factKey(b []byte, id tickets.OrderID, seq int64) []byte { return appendInt(orderKey(b, id), seq) }

// Timeline implements tickets.Reader.
func (r *reader) Timeline(id tickets.OrderID, from int64, limit int) ([]tickets.Fact, error) {
	if from == 1<<63-1 {
		return nil, nil
	}
	var out []tickets.Fact
	c := r.src.scan(tFact, factKey(nil, id, from+1), after(orderKey(nil, id)), false)
	for key, raw := c.next(); key != nil; key, raw = c.next() {
		var facts []tickets.Fact
		if err := decodeRow(tFact, key, raw, &facts); err != nil {
			return nil, err
		}
		for _, f := range facts {
			if f.Seq <= from {
				continue
			}
			if limit > 0 && len(out) == limit {
				return out, nil
			}
			out = append(out, f)
		}
	}
	return out, nil
}

// Append implements tickets.Tx. A fact of no order has Seq 0.
func (t *tx) Append(facts ...tickets.Fact) error {
	for len(facts) > 0 {
		n := 1
		for n < len(facts) && facts[n].Order == facts[0].Order {
			n++
		}
		if err := t.appendOf(facts[0].Order, facts[:n:n]); err != nil {
			return err
		}
		facts = facts[n:]
	}
	return nil
}

// appendOf appends facts of one order.
func (t *tx) appendOf(id tickets.OrderID, facts []tickets.Fact) error {
	if err := keyText("order", string(id)); err != nil {
		return err
	}
	if id == "" {
		return t.appendLoose(facts)
	}
	last, err := t.lastSeq(id)
	if err != nil {
		return err
	}
	for i, f := range facts {
		switch want := last + 1 + int64(i); {
		case f.Seq < want && f.Seq > 0:
			return tickets.Refuse(tickets.Exists, "fact %d of order %s", f.Seq, id)
		case f.Seq != want:
			return tickets.Refuse(tickets.Invalid, "fact %d of order %s: the next is %d", f.Seq, id, want)
		}
	}
	return t.putFacts(tFact, factKey(nil, id, facts[len(facts)-1].Seq), facts)
}

// appendLoose appends facts of no order, each under its time and a count.
func (t *tx) appendLoose(facts []tickets.Fact) error {
	for _, f := range facts {
		if f.Seq != 0 {
			return tickets.Refuse(tickets.Invalid, "fact %s of no order has seq %d", f.Name, f.Seq)
		}
		prefix, n := appendTime(nil, f.At), int64(0)
		if key, _ := t.src.scan(tLooseFact, prefix, after(prefix), true).next(); key != nil {
			n = cutInt(key[8:]) + 1
		}
		if err := t.putFacts(tLooseFact, appendInt(prefix, n), []tickets.Fact{f}); err != nil {
			return err
		}
	}
	return nil
}

// PutFact implements tickets.Tx.
func (t *tx) PutFact(f tickets.Fact) error {
	if f.Order == "" || f.Seq < 1 {
		return tickets.Refuse(tickets.Invalid, "a fact of no order stays as it is")
	}
	key, raw := t.src.scan(tFact, factKey(nil, f.Order, f.Seq), after(orderKey(nil, f.Order)), false).next()
	if key == nil {
		return tickets.Refuse(tickets.NotFound, "fact %d of order %s", f.Seq, f.Order)
	}
	key = bytes.Clone(key)
	var facts []tickets.Fact
	if err := decodeRow(tFact, key, raw, &facts); err != nil {
		return err
	}
	i := slices.IndexFunc(facts, func(x tickets.Fact) bool { return x.Seq == f.Seq })
	if i < 0 {
		return &damage{fmt.Sprintf("%s %x: has no fact %d", tFact, key, f.Seq)}
	}
	same, err := sameButWords(facts[i], f)
	if err != nil {
		return err
	}
	if !same {
		return tickets.Refuse(tickets.Invalid, "fact %d of order %s: what happened stays", f.Seq, f.Order)
	}
	facts[i] = f
	return t.putFacts(tFact, key, facts)
}

// sameButWords reports whether two facts differ in nothing but the actor's name, the data and the error.
func sameButWords(a, b tickets.Fact) (bool, error) {
	bare := func(f tickets.Fact) ([]byte, error) {
		f.Actor.Name, f.Data, f.Error, f.At = "", nil, "", tickets.Milli(f.At.UTC())
		return json.Marshal(f)
	}
	x, err := bare(a)
	y, err2 := bare(b)
	if err = errors.Join(err, err2); err != nil {
		return false, fmt.Errorf("%w: %w", tickets.Invalid, err)
	}
	return bytes.Equal(x, y), nil
}

func (t *tx) putFacts(table table, key []byte, facts []tickets.Fact) error {
	raw, err := t.over.encode(table, key, &facts)
	if err != nil {
		return fmt.Errorf("%w: %w", tickets.Invalid, err)
	}
	t.over.put(table, key, raw)
	return nil
}

// lastSeq is the Seq of an order's last fact, 0 when it has none.
func (r *reader) lastSeq(id tickets.OrderID) (int64, error) {
	prefix := orderKey(nil, id)
	key, _ := r.src.scan(tFact, prefix, after(prefix), true).next()
	if key == nil {
		return 0, nil
	}
	if !bytes.HasPrefix(key, prefix) || len(key) != len(prefix)+8 {
		return 0, &damage{fmt.Sprintf("%s %x: malformed key", tFact, key)}
	}
	return cutInt(key[len(prefix):]), nil
}
