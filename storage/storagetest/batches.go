package storagetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"boxoffice/tickets"
)

var batches = []clause{
	{"RefusalDoesNotSpoilItsNeighbours", neighbours},
	{"LaterSeesEarlierOfTheSameBatch", chained},
	{"TwoMakingTheSameOrderOneWins", twins},
}

// crowd runs n updates that all wait before the first one ends, so that an engine that groups them has them in one
// group. The panics of functions are errors.
func (s *shop) crowd(n int, fn func(tx tickets.Tx, i int) error) []error {
	running, release := make(chan struct{}), make(chan struct{})
	blocked := make(chan error)
	go func() {
		once := true
		blocked <- s.store.Update(context.Background(), func(tickets.Tx) error {
			if once {
				once = false
				close(running)
				<-release
			}
			return nil
		})
	}()
	<-running
	errs := make([]error, n)
	var about, wg sync.WaitGroup
	for i := range n {
		about.Add(1)
		wg.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					errs[i] = fmt.Errorf("panic: %v", p)
				}
			}()
			about.Done()
			errs[i] = s.store.Update(context.Background(), func(tx tickets.Tx) error { return fn(tx, i) })
		})
	}
	about.Wait()
	close(release)
	wg.Wait()
	if err := <-blocked; err != nil {
		s.t.Error(err)
	}
	return errs
}

func neighbours(t *testing.T, s *shop) {
	errs := s.crowd(90, func(tx tickets.Tx, i int) error {
		err := all(increment(tx), tx.CreateOrder(order(i)), tx.CreateHold(hold(i)), tx.Append(fact(i, 1), fact(i, 2)))
		switch {
		case err != nil:
			return err
		case i%3 == 1:
			return errMine
		case i%3 == 2:
			panic("boom")
		}
		return nil
	})
	for i, err := range errs {
		switch i % 3 {
		case 0:
			if err != nil {
				t.Errorf("update %d: %v", i, err)
			}
		case 1:
			if !errors.Is(err, errMine) {
				t.Errorf("update %d: %v, want its own error", i, err)
			}
		case 2:
			if err == nil || err.Error() != "panic: boom" {
				t.Errorf("update %d: %v, want its panic", i, err)
			}
		}
	}
	s.view(func(r tickets.Reader) error {
		st, err := r.Stock(stockKey(visit))
		c, err2 := r.Counts()
		if st.Held != 30 || c.Orders[tickets.StageHeld] != 30 || c.LiveHolds != 30 {
			t.Errorf("held %d, orders %d, holds %d; want 30 each", st.Held, c.Orders[tickets.StageHeld], c.LiveHolds)
		}
		list, _, err3 := r.Orders(tickets.OrderQuery{Date: visit, Page: tickets.Page{Limit: 1000}})
		if len(list) != 30 {
			t.Errorf("%d orders listed", len(list))
		}
		return all(err, err2, err3)
	})
	s.sound()
}

func chained(t *testing.T, s *shop) {
	errs := s.crowd(50, func(tx tickets.Tx, _ int) error {
		list, _, err := tx.Orders(tickets.OrderQuery{Customer: customerID(0), Page: tickets.Page{Limit: 1000}})
		if err != nil {
			return err
		}
		o := order(len(list))
		o.Buyer.Customer = customerID(0)
		return tx.CreateOrder(o)
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	s.view(func(r tickets.Reader) error {
		list, _, err := r.Orders(tickets.OrderQuery{Customer: customerID(0), Page: tickets.Page{Limit: 1000}})
		for i, o := range list {
			if o.ID != orderID(49-i) {
				t.Fatalf("order %d is %s", i, o.ID)
			}
		}
		if len(list) != 50 {
			t.Errorf("%d orders, want 50", len(list))
		}
		return err
	})
	s.sound()
}

func twins(t *testing.T, s *shop) {
	won := 0
	for _, err := range s.crowd(20, func(tx tickets.Tx, _ int) error { return tx.CreateOrder(order(1)) }) {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, tickets.Exists):
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d won", won)
	}
}
