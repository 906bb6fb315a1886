package bot_test

import (
	"testing"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// closes closes the date of an order, and asks its customer what becomes of it.
func (s *story) closes(o tickets.Order, deed tickets.ClosingDeed) {
	s.t.Helper()
	var on int64
	err := s.store.View(s.ctx, func(r tickets.Reader) error {
		c, err := r.Catalog()
		on = c.Revision
		return err
	})
	if err == nil {
		_, err = s.desk.CloseDates(s.ctx, checkout.ClosingDates{
			Products: []tickets.ProductID{o.Quote.Product}, Days: []tickets.Date{o.Slot().Date}, Deed: deed, Reason: "a <storm> warning", On: on,
			By: checkout.StaffOf(s.member(s.max), "console"),
		})
	}
	if err == nil {
		_, err = s.desk.Close(s.ctx)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.sent()
}

func TestCustomerOfAClosedDayChoosesAnother(t *testing.T) {
	t.Parallel()
	tell(t, "closed_moved", shopOptions{anyOrder: true}, func(s *story) {
		o := s.bought("sentosa_family")
		s.closes(o, tickets.ClosingSwap)
		s.c.act('E')
		s.c.act('V')
		s.press('v')
		s.eventually("moved", func() bool { return s.order(s.mei).Slot() != o.Slot() })
		s.sent()
		if o = s.order(s.mei); o.Stage != tickets.StageFulfilled || o.Asked() {
			s.t.Errorf("order is %s", o.Stage)
		}
	})
}

func TestCustomerOfAClosedDayTakesTheMoney(t *testing.T) {
	t.Parallel()
	tell(t, "closed_refund", shopOptions{anyOrder: true}, func(s *story) {
		o := s.bought("sentosa_family")
		s.closes(o, tickets.ClosingSwap)
		s.c.act('H')
		s.press('h')
		s.eventually("asked", func() bool { return s.order(s.mei).Refunding > 0 })
		s.c.wait("⏸") // the pressed message is drawn before the money goes
		s.sent()
		s.repay()
		if o = s.order(s.mei); o.Stage != tickets.StageRefunded {
			s.t.Errorf("order is %s", o.Stage)
		}
	})
}

func TestCustomerOfAClosedDayIsToldOfTheMoney(t *testing.T) {
	t.Parallel()
	tell(t, "closed_all", shopOptions{anyOrder: true}, func(s *story) {
		o := s.bought("sentosa_family")
		s.closes(o, tickets.ClosingRefund)
		s.repay()
		if o = s.order(s.mei); o.Stage != tickets.StageRefunded {
			s.t.Errorf("order is %s", o.Stage)
		}
	})
}
