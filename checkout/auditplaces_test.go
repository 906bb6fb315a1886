package checkout_test

import (
	"time"

	"boxoffice/tickets"
)

var brokenUnits = []corruption{
	{"held below zero", "I1", func(s *auditShop) { s.editStock(func(k *tickets.Stock) { k.Held = -1 }) }},
	{"sold below zero", "I1", func(s *auditShop) { s.editStock(func(k *tickets.Stock) { k.Sold = -3 }) }},
	{"more than capacity", "I1", func(s *auditShop) { s.editStock(func(k *tickets.Stock) { k.Capacity = 4 }) }},
	{"held more than holds", "I2", func(s *auditShop) { s.editStock(func(k *tickets.Stock) { k.Held++ }) }},
	{"hold of another size", "I2", func(s *auditShop) {
		s.editHold(s.held, func(h *tickets.Hold) { h.Draws = []tickets.Draw{{Pool: "day", Places: 7}} })
	}},
	{"hold of a slot without stock", "I2", func(s *auditShop) { s.editHold(s.held, func(h *tickets.Hold) { h.Slot.Date++ }) }},
	{"sold less than orders", "I3", func(s *auditShop) { s.editStock(func(k *tickets.Stock) { k.Sold-- }) }},
	{"order of a slot without stock", "I3", func(s *auditShop) { s.editOrder(s.manual, func(o *tickets.Order) { o.Quote.Slot.Date++ }) }},
	{"ticket's places returned behind the stock", "I3", func(s *auditShop) { s.editTicket(s.lost, func(k *tickets.Ticket) { k.Returned = false }) }},
	{"move that was not", "I4", func(s *auditShop) {
		s.add(s.held, func(f *tickets.Fact) {
			f.Moves = []tickets.Move{{Pool: "day", Slot: s.held.Slot(), From: tickets.UnitsFree, To: tickets.UnitsHeld, Places: 1}}
		})
	}},
	{"account below zero", "I4", func(s *auditShop) {
		s.retold(func(f *tickets.Fact) {
			if f.Order == s.sold.ID && f.Name == tickets.CheckoutCompleted {
				f.Moves[0].Places++
			}
		})
	}},
	{"move to nowhere", "I4", func(s *auditShop) {
		s.retold(func(f *tickets.Fact) {
			if f.Order == s.held.ID && len(f.Moves) > 0 {
				f.Moves[0].To = "void"
			}
		})
	}},
	{"places returned without a move", "I4", func(s *auditShop) {
		s.retold(func(f *tickets.Fact) {
			if f.Order == s.lost.ID && f.Name == tickets.ChargebackLost {
				f.Moves = nil
			}
		})
	}},
	{"first fact without its move", "I4", func(s *auditShop) {
		s.retold(func(f *tickets.Fact) {
			if f.Order == s.held.ID && f.Seq == 1 {
				f.Moves = nil
			}
		})
	}},
	{"hold of nothing", "I5", func(s *auditShop) { s.editHold(s.sold, func(h *tickets.Hold) { h.Draws = nil }) }},
	{"hold that ended and lives", "I5", func(s *auditShop) { s.editHold(s.held, func(h *tickets.Hold) { h.Ended = opening }) }},
	{"hold of no state", "I5", func(s *auditShop) { s.editHold(s.ended, func(h *tickets.Hold) { h.State = "LOST" }) }},
	{"hold of other places than its order", "I5", func(s *auditShop) { s.editHold(s.sold, func(h *tickets.Hold) { h.Draws[0].Places-- }) }},
	{"hold released behind the order", "I6", func(s *auditShop) { s.editHold(s.held, func(h *tickets.Hold) { h.State = tickets.HoldReleased }) }},
	{"hold of an ended order alive", "I6", func(s *auditShop) { s.editHold(s.ended, func(h *tickets.Hold) { h.State = tickets.HoldActive }) }},
	{"review without its hold", "I6", func(s *auditShop) { s.editHold(s.review, func(h *tickets.Hold) { h.State = tickets.HoldExpired }) }},
	{"hold is not the order's own", "I6", func(s *auditShop) {
		s.editOrder(s.held, func(o *tickets.Order) { o.Hold = "lock_000000000000000000000000" })
	}},
	{"paid without a consumed hold", "I6", func(s *auditShop) { s.editHold(s.sold, func(h *tickets.Hold) { h.State = tickets.HoldExpired }) }},
	{"two holds of one generation", "I6", func(s *auditShop) {
		s.editHold(s.sold, func(h *tickets.Hold) { h.ID, h.State = "lock_00000000000000000000000f", tickets.HoldExpired })
	}},
	{"held for a day", "I7", func(s *auditShop) {
		s.editHold(s.held, func(h *tickets.Hold) { h.Expiry = h.Expiry.Add(24 * time.Hour) })
	}},
	{"held past the cap and the review", "I7", func(s *auditShop) {
		s.editHold(s.open, func(h *tickets.Hold) { h.Expiry = h.At.Add(28 * time.Minute) })
	}},
	{"held by a clock a year ahead", "I7", func(s *auditShop) {
		const year = 365 * 24 * time.Hour
		s.editOrder(s.held, func(o *tickets.Order) { o.FirstHeld = o.FirstHeld.Add(year) })
		s.editHold(s.held, func(h *tickets.Hold) { h.At, h.Expiry, h.Due = h.At.Add(year), h.Expiry.Add(year), h.Due.Add(year) })
	}},
	{"held until before it began", "I7", func(s *auditShop) { s.editHold(s.held, func(h *tickets.Hold) { h.Expiry = h.At.Add(-time.Minute) }) }},
	{"over without being over", "I8", func(s *auditShop) { s.editStock(func(k *tickets.Stock) { k.Over = 5 }) }},
	{"over by more than it is", "I8", func(s *auditShop) { s.editStock(func(k *tickets.Stock) { k.Capacity, k.Over = 1, 1000 }) }},
	{"capacity below zero", "I8", func(s *auditShop) {
		s.editStock(func(k *tickets.Stock) { k.Capacity, k.Over = -1, k.Held+k.Sold+1 })
	}},
	{"capacity above the catalog's", "I8", func(s *auditShop) { s.editStock(func(k *tickets.Stock) { k.Capacity *= 10 }) }},
	{"capacity below the catalog's", "I8", func(s *auditShop) { s.editStock(func(k *tickets.Stock) { k.Capacity-- }) }},
	{"capacity of a pool that is gone", "I8", func(s *auditShop) {
		s.write(func(tx tickets.Tx) error {
			return tx.PutStock(tickets.Stock{Key: tickets.StockKey{Merchant: s.sold.Merchant, Pool: "gone", Slot: s.sold.Slot()}, Capacity: 5})
		})
	}},
}

var brokenOrders = []corruption{
	{"order counts more facts", "E2", func(s *auditShop) { s.editOrder(s.held, func(o *tickets.Order) { o.Facts++ }) }},
	{"order counts fewer facts", "E2", func(s *auditShop) { s.editOrder(s.sold, func(o *tickets.Order) { o.Facts-- }) }},
	{"order without facts", "E2", func(s *auditShop) {
		o := s.sold
		o.ID, o.Code, o.Confirm = "order_00000000000000000000000a", "TG-other", "other"
		s.write(func(tx tickets.Tx) error { return tx.CreateOrder(o) })
	}},
	{"stage without a fact", "E3", func(s *auditShop) { s.editOrder(s.held, func(o *tickets.Order) { o.Stage = tickets.StageAwaiting }) }},
	{"fact goes where no row goes", "E3", func(s *auditShop) {
		s.add(s.held, func(f *tickets.Fact) { f.Transition, f.After = tickets.TFulfilled, tickets.StageFulfilled })
	}},
	{"fact of no known row", "E3", func(s *auditShop) { s.add(s.held, func(f *tickets.Fact) { f.Transition = "T99" }) }},
	{"fact moves without a row", "E3", func(s *auditShop) { s.add(s.held, func(f *tickets.Fact) { f.After = tickets.StageAwaiting }) }},
	{"fact begins elsewhere", "E3", func(s *auditShop) { s.add(s.open, func(f *tickets.Fact) { f.Before = tickets.StageHeld }) }},
	{"revision without a fact", "E4", func(s *auditShop) { s.editOrder(s.sold, func(o *tickets.Order) { o.Rev++ }) }},
	{"fact skips a revision", "E4", func(s *auditShop) { s.add(s.sold, func(f *tickets.Fact) { f.Rev += 2 }) }},
	{"revision without a row", "E4", func(s *auditShop) { s.add(s.sold, func(f *tickets.Fact) { f.Rev++ }) }},
	{"fact of nobody", "E5", func(s *auditShop) { s.add(s.sold, func(f *tickets.Fact) { f.Actor = tickets.Actor{} }) }},
	{"fact of no source", "E5", func(s *auditShop) { s.add(s.sold, func(f *tickets.Fact) { f.Source = "" }) }},
	{"fact of a stranger", "E5", func(s *auditShop) { s.add(s.sold, func(f *tickets.Fact) { f.Actor.Kind = "ghost" }) }},
	{"capture by a notice that never came", "E5", func(s *auditShop) {
		s.editCapture(s.sold, func(c *tickets.Capture) { c.Notice = "ntc_000000000000000000000000" })
	}},
	{"fact an hour too early", "E6", func(s *auditShop) { s.add(s.sold, func(f *tickets.Fact) { f.At = f.At.Add(-time.Hour) }) }},
	{"fact without a time", "E6", func(s *auditShop) { s.add(s.open, func(f *tickets.Fact) { f.At = time.Time{} }) }},
	{"first fact last", "E6", func(s *auditShop) {
		s.retold(func(f *tickets.Fact) {
			if f.Order == s.held.ID && f.Seq == 1 {
				f.At = f.At.Add(time.Minute)
			}
		})
	}},
	{"hold of no order", "E7", func(s *auditShop) { s.editHold(s.held, func(h *tickets.Hold) { h.Order = stranger }) }},
	{"capture of no order", "E7", func(s *auditShop) { s.editCapture(s.review, func(c *tickets.Capture) { c.Order = stranger }) }},
	{"refund of no order", "E7", func(s *auditShop) { s.editRefund(s.back, func(r *tickets.Refund) { r.Order = stranger }) }},
	{"capture of a payment that is gone", "E7", func(s *auditShop) { s.forgets(s.sold.Session) }},
	{"capture of another order's payment", "E7", func(s *auditShop) {
		s.editCapture(s.sold, func(c *tickets.Capture) { c.Session = s.open.Session })
	}},
	{"ticket in place of none", "E7", func(s *auditShop) {
		s.editTicket(s.sold, func(k *tickets.Ticket) { k.Replaces = "ticket_000000000000000000000000" })
	}},
	{"dispute of another charge", "E7", func(s *auditShop) { s.editDispute(s.lost, func(d *tickets.Dispute) { d.Charge = "ch_other" }) }},
	{"admission of no ticket", "E7", func(s *auditShop) {
		s.write(func(tx tickets.Tx) error {
			return tx.CreateAdmission(tickets.Admission{Ticket: "ticket_000000000000000000000000", N: 1, Count: 1, At: opening})
		})
	}},
}

var brokenTickets = []corruption{
	{"ticket of an unpaid order", "T1", func(s *auditShop) { s.editTicket(s.sold, func(k *tickets.Ticket) { k.Order = s.held.ID }) }},
	{"ticket of an expired order", "T1", func(s *auditShop) { s.editOrder(s.sold, func(o *tickets.Order) { o.Stage = tickets.StageExpired }) }},
	{"ticket for another day", "T1", func(s *auditShop) { s.editTicket(s.sold, func(k *tickets.Ticket) { k.Slot.Date++ }) }},
	{"ticket of more places than its lines", "T1", func(s *auditShop) { s.editTicket(s.sold, func(k *tickets.Ticket) { k.Places++ }) }},
	{"ticket revoked without a reason", "T2", func(s *auditShop) { s.editTicket(s.sold, func(k *tickets.Ticket) { k.State = tickets.TicketRevoked }) }},
	{"ticket of another order", "T2", func(s *auditShop) { s.editTicket(s.used, func(k *tickets.Ticket) { k.Order = s.manual.ID }) }},
	{"refund forgets which ticket it ended", "T2", func(s *auditShop) { s.editRefund(s.back, func(r *tickets.Refund) { r.Tickets = nil }) }},
	{"generation that is not yet", "T3", func(s *auditShop) { s.editTicket(s.sold, func(k *tickets.Ticket) { k.Gen = 4 }) }},
	{"third ticket of one", "T3", func(s *auditShop) { s.editTicket(s.sold, func(k *tickets.Ticket) { k.Seq = 3 }) }},
	{"number of another ticket", "T3", func(s *auditShop) {
		k, other := s.tickets(s.sold)[0], s.tickets(s.back)[0].Number
		s.through = func(r tickets.Reader) tickets.Reader { return renumbered{r, k.Code, other} }
	}},
	{"admitted without admission", "T4", func(s *auditShop) { s.editTicket(s.sold, func(k *tickets.Ticket) { k.Admitted = 1 }) }},
	{"admitted more than places", "T4", func(s *auditShop) { s.editTicket(s.used, func(k *tickets.Ticket) { k.Admitted = 4 }) }},
	{"admission without its count", "T4", func(s *auditShop) {
		k := s.tickets(s.sold)[0]
		s.write(func(tx tickets.Tx) error {
			return tx.CreateAdmission(tickets.Admission{Ticket: k.Code, Order: s.sold.ID, N: 1, Count: 1, At: s.clock.Now()})
		})
	}},
	{"a use taken back that never was", "T4", func(s *auditShop) {
		k := s.tickets(s.used)[0]
		s.write(func(tx tickets.Tx) error {
			return tx.CreateAdmission(tickets.Admission{Ticket: k.Code, Order: s.used.ID, N: 2, Count: -1, Undoes: 2, At: s.clock.Now()})
		})
	}},
	{"second admission of one", "T4", func(s *auditShop) {
		k := s.tickets(s.used)[0]
		s.write(func(tx tickets.Tx) error {
			return tx.CreateAdmission(tickets.Admission{Ticket: k.Code, Order: s.used.ID, N: 2, Count: 1, At: s.clock.Now()})
		})
	}},
	{"admitted on another day", "T5", func(s *auditShop) { s.readmit(func(a *tickets.Admission) { a.At = a.At.Add(24 * time.Hour) }) }},
	{"admitted before it was issued", "T5", func(s *auditShop) { s.readmit(func(a *tickets.Admission) { a.At = s.used.At.Add(-time.Second) }) }},
	{"admitted for another order", "T5", func(s *auditShop) { s.readmit(func(a *tickets.Admission) { a.Order = s.sold.ID }) }},
	{"somebody went in by the ticket that another replaced", "T5", func(s *auditShop) { s.enter(s.old(s.anew)) }},
	{"two went in by a ticket and the one in its place", "T5", func(s *auditShop) {
		old := s.old(s.anew)
		s.enter(old)
		for _, k := range s.tickets(s.anew) {
			if k.Replaces == old.Code {
				s.enter(k)
			}
		}
	}},
	{"blocked by nothing", "T6", func(s *auditShop) { s.editTicket(s.sold, func(k *tickets.Ticket) { k.State = tickets.TicketBlocked }) }},
	{"used by nobody", "T6", func(s *auditShop) { s.editTicket(s.sold, func(k *tickets.Ticket) { k.State = tickets.TicketUsed }) }},
	{"used up and valid", "T6", func(s *auditShop) { s.editTicket(s.used, func(k *tickets.Ticket) { k.State = tickets.TicketValid }) }},
	{"ticket of returned money valid", "T7", func(s *auditShop) {
		s.editRefunded(s.back, func(k *tickets.Ticket) { k.State = tickets.TicketValid })
	}},
	{"ticket of money under way valid", "T7", func(s *auditShop) {
		s.editRefunded(s.sent, func(k *tickets.Ticket) { k.State, k.Blocks = tickets.TicketValid, nil })
	}},
	{"blocked by a refund that is over", "T7", func(s *auditShop) {
		s.editTicket(s.sold, func(k *tickets.Ticket) {
			k.State, k.Blocks = tickets.TicketBlocked, []string{string(s.refunds(s.back)[0].ID)}
		})
	}},
	{"text of another ticket", "T8", func(s *auditShop) {
		s.editTicket(s.sold, func(k *tickets.Ticket) { k.Text = s.tickets(s.back)[0].Text })
	}},
	{"text with another letter", "T8", func(s *auditShop) {
		s.editTicket(s.sold, func(k *tickets.Ticket) { k.Text = k.Text[:60] + flip(k.Text[60:61]) + k.Text[61:] })
	}},
	{"no text", "T8", func(s *auditShop) { s.editTicket(s.sold, func(k *tickets.Ticket) { k.Text = "" }) }},
	{"signed by another key", "T8", func(s *auditShop) { s.editTicket(s.sold, func(k *tickets.Ticket) { k.Kid = 9 }) }},
	{"used ticket's money back", "T9", func(s *auditShop) {
		k := s.tickets(s.used)[0]
		r := s.refunds(s.back)[0]
		r.ID, r.Order, r.Remote, r.Key, r.Tickets = "ref_00000000000000000000000a", s.used.ID, "re_other", "", []tickets.TicketCode{k.Code}
		s.write(func(tx tickets.Tx) error { return tx.CreateRefund(r) })
	}},
	{"used ticket's money on its way", "T9", func(s *auditShop) {
		s.admitAnyway(s.sent)
	}},
	{"returned ticket used", "T9", func(s *auditShop) { s.admitAnyway(s.back) }},
}

// brokenSales are sales that were never to be, and T39: what a closed date blocks.
var brokenSales = []corruption{
	{"more of a SKU than a customer may have", "I11", func(s *auditShop) {
		s.editOrder(s.kid, func(o *tickets.Order) { o.Buyer.Customer = s.kids.Buyer.Customer })
	}},
	{"more units than the SKU allows", "I11", func(s *auditShop) {
		s.editOrder(s.kids, func(o *tickets.Order) { o.Quote.Lines[0].Units = 3 })
	}},
	{"fewer allowed than were sold", "I11", func(s *auditShop) {
		s.editOrder(s.kids, func(o *tickets.Order) { o.Quote.Lines[0].MaxCustomer = 1 })
	}},
	{"placed when the day was over", "I12", func(s *auditShop) {
		s.editOrder(s.held, func(o *tickets.Order) { o.At = (visit + 1).At("00:00", singapore) })
	}},
	{"placed before sales opened", "I12", func(s *auditShop) {
		s.editOrder(s.sold, func(o *tickets.Order) { o.At = (visit - 181).At("12:00", singapore) })
	}},
	{"placed for a date that is closed", "I12", func(s *auditShop) { s.editOrder(s.manual, func(o *tickets.Order) { o.Quote.Slot.Date = visit + 1 }) }},
	{"blocked by the closing of another's date", "T39", func(s *auditShop) {
		s.editTicket(s.sold, func(k *tickets.Ticket) { k.State, k.Blocks = tickets.TicketBlocked, []string{string(s.closed.Closing)} })
	}},
	{"blocked by a closing that its order does not know", "T39", func(s *auditShop) {
		s.editOrder(s.closed, func(o *tickets.Order) { o.Closing = "" })
	}},
	{"blocked on a date to which its order was moved", "T39", func(s *auditShop) {
		s.editOrder(s.closed, func(o *tickets.Order) { o.Quote.Slot.Date++ })
	}},
}

// old is the ticket of an order in whose place there is another.
func (s *auditShop) old(o tickets.Order) tickets.Ticket {
	s.t.Helper()
	ks := s.tickets(o)
	for _, k := range ks {
		for _, x := range ks {
			if x.Replaces == k.Code {
				return k
			}
		}
	}
	s.t.Fatalf("no ticket of %s was replaced", o.ID)
	return tickets.Ticket{}
}

// enter lets somebody in by a ticket, whatever it is.
func (s *auditShop) enter(k tickets.Ticket) {
	s.write(func(tx tickets.Tx) error {
		k.Admitted = 1
		if k.State == tickets.TicketValid {
			k.State = tickets.TicketUsed
		}
		if err := tx.CreateAdmission(tickets.Admission{Ticket: k.Code, Order: k.Order, N: 1, Count: 1, At: s.clock.Now()}); err != nil {
			return err
		}
		return tx.PutTicket(k)
	})
}

// flip is another letter.
func flip(c string) string {
	if c == "A" {
		return "B"
	}
	return "A"
}

// readmit changes how the audit sees admissions.
func (s *auditShop) readmit(edit func(*tickets.Admission)) {
	s.through = func(r tickets.Reader) tickets.Reader {
		return &mirror{Reader: r, twice: func(thing any) any {
			a, ok := thing.(*tickets.Admission)
			if !ok {
				return nil
			}
			other := *a
			edit(&other)
			return &other
		}}
	}
}

// editRefunded changes the ticket that an order's refund names.
func (s *auditShop) editRefunded(o tickets.Order, edit func(*tickets.Ticket)) {
	code := s.refunds(o)[0].Tickets[0]
	s.write(func(tx tickets.Tx) error {
		k, err := tx.Ticket(code)
		if err != nil {
			return err
		}
		edit(&k)
		return tx.PutTicket(k)
	})
}

// admitAnyway lets somebody in by a ticket whose money goes back.
func (s *auditShop) admitAnyway(o tickets.Order) {
	s.editRefunded(o, func(k *tickets.Ticket) { k.Admitted = k.Places })
}

// renumbered is a store in which a ticket has the number of another.
type renumbered struct {
	tickets.Reader
	code   tickets.TicketCode
	number uint64
}

func (r renumbered) Tickets(id tickets.OrderID) ([]tickets.Ticket, error) {
	ks, err := r.Reader.Tickets(id)
	for i := range ks {
		if ks[i].Code == r.code {
			ks[i].Number = r.number
		}
	}
	return ks, err
}
