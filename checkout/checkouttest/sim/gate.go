package sim

import (
	"fmt"
	"slices"

	"boxoffice/tickets"
)

// wanted is how often a run of ten thousand schedules must have met something; shorter runs as much less.
var wanted = map[string]int{
	"fact LATE_PAYMENT": 1000, "fact DUPLICATE_PAYMENT_RECEIVED": 1000, "lost replies": 1000, "429s": 1000, "expire-lost races": 1000, "leaps": 1000,
	"dropped notices": 1000, "repeated notices": 1000, "commits unknown": 1000, "lost message replies": 1000, "disputes": 1000,
	"refunds asked": 1000, "pre-checkouts answered yes": 1000, "gateway down": 500,
}

const (
	wantedCrashes = 1000 // at each named commit, half of them before it and half after
	wantedDeeds   = 100  // commits of each
	wantedEdges   = 10
)

// unreached says of rows why nothing takes them today from a stage. The table allows them all the same: money and
// banks do not ask.
func unreached(e Edge) string {
	switch {
	case e.From == tickets.StageFulfilling && e.Row != tickets.TFulfilled:
		return "an order is FULFILLING only inside the transaction that issues its tickets"
	case e.From == tickets.StageExpiring && (e.Row == tickets.TDecline || e.Row == tickets.TAsync):
		return "the pages of an EXPIRING order are being closed: what fails or settles by them is no try of anybody's"
	case e.From == tickets.StageHeld && slices.Contains([]tickets.TransitionID{tickets.TWrongCurrency, tickets.TTestMoney}, e.Row):
		return "money comes to a HELD order only by what staff write down, in its own currency and never play money"
	case e == Edge{tickets.TPayLate, tickets.StageCancelled}:
		return "only people cancel today, and what a person cancelled is never paid by late money"
	}
	return ""
}

// Missing lists what a run should have met more often.
func (c *Coverage) Missing() []string {
	var out []string
	share := func(n int) int { return n * c.Schedules / 10_000 }
	short := func(what string, is, want int) {
		if is < want {
			out = append(out, fmt.Sprintf("%s: %d, want %d", what, is, want))
		}
	}
	for what, n := range wanted {
		sum := 0
		for event, k := range c.Events {
			if len(event) >= len(what) && event[:len(what)] == what {
				sum += k
			}
		}
		short(what, sum, share(n))
	}
	for _, a := range aims {
		x := c.Crashes[a.verb]
		short("crashes at "+a.verb, x[before]+x[after], share(wantedCrashes))
		short("crashes before "+a.verb, x[before], share(wantedCrashes/2))
		short("crashes after "+a.verb, x[after], share(wantedCrashes/2))
	}
	for _, name := range deeds {
		short(name, c.Deeds[name], share(wantedDeeds))
	}
	for name, n := range c.Commits {
		if why := Elsewhere[name]; why != "" {
			out = append(out, fmt.Sprintf("%s: taken %d times, and said to be proven elsewhere: %s", name, n, why))
		}
	}
	for _, e := range AllEdges() {
		why := unreached(e)
		if why == "" {
			short(fmt.Sprintf("%s from %s", e.Row, e.From), c.Edges[e], share(wantedEdges))
		} else if n := c.Edges[e]; n > 0 {
			out = append(out, fmt.Sprintf("%s from %s: taken %d times, although %s", e.Row, e.From, n, why))
		}
	}
	slices.Sort(out)
	return out
}
