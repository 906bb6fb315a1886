package bolt

import (
	"encoding/binary"

	"boxoffice/tickets"
)

// The kinds, with what each needs to be found by. A change here needs a migration: Check compares every index with
// these functions.

var stocks = kind[tickets.Stock]{
	table: tStock, what: "stock", flat: true,
	key:    func(b []byte, s *tickets.Stock) []byte { return stockKey(b, s.Key) },
	name:   func(s *tickets.Stock) string { return string(s.Key.Pool) + " " + s.Key.Slot.String() },
	refuse: func(s *tickets.Stock) error { return checkStockKey(s.Key) },
}

func stockKey(b []byte, k tickets.StockKey) []byte {
	b = stockPrefix(b, k.Merchant, k.Pool)
	return append(appendInt32(b, int(k.Slot.Date)), k.Slot.Start...)
}

func stockPrefix(b []byte, m tickets.MerchantID, p tickets.PoolID) []byte {
	return appendText(appendText(b, string(m)), string(p))
}

func checkStockKey(k tickets.StockKey) error {
	return keyText("stock key", string(k.Merchant), string(k.Pool), k.Slot.Start)
}

var holds = kind[tickets.Hold]{
	table: tHold, what: "hold",
	key:    func(b []byte, h *tickets.Hold) []byte { return holdKey(b, h.ID) },
	name:   func(h *tickets.Hold) string { return string(h.ID) },
	refuse: func(h *tickets.Hold) error { return keyText("hold", string(h.ID), string(h.Customer)) },
	milli:  func(h *tickets.Hold) { milli(&h.At, &h.Expiry, &h.Due, &h.Ended) },
	image: func(h *tickets.Hold, id []byte, m *image) {
		if !h.Live() {
			return
		}
		m.add(tOfCustomer, append(ofCustomer(m.b(), h.Customer, ofHold), id...), nil)
		m.count(countLive)
		if !h.Due.IsZero() {
			m.add(tHoldDue, append(appendTime(m.b(), h.Due), id...), nil)
		}
	},
}

func holdKey(b []byte, id tickets.HoldID) []byte { return appendID(b, tickets.PrefixHold, string(id)) }

func ofCustomer(b []byte, id tickets.CustomerID, part byte) []byte {
	return append(customerKey(b, id), part)
}

var orders = kind[tickets.Order]{
	table: tOrder, what: "order",
	key:    func(b []byte, o *tickets.Order) []byte { return orderKey(b, o.ID) },
	name:   func(o *tickets.Order) string { return string(o.ID) },
	refuse: checkOrder,
	milli: func(o *tickets.Order) {
		milli(&o.Quote.At, &o.Quote.Until, &o.FirstHeld, &o.ReviewUntil, &o.Fulfilment.At, &o.At, &o.Changed)
	},
	image: imageOrder,
	digest: &digesting[tickets.Order]{
		prefix: tickets.PrefixOrder, named: true, from: 0, to: 1, names: (*tickets.Order).Names, more: moreOfOrder, mores: orderWords - textWords,
		some: someOf[tickets.Order]("id", "code", "channel", "buyer.customer", "buyer.name", "buyer.username", "quote.slot", "quote.lines.sku_id",
			"quote.total", "stage", "reason", "rev", "applied", "refunded", "refunding", "refund", "dispute", "won_at_rev", "ended_as", "at"),
	},
}

func checkOrder(o *tickets.Order) error {
	for i := range o.Quote.Lines {
		if err := keyText("sku", string(o.Quote.Lines[i].SKU)); err != nil {
			return err
		}
	}
	return keyText("order", string(o.ID), o.Code, string(o.Buyer.Customer), o.Confirm, string(o.Stage))
}

func imageOrder(o *tickets.Order, id []byte, m *image) {
	if o.Code != "" {
		m.unique(tOrderCode, append(m.b(), o.Code...), id)
	}
	m.add(tOrderStage, append(appendText(m.b(), string(o.Stage)), id...), nil)
	switch {
	case o.Confirm != "":
		m.unique(tOfCustomer, append(ofCustomer(m.b(), o.Buyer.Customer, ofConfirm), o.Confirm...), id)
	case o.Buyer.Customer != "":
		m.add(tOfCustomer, append(ofCustomer(m.b(), o.Buyer.Customer, ofOrder), id...), nil)
	}
	m.count(countOrder + string(o.Stage))
}

func orderKey(b []byte, id tickets.OrderID) []byte {
	return appendID(b, tickets.PrefixOrder, string(id))
}

var payments = kind[tickets.Payment]{
	table: tPayment, what: "payment",
	digest: &digesting[tickets.Payment]{prefix: tickets.PrefixSession, from: 1, to: 3, names: (*tickets.Payment).Names,
		some: someOf[tickets.Payment]("id", "order", "charge", "remote")},
	key:  func(b []byte, p *tickets.Payment) []byte { return paymentKey(b, p.ID) },
	name: func(p *tickets.Payment) string { return string(p.ID) },
	refuse: func(p *tickets.Payment) error {
		return keyText("payment", string(p.ID), string(p.Order), p.Gateway, p.Remote, p.Charge)
	},
	milli: func(p *tickets.Payment) {
		milli(&p.At, &p.Changed, &p.Expiry, &p.ClosableAt, &p.PaidAt, &p.Due, &p.CloseSince)
	},
	image: func(p *tickets.Payment, id []byte, m *image) {
		m.unique(tPaymentOrder, appendInt32(appendInt32(orderKey(m.b(), p.Order), p.Gen), p.N), id)
		if p.Remote != "" {
			m.add(tPaymentRemote, append(pair(m.b(), p.Gateway, p.Remote), id...), nil)
		}
		if p.Charge != "" {
			m.add(tPaymentCharge, append(pair(m.b(), p.Gateway, p.Charge), id...), nil)
		}
		if !p.Due.IsZero() {
			m.add(tPaymentDue, append(appendTime(m.b(), p.Due), id...), nil)
		}
	},
}

func paymentKey(b []byte, id tickets.SessionID) []byte {
	return appendID(b, tickets.PrefixSession, string(id))
}

func pair(b []byte, first, second string) []byte { return appendText(appendText(b, first), second) }

var captures = kind[tickets.Capture]{
	table: tCapture, what: "capture",
	digest: &digesting[tickets.Capture]{prefix: tickets.PrefixCapture, from: 1, to: 2, names: (*tickets.Capture).Names,
		some: someOf[tickets.Capture]("id", "order", "charge")},
	key:  func(b []byte, c *tickets.Capture) []byte { return appendID(b, tickets.PrefixCapture, string(c.ID)) },
	name: func(c *tickets.Capture) string { return string(c.ID) + " " + c.Gateway + " " + c.Charge },
	refuse: func(c *tickets.Capture) error {
		return keyText("capture", string(c.ID), c.Gateway, c.Charge, string(c.Order))
	},
	milli: func(c *tickets.Capture) { milli(&c.At) },
	image: func(c *tickets.Capture, id []byte, m *image) {
		m.unique(tCaptureCharge, pair(m.b(), c.Gateway, c.Charge), id)
		m.add(tCaptureAt, append(appendTime(m.b(), c.At), id...), nil)
		if c.Order != "" {
			m.add(tCaptureOrder, append(orderKey(m.b(), c.Order), id...), nil)
		}
	},
}

var issued = kind[tickets.Ticket]{
	table: tTicket, what: "ticket",
	digest: &digesting[tickets.Ticket]{prefix: tickets.PrefixTicket, names: (*tickets.Ticket).Names, some: someOf[tickets.Ticket]("code", "order")},
	key:    func(b []byte, t *tickets.Ticket) []byte { return ticketKey(b, t.Code) },
	name:   func(t *tickets.Ticket) string { return string(t.Code) },
	refuse: func(t *tickets.Ticket) error { return keyText("ticket", string(t.Code), string(t.Order)) },
	milli:  func(t *tickets.Ticket) { milli(&t.At, &t.Changed) },
	image: func(t *tickets.Ticket, id []byte, m *image) {
		m.unique(tTicketOrder, appendInt32(appendInt32(orderKey(m.b(), t.Order), t.Gen), t.Seq), id)
		m.unique(tTicketNumber, binary.BigEndian.AppendUint64(m.b(), t.Number), id)
	},
}

func ticketKey(b []byte, code tickets.TicketCode) []byte {
	return appendID(b, tickets.PrefixTicket, string(code))
}

var admissions = kind[tickets.Admission]{
	table: tAdmission, what: "admission",
	key:    func(b []byte, a *tickets.Admission) []byte { return appendInt32(ticketKey(b, a.Ticket), a.N) },
	name:   func(a *tickets.Admission) string { return string(a.Ticket) },
	refuse: func(a *tickets.Admission) error { return keyText("admission", string(a.Ticket), a.Key) },
	milli:  func(a *tickets.Admission) { milli(&a.At) },
	image: func(a *tickets.Admission, id []byte, m *image) {
		if a.Key != "" {
			m.unique(tAdmissionKey, append(ticketKey(m.b(), a.Ticket), a.Key...), id)
		}
	},
}

var signingKeys = kind[tickets.SigningKey]{
	table: tSigningKey, what: "signing key",
	key:   func(b []byte, k *tickets.SigningKey) []byte { return append(b, k.Kid) },
	name:  func(k *tickets.SigningKey) string { return string(rune('0' + k.Kid)) },
	milli: func(k *tickets.SigningKey) { milli(&k.At) },
}

var notices = kind[tickets.Notice]{
	table: tNotice, what: "notice",
	key:    func(b []byte, n *tickets.Notice) []byte { return noticeKey(b, n.ID) },
	name:   func(n *tickets.Notice) string { return string(n.ID) + " " + n.Gateway + " " + n.Event },
	refuse: func(n *tickets.Notice) error { return keyText("notice", string(n.ID), n.Gateway, n.Event) },
	milli:  func(n *tickets.Notice) { milli(&n.At, &n.Done, &n.Due, &n.Told) },
	image: func(n *tickets.Notice, id []byte, m *image) {
		m.unique(tNoticeEvent, pair(m.b(), n.Gateway, n.Event), id)
		switch {
		case n.Done.IsZero():
			m.add(tNoticeWork, append(appendTime(append(m.b(), workOpen), n.At), id...), appendTime(nil, n.Due))
			m.count(countNotices)
		case len(n.Body) > 0 && !n.Incident():
			m.add(tNoticeWork, append(appendTime(append(m.b(), workDone), n.At), id...), nil)
		}
	},
}

func noticeKey(b []byte, id tickets.NoticeID) []byte {
	return appendID(b, tickets.PrefixNotice, string(id))
}

var incoming = kind[tickets.Incoming]{
	table: tIncoming, what: "update",
	key:   func(b []byte, u *tickets.Incoming) []byte { return incomingKey(b, u.Bot, u.Update) },
	name:  func(u *tickets.Incoming) string { return u.Key },
	milli: func(u *tickets.Incoming) { milli(&u.At, &u.Done) },
	image: func(u *tickets.Incoming, id []byte, m *image) {
		if u.Done.IsZero() {
			key := appendInt(append(m.b(), workOpen), u.Bot)
			m.add(tIncomingWork, appendInt(appendTime(key, u.At), u.Update), id)
			m.count(countIncoming)
		} else {
			m.add(tIncomingWork, append(appendTime(append(m.b(), workDone), u.At), id...), id)
		}
	},
}

func incomingKey(b []byte, bot, update int64) []byte { return appendInt(appendInt(b, bot), update) }
