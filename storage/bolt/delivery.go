package bolt

import (
	"bytes"
	"sort"
	"strings"
	"time"

	"boxoffice/tickets"
)

var deliveries = kind[tickets.Delivery]{
	table: tDelivery, what: "delivery",
	key:    func(b []byte, d *tickets.Delivery) []byte { return deliveryID(b, d.ID) },
	name:   func(d *tickets.Delivery) string { return string(d.ID) + " " + d.Key },
	refuse: func(d *tickets.Delivery) error { return keyText("delivery", string(d.ID), d.Key, string(d.Order)) },
	milli:  func(d *tickets.Delivery) { milli(&d.Due, &d.Lease, &d.At, &d.Sent) },
	image: func(d *tickets.Delivery, id []byte, m *image) {
		if d.Key != "" {
			m.unique(tDeliveryOf, deliveryKey(m.b(), d.Key), id)
		}
		if d.Order != "" && !ofOrderKey(d) {
			m.add(tDeliveryOf, append(append(orderKey(m.b(), d.Order), 0), id...), id)
		}
		if d.Final() {
			return
		}
		m.count(countDelivery + string(d.State))
		if !d.Due.IsZero() {
			m.add(tDeliveryDue, append(appendTime(m.b(), d.Due), id...), appendTime(nil, d.Lease))
		}
	},
}

func deliveryID(b []byte, id tickets.DeliveryID) []byte {
	return appendID(b, tickets.PrefixDelivery, string(id))
}

// deliveryKey stores a delivery's unique key with its order's id in front in the short form, so that one entry both
// keeps the key unique and finds the deliveries of the order.
func deliveryKey(b []byte, key string) []byte {
	order, rest, ok := strings.Cut(key, ":")
	if !ok {
		order, rest = "", key
	}
	b = append(orderKey(b, tickets.OrderID(order)), 1)
	if ok {
		b = append(b, ':')
	}
	return append(b, rest...)
}

// ofOrderKey reports whether the entry of the delivery's key lies under its order already.
func ofOrderKey(d *tickets.Delivery) bool { return strings.HasPrefix(d.Key, string(d.Order)+":") }

// Delivery implements tickets.Reader.
func (r *reader) Delivery(id tickets.DeliveryID) (tickets.Delivery, error) {
	return read(r, &deliveries, deliveryID(nil, id), string(id))
}

// Deliveries implements tickets.Reader.
func (r *reader) Deliveries(id tickets.OrderID) ([]tickets.Delivery, error) {
	if id == "" {
		return nil, nil // those of no order have no list
	}
	all, err := valued(r, &deliveries, tDeliveryOf, orderKey(nil, id))
	out := all[:0]
	for _, d := range all {
		if d.Order == id {
			out = append(out, d)
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		if !out[i].At.Equal(out[j].At) {
			return out[i].At.Before(out[j].At)
		}
		return out[i].ID < out[j].ID
	})
	return out, err
}

// DeliveryCounts implements tickets.Reader.
func (r *reader) DeliveryCounts() (map[tickets.DeliveryState]int, error) {
	out := map[tickets.DeliveryState]int{}
	err := r.counters(countDelivery, func(state string, n int64) { out[tickets.DeliveryState(state)] = int(n) })
	return out, err
}

// CreateDelivery implements tickets.Tx.
func (t *tx) CreateDelivery(d tickets.Delivery) error { return create(t, &deliveries, d) }

// PutDelivery implements tickets.Tx.
func (t *tx) PutDelivery(d tickets.Delivery) error { return put(t, &deliveries, d) }

// LeaseDeliveries implements tickets.Tx. Leased ones are passed over by the lease in the index, without reading them.
func (t *tx) LeaseDeliveries(now, until time.Time, limit int) ([]tickets.Delivery, error) {
	var ids [][]byte
	c := t.src.scan(tDeliveryDue, nil, appendInt(nil, millis(tickets.Milli(now))+1), false)
	for key, lease := c.next(); key != nil && (limit <= 0 || len(ids) < limit); key, lease = c.next() {
		if len(lease) == 8 && cutInt(lease) <= millis(tickets.Milli(now)) {
			ids = append(ids, bytes.Clone(key[8:]))
		}
	}
	out := make([]tickets.Delivery, 0, len(ids))
	for _, id := range ids {
		d, err := named(t.reader, &deliveries, id)
		if err != nil {
			return nil, err
		}
		d.State, d.Lease = tickets.DeliverySending, tickets.Milli(until)
		if err := put(t, &deliveries, d); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}
