package telegramtest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// parseHTML turns Telegram's HTML into a text and its entities. Tags and words of refusal follow parse_html of
// https://github.com/tdlib/td, td/telegram/MessageEntity.cpp.
func parseHTML(html string, noTgTime bool) (string, []Entity, error) {
	p := htmlParser{in: html, noTgTime: noTgTime}
	for p.pos < len(p.in) {
		switch p.in[p.pos] {
		case '&':
			text, n := unescape(p.in[p.pos:])
			p.write(text)
			p.pos += n
		case '<':
			if err := p.tag(); err != nil {
				return "", nil, err
			}
		default:
			r, n := utf8.DecodeRuneInString(p.in[p.pos:])
			if r == utf8.RuneError && n <= 1 {
				return "", nil, fmt.Errorf("Text must be encoded in UTF-8") //nolint:staticcheck // Telegram's words
			}
			p.write(p.in[p.pos : p.pos+n])
			p.pos += n
		}
	}
	if n := len(p.open); n > 0 {
		return "", nil, fmt.Errorf("Can't find end tag corresponding to start tag %q", p.open[n-1].name) //nolint:staticcheck
	}
	sortEntities(p.entities)
	return p.out.String(), p.entities, nil
}

type htmlParser struct {
	in       string
	pos      int
	out      strings.Builder
	units    int // UTF-16 length of out
	open     []openTag
	entities []Entity
	noTgTime bool
}

type openTag struct {
	name  string
	attrs map[string]string
	from  int // UTF-16
	start int // bytes in out
}

func (p *htmlParser) write(text string) {
	p.out.WriteString(text)
	p.units += utf16Len(text)
}

var entityOfTag = map[string]string{
	"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
	"s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler", "span": "spoiler",
	"code": "code", "pre": "pre", "a": "text_link", "blockquote": "blockquote", "tg-time": "date_time",
	"tg-emoji": "custom_emoji",
}

func (p *htmlParser) tag() error {
	begin := p.pos
	p.pos++
	if strings.HasPrefix(p.in[p.pos:], "/") {
		return p.endTag(begin)
	}
	name := strings.ToLower(p.until(" \t\r\n>"))
	if p.pos >= len(p.in) {
		return fmt.Errorf("Unclosed start tag at byte offset %d", begin) //nolint:staticcheck
	}
	if entityOfTag[name] == "" || name == "tg-time" && p.noTgTime {
		return fmt.Errorf("Unsupported start tag %q at byte offset %d", name, begin) //nolint:staticcheck
	}
	attrs := map[string]string{}
	for {
		p.spaces()
		if p.pos >= len(p.in) {
			return fmt.Errorf("Unclosed start tag %q at byte offset %d", name, begin) //nolint:staticcheck
		}
		if p.in[p.pos] == '>' {
			p.pos++
			break
		}
		if err := p.attribute(name, begin, attrs); err != nil {
			return err
		}
	}
	if class := attrs["class"]; name == "span" && class != "tg-spoiler" {
		return fmt.Errorf("Tag \"span\" must have class \"tg-spoiler\" at byte offset %d", begin) //nolint:staticcheck
	}
	p.open = append(p.open, openTag{name, attrs, p.units, p.out.Len()})
	return nil
}

func (p *htmlParser) attribute(tag string, begin int, attrs map[string]string) error {
	at := p.pos
	name := strings.ToLower(p.until(" \t\r\n=>"))
	if name == "" {
		return fmt.Errorf("Empty attribute name in the tag %q at byte offset %d", tag, begin) //nolint:staticcheck
	}
	p.spaces()
	if p.pos >= len(p.in) || p.in[p.pos] != '=' {
		if tag == "blockquote" && name == "expandable" {
			attrs[name] = ""
			return nil
		}
		return fmt.Errorf("Expected equal sign in declaration of an attribute of the tag %q at byte offset %d", tag, at) //nolint:staticcheck
	}
	p.pos++
	p.spaces()
	if p.pos >= len(p.in) {
		return fmt.Errorf("Unclosed start tag %q at byte offset %d", tag, begin) //nolint:staticcheck
	}
	quote := p.in[p.pos]
	if quote != '"' && quote != '\'' {
		attrs[name] = p.until(" \t\r\n>")
		return nil
	}
	p.pos++
	var value strings.Builder
	for p.pos < len(p.in) && p.in[p.pos] != quote {
		if p.in[p.pos] == '&' {
			text, n := unescape(p.in[p.pos:])
			value.WriteString(text)
			p.pos += n
			continue
		}
		value.WriteByte(p.in[p.pos])
		p.pos++
	}
	if p.pos >= len(p.in) {
		return fmt.Errorf("Unclosed start tag at byte offset %d", begin) //nolint:staticcheck
	}
	p.pos++
	attrs[name] = value.String()
	return nil
}

func (p *htmlParser) endTag(begin int) error {
	if len(p.open) == 0 {
		return fmt.Errorf("Unexpected end tag at byte offset %d", begin) //nolint:staticcheck
	}
	p.pos++
	name := strings.ToLower(p.until(" \t\r\n>"))
	p.spaces()
	if p.pos >= len(p.in) || p.in[p.pos] != '>' {
		return fmt.Errorf("Unclosed end tag at byte offset %d", begin) //nolint:staticcheck
	}
	p.pos++
	tag := p.open[len(p.open)-1]
	if name != "" && name != tag.name {
		return fmt.Errorf("Unmatched end tag at byte offset %d, expected \"</%s>\", found \"</%s>\"", begin, tag.name, name) //nolint:staticcheck
	}
	p.open = p.open[:len(p.open)-1]
	if p.units > tag.from {
		p.close(tag)
	}
	return nil
}

// close turns a finished tag into its entity; links without a usable address and times without a number are only text.
func (p *htmlParser) close(tag openTag) {
	e := Entity{Type: entityOfTag[tag.name], Offset: tag.from, Length: p.units - tag.from}
	switch tag.name {
	case "a":
		e.URL = tag.attrs["href"]
		if e.URL == "" {
			e.URL = p.out.String()[tag.start:]
		}
		if !strings.Contains(e.URL, "://") {
			e.URL = "http://" + e.URL
		}
		if !strings.Contains(e.URL, ".") && !strings.HasPrefix(e.URL, "tg://") {
			return
		}
	case "tg-time":
		unix, err := strconv.ParseInt(tag.attrs["unix"], 10, 64)
		if err != nil {
			return
		}
		e.UnixTime, e.DateTimeFormat = unix, tag.attrs["format"]
	case "tg-emoji":
		e.CustomEmojiID = tag.attrs["emoji-id"]
	case "code":
		if language, ok := strings.CutPrefix(tag.attrs["class"], "language-"); ok && len(p.open) > 0 {
			if outer := &p.open[len(p.open)-1]; outer.name == "pre" && outer.from == tag.from {
				outer.attrs["language"] = language
				return
			}
		}
	case "pre":
		e.Language = tag.attrs["language"]
	case "blockquote":
		if _, ok := tag.attrs["expandable"]; ok {
			e.Type = "expandable_blockquote"
		}
	}
	p.entities = append(p.entities, e)
}

func (p *htmlParser) until(stops string) string {
	n := strings.IndexAny(p.in[p.pos:], stops)
	if n < 0 {
		n = len(p.in) - p.pos
	}
	text := p.in[p.pos : p.pos+n]
	p.pos += n
	return text
}

func (p *htmlParser) spaces() {
	for p.pos < len(p.in) && strings.IndexByte(" \t\r\n", p.in[p.pos]) >= 0 {
		p.pos++
	}
}

// unescape decodes the HTML entity at the start of a text: four names and all numbers, anything else stays as it is.
func unescape(text string) (string, int) {
	for _, named := range [...][2]string{{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}, {"&quot;", "\""}} {
		if strings.HasPrefix(text, named[0]) {
			return named[1], len(named[0])
		}
	}
	if end := strings.IndexByte(text, ';'); end > 2 && end < 11 && text[1] == '#' {
		digits, base := text[2:end], 10
		if digits[0] == 'x' || digits[0] == 'X' {
			digits, base = digits[1:], 16
		}
		if n, err := strconv.ParseUint(digits, base, 32); err == nil && n > 0 && utf8.ValidRune(rune(n)) {
			return string(rune(n)), end + 1
		}
	}
	return text[:1], 1
}

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
	`(https?://[^\s<>"]*[^\s<>"'.,;:!?)\]}，。、！？）])`)

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
