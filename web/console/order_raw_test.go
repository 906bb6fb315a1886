package console

import (
	"strings"
	"testing"
)

func TestRawWordsAreShownWithoutSecrets(t *testing.T) {
	t.Parallel()
	got := string(rawOf([]byte(`{"id":"cs_1","client_secret":"abc","card":{"last4":"4242","bin":"424242","Fingerprint":"f"},"amount":12345678901234567890,
		"list":[{"signature":"s"}],"note":"see https://shop/o/0123STATUSTOKEN","html":"<b>"}`), []string{"STATUSTOKEN", ""}))
	for _, want := range []string{`"id": "cs_1"`, `"last4": "4242"`, `12345678901234567890`, `"<b>"`} {
		if !strings.Contains(got, want) {
			t.Errorf("without %s: %s", want, got)
		}
	}
	for _, secret := range []string{"abc", "424242", `"f"`, `"s"`, "STATUSTOKEN"} {
		if strings.Contains(got, secret) {
			t.Errorf("%s is shown: %s", secret, got)
		}
	}
	for in, want := range map[string]raw{"": "", "\tnull": "", "{}": "", "a=1&b=2": "7 B", "[1": "2 B"} {
		if got := rawOf([]byte(in), nil); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}
