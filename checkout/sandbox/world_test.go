package sandbox_test

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"boxoffice/checkout/checkouttest"
)

// inbox answers every post with 200 and keeps it.
type inbox struct {
	mu      sync.Mutex
	notices []checkouttest.Notice
}

func (b *inbox) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.notices = append(b.notices, checkouttest.Notice{Header: r.Header.Clone(), Body: body})
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
}

func (b *inbox) all() []checkouttest.Notice {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.notices)
}

// counted is a memory that counts sessions and fails on demand.
type counted struct {
	checkouttest.Memory
	mu     sync.Mutex
	names  map[string]bool
	before error // of the next call
	after  error // of the next save of a session
}

func (c *counted) Load(ctx context.Context, name string) (string, error) {
	c.mu.Lock()
	err := c.before
	c.before = nil
	c.mu.Unlock()
	if err != nil {
		return "", err
	}
	return c.Memory.Load(ctx, name)
}

func (c *counted) Save(ctx context.Context, name, value string) error {
	err := c.Memory.Save(ctx, name, value)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.names == nil {
		c.names = map[string]bool{}
	}
	if strings.HasPrefix(name, "sandbox.ps_") {
		c.names[name] = true
		if err == nil {
			err, c.after = c.after, nil
		}
	}
	return err
}

func (c *counted) sessions() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.names)
}

func (c *counted) down(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.before = err
}

func (c *counted) lose(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.after = err
}
