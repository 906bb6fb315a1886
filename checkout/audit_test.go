package checkout_test

import (
	"strings"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// TestAuditNamesEachCorruption damages a healthy shop in one way each time and expects the rule to be named.
func TestAuditNamesEachCorruption(t *testing.T) {
	t.Parallel()
	type shop struct {
		*world
		sold, manual, held, open, ended, review tickets.Order
	}
	newShop := func(t *testing.T) shop {
		t.Helper()
		w := newWorld(t, 30)
		s := shop{world: w}
		var p tickets.Payment
		s.ended, _ = w.late(9, "adult", 1)
		s.sold, p = w.ordered(1, "sentosa_family_pack", 1)
		w.money(p, 11900, "SGD")
		s.manual, p = w.ordered(2, "villa_night", 1)
		w.money(p, 40000, "SGD")
		s.review, p = w.ordered(3, "adult", 1)
		w.money(p, 3000, "SGD")
		s.held = w.order(4, "adult", 2)
		s.open, _ = w.ordered(5, "adult", 1)
		for _, o := range []*tickets.Order{&s.ended, &s.sold, &s.manual, &s.review, &s.held, &s.open} {
			*o = w.now(*o)
		}
		w.clean()
		return s
	}
	stock := func(change func(*tickets.Stock)) func(shop) {
		return func(s shop) {
			k := s.stock("day")
			change(&k)
			s.write(func(tx tickets.Tx) error { return tx.PutStock(k) })
		}
	}
	hold := func(of func(shop) tickets.Order, change func(*tickets.Hold)) func(shop) {
		return func(s shop) {
			h := s.hold(of(s).Hold)
			change(&h)
			s.write(func(tx tickets.Tx) error { return tx.PutHold(h) })
		}
	}
	order := func(of func(shop) tickets.Order, change func(*tickets.Order)) func(shop) {
		return func(s shop) {
			o := of(s)
			change(&o)
			s.write(func(tx tickets.Tx) error { return tx.PutOrder(o) })
		}
	}
	capture := func(of func(shop) tickets.Order, change func(*tickets.Capture)) func(shop) {
		return func(s shop) {
			c := s.captures(of(s))[0]
			change(&c)
			s.write(func(tx tickets.Tx) error { return tx.PutCapture(c) })
		}
	}
	ticket := func(change func(*tickets.Ticket)) func(shop) {
		return func(s shop) {
			k := s.tickets(s.sold)[0]
			change(&k)
			s.write(func(tx tickets.Tx) error { return tx.PutTicket(k) })
		}
	}
	fact := func(of func(shop) tickets.Order, change func(*tickets.Fact)) func(shop) {
		return func(s shop) {
			o := of(s)
			f := o.Record(tickets.EventIgnored, opening, gate, "test", "", o.Stage, nil)
			change(&f)
			s.write(func(tx tickets.Tx) error {
				if err := tx.PutOrder(o); err != nil {
					return err
				}
				return tx.Append(f)
			})
		}
	}
	sold := func(s shop) tickets.Order { return s.sold }
	manual := func(s shop) tickets.Order { return s.manual }
	held := func(s shop) tickets.Order { return s.held }
	open := func(s shop) tickets.Order { return s.open }
	ended := func(s shop) tickets.Order { return s.ended }
	review := func(s shop) tickets.Order { return s.review }
	const stranger = "order_000000000000000000000000"

	for _, c := range []struct {
		name, rule string
		damage     func(shop)
	}{
		{"held below zero", "I1", stock(func(k *tickets.Stock) { k.Held = -1 })},
		{"sold below zero", "I1", stock(func(k *tickets.Stock) { k.Sold = -3 })},
		{"more than capacity", "I1", stock(func(k *tickets.Stock) { k.Capacity = 4 })},
		{"held more than holds", "I2", stock(func(k *tickets.Stock) { k.Held++ })},
		{"sold less than orders", "I2", stock(func(k *tickets.Stock) { k.Sold-- })},
		{"hold of another size", "I2", hold(held, func(h *tickets.Hold) { h.Draws = []tickets.Draw{{Pool: "day", Places: 7}} })},
		{"hold of a slot without stock", "I2", hold(held, func(h *tickets.Hold) { h.Slot.Date++ })},
		{"order of a slot without stock", "I2", order(sold, func(o *tickets.Order) { o.Quote.Slot.Date++ })},
		{"hold released behind the order", "I3", hold(held, func(h *tickets.Hold) { h.State = tickets.HoldReleased })},
		{"hold of an ended order alive", "I3", hold(ended, func(h *tickets.Hold) { h.State = tickets.HoldActive })},
		{"review without its hold", "I3", hold(review, func(h *tickets.Hold) { h.State = tickets.HoldExpired })},
		{"hold is not the order's own", "I3", order(held, func(o *tickets.Order) { o.Hold = "lock_000000000000000000000000" })},
		{"paid without a consumed hold", "I3", hold(sold, func(h *tickets.Hold) { h.State = tickets.HoldExpired })},
		{"hold long overdue", "I3", hold(open, func(h *tickets.Hold) { h.Due = opening.Add(-2 * time.Hour) })},
		{"no disposition", "M1", capture(sold, func(c *tickets.Capture) { c.Disposition = "" })},
		{"applied more than came", "M1", capture(sold, func(c *tickets.Capture) { c.Applied++ })},
		{"owed and applied", "M1", capture(manual, func(c *tickets.Capture) { c.Owed = 1 })},
		{"money nowhere", "M1", capture(sold, func(c *tickets.Capture) { c.Disposition, c.Applied = tickets.LateUnapplied, 0 })},
		{"duplicate of nothing", "M1", capture(review, func(c *tickets.Capture) { c.Disposition, c.Owed = tickets.Duplicate, 3000 })},
		{"unmatched of an order", "M1", capture(review, func(c *tickets.Capture) { c.Disposition, c.Owed = tickets.Unmatched, 3000 })},
		{"kept, and nobody waits", "M1", order(review, func(o *tickets.Order) { o.ReviewUntil = time.Time{} })},
		{"applied to an unpaid order", "M1", capture(review, func(c *tickets.Capture) { c.Disposition, c.Applied = tickets.Applied, 3000 })},
		{"order says less than its captures", "M2", order(sold, func(o *tickets.Order) { o.Applied-- })},
		{"order owes nothing of what its captures owe", "M2", order(review, func(o *tickets.Order) { o.Kept = 0 })},
		{"paid with less than the total", "M2", order(sold, func(o *tickets.Order) { o.Quote.Total.Amount++ })},
		{"paid without money", "M2", capture(sold, func(c *tickets.Capture) { c.Order = stranger })},
		{"ticket of an unpaid order", "T1", func(s shop) {
			k := s.tickets(s.sold)[0]
			k.Order = s.held.ID
			s.write(func(tx tickets.Tx) error { return tx.PutTicket(k) })
		}},
		{"ticket of an expired order", "T1", order(sold, func(o *tickets.Order) { o.Stage = tickets.StageExpired })},
		{"ticket for more places", "T2", ticket(func(k *tickets.Ticket) { k.Places++ })},
		{"ticket revoked without a reason", "T2", ticket(func(k *tickets.Ticket) { k.State = tickets.TicketRevoked })},
		{"admitted without admission", "T3", ticket(func(k *tickets.Ticket) { k.Admitted = 1 })},
		{"admitted more than places", "T3", ticket(func(k *tickets.Ticket) { k.Admitted = 4 })},
		{"admission without its count", "T3", func(s shop) {
			k := s.tickets(s.sold)[0]
			s.write(func(tx tickets.Tx) error {
				return tx.CreateAdmission(tickets.Admission{Ticket: k.Code, N: 1, Count: 1, At: opening})
			})
		}},
		{"admission of no ticket", "T3", func(s shop) {
			s.write(func(tx tickets.Tx) error {
				return tx.CreateAdmission(tickets.Admission{Ticket: "ticket_000000000000000000000000", N: 1, Count: 1, At: opening})
			})
		}},
		{"page of a paid order open for hours", "P1", func(s shop) { reopen(s.world, s.sold) }},
		{"page of an ended order open for hours", "P1", func(s shop) { reopen(s.world, s.ended) }},
		{"order counts more facts", "E1", order(held, func(o *tickets.Order) { o.Facts++ })},
		{"order counts fewer facts", "E1", order(sold, func(o *tickets.Order) { o.Facts-- })},
		{"stage without a fact", "E1", order(held, func(o *tickets.Order) { o.Stage = tickets.StageAwaiting })},
		{"fact goes where no row goes", "E1", fact(held, func(f *tickets.Fact) { f.Transition, f.After = tickets.TFulfilled, tickets.StageFulfilled })},
		{"fact of no known row", "E1", fact(held, func(f *tickets.Fact) { f.Transition = "T99" })},
		{"fact moves without a row", "E1", fact(held, func(f *tickets.Fact) { f.After = tickets.StageAwaiting })},
		{"fact begins elsewhere", "E1", fact(open, func(f *tickets.Fact) { f.Before = tickets.StageHeld })},
		{"hold of no order", "E2", hold(held, func(h *tickets.Hold) { h.Order = stranger })},
		{"capture of no order", "E2", capture(review, func(c *tickets.Capture) { c.Order = stranger })},
		{"tickets never sent", "J1", func(s shop) { misdirect(s.world, s.sold, func(d *tickets.Delivery) { d.Kind = tickets.SayLive }) }},
		{"tickets sent for another order", "J1", func(s shop) { misdirect(s.world, s.sold, func(d *tickets.Delivery) { d.Order = stranger }) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			c.damage(s)
			found := s.faults()
			for _, f := range found {
				if strings.HasPrefix(f, c.rule+" ") {
					return
				}
			}
			t.Errorf("%s is not named; found %q", c.rule, found)
		})
	}
}

// reopen makes a payment of an order live again, hours ago.
func reopen(w *world, o tickets.Order) {
	o = w.now(o)
	p := w.payment(o.Session)
	p.State = tickets.PaymentOpen
	w.write(func(tx tickets.Tx) error { return tx.PutPayment(p) })
	w.clock.add(5 * time.Hour)
}

// misdirect changes the message that brings an order's tickets.
func misdirect(w *world, o tickets.Order, change func(*tickets.Delivery)) {
	w.write(func(tx tickets.Tx) error {
		ds, err := tx.Deliveries(o.ID)
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

func TestAuditOfAnEmptyShopIsQuiet(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	w.clean()
	w.view(func(r tickets.Reader) error {
		return checkout.Audit(r, opening, checkout.Timings{}, func(line string) { t.Error(line) })
	})
}
