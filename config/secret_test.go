package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"boxoffice/config"
)

func TestSecretNeverPrints(t *testing.T) {
	t.Parallel()
	s := config.NewSecret("hunter2")
	holder := struct {
		S    config.Secret
		List []config.Secret
		P    *config.Secret
	}{s, []config.Secret{s}, &s}
	var out []string
	for _, verb := range []string{"%s", "%v", "%+v", "%#v", "%q", "%x", "%X", "%d", "%T", "%10s"} {
		out = append(out, fmt.Sprintf(verb, s), fmt.Sprintf(verb, &s), fmt.Sprintf(verb, holder))
	}
	j, err := json.Marshal(map[string]any{"a": holder, "b": map[config.Secret]int{s: 1}})
	if err != nil {
		t.Fatal(err)
	}
	y, err := yaml.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "s", s, "h", holder)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "s", s, "h", holder)
	out = append(out, string(j), string(y), log.String(), fmt.Sprint(fmt.Errorf("e: %v", s)))
	for _, o := range out {
		if strings.Contains(o, "hunter2") || strings.Contains(strings.ToLower(o), "68756e74657232") {
			t.Errorf("shown in %s", o)
		}
	}
	if !strings.Contains(string(j), `"S":"••••"`) || !strings.Contains(string(y), "••••") || s.String() != "••••" {
		t.Errorf("not redacted but absent: %s %s", j, y)
	}
	if s.Reveal() != "hunter2" || s.Empty() || !(config.Secret{}).Empty() || (config.Secret{}).String() != "" {
		t.Error("the secret itself is wrong")
	}
}

func TestDurationsReadBackAsWritten(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"90d", "7d", "24h", "1h30m", "5m", "1m30s", "20s", "0s", "500ms"} {
		d, err := config.ParseDuration(s)
		if err != nil || config.FormatDuration(d) != s {
			t.Errorf("%s → %v → %s, %v", s, d, config.FormatDuration(d), err)
		}
	}
	for _, s := range []string{"", "5", "d", "1.5d", "-1d", "9999999d"} {
		if d, err := config.ParseDuration(s); err == nil {
			t.Errorf("%q read as %v", s, d)
		}
	}
}
