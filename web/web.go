package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"boxoffice/tickets"
	"boxoffice/web/api"
	"boxoffice/web/customer"
)

// Config is what the server is made of. Customer, API, PublicURL and Log are required; a door that is nil is not there.
type Config struct {
	Customer *customer.Pages
	API      *api.API

	Callback http.Handler // POST /webhooks/{gateway}: notices of payment providers
	Telegram http.Handler // POST /webhooks/telegram
	Pay      http.Handler // /pay/: the sandbox's payment page
	Console  http.Handler // /console/: the merchant's pages
	Metrics  http.Handler // GET /metrics, for tokens with the scope metrics
	More     []Door       // further doors, such as the demo's

	Ready     []Check // all must pass for /readyz
	PublicURL string  // https makes browsers remember to come by https only
	Log       *slog.Logger
	Observe   func(Seen) // hears of every request, for metrics; may be nil
}

// Door is a handler and where it stands, as http.ServeMux reads patterns.
type Door struct {
	Pattern string
	Handler http.Handler
}

// Check says whether something that the service needs is there.
type Check struct {
	Name string // for the log and the answer: "store"
	Ask  func(context.Context) error
}

// StoreCheck asks whether the store can be read, and has not failed.
func StoreCheck(s tickets.Store) Check {
	return Check{Name: "store", Ask: func(ctx context.Context) error {
		select {
		case <-s.Failed():
			return tickets.Refuse(tickets.Unavailable, "the store has failed")
		default:
		}
		return s.View(ctx, func(r tickets.Reader) error {
			_, err := r.Counts()
			return err
		})
	}}
}

// Seen is a request that was answered. Route is the pattern that served it, "" when none did: it has few values, as
// metrics need.
type Seen struct {
	Route  string
	Method string
	Status int
	Took   time.Duration
}

// The server's four timeouts. Writing is the longest: a notice waits for its provider.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 20 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeader         = 64 << 10
)

// Server returns a server with every timeout set; it is not started.
func Server(addr string, h http.Handler) *http.Server {
	return &http.Server{
		Addr: addr, Handler: h, MaxHeaderBytes: maxHeader,
		ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
	}
}

// New puts the doors together. It does no I/O.
func New(c Config) (http.Handler, error) {
	if c.Customer == nil || c.API == nil || c.PublicURL == "" || c.Log == nil {
		return nil, errors.New("web: Customer, API, PublicURL and Log are required")
	}
	s := &site{c: c, mux: http.NewServeMux()}
	s.routes()
	return s.wrapped(), nil
}
