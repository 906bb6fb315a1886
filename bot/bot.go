package bot

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/go-telegram/bot/models"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// Config is what a Bot needs; all but Rand, Cashes, Updates, Fetch, Reachable and Viewed is required.
type Config struct {
	Desk      *checkout.Desk
	Store     tickets.Store
	Sender    *Sender
	Username  func() string // the bot's name without the @, "" while it is not known: Client.Username
	PublicURL string        // what tickets' QR codes begin with
	Now       func() time.Time
	Log       *slog.Logger
	Rand      io.Reader // crypto/rand
	Cashes    string    // the gateway whose invoices the bot sends; "" is none
	// Updates is how long handled updates are kept, for who asks what becomes of their data; 0 does not say.
	Updates time.Duration
	// Fetch brings a file that somebody sent, at most limit bytes: Client.Download. nil reads no photos.
	Fetch func(ctx context.Context, file string, limit int64) ([]byte, error)
	// Reachable is told that the merchant's group can be written to again: it was linked, or took the bot back. It must
	// not block, and may be nil.
	Reachable func()
	// Viewed is told that a customer chose to look at a product. It must not block, and may be nil.
	Viewed func(tickets.ProductID)
}

// Bot holds the conversation with customers and staff. It is the [Handler] of an Inbox, and renders deliveries
// (notify.Sender). All it knows of a conversation is in the store.
type Bot struct {
	Config
	files *fileNames
}

var _ Handler = (*Bot)(nil)

// New checks the configuration; it calls nobody.
func New(c Config) (*Bot, error) {
	if c.Desk == nil || c.Store == nil || c.Sender == nil || c.Username == nil || c.PublicURL == "" || c.Now == nil || c.Log == nil {
		return nil, errors.New("bot: Desk, Store, Sender, Username, PublicURL, Now and Log are required")
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Viewed == nil {
		c.Viewed = func(tickets.ProductID) {}
	}
	return &Bot{Config: c, files: &fileNames{known: map[tickets.TicketCode]string{}}}, nil
}

// Handle answers one update. Handling one again does no harm: what was done is found, and shown again.
func (b *Bot) Handle(ctx context.Context, u *models.Update) error {
	var err error
	switch {
	case u.CallbackQuery != nil:
		err = b.pressed(ctx, u.CallbackQuery)
	case aboutMoney(u):
		err = b.heardOfMoney(ctx, u.Message)
	case u.Message != nil:
		err = b.said(ctx, u.Message)
	case u.MyChatMember != nil:
		err = b.standing(ctx, u.MyChatMember)
	}
	if errors.Is(err, tickets.Blocked) {
		b.Log.InfoContext(ctx, "receiver cannot be reached", "update", u.ID)
		return nil
	}
	return err
}

// Failed tells a person that their update was given up; it fits InboxConfig.Failed.
func (b *Bot) Failed(ctx context.Context, u *models.Update, _ error) {
	var who *models.User
	chat := int64(0)
	switch {
	case u.CallbackQuery != nil:
		who = &u.CallbackQuery.From
		if m := u.CallbackQuery.Message.Message; m != nil {
			chat = m.Chat.ID
		}
	case u.Message != nil && u.Message.From != nil:
		who, chat = u.Message.From, u.Message.Chat.ID
		if _, _, ok := b.command(u.Message.Text); !ok && chat < 0 {
			return // chatter of a group
		}
	}
	if who == nil || chat == 0 {
		return
	}
	p := text.For(text.Match(who.LanguageCode)).WithLog(b.Log)
	if u.CallbackQuery != nil && b.Sender.AnswerCallback(ctx, u.CallbackQuery.ID, p.T("bot.failed"), true) == nil && chat < 0 {
		return
	}
	if _, err := b.Sender.Send(ctx, chat, Message{HTML: p.HTML("bot.failed")}); err != nil {
		b.Log.WarnContext(ctx, "failure not told", "update", u.ID, "error", err)
	}
}

// voice is what rendering needs: a language, the catalog, and the time.
type voice struct {
	*text.Printer
	cat *tickets.Catalog
	loc *time.Location
	now time.Time

	sendsBack func(gateway string, c tickets.Currency) bool // money goes back by itself
}

// hand is the ending of a key that words what happens to money of a gateway: what no gateway can give back, a person
// pays back by hand.
func (v voice) hand(gateway string, c tickets.Currency) string {
	if v.sendsBack(gateway, c) {
		return ""
	}
	return "_hand"
}

// voiceIn reads the catalog for a language.
func (b *Bot) voiceIn(r tickets.Reader, lang string) (voice, error) {
	cat, err := r.Catalog()
	if err != nil {
		return voice{}, err
	}
	loc, err := cat.Merchant.Location()
	if err != nil {
		return voice{}, err
	}
	if lang == "" {
		lang = defaultLang(cat)
	}
	return voice{Printer: text.For(text.Lang(lang)).WithLog(b.Log), cat: b.Desk.OnOffer(cat), loc: loc, now: b.Now(), sendsBack: b.Desk.SendsBack}, nil
}

// defaultLang is the merchant's first language that the product speaks.
func defaultLang(cat *tickets.Catalog) string {
	if ls := cat.Merchant.Languages; len(ls) > 0 {
		return string(text.Match(ls[0]))
	}
	return string(text.English)
}

// offered lists the languages that the merchant offers.
func offered(cat *tickets.Catalog) []text.Lang {
	var out []text.Lang
	for _, l := range text.Langs() {
		for _, o := range cat.Merchant.Languages {
			if text.Match(o) == l {
				out = append(out, l)
				break
			}
		}
	}
	if len(out) == 0 {
		return text.Langs()
	}
	return out
}

// langOf is the language for an app's language code: that one where we speak it and the merchant offers it, else the
// merchant's default.
func langOf(cat *tickets.Catalog, code string) string {
	base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(code), "_", "-"), "-")
	if base == "en" || base == "zh" {
		l := text.Match(code)
		for _, o := range offered(cat) {
			if o == l {
				return string(l)
			}
		}
	}
	return defaultLang(cat)
}

// talk is one update by one person in one chat.
type talk struct {
	*Bot
	voice
	chat  int64
	group bool
	who   *models.User
	cust  tickets.Customer
	conv  tickets.Conversation
	lives string // extraLive as it was read
	asked string // the same of extraAsked

	query    *models.CallbackQuery // nil when the person wrote
	pressed  int                   // the message whose button was pressed
	answered bool
}

// meet loads what is known of a person and makes them a customer on first contact.
func (b *Bot) meet(ctx context.Context, chat int64, group bool, who *models.User) (*talk, error) {
	t := &talk{Bot: b, chat: chat, group: group, who: who}
	fresh := tickets.NewID(tickets.PrefixCustomer, b.Now(), b.Rand)
	known := false
	err := b.Store.View(ctx, func(r tickets.Reader) (err error) {
		if t.voice, err = b.voiceIn(r, ""); err != nil {
			return err
		}
		if known, err = t.load(r); err != nil {
			return err
		}
		t.conv, err = r.Conversation(chat, who.ID)
		if errors.Is(err, tickets.NotFound) {
			t.conv, err = tickets.Conversation{Chat: chat, User: who.ID}, nil
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("meet: %w", err)
	}
	t.lives, t.asked = t.extra(extraLive), t.extra(extraAsked)
	if t.greet(tickets.CustomerID(fresh)) && (!group || known) {
		if err := t.remember(ctx); err != nil {
			return nil, err
		}
	}
	if !group { // in a group, all read the merchant's language
		t.Printer = text.For(text.Lang(t.cust.Lang)).WithLog(b.Log)
	}
	return t, nil
}

func (t *talk) load(r tickets.Reader) (known bool, err error) {
	t.cust, err = r.CustomerByTelegram(t.who.ID)
	if errors.Is(err, tickets.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// greet fills in what the person's app says of them, and reports whether anything is new.
func (t *talk) greet(id tickets.CustomerID) bool {
	was := t.cust
	c := &t.cust
	if c.ID == "" {
		*c = tickets.Customer{ID: id, Merchant: t.cat.Merchant.ID, TelegramID: t.who.ID, At: tickets.Milli(t.now)}
	}
	c.Username, c.Name = t.who.Username, strings.TrimSpace(t.who.FirstName+" "+t.who.LastName)
	if !c.Chosen {
		c.Lang = langOf(t.cat, t.who.LanguageCode)
	}
	if !t.group {
		c.Unreachable = false
	}
	return *c != was
}

// remember stores the customer; of two first contacts at once, one makes it and both use it.
func (t *talk) remember(ctx context.Context) error {
	want := t.cust
	err := t.Store.Update(ctx, func(tx tickets.Tx) error {
		have, err := tx.CustomerByTelegram(want.TelegramID)
		if errors.Is(err, tickets.NotFound) {
			t.cust = want
			return tx.CreateCustomer(want)
		}
		if err != nil {
			return err
		}
		c := want
		c.ID, c.At = have.ID, have.At
		t.cust = c
		return tx.PutCustomer(c)
	})
	if err != nil {
		return fmt.Errorf("remember customer: %w", err)
	}
	return nil
}

// buyer is the customer as an order remembers them.
func (t *talk) buyer() tickets.Buyer {
	return tickets.Buyer{
		Customer: t.cust.ID, TelegramID: t.cust.TelegramID, Username: t.cust.Username, Name: t.cust.Name, Lang: t.cust.Lang, Chat: t.chat,
	}
}

// member is the person as staff. It fails with NotFound, also for who was removed.
func (t *talk) member(ctx context.Context) (m tickets.Member, err error) {
	err = t.Store.View(ctx, func(r tickets.Reader) (err error) { m, err = r.MemberByTelegram(t.who.ID); return err })
	if err == nil && !m.Here() {
		return tickets.Member{}, tickets.Refuse(tickets.NotFound, "member %s was removed", m.ID)
	}
	return m, err
}

// say posts a message beside the live one.
func (t *talk) say(ctx context.Context, m Message) error {
	_, err := t.Sender.Send(ctx, t.chat, m)
	return err
}

// toast ends the pressed button's waiting with a few words; only the first call of an update counts.
func (t *talk) toast(ctx context.Context, words string) error { return t.answer(ctx, words, false) }

// alert is toast in a box that has to be closed.
func (t *talk) alert(ctx context.Context, words string) error { return t.answer(ctx, words, true) }

func (t *talk) answer(ctx context.Context, words string, box bool) error {
	if t.query == nil || t.answered {
		return nil
	}
	t.answered = true
	return t.Sender.AnswerCallback(ctx, t.query.ID, words, box)
}

// fileNames remembers what Telegram called the pictures of tickets. It is a help only: with the process it forgets.
type fileNames struct {
	mu    sync.Mutex
	known map[tickets.TicketCode]string
}

const filesKept = 20_000

func (f *fileNames) get(code tickets.TicketCode) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.known[code]
}

// put notes a name; "" forgets it.
func (f *fileNames) put(code tickets.TicketCode, name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if name == "" {
		delete(f.known, code)
		return
	}
	if len(f.known) >= filesKept {
		clear(f.known)
	}
	f.known[code] = name
}
