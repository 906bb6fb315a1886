package bolt

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"

	"boxoffice/tickets"
)

// searchable is a kind that has a digest.
type searchable interface {
	sealable
	found() tickets.FoundKind
	search(s *searching, start []byte) (next []byte, err error)
}

type sealable interface {
	rows() table
	propose(r *reader, rows, wait int) (*sealing, error)
	seal(t *tx, b *sealing, seen *stored) error
	outline(r *reader, blocks, wait int) (*outlining, error)
	keep(t *tx, o *outlining) error
	checkDigests(c *checker)
	checkSummaries(c *checker)
}

// searched are the kinds, in the order of a search's answer.
var searched = []searchable{&orders, &issued, &payments, &captures, &refunds, &disputes, &customers}

// searching is a search at work.
type searching struct {
	r        *reader
	text     string
	limit    int
	examined int
	out      []tickets.Found
}

// Search implements tickets.Reader. The mark is the place of the kind and where to go on in it.
func (r *reader) Search(q tickets.SearchQuery) ([]tickets.Found, string, error) {
	s := &searching{r: r, text: tickets.SearchText(q.Text)}
	list := listName("search", s.text, q.Kind)
	start, limit, err := openPage(q.Page, list)
	switch {
	case err != nil:
		return nil, "", err
	case s.text == "":
		return nil, "", tickets.Refuse(tickets.Invalid, "nothing to search for")
	case q.Kind != "" && !slices.Contains(tickets.FoundKinds, q.Kind):
		return nil, "", tickets.Refuse(tickets.Invalid, "no search finds a %q", q.Kind)
	}
	s.limit = limit
	first := 0
	if start != nil {
		first, start = int(start[0]), start[1:]
	}
	for i := first; i < len(searched); i++ {
		k := searched[i]
		if q.Kind != "" && k.found() != q.Kind {
			continue
		}
		next, err := k.search(s, start)
		switch {
		case err != nil:
			return nil, "", err
		case next != nil:
			return s.out, mark(list, append([]byte{byte(i)}, next...)), nil
		}
		start = nil
	}
	return s.out, "", nil
}

func (k *kind[T]) found() tickets.FoundKind {
	n := k.digest.names(new(T))
	return n.Kind
}

// search adds what fits of the kind from the key start on, and returns where to go on, nil at its end.
func (k *kind[T]) search(s *searching, start []byte) (next []byte, err error) {
	w := wantedOf(s.text, k.digest.prefix)
	if k.digest.to == k.digest.from && !k.digest.named && w.end == nil && len(w.starts) == 0 && !w.all {
		return nil, nil
	}
	scan := candidates(s.r, k, window{high: nil, start: start}, picked(k, s.text))
	for ; ; s.examined++ {
		id, raw := scan.next()
		if id == nil || len(s.out) == s.limit || s.examined == maxExamined {
			return id, nil
		}
		v, err := glance(s.r, k, id, raw)
		if err != nil {
			return nil, err
		}
		n := k.digest.names(&v)
		if f, ok := n.Match(s.text); ok {
			s.out = append(s.out, f)
		}
	}
}

// window bounds a walk of ids: low ≤ id < high, not after start. nil is no bound.
type window struct{ low, high, start []byte }

// until is the first id past the window, nil when there is none.
func (w *window) until() []byte {
	if w.start != nil && (w.high == nil || bytes.Compare(w.start, w.high) < 0) {
		return past(w.start)
	}
	return w.high
}

// candidates walks rows of a kind backwards: those that no block has, and those that are picked from blocks.
func candidates[T any](r *reader, k *kind[T], w window, p *picking) *rowScan {
	s := &rowScan{}
	loose := w
	if sealed := past(r.sealed(k.table)); bytes.Compare(sealed, loose.low) > 0 {
		loose.low = sealed
	}
	s.add(r, k.table, nil, loose)
	for i := range s.ranges {
		s.ranges[i].rows = true
	}
	of := []byte{byte(k.table)}
	s.add(r, tStray, of, w)
	s.push(newBlockCursor(r, k.table, k.digest.width(), w, p), 0)
	return s
}

// edge is some bytes of a word, and what they should be.
type edge struct{ mask, want uint64 }

func (e edge) has(word uint64) bool { return word&e.mask == e.want }

// pick adds the rows whose word, so far into each of so many bytes, fits.
func (e edge) pick(rows []int, of []byte, size, at int) []int {
	for i := at; i+8 <= len(of); i += size {
		if binary.BigEndian.Uint64(of[i:])&e.mask == e.want {
			rows = append(rows, i/size)
		}
	}
	return rows
}

// head is the edge of words that start with the text, tail of those that end with it.
func head(s string) edge {
	return edge{^(1<<(8*(8-min(len(s), 8))) - 1), headWord(s)}
}

func tail(s string) edge {
	return edge{1<<(8*min(len(s), 8)) - 1, tailWord(s)}
}

// wanted is a text as blocks are asked for it: it picks all rows that it names, and some others.
type wanted struct {
	all    bool   // it is the start of all ids
	starts []edge // of the first eight bytes of an id
	end    *edge  // of its last eight
	head   edge
	tail   edge
	word   []byte   // the longest of the text's words
	words  [][]byte // all of them
}

// wantedOf reads a text of a search for ids with the prefix.
func wantedOf(text, prefix string) wanted {
	w := wanted{head: head(text), tail: tail(text)}
	w.all = strings.HasPrefix(prefix, text)
	for _, digits := range []string{text, strings.TrimPrefix(text, prefix)} {
		if e, ok := digitsHead(digits); ok && !slices.Contains(w.starts, e) {
			w.starts = append(w.starts, e)
		}
	}
	before := text[:strings.LastIndexByte(text, '_')+1]
	if e, ok := digitsTail(text[max(len(text)-8, 0):]); ok && strings.HasSuffix(prefix, before) {
		w.end = &e
	}
	for _, word := range strings.Fields(text) {
		w.words = append(w.words, []byte(word))
		if len(word) > len(w.word) {
			w.word = []byte(word)
		}
	}
	return w
}

// fits reports whether the i-th row of a block of a kind with so many texts is picked.
func (w *wanted) fits(b *block, i, texts int) bool {
	if w.all || w.end != nil && w.end.has(binary.BigEndian.Uint64(b.id(i)[idBytes-8:])) {
		return true
	}
	for _, e := range w.starts {
		if e.has(binary.BigEndian.Uint64(b.id(i))) {
			return true
		}
	}
	for t := range texts {
		if w.head.has(b.word(t*textWords, i)) || w.tail.has(b.word(t*textWords+textWords-1, i)) {
			return true
		}
	}
	name := b.name(i)
	return len(name) > 0 && !slices.ContainsFunc(w.words, func(word []byte) bool { return !bytes.Contains(name, word) })
}

// digitsHead is the edge of ids that start with the hex digits.
func digitsHead(digits string) (edge, bool) {
	if len(digits) > 2*idBytes {
		return edge{}, false
	}
	n := min(len(digits), 16)
	b, ok := appendDigits(nil, (digits + "0")[:(len(digits)+1)/2*2])
	if !ok || n == 0 {
		return edge{}, false
	}
	var word [8]byte
	copy(word[:], b)
	return edge{^(1<<(4*(16-n)) - 1), binary.BigEndian.Uint64(word[:])}, true
}

// digitsTail is the edge of ids that end with up to eight hex digits.
func digitsTail(digits string) (edge, bool) {
	b, ok := appendDigits(nil, ("0" + digits)[(len(digits)+1)%2:])
	var word [8]byte
	copy(word[8-min(len(b), 8):], b)
	return edge{1<<(4*len(digits)) - 1, binary.BigEndian.Uint64(word[:])}, ok && len(digits) > 0
}

// in picks from a block of a kind with so many texts.
func (w *wanted) in(b *block, texts int) []int {
	var rows []int
	if w.all {
		rows = make([]int, 0, b.n)
		for i := range b.n {
			rows = append(rows, i)
		}
		return rows
	}
	for _, e := range w.starts {
		first, last := binary.BigEndian.Uint64(b.ids), binary.BigEndian.Uint64(b.id(b.n-1))
		if first&e.mask <= e.want && e.want <= last&e.mask { // ids are sorted
			rows = e.pick(rows, b.ids, idBytes, 0)
		}
	}
	if w.end != nil {
		rows = w.end.pick(rows, b.ids, idBytes, idBytes-8)
	}
	for t := range texts {
		rows = w.head.pick(rows, b.column(t*textWords), 8, 0)
		rows = w.tail.pick(rows, b.column(t*textWords+textWords-1), 8, 0)
	}
	if bytes.Contains(b.text, w.word) {
		for i := range b.n {
			if bytes.Contains(b.name(i), w.word) {
				rows = append(rows, i)
			}
		}
	}
	slices.Sort(rows)
	return slices.Compact(rows)
}
