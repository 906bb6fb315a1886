package bot

import (
	"context"
	"sync"
	"time"

	"boxoffice/tickets"
)

// loader brings stored updates into the queue: all that an earlier run left, and, when more came than the queue holds,
// those that were only stored. While it reads, new updates do not pass those before them, and none is queued twice.
type loader struct {
	in   *Inbox
	wake chan struct{} // of capacity 1

	mu        sync.Mutex
	direct    bool               // nothing is pending that is not known: new updates go straight to the queue
	missed    bool               // some were only stored since the pass began
	late      []*job             // came since the pass began
	expected  map[int64]int      // being stored by so many calls of Accept, which offer them then
	uncertain map[int64]struct{} // the store could not say whether they were stored
	known     map[int64]struct{} // in the queue or being handled
	finished  map[int64]struct{} // done since the pass began, whose view may show them as pending, or before they were offered
}

func newLoader(in *Inbox) *loader {
	return &loader{
		in: in, wake: make(chan struct{}, 1),
		expected: map[int64]int{}, uncertain: map[int64]struct{}{},
		known: map[int64]struct{}{}, finished: map[int64]struct{}{},
	}
}

// expect says that the updates are about to be stored: offer or fail follows. A pass may find them first.
func (l *loader) expect(jobs []*job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, j := range jobs {
		l.expected[j.id]++
	}
}

// arrived needs the lock.
func (l *loader) arrived(jobs []*job) {
	for _, j := range jobs {
		if l.expected[j.id]--; l.expected[j.id] > 0 {
			continue
		}
		delete(l.expected, j.id)
		if l.direct {
			delete(l.finished, j.id)
		}
	}
}

// fail says that it is not known whether the updates were stored. A pass finds out, and one more if they come again and
// were.
func (l *loader) fail(jobs []*job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, j := range jobs {
		l.uncertain[j.id] = struct{}{}
	}
	l.again()
	l.arrived(jobs)
}

// again needs the lock. It has the store read once more.
func (l *loader) again() {
	l.direct, l.missed = false, true
	l.signal()
}

// offer takes the expected updates that were stored; those of them that are fresh are queued.
func (l *loader) offer(jobs, fresh []*job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, j := range fresh {
		delete(l.uncertain, j.id)
	}
	for _, j := range jobs {
		if _, ok := l.uncertain[j.id]; ok { // it was stored by the call that failed, perhaps after the pass
			delete(l.uncertain, j.id)
			l.again()
		}
	}
	for _, j := range fresh {
		switch {
		case len(l.known)+len(l.late) >= l.in.cfg.Queue:
			l.again()
		case l.direct:
			l.push(j)
		default:
			l.late = append(l.late, j)
		}
	}
	l.arrived(jobs)
}

// push needs the lock. It leaves out what is known or was done meanwhile.
func (l *loader) push(j *job) {
	_, known := l.known[j.id]
	_, finished := l.finished[j.id]
	if known || finished {
		return
	}
	l.known[j.id] = struct{}{}
	l.in.queue.push(j)
}

// forget is told that an update is done.
func (l *loader) forget(j *job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.known, j.id)
	if !l.direct || l.expected[j.id] > 0 {
		l.finished[j.id] = struct{}{}
	}
	if !l.direct {
		l.signal()
	}
}

// unfinish needs the lock. It forgets what is done, but for what is still to be offered.
func (l *loader) unfinish() {
	for id := range l.finished {
		if l.expected[id] == 0 {
			delete(l.finished, id)
		}
	}
}

func (l *loader) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *loader) run(ctx context.Context) {
	for ctx.Err() == nil {
		if l.isDirect() {
			select {
			case <-ctx.Done():
			case <-l.wake:
			}
			continue
		}
		if err := l.pass(ctx); err != nil && ctx.Err() == nil {
			l.in.cfg.Log.ErrorContext(ctx, "stored updates not loaded", "error", err)
			pause(ctx, time.Second)
		}
	}
}

func (l *loader) isDirect() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.direct
}

// pass reads all that is pending, the oldest first, waiting for room as it goes.
func (l *loader) pass(ctx context.Context) error {
	l.mu.Lock()
	l.missed = false
	l.late = nil // they are stored, and this pass will read them
	l.unfinish()
	l.mu.Unlock()

	for mark := ""; ; {
		page := tickets.Page{Mark: mark, Limit: max(1, min(500, l.in.cfg.Queue/2))}
		if !l.room(ctx, page.Limit) {
			return ctx.Err()
		}
		var rows []tickets.Incoming
		err := l.in.cfg.Store.View(ctx, func(r tickets.Reader) error {
			var err error
			rows, mark, err = r.IncomingPending(l.in.cfg.Bot, page)
			return err
		})
		if err != nil {
			return err
		}
		l.take(rows)
		if mark == "" {
			break
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.missed {
		return nil // once more
	}
	for _, j := range l.late {
		l.push(j)
	}
	l.late = nil
	l.unfinish()
	l.direct = true
	return nil
}

// room waits until the queue can take n more, or is empty.
func (l *loader) room(ctx context.Context, n int) bool {
	for {
		l.mu.Lock()
		ok := len(l.known) == 0 || len(l.known)+n <= l.in.cfg.Queue
		l.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-l.wake:
		}
	}
}

func (l *loader) take(rows []tickets.Incoming) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, row := range rows {
		e, err := open(row.Body)
		if err != nil {
			l.in.cfg.Log.Error("stored update is unreadable", "update", row.Update, "error", err)
			e = envelope{id: row.Update, kind: "other"}
		}
		l.push(&job{envelope: e, raw: row.Body, at: row.At, tries: row.Tries})
	}
}
