package bot

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The pace of sending. Telegram documents one message a second and chat with short bursts, 20 a minute and group with
// edits counted in, and about 30 a second for bulk (https://core.telegram.org/bots/faq); it documents no limit on
// answers to people's own actions across chats.
const (
	chatBurst   = 5
	chatEvery   = time.Second
	groupEvery  = 4 * time.Second // with the burst: at most 20 in any minute
	noticesRate = 25              // a second, all chats together

	floodWindow = time.Second // two chats refused within it: everything pauses
	chatsKept   = 4096        // remembered before those at rest are forgotten
)

// pacer says when a message may go.
type pacer struct {
	mu      sync.Mutex
	chats   map[int64]*pace
	notices *rate.Limiter
	until   time.Time // everything pauses
	refused int64     // the chat refused last,
	when    time.Time // and when
}

type pace struct {
	bucket *rate.Limiter
	until  time.Time // this chat pauses
}

func newPacer() *pacer {
	return &pacer{chats: map[int64]*pace{}, notices: rate.NewLimiter(noticesRate, noticesRate)}
}

// next takes a place for a message to chat and returns zero, or says how long to wait before asking again.
func (p *pacer) next(chat int64, notice bool, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.chat(chat, now)
	d := max(p.until.Sub(now), c.until.Sub(now), missing(c.bucket, now))
	if notice {
		d = max(d, missing(p.notices, now))
	}
	if d > 0 {
		return d
	}
	c.bucket.AllowN(now, 1)
	if notice {
		p.notices.AllowN(now, 1)
	}
	return 0
}

// missing is the time until the bucket holds a token.
func missing(b *rate.Limiter, now time.Time) time.Duration {
	lack := 1 - b.TokensAt(now)
	if lack <= 0 {
		return 0
	}
	return time.Duration(lack/float64(b.Limit())*float64(time.Second)) + time.Millisecond
}

// refuse notes a 429: the chat pauses, and everything does when another chat was refused just before.
func (p *pacer) refuse(chat int64, after time.Duration, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.chat(chat, now)
	c.until = later(c.until, now.Add(after))
	if !p.when.IsZero() && p.refused != chat && now.Sub(p.when) <= floodWindow {
		p.until = later(p.until, now.Add(after))
	}
	p.refused, p.when = chat, now
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// chat needs the lock.
func (p *pacer) chat(id int64, now time.Time) *pace {
	if c, ok := p.chats[id]; ok {
		return c
	}
	if len(p.chats) >= chatsKept {
		for other, c := range p.chats {
			if c.until.Before(now) && c.bucket.TokensAt(now) >= chatBurst {
				delete(p.chats, other)
			}
		}
	}
	every := chatEvery
	if id < 0 {
		every = groupEvery
	}
	c := &pace{bucket: rate.NewLimiter(rate.Every(every), chatBurst)}
	p.chats[id] = c
	return c
}
