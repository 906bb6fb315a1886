package telegramtest

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
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
				return "", nil, refusef("Text must be encoded in UTF-8")
			}
			p.write(p.in[p.pos : p.pos+n])
			p.pos += n
		}
	}
	if n := len(p.open); n > 0 {
		return "", nil, refusef("Can't find end tag corresponding to start tag %q", p.open[n-1].name)
	}
	sortEntities(p.entities)
	return p.out.String(), p.entities, nil
}

// refusal is an error in Telegram's words, which begin with a capital letter.
type refusal string

func (r refusal) Error() string { return string(r) }

func refusef(format string, args ...any) error { return refusal(fmt.Sprintf(format, args...)) }

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
		return refusef("Unclosed start tag at byte offset %d", begin)
	}
	if entityOfTag[name] == "" || name == "tg-time" && p.noTgTime {
		return refusef("Unsupported start tag %q at byte offset %d", name, begin)
	}
	attrs := map[string]string{}
	for {
		p.spaces()
		if p.pos >= len(p.in) {
			return refusef("Unclosed start tag %q at byte offset %d", name, begin)
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
		return refusef("Tag \"span\" must have class \"tg-spoiler\" at byte offset %d", begin)
	}
	p.open = append(p.open, openTag{name, attrs, p.units, p.out.Len()})
	return nil
}

// attribute reads name="value", name=token or a bare name into attrs.
func (p *htmlParser) attribute(tag string, begin int, attrs map[string]string) error {
	name := p.until(" \t\r\n=>/\"'")
	if name == "" {
		return refusef("Empty attribute name in the tag %q at byte offset %d", tag, begin)
	}
	p.spaces()
	if p.pos < len(p.in) && p.in[p.pos] != '=' {
		attrs[name] = ""
		return nil
	}
	p.pos++
	p.spaces()
	if p.pos >= len(p.in) {
		return refusef("Unclosed start tag %q at byte offset %d", tag, begin)
	}
	quote := p.in[p.pos]
	if quote != '"' && quote != '\'' {
		at := p.pos
		for p.pos < len(p.in) && isNameByte(p.in[p.pos]) {
			p.pos++
		}
		attrs[name] = strings.ToLower(p.in[at:p.pos])
		if p.pos >= len(p.in) || strings.IndexByte(" \t\r\n>", p.in[p.pos]) < 0 {
			return refusef("Unexpected end of name token at byte offset %d", at)
		}
		return nil
	}
	p.pos++
	var value strings.Builder
	for p.pos < len(p.in) && p.in[p.pos] != quote {
		text, n := p.in[p.pos:p.pos+1], 1
		if text == "&" {
			text, n = unescape(p.in[p.pos:])
		}
		value.WriteString(text)
		p.pos += n
	}
	p.pos++
	if p.pos >= len(p.in) {
		return refusef("Unclosed start tag at byte offset %d", begin)
	}
	attrs[name] = value.String()
	return nil
}

func isNameByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == '-'
}

func (p *htmlParser) endTag(begin int) error {
	if len(p.open) == 0 {
		return refusef("Unexpected end tag at byte offset %d", begin)
	}
	p.pos++
	name := strings.ToLower(p.until(" \t\r\n>"))
	p.spaces()
	if p.pos >= len(p.in) || p.in[p.pos] != '>' {
		return refusef("Unclosed end tag at byte offset %d", begin)
	}
	p.pos++
	tag := p.open[len(p.open)-1]
	if name != "" && name != tag.name {
		return refusef("Unmatched end tag at byte offset %d, expected \"</%s>\", found \"</%s>\"", begin, tag.name, name)
	}
	p.open = p.open[:len(p.open)-1]
	if p.units > tag.from {
		return p.close(tag)
	}
	return nil
}

// close turns a finished tag into its entity; links without a usable address and times without a number are only text.
func (p *htmlParser) close(tag openTag) error {
	e := Entity{Type: entityOfTag[tag.name], Offset: tag.from, Length: p.units - tag.from}
	switch tag.name {
	case "a":
		e.URL = tag.attrs["href"]
		if e.URL == "" {
			e.URL = p.out.String()[tag.start:]
		}
		if checkLink(e.URL) != "" {
			return nil
		}
		if !strings.Contains(e.URL, "://") {
			e.URL = "http://" + e.URL
		}
	case "tg-time":
		e.UnixTime, _ = strconv.ParseInt(tag.attrs["unix"], 10, 32) // 0 when it is no number
		if format := tag.attrs["format"]; format != "r" && format != "R" && strings.Trim(format, "tTdDwW") != "" {
			return refusef("Invalid date format used")
		}
		if e.UnixTime <= 0 {
			return nil
		}
		e.DateTimeFormat = tag.attrs["format"]
	case "tg-emoji":
		e.CustomEmojiID = tag.attrs["emoji-id"]
	case "code":
		if language, ok := strings.CutPrefix(tag.attrs["class"], "language-"); ok && len(p.open) > 0 {
			if outer := &p.open[len(p.open)-1]; outer.name == "pre" && outer.from == tag.from {
				outer.attrs["language"] = language
				return nil
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
	return nil
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

var htmlEntity = regexp.MustCompile(`^&(?:#(?:x([0-9A-Fa-f]*)|([0-9]*))|(lt|gt|amp|quot)(?:[^A-Za-z]|$))`)

// unescape decodes the HTML entity at the start of a text: four names and all numbers, with or without the semicolon.
// Anything else stays as it is.
func unescape(text string) (string, int) {
	text = text[:min(len(text), 12)]
	m := htmlEntity.FindStringSubmatch(text)
	if m == nil {
		return "&", 1
	}
	char, n := map[string]string{"lt": "<", "gt": ">", "amp": "&", "quot": `"`}[m[3]], len("&")+len(m[3])
	if m[3] == "" {
		digits, base := m[1], 16
		if digits == "" {
			digits, base = m[2], 10
		}
		code, err := strconv.ParseUint(digits, base, 32)
		n = len(m[0])
		if err != nil || code == 0 || code >= 0x10ffff || n >= 10 || !utf8.ValidRune(rune(code)) {
			return "&", 1
		}
		char = string(rune(code))
	}
	if n < len(text) && text[n] == ';' {
		n++
	}
	return char, n
}
