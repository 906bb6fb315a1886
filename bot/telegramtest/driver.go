package telegramtest

import (
	"fmt"
	"slices"
	"strings"
)

// User is a person with a Telegram account. Methods that expect something of the bot wait for it, and fail the test (or
// panic outside one) when it does not come within Options.Patience. Failing a test is for its own goroutine: in others
// use [User.TryPress] and [Chat.WaitFor], which return errors.
type User struct {
	Profile
	s           *Server
	blocked     bool
	deactivated bool
}

// AddUser registers a person with a private chat. Missing fields are filled: the id counts up, the name is "User". A
// person with the same id or username is returned as he is.
func (s *Server) AddUser(p Profile) *User {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.users[p.ID]; u != nil {
		return u
	}
	if c := s.names[strings.ToLower(p.Username)]; c != nil && p.Username != "" {
		return c.user
	}
	if p.ID == 0 {
		p.ID = s.nextUser
		s.nextUser++
	}
	def(&p.FirstName, "User")
	u := &User{Profile: p, s: s}
	s.users[p.ID] = u
	s.addChat(&Chat{s: s, user: u, info: ChatInfo{
		ID: p.ID, Type: "private", Username: p.Username, FirstName: p.FirstName, LastName: p.LastName,
	}})
	return u
}

// User finds a person by id, nil when unknown.
func (s *Server) User(id int64) *User {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.users[id]
}

// AddGroup makes a group; the first member created it. The bot is not in it: see [Chat.AddBot].
func (s *Server) AddGroup(title string, members ...*User) *Chat {
	return s.addRoom("group", title, members)
}

// AddSupergroup is [Server.AddGroup] for the large kind, with ids starting with -100.
func (s *Server) AddSupergroup(title string, members ...*User) *Chat {
	return s.addRoom("supergroup", title, members)
}

func (s *Server) addRoom(kind, title string, members []*User) *Chat {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.newGroup(kind, title)
	for i, u := range members {
		c.members[u.ID] = map[bool]string{true: "creator", false: "member"}[i == 0]
	}
	s.markSave()
	return c
}

func (s *Server) newGroup(kind, title string) *Chat {
	id := -s.nextChat
	if kind == "supergroup" {
		id -= 1_000_000_000_000
	}
	s.nextChat++
	c := &Chat{
		s: s, info: ChatInfo{ID: id, Type: kind, Title: title},
		members: map[int64]string{}, botStatus: "left",
	}
	s.addChat(c)
	return c
}

// addChat makes a chat known by id and name; the caller holds s.mu.
func (s *Server) addChat(c *Chat) {
	s.chats[c.info.ID] = c
	if c.info.Username != "" {
		s.names[strings.ToLower(c.info.Username)] = c
	}
}

// Chat finds a chat by id, nil when unknown.
func (s *Server) Chat(id int64) *Chat {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.chats[id]
}

// ChatTitled finds a group by its title, nil when unknown.
func (s *Server) ChatTitled(title string) *Chat {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.chats {
		if c.info.Title == title && c.migratedTo == 0 {
			return c
		}
	}
	return nil
}

// Join adds people to a group as members; the bot hears of it.
func (c *Chat) Join(users ...*User) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	for _, u := range users {
		c.members[u.ID] = "member"
		c.say(&Message{From: &u.Profile, NewChatMembers: []Profile{u.Profile}})
	}
}

// Chat is the person's private chat with the bot.
func (u *User) Chat() *Chat { return u.s.Chat(u.ID) }

// Send writes to the bot in the private chat, as if typed, and returns the message.
func (u *User) Send(text string) *Message { return u.SendIn(u.Chat(), text) }

// SendIn writes into a chat. In groups the bot hears commands meant for it, mentions and replies only, unless it is an
// administrator (privacy mode).
func (u *User) SendIn(c *Chat, text string) *Message { return u.Reply(c, text, nil) }

// Reply writes into a chat as an answer to a message; nil answers nothing.
func (u *User) Reply(c *Chat, text string, to *Message) *Message {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	m := &Message{From: &u.Profile, ReplyToMessage: to}
	m.Text, _ = clean(text, nil)
	m.Entities = findEntities(m.Text, nil)
	c.say(m)
	return m
}

// SendContact shares the person's telephone number in the private chat.
func (u *User) SendContact(phone string) *Message {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	m := &Message{From: &u.Profile, Contact: &Contact{phone, u.FirstName, u.ID}}
	u.s.chats[u.ID].say(m)
	return m
}

// SendPhoto sends a picture to the bot in the private chat.
func (u *User) SendPhoto(data []byte, caption string) *Message {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	m := &Message{From: &u.Profile, Caption: caption}
	f, err := u.s.store("photo", &upload{name: "photo.jpg", data: data})
	if err != nil {
		u.s.mu.Unlock()
		defer u.s.mu.Lock()
		u.s.fail("send photo: %s", err.Description)
		return nil
	}
	m.Photo = []PhotoSize{{f.ID, f.Unique, f.Width, f.Height, len(data)}}
	u.s.chats[u.ID].say(m)
	return m
}

// Query types text after the bot's name in the private chat; the answer comes from [InlineAnswer.Wait].
func (u *User) Query(text string) *InlineAnswer {
	s := u.s
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &InlineAnswer{s: s, ID: s.queryID(), ready: make(chan struct{})}
	s.queries[a.ID] = a
	s.push("inline_query", inlineKey(u.ID), inlineLife, &Update{InlineQuery: &InlineQuery{
		ID: a.ID, From: u.Profile, Query: text, ChatType: "sender",
	}})
	return a
}

// say puts a person's message into the chat and passes it to the bot if it may hear it. The caller holds s.mu.
func (c *Chat) say(m *Message) {
	if c.user != nil && c.user.blocked {
		c.user.setBlocked(false) // writing unblocks
	}
	c.started = true
	c.add(m)
	if c.user != nil || c.hears(m) {
		c.s.push("message", c.info.ID, messageLife, &Update{Message: m})
	}
}

// hears applies privacy mode.
func (c *Chat) hears(m *Message) bool {
	switch c.botStatus {
	case "administrator":
		return true
	case "member":
	default:
		return false
	}
	service := len(m.NewChatMembers) > 0
	if service || m.ReplyToMessage != nil && m.ReplyToMessage.From.ID == c.s.bot.ID {
		return true
	}
	name := strings.ToLower("@" + c.s.bot.Username)
	for _, e := range m.Entities {
		word := strings.ToLower(slice16(m.Text, e.Offset, e.Length))
		switch e.Type {
		case "bot_command":
			if e.Offset == 0 && (!strings.Contains(word, "@") || strings.HasSuffix(word, name)) {
				return true
			}
		case "mention":
			if word == name {
				return true
			}
		}
	}
	return false
}

// Block stops the bot: it gets my_chat_member, and 403 from then on.
func (u *User) Block() { u.block(true) }

// Unblock lets the bot write again.
func (u *User) Unblock() { u.block(false) }

func (u *User) block(on bool) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	if u.blocked != on {
		u.setBlocked(on)
	}
}

func (u *User) setBlocked(on bool) {
	status := map[bool]string{true: "kicked", false: "member"}
	c := u.s.chats[u.ID]
	u.blocked = on
	u.s.touch(c)
	c.tellStanding(standing(u.s.bot, status[!on]), standing(u.s.bot, status[on]), u.Profile)
}

// Deactivate deletes the account: every message to it is refused.
func (u *User) Deactivate() {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.deactivated = true
}

// Commands is the command menu the person sees in a chat.
func (u *User) Commands(c *Chat) []Command {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	return slices.Clone(u.s.commandsFor(c, u))
}

// fail ends the test; outside one it panics.
func (s *Server) fail(format string, args ...any) {
	if s.tb == nil {
		panic("telegramtest: " + fmt.Sprintf(format, args...))
	}
	s.tb.Helper()
	s.tb.Fatalf("telegram: "+format, args...)
}
