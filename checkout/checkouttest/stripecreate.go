package checkouttest

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// createFields are the parameters of a session that the fake knows; Stripe refuses unknown ones.
var createFields = regexp.MustCompile(`^(mode|client_reference_id|expires_at|locale|success_url|cancel_url|expand\[\d+\]|` +
	`payment_method_types\[\d+\]|metadata\[[^]]{1,40}\]|payment_intent_data\[(metadata\]\[[^]]{1,40}|description|receipt_email)\]|` +
	`payment_method_options\[wechat_pay\]\[client\]|submit_type|customer_email|` +
	`line_items\[\d+\]\[(quantity|price_data\]\[(currency|unit_amount|product_data\]\[(name|description)))\])$`)

// methodCurrencies are what methods take; nil is everything.
var methodCurrencies = map[string][]string{
	"card": nil, "paynow": {"sgd"}, "grabpay": {"sgd", "myr"},
	"alipay":     {"aud", "cad", "cny", "eur", "gbp", "hkd", "jpy", "nzd", "sgd", "usd", "myr"},
	"wechat_pay": {"aud", "cad", "cny", "eur", "gbp", "hkd", "jpy", "sgd", "usd", "dkk", "nok", "sek", "chf"},
}

// least amounts in Stripe's unit.
var least = map[string]int64{"sgd": 50, "hkd": 400, "usd": 50, "myr": 200, "jpy": 50, "eur": 50, "gbp": 30, "thb": 1000}

var localeNames = []string{"", "auto", "en", "zh", "zh-HK", "zh-TW"}

// create begins a Checkout Session, with the refusals of the real API.
func (s *Stripe) create(_ *http.Request, form url.Values) (any, *stripeRefusal) {
	for name := range form {
		if !createFields.MatchString(name) {
			return nil, &stripeRefusal{400, "invalid_request_error", "parameter_unknown", name, "Received unknown parameter: " + name}
		}
	}
	if form.Get("mode") != "payment" {
		return nil, badRequest("mode", "You must provide one of payment, setup or subscription for mode.")
	}
	now := s.c.Now().Unix()
	x := &stripeSession{
		status: "open", paymentStatus: "unpaid", created: now, expires: now + 24*3600, live: s.c.Live, form: form,
	}
	if v := form.Get("expires_at"); v != "" {
		at, err := strconv.ParseInt(v, 10, 64)
		if err != nil || at < now+30*60 || at > now+24*3600 {
			return nil, badRequest("expires_at",
				"The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.")
		}
		x.expires = at
	}
	if no := addUp(form, x); no != nil {
		return nil, no
	}
	if no := checkMethods(form, x.currency); no != nil {
		return nil, no
	}
	if no := checkTexts(form); no != nil {
		return nil, no
	}
	x.id = s.id("cs_")
	s.sessions[x.id] = x
	return s.json(x), nil
}

// addUp reads the line items.
func addUp(form url.Values, x *stripeSession) *stripeRefusal {
	for i := 0; ; i++ {
		item := fmt.Sprintf("line_items[%d]", i)
		quantity := form.Get(item + "[quantity]")
		if quantity == "" {
			break
		}
		n, err := strconv.ParseInt(quantity, 10, 64)
		if err != nil || n < 1 {
			return badRequest(item+"[quantity]", "Invalid integer: %s", quantity)
		}
		amount, err := strconv.ParseInt(form.Get(item+"[price_data][unit_amount]"), 10, 64)
		if err != nil || amount < 0 {
			return badRequest(item+"[price_data][unit_amount]", "Invalid non-negative integer")
		}
		currency := form.Get(item + "[price_data][currency]")
		if len(currency) != 3 || currency != strings.ToLower(currency) {
			return badRequest(item+"[price_data][currency]", "Invalid currency: %s", currency)
		}
		if x.currency != "" && x.currency != currency {
			return badRequest("line_items", "All prices on a Checkout Session must be in the same currency.")
		}
		name := form.Get(item + "[price_data][product_data][name]")
		if name == "" || len([]rune(name)) > 250 {
			return badRequest(item+"[price_data][product_data][name]", "Invalid product name")
		}
		x.currency = currency
		x.amount += n * amount
	}
	if x.currency == "" {
		return &stripeRefusal{400, "invalid_request_error", "parameter_missing", "line_items", "Missing required param: line_items."}
	}
	return checkAmount(x)
}

func checkAmount(x *stripeSession) *stripeRefusal {
	switch {
	case x.amount > 99_999_999:
		return &stripeRefusal{400, "invalid_request_error", "amount_too_large", "", "Amount must be no more than 999,999.99"}
	case x.amount < max(least[x.currency], 1):
		return &stripeRefusal{400, "invalid_request_error", "amount_too_small", "",
			"The Checkout Session's total amount due must add up to at least the minimum."}
	case slices.Contains([]string{"isk", "ugx"}, x.currency) && x.amount%100 != 0,
		slices.Contains([]string{"bhd", "jod", "kwd", "omr", "tnd"}, x.currency) && x.amount%10 != 0:
		return badRequest("", "Invalid amount %d for %s.", x.amount, x.currency)
	default:
		return nil
	}
}

func checkMethods(form url.Values, currency string) *stripeRefusal {
	for i := 0; ; i++ {
		m := form.Get(fmt.Sprintf("payment_method_types[%d]", i))
		if m == "" {
			return nil
		}
		takes, ok := methodCurrencies[m]
		if !ok {
			return badRequest("payment_method_types", "Invalid payment_method_types[%d]: must be one of …", i)
		}
		if takes != nil && !slices.Contains(takes, currency) {
			return badRequest("payment_method_types", "The payment method `%s` cannot be used with %s.", m, currency)
		}
		if m == "wechat_pay" && form.Get("payment_method_options[wechat_pay][client]") != "web" {
			return badRequest("payment_method_options[wechat_pay][client]", "Missing required param: client.")
		}
	}
}

func checkTexts(form url.Values) *stripeRefusal {
	if len(form.Get("client_reference_id")) > 200 {
		return badRequest("client_reference_id", "Invalid string: must be at most 200 characters")
	}
	if !slices.Contains(localeNames, form.Get("locale")) {
		return badRequest("locale", "Invalid locale: %s", form.Get("locale"))
	}
	for _, name := range []string{"success_url", "cancel_url"} {
		u, err := url.Parse(form.Get(name))
		if err != nil || u.Host == "" {
			return &stripeRefusal{400, "invalid_request_error", "url_invalid", name, "Not a valid URL"}
		}
	}
	for name, v := range nested(form, "metadata") {
		if len(v) > 500 {
			return badRequest("metadata["+name+"]", "Metadata values can have up to 500 characters.")
		}
	}
	return nil
}
