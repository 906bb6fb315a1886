package text

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
)

//go:embed en/*.yaml zh-Hans/*.yaml zh-Hant/*.yaml
var files embed.FS

// catalog is every message of every language, in both of its dresses.
type catalog struct {
	plain, html map[Lang]*i18n.Localizer
	messages    map[Lang]map[string]*i18n.Message // the sources, by key
	fields      map[string][]string               // placeholders by key, sorted
}

// loaded reads the embedded files once. That they can be read is tested, so a
// failure is a broken build.
var loaded = sync.OnceValue(func() *catalog {
	c, err := load(files)
	if err != nil {
		panic("text: " + err.Error())
	}
	return c
})

// load reads LANG/AREA.yaml for every language.
func load(fsys fs.FS) (*catalog, error) {
	c := &catalog{
		plain:    map[Lang]*i18n.Localizer{},
		html:     map[Lang]*i18n.Localizer{},
		messages: map[Lang]map[string]*i18n.Message{},
		fields:   map[string][]string{},
	}
	plain, html := i18n.NewBundle(English.Tag()), i18n.NewBundle(English.Tag())
	for _, lang := range Langs() {
		messages, err := loadLang(fsys, lang)
		if err != nil {
			return nil, err
		}
		c.messages[lang] = messages
		for key, m := range messages {
			if err := html.AddMessages(lang.Tag(), m); err != nil {
				return nil, err
			}
			if err := plain.AddMessages(lang.Tag(), stripMessage(m)); err != nil {
				return nil, err
			}
			c.fields[key] = merge(c.fields[key], placeholders(m))
		}
	}
	for _, lang := range Langs() {
		c.plain[lang] = i18n.NewLocalizer(plain, string(lang))
		c.html[lang] = i18n.NewLocalizer(html, string(lang))
	}
	return c, nil
}

func loadLang(fsys fs.FS, lang Lang) (map[string]*i18n.Message, error) {
	names, err := fs.Glob(fsys, string(lang)+"/*.yaml")
	if err != nil {
		return nil, err
	}
	all := map[string]*i18n.Message{}
	for _, name := range names {
		buf, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		area := strings.TrimSuffix(path.Base(name), ".yaml")
		messages, err := parse(buf)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, m := range messages {
			m.ID = area + "." + m.ID
			all[m.ID] = m
		}
	}
	return all, nil
}

func parse(buf []byte) ([]*i18n.Message, error) {
	var tree map[string]any
	if err := yaml.Unmarshal(buf, &tree); err != nil {
		return nil, err
	}
	if len(tree) == 0 {
		return nil, nil // a file of comments only
	}
	return i18n.ParseMessageBytes(buf, unmarshal)
}

// forms returns the plural forms of a message that have a text, by name.
func forms(m *i18n.Message) map[string]string {
	all := map[string]string{"zero": m.Zero, "one": m.One, "two": m.Two, "few": m.Few, "many": m.Many, "other": m.Other}
	for name, src := range all {
		if src == "" {
			delete(all, name)
		}
	}
	return all
}

// field finds placeholders such as {{.Name}}, also inside {{if .Name}}.
var (
	action = regexp.MustCompile(`{{.*?}}`)
	field  = regexp.MustCompile(`\.[A-Z][A-Za-z0-9]*`)
)

// placeholders returns the names that a message asks for, over all of its
// plural forms, sorted.
func placeholders(m *i18n.Message) []string {
	var names []string
	for _, src := range forms(m) {
		for _, a := range action.FindAllString(src, -1) {
			for _, f := range field.FindAllString(a, -1) {
				names = append(names, f[1:])
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func merge(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// unmarshal has the type that go-i18n wants of a parser.
func unmarshal(data []byte, v any) error { return yaml.Unmarshal(data, v) }
