package telegramtest

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"
)

const (
	maxText    = 4096 // UTF-16 units after entity parsing
	maxCaption = 1024
	maxAlbum   = 10
)

// text reads a text field with its parse_mode or explicit entities, as formatted text.
func (s *Server) text(c *call, field, entitiesField string) (string, []Entity, *apiError) {
	var explicit []Entity
	if err := c.json(entitiesField, &explicit); err != nil {
		return "", nil, err
	}
	return s.format(c.params[field], c.params["parse_mode"], explicit)
}

// format parses, cleans and completes a text: markup becomes entities, outer white space goes, links and commands are
// found.
func (s *Server) format(text, mode string, explicit []Entity) (string, []Entity, *apiError) {
	if strings.Contains(text, s.opt.Token) {
		s.notes = append(s.notes, "a text carries the bot's token")
	}
	if len(text) > 1<<15 {
		return "", nil, badRequest("text is too long")
	}
	entities := explicit
	switch strings.ToLower(mode) {
	case "":
	case "html":
		var err error
		if text, entities, err = parseHTML(text, s.opt.Older.NoTgTime); err != nil {
			return "", nil, badRequest("can't parse entities: " + err.Error())
		}
	default:
		return "", nil, badRequest("unsupported parse_mode")
	}
	text, entities = clean(text, entities)
	return text, findEntities(text, entities), nil
}

func utf16Len(text string) int {
	n := 0
	for _, r := range text {
		n += utf16.RuneLen(r)
	}
	return n
}

// caption reads the caption fields into a message.
func (s *Server) caption(c *call, m *Message) *apiError {
	text, entities, err := s.text(c, "caption", "caption_entities")
	if err != nil {
		return err
	}
	return setCaption(m, text, entities)
}

func setCaption(m *Message, text string, entities []Entity) *apiError {
	if utf16Len(text) > maxCaption {
		return badRequest("message caption is too long")
	}
	m.Caption, m.CaptionEntities = text, entities
	return nil
}

// send completes a message with what all send methods share and puts it into the chat.
func (s *Server) send(c *call, fill func(*Message) *apiError) (any, *apiError) {
	chat, err := s.target(c)
	if err != nil {
		return nil, err
	}
	m := &Message{}
	if err := fill(m); err != nil {
		return nil, err
	}
	if err := s.common(c, chat, m); err != nil {
		return nil, err
	}
	if err := s.flood(chat); err != nil {
		return nil, err
	}
	s.post(chat, m)
	return m, nil
}

// common reads reply_markup, reply_parameters and the flags.
func (s *Server) common(c *call, chat *Chat, m *Message) *apiError {
	markup, err := s.markup(c)
	if err != nil {
		return err
	}
	m.ReplyMarkup = markup.inline
	if err := m.payFirst(); err != nil {
		return err
	}
	if err := s.replyTo(c, chat, m); err != nil {
		return err
	}
	m.HasProtectedContent = c.bool("protect_content")
	if effect := c.params["message_effect_id"]; effect != "" {
		if chat.user == nil {
			return badRequest("EFFECT_ID_INVALID")
		}
		m.EffectID = effect
	}
	chat.applyReplyKeyboard(markup)
	return nil
}

func (s *Server) replyTo(c *call, chat *Chat, m *Message) *apiError {
	reply := struct {
		MessageID int  `json:"message_id"`
		Anyway    bool `json:"allow_sending_without_reply"`
	}{int(c.int("reply_to_message_id")), c.bool("allow_sending_without_reply")}
	if err := c.json("reply_parameters", &reply); err != nil {
		return err
	}
	if reply.MessageID == 0 {
		return nil
	}
	to := chat.at(reply.MessageID)
	if to == nil && !reply.Anyway {
		return badRequest("message to be replied not found")
	}
	if to != nil {
		flat := *to.msg
		flat.ReplyToMessage = nil
		m.ReplyToMessage = &flat
	}
	return nil
}

// post numbers and dates a message of the bot and puts it into the chat.
func (s *Server) post(chat *Chat, m *Message) {
	m.From = &s.bot
	chat.add(m)
}

func sendMessage(s *Server, c *call) (any, *apiError) {
	return s.send(c, func(m *Message) *apiError {
		text, entities, err := s.messageText(c)
		m.Text, m.Entities = text, entities
		return err
	})
}

func (s *Server) messageText(c *call) (string, []Entity, *apiError) {
	if c.params["text"] == "" {
		return "", nil, badRequest("message text is empty")
	}
	text, entities, err := s.text(c, "text", "entities")
	switch {
	case err != nil:
		return "", nil, err
	case text == "":
		return "", nil, badRequest("text must be non-empty")
	case utf16Len(text) > maxText:
		return "", nil, badRequest("message is too long")
	}
	return text, entities, nil
}

func sendPhoto(s *Server, c *call) (any, *apiError) {
	return s.send(c, func(m *Message) *apiError {
		if err := s.caption(c, m); err != nil {
			return err
		}
		return s.attach(m, c, "photo", "photo", c.params["photo"])
	})
}

func sendDocument(s *Server, c *call) (any, *apiError) {
	return s.send(c, func(m *Message) *apiError {
		if err := s.caption(c, m); err != nil {
			return err
		}
		return s.attach(m, c, "document", "document", c.params["document"])
	})
}

func sendLocation(s *Server, c *call) (any, *apiError) {
	return s.send(c, func(m *Message) *apiError {
		var err *apiError
		m.Location, err = location(c)
		return err
	})
}

func sendVenue(s *Server, c *call) (any, *apiError) {
	return s.send(c, func(m *Message) *apiError {
		at, err := location(c)
		if err != nil {
			return err
		}
		if c.params["title"] == "" || c.params["address"] == "" {
			return badRequest("venue title and address must be non-empty")
		}
		m.Location = at
		m.Venue = &Venue{*at, c.params["title"], c.params["address"]}
		return nil
	})
}

func location(c *call) (*Location, *apiError) {
	lat, err := strconv.ParseFloat(c.params["latitude"], 64)
	long, err2 := strconv.ParseFloat(c.params["longitude"], 64)
	if err != nil || err2 != nil || lat < -90 || lat > 90 || long < -180 || long > 180 {
		return nil, badRequest("wrong latitude or longitude specified")
	}
	return &Location{lat, long}, nil
}

// inputMedia is an item of sendMediaGroup and editMessageMedia.
type inputMedia struct {
	Type            string   `json:"type"`
	Media           string   `json:"media"`
	Caption         string   `json:"caption"`
	ParseMode       string   `json:"parse_mode"`
	CaptionEntities []Entity `json:"caption_entities"`
}

// media makes the content of a message from an item.
func (s *Server) media(c *call, in inputMedia, m *Message) *apiError {
	if in.Type != "photo" && in.Type != "document" {
		return badRequest("can't parse InputMedia: unsupported type " + strconv.Quote(in.Type))
	}
	text, entities, err := s.format(in.Caption, in.ParseMode, in.CaptionEntities)
	if err != nil {
		return err
	}
	if err := setCaption(m, text, entities); err != nil {
		return err
	}
	return s.attach(m, c, in.Type, "media", in.Media)
}

func sendMediaGroup(s *Server, c *call) (any, *apiError) {
	chat, err := s.target(c)
	if err != nil {
		return nil, err
	}
	var items []inputMedia
	if json.Unmarshal([]byte(c.params["media"]), &items) != nil {
		return nil, badRequest("can't parse media JSON object")
	}
	switch {
	case len(items) == 0:
		return nil, badRequest("there are no media to send")
	case len(items) > maxAlbum:
		return nil, badRequest("too many messages to send as an album")
	}
	album := make([]*Message, len(items))
	for i, item := range items {
		m := &Message{}
		if item.Type != items[0].Type {
			return nil, badRequest("document can't be mixed with other media types")
		}
		if err := s.media(c, item, m); err != nil {
			return nil, err
		}
		if err := s.common(c, chat, m); err != nil {
			return nil, err
		}
		m.ReplyMarkup = nil // albums cannot carry one
		album[i] = m
	}
	if err := s.flood(chat); err != nil {
		return nil, err
	}
	group := strconv.FormatInt(13_000_000_000+s.rev, 10)
	for _, m := range album {
		m.MediaGroupID = group
		s.post(chat, m)
	}
	return album, nil
}
