package bolt

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"boxoffice/tickets"
)

// mask is a row's bit each.
type mask []uint64

func (m mask) set(from, n int) {
	for i := from; i < from+n; i++ {
		m[i/64] |= 1 << (i % 64)
	}
}

func (m mask) clear(from, n int) {
	for i := from; i < from+n; i++ {
		m[i/64] &^= 1 << (i % 64)
	}
}

// rows are the set bits among n from a first on, counted from there.
func (m mask) rows(from, n int) (out []int) {
	for w := from / 64; w*64 < from+n; w++ {
		for word := m[w]; word != 0; word &= word - 1 {
			if i := w*64 + bits.TrailingZeros64(word) - from; i >= 0 && i < n {
				out = append(out, i)
			}
		}
	}
	return out
}

// and keeps the rows of a strip, and reports whether there are any.
func (m mask) and(strip []byte) bool {
	any := uint64(0)
	strip = strip[:len(m)*8]
	for i := range m {
		m[i] &= binary.LittleEndian.Uint64(strip[i*8:])
		any |= m[i]
	}
	return any != 0
}

// or adds the rows of a strip.
func (m mask) or(strip []byte) {
	strip = strip[:len(m)*8]
	for i := range m {
		m[i] |= binary.LittleEndian.Uint64(strip[i*8:])
	}
}

// sieve is what summaries are asked: for rows with one gram of each of some, and all grams of one of the ways to fit. A
// row may also fit by the start of its id.
type sieve struct {
	each        [][]gram
	ways        [][]gram
	starts      []edge
	least, most int64 // of an order's total; no most is no bound
	sums        bool  // totals are asked for

	out, way mask // room to work in
}

// pick finds the rows that may fit. They are good until the next call.
func (q *sieve) pick(s *summary) mask {
	if len(q.out) < s.size {
		q.out, q.way = make(mask, s.size), make(mask, s.size)
	}
	out, way := q.out[:s.size], q.way[:s.size]
	clear(out)
	for _, grams := range q.ways {
		for i := range way {
			way[i] = ^uint64(0)
		}
		for _, g := range grams {
			if !way.and(s.strip(g)) {
				break
			}
		}
		for i := range out {
			out[i] |= way[i]
		}
	}
	low := s.low
	for _, b := range s.blocks {
		for _, e := range q.starts {
			if headWord(string(low))&e.mask <= e.want && e.want <= binary.BigEndian.Uint64(b.high)&e.mask {
				out.set(b.first, b.rows)
			}
		}
		low = b.high
		if q.sums && (b.most < q.least || q.most != 0 && b.least > q.most) {
			out.clear(b.first, b.rows)
		}
	}
	for _, grams := range q.each {
		clear(way)
		for _, g := range grams {
			way.or(s.strip(g))
		}
		for i := range out {
			out[i] &= way[i]
		}
	}
	return out
}

// sieveOf asks for what a text names among kinds with so many texts.
func (w *wanted) sieveOf(texts int, named bool) (q sieve) {
	if w.all {
		return sieve{ways: [][]gram{nil}}
	}
	q.starts = w.starts
	if w.end != nil {
		q.ways = append(q.ways, idGrams(nil, w.end.want, bits.OnesCount64(w.end.mask)/4))
	}
	for t := range texts {
		known := bits.OnesCount64(w.head.mask) / 8
		q.ways = append(q.ways, headGrams(nil, t, w.head.want, known), tailGrams(nil, t, w.tail.want, known))
	}
	if named && len(w.words) > 0 {
		var grams []gram
		for _, word := range w.words {
			grams = nameGrams(grams, word)
		}
		q.ways = append(q.ways, grams)
	}
	return q
}

// picking is what is looked for in blocks and summaries.
type picking struct {
	text  wanted
	texts int
	bits  int                        // of a row in a summary
	fits  func(b *block, i int) bool // what else rows must be; nil: nothing
	sieve sieve
}

func picked[T any](k *kind[T], text string) *picking {
	p := &picking{text: wantedOf(text, k.digest.prefix), texts: k.digest.to - k.digest.from, bits: k.digest.strips()}
	p.sieve = p.text.sieveOf(p.texts, k.digest.named)
	return p
}

// in picks from all rows of a block.
func (p *picking) in(b *block) []int {
	return slices.DeleteFunc(p.text.in(b, p.texts), func(i int) bool { return p.fits != nil && !p.fits(b, i) })
}

// among picks from some rows of a block.
func (p *picking) among(b *block, rows []int) []int {
	return slices.DeleteFunc(rows, func(i int) bool {
		return !p.text.fits(b, i, p.texts) || p.fits != nil && !p.fits(b, i)
	})
}

// pickOrders is what the query may ask for.
func pickOrders(q *tickets.OrderQuery) *picking {
	p := picked(&orders, q.Text)
	if q.Text == "" {
		p.text = wanted{all: true}
		p.sieve = p.text.sieveOf(p.texts, true)
	}
	visit, channel, sku := uint64(uint32(q.Date)), uint64(channelWord(q.Channel)), skuBits(q.SKU)
	p.fits = func(b *block, i int) bool {
		total, w := int64(b.word(orderTotal, i)), b.word(orderVisit, i)
		return (q.Date == 0 || w>>32 == visit) && (q.Channel == "" || w&(1<<32-1) == channel) &&
			(q.SKU == "" || hasBits(b.word(orderSKUs, i), sku)) && total >= q.Least && (q.Most == 0 || total <= q.Most)
	}
	if q.Date != 0 {
		p.sieve.each = append(p.sieve.each, []gram{gramOf(gramDate, 0, visit)})
	}
	if q.Channel != "" {
		p.sieve.each = append(p.sieve.each, []gram{gramOf(gramChannel, 0, channel)})
	}
	if q.SKU != "" {
		p.sieve.each = append(p.sieve.each, []gram{gramOf(gramSKU, 0, sku), gramOf(gramSKU, 0, anySKU)})
	}
	p.sieve.sums, p.sieve.least, p.sieve.most = q.Least != 0 || q.Most != 0, q.Least, q.Most
	return p
}
