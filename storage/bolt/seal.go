package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"boxoffice/tickets"
)

// Sizes of blocks. The newest rows wait outside for those that come late, and for enough to fill a block: a search
// looks at each of them itself. Strays are taken in when there are as many as may wait.
const (
	blockRows = 512
	blockWait = 256
)

// sealer is the goroutine that makes blocks, behind the customers' backs: it reads and digests rows in a View, while the
// writer notes which rows of the kind are stored meanwhile. In one more transaction the writer looks at those alone and
// puts the block. The sealer may stop anywhere: what is not in a block is looked at itself. When there is no more to put
// into blocks it makes summaries of them.
type sealer struct {
	s          *Store
	rows, wait int
	made       []int // blocks of each kind since its summaries were looked at, and one to begin with
	sums, late int   // blocks in a summary, and how many of the newest have none
	wake       chan struct{}
	ctx        context.Context
	cancel     context.CancelFunc
	done       sync.WaitGroup
}

func newSealer(s *Store, rows, wait int) *sealer {
	l := &sealer{s: s, rows: rows, wait: wait, sums: 2, late: 1, wake: make(chan struct{}, 1)}
	if rows == 0 {
		l.rows, l.wait, l.sums, l.late = blockRows, blockWait, summaryBlocks, summaryWait
	}
	l.made = slices.Repeat([]int{1}, len(searched))
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

func (l *sealer) start() {
	l.rouse()
	l.done.Go(l.loop)
}

// rouse has it look for rows.
func (l *sealer) rouse() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// stop ends the goroutine. It is safe to call twice.
func (l *sealer) stop() {
	l.cancel()
	l.done.Wait()
}

func (l *sealer) loop() {
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-l.wake:
		}
		for l.round() {
		}
	}
}

// summaryPause is between summaries: each is some milliseconds of work for which nobody waits.
const summaryPause = 10 * time.Millisecond

// round makes blocks as long as there are any to make, and then a summary of each kind that has new ones; it reports
// whether there may be more to do. A summary is a commit of a megabyte, which a crowd would wait for, and to see whether
// one is due looks at all there are: then more blocks go without.
func (l *sealer) round() (more bool) {
	crowd := l.s.writer.crowd.Load()
	for i, k := range searched {
		for l.one(k) {
			l.made[i]++
		}
	}
	for i, k := range searched {
		if l.made[i] == 0 || crowd && l.made[i] < crowdLate {
			continue
		}
		if !l.sum(k) {
			l.made[i] = 0
			continue
		}
		more = true
		select {
		case <-l.ctx.Done():
			return false
		case <-time.After(summaryPause):
		}
	}
	return more
}

// sum makes one summary of a kind, and reports whether there may be another.
func (l *sealer) sum(k searchable) bool {
	var o *outlining
	err := l.s.View(l.ctx, func(r tickets.Reader) (err error) {
		o, err = k.outline(r.(*reader), l.sums, l.late)
		return err
	})
	if err != nil || o == nil {
		return false
	}
	err = l.s.Update(l.ctx, func(t tickets.Tx) error { return k.keep(t.(*tx), o) })
	return err == nil || errors.Is(err, errMoved)
}

// errMoved says that rows are not any more what a block says of them.
var errMoved = errors.New("rows changed while they were digested")

// one makes one block of a kind, and reports whether there may be another. An error is left to those who asked for
// something: the store's calls meet it as well.
func (l *sealer) one(k searchable) bool {
	var b *sealing
	seen, err := l.s.watch(l.ctx, k.rows())
	if err != nil {
		return false
	}
	err = l.s.View(l.ctx, func(r tickets.Reader) (err error) {
		b, err = k.propose(r.(*reader), l.rows, l.wait)
		return err
	})
	if err != nil || b == nil {
		return false
	}
	err = l.s.Update(l.ctx, func(t tickets.Tx) error { return k.seal(t.(*tx), b, seen) })
	return err == nil || errors.Is(err, errMoved)
}

// stored are the keys of a table's rows that were stored since somebody asked, as the writer sees them; what was taken
// back is among them.
type stored struct {
	table table
	keys  [][]byte
}

// mostStored bounds what is noted while nobody proposes; a proposal that more overtook is made again.
const mostStored = 16 * blockRows

// watch has the writer note the rows of a table that are stored from now on, until the next watch: every View that begins
// after it sees all others.
func (s *Store) watch(ctx context.Context, t table) (*stored, error) {
	seen := &stored{table: t}
	return seen, s.Update(ctx, func(tr tickets.Tx) error {
		tr.(*tx).writer.watched = seen
		return nil
	})
}

// note is called for each row of a kind that is stored.
func (w *writer) note(t table, key []byte) {
	switch {
	case w.watched == nil || w.watched.table != t:
	case len(w.watched.keys) == mostStored:
		w.watched = nil
	default:
		w.watched.keys = append(w.watched.keys, bytes.Clone(key))
	}
}

// sealing is a block to be made of the rows after low, up to high.
type sealing struct {
	low, high []byte
	keys      [][]byte
	digests   []digest
	value     []byte
}

// propose digests the rows of the next block: the one of the first stray when there are many, else a new one. It is nil
// when there is nothing to do.
func (k *kind[T]) propose(r *reader, rows, wait int) (*sealing, error) {
	b := k.crowded(r, wait)
	if b == nil {
		b = k.waiting(r, rows, wait)
	}
	if b == nil {
		return nil, nil
	}
	c := r.src.scan(k.table, past(b.low), past(b.high), false)
	for key, raw := c.next(); key != nil; key, raw = c.next() {
		v := new(T)
		if err := k.glance(key, raw, v); err != nil {
			return nil, err
		}
		b.keys, b.digests = append(b.keys, bytes.Clone(key)), append(b.digests, k.digest.of(v))
	}
	b.value = k.encode(b)
	return b, nil
}

// encode makes the value of the block.
func (k *kind[T]) encode(b *sealing) []byte {
	return encodeBlock(digestKey(k.table, b.high), b.keys, b.digests, k.digest.width())
}

// past is the first key after one; nil stays before all.
func past(key []byte) []byte {
	if key == nil {
		return nil
	}
	return append(bytes.Clone(key), 0)
}

// crowded returns the block of the first stray when as many as wait.
func (k *kind[T]) crowded(r *reader, wait int) *sealing {
	of := []byte{byte(k.table)}
	c := r.src.scan(tStray, of, after(of), false)
	first, _ := c.next()
	for n := 1; n < wait && first != nil; n++ {
		if key, _ := c.next(); key == nil {
			return nil
		}
	}
	if first == nil {
		return nil
	}
	b := &sealing{}
	high, _ := r.src.scan(tDigest, first, after(of), false).next()
	if high == nil {
		return nil
	}
	b.high = bytes.Clone(high[1:])
	if low, _ := r.src.scan(tDigest, of, high, true).next(); low != nil {
		b.low = bytes.Clone(low[1:])
	}
	return b
}

// waiting returns the block to be made of rows that are in none, when there are enough. Ids of another form stay out.
func (k *kind[T]) waiting(r *reader, rows, wait int) *sealing {
	b := &sealing{low: r.sealed(k.table)}
	c := r.src.scan(k.table, past(b.low), []byte{idOther}, false)
	for n := 1; n <= rows+wait; n++ {
		key, _ := c.next()
		if key == nil {
			return nil
		}
		if n == rows {
			b.high = bytes.Clone(key)
		}
	}
	return b
}

// seal stores a block that was proposed after seen began, and takes away the summary of what was there before. It fails with
// errMoved when a row of the block has changed since in what it says of it, or came late.
func (k *kind[T]) seal(t *tx, b *sealing, seen *stored) error {
	if t.writer.watched != seen || !bytes.Equal(t.sealed(k.table), b.low) && bytes.Compare(b.high, t.sealed(k.table)) > 0 {
		return errMoved
	}
	for _, key := range seen.keys {
		if bytes.Compare(key, b.low) <= 0 || bytes.Compare(key, b.high) > 0 {
			continue
		}
		raw := t.src.get(k.table, key)
		i, known := slices.BinarySearchFunc(b.keys, key, bytes.Compare)
		if !known && raw == nil {
			continue // taken back
		}
		if !known || raw == nil {
			return errMoved
		}
		v := new(T)
		if err := k.glance(key, raw, v); err != nil {
			return err
		}
		if !b.digests[i].equal(k.digest.of(v)) {
			return errMoved
		}
	}
	t.writer.watched = nil
	key := digestKey(k.table, b.high)
	t.over.put(tDigest, key, b.value)
	t.over.sealed[k.table] = end{}
	strays := t.src.scan(tStray, digestKey(k.table, past(b.low)), past(key), false)
	for stray, _ := strays.next(); stray != nil; stray, _ = strays.next() {
		t.over.delete(tStray, stray)
	}
	if s := k.summaryOf(t.reader, b.high); s != nil {
		t.over.delete(tSummary, digestKey(k.table, s.high))
	}
	return nil
}

// checkDigests checks that each row is newer than the last block, or a stray, or in its block as it is; and that blocks
// and strays have no others.
func (k *kind[T]) checkDigests(c *checker) {
	of := []byte{byte(k.table)}
	sealed := c.r.sealed(k.table)
	strays := map[string]bool{}
	scan := c.r.src.scan(tStray, of, after(of), false)
	for key, _ := scan.next(); key != nil; key, _ = scan.next() {
		strays[string(key[1:])] = true
		if bytes.Compare(key[1:], sealed) > 0 || c.r.src.get(k.table, key[1:]) == nil {
			c.report(fmt.Sprintf("%s %x is not of a %s in a block", tStray, key, k.what))
		}
	}
	var low []byte
	blocks := c.r.src.scan(tDigest, of, after(of), false)
	for key, raw := blocks.next(); key != nil; key, raw = blocks.next() {
		b, err := c.r.openBlock(key, raw, k.digest.width())
		if err != nil {
			c.report(err.Error())
			return
		}
		k.checkBlock(c, &b, low, key[1:], strays)
		low = bytes.Clone(key[1:])
	}
}

func (k *kind[T]) checkBlock(c *checker, b *block, low, high []byte, strays map[string]bool) {
	known := 0
	rows := c.r.src.scan(k.table, past(low), past(high), false)
	for key, raw := rows.next(); key != nil; key, raw = rows.next() {
		i, found := b.find(key)
		if found {
			known++
		}
		if strays[string(key)] {
			continue
		}
		var v T
		if err := decodeRow(k.table, key, raw, &v); err != nil {
			continue // rows are reported elsewhere
		}
		if !found || !b.says(i, k.digest.of(&v)) {
			c.report(fmt.Sprintf("%s %s is not in its block as it is", k.what, k.name(&v)))
		}
	}
	if known != b.n {
		c.report(fmt.Sprintf("%s: the block up to %x has %d rows that are not there", k.what, high, b.n-known))
	}
}
