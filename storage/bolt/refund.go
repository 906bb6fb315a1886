package bolt

import (
	"time"

	"boxoffice/tickets"
)

// This file keeps refunds, disputes and cases.

var refunds = kind[tickets.Refund]{
	table: tRefund, what: "refund",
	digest: &digesting[tickets.Refund]{prefix: tickets.PrefixRefund, from: 1, to: 2, names: (*tickets.Refund).Names,
		some: someOf[tickets.Refund]("id", "order", "remote")},
	key:  func(b []byte, r *tickets.Refund) []byte { return refundKey(b, r.ID) },
	name: func(r *tickets.Refund) string { return string(r.ID) + " " + r.Gateway + " " + r.Charge },
	refuse: func(r *tickets.Refund) error {
		return keyText("refund", string(r.ID), string(r.Order), r.Gateway, r.Remote, r.Key)
	},
	milli: func(r *tickets.Refund) {
		milli(&r.Submitted, &r.Due, &r.At, &r.Changed, &r.Ended)
		for i := range r.Approvals {
			milli(&r.Approvals[i].At)
		}
	},
	image: func(r *tickets.Refund, id []byte, m *image) {
		m.add(tRefundOrder, append(orderKey(m.b(), r.Order), id...), nil)
		if r.Remote != "" {
			m.unique(tRefundRemote, pair(m.b(), r.Gateway, r.Remote), id)
		}
		if r.Key != "" {
			m.unique(tRefundKey, append(orderKey(m.b(), r.Order), r.Key...), id)
		}
		if !r.Due.IsZero() {
			m.add(tRefundDue, append(appendTime(m.b(), r.Due), id...), nil)
		}
		if r.Live() {
			m.count(countRefunds)
		}
	},
}

func refundKey(b []byte, id tickets.RefundID) []byte {
	return appendID(b, tickets.PrefixRefund, string(id))
}

var disputes = kind[tickets.Dispute]{
	table: tDispute, what: "dispute",
	digest: &digesting[tickets.Dispute]{prefix: tickets.PrefixDispute, from: 1, to: 2, names: (*tickets.Dispute).Names,
		some: someOf[tickets.Dispute]("id", "order", "remote")},
	key:  func(b []byte, d *tickets.Dispute) []byte { return disputeKey(b, d.ID) },
	name: func(d *tickets.Dispute) string { return string(d.ID) + " " + d.Gateway + " " + d.Remote },
	refuse: func(d *tickets.Dispute) error {
		return keyText("dispute", string(d.ID), string(d.Order), d.Gateway, d.Remote)
	},
	milli: func(d *tickets.Dispute) { milli(&d.Deadline, &d.Told, &d.Pack, &d.At, &d.Changed, &d.Ended) },
	image: func(d *tickets.Dispute, id []byte, m *image) {
		m.unique(tDisputeRemote, pair(m.b(), d.Gateway, d.Remote), id)
		m.add(tDisputeOrder, append(orderKey(m.b(), d.Order), id...), nil)
	},
}

func disputeKey(b []byte, id tickets.DisputeID) []byte {
	return appendID(b, tickets.PrefixDispute, string(id))
}

var cases = kind[tickets.Case]{
	table: tCase, what: "case",
	key:    func(b []byte, c *tickets.Case) []byte { return caseKey(b, c.ID) },
	name:   func(c *tickets.Case) string { return string(c.ID) + " " + string(c.Kind) + " " + c.Subject },
	refuse: func(c *tickets.Case) error { return keyText("case", string(c.ID), string(c.Kind), c.Subject) },
	milli:  func(c *tickets.Case) { milli(&c.Due, &c.At, &c.Closed) },
	image: func(c *tickets.Case, id []byte, m *image) {
		if !c.Open() {
			return
		}
		m.unique(tCaseSubject, pair(m.b(), string(c.Kind), c.Subject), id)
		m.add(tCaseOpen, append(appendTime(m.b(), c.At), id...), nil)
		m.count(countCases)
	},
}

func caseKey(b []byte, id tickets.CaseID) []byte { return appendID(b, tickets.PrefixCase, string(id)) }

// Refund implements tickets.Reader.
func (r *reader) Refund(id tickets.RefundID) (tickets.Refund, error) {
	return read(r, &refunds, refundKey(nil, id), string(id))
}

// RefundByRemote implements tickets.Reader.
func (r *reader) RefundByRemote(gateway, remote string) (tickets.Refund, error) {
	return by(r, &refunds, tRefundRemote, pair(nil, gateway, remote), gateway+" "+remote)
}

// RefundByKey implements tickets.Reader.
func (r *reader) RefundByKey(o tickets.OrderID, key string) (tickets.Refund, error) {
	return by(r, &refunds, tRefundKey, append(orderKey(nil, o), key...), key)
}

// Refunds implements tickets.Reader.
func (r *reader) Refunds(id tickets.OrderID) ([]tickets.Refund, error) {
	return under(r, &refunds, tRefundOrder, orderKey(nil, id), 0)
}

// RefundsDue implements tickets.Reader.
func (r *reader) RefundsDue(t time.Time, limit int) ([]tickets.Refund, error) {
	return due(r, &refunds, tRefundDue, dueUntil(t), limit)
}

// AllRefunds implements tickets.Reader.
func (r *reader) AllRefunds(p tickets.Page) ([]tickets.Refund, string, error) {
	return newest(r, &refunds, "refunds", p)
}

// CreateRefund implements tickets.Tx.
func (t *tx) CreateRefund(v tickets.Refund) error { return create(t, &refunds, v) }

// PutRefund implements tickets.Tx.
func (t *tx) PutRefund(v tickets.Refund) error { return put(t, &refunds, v) }

// Dispute implements tickets.Reader.
func (r *reader) Dispute(id tickets.DisputeID) (tickets.Dispute, error) {
	return read(r, &disputes, disputeKey(nil, id), string(id))
}

// DisputeByRemote implements tickets.Reader.
func (r *reader) DisputeByRemote(gateway, remote string) (tickets.Dispute, error) {
	return by(r, &disputes, tDisputeRemote, pair(nil, gateway, remote), gateway+" "+remote)
}

// Disputes implements tickets.Reader.
func (r *reader) Disputes(id tickets.OrderID) ([]tickets.Dispute, error) {
	return under(r, &disputes, tDisputeOrder, orderKey(nil, id), 0)
}

// AllDisputes implements tickets.Reader.
func (r *reader) AllDisputes(p tickets.Page) ([]tickets.Dispute, string, error) {
	return newest(r, &disputes, "disputes", p)
}

// CreateDispute implements tickets.Tx.
func (t *tx) CreateDispute(v tickets.Dispute) error { return create(t, &disputes, v) }

// PutDispute implements tickets.Tx.
func (t *tx) PutDispute(v tickets.Dispute) error { return put(t, &disputes, v) }

// Case implements tickets.Reader.
func (r *reader) Case(id tickets.CaseID) (tickets.Case, error) {
	return read(r, &cases, caseKey(nil, id), string(id))
}

// OpenCase implements tickets.Reader.
func (r *reader) OpenCase(kind tickets.CaseKind, subject string) (tickets.Case, error) {
	return by(r, &cases, tCaseSubject, pair(nil, string(kind), subject), string(kind)+" "+subject)
}

// OpenCases implements tickets.Reader.
func (r *reader) OpenCases(p tickets.Page) ([]tickets.Case, string, error) {
	start, limit, err := openPage(p, "cases")
	if err != nil {
		return nil, "", err
	}
	return page(r, &cases, r.src.scan(tCaseOpen, start, nil, false), "cases", limit, func(key, _ []byte) []byte { return key[8:] })
}

// CreateCase implements tickets.Tx.
func (t *tx) CreateCase(v tickets.Case) error { return create(t, &cases, v) }

// PutCase implements tickets.Tx.
func (t *tx) PutCase(v tickets.Case) error { return put(t, &cases, v) }
