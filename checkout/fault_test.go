package checkout_test

import (
	"context"
	"math/rand/v2"
	"sync"

	"boxoffice/tickets"
)

// faultyStore fails chosen Updates, with the commit done or not done, as a store does whose caller's context ends.
type faultyStore struct {
	tickets.Store
	mu          sync.Mutex
	n           int
	first, last int // which Updates from now on fail; 0 is none
	done        bool
	roll        func() (fail, done bool)
	seen        int // Updates since the last failFrom
}

// failFrom makes the Updates first to last, counted from now, fail.
func (s *faultyStore) failFrom(first, last int, done bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n, s.seen, s.first, s.last, s.done = 0, 0, first, last, done
}

func (s *faultyStore) Update(ctx context.Context, fn func(tickets.Tx) error) error {
	s.mu.Lock()
	s.n++
	s.seen++
	fail, done := s.n >= s.first && s.n <= s.last, s.done
	if s.roll != nil {
		fail, done = s.roll()
	}
	s.mu.Unlock()
	if !fail {
		return s.Store.Update(ctx, fn)
	}
	if done {
		if err := s.Store.Update(ctx, fn); err != nil {
			return err
		}
	}
	return tickets.Refuse(tickets.Unavailable, "the store gave up")
}

// dice are for what chance decides and is asked from several goroutines, where rapid cannot draw.
type dice struct {
	mu sync.Mutex
	r  *rand.Rand
	p  [4]int // of 100: lost request, lost reply, refusal, store
}

func (d *dice) roll(i int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.r.IntN(100) < d.p[i]
}

// Read makes ids that are the same in a replay.
func (d *dice) Read(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range b {
		b[i] = byte(d.r.Uint32())
	}
	return len(b), nil
}
