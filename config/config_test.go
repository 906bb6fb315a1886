package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"boxoffice/config"
)

func TestDefaultsAreTheDocumentedOnesAndValid(t *testing.T) {
	t.Parallel()
	c := config.Default()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	min, h := time.Minute, time.Hour
	for name, ok := range map[string]bool{
		"listen":           c.Listen == ":8080",
		"public_url":       c.PublicURL == "http://localhost:8080",
		"storage":          c.Storage == "bolt:boxoffice.db",
		"catalog":          c.Catalog == "catalog.yaml",
		"telegram":         c.Telegram.APIURL == "https://api.telegram.org" && c.Telegram.Mode == config.ModePolling,
		"stripe":           c.Stripe.APIURL == "https://api.stripe.com",
		"sandbox":          !c.Sandbox.Allow && len(c.Gateways) == 0,
		"hold":             c.HoldTTL == 5*min && c.PaymentTTL == 5*min && c.HoldGrace == 20*time.Second && c.HoldCap == 12*min,
		"quote":            c.QuoteTTL == 15*min,
		"limits":           c.OpenHolds == 3 && c.OpenPlacesMin == 10 && c.OpenPlacesPercent == 10 && c.AmountTolerance == 0,
		"close_backoff":    slices.Equal(c.CloseBackoff, []time.Duration{2 * time.Second, 5 * time.Second, 15 * time.Second, min, 5 * min}),
		"review":           c.SoftRelease == 10*min && c.ReviewTTL == 15*min && c.LateRefundAfter == 24*h && c.CompleteAfter == 24*h,
		"delivery_backoff": slices.Equal(c.DeliveryBackoff, []time.Duration{5 * time.Second, 30 * time.Second, min, 5 * min, 20 * min, h, 4 * h, 12 * h}),
		"retention":        c.NoticeRetention == 90*24*h && c.UpdateRetention == 7*24*h,
		"sweep_every":      c.SweepEvery == 5*time.Second,
	} {
		if !ok {
			t.Errorf("%s: not the documented default\n%s", name, c.Redacted())
		}
	}
}

func TestEnvironmentBeatsFileBeatsDefault(t *testing.T) {
	t.Parallel()
	path := write(t, "listen: :1111\nhold_ttl: 2m\ntelegram:\n  merchant_chat: -1001234567890\n")
	c, err := config.Load(path, []string{"BOXOFFICE_LISTEN=:2222", "BOXOFFICE_CATALOG=", "OTHER=1"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != ":2222" || c.HoldTTL != 2*time.Minute || c.PaymentTTL != 5*time.Minute || c.Telegram.MerchantChat != -1001234567890 || c.Catalog != "catalog.yaml" {
		t.Errorf("wrong values:\n%s", c.Redacted())
	}
	for key, want := range map[string]string{"listen": "BOXOFFICE_LISTEN", "hold_ttl": path + ":2", "payment_ttl": "default", "catalog": "default"} {
		if got := c.Origin(key); got != want {
			t.Errorf("origin of %s is %q, want %q", key, got, want)
		}
	}
}

func TestEveryKeyCanBeSetFromTheEnvironment(t *testing.T) {
	t.Parallel()
	for _, k := range config.Keys() {
		if k.Default == "" {
			continue
		}
		c, err := config.Load("", []string{k.Env + "=" + k.Default})
		if err != nil {
			t.Errorf("%s: %v", k.Name, err)
		}
		if got := c.Origin(k.Name); got != k.Env {
			t.Errorf("origin of %s is %q, want %q", k.Name, got, k.Env)
		}
	}
}

func TestModeFollowsPublicURL(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ url, mode, want string }{
		{"https://shop.example", "", config.ModeWebhook},
		{"HTTPS://shop.example/", "", config.ModeWebhook},
		{"http://localhost:8080", "", config.ModePolling},
		{"https://shop.example", "polling", config.ModePolling},
	} {
		c, err := config.Load("", []string{"BOXOFFICE_PUBLIC_URL=" + tt.url, "BOXOFFICE_TELEGRAM_MODE=" + tt.mode})
		if err != nil || c.Telegram.Mode != tt.want {
			t.Errorf("%s with mode %q: %q, %v; want %q", tt.url, tt.mode, c.Telegram.Mode, err, tt.want)
		}
	}
}

func TestWebhookOverPlainHTTPIsForOwnBotAPIsOnly(t *testing.T) {
	t.Parallel()
	env := []string{"BOXOFFICE_TELEGRAM_MODE=webhook", "BOXOFFICE_TELEGRAM_TOKEN=1:a", "BOXOFFICE_PUBLIC_URL=http://127.0.0.1:9"}
	if _, err := config.Load("", env); !mentions(err, "telegram.mode", "https") {
		t.Errorf("webhook over http at Telegram's own API: %v", err)
	}
	if _, err := config.Load("", append(env, "BOXOFFICE_TELEGRAM_API_URL=http://127.0.0.1:10/")); err != nil {
		t.Errorf("webhook over http at an API of our own: %v", err)
	}
}

func TestSecretComesFromItsFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte("123:abc\n"), 0o400); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load("", []string{"BOXOFFICE_TELEGRAM_TOKEN_FILE=" + path})
	if err != nil || c.Telegram.Token.Reveal() != "123:abc" {
		t.Errorf("token %q, %v", c.Telegram.Token.Reveal(), err)
	}
	for name, env := range map[string][]string{
		"both":    {"BOXOFFICE_TELEGRAM_TOKEN_FILE=" + path, "BOXOFFICE_TELEGRAM_TOKEN=1:b"},
		"missing": {"BOXOFFICE_TELEGRAM_TOKEN_FILE=" + path + "x"},
		"folder":  {"BOXOFFICE_TELEGRAM_TOKEN_FILE=" + filepath.Dir(path)},
	} {
		if _, err := config.Load("", env); !mentions(err, "telegram.token", "BOXOFFICE_TELEGRAM_TOKEN") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c, err := config.Load("", []string{"BOXOFFICE_LISTEN_FILE=" + path}); c.Listen != ":8080" || !mentions(err, "", "only secrets") {
		t.Errorf("a key that is no secret was read from a file: %v", err)
	}
}

func TestMisspeltVariablesAreRefusedAndForeignOnesAreNot(t *testing.T) {
	t.Parallel()
	if _, err := config.Load("", []string{"BOXOFFICE_HOLD_TLL=1m"}); !mentions(err, "", "BOXOFFICE_HOLD_TTL?") {
		t.Errorf("misspelt: %v", err)
	}
	kubernetes := []string{"BOXOFFICE_PORT=tcp://10.0.0.1:80", "BOXOFFICE_SERVICE_HOST=10.0.0.1", "BOXOFFICE_PORT_8080_TCP=x", "BOXOFFICE_BENCH=full", "LISTEN=x"}
	if _, err := config.Load("", kubernetes); err != nil {
		t.Errorf("foreign: %v", err)
	}
}

func TestStripeSecretsWhileRotating(t *testing.T) {
	t.Parallel()
	c, err := config.Load("", []string{"BOXOFFICE_STRIPE_WEBHOOK_SECRET=whsec_a, whsec_b"})
	if err != nil || len(c.Stripe.WebhookSecrets) != 2 || c.Stripe.WebhookSecrets[1].Reveal() != "whsec_b" {
		t.Errorf("%v, %v", len(c.Stripe.WebhookSecrets), err)
	}
}

func TestGatewaysAndTheirFees(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ file, env string }{
		"long form": {file: "gateways:\n  - name: stripe\n    fee: {percent: 3.40, fixed: 50}\n  - sandbox\nsandbox: {allow: true}\n"},
		"one word":  {file: "gateways: stripe:3.4%+50, sandbox\nsandbox: {allow: true}\n"},
		"variable":  {file: "gateways: [sandbox]\nsandbox: {allow: true}\n", env: "stripe:3.4%+50,sandbox"},
	} {
		c, err := config.Load(write(t, tt.file), []string{"BOXOFFICE_GATEWAYS=" + tt.env})
		want := []config.Gateway{{Name: "stripe", Fee: config.Fee{BasisPoints: 340, Fixed: 50}}, {Name: "sandbox"}}
		if err != nil || !reflect.DeepEqual(c.Gateways, want) {
			t.Errorf("%s: %v, %v", name, c.Gateways, err)
		}
	}
	for text, want := range map[string]config.Fee{
		"stripe:50": {Fixed: 50}, "stripe:2%": {BasisPoints: 200}, "stripe:0.05%": {BasisPoints: 5}, "stripe:100%": {BasisPoints: 10000}, "stripe": {},
	} {
		c, err := config.Load("", []string{"BOXOFFICE_GATEWAYS=" + text})
		if err != nil || c.Gateways[0].Fee != want {
			t.Errorf("%s: %v, %v", text, c.Gateways, err)
		}
	}
	for _, text := range []string{"stripe:3.455%", "stripe/paynow", "stripe/:1", "stripe/paynow:", "stripe/pay:1", "stripe/card:1/card:2", "stripe:+50", "stripe:3.4%+", "stripe:101%", "stripe:-1", "stripe:", "stripe:3%50", "stripe:x", "Stripe"} {
		if c, err := config.Load("", []string{"BOXOFFICE_GATEWAYS=" + text}); !mentions(err, "gateways", "") {
			t.Errorf("%s was taken: %v", text, c.Gateways)
		}
	}
}

func TestMethodsMayHaveFeesOfTheirOwn(t *testing.T) {
	t.Parallel()
	want := []config.Gateway{{
		Name: "stripe", Fee: config.Fee{BasisPoints: 340, Fixed: 50},
		Methods: []config.MethodFee{{Method: "paynow", Fee: config.Fee{BasisPoints: 100}}, {Method: "grabpay"}},
	}}
	for name, tt := range map[string]struct{ file, env string }{
		"long form": {file: "gateways:\n  - name: stripe\n    fee: {percent: 3.4, fixed: 50}\n    methods:\n      paynow: {fee: {percent: 1}}\n      grabpay: {fee: {fixed: 0}}\n"},
		"one word":  {file: "gateways: stripe:3.4%+50/paynow:1%/grabpay:0\n"},
		"variable":  {env: "stripe:3.4%+50/paynow:1%/grabpay:0"},
	} {
		c, err := config.Load(write(t, tt.file), []string{"BOXOFFICE_GATEWAYS=" + tt.env})
		if err != nil || !reflect.DeepEqual(c.Gateways, want) {
			t.Errorf("%s: %v, %v", name, c.Gateways, err)
		}
		again, err := config.Load(write(t, c.Redacted()), nil)
		if err != nil || !reflect.DeepEqual(again.Gateways, want) {
			t.Errorf("%s, shown and read back: %v, %v", name, again.Gateways, err)
		}
	}
	for file, word := range map[string]string{
		"gateways: [{name: stripe, methods: {pay: {fee: {percent: 1}}}}]":     `stripe has no method "pay"`,
		"gateways: [{name: stripe, methods: {paynow: {percent: 1}}}]":         "takes a fee",
		"gateways: [{name: stripe, methods: {paynow: {fee: {percnt: 1}}}}]":   `a fee has no "percnt"`,
		"gateways: [{name: stripe, methods: {paynow: {fee: {percent: 1%}}}}]": "percent",
		"gateways: [{name: stripe, methods: [paynow]}]":                       "listed by name",
		"gateways: [stripe:1%/card:1%/card:2%]":                               "two fees for card",
	} {
		if c, err := config.Load(write(t, file+"\n"), nil); !mentions(err, "gateways", word) {
			t.Errorf("%s was taken: %v, %v", file, c.Gateways, err)
		}
	}
}

func TestFindPrefersFlagThenVariable(t *testing.T) {
	t.Chdir(t.TempDir())
	env := []string{"BOXOFFICE_CONFIG=/etc/b.yaml"}
	if got := config.Find("x.yaml", env); got != "x.yaml" {
		t.Errorf("flag: %q", got)
	}
	if got := config.Find("", env); got != "/etc/b.yaml" {
		t.Errorf("variable: %q", got)
	}
	if got := config.Find("", nil); got != "" {
		t.Errorf("nothing there: %q", got)
	}
	if err := os.WriteFile(config.FileName, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := config.Find("", nil); got != config.FileName {
		t.Errorf("file in the working directory: %q", got)
	}
}

func TestDemoStaysOnThisMachine(t *testing.T) {
	t.Parallel()
	c, err := config.LoadDemo("boxoffice-demo", []string{
		"BOXOFFICE_HOLD_TTL=30s", "BOXOFFICE_STORAGE=bolt:/srv/real.db", "BOXOFFICE_TELEGRAM_TOKEN=1:real",
		"BOXOFFICE_GATEWAYS=stripe", "BOXOFFICE_STRIPE_SECRET_KEY=sk_live_1", "BOXOFFICE_TELEGRAM_API_URL=http://x",
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:8080" || c.Storage != "bolt:boxoffice-demo/boxoffice.db" || !c.Telegram.Token.Empty() ||
		!c.Stripe.SecretKey.Empty() || len(c.Gateways) != 2 || c.Gateways[0].Name != "sandbox" || c.Gateways[1].Name != "telegrampay" || !c.TelegramPay.ProviderToken.Empty() {
		t.Errorf("the demo reaches out:\n%s", c.Redacted())
	}
	if c.HoldTTL != 30*time.Second {
		t.Errorf("hold_ttl is %v", c.HoldTTL)
	}
}

// mentions reports whether err is a Problems with one of key whose line has
// word in it.
func mentions(err error, key, word string) bool {
	var ps config.Problems
	if !errors.As(err, &ps) {
		return false
	}
	return slices.ContainsFunc(ps, func(p config.Problem) bool {
		return p.Key == key && strings.Contains(p.String(), word) && p.Fix != ""
	})
}
