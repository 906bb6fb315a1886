package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/go-telegram/bot/models"

	"boxoffice/tickets"
)

// Handler acts on one update. It is called for one update at a time per chat and per person, in the order in which they
// came, and must bear being called again for the same update: after a crash, and after an error that is Unavailable or
// Unknown. ctx ends after InboxConfig.Limit and is not the shutdown's.
type Handler interface {
	Handle(ctx context.Context, u *models.Update) error
}

// InboxConfig is what an Inbox needs.
type InboxConfig struct {
	Bot     int64 // the bot's number, Client.ID
	Store   tickets.Store
	Handler Handler
	Log     *slog.Logger

	// Failed is told of an update that was given up, so that the person hears of it. It may be nil.
	Failed func(ctx context.Context, u *models.Update, err error)
	// Handled is told of each update: its kind, the time from being stored to being done, and "done", "failed" or
	// "retry". It may be nil.
	Handled func(kind string, took time.Duration, outcome string)

	Parallel int              // updates handled at once; 64
	Queue    int              // updates kept in memory; 10,000. More wait in the store
	Limit    time.Duration    // for one call of the handler; 20s
	Tries    int              // calls of the handler before an update is given up; 4
	Now      func() time.Time // time.Now
}

const storeLimit = 10 * time.Second // for one transaction

func (c *InboxConfig) check() error {
	if c.Bot == 0 || c.Store == nil || c.Handler == nil || c.Log == nil {
		return errors.New("inbox: Bot, Store, Handler and Log are required")
	}
	setDefault(&c.Parallel, 64)
	setDefault(&c.Queue, 10_000)
	setDefault(&c.Limit, 20*time.Second)
	setDefault(&c.Tries, 4)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Failed == nil {
		c.Failed = func(context.Context, *models.Update, error) {}
	}
	if c.Handled == nil {
		c.Handled = func(string, time.Duration, string) {}
	}
	return nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Inbox keeps updates durably until they are handled. It may stop at any point:
//
//	before the commit   Telegram was not answered and sends again
//	after the commit    Run loads the update at the next start
//	after handling      the update is handled once more; handlers bear that
//	after done          its repetition meets the stored number and is dropped
type Inbox struct {
	cfg   InboxConfig
	queue *queue
	load  *loader

	mu      sync.Mutex
	running int
	closing bool
	last    time.Time // stamp of the update stored last
}

// NewInbox checks the configuration; it reads nothing.
func NewInbox(cfg InboxConfig) (*Inbox, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	in := &Inbox{cfg: cfg, queue: newQueue()}
	in.load = newLoader(in)
	return in, nil
}

// Accept stores updates, as Telegram sent them, in one transaction, and lets them be handled. When it returns nil they
// are durable; those that were stored before are left out. A body without an update_id is logged and dropped. It fails
// with Unavailable when the inbox is closing or the store cannot take them: then the sender has to send again.
func (in *Inbox) Accept(ctx context.Context, raws ...json.RawMessage) error {
	if in.isClosing() {
		return tickets.Refuse(tickets.Unavailable, "the inbox is closing")
	}
	now := in.stamp()
	jobs := make([]*job, 0, len(raws))
	for _, raw := range raws {
		e, err := open(raw)
		if err != nil {
			in.cfg.Log.ErrorContext(ctx, "malformed update dropped", "error", err, "bytes", len(raw))
			continue
		}
		jobs = append(jobs, &job{envelope: e, raw: raw, at: now})
	}
	if len(jobs) == 0 {
		return nil
	}
	// A sender that hangs up must not leave us in doubt of what was stored.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeLimit)
	defer cancel()
	var fresh []*job
	in.load.expect(jobs)
	err := in.cfg.Store.Update(ctx, func(tx tickets.Tx) error {
		fresh = make([]*job, 0, len(jobs))
		for _, j := range jobs {
			err := tx.CreateIncoming(in.incoming(j))
			switch {
			case errors.Is(err, tickets.Exists):
			case err != nil:
				return err
			default:
				fresh = append(fresh, j)
			}
		}
		return nil
	})
	if err != nil {
		in.load.fail(jobs)
		return fmt.Errorf("store updates: %w", err)
	}
	in.load.offer(jobs, fresh)
	return nil
}

// stamp is the time at which updates came. The store keeps their order by it, so it does not go back when the clock does.
func (in *Inbox) stamp() time.Time {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.last = later(in.cfg.Now(), in.last)
	return in.last
}

func (in *Inbox) incoming(j *job) tickets.Incoming {
	return tickets.Incoming{Bot: in.cfg.Bot, Update: j.id, Key: j.key(), Body: j.raw, At: j.at, Tries: j.tries}
}

// Depth is how many updates are in memory, being handled included.
func (in *Inbox) Depth() int { return in.queue.depth() }

// Tidy forgets handled updates that came before t, at most 1000 a call, and returns how many. A repetition of a forgotten
// update would be handled again; Telegram keeps undelivered updates for a day, so t is better some days ago.
func (in *Inbox) Tidy(ctx context.Context, t time.Time) (int, error) {
	var n int
	err := in.cfg.Store.Update(ctx, func(tx tickets.Tx) error {
		var err error
		n, err = tx.DropIncoming(t, 1000)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("drop old updates: %w", err)
	}
	return n, nil
}

// Run handles updates, those left by an earlier run first, until ctx ends. It then refuses new ones, gives the handlers
// at work up to InboxConfig.Limit, and returns nil; what was not finished stays in the store. Run is called once.
func (in *Inbox) Run(ctx context.Context) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var group sync.WaitGroup
	group.Go(func() { in.load.run(ctx) })
	for ctx.Err() == nil {
		if !in.startNext(work, &group) {
			select {
			case <-ctx.Done():
			case <-in.queue.wake:
			}
		}
	}
	in.mu.Lock()
	in.closing = true
	in.mu.Unlock()

	finished := make(chan struct{})
	go func() { group.Wait(); close(finished) }()
	grace := time.NewTimer(in.cfg.Limit)
	defer grace.Stop()
	select {
	case <-finished:
	case <-grace.C:
		stop()
		<-finished
	}
	return nil
}

func (in *Inbox) isClosing() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.closing
}

// startNext starts one ready job unless enough are running. The job's goroutine goes on with others as it finishes.
func (in *Inbox) startNext(ctx context.Context, group *sync.WaitGroup) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.running >= in.cfg.Parallel {
		return false
	}
	j := in.queue.pop()
	if j == nil {
		return false
	}
	in.running++
	group.Go(func() {
		in.work(ctx, j)
		in.mu.Lock()
		in.running--
		in.mu.Unlock()
		in.queue.signal()
	})
	return true
}
