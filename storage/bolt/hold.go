package bolt

import (
	"sort"
	"time"

	"boxoffice/tickets"
)

// Stock implements tickets.Reader.
func (r *reader) Stock(k tickets.StockKey) (tickets.Stock, error) {
	var buf [64]byte
	s, found, err := load(r, &stocks, stockKey(buf[:0], k))
	if err == nil && !found {
		err = tickets.Refuse(tickets.NotFound, "stock of %s on %s", k.Pool, k.Slot)
	}
	return s, err
}

// Stocks implements tickets.Reader.
func (r *reader) Stocks(m tickets.MerchantID, p tickets.PoolID, from, to tickets.Date) ([]tickets.Stock, error) {
	if from > to {
		return nil, nil
	}
	prefix := stockPrefix(nil, m, p)
	first := appendInt32(append([]byte(nil), prefix...), int(from))
	last := after(appendInt32(append([]byte(nil), prefix...), int(to)))
	return collect(r, &stocks, r.src.scan(tStock, first, last, false), 0, func(key, _ []byte) []byte { return key })
}

// PutStock implements tickets.Tx.
func (t *tx) PutStock(s tickets.Stock) error { return put(t, &stocks, s) }

// Hold implements tickets.Reader.
func (r *reader) Hold(id tickets.HoldID) (tickets.Hold, error) {
	return read(r, &holds, holdKey(nil, id), string(id))
}

// HoldsDue implements tickets.Reader.
func (r *reader) HoldsDue(t time.Time, limit int) ([]tickets.Hold, error) {
	return due(r, &holds, tHoldDue, dueUntil(t), limit)
}

// LiveHolds implements tickets.Reader.
func (r *reader) LiveHolds(id tickets.CustomerID) ([]tickets.Hold, error) {
	out, err := under(r, &holds, tOfCustomer, ofCustomer(nil, id, ofHold), 0)
	sort.SliceStable(out, func(i, j int) bool { return out[i].At.Before(out[j].At) })
	return out, err
}

// CreateHold implements tickets.Tx.
func (t *tx) CreateHold(h tickets.Hold) error { return create(t, &holds, h) }

// PutHold implements tickets.Tx.
func (t *tx) PutHold(h tickets.Hold) error { return put(t, &holds, h) }
