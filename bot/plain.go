package bot

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"sync"
	"time"

	"boxoffice/tickets"
)

// plainSetting remembers which features the Bot API refused, as JSON of feature → when.
const plainSetting = "telegram.plain"

// plainFor is how long a refusal is believed; then the newer form is tried again, at the price of one refused call.
const plainFor = 7 * 24 * time.Hour

// feature is something newer that a Bot API may refuse.
type feature string

const (
	featureTime    feature = "time"    // <tg-time>, Bot API 9.5
	featureButtons feature = "buttons" // style and disabled, 9.4 and 10.3
	featureEffect  feature = "effect"  // message effects
)

var timeTag = regexp.MustCompile(`</?tg-time[^>]*>`)

// features lists what of a message is newer.
func (m Message) features() []feature {
	var out []feature
	if timeTag.MatchString(m.HTML) {
		out = append(out, featureTime)
	}
	for _, row := range m.Keyboard {
		for _, b := range row {
			if (b.Disabled || b.Style != StyleNone) && (len(out) == 0 || out[len(out)-1] != featureButtons) {
				out = append(out, featureButtons)
			}
		}
	}
	if m.Effect != "" {
		out = append(out, featureEffect)
	}
	return out
}

// without returns the message in the form that does without the features.
func (m Message) without(fs ...feature) Message {
	for _, f := range fs {
		switch f {
		case featureTime:
			m.HTML = timeTag.ReplaceAllString(m.HTML, "")
		case featureButtons:
			m.Keyboard = m.Keyboard.plain()
		case featureEffect:
			m.Effect = ""
		}
	}
	return m
}

func (k Keyboard) plain() Keyboard {
	out := make(Keyboard, len(k))
	for i, row := range k {
		out[i] = make([]Button, len(row))
		for j, b := range row {
			b.Style = StyleNone
			if b.Disabled {
				b.Disabled, b.Data = false, NoOp
			}
			out[i][j] = b
		}
	}
	return out
}

// plainness knows what the Bot API refuses, and remembers it in the store.
type plainness struct {
	store tickets.Store
	log   *slog.Logger
	now   func() time.Time

	mu     sync.Mutex
	loaded bool
	since  map[feature]time.Time
}

// refused lists the features that are not to be tried now.
func (p *plainness) refused(ctx context.Context) []feature {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.loaded {
		p.load(ctx)
	}
	var out []feature
	for f, at := range p.since {
		if p.now().Sub(at) < plainFor {
			out = append(out, f)
		}
	}
	return out
}

// load needs the lock.
func (p *plainness) load(ctx context.Context) {
	p.since = map[feature]time.Time{}
	var stored string
	err := p.store.View(ctx, func(r tickets.Reader) error {
		var err error
		stored, err = r.Setting(plainSetting)
		return err
	})
	switch {
	case errors.Is(err, tickets.NotFound):
		p.loaded = true
	case err != nil:
		p.log.WarnContext(ctx, "plain form not recalled", "error", err)
	default:
		p.loaded = true
		if err := json.Unmarshal([]byte(stored), &p.since); err != nil {
			p.log.WarnContext(ctx, "plain form is unreadable", "error", err)
			p.since = map[feature]time.Time{}
		}
	}
}

// remember notes that the features were refused and their absence was not.
func (p *plainness) remember(ctx context.Context, fs []feature) {
	p.mu.Lock()
	defer p.mu.Unlock()
	since := maps.Clone(p.since)
	if since == nil {
		since = map[feature]time.Time{}
	}
	for _, f := range fs {
		since[f] = p.now().UTC()
	}
	p.since = since
	value, err := json.Marshal(since)
	if err == nil {
		err = p.store.Update(ctx, func(tx tickets.Tx) error { return tx.PutSetting(plainSetting, string(value)) })
	}
	if err != nil {
		p.log.WarnContext(ctx, "plain form not remembered", "error", err)
	}
	p.log.InfoContext(ctx, "bot api refuses newer fields, using the plain form", "features", fs)
}

// try sends m in the newest form that the Bot API is known to take. Refused, it leaves out what may be why; if that is
// taken it is remembered, if not the first refusal is the error.
func (p *plainness) try(ctx context.Context, m Message, send func(Message) error) error {
	m = m.without(p.refused(ctx)...)
	err := send(m)
	first := err
	var left []feature
	for {
		fs := suspects(m.features(), err)
		if len(fs) == 0 {
			break
		}
		left, m = append(left, fs...), m.without(fs...)
		if err = send(m); err == nil {
			p.remember(ctx, left)
		}
	}
	if errors.Is(err, tickets.Invalid) {
		return first
	}
	return err
}

// suspects are the features that may be why the Bot API refused a message: the one that its words point at, else all.
func suspects(fs []feature, err error) []feature {
	var refused *apiError
	if !errors.As(err, &refused) || refused.code != http.StatusBadRequest || !errors.Is(err, tickets.Invalid) {
		return nil
	}
	var guess feature
	switch {
	case refused.has("entities", "tag"):
		guess = featureTime
	case refused.has("button", "keyboard", "reply markup", "reply_markup"):
		guess = featureButtons
	case refused.has("effect"):
		guess = featureEffect
	default:
		return fs
	}
	for _, f := range fs {
		if f == guess {
			return []feature{f}
		}
	}
	return nil
}
