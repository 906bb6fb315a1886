package notify

import (
	"maps"
	"slices"
	"time"

	"boxoffice/tickets"
)

// A receiver that wants quiet is stood in line for. Whoever is put off gets a place of its own, a gap behind the one
// before, so that a message that goes out costs no more when thousands wait than when three do: each comes due when
// its turn has come, instead of all of them each time one may go.
//
//	quiet until 12:00:00    first 12:00:00, second 12:00:04, third 12:00:08
//	quiet until 12:01:00    each of them finds, when it comes due, that the line has moved, and moves as far, once
//
// Lines are memory only. After a restart those who wait come due at the places they had, and form a line anew.

// The gaps between the messages of one receiver: Telegram's paces of 20 a minute to a group, with room for answers,
// and one a second to a chat (https://core.telegram.org/bots/faq).
const (
	merchantGap = 4 * time.Second
	customerGap = time.Second
)

// line is who waits for a receiver, in the order in which they are to arrive. What it points to never changes.
type line struct {
	until  time.Time // the receiver wants quiet until then
	reason string    // why a merchant cannot be reached, "" when it can
	queue  []*tickets.Delivery
}

// inLine reports whether a stands before b: what a person of the merchant's must act on goes before the news of paid
// orders, else the older one first.
func inLine(a, b tickets.Delivery) int {
	switch a, b := a.Kind == tickets.SayPaid, b.Kind == tickets.SayPaid; {
	case a && !b:
		return 1
	case b && !a:
		return -1
	}
	return before(a, b)
}

// place is where in the queue d stands or would stand, and whether it is there.
func (l *line) place(d tickets.Delivery) (int, bool) {
	return slices.BinarySearchFunc(l.queue, d, func(q *tickets.Delivery, d tickets.Delivery) int { return inLine(*q, d) })
}

func (l *line) leave(d tickets.Delivery) {
	if i, ok := l.place(d); ok {
		l.queue = slices.Delete(l.queue, i, i+1)
	}
}

// free reports whether d may go now: nobody wants quiet, and nobody in line is before it.
func (l *line) free(d tickets.Delivery, now time.Time) bool {
	i, _ := l.place(d)
	return i == 0 && !l.until.After(now)
}

// join puts d in line and returns it given back, due when its turn will have come.
func (l *line) join(d tickets.Delivery, now time.Time) tickets.Delivery {
	l.leave(d)
	gap := customerGap
	if d.To.Kind == tickets.ToMerchant {
		gap = merchantGap
	}
	due := later(now, l.until)
	i, _ := l.place(d)
	if i > 0 {
		due = later(due, l.queue[0].Due).Add(time.Duration(i) * gap)
		due = later(due, l.queue[i-1].Due.Add(gap))
	}
	d.Due = tickets.Milli(due)
	if d.Error == "" {
		d.Error = l.reason
	}
	l.insert(i, d)
	return waiting(d)
}

// wait puts d, which the receiver just refused, in line at the due it has.
func (l *line) wait(d tickets.Delivery) {
	l.leave(d)
	i, _ := l.place(d)
	l.insert(i, d)
}

func (l *line) insert(i int, d tickets.Delivery) {
	d.Args = nil // not needed to wait
	l.queue = slices.Insert(l.queue, i, &d)
}

// prune drops those at the head who are due but were not leased: another dispatcher had them.
func (l *line) prune(tx tickets.Tx, now time.Time) {
	for len(l.queue) > 0 && !l.queue[0].Due.After(now) {
		if waits(tx, l.queue[0], now) {
			return
		}
		l.queue = l.queue[1:]
	}
}

// waits reports whether the store has d still as it was put in line.
func waits(tx tickets.Tx, d *tickets.Delivery, now time.Time) bool {
	is, err := tx.Delivery(d.ID)
	return err == nil && !is.Final() && !is.Lease.After(now) && is.Due.Equal(d.Due)
}

// draws reports whether somebody in line will draw the same live message as d.
func (l *line) draws(tx tickets.Tx, d tickets.Delivery, now time.Time) bool {
	return slices.ContainsFunc(l.queue, func(q *tickets.Delivery) bool {
		return q.Kind == tickets.SayLive && q.Order == d.Order && q.To == d.To && waits(tx, q, now)
	})
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// lines are all lines that a dispatcher knows.
type lines map[receiver]*line

// of returns the line of a receiver that wants quiet until then.
func (ls lines) of(to receiver, until time.Time, reason string) *line {
	l := ls[to]
	if l == nil {
		l = &line{}
		ls[to] = l
	}
	l.until, l.reason = until, reason
	return l
}

// before is the order in which deliveries that are due go: those of receivers with a line as they stand in line.
func (ls lines) before(a, b tickets.Delivery) int {
	news := func(d tickets.Delivery) bool { return d.Kind == tickets.SayPaid && ls[receiverOf(d)] != nil }
	switch a, b := news(a), news(b); {
	case a && !b:
		return 1
	case b && !a:
		return -1
	}
	return before(a, b)
}

// called returns the lines after all were leased. The lines it came from stay as they are, for the transaction
// around it may run again.
func (ls lines) called(tx tickets.Tx, all []tickets.Delivery, now time.Time) lines {
	out := maps.Clone(ls)
	for _, d := range all {
		to := receiverOf(d)
		l := out[to]
		if l == nil {
			continue
		}
		if l == ls[to] {
			l = &line{until: l.until, reason: l.reason, queue: slices.Clone(l.queue)}
			out[to] = l
		}
		l.leave(d)
	}
	for to, l := range out {
		if l != ls[to] {
			l.prune(tx, now)
		}
	}
	return out
}

// tidy forgets lines in which nobody stands any more, or only those that others must have had.
func (ls lines) tidy(now time.Time, lease time.Duration) {
	for to, l := range ls {
		for len(l.queue) > 0 && now.Sub(l.queue[0].Due) > lease {
			l.queue = l.queue[1:]
		}
		if len(l.queue) == 0 && !l.until.After(now) {
			delete(ls, to)
		}
	}
}
