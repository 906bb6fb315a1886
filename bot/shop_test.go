package bot_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-telegram/bot/models"

	"boxoffice/bot"
	"boxoffice/bot/telegramtest"
	"boxoffice/checkout"
	"boxoffice/checkout/checkouttest"
	"boxoffice/checkout/sandbox"
	"boxoffice/checkout/telegrampay"
	"boxoffice/notify"
	"boxoffice/storage/bolt"
	"boxoffice/tickets"
	"boxoffice/tickets/catalogfile"
)

// opening is when the tests' shops open: a Sunday morning in Singapore.
var opening = time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)

// clock is the time of a shop under test.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// shop is the whole shop around a bot: a real store, the desk, the sandbox's payment page, the dispatcher, and the bot
// in front of an in-process Bot API.
type shop struct {
	t     *testing.T
	ctx   context.Context
	clock *clock
	api   *telegramtest.Server
	store *bolt.Store
	desk  *checkout.Desk
	pays  *sandbox.Gateway
	door  *lateDoor // of invoices; nil without
	lane  *bot.Lane
	opt   shopOptions
	bot   *bot.Bot
	out   *notify.Dispatcher
	cat   tickets.Catalog

	running []func()
}

type shopOptions struct {
	anyOrder bool // the golden file of a story does not tell which notice was first
	methods  []string
	fees     map[string]tickets.Fee
	catalog  func(*tickets.Catalog)
	api      telegramtest.Options

	invoices bool                          // paid in the chat first, by the sandbox second
	webhook  bool                          // updates are brought, not asked for
	handler  func(bot.Handler) bot.Handler // around the bot; nil is the bot itself
}

func openShop(t *testing.T, opt shopOptions) *shop {
	t.Helper()
	s := &shop{t: t, ctx: t.Context(), clock: &clock{at: opening}, opt: opt}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	opt.api.Now, opt.api.AnyButtonURL = s.clock.now, true
	opt.api.CallbackLife = 24 * time.Hour
	opt.api.Patience = patience
	s.api = telegramtest.Start(t, opt.api)

	var err error
	if s.store, err = bolt.Open(s.ctx, filepath.Join(t.TempDir(), "shop.db"), bolt.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.store.Close() })
	mux := http.NewServeMux()
	web := httptest.NewServer(mux)
	t.Cleanup(web.Close)
	s.pays, err = sandbox.New(sandbox.Config{
		PublicURL: web.URL, Secret: []byte("0123456789abcdef"), Memory: &checkouttest.Memory{}, Accepts: opt.methods, Passes: true,
		Now: s.clock.now, Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	gateways := []checkout.Gateway{s.pays}
	if opt.invoices {
		gateways = append([]checkout.Gateway{s.invoices(log)}, gateways...)
	}
	s.desk, err = checkout.New(checkout.Desk{
		Store: s.store, Gateways: gateways, Fees: opt.fees, Route: notify.Route, Now: s.clock.now, Log: log,
		PublicURL: web.URL,
	})
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("POST /webhooks/{gateway}", s.desk.Callback())

	s.cat, err = catalogfile.Parse("example", catalogfile.Example())
	if err != nil {
		t.Fatal(err)
	}
	if opt.catalog != nil {
		opt.catalog(&s.cat)
	}
	if _, _, err = s.desk.Apply(s.ctx, s.cat); err != nil {
		t.Fatal(err)
	}
	if err := s.desk.EnsureKey(s.ctx); err != nil {
		t.Fatal(err)
	}
	s.openBot(log, web.URL)
	return s
}

// openBot starts the bot and the dispatcher.
func (s *shop) openBot(log *slog.Logger, publicURL string) {
	t := s.t
	client, err := bot.NewClient(bot.ClientConfig{Token: s.api.Token(), URL: s.api.URL(), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	sender, err := bot.NewSender(bot.SenderConfig{
		Client: client, Store: s.store, Log: log, Now: hurried(), Unreachable: bot.Unreachable(s.store, log),
		Migrated: func(ctx context.Context, from, to int64) {
			if err := s.desk.MoveMerchantChat(ctx, from, to); err != nil {
				t.Error(err)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.bot, err = bot.New(bot.Config{
		Desk: s.desk, Store: s.store, Sender: sender, Username: func() string { return s.api.Bot().Username }, PublicURL: publicURL,
		Now: s.clock.now, Log: log, Cashes: telegrampay.Name, Fetch: client.Download, Viewed: s.desk.Viewed,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.openLane(sender, log)
	s.out, err = notify.New(notify.Config{Store: s.store, Sender: s.bot, Now: s.clock.now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	s.desk.Told(s.out.Wake)
	s.run(func(ctx context.Context) error { s.out.Run(ctx); return nil })
	handler := bot.Handler(s.bot)
	if s.opt.handler != nil {
		handler = s.opt.handler(handler)
	}
	inbox, err := bot.NewInbox(bot.InboxConfig{Bot: client.ID(), Store: s.store, Handler: handler, Log: log, Failed: s.bot.Failed})
	if err != nil {
		t.Fatal(err)
	}
	s.run(inbox.Run)
	if s.opt.webhook {
		s.openDoor(client, inbox, log)
		return
	}
	poller := &bot.Poller{Client: client, Inbox: inbox, Lane: s.lane, Log: log}
	s.run(poller.Run)
}

// run runs something until the test ends, and waits for it.
func (s *shop) run(fn func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- fn(ctx) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			s.t.Errorf("run: %v", err)
		}
	})
	s.running = append(s.running, stop)
	s.t.Cleanup(stop)
}

// stop ends the bot, the dispatcher and all else that runs.
func (s *shop) stop() {
	for _, stop := range s.running {
		stop()
	}
	s.running = nil
}

// customer is a new person in a private chat.
func (s *shop) customer(name, lang string) *telegramtest.User {
	return s.api.AddUser(telegramtest.Profile{FirstName: name, LanguageCode: lang})
}

// order is a person's newest order.
func (s *shop) order(u *telegramtest.User) tickets.Order {
	s.t.Helper()
	var o tickets.Order
	err := s.store.View(s.ctx, func(r tickets.Reader) error {
		c, err := r.CustomerByTelegram(u.ID)
		if err != nil {
			return err
		}
		list, _, err := r.Orders(tickets.OrderQuery{Customer: c.ID, Page: tickets.Page{Limit: 1}})
		if err == nil && len(list) == 0 {
			err = tickets.NotFound
		}
		if err == nil {
			o = list[0]
		}
		return err
	})
	if err != nil {
		s.t.Fatalf("order of %s: %v", u.FirstName, err)
	}
	return o
}

// orders counts all orders.
func (s *shop) orders() int {
	s.t.Helper()
	var n int
	err := s.store.View(s.ctx, func(r tickets.Reader) error {
		list, _, err := r.Orders(tickets.OrderQuery{Page: tickets.Page{Limit: 1000}})
		n = len(list)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// pay does on the payment page what the customer chose, and sees the notices to the shop.
func (s *shop) pay(u *telegramtest.User, act sandbox.Act) {
	s.t.Helper()
	s.eventually("payment page", func() bool { return s.order(u).Session != "" })
	o := s.order(u)
	if err := s.pays.Force(s.ctx, string(o.Session), sandbox.Outcome{Act: act}); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.pays.Tick(s.ctx); err != nil {
		s.t.Fatal(err)
	}
}

// pass lets time go by and sweeps.
func (s *shop) pass(d time.Duration) {
	s.t.Helper()
	s.clock.pass(d)
	for range 3 {
		if _, err := s.desk.Sweep(s.ctx); err != nil {
			s.t.Fatal(err)
		}
		if _, err := s.desk.Chase(s.ctx); err != nil {
			s.t.Fatal(err)
		}
		if _, err := s.desk.Repay(s.ctx); err != nil {
			s.t.Fatal(err)
		}
	}
	s.out.Wake()
}

// sent waits until all deliveries that are due have gone out, or wait to be tried again.
func (s *shop) sent() {
	s.t.Helper()
	s.eventually("all deliveries sent", func() bool {
		if _, err := s.out.Pass(s.ctx); err != nil {
			s.t.Fatal(err)
		}
		due := 0
		err := s.store.View(s.ctx, func(r tickets.Reader) error {
			return r.Walk(func(thing any) error {
				d, ok := thing.(*tickets.Delivery)
				if ok && (d.State == tickets.DeliveryQueued || d.State == tickets.DeliverySending) && !d.Due.After(s.clock.now()) {
					due++
				}
				return nil
			})
		})
		if err != nil {
			s.t.Fatal(err)
		}
		return due == 0
	})
}

// group links a group to the merchant, with its owner.
func (s *shop) group(owner *telegramtest.User, others ...*telegramtest.User) *telegramtest.Chat {
	s.t.Helper()
	g := s.api.AddGroup("Ticket office", append([]*telegramtest.User{owner}, others...)...)
	g.AddBot(owner, true)
	code, err := s.desk.LinkCode(s.ctx, "test")
	if err != nil {
		s.t.Fatal(err)
	}
	owner.SendIn(g, "/link@"+s.api.Bot().Username+" "+code)
	g.WaitForText("This group now belongs to")
	return g
}

// hasButton reports whether the chat's newest message with buttons has one with such a label.
func hasButton(m *telegramtest.Message, label string) bool {
	if m.ReplyMarkup == nil {
		return false
	}
	for _, row := range m.ReplyMarkup.Rows {
		for _, b := range row {
			if strings.Contains(b.Text, label) {
				return true
			}
		}
	}
	return false
}

// hurried is a clock on which seconds pass in a moment, so that the sender's pace keeps no test waiting.
func hurried() func() time.Time {
	began := time.Now()
	return func() time.Time { return began.Add(time.Since(began) * 10_000) }
}

// updateOf is a press as the inbox hands it to the bot.
func updateOf(u *telegramtest.User, c *telegramtest.Chat, id string, message int, data string) *models.Update {
	return &models.Update{CallbackQuery: &models.CallbackQuery{
		ID: id, From: models.User{ID: u.ID, FirstName: u.FirstName, LanguageCode: u.LanguageCode}, Data: data,
		Message: models.MaybeInaccessibleMessage{Message: &models.Message{
			ID: message, Date: 1, Chat: models.Chat{ID: c.ID(), Type: models.ChatTypePrivate},
		}},
	}}
}
