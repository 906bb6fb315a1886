// Package storagetest is the contract of tickets.Store as tests: each clause, and each list's order, is a test named
// by what holds. Every engine runs it:
//
//	func TestContract(t *testing.T) { storagetest.Run(t, open) }
//
// It looks only through tickets.Store; what an engine promises beyond that is tested beside the engine.
package storagetest

import (
	"context"
	"errors"
	"testing"

	"boxoffice/tickets"
)

// Run runs the contract. open makes a new empty store and has it closed at the test's end.
func Run(t *testing.T, open func(t *testing.T) tickets.Store) {
	t.Helper()
	for _, part := range []struct {
		name  string
		tests []clause
	}{
		{"Transactions", transactions}, {"Batches", batches}, {"Values", values}, {"Inventory", inventory},
		{"Orders", orderLists}, {"Search", search}, {"Money", money}, {"Refunds", refunds}, {"Disputes", disputes}, {"Tickets", ticketing}, {"Timeline", timeline}, {"Outbox", outbox},
		{"Inbox", inbox}, {"People", people}, {"Access", access}, {"Whole", whole},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range part.tests {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					c.run(t, &shop{t, open(t)})
				})
			}
		})
	}
	t.Run("RandomOperationsMatchModel", func(t *testing.T) {
		t.Parallel()
		matchModel(t, open)
	})
}

// clause is one thing that the contract says.
type clause struct {
	name string
	run  func(t *testing.T, s *shop)
}

// reporter is what is wanted of *testing.T, and *rapid.T has too.
type reporter interface {
	Helper()
	Error(...any)
	Errorf(string, ...any)
	Fatalf(string, ...any)
}

// shop is a store whose calls are expected to succeed.
type shop struct {
	t     reporter
	store tickets.Store
}

func (s *shop) update(fn func(tickets.Tx) error) {
	s.t.Helper()
	if err := s.store.Update(context.Background(), fn); err != nil {
		s.t.Fatalf("update: %v", err)
	}
}

func (s *shop) view(fn func(tickets.Reader) error) {
	s.t.Helper()
	if err := s.store.View(context.Background(), fn); err != nil {
		s.t.Fatalf("view: %v", err)
	}
}

// refused runs an update that must be refused with a kind.
func (s *shop) refused(want tickets.Kind, fn func(tickets.Tx) error) {
	s.t.Helper()
	if err := s.store.Update(context.Background(), fn); !errors.Is(err, want) {
		s.t.Errorf("update: %v, want %s", err, want)
	}
}

// absent runs a read that must find nothing.
func (s *shop) absent(what string, fn func(tickets.Reader) error) {
	s.t.Helper()
	if err := s.store.View(context.Background(), fn); !errors.Is(err, tickets.NotFound) {
		s.t.Errorf("%s: %v, want not_found", what, err)
	}
}

// sound checks the engine's own structure.
func (s *shop) sound() {
	s.t.Helper()
	s.view(func(r tickets.Reader) error {
		r.Check(func(fault string) { s.t.Errorf("check: %s", fault) })
		return nil
	})
}

// all runs steps until one fails.
func all(steps ...error) error {
	for _, err := range steps {
		if err != nil {
			return err
		}
	}
	return nil
}
