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
	refuse   error         // of every Update
	doubtful int           // so many commits are done and reported as Unavailable
	held     func() error  // an Update that was reported as Unavailable and is still to be done
	hold     bool          // the next Update becomes held
	gate     chan struct{} // a View that has read waits for it to be closed
	read     chan struct{} // and tells here
}

func (s *store) View(ctx context.Context, fn func(tickets.Reader) error) error {
	err := s.Store.View(ctx, fn)
	s.mu.Lock()
	gate, read := s.gate, s.read
	s.mu.Unlock()
	if gate != nil {
		read <- struct{}{}
		<-gate
	}
	return err
}

// gateViews makes Views that have read tell and wait.
func (s *store) gateViews() (read <-chan struct{}, open func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	gate := make(chan struct{})
	s.gate, s.read = gate, make(chan struct{}, 100)
	return s.read, sync.OnceFunc(func() {
		s.mu.Lock()
		s.gate = nil
		s.mu.Unlock()
		close(gate)
	})
}

// holdNext has the next Update fail with Unavailable and be done only by land.
func (s *store) holdNext() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hold = true
}

func (s *store) land(t testing.TB) {
	t.Helper()
	if err := s.held(); err != nil {
		t.Fatal(err)
	}
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
	if s.hold {
		s.hold = false
		s.held = func() error { return s.Store.Update(context.WithoutCancel(ctx), fn) }
		s.mu.Unlock()
		return tickets.Refuse(tickets.Unavailable, "the context ended while waiting for the commit")
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
