package catalogfile

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
)

// texts reads one text per language, each of at most most characters; nil when absent.
func (o *object) texts(key string, most int, multiline bool) map[string]string {
	n := o.vals[key]
	if n == nil {
		return nil
	}
	m, ok := n.(*ast.MappingNode)
	if !ok {
		o.wrong(key, "this takes one text per language", "write "+key+": {en: …, zh-Hans: …}")
		return nil
	}
	out := map[string]string{}
	for _, v := range m.Values {
		lang, ok := o.key(v, o.at(key))
		if !ok {
			continue
		}
		at := o.at(key) + "." + lang
		if !slices.Contains(languages, lang) {
			fix := suggest(lang, languages)
			if alias := languageAliases[strings.ToLower(lang)]; alias != "" {
				fix = "write " + alias
			}
			o.add(v.Key, at, "this language is not spoken here", fix)
			continue
		}
		if _, twice := out[lang]; twice {
			o.add(v.Key, at, "this language is there twice", "keep one of them")
			continue
		}
		if v.Value == nil {
			continue
		}
		s, ok := o.scalar(v.Value, at)
		if !ok {
			continue
		}
		out[lang] = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
		if what, fix := textFault(out[lang], most, multiline); what != "" {
			o.add(v.Value, at, what, fix)
		}
	}
	if len(m.Values) == 0 {
		o.wrong(key, "there is no text", "write one in at least one language: {en: …}, or take the key out")
	}
	return out
}

func textFault(s string, most int, multiline bool) (what, fix string) {
	if s == "" {
		return "the text is empty", "write one, or take the language out"
	}
	if n := utf8.RuneCountInString(s); n > most {
		return fmt.Sprintf("the text has %d characters", n), fmt.Sprintf("write at most %d", most)
	}
	for _, c := range s {
		switch {
		case c == '\n' && multiline:
		case c == '\n':
			return "the text has several lines", "write it on one line"
		case unicode.IsControl(c), c == '\uFEFF', c == '\u2028', c == '\u2029':
			return fmt.Sprintf("the text holds the control character %U", c), "take it out"
		}
	}
	return "", ""
}
