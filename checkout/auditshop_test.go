package checkout_test

import (
	"context"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/notify"
	"boxoffice/tickets"
)

// auditShop is a healthy shop with an order of every sort, made by the desk, to be damaged.
type auditShop struct {
	*world
	sold, manual, held, open, ended, review           tickets.Order // by what they wait for
	back, asked, sent, failed, byHand, disputed, lost tickets.Order // by what became of their money
	dup, late, used, cash                             tickets.Order
	closed, two, anew, kids, kid                      tickets.Order                       // date closed; two agreed; ticket made anew; limited SKUs
	stranger                                          string                              // charge of no order
	through                                           func(tickets.Reader) tickets.Reader // how the audit sees the store
}

func newAuditShop(t *testing.T) *auditShop {
	t.Helper()
	w := newWorld(t, 60)
	s := &auditShop{world: w}
	s.rules()
	var p tickets.Payment
	s.used, _ = w.bought(20, 2)
	w.clock.set(visit.At("10:00", singapore))
	if _, _, err := w.desk.Admit(w.ctx, checkout.Admitting{Scan: w.tickets(s.used)[0].Text, By: manager.Actor, Gate: "north", Key: "scan-1"}); err != nil {
		t.Fatal(err)
	}
	s.ended, _ = w.late(9, "adult", 1)
	s.failed, _ = w.bought(10, 2)
	w.till.fault = func(op string) fault {
		if op == "refund" {
			return refusal
		}
		return fine
	}
	s.give(s.failed, 2500)
	w.till.fault = nil
	s.back, _ = w.bought(11, 3)
	s.wish(checkout.RefundWish{Order: s.back.ID, By: owner, Reason: "rain", Tickets: []tickets.TicketCode{w.tickets(s.back)[1].Code}})
	w.repay()
	w.till.slow = true
	s.sent, _ = w.bought(12, 2)
	s.wish(checkout.RefundWish{Order: s.sent.ID, By: owner, Reason: "ill", Tickets: []tickets.TicketCode{w.tickets(s.sent)[0].Code}})
	w.repay()
	w.till.slow = false
	s.two, _ = w.bought(21, 3)
	s.wish(checkout.RefundWish{Order: s.two.ID, By: support, Reason: "ill"})
	for _, by := range []checkout.Staff{owner, manager} {
		if _, err := w.desk.ApproveRefund(w.ctx, w.refunds(s.two)[0].ID, by, "ill"); err != nil {
			t.Fatal(err)
		}
		w.clock.add(time.Millisecond)
	}
	w.repay()
	s.anew, _ = w.bought(22, 2)
	if _, err := w.desk.ReissueTicket(w.ctx, checkout.Reissuing{Ticket: w.tickets(s.anew)[0].Code, By: owner, Reason: "lost"}); err != nil {
		t.Fatal(err)
	}
	s.asked, _ = w.bought(13, 2)
	s.wish(checkout.RefundWish{Order: s.asked.ID, By: support, Reason: "rain", Tickets: []tickets.TicketCode{w.tickets(s.asked)[0].Code}})
	var charge checkout.Report
	s.disputed, charge = w.bought(14, 2)
	w.tell(bank(charge.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 10000))
	s.lost, charge = w.bought(15, 2)
	w.tell(bank(charge.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 10000))
	w.tell(bank(charge.Charge, tickets.DisputeLost, "", 10000))
	s.dup, p = w.ordered(16, "adult", 1)
	w.money(p, 5000, "SGD")
	w.money(p, 5000, "SGD")
	w.repay()
	s.late, p = w.ordered(17, "adult", 1)
	w.money(p, 4000, "USD")
	s.cash = w.order(18, "adult", 1)
	if _, _, err := w.desk.MarkPaid(w.ctx, checkout.MarkingPaid{Order: s.cash.ID, By: owner, Reference: "till 7", Reason: "cash"}); err != nil {
		t.Fatal(err)
	}
	s.byHand = s.cash
	s.give(s.cash, 1000)
	s.stranger = "ch_stranger"
	w.tell(checkout.Report{Kind: checkout.ReportPaid, Charge: s.stranger, Amount: tickets.Money{Amount: 700, Currency: "SGD"}})
	s.post()
	s.sold, p = w.ordered(1, "sentosa_family_pack", 1)
	w.money(p, 11900, "SGD")
	s.manual, p = w.ordered(2, "villa_night", 1)
	w.money(p, 40000, "SGD")
	s.review, p = w.ordered(3, "adult", 1)
	w.money(p, 3000, "SGD")
	s.held = w.order(4, "adult", 2)
	s.open, _ = w.ordered(5, "adult", 1)
	s.kids, s.kid = w.order(23, "child", 2), w.order(24, "child", 1)
	for _, o := range []*tickets.Order{
		&s.ended, &s.sold, &s.manual, &s.review, &s.held, &s.open, &s.back, &s.asked, &s.sent, &s.failed, &s.byHand, &s.disputed,
		&s.lost, &s.dup, &s.late, &s.used, &s.cash, &s.closed, &s.two, &s.anew,
	} {
		*o = w.now(*o)
	}
	for _, f := range s.lines() {
		t.Fatalf("audit: %s", f)
	}
	return s
}

// rules has large refunds agreed on by two, and closes the day after the visit, for which somebody has tickets.
func (s *auditShop) rules() {
	s.t.Helper()
	cat := wares(60)
	cat.Merchant.ApproveAbove = 12000
	if _, _, err := s.desk.Apply(s.ctx, cat); err != nil {
		s.t.Fatalf("catalog: %v", err)
	}
	var err error
	s.closed, err = s.desk.Place(s.ctx, s.placing(19, "sentosa", tickets.Slot{Date: visit + 1}, tickets.Choice{SKU: "adult", Units: 1}))
	if err != nil {
		s.t.Fatalf("place: %v", err)
	}
	s.money(s.page(s.closed), 5000, "SGD")
	_, err = s.desk.CloseDates(s.ctx, checkout.ClosingDates{
		Days: []tickets.Date{visit + 1}, Deed: tickets.ClosingSwap, By: manager, Reason: "a storm", On: s.revision(),
	})
	if err == nil {
		_, err = s.desk.Close(s.ctx)
	}
	if err != nil {
		s.t.Fatalf("close: %v", err)
	}
}

// post sends every message that is due to chats that take all of them.
func (s *auditShop) post() {
	s.t.Helper()
	d, err := notify.New(notify.Config{Store: s.store, Sender: chats{}, Now: s.clock.Now})
	if err == nil {
		_, err = d.Pass(s.ctx)
	}
	if err != nil {
		s.t.Fatalf("post: %v", err)
	}
}

type chats struct{}

func (chats) Send(context.Context, tickets.Delivery) (tickets.Receipt, error) {
	return tickets.Receipt{Message: 1}, nil
}

func (s *auditShop) wish(in checkout.RefundWish) {
	s.t.Helper()
	if _, err := s.desk.AskRefund(s.ctx, in); err != nil {
		s.t.Fatalf("ask: %v", err)
	}
	s.clock.add(time.Millisecond)
}

// give is goodwill of the owner's, sent at once.
func (s *auditShop) give(o tickets.Order, amount int64) {
	s.t.Helper()
	s.wish(checkout.RefundWish{Order: o.ID, By: owner, Reason: "goodwill", Amount: amount})
	s.repay()
}

// edits of rows behind the desk's back.

func (s *auditShop) editOrder(o tickets.Order, edit func(*tickets.Order)) {
	edit(&o)
	s.write(func(tx tickets.Tx) error { return tx.PutOrder(o) })
}

func (s *auditShop) editHold(o tickets.Order, edit func(*tickets.Hold)) {
	h := s.hold(o.Hold)
	edit(&h)
	s.write(func(tx tickets.Tx) error { return tx.PutHold(h) })
}

func (s *auditShop) editStock(edit func(*tickets.Stock)) {
	k := s.stock("day")
	edit(&k)
	s.write(func(tx tickets.Tx) error { return tx.PutStock(k) })
}

func (s *auditShop) editCapture(o tickets.Order, edit func(*tickets.Capture)) {
	cs := s.captures(o)
	c := cs[len(cs)-1]
	edit(&c)
	s.write(func(tx tickets.Tx) error { return tx.PutCapture(c) })
}

func (s *auditShop) editStranger(edit func(*tickets.Capture)) {
	s.write(func(tx tickets.Tx) error {
		c, err := tx.Capture("till", s.stranger)
		if err != nil {
			return err
		}
		edit(&c)
		return tx.PutCapture(c)
	})
}

func (s *auditShop) editRefund(o tickets.Order, edit func(*tickets.Refund)) {
	r := s.refunds(o)[0]
	edit(&r)
	s.write(func(tx tickets.Tx) error { return tx.PutRefund(r) })
}

func (s *auditShop) editDispute(o tickets.Order, edit func(*tickets.Dispute)) {
	s.write(func(tx tickets.Tx) error {
		ds, err := tx.Disputes(o.ID)
		if err != nil {
			return err
		}
		edit(&ds[0])
		return tx.PutDispute(ds[0])
	})
}

func (s *auditShop) editTicket(o tickets.Order, edit func(*tickets.Ticket)) {
	k := s.tickets(o)[0]
	edit(&k)
	s.write(func(tx tickets.Tx) error { return tx.PutTicket(k) })
}

func (s *auditShop) editPayment(o tickets.Order, edit func(*tickets.Payment)) {
	p := s.payment(o.Session)
	edit(&p)
	s.write(func(tx tickets.Tx) error { return tx.PutPayment(p) })
}

// editCase changes the open case of a kind.
func (s *auditShop) editCase(kind tickets.CaseKind, edit func(*tickets.Case)) {
	for _, c := range s.cases() {
		if c.Kind == kind {
			edit(&c)
			s.write(func(tx tickets.Tx) error { return tx.PutCase(c) })
		}
	}
}

// closed is a case closed by hand.
func closedByHand(c *tickets.Case) {
	c.Closed, c.Outcome, c.By = opening, "kept", owner.Actor
}

// add appends a fact to an order.
func (s *auditShop) add(o tickets.Order, edit func(*tickets.Fact)) {
	f := o.Record(tickets.EventIgnored, s.clock.Now(), tickets.Actor{Kind: tickets.ActorGateway, ID: "till"}, "test", "", o.Stage, nil)
	edit(&f)
	s.write(func(tx tickets.Tx) error {
		if err := tx.PutOrder(o); err != nil {
			return err
		}
		return tx.Append(f)
	})
}

// retold shows the audit every fact through edit.
func (s *auditShop) retold(edit func(*tickets.Fact)) {
	s.through = func(r tickets.Reader) tickets.Reader { return &mirror{Reader: r, fact: edit} }
}

// mirror is a store whose walk shows some things changed or twice, as a damaged file or index would.
type mirror struct {
	tickets.Reader
	fact  func(*tickets.Fact)
	twice func(thing any) any // what is seen after a thing; nil for nothing
}

func (m *mirror) Walk(fn func(any) error) error {
	return m.Reader.Walk(func(thing any) error {
		if f, ok := thing.(*tickets.Fact); ok && m.fact != nil {
			m.fact(f)
		}
		if err := fn(thing); err != nil || m.twice == nil {
			return err
		}
		if more := m.twice(thing); more != nil {
			return fn(more)
		}
		return nil
	})
}

// lines is what the audit says of the shop.
func (s *auditShop) lines() (out []string) {
	s.t.Helper()
	s.view(func(r tickets.Reader) error {
		if s.through != nil {
			r = s.through(r)
		}
		out = nil
		return checkout.Audit(r, s.clock.Now(), s.desk.Timings, func(line string) { out = append(out, line) })
	})
	return out
}
