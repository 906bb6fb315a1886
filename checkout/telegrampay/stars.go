package telegrampay

import (
	"context"
	"fmt"
	"sync"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// starBook is what Telegram told of the bot's Stars. Telegram lists them with the oldest first and by offset only; so
// the book remembers how far it has read, and each question reads on from there: one short call, but for the first
// question of a process, which reads all there is.
type starBook struct {
	list func(ctx context.Context, offset, limit int) ([]checkout.StarTransaction, error)
	now  func() time.Time

	mu    sync.Mutex
	read  int
	in    map[tickets.SessionID][]checkout.StarTransaction
	out   map[string]checkout.StarTransaction // refunds by charge
	cared time.Time                           // when old ones were last forgotten
}

const (
	starPage = 100                 // most that Telegram lists at once
	starLife = 30 * 24 * time.Hour // nobody asks about older ones
)

// paid lists the payments of an invoice.
func (b *starBook) paid(ctx context.Context, id tickets.SessionID) ([]checkout.StarTransaction, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.update(ctx); err != nil {
		return nil, err
	}
	return b.in[id], nil
}

// refunded reports whether a charge was given back.
func (b *starBook) refunded(ctx context.Context, charge string) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.update(ctx); err != nil {
		return false, err
	}
	_, ok := b.out[charge]
	return ok, nil
}

// update reads on. What was read before a failure stays.
func (b *starBook) update(ctx context.Context) error {
	if b.in == nil {
		b.in, b.out = map[tickets.SessionID][]checkout.StarTransaction{}, map[string]checkout.StarTransaction{}
	}
	b.forget()
	for {
		got, err := b.list(ctx, b.read, starPage)
		if err != nil {
			return fmt.Errorf("list star transactions: %w", err)
		}
		b.read += len(got)
		for _, x := range got {
			switch {
			case x.User == 0 || b.now().Sub(x.At) > starLife:
			case x.Refund:
				b.out[x.Charge] = x
			case x.Payload != "":
				b.in[x.Payload] = append(b.in[x.Payload], x)
			}
		}
		if len(got) < starPage {
			return nil
		}
	}
}

// forget drops old ones, once a day.
func (b *starBook) forget() {
	now := b.now()
	if now.Sub(b.cared) < 24*time.Hour {
		return
	}
	b.cared = now
	for id, xs := range b.in {
		if now.Sub(xs[len(xs)-1].At) > starLife {
			delete(b.in, id)
		}
	}
	for charge, x := range b.out {
		if now.Sub(x.At) > starLife {
			delete(b.out, charge)
		}
	}
}
