package bot

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	tg "github.com/go-telegram/bot"

	"boxoffice/tickets"
)

// Poller asks for updates where no public address lets Telegram bring them. The offset moves on only after the updates
// are durable, so a stop at any point loses none; those that come again are known by their number.
type Poller struct {
	Client *Client
	Inbox  *Inbox
	Lane   *Lane // answers pre-checkouts; nil where no invoices are sent
	Log    *slog.Logger
}

type getUpdates struct {
	Offset         int64    `json:"offset,omitempty"`
	Limit          int      `json:"limit"`
	Timeout        int      `json:"timeout"` // seconds
	AllowedUpdates []string `json:"allowed_updates"`
}

const longestPollPause = 30 * time.Second

// Run polls until ctx ends and the pre-checkouts that came are answered, and returns nil. A webhook that is in the way is removed; another poller is waited for.
func (p *Poller) Run(ctx context.Context) error {
	defer p.Lane.Wait()
	var offset int64
	retry := time.Second
	for ctx.Err() == nil {
		next, err := p.round(ctx, offset)
		offset = next
		if err == nil {
			retry = time.Second
			continue
		}
		if ctx.Err() != nil {
			break
		}
		if errors.Is(err, tickets.Conflict) {
			p.unhook(ctx, err)
		}
		d := retry
		var asked *tickets.Wait
		if errors.As(err, &asked) {
			d = asked.After
		}
		p.Log.WarnContext(ctx, "polling for updates failed", "error", err, "again_in_ms", d.Milliseconds())
		pause(ctx, d)
		retry = min(2*retry, longestPollPause)
	}
	return nil
}

// round asks once and stores what came. It returns the offset to ask with next.
func (p *Poller) round(ctx context.Context, offset int64) (int64, error) {
	var updates []json.RawMessage
	err := p.Client.call(ctx, "getUpdates", getUpdates{
		Offset: offset, Limit: 100, Timeout: int(pollWait / time.Second), AllowedUpdates: allowedUpdates,
	}, &updates)
	if err != nil {
		return offset, translate(err)
	}
	if len(updates) == 0 {
		// All before offset are confirmed. Telegram chooses its numbers anew after a quiet week, perhaps below offset.
		return 0, nil
	}
	next, rest := offset, updates[:0]
	for _, raw := range updates {
		e, err := open(raw)
		if err == nil {
			next = max(next, e.id+1)
		}
		if err == nil && p.Lane.takes(e) {
			p.Lane.Go(raw) // it may be answered twice if the others cannot be stored: the answer is the same
			continue
		}
		rest = append(rest, raw)
	}
	if err := p.Inbox.Accept(ctx, rest...); err != nil {
		return offset, err
	}
	if next == offset {
		return offset, errors.New("updates without numbers")
	}
	return next, nil
}

// unhook removes a webhook that was set behind our back. Another poller makes the same conflict; that is nobody's to
// remove.
func (p *Poller) unhook(ctx context.Context, conflict error) {
	var refused *apiError
	if !errors.As(conflict, &refused) || !refused.has("webhook") {
		return
	}
	if _, err := p.Client.api.DeleteWebhook(ctx, &tg.DeleteWebhookParams{}); err != nil {
		p.Log.WarnContext(ctx, "webhook not removed", "error", translate(err))
	}
}
