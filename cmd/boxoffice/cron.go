package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/robfig/cron/v3"
)

// job is a pass that cron runs. Passes are idempotent and bounded; one never overlaps itself, and a panic ends only
// the run it happened in.
type job struct {
	name  string
	every time.Duration
	run   func(context.Context) (int, error)
	full  int // a run that did so much has left work behind, and is repeated at once; 0 is never
}

// cronLog hears cron's own words: skipped runs and panics.
type cronLog struct{ log *slog.Logger }

func (c cronLog) Info(msg string, kv ...any) { c.log.Debug("cron", append(kv, "what", msg)...) }
func (c cronLog) Error(err error, msg string, kv ...any) {
	c.log.Error("cron", append(kv, "what", msg, "error", err)...)
}

// runCron runs the jobs until ctx ends, and returns when the last run has.
func runCron(ctx context.Context, jobs []job, log *slog.Logger, observe func(job string, took time.Duration, did int, err error)) error {
	c := cron.New(cron.WithChain(cron.Recover(cronLog{log})), cron.WithLogger(cronLog{log}))
	for _, j := range jobs {
		if _, err := c.AddFunc("@every "+j.every.String(), once(ctx, j, log, observe)); err != nil {
			return fmt.Errorf("cron job %s: %w", j.name, err)
		}
	}
	c.Start()
	<-ctx.Done()
	<-c.Stop().Done()
	return nil
}

// once wraps a job so that a run that finds the one before still at work is left out.
func once(ctx context.Context, j job, log *slog.Logger, observe func(string, time.Duration, int, error)) func() {
	var busy atomic.Bool
	return func() {
		if ctx.Err() != nil || !busy.CompareAndSwap(false, true) {
			return
		}
		defer busy.Store(false)
		limit, cancel := context.WithTimeout(ctx, max(10*j.every, time.Minute))
		defer cancel()
		began := time.Now()
		n, err := j.run(limit)
		for more := n; err == nil && j.full > 0 && more >= j.full && limit.Err() == nil; n += more {
			more, err = j.run(limit)
		}
		if err != nil && ctx.Err() == nil {
			log.Error("cron job failed", "job", j.name, "error", err)
		}
		if n > 0 {
			log.Debug("cron job", "job", j.name, "did", n)
		}
		observe(j.name, time.Since(began), n, err)
	}
}
