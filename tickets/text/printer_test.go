package text

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"

	"boxoffice/tickets"
)

// sample is a catalogue of a few messages, for the tests of the machine.
func sample(t *testing.T) *catalog {
	t.Helper()
	c, err := load(fstest.MapFS{
		"en/a.yaml": {Data: []byte(`
order:
  paid: "<b>{{.Product}}</b> &amp; you"
  link: '<a href="{{.URL}}">{{.Name}}</a>'
  people: {one: "{{.Count}} person", other: "{{.Count}} people"}
  long: |-
    first
    second
only: English
`)},
		"zh-Hans/a.yaml": {Data: []byte(`
order:
  paid: "<b>{{.Product}}</b>和你"
  people: {other: "{{.Count}}人"}
`)},
		"zh-Hant/a.yaml": {Data: []byte("# nothing yet\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type places int

func TestHTMLEscapesArgumentsAndTStripsMarkup(t *testing.T) {
	t.Parallel()
	p := &Printer{lang: English, c: sample(t), strict: true}
	for _, c := range []struct{ got, want string }{
		{p.HTML("a.order.paid", "Product", `A<B & "C"`), `<b>A&lt;B &amp; &quot;C&quot;</b> &amp; you`},
		{p.HTML("a.order.paid", Args{"Product": Raw("<i>x</i>")}), `<b><i>x</i></b> &amp; you`},
		{p.HTML("a.order.paid", "Product", errors.New("a<b")), `<b>a&lt;b</b> &amp; you`},
		{p.T("a.order.paid", "Product", `A<B & "C"`), `A<B & "C" & you`},
		{p.T("a.order.paid", "Product", Raw("<i>x</i>")), `x & you`},
		{p.T("a.order.paid", "Product", tickets.Date(0)), `1970-01-01 & you`},
		{p.T("a.order.link", "URL", "https://x", "Name", "n"), "n"},
		{p.HTML("a.order.link", "URL", `https://x?a="&b`, "Name", "n"), `<a href="https://x?a=&quot;&amp;b">n</a>`},
		{p.T("a.order.people", "Count", 1), "1 person"},
		{p.T("a.order.people", "Count", 0), "0 people"},
		{p.T("a.order.people", "Count", int64(21)), "21 people"},
		{p.T("a.order.people", "Count", places(1)), "1 person"},
		{p.T("a.order.people", "Count", uint8(1)), "1 person"},
		{p.T("a.order.long"), "first\nsecond"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestWrongUsePanicsInTests(t *testing.T) {
	t.Parallel()
	p := &Printer{lang: Simplified, c: sample(t), strict: true}
	for name, call := range map[string]func(){
		"unknown key":     func() { p.T("a.nothing") },
		"absent argument": func() { p.T("a.order.paid") },
		"extra argument":  func() { p.T("a.order.paid", "Product", "x", "Price", 1) },
		"odd arguments":   func() { p.T("a.order.paid", "Product") },
		"name not string": func() { p.T("a.order.paid", 1, 2) },
		"not translated":  func() { p.T("a.only") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			call()
		})
	}
}

func TestWrongUseIsLoggedAndStillSaysSomethingInProduction(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	p := (&Printer{lang: Simplified, c: sample(t)}).WithLog(slog.New(slog.NewTextHandler(&log, nil)))
	for _, c := range []struct{ got, want, key string }{
		{p.T("a.only"), "English", "a.only"},
		{p.T("a.nothing"), "a.nothing", "a.nothing"},
		{p.HTML("a.order.paid"), "<b></b>和你", "a.order.paid"},
		{p.HTML("a.order.paid", "Produkt"), "<b></b>和你", "a.order.paid"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
		if !strings.Contains(log.String(), "key="+c.key) {
			t.Errorf("nothing was logged of %s: %s", c.key, log.String())
		}
	}
}

func TestBrokenFilesAreRefused(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"not YAML":      "a: [",
		"key twice":     "a: x\na: y\n",
		"mixed message": "a: {other: x, more: y}\n",
		"a list":        "- x\n",
	} {
		if _, err := load(fstest.MapFS{"en/a.yaml": {Data: []byte(src)}}); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestErrorWordsEveryKind(t *testing.T) {
	t.Parallel()
	kinds := []tickets.Kind{
		tickets.NotFound, tickets.Exists, tickets.Invalid, tickets.SoldOut, tickets.Closed, tickets.Limit,
		tickets.Expired, tickets.Conflict, tickets.Changed, tickets.Forbidden, tickets.Admitted, tickets.WrongDate,
		tickets.Revoked, tickets.Forged, tickets.Declined, tickets.Unavailable, tickets.Unknown, tickets.Unauthorized,
	}
	for _, lang := range Langs() {
		p := For(lang)
		general := p.T("common.error.internal")
		for _, kind := range kinds {
			if got := p.Error(fmt.Errorf("place: %w", kind)); got == general {
				t.Errorf("%s: %s has no sentence", lang, kind)
			}
		}
		for _, err := range []error{errors.New("disk full"), tickets.Kind("newer")} {
			if got := p.Error(err); got != general {
				t.Errorf("%s: %v says %q", lang, err, got)
			}
		}
	}
}

func TestErrorUsesTheRefusalsNumbers(t *testing.T) {
	t.Parallel()
	p := For(English)
	for _, c := range []struct {
		err  error
		want string
	}{
		{tickets.Refuse(tickets.SoldOut, "x").With("left", 1), "Only 1 place is left."},
		{fmt.Errorf("place: %w", tickets.Refuse(tickets.SoldOut, "x").With("left", 2)), "Only 2 places are left."},
		{tickets.Refuse(tickets.SoldOut, "x").With("left", 0), "Sorry, this is sold out."},
		{tickets.Refuse(tickets.Limit, "x").With("max", 10), "At most 10 may be booked."},
		{tickets.Refuse(tickets.Closed, "x").With("reason", "past"), "Sales for that day have ended."},
		{tickets.Refuse(tickets.Closed, "x").With("reason", "other"), "This is not on sale for that day."},
	} {
		if got := p.Error(c.err); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
}

func TestPickSpeaksThePrintersLanguage(t *testing.T) {
	t.Parallel()
	names := tickets.Texts{"en": "Zoo", "zh-Hans": "动物园"}
	for lang, want := range map[Lang]string{English: "Zoo", Simplified: "动物园", Traditional: "动物园"} {
		if got := For(lang).Pick(names); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
}

func BenchmarkHTML(b *testing.B) {
	p := For(Traditional)
	for b.Loop() {
		if p.HTML("common.places_left", "Count", 3) == "" {
			b.Fatal("no text")
		}
	}
}

func BenchmarkDateLong(b *testing.B) {
	p := For(English)
	for b.Loop() {
		if p.DateLong(20000) == "" {
			b.Fatal("no text")
		}
	}
}
