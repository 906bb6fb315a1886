package bolt

import (
	"sort"
	"time"

	"boxoffice/tickets"
)

// Payment implements tickets.Reader.
func (r *reader) Payment(id tickets.SessionID) (tickets.Payment, error) {
	return read(r, &payments, paymentKey(nil, id), string(id))
}

// PaymentByRemote implements tickets.Reader: the oldest, should the gateway name two alike.
func (r *reader) PaymentByRemote(gateway, remote string) (tickets.Payment, error) {
	return r.paymentNamed(tPaymentRemote, gateway, remote)
}

// PaymentByCharge implements tickets.Reader: the oldest, should several carry the charge.
func (r *reader) PaymentByCharge(gateway, charge string) (tickets.Payment, error) {
	return r.paymentNamed(tPaymentCharge, gateway, charge)
}

func (r *reader) paymentNamed(t table, gateway, name string) (tickets.Payment, error) {
	found, err := under(r, &payments, t, pair(nil, gateway, name), 1)
	if err == nil && len(found) == 0 {
		err = tickets.Refuse(tickets.NotFound, "payment %q at %s", name, gateway)
	}
	if err != nil {
		return tickets.Payment{}, err
	}
	return found[0], nil
}

// Payments implements tickets.Reader.
func (r *reader) Payments(id tickets.OrderID) ([]tickets.Payment, error) {
	out, err := valued(r, &payments, tPaymentOrder, orderKey(nil, id))
	sort.SliceStable(out, func(i, j int) bool { return out[i].At.Before(out[j].At) })
	return out, err
}

// PaymentsDue implements tickets.Reader.
func (r *reader) PaymentsDue(t time.Time, limit int) ([]tickets.Payment, error) {
	return due(r, &payments, tPaymentDue, dueUntil(t), limit)
}

// CreatePayment implements tickets.Tx.
func (t *tx) CreatePayment(p tickets.Payment) error { return create(t, &payments, p) }

// PutPayment implements tickets.Tx.
func (t *tx) PutPayment(p tickets.Payment) error { return put(t, &payments, p) }

// Capture implements tickets.Reader.
func (r *reader) Capture(gateway, charge string) (tickets.Capture, error) {
	return by(r, &captures, tCaptureCharge, pair(nil, gateway, charge), gateway+" "+charge)
}

// Captures implements tickets.Reader.
func (r *reader) Captures(id tickets.OrderID) ([]tickets.Capture, error) {
	if id == "" {
		return nil, nil // unmatched ones are found by time
	}
	out, err := under(r, &captures, tCaptureOrder, orderKey(nil, id), 0)
	sort.SliceStable(out, func(i, j int) bool { return out[i].At.Before(out[j].At) })
	return out, err
}

// CapturesBetween implements tickets.Reader.
func (r *reader) CapturesBetween(from, until time.Time, p tickets.Page) ([]tickets.Capture, string, error) {
	first, last := appendInt(nil, ceilMillis(from)), appendInt(nil, ceilMillis(until))
	list := listName("captures", first, last)
	start, limit, err := openPage(p, list)
	if err != nil {
		return nil, "", err
	}
	if start == nil {
		start = first
	}
	return page(r, &captures, r.src.scan(tCaptureAt, start, last, false), list, limit, func(key, _ []byte) []byte {
		return key[8:]
	})
}

// CreateCapture implements tickets.Tx.
func (t *tx) CreateCapture(c tickets.Capture) error { return create(t, &captures, c) }

// PutCapture implements tickets.Tx.
func (t *tx) PutCapture(c tickets.Capture) error { return put(t, &captures, c) }
