package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"boxoffice/tickets"
)

// SenderConfig is what a Sender needs.
type SenderConfig struct {
	Client *Client
	Store  tickets.Store // remembers what the Bot API refuses
	Log    *slog.Logger

	// Unreachable is told that a chat's person must act first (unblock the bot, add it again). It may be nil.
	Unreachable func(ctx context.Context, chat int64)
	// Migrated is told that a group goes on under another number, before the message is sent there. It may be nil.
	Migrated func(ctx context.Context, from, to int64)

	Now func() time.Time // time.Now
}

// Sender is the only one that writes to chats. All it sends keeps the pace that Telegram allows; a refusal with
// retry_after makes the chat pause. It is safe for concurrent use.
//
// Its errors, beside the context's: *tickets.Wait (too fast, and the context is too short to wait), Blocked (the
// receiver must act first), Unavailable (certainly not sent), Unknown (perhaps sent: what may come twice may be sent
// again), Invalid (a message that no chat takes), ErrGone (edits), Unauthorized (the token is not valid any more).
type Sender struct {
	*post
	notices bool
	brief   bool // rather a *tickets.Wait than a wait
}

// post is what the lanes of a Sender share.
type post struct {
	cfg   SenderConfig
	api   *tg.Bot
	pace  *pacer
	plain *plainness
	edits *edits
}

// NewSender checks the configuration; it calls nobody.
func NewSender(cfg SenderConfig) (*Sender, error) {
	if cfg.Client == nil || cfg.Store == nil || cfg.Log == nil {
		return nil, errors.New("sender: Client, Store and Log are required")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Unreachable == nil {
		cfg.Unreachable = func(context.Context, int64) {}
	}
	if cfg.Migrated == nil {
		cfg.Migrated = func(context.Context, int64, int64) {}
	}
	return &Sender{post: &post{
		cfg:   cfg,
		api:   cfg.Client.api,
		pace:  newPacer(),
		plain: &plainness{store: cfg.Store, log: cfg.Log, now: cfg.Now},
		edits: newEdits(),
	}}, nil
}

// Notices is the same sender for messages that answer nobody: at most 25 a second all together, and rather a
// *tickets.Wait than a long wait, since their outbox tries again.
func (s *Sender) Notices() *Sender { return &Sender{post: s.post, notices: true} }

// briefly is the same sender for what other work waits behind and what is tried again later: it takes its turn in the
// chat's pace, but a chat that pauses is a *tickets.Wait at once.
func (s *Sender) briefly() *Sender { return &Sender{post: s.post, brief: true} }

// Close waits until the edits under way are done or ctx ends. Nothing may be sent afterwards. It is safe to call twice.
func (s *Sender) Close(ctx context.Context) { s.edits.close(ctx) }

// Message is what a chat is to show: a text or a picture with a caption, and buttons.
type Message struct {
	HTML     string // parse mode HTML; at most 4096 UTF-16 units without tags, 1024 as a caption
	Photo    *Photo // HTML is its caption then
	Keyboard Keyboard

	// The rest is for new messages only.
	Silent  bool
	Effect  string // id of a message effect; private chats only
	ReplyTo int    // a message of the chat; gone, it is left out
}

// Photo is a picture to upload or one that Telegram has already.
type Photo struct {
	File string // what an earlier Receipt said; when set, nothing is uploaded
	Name string // of the uploaded file
	Data []byte // PNG or JPEG; above 100,000 bytes Telegram delays it
}

func (m Message) check() error {
	limit := maxText
	switch {
	case m.Photo != nil:
		limit = maxCaption
		if m.Photo.File == "" && len(m.Photo.Data) == 0 {
			return tickets.Refuse(tickets.Invalid, "photo without content")
		}
	case strings.TrimSpace(m.HTML) == "":
		return tickets.Refuse(tickets.Invalid, "message without text")
	}
	if n := length(m.HTML); n > limit {
		return tickets.Refuse(tickets.Invalid, "text has %d characters, more than %d", n, limit)
	}
	_, err := m.Keyboard.markup()
	return err
}

// Send posts a new message. The Receipt names it, and the picture if there is one.
func (s *Sender) Send(ctx context.Context, chat int64, m Message) (tickets.Receipt, error) {
	var receipt tickets.Receipt
	if err := m.check(); err != nil {
		return receipt, err
	}
	err := s.plain.try(ctx, m, func(m Message) error {
		return s.do(ctx, chat, false, func(ctx context.Context, chat int64) error {
			sent, err := s.post.send(ctx, chat, m)
			receipt = receiptOf(sent)
			return err
		})
	})
	return receipt, err
}

func (p *post) send(ctx context.Context, chat int64, m Message) (*models.Message, error) {
	markup, err := m.Keyboard.markup()
	if err != nil {
		return nil, err
	}
	var reply *models.ReplyParameters
	if m.ReplyTo != 0 {
		reply = &models.ReplyParameters{MessageID: m.ReplyTo, AllowSendingWithoutReply: true}
	}
	if m.Photo != nil {
		return p.api.SendPhoto(ctx, &tg.SendPhotoParams{
			ChatID: chat, Photo: m.Photo.input(), Caption: m.HTML, ParseMode: models.ParseModeHTML, ReplyMarkup: markup,
			DisableNotification: m.Silent, MessageEffectID: m.Effect, ReplyParameters: reply,
		})
	}
	return p.api.SendMessage(ctx, &tg.SendMessageParams{
		ChatID: chat, Text: m.HTML, ParseMode: models.ParseModeHTML, ReplyMarkup: markup,
		LinkPreviewOptions:  noPreview(),
		DisableNotification: m.Silent, MessageEffectID: m.Effect, ReplyParameters: reply,
	})
}

func noPreview() *models.LinkPreviewOptions {
	off := true
	return &models.LinkPreviewOptions{IsDisabled: &off}
}

func (p *Photo) input() models.InputFile {
	if p.File != "" {
		return &models.InputFileString{Data: p.File}
	}
	return &models.InputFileUpload{Filename: p.name(), Data: bytes.NewReader(p.Data)}
}

func (p *Photo) name() string {
	if p.Name != "" {
		return p.Name
	}
	return "picture.png"
}

func receiptOf(m *models.Message) tickets.Receipt {
	if m == nil {
		return tickets.Receipt{}
	}
	r := tickets.Receipt{Message: m.ID}
	if n := len(m.Photo); n > 0 {
		r.File = m.Photo[n-1].FileID
	}
	if m.Document != nil {
		r.File = m.Document.FileID
	}
	return r
}

// SendDocument posts a file, such as a calendar entry, with a caption.
func (s *Sender) SendDocument(ctx context.Context, chat int64, name string, data []byte, m Message) (tickets.Receipt, error) {
	var receipt tickets.Receipt
	m.Photo = &Photo{Name: name, Data: data}
	if err := m.check(); err != nil {
		return receipt, err
	}
	err := s.plain.try(ctx, m, func(m Message) error {
		markup, err := m.Keyboard.markup()
		if err != nil {
			return err
		}
		return s.do(ctx, chat, false, func(ctx context.Context, chat int64) error {
			sent, err := s.api.SendDocument(ctx, &tg.SendDocumentParams{
				ChatID: chat, Document: &models.InputFileUpload{Filename: name, Data: bytes.NewReader(data)},
				Caption: m.HTML, ParseMode: models.ParseModeHTML, ReplyMarkup: markup, DisableNotification: m.Silent,
			})
			receipt = receiptOf(sent)
			return err
		})
	})
	return receipt, err
}

// Venue is a place on the map.
type Venue struct {
	Latitude, Longitude float64
	Title, Address      string // plain text
}

// SendVenue posts a place.
func (s *Sender) SendVenue(ctx context.Context, chat int64, v Venue) (tickets.Receipt, error) {
	var receipt tickets.Receipt
	err := s.do(ctx, chat, false, func(ctx context.Context, chat int64) error {
		sent, err := s.api.SendVenue(ctx, &tg.SendVenueParams{
			ChatID: chat, Latitude: v.Latitude, Longitude: v.Longitude, Title: v.Title, Address: v.Address,
		})
		receipt = receiptOf(sent)
		return err
	})
	return receipt, err
}

// Delete takes a message away. One that is not there, or may not be deleted any more (after 48 hours), is no error.
func (s *Sender) Delete(ctx context.Context, chat int64, message int) error {
	s.edits.forget(chat, message)
	err := s.do(ctx, chat, true, func(ctx context.Context, chat int64) error {
		_, err := s.api.DeleteMessage(ctx, &tg.DeleteMessageParams{ChatID: chat, MessageID: message})
		return err
	})
	if errors.Is(err, ErrGone) {
		return nil
	}
	return err
}

// AnswerCallback ends a button's waiting, with a toast or, as alert, a box; text is plain and may be empty. It is to be
// called first: the time for it is short, and too late is no error. It neither waits for nor counts in the chat's pace.
func (s *Sender) AnswerCallback(ctx context.Context, id, text string, alert bool) error {
	if r := []rune(text); len(r) > maxToast {
		text = string(r[:maxToast-1]) + "…"
	}
	err := s.attempt(ctx, true, func(ctx context.Context) error {
		_, err := s.api.AnswerCallbackQuery(ctx, &tg.AnswerCallbackQueryParams{CallbackQueryID: id, Text: text, ShowAlert: alert})
		return err
	})
	var refused *apiError
	if errors.As(err, &refused) && refused.has(saysLate...) {
		return nil
	}
	return translate(err)
}

// Action shows for up to five seconds that something is coming: "typing", "upload_photo". Nothing depends on it.
func (s *Sender) Action(ctx context.Context, chat int64, action string) {
	_, err := s.api.SendChatAction(ctx, &tg.SendChatActionParams{ChatID: chat, Action: models.ChatAction(action)})
	if err != nil {
		s.cfg.Log.DebugContext(ctx, "chat action not shown", "chat", chat, "error", err)
	}
}

// Waits of a call that failed before the Bot API acted on it.
var callRetry = []time.Duration{200 * time.Millisecond, 600 * time.Millisecond, 2 * time.Second}

// turnPatience is how long a notice waits for its pace before it goes back to its outbox, and what is sent briefly.
const turnPatience = 2 * time.Second

// do makes a call to a chat at the chat's pace. safe says that doing it twice is the same as once.
func (s *Sender) do(ctx context.Context, chat int64, safe bool, call func(ctx context.Context, chat int64) error) error {
	moved := false
	for {
		if err := s.turn(ctx, chat); err != nil {
			return err
		}
		err := s.attempt(ctx, safe, func(ctx context.Context) error { return call(ctx, chat) })
		if to, ok := migration(err); ok && !moved {
			moved = true
			s.cfg.Migrated(ctx, chat, to)
			chat = to
			continue
		}
		err = s.judge(ctx, chat, err)
		if wait, ok := errors.AsType[*tickets.Wait](err); ok && !s.brief && s.mayWait(ctx, wait.After) {
			continue
		}
		return err
	}
}

// judge translates an error and acts on what it says of the chat.
func (s *Sender) judge(ctx context.Context, chat int64, err error) error {
	err = translate(err)
	if wait, ok := errors.AsType[*tickets.Wait](err); ok {
		s.pace.refuse(chat, wait.After, s.cfg.Now())
		s.cfg.Log.WarnContext(ctx, "telegram asks to wait", "chat", chat, "after", wait.After)
	}
	if errors.Is(err, tickets.Blocked) {
		s.cfg.Unreachable(ctx, chat)
	}
	return err
}

func migration(err error) (to int64, ok bool) {
	var refused *apiError
	if errors.As(err, &refused) && refused.migrateTo != 0 {
		return refused.migrateTo, true
	}
	return 0, false
}

// turn waits for the chat's pace.
func (s *Sender) turn(ctx context.Context, chat int64) error {
	for {
		d := s.pace.next(chat, s.notices, s.cfg.Now())
		if d == 0 {
			return ctx.Err()
		}
		if !s.mayWait(ctx, d) {
			return &tickets.Wait{After: d}
		}
		if !pause(ctx, d) {
			return fmt.Errorf("%w: waiting to send: %w", tickets.Unavailable, ctx.Err())
		}
	}
}

// mayWait reports whether there is time to wait for d.
func (s *Sender) mayWait(ctx context.Context, d time.Duration) bool {
	if (s.notices || s.brief) && d > turnPatience {
		return false
	}
	end, ok := ctx.Deadline()
	return !ok || time.Until(end) > d
}

// attempt makes a call, again after a while where that can do no harm. It returns the last call's error as it is.
func (p *post) attempt(ctx context.Context, safe bool, call func(context.Context) error) error {
	for try := 0; ; try++ {
		err := call(ctx)
		if try == len(callRetry) || !repeatable(err, safe) {
			return err
		}
		if !pause(ctx, callRetry[try]) {
			return err
		}
	}
}

// repeatable reports whether a failed call may be made again: always where the Bot API did not act on it, and where it
// may have, if acting twice is harmless.
func repeatable(err error, safe bool) bool {
	err = translate(err)
	if _, ok := errors.AsType[*tickets.Wait](err); ok {
		return false
	}
	return errors.Is(err, tickets.Unavailable) || safe && errors.Is(err, tickets.Unknown)
}
