package text

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nicksnyder/go-i18n/v2/i18n"

	"boxoffice/tickets"
)

// Args are a message's arguments by placeholder name.
type Args map[string]any

// Printer writes in one language. It is safe for concurrent use.
type Printer struct {
	lang Lang
	c    *catalog
	log  *slog.Logger
	// strict makes a wrong key or argument a panic, so that no test passes
	// with it; a running shop must rather say something imperfect.
	strict bool
}

// For returns the printer of a language; an unknown language is matched as by
// Match. It logs wrong keys to slog's default logger, see WithLog.
func For(lang Lang) *Printer {
	if !slices.Contains(Langs(), lang) {
		lang = Match(string(lang))
	}
	return &Printer{lang: lang, c: loaded(), strict: testing.Testing()}
}

// WithLog returns the printer with the logger that hears of wrong keys and
// arguments.
func (p *Printer) WithLog(log *slog.Logger) *Printer {
	c := *p
	c.log = log
	return &c
}

// Lang returns the language that the printer speaks.
func (p *Printer) Lang() Lang { return p.lang }

// Pick returns the printer's language of a catalog's texts, as tickets.Texts
// falls back.
func (p *Printer) Pick(t tickets.Texts) string { return t.Pick(string(p.lang)) }

// T returns the message as plain text, its markup taken out: for buttons,
// alerts, titles and logs. The arguments are placeholder names and values in
// turn ("Count", 3, "Product", name), or one Args.
//
// A wrong key or argument panics inside tests. Elsewhere it is logged, and the
// answer is the English message, or else the key itself.
func (p *Printer) T(key string, args ...any) string {
	return p.print(p.c.plain[p.lang], key, args, plainValue)
}

// HTML returns the message as Telegram HTML. Every argument is escaped except
// a Raw one. Keys and arguments are as for T.
func (p *Printer) HTML(key string, args ...any) string {
	return p.print(p.c.html[p.lang], key, args, htmlValue)
}

// Has reports whether a message of that key exists.
func (p *Printer) Has(key string) bool {
	_, ok := p.c.messages[English][key]
	return ok
}

func (p *Printer) print(l *i18n.Localizer, key string, args []any, value func(any) any) string {
	data, err := arguments(args)
	if err == nil {
		err = p.check(key, data)
	}
	if err != nil {
		p.fault(key, err)
	}
	if data == nil {
		data = Args{}
	}
	cfg := &i18n.LocalizeConfig{MessageID: key, PluralCount: count(data["Count"])}
	cooked := make(map[string]any, len(data))
	for _, name := range p.c.fields[key] {
		cooked[name] = "" // rather a gap than "<no value>"
	}
	for name, v := range data {
		cooked[name] = value(v)
	}
	cfg.TemplateData = cooked
	s, err := l.Localize(cfg)
	if err != nil {
		p.fault(key, err)
	}
	if s == "" {
		return key
	}
	return s
}

// count makes any integer type one that the plural rules read.
func count(v any) any {
	switch r := reflect.ValueOf(v); {
	case r.CanInt():
		return r.Int()
	case r.CanUint():
		return strconv.FormatUint(r.Uint(), 10) // they take no unsigned ones
	default:
		return v
	}
}

// check says whether the arguments are those that the message asks for.
func (p *Printer) check(key string, data Args) error {
	if !p.Has(key) {
		return errors.New("no such message")
	}
	want, have := p.c.fields[key], slices.Sorted(maps.Keys(data))
	if !slices.Equal(want, have) {
		return fmt.Errorf("arguments are [%s], the message asks for [%s]", strings.Join(have, " "), strings.Join(want, " "))
	}
	return nil
}

func (p *Printer) fault(key string, err error) {
	if p.strict {
		panic(fmt.Sprintf("text: %s: %s: %v", p.lang, key, err))
	}
	log := p.log
	if log == nil {
		log = slog.Default()
	}
	log.Error("message not printed as meant", "key", key, "lang", string(p.lang), "error", err)
}

func arguments(args []any) (Args, error) {
	if len(args) == 1 {
		if data, ok := args[0].(Args); ok {
			return data, nil
		}
	}
	if len(args)%2 != 0 {
		return nil, errors.New("arguments are not pairs of name and value")
	}
	data := make(Args, len(args)/2)
	for i := 0; i < len(args); i += 2 {
		name, ok := args[i].(string)
		if !ok {
			return nil, fmt.Errorf("argument name %v is not a string", args[i])
		}
		data[name] = args[i+1]
	}
	return data, nil
}

// plainValue and htmlValue prepare an argument for a template. Numbers and
// booleans stay, so that {{if}} and the plural rules can read them.
func plainValue(v any) any {
	if raw, ok := v.(Raw); ok {
		return strip(string(raw))
	}
	return cook(v, func(s string) string { return s })
}

func htmlValue(v any) any {
	if raw, ok := v.(Raw); ok {
		return string(raw)
	}
	return cook(v, Escape)
}

func cook(v any, dress func(string) string) any {
	switch v := v.(type) {
	case string:
		return dress(v)
	case fmt.Stringer:
		return dress(v.String())
	case nil:
		return ""
	}
	switch reflect.TypeOf(v).Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return v
	default:
		return dress(fmt.Sprint(v))
	}
}
