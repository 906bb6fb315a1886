package telegramtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const queryTooOld = "query is too old and response timeout expired or query ID is invalid"

// Answer is what answerCallbackQuery showed the person.
type Answer struct {
	Text  string `json:"text,omitempty"`
	Alert bool   `json:"alert,omitempty"` // a box to close, instead of a toast
	URL   string `json:"url,omitempty"`   // a deep link to open
}

// Press is a pressed callback button.
type Press struct {
	s      *Server
	ID     string
	User   *User
	Chat   *Chat
	Button Button
	at     time.Time
	done   bool
	answer Answer
	ready  chan struct{}
}

// ErrNoButton says that no message in the chat has such a button.
var ErrNoButton = errors.New("telegramtest: no such button")

// Press presses a button of the private chat: in the newest message that has one whose label contains the text, the one
// whose label is the text, else starts with it, else contains it. It waits for one to appear, then for the bot's answer.
func (u *User) Press(label string) Answer {
	if u.s.tb != nil {
		u.s.tb.Helper()
	}
	return u.PressIn(u.Chat(), label)
}

// PressIn is [User.Press] in another chat.
func (u *User) PressIn(c *Chat, label string) Answer {
	if u.s.tb != nil {
		u.s.tb.Helper()
	}
	return u.mustPress(c, strconv.Quote(label), func(c *Chat) (*stored, Button) { return c.button(label) })
}

// PressData presses the newest button with exactly this callback data, in a chat.
func (u *User) PressData(c *Chat, data string) Answer {
	if u.s.tb != nil {
		u.s.tb.Helper()
	}
	return u.mustPress(c, "with data "+strconv.Quote(data), func(c *Chat) (*stored, Button) {
		return c.match(func(b Button) int { return map[bool]int{true: 1}[b.CallbackData == data] })
	})
}

func (u *User) mustPress(c *Chat, what string, find func(*Chat) (*stored, Button)) Answer {
	if u.s.tb != nil {
		u.s.tb.Helper()
	}
	ctx, cancel := context.WithTimeout(context.Background(), u.s.opt.Patience)
	defer cancel()
	var m *stored
	var b Button
	if c.await(ctx, func() bool { m, b = find(c); return m != nil }) != nil {
		u.s.fail("%s finds no button %s in the chat:\n%s", u.FirstName, what, c.Transcript())
		return Answer{}
	}
	u.s.mu.Lock()
	p, err := u.press(c, m, b)
	u.s.mu.Unlock()
	if err != nil {
		u.s.fail("%s presses %s: %v", u.FirstName, what, err)
		return Answer{}
	}
	a, err := p.Wait(ctx)
	if err != nil {
		u.s.fail("%s pressed %s and got no answer; the chat:\n%s", u.FirstName, what, c.Transcript())
	}
	return a
}

// TryPress presses at once, without waiting for a button to appear or for the answer.
func (u *User) TryPress(c *Chat, label string) (*Press, error) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	m, b := c.button(label)
	if m == nil {
		return nil, fmt.Errorf("%w: %q", ErrNoButton, label)
	}
	return u.press(c, m, b)
}

// PressOn presses a callback with any data on a message, also data no button carries any more: an old client, a forged
// press, a double tap on a screen that has moved on.
func (u *User) PressOn(c *Chat, messageID int, data string) (*Press, error) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	m := c.at(messageID)
	if m == nil {
		return nil, fmt.Errorf("%w: message %d is gone", ErrNoButton, messageID)
	}
	return u.press(c, m, Button{Text: data, CallbackData: data})
}

func (u *User) press(c *Chat, m *stored, b Button) (*Press, error) {
	s := u.s
	if b.CallbackData == "" {
		return nil, fmt.Errorf("button %q is not a callback button", b.Text)
	}
	if c.user == nil && c.members[u.ID] == "" {
		return nil, fmt.Errorf("%s is not in %q", u.FirstName, c.info.Title)
	}
	p := &Press{s: s, ID: s.queryID(), User: u, Chat: c, Button: b, at: s.now(), ready: make(chan struct{})}
	s.presses[p.ID] = p
	s.push("callback_query", callbackKey(u.ID), callbackLife, &Update{CallbackQuery: &CallbackQuery{
		ID: p.ID, From: u.Profile, Message: m.msg, Data: b.CallbackData,
		ChatInstance: strconv.FormatInt(c.info.ID*7919, 10),
	}})
	return p, nil
}

// queryID never repeats, not even after a restart, as a bot may remember it.
func (s *Server) queryID() string {
	return strconv.FormatUint(rand.Uint64()>>1, 10)
}

// Wait blocks until the bot has answered.
func (p *Press) Wait(ctx context.Context) (Answer, error) {
	select {
	case <-p.ready:
		p.s.mu.Lock()
		defer p.s.mu.Unlock()
		return p.answer, nil
	case <-p.s.done:
		return Answer{}, errors.New("telegramtest: server closed")
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
}

// button finds a callback button by label in the newest message that has one: equal before prefix before part.
func (c *Chat) button(label string) (*stored, Button) {
	return c.match(func(b Button) int {
		switch {
		case b.CallbackData == "":
			return 0
		case b.Text == label:
			return 3
		case strings.HasPrefix(b.Text, label):
			return 2
		case strings.Contains(b.Text, label):
			return 1
		}
		return 0
	})
}

// match finds the button that ranks highest, above 0, in the newest message that has such a button.
func (c *Chat) match(rank func(Button) int) (*stored, Button) {
	var found Button
	m := c.newest(func(m *Message) bool {
		if m.ReplyMarkup == nil {
			return false
		}
		best := 0
		for _, row := range m.ReplyMarkup.Rows {
			for _, b := range row {
				if r := rank(b); r > best {
					best, found = r, b
				}
			}
		}
		return best > 0
	}, 0)
	return m, found
}

func answerCallbackQuery(s *Server, c *call) (any, *apiError) {
	p := s.presses[c.params["callback_query_id"]]
	if p == nil || p.done || s.now().Sub(p.at) > s.opt.CallbackLife {
		return nil, badRequest(queryTooOld)
	}
	if utf8.RuneCountInString(c.params["text"]) > 200 {
		return nil, badRequest("MESSAGE_TOO_LONG")
	}
	if u := c.params["url"]; u != "" && !strings.HasPrefix(u, "https://t.me/") && !strings.HasPrefix(u, "tg://") {
		return nil, badRequest("URL_INVALID")
	}
	p.done = true
	p.answer = Answer{c.params["text"], c.bool("show_alert"), c.params["url"]}
	close(p.ready)
	delete(s.presses, p.ID)
	return true, nil
}

// InlineAnswer is the bot's answer to an inline query.
type InlineAnswer struct {
	s         *Server
	ID        string
	Results   []json.RawMessage // InlineQueryResult objects
	CacheTime int               // seconds
	Personal  bool
	ready     chan struct{}
}

// Wait blocks until the bot has answered; only then the fields may be read.
func (a *InlineAnswer) Wait(ctx context.Context) error {
	select {
	case <-a.ready:
		return nil
	case <-a.s.done:
		return errors.New("telegramtest: server closed")
	case <-ctx.Done():
		return ctx.Err()
	}
}

func answerInlineQuery(s *Server, c *call) (any, *apiError) {
	a := s.queries[c.params["inline_query_id"]]
	if a == nil {
		return nil, badRequest(queryTooOld)
	}
	var results []json.RawMessage
	if err := c.json("results", &results); err != nil {
		return nil, err
	}
	if len(results) > 50 {
		return nil, badRequest("RESULTS_TOO_MUCH")
	}
	seen := map[string]bool{}
	for _, raw := range results {
		var r struct{ ID string }
		if json.Unmarshal(raw, &r) != nil || r.ID == "" || len(r.ID) > 64 {
			return nil, badRequest("RESULT_ID_INVALID")
		}
		if seen[r.ID] {
			return nil, badRequest("RESULT_ID_DUPLICATE")
		}
		seen[r.ID] = true
	}
	a.Results, a.Personal, a.CacheTime = results, c.bool("is_personal"), 300
	if _, ok := c.params["cache_time"]; ok {
		a.CacheTime = int(c.int("cache_time"))
	}
	close(a.ready)
	delete(s.queries, a.ID)
	return true, nil
}
