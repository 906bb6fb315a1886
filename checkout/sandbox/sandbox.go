package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// Config is what a sandbox needs.
type Config struct {
	PublicURL string               // of the shop: its pages and, unless NoticeURL says otherwise, its notices are there
	NoticeURL string               // where notices are posted; "" is PublicURL + "/webhooks/sandbox"
	Secret    []byte               // signs notices; at least 16 bytes
	Memory    Memory               // keeps sessions over restarts
	Accepts   []string             // ids of methods, in order; none: card
	Shop      func() tickets.Texts // the merchant's name on the page; nil or none: the merchant's id
	// Passes makes the sandbox's money pass for real, as a demo wants it: Test answers false then, and test-mode money
	// is one of the odd cases.
	Passes bool
	Client *http.Client // posts notices; nil has a timeout of ten seconds and follows no redirects
	Now    func() time.Time
	Log    *slog.Logger
}

// Gateway is the sandbox: the provider, and the shop's way to it. It is safe for concurrent use.
type Gateway struct {
	c       Config
	mu      sync.Mutex                      // guards what is in Memory; never held during a call over HTTP
	agenda  map[tickets.SessionID]time.Time // nil: not read yet
	ticking sync.Mutex
}

var (
	_ checkout.Gateway  = (*Gateway)(nil)
	_ checkout.Refunder = (*Gateway)(nil)
)

// New checks the configuration; every problem comes at once. It does no I/O.
func New(c Config) (*Gateway, error) {
	var errs []error
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	if u, err := url.Parse(c.PublicURL); err != nil || u.Host == "" {
		errs = append(errs, fmt.Errorf("sandbox: public URL %q is not absolute", c.PublicURL))
	}
	if len(c.Secret) < 16 {
		errs = append(errs, errors.New("sandbox: the secret has fewer than 16 bytes"))
	}
	if c.Memory == nil || c.Now == nil || c.Log == nil {
		errs = append(errs, errors.New("sandbox: Memory, Now and Log are required"))
	}
	if len(c.Accepts) == 0 {
		c.Accepts = []string{"card"}
	}
	for i, m := range c.Accepts {
		if m == "" || slices.Contains(c.Accepts[:i], m) {
			errs = append(errs, fmt.Errorf("sandbox: method %q twice or empty", m))
		}
	}
	if c.NoticeURL == "" {
		c.NoticeURL = c.PublicURL + "/webhooks/sandbox"
	}
	if c.Client == nil {
		c.Client = &http.Client{
			Timeout:       10 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return &Gateway{c: c}, nil
}

// Name is "sandbox".
func (g *Gateway) Name() string { return "sandbox" }

// Test reports whether its money is play money; see Config.Passes.
func (g *Gateway) Test() bool { return !g.c.Passes }

// Methods are those of Config.Accepts, all hosted. PayNow takes Singapore dollars only.
func (g *Gateway) Methods() []checkout.Method {
	var out []checkout.Method
	for _, id := range g.c.Accepts {
		m := checkout.Method{ID: id, Protocol: "hosted"}
		if id == "paynow" {
			m.Currency = []tickets.Currency{"SGD"}
		}
		out = append(out, m)
	}
	return out
}

// Open begins a payment page, or finds the one that the payment already has. It fails with Invalid for an amount of
// nothing and when the payment's id is known under another key.
func (g *Gateway) Open(ctx context.Context, o checkout.Opening) (checkout.Session, error) {
	p := o.Payment
	if p.Key == "" || p.ID == "" || p.Total.Amount <= 0 || !p.Total.Currency.Valid() {
		return checkout.Session{}, tickets.Refuse(tickets.Invalid, "sandbox cannot collect %s for %q", p.Total, p.ID)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	s, err := g.load(ctx, p.ID)
	switch {
	case errors.Is(err, tickets.NotFound):
		s = g.begin(o)
		err = g.save(ctx, s)
	case err == nil && s.Key != p.Key:
		err = tickets.Refuse(tickets.Invalid, "sandbox has %s with another key", p.ID)
	}
	if err != nil {
		return checkout.Session{}, err
	}
	page := g.c.PublicURL + "/pay/" + string(s.ID)
	raw, err := rawSession(s, page)
	return checkout.Session{Remote: s.Remote, URL: page, Raw: raw}, err
}

func (g *Gateway) begin(o checkout.Opening) *session {
	p := o.Payment
	var shop string
	if g.c.Shop != nil {
		shop = g.c.Shop().Pick(o.Lang)
	}
	if shop == "" {
		shop = string(p.Merchant)
	}
	return &session{
		ID: p.ID, Remote: remoteOf(p.ID), Key: p.Key, Code: o.Order.Code, Shop: shop, Title: o.Title, Lang: o.Lang,
		Method: p.Method, Return: o.Return, Total: p.Total, Fee: p.Fee, Test: !g.c.Passes,
		At: tickets.Milli(g.c.Now()), Expiry: p.Expiry, State: checkout.StandingOpen,
	}
}

// Lookup tells how the payment's session stands.
func (g *Gateway) Lookup(ctx context.Context, p tickets.Payment) (checkout.Standing, error) {
	return g.stand(ctx, p, func(*session) {})
}

// Close closes the payment's session if it is open, and tells how it then stands: Async cannot be closed.
func (g *Gateway) Close(ctx context.Context, p tickets.Payment) (checkout.Standing, error) {
	return g.stand(ctx, p, func(s *session) { s.close(g.c.Now()) })
}

func (g *Gateway) stand(ctx context.Context, p tickets.Payment, do func(*session)) (checkout.Standing, error) {
	if p.Remote == "" {
		return checkout.Standing{State: checkout.StandingAbsent}, nil
	}
	s, err := g.change(ctx, idOf(p.Remote), func(s *session) error {
		do(s)
		return nil
	})
	if errors.Is(err, tickets.NotFound) {
		return checkout.Standing{State: checkout.StandingAbsent}, nil
	}
	if err != nil {
		return checkout.Standing{}, err
	}
	return s.standing(), nil
}

// change loads a session, does what its plan says is due and then fn, and saves it where something changed.
func (g *Gateway) change(ctx context.Context, id tickets.SessionID, fn func(*session) error) (*session, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s, err := g.load(ctx, id)
	if err != nil {
		return nil, err
	}
	before, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	s.advance(g.c.Now())
	if err := fn(s); err != nil {
		return nil, err
	}
	after, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(before, after) {
		return s, g.note(ctx, s.ID, s.due())
	}
	return s, g.save(ctx, s)
}

// Play makes an outcome happen as if somebody had chosen it on the page; id is the session's id at the shop or here, or,
// for what happens after a payment, the name of the charge, refund or dispute. It fails with NotFound, Invalid, and
// Conflict when the session is over or there is nothing to happen to. Notices go out with the next Tick.
func (g *Gateway) Play(ctx context.Context, id string, o Outcome) error {
	return g.play(ctx, id, o, false)
}

// Force makes an outcome happen whatever became of the session: it is how money comes for a session that was closed.
// It fails with NotFound or Invalid.
func (g *Gateway) Force(ctx context.Context, id string, o Outcome) error {
	return g.play(ctx, id, o, true)
}

func (g *Gateway) play(ctx context.Context, id string, o Outcome, forced bool) error {
	if o.Of == "" && o.Act.back() && partOf(id) != "" {
		o.Of = id
	}
	_, err := g.change(ctx, either(id), func(s *session) error { return s.play(o, forced, g.c.Now()) })
	return err
}

// either reads the id of a session in both of its forms, and in the names of its charges, refunds and disputes.
func either(id string) tickets.SessionID {
	if strings.HasPrefix(id, tickets.PrefixSession) {
		return tickets.SessionID(id)
	}
	if part := partOf(id); part != "" {
		return tickets.SessionID(tickets.PrefixSession + part)
	}
	return idOf(id)
}

// partOf is the session's part in the name of a charge, refund, dispute or warning; "" is another name.
func partOf(id string) string {
	kind, rest, _ := strings.Cut(id, "_")
	if !slices.Contains([]string{"charge", "refund", "dispute", "warning"}, kind) {
		return ""
	}
	part, _, _ := strings.Cut(rest, "_")
	return part
}
