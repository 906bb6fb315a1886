package checkout_test

import (
	"time"

	"boxoffice/tickets"
)

var brokenWork = []corruption{
	{"tickets never sent", "J1", func(s *auditShop) { s.misdirect(func(d *tickets.Delivery) { d.Kind = tickets.SayLive }) }},
	{"tickets sent for another order", "J1", func(s *auditShop) { s.misdirect(func(d *tickets.Delivery) { d.Order = s.held.ID }) }},
	{"fulfilled behind the desk", "J1", func(s *auditShop) {
		s.editOrder(s.manual, func(o *tickets.Order) { o.Stage = tickets.StageFulfilled })
	}},
	{"message of no state", "J2", func(s *auditShop) { s.misdirect(func(d *tickets.Delivery) { d.State = "LOST" }) }},
	{"message leased by nobody", "J2", func(s *auditShop) { s.misdirect(func(d *tickets.Delivery) { d.Lease = opening }) }},
	{"message sent and due", "J2", func(s *auditShop) {
		s.misdirect(func(d *tickets.Delivery) { d.State, d.Sent = tickets.DeliverySent, opening })
	}},
	{"message that is never tried", "J2", func(s *auditShop) { s.misdirect(func(d *tickets.Delivery) { d.Due = time.Time{} }) }},
	{"message about no order", "J3", func(s *auditShop) { s.misdirect(func(d *tickets.Delivery) { d.Order = stranger }) }},
	{"message about an order of another form", "J3", func(s *auditShop) { s.misdirect(func(d *tickets.Delivery) { d.Order = "elsewhere" }) }},
	{"message sent at no time", "J3", func(s *auditShop) {
		s.misdirect(func(d *tickets.Delivery) { d.State, d.Due = tickets.DeliverySent, time.Time{} })
	}},
	{"message twice", "J4", func(s *auditShop) {
		s.seesTwice(func(d *tickets.Delivery) bool { return d.Kind == tickets.SayTickets })
	}},
	{"message to the merchant twice", "J4", func(s *auditShop) {
		s.seesTwice(func(d *tickets.Delivery) bool { return d.To.Kind == tickets.ToMerchant })
	}},
	{"every message twice", "J4", func(s *auditShop) { s.seesTwice(func(*tickets.Delivery) bool { return true }) }},
	{"notice with another body", "J6", func(s *auditShop) { s.editNotice(func(n *tickets.Notice) { n.Body = []byte("{}") }) }},
	{"notice of no known outcome", "J6", func(s *auditShop) { s.editNotice(func(n *tickets.Notice) { n.Outcome = "lost" }) }},
	{"notice judged without an outcome", "J6", func(s *auditShop) { s.editNotice(func(n *tickets.Notice) { n.Outcome = "" }) }},
	{"notice judged and due", "J6", func(s *auditShop) { s.editNotice(func(n *tickets.Notice) { n.Due = opening }) }},
	{"review that never ends", "L1", func(s *auditShop) {
		s.editOrder(s.review, func(o *tickets.Order) { o.ReviewUntil = s.clock.Now().Add(-2 * time.Hour) })
	}},
	{"review of money that nobody is asked about", "L1", func(s *auditShop) {
		s.editCase(tickets.CaseWrongCurrency, closedByHand)
		s.editOrder(s.late, func(o *tickets.Order) { o.ReviewUntil, o.Changed = time.Time{}, s.clock.Now().Add(-2*time.Hour) })
	}},
	{"review when time passes", "L1", func(s *auditShop) { s.clock.add(3 * time.Hour) }},
	{"hold long overdue", "L2", func(s *auditShop) {
		s.editHold(s.open, func(h *tickets.Hold) { h.Due = s.clock.Now().Add(-2 * time.Hour) })
	}},
	{"hold that nobody ever looks at", "L2", func(s *auditShop) {
		s.editHold(s.held, func(h *tickets.Hold) { h.Due = opening.Add(-24 * time.Hour) })
	}},
	{"hold that is looked at in another century", "L2", func(s *auditShop) {
		s.editHold(s.open, func(h *tickets.Hold) { h.Due = farAway })
	}},
	{"hold over for days and looked at tomorrow", "L2", func(s *auditShop) {
		s.editHold(s.held, func(h *tickets.Hold) {
			h.Expiry, h.Due = s.clock.Now().Add(-7*24*time.Hour), s.clock.Now().Add(24*time.Hour)
		})
	}},
	{"holds when time passes", "L2", func(s *auditShop) { s.clock.add(2 * time.Hour) }},
	{"notice that waits", "L3", func(s *auditShop) {
		s.editNotice(func(n *tickets.Notice) { n.Done, n.Outcome, n.Due = time.Time{}, "", s.clock.Now().Add(-2*time.Hour) })
	}},
	{"notice that waits for a day", "L3", func(s *auditShop) {
		s.editNotice(func(n *tickets.Notice) { n.Done, n.Outcome, n.Due = time.Time{}, "", s.clock.Now().Add(-24*time.Hour) })
	}},
	{"notice when time passes", "L3", func(s *auditShop) {
		s.editNotice(func(n *tickets.Notice) { n.Done, n.Outcome, n.Due = time.Time{}, "", s.clock.Now() })
		s.clock.add(2 * time.Hour)
	}},
	{"notice that waits for another century", "L3", func(s *auditShop) {
		s.editNotice(func(n *tickets.Notice) { n.Done, n.Outcome, n.Due = time.Time{}, "", farAway })
	}},
	{"update that nobody works on", "L3", func(s *auditShop) { s.hears(2*time.Hour, 0) }},
	{"update that is tried for days", "L3", func(s *auditShop) { s.hears(72*time.Hour, 40) }},
	{"update when time passes", "L3", func(s *auditShop) {
		s.hears(0, 0)
		s.clock.add(2 * time.Hour)
	}},
	{"message that waits since yesterday", "L4", func(s *auditShop) {
		s.misdirect(func(d *tickets.Delivery) { d.Due = s.clock.Now().Add(-24 * time.Hour) })
	}},
	{"message that is not tried again", "L4", func(s *auditShop) {
		s.misdirect(func(d *tickets.Delivery) { d.State, d.Due = tickets.DeliveryRetry, s.clock.Now().Add(-2*time.Hour) })
	}},
	{"message for another century", "L4", func(s *auditShop) { s.misdirect(func(d *tickets.Delivery) { d.Due = farAway }) }},
	{"paid for hours without tickets", "L4", func(s *auditShop) {
		s.editOrder(s.sold, func(o *tickets.Order) { o.Stage, o.Changed = tickets.StagePaid, s.clock.Now().Add(-2*time.Hour) })
	}},
	{"message that a dispatcher dropped", "L8", func(s *auditShop) { s.leased(s.clock.Now().Add(-2 * time.Hour)) }},
	{"message that is being sent for a week", "L8", func(s *auditShop) { s.leased(s.clock.Now().Add(-7 * 24 * time.Hour)) }},
	{"message leased for a century", "L8", func(s *auditShop) { s.leased(farAway) }},
	{"refund for another century", "L5", func(s *auditShop) { s.editRefund(s.sent, func(r *tickets.Refund) { r.Due = farAway }) }},
	{"refund that nobody sends", "L5", func(s *auditShop) {
		s.editRefund(s.dup, func(r *tickets.Refund) {
			r.State, r.Submitted, r.Remote, r.Due = tickets.RefundApproved, time.Time{}, "", s.clock.Now().Add(-2*time.Hour)
		})
	}},
	{"refund that nobody asks about", "L5", func(s *auditShop) {
		s.editRefund(s.sent, func(r *tickets.Refund) { r.Due = s.clock.Now().Add(-25 * time.Hour) })
	}},
	{"refund that is over and due", "L5", func(s *auditShop) { s.editRefund(s.back, func(r *tickets.Refund) { r.Due = opening }) }},
	{"page of a paid order open for hours", "L6", func(s *auditShop) { s.reopen(s.sold) }},
	{"page of an ended order open for hours", "L6", func(s *auditShop) { s.reopen(s.ended) }},
	{"attempt that is asked about in another century", "L6", func(s *auditShop) {
		s.editPayment(s.open, func(p *tickets.Payment) { p.State, p.Due = tickets.PaymentUnknown, farAway })
	}},
	{"payment of which something went back, and nobody asks", "L6", func(s *auditShop) {
		s.editPayment(s.sold, func(p *tickets.Payment) { p.Returns, p.Due = true, time.Time{} })
	}},
	{"attempt that nobody asks about", "L6", func(s *auditShop) {
		s.editPayment(s.open, func(p *tickets.Payment) { p.State, p.Due = tickets.PaymentUnknown, time.Time{} })
	}},
}

// farAway is when nobody looks any more.
var farAway = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)

// hears stores an update that came so long ago and is not handled.
func (s *auditShop) hears(ago time.Duration, tries int) {
	s.write(func(tx tickets.Tx) error {
		return tx.CreateIncoming(tickets.Incoming{Bot: 7, Update: 3, Key: "c1", Body: []byte("{}"), At: s.clock.Now().Add(-ago), Tries: tries})
	})
}

// leased gives the message with the sold order's tickets to a dispatcher until then.
func (s *auditShop) leased(until time.Time) {
	s.misdirect(func(d *tickets.Delivery) { d.State, d.Lease = tickets.DeliverySending, until })
}

// reopen makes a payment of an order live again, hours ago.
func (s *auditShop) reopen(o tickets.Order) {
	s.editPayment(s.now(o), func(p *tickets.Payment) { p.State = tickets.PaymentOpen })
	s.clock.add(5 * time.Hour)
}

// misdirect changes the message that brings the sold order's tickets.
func (s *auditShop) misdirect(change func(*tickets.Delivery)) {
	s.write(func(tx tickets.Tx) error {
		ds, err := tx.Deliveries(s.sold.ID)
		if err != nil {
			return err
		}
		for _, d := range ds {
			if d.Kind != tickets.SayTickets {
				continue
			}
			change(&d)
			if err := tx.PutDelivery(d); err != nil {
				return err
			}
		}
		return nil
	})
}

// seesTwice shows the audit deliveries again under another id.
func (s *auditShop) seesTwice(which func(*tickets.Delivery) bool) {
	s.through = func(r tickets.Reader) tickets.Reader {
		return &mirror{Reader: r, twice: func(thing any) any {
			d, ok := thing.(*tickets.Delivery)
			if !ok || !which(d) {
				return nil
			}
			other := *d
			other.ID = "dlv_00000000000000000000000a"
			return &other
		}}
	}
}

// editNotice changes the till's first notice.
func (s *auditShop) editNotice(edit func(*tickets.Notice)) {
	s.write(func(tx tickets.Tx) error {
		n, err := tx.NoticeByEvent("till", "evt_till_1")
		if err != nil {
			return err
		}
		edit(&n)
		return tx.PutNotice(n)
	})
}
