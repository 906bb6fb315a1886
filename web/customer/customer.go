package customer

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// Config is what the pages need.
type Config struct {
	Desk *checkout.Desk
	// Chat is the address of the shop's chat, such as https://t.me/NAME; "" while it is not known. It may be nil.
	Chat func() string
	// Known reports whether a request comes from a member or a program that may see any ticket; nil knows nobody.
	Known func(*http.Request) bool
	// Gate reports whether a request comes from a member who may let people in: their phone's camera opened a ticket, and
	// its page shows the way to the gate's. nil knows nobody.
	Gate func(*http.Request) bool
	Log  *slog.Logger
}

// Pages answers customers' browsers. It is safe for concurrent use.
type Pages struct {
	desk  *checkout.Desk
	chat  func() string
	known func(*http.Request) bool
	gate  func(*http.Request) bool
	log   *slog.Logger
}

// New checks what is required. It does no I/O.
func New(c Config) (*Pages, error) {
	if c.Desk == nil || c.Log == nil {
		return nil, errors.New("customer: Desk and Log are required")
	}
	p := &Pages{desk: c.Desk, chat: c.Chat, known: c.Known, gate: c.Gate, log: c.Log}
	if p.chat == nil {
		p.chat = func() string { return "" }
	}
	if p.known == nil {
		p.known = func(*http.Request) bool { return false }
	}
	if p.gate == nil {
		p.gate = func(*http.Request) bool { return false }
	}
	return p, nil
}

// Routes adds all routes to mux.
func (p *Pages) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", p.handle(p.landing))
	mux.HandleFunc("GET /o/{token}", p.handle(p.status))
	mux.HandleFunc("GET /T/{text}", p.handle(p.ticket))
	mux.HandleFunc("GET /t/{text}", p.handle(p.ticket))
	mux.HandleFunc("GET /assets/{name}", asset)
}

// handler answers one request; what it returns becomes an error page.
type handler func(http.ResponseWriter, *http.Request) error

func (p *Pages) handle(serve handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := serve(w, r); err != nil {
			p.fail(w, r, err)
		}
	}
}

// fail answers err with a page. Everything that a stranger could try (an unknown, forged or malformed address) looks
// the same.
func (p *Pages) fail(w http.ResponseWriter, r *http.Request, err error) {
	switch tickets.KindOf(err) {
	case tickets.NotFound, tickets.Forged, tickets.Invalid, tickets.Revoked:
		p.Fault(w, r, http.StatusNotFound)
	case tickets.Unavailable:
		p.log.Warn("page not served", "route", r.Pattern, "request_id", w.Header().Get("X-Request-Id"), "error", err)
		w.Header().Set("Retry-After", "3")
		p.Fault(w, r, http.StatusServiceUnavailable)
	default:
		p.log.Error("page failed", "route", r.Pattern, "request_id", w.Header().Get("X-Request-Id"), "error", err)
		p.Fault(w, r, http.StatusInternalServerError)
	}
}

// catalog is the shop's; one that was never given any has a nameless merchant and no products.
func (p *Pages) catalog(ctx context.Context) (*tickets.Catalog, error) {
	var cat *tickets.Catalog
	err := p.desk.Store.View(ctx, func(r tickets.Reader) (err error) {
		cat, err = r.Catalog()
		return err
	})
	if err == nil {
		cat = p.desk.OnOffer(cat)
	}
	if errors.Is(err, tickets.NotFound) {
		return &tickets.Catalog{Merchant: tickets.Merchant{Zone: "UTC"}}, nil
	}
	return cat, err
}
