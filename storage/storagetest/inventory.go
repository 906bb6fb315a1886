package storagetest

import (
	"slices"
	"testing"

	"boxoffice/tickets"
)

var inventory = []clause{
	{"StocksAreListedBySlot", stocksBySlot},
	{"DueHoldsAreListedByDue", holdsDue},
	{"LiveHoldsOfCustomerOldestFirst", liveHolds},
	{"FinalHoldsLeaveTheLists", finalHolds},
}

func stocksBySlot(t *testing.T, s *shop) {
	slots := []tickets.Slot{{Date: visit + 1}, {Date: visit, Start: "14:00"}, {Date: visit, Start: "09:30"}, {Date: visit - 1}, {Date: visit + 9}}
	s.update(func(tx tickets.Tx) error {
		for _, slot := range slots {
			for _, p := range []tickets.PoolID{pool, "other", pool + "2"} {
				if err := tx.PutStock(tickets.Stock{Key: tickets.StockKey{Merchant: merchant, Pool: p, Slot: slot}, Capacity: 9}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	s.view(func(r tickets.Reader) error {
		list, err := r.Stocks(merchant, pool, visit, visit+1)
		var got []string
		for _, st := range list {
			if st.Key.Pool != pool {
				t.Errorf("stock of %s", st.Key.Pool)
			}
			got = append(got, st.Key.Slot.String())
		}
		want := []string{visit.String() + "T09:30", visit.String() + "T14:00", (visit + 1).String()}
		if !slices.Equal(got, want) {
			t.Errorf("slots %v, want %v", got, want)
		}
		return err
	})
}

func holdIDs(list []tickets.Hold) []tickets.HoldID {
	var out []tickets.HoldID
	for _, h := range list {
		out = append(out, h.ID)
	}
	return out
}

func holdsDue(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		for i, due := range []int{50, 10, 30, 20, 40} {
			h := hold(i)
			h.Due = at(due)
			if err := tx.CreateHold(h); err != nil {
				return err
			}
		}
		return nil
	})
	s.view(func(r tickets.Reader) error {
		list, err := r.HoldsDue(at(30), 10)
		if got, want := holdIDs(list), []tickets.HoldID{hold(1).ID, hold(3).ID, hold(2).ID}; !slices.Equal(got, want) {
			t.Errorf("due %v, want %v", got, want)
		}
		few, err2 := r.HoldsDue(at(30), 1)
		if len(few) != 1 || few[0].ID != hold(1).ID {
			t.Errorf("limited to %v", holdIDs(few))
		}
		none, err3 := r.HoldsDue(at(9), 10)
		if len(none) != 0 {
			t.Errorf("before all: %v", holdIDs(none))
		}
		return all(err, err2, err3)
	})
}

func liveHolds(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error {
		for i := range 4 {
			h := hold(i)
			if i != 2 {
				h.Customer = customerID(0)
			}
			if err := tx.CreateHold(h); err != nil {
				return err
			}
		}
		return nil
	})
	s.view(func(r tickets.Reader) error {
		list, err := r.LiveHolds(customerID(0))
		if got, want := holdIDs(list), []tickets.HoldID{hold(0).ID, hold(1).ID, hold(3).ID}; !slices.Equal(got, want) {
			t.Errorf("live %v, want %v", got, want)
		}
		return err
	})
}

func finalHolds(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error { return all(tx.CreateHold(hold(1)), tx.CreateHold(hold(2))) })
	for _, state := range []tickets.HoldState{tickets.HoldExpiring, tickets.HoldReleased} {
		s.update(func(tx tickets.Tx) error {
			h, err := tx.Hold(hold(1).ID)
			h.State = state
			return all(err, tx.PutHold(h))
		})
		live := 1
		if state == tickets.HoldReleased {
			live = 0
		}
		s.view(func(r tickets.Reader) error {
			due, err := r.HoldsDue(at(1000), 10)
			mine, err2 := r.LiveHolds(customerID(1))
			c, err3 := r.Counts()
			if len(due) != live+1 || len(mine) != live || c.LiveHolds != int64(live+1) {
				t.Errorf("%s: %d due, %d live, %d counted", state, len(due), len(mine), c.LiveHolds)
			}
			return all(err, err2, err3)
		})
	}
	s.sound()
}
