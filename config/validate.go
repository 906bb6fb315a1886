package config

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Validate checks every value and what they say together. The error is a
// Problems with everything that is wrong.
func (c Config) Validate() error { return c.problems(nil).orNil() }

// ValidateServe is Validate and what "serve" cannot do without: a bot, a way
// to be paid, and the keys of each gateway.
func (c Config) ValidateServe() error {
	found := c.problems(nil)
	if c.Telegram.Token.Empty() {
		found.add("telegram.token", "", "there is none, and the shop is a bot",
			"get one from @BotFather and set BOXOFFICE_TELEGRAM_TOKEN, or BOXOFFICE_TELEGRAM_TOKEN_FILE")
	}
	if len(c.Gateways) == 0 {
		found.add("gateways", "", "there is none, so nobody could pay", "write gateways: [stripe]")
	}
	if c.uses("stripe") {
		if c.Stripe.SecretKey.Empty() {
			found.add("stripe.secret_key", "", "the stripe gateway needs it",
				"take it from the Stripe dashboard (Developers, API keys) and set BOXOFFICE_STRIPE_SECRET_KEY")
		}
		if len(c.Stripe.WebhookSecrets) == 0 {
			found.add("stripe.webhook_secret", "", "the stripe gateway needs it to trust what Stripe says",
				"add the endpoint "+c.PublicURL+"/webhooks/stripe in the Stripe dashboard and set BOXOFFICE_STRIPE_WEBHOOK_SECRET")
		}
	}
	if c.uses("telegrampay") && c.TelegramPay.ProviderToken.Empty() && !c.TelegramPay.Stars {
		found.add("telegrampay.provider_token", "", "the telegrampay gateway needs it, or Stars",
			"take it from @BotFather (Bot Settings, Payments) and set BOXOFFICE_TELEGRAMPAY_PROVIDER_TOKEN, or write telegrampay.stars: true")
	}
	return found.orNil()
}

// uses reports whether the gateway called name is configured.
func (c Config) uses(name string) bool {
	return slices.ContainsFunc(c.Gateways, func(g Gateway) bool { return g.Name == name })
}

// problems checks everything but the keys that known already complains about.
func (c Config) problems(known Problems) Problems {
	v := checker{c: c, known: known}
	v.addresses()
	v.storage()
	v.telegram()
	v.gateways()
	v.telegramPay()
	v.logs()
	v.timings()
	v.contradictions()
	return v.found
}

type checker struct {
	c            Config
	known, found Problems
}

// wrong records a problem of key, with the place its value came from.
func (v *checker) wrong(key, what, fix string) {
	if v.known.has(key) {
		return
	}
	where := v.c.origins[key]
	v.found.add(key, where, what, fix)
}

// sound reports whether nothing is wrong with any of the keys themselves.
func (v *checker) sound(keys ...string) bool { return !v.known.has(keys...) && !v.found.has(keys...) }

func (v *checker) addresses() {
	if v.c.Listen == "" {
		v.wrong("listen", "it is empty", `write an address such as ":8080"`)
	}
	v.address("listen", v.c.Listen)
	v.address("metrics_listen", v.c.MetricsListen)
	if v.c.Listen != "" && v.c.MetricsListen == v.c.Listen {
		v.wrong("metrics_listen", "it is the same as listen", "write another port, or leave it out and set metrics_token")
	}
	u := v.url("public_url", v.c.PublicURL)
	if u != nil && u.Path != "" {
		v.wrong("public_url", fmt.Sprintf("it has the path %q, but tickets carry this URL in upper case", u.Path), "give the shop a host name of its own")
	}
	v.url("telegram.api_url", v.c.Telegram.APIURL)
	if u := v.url("stripe.api_url", v.c.Stripe.APIURL); u != nil && strings.HasSuffix(u.Path, "/v1") {
		v.wrong("stripe.api_url", "it ends in /v1, which the client adds by itself", "leave /v1 off")
	}
}

// address checks host:port, where the host may be missing.
func (v *checker) address(key, s string) {
	if s == "" {
		return
	}
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		fix := `write an address such as ":8080" or "127.0.0.1:8080"`
		if _, numErr := strconv.ParseUint(s, 10, 16); numErr == nil {
			fix = fmt.Sprintf(`write ":%s", with the colon`, s)
		}
		v.wrong(key, fmt.Sprintf("%q is not an address with a port", s), fix)
		return
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		v.wrong(key, fmt.Sprintf("%q is not a port", port), "write a number from 1 to 65535, or 0 for any free one")
	}
}

// url checks an absolute http URL and returns it, or nil if it is none.
func (v *checker) url(key, s string) *url.URL {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		v.wrong(key, fmt.Sprintf("%q is not a web address", s), "write https://host, with http:// or https:// in front")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		v.wrong(key, "it has a user, a ? or a #", "write only https://host")
	default:
		return u
	}
	return nil
}

func (v *checker) storage() {
	engine, rest, _ := strings.Cut(v.c.Storage, ":")
	switch {
	case engine == "bolt" && rest != "":
	case engine == "bolt":
		v.wrong("storage", "there is no file after bolt:", "write bolt:boxoffice.db")
	case engine == "postgres" || engine == "postgresql":
		v.wrong("storage", "PostgreSQL is not available in this version", "write bolt:boxoffice.db; boxoffice backup copies it while the shop runs")
	default: // not echoed: a DSN may hold a password
		v.wrong("storage", "its first word names no storage engine", "write bolt: and a file name, such as bolt:boxoffice.db")
	}
}

// Forms of what others issue, as loose as they can be while still telling a
// token from something pasted by mistake.
var (
	botToken      = regexp.MustCompile(`^[0-9]+:[A-Za-z0-9_-]+$`)
	providerToken = regexp.MustCompile(`^[0-9]+:[A-Za-z]+:\S+$`)
	webhookSecret = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`) // Bot API, setWebhook: secret_token
)

func (v *checker) telegram() {
	t := v.c.Telegram
	if !t.Token.Empty() && !botToken.MatchString(t.Token.Reveal()) {
		v.wrong("telegram.token", "it does not look like a bot's token", "copy it whole from @BotFather: digits, a colon, letters")
	}
	if !t.WebhookSecret.Empty() && !webhookSecret.MatchString(t.WebhookSecret.Reveal()) {
		v.wrong("telegram.webhook_secret", "Telegram takes only letters, digits, _ and -, at most 256", "write such a text, or leave it out")
	}
	if fix, ok := oneOf(t.Mode, []string{ModeWebhook, ModePolling}); !ok {
		v.wrong("telegram.mode", fmt.Sprintf("there is no mode %q", t.Mode), fix)
	}
}

func (v *checker) gateways() {
	seen := map[string]bool{}
	for _, g := range v.c.Gateways {
		if fix, ok := oneOf(g.Name, GatewayNames()); !ok {
			v.found.add("gateways", v.c.origins["gateways"], fmt.Sprintf("there is no gateway %q in this version", g.Name), fix)
		} else if seen[g.Name] {
			v.wrong("gateways", g.Name+" is listed twice", "keep one")
		}
		seen[g.Name] = true
		v.methods(g)
	}
	if key := v.c.Stripe.SecretKey.Reveal(); strings.HasPrefix(key, "pk_") || strings.HasPrefix(key, "whsec_") {
		v.wrong("stripe.secret_key", "this is another of Stripe's keys", "take the one that begins with sk_ or rk_")
	}
	for _, s := range v.c.Stripe.WebhookSecrets {
		if s := s.Reveal(); strings.HasPrefix(s, "sk_") || strings.HasPrefix(s, "rk_") || strings.HasPrefix(s, "pk_") || strings.HasPrefix(s, "we_") {
			v.wrong("stripe.webhook_secret", "this is another of Stripe's keys", "take the endpoint's signing secret, which begins with whsec_")
		}
	}
	for _, m := range v.c.Stripe.Methods {
		if fix, ok := oneOf(m, StripeMethods()); !ok {
			v.found.add("stripe.methods", v.c.origins["stripe.methods"], fmt.Sprintf("there is no method %q", m), fix)
		}
	}
}

// methods checks the fees of a gateway's methods.
func (v *checker) methods(g Gateway) {
	seen := map[string]bool{}
	for _, m := range g.Methods {
		fix, ok := oneOf(m.Method, StripeMethods())
		switch {
		case g.Name == "stripe" && !ok:
			v.found.add("gateways", v.c.origins["gateways"], fmt.Sprintf("stripe has no method %q", m.Method), fix)
		case seen[m.Method]:
			v.wrong("gateways", g.Name+" has two fees for "+m.Method, "keep one")
		}
		seen[m.Method] = true
	}
}

// telegramPay checks what invoices in the chat need.
func (v *checker) telegramPay() {
	t := v.c.TelegramPay
	if !t.ProviderToken.Empty() && !providerToken.MatchString(t.ProviderToken.Reveal()) {
		v.wrong("telegrampay.provider_token", "it does not look like a payment provider's token", "copy it whole from @BotFather: digits, a colon, TEST or LIVE, a colon, more")
	}
	for _, l := range t.Limits {
		if _, _, _, err := ParseLimit(l); err != nil {
			v.wrong("telegrampay.limits", err.Error(), "write a currency, a colon, and least-most in minor units, such as SGD:100-1000000")
			return
		}
	}
}

func (v *checker) logs() {
	if v.c.Log.Format == "" {
		return
	}
	if fix, ok := oneOf(v.c.Log.Format, []string{"text", "json"}); !ok {
		v.wrong("log.format", fmt.Sprintf("there is no format %q", v.c.Log.Format), fix)
	}
}

// mayBeZero are the waits that a shop may do without.
var mayBeZero = map[string]bool{"late_refund_after": true, "hold_grace": true, "decline_extension": true, "gate_early": true}

// timings checks each period and limit by itself.
func (v *checker) timings() {
	for _, k := range keys {
		switch f := k.field(&v.c).(type) {
		case *time.Duration:
			switch {
			case *f < 0 || *f == 0 && !mayBeZero[k.name]:
				v.wrong(k.name, FormatDuration(*f)+" is no time at all", "write a positive duration such as "+k.def)
			case *f > 0 && *f < 100*time.Millisecond:
				v.wrong(k.name, FormatDuration(*f)+" is too short to mean anything", "write 100ms or more; the default is "+k.def)
			}
		case *[]time.Duration:
			v.ladder(k, *f)
		}
	}
	v.atLeast("notice_retention", v.c.NoticeRetention, 30*24*time.Hour, "providers and customers come back to a payment for a month")
	v.atLeast("update_retention", v.c.UpdateRetention, 48*time.Hour, "Telegram repeats an unanswered update for a day")
	v.limit("open_holds", int64(v.c.OpenHolds), 1, 1000)
	v.limit("open_places_min", int64(v.c.OpenPlacesMin), 1, 1_000_000)
	v.limit("open_places_percent", int64(v.c.OpenPlacesPercent), 1, 100)
	v.limit("amount_tolerance", v.c.AmountTolerance, 0, 1_000_000)
}

// ladder checks the waits between tries.
func (v *checker) ladder(k key, waits []time.Duration) {
	if len(waits) == 0 {
		v.wrong(k.name, "there is no wait in it", "write a list such as "+k.def)
	}
	for i, w := range waits {
		if w <= 0 {
			v.wrong(k.name, FormatDuration(w)+" is no wait at all", "write positive durations")
			return
		}
		if i > 0 && w < waits[i-1] {
			v.wrong(k.name, fmt.Sprintf("%s comes after the longer %s", FormatDuration(w), FormatDuration(waits[i-1])), "put the waits in order, the shortest first")
			return
		}
	}
}

func (v *checker) atLeast(key string, d, least time.Duration, why string) {
	if d > 0 && d < least {
		v.wrong(key, FormatDuration(d)+" is too short: "+why, "write at least "+FormatDuration(least))
	}
}

func (v *checker) limit(key string, n, least, most int64) {
	if n < least || n > most {
		v.wrong(key, fmt.Sprintf("%d does not fit", n), fmt.Sprintf("write a number from %d to %d", least, most))
	}
}

// contradictions finds values that are right alone and wrong together.
func (v *checker) contradictions() {
	c := v.c
	if c.uses("sandbox") && !c.Sandbox.Allow {
		v.wrong("gateways", "the sandbox takes no money and is refused outside the demo", "take sandbox out of the list, or set sandbox.allow: true on a test shop")
	}
	if v.sound("hold_ttl", "hold_cap") && c.HoldTTL > c.HoldCap {
		v.wrong("hold_ttl", fmt.Sprintf("%s is longer than hold_cap (%s), which no hold may outlast", FormatDuration(c.HoldTTL), FormatDuration(c.HoldCap)), "lower hold_ttl or raise hold_cap")
	}
	if v.sound("payment_ttl", "hold_cap") && c.PaymentTTL > c.HoldCap {
		v.wrong("payment_ttl", fmt.Sprintf("%s is longer than hold_cap (%s), and a payment may not outlast its hold", FormatDuration(c.PaymentTTL), FormatDuration(c.HoldCap)), "lower payment_ttl or raise hold_cap")
	}
	if v.sound("telegram.mode", "telegram.token") && c.Telegram.Mode == ModeWebhook && !c.derivedMode() && c.Telegram.Token.Empty() {
		v.wrong("telegram.mode", "webhook is asked for, but there is no telegram.token", "set BOXOFFICE_TELEGRAM_TOKEN, or leave the mode out")
	}
	if v.sound("telegram.mode", "public_url", "telegram.api_url") && c.Telegram.Mode == ModeWebhook &&
		strings.HasPrefix(c.PublicURL, "http://") && c.Telegram.APIURL == "https://api.telegram.org" {
		v.wrong("telegram.mode", "Telegram calls a webhook over https only, and public_url is "+c.PublicURL, "give public_url an https address, or write telegram.mode: polling")
	}
	if v.sound("telegram.merchant_chat") && c.Telegram.MerchantChat > 0 {
		v.wrong("telegram.merchant_chat", fmt.Sprintf("%d is a person, not a group", c.Telegram.MerchantChat), "write the group's id, which is negative, or use /link CODE in the group")
	}
}

// derivedMode reports whether nobody set telegram.mode.
func (c Config) derivedMode() bool {
	return strings.HasPrefix(c.origins["telegram.mode"], "default")
}
