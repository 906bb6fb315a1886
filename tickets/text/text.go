// Package text holds every word that a person reads: the message catalogues in
// English, Simplified and Traditional Chinese, and the ways money, dates and
// times are written in each of them.
//
// A Printer speaks one language:
//
//	p := text.For(text.Match(user.LanguageCode))
//	p.T("common.places_left", "Count", 3)          // "3 places left", for a button
//	p.HTML("bot.order.paid", "Product", name)      // markup kept, name escaped
//	p.Money(order.Total)                            // "S$119.00"
//	p.Error(err)                                    // "Sorry, these places are sold out."
//
// The messages lie in one folder a language and one file an area:
// en/bot.yaml, zh-Hans/bot.yaml, zh-Hant/bot.yaml. The key of a message is its
// area, a dot, and its place in the file. A message is a text, or the plural
// forms one and other (Chinese has only other); "{{.Name}}" is a placeholder,
// and the placeholder Count chooses the plural form and is used for nothing
// else. Messages are Telegram HTML: they may hold <b>, <i>, <u>, <s>, <code>,
// <pre>, <a>, <blockquote> and <tg-spoiler>, and write "&amp;" and "&lt;" for
// the bare signs. HTML keeps the markup, T takes it out.
//
//	order:
//	  paid: "<b>{{.Product}}</b> is paid."
//	  people:
//	    one: "{{.Count}} person"
//	    other: "{{.Count}} people"
//	  terms: |-
//	    Longer texts are block scalars;
//	    line breaks are kept.
//
// Tests of this package refuse a key, a plural form or a placeholder that one
// language has and another has not, broken markup, and a text Telegram would
// find too long. Keys are append-only: people may have saved them in templates
// of their own.
//
// What this package is not: it knows no orders and decides nothing.
package text

import (
	"strings"

	"golang.org/x/text/language"
)

// Lang is a language that the whole product speaks, as an IETF tag.
type Lang string

// The languages, in the order in which they are offered to people.
const (
	English     Lang = "en"
	Simplified  Lang = "zh-Hans"
	Traditional Lang = "zh-Hant"
)

// Langs returns every language, in the order in which they are offered.
func Langs() []Lang { return []Lang{English, Simplified, Traditional} }

// Name returns what the language calls itself, as a language menu shows it.
func (l Lang) Name() string {
	switch l {
	case Simplified:
		return "简体中文"
	case Traditional:
		return "繁體中文"
	default:
		return "English"
	}
}

// Tag returns the language as an HTML lang attribute and as x/text has it.
func (l Lang) Tag() language.Tag { return language.Make(string(l)) }

var matcher = language.NewMatcher([]language.Tag{English.Tag(), Simplified.Tag(), Traditional.Tag()})

// Match returns the language closest to an IETF tag as Telegram sends it in
// language_code, or to a browser's Accept-Language header. Chinese of the
// mainland and Singapore is Simplified; of Hong Kong, Macau and Taiwan,
// Traditional. Anything unknown is English.
func Match(code string) Lang {
	tags, _, err := language.ParseAcceptLanguage(strings.ReplaceAll(code, "_", "-"))
	if err != nil || len(tags) == 0 {
		return English
	}
	_, i, confidence := matcher.Match(tags...)
	if confidence == language.No {
		return English
	}
	return Langs()[i]
}
