package sim

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"

	"boxoffice/tickets"
)

// points is the shop's real store with a point before and after every commit. A process that died or whose store
// failed gets nothing more from it.
type points struct {
	w     *world
	inner tickets.Store
	dead  bool // the process is to end: nothing works any more
}

var _ tickets.Store = (*points)(nil)

var errDead = fmt.Errorf("%w: the process has died", tickets.Unavailable)

// View implements tickets.Store.
func (s *points) View(ctx context.Context, fn func(tickets.Reader) error) error {
	if s.dead {
		return errDead
	}
	s.w.k.point("view")
	if s.dead {
		return errDead
	}
	return s.inner.View(ctx, fn)
}

// Update implements tickets.Store. The process dies, and a commit's outcome is unknown, only where rows would be
// written: what looked and changed nothing has no commit to die at.
func (s *points) Update(ctx context.Context, fn func(tickets.Tx) error) error {
	if s.dead {
		return errDead
	}
	w := s.w
	name, door := verb()
	locked := name == "orderCode" // it waits with a mutex in its hand: nobody else may run
	if !locked {
		w.k.point("commit " + name)
	}
	if s.dead {
		return errDead
	}
	var rows *written
	var lost, unknown, committed bool // the process dies before the commit; its outcome is unknown, there or not
	err := s.inner.Update(ctx, func(tx tickets.Tx) error {
		rows = &written{Tx: tx}
		if err := fn(rows); err != nil || rows.empty() {
			return err
		}
		if lost = w.dies(name, before); lost {
			return errDead
		}
		if unknown, committed = w.unknownOutcome(name); unknown && !committed {
			return errDead
		}
		return nil
	})
	switch {
	case lost:
		w.die()
		return errDead
	case unknown && !committed:
		return s.failed(name)
	case err != nil || rows.empty():
		return err
	}
	w.committed(name, door, rows)
	if unknown {
		return s.failed(name)
	}
	if w.crashed(name, after) {
		return errDead
	}
	if !locked {
		w.k.point("committed " + name)
	}
	if s.dead {
		return errDead
	}
	return nil
}

// failed is what a store says whose commit's outcome is unknown, from then on and to everybody.
func (s *points) failed(name string) error {
	s.dead = true
	return fmt.Errorf("%w: commit of %s: outcome unknown, the process must start anew", tickets.Unavailable, name)
}

// Failed implements tickets.Store.
func (s *points) Failed() <-chan struct{} { return s.inner.Failed() }

// Close implements tickets.Store.
func (s *points) Close() error { return s.inner.Close() }

// verb is the function of the product that commits, the innermost method that is not the helper every verb uses, and
// the one that was called from outside, the outermost.
func verb() (name, door string) {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		f, more := frames.Next()
		if m, ok := methodOf(f.Function); ok && m != "update" {
			if name == "" {
				name = m
			}
			door = m
		}
		if !more {
			return cmp.Or(name, "other"), cmp.Or(door, "other")
		}
	}
}

// receivers are the types whose methods commit, and what their names begin with here.
var receivers = []struct{ of, prefix string }{
	{"boxoffice/checkout.(*Desk).", ""}, {"boxoffice/notify.(*Dispatcher).", "notify "}, {"boxoffice/notify.(*pass).", "notify "},
}

func methodOf(function string) (string, bool) {
	for _, r := range receivers {
		if rest, ok := strings.CutPrefix(function, r.of); ok {
			name, _, _ := strings.Cut(rest, ".")
			return r.prefix + name, true
		}
	}
	return "", false
}

// written is a transaction that remembers the rows it stored.
type written struct {
	tickets.Tx
	rows []any
	more bool // something else was written too
}

// empty reports whether nothing was written: then nothing is committed either.
func (t *written) empty() bool { return len(t.rows) == 0 && !t.more }

func (t *written) also(err error) error {
	t.more = t.more || err == nil
	return err
}

func (t *written) PutSetting(name, value string) error { return t.also(t.Tx.PutSetting(name, value)) }
func (t *written) CreateSigningKey(x tickets.SigningKey) error {
	return t.also(t.Tx.CreateSigningKey(x))
}

// PutCatalog implements tickets.Tx.
func (t *written) PutCatalog(x tickets.Catalog) (int64, error) {
	rev, err := t.Tx.PutCatalog(x)
	return rev, t.also(err)
}

// OrderCodes implements tickets.Tx.
func (t *written) OrderCodes(m tickets.MerchantID, day tickets.Date, n int) (int64, error) {
	first, err := t.Tx.OrderCodes(m, day, n)
	return first, t.also(err)
}

// LeaseDeliveries implements tickets.Tx.
func (t *written) LeaseDeliveries(now, until time.Time, limit int) ([]tickets.Delivery, error) {
	out, err := t.Tx.LeaseDeliveries(now, until, limit)
	t.more = t.more || len(out) > 0
	return out, err
}

func (t *written) keep(err error, row any) error {
	if err == nil {
		t.rows = append(t.rows, row)
	}
	return err
}

func (t *written) PutStock(x tickets.Stock) error        { return t.keep(t.Tx.PutStock(x), x) }
func (t *written) CreateHold(x tickets.Hold) error       { return t.keep(t.Tx.CreateHold(x), x) }
func (t *written) PutHold(x tickets.Hold) error          { return t.keep(t.Tx.PutHold(x), x) }
func (t *written) CreateOrder(x tickets.Order) error     { return t.keep(t.Tx.CreateOrder(x), x) }
func (t *written) PutOrder(x tickets.Order) error        { return t.keep(t.Tx.PutOrder(x), x) }
func (t *written) CreatePayment(x tickets.Payment) error { return t.keep(t.Tx.CreatePayment(x), x) }
func (t *written) PutPayment(x tickets.Payment) error    { return t.keep(t.Tx.PutPayment(x), x) }
func (t *written) CreateCapture(x tickets.Capture) error { return t.keep(t.Tx.CreateCapture(x), x) }
func (t *written) PutCapture(x tickets.Capture) error    { return t.keep(t.Tx.PutCapture(x), x) }
func (t *written) CreateRefund(x tickets.Refund) error   { return t.keep(t.Tx.CreateRefund(x), x) }
func (t *written) PutRefund(x tickets.Refund) error      { return t.keep(t.Tx.PutRefund(x), x) }
func (t *written) CreateDispute(x tickets.Dispute) error { return t.keep(t.Tx.CreateDispute(x), x) }
func (t *written) PutDispute(x tickets.Dispute) error    { return t.keep(t.Tx.PutDispute(x), x) }
func (t *written) CreateCase(x tickets.Case) error       { return t.keep(t.Tx.CreateCase(x), x) }
func (t *written) PutCase(x tickets.Case) error          { return t.keep(t.Tx.PutCase(x), x) }
func (t *written) CreateTicket(x tickets.Ticket) error   { return t.keep(t.Tx.CreateTicket(x), x) }
func (t *written) PutTicket(x tickets.Ticket) error      { return t.keep(t.Tx.PutTicket(x), x) }
func (t *written) CreateAdmission(x tickets.Admission) error {
	return t.keep(t.Tx.CreateAdmission(x), x)
}
func (t *written) CreateDelivery(x tickets.Delivery) error { return t.keep(t.Tx.CreateDelivery(x), x) }
func (t *written) PutDelivery(x tickets.Delivery) error    { return t.keep(t.Tx.PutDelivery(x), x) }
func (t *written) CreateNotice(x tickets.Notice) error     { return t.keep(t.Tx.CreateNotice(x), x) }
func (t *written) PutNotice(x tickets.Notice) error        { return t.keep(t.Tx.PutNotice(x), x) }

// Append implements tickets.Tx.
func (t *written) Append(facts ...tickets.Fact) error {
	err := t.Tx.Append(facts...)
	for _, f := range facts {
		if err == nil {
			t.rows = append(t.rows, f)
		}
	}
	return err
}
