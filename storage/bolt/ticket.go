package bolt

import (
	"encoding/binary"
	"sort"
	"strconv"

	"boxoffice/tickets"
)

// Ticket implements tickets.Reader.
func (r *reader) Ticket(code tickets.TicketCode) (tickets.Ticket, error) {
	return read(r, &issued, ticketKey(nil, code), string(code))
}

// TicketByNumber implements tickets.Reader.
func (r *reader) TicketByNumber(n uint64) (tickets.Ticket, error) {
	return by(r, &issued, tTicketNumber, binary.BigEndian.AppendUint64(nil, n), strconv.FormatUint(n, 10))
}

// Tickets implements tickets.Reader.
func (r *reader) Tickets(id tickets.OrderID) ([]tickets.Ticket, error) {
	return valued(r, &issued, tTicketOrder, orderKey(nil, id))
}

// CreateTicket implements tickets.Tx.
func (t *tx) CreateTicket(v tickets.Ticket) error { return create(t, &issued, v) }

// PutTicket implements tickets.Tx.
func (t *tx) PutTicket(v tickets.Ticket) error { return put(t, &issued, v) }

// Admissions implements tickets.Reader.
func (r *reader) Admissions(code tickets.TicketCode) ([]tickets.Admission, error) {
	var out []tickets.Admission
	prefix := ticketKey(nil, code)
	c := r.src.scan(tAdmission, prefix, after(prefix), false)
	for key, raw := c.next(); key != nil; key, raw = c.next() {
		var a tickets.Admission
		if err := decodeRow(tAdmission, key, raw, &a); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].At.Before(out[j].At) })
	return out, nil
}

// CreateAdmission implements tickets.Tx.
func (t *tx) CreateAdmission(a tickets.Admission) error { return create(t, &admissions, a) }

// SigningKeys implements tickets.Reader.
func (r *reader) SigningKeys() ([]tickets.SigningKey, error) {
	out, err := under(r, &signingKeys, tSigningKey, nil, 0)
	sort.SliceStable(out, func(i, j int) bool { return out[i].At.Before(out[j].At) })
	return out, err
}

// CreateSigningKey implements tickets.Tx.
func (t *tx) CreateSigningKey(k tickets.SigningKey) error { return create(t, &signingKeys, k) }
