package notify

import (
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"boxoffice/tickets"
)

var ladder = []time.Duration{
	5 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute, 20 * time.Minute, time.Hour, 4 * time.Hour, 12 * time.Hour,
}

// DefaultLadder is how long a delivery waits after its first, second … failed attempt. When it is used up the
// delivery has failed.
func DefaultLadder() []time.Duration { return slices.Clone(ladder) }

// Backoff is how long the delivery waits after its attempts-th failed attempt (1 is the first), and whether there is
// another attempt at all. Up to a tenth is added, by a hash of id and attempt, so that deliveries which failed
// together do not come back together; the same attempt always waits as long.
func Backoff(steps []time.Duration, id tickets.DeliveryID, attempts int) (wait time.Duration, again bool) {
	if attempts < 1 || attempts > len(steps) {
		return 0, false
	}
	h := fnv.New64a()
	h.Write([]byte(string(id) + ":" + strconv.Itoa(attempts)))
	step := steps[attempts-1]
	return step + step/10*time.Duration(h.Sum64()%1000)/1000, true
}
