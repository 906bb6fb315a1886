package config

import (
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Redacted returns the effective configuration as YAML: every key with its
// value, secrets as dots, and behind each where it came from. Without secrets
// it is a file that Load reads back to the same values.
func (c Config) Redacted() string {
	var b strings.Builder
	width := 0
	lines := make([]string, len(keys))
	for i, k := range keys {
		_, name, grouped := strings.Cut(k.name, ".")
		if grouped {
			lines[i] = "  " + name + ": " + yamlValue(k.field(&c))
		} else {
			lines[i] = k.name + ": " + yamlValue(k.field(&c))
		}
		width = max(width, min(len([]rune(lines[i])), 44))
	}
	group := ""
	for i, k := range keys {
		if g := groupOf(k.name); g != group {
			if group = g; g != "" {
				b.WriteString(g + ":\n")
			}
		}
		pad := max(width-len([]rune(lines[i])), 0)
		fmt.Fprintf(&b, "%s%s  # %s\n", lines[i], strings.Repeat(" ", pad), c.Origin(k.name))
	}
	return b.String()
}

// LogValue logs the configuration without its secrets.
func (c Config) LogValue() slog.Value {
	attrs := make([]slog.Attr, 0, len(keys))
	for _, k := range keys {
		attrs = append(attrs, slog.String(k.name, text(k.field(&c))))
	}
	return slog.GroupValue(attrs...)
}

func groupOf(name string) string {
	group, _, ok := strings.Cut(name, ".")
	if !ok {
		return ""
	}
	return group
}

// yamlValue writes a field's value so that YAML reads it back as the same
// text.
func yamlValue(field any) string {
	switch f := field.(type) {
	case *bool, *int, *int64, *time.Duration:
		return text(field)
	case *[]time.Duration:
		return "[" + text(field) + "]"
	case *[]Gateway:
		return "[" + joined(*f, yamlGateway) + "]"
	case *[]string:
		return "[" + joined(*f, quoted) + "]"
	case *[]Secret:
		return "[" + joined(*f, func(s Secret) string { return quoted(s.String()) }) + "]"
	}
	return quoted(text(field))
}

// yamlGateway is a gateway in the file's long form, or its bare name.
func yamlGateway(g Gateway) string {
	if g.Fee.Zero() && len(g.Methods) == 0 {
		return quoted(g.Name)
	}
	s := "{name: " + quoted(g.Name)
	if !g.Fee.Zero() {
		s += ", fee: " + yamlFee(g.Fee)
	}
	if len(g.Methods) > 0 {
		s += ", methods: {" + joined(g.Methods, func(m MethodFee) string { return quoted(m.Method) + ": {fee: " + yamlFee(m.Fee) + "}" }) + "}"
	}
	return s + "}"
}

func yamlFee(f Fee) string {
	return fmt.Sprintf("{percent: %s, fixed: %d}", formatPercent(f.BasisPoints), f.Fixed)
}

// bare are the characters that need no quotes in any place of a YAML value.
const bare = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-"

// quoted puts a text into double quotes where YAML might take it for
// something else. Go's escapes of control characters are YAML's too.
func quoted(s string) string {
	if s != "" && strings.Trim(s, bare) == "" && strings.ContainsAny(s[:1], bare[:52]) {
		return s
	}
	return fmt.Sprintf("%q", s)
}

// Table returns the keys as a Markdown table, for the README.
func Table() string {
	var b strings.Builder
	b.WriteString("| key | environment | default | what it is |\n|---|---|---|---|\n")
	for _, k := range Keys() {
		def := "–"
		if k.Default != "" {
			def = "`" + k.Default + "`"
		}
		env := "`" + k.Env + "`"
		if k.Secret {
			env += " or `…_FILE`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Name, env, def, k.Doc)
	}
	return b.String()
}
