package telegramtest

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// webhook delivers updates to the bot's address. There is one queue per key; the next update of a queue leaves only
// after a 2xx for the one before, at most max queues are served at a time. Its fields belong to Server.mu.
type webhook struct {
	s        *Server
	url      string
	secret   string
	max      int
	queues   map[int64]*queue
	ready    []*queue // waiting for a worker
	workers  int
	count    int
	failedAt time.Time
	failure  string
	stopped  bool
}

type queue struct {
	key   int64
	items []*pending
}

func checkWebhookURL(address string) *apiError {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return badRequest("invalid webhook URL specified")
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	if u.Scheme != "https" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return badRequest("bad webhook: An HTTPS URL must be provided for webhook")
	}
	return nil
}

// isToken tells whether a text is made of the characters Telegram takes in secrets and start parameters.
func isToken(text string) bool {
	return strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") == ""
}

// add queues an update; the caller holds s.mu.
func (h *webhook) add(p *pending) {
	h.count++
	q := h.queues[p.key]
	if q != nil {
		q.items = append(q.items, p)
		return // being served, or waiting for its turn
	}
	q = &queue{key: p.key, items: []*pending{p}}
	h.queues[p.key] = q
	h.serve(q)
}

// serve hands a queue to a worker, starting one if there may be more; the caller holds s.mu.
func (h *webhook) serve(q *queue) {
	if h.stopped {
		return
	}
	h.ready = append(h.ready, q)
	if h.workers < h.max {
		h.workers++
		h.s.work.Go(h.worker)
	}
}

func (h *webhook) stop() { h.stopped = true }

// worker delivers heads of ready queues until there are none.
func (h *webhook) worker() {
	s := h.s
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(h.ready) > 0 && !h.stopped {
		q := h.ready[0]
		h.ready = h.ready[1:]
		p := q.items[0]
		var err error
		var wait time.Duration
		if s.now().Before(p.expires) {
			twice := s.in.duplicate > 0
			if twice {
				s.in.duplicate--
			}
			s.mu.Unlock()
			wait, err = h.deliver(p)
			if err == nil && twice {
				_, _ = h.deliver(p)
			}
			s.mu.Lock()
		}
		if h.stopped {
			break // what is in the queues went back to the list
		}
		if err != nil {
			h.failed(q, p, wait, err)
			continue
		}
		h.accepted(q)
	}
	h.workers--
}

func (h *webhook) accepted(q *queue) {
	h.count--
	q.items[0] = nil
	q.items = q.items[1:]
	if len(q.items) > 0 {
		h.ready = append(h.ready, q)
	} else {
		delete(h.queues, q.key)
	}
	if h.count == 0 {
		wake(&h.s.in.idle)
	}
}

// failed plans the next try: at once, then doubling, or when the bot asked for it.
func (h *webhook) failed(q *queue, p *pending, wait time.Duration, err error) {
	h.failedAt, h.failure = h.s.now(), err.Error()
	p.tries++
	if wait == 0 && p.tries > 1 {
		wait = h.s.opt.RetryUnit << min(p.tries-1, 6)
	}
	if wait == 0 {
		h.ready = append(h.ready, q)
		return
	}
	h.s.work.Go(func() {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
			h.s.mu.Lock()
			h.serve(q)
			h.s.mu.Unlock()
		case <-h.s.done:
		}
	})
}

// deliver posts an update. The wait is what a Retry-After asked for, at most an hour.
func (h *webhook) deliver(p *pending) (wait time.Duration, err error) {
	r, err := http.NewRequestWithContext(h.s.live, http.MethodPost, h.url, bytes.NewReader(p.raw))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	if h.secret != "" {
		r.Header.Set("X-Telegram-Bot-Api-Secret-Token", h.secret)
	}
	resp, err := h.s.in.client.Do(r)
	if err != nil {
		return 0, fmt.Errorf("Connection failed: %w", err) //nolint:staticcheck // shown as Telegram's text
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return 0, err
	}
	if resp.StatusCode/100 != 2 {
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		wait = time.Duration(min(max(seconds, 0), 3600)) * time.Second
		return wait, fmt.Errorf("Wrong response from the webhook: %s", resp.Status) //nolint:staticcheck // Telegram's text
	}
	h.s.runReply(resp.Header.Get("Content-Type"), body)
	return 0, nil
}

// runReply executes the method in the answer to a webhook. Its result is seen by nobody.
func (s *Server) runReply(contentType string, body []byte) {
	if len(bytes.TrimSpace(body)) == 0 {
		return
	}
	c, err := readCall("", contentType, bytes.NewReader(body), "")
	if err != nil || c.params["method"] == "" {
		return
	}
	c.method = strings.ToLower(c.params["method"])
	delete(c.params, "method")
	switch c.method {
	case "setwebhook", "deletewebhook", "close", "logout":
		return
	}
	if strings.HasPrefix(c.method, "get") {
		return
	}
	if _, err := s.run(c); err != nil {
		s.logCall(c, true, err.Description, err.Code)
		return
	}
	s.logCall(c, true, "", http.StatusOK)
}
