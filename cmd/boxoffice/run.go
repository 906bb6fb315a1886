package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"boxoffice/web"
)

// This file is the service at work: what runs side by side, and how it ends.

// run serves on l until ctx ends or the store fails, then stops in order: no more requests and updates are taken in,
// what was taken in is finished or left durable, and the store is closed last. started, if not nil, is called once
// everything runs.
func (a *app) run(ctx context.Context, l net.Listener, started func(context.Context)) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()

	// Two groups: doors take work in and end first; the rest finishes it.
	var doors, rest group
	srv := web.Server(l.Addr().String(), a.handler)
	srv.RegisterOnShutdown(a.console.Close) // its streams of events would hold up the stop
	doors.run("http", func() error { return serveHTTP(ctx, srv, l) }, stop)
	if a.cfg.MetricsListen != "" {
		doors.run("metrics", func() error { return a.serveMetrics(ctx) }, stop)
	}
	doors.run("socket", func() error { return serveSocket(ctx, a.shop, socketPath(a.cfg.Storage)) }, stop)
	if a.poller != nil {
		doors.run("polling", func() error { return a.poller.Run(ctx) }, stop)
	}
	doors.run("setup", func() error { return a.setup.Run(ctx) }, stop)
	rest.run("inbox", func() error { return a.inbox.Run(work) }, stop)
	rest.run("dispatcher", func() error { a.dispatcher.Run(work); return nil }, stop)
	rest.run("cron", func() error { return runCron(work, a.jobs(), a.log, a.metrics.Ran) }, stop)

	a.log.Info("serving", "listen", l.Addr().String(), "public_url", a.cfg.PublicURL, "telegram", a.cfg.Telegram.Mode, "version", version)
	if started != nil {
		rest.run("start", func() error { started(ctx); return nil }, stop)
	}
	select {
	case <-ctx.Done():
	case <-a.shop.store.Failed():
		// The outcome of the last commit is not known. Nothing is repaired in this process: a new one reads the file.
		a.log.Error("the store cannot go on; ending, so that a new start reads what is there")
		stop(errors.New("the store failed; start again"))
	}
	a.log.Info("stopping")
	err := doors.wait()
	stopWork()
	err = errors.Join(err, rest.wait())
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	a.sender.Close(closing)
	a.client.Close()
	err = errors.Join(err, a.shop.Close())
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		err = errors.Join(cause, err)
	}
	a.log.Info("stopped")
	return err
}

// group is goroutines that are waited for. The first that fails stops the others.
type group struct {
	wg   sync.WaitGroup
	mu   sync.Mutex
	errs []error
}

func (g *group) run(name string, fn func() error, stop context.CancelCauseFunc) {
	g.wg.Go(func() {
		if err := fn(); err != nil {
			err = fmt.Errorf("%s: %w", name, err)
			g.mu.Lock()
			g.errs = append(g.errs, err)
			g.mu.Unlock()
			stop(err)
		}
	})
}

func (g *group) wait() error {
	g.wg.Wait()
	return errors.Join(g.errs...)
}

// drain is how long requests under way may take after the stop.
const drain = 20 * time.Second

// serveHTTP serves until ctx ends and then finishes the requests under way.
func serveHTTP(ctx context.Context, srv *http.Server, l net.Listener) error {
	finished := make(chan error, 1)
	go func() { finished <- srv.Serve(l) }()
	select {
	case err := <-finished:
		return err
	case <-ctx.Done():
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	err := srv.Shutdown(limit)
	if errors.Is(err, context.DeadlineExceeded) { // streams that never end
		err = srv.Close()
	}
	if served := <-finished; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

func (a *app) serveMetrics(ctx context.Context) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", a.cfg.MetricsListen)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.metrics.Handler())
	return serveHTTP(ctx, web.Server(a.cfg.MetricsListen, mux), l)
}

// reach knows whether the Bot API still answers. The zero reach is ready.
type reach struct {
	mu       sync.Mutex
	silentAt time.Time // the first call without an answer since the last answer
}

// silence is how long the Bot API may give no answers before the service says that it is not ready.
const silence = time.Minute

func (r *reach) heard(outcome string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case outcome != "broken":
		r.silentAt = time.Time{}
	case r.silentAt.IsZero():
		r.silentAt = now
	}
}

func (r *reach) ready(now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.silentAt.IsZero() && now.Sub(r.silentAt) > silence {
		return fmt.Errorf("telegram has not answered since %s", r.silentAt.Format(time.TimeOnly))
	}
	return nil
}
