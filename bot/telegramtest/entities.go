package telegramtest

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
)

// sortEntities orders by place, outer entities first.
func sortEntities(entities []Entity) {
	slices.SortStableFunc(entities, func(a, b Entity) int {
		if a.Offset != b.Offset {
			return a.Offset - b.Offset
		}
		return b.Length - a.Length
	})
}

// clean drops control characters and outer white space and moves the entities with the text.
func clean(text string, entities []Entity) (string, []Entity) {
	text = strings.Map(func(r rune) rune {
		if r == '\r' {
			return -1
		}
		if r != '\n' && unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	trimmed := strings.TrimLeftFunc(text, unicode.IsSpace)
	shift := utf16Len(text) - utf16Len(trimmed)
	trimmed = strings.TrimRightFunc(trimmed, unicode.IsSpace)
	end := utf16Len(trimmed)
	var kept []Entity
	for _, e := range entities {
		from, to := max(e.Offset-shift, 0), min(e.Offset+e.Length-shift, end)
		if from < to {
			e.Offset, e.Length = from, to-from
			kept = append(kept, e)
		}
	}
	return trimmed, kept
}

var autoEntity = regexp.MustCompile(`(?:^|[\s(])(/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)\b|(?:^|[\s(])(@[A-Za-z][A-Za-z0-9_]{3,31})\b|` +
	`(https?://[^\s<>"«»，。、！？；：）】》]*[^\s<>"«»'.,;:!?)\]}，。、！？；：）】》])`)

// findEntities adds commands, mentions and links the markup does not cover.
func findEntities(text string, entities []Entity) []Entity {
	if !strings.ContainsAny(text, "/@") {
		return entities
	}
	kinds := []string{"bot_command", "mention", "url"}
	for _, m := range autoEntity.FindAllStringSubmatchIndex(text, -1) {
		for i, kind := range kinds {
			from, to := m[2+2*i], m[3+2*i]
			if from < 0 {
				continue
			}
			e := Entity{Type: kind, Offset: utf16Len(text[:from]), Length: utf16Len(text[from:to])}
			if !slices.ContainsFunc(entities, func(o Entity) bool { return clash(o, e) }) {
				entities = append(entities, e)
			}
		}
	}
	sortEntities(entities)
	return entities
}

// clash tells whether an entity forbids a found one in the same place: links and code do, bold does not.
func clash(o, e Entity) bool {
	if o.Offset+o.Length <= e.Offset || e.Offset+e.Length <= o.Offset {
		return false
	}
	switch o.Type {
	case "text_link", "code", "pre", "date_time", "url", "mention", "bot_command":
		return true
	}
	return false
}

// slice16 cuts a text by UTF-16 units.
func slice16(text string, from, length int) string {
	units := utf16.Encode([]rune(text))
	from = min(max(from, 0), len(units))
	return string(utf16.Decode(units[from:min(from+length, len(units))]))
}
