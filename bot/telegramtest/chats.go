package telegramtest

import (
	"maps"
	"slices"
	"sort"
	"time"
)

// Chat is a private chat of a user with the bot, or a group. Its fields belong to Server.mu.
type Chat struct {
	s    *Server
	info ChatInfo

	user    *User // the person of a private chat, nil in groups
	started bool  // the person has written to the bot

	members    map[int64]string // status by user id, groups only
	botStatus  string           // of the bot in a group: left, member, administrator or kicked
	migratedTo int64

	order         []*stored // by message id
	nextMsg       int       // supergroups count on their own
	pinned        *Message
	replyKeyboard *ReplyKeyboard
	typing        time.Time
	bucket        bucket

	rev     int64
	cleared int64 // rev of the last Clear
	changed chan struct{}
}

// stored is a message in its place. A deleted one stays as a mark until it is forgotten.
type stored struct {
	msg     *Message
	rev     int64
	deleted bool
}

// ID is the chat's id.
func (c *Chat) ID() int64 { return c.info.ID }

// Info is the chat as it stands in messages.
func (c *Chat) Info() ChatInfo {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.info
}

// at finds a message that is not deleted; the caller holds s.mu, as for all that follows in lower case.
func (c *Chat) at(id int) *stored {
	i := sort.Search(len(c.order), func(i int) bool { return c.order[i].msg.MessageID >= id })
	if i == len(c.order) || c.order[i].msg.MessageID != id || c.order[i].deleted {
		return nil
	}
	return c.order[i]
}

// add numbers and dates a message and appends it.
func (c *Chat) add(m *Message) {
	if c.info.Type == "supergroup" {
		c.nextMsg++
		m.MessageID = c.nextMsg
	} else {
		m.MessageID = c.s.nextMsg
		c.s.nextMsg++
	}
	m.Chat = c.info
	m.Date = c.s.now().Unix()
	c.order = append(c.order, &stored{msg: m, rev: c.s.touch(c)})
	c.typing = time.Time{}
	if keep := c.s.opt.KeepMessages; keep > 0 && len(c.order) >= 2*keep+16 {
		c.order = slices.Clone(c.order[len(c.order)-keep:])
	}
}

func (c *Chat) replace(old *stored, m *Message) {
	old.msg = m
	old.rev = c.s.touch(c)
}

func (c *Chat) remove(m *stored) {
	m.deleted = true
	m.rev = c.s.touch(c)
}

func (c *Chat) botMember() Member {
	status := c.botStatus
	if c.user != nil {
		status = "member"
	}
	return standing(c.s.bot, status)
}

func (c *Chat) member(u *User) Member {
	status := c.members[u.ID]
	if c.user == u {
		status = "member"
	}
	if status == "" {
		status = "left"
	}
	return standing(u.Profile, status)
}

func standing(who Profile, status string) Member {
	m := Member{Status: status, User: who}
	if status == "kicked" {
		m.UntilDate = new(int64)
	}
	return m
}

func (c *Chat) sortedMembers() []*User {
	var out []*User
	for _, id := range slices.Sorted(maps.Keys(c.members)) {
		if u := c.s.users[id]; u != nil {
			out = append(out, u)
		}
	}
	return out
}

// setBot changes the bot's standing in a group and tells the bot.
func (c *Chat) setBot(status string, by Profile) {
	old := c.botMember()
	c.botStatus = status
	c.s.touch(c)
	c.tellStanding(old, c.botMember(), by)
}

func (c *Chat) tellStanding(old, next Member, by Profile) {
	c.s.push("my_chat_member", c.info.ID, messageLife, &Update{MyChatMember: &MemberUpdated{
		Chat: c.info, From: by, Date: c.s.now().Unix(), Old: old, New: next,
	}})
}

// Messages lists the kept messages that are not deleted, oldest first, the users' own included.
func (c *Chat) Messages() []*Message {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	out := make([]*Message, 0, len(c.order))
	for _, m := range c.order {
		if !m.deleted {
			out = append(out, m.msg)
		}
	}
	return out
}

// Last is the newest message of the bot, nil when there is none.
func (c *Chat) Last() *Message {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	m := c.newest(func(*Message) bool { return true }, 0)
	if m == nil {
		return nil
	}
	return m.msg
}

// newest finds the newest message of the bot changed after a revision that satisfies the predicate.
func (c *Chat) newest(pred func(*Message) bool, after int64) *stored {
	for _, m := range slices.Backward(c.order) {
		if !m.deleted && m.rev > after && m.msg.From.ID == c.s.bot.ID && pred(m.msg) {
			return m
		}
	}
	return nil
}

// Clear empties the chat for its people, as "clear history" does. The bot is not told and cannot edit what is gone.
func (c *Chat) Clear() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.order, c.pinned, c.replyKeyboard = nil, nil, nil
	c.cleared = c.s.touch(c)
}

// SetAdmin makes a member of a group an administrator, or an ordinary member again.
func (c *Chat) SetAdmin(u *User, admin bool) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.members[u.ID] = map[bool]string{true: "administrator", false: "member"}[admin]
	c.s.markSave()
}

// Remove takes a member out of a group.
func (c *Chat) Remove(u *User) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	delete(c.members, u.ID)
	c.s.markSave()
}

// AddBot puts the bot into a group as a member, or with admin as an administrator: it gets my_chat_member and the
// service message.
func (c *Chat) AddBot(by *User, admin bool) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.botStatus == "left" || c.botStatus == "kicked" {
		c.setBot("member", by.Profile)
		m := &Message{From: &by.Profile, NewChatMembers: []Profile{c.s.bot}}
		c.add(m)
		c.s.push("message", c.info.ID, messageLife, &Update{Message: m})
	}
	if admin {
		c.setBot("administrator", by.Profile)
	}
}

// KickBot throws the bot out of a group.
func (c *Chat) KickBot(by *User) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.setBot("kicked", by.Profile)
}

// Migrate upgrades a group to a supergroup and returns it. Calls to the old id are refused with the new one.
func (c *Chat) Migrate() *Chat {
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.newGroup("supergroup", c.info.Title)
	maps.Copy(next.members, c.members)
	next.botStatus = c.botStatus
	c.migratedTo = next.info.ID
	from := &s.bot
	for _, u := range c.sortedMembers() {
		if c.members[u.ID] == "creator" {
			from = &u.Profile
		}
	}
	out := &Message{From: from, MigrateToChatID: next.info.ID}
	c.add(out)
	s.push("message", c.info.ID, messageLife, &Update{Message: out})
	in := &Message{From: from, MigrateFromChatID: c.info.ID}
	next.add(in)
	s.push("message", next.info.ID, messageLife, &Update{Message: in})
	return next
}
