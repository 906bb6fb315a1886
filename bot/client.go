package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"path"
	"strings"
	"sync/atomic"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

const (
	defaultAPI  = "https://api.telegram.org"
	callLimit   = 15 * time.Second // one call, upload and answer included
	pollWait    = 50 * time.Second // a long poll; Telegram clamps to this
	pollLimit   = pollWait + 15*time.Second
	answerLimit = 16 << 20 // bytes of an answer that are read
)

// ClientConfig is what a Client needs.
type ClientConfig struct {
	Token string // the bot's token; never logged, never part of an error
	URL   string // the Bot API; https://api.telegram.org when empty
	Log   *slog.Logger
	// Called is told of each call: the method, how long it took, and "ok", the error code, or "broken" where no
	// answer came. It may be nil.
	Called func(method string, took time.Duration, outcome string)
}

// Client calls the Bot API: the library's typed calls over a transport of ours, which keeps connections open, bounds
// every call in time and size, and takes the token out of errors. It is safe for concurrent use.
type Client struct {
	api  *tg.Bot
	wire *wire
	base string // URL up to and with the slash before the method; holds the token
	log  *slog.Logger
	me   atomic.Pointer[models.User]
}

// NewClient checks the configuration; it calls nobody.
func NewClient(cfg ClientConfig) (*Client, error) {
	if cfg.Log == nil {
		return nil, errors.New("bot client: no log")
	}
	base := strings.TrimRight(cfg.URL, "/")
	if base == "" {
		base = defaultAPI
	}
	if u, err := url.Parse(base); err != nil || u.Host == "" {
		return nil, errors.New("bot client: the API's URL is not one")
	}
	w := newWire(cfg.Called)
	api, err := tg.New(cfg.Token,
		tg.WithServerURL(base),
		tg.WithSkipGetMe(),
		tg.WithNotAsyncHandlers(),
		tg.WithHTTPClient(pollWait, w),
		tg.WithErrorsHandler(func(error) { cfg.Log.Warn("telegram client error") }),
	)
	if err != nil {
		return nil, fmt.Errorf("bot client: %w", err)
	}
	if api.ID() == 0 {
		return nil, errors.New("bot client: the token does not start with the bot's number")
	}
	return &Client{api: api, wire: w, base: base + "/bot" + cfg.Token + "/", log: cfg.Log}, nil
}

// ID is the bot's number, read from the token.
func (c *Client) ID() int64 { return c.api.ID() }

// Username is the bot's name without the @, empty until Identify has succeeded.
func (c *Client) Username() string {
	if me := c.me.Load(); me != nil {
		return me.Username
	}
	return ""
}

// Identify asks the Bot API who the bot is, once: later calls return at once. It fails with Unavailable when the API
// cannot be reached and with Unauthorized when it does not know the token.
func (c *Client) Identify(ctx context.Context) error {
	if c.me.Load() != nil {
		return nil
	}
	me, err := c.api.GetMe(ctx)
	if err != nil {
		return fmt.Errorf("ask who the bot is: %w", translate(err))
	}
	c.me.Store(me)
	return nil
}

// Webhook is where Telegram brings updates, as it tells.
type Webhook struct {
	URL         string // "" in polling mode
	Pending     int    // updates not delivered yet
	LastError   string // of the last delivery that failed; "" is none
	LastErrorAt time.Time
}

// Webhook asks where updates go. Its errors are as those of Identify.
func (c *Client) Webhook(ctx context.Context) (Webhook, error) {
	info, err := c.api.GetWebhookInfo(ctx)
	if err != nil {
		return Webhook{}, fmt.Errorf("ask for the webhook: %w", translate(err))
	}
	return Webhook{
		URL: info.URL, Pending: info.PendingUpdateCount, LastError: info.LastErrorMessage, LastErrorAt: time.Unix(int64(info.LastErrorDate), 0),
	}, nil
}

// Close lets idle connections go.
func (c *Client) Close() { c.wire.http.CloseIdleConnections() }

// call posts JSON to a method that the library does not offer.
func (c *Client) call(ctx context.Context, method string, params, result any) error {
	body, err := json.Marshal(params)
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+method, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: malformed request", method) // err holds the URL
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.wire.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	answer := struct {
		Result any `json:"result"`
	}{result}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return fmt.Errorf("%s: decode answer: %w", method, err)
	}
	return nil
}

// wire is the library's HTTP client. Whatever is not a whole answer with "ok":true becomes an *apiError or a
// *brokenError, so that the library never sees, nor quotes, a refusal.
type wire struct {
	http   *http.Client
	called func(method string, took time.Duration, outcome string)
}

var _ tg.HttpClient = (*wire)(nil)

func newWire(called func(string, time.Duration, string)) *wire {
	if called == nil {
		called = func(string, time.Duration, string) {}
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	return &wire{called: called, http: &http.Client{
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         dialer.DialContext,
			ForceAttemptHTTP2:   true,
			TLSHandshakeTimeout: 5 * time.Second,
			MaxIdleConns:        256,
			MaxIdleConnsPerHost: 256, // the default, 2, opens a connection for most calls
			MaxConnsPerHost:     512,
			IdleConnTimeout:     30 * time.Second,
			// All calls share one connection then. When it dies, it is left within five seconds, not when TCP gives up.
			HTTP2: &http.HTTP2Config{SendPingTimeout: 3 * time.Second, PingTimeout: 2 * time.Second},
		},
		// A redirect would carry the token elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Do performs one call.
func (w *wire) Do(req *http.Request) (*http.Response, error) {
	method := path.Base(req.URL.Path)
	limit := callLimit
	if method == "getUpdates" {
		limit = pollLimit
	}
	ctx, cancel := context.WithTimeout(req.Context(), limit)
	defer cancel()
	began := time.Now()
	body, err := w.exchange(req.WithContext(ctx), method)
	w.called(method, time.Since(began), outcome(err))
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(body))}, nil
}

func (w *wire) exchange(req *http.Request, method string) ([]byte, error) {
	var reached atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { reached.Store(true) }}
	resp, err := w.http.Do(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err != nil {
		var withURL *url.Error
		if errors.As(err, &withURL) {
			err = withURL.Err // the URL holds the token
		}
		return nil, &brokenError{method: method, sent: reached.Load(), cause: err}
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit+1))
	if err != nil || len(body) > answerLimit {
		return nil, &brokenError{method: method, sent: true, status: resp.StatusCode, cause: err}
	}
	if resp.StatusCode == http.StatusOK && bytes.HasPrefix(body, []byte(`{"ok":true`)) {
		return body, nil
	}
	return body, verdict(method, resp.StatusCode, body)
}

// verdict reads an answer that is not plainly good. It returns nil if it is good after all.
func verdict(method string, status int, body []byte) error {
	var answer struct {
		OK          *bool  `json:"ok"`
		Code        int    `json:"error_code"`
		Description string `json:"description"`
		Parameters  struct {
			RetryAfter int   `json:"retry_after"`
			MigrateTo  int64 `json:"migrate_to_chat_id"`
		} `json:"parameters"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.OK == nil {
		return &brokenError{method: method, sent: true, status: status}
	}
	if *answer.OK {
		return nil
	}
	if answer.Code == 0 {
		answer.Code = status
	}
	return &apiError{
		method: method, code: answer.Code, description: answer.Description,
		after: time.Duration(answer.Parameters.RetryAfter) * time.Second, migrateTo: answer.Parameters.MigrateTo,
	}
}

func outcome(err error) string {
	var refused *apiError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &refused):
		return fmt.Sprint(refused.code)
	default:
		return "broken"
	}
}
