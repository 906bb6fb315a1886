package config

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted stands for a secret wherever one would be printed. It says nothing
// about the secret, not even its length.
const redacted = "••••"

// Secret is a text that must not be shown: a token, a key. Printing, logging
// or encoding one gives four dots, or nothing when it is empty. The zero value
// is the empty secret.
type Secret struct{ text string }

// NewSecret wraps text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal returns the text itself, to be handed to whoever needs it and to
// nobody else.
func (s Secret) Reveal() string { return s.text }

// Empty reports whether there is no secret.
func (s Secret) Empty() bool { return s.text == "" }

// String returns four dots, or "" for the empty secret.
func (s Secret) String() string {
	if s.text == "" {
		return ""
	}
	return redacted
}

// GoString is String, for %#v.
func (s Secret) GoString() string { return fmt.Sprintf("config.Secret(%q)", s.String()) }

// Format writes the redacted form whatever the verb, so that %x does not
// spell the secret out in hex.
func (s Secret) Format(f fmt.State, verb rune) {
	text := s.String()
	if verb == 'v' && f.Flag('#') {
		text = s.GoString()
	}
	_, _ = io.WriteString(f, text) // a fmt.State keeps its own errors
}

// LogValue redacts in slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText redacts in encoders that know text (JSON, XML, map keys).
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON redacts in JSON.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + s.String() + `"`), nil }

// MarshalYAML redacts in YAML.
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }

var (
	_ fmt.Formatter  = Secret{}
	_ slog.LogValuer = Secret{}
)
