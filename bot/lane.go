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
//
// Where the Bot API does not take the answer, it is given again, and a question that is still without one is asked for
// once more: the webhook's door says 503, so that Telegram brings it again, and after a poll the lane takes it up itself.
// The desk then says what it said. Only when the ten seconds are over is the question dropped.

const (
	laneBudget   = 8 * time.Second // for one question, from when it came to when Telegram has the answer
	laneDecision = 4 * time.Second // of it, for the decision; then the answer is no, busy
	laneParallel = 128             // questions at once; more wait, within their budget
	laneAgain    = 2 * time.Second // until a question that was not answered is taken up again

	questionLife  = 10 * time.Second  // Telegram waits so long for the answer
	questionComes = 150 * time.Second // and brings the question again so long
)

// LaneConfig is what a Lane needs; all is required but Took.
type LaneConfig struct {
	Desk    *checkout.Desk
	Store   tickets.Store
	Sender  *Sender
	Gateway string // whose invoices the bot sends
	Log     *slog.Logger
	// Took is told of each question how long its answer took, and "approved", "refused", "busy" (it could not be
	// decided, the answer was no) or "late" (no answer reached Telegram in time, however often it came). It may be nil.
	Took func(took time.Duration, outcome string)
}

// Lane answers pre-checkouts. It is safe for concurrent use.
type Lane struct {
	cfg   LaneConfig
	slots chan struct{}
	group sync.WaitGroup

	mu   sync.Mutex
	open map[string]time.Time // when each question came first that has had no answer yet
}

// NewLane checks the configuration; it calls nobody.
func NewLane(cfg LaneConfig) (*Lane, error) {
	if cfg.Desk == nil || cfg.Store == nil || cfg.Sender == nil || cfg.Gateway == "" || cfg.Log == nil {
		return nil, errors.New("lane: Desk, Store, Sender, Gateway and Log are required")
	}
	if cfg.Took == nil {
		cfg.Took = func(time.Duration, string) {}
	}
	return &Lane{cfg: cfg, slots: make(chan struct{}, laneParallel), open: map[string]time.Time{}}, nil
}

// takes reports whether an update is for the lane. A nil lane takes none.
func (l *Lane) takes(e envelope) bool {
	return l != nil && e.kind == models.AllowedUpdatePreCheckoutQuery
}

// Go answers a question in the background, again and again while it can be answered: nobody brings it a second time. Wait
// waits for it.
func (l *Lane) Go(raw json.RawMessage) {
	l.group.Go(func() {
		ctx := context.Background()
		for began := time.Now(); time.Since(began) < questionLife; pause(ctx, laneAgain) {
			err := l.Answer(ctx, raw)
			if err == nil {
				return
			}
			l.cfg.Log.WarnContext(ctx, "pre-checkout not answered yet", "error", err)
		}
	})
}

// Wait returns when all questions that were given to Go are answered, or out of time.
func (l *Lane) Wait() {
	if l != nil {
		l.group.Wait()
	}
}

// Answer decides and answers one question, given as the update that Telegram sent. It fails with Unavailable while the
// question has no answer and could still have one: it should then come again. What is no question, cannot be answered or
// is over is logged and dropped.
func (l *Lane) Answer(ctx context.Context, raw json.RawMessage) (err error) {
	began := time.Now()
	var id string
	first := began
	defer func() {
		if p := recover(); p != nil {
			l.cfg.Log.ErrorContext(ctx, "answering a pre-checkout panicked", "stack", string(debug.Stack()))
			err = tickets.Refuse(tickets.Unavailable, "the lane panicked: %T", p)
		}
		l.note(id, first, err != nil)
	}()
	u, err := decode(raw)
	if err != nil || u.PreCheckoutQuery == nil || u.PreCheckoutQuery.From == nil {
		l.cfg.Log.ErrorContext(ctx, "malformed pre-checkout dropped", "error", err)
		return nil
	}
	q := u.PreCheckoutQuery
	id, first = q.ID, l.came(q.ID, began)
	end := first.Add(questionLife)
	if !began.Before(end) {
		l.cfg.Log.ErrorContext(ctx, "pre-checkout not answered in time", "session_id", q.InvoicePayload)
		l.cfg.Took(time.Since(first), "late")
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(laneBudget, end.Sub(began)))
	defer cancel()
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	case <-ctx.Done():
		return tickets.Refuse(tickets.Unavailable, "too many questions at once")
	}
	words, outcome := l.decide(ctx, q)
	err = l.cfg.Sender.answerCheckout(ctx, q.ID, words)
	if mayHelp(err, time.Until(end)) {
		return fmt.Errorf("%w: answer pre-checkout of %s: %w", tickets.Unavailable, q.InvoicePayload, err)
	}
	if err != nil {
		l.cfg.Log.ErrorContext(ctx, "pre-checkout decided, not answered", "session_id", q.InvoicePayload, "outcome", outcome, "error", err)
		outcome = "late"
	}
	l.cfg.Took(time.Since(first), outcome)
	return nil
}

// mayHelp reports whether an answer that failed may reach Telegram yet when its question comes again, left before the
// question is over.
func mayHelp(err error, left time.Duration) bool {
	if wait, ok := errors.AsType[*tickets.Wait](err); ok {
		return wait.After < left
	}
	return errors.Is(err, tickets.Unavailable) || errors.Is(err, tickets.Unknown)
}

// came is when a question came first.
func (l *Lane) came(id string, now time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at, ok := l.open[id]; ok {
		return at
	}
	return now
}

// note remembers when a question came first that has no answer yet, and forgets any other.
func (l *Lane) note(id string, first time.Time, unanswered bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !unanswered || id == "" {
		delete(l.open, id)
		return
	}
	for other, at := range l.open {
		if time.Since(at) > questionComes {
			delete(l.open, other)
		}
	}
	l.open[id] = first
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
