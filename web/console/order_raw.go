package console

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"boxoffice/checkout"
)

// raw is somebody's own words as JSON, fit to be shown: indented, and without what opens or proves something.
type raw string

// rawLimit is the most of one document that a page shows, in bytes.
const rawLimit = 64 << 10

// hiddenText stands where a secret was.
const hiddenText = "•••"

// secretWords name, as a part of a field's name, what is not shown: whoever sees it could act with it, or learn of a
// person or a card what is not needed to run a shop.
var secretWords = []string{
	"secret", "signature", "password", "authorization", "api_key", "apikey", "access_key", "private", "token", "cvc", "cvv", "fingerprint",
	"qrurl", "qr_url", "return_url", "success_url", "cancel_url",
}

// secretNames are whole names of such fields.
var secretNames = map[string]bool{"bin": true, "iin": true, "pin": true, "pan": true, "sign": true, "sig": true, "text": true}

func secretName(name string) bool {
	name = strings.ToLower(name)
	if secretNames[name] {
		return true
	}
	for _, w := range secretWords {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}

// secretsOf are texts of the order that open something, wherever they stand.
func secretsOf(f checkout.OrderFile) []string {
	out := []string{f.Order.Secret}
	for _, k := range f.Tickets {
		out = append(out, k.Text)
	}
	return out
}

// rawOf makes a document fit to be shown; what is no JSON is only counted.
func rawOf(b []byte, secrets []string) raw {
	if len(bytes.TrimSpace(b)) == 0 {
		return ""
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return raw(strconv.Itoa(len(b)) + " B")
	}
	if m, ok := v.(map[string]any); v == nil || ok && len(m) == 0 {
		return ""
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if e.Encode(hide(v, secrets)) != nil {
		return ""
	}
	return raw(shortened(strings.TrimSpace(out.String()), rawLimit))
}

// hide takes out what must not be shown, at any depth.
func hide(v any, secrets []string) any {
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			if secretName(name) && x != nil && x != "" {
				v[name] = hiddenText
				continue
			}
			v[name] = hide(x, secrets)
		}
		return v
	case []any:
		for i := range v {
			v[i] = hide(v[i], secrets)
		}
		return v
	case string:
		for _, s := range secrets {
			if s != "" && strings.Contains(v, s) {
				return hiddenText
			}
		}
		return v
	default:
		return v
	}
}
