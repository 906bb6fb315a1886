package bot

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"boxoffice/tickets"
)

// memory is a store of updates and settings, as far as the door, the inbox and the sender need one.
type memory struct {
	mu       sync.Mutex
	incoming map[int64]tickets.Incoming
	order    []int64
	settings map[string]string
	refuse   error // of every Update
}

func openStore(testing.TB) *memory {
	return &memory{incoming: map[int64]tickets.Incoming{}, settings: map[string]string{}}
}

func (m *memory) View(_ context.Context, fn func(tickets.Reader) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return fn(memoryTx{m: m})
}

func (m *memory) Update(_ context.Context, fn func(tickets.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuse != nil {
		return m.refuse
	}
	incoming, order, settings := maps.Clone(m.incoming), slices.Clone(m.order), maps.Clone(m.settings)
	if err := fn(memoryTx{m: m}); err != nil {
		m.incoming, m.order, m.settings = incoming, order, settings
		return err
	}
	return nil
}

func (m *memory) Failed() <-chan struct{} { return nil }
func (m *memory) Close() error            { return nil }

type memoryTx struct {
	tickets.Tx
	m *memory
}

func (t memoryTx) CreateIncoming(in tickets.Incoming) error {
	if _, ok := t.m.incoming[in.Update]; ok {
		return tickets.Exists
	}
	t.m.order = append(t.m.order, in.Update)
	return t.PutIncoming(in)
}

func (t memoryTx) PutIncoming(in tickets.Incoming) error {
	in.Body = slices.Clone(in.Body)
	t.m.incoming[in.Update] = in
	return nil
}

func (t memoryTx) IncomingPending(_ int64, p tickets.Page) ([]tickets.Incoming, string, error) {
	begin, _ := strconv.Atoi(p.Mark)
	var out []tickets.Incoming
	for i := begin; i < len(t.m.order); i++ {
		if row := t.m.incoming[t.m.order[i]]; row.Done.IsZero() {
			if len(out) == p.Limit {
				return out, strconv.Itoa(i), nil
			}
			out = append(out, row)
		}
	}
	return out, "", nil
}

func (t memoryTx) DropIncoming(before time.Time, limit int) (int, error) {
	n := 0
	for id, row := range t.m.incoming {
		if n < limit && !row.Done.IsZero() && row.At.Before(before) {
			delete(t.m.incoming, id)
			n++
		}
	}
	return n, nil
}

func (t memoryTx) Setting(name string) (string, error) {
	v, ok := t.m.settings[name]
	if !ok {
		return "", tickets.NotFound
	}
	return v, nil
}

func (t memoryTx) PutSetting(name, value string) error {
	t.m.settings[name] = value
	return nil
}
