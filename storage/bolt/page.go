package bolt

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"

	"boxoffice/tickets"
)

const (
	pageDefault = 50
	pageMost    = 1000
)

// listName names a list in its marks, so that a mark of another list or of another question is recognized.
func listName(parts ...any) string { return fmt.Sprintf("%q", parts) }

// mark makes a page's mark: where the next page starts.
func mark(list string, key []byte) string {
	sum := crc32.Update(crc32.Checksum([]byte(list), castagnoli), castagnoli, key)
	return base64.RawURLEncoding.EncodeToString(append(binary.BigEndian.AppendUint32(nil, sum), key...))
}

// openPage reads a page's mark and limit. start is nil on the first page.
func openPage(p tickets.Page, list string) (start []byte, limit int, err error) {
	limit = p.Limit
	switch {
	case limit < 0:
		return nil, 0, tickets.Refuse(tickets.Invalid, "page of %d", limit)
	case limit == 0:
		limit = pageDefault
	case limit > pageMost:
		limit = pageMost
	}
	if p.Mark == "" {
		return nil, limit, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(p.Mark)
	if err != nil || len(raw) < 5 || mark(list, raw[4:]) != p.Mark {
		return nil, 0, tickets.Refuse(tickets.Invalid, "the page mark is not of this list")
	}
	return raw[4:], limit, nil
}

// page reads up to limit rows and the mark of the rest; the mark is the key of the first row left.
func page[T any](r *reader, k *kind[T], c cursor, list string, limit int, id func(key, value []byte) []byte) ([]T, string, error) {
	var out []T
	for key, value := c.next(); key != nil; key, value = c.next() {
		if len(out) == limit {
			return out, mark(list, key), nil
		}
		v, err := named(r, k, id(key, value))
		if err != nil {
			return nil, "", err
		}
		out = append(out, v)
	}
	return out, "", nil
}

// dueUntil is the bound of index keys whose time is not after t.
func dueUntil(t time.Time) []byte { return appendInt(nil, millis(t)+1) }

// ceilMillis is the first whole millisecond at or after t.
func ceilMillis(t time.Time) int64 {
	ms := t.UnixMilli()
	if t.After(time.UnixMilli(ms)) {
		ms++
	}
	return ms
}

// milli cuts times as the store keeps them.
func milli(times ...*time.Time) {
	for _, t := range times {
		*t = tickets.Milli(*t)
	}
}

// newest reads a page of a table's rows, the newest first: their keys are ids, which sort by time.
func newest[T any](r *reader, k *kind[T], list string, p tickets.Page) ([]T, string, error) {
	last, limit, err := openPage(p, list)
	if err != nil {
		return nil, "", err
	}
	if last != nil {
		last = append(last, 0) // the mark is the first row of this page
	}
	return page(r, k, r.src.scan(k.table, nil, last, true), list, limit, func(key, _ []byte) []byte { return key })
}
