package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"boxoffice/bot/telegramtest"
	"boxoffice/config"
	"boxoffice/tickets"
	"boxoffice/tickets/catalogfile"
	"boxoffice/web/console"
)

// demoDir is where the demo keeps its files between runs.
const demoDir = "boxoffice-demo"

func demoCommand(e *env) *cobra.Command {
	var fresh bool
	c := &cobra.Command{
		Use: "demo", Short: "The whole shop on this machine, no accounts", Args: usage(cobra.NoArgs),
		Long: "Starts the shop with a Bot API in the same process, a page with its chats, a payment provider that takes no money, and\n" +
			"the example catalog. Everything is kept in ./" + demoDir + "/ between runs.",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := config.LoadDemo(demoDir, e.environ)
			if err != nil {
				return err
			}
			return runDemo(c.Context(), cfg, fresh, c.OutOrStdout())
		},
	}
	c.Flags().BoolVar(&fresh, "fresh", false, "forget everything and start over")
	return c
}

// demoFiles are all that the demo writes.
func demoFiles() []string {
	return []string{filepath.Join(demoDir, "boxoffice.db"), filepath.Join(demoDir, "chats.json")}
}

func runDemo(ctx context.Context, cfg config.Config, fresh bool, out io.Writer) error {
	if conn, err := new(net.Dialer).DialContext(ctx, "unix", socketPath(cfg.Storage)); err == nil {
		return errors.Join(errors.New("a demo is running in ./"+demoDir+" already; stop it first"), conn.Close())
	}
	if fresh {
		for _, f := range demoFiles() {
			if err := os.Remove(f); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
	}
	if err := os.MkdirAll(demoDir, 0o700); err != nil {
		return err
	}
	l, err := listenNear(ctx, cfg.Listen)
	if err != nil {
		return err
	}
	cfg.PublicURL = "http://" + l.Addr().String()
	if cfg.Origin("log.level") == "default" {
		cfg.Log.Level = slog.LevelWarn // the page's address is what people are to see
	}
	log := newLogger(cfg.Log, os.Stderr)
	clock := &demoClock{}
	telegram := telegramtest.New(telegramtest.Options{Now: clock.Now, Name: "Boxoffice Demo", Username: "boxoffice_demo_bot", AnyButtonURL: true})
	defer telegram.Close()
	if err := telegram.Listen("127.0.0.1:0"); err != nil {
		return errors.Join(err, l.Close())
	}
	cfg.Telegram.Token = config.NewSecret(telegram.Token())
	cfg.Telegram.APIURL = telegram.URL()
	cfg.Telegram.Mode = config.ModeWebhook
	cfg.TelegramPay = config.TelegramPay{ProviderToken: config.NewSecret(telegram.Provider()), Stars: true}

	a, err := newApp(ctx, cfg, log, clock.Now, exampleCatalog)
	if errors.Is(err, tickets.Invalid) {
		err = fmt.Errorf("%w\nboxoffice demo --fresh starts over", err)
	}
	if err != nil {
		return errors.Join(err, l.Close())
	}
	a.chatURL = cfg.PublicURL + "/chat/"
	a.loginHint = "Name: " + demoName + "\nPassword: " + demoPassword
	d := &demo{app: a, clock: clock, telegram: telegram}
	if err := d.prepare(ctx); err != nil {
		return errors.Join(err, l.Close(), a.shop.Close())
	}
	mux := http.NewServeMux()
	mux.Handle("/chat/", until(ctx, http.StripPrefix("/chat", telegramtest.NewPage(telegram, d.page()))))
	mux.Handle("GET /{$}", http.RedirectHandler("/chat/", http.StatusSeeOther))
	mux.Handle("/", a.handler)
	a.handler = mux

	fmt.Fprintf(out, "\n  The shop is open.\n\n    Chats     %s/chat/\n    Console   %s/console/   (name %s, password %s)\n\n"+
		"  Buy a ticket in a chat. Ctrl-C closes the shop; everything is kept in ./%s/.\n\n", cfg.PublicURL, cfg.PublicURL, demoName, demoPassword, demoDir)
	return a.run(ctx, l, func(ctx context.Context) { d.linkGroup(ctx) })
}

// until ends the handler's requests when ctx does: the page's stream of events would hold up the stop.
func until(ctx context.Context, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(ctx, cancel)()
		h.ServeHTTP(w, r.WithContext(c))
	})
}

// listenNear listens on the address, or on one of the ports after it when it is taken.
func listenNear(ctx context.Context, addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, usageError{err}
	}
	first, err := strconv.Atoi(port)
	if err != nil {
		return nil, usageError{err}
	}
	var last error
	for n := first; n < first+100; n++ {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(n)))
		if err == nil {
			return l, nil
		}
		if last = err; first == 0 {
			break
		}
	}
	return nil, last
}

// demoClock is the real time plus what was let pass.
type demoClock struct{ ahead atomic.Int64 }

func (c *demoClock) Now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *demoClock) pass(d time.Duration)    { c.ahead.Add(int64(d)) }
func (c *demoClock) total() time.Duration    { return time.Duration(c.ahead.Load()) }
func (c *demoClock) set(total time.Duration) { c.ahead.Store(int64(total)) }

// settingDemoClock is how far the demo's clock is ahead, so that a restart does not turn it back.
const settingDemoClock = "demo.clock"

// demo is the demo's people and what its page can do.
type demo struct {
	app      *app
	clock    *demoClock
	telegram *telegramtest.Server
	english  *telegramtest.User
	chinese  *telegramtest.User
	owner    *telegramtest.User
	group    *telegramtest.Chat
}

// The demo's login for the console. The demo listens on this machine only.
const (
	demoName     = "demo"
	demoPassword = "demo-box-office"
)

// login makes the demo's owner, who may do everything in the console.
func (d *demo) login(ctx context.Context) error {
	s := d.app.shop
	hash := console.HashPassword(demoPassword)
	return s.store.Update(ctx, func(tx tickets.Tx) error {
		m, err := tx.MemberByTelegram(d.owner.ID)
		if errors.Is(err, tickets.NotFound) {
			cat, err := tx.Catalog()
			if err != nil {
				return err
			}
			m = tickets.Member{ID: tickets.MemberID(tickets.NewID(tickets.PrefixMember, s.now(), nil)), Merchant: cat.Merchant.ID, TelegramID: d.owner.ID, At: s.now()}
		} else if err != nil {
			return err
		}
		if m.Name == "" {
			m.Name = "Mei"
		}
		m.Role = tickets.RoleOwner
		if err := tx.PutMember(m); err != nil {
			return err
		}
		if _, err := tx.Login(m.ID); !errors.Is(err, tickets.NotFound) {
			return err
		}
		return tx.PutLogin(tickets.Login{Member: m.ID, Name: demoName, Password: hash, Changed: s.now()})
	})
}

const demoGroup = "Sentosa Demo · Team"

// exampleCatalog is what a new demo sells.
func exampleCatalog(ctx context.Context, s *shop) error {
	err := s.store.View(ctx, func(r tickets.Reader) error { _, err := r.Catalog(); return err })
	if errors.Is(err, tickets.NotFound) {
		return s.applyCatalog(ctx, "the example catalog", catalogfile.Example())
	}
	return err
}

// prepare brings back the clock and the chats, and seats the people.
func (d *demo) prepare(ctx context.Context) error {
	s := d.app.shop
	ahead, err := s.setting(ctx, settingDemoClock, func() string { return "0s" })
	if err != nil {
		return err
	}
	if total, err := time.ParseDuration(ahead); err == nil {
		d.clock.set(total)
	}
	if err := d.telegram.Keep(filepath.Join(demoDir, "chats.json")); err != nil {
		return fmt.Errorf("the demo's chats (start over with --fresh): %w", err)
	}
	d.english = d.user(telegramtest.Profile{ID: 6700000001, FirstName: "Alex", Username: "demo_visitor", LanguageCode: "en"})
	d.chinese = d.user(telegramtest.Profile{ID: 6700000002, FirstName: "小美", Username: "demo_xiaomei", LanguageCode: "zh-hans"})
	d.owner = d.user(telegramtest.Profile{ID: 6700000003, FirstName: "Mei", Username: "demo_owner", LanguageCode: "en"})
	if d.group = d.telegram.ChatTitled(demoGroup); d.group == nil {
		d.group = d.telegram.AddGroup(demoGroup, d.owner)
	}
	return d.login(ctx)
}

func (d *demo) user(p telegramtest.Profile) *telegramtest.User {
	if u := d.telegram.User(p.ID); u != nil {
		return u
	}
	return d.telegram.AddUser(p)
}

// linkGroup makes the group the merchant's, by the same command that a merchant would send.
func (d *demo) linkGroup(ctx context.Context) {
	if _, err := d.app.shop.desk.MerchantChat(ctx); err == nil {
		return
	}
	code, err := d.app.shop.desk.LinkCode(ctx, "demo")
	if err != nil {
		d.app.log.Error("demo: link the group", "error", err)
		return
	}
	d.group.AddBot(d.owner, true)
	d.owner.SendIn(d.group, "/link "+code)
}

func (d *demo) page() telegramtest.PageOptions {
	return telegramtest.PageOptions{
		Title: "Boxoffice",
		Note:  "A ticket shop inside a chat. Everything here is the real thing, except Telegram and the bank.",
		Links: []telegramtest.Link{{
			Label: "Merchant's console: " + demoName + " / " + demoPassword, URL: "/console/", Note: "Sign in as " + demoName + " with the password " + demoPassword,
		}},
		Seats: []telegramtest.Seat{
			{User: d.english, Label: "Visitor, in English", Short: "English"},
			{User: d.chinese, Label: "游客，中文", Short: "中文"},
			{User: d.owner, Chat: d.group, Label: "The merchant's group", Short: "Merchant"},
		},
		Controls: append([]telegramtest.Control{
			{ID: "time", Label: "Let 5 minutes pass", Hint: "Holds that nobody paid for end and their places go back on sale.", Run: d.passTime},
			{ID: "soldout", Label: "Sell out", Hint: "Somebody else takes the last places of the visit that was looked at last.", Run: d.sellOut},
			{ID: "late", Label: "Pay late", Hint: "The money for the newest expired order arrives after all.", Run: d.payLate},
		}, d.moneyControls()...),
	}
}

// newLogger writes as the configuration says: text on a terminal and JSON elsewhere unless it names a format.
func newLogger(c config.Log, w *os.File) *slog.Logger {
	opts := &slog.HandlerOptions{Level: c.Level}
	st, err := w.Stat()
	terminal := err == nil && st.Mode()&os.ModeCharDevice != 0
	if c.Format == "text" || (c.Format == "" && terminal) {
		return slog.New(slog.NewTextHandler(w, opts))
	}
	return slog.New(slog.NewJSONHandler(w, opts))
}
