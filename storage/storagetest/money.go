package storagetest

import (
	"errors"
	"slices"
	"testing"

	"boxoffice/tickets"
)

var money = []clause{
	{"PaymentsOfOrderOldestFirst", paymentsOfOrder},
	{"DuePaymentsAreListedByDue", paymentsDue},
	{"PaymentsAreFoundByNewNames", paymentNames},
	{"CapturesOfOrderOldestFirst", capturesOfOrder},
	{"CapturesBetweenByPage", capturesBetween},
}

func paymentIDs(list []tickets.Payment) []tickets.SessionID {
	var out []tickets.SessionID
	for _, p := range list {
		out = append(out, p.ID)
	}
	return out
}

func paymentsOfOrder(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		for i := 4; i >= 0; i-- {
			p := payment(i)
			if i != 3 {
				p.Order, p.N, p.Gen = orderID(0), i+1, 1+i/3
			}
			if err := tx.CreatePayment(p); err != nil {
				return err
			}
		}
		return nil
	})
	s.view(func(r tickets.Reader) error {
		list, err := r.Payments(orderID(0))
		want := []tickets.SessionID{payment(0).ID, payment(1).ID, payment(2).ID, payment(4).ID}
		if got := paymentIDs(list); !slices.Equal(got, want) {
			t.Errorf("payments %v, want %v", got, want)
		}
		return err
	})
}

func paymentsDue(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		for i, due := range []int{50, 10, 30, 0} {
			p := payment(i)
			p.Due = at(due)
			if i == 3 {
				p.Due = p.PaidAt // zero
			}
			if err := tx.CreatePayment(p); err != nil {
				return err
			}
		}
		return nil
	})
	s.view(func(r tickets.Reader) error {
		list, err := r.PaymentsDue(at(30), 10)
		if got, want := paymentIDs(list), []tickets.SessionID{payment(1).ID, payment(2).ID}; !slices.Equal(got, want) {
			t.Errorf("due %v, want %v", got, want)
		}
		few, err2 := r.PaymentsDue(at(99), 1)
		if len(few) != 1 {
			t.Errorf("limited to %v", paymentIDs(few))
		}
		return all(err, err2)
	})
}

func paymentNames(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		p := payment(1)
		p.Remote, p.Charge = "", ""
		return tx.CreatePayment(p)
	})
	s.absent("payment without names", func(r tickets.Reader) error { _, err := r.PaymentByRemote("stripe", ""); return err })
	s.update(func(tx tickets.Tx) error { return tx.PutPayment(payment(1)) })
	s.update(func(tx tickets.Tx) error {
		p := payment(1)
		p.Remote, p.Due = "cs_other", p.PaidAt
		return tx.PutPayment(p)
	})
	s.absent("payment by its old name", func(r tickets.Reader) error { _, err := r.PaymentByRemote("stripe", "cs_test_1"); return err })
	s.absent("payment at another gateway", func(r tickets.Reader) error { _, err := r.PaymentByRemote("sandbox", "cs_other"); return err })
	s.view(func(r tickets.Reader) error {
		_, err := r.PaymentByRemote("stripe", "cs_other")
		_, err2 := r.PaymentByCharge("stripe", "pi_1")
		due, err3 := r.PaymentsDue(at(9999), 10)
		if len(due) != 0 {
			t.Errorf("due without a due time: %v", paymentIDs(due))
		}
		return all(err, err2, err3)
	})
	s.sound()
}

func captureIDs(list []tickets.Capture) []tickets.CaptureID {
	var out []tickets.CaptureID
	for _, c := range list {
		out = append(out, c.ID)
	}
	return out
}

func capturesOfOrder(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		for i := 3; i >= 0; i-- {
			c := capture(i)
			c.Order = orderID(i / 3)
			if err := tx.CreateCapture(c); err != nil {
				return err
			}
		}
		c := capture(9)
		c.Order, c.Disposition = "", tickets.Unmatched
		return tx.CreateCapture(c)
	})
	s.view(func(r tickets.Reader) error {
		list, err := r.Captures(orderID(0))
		want := []tickets.CaptureID{capture(0).ID, capture(1).ID, capture(2).ID}
		if got := captureIDs(list); !slices.Equal(got, want) {
			t.Errorf("captures %v, want %v", got, want)
		}
		none, err2 := r.Captures("")
		if len(none) != 0 {
			t.Errorf("captures of no order: %v", captureIDs(none))
		}
		return all(err, err2)
	})
	s.update(func(tx tickets.Tx) error {
		c := capture(9)
		c.Order, c.Disposition = orderID(0), tickets.LateApplied
		return tx.PutCapture(c)
	})
	s.view(func(r tickets.Reader) error {
		list, err := r.Captures(orderID(0))
		if len(list) != 4 {
			t.Errorf("after matching: %v", captureIDs(list))
		}
		return err
	})
	s.sound()
}

func capturesBetween(t *testing.T, s *shop) {
	const n = 30
	s.update(func(tx tickets.Tx) error {
		for i := range n {
			c := capture(i)
			c.At = at(n - i)
			if err := tx.CreateCapture(c); err != nil {
				return err
			}
		}
		return nil
	})
	s.view(func(r tickets.Reader) error {
		var got []tickets.CaptureID
		p := tickets.Page{Limit: 4}
		for {
			list, mark, err := r.CapturesBetween(at(5), at(25), p)
			if err != nil {
				return err
			}
			got = append(got, captureIDs(list)...)
			if mark == "" {
				break
			}
			p.Mark = mark
		}
		var want []tickets.CaptureID
		for second := 5; second < 25; second++ {
			want = append(want, capture(n-second).ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("captures %v, want %v", got, want)
		}
		_, _, err := r.CapturesBetween(at(5), at(26), p)
		if !errors.Is(err, tickets.Invalid) {
			t.Errorf("mark of another span: %v", err)
		}
		return nil
	})
}
