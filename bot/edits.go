package bot

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"boxoffice/tickets"
)

const (
	editPatience = time.Minute // how long an edit is tried, its waits included
	slotsKept    = 4096        // messages whose content is remembered
)

// edits holds, for each message being edited, the newest content that it is to show. One edit of a message is in flight
// at a time; what comes meanwhile replaces what waits, so that ten quick presses make two edits.
type edits struct {
	mu     sync.Mutex
	slots  map[messageKey]*slot
	closed bool
	group  sync.WaitGroup
	ctx    context.Context // ends when close has lost patience
	stop   context.CancelFunc
}

type messageKey struct {
	chat    int64
	message int
}

type slot struct {
	next  *edit // not yet in flight
	busy  bool  // a goroutine is at it
	shown [sha256.Size]byte
	known bool // the last edit was shown, and nothing changed the message since
}

// what an edit changes.
type part int

const (
	partAll      part = iota // text, or picture with caption; and keyboard
	partCaption              // caption and keyboard
	partKeyboard             // keyboard only
)

type edit struct {
	part    part
	m       Message
	sum     [sha256.Size]byte
	began   time.Time
	waiters []waiter
}

type waiter struct {
	notice bool
	done   chan result // of capacity 1
}

type result struct {
	receipt tickets.Receipt
	err     error
}

func newEdits() *edits {
	e := &edits{slots: map[messageKey]*slot{}}
	e.ctx, e.stop = context.WithCancel(context.Background())
	return e
}

func newEdit(p part, m Message, now time.Time) (*edit, error) {
	content, err := json.Marshal(struct {
		Part part
		M    Message
	}{p, m})
	if err != nil {
		return nil, fmt.Errorf("edit: %w", err)
	}
	return &edit{part: p, m: m, sum: sha256.Sum256(content), began: now}, nil
}

// over puts e on top of an older edit that is not yet in flight: what e does not change stays as the older wants it.
func (e *edit) over(older *edit) (*edit, error) {
	part, m := e.part, e.m
	switch {
	case e.part == partKeyboard && older.part != partKeyboard:
		part, m = older.part, older.m
		m.Keyboard = e.m.Keyboard
	case e.part == partCaption && older.part == partAll:
		part, m = older.part, older.m
		m.HTML, m.Keyboard = e.m.HTML, e.m.Keyboard
	}
	merged, err := newEdit(part, m, older.began)
	if err != nil {
		return nil, err
	}
	merged.waiters = slices.Concat(older.waiters, e.waiters)
	return merged, nil
}

// Edit makes a message show m: its text, or, where m has a Photo, a picture in place of what was there. It returns when
// the message shows m or something newer; what it shows already is not sent again. While another update of the same
// chat waits for the caller, it returns nil at once and the edit goes on behind: the next press is not kept waiting.
// ErrGone says that a new message is needed. The Receipt names an uploaded picture, where this very edit was made.
func (s *Sender) Edit(ctx context.Context, chat int64, message int, m Message) (tickets.Receipt, error) {
	if err := m.check(); err != nil {
		return tickets.Receipt{}, err
	}
	return s.edit(ctx, chat, message, partAll, m)
}

// EditCaption changes the caption and buttons of a picture; m.Photo is not looked at. Otherwise it is as Edit.
func (s *Sender) EditCaption(ctx context.Context, chat int64, message int, m Message) error {
	m.Photo = &Photo{File: "kept"}
	if err := m.check(); err != nil {
		return err
	}
	m.Photo = nil
	_, err := s.edit(ctx, chat, message, partCaption, m)
	return err
}

// EditKeyboard changes the buttons of a message only. Otherwise it is as Edit.
func (s *Sender) EditKeyboard(ctx context.Context, chat int64, message int, k Keyboard) error {
	if _, err := k.markup(); err != nil {
		return err
	}
	_, err := s.edit(ctx, chat, message, partKeyboard, Message{Keyboard: k})
	return err
}

func (s *Sender) edit(ctx context.Context, chat int64, message int, p part, m Message) (tickets.Receipt, error) {
	m.Silent, m.Effect, m.ReplyTo = false, "", 0
	e, err := newEdit(p, m, s.cfg.Now())
	if err != nil {
		return tickets.Receipt{}, err
	}
	done := make(chan result, 1)
	e.waiters = []waiter{{notice: s.notices, done: done}}
	if err := s.put(messageKey{chat, message}, e); err != nil {
		return tickets.Receipt{}, err
	}
	select {
	case r := <-done:
		return r.receipt, r.err
	default:
	}
	select {
	case r := <-done:
		return r.receipt, r.err
	case <-behind(ctx):
		return tickets.Receipt{}, nil
	case <-ctx.Done():
		return tickets.Receipt{}, fmt.Errorf("%w: waiting for an edit: %w", tickets.Unavailable, ctx.Err())
	}
}

// put makes e the newest of its message.
func (s *Sender) put(key messageKey, e *edit) error {
	q := s.edits
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return tickets.Refuse(tickets.Unavailable, "the sender is closing")
	}
	sl := q.slot(key)
	if sl.next != nil {
		merged, err := e.over(sl.next)
		if err != nil {
			return err
		}
		e = merged
	}
	sl.next = e
	if !sl.busy {
		sl.busy = true
		q.group.Go(func() { s.drain(key, sl) })
	}
	return nil
}

// slot needs the lock.
func (q *edits) slot(key messageKey) *slot {
	if sl, ok := q.slots[key]; ok {
		return sl
	}
	if len(q.slots) >= slotsKept {
		for k, sl := range q.slots {
			if !sl.busy {
				delete(q.slots, k)
			}
			if len(q.slots) < slotsKept/2 {
				break
			}
		}
	}
	sl := &slot{}
	q.slots[key] = sl
	return sl
}

// forget is told that a message changed by another way.
func (q *edits) forget(chat int64, message int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if sl, ok := q.slots[messageKey{chat, message}]; ok {
		sl.known = false
	}
}

// take returns the newest edit and puts it in flight, or nil when there is none; then the goroutine ends.
func (q *edits) take(sl *slot) *edit {
	q.mu.Lock()
	defer q.mu.Unlock()
	for sl.next != nil {
		e := sl.next
		sl.next = nil
		if !sl.known || sl.shown != e.sum {
			return e
		}
		e.finish(result{})
	}
	sl.busy = false
	return nil
}

// waiting reports whether take would have something to send.
func (q *edits) waiting(sl *slot) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return sl.next != nil && (!sl.known || sl.shown != sl.next.sum)
}

// back returns an edit that has to wait; what came meanwhile goes on top of it.
func (q *edits) back(sl *slot, e *edit) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if sl.next != nil {
		merged, err := sl.next.over(e)
		if err != nil {
			return err
		}
		e = merged
	}
	sl.next = e
	return nil
}

func (q *edits) settle(sl *slot, e *edit, r result) {
	q.mu.Lock()
	defer q.mu.Unlock()
	sl.shown, sl.known = e.sum, r.err == nil
	e.finish(r)
}

func (e *edit) finish(r result) {
	for _, w := range e.waiters {
		w.done <- r
	}
	e.waiters = nil
}

// drain sends the newest edit of a message until there is none.
func (s *Sender) drain(key messageKey, sl *slot) {
	ctx := s.edits.ctx
	lane := &Sender{post: s.post} // waits are bounded by editPatience, not by the lane
	for {
		var receipt tickets.Receipt
		var err error
		if s.edits.waiting(sl) {
			// The turn is taken first, so that what comes while waiting for it is what is sent.
			patience, cancel := context.WithTimeout(ctx, editPatience)
			err = lane.turn(patience, key.chat)
			cancel()
		}
		e := s.edits.take(sl)
		if e == nil {
			return
		}
		if err == nil {
			receipt, err = s.makeEdit(ctx, key, e)
		}
		var wait *tickets.Wait
		if errors.As(err, &wait) && e.patient(s.cfg.Now(), wait.After) {
			e.impatient(err)
			if s.edits.back(sl, e) == nil {
				continue
			}
		}
		s.edits.settle(sl, e, result{receipt, err})
	}
}

// patient reports whether e may wait for d.
func (e *edit) patient(now time.Time, d time.Duration) bool {
	return now.Add(d).Sub(e.began) < editPatience
}

// impatient gives the waiters that have an outbox their error now.
func (e *edit) impatient(err error) {
	var kept []waiter
	for _, w := range e.waiters {
		if w.notice {
			w.done <- result{err: err}
		} else {
			kept = append(kept, w)
		}
	}
	e.waiters = kept
}

// makeEdit makes one call, in the plain form where needed.
func (s *Sender) makeEdit(ctx context.Context, key messageKey, e *edit) (tickets.Receipt, error) {
	var receipt tickets.Receipt
	err := s.plain.try(ctx, e.m, func(m Message) error {
		chat, moved := key.chat, false
		for {
			err := s.attempt(ctx, true, func(ctx context.Context) error {
				sent, err := s.editOnce(ctx, chat, key.message, e.part, m)
				receipt = receiptOf(sent)
				return err
			})
			to, ok := migration(err)
			if !ok || moved {
				return s.judge(ctx, chat, err)
			}
			moved = true
			s.cfg.Migrated(ctx, chat, to)
			chat = to
		}
	})
	return receipt, err
}

func (p *post) editOnce(ctx context.Context, chat int64, message int, part part, m Message) (*models.Message, error) {
	markup, err := m.Keyboard.markup()
	if err != nil {
		return nil, err
	}
	switch {
	case part == partKeyboard:
		return p.api.EditMessageReplyMarkup(ctx, &tg.EditMessageReplyMarkupParams{ChatID: chat, MessageID: message, ReplyMarkup: markup})
	case part == partCaption:
		return p.api.EditMessageCaption(ctx, &tg.EditMessageCaptionParams{
			ChatID: chat, MessageID: message, Caption: m.HTML, ParseMode: models.ParseModeHTML, ReplyMarkup: markup,
		})
	case m.Photo != nil:
		media := &models.InputMediaPhoto{Media: m.Photo.File, Caption: m.HTML, ParseMode: models.ParseModeHTML}
		if m.Photo.File == "" {
			media.Media, media.MediaAttachment = "attach://"+m.Photo.name(), bytes.NewReader(m.Photo.Data)
		}
		return p.api.EditMessageMedia(ctx, &tg.EditMessageMediaParams{ChatID: chat, MessageID: message, Media: media, ReplyMarkup: markup})
	default:
		return p.api.EditMessageText(ctx, &tg.EditMessageTextParams{
			ChatID: chat, MessageID: message, Text: m.HTML, ParseMode: models.ParseModeHTML, ReplyMarkup: markup,
			LinkPreviewOptions: noPreview(),
		})
	}
}

func (q *edits) close(ctx context.Context) {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	finished := make(chan struct{})
	go func() { q.group.Wait(); close(finished) }()
	select {
	case <-finished:
	case <-ctx.Done():
		q.stop()
		<-finished
	}
}
