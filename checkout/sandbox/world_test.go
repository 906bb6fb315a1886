package sandbox_test

import (
	"context"
	"encoding/json"
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

// refunds counts those of a charge in what is stored.
func (c *counted) refunds(charge string) int {
	n := 0
	c.mu.Lock()
	defer c.mu.Unlock()
	for name := range c.names {
		v, err := c.Memory.Load(context.Background(), name)
		if err != nil {
			continue
		}
		var s struct {
			Refunds []struct{ Charge string }
		}
		if err := json.Unmarshal([]byte(v), &s); err != nil {
			panic(err)
		}
		for _, r := range s.Refunds {
			if r.Charge == charge {
				n++
			}
		}
	}
	return n
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
