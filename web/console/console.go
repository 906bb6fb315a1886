package console

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/go-webauthn/webauthn/webauthn"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// Config is what the console needs. Desk, PublicURL and Log are required.
type Config struct {
	Desk      *checkout.Desk
	PublicURL string // https makes the cookie one that only https carries
	Log       *slog.Logger
	// Tell sends a member a message in their chat with the bot, as Telegram HTML; nil where there is no bot.
	Tell func(ctx context.Context, m tickets.Member, html string) error
	// Resend sends a delivery again, once under a key: then it fails with tickets.Exists. nil where nothing is sent.
	Resend func(ctx context.Context, id tickets.DeliveryID, at time.Time, key string) (tickets.Delivery, error)
	// Bot asks how the shop's bot stands; nil where there is none.
	Bot func(ctx context.Context) Bot
	// Keep says how long things are kept, for the page about privacy.
	Keep Keep
	// Hint is shown under the form of the login page, such as the demo's login; "" shows nothing. It may be nil.
	Hint func() string
}

// Console answers the merchant's browsers. It is safe for concurrent use.
type Console struct {
	Config
	sessions *scs.SessionManager
	live     *hub
	closed   chan struct{}
	close    sync.Once
	mux      *http.ServeMux
	looks    sync.Map // look → *template.Template
	tries    limiter
	passkeys *webauthn.WebAuthn // nil where the address can have none
	working  sync.WaitGroup     // messages on their way
	secret   struct {
		sync.Mutex
		key []byte
	}
}

// New checks what is required. It does no I/O.
func New(c Config) (*Console, error) {
	if c.Desk == nil || c.PublicURL == "" || c.Log == nil {
		return nil, errors.New("console: Desk, PublicURL and Log are required")
	}
	if c.Hint == nil {
		c.Hint = func() string { return "" }
	}
	k := &Console{Config: c, live: newHub(), closed: make(chan struct{}), mux: http.NewServeMux()}
	var err error
	if k.passkeys, err = newPasskeys(c.PublicURL); err != nil {
		return nil, fmt.Errorf("console: passkeys at %s: %w", c.PublicURL, err)
	}
	k.sessions = k.newSessions(strings.HasPrefix(strings.ToLower(c.PublicURL), "https://"))
	for _, r := range k.routes() {
		k.mux.Handle(r.pattern, k.door(r))
	}
	k.mux.HandleFunc("GET /console/assets/{name}", asset)
	k.mux.Handle("/console/", k.door(route{act: anyone, serve: missing}))
	return k, nil
}

// Handler answers everything under /console.
func (k *Console) Handler() http.Handler {
	return strict(known(k.sessions.LoadAndSave(k.guarded(k.mux))))
}

// Changed says that something was committed: open pages look whether it was theirs. It does not block.
func (k *Console) Changed() { k.live.wake() }

// Close ends the streams of events, so that a server can stop, and waits for messages on their way. It is safe to call
// twice.
func (k *Console) Close() {
	k.close.Do(func() { close(k.closed) })
	k.working.Wait()
}

// now is the shop's clock.
func (k *Console) now() time.Time { return tickets.Milli(k.Desk.Now()) }

// words of a member's language; the console speaks what package text speaks.
func (k *Console) words(lang text.Lang) *text.Printer { return text.For(lang).WithLog(k.Log) }
