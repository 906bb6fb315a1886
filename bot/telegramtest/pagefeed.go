package telegramtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// frame is what changed since the last one. The first has everything.
type frame struct {
	Now   int64        `json:"now"` // the server's clock in ms, which a demo may move
	Page  *pageHead    `json:"page,omitempty"`
	Seats []seatChange `json:"seats"`
}

// pageHead is what never changes while the page is open.
type pageHead struct {
	Title    string     `json:"title"`
	Note     string     `json:"note"`
	Controls []pageItem `json:"controls"`
	Links    []pageItem `json:"links"`
}

type pageItem struct {
	ID    string `json:"id,omitempty"`
	Label string `json:"label"`
	Hint  string `json:"hint,omitempty"`
	URL   string `json:"url,omitempty"`
}

type seatChange struct {
	Seat        int            `json:"seat"`
	Label       string         `json:"label"`
	Short       string         `json:"short"`
	Empty       string         `json:"empty,omitempty"`
	Who         Profile        `json:"who"`
	Chat        ChatInfo       `json:"chat"`
	Members     int            `json:"members,omitempty"`
	Bot         Profile        `json:"bot"`
	Description string         `json:"description"`
	Commands    []Command      `json:"commands"`
	Keyboard    *ReplyKeyboard `json:"keyboard"`
	Pinned      int            `json:"pinned,omitempty"`
	Typing      bool           `json:"typing"`
	Stars       int64          `json:"stars"` // that the person has
	Reset       bool           `json:"reset"` // forget the messages of before
	Messages    []pageMessage  `json:"messages"`
	Gone        []int          `json:"gone"`
}

type pageMessage struct {
	*Message
	Rev  int64 `json:"rev"`
	Paid bool  `json:"paid,omitempty"` // an invoice that was
}

// frameGap bounds how often a busy chat redraws.
const frameGap = 40 * time.Millisecond

// events streams frames to one browser.
func (p *page) events(w http.ResponseWriter, r *http.Request) {
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(time.Time{}) // the stream outlives the server's limit; not every writer has one
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	alive := time.NewTicker(15 * time.Second)
	defer alive.Stop()
	since := int64(-1)
	for {
		f, rev, change := p.frame(since)
		since = rev
		data, err := json.Marshal(f)
		if err != nil {
			p.s.log.Error("chat page frame not encoded", "error", err)
			return
		}
		if _, err := fmt.Fprintf(w, "data: %s\n\n", data); err != nil || out.Flush() != nil {
			return
		}
		if !p.pause(w, r, out, change, alive.C) {
			return
		}
	}
}

// pause waits for the next change and tells whether there can be one.
func (p *page) pause(w http.ResponseWriter, r *http.Request, out *http.ResponseController, change <-chan struct{}, alive <-chan time.Time) bool {
	gap := time.NewTimer(frameGap)
	defer gap.Stop()
	select {
	case <-gap.C:
	case <-r.Context().Done():
		return false
	}
	for {
		select {
		case <-change:
			return true
		case <-alive:
			if _, err := fmt.Fprint(w, ": alive\n\n"); err != nil || out.Flush() != nil {
				return false
			}
		case <-r.Context().Done():
			return false
		case <-p.s.done:
			return false
		}
	}
}

// frame gathers what changed after a revision; -1 asks for everything.
func (p *page) frame(since int64) (frame, int64, <-chan struct{}) {
	f := frame{Seats: []seatChange{}}
	if since < 0 {
		f.Page = p.head()
	}
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	f.Now = p.s.now().UnixMilli()
	for i, seat := range p.opt.Seats {
		chat := seat.Chat
		if chat == nil {
			chat = p.s.chats[seat.User.ID]
		}
		f.Seats = append(f.Seats, p.s.seatChange(i, seat, chat, since))
	}
	return f, p.s.rev, waiter(&p.s.changed)
}

func (p *page) head() *pageHead {
	head := &pageHead{Title: p.opt.Title, Note: p.opt.Note, Controls: []pageItem{}, Links: []pageItem{}}
	for _, c := range p.opt.Controls {
		head.Controls = append(head.Controls, pageItem{ID: c.ID, Label: c.Label, Hint: c.Hint})
	}
	for _, l := range p.opt.Links {
		head.Links = append(head.Links, pageItem{Label: l.Label, Hint: l.Note, URL: l.URL})
	}
	return head
}

// seatChange tells one seat's part of a frame; the caller holds s.mu.
func (s *Server) seatChange(i int, seat Seat, chat *Chat, since int64) seatChange {
	language := seat.User.LanguageCode
	if len(language) > 2 {
		language = language[:2]
	}
	out := seatChange{
		Seat: i, Label: seat.Label, Short: cmp.Or(seat.Short, seat.Label), Empty: seat.Empty, Who: seat.User.Profile, Chat: chat.info, Members: len(chat.members),
		Bot: s.bot, Description: s.profileText("description", language), Commands: s.commandsFor(chat, seat.User),
		Stars:    s.starsOf(seat.User),
		Keyboard: chat.replyKeyboard, Typing: s.now().Sub(chat.typing) < 5*time.Second,
		Reset: since < 0 || chat.cleared > since, Messages: []pageMessage{}, Gone: []int{},
	}
	out.Bot.FirstName = s.profileText("name", language)
	if chat.pinned != nil {
		out.Pinned = chat.pinned.MessageID
	}
	for _, m := range chat.order {
		switch {
		case m.rev <= since:
		case !m.deleted:
			out.Messages = append(out.Messages, pageMessage{m.msg, m.rev, s.till.paid(m.msg)})
		case !out.Reset:
			out.Gone = append(out.Gone, m.msg.MessageID)
		}
	}
	return out
}
