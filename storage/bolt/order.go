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

// maxExamined bounds how many orders a page reads in search of those that fit; a page may then hold fewer than its
// limit, even none, and still have a mark.
const maxExamined = 10_000

// idSlack is how far an order's id, which is made of a time, may lie from its At.
const idSlack = 48 * time.Hour

// Orders implements tickets.Reader: by id, which sorts by time, backwards.
func (r *reader) Orders(q tickets.OrderQuery) ([]tickets.Order, string, error) {
	list := listName("orders", q.Status, q.Stage, q.Date, q.SKU, q.Customer, q.Text, millis(q.Since), millis(q.Until))
	start, limit, err := openPage(q.Page, list)
	if err != nil {
		return nil, "", err
	}
	if o, ok, err := r.orderExactly(q); err != nil || (ok && q.Mark == "") {
		return o, "", err
	}
	var out []tickets.Order
	scan := r.ordersOf(q, start)
	for examined := 0; ; examined++ {
		id := scan.next()
		switch {
		case id == nil:
			return out, "", nil
		case len(out) == limit || examined == maxExamined:
			return out, mark(list, id), nil
		}
		o, err := named(r, &orders, id)
		if err != nil {
			return nil, "", err
		}
		if fits(&o, &q) {
			out = append(out, o)
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
		o, err = r.Order(tickets.OrderID(strings.ToLower(q.Text)))
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

// fits reports whether the order is one that the query asks for.
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
		(q.Since.IsZero() || !o.At.Before(q.Since)) &&
		(q.Until.IsZero() || o.At.Before(q.Until)) &&
		(q.Text == "" || hasText(o, strings.ToLower(q.Text)))
}

func hasSKU(o *tickets.Order, id tickets.SKUID) bool {
	for i := range o.Quote.Lines {
		if o.Quote.Lines[i].SKU == id {
			return true
		}
	}
	return false
}

// hasText reports whether a lower-case text starts or ends the code or the id, or is part of the buyer's name.
func hasText(o *tickets.Order, text string) bool {
	for _, s := range []string{strings.ToLower(o.Code), string(o.ID)} {
		if strings.HasPrefix(s, text) || strings.HasSuffix(s, text) {
			return true
		}
	}
	return strings.Contains(strings.ToLower(o.Buyer.Name), text)
}

// The stages of orders that money was applied to, and all that an order can be in.
var (
	applied = []tickets.Stage{tickets.StagePaid, tickets.StageFulfilling, tickets.StageFulfilled, tickets.StageFulfilFailed,
		tickets.StageCompleted, tickets.StageRefunded}
	anyStage = append([]tickets.Stage{tickets.StageHeld, tickets.StageAwaiting, tickets.StageExpiring, tickets.StageExpired,
		tickets.StageCancelled, tickets.StagePaymentReview}, applied...)
)

// stagesOf lists the stages that an order of the status may be in.
var stagesOf = map[tickets.Status][]tickets.Stage{
	tickets.StatusInit: {tickets.StageNone, tickets.StageHeld, tickets.StageAwaiting, tickets.StageExpiring,
		tickets.StagePaymentReview},
	tickets.StatusCharged:            {tickets.StagePaid, tickets.StageFulfilling},
	tickets.StatusFulfilled:          {tickets.StageFulfilled, tickets.StageCompleted},
	tickets.StatusFulfilFailed:       {tickets.StageFulfilFailed},
	tickets.StatusClosed:             {tickets.StageExpired, tickets.StageCancelled, tickets.StagePaymentReview},
	tickets.StatusRefunding:          applied,
	tickets.StatusRefundFailed:       applied,
	tickets.StatusRefunded:           applied,
	tickets.StatusChargeback:         anyStage,
	tickets.StatusChargebackReversed: anyStage,
}

// ordersOf walks the narrowest index of the query backwards, from the order key start on.
func (r *reader) ordersOf(q tickets.OrderQuery, start []byte) *orderScan {
	s := &orderScan{}
	switch {
	case q.Customer != "":
		s.addOf(r, q, start)
	case q.Date != 0:
		week, day := weekOf(q.Date)
		s.only = weekdays[day]
		s.add(r, tOrderDate, appendInt32(nil, week), q, start)
	case q.SKU != "":
		s.add(r, tOrderSKU, appendText(nil, string(q.SKU)), q, start)
	case q.Stage != "":
		s.add(r, tOrderStage, appendText(nil, string(q.Stage)), q, start)
	case q.Status != "":
		for _, stage := range stagesOf[q.Status] {
			s.add(r, tOrderStage, appendText(nil, string(stage)), q, start)
		}
	default:
		s.add(r, tOrder, nil, q, start)
	}
	return s
}

// orderScan merges index ranges backwards by the order keys at the ends of their keys.
type orderScan struct {
	ranges []orderRange
	only   []byte // entries with another value are passed over; nil takes all
}

type orderRange struct {
	c      cursor
	prefix int
	id     []byte // next, nil at the end
}

func (g *orderRange) step(only []byte) {
	key, value := g.c.next()
	for only != nil && key != nil && !bytes.Equal(value, only) {
		key, value = g.c.next()
	}
	if key == nil {
		g.id = nil
		return
	}
	g.id = append([]byte(nil), key[g.prefix:]...)
}

// addOf adds a customer's orders. They lie by confirmation key, so their ids, which are small, are sorted here.
func (s *orderScan) addOf(r *reader, q tickets.OrderQuery, start []byte) {
	low, high := idWindow(q)
	var ids idCursor
	take := func(id []byte) {
		if (start == nil || bytes.Compare(id, start) <= 0) &&
			(id[0] == idOther || bytes.Compare(id, low) >= 0 && bytes.Compare(id, high) < 0) {
			ids = append(ids, bytes.Clone(id))
		}
	}
	prefix := ofCustomer(nil, q.Customer, ofOrder)
	plain := r.src.scan(tOfCustomer, prefix, after(prefix), false)
	for key, _ := plain.next(); key != nil; key, _ = plain.next() {
		take(key[len(prefix):])
	}
	prefix = ofCustomer(nil, q.Customer, ofConfirm)
	confirmed := r.src.scan(tOfCustomer, prefix, after(prefix), false)
	for key, id := confirmed.next(); key != nil; key, id = confirmed.next() {
		take(id)
	}
	slices.SortFunc(ids, func(a, b []byte) int { return bytes.Compare(b, a) })
	s.push(&ids, 0)
}

// idCursor walks a list of order keys.
type idCursor [][]byte

func (c *idCursor) next() (key, value []byte) {
	if len(*c) == 0 {
		return nil, nil
	}
	key, *c = (*c)[0], (*c)[1:]
	return key, nil
}

// idWindow bounds the ids of orders that may lie within Since and Until, but for ids that say no time.
func idWindow(q tickets.OrderQuery) (low, high []byte) {
	high = []byte{idOther}
	if !q.Since.IsZero() {
		low = idTime(q.Since.Add(-idSlack))
	}
	if !q.Until.IsZero() {
		high = idTime(q.Until.Add(idSlack))
	}
	return low, high
}

// add adds the orders under a prefix: those whose ids may lie within Since and Until, and those whose ids say no time.
func (s *orderScan) add(r *reader, t table, prefix []byte, q tickets.OrderQuery, start []byte) {
	key := func(part []byte) []byte { return append(bytes.Clone(prefix), part...) }
	low, high := idWindow(q)
	s.addRange(r, t, len(prefix), key(low), key(high), key, start)
	s.addRange(r, t, len(prefix), key([]byte{idOther}), after(prefix), key, start)
}

func (s *orderScan) addRange(r *reader, t table, prefix int, low, high []byte, key func([]byte) []byte, start []byte) {
	if start != nil {
		if first := append(key(start), 0); high == nil || bytes.Compare(first, high) < 0 {
			high = first
		}
	}
	if high != nil && bytes.Compare(low, high) >= 0 {
		return
	}
	s.push(r.src.scan(t, low, high, true), prefix)
}

func (s *orderScan) push(c cursor, prefix int) {
	g := orderRange{c: c, prefix: prefix}
	if g.step(s.only); g.id != nil {
		s.ranges = append(s.ranges, g)
	}
}

// next returns the next order key, nil at the end.
func (s *orderScan) next() []byte {
	best := -1
	for i := range s.ranges {
		if s.ranges[i].id != nil && (best < 0 || bytes.Compare(s.ranges[i].id, s.ranges[best].id) > 0) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	id := s.ranges[best].id
	s.ranges[best].step(s.only)
	return id
}

// idTime is the start of the keys of ids made at t or later.
func idTime(t time.Time) []byte {
	ms := max(t.UnixMilli(), 0) << 4
	if ms>>48 != 0 {
		return []byte{idOther}
	}
	return []byte{byte(ms >> 40), byte(ms >> 32), byte(ms >> 24), byte(ms >> 16), byte(ms >> 8), byte(ms)}
}
