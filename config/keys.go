package config

import (
	"slices"
	"strings"
)

// envPrefix starts the name of every variable.
const envPrefix = "BOXOFFICE_"

// GatewayNames are the payment gateways of this version.
func GatewayNames() []string { return []string{"stripe", "telegrampay", "sandbox"} }

// StripeMethods are the payment methods that stripe.methods may name.
func StripeMethods() []string {
	return []string{"card", "paynow", "grabpay", "alipay", "wechat_pay"}
}

// Key describes one key of the configuration.
type Key struct {
	Name    string // "telegram.token"
	Env     string // "BOXOFFICE_TELEGRAM_TOKEN"
	Default string // as one would write it; "" = none
	Doc     string // one sentence
	Secret  bool   // Env + "_FILE" may name a file that holds the value
}

// Keys returns every key, in the order in which they are documented.
func Keys() []Key {
	list := make([]Key, len(keys))
	for i, k := range keys {
		list[i] = Key{Name: k.name, Env: k.env(), Default: k.def, Doc: k.doc, Secret: k.secret()}
	}
	return list
}

// key is a Key and the field it sets.
type key struct {
	name  string
	def   string
	doc   string
	field func(*Config) any // pointer to the field; value.go knows the types
	demo  bool              // the demo reads it from the environment
}

func (k key) env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(k.name, ".", "_"))
}

func (k key) secret() bool {
	switch k.field(&Config{}).(type) {
	case *Secret, *[]Secret:
		return true
	}
	return false
}

// keyNames returns the names of all keys.
func keyNames() []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	return names
}

// findKey returns the key called name.
func findKey(name string) (key, bool) {
	i := slices.IndexFunc(keys, func(k key) bool { return k.name == name })
	if i < 0 {
		return key{}, false
	}
	return keys[i], true
}

// keys is the one list. The defaults are written as a person would write
// them, and read by the same code.
var keys = []key{
	{"listen", ":8080", "address to serve on", func(c *Config) any { return &c.Listen }, true},
	{"public_url", "http://localhost:8080", "where browsers and providers reach this service; it is in every ticket's QR", func(c *Config) any { return &c.PublicURL }, true},
	{"storage", "bolt:boxoffice.db", "where the shop's data live: `bolt:FILE`", func(c *Config) any { return &c.Storage }, false},
	{"catalog", "catalog.yaml", "the catalog file, applied to an empty store at the first start; afterwards by `boxoffice catalog apply`", func(c *Config) any { return &c.Catalog }, false},
	{"metrics_listen", "", "a second address that serves `/metrics` without a token, such as `127.0.0.1:9090`", func(c *Config) any { return &c.MetricsListen }, true},
	{"metrics_token", "", "bearer token for `/metrics` on the main address", func(c *Config) any { return &c.MetricsToken }, false},
	{"api_token", "", "a bootstrap token for the JSON API, with every scope", func(c *Config) any { return &c.APIToken }, false},

	{"telegram.token", "", "the bot's token, from @BotFather", func(c *Config) any { return &c.Telegram.Token }, false},
	{"telegram.api_url", "https://api.telegram.org", "the Bot API to call: Telegram's, or a server of your own", func(c *Config) any { return &c.Telegram.APIURL }, false},
	{"telegram.mode", "", "`webhook` or `polling`; when not set, `webhook` if public_url is https and `polling` if it is not", func(c *Config) any { return &c.Telegram.Mode }, false},
	{"telegram.webhook_secret", "", "what Telegram must send with each update; when not set, derived from the bot's token and the store's key", func(c *Config) any { return &c.Telegram.WebhookSecret }, false},
	{"telegram.merchant_chat", "", "chat id of the merchant's group; or `/link CODE` in the group, with a code from `boxoffice link`", func(c *Config) any { return &c.Telegram.MerchantChat }, false},

	{"gateways", "", "payment gateways in the order customers see them: `stripe`, `telegrampay`, `sandbox`; each may have a `fee`, and others for some of its `methods`", func(c *Config) any { return &c.Gateways }, false},
	{"stripe.secret_key", "", "Stripe's secret (`sk_…`) or restricted (`rk_…`) key", func(c *Config) any { return &c.Stripe.SecretKey }, false},
	{"stripe.webhook_secret", "", "signing secret of the webhook endpoint (`whsec_…`); a comma list while rotating", func(c *Config) any { return &c.Stripe.WebhookSecrets }, false},
	{"stripe.api_url", "https://api.stripe.com", "the Stripe API to call, without `/v1`", func(c *Config) any { return &c.Stripe.APIURL }, false},
	{"stripe.methods", "", "comma list of `card`, `paynow`, `grabpay`, `alipay`, `wechat_pay`; `card` when not set", func(c *Config) any { return &c.Stripe.Methods }, false},
	{"telegrampay.provider_token", "", "token of the payment provider that takes the money of invoices in the chat, from @BotFather (Bot Settings, Payments)", func(c *Config) any { return &c.TelegramPay.ProviderToken }, false},
	{"telegrampay.stars", "false", "take Telegram Stars, which digital products must be sold for", func(c *Config) any { return &c.TelegramPay.Stars }, false},
	{"telegrampay.limits", "", "least and most of one invoice, as `SGD:100-1000000` in minor units; Telegram has its own per currency", func(c *Config) any { return &c.TelegramPay.Limits }, false},
	{"sandbox.allow", "false", "lets `serve` run the sandbox gateway, which takes no money", func(c *Config) any { return &c.Sandbox.Allow }, false},

	{"log.level", "info", "`debug`, `info`, `warn` or `error`", func(c *Config) any { return &c.Log.Level }, true},
	{"log.format", "", "`text` or `json`; when not set, `text` on a terminal and `json` elsewhere", func(c *Config) any { return &c.Log.Format }, true},

	{"hold_ttl", "5m", "how long places are held for a customer who has confirmed", func(c *Config) any { return &c.HoldTTL }, true},
	{"payment_ttl", "5m", "how long a payment page is good for; the hold lasts at least as long", func(c *Config) any { return &c.PaymentTTL }, true},
	{"quote_ttl", "15m", "how long the prices shown to a customer stay fixed", func(c *Config) any { return &c.QuoteTTL }, true},
	{"hold_grace", "20s", "wait after a hold's end before closing its payment: clock skew, a notice in flight", func(c *Config) any { return &c.HoldGrace }, true},
	{"hold_cap", "12m", "no hold lasts longer than this after the order's first", func(c *Config) any { return &c.HoldCap }, true},
	{"decline_extension", "3m", "time a customer has at least, to try again, after a declined payment", func(c *Config) any { return &c.DeclineExtension }, true},
	{"async_ttl", "30m", "how long a payment that settles later may take when its gateway does not say", func(c *Config) any { return &c.AsyncTTL }, true},
	{"open_holds", "3", "orders that one customer may have open at a time", func(c *Config) any { return &c.OpenHolds }, true},
	{"open_places_min", "10", "places that one customer may always hold at a time", func(c *Config) any { return &c.OpenPlacesMin }, true},
	{"open_places_percent", "10", "or this share of the places left, where it is more", func(c *Config) any { return &c.OpenPlacesPercent }, true},
	{"amount_tolerance", "0", "minor units by which a payment may fall short and still count as whole", func(c *Config) any { return &c.AmountTolerance }, true},
	{"close_backoff", "2s, 5s, 15s, 60s, 5m", "waits between tries to close an ended payment at its gateway", func(c *Config) any { return &c.CloseBackoff }, true},
	{"soft_release", "10m", "when the gateway still has not closed it by then, the places are given back all the same", func(c *Config) any { return &c.SoftRelease }, true},
	{"review_ttl", "15m", "how long places stay held for an order that was paid too little", func(c *Config) any { return &c.ReviewTTL }, true},
	{"late_refund_after", "24h", "when late money that finds no places goes back by itself, unless the customer decides before; `0s` is at once", func(c *Config) any { return &c.LateRefundAfter }, true},
	{"complete_after", "24h", "how long after the end of its visit date an order counts as completed", func(c *Config) any { return &c.CompleteAfter }, true},
	{"gate_early", "30m", "how long before its start a ticket with a time is admitted", func(c *Config) any { return &c.GateEarly }, true},
	{"delivery_backoff", "5s, 30s, 1m, 5m, 20m, 1h, 4h, 12h", "waits between tries to deliver a message; after the last it has failed", func(c *Config) any { return &c.DeliveryBackoff }, true},
	{"notice_retention", "90d", "how long what providers told us is kept, word for word; at least 30d", func(c *Config) any { return &c.NoticeRetention }, true},
	{"update_retention", "7d", "how long handled Telegram updates are remembered; at least 2d", func(c *Config) any { return &c.UpdateRetention }, true},
	{"sweep_every", "5s", "how often ended holds are looked for", func(c *Config) any { return &c.SweepEvery }, true},
	{"reconcile_after", "1m", "age of an open payment, or of the last time we asked, before asking", func(c *Config) any { return &c.ReconcileAfter }, true},
	{"dispatch_every", "1s", "how often deliveries that are due again are looked for", func(c *Config) any { return &c.DispatchEvery }, true},
	{"cleanup_every", "1h", "how often what has outlived its retention is removed", func(c *Config) any { return &c.CleanupEvery }, true},
}
