package bolt

import (
	"encoding/hex"
	"sort"

	"boxoffice/tickets"
)

var customers = kind[tickets.Customer]{
	table: tCustomer, what: "customer",
	digest: &digesting[tickets.Customer]{prefix: tickets.PrefixCustomer, named: true, names: (*tickets.Customer).Names,
		some: someOf[tickets.Customer]("id", "name", "username")},
	key:    func(b []byte, c *tickets.Customer) []byte { return customerKey(b, c.ID) },
	name:   func(c *tickets.Customer) string { return string(c.ID) },
	refuse: func(c *tickets.Customer) error { return keyText("customer", string(c.ID)) },
	milli:  func(c *tickets.Customer) { milli(&c.At, &c.Erased) },
	image: func(c *tickets.Customer, id []byte, m *image) {
		if c.TelegramID != 0 {
			m.unique(tCustomerTelegram, appendInt(m.b(), c.TelegramID), id)
		}
	},
}

func customerKey(b []byte, id tickets.CustomerID) []byte {
	return appendID(b, tickets.PrefixCustomer, string(id))
}

var members = kind[tickets.Member]{
	table: tMember, what: "member",
	key:    func(b []byte, p *tickets.Member) []byte { return appendID(b, tickets.PrefixMember, string(p.ID)) },
	name:   func(p *tickets.Member) string { return string(p.ID) },
	refuse: func(p *tickets.Member) error { return keyText("member", string(p.ID)) },
	milli:  func(p *tickets.Member) { milli(&p.At, &p.Left) },
	image: func(p *tickets.Member, id []byte, m *image) {
		if p.TelegramID != 0 {
			m.unique(tMemberTelegram, appendInt(m.b(), p.TelegramID), id)
		}
	},
}

var invites = kind[tickets.Invite]{
	table: tInvite, what: "invite",
	key:    func(b []byte, i *tickets.Invite) []byte { return hashKey(b, i.Hash) },
	name:   func(i *tickets.Invite) string { return i.Hash },
	refuse: func(i *tickets.Invite) error { return keyText("invite", i.Hash) },
	milli:  func(i *tickets.Invite) { milli(&i.At, &i.Expiry, &i.Used) },
}

// hashKey is never empty, which bbolt would refuse.
func hashKey(b []byte, hash string) []byte { return append(append(b, '#'), hash...) }

var tokens = kind[tickets.APIToken]{
	table: tToken, what: "token",
	key:    func(b []byte, t *tickets.APIToken) []byte { return tokenKey(b, t.ID) },
	name:   func(t *tickets.APIToken) string { return string(t.ID) },
	refuse: func(t *tickets.APIToken) error { return keyText("token", string(t.ID), t.Hash) },
	milli:  func(t *tickets.APIToken) { milli(&t.At, &t.Used) },
	image: func(t *tickets.APIToken, id []byte, m *image) {
		m.unique(tTokenHash, hashKey(m.b(), t.Hash), id)
	},
}

func tokenKey(b []byte, id tickets.TokenID) []byte {
	return appendID(b, tickets.PrefixToken, string(id))
}

var conversations = kind[tickets.Conversation]{
	table: tConversation, what: "conversation",
	key:  func(b []byte, c *tickets.Conversation) []byte { return appendInt(appendInt(b, c.Chat), c.User) },
	name: func(c *tickets.Conversation) string { return c.Flow },
	milli: func(c *tickets.Conversation) {
		milli(&c.Changed)
		if c.Quote != nil {
			q := *c.Quote // the caller's stays as it is
			milli(&q.At, &q.Until)
			c.Quote = &q
		}
	},
}

// setting is a small remembered value.
type setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

var settings = kind[setting]{
	table: tSetting, what: "setting",
	key:    func(b []byte, s *setting) []byte { return hashKey(b, s.Name) },
	name:   func(s *setting) string { return s.Name },
	refuse: func(s *setting) error { return keyText("setting", s.Name) },
}

// Customer implements tickets.Reader.
func (r *reader) Customer(id tickets.CustomerID) (tickets.Customer, error) {
	return read(r, &customers, customerKey(nil, id), string(id))
}

// CustomerByTelegram implements tickets.Reader.
func (r *reader) CustomerByTelegram(id int64) (tickets.Customer, error) {
	return by(r, &customers, tCustomerTelegram, appendInt(nil, id), "by telegram id")
}

// MemberByTelegram implements tickets.Reader.
func (r *reader) MemberByTelegram(id int64) (tickets.Member, error) {
	return by(r, &members, tMemberTelegram, appendInt(nil, id), "by telegram id")
}

// Members implements tickets.Reader.
func (r *reader) Members() ([]tickets.Member, error) {
	out, err := under(r, &members, tMember, nil, 0)
	sort.SliceStable(out, func(i, j int) bool { return out[i].At.Before(out[j].At) })
	return out, err
}

// Invite implements tickets.Reader.
func (r *reader) Invite(hash string) (tickets.Invite, error) {
	return read(r, &invites, hashKey(nil, hash), hash)
}

// Token implements tickets.Reader.
func (r *reader) Token(hash string) (tickets.APIToken, error) {
	return by(r, &tokens, tTokenHash, hashKey(nil, hash), hash)
}

// Tokens implements tickets.Reader: the oldest first.
func (r *reader) Tokens() ([]tickets.APIToken, error) {
	out, err := under(r, &tokens, tToken, nil, 0)
	sort.SliceStable(out, func(i, j int) bool { return out[i].At.Before(out[j].At) })
	return out, err
}

// Conversation implements tickets.Reader.
func (r *reader) Conversation(chat, user int64) (tickets.Conversation, error) {
	key := appendInt(appendInt(nil, chat), user)
	return read(r, &conversations, key, hex.EncodeToString(key))
}

// Setting implements tickets.Reader.
func (r *reader) Setting(name string) (string, error) {
	s, err := read(r, &settings, hashKey(nil, name), name)
	return s.Value, err
}

// CreateCustomer implements tickets.Tx.
func (t *tx) CreateCustomer(c tickets.Customer) error { return create(t, &customers, c) }

// PutCustomer implements tickets.Tx.
func (t *tx) PutCustomer(c tickets.Customer) error { return put(t, &customers, c) }

// PutMember implements tickets.Tx. A member is one Telegram account: another member with the same one is replaced.
func (t *tx) PutMember(m tickets.Member) error {
	if m.TelegramID != 0 {
		old := t.src.get(tMemberTelegram, appendInt(nil, m.TelegramID))
		if old != nil && string(old) != string(members.key(nil, &m)) {
			if _, err := drop(t, &members, old); err != nil {
				return err
			}
		}
	}
	return put(t, &members, m)
}

// CreateInvite implements tickets.Tx.
func (t *tx) CreateInvite(i tickets.Invite) error { return create(t, &invites, i) }

// PutInvite implements tickets.Tx.
func (t *tx) PutInvite(i tickets.Invite) error { return put(t, &invites, i) }

// CreateToken implements tickets.Tx.
func (t *tx) CreateToken(a tickets.APIToken) error { return create(t, &tokens, a) }

// PutToken implements tickets.Tx.
func (t *tx) PutToken(a tickets.APIToken) error { return put(t, &tokens, a) }

// DeleteToken implements tickets.Tx. It fails with NotFound when there is none.
func (t *tx) DeleteToken(id tickets.TokenID) error {
	return found(drop(t, &tokens, tokenKey(nil, id)))("token", string(id))
}

// PutConversation implements tickets.Tx.
func (t *tx) PutConversation(c tickets.Conversation) error { return put(t, &conversations, c) }

// DeleteConversation implements tickets.Tx. Deleting what is not there is fine: it may have been deleted before.
func (t *tx) DeleteConversation(chat, user int64) error {
	_, err := drop(t, &conversations, appendInt(appendInt(nil, chat), user))
	return err
}

// PutSetting implements tickets.Tx.
func (t *tx) PutSetting(name, value string) error { return put(t, &settings, setting{name, value}) }

// found makes NotFound of a drop that dropped nothing.
func found(ok bool, err error) func(what, name string) error {
	return func(what, name string) error {
		if err == nil && !ok {
			return tickets.Refuse(tickets.NotFound, "%s %q", what, name)
		}
		return err
	}
}
