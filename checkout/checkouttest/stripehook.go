package checkouttest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"time"
)

// stripeEvent is an event with its delivery.
type stripeEvent struct {
	id, kind string
	object   string // id of what it is about
	body     []byte
	due      time.Time // by the wall clock; zero: delivered, or given up
	tries    int
}

// StripeEvent is an event as the webhook endpoint gets it.
type StripeEvent struct {
	ID, Type string
	Object   string // id of the session or payment intent
	Body     []byte
}

// emit records an event and lets it be posted. The caller holds s.mu.
func (s *Stripe) emit(kind string, live bool, object map[string]any) {
	id := s.id("evt_")
	body, err := json.Marshal(map[string]any{
		"id": id, "object": "event", "api_version": "2023-10-16", "created": s.c.Now().Unix(),
		"data": map[string]any{"object": object}, "livemode": live, "pending_webhooks": 1,
		"request": map[string]any{"id": nil, "idempotency_key": nil}, "type": kind,
	})
	if err != nil {
		panic("checkouttest: " + err.Error()) // maps of our own
	}
	about, _ := object["id"].(string)
	s.events = append(s.events, &stripeEvent{id: id, kind: kind, object: about, body: body, due: time.Now()})
	s.rouse()
}

// Events lists what happened so far, delivered or not, the oldest first.
func (s *Stripe) Events() []StripeEvent {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []StripeEvent
	for _, e := range s.events {
		out = append(out, StripeEvent{e.id, e.kind, e.object, slices.Clone(e.body)})
	}
	return out
}

// PostTo says where events are posted from now on; those that wait go there too.
func (s *Stripe) PostTo(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.c.Webhook = url
	s.rouse()
}

// Pause holds events back until Resume.
func (s *Stripe) Pause() { s.pause(true) }

// Resume posts the events that wait.
func (s *Stripe) Resume() { s.pause(false) }

func (s *Stripe) pause(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paused = on
	s.rouse()
}

// Drop loses the events that wait, as an endpoint that was away for three days does.
func (s *Stripe) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		e.due = time.Time{}
	}
}

// Resend posts an event once more, as Stripe sometimes does by itself.
func (s *Stripe) Resend(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if e.id == id {
			e.due = time.Now()
		}
	}
	s.rouse()
}

// Pending counts the events that wait for a 2xx.
func (s *Stripe) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, e := range s.events {
		if !e.due.IsZero() {
			n++
		}
	}
	return n
}

func (s *Stripe) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// post delivers events until stop is closed: each until it is answered with 2xx, first again after 50 ms, then at
// doubled waits of at most two seconds.
func (s *Stripe) post(stop <-chan struct{}) {
	client := &http.Client{Timeout: 5 * time.Second}
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-stop:
			client.CloseIdleConnections()
			return
		case <-s.wake:
		case <-timer.C:
		}
		timer.Reset(s.postDue(client))
	}
}

// postDue posts what is due and returns how long to wait for the next.
func (s *Stripe) postDue(client *http.Client) time.Duration {
	s.mu.Lock()
	to, now := s.c.Webhook, s.c.Now
	type attempt struct {
		event *stripeEvent
		again time.Time
	}
	var due []attempt
	next := time.Hour
	for _, e := range s.events {
		if e.due.IsZero() || to == "" || s.paused {
			continue
		}
		if left := time.Until(e.due); left > 0 {
			next = min(next, left)
			continue
		}
		wait := min(50*time.Millisecond<<min(e.tries, 10), 2*time.Second)
		e.tries++
		e.due = time.Now().Add(wait)
		due = append(due, attempt{e, e.due})
		next = min(next, wait)
	}
	s.mu.Unlock()
	for _, a := range due {
		if accepted(client, to, a.event.body, s.Sign(a.event.body, now())) {
			s.mu.Lock()
			if a.event.due.Equal(a.again) { // not asked for once more meanwhile
				a.event.due = time.Time{}
			}
			s.mu.Unlock()
		}
	}
	return next
}

func accepted(client *http.Client, to string, body []byte, signature string) bool {
	req, err := http.NewRequest(http.MethodPost, to, bytes.NewReader(body)) //nolint:noctx // the client has a timeout
	if err != nil {
		return false
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Stripe-Signature", signature)
	res, err := client.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = res.Body.Close() }()
	_, err = io.Copy(io.Discard, res.Body)
	return err == nil && res.StatusCode/100 == 2
}
