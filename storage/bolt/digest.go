package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"sync"

	"boxoffice/tickets"
)

// What lists and searches ask of a row is kept a second time, in few bytes: its digest. The digests of some hundred rows
// that lie side by side are one value, a block, under the key of its last row. To read all blocks of a million orders
// takes some ten milliseconds, whatever is asked for, and to write one costs each of its orders next to nothing; an
// index of its own for each question would cost every placing pages that it fills slowly, or scatters.
//
// A block chooses candidates, which their rows then judge. What keeps that exact is one rule, which Check knows:
// every row is either newer than the last block, and looked at itself; or in a block as it is now; or a stray, in
// tStray, and looked at itself. Strays are rows that came late or changed in what a digest says. seal.go turns rows
// into blocks; nobody waits for it.

// digesting says how the rows of a kind are digested and found.
type digesting[T any] struct {
	prefix   string // of the ids
	named    bool   // there are names of people
	from, to int    // the texts of its names that have words: see texts
	names    func(v *T) tickets.Names
	some     *codec                              // reads what the others here, and fits of orders, look at
	more     func(v *T, words []uint64) []uint64 // appends mores words; may be nil
	mores    int
}

// textWords are the words that a text has in a digest: its first eight bytes and its last eight.
const textWords = 2

// texts are those of names that are found by their start and end.
func texts(n *tickets.Names) [3]string { return [3]string{n.Code, n.References[0], n.References[1]} }

// width is how many words a digest has.
func (d *digesting[T]) width() int { return (d.to-d.from)*textWords + d.mores }

// digest is what a block says of one row, beside its id.
type digest struct {
	words []uint64
	name  string // lower case
}

func (d digest) equal(o digest) bool { return d.name == o.name && slices.Equal(d.words, o.words) }

func (d *digesting[T]) of(v *T) digest {
	n := d.names(v)
	words := make([]uint64, 0, d.width())
	all := texts(&n)
	for _, s := range all[d.from:d.to] {
		s = strings.ToLower(s)
		words = append(words, headWord(s), tailWord(s))
	}
	if d.more != nil {
		words = d.more(v, words)
	}
	return digest{words, strings.ToLower(n.Name)}
}

// headWord is the first eight bytes of a text, from the high end.
func headWord(s string) uint64 {
	var b [8]byte
	copy(b[:], s)
	return binary.BigEndian.Uint64(b[:])
}

// tailWord is the last eight bytes of a text, from the low end.
func tailWord(s string) uint64 {
	s = s[max(len(s)-8, 0):]
	var b [8]byte
	copy(b[8-len(s):], s)
	return binary.BigEndian.Uint64(b[:])
}

// The words that an order has beside those of its code.
const (
	orderTotal = textWords + iota
	orderVisit // date, channel
	orderSKUs  // up to four, in 16 bits each
	orderWords
)

func moreOfOrder(o *tickets.Order, words []uint64) []uint64 {
	return append(words, uint64(o.Quote.Total.Amount), uint64(uint32(o.Quote.Slot.Date))<<32|uint64(channelWord(o.Channel)), skuWord(o))
}

func channelWord(c tickets.Channel) uint32 { return crc32.Checksum([]byte(c), castagnoli) }

// anySKU is the word of an order of more SKUs than fit.
const anySKU = 1<<64 - 1

func skuWord(o *tickets.Order) (w uint64) {
	for i := range o.Quote.Lines {
		s := skuBits(o.Quote.Lines[i].SKU)
		switch {
		case hasBits(w, s):
		case w>>48 != 0:
			return anySKU
		default:
			w = w<<16 | s
		}
	}
	return w
}

// skuBits is never 0.
func skuBits(id tickets.SKUID) uint64 {
	return uint64(crc32.Checksum([]byte(id), castagnoli)&0xFFFE) + 1
}

func hasBits(w, s uint64) bool {
	return w == anySKU || w&0xFFFF == s || w>>16&0xFFFF == s || w>>32&0xFFFF == s || w>>48 == s
}

// block is the digests of n rows: their ids, their words, column after column, where their names end, and the names.
type block struct {
	n                      int
	ids, words, ends, text []byte
}

func (b *block) id(i int) []byte { return b.ids[i*idBytes:][:idBytes] }

// column is one word of all rows.
func (b *block) column(n int) []byte { return b.words[n*b.n*8:][:b.n*8] }

func (b *block) word(column, i int) uint64 { return binary.BigEndian.Uint64(b.column(column)[i*8:]) }

func (b *block) name(i int) []byte {
	from := uint32(0)
	if i > 0 {
		from = binary.LittleEndian.Uint32(b.ends[(i-1)*4:])
	}
	return b.text[from:binary.LittleEndian.Uint32(b.ends[i*4:])]
}

// says reports whether the block has the digest as that of its i-th row.
func (b *block) says(i int, d digest) bool {
	for column, w := range d.words {
		if b.word(column, i) != w {
			return false
		}
	}
	return string(b.name(i)) == d.name
}

// find returns which row of the block has the id.
func (b *block) find(id []byte) (int, bool) {
	low, n := 0, b.n
	for low < n {
		if mid := (low + n) / 2; bytes.Compare(b.id(mid), id) < 0 {
			low = mid + 1
		} else {
			n = mid
		}
	}
	return low, low < b.n && bytes.Equal(b.id(low), id)
}

// encodeBlock makes the value of a block.
func encodeBlock(key []byte, ids [][]byte, digests []digest, width int) []byte {
	out := append(make([]byte, 0, rowHeader+4+len(ids)*(idBytes+width*8+24)), rowBlock, 0, 0, 0, 0)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(ids)))
	for _, id := range ids {
		out = append(out, id...)
	}
	for column := range width {
		for i := range digests {
			out = binary.BigEndian.AppendUint64(out, digests[i].words[column])
		}
	}
	end := 0
	for i := range digests {
		end += len(digests[i].name)
		out = binary.LittleEndian.AppendUint32(out, uint32(end))
	}
	for i := range digests {
		out = append(out, digests[i].name...)
	}
	binary.BigEndian.PutUint32(out[1:], rowSum(tDigest, rowBlock, key, out[rowHeader:]))
	return out
}

// checksums are those of blocks and summaries that were verified, by table and key.
type checksums struct {
	mu  sync.RWMutex
	sum map[[2 + idBytes]byte]uint32
}

func (c *checksums) has(t table, key []byte, sum uint32) bool {
	if len(key) != 1+idBytes {
		return false
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	known, ok := c.sum[checksumKey(t, key)]
	return ok && known == sum
}

func (c *checksums) add(t table, key []byte, sum uint32) {
	if len(key) != 1+idBytes {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sum == nil {
		c.sum = map[[2 + idBytes]byte]uint32{}
	}
	c.sum[checksumKey(t, key)] = sum
}

func checksumKey(t table, key []byte) (k [2 + idBytes]byte) {
	k[0] = byte(t)
	copy(k[1:], key)
	return k
}

// openOnce is openRow for what many searches read, under the key of a block: its checksum is verified once as long as the
// store is open, which is half of the time that reading it takes.
func (r *reader) openOnce(t table, key, raw []byte) ([]byte, error) {
	if len(raw) >= rowHeader && r.verified.has(t, key, binary.BigEndian.Uint32(raw[1:])) {
		return raw[rowHeader:], nil
	}
	payload, err := openRow(t, key, raw)
	if err == nil {
		r.verified.add(t, key, binary.BigEndian.Uint32(raw[1:]))
	}
	return payload, err
}

// openBlock reads the value of a block, which stays part of it.
func (r *reader) openBlock(key, raw []byte, width int) (block, error) {
	payload, err := r.openOnce(tDigest, key, raw)
	if err != nil {
		return block{}, err
	}
	wrong := &damage{fmt.Sprintf("%s %x: not a block", tDigest, key)}
	if raw[0] != rowBlock || len(payload) < 4 {
		return block{}, wrong
	}
	b := block{n: int(binary.LittleEndian.Uint32(payload))}
	payload = payload[4:]
	if b.n == 0 || b.n > len(payload)/idBytes || len(payload) < b.n*(idBytes+8*width+4) {
		return block{}, wrong
	}
	b.ids, payload = payload[:b.n*idBytes], payload[b.n*idBytes:]
	b.words, payload = payload[:b.n*8*width], payload[b.n*8*width:]
	b.ends, b.text = payload[:b.n*4], payload[b.n*4:]
	if last := binary.LittleEndian.Uint32(b.ends[(b.n-1)*4:]); int(last) != len(b.text) {
		return block{}, wrong
	}
	return b, nil
}

// digestKey is the key of a block, or of a stray.
func digestKey(t table, id []byte) []byte { return append([]byte{byte(t)}, id...) }

// sealed returns the id of the last row that is in a block, nil when there is none.
func (r *reader) sealed(t table) []byte {
	if r.over != nil && r.over.sealed[t].known {
		return r.over.sealed[t].key
	}
	var id []byte
	if key, _ := r.src.scan(tDigest, []byte{byte(t)}, []byte{byte(t) + 1}, true).next(); key != nil {
		id = bytes.Clone(key[1:])
	}
	if r.over != nil {
		r.over.sealed[t] = end{known: true, key: id}
	}
	return id
}

// noteStray sees to it that a row that is stored now is not looked for in a block that does not have it so. old is nil
// for a new one.
func noteStray[T any](t *tx, k *kind[T], key []byte, old, v *T) {
	if bytes.Compare(key, t.sealed(k.table)) > 0 {
		if old == nil {
			t.over.fresh++
		}
		return
	}
	if old != nil {
		if is := k.digest.of(v); is.equal(k.digest.of(old)) {
			return
		}
	}
	t.over.fresh++
	t.over.put(tStray, digestKey(k.table, key), nil)
}
