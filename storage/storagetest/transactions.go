package storagetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"boxoffice/tickets"
)

var transactions = []clause{
	{"ConcurrentIncrementsAllCount", incrementsCount},
	{"LastPlaceIsHeldOnce", lastPlace},
	{"FunctionSeesOwnWrites", ownWrites},
	{"NothingIsSeenBeforeCommit", isolation},
	{"ViewSeesOneMoment", oneMoment},
	{"ErrorRollsBackAndComesBackUnchanged", rollback},
	{"PanicRollsBackAndContinuesInTheCaller", panics},
	{"GoexitRollsBackAndEndsTheCaller", goexit},
	{"EndedContextIsUnavailableAndDoesNotRun", endedContext},
	{"ContextEndingInTheQueueIsUnavailable", queuedContext},
	{"ClosedStoreIsUnavailable", closed},
	{"NotFailedWhileAllIsWell", notFailed},
}

// increment adds one held place, reading and writing as Place does.
func increment(tx tickets.Tx) error {
	s, err := tx.Stock(stockKey(visit))
	if errors.Is(err, tickets.NotFound) {
		s, err = tickets.Stock{Key: stockKey(visit), Capacity: 1 << 30}, nil
	}
	if err != nil {
		return err
	}
	if err := s.Hold(1); err != nil {
		return err
	}
	return tx.PutStock(s)
}

func incrementsCount(t *testing.T, s *shop) {
	const workers, each = 64, 20
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range each {
				if err := s.store.Update(context.Background(), increment); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	s.view(func(r tickets.Reader) error {
		got, err := r.Stock(stockKey(visit))
		if got.Held != workers*each {
			t.Errorf("held %d, want %d", got.Held, workers*each)
		}
		return err
	})
}

func lastPlace(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error { return tx.PutStock(tickets.Stock{Key: stockKey(visit), Capacity: 1}) })
	var wg sync.WaitGroup
	got := make(chan error, 200)
	for n := range cap(got) {
		wg.Go(func() {
			got <- s.store.Update(context.Background(), func(tx tickets.Tx) error {
				return all(tx.CreateHold(hold(n)), increment(tx))
			})
		})
	}
	wg.Wait()
	close(got)
	won := 0
	for err := range got {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, tickets.SoldOut):
			t.Error(err)
		}
	}
	s.view(func(r tickets.Reader) error {
		c, err := r.Counts()
		if won != 1 || c.LiveHolds != 1 {
			t.Errorf("%d won and %d holds, want one", won, c.LiveHolds)
		}
		return err
	})
}

func ownWrites(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error { return tx.CreateOrder(order(1)) })
	s.update(func(tx tickets.Tx) error {
		o := order(1)
		o.Stage = tickets.StagePaid
		if err := all(tx.PutOrder(o), tx.CreateOrder(order(2))); err != nil {
			return err
		}
		got, err := tx.Order(o.ID)
		if err != nil || got.Stage != tickets.StagePaid {
			t.Errorf("own order %s, %v", got.Stage, err)
		}
		list, _, err := tx.Orders(tickets.OrderQuery{Stage: tickets.StageHeld})
		if err != nil || len(list) != 1 || list[0].ID != orderID(2) {
			t.Errorf("held orders %v, %v", ids(list), err)
		}
		c, err := tx.Counts()
		if c.Orders[tickets.StagePaid] != 1 || c.Orders[tickets.StageHeld] != 1 {
			t.Errorf("counts %v", c.Orders)
		}
		return err
	})
}

func isolation(t *testing.T, s *shop) {
	wrote, looked := make(chan struct{}), make(chan struct{})
	done := make(chan error)
	go func() {
		first := true
		done <- s.store.Update(context.Background(), func(tx tickets.Tx) error {
			err := tx.CreateOrder(order(1))
			if first {
				first = false
				close(wrote)
				<-looked
			}
			return err
		})
	}()
	<-wrote
	s.absent("order before commit", func(r tickets.Reader) error {
		_, err := r.Order(orderID(1))
		return err
	})
	close(looked)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	s.view(func(r tickets.Reader) error {
		_, err := r.Order(orderID(1))
		return err
	})
}

func oneMoment(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error { return tx.PutSetting("name", "before") })
	s.view(func(r tickets.Reader) error {
		done := make(chan error)
		go func() {
			done <- s.store.Update(context.Background(), func(tx tickets.Tx) error { return tx.PutSetting("name", "after") })
		}()
		if err := <-done; err != nil {
			return err
		}
		if got, err := r.Setting("name"); got != "before" {
			t.Errorf("setting %q, %v in a view from before", got, err)
		}
		return nil
	})
}

var errMine = errors.New("mine")

func rollback(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error { return tx.CreateOrder(order(1)) })
	err := s.store.Update(context.Background(), func(tx tickets.Tx) error {
		o := order(1)
		o.Stage = tickets.StagePaid
		if err := all(tx.PutOrder(o), tx.CreateHold(hold(2)), tx.PutSetting("name", "lost")); err != nil {
			return err
		}
		return fmt.Errorf("outer: %w", errMine)
	})
	if !errors.Is(err, errMine) || err.Error() != "outer: mine" {
		t.Errorf("error %v", err)
	}
	s.unchanged(t)
}

// unchanged checks that there is order 1, held, and nothing of what rollback and panics wrote.
func (s *shop) unchanged(t *testing.T) {
	t.Helper()
	s.view(func(r tickets.Reader) error {
		o, err := r.Order(orderID(1))
		if err != nil || o.Stage != tickets.StageHeld {
			t.Errorf("order %s, %v", o.Stage, err)
		}
		c, err := r.Counts()
		if c.LiveHolds != 0 || c.Orders[tickets.StagePaid] != 0 {
			t.Errorf("counts %+v", c)
		}
		return err
	})
	s.absent("setting", func(r tickets.Reader) error {
		_, err := r.Setting("name")
		return err
	})
	s.sound()
}

func panics(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error { return tx.CreateOrder(order(1)) })
	func() {
		defer func() {
			if p := recover(); p != any(errMine) {
				t.Errorf("recovered %v", p)
			}
		}()
		_ = s.store.Update(context.Background(), func(tx tickets.Tx) error {
			o := order(1)
			o.Stage = tickets.StagePaid
			if err := all(tx.PutOrder(o), tx.CreateHold(hold(2)), tx.PutSetting("name", "lost")); err != nil {
				return err
			}
			panic(errMine)
		})
		t.Error("did not panic")
	}()
	func() {
		defer func() {
			if p := recover(); p != any(errMine) {
				t.Errorf("recovered %v from a view", p)
			}
		}()
		_ = s.store.View(context.Background(), func(tickets.Reader) error { panic(errMine) })
	}()
	s.unchanged(t)
}

func goexit(t *testing.T, s *shop) {
	s.update(func(tx tickets.Tx) error { return tx.CreateOrder(order(1)) })
	done := make(chan bool, 1)
	go func() {
		returned := false
		defer func() { done <- returned }()
		_ = s.store.Update(context.Background(), func(tx tickets.Tx) error {
			if err := all(tx.CreateHold(hold(2)), tx.PutSetting("name", "lost")); err != nil {
				t.Error(err)
			}
			runtime.Goexit()
			return nil
		})
		returned = true
	}()
	if <-done {
		t.Error("the caller went on")
	}
	s.unchanged(t)
}

func endedContext(t *testing.T, s *shop) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := s.store.Update(ctx, func(tickets.Tx) error { t.Error("ran"); return nil })
	if !errors.Is(err, tickets.Unavailable) {
		t.Errorf("update: %v", err)
	}
	err = s.store.View(ctx, func(tickets.Reader) error { t.Error("ran"); return nil })
	if !errors.Is(err, tickets.Unavailable) {
		t.Errorf("view: %v", err)
	}
}

func queuedContext(t *testing.T, s *shop) {
	running, release := make(chan struct{}), make(chan struct{})
	first := make(chan error)
	go func() {
		once := true
		first <- s.store.Update(context.Background(), func(tx tickets.Tx) error {
			if once {
				once = false
				close(running)
				<-release
			}
			return tx.CreateOrder(order(1))
		})
	}()
	<-running
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	err := s.store.Update(ctx, func(tx tickets.Tx) error { return tx.CreateOrder(order(2)) })
	if !errors.Is(err, tickets.Unavailable) {
		t.Errorf("queued update: %v", err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Error(err)
	}
	s.absent("order 2", func(r tickets.Reader) error {
		_, err := r.Order(orderID(2))
		return err
	})
}

func closed(t *testing.T, s *shop) {
	if err := all(s.store.Close(), s.store.Close()); err != nil {
		t.Errorf("close: %v", err)
	}
	err := s.store.Update(context.Background(), func(tickets.Tx) error { return nil })
	if !errors.Is(err, tickets.Unavailable) {
		t.Errorf("update: %v", err)
	}
	err = s.store.View(context.Background(), func(tickets.Reader) error { return nil })
	if !errors.Is(err, tickets.Unavailable) {
		t.Errorf("view: %v", err)
	}
}

func notFailed(t *testing.T, s *shop) {
	s.refused(tickets.NotFound, func(tx tickets.Tx) error {
		_, err := tx.Order(orderID(1))
		return err
	})
	select {
	case <-s.store.Failed():
		t.Error("failed")
	default:
	}
}

func ids(list []tickets.Order) []tickets.OrderID {
	var out []tickets.OrderID
	for _, o := range list {
		out = append(out, o.ID)
	}
	return out
}
