package bolt

import (
	"bytes"
	"time"

	"boxoffice/tickets"
)

// Notice implements tickets.Reader.
func (r *reader) Notice(id tickets.NoticeID) (tickets.Notice, error) {
	return read(r, &notices, noticeKey(nil, id), string(id))
}

// NoticeByEvent implements tickets.Reader.
func (r *reader) NoticeByEvent(gateway, event string) (tickets.Notice, error) {
	return by(r, &notices, tNoticeEvent, pair(nil, gateway, event), gateway+" "+event)
}

// NoticesDue implements tickets.Reader: by when they were received. The due time is in the index, so that those
// which wait cost no read.
func (r *reader) NoticesDue(t time.Time, limit int) ([]tickets.Notice, error) {
	var out []tickets.Notice
	prefix := []byte{workOpen}
	c := r.src.scan(tNoticeWork, prefix, after(prefix), false)
	for key, at := c.next(); key != nil && (limit <= 0 || len(out) < limit); key, at = c.next() {
		if len(at) == 8 && cutInt(at) > millis(t) {
			continue
		}
		n, err := named(r, &notices, key[1+8:])
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

// CreateNotice implements tickets.Tx.
func (t *tx) CreateNotice(n tickets.Notice) error { return create(t, &notices, n) }

// PutNotice implements tickets.Tx.
func (t *tx) PutNotice(n tickets.Notice) error { return put(t, &notices, n) }

// DropNotices implements tickets.Tx: the oldest first.
func (t *tx) DropNotices(before time.Time, limit int) (int, error) {
	ids := t.done(tNoticeWork, before, limit, func(key, _ []byte) []byte { return key[1+8:] })
	for _, id := range ids {
		n, err := named(t.reader, &notices, id)
		if err != nil {
			return 0, err
		}
		n.Body = nil
		if err := put(t, &notices, n); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

// done lists the row keys of finished work received before a time.
func (t *tx) done(table table, before time.Time, limit int, id func(key, value []byte) []byte) [][]byte {
	var ids [][]byte
	c := t.src.scan(table, []byte{workDone}, appendInt([]byte{workDone}, ceilMillis(before)), false)
	for key, value := c.next(); key != nil && (limit <= 0 || len(ids) < limit); key, value = c.next() {
		ids = append(ids, bytes.Clone(id(key, value)))
	}
	return ids
}

// IncomingPending implements tickets.Reader: by when they came, then by update.
func (r *reader) IncomingPending(bot int64, p tickets.Page) ([]tickets.Incoming, string, error) {
	prefix := appendInt([]byte{workOpen}, bot)
	list := listName("incoming", prefix)
	start, limit, err := openPage(p, list)
	if err != nil {
		return nil, "", err
	}
	if start == nil {
		start = prefix
	}
	return page(r, &incoming, r.src.scan(tIncomingWork, start, after(prefix), false), list, limit,
		func(_, value []byte) []byte { return value })
}

// IncomingSeen implements tickets.Reader. A dropped update is forgotten.
func (r *reader) IncomingSeen(bot, update int64) (bool, error) {
	return r.src.get(tIncoming, incomingKey(nil, bot, update)) != nil, nil
}

// CreateIncoming implements tickets.Tx.
func (t *tx) CreateIncoming(u tickets.Incoming) error { return create(t, &incoming, u) }

// PutIncoming implements tickets.Tx.
func (t *tx) PutIncoming(u tickets.Incoming) error { return put(t, &incoming, u) }

// DropIncoming implements tickets.Tx: the oldest first.
func (t *tx) DropIncoming(before time.Time, limit int) (int, error) {
	ids := t.done(tIncomingWork, before, limit, func(_, value []byte) []byte { return value })
	for _, id := range ids {
		if _, err := drop(t, &incoming, id); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}
