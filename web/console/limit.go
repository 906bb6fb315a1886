package console

import (
	"slices"
	"sync"
	"time"
)

// allowance is how many tries a key has within a time.
type allowance struct {
	tries  int
	within time.Duration
}

// How often somebody may try to prove who they are. A browser where a member signed in before has tries of its own, so
// that nobody can lock a member out by guessing.
var (
	accountTries = []allowance{{5, 15 * time.Minute}, {40, 24 * time.Hour}}
	addressTries = []allowance{{20, 15 * time.Minute}}
)

// maxKeys bounds the limiter's memory. At the bound the keys whose last try is the oldest go.
const maxKeys = 20000

// limiter counts tries by key. The zero limiter is ready.
type limiter struct {
	mu    sync.Mutex
	tries map[string][]time.Time // the oldest first
}

// take counts one more try of a key at now. Where that is more than the allowances give it counts nothing and returns
// how long until there is one again.
func (l *limiter) take(now time.Time, key string, allow []allowance) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tries == nil {
		l.tries = map[string][]time.Time{}
	}
	longest := time.Duration(0)
	for _, a := range allow {
		longest = max(longest, a.within)
	}
	past := slices.DeleteFunc(l.tries[key], func(t time.Time) bool { return now.Sub(t) >= longest })
	for _, a := range allow {
		if n := len(past); n >= a.tries {
			if since := now.Sub(past[n-a.tries]); since < a.within {
				wait = max(wait, a.within-since)
			}
		}
	}
	if wait > 0 {
		l.tries[key] = past
		return wait, false
	}
	if _, known := l.tries[key]; !known && len(l.tries) >= maxKeys {
		l.drop()
	}
	l.tries[key] = append(past, now)
	return 0, true
}

// drop forgets the older half of the keys.
func (l *limiter) drop() {
	last := make([]time.Time, 0, len(l.tries))
	for _, t := range l.tries {
		last = append(last, lastOf(t))
	}
	slices.SortFunc(last, time.Time.Compare)
	middle := last[len(last)/2]
	for key, t := range l.tries {
		if !lastOf(t).After(middle) {
			delete(l.tries, key)
		}
	}
}

func lastOf(t []time.Time) time.Time {
	if len(t) == 0 {
		return time.Time{}
	}
	return t[len(t)-1]
}

// forgive forgets a key's tries: it was the right person.
func (l *limiter) forgive(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.tries, key)
}

// undo takes one try back.
func (l *limiter) undo(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t := l.tries[key]; len(t) > 0 {
		l.tries[key] = t[:len(t)-1]
	}
}
