package console

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"boxoffice/tickets"
)

// hub wakes everybody who waits for something to be committed.
type hub struct {
	mu   sync.Mutex
	news chan struct{} // closed at the next commit
}

func newHub() *hub { return &hub{news: make(chan struct{})} }

func (h *hub) wake() {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.news)
	h.news = make(chan struct{})
}

func (h *hub) next() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.news
}

// How a stream of events behaves. Not everything that changes is told of, such as a delivery's outcome: pages look
// by themselves too.
const (
	liveLook  = time.Second
	liveBeat  = 20 * time.Second
	liveAfter = 50 * time.Millisecond // commits come in groups; one look serves them all
)

// stream sends "changed" whenever what look returns is another than before, until the browser leaves. look is a
// cheap mark of the subject, such as an order's revision.
func (v *visit) stream(look func(tickets.Reader) (string, error)) error {
	rc := http.NewResponseController(v.w)
	if err := rc.SetWriteDeadline(time.Time{}); err != nil {
		return fmt.Errorf("stream: %w", err)
	}
	read := func() (mark string, err error) {
		err = v.view(func(r tickets.Reader) (err error) { mark, err = look(r); return err })
		return mark, err
	}
	seen, err := read()
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/event-stream")
	v.w.WriteHeader(http.StatusOK)
	beat, tick := time.NewTicker(liveBeat), time.NewTicker(liveLook)
	defer beat.Stop()
	defer tick.Stop()
	send := func(line string) bool {
		_, err := fmt.Fprint(v.w, line)
		return err == nil && rc.Flush() == nil
	}
	if !send(": open\n\n") {
		return nil
	}
	for {
		select {
		case <-v.Context().Done():
			return nil
		case <-v.k.closed:
			return nil
		case <-beat.C:
			if !send(": still here\n\n") {
				return nil
			}
			continue
		case <-tick.C:
		case <-v.k.live.next():
			select {
			case <-v.Context().Done():
				return nil
			case <-time.After(liveAfter):
			}
		}
		mark, err := read()
		if err != nil {
			return nil //nolint:nilerr // the answer has begun; the browser asks again
		}
		if mark != seen {
			seen = mark
			if !send("event: changed\ndata: " + mark + "\n\n") {
				return nil
			}
		}
	}
}

// liveCounts follows what the navigation shows: the number of cases that wait.
func (v *visit) liveCounts() error {
	return v.stream(func(r tickets.Reader) (string, error) {
		n, err := r.Counts()
		return fmt.Sprintf("%d %v", n.CasesOpen, n.Orders), err
	})
}
