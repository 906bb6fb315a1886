package telegramtest

import (
	"context"
	"fmt"
	"strings"
)

// WaitFor returns the newest message of the bot that satisfies the predicate, blocking until there is one. Messages
// that were there before the call count; to wait for something new, start from [Chat.Mark] and use [Chat.WaitAfter].
func (c *Chat) WaitFor(ctx context.Context, pred func(*Message) bool) (*Message, error) {
	return c.WaitAfter(ctx, 0, pred)
}

// Mark is the present point in the life of the chat, for [Chat.WaitAfter].
func (c *Chat) Mark() int64 {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.rev
}

// WaitAfter is [Chat.WaitFor] for messages sent or edited after a mark.
func (c *Chat) WaitAfter(ctx context.Context, mark int64, pred func(*Message) bool) (*Message, error) {
	var found *Message
	err := c.await(ctx, func() bool {
		if m := c.newest(pred, mark); m != nil {
			found = m.msg
		}
		return found != nil
	})
	if err != nil {
		return nil, fmt.Errorf("no such message in chat %d: %w; the chat:\n%s", c.info.ID, err, c.Transcript())
	}
	return found, nil
}

// await blocks until a condition on the chat holds; it is asked under s.mu after every change.
func (c *Chat) await(ctx context.Context, holds func() bool) error {
	for {
		c.s.mu.Lock()
		ok := holds()
		change := waiter(&c.changed)
		c.s.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-change:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// WaitForText waits at most Options.Patience for a message of the bot whose text or caption contains all the parts, and
// fails the test when none comes.
func (c *Chat) WaitForText(parts ...string) *Message {
	if c.s.tb != nil {
		c.s.tb.Helper()
	}
	return c.mustWait(0, parts)
}

func (c *Chat) mustWait(mark int64, parts []string) *Message {
	if c.s.tb != nil {
		c.s.tb.Helper()
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.s.opt.Patience)
	defer cancel()
	m, err := c.WaitAfter(ctx, mark, Contains(parts...))
	if err != nil {
		c.s.fail("waiting for %q: %v", parts, err)
	}
	return m
}

// WaitForText is [Chat.WaitForText] in the private chat.
func (u *User) WaitForText(parts ...string) *Message {
	if u.s.tb != nil {
		u.s.tb.Helper()
	}
	return u.Chat().WaitForText(parts...)
}

// SendAndWait sends a text and returns the first answer that contains all the parts: a message sent or edited after it.
func (u *User) SendAndWait(text string, parts ...string) *Message {
	if u.s.tb != nil {
		u.s.tb.Helper()
	}
	c := u.Chat()
	mark := c.Mark()
	u.Send(text)
	return c.mustWait(mark, parts)
}

// PressAndWait is [User.Press], then waits for a message sent or edited after the press that contains all the parts. Use
// it where the next step needs the new screen: a bot answers a press before it edits.
func (u *User) PressAndWait(label string, parts ...string) *Message {
	if u.s.tb != nil {
		u.s.tb.Helper()
	}
	return u.PressAndWaitIn(u.Chat(), label, parts...)
}

// PressAndWaitIn is [User.PressAndWait] in another chat.
func (u *User) PressAndWaitIn(c *Chat, label string, parts ...string) *Message {
	if u.s.tb != nil {
		u.s.tb.Helper()
	}
	mark := c.Mark()
	u.PressIn(c, label)
	return c.mustWait(mark, parts)
}

// Contains accepts messages whose text or caption contains all the parts.
func Contains(parts ...string) func(*Message) bool {
	return func(m *Message) bool {
		for _, part := range parts {
			if !strings.Contains(m.Body(), part) {
				return false
			}
		}
		return true
	}
}

// Settled blocks until the bot has accepted every update made so far and to come in the meantime. Accepted is not
// handled: a bot may answer first and work later.
func (s *Server) Settled(ctx context.Context) error {
	for {
		s.mu.Lock()
		n := s.pendingCount()
		idle := waiter(&s.in.idle)
		s.mu.Unlock()
		if n == 0 {
			return nil
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return fmt.Errorf("%d updates not accepted: %w", n, ctx.Err())
		}
	}
}
