package checkouttest

import (
	"context"
	"sync"

	"boxoffice/tickets"
)

// Memory keeps named values in a map: the sandbox's memory in tests. The zero value is ready, and safe for concurrent use.
type Memory struct {
	mu     sync.Mutex
	values map[string]string
	fault  error
}

// Load fails with tickets.NotFound when nothing was saved under the name.
func (m *Memory) Load(_ context.Context, name string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fault != nil {
		return "", m.fault
	}
	v, ok := m.values[name]
	if !ok {
		return "", tickets.Refuse(tickets.NotFound, "value %q", name)
	}
	return v, nil
}

// Save creates or replaces.
func (m *Memory) Save(_ context.Context, name, value string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fault != nil {
		return m.fault
	}
	if m.values == nil {
		m.values = map[string]string{}
	}
	m.values[name] = value
	return nil
}

// Break makes every call fail with err from now on; nil heals.
func (m *Memory) Break(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault = err
}
