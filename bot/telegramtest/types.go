package telegramtest

// The JSON objects of the Bot API, cut to the fields this package fills. Names and meaning:
// https://core.telegram.org/bots/api#available-types.

// Profile is Telegram's User object: who somebody is.
type Profile struct {
	ID           int64  `json:"id"`
	IsBot        bool   `json:"is_bot"`
	FirstName    string `json:"first_name"`
	LastName     string `json:"last_name,omitempty"`
	Username     string `json:"username,omitempty"`
	LanguageCode string `json:"language_code,omitempty"`
}

// ChatInfo is Telegram's Chat object as it stands inside messages.
type ChatInfo struct {
	ID        int64  `json:"id"`
	Type      string `json:"type"` // private, group or supergroup
	Title     string `json:"title,omitempty"`
	Username  string `json:"username,omitempty"`
	FirstName string `json:"first_name,omitempty"`
	LastName  string `json:"last_name,omitempty"`
}

// Entity marks a part of a text; offset and length are in UTF-16 units.
type Entity struct {
	Type           string `json:"type"`
	Offset         int    `json:"offset"`
	Length         int    `json:"length"`
	URL            string `json:"url,omitempty"`
	Language       string `json:"language,omitempty"`
	UnixTime       int64  `json:"unix_time,omitempty"`
	DateTimeFormat string `json:"date_time_format,omitempty"`
	CustomEmojiID  string `json:"custom_emoji_id,omitempty"`
}

// PhotoSize is one size of a photo. The emulator keeps the original size only.
type PhotoSize struct {
	FileID       string `json:"file_id"`
	FileUniqueID string `json:"file_unique_id"`
	Width        int    `json:"width"`
	Height       int    `json:"height"`
	FileSize     int    `json:"file_size,omitempty"`
}

// Document is a file that is not a photo.
type Document struct {
	FileID       string `json:"file_id"`
	FileUniqueID string `json:"file_unique_id"`
	FileName     string `json:"file_name,omitempty"`
	MimeType     string `json:"mime_type,omitempty"`
	FileSize     int    `json:"file_size,omitempty"`
}

// Location is a point in degrees.
type Location struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// Venue is a place with a name.
type Venue struct {
	Location Location `json:"location"`
	Title    string   `json:"title"`
	Address  string   `json:"address"`
}

// Contact is a shared telephone number.
type Contact struct {
	PhoneNumber string `json:"phone_number"`
	FirstName   string `json:"first_name"`
	UserID      int64  `json:"user_id,omitempty"`
}

// Message is a message as the bot sees it. A *Message handed out by this package is never changed afterwards: an edit
// makes a new one.
type Message struct {
	MessageID           int         `json:"message_id"`
	From                *Profile    `json:"from,omitempty"`
	Chat                ChatInfo    `json:"chat"`
	Date                int64       `json:"date"`
	EditDate            int64       `json:"edit_date,omitempty"`
	ReplyToMessage      *Message    `json:"reply_to_message,omitempty"`
	ViaBot              *Profile    `json:"via_bot,omitempty"`
	HasProtectedContent bool        `json:"has_protected_content,omitempty"`
	MediaGroupID        string      `json:"media_group_id,omitempty"`
	EffectID            string      `json:"effect_id,omitempty"`
	Text                string      `json:"text,omitempty"`
	Entities            []Entity    `json:"entities,omitempty"`
	Caption             string      `json:"caption,omitempty"`
	CaptionEntities     []Entity    `json:"caption_entities,omitempty"`
	Photo               []PhotoSize `json:"photo,omitempty"`
	Document            *Document   `json:"document,omitempty"`
	Location            *Location   `json:"location,omitempty"`
	Venue               *Venue      `json:"venue,omitempty"`
	Contact             *Contact    `json:"contact,omitempty"`
	NewChatMembers      []Profile   `json:"new_chat_members,omitempty"`
	LeftChatMember      *Profile    `json:"left_chat_member,omitempty"`
	MigrateToChatID     int64       `json:"migrate_to_chat_id,omitempty"`
	MigrateFromChatID   int64       `json:"migrate_from_chat_id,omitempty"`
	PinnedMessage       *Message    `json:"pinned_message,omitempty"`
	ReplyMarkup         *Keyboard   `json:"reply_markup,omitempty"`

	Invoice           *Invoice           `json:"invoice,omitempty"`
	SuccessfulPayment *SuccessfulPayment `json:"successful_payment,omitempty"`
	RefundedPayment   *RefundedPayment   `json:"refunded_payment,omitempty"`
}

// Body is the message's text, or its caption when it carries media.
func (m *Message) Body() string {
	if m.Text != "" {
		return m.Text
	}
	return m.Caption
}

// Keyboard is an inline keyboard.
type Keyboard struct {
	Rows [][]Button `json:"inline_keyboard"`
}

// Button is a button of an inline keyboard. Exactly one of the fields after Style says what it does.
type Button struct {
	Text             string    `json:"text"`
	Style            string    `json:"style,omitempty"` // danger, success, primary or empty
	URL              string    `json:"url,omitempty"`
	CallbackData     string    `json:"callback_data,omitempty"`
	WebApp           *WebApp   `json:"web_app,omitempty"`
	LoginURL         *LoginURL `json:"login_url,omitempty"`
	SwitchInline     *string   `json:"switch_inline_query,omitempty"`
	SwitchInlineHere *string   `json:"switch_inline_query_current_chat,omitempty"`
	CopyText         *CopyText `json:"copy_text,omitempty"`
	Pay              bool      `json:"pay,omitempty"`
	Disabled         *struct{} `json:"disabled,omitempty"`
}

// WebApp is the target of a button that opens a Mini App.
type WebApp struct {
	URL string `json:"url"`
}

// LoginURL is the target of a button that logs the user in.
type LoginURL struct {
	URL string `json:"url"`
}

// CopyText is the text a button puts on the clipboard.
type CopyText struct {
	Text string `json:"text"`
}

// Command is one line of a bot's command menu.
type Command struct {
	Command     string `json:"command"`
	Description string `json:"description"`
}

// CallbackQuery is a press of a callback button on its way to the bot.
type CallbackQuery struct {
	ID              string   `json:"id"`
	From            Profile  `json:"from"`
	Message         *Message `json:"message,omitempty"`
	InlineMessageID string   `json:"inline_message_id,omitempty"`
	ChatInstance    string   `json:"chat_instance"`
	Data            string   `json:"data,omitempty"`
}

// InlineQuery is a question typed after the bot's name in any chat.
type InlineQuery struct {
	ID       string  `json:"id"`
	From     Profile `json:"from"`
	Query    string  `json:"query"`
	Offset   string  `json:"offset"`
	ChatType string  `json:"chat_type,omitempty"`
}

// Member is Telegram's ChatMember: somebody's standing in a chat.
type Member struct {
	Status    string  `json:"status"` // creator, administrator, member, left or kicked
	User      Profile `json:"user"`
	UntilDate *int64  `json:"until_date,omitempty"` // required by clients when Status is kicked
}

// MemberUpdated tells that a member's standing changed.
type MemberUpdated struct {
	Chat ChatInfo `json:"chat"`
	From Profile  `json:"from"`
	Date int64    `json:"date"`
	Old  Member   `json:"old_chat_member"`
	New  Member   `json:"new_chat_member"`
}

// Update is one event for the bot.
type Update struct {
	UpdateID      int64          `json:"update_id"`
	Message       *Message       `json:"message,omitempty"`
	EditedMessage *Message       `json:"edited_message,omitempty"`
	CallbackQuery *CallbackQuery `json:"callback_query,omitempty"`
	InlineQuery   *InlineQuery   `json:"inline_query,omitempty"`
	MyChatMember  *MemberUpdated `json:"my_chat_member,omitempty"`
	PreCheckout   *PreCheckout   `json:"pre_checkout_query,omitempty"`
	ChatMember    *MemberUpdated `json:"chat_member,omitempty"`
}
