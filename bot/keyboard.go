package bot

import (
	"html"
	"regexp"
	"unicode/utf16"

	"github.com/go-telegram/bot/models"

	"boxoffice/tickets"
)

// Style colours a button; clients and servers that do not know it show an ordinary one.
type Style string

// The styles.
const (
	StyleNone    Style = ""
	StylePrimary Style = "primary"
	StyleSuccess Style = "success"
	StyleDanger  Style = "danger"
)

// NoOp is the callback data of a disabled button where the Bot API does not know such: its press is answered with
// nothing.
const NoOp = "-"

// Button is under a message. Exactly one of Data, URL, Copy and Disabled says what pressing it does.
type Button struct {
	Text     string
	Data     string // comes back as callback data; 1–64 bytes
	URL      string
	Copy     string // goes to the clipboard; 1–256 characters
	Disabled bool
	Style    Style
}

// Keyboard is rows of buttons. Empty means none: an edit with an empty keyboard takes the buttons away.
type Keyboard [][]Button

// Limits of the Bot API.
const (
	maxData    = 64   // bytes of callback data
	maxText    = 4096 // UTF-16 units, tags aside
	maxCaption = 1024
	maxToast   = 200
)

// markup returns the Bot API's form, nil for an empty keyboard, or fails with Invalid.
func (k Keyboard) markup() (models.ReplyMarkup, error) {
	if len(k) == 0 {
		return nil, nil
	}
	rows := make([][]models.InlineKeyboardButton, 0, len(k))
	for _, row := range k {
		out := make([]models.InlineKeyboardButton, 0, len(row))
		for _, b := range row {
			button, err := b.model()
			if err != nil {
				return nil, err
			}
			out = append(out, button)
		}
		if len(out) > 0 {
			rows = append(rows, out)
		}
	}
	return &models.InlineKeyboardMarkup{InlineKeyboard: rows}, nil
}

func (b Button) model() (models.InlineKeyboardButton, error) {
	m := models.InlineKeyboardButton{Text: b.Text, Style: string(b.Style), URL: b.URL, CallbackData: b.Data}
	acts := 0
	for _, set := range []bool{b.Data != "", b.URL != "", b.Copy != "", b.Disabled} {
		if set {
			acts++
		}
	}
	switch {
	case b.Text == "":
		return m, tickets.Refuse(tickets.Invalid, "button without text")
	case acts != 1:
		return m, tickets.Refuse(tickets.Invalid, "button %q does %d things, not one", b.Text, acts)
	case len(b.Data) > maxData:
		return m, tickets.Refuse(tickets.Invalid, "button %q carries %d bytes, more than %d", b.Text, len(b.Data), maxData)
	}
	if b.Copy != "" {
		m.CopyText = &models.CopyTextButton{Text: b.Copy}
	}
	if b.Disabled {
		m.Disabled = &models.DisabledButton{}
	}
	return m, nil
}

var anyTag = regexp.MustCompile(`</?[a-zA-Z][^>]*>`)

// length is the size of a text in HTML as the Bot API counts it: UTF-16 units without tags.
func length(text string) int {
	n := 0
	for _, r := range html.UnescapeString(anyTag.ReplaceAllString(text, "")) {
		n += utf16.RuneLen(r)
	}
	return n
}
