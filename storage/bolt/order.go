package bolt

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"boxoffice/tickets"
)

// Order implements tickets.Reader.
func (r *reader) Order(id tickets.OrderID) (tickets.Order, error) {
	return read(r, &orders, orderKey(nil, id), string(id))
}

// OrderByCode implements tickets.Reader.
func (r *reader) OrderByCode(code string) (tickets.Order, error) {
	if code == "" {
		return tickets.Order{}, tickets.Refuse(tickets.NotFound, "order without code")
	}
	return by(r, &orders, tOrderCode, []byte(code), code)
}

// OrderByConfirm implements tickets.Reader.
func (r *reader) OrderByConfirm(id tickets.CustomerID, key string) (tickets.Order, error) {
	return by(r, &orders, tOfCustomer, append(ofCustomer(nil, id, ofConfirm), key...), key)
}

// CreateOrder implements tickets.Tx.
func (t *tx) CreateOrder(o tickets.Order) error { return create(t, &orders, o) }

// PutOrder implements tickets.Tx.
func (t *tx) PutOrder(o tickets.Order) error { return put(t, &orders, o) }

// maxExamined bounds how many rows a page reads in search of those that fit; a page may then hold fewer than its
// limit, even none, and still have a mark.
const maxExamined = 10_000

// idSlack is how far an order's id, which is made of its At, may lie from it. It is more than nothing for ids that were
// made by a clock of their own, and not much more: a list of a stretch of time reads this much around it.
const idSlack = time.Second

// Orders implements tickets.Reader: by id, which sorts by time, backwards.
func (r *reader) Orders(q tickets.OrderQuery) ([]tickets.Order, string, error) {
	q.Text = tickets.SearchText(q.Text)
	list := listName("orders", q.Status, q.Stage, q.Date, q.SKU, q.Customer, q.Channel, q.Least, q.Most, q.Text, millis(q.Since), millis(q.Until))
	start, limit, err := openPage(q.Page, list)
	if err != nil {
		return nil, "", err
	}
	if o, ok, err := r.orderExactly(q); err != nil || (ok && q.Mark == "") {
		return o, "", err
	}
	scan, err := r.ordersOf(&q, start)
	if err != nil {
		return nil, "", err
	}
	var out []tickets.Order
	for examined := 0; ; examined++ {
		id, raw := scan.next()
		switch {
		case id == nil:
			return out, "", nil
		case len(out) == limit || examined == maxExamined:
			return out, mark(list, id), nil
		}
		o, err := glance(r, &orders, id, raw)
		if err == nil && fits(&o, &q) {
			o, err = named(r, &orders, id)
			out = append(out, o)
		}
		if err != nil {
			return nil, "", err
		}
	}
}

// orderExactly finds the order whose whole code or id is the text asked for: no other can fit as well.
func (r *reader) orderExactly(q tickets.OrderQuery) ([]tickets.Order, bool, error) {
	if q.Text == "" {
		return nil, false, nil
	}
	o, err := r.OrderByCode(strings.ToUpper(q.Text))
	if tickets.KindOf(err) == tickets.NotFound {
		o, err = r.Order(tickets.OrderID(q.Text))
	}
	switch {
	case tickets.KindOf(err) == tickets.NotFound:
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case !fits(&o, &q):
		return nil, true, nil
	default:
		return []tickets.Order{o}, true, nil
	}
}

// fits reports whether the order is one that the query asks for, whose text is as Names.Match wants it.
func fits(o *tickets.Order, q *tickets.OrderQuery) bool {
	if q.Status != "" {
		if s, _ := o.Status(); s != q.Status {
			return false
		}
	}
	return (q.Stage == "" || o.Stage == q.Stage) &&
		(q.Date == 0 || o.Quote.Slot.Date == q.Date) &&
		(q.SKU == "" || hasSKU(o, q.SKU)) &&
		(q.Customer == "" || o.Buyer.Customer == q.Customer) &&
		(q.Channel == "" || o.Channel == q.Channel) &&
		o.Quote.Total.Amount >= q.Least && (q.Most == 0 || o.Quote.Total.Amount <= q.Most) &&
		(q.Since.IsZero() || !o.At.Before(q.Since)) &&
		(q.Until.IsZero() || o.At.Before(q.Until)) &&
		(q.Text == "" || hasText(o, q.Text))
}

func hasSKU(o *tickets.Order, id tickets.SKUID) bool {
	for i := range o.Quote.Lines {
		if o.Quote.Lines[i].SKU == id {
			return true
		}
	}
	return false
}

func hasText(o *tickets.Order, text string) bool {
	n := o.Names()
	_, ok := n.Match(text)
	return ok
}

// stagesOf lists the stages that an order of the status may be in.
var stagesOf = map[tickets.Status][]tickets.Stage{
	tickets.StatusInit: {tickets.StageNone, tickets.StageHeld, tickets.StageAwaiting, tickets.StageExpiring,
		tickets.StagePaymentReview},
	tickets.StatusCharged:      {tickets.StagePaid, tickets.StageFulfilling},
	tickets.StatusFulfilled:    {tickets.StageFulfilled, tickets.StageCompleted},
	tickets.StatusFulfilFailed: {tickets.StageFulfilFailed},
	tickets.StatusClosed:       {tickets.StageExpired, tickets.StageCancelled, tickets.StagePaymentReview},
}

// causes are the lists, by order, of what puts an order into a status that few are in.
var causes = map[tickets.Status]table{
	tickets.StatusRefunding: tRefundOrder, tickets.StatusRefundFailed: tRefundOrder, tickets.StatusRefunded: tRefundOrder,
	tickets.StatusChargeback: tDisputeOrder, tickets.StatusChargebackReversed: tDisputeOrder,
}

// fewOrders is how many orders of a stage are read one by one rather than looking for others in all blocks.
const fewOrders = 2_000

// ordersOf walks orders that the query may ask for backwards, from the order key start on: a customer's, those that have
// refunds or disputes, those of stages that few are in or of which nothing else is asked, else what the digests pick.
func (r *reader) ordersOf(q *tickets.OrderQuery, start []byte) (*rowScan, error) {
	s := &rowScan{}
	w := idWindow(q)
	w.start = start
	if q.Customer != "" {
		s.addOf(r, q.Customer, w)
		return s, nil
	}
	if t, ok := causes[q.Status]; ok {
		s.addOwners(r, t, w)
		if q.Status == tickets.StatusRefunded {
			s.add(r, tOrderStage, appendText(nil, string(tickets.StageRefunded)), w)
		}
		return s, nil
	}
	stages := stagesOf[q.Status]
	if q.Stage != "" {
		stages = []tickets.Stage{q.Stage}
	}
	many := int64(0)
	for _, stage := range stages {
		n, err := r.number(tCount, []byte(countOrder+string(stage)))
		if err != nil {
			return nil, err
		}
		many += n
	}
	digested := q.Date != 0 || q.SKU != "" || q.Channel != "" || q.Least != 0 || q.Most != 0 || q.Text != ""
	switch {
	case len(stages) > 0 && (many <= fewOrders || !digested):
		for _, stage := range stages {
			s.add(r, tOrderStage, appendText(nil, string(stage)), w)
		}
		return s, nil
	case digested:
		return candidates(r, &orders, w, pickOrders(q)), nil
	default:
		s.add(r, tOrder, nil, w)
		return s, nil
	}
}

// rowScan merges index ranges backwards by the row keys at the ends of their keys, each once.
type rowScan struct {
	ranges []rowRange
	last   []byte // given out
}

type rowRange struct {
	c      cursor
	prefix int
	rows   bool   // it is of rows, not of an index
	id     []byte // next, nil at the end
	value  []byte
}

func (g *rowRange) step() {
	key, value := g.c.next()
	g.value = value
	if key == nil {
		g.id = nil
		return
	}
	g.id = append([]byte(nil), key[g.prefix:]...)
}

// addOf adds a customer's orders. They lie by confirmation key, so their ids, which are small, are sorted here.
func (s *rowScan) addOf(r *reader, customer tickets.CustomerID, w window) {
	until := w.until()
	var ids idCursor
	take := func(id []byte) {
		if bytes.Compare(id, w.low) >= 0 && (until == nil || bytes.Compare(id, until) < 0) ||
			id[0] == idOther && (w.start == nil || bytes.Compare(id, w.start) <= 0) {
			ids = append(ids, bytes.Clone(id))
		}
	}
	prefix := ofCustomer(nil, customer, ofOrder)
	plain := r.src.scan(tOfCustomer, prefix, after(prefix), false)
	for key, _ := plain.next(); key != nil; key, _ = plain.next() {
		take(key[len(prefix):])
	}
	prefix = ofCustomer(nil, customer, ofConfirm)
	confirmed := r.src.scan(tOfCustomer, prefix, after(prefix), false)
	for key, id := confirmed.next(); key != nil; key, id = confirmed.next() {
		take(id)
	}
	slices.SortFunc(ids, func(a, b []byte) int { return bytes.Compare(b, a) })
	s.push(&ids, 0)
}

// idCursor walks a list of row keys.
type idCursor [][]byte

func (c *idCursor) next() (key, value []byte) {
	if len(*c) == 0 {
		return nil, nil
	}
	key, *c = (*c)[0], (*c)[1:]
	return key, nil
}

// idWindow bounds the ids of orders that may lie within Since and Until, but for ids that say no time.
func idWindow(q *tickets.OrderQuery) (w window) {
	if !q.Since.IsZero() {
		w.low = idTime(q.Since.Add(-idSlack))
	}
	if !q.Until.IsZero() {
		w.high = idTime(q.Until.Add(idSlack))
	}
	return w
}

// add adds the rows under a prefix whose ids are within the window, and those whose ids say no time.
func (s *rowScan) add(r *reader, t table, prefix []byte, w window) {
	s.addRange(r, t, prefix, w)
	if w.high != nil {
		s.addRange(r, t, prefix, window{low: []byte{idOther}, start: w.start})
	}
}

func (s *rowScan) addRange(r *reader, t table, prefix []byte, w window) {
	low, high := append(bytes.Clone(prefix), w.low...), after(prefix)
	if until := w.until(); until != nil {
		high = append(bytes.Clone(prefix), until...)
	}
	if high == nil || bytes.Compare(low, high) < 0 {
		s.push(r.src.scan(t, low, high, true), len(prefix))
	}
}

// addOwners adds the orders of the things that an index lists by order, which are within the window, and those whose ids
// say no time.
func (s *rowScan) addOwners(r *reader, t table, w window) {
	s.addOwnersOf(r, t, w)
	if w.high != nil {
		s.addOwnersOf(r, t, window{low: []byte{idOther}, start: w.start})
	}
}

func (s *rowScan) addOwnersOf(r *reader, t table, w window) {
	high := w.high
	if w.start != nil && (high == nil || bytes.Compare(w.start, high) < 0) {
		high = after(w.start)
	}
	if high == nil || bytes.Compare(w.low, high) < 0 {
		s.push(&ownerCursor{r: r, c: r.src.scan(t, w.low, high, true)}, 0)
	}
}

// ownerCursor walks the orders that keys of an index start with, and that are there: each once.
type ownerCursor struct {
	r    *reader
	c    cursor
	last []byte
}

func (c *ownerCursor) next() (id, row []byte) {
	for key, _ := c.c.next(); key != nil; key, _ = c.c.next() {
		id := key[:min(idBytes, len(key))]
		if key[0] == idOther {
			id = key[:bytes.IndexByte(key, 0)+1]
		}
		if bytes.Equal(id, c.last) {
			continue
		}
		c.last = append(c.last[:0], id...)
		if c.r.src.get(tOrder, id) != nil {
			return id, nil
		}
	}
	return nil, nil
}

func (s *rowScan) push(c cursor, prefix int) {
	g := rowRange{c: c, prefix: prefix}
	if g.step(); g.id != nil {
		s.ranges = append(s.ranges, g)
	}
}

// next returns the next row key, nil at the end, and the row where it is at hand.
func (s *rowScan) next() (id, raw []byte) {
	for {
		best := -1
		for i := range s.ranges {
			if s.ranges[i].id != nil && (best < 0 || bytes.Compare(s.ranges[i].id, s.ranges[best].id) > 0) {
				best = i
			}
		}
		if best < 0 {
			return nil, nil
		}
		g := &s.ranges[best]
		if id, raw = g.id, nil; g.rows {
			raw = g.value
		}
		g.step()
		if !bytes.Equal(id, s.last) {
			s.last = id
			return id, raw
		}
	}
}

// idTime is the start of the keys of ids made at t or later.
func idTime(t time.Time) []byte {
	ms := max(t.UnixMilli(), 0) << 4
	if ms>>48 != 0 {
		return []byte{idOther}
	}
	return []byte{byte(ms >> 40), byte(ms >> 32), byte(ms >> 24), byte(ms >> 16), byte(ms >> 8), byte(ms)}
}
