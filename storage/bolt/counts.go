package bolt

import "boxoffice/tickets"

// Counters live in tCount and change with the rows they count. The names' first part says which.
const (
	countOrder    = "order/"    // then the stage
	countDelivery = "delivery/" // then the state; not final ones
	countLive     = "hold/live"
	countNotices  = "notice/pending"
	countIncoming = "incoming/pending"
	countCases    = "case/open"
	countRefunds  = "refund/live"
)

// Counts implements tickets.Reader.
func (r *reader) Counts() (tickets.Counts, error) {
	c := tickets.Counts{Orders: map[tickets.Stage]int64{}}
	err := r.counters(countOrder, func(stage string, n int64) { c.Orders[tickets.Stage(stage)] = n })
	if err != nil {
		return c, err
	}
	err = r.counters(countDelivery, func(_ string, n int64) { c.DeliveriesPending += n })
	if err != nil {
		return c, err
	}
	for name, n := range map[string]*int64{
		countLive: &c.LiveHolds, countNotices: &c.NoticesPending, countIncoming: &c.IncomingPending,
		countCases: &c.CasesOpen, countRefunds: &c.RefundsLive,
	} {
		if *n, err = r.number(tCount, []byte(name)); err != nil {
			return c, err
		}
	}
	return c, nil
}

// counters calls fn with each counter under a prefix that is not 0.
func (r *reader) counters(prefix string, fn func(rest string, n int64)) error {
	c := r.src.scan(tCount, []byte(prefix), after([]byte(prefix)), false)
	for key, raw := c.next(); key != nil; key, raw = c.next() {
		var n int64
		if err := decodeRow(tCount, key, raw, &n); err != nil {
			return err
		}
		if n != 0 {
			fn(string(key[len(prefix):]), n)
		}
	}
	return nil
}
