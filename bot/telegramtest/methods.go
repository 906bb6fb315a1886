package telegramtest

import (
	"slices"
	"strconv"
	"strings"
)

type method func(*Server, *call) (any, *apiError)

// methodTable lists the calls a bot can make, by lower-case name. They run one at a time under Server.mu; getUpdates,
// the one that waits, stands apart.
func methodTable() map[string]method {
	return map[string]method{
		"getme":          func(s *Server, _ *call) (any, *apiError) { return s.me(), nil },
		"setwebhook":     setWebhook,
		"deletewebhook":  deleteWebhook,
		"getwebhookinfo": getWebhookInfo,
		"logout":         yes,
		"close":          yes,

		"sendmessage":    sendMessage,
		"sendphoto":      sendPhoto,
		"senddocument":   sendDocument,
		"sendmediagroup": sendMediaGroup,
		"sendlocation":   sendLocation,
		"sendvenue":      sendVenue,
		"sendchataction": sendChatAction,

		"editmessagetext":        editMessageText,
		"editmessagecaption":     editMessageCaption,
		"editmessagemedia":       editMessageMedia,
		"editmessagereplymarkup": editMessageReplyMarkup,
		"deletemessage":          deleteMessage,
		"deletemessages":         deleteMessages,
		"pinchatmessage":         pinChatMessage,
		"unpinchatmessage":       unpinChatMessage,

		"answercallbackquery": answerCallbackQuery,
		"answerinlinequery":   answerInlineQuery,

		"sendinvoice":            sendInvoice,
		"createinvoicelink":      createInvoiceLink,
		"answerprecheckoutquery": answerPreCheckoutQuery,
		"refundstarpayment":      refundStarPayment,
		"getstartransactions":    getStarTransactions,
		"getmystarbalance":       getMyStarBalance,

		"getfile": getFile,

		"getchat":               getChat,
		"getchatmember":         getChatMember,
		"getchatadministrators": getChatAdministrators,
		"getchatmembercount":    getChatMemberCount,
		"leavechat":             leaveChat,

		"setmycommands":         setMyCommands,
		"getmycommands":         getMyCommands,
		"deletemycommands":      deleteMyCommands,
		"setmyname":             setMyText("name", 64),
		"getmyname":             getMyText("name"),
		"setmydescription":      setMyText("description", 512),
		"getmydescription":      getMyText("description"),
		"setmyshortdescription": setMyText("short_description", 120),
		"getmyshortdescription": getMyText("short_description"),
		"setchatmenubutton":     setChatMenuButton,
		"getchatmenubutton":     getChatMenuButton,
	}
}

func yes(*Server, *call) (any, *apiError) { return true, nil }

func (s *Server) me() any {
	return struct {
		Profile
		CanJoin   bool `json:"can_join_groups"`
		ReadsAll  bool `json:"can_read_all_group_messages"`
		HasInline bool `json:"supports_inline_queries"`
	}{s.bot, true, false, true}
}

// target finds the chat a call is for and refuses the ones the bot cannot reach.
func (s *Server) target(c *call) (*Chat, *apiError) {
	chat, err := s.find(c)
	if err != nil {
		return nil, err
	}
	if err := chat.reachable(); err != nil {
		return nil, err
	}
	return chat, nil
}

// find resolves chat_id, a number or "@name".
func (s *Server) find(c *call) (*Chat, *apiError) {
	id := c.params["chat_id"]
	if id == "" {
		return nil, badRequest("chat_id is empty")
	}
	var chat *Chat
	if name, ok := strings.CutPrefix(id, "@"); ok {
		chat = s.names[strings.ToLower(name)]
		if chat != nil && chat.user != nil {
			chat = nil // people are found by number only
		}
	} else if n, err := strconv.ParseInt(id, 10, 64); err == nil {
		chat = s.chats[n]
	}
	if chat == nil {
		return nil, badRequest("chat not found")
	}
	return chat, nil
}

func (c *Chat) reachable() *apiError {
	switch {
	case c.migratedTo != 0:
		err := badRequest("group chat was upgraded to a supergroup chat")
		err.MigrateTo = c.migratedTo
		return err
	case c.user != nil && c.user.deactivated:
		return forbidden("user is deactivated")
	case c.user != nil && c.user.blocked:
		return forbidden("bot was blocked by the user")
	case c.user != nil && !c.started:
		return c.unmet()
	case c.user == nil && c.botStatus == "kicked":
		return forbidden("bot was kicked from the " + c.info.Type + " chat")
	case c.user == nil && c.botStatus == "left":
		return forbidden("bot is not a member of the " + c.info.Type + " chat")
	}
	return nil
}

// unmet is the refusal to write to somebody who never wrote to the bot: known from a common group, or not at all.
func (c *Chat) unmet() *apiError {
	for _, room := range c.s.chats {
		if room.members[c.user.ID] != "" && (room.botStatus == "member" || room.botStatus == "administrator") {
			return forbidden("bot can't initiate conversation with a user")
		}
	}
	return badRequest("chat not found")
}

func getChat(s *Server, c *call) (any, *apiError) {
	chat, err := s.find(c)
	if err != nil {
		return nil, err
	}
	full := struct {
		ChatInfo
		AccentColor  int      `json:"accent_color_id"`
		MaxReactions int      `json:"max_reaction_count"`
		Pinned       *Message `json:"pinned_message,omitempty"`
		Username     []string `json:"active_usernames,omitempty"`
	}{ChatInfo: chat.info, MaxReactions: 11, Pinned: chat.pinned}
	if chat.info.Username != "" {
		full.Username = []string{chat.info.Username}
	}
	return full, chat.gone()
}

// gone is reachable without the rules that only stop sending.
func (c *Chat) gone() *apiError {
	if c.user != nil || c.migratedTo != 0 {
		return nil
	}
	return c.reachable()
}

func getChatMember(s *Server, c *call) (any, *apiError) {
	chat, err := s.find(c)
	if err == nil {
		err = chat.gone()
	}
	if err != nil {
		return nil, err
	}
	id := c.int("user_id")
	if id == s.bot.ID {
		return chat.botMember(), nil
	}
	u := s.users[id]
	if u == nil {
		return nil, badRequest("PARTICIPANT_ID_INVALID")
	}
	return chat.member(u), nil
}

func getChatAdministrators(s *Server, c *call) (any, *apiError) {
	chat, err := s.find(c)
	if err == nil {
		err = chat.gone()
	}
	if err != nil {
		return nil, err
	}
	if chat.info.Type == "private" {
		return nil, badRequest("there are no administrators in the private chat")
	}
	admins := []Member{}
	for _, u := range chat.sortedMembers() {
		if m := chat.member(u); m.Status == "creator" || m.Status == "administrator" {
			admins = append(admins, m)
		}
	}
	if chat.botStatus == "administrator" {
		admins = append(admins, chat.botMember())
	}
	return admins, nil
}

func getChatMemberCount(s *Server, c *call) (any, *apiError) {
	chat, err := s.find(c)
	if err != nil {
		return nil, err
	}
	if chat.user != nil {
		return 2, nil
	}
	return len(chat.members) + 1, nil
}

func leaveChat(s *Server, c *call) (any, *apiError) {
	chat, err := s.target(c)
	if err != nil {
		return nil, err
	}
	if chat.user != nil {
		return nil, badRequest("chat member status can't be changed in private chats")
	}
	chat.setBot("left", s.bot)
	return true, nil
}

func pinChatMessage(s *Server, c *call) (any, *apiError) {
	chat, err := s.target(c)
	if err != nil {
		return nil, err
	}
	m := chat.at(int(c.int("message_id")))
	if m == nil {
		return nil, badRequest("message to pin not found")
	}
	if chat.user == nil && chat.botStatus != "administrator" {
		return nil, badRequest("not enough rights to manage pinned messages in the chat")
	}
	chat.pinned = m.msg
	s.touch(chat)
	return true, nil
}

func unpinChatMessage(s *Server, c *call) (any, *apiError) {
	chat, err := s.target(c)
	if err != nil {
		return nil, err
	}
	chat.pinned = nil
	s.touch(chat)
	return true, nil
}

// chatActions are the ones Telegram knows.
var chatActions = []string{
	"typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
	"upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note",
}

func sendChatAction(s *Server, c *call) (any, *apiError) {
	chat, err := s.target(c)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(chatActions, c.params["action"]) {
		return nil, badRequest("wrong parameter action in request")
	}
	chat.typing = s.now()
	wake(&chat.changed)
	wake(&s.changed)
	return true, nil
}
