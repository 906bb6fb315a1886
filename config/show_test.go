package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"boxoffice/config"
)

func TestStarterLoadsAndSaysOnlyTheDefaults(t *testing.T) {
	t.Parallel()
	c, err := config.Load(write(t, config.Starter()), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	want.Gateways = []config.Gateway{{Name: "stripe"}}
	if got, want := values(c), values(want); got != want {
		t.Errorf("starter loads to\n%s\nwant\n%s", got, want)
	}
}

// TestStarterLoadsWithEveryCommentedKeyTakenIn uncomments every "# key: value"
// line, as an operator would, and expects a file that still loads.
func TestStarterLoadsWithEveryCommentedKeyTakenIn(t *testing.T) {
	t.Parallel()
	commented := regexp.MustCompile(`(?m)^( *)# ( *[a-z_]+:(?: .*)?)$`)
	file := commented.ReplaceAllString(config.Starter(), "$1$2")
	path := write(t, file)
	c, err := config.Load(path, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, file)
	}
	for _, k := range config.Keys() {
		if k.Name == "telegram.mode" {
			continue // there empty means "follow public_url", wherever it is written
		}
		if o := c.Origin(k.Name); !strings.HasPrefix(o, path) {
			t.Errorf("the starter does not show %s (origin %q)", k.Name, o)
		}
	}
}

func TestRedactedShowsEveryKeyItsOriginAndNoSecret(t *testing.T) {
	t.Parallel()
	path := write(t, "hold_ttl: 4m\nstripe:\n  webhook_secret: [whsec_old1, whsec_new2]\n")
	c, err := config.Load(path, []string{"BOXOFFICE_TELEGRAM_TOKEN=12345:sEcReT", "BOXOFFICE_API_TOKEN=sesame"})
	if err != nil {
		t.Fatal(err)
	}
	out := c.Redacted()
	for _, secret := range []string{"sEcReT", "12345", "sesame", "old1", "new2", "whsec"} {
		if strings.Contains(out, secret) {
			t.Errorf("the output has %q in it:\n%s", secret, out)
		}
	}
	for _, want := range []string{
		`token: "••••"`, "# BOXOFFICE_TELEGRAM_TOKEN",
		"hold_ttl: 4m", "# " + path + ":1",
		`webhook_secret: ["••••", "••••"]`, "# " + path + ":3",
		"payment_ttl: 5m", "mode: polling", "# default, as public_url is not https",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the output lacks %q:\n%s", want, out)
		}
	}
	for _, k := range config.Keys() {
		_, last, ok := strings.Cut(k.Name, ".")
		if !ok {
			last = k.Name
		}
		if !strings.Contains(out, last+":") {
			t.Errorf("the output lacks %s", k.Name)
		}
	}
}

func TestRedactedIsAFileThatLoadsBack(t *testing.T) {
	t.Parallel()
	c, err := config.Load("", []string{
		"BOXOFFICE_GATEWAYS=stripe:3.4%+50,sandbox", "BOXOFFICE_SANDBOX_ALLOW=true", "BOXOFFICE_STRIPE_METHODS=card,paynow",
		"BOXOFFICE_TELEGRAM_MERCHANT_CHAT=-1001234567890", "BOXOFFICE_LISTEN=[::1]:80", "BOXOFFICE_STORAGE=bolt:/data/a b.db",
	})
	if err != nil {
		t.Fatal(err)
	}
	again, err := config.Load(write(t, c.Redacted()), nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, c.Redacted())
	}
	if got, want := values(again), values(c); got != want {
		t.Errorf("read back:\n%s\nwant:\n%s", got, want)
	}
}

// values is the effective configuration without the origins.
func values(c config.Config) string {
	return regexp.MustCompile(`(?m) *#.*$`).ReplaceAllString(c.Redacted(), "")
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), config.FileName)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
