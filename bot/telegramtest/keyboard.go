package telegramtest

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
)

// ReplyKeyboard replaces the user's letters by ready answers, below the chat.
type ReplyKeyboard struct {
	Rows        [][]ReplyButton `json:"keyboard"`
	OneTime     bool            `json:"one_time_keyboard,omitempty"`
	Placeholder string          `json:"input_field_placeholder,omitempty"`
}

// ReplyButton sends its text, or the user's contact, when pressed.
type ReplyButton struct {
	Text           string `json:"text"`
	RequestContact bool   `json:"request_contact,omitempty"`
}

// UnmarshalJSON accepts a bare string for a button, as Telegram does.
func (b *ReplyButton) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		return json.Unmarshal(raw, &b.Text)
	}
	type plain ReplyButton
	return json.Unmarshal(raw, (*plain)(b))
}

// markup is a decoded reply_markup: an inline keyboard, or one of the others.
type markup struct {
	inline *Keyboard
	other  bool
	reply  *ReplyKeyboard
	remove bool
}

// applyReplyKeyboard shows or hides the keyboard below the chat.
func (c *Chat) applyReplyKeyboard(m markup) {
	switch {
	case m.remove:
		c.replyKeyboard = nil
	case m.reply != nil:
		c.replyKeyboard = m.reply
	}
}

const noAction = "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"

func (s *Server) markup(c *call) (markup, *apiError) {
	raw := c.params["reply_markup"]
	if raw == "" {
		return markup{}, nil
	}
	var in struct {
		Inline *[][]Button      `json:"inline_keyboard"`
		Reply  *[][]ReplyButton `json:"keyboard"`
		Remove bool             `json:"remove_keyboard"`
		Force  bool             `json:"force_reply"`
		ReplyKeyboard
	}
	if json.Valid([]byte(raw)) && raw[0] != '{' {
		return markup{}, badRequest("object expected as reply markup")
	}
	if json.Unmarshal([]byte(raw), &in) != nil {
		return markup{}, badRequest("can't parse reply keyboard markup JSON object")
	}
	switch {
	case in.Inline != nil:
		k, err := s.keyboard(*in.Inline)
		return markup{inline: k}, err
	case in.Reply != nil:
		return markup{other: true, reply: &ReplyKeyboard{*in.Reply, in.OneTime, in.Placeholder}}, nil
	}
	return markup{other: true, remove: in.Remove}, nil
}

// maxRow is where Telegram silently cuts a row of buttons.
const maxRow = 12

// keyboard checks an inline keyboard; an empty one is none. What Telegram drops in silence becomes a problem.
func (s *Server) keyboard(rows [][]Button) (*Keyboard, *apiError) {
	var k Keyboard
	total := 0
	for _, row := range rows {
		var kept []Button
		for i := range row {
			if row[i].Text == "" {
				s.notes = append(s.notes, "a button without text was dropped")
				continue
			}
			if err := s.button(&row[i]); err != nil {
				return nil, err
			}
			kept = append(kept, row[i])
		}
		if len(kept) > maxRow {
			s.notes = append(s.notes, "a row of buttons was cut to "+strconv.Itoa(maxRow))
			kept = kept[:maxRow]
		}
		if total += len(kept); len(kept) > 0 {
			k.Rows = append(k.Rows, kept)
		}
	}
	switch {
	case total == 0:
		return nil, nil
	case total > 100:
		return nil, badRequest("reply markup is too long")
	}
	return &k, nil
}

// button checks one button and completes it.
func (s *Server) button(b *Button) *apiError {
	if s.opt.Older.NoStyle {
		b.Style = ""
	}
	if s.opt.Older.NoDisabled {
		b.Disabled = nil
	}
	switch b.Style {
	case "", "danger", "success", "primary":
	default:
		return badRequest("can't parse inline keyboard button: invalid button style specified")
	}
	switch {
	case b.URL != "":
		return s.buttonURL(b.URL)
	case b.CallbackData != "": // an empty one counts as missing
		if len(b.CallbackData) > 64 {
			return badRequest("BUTTON_DATA_INVALID")
		}
	case b.WebApp != nil:
		if !strings.HasPrefix(b.WebApp.URL, "https://") {
			return badRequest("inline keyboard button Web App URL '" + b.WebApp.URL + "' is invalid: Only HTTPS links are allowed")
		}
	case b.CopyText != nil:
		if n := utf16Len(b.CopyText.Text); n < 1 || n > 256 {
			return badRequest("BUTTON_COPY_TEXT_INVALID")
		}
	case b.LoginURL != nil, b.SwitchInline != nil, b.SwitchInlineHere != nil, b.Disabled != nil:
	case b.Pay && s.billing:
	case b.Pay:
		return badRequest("BUTTON_TYPE_INVALID") // only on invoices
	default:
		return badRequest(noAction)
	}
	return nil
}

func (s *Server) buttonURL(address string) *apiError {
	if strings.Contains(address, s.opt.Token) {
		s.notes = append(s.notes, "a button's address carries the bot's token")
	}
	why := checkLink(address)
	if why == "" || why == wrongURL && s.opt.AnyButtonURL {
		return nil
	}
	return badRequest("inline keyboard button URL '" + address + "' is invalid: " + why)
}

const wrongURL = "Wrong HTTP URL"

// checkLink says what Telegram has against an address, "" when nothing (td/telegram/LinkManager.cpp, check_link_impl).
func checkLink(address string) string {
	if !strings.Contains(address, "://") && !strings.HasPrefix(address, "tg:") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil {
		return wrongURL
	}
	switch u.Scheme {
	case "tg", "ton", "tonsite":
		return ""
	case "http", "https":
	default:
		return "Unsupported URL protocol"
	}
	if host := u.Hostname(); !strings.Contains(host, ".") && !strings.Contains(host, ":") {
		return wrongURL
	}
	return ""
}
