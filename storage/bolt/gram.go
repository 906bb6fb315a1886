package bolt

import "encoding/binary"

// gram is something that a row can have, as a number of 32 evenly spread bits.
type gram uint32

// The sorts of grams. Edges of texts have one for each text and length.
const (
	gramID = iota + 1
	gramName
	gramDate
	gramChannel
	gramSKU
	gramHead = 0x10
	gramTail = 0x20
)

// Lengths of grams: of the ends of ids in hex digits, of texts in bytes. A longer end has those of all shorter ones.
var (
	gramDigits = []int{3, 4, 5, 6, 7}
	gramEdges  = []int{1, 2, 3, 4, 5, 6, 8}
)

func gramOf(sort, size int, of uint64) gram {
	h := (of ^ uint64(sort)<<58 ^ uint64(size)<<50) * 0x9E3779B97F4A7C15
	h = (h ^ h>>29) * 0xBF58476D1CE4E5B9
	return gram(h >> 32)
}

// strip is the bit of a row that stands for the gram.
func (g gram) strip(strips int) int { return int(uint64(g) * uint64(strips) >> 32) }

// lowBytes and highBytes cut a word to so many bytes.
func lowBytes(w uint64, n int) uint64  { return w & (1<<(8*n) - 1) }
func highBytes(w uint64, n int) uint64 { return w &^ (1<<(8*(8-n)) - 1) }

// idGrams are those of an id that ends with so many hex digits of the word.
func idGrams(out []gram, w uint64, digits int) []gram {
	for _, n := range gramDigits {
		if n <= digits {
			out = append(out, gramOf(gramID, n, w&(1<<(4*n)-1)))
		}
	}
	return out
}

// edgeGrams are those of the n-th text, of whose start and end so many bytes are known; those of an empty one are none.
func headGrams(out []gram, text int, w uint64, known int) []gram {
	for _, n := range gramEdges {
		if n <= known && w != 0 {
			out = append(out, gramOf(gramHead+text, n, highBytes(w, n)))
		}
	}
	return out
}

func tailGrams(out []gram, text int, w uint64, known int) []gram {
	for _, n := range gramEdges {
		if n <= known && w != 0 {
			out = append(out, gramOf(gramTail+text, n, lowBytes(w, n)))
		}
	}
	return out
}

// nameGrams are those of a name, or of a part of it: each one, two and three bytes of it that follow each other.
func nameGrams(out []gram, name []byte) []gram {
	w := uint64(0)
	for i, c := range name {
		w = w<<8 | uint64(c)
		for n := 1; n <= min(i+1, 3); n++ {
			out = append(out, gramOf(gramName, n, lowBytes(w, n)))
		}
	}
	return out
}

// grams are those of the i-th row of a block.
func (d *digesting[T]) grams(out []gram, b *block, i int) []gram {
	out = idGrams(out, binary.BigEndian.Uint64(b.id(i)[idBytes-8:]), 16)
	for t := range d.to - d.from {
		out = headGrams(out, t, b.word(t*textWords, i), 8)
		out = tailGrams(out, t, b.word(t*textWords+1, i), 8)
	}
	out = nameGrams(out, b.name(i))
	if d.mores == 0 {
		return out
	}
	visit := b.word(orderVisit, i)
	out = append(out, gramOf(gramDate, 0, visit>>32), gramOf(gramChannel, 0, visit&(1<<32-1)))
	return skuGrams(out, b.word(orderSKUs, i))
}

// skuGrams are those of an order's SKUs; one of too many has a gram of its own, as in its digest.
func skuGrams(out []gram, w uint64) []gram {
	if w == anySKU {
		return append(out, gramOf(gramSKU, 0, anySKU))
	}
	for ; w != 0; w >>= 16 {
		out = append(out, gramOf(gramSKU, 0, w&0xFFFF))
	}
	return out
}
