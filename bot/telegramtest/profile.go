package telegramtest

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// botProfile is what the bot says about itself, by language.
type botProfile struct {
	Texts    map[string]map[string]string // field, language
	Commands map[string][]Command         // scope and language, see commandKey
	Menus    map[int64]json.RawMessage    // menu button by chat, 0 is the default
}

func (p *botProfile) init(name string) {
	p.Texts = map[string]map[string]string{"name": {"": name}, "description": {}, "short_description": {}}
	p.Commands = map[string][]Command{}
	p.Menus = map[int64]json.RawMessage{}
}

type commandScope struct {
	Type   string      `json:"type"`
	ChatID json.Number `json:"chat_id"`
	UserID int64       `json:"user_id"`
}

func commandKey(scope string, chat, user int64, language string) string {
	return fmt.Sprintf("%s/%d/%d/%s", scope, chat, user, language)
}

// scopeKey reads the scope and language of a commands call.
func scopeKey(c *call) (string, *apiError) {
	scope := commandScope{Type: "default"}
	if err := c.json("scope", &scope); err != nil {
		return "", err
	}
	chat, _ := scope.ChatID.Int64()
	language := c.params["language_code"]
	if err := checkLanguage(language); err != nil {
		return "", err
	}
	switch scope.Type {
	case "default", "all_private_chats", "all_group_chats", "all_chat_administrators":
		return commandKey(scope.Type, 0, 0, language), nil
	case "chat", "chat_administrators":
		if chat == 0 {
			return "", badRequest("chat_id is empty")
		}
		return commandKey(scope.Type, chat, 0, language), nil
	case "chat_member":
		return commandKey(scope.Type, chat, scope.UserID, language), nil
	}
	return "", badRequest("unsupported type specified")
}

func checkLanguage(code string) *apiError {
	if code != "" && (len(code) != 2 || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz") != "") {
		return badRequest("invalid language code specified")
	}
	return nil
}

func setMyCommands(s *Server, c *call) (any, *apiError) {
	key, err := scopeKey(c)
	if err != nil {
		return nil, err
	}
	var commands []Command
	if err := c.json("commands", &commands); err != nil {
		return nil, err
	}
	if len(commands) > 100 {
		return nil, badRequest("BOT_COMMANDS_TOO_MUCH")
	}
	for i := range commands {
		k := &commands[i]
		k.Command = strings.TrimPrefix(k.Command, "/")
		switch {
		case k.Command == "":
			return nil, badRequest("command must be non-empty")
		case utf8.RuneCountInString(k.Command) > 32:
			return nil, badRequest("command length must not exceed 32")
		case strings.Trim(k.Command, "abcdefghijklmnopqrstuvwxyz0123456789_") != "":
			return nil, badRequest("BOT_COMMAND_INVALID")
		case k.Description == "":
			return nil, badRequest("command description must be non-empty")
		case utf8.RuneCountInString(k.Description) > 256:
			return nil, badRequest("command description length must not exceed 256")
		}
	}
	if len(commands) == 0 {
		delete(s.profile.Commands, key)
	} else {
		s.profile.Commands[key] = commands
	}
	s.changedProfile()
	return true, nil
}

func getMyCommands(s *Server, c *call) (any, *apiError) {
	key, err := scopeKey(c)
	if err != nil {
		return nil, err
	}
	if commands := s.profile.Commands[key]; commands != nil {
		return commands, nil
	}
	return []Command{}, nil
}

func deleteMyCommands(s *Server, c *call) (any, *apiError) {
	key, err := scopeKey(c)
	if err != nil {
		return nil, err
	}
	delete(s.profile.Commands, key)
	s.changedProfile()
	return true, nil
}

// commandsFor is the menu a user sees in a chat: the narrowest scope wins, the user's language before none.
func (s *Server) commandsFor(chat *Chat, u *User) []Command {
	scopes := []string{"chat/%d/0/", "all_private_chats/0/0/", "default/0/0/"}
	if chat.user == nil {
		scopes = []string{"chat/%d/0/", "all_group_chats/0/0/", "default/0/0/"}
		if st := chat.members[u.ID]; st == "creator" || st == "administrator" {
			scopes = []string{
				"chat_administrators/%d/0/", "chat/%d/0/", "all_chat_administrators/0/0/",
				"all_group_chats/0/0/", "default/0/0/",
			}
		}
		scopes = append([]string{fmt.Sprintf("chat_member/%%d/%d/", u.ID)}, scopes...)
	}
	language, _, _ := strings.Cut(u.LanguageCode, "-")
	for _, scope := range scopes {
		if strings.Contains(scope, "%d") {
			scope = fmt.Sprintf(scope, chat.info.ID)
		}
		for _, l := range []string{language, ""} {
			if commands := s.profile.Commands[scope+l]; commands != nil {
				return commands
			}
		}
	}
	return nil
}

func setMyText(field string, limit int) func(*Server, *call) (any, *apiError) {
	return func(s *Server, c *call) (any, *apiError) {
		text := c.params[field]
		if err := checkLanguage(c.params["language_code"]); err != nil {
			return nil, err
		}
		if utf8.RuneCountInString(text) > limit {
			return nil, badRequest("the " + strings.ReplaceAll(field, "_", " ") + " is too long")
		}
		s.profile.Texts[field][c.params["language_code"]] = text
		s.changedProfile()
		return true, nil
	}
}

func getMyText(field string) func(*Server, *call) (any, *apiError) {
	return func(s *Server, c *call) (any, *apiError) {
		return map[string]string{field: s.profileText(field, c.params["language_code"])}, nil
	}
}

// profileText is a field in a language, or in the default one.
func (s *Server) profileText(field, language string) string {
	if text := s.profile.Texts[field][language]; text != "" {
		return text
	}
	return s.profile.Texts[field][""]
}

func setChatMenuButton(s *Server, c *call) (any, *apiError) {
	id := c.int("chat_id")
	if id != 0 && s.chats[id] == nil {
		return nil, badRequest("chat not found")
	}
	button := json.RawMessage(`{"type":"default"}`)
	if err := c.json("menu_button", &button); err != nil {
		return nil, err
	}
	s.profile.Menus[id] = button
	s.changedProfile()
	return true, nil
}

func getChatMenuButton(s *Server, c *call) (any, *apiError) {
	for _, id := range []int64{c.int("chat_id"), 0} {
		if button := s.profile.Menus[id]; button != nil {
			return button, nil
		}
	}
	return json.RawMessage(`{"type":"commands"}`), nil
}

// changedProfile wakes the page, which shows the command menu.
func (s *Server) changedProfile() {
	s.rev++
	wake(&s.changed)
	s.markSave()
}
