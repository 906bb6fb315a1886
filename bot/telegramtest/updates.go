package telegramtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Life of an undelivered update, as the Bot API server has it.
const (
	messageLife  = 24 * time.Hour
	callbackLife = 150 * time.Second
	inlineLife   = 30 * time.Second
	checkoutLife = 150 * time.Second
)

// pending is an update not yet accepted by the bot.
type pending struct {
	id      int64
	kind    string
	key     int64
	raw     json.RawMessage
	expires time.Time
	tries   int
}

// inbox holds what the bot has not accepted: one list for polling, one queue per key for the webhook.
type inbox struct {
	lastID    int64
	list      []*pending // polling: by id
	kinds     map[string]bool
	kindNames []string
	arrived   chan struct{} // closed when list grows or the poller is replaced
	poller    int           // generation: the newest poll wins
	replay    []*pending    // confirmed, to be delivered again on demand
	hook      *webhook
	client    *http.Client
	made      int64
	stopped   bool
	idle      chan struct{}
	duplicate int // the next n delivered updates arrive twice
}

// The kinds left out unless asked for by name.
var quietKinds = map[string]bool{"chat_member": true, "message_reaction": true, "message_reaction_count": true}

func (in *inbox) init(opt Options) {
	in.lastID = 500_000
	in.client = opt.WebhookClient
	if in.client == nil {
		in.client = &http.Client{
			Timeout:       time.Minute,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport:     &http.Transport{MaxIdleConnsPerHost: 100, IdleConnTimeout: time.Minute},
		}
	}
}

func (in *inbox) stop() {
	in.stopped = true
	wake(&in.arrived)
	wake(&in.idle)
	if in.hook != nil {
		in.hook.stop()
	}
}

func (in *inbox) allowed(kind string) bool {
	if len(in.kinds) == 0 {
		return !quietKinds[kind]
	}
	return in.kinds[kind]
}

// allow sets the kinds; an empty list means the default.
func (in *inbox) allow(c *call) *apiError {
	raw, ok := c.params["allowed_updates"]
	if !ok {
		return nil
	}
	var kinds []string
	if json.Unmarshal([]byte(raw), &kinds) != nil {
		return badRequest("can't parse allowed updates JSON object")
	}
	in.kindNames, in.kinds = kinds, map[string]bool{}
	for _, k := range kinds {
		in.kinds[k] = true
	}
	return nil
}

// push makes an update for the bot, unless it does not want the kind. The caller holds s.mu.
func (s *Server) push(kind string, key int64, life time.Duration, u *Update) {
	in := &s.in
	if !in.allowed(kind) {
		return
	}
	in.lastID++
	in.made++
	u.UpdateID = in.lastID
	raw, err := json.Marshal(u)
	if err != nil {
		panic(err) // our own types always encode
	}
	p := &pending{id: u.UpdateID, kind: kind, key: key, raw: raw, expires: s.now().Add(life)}
	if in.hook != nil {
		in.hook.add(p)
		return
	}
	in.list = append(in.list, p)
	wake(&in.arrived)
}

// Webhook queues are per key; the offsets keep a user's presses apart from the messages of the chat with the same id.
func callbackKey(user int64) int64 { return user + 3<<33 }
func inlineKey(user int64) int64   { return user + 1<<33 }
func checkoutKey(user int64) int64 { return user + 4<<33 }

// getUpdates is the only method that waits, so it takes the lock itself.
func (s *Server) getUpdates(c *call) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := &s.in
	if in.hook != nil {
		return nil, conflict("can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
	}
	if err := in.allow(c); err != nil {
		return nil, err
	}
	in.confirm(c.int("offset"))
	in.poller++
	mine := in.poller
	wake(&in.arrived) // ends an earlier poll
	timeout := min(max(c.int("timeout"), 0), 50)
	timer := time.NewTimer(time.Duration(timeout) * time.Second)
	defer timer.Stop()
	for {
		if batch := in.batch(int(c.int("limit")), s.now()); len(batch) > 0 || timeout == 0 || in.stopped {
			return batch, nil
		}
		more := waiter(&in.arrived)
		s.mu.Unlock()
		late := false
		select {
		case <-more:
		case <-timer.C:
			late = true
		case <-c.done:
			late = true
		case <-s.done:
			late = true
		}
		s.mu.Lock()
		switch {
		case in.hook != nil:
			return nil, conflict("terminated by setWebhook request")
		case in.poller != mine:
			return nil, conflict("terminated by other getUpdates request; make sure that only one bot instance is running")
		case late:
			return []json.RawMessage{}, nil
		}
	}
}

// confirm forgets the updates before the offset; a negative one keeps the last updates.
func (in *inbox) confirm(offset int64) {
	var n int
	if offset < 0 {
		n = max(0, len(in.list)+int(offset))
	} else {
		n, _ = slices.BinarySearchFunc(in.list, offset, func(p *pending, id int64) int { return int(p.id - id) })
	}
	if n == 0 {
		return
	}
	if in.duplicate > 0 {
		again := min(in.duplicate, n)
		in.duplicate -= again
		in.replay = append(in.replay, in.list[:again]...)
	}
	clear(in.list[:n])
	in.list = in.list[n:]
	if len(in.list) == 0 {
		in.list = nil
		wake(&in.idle)
	}
}

func (in *inbox) batch(limit int, now time.Time) []json.RawMessage {
	if limit <= 0 || limit > 100 {
		limit = 100
	}
	out := []json.RawMessage{}
	for _, p := range in.replay {
		out = append(out, p.raw)
	}
	in.replay = nil
	for _, p := range in.list {
		if len(out) >= limit {
			break
		}
		if now.Before(p.expires) {
			out = append(out, p.raw)
		}
	}
	return out
}

// Duplicate makes the next n accepted updates arrive a second time, as after an acknowledgement that got lost.
func (s *Server) Duplicate(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.in.duplicate += n
}

// Pending counts the updates the bot has not accepted.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pendingCount()
}

func (s *Server) pendingCount() int {
	if s.in.hook != nil {
		return s.in.hook.count
	}
	return len(s.in.list)
}

func setWebhook(s *Server, c *call) (any, *apiError) {
	address := c.params["url"]
	if address == "" {
		return deleteWebhook(s, c)
	}
	if err := checkWebhookURL(address); err != nil {
		return nil, err
	}
	secret := c.params["secret_token"]
	if len(secret) > 256 {
		return nil, badRequest("secret token is too long")
	}
	if !isToken(secret) {
		return nil, badRequest("secret token contains unallowed characters")
	}
	maxConn := c.int("max_connections")
	if maxConn == 0 {
		maxConn = 40
	}
	if err := s.in.allow(c); err != nil {
		return nil, err
	}
	drop := c.bool("drop_pending_updates")
	h := &webhook{s: s, url: address, secret: secret, max: int(min(max(maxConn, 1), 100)), queues: map[int64]*queue{}}
	if old := s.in.hook; old != nil && !drop && old.url == h.url && old.secret == h.secret && old.max == h.max {
		return true, nil // "Webhook is already set": deliveries under way go on
	}
	s.unhook(drop)
	s.in.hook = h
	for _, p := range s.in.list {
		h.add(p)
	}
	s.in.list = nil
	wake(&s.in.arrived) // ends a poll with 409
	s.markSave()
	return true, nil
}

func deleteWebhook(s *Server, c *call) (any, *apiError) {
	s.unhook(c.bool("drop_pending_updates"))
	s.markSave()
	return true, nil
}

// unhook moves what the webhook did not take back into the list.
func (s *Server) unhook(drop bool) {
	if h := s.in.hook; h != nil {
		h.stop()
		for _, q := range h.queues {
			s.in.list = append(s.in.list, q.items...)
		}
		slices.SortFunc(s.in.list, func(a, b *pending) int { return int(a.id - b.id) })
		s.in.hook = nil
	}
	if drop {
		s.in.list = nil
		wake(&s.in.idle)
	}
}

func getWebhookInfo(s *Server, _ *call) (any, *apiError) {
	info := struct {
		URL         string   `json:"url"`
		Custom      bool     `json:"has_custom_certificate"`
		Pending     int      `json:"pending_update_count"`
		LastErrorAt int64    `json:"last_error_date,omitempty"`
		LastError   string   `json:"last_error_message,omitempty"`
		Max         int      `json:"max_connections,omitempty"`
		Allowed     []string `json:"allowed_updates,omitempty"`
	}{Pending: s.pendingCount(), Allowed: s.in.kindNames}
	if h := s.in.hook; h != nil {
		info.URL, info.Max = h.url, h.max
		if !h.failedAt.IsZero() {
			info.LastErrorAt, info.LastError = h.failedAt.Unix(), h.failure
		}
	}
	return info, nil
}

// tokenID is the bot's id, the digits before the colon of its token.
func tokenID(token string) int64 {
	for i, r := range token {
		if r == ':' {
			id, _ := strconv.ParseInt(token[:i], 10, 64)
			return id
		}
	}
	return 0
}
