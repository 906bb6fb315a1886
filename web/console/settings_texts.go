package console

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"boxoffice/tickets"
)

// maxText is the longest of the shop's texts, in letters: it has to fit a message.
const maxText = 3500

// textRow is a text in one language.
type textRow struct{ Lang, Name, Text string }

// textGroup is a text in every language that the merchant offers.
type textGroup struct {
	Kind  string // terms, support, privacy
	Rows  []textRow
	Wrong string
}

// textsPage is the form of the shop's texts.
type textsPage struct {
	Revision int64 // of the catalog that was shown
	Groups   []textGroup
}

// textsOf are the texts of a catalog that this page changes, by kind.
func textsOf(m *tickets.Merchant) []struct {
	kind string
	text *tickets.Texts
} {
	return []struct {
		kind string
		text *tickets.Texts
	}{{"support", &m.Support}, {"terms", &m.Terms}, {"privacy", &m.Privacy}}
}

func (v *visit) textsPage() textsPage {
	p := textsPage{Revision: v.Cat.Revision}
	m := v.Cat.Merchant
	for _, t := range textsOf(&m) {
		g := textGroup{Kind: t.kind}
		for _, lang := range m.Languages {
			g.Rows = append(g.Rows, textRow{Lang: lang, Name: langName(lang), Text: (*t.text)[lang]})
		}
		p.Groups = append(p.Groups, g)
	}
	return p
}

// langName is a language as it calls itself, or its tag.
func langName(lang string) string {
	for l, name := range langNames {
		if string(l) == lang {
			return name
		}
	}
	return lang
}

func texts(v *visit) error {
	return v.page(http.StatusOK, "settings_texts", v.Words.T("console_settings.tab.texts"), v.textsPage())
}

// textsSave puts the texts into the catalog, if it still is the one that was shown.
func textsSave(v *visit) error {
	p := v.textsPage()
	next := *v.Cat
	wrong, changed := false, []string{}
	for i, t := range textsOf(&next.Merchant) {
		texts := tickets.Texts{}
		maps.Copy(texts, *t.text) // languages that are not offered any more stay
		for j, lang := range next.Merchant.Languages {
			words := strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(v.PostFormValue(t.kind+"_"+lang), ""), "\r\n", "\n"))
			p.Groups[i].Rows[j].Text = words
			if utf8.RuneCountInString(words) > maxText {
				p.Groups[i].Wrong, wrong = v.Words.T("console_settings.texts.long", "Max", maxText), true
			}
			if words == "" {
				delete(texts, lang)
			} else {
				texts[lang] = words
			}
		}
		if !maps.Equal(texts, *t.text) {
			changed = append(changed, t.kind)
		}
		*t.text = texts
	}
	if wrong {
		return v.page(http.StatusUnprocessableEntity, "settings_texts", v.Words.T("console_settings.tab.texts"), p)
	}
	on, err := strconv.ParseInt(v.PostFormValue("revision"), 10, 64)
	if err != nil {
		return tickets.Refuse(tickets.Invalid, "revision %q", v.PostFormValue("revision"))
	}
	revision, _, err := v.k.Desk.ApplyOn(v.Context(), next, on)
	if errors.Is(err, tickets.Changed) || errors.Is(err, tickets.Conflict) {
		v.flash("bad", "console_settings.texts.changed")
		return v.redirect("/console/settings/texts")
	}
	if err := v.tried("texts_change", fmt.Sprint("catalog revision ", revision), "", "", strings.Join(changed, ", "), err); err != nil {
		return err
	}
	v.flash("good", "console_access.me.saved")
	return v.redirect("/console/settings/texts")
}
