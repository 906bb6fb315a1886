package config_test

import (
	"errors"
	"strings"
	"testing"

	"boxoffice/config"
)

func TestEveryProblemIsReportedAtOnceWithItsPlace(t *testing.T) {
	t.Parallel()
	path := write(t, `listen: "8080"
hold_tll: 5m
telegram:
  tokn: "1:a"
  mode: webhok
payment_ttl: 300
log: {level: loud}
stripe: sk_test
gateways: [strpe]
`)
	_, err := config.Load(path, []string{"BOXOFFICE_OPEN_HOLDS=many", "BOXOFFICE_SWEEP_EVERY=0s"})
	var ps config.Problems
	if !errors.As(err, &ps) {
		t.Fatalf("want Problems, got %v", err)
	}
	for _, want := range []string{
		path + `:1: listen: "8080" is not an address with a port; write ":8080", with the colon`,
		path + ":2:1: hold_tll: there is no such key; did you mean hold_ttl?",
		path + ":4:3: telegram.tokn: there is no such key; did you mean telegram.token?",
		path + `:5: telegram.mode: there is no mode "webhok"; did you mean webhook?`,
		path + `:6:14: payment_ttl: "300" does not fit; write a duration such as 30s, 5m, 24h or 90d`,
		path + `:7:14: log.level: "loud" does not fit; write debug, info, warn or error`,
		path + ":8:9: stripe: this holds keys of its own; write them below it, indented",
		path + `:9: gateways: there is no gateway "strpe" in this version; did you mean stripe?`,
		`BOXOFFICE_OPEN_HOLDS: open_holds: "many" does not fit; write a whole number`,
		"BOXOFFICE_SWEEP_EVERY: sweep_every: 0s is no time at all; write a positive duration such as 5s",
	} {
		if !strings.Contains("\n"+err.Error()+"\n", "\n"+want+"\n") {
			t.Errorf("missing: %s\nin:\n%v", want, err)
		}
	}
	if len(ps) != 10 {
		t.Errorf("%d problems, want 10:\n%v", len(ps), err)
	}
}

func TestWrongValuesAndContradictionsAreRefused(t *testing.T) {
	t.Parallel()
	for env, word := range map[string]string{
		"BOXOFFICE_STORAGE=postgres://u:pw@h/db":             "not available in this version",
		"BOXOFFICE_STORAGE=boxoffice.db":                     "bolt:",
		"BOXOFFICE_STORAGE=bolt:":                            "no file",
		"BOXOFFICE_GATEWAYS=waffo":                           "in this version",
		"BOXOFFICE_TELEGRAMPAY_PROVIDER_TOKEN=284685063":     "@BotFather",
		"BOXOFFICE_TELEGRAMPAY_LIMITS=SGD:100-99":            "SGD:100-1000000",
		"BOXOFFICE_TELEGRAMPAY_LIMITS=sgd:1-":                "no limit",
		"BOXOFFICE_GATEWAYS=sandbox":                         "sandbox.allow",
		"BOXOFFICE_GATEWAYS=stripe,stripe":                   "twice",
		"BOXOFFICE_HOLD_TTL=13m":                             "hold_cap",
		"BOXOFFICE_PAYMENT_TTL=13m":                          "hold_cap",
		"BOXOFFICE_HOLD_TTL=1ms":                             "too short",
		"BOXOFFICE_HOLD_GRACE=-1s":                           "no time",
		"BOXOFFICE_CLOSE_BACKOFF=5s,2s":                      "in order",
		"BOXOFFICE_CLOSE_BACKOFF=,":                          "no wait",
		"BOXOFFICE_DELIVERY_BACKOFF=0s,1s":                   "positive",
		"BOXOFFICE_NOTICE_RETENTION=29d":                     "at least 30d",
		"BOXOFFICE_UPDATE_RETENTION=1h":                      "at least 2d",
		"BOXOFFICE_OPEN_PLACES_PERCENT=101":                  "1 to 100",
		"BOXOFFICE_OPEN_HOLDS=0":                             "1 to",
		"BOXOFFICE_AMOUNT_TOLERANCE=-1":                      "0 to",
		"BOXOFFICE_LISTEN=:http-alt":                         "not a port",
		"BOXOFFICE_METRICS_LISTEN=:8080":                     "same as listen",
		"BOXOFFICE_PUBLIC_URL=shop.example":                  "web address",
		"BOXOFFICE_PUBLIC_URL=https://shop.example/tickets/": "upper case",
		"BOXOFFICE_PUBLIC_URL=https://u:p@shop.example":      "user",
		"BOXOFFICE_STRIPE_API_URL=https://api.stripe.com/v1": "/v1",
		"BOXOFFICE_STRIPE_SECRET_KEY=pk_test_1":              "sk_",
		"BOXOFFICE_STRIPE_WEBHOOK_SECRET=sk_test_1":          "whsec_",
		"BOXOFFICE_STRIPE_METHODS=card,wechat":               "wechat_pay",
		"BOXOFFICE_SANDBOX_ALLOW=perhaps":                    "true or false",
		"BOXOFFICE_TELEGRAM_TOKEN=secret token":              "@BotFather",
		"BOXOFFICE_TELEGRAM_WEBHOOK_SECRET=a b":              "letters",
		"BOXOFFICE_TELEGRAM_MODE=webhook":                    "no telegram.token",
		"BOXOFFICE_TELEGRAM_MERCHANT_CHAT=42":                "person",
		"BOXOFFICE_LOG_FORMAT=xml":                           "json",
	} {
		name, value, _ := strings.Cut(env, "=")
		_, err := config.Load("", []string{env})
		var ps config.Problems
		if !errors.As(err, &ps) {
			t.Errorf("%s was taken", env)
			continue
		}
		if p := ps[0]; !strings.Contains(p.String(), word) || p.Fix == "" || p.Where != name {
			t.Errorf("%s: %s (at %q)", env, p, p.Where)
		}
		if strings.Contains(value, "secret") && strings.Contains(err.Error(), value) || strings.Contains(err.Error(), "pw@") {
			t.Errorf("%s: the message shows the secret: %v", env, err)
		}
	}
}

func TestServeNeedsABotAndAWayToBePaid(t *testing.T) {
	t.Parallel()
	c, err := config.Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.ValidateServe(); !mentions(err, "telegram.token", "BotFather") || !mentions(err, "gateways", "[stripe]") {
		t.Errorf("nothing set: %v", err)
	}
	c, err = config.Load("", []string{"BOXOFFICE_GATEWAYS=stripe", "BOXOFFICE_TELEGRAM_TOKEN=1:a"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.ValidateServe(); !mentions(err, "stripe.secret_key", "") || !mentions(err, "stripe.webhook_secret", "/webhooks/stripe") {
		t.Errorf("stripe without keys: %v", err)
	}
	c, err = config.Load("", []string{"BOXOFFICE_GATEWAYS=stripe", "BOXOFFICE_TELEGRAM_TOKEN=1:a",
		"BOXOFFICE_STRIPE_SECRET_KEY=sk_test_1", "BOXOFFICE_STRIPE_WEBHOOK_SECRET=whsec_1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.ValidateServe(); err != nil {
		t.Errorf("complete: %v", err)
	}
}

func TestBrokenFilesAreRefusedWithoutShowingThem(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"not yaml":         "telegram:\n  token: \"12345:SECRET\n",
		"duplicate key":    "api_token: SECRET\napi_token: SECRET2\n",
		"tab":              "telegram:\n\ttoken: SECRET\n",
		"list":             "- SECRET\n- b\n",
		"text":             "SECRET\n",
		"two documents":    "api_token: a\n---\napi_token: SECRET\n",
		"mapping as value": "api_token: {a: SECRET}\n",
		"list as value":    "listen: [SECRET, b]\n",
		"gateway unnamed":  "gateways: [{fee: {fixed: 1}}]\n",
		"gateway's key":    "gateways: [{name: stripe, fees: 1}]\n",
		"fee's key":        "gateways: [{name: stripe, fee: {percents: 1}}]\n",
		"fee's form":       "gateways: [{name: stripe, fee: 3%}]\n",
		"method's value":   "gateways: [{name: stripe, methods: {card: SECRET}}]\n",
		"fee's value":      "gateways: [{name: stripe, fee: {percent: -1}}]\n",
	} {
		_, err := config.Load(write(t, file), nil)
		var ps config.Problems
		if !errors.As(err, &ps) {
			t.Errorf("%s was taken: %v", name, err)
			continue
		}
		if strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: the message shows what is in the file: %v", name, err)
		}
		if !strings.Contains(ps[0].Where, config.FileName+":") {
			t.Errorf("%s: no line in %q", name, ps[0])
		}
	}
	if _, err := config.Load("/nonexistent/boxoffice.yaml", nil); !mentions(err, "", "init") {
		t.Errorf("missing file: %v", err)
	}
}

func TestEmptyFilesAndEmptyKeysAreDefaults(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"", "# nothing\n", "---\n", "telegram:\nlisten:\n", "telegram:\n  token:\n"} {
		c, err := config.Load(write(t, file), nil)
		if err != nil || c.Listen != ":8080" {
			t.Errorf("%q: %v", file, err)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(config.Starter(), "stripe:3.4%+50")
	f.Add("gateways: [{name: stripe, methods: {paynow: {fee: {fixed: 5}}}}]\nlate_refund_after: 0s", "stripe/card:1%+5")
	f.Add("gateways: [{name: stripe, fee: {percent: 1}}]\na: &x {}\nb: *x", "5m")
	f.Fuzz(func(t *testing.T, file, value string) {
		if len(file) > 4096 {
			return
		}
		c, err := config.Load(write(t, file), []string{"BOXOFFICE_GATEWAYS=" + value, "BOXOFFICE_CLOSE_BACKOFF=" + value})
		if err != nil {
			var ps config.Problems
			if !errors.As(err, &ps) {
				t.Fatalf("not Problems: %v", err)
			}
			return
		}
		again, err := config.Load(write(t, c.Redacted()), nil)
		if err != nil {
			// A secret shows as dots, which are no bot token.
			if again.Telegram.Token.Empty() && again.Telegram.WebhookSecret.Empty() {
				t.Fatalf("does not load back: %v\n%s", err, c.Redacted())
			}
			return
		}
		if got, want := values(again), values(c); got != want {
			t.Fatalf("read back:\n%s\nwant:\n%s", got, want)
		}
	})
}
