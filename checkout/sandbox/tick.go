package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"boxoffice/tickets"
)

// A notice that is not answered with 2xx is posted again after 1, 2, 4 … seconds, at most ten minutes apart, and given
// up after three days.
const (
	longestWait = 10 * time.Minute
	giveUp      = 72 * time.Hour
	atATime     = 8   // notices posted side by side
	perTick     = 200 // sessions looked at in one pass
)

func wait(tries int) time.Duration {
	if tries > 9 {
		return longestWait
	}
	return time.Second << tries
}

// Tick does what is due: money that comes later, and notices. It returns how many sessions it looked at, and at most
// 200; a pass that finds another under way does nothing. Notices that could not be delivered are logged and tried again
// by a later pass; an error means that Memory failed.
func (g *Gateway) Tick(ctx context.Context) (int, error) {
	if !g.ticking.TryLock() {
		return 0, nil
	}
	defer g.ticking.Unlock()
	ids, err := g.due(ctx)
	if err != nil {
		return 0, err
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	room := make(chan struct{}, atATime)
	for _, id := range ids {
		room <- struct{}{}
		wg.Go(func() {
			defer func() { <-room }()
			if err := g.work(ctx, id); err != nil {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return len(ids), errors.Join(errs...)
}

func (g *Gateway) due(ctx context.Context) ([]tickets.SessionID, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.recall(ctx); err != nil {
		return nil, err
	}
	now := g.c.Now()
	var ids []tickets.SessionID
	for id, at := range g.agenda {
		if !at.After(now) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b tickets.SessionID) int { return g.agenda[a].Compare(g.agenda[b]) })
	return ids[:min(len(ids), perTick)], nil
}

// work does what is due for one session. Each notice is put off in Memory before it is posted, so that a crash or a
// second pass meanwhile repeats it later rather than never or at once; the order of steps is: put off, post, take out.
func (g *Gateway) work(ctx context.Context, id tickets.SessionID) error {
	var out []letter
	_, err := g.change(ctx, id, func(s *session) error {
		now := g.c.Now()
		s.Outbox = slices.DeleteFunc(s.Outbox, func(l letter) bool { return now.Sub(l.At) > giveUp })
		for i := range s.Outbox {
			if l := &s.Outbox[i]; !l.Due.After(now) {
				l.Due = tickets.Milli(now.Add(wait(l.Tries)))
				l.Tries++
				out = append(out, *l)
			}
		}
		return nil
	})
	if errors.Is(err, tickets.NotFound) { // the agenda was saved, the session was not
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.note(ctx, id, time.Time{})
	}
	if err != nil {
		return err
	}
	for _, l := range out {
		if err := g.post(ctx, l); err != nil {
			g.c.Log.WarnContext(ctx, "sandbox notice not delivered",
				"event", l.Event, "session", string(id), "tries", l.Tries, "error", err)
			continue
		}
		_, err := g.change(ctx, id, func(s *session) error {
			s.Outbox = slices.DeleteFunc(s.Outbox, func(x letter) bool { return x.Event == l.Event })
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *Gateway) post(ctx context.Context, l letter) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.c.NoticeURL, bytes.NewReader(l.Body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(SignatureHeader, Sign(g.c.Secret, l.Body, g.c.Now()))
	res, err := g.c.Client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16)); err != nil {
		return err
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("answered %s", res.Status)
	}
	return nil
}
