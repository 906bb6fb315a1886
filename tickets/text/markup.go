package text

import (
	"html"
	"regexp"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// Raw is text that is markup already and is not escaped again by HTML.
type Raw string

// escaper does what Telegram's HTML mode asks for, no more: it knows only these
// four named entities.
var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// Escape returns s as it must stand in Telegram HTML to be read as s.
func Escape(s string) string { return escaper.Replace(s) }

// tag is one HTML tag; attributes may hold template actions.
var tag = regexp.MustCompile(`<(/?)([a-z][a-z0-9-]*)((?:[^<>{]|{{[^}]*}})*)>`)

// strip takes the markup out of a message's source and leaves its actions.
func strip(src string) string {
	return html.UnescapeString(tag.ReplaceAllString(src, ""))
}

func stripMessage(m *i18n.Message) *i18n.Message {
	c := *m
	c.Zero, c.One, c.Two = strip(m.Zero), strip(m.One), strip(m.Two)
	c.Few, c.Many, c.Other = strip(m.Few), strip(m.Many), strip(m.Other)
	return &c
}
