package bot

import (
	"context"
	"path/filepath"
	"sync"
	"testing"

	"boxoffice/storage/bolt"
	"boxoffice/tickets"
)

// store is a real one, with faults on demand.
type store struct {
	tickets.Store
	path string

	mu       sync.Mutex
	refuse   error // of every Update
	doubtful int   // so many commits are done and reported as Unavailable
}

func openStore(t testing.TB) *store {
	t.Helper()
	return reopen(t, filepath.Join(t.TempDir(), "shop.db"))
}

func reopen(t testing.TB, path string) *store {
	t.Helper()
	s, err := bolt.Open(t.Context(), path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &store{Store: s, path: path}
}

func (s *store) Update(ctx context.Context, fn func(tickets.Tx) error) error {
	s.mu.Lock()
	refuse, doubt := s.refuse, s.doubtful > 0
	if doubt {
		s.doubtful--
	}
	s.mu.Unlock()
	if refuse != nil {
		return refuse
	}
	err := s.Store.Update(ctx, fn)
	if err == nil && doubt {
		return tickets.Refuse(tickets.Unavailable, "the context ended while waiting for the commit")
	}
	return err
}

// failWith makes every Update fail; nil ends it.
func (s *store) failWith(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = err
}

// doubt makes the next n commits fail to tell of their success.
func (s *store) doubt(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.doubtful = n
}

// incoming are all stored updates by number.
func (s *store) incoming(t testing.TB) map[int64]tickets.Incoming {
	t.Helper()
	rows := map[int64]tickets.Incoming{}
	err := s.View(t.Context(), func(r tickets.Reader) error {
		return r.Walk(func(thing any) error {
			if row, ok := thing.(*tickets.Incoming); ok {
				rows[row.Update] = *row
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func (s *store) setting(t testing.TB, name string) string {
	t.Helper()
	var value string
	err := s.View(t.Context(), func(r tickets.Reader) error {
		var err error
		value, err = r.Setting(name)
		return err
	})
	if err != nil {
		t.Fatalf("setting %s: %v", name, err)
	}
	return value
}
