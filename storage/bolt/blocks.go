package bolt

import "bytes"

// blockCursor walks what is picked from blocks, backwards: of those that have a summary, only the blocks that it names
// are opened.
type blockCursor struct {
	r     *reader
	t     table
	width int
	pick  *picking
	low   []byte // ids before it are not asked for
	until []byte // nor are this one and later ones

	end   []byte   // blocks from this key on were walked
	plain cursor   // of blocks without summaries, down to the end of sum; nil when they are walked
	sums  cursor   // of summaries
	sum   *summary // the next one, or the one at work; nil when there are no more
	rows  mask     // that it names; nil before it is at work
	at    int      // its next block

	block block
	found []int // picked and not yet given out
}

func newBlockCursor(r *reader, t table, width int, w window, p *picking) *blockCursor {
	c := &blockCursor{r: r, t: t, width: width, pick: p, low: w.low, until: w.until()}
	of := []byte{byte(t)}
	c.end = after(of)
	last := c.end
	if c.until != nil { // the block that it is in, if any, is the last
		if key, _ := r.src.scan(tDigest, digestKey(t, c.until), c.end, false).next(); key != nil {
			c.end = past(key)
			if key, _ := r.src.scan(tSummary, key, last, false).next(); key != nil {
				last = past(key)
			}
		}
	}
	c.sums = r.src.scan(tSummary, of, last, true)
	c.turn()
	return c
}

// turn goes on to the next summary, and to the blocks above it that have none.
func (c *blockCursor) turn() {
	from := []byte{byte(c.t)}
	c.sum, c.rows = nil, nil
	for key, raw := c.sums.next(); key != nil; key, raw = c.sums.next() {
		s, err := c.r.openSummary(bytes.Clone(key), raw)
		if err != nil {
			panic(err) // *damage, which becomes an error of the call
		}
		if s.strips != c.pick.bits || bytes.Compare(past(digestKey(c.t, s.low)), c.end) >= 0 {
			continue // it is of another form, or all of its blocks are later ones
		}
		from = past(key)
		c.sum, c.at = s, len(s.blocks)-1
		break
	}
	if bytes.Compare(from, c.end) < 0 {
		c.plain = c.r.src.scan(tDigest, from, c.end, true)
	}
}

// next implements cursor: it gives ids.
func (c *blockCursor) next() (key, value []byte) {
	for {
		for len(c.found) > 0 {
			id := c.block.id(c.found[len(c.found)-1])
			c.found = c.found[:len(c.found)-1]
			if c.low != nil && bytes.Compare(id, c.low) < 0 {
				return nil, nil
			}
			if c.until == nil || bytes.Compare(id, c.until) < 0 {
				return id, nil
			}
		}
		if !c.open() {
			return nil, nil
		}
	}
}

// open picks from the next block; it reports whether there was one.
func (c *blockCursor) open() bool {
	for {
		switch {
		case c.plain != nil:
			at, raw := c.plain.next()
			if at == nil {
				c.plain = nil
				continue
			}
			if c.low != nil && bytes.Compare(at[1:], c.low) < 0 {
				return false
			}
			c.take(at, raw)
			c.found = c.pick.in(&c.block)
			return true
		case c.sum == nil:
			return false
		case c.rows == nil:
			c.rows = c.pick.sieve.pick(c.sum)
		case c.at < 0:
			c.end = past(digestKey(c.t, c.sum.low))
			c.turn()
		default:
			b := c.sum.blocks[c.at]
			c.at--
			if c.low != nil && bytes.Compare(b.high, c.low) < 0 {
				return false
			}
			key := digestKey(c.t, b.high)
			rows := c.rows.rows(b.first, b.rows)
			if len(rows) == 0 || bytes.Compare(key, c.end) >= 0 {
				continue
			}
			c.take(key, c.r.src.get(tDigest, key))
			c.found = c.pick.among(&c.block, rows)
			return true
		}
	}
}

func (c *blockCursor) take(key, raw []byte) {
	b, err := c.r.openBlock(key, raw, c.width)
	if err != nil {
		panic(err) // *damage, which becomes an error of the call
	}
	c.block = b
}
