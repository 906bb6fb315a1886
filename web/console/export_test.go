package console

import (
	"time"

	"boxoffice/tickets"
)

// Limiter is the limiter of tries, for tests that count what comes through.
type Limiter struct{ l limiter }

// TakeAccount reports whether one more try at an account is allowed.
func (l *Limiter) TakeAccount(now time.Time, key string) bool {
	_, ok := l.l.take(now, key, accountTries)
	return ok
}

// Route is a row of the table of routes, as tests see it.
type Route struct {
	Pattern string
	Act     tickets.Act // "" of routes for anybody, "member" of those for every member
	Proof   bool
}

// Routes has every route of the console.
func Routes() []Route {
	var out []Route
	for _, r := range (&Console{}).routes() {
		act := r.act
		if act == own {
			act = member
		}
		out = append(out, Route{r.pattern, act, r.proof})
	}
	return out
}
