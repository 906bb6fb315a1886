package config

import (
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"
)

// FileName is the configuration file that Find looks for in the working
// directory.
const FileName = "boxoffice.yaml"

// pathVariable names the configuration file in the environment.
const pathVariable = envPrefix + "CONFIG"

// Config is the whole configuration. What each field means, its key, its
// variable and its default are in the list of keys (Keys).
type Config struct {
	Listen        string
	PublicURL     string // scheme://host[:port], no slash at the end
	Storage       string // DSN: "bolt:PATH"
	Catalog       string // path of the catalog file
	MetricsListen string // "" = metrics only on Listen, with MetricsToken
	MetricsToken  Secret
	APIToken      Secret

	Telegram Telegram
	Gateways []Gateway
	Stripe   Stripe
	Sandbox  Sandbox

	TelegramPay TelegramPay

	Log Log
	Timings

	origins map[string]string // key → where its value came from; absent = default
}

// Telegram is the bot's side of the configuration.
type Telegram struct {
	Token         Secret
	APIURL        string // no slash at the end
	Mode          string // ModeWebhook or ModePolling once loaded, never empty
	WebhookSecret Secret // empty = derived by the program
	MerchantChat  int64  // chat id, 0 = none named here
}

// The two ways in which updates reach the bot.
const (
	ModeWebhook = "webhook"
	ModePolling = "polling"
)

// Gateway is a payment provider that the shop uses, in the order in which
// customers see them.
type Gateway struct {
	Name    string // one of GatewayNames
	Fee     Fee    // of the methods that Methods does not name
	Methods []MethodFee
}

// MethodFee is the surcharge of one of a gateway's methods, in place of the
// gateway's own.
type MethodFee struct {
	Method string // the gateway's name of it: "paynow"
	Fee    Fee
}

// Fee is the surcharge of a way to pay, added to the order's
// total and shown before paying. The zero value is no fee.
type Fee struct {
	BasisPoints int64 // hundredths of a percent: 340 is 3.40 %
	Fixed       int64 // minor units of the order's currency
}

// Zero reports whether there is no fee.
func (f Fee) Zero() bool { return f == Fee{} }

// Stripe is what the Stripe gateway needs.
type Stripe struct {
	SecretKey      Secret
	WebhookSecrets []Secret // all of them are accepted while one is being rotated
	APIURL         string   // no slash and no /v1 at the end
	Methods        []string // Stripe's names; empty = card
}

// TelegramPay is what the gateway that is paid in the chat needs.
type TelegramPay struct {
	ProviderToken Secret   // of the payment provider, from @BotFather; empty = only Stars
	Stars         bool     // take Telegram Stars for digital products
	Limits        []string // of one payment, in the form of ParseLimit
}

// Sandbox guards the gateway that takes no money.
type Sandbox struct{ Allow bool }

// Log says what is logged and how.
type Log struct {
	Level  slog.Level
	Format string // "text", "json", or "" for text on a terminal and json elsewhere
}

// Timings are the periods and limits of an order's life. Durations are
// positive unless the key's text says otherwise.
type Timings struct {
	HoldTTL           time.Duration
	PaymentTTL        time.Duration
	QuoteTTL          time.Duration
	HoldGrace         time.Duration
	HoldCap           time.Duration
	DeclineExtension  time.Duration
	AsyncTTL          time.Duration
	OpenHolds         int   // per customer
	OpenPlacesMin     int   // per customer
	OpenPlacesPercent int   // 1 to 100
	AmountTolerance   int64 // minor units
	CloseBackoff      []time.Duration
	SoftRelease       time.Duration
	ReviewTTL         time.Duration
	LateRefundAfter   time.Duration // may be 0: at once
	CompleteAfter     time.Duration
	GateEarly         time.Duration
	DeliveryBackoff   []time.Duration
	NoticeRetention   time.Duration
	UpdateRetention   time.Duration
	SweepEvery        time.Duration
	ReconcileAfter    time.Duration
	DispatchEvery     time.Duration
	CleanupEvery      time.Duration
}

// Default returns the configuration of a service to which nobody said
// anything. Its Telegram.Mode is settled.
func Default() Config {
	c := defaults()
	c.settle()
	return c
}

// defaults is Default before anything is derived from anything.
func defaults() Config {
	c := Config{origins: map[string]string{}}
	for _, k := range keys {
		if err := assign(k.field(&c), k.def); err != nil {
			panic("config: default of " + k.name + ": " + err.Error()) // a fault in the list itself; every test would show it
		}
	}
	return c
}

// Find returns the path of the configuration file: the flag's value, else
// BOXOFFICE_CONFIG, else boxoffice.yaml when the working directory has one,
// else "", which Load takes as "no file".
func Find(flag string, environ []string) string {
	if flag != "" {
		return flag
	}
	if path := lookup(environ)[pathVariable]; path != "" {
		return path
	}
	if _, err := os.Stat(FileName); err == nil {
		return FileName
	}
	return ""
}

// Load returns the defaults overlaid with the file at path (none if path is
// "") and with environ, in the form of os.Environ. When anything is wrong the
// error is a Problems with all of it, and the Config is as far as it could be
// read: good enough to show, not to run.
func Load(path string, environ []string) (Config, error) {
	c := defaults()
	var found Problems
	if path != "" {
		found = c.readFile(path)
	}
	found = append(found, checkEnv(environ)...)
	found = append(found, c.readEnv(environ, func(key) bool { return true })...)
	c.settle()
	found = append(found, c.problems(found)...)
	return c, found.orNil()
}

// LoadDemo returns the configuration of "boxoffice demo": a shop on this
// machine alone, with its files under dir, and with the sandbox and
// invoices in the chat as its gateways. It reads no file, and of the environment only what cannot reach a
// real shop: addresses, logging and timings, but no storage and no secret.
func LoadDemo(dir string, environ []string) (Config, error) {
	c := defaults()
	c.Listen = "127.0.0.1:8080"
	c.Storage = "bolt:" + dir + "/boxoffice.db"
	c.Catalog = ""
	c.Gateways = []Gateway{{Name: "sandbox"}, {Name: "telegrampay"}}
	c.Sandbox.Allow = true
	for _, name := range []string{"listen", "storage", "catalog", "gateways", "sandbox.allow"} {
		c.origins[name] = "demo"
	}
	found := c.readEnv(environ, func(k key) bool { return k.demo })
	c.settle()
	found = append(found, c.problems(found)...)
	return c, found.orNil()
}

// Origin says where the value of a key came from: "default", "demo",
// "boxoffice.yaml:12", "BOXOFFICE_LISTEN", "file named by
// BOXOFFICE_API_TOKEN_FILE", or, for telegram.mode, what it follows from.
func (c Config) Origin(name string) string {
	if o := c.origins[name]; o != "" {
		return o
	}
	return "default"
}

// settle fills in what follows from other values and gives URLs their one
// form.
func (c *Config) settle() {
	for _, u := range []*string{&c.PublicURL, &c.Telegram.APIURL, &c.Stripe.APIURL} {
		*u = strings.TrimRight(*u, "/")
	}
	if c.Telegram.Mode != "" {
		return
	}
	c.Telegram.Mode = ModePolling
	c.origins["telegram.mode"] = "default, as public_url is not https"
	if u, err := url.Parse(c.PublicURL); err == nil && strings.EqualFold(u.Scheme, "https") {
		c.Telegram.Mode = ModeWebhook
		c.origins["telegram.mode"] = "default, as public_url is https"
	}
}
