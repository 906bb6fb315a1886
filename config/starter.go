package config

import (
	"fmt"
	"slices"
	"strings"
)

// starterHead is the part of the starter file that a person fills in. The
// lines "@telegram" and "@stripe" stand for the group's other keys.
const starterHead = `# Boxoffice's configuration. "boxoffice config" shows what is in effect and
# where each value comes from; "boxoffice doctor" tries it out.
#
# Every key can be set in the environment instead (telegram.token is
# BOXOFFICE_TELEGRAM_TOKEN), and every secret in a file of its own, named by
# the variable with _FILE at the end. Keep secrets out of this file if other
# people can read it.

# Where browsers, Telegram and Stripe reach the shop. With https, Telegram
# calls us (webhook); otherwise we ask it for updates (polling).
public_url: http://localhost:8080

# The shop's data: one file, made at the first start.
storage: bolt:boxoffice.db

# What you sell. Applied at the first start.
catalog: catalog.yaml

telegram:
  # From @BotFather. Better: BOXOFFICE_TELEGRAM_TOKEN, or its _FILE.
  token: ""
@telegram

# How customers pay. A fee is added to the order and shown before paying; this
# one is 3.4 % and 50 minor units:
#   - {name: stripe, fee: {percent: 3.4, fixed: 50}}
gateways:
  - stripe

stripe:
  # sk_test_… while trying out. Better: BOXOFFICE_STRIPE_SECRET_KEY.
  secret_key: ""
  # whsec_… of the endpoint PUBLIC_URL/webhooks/stripe.
  webhook_secret: ""
@stripe

# Everything else, with its default.
`

// starterOwn are the keys that starterHead sets.
var starterOwn = []string{"public_url", "storage", "catalog", "telegram.token", "gateways", "stripe.secret_key", "stripe.webhook_secret"}

// Starter returns the file that "boxoffice init" writes: what must be filled
// in on top, every other key as a comment with its default. It loads as it
// is, and says nothing that the defaults do not say, but for the gateway.
func Starter() string {
	rest := map[string]string{} // group → its commented keys
	var order []string
	c := defaults()
	for _, k := range keys {
		if slices.Contains(starterOwn, k.name) {
			continue
		}
		group, name, grouped := strings.Cut(k.name, ".")
		indent := "# "
		switch {
		case !grouped:
			group, name = "", k.name
		case strings.Contains(starterHead, "@"+group):
			indent = "  # " // its group is open already
		default:
			indent = "#   "
		}
		if _, known := rest[group]; !known && !strings.Contains(starterHead, "@"+group+"\n") {
			order = append(order, group)
		}
		rest[group] += fmt.Sprintf("\n%s%s\n%s%s: %s\n", indent, sentence(k.doc), indent, name, yamlValue(k.field(&c)))
	}
	b := starterHead
	for _, group := range order {
		if group != "" {
			b += "\n# " + group + ":"
		}
		b += rest[group]
	}
	for group, lines := range rest {
		b = strings.ReplaceAll(b, "@"+group+"\n", strings.TrimPrefix(lines, "\n"))
	}
	return b
}

// sentence turns a key's text into one with a capital and a full stop.
func sentence(doc string) string {
	doc = strings.ReplaceAll(doc, "`", "")
	return strings.ToUpper(doc[:1]) + doc[1:] + "."
}
