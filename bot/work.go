package bot

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/go-telegram/bot/models"

	"boxoffice/tickets"
)

// The waits before an update is tried again; the last holds for all that follow.
var retryAfter = []time.Duration{500 * time.Millisecond, 2 * time.Second, 5 * time.Second}

const longestWait = 10 * time.Second

// work handles one job, and marks it done or has it come again.
func (in *Inbox) work(ctx context.Context, j *job) {
	u, err := decode(j.raw)
	if err == nil {
		err = in.handle(ctx, j, u)
	}
	j.tries++
	if err != nil && passing(err) && (j.tries < in.cfg.Tries || aboutMoney(u)) {
		in.cfg.Log.WarnContext(ctx, "update will be tried again", "update", j.id, "kind", j.kind, "tries", j.tries, "error", err)
		in.cfg.Handled(j.kind, in.cfg.Now().Sub(j.at), "retry")
		in.later(j, wait(err, j.tries))
		return
	}
	result := "done"
	if err != nil {
		result = "failed"
		in.cfg.Log.ErrorContext(ctx, "update given up", "update", j.id, "kind", j.kind, "tries", j.tries, "error", err)
		if u != nil {
			in.tell(ctx, u, err)
		}
	}
	if err := in.finish(ctx, j, err); err != nil {
		// It stays pending in the store and is handled again after the next start; until then it is known.
		in.cfg.Log.ErrorContext(ctx, "handled update not marked done", "update", j.id, "error", err)
	} else {
		in.load.forget(j)
	}
	in.cfg.Handled(j.kind, in.cfg.Now().Sub(j.at), result)
	in.queue.done(j)
}

// passing reports whether trying again may help.
func passing(err error) bool {
	return errors.Is(err, tickets.Unavailable) || errors.Is(err, tickets.Unknown)
}

func wait(err error, tries int) time.Duration {
	d := retryAfter[min(tries, len(retryAfter))-1]
	var asked *tickets.Wait
	if errors.As(err, &asked) {
		d = max(d, asked.After)
	}
	return min(d, longestWait)
}

// later makes j ready again after d. Its place in line is kept, its worker is free meanwhile. At shutdown the timer is
// not waited for: the update is pending in the store.
func (in *Inbox) later(j *job, d time.Duration) {
	time.AfterFunc(d, func() { in.queue.again(j) })
}

type behindKey struct{}

// behind is closed when another update of the same chat or person waits for the handler that has this context.
func behind(ctx context.Context) <-chan struct{} {
	c, _ := ctx.Value(behindKey{}).(<-chan struct{})
	return c
}

// handle calls the handler and contains its panics.
func (in *Inbox) handle(ctx context.Context, j *job, u *models.Update) (err error) {
	ctx, cancel := context.WithTimeout(ctx, in.cfg.Limit)
	defer cancel()
	ctx = context.WithValue(ctx, behindKey{}, (<-chan struct{})(j.behind))
	defer func() {
		if p := recover(); p != nil {
			in.cfg.Log.ErrorContext(ctx, "handler panicked", "update", j.id, "kind", j.kind, "stack", string(debug.Stack()))
			err = fmt.Errorf("handler panicked: %T", p) // the value may hold what a person wrote
		}
	}()
	return in.cfg.Handler.Handle(ctx, u)
}

// tell lets the person know, as well as may be.
func (in *Inbox) tell(ctx context.Context, u *models.Update, failure error) {
	ctx, cancel := context.WithTimeout(ctx, in.cfg.Limit/2)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			in.cfg.Log.ErrorContext(ctx, "telling of a failure panicked", "update", u.ID)
		}
	}()
	in.cfg.Failed(ctx, u, failure)
}

// finish marks the update done. What a person wrote is not kept longer than needed: the body goes, unless it failed.
func (in *Inbox) finish(ctx context.Context, j *job, failure error) error {
	row := in.incoming(j)
	row.Done = in.cfg.Now()
	if failure != nil {
		row.Error = failure.Error()
	} else {
		row.Body = nil
	}
	var err error
	for try := range 3 {
		if try > 0 {
			pause(ctx, retryAfter[try-1])
		}
		attempt, cancel := context.WithTimeout(ctx, storeLimit)
		err = in.cfg.Store.Update(attempt, func(tx tickets.Tx) error { return tx.PutIncoming(row) })
		cancel()
		if err == nil || !errors.Is(err, tickets.Unavailable) {
			return err
		}
	}
	return err
}

// pause waits for d or until ctx ends, and reports whether ctx goes on.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
