package stripe

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/checkout/session"
	"github.com/stripe/stripe-go/v76/paymentintent"
	"github.com/stripe/stripe-go/v76/refund"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// DefaultURL is Stripe's API.
const DefaultURL = "https://api.stripe.com"

// callTimeout bounds one call with its repetition. A customer waits for it.
const callTimeout = 10 * time.Second

// Config is what the gateway needs.
type Config struct {
	SecretKey      string       // sk_… or rk_…
	WebhookSecrets []string     // whsec_…; several while one is being rolled
	APIURL         string       // without /v1; "" is DefaultURL
	Methods        []string     // Stripe's names, in the order customers see them; none: card
	Client         *http.Client // nil has a timeout of ten seconds
	Now            func() time.Time
	Log            *slog.Logger
}

// currencies of the methods that do not take all of them (docs.stripe.com, October 2026).
var currencies = map[string][]tickets.Currency{
	"card":       nil,
	"paynow":     {"SGD"},
	"grabpay":    {"SGD", "MYR"},
	"alipay":     {"AUD", "CAD", "CNY", "EUR", "GBP", "HKD", "JPY", "MYR", "NZD", "SGD", "USD"},
	"wechat_pay": {"AUD", "CAD", "CHF", "CNY", "DKK", "EUR", "GBP", "HKD", "JPY", "NOK", "SEK", "SGD", "USD"},
}

// Gateway is a Stripe account. It is safe for concurrent use.
type Gateway struct {
	c        Config
	methods  []checkout.Method
	sessions session.Client
	intents  paymentintent.Client
	refunds  refund.Client
}

var (
	_ checkout.Gateway  = (*Gateway)(nil)
	_ checkout.Refunder = (*Gateway)(nil)
)

// New checks the configuration; every problem comes at once. It does no I/O.
func New(c Config) (*Gateway, error) {
	var errs []error
	switch {
	case c.SecretKey == "" || strings.ContainsAny(c.SecretKey, " \t\r\n"):
		errs = append(errs, errors.New("stripe: the secret key is empty or has white space in it"))
	case strings.HasPrefix(c.SecretKey, "pk_"):
		errs = append(errs, errors.New("stripe: the key is the publishable one; the secret key begins with sk_ or rk_"))
	}
	c.WebhookSecrets = slices.Clone(c.WebhookSecrets)
	for i, s := range c.WebhookSecrets {
		c.WebhookSecrets[i] = strings.TrimSpace(s)
	}
	if len(c.WebhookSecrets) == 0 || slices.Contains(c.WebhookSecrets, "") {
		errs = append(errs, errors.New("stripe: a webhook secret is missing or empty"))
	}
	if c.Now == nil || c.Log == nil {
		errs = append(errs, errors.New("stripe: Now and Log are required"))
	}
	if c.APIURL == "" {
		c.APIURL = DefaultURL
	}
	c.APIURL = strings.TrimSuffix(strings.TrimRight(c.APIURL, "/"), "/v1")
	if u, err := url.Parse(c.APIURL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		errs = append(errs, fmt.Errorf("stripe: API URL %q is not absolute", c.APIURL))
	}
	g := &Gateway{}
	if len(c.Methods) == 0 {
		c.Methods = []string{"card"}
	}
	for i, id := range c.Methods {
		takes, ok := currencies[id]
		if !ok || slices.Contains(c.Methods[:i], id) {
			errs = append(errs, fmt.Errorf("stripe: method %q is unknown or given twice", id))
			continue
		}
		g.methods = append(g.methods, checkout.Method{ID: id, Protocol: "hosted", Currency: takes})
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if c.Client == nil {
		c.Client = &http.Client{Timeout: callTimeout, Transport: transport()}
	}
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL:               stripe.String(c.APIURL),
		HTTPClient:        c.Client,
		MaxNetworkRetries: stripe.Int64(1), // the desk repeats, with patience
		EnableTelemetry:   stripe.Bool(false),
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull},
	})
	g.c = c
	g.sessions = session.Client{B: backend, Key: c.SecretKey}
	g.intents = paymentintent.Client{B: backend, Key: c.SecretKey}
	g.refunds = refund.Client{B: backend, Key: c.SecretKey}
	return g, nil
}

// transport keeps more connections to the one host than the default does, so that a rush does not shake hands each time.
func transport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t = t.Clone()
	t.MaxIdleConnsPerHost = 32
	return t
}

// Name is "stripe".
func (g *Gateway) Name() string { return "stripe" }

// Test reports whether the secret key is not a live one.
func (g *Gateway) Test() bool {
	return !strings.HasPrefix(g.c.SecretKey, "sk_live_") && !strings.HasPrefix(g.c.SecretKey, "rk_live_")
}

// Methods are those of Config.Methods.
func (g *Gateway) Methods() []checkout.Method { return slices.Clone(g.methods) }

// Check asks Stripe whether the key may read Checkout Sessions. It changes nothing.
func (g *Gateway) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	p := &stripe.CheckoutSessionListParams{}
	p.Context, p.Single = ctx, true
	p.Limit = stripe.Int64(1)
	it := g.sessions.List(p)
	it.Next()
	if err := it.Err(); err != nil {
		return fmt.Errorf("stripe key: %w", plain(err))
	}
	return nil
}

// plain words an error of the library without the objects it may carry, client secrets among them. What is not Stripe's
// own answer (time-outs, connections) is left as it is.
func plain(err error) error {
	var e *stripe.Error
	if !errors.As(err, &e) {
		return err
	}
	return fmt.Errorf("stripe answered %d %s %s %s: %s (request %s)",
		e.HTTPStatusCode, e.Type, e.Code, e.Param, e.Msg, e.RequestID)
}

// refusal turns a final no of Stripe to create something into its kind: a decline for cards, Invalid for requests that
// Stripe will never accept. Whether the rest happened is not known.
func refusal(err error) error {
	var e *stripe.Error
	if !errors.As(err, &e) {
		return err
	}
	switch {
	case e.Type == stripe.ErrorTypeCard:
		return tickets.Refuse(tickets.Declined, "%v", plain(err))
	case e.Type == stripe.ErrorTypeIdempotency, // a session exists under the key
		e.HTTPStatusCode == http.StatusRequestTimeout,
		e.HTTPStatusCode == http.StatusConflict,
		e.HTTPStatusCode == http.StatusTooManyRequests:
		return plain(err)
	case e.HTTPStatusCode >= 400 && e.HTTPStatusCode < 500:
		return tickets.Refuse(tickets.Invalid, "%v", plain(err))
	default:
		return plain(err)
	}
}

// absent reports whether Stripe does not know what was asked for.
func absent(err error) bool {
	var e *stripe.Error
	return errors.As(err, &e) && e.HTTPStatusCode == http.StatusNotFound
}
