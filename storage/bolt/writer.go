package bolt

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"boxoffice/tickets"
)

// Bounds of a batch.
const (
	maxBatch      = 2048
	maxBatchBytes = 8 << 20
	// linger is how long the writer waits for the customers of the last batch to come back, when there were more than
	// lingerFrom: without it two halves of a crowd take turns, each with half a batch.
	linger     = 100 * time.Microsecond
	lingerFrom = 8
)

// writer is the one goroutine that writes to a file.
type writer struct {
	s    *Store
	in   chan *request
	quit chan struct{}
	done chan struct{}

	// The batch at work. It is here and not on the stack so that loop can go on after a function ended its goroutine.
	batch  []*request
	over   *overlay // nil until open
	spare  *overlay // what over is made of
	images [2]image // for the running function
	view   *snapshot
	last   int         // size of the last batch
	crowd  atomic.Bool // it was large
	fresh  int         // rows that no block has, stored since the sealer was roused

	watched *stored // by the sealer

	written func(*overlay) // benchmarks look here at what each function wrote; nil otherwise
}

// request is one Update on its way.
type request struct {
	fn     func(tickets.Tx) error
	answer chan struct{}
	mu     sync.Mutex // held while fn runs
	taken  bool       // fn was run, or is never to run
	err    error
	panics any
	exits  bool // fn called runtime.Goexit
}

func newWriter(s *Store) *writer {
	w := &writer{s: s, in: make(chan *request, maxBatch), spare: &overlay{},
		images: [2]image{{arena: make([]byte, 0, 1024)}, {arena: make([]byte, 0, 1024)}}, quit: make(chan struct{}), done: make(chan struct{})}
	go w.loop()
	return w
}

// stop ends the goroutine; nobody may call do any more.
func (w *writer) stop() {
	close(w.quit)
	<-w.done
}

// do has fn run and committed, or its reason not to be.
func (w *writer) do(ctx context.Context, fn func(tickets.Tx) error) error {
	r := &request{fn: fn, answer: make(chan struct{})}
	select {
	case w.in <- r:
	case <-ctx.Done():
		return fmt.Errorf("%w: not run: %w", tickets.Unavailable, context.Cause(ctx))
	case <-w.s.failed:
		return *w.s.failure.Load()
	}
	select {
	case <-r.answer:
	case <-ctx.Done():
		return r.giveUp(ctx)
	}
	if r.panics != nil {
		panic(r.panics)
	}
	if r.exits {
		runtime.Goexit()
	}
	return r.err
}

// giveUp answers a caller whose context ended. It waits for a running function, which may still write to the caller's
// variables, but not for the disk.
func (r *request) giveUp(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.taken {
		r.taken = true
		return fmt.Errorf("%w: not run: %w", tickets.Unavailable, context.Cause(ctx))
	}
	return fmt.Errorf("%w: committing: %w", tickets.Unavailable, context.Cause(ctx))
}

// loop takes and commits batches until stop. A function that calls runtime.Goexit, as a failing test does, ends this
// goroutine; another then finishes the batch.
func (w *writer) loop() {
	ended := false
	defer func() {
		if !ended {
			go w.loop()
		}
	}()
	debug.SetPanicOnFault(true)
	if w.batch != nil {
		w.finish()
	}
	for {
		select {
		case r := <-w.in:
			w.begin(r)
			w.finish()
		case <-w.quit:
			ended = true
			close(w.done)
			return
		}
	}
}

func (w *writer) begin(r *request) {
	w.batch = append(make([]*request, 0, w.last+1), r)
	w.over = nil
}

// finish runs the functions of the batch, and of requests that come meanwhile, commits, and answers.
func (w *writer) finish() {
	err := w.open()
	if err == nil {
		w.runAll()
		err = w.commit()
	}
	if err != nil && !errors.Is(err, errFull) {
		err = w.s.fail(err)
	}
	if w.over != nil {
		w.fresh += w.over.fresh
	}
	if l := w.s.sealer; l != nil && w.fresh >= l.wait {
		w.fresh = 0
		l.rouse()
	}
	batch := w.batch
	w.crowd.Store(len(batch) > lingerFrom)
	w.last, w.batch, w.over, w.view = len(batch), nil, nil, nil
	for _, r := range batch {
		if err != nil {
			r.err = err
		}
		close(r.answer)
	}
}

// open begins the bbolt transaction unless it has begun.
func (w *writer) open() error {
	if w.over != nil {
		return nil
	}
	if f := w.s.failure.Load(); f != nil {
		return *f
	}
	btx, err := w.s.db.Begin(true)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	w.view = &snapshot{tx: btx, ends: &[numTables]end{}}
	w.over = w.spare
	w.over.reset(w.view)
	return nil
}

// runAll runs what has not run yet, then what waits, until nothing does or the batch is full.
func (w *writer) runAll() {
	for _, r := range w.batch {
		w.run(r)
	}
	var waited time.Time
	for len(w.batch) < maxBatch && w.over.size < maxBatchBytes {
		select {
		case r := <-w.in:
			w.batch = append(w.batch, r)
			w.run(r)
			continue
		default:
		}
		if w.last <= lingerFrom || len(w.batch) >= w.last {
			return
		}
		if waited.IsZero() {
			waited = time.Now()
		} else if time.Since(waited) > linger {
			return
		}
		runtime.Gosched()
	}
}

// run runs one function on the overlay, unless it has run or its caller is gone.
func (w *writer) run(r *request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.taken {
		return
	}
	r.taken = true
	w.over.mark()
	t := &tx{reader: &reader{src: w.over, over: w.over, catalog: &w.s.catalog, verified: &w.s.verified}, writer: w, before: &w.images[0], after: &w.images[1]}
	returned := false
	defer func() {
		p := recover()
		if d := damageOf(p); d != nil {
			r.err = d
		} else if p != nil {
			r.panics = p
		} else if !returned {
			r.exits = true
		}
		if r.err != nil || !returned {
			w.over.undo()
		}
		t.reader.src, t.reader.over = ended{}, nil // a kept Tx must not reach into later batches
	}()
	r.err = r.fn(t)
	returned = true
	if w.written != nil {
		w.written(w.over)
	}
}

// commit puts what the batch wrote into the file.
func (w *writer) commit() (err error) {
	btx := w.view.tx
	if w.over.empty() {
		return btx.Rollback()
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("commit: %v", p)
			w.s.stuck = true // bbolt may hold its own locks after a panic
		}
	}()
	if err := w.flush(); err != nil {
		_ = btx.Rollback()
		return err
	}
	id := btx.ID()
	err = btx.Commit()
	if noRoom(err) && !w.landed(id) {
		return fmt.Errorf("%w: %w: %w", tickets.Unavailable, errFull, err)
	}
	return err
}

// errFull marks a commit that found no room. Unlike other failures of the disk it is an outcome: nothing was stored,
// and when there is room again the store goes on.
var errFull = errors.New("the disk is full, nothing was stored")

// noRoom reports whether a write was refused for want of room. A sync that fails is another matter, whatever its error
// says: what it was to make durable may or may not be.
func noRoom(err error) bool {
	var write *fs.PathError
	return errors.Is(err, berrors.ErrMaxSizeReached) ||
		errors.As(err, &write) && (errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT))
}

// landed reports whether a commit that returned an error is in the file all the same: its last page is written before
// the last sync.
func (w *writer) landed(id int) bool {
	btx, err := w.s.db.Begin(false)
	if err != nil {
		return true
	}
	defer func() { _ = btx.Rollback() }()
	return btx.ID() >= id
}

// flush puts the overlay into the bbolt transaction, table by table in key order.
func (w *writer) flush() error {
	var key []byte
	for t := range numTables {
		writes := &w.over.tables[t]
		if len(writes.list) == 0 {
			continue
		}
		b := w.view.bucket(t.tree())
		for _, e := range writes.list {
			key = append(append(key[:0], byte(t)), e.key...) // Put copies the key, and keeps the value until commit
			if err := flushEntry(b, t, key, e.entry); err != nil {
				return fmt.Errorf("put %s %x: %w", t, e.key, err)
			}
		}
	}
	return nil
}

func flushEntry(b *bbolt.Bucket, t table, key []byte, e *entry) error {
	if e.gone {
		return b.Delete(key)
	}
	return b.Put(key, e.bytes(t, key[1:]))
}

// ended is the source of a transaction that is over.
type ended struct{}

func (ended) get(table, []byte) []byte { panic("bolt: transaction used after its function") }
func (ended) scan(table, []byte, []byte, bool) cursor {
	panic("bolt: transaction used after its function")
}
