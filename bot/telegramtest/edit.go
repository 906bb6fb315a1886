package telegramtest

import (
	"encoding/json"
	"reflect"
	"time"
)

const notModified = "message is not modified: specified new message content and reply markup are exactly the same " +
	"as a current content and reply markup of the message"

// edit finds the bot's message, lets change work on a copy and replaces it. Without reply_markup the keyboard goes.
func (s *Server) edit(c *call, change func(*Message) *apiError) (any, *apiError) {
	if c.params["chat_id"] == "" && c.int("message_id") == 0 {
		if c.params["inline_message_id"] == "" {
			return nil, badRequest("message identifier is not specified")
		}
		return nil, badRequest("MESSAGE_ID_INVALID") // there are no inline messages here
	}
	chat, err := s.target(c)
	if err != nil {
		return nil, err
	}
	old := chat.at(int(c.int("message_id")))
	switch {
	case old == nil:
		return nil, badRequest("message to edit not found")
	case old.msg.From.ID != s.bot.ID:
		return nil, badRequest("message can't be edited")
	}
	next := *old.msg
	if err := change(&next); err != nil {
		return nil, err
	}
	markup, err := s.markup(c)
	if err != nil {
		return nil, err
	}
	if markup.other {
		return nil, badRequest("inline keyboard expected")
	}
	next.ReplyMarkup = markup.inline
	if reflect.DeepEqual(&next, old.msg) {
		return nil, badRequest(notModified)
	}
	if err := s.flood(chat); err != nil {
		return nil, err
	}
	next.EditDate = s.now().Unix()
	chat.replace(old, &next)
	return &next, nil
}

func (m *Message) hasMedia() bool { return len(m.Photo) > 0 || m.Document != nil }

func editMessageText(s *Server, c *call) (any, *apiError) {
	return s.edit(c, func(m *Message) *apiError {
		text, entities, err := s.messageText(c)
		if err != nil {
			return err
		}
		if m.Text == "" {
			return badRequest("there is no text in the message to edit")
		}
		m.Text, m.Entities = text, entities
		return nil
	})
}

func editMessageCaption(s *Server, c *call) (any, *apiError) {
	return s.edit(c, func(m *Message) *apiError {
		if !m.hasMedia() {
			return badRequest("there is no caption in the message to edit")
		}
		return s.caption(c, m)
	})
}

func editMessageReplyMarkup(s *Server, c *call) (any, *apiError) {
	return s.edit(c, func(*Message) *apiError { return nil })
}

// editMessageMedia also turns a text into a media message.
func editMessageMedia(s *Server, c *call) (any, *apiError) {
	return s.edit(c, func(m *Message) *apiError {
		var in inputMedia
		if json.Unmarshal([]byte(c.params["media"]), &in) != nil {
			return badRequest("can't parse media JSON object")
		}
		if !m.hasMedia() && m.Text == "" {
			return badRequest("message can't be edited")
		}
		m.Text, m.Entities, m.Photo, m.Document = "", nil, nil, nil
		return s.media(c, in, m)
	})
}

// deleteAge is how long a message can be deleted.
const deleteAge = 48 * time.Hour

func (s *Server) delete(chat *Chat, id int) *apiError {
	m := chat.at(id)
	switch {
	case m == nil:
		return badRequest("message to delete not found")
	case s.now().Sub(time.Unix(m.msg.Date, 0)) > deleteAge:
		return badRequest("message can't be deleted for everyone")
	case m.msg.From.ID != s.bot.ID && chat.user == nil && chat.botStatus != "administrator":
		return badRequest("message can't be deleted")
	}
	chat.remove(m)
	return nil
}

func deleteMessage(s *Server, c *call) (any, *apiError) {
	chat, err := s.target(c)
	if err != nil {
		return nil, err
	}
	id := int(c.int("message_id"))
	if id == 0 {
		return nil, badRequest("message identifier is not specified")
	}
	if err := s.delete(chat, id); err != nil {
		return nil, err
	}
	return true, nil
}

// deleteMessages skips what cannot be deleted, as Telegram does.
func deleteMessages(s *Server, c *call) (any, *apiError) {
	chat, err := s.target(c)
	if err != nil {
		return nil, err
	}
	var ids []int
	if json.Unmarshal([]byte(c.params["message_ids"]), &ids) != nil || len(ids) == 0 {
		return nil, badRequest("message identifiers are not specified")
	}
	if len(ids) > 100 {
		return nil, badRequest("too many messages to delete")
	}
	for _, id := range ids {
		_ = s.delete(chat, id)
	}
	return true, nil
}
