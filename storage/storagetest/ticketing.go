package storagetest

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"boxoffice/tickets"
)

var ticketing = []clause{
	{"TicketsOfOrderByGenerationAndSeq", ticketsOfOrder},
	{"AdmissionsOldestFirst", admissionsOfTicket},
	{"SigningKeysOldestFirst", keysOldestFirst},
}

func ticketsOfOrder(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		for i, place := range [][2]int{{2, 1}, {1, 2}, {1, 1}, {2, 2}, {1, 10}} {
			v := ticket(i)
			v.Order, v.Gen, v.Seq = orderID(0), place[0], place[1]
			if err := tx.CreateTicket(v); err != nil {
				return err
			}
		}
		return tx.CreateTicket(ticket(9))
	})
	s.view(func(r tickets.Reader) error {
		list, err := r.Tickets(orderID(0))
		var got [][2]int
		for _, v := range list {
			got = append(got, [2]int{v.Gen, v.Seq})
		}
		if want := [][2]int{{1, 1}, {1, 2}, {1, 10}, {2, 1}, {2, 2}}; !reflect.DeepEqual(got, want) {
			t.Errorf("tickets %v, want %v", got, want)
		}
		return err
	})
}

func admissionsOfTicket(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		for n := 3; n >= 1; n-- {
			a := admission(1)
			a.N, a.Key, a.At = n, "", at(n)
			if err := tx.CreateAdmission(a); err != nil {
				return err
			}
		}
		return tx.CreateAdmission(admission(2))
	})
	s.view(func(r tickets.Reader) error {
		list, err := r.Admissions(ticket(1).Code)
		if len(list) != 3 || list[0].N != 1 || list[2].N != 3 {
			t.Errorf("admissions %+v", list)
		}
		none, err2 := r.Admissions(ticket(7).Code)
		if len(none) != 0 {
			t.Errorf("admissions of another ticket: %+v", none)
		}
		return all(err, err2)
	})
}

func keysOldestFirst(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		young := signingKey(1)
		young.At = at(100)
		return all(tx.CreateSigningKey(young), tx.CreateSigningKey(signingKey(2)), tx.CreateSigningKey(signingKey(3)))
	})
	s.view(func(r tickets.Reader) error {
		list, err := r.SigningKeys()
		if len(list) != 3 || list[0].Kid != 2 || list[2].Kid != 1 {
			t.Errorf("keys %+v", list)
		}
		return err
	})
}

var timeline = []clause{
	{"FactsComeBackInOrder", factsInOrder},
	{"AppendRefusesTakenSeqAndGap", factGaps},
	{"FactsOfNoOrderAreKept", looseFacts},
	{"WordsOfAFactMayBeErased", factsReworded},
}

func seqs(list []tickets.Fact) []int64 {
	out := []int64{}
	for _, f := range list {
		out = append(out, f.Seq)
	}
	return out
}

func factsInOrder(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		return all(tx.Append(fact(1, 1), fact(1, 2)), tx.Append(fact(2, 1), fact(1, 3), fact(1, 4), fact(3, 1)), tx.Append())
	})
	s.update(func(tx tickets.Tx) error { return all(tx.Append(fact(1, 5)), tx.Append(fact(1, 6), fact(1, 7))) })
	s.view(func(r tickets.Reader) error {
		for _, c := range []struct {
			n     int
			after int64
			limit int
			want  []int64
		}{
			{1, 0, 0, []int64{1, 2, 3, 4, 5, 6, 7}}, {1, 3, 0, []int64{4, 5, 6, 7}}, {1, 3, 2, []int64{4, 5}}, {1, 7, 0, []int64{}},
			{2, 0, 0, []int64{1}}, {3, 0, 9, []int64{1}}, {4, 0, 0, []int64{}}, {1, 1 << 62, 0, []int64{}},
		} {
			list, err := r.Timeline(orderID(c.n), c.after, c.limit)
			if err != nil || !reflect.DeepEqual(seqs(list), c.want) {
				t.Errorf("order %d after %d limit %d: %v, %v; want %v", c.n, c.after, c.limit, seqs(list), err, c.want)
			}
		}
		list, err := r.Timeline(orderID(1), 0, 1)
		if !reflect.DeepEqual(list[0], fact(1, 1)) {
			t.Errorf("fact %+v", list[0])
		}
		return err
	})
	s.sound()
}

func factGaps(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error { return tx.Append(fact(1, 1), fact(1, 2)) })
	s.refused(tickets.Exists, func(tx tickets.Tx) error { return tx.Append(fact(1, 2)) })
	s.refused(tickets.Exists, func(tx tickets.Tx) error { return tx.Append(fact(1, 1)) })
	s.refused(tickets.Invalid, func(tx tickets.Tx) error { return tx.Append(fact(1, 4)) })
	s.refused(tickets.Invalid, func(tx tickets.Tx) error { return tx.Append(fact(1, 3), fact(1, 5)) })
	s.refused(tickets.Invalid, func(tx tickets.Tx) error { return tx.Append(fact(1, 0)) })
	s.refused(tickets.Invalid, func(tx tickets.Tx) error { return tx.Append(fact(2, 2)) })
	s.refused(tickets.Exists, func(tx tickets.Tx) error { return all(tx.Append(fact(1, 3)), tx.Append(fact(1, 3))) })
	s.view(func(r tickets.Reader) error {
		list, err := r.Timeline(orderID(1), 0, 0)
		if len(list) != 2 {
			t.Errorf("facts %v", seqs(list))
		}
		return err
	})
}

func looseFacts(t *testing.T, s *shop) {
	loose := fact(1, 0)
	loose.Order, loose.Name = "", tickets.PaymentUnmatched
	s.update(func(tx tickets.Tx) error { return all(tx.Append(loose, loose), tx.Append(loose)) })
	s.update(func(tx tickets.Tx) error { return tx.Append(loose) })
	n := 0
	s.view(func(r tickets.Reader) error {
		return r.Walk(func(thing any) error {
			if f, ok := thing.(*tickets.Fact); ok && reflect.DeepEqual(*f, loose) {
				n++
			}
			return nil
		})
	})
	if n != 4 {
		t.Errorf("%d loose facts, want 4", n)
	}
	s.refused(tickets.Invalid, func(tx tickets.Tx) error { f := loose; f.Seq = 1; return tx.Append(f) })
}

var whole = []clause{
	{"WalkSeesEverything", walkAll},
	{"WalkEndsWithItsError", walkError},
	{"ChecksClean", func(_ *testing.T, s *shop) {
		for _, k := range things {
			s.update(k.create)
		}
		s.sound()
	}},
}

func walkAll(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error { _, err := tx.PutCatalog(catalog()); return err })
	for _, k := range things {
		s.update(k.create)
	}
	s.update(func(tx tickets.Tx) error { return tx.Append(fact(1, 1), fact(1, 2)) })
	got := map[string]int{}
	s.view(func(r tickets.Reader) error {
		return r.Walk(func(thing any) error { got[reflect.TypeOf(thing).String()]++; return nil })
	})
	want := map[string]int{
		"*tickets.Catalog": 1, "*tickets.Stock": 1, "*tickets.Hold": 1, "*tickets.Order": 2, "*tickets.Payment": 1,
		"*tickets.Capture": 2, "*tickets.Ticket": 2, "*tickets.Admission": 1, "*tickets.SigningKey": 1, "*tickets.Fact": 2,
		"*tickets.Refund": 1, "*tickets.Dispute": 1, "*tickets.Case": 2,
		"*tickets.Delivery": 1, "*tickets.Notice": 1, "*tickets.Incoming": 1, "*tickets.Customer": 1, "*tickets.Member": 1,
		"*tickets.Invite": 1, "*tickets.APIToken": 1, "*tickets.Conversation": 1,
		"*tickets.Login": 1, "*tickets.SignIn": 1, "*tickets.AuditEntry": 1, "*tickets.Tally": 1,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("walked\n %v, want\n %v", got, want)
	}
}

func walkError(t *testing.T, s *shop) {
	s.orders(3, func(int, *tickets.Order) {})
	n := 0
	err := s.store.View(t.Context(), func(r tickets.Reader) error {
		return r.Walk(func(any) error { n++; return errMine })
	})
	if n != 1 || !errors.Is(err, errMine) {
		t.Errorf("%d calls, %v", n, err)
	}
}

// factsReworded is what erasing a person's data does to a timeline: words may change, what happened may not.
func factsReworded(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		return all(tx.Append(fact(1, 1)), tx.Append(fact(1, 2), fact(1, 3)), tx.Append(fact(1, 4)), tx.Append(fact(2, 1)))
	})
	s.update(func(tx tickets.Tx) error {
		named := fact(1, 2)
		named.Actor.Name, named.Error = "Mei", "no answer from Mei"
		return tx.PutFact(named)
	})
	bare := fact(1, 2)
	bare.Data = json.RawMessage(`{"note":"[erased]"}`)
	s.update(func(tx tickets.Tx) error {
		if err := tx.PutFact(bare); err != nil {
			return err
		}
		list, err := tx.Timeline(orderID(1), 1, 1)
		if len(list) != 1 || !reflect.DeepEqual(list[0], bare) {
			t.Errorf("inside: %+v", list)
		}
		return err
	})
	s.view(func(r tickets.Reader) error {
		list, err := r.Timeline(orderID(1), 0, 0)
		if want := []tickets.Fact{fact(1, 1), bare, fact(1, 3), fact(1, 4)}; !reflect.DeepEqual(list, want) {
			t.Errorf("facts %+v, want %+v", list, want)
		}
		return err
	})
	s.refused(tickets.NotFound, func(tx tickets.Tx) error { return tx.PutFact(fact(1, 5)) })
	s.refused(tickets.NotFound, func(tx tickets.Tx) error { return tx.PutFact(fact(3, 1)) })
	for _, change := range []func(*tickets.Fact){
		func(f *tickets.Fact) { f.Name = tickets.MoneyKept }, func(f *tickets.Fact) { f.At = f.At.Add(time.Second) },
		func(f *tickets.Fact) { f.Actor.ID = "mem_1" }, func(f *tickets.Fact) { f.Result = "" }, func(f *tickets.Fact) { f.Seq = 0 },
		func(f *tickets.Fact) { f.Postings = []tickets.Posting{{}} },
	} {
		s.refused(tickets.Invalid, func(tx tickets.Tx) error {
			f := bare
			change(&f)
			return tx.PutFact(f)
		})
	}
	s.update(func(tx tickets.Tx) error { return tx.Append(fact(1, 5)) })
	s.sound()
}
