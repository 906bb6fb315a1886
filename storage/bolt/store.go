package bolt

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"boxoffice/tickets"
)

// Options are choices at Open; the zero value is right for a shop.
type Options struct {
	// ReadOnly opens for View only, beside other readers but not beside a writer.
	ReadOnly bool
	// LockWait is how long to wait for another process to let go of the file; 0 is 5 seconds.
	LockWait time.Duration
	// MaxSize bounds the file in bytes; 0 is no bound. A commit that would pass it is refused like one
	// that finds the disk full: Unavailable, nothing stored, and the store goes on.
	MaxSize int

	blockRows, blockWait int // for tests: see seal.go
}

// Store is an open file.
type Store struct {
	db       *bbolt.DB
	path     string
	readOnly bool
	catalog  atomic.Pointer[tickets.Catalog]
	writer   *writer
	sealer   *sealer
	verified checksums

	mu      sync.RWMutex // guards closed against new calls
	closed  bool
	calls   sync.WaitGroup
	closing sync.Once
	closeIs error
	stuck   bool // bbolt panicked in a commit; written by the writer, read once it has stopped

	failing sync.Once
	failed  chan struct{}
	failure atomic.Pointer[error]
}

var _ tickets.Store = (*Store)(nil)

// View implements tickets.Store.
func (s *Store) View(ctx context.Context, fn func(tickets.Reader) error) (err error) {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.calls.Done()
	btx, err := s.db.Begin(false)
	if err != nil {
		return fmt.Errorf("%w: begin view: %w", tickets.Unavailable, err)
	}
	defer func() { _ = btx.Rollback() }()
	defer recoverDamage(&err)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	return fn(&reader{src: &snapshot{tx: btx}, catalog: &s.catalog, verified: &s.verified})
}

// recoverDamage makes an error of a panic that the file's damage caused; others go on.
func recoverDamage(err *error) {
	p := recover()
	if d := damageOf(p); d != nil {
		*err = d
	} else if p != nil {
		panic(p)
	}
}

// damageOf is the damage behind a panic, nil when it has another cause. A fault at an address, which is not what a nil
// pointer gives, is a read through a damaged length or page number.
func damageOf(p any) *damage {
	switch p := p.(type) {
	case *damage:
		return p
	case interface {
		error
		Addr() uintptr
	}:
		return &damage{p.Error()}
	default:
		return nil
	}
}

// enter counts a call in, or says why the store takes none.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", tickets.Unavailable, context.Cause(ctx))
	}
	if f := s.failure.Load(); f != nil {
		return *f
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return tickets.Refuse(tickets.Unavailable, "the store is closed")
	}
	s.calls.Add(1)
	return nil
}

// Update implements tickets.Store.
func (s *Store) Update(ctx context.Context, fn func(tickets.Tx) error) error {
	if s.readOnly {
		return tickets.Refuse(tickets.Forbidden, "%s is open for reading only", s.path)
	}
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.calls.Done()
	return s.writer.do(ctx, fn)
}

// Failed implements tickets.Store.
func (s *Store) Failed() <-chan struct{} { return s.failed }

// fail ends the store: whether the last commit is on disk is unknown. It returns the error that calls get.
func (s *Store) fail(cause error) error {
	s.failing.Do(func() {
		err := fmt.Errorf("%w: commit to %s: outcome unknown, the process must start anew: %w",
			tickets.Unavailable, s.path, cause)
		s.failure.Store(&err)
		close(s.failed)
	})
	return *s.failure.Load()
}

// Close implements tickets.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.closing.Do(func() {
		if s.sealer != nil {
			s.sealer.stop()
		}
		s.calls.Wait()
		if s.writer != nil {
			s.writer.stop()
		}
		if s.stuck {
			return
		}
		if err := s.db.Close(); err != nil {
			s.closeIs = fmt.Errorf("close %s: %w", s.path, err)
		}
	})
	return s.closeIs
}

// Path is the file's name as given to Open.
func (s *Store) Path() string { return s.path }

// reader implements tickets.Reader over a source.
type reader struct {
	src     source
	over    *overlay // src as the overlay it is in an Update; nil in a View
	catalog *atomic.Pointer[tickets.Catalog]

	verified *checksums // of the store
}

// tx implements tickets.Tx.
type tx struct {
	*reader
	writer        *writer
	before, after *image // of the row being stored
}

var (
	_ tickets.Reader = (*reader)(nil)
	_ tickets.Tx     = (*tx)(nil)
)
