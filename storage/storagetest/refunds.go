package storagetest

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"boxoffice/tickets"
)

var refunds = []clause{
	{"RefundsOfOrderOldestFirst", refundsOfOrder},
	{"RefundsAreFoundByNewNames", refundNames},
	{"DueRefundsAreListedByDue", refundsDue},
	{"AllRefundsNewestFirstByPage", allRefunds},
	{"LiveRefundsAreCounted", refundsCounted},
	{"ProvidersWordsComeBackByteForByte", rawWords},
	{"LedgersOfFactsComeBack", ledgersBack},
}

func refundIDs(list []tickets.Refund) []tickets.RefundID {
	var out []tickets.RefundID
	for _, r := range list {
		out = append(out, r.ID)
	}
	return out
}

func refundsOfOrder(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		for i := 5; i >= 0; i-- {
			r := refund(i)
			switch i {
			case 3:
			case 4, 5:
				r.Order = ""
			default:
				r.Order = orderID(0)
			}
			if err := tx.CreateRefund(r); err != nil {
				return err
			}
		}
		return nil
	})
	s.view(func(r tickets.Reader) error {
		list, err := r.Refunds(orderID(0))
		if got, want := refundIDs(list), []tickets.RefundID{refund(0).ID, refund(1).ID, refund(2).ID}; !slices.Equal(got, want) {
			t.Errorf("refunds %v, want %v", got, want)
		}
		loose, err2 := r.Refunds("")
		if got, want := refundIDs(loose), []tickets.RefundID{refund(4).ID, refund(5).ID}; !slices.Equal(got, want) {
			t.Errorf("refunds of no order %v, want %v", got, want)
		}
		return all(err, err2)
	})
	s.sound()
}

func refundNames(t *testing.T, s *shop) {
	nameless := func(n int) tickets.Refund {
		return edited(refund(n), func(r *tickets.Refund) { r.Remote, r.Key, r.Order = "", "", "" })
	}
	s.update(func(tx tickets.Tx) error { return all(tx.CreateRefund(nameless(1)), tx.CreateRefund(nameless(2))) })
	s.absent("refund without a name", func(r tickets.Reader) error { _, err := r.RefundByRemote("stripe", ""); return err })
	s.absent("refund without a key", func(r tickets.Reader) error { _, err := r.RefundByKey("", ""); return err })
	s.update(func(tx tickets.Tx) error { return tx.PutRefund(refund(1)) })
	s.update(func(tx tickets.Tx) error {
		return tx.PutRefund(edited(refund(1), func(r *tickets.Refund) { r.Remote, r.Key = "re_other", "other" }))
	})
	s.absent("refund by its old name", func(r tickets.Reader) error { _, err := r.RefundByRemote("stripe", "re_1"); return err })
	s.absent("refund by its old key", func(r tickets.Reader) error { _, err := r.RefundByKey(orderID(1), "press-1"); return err })
	s.absent("refund at another gateway", func(r tickets.Reader) error { _, err := r.RefundByRemote("sandbox", "re_other"); return err })
	s.absent("refund of another order", func(r tickets.Reader) error { _, err := r.RefundByKey(orderID(2), "other"); return err })
	s.refused(tickets.Exists, func(tx tickets.Tx) error {
		return tx.PutRefund(edited(nameless(2), func(r *tickets.Refund) { r.Remote = "re_other" }))
	})
	s.refused(tickets.Exists, func(tx tickets.Tx) error {
		return tx.PutRefund(edited(nameless(2), func(r *tickets.Refund) { r.Order, r.Key = orderID(1), "other" }))
	})
	s.update(func(tx tickets.Tx) error { // one name at two gateways, one key for two orders
		return tx.PutRefund(edited(refund(2), func(r *tickets.Refund) { r.Gateway, r.Remote, r.Key = "sandbox", "re_other", "other" }))
	})
	s.view(func(r tickets.Reader) error {
		a, err := r.RefundByRemote("stripe", "re_other")
		b, err2 := r.RefundByKey(orderID(2), "other")
		if a.ID != refund(1).ID || b.ID != refund(2).ID {
			t.Errorf("found %s and %s", a.ID, b.ID)
		}
		return all(err, err2)
	})
	s.sound()
}

func refundsDue(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		for i, due := range []int{50, 10, 30, 0} {
			r := refund(i)
			if r.Due = at(due); i == 3 {
				r.Due = time.Time{}
			}
			if err := tx.CreateRefund(r); err != nil {
				return err
			}
		}
		return nil
	})
	s.view(func(r tickets.Reader) error {
		list, err := r.RefundsDue(at(30), 10)
		if got, want := refundIDs(list), []tickets.RefundID{refund(1).ID, refund(2).ID}; !slices.Equal(got, want) {
			t.Errorf("due %v, want %v", got, want)
		}
		few, err2 := r.RefundsDue(at(99), 1)
		if got, want := refundIDs(few), []tickets.RefundID{refund(1).ID}; !slices.Equal(got, want) {
			t.Errorf("limited to %v", got)
		}
		return all(err, err2)
	})
	s.update(func(tx tickets.Tx) error {
		return tx.PutRefund(edited(refund(1), func(r *tickets.Refund) { r.Due = time.Time{} }))
	})
	s.view(func(r tickets.Reader) error {
		list, err := r.RefundsDue(at(99), 10)
		if got, want := refundIDs(list), []tickets.RefundID{refund(2).ID, refund(0).ID}; !slices.Equal(got, want) {
			t.Errorf("due after one was done %v, want %v", got, want)
		}
		return err
	})
	s.sound()
}

func refundsCounted(t *testing.T, s *shop) {
	live := int64(0)
	for i, state := range []tickets.RefundState{
		tickets.RefundRequested, tickets.RefundApproved, tickets.RefundSubmitted, tickets.RefundPending,
		tickets.RefundRejected, tickets.RefundSucceeded, tickets.RefundFailed, tickets.RefundCancelled,
	} {
		r := edited(refund(i), func(r *tickets.Refund) { r.State = state })
		if r.Live() {
			live++
		}
		s.update(func(tx tickets.Tx) error { return tx.CreateRefund(r) })
	}
	counted := func(want int64) {
		s.view(func(r tickets.Reader) error {
			c, err := r.Counts()
			if c.RefundsLive != want {
				t.Errorf("%d live, want %d", c.RefundsLive, want)
			}
			return err
		})
	}
	counted(live)
	s.update(func(tx tickets.Tx) error {
		return tx.PutRefund(edited(refund(0), func(r *tickets.Refund) { r.State = tickets.RefundRejected }))
	})
	counted(live - 1)
	s.sound()
}

// pages reads a list by pages of each limit and checks that each gives want, and that a mark of another list is refused.
func pages[T any, I comparable](t *testing.T, s *shop, read func(tickets.Reader, tickets.Page) ([]T, string, error), of func(T) I, want []I) {
	t.Helper()
	for _, limit := range []int{1, 7, 50, 1000} {
		s.view(func(r tickets.Reader) error {
			var got []I
			p := tickets.Page{Limit: limit}
			for {
				list, mark, err := read(r, p)
				if err != nil {
					return err
				}
				for _, v := range list {
					got = append(got, of(v))
				}
				if p.Mark = mark; mark == "" {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("limit %d: %v, want %v", limit, got, want)
			}
			return nil
		})
	}
	s.view(func(r tickets.Reader) error {
		first, mark, err := read(r, tickets.Page{})
		if len(first) != min(len(want), 50) {
			t.Errorf("a page of %d when no limit is given", len(first))
		}
		if _, _, err := r.Orders(tickets.OrderQuery{Page: tickets.Page{Mark: mark}}); mark != "" && !errors.Is(err, tickets.Invalid) {
			t.Errorf("the mark in another list: %v", err)
		}
		if _, _, err := read(r, tickets.Page{Mark: "bm90IG91cnM"}); !errors.Is(err, tickets.Invalid) {
			t.Errorf("a mark of nobody: %v", err)
		}
		if _, _, err := read(r, tickets.Page{Limit: -1}); !errors.Is(err, tickets.Invalid) {
			t.Errorf("limit -1: %v", err)
		}
		return err
	})
}

func allRefunds(t *testing.T, s *shop) {
	const n = 60
	var want []tickets.RefundID
	s.update(func(tx tickets.Tx) error {
		for i := range n {
			want = append([]tickets.RefundID{refund(i).ID}, want...)
			r := refund((i*7 + 3) % n)
			if i%5 == 0 {
				r.Order = ""
			}
			if err := tx.CreateRefund(r); err != nil {
				return err
			}
		}
		return nil
	})
	want = want[len(want)-n:] // the function may have run again
	pages(t, s, tickets.Reader.AllRefunds, func(r tickets.Refund) tickets.RefundID { return r.ID }, want)
}

// rawWords: what a provider said is evidence and stays as it is, spaces and angle brackets too.
func rawWords(t *testing.T, s *shop) {
	raw := json.RawMessage("{\n  \"why\": \"<b>card & bank</b>\",\n  \"amount\": 1.50\n}")
	r := edited(refund(1), func(r *tickets.Refund) { r.Raw = raw })
	d := edited(dispute(1), func(d *tickets.Dispute) { d.Raw = raw })
	s.update(func(tx tickets.Tx) error { return all(tx.CreateRefund(r), tx.CreateDispute(d)) })
	s.view(func(rd tickets.Reader) error {
		gotR, err := rd.Refund(r.ID)
		gotD, err2 := rd.Dispute(d.ID)
		if string(gotR.Raw) != string(raw) || string(gotD.Raw) != string(raw) {
			t.Errorf("raw words are %q and %q", gotR.Raw, gotD.Raw)
		}
		return all(err, err2)
	})
}

func ledgersBack(t *testing.T, s *shop) {
	loose := edited(moved(2), func(f *tickets.Fact) { f.Order, f.Seq = "", 0 })
	s.update(func(tx tickets.Tx) error { return tx.Append(moved(1), loose) })
	s.view(func(r tickets.Reader) error {
		got, err := r.Timeline(orderID(1), 0, 0)
		if want := []tickets.Fact{moved(1)}; !reflect.DeepEqual(got, want) {
			t.Errorf("facts %+v, want %+v", got, want)
		}
		found := false
		err2 := r.Walk(func(thing any) error {
			f, ok := thing.(*tickets.Fact)
			found = found || ok && reflect.DeepEqual(*f, loose)
			return nil
		})
		if !found {
			t.Error("the fact of no order is another")
		}
		return all(err, err2)
	})
}
