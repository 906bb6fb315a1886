package console

import "time"

// Limiter is the limiter of tries, for tests that count what comes through.
type Limiter struct{ l limiter }

// TakeAccount reports whether one more try at an account is allowed.
func (l *Limiter) TakeAccount(now time.Time, key string) bool {
	_, ok := l.l.take(now, key, accountTries)
	return ok
}
