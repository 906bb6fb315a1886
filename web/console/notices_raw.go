package console

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// noticeText is somebody's own words as JSON, fit to be shown: indented, and without what opens or proves something.
type noticeText string

// noticeLimit is the most of one document that a page shows, in bytes.
const noticeLimit = 64 << 10

// noticeHidden stands where a secret was.
const noticeHidden = "•••"

// noticeSecrets name, as a part of a field's name, what is not shown: whoever sees it could act with it, or learn of a
// person or a card what is not needed to run a shop.
var noticeSecrets = []string{
	"secret", "signature", "password", "authorization", "api_key", "apikey", "access_key", "private", "token", "cvc", "cvv", "fingerprint",
	"qrurl", "qr_url", "return_url", "success_url", "cancel_url",
}

// noticeNames are whole names of such fields.
var noticeNames = map[string]bool{"bin": true, "iin": true, "pin": true, "pan": true, "sign": true, "sig": true, "text": true}

func noticeSecret(name string) bool {
	name = strings.ToLower(name)
	if noticeNames[name] {
		return true
	}
	for _, w := range noticeSecrets {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}

// noticeRaw makes a document fit to be shown; what is no JSON is only counted.
func noticeRaw(b []byte, secrets []string) noticeText {
	if len(bytes.TrimSpace(b)) == 0 {
		return ""
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return noticeText(strconv.Itoa(len(b)) + " B")
	}
	if m, ok := v.(map[string]any); v == nil || ok && len(m) == 0 {
		return ""
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if e.Encode(noticeHide(v, secrets)) != nil {
		return ""
	}
	return noticeText(shortened(strings.TrimSpace(out.String()), noticeLimit))
}

// noticeHide takes out what must not be shown, at any depth.
func noticeHide(v any, secrets []string) any {
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			if noticeSecret(name) && x != nil && x != "" {
				v[name] = noticeHidden
				continue
			}
			v[name] = noticeHide(x, secrets)
		}
		return v
	case []any:
		for i := range v {
			v[i] = noticeHide(v[i], secrets)
		}
		return v
	case string:
		for _, s := range secrets {
			if s != "" && strings.Contains(v, s) {
				return noticeHidden
			}
		}
		return v
	default:
		return v
	}
}
