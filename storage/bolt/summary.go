package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// A summary says which rows of some blocks that lie side by side may have what is asked for, so that a search opens the
// blocks that have an answer and no others. It is under the key of its last block. What can be asked for is cut into
// grams: two or three letters of a name that follow each other, the last four of a code, a visit date. Each gram of a
// row sets one of the row's bits, and bit after bit is kept for all rows of the summary: the rows that may have some
// grams are those that a few strips of a thousand bytes have in common. Of rows that have not what is asked for it names
// one in some hundred, which the block then judges.
//
// A summary follows from its blocks alone, which Check compares. The transaction that stores a block anew takes its
// summary away; blocks without one are read themselves. So a file needs none, and the sealer makes them when it has
// nothing else to do.

// Sizes of summaries. The newest blocks wait: their payments are still to change.
const (
	summaryBlocks = 16
	summaryWait   = 16
	crowdLate     = 512 // with a crowd at the door; to read so many blocks takes some five milliseconds
)

// strips is how many bits a row has in a summary: about an eighth of them are set. A summary of another number is not
// used, and made anew: whoever changes what grams a row has changes the number.
func (d *digesting[T]) strips() int {
	n := 48 + 88*(d.to-d.from) + 16*d.mores
	if d.named {
		n += 352
	}
	return n
}

// summary is the value of a summary, as it lies in the file.
type summary struct {
	low    []byte // the last row before it; empty when there is none
	high   []byte // its last row
	blocks []summed
	strips int
	size   int    // of a strip, in words
	bits   []byte // strip after strip
}

// summed is what a summary says of one block.
type summed struct {
	high        []byte // its last row
	first, rows int    // its rows, among those of the summary
	least, most int64  // totals of orders
}

const summedBytes = idBytes + 4 + 8 + 8

// strip are the bits of all rows for a gram.
func (s *summary) strip(g gram) []byte { return s.bits[g.strip(s.strips)*s.size*8:][:s.size*8] }

// encodeSummary makes the value of a summary of blocks, whose keys are given; low is the key before them.
func (d *digesting[T]) encodeSummary(key, low []byte, highs [][]byte, blocks []block) []byte {
	rows := 0
	for i := range blocks {
		rows += blocks[i].n
	}
	strips, size := d.strips(), (rows+63)/64
	head := rowHeader + 1 + idBytes + 4 + len(blocks)*summedBytes
	out := make([]byte, head+4+strips*size*8)
	out[0] = rowBlock
	at := out[rowHeader:]
	at[0] = byte(len(low))
	copy(at[1:], low)
	at = at[1+idBytes:]
	binary.LittleEndian.PutUint32(at, uint32(len(blocks)))
	at = at[4:]
	words := out[head+4:]
	binary.LittleEndian.PutUint32(out[head:], uint32(strips))
	row := 0
	var grams []gram
	for n := range blocks {
		b := &blocks[n]
		least, most := int64(0), int64(0)
		for i := range b.n {
			grams = d.grams(grams[:0], b, i)
			for _, g := range grams {
				words[g.strip(strips)*size*8+row/8] |= 1 << (row % 8)
			}
			row++
			if d.mores > 0 {
				total := int64(b.word(orderTotal, i))
				if i == 0 {
					least, most = total, total
				}
				least, most = min(least, total), max(most, total)
			}
		}
		copy(at, highs[n])
		binary.LittleEndian.PutUint32(at[idBytes:], uint32(b.n))
		binary.LittleEndian.PutUint64(at[idBytes+4:], uint64(least))
		binary.LittleEndian.PutUint64(at[idBytes+12:], uint64(most))
		at = at[summedBytes:]
	}
	binary.BigEndian.PutUint32(out[1:], rowSum(tSummary, rowBlock, key, out[rowHeader:]))
	return out
}

// openSummary reads the value of a summary, which stays part of it; it is verified as blocks are.
func (r *reader) openSummary(key, raw []byte) (*summary, error) {
	payload, err := r.openOnce(tSummary, key, raw)
	if err != nil {
		return nil, err
	}
	wrong := &damage{fmt.Sprintf("%s %x: not a summary", tSummary, key)}
	if raw[0] != rowBlock || len(payload) < 1+idBytes+4 || payload[0] > idBytes || len(key) < 1 {
		return nil, wrong
	}
	s := &summary{low: payload[1:][:payload[0]], high: key[1:]}
	n := int(binary.LittleEndian.Uint32(payload[1+idBytes:]))
	payload = payload[1+idBytes+4:]
	if n == 0 || n > len(payload)/summedBytes || len(payload) < n*summedBytes+4 {
		return nil, wrong
	}
	first := 0
	for range n {
		b := summed{
			high: payload[:idBytes], first: first, rows: int(binary.LittleEndian.Uint32(payload[idBytes:])),
			least: int64(binary.LittleEndian.Uint64(payload[idBytes+4:])), most: int64(binary.LittleEndian.Uint64(payload[idBytes+12:])),
		}
		first += b.rows
		s.blocks, payload = append(s.blocks, b), payload[summedBytes:]
	}
	s.strips, s.size, s.bits = int(binary.LittleEndian.Uint32(payload)), (first+63)/64, payload[4:]
	if first < 0 || len(s.bits) != s.strips*s.size*8 {
		return nil, wrong
	}
	return s, nil
}

// outlining is a summary to be made of blocks.
type outlining struct {
	key, value []byte
	highs      [][]byte
	sums       []uint32 // the blocks' checksums
}

// outline makes the next summary: of the blocks of one that was taken away, else of the oldest that have none, when there
// are enough. It is nil when there is nothing to do.
func (k *kind[T]) outline(r *reader, blocks, wait int) (*outlining, error) {
	low, highs := k.bare(r, blocks, wait)
	if highs == nil {
		return nil, nil
	}
	o := &outlining{highs: highs, key: digestKey(k.table, highs[len(highs)-1])}
	some := make([]block, len(highs))
	for i, high := range highs {
		key := digestKey(k.table, high)
		raw := r.src.get(tDigest, key)
		b, err := r.openBlock(key, raw, k.digest.width())
		if err != nil {
			return nil, err
		}
		some[i] = b
		o.sums = append(o.sums, binary.BigEndian.Uint32(raw[1:]))
	}
	o.value = k.digest.encodeSummary(o.key, low, highs, some)
	return o, nil
}

// bare lists the keys of blocks that are to have a summary, and the one before them.
func (k *kind[T]) bare(r *reader, blocks, wait int) (low []byte, highs [][]byte) {
	of := []byte{byte(k.table)}
	var until []byte
	sums := r.src.scan(tSummary, of, after(of), false)
	for key, raw := sums.next(); key != nil; key, raw = sums.next() {
		s, err := r.openSummary(key, raw)
		if err != nil {
			panic(err) // *damage, which becomes an error of the call
		}
		if s.strips != k.digest.strips() {
			continue
		}
		if !bytes.Equal(s.low, low) {
			until, wait = past(digestKey(k.table, s.low)), 0
			break
		}
		low = bytes.Clone(s.high)
	}
	if until == nil {
		until = after(of)
	}
	scan := r.src.scan(tDigest, past(digestKey(k.table, low)), until, false)
	if low == nil {
		scan = r.src.scan(tDigest, of, until, false)
	}
	for key, _ := scan.next(); key != nil && len(highs) < blocks+wait; key, _ = scan.next() {
		highs = append(highs, bytes.Clone(key[1:]))
	}
	switch {
	case wait > 0 && len(highs) < blocks+wait:
		return nil, nil
	case len(highs) > blocks:
		highs = highs[:blocks]
	}
	return low, highs
}

// keep stores a summary. It fails with errMoved when a block is not any more what it says.
func (k *kind[T]) keep(t *tx, o *outlining) error {
	for i, high := range o.highs {
		raw := t.src.get(tDigest, digestKey(k.table, high))
		if len(raw) < rowHeader || binary.BigEndian.Uint32(raw[1:]) != o.sums[i] {
			return errMoved
		}
	}
	old := t.src.scan(tSummary, digestKey(k.table, o.highs[0]), past(o.key), false)
	for key, _ := old.next(); key != nil; key, _ = old.next() {
		t.over.delete(tSummary, key)
	}
	t.over.put(tSummary, o.key, o.value)
	return nil
}

// summaryOf finds the summary of the block under a key, nil when it has none.
func (k *kind[T]) summaryOf(r *reader, high []byte) *summary {
	key, raw := r.src.scan(tSummary, digestKey(k.table, high), after([]byte{byte(k.table)}), false).next()
	if key == nil {
		return nil
	}
	s, err := r.openSummary(bytes.Clone(key), raw)
	if err != nil {
		panic(err) // *damage, which becomes an error of the call
	}
	if bytes.Compare(s.low, high) >= 0 {
		return nil
	}
	return s
}

// checkSummaries checks that each summary is what follows from its blocks, and that none has a block of another.
func (k *kind[T]) checkSummaries(c *checker) {
	of := []byte{byte(k.table)}
	var last []byte
	scan := c.r.src.scan(tSummary, of, after(of), false)
	for key, raw := scan.next(); key != nil; key, raw = scan.next() {
		s, err := c.r.openSummary(key, raw)
		if err != nil {
			c.report(err.Error())
			return
		}
		if s.strips != k.digest.strips() {
			continue
		}
		var highs [][]byte
		var blocks []block
		from := of
		if len(s.low) > 0 {
			from = past(digestKey(k.table, s.low))
		}
		in := c.r.src.scan(tDigest, from, past(key), false)
		for at, value := in.next(); at != nil; at, value = in.next() {
			b, err := c.r.openBlock(at, value, k.digest.width())
			if err != nil {
				c.report(err.Error())
				return
			}
			highs, blocks = append(highs, bytes.Clone(at[1:])), append(blocks, b)
		}
		if bytes.Compare(s.low, last) < 0 || !bytes.Equal(raw, k.digest.encodeSummary(key, s.low, highs, blocks)) {
			c.report(fmt.Sprintf("%s %x is not that of its blocks", tSummary, key))
		}
		last = bytes.Clone(s.high)
	}
}
