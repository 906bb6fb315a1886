package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/go-telegram/bot/models"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// A pre-checkout has to be answered within ten seconds, or the payment is over. So it never waits behind messages: the
// doors hand it to this lane before anything is stored, and the lane decides and answers at once. What is decided is
// durable (see [checkout.Desk.PreCheckout]); the question itself is not kept, since after ten seconds it is worth
// nothing. If we stop in between, the customer sees that the payment did not go through, and presses Pay again.

const (
	laneBudget   = 8 * time.Second // for one question, from when it came to when Telegram has the answer
	laneDecision = 4 * time.Second // of it, for the decision; then the answer is no, busy
	laneParallel = 128             // questions at once; more wait, within their budget
)

// LaneConfig is what a Lane needs; all is required but Took.
type LaneConfig struct {
	Desk    *checkout.Desk
	Store   tickets.Store
	Sender  *Sender
	Gateway string // whose invoices the bot sends
	Log     *slog.Logger
	// Took is told of each question how long its answer took, and "approved", "refused", "busy" (it could not be
	// decided, the answer was no) or "late" (no answer reached Telegram in time). It may be nil.
	Took func(took time.Duration, outcome string)
}

// Lane answers pre-checkouts. It is safe for concurrent use.
type Lane struct {
	cfg   LaneConfig
	slots chan struct{}
	group sync.WaitGroup
}

// NewLane checks the configuration; it calls nobody.
func NewLane(cfg LaneConfig) (*Lane, error) {
	if cfg.Desk == nil || cfg.Store == nil || cfg.Sender == nil || cfg.Gateway == "" || cfg.Log == nil {
		return nil, errors.New("lane: Desk, Store, Sender, Gateway and Log are required")
	}
	if cfg.Took == nil {
		cfg.Took = func(time.Duration, string) {}
	}
	return &Lane{cfg: cfg, slots: make(chan struct{}, laneParallel)}, nil
}

// takes reports whether an update is for the lane. A nil lane takes none.
func (l *Lane) takes(e envelope) bool {
	return l != nil && e.kind == models.AllowedUpdatePreCheckoutQuery
}

// Go answers a question in the background; Wait waits for it.
func (l *Lane) Go(raw json.RawMessage) {
	l.group.Go(func() {
		if err := l.Answer(context.Background(), raw); err != nil {
			l.cfg.Log.Error("pre-checkout not answered", "error", err)
		}
	})
}

// Wait returns when all questions that were given to Go are answered, or out of time.
func (l *Lane) Wait() {
	if l != nil {
		l.group.Wait()
	}
}

// Answer decides and answers one question, given as the update that Telegram sent. It fails with Unavailable when
// neither could be done: then the same question may come again. What is no question is logged and dropped.
func (l *Lane) Answer(ctx context.Context, raw json.RawMessage) (err error) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), laneBudget)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			l.cfg.Log.ErrorContext(ctx, "answering a pre-checkout panicked", "stack", string(debug.Stack()))
			err = tickets.Refuse(tickets.Unavailable, "the lane panicked: %T", p)
		}
	}()
	u, err := decode(raw)
	if err != nil || u.PreCheckoutQuery == nil || u.PreCheckoutQuery.From == nil {
		l.cfg.Log.ErrorContext(ctx, "malformed pre-checkout dropped", "error", err)
		return nil
	}
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	case <-ctx.Done():
		return tickets.Refuse(tickets.Unavailable, "too many questions at once")
	}
	q := u.PreCheckoutQuery
	words, outcome := l.decide(ctx, q)
	if err := l.cfg.Sender.answerCheckout(ctx, q.ID, words); err != nil {
		l.cfg.Took(time.Since(began), "late")
		err = fmt.Errorf("answer pre-checkout of %s: %w", q.InvoicePayload, err)
		if outcome == "busy" {
			return fmt.Errorf("%w: %w", tickets.Unavailable, err)
		}
		l.cfg.Log.ErrorContext(ctx, "pre-checkout decided, not answered", "session_id", q.InvoicePayload, "outcome", outcome, "error", err)
		return nil
	}
	l.cfg.Took(time.Since(began), outcome)
	return nil
}

// decide asks the desk. The words are of a refusal, "" is yes.
func (l *Lane) decide(ctx context.Context, q *models.PreCheckoutQuery) (words, outcome string) {
	ctx, cancel := context.WithTimeout(ctx, laneDecision)
	defer cancel()
	err := l.cfg.Desk.PreCheckout(ctx, checkout.PreCheckout{
		ID: q.ID, Gateway: l.cfg.Gateway, Session: tickets.SessionID(q.InvoicePayload), Payer: q.From.ID,
		Amount: tickets.Money{Amount: int64(q.TotalAmount), Currency: tickets.Currency(q.Currency)},
	})
	if err == nil {
		return "", "approved"
	}
	p := text.For(l.langOf(ctx, q.From)).WithLog(l.cfg.Log)
	refusal := tickets.RefusalOf(err)
	if refusal == nil || refusal.Args["reason"] == nil {
		l.cfg.Log.ErrorContext(ctx, "pre-checkout not decided", "session_id", q.InvoicePayload, "error", err)
		return p.T("bot.precheckout.busy"), "busy"
	}
	reason := fmt.Sprint(refusal.Args["reason"])
	l.cfg.Log.InfoContext(ctx, "pre-checkout refused", "session_id", q.InvoicePayload, "reason", reason)
	key := "bot.precheckout." + reason
	if !p.Has(key) {
		key = "bot.precheckout.over"
	}
	return p.T(key), "refused"
}

// langOf is the language that the payer chose here, else the one of their app.
func (l *Lane) langOf(ctx context.Context, who *models.User) text.Lang {
	lang := text.Match(who.LanguageCode)
	err := l.cfg.Store.View(ctx, func(r tickets.Reader) error {
		c, err := r.CustomerByTelegram(who.ID)
		if err == nil && c.Lang != "" {
			lang = text.Lang(c.Lang)
		}
		return err
	})
	if err != nil && !errors.Is(err, tickets.NotFound) {
		l.cfg.Log.WarnContext(ctx, "language of a payer not known", "error", err)
	}
	return lang
}
