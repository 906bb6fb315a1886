package storagetest

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"boxoffice/tickets"
)

var disputes = []clause{
	{"DisputesOfOrderOldestFirst", disputesOfOrder},
	{"AllDisputesNewestFirstByPage", allDisputes},
	{"OpenCasesOldestFirstByPage", openCases},
	{"ClosedCaseMakesRoomForAnother", caseAgain},
	{"CaseIsOpenedAgain", caseReopened},
}

func disputesOfOrder(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		for i := 4; i >= 0; i-- {
			d := dispute(i)
			switch {
			case i == 4:
				d.Order = ""
			case i != 2:
				d.Order = orderID(0)
			}
			if err := tx.CreateDispute(d); err != nil {
				return err
			}
		}
		return nil
	})
	of := func(r tickets.Reader, o tickets.OrderID, want ...int) error {
		list, err := r.Disputes(o)
		var got []tickets.DisputeID
		for _, d := range list {
			got = append(got, d.ID)
		}
		var ids []tickets.DisputeID
		for _, n := range want {
			ids = append(ids, dispute(n).ID)
		}
		if !slices.Equal(got, ids) {
			t.Errorf("disputes of %q are %v, want %v", o, got, ids)
		}
		return err
	}
	s.view(func(r tickets.Reader) error { return all(of(r, orderID(0), 0, 1, 3), of(r, "", 4), of(r, orderID(1))) })
	s.update(func(tx tickets.Tx) error { // its order is found out
		return tx.PutDispute(edited(dispute(4), func(d *tickets.Dispute) { d.Remote = "dp_other" }))
	})
	s.view(func(r tickets.Reader) error { return all(of(r, ""), of(r, orderID(4), 4)) })
	s.absent("dispute by its old name", func(r tickets.Reader) error { _, err := r.DisputeByRemote("stripe", "dp_4"); return err })
	s.refused(tickets.Exists, func(tx tickets.Tx) error {
		return tx.PutDispute(edited(dispute(4), func(d *tickets.Dispute) { d.Remote = "dp_1" }))
	})
	s.sound()
}

func allDisputes(t *testing.T, s *shop) {
	const n = 60
	s.update(func(tx tickets.Tx) error {
		for i := range n {
			if err := tx.CreateDispute(dispute((i*7 + 3) % n)); err != nil {
				return err
			}
		}
		return nil
	})
	var want []tickets.DisputeID
	for i := range n {
		want = append(want, dispute(n-1-i).ID)
	}
	pages(t, s, tickets.Reader.AllDisputes, func(d tickets.Dispute) tickets.DisputeID { return d.ID }, want)
}

func openCases(t *testing.T, s *shop) {
	const n = 60
	s.update(func(tx tickets.Tx) error {
		for i := range n {
			c := openedCase(i)
			if c.At = at(n - i); i%6 == 0 {
				c.Closed = at(99)
			}
			if err := tx.CreateCase(c); err != nil {
				return err
			}
		}
		return nil
	})
	var want []tickets.CaseID
	for i := n - 1; i >= 0; i-- { // the oldest first: At counts down
		if i%6 != 0 {
			want = append(want, openedCase(i).ID)
		}
	}
	pages(t, s, tickets.Reader.OpenCases, func(c tickets.Case) tickets.CaseID { return c.ID }, want)
	s.view(func(r tickets.Reader) error {
		c, err := r.Counts()
		if c.CasesOpen != int64(len(want)) {
			t.Errorf("%d open, want %d", c.CasesOpen, len(want))
		}
		_, mark, err2 := r.OpenCases(tickets.Page{Limit: 1})
		if _, _, err := r.AllRefunds(tickets.Page{Mark: mark}); !errors.Is(err, tickets.Invalid) {
			t.Errorf("mark of cases for refunds: %v", err)
		}
		return all(err, err2)
	})
	s.sound()
}

func caseAgain(t *testing.T, s *shop) {
	again := edited(openedCase(2), func(c *tickets.Case) { c.Subject = openedCase(1).Subject })
	s.update(func(tx tickets.Tx) error { return tx.CreateCase(openedCase(1)) })
	s.refused(tickets.Exists, func(tx tickets.Tx) error { return tx.CreateCase(again) })
	other := edited(openedCase(3), func(c *tickets.Case) { c.Kind, c.Subject = tickets.CaseRefundFailed, openedCase(1).Subject })
	s.update(func(tx tickets.Tx) error { return tx.CreateCase(other) })
	s.update(func(tx tickets.Tx) error {
		return all(tx.PutCase(edited(closedCase(1), func(c *tickets.Case) { c.Note = "no" })), tx.CreateCase(again))
	})
	s.view(func(r tickets.Reader) error {
		c, err := r.OpenCase(tickets.CaseRefund, openedCase(1).Subject)
		old, err2 := r.Case(openedCase(1).ID)
		if c.ID != again.ID || old.Open() {
			t.Errorf("open is %s; the first is open: %v", c.ID, old.Open())
		}
		n, err3 := r.Counts()
		if n.CasesOpen != 2 {
			t.Errorf("%d open, want 2", n.CasesOpen)
		}
		return all(err, err2, err3)
	})
	s.refused(tickets.Exists, func(tx tickets.Tx) error { return tx.PutCase(openedCase(1)) }) // there is another by now
	s.sound()
}

func caseReopened(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error { return tx.CreateCase(closedCase(1)) })
	find := func(r tickets.Reader) error {
		_, err := r.OpenCase(tickets.CaseRefund, openedCase(1).Subject)
		return err
	}
	s.absent("closed case", find)
	s.update(func(tx tickets.Tx) error { return tx.PutCase(openedCase(1)) })
	s.view(find)
	s.update(func(tx tickets.Tx) error { return tx.PutCase(closedCase(1)) })
	s.absent("case closed again", find)
	s.view(func(r tickets.Reader) error {
		c, err := r.Case(openedCase(1).ID)
		if !reflect.DeepEqual(c, closedCase(1)) {
			t.Errorf("case %+v", c)
		}
		return err
	})
	s.sound()
}
