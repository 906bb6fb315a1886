package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"boxoffice/bot"
	"boxoffice/checkout"
	"boxoffice/checkout/sandbox"
	"boxoffice/checkout/telegrampay"
	"boxoffice/config"
	"boxoffice/notify"
	"boxoffice/tickets"
	"boxoffice/web"
	"boxoffice/web/api"
	"boxoffice/web/console"
	"boxoffice/web/customer"
	"boxoffice/web/metrics"
)

// lateMoney is what the demo's "Pay late" makes the sandbox do.
var lateMoney = sandbox.Outcome{Act: sandbox.Approve}

// deliveryLease is how long a message that was being sent when the process died waits before it is sent again.
const deliveryLease = 40 * time.Second

// app is the running service: the shop and everything that moves on it.
type app struct {
	cfg        config.Config
	log        *slog.Logger
	shop       *shop
	client     *bot.Client
	sender     *bot.Sender
	bot        *bot.Bot
	inbox      *bot.Inbox
	lane       *bot.Lane // nil when no invoices are sent
	setup      *bot.Setup
	poller     *bot.Poller // nil in webhook mode
	dispatcher *notify.Dispatcher
	metrics    *metrics.Metrics
	console    *console.Console
	handler    http.Handler
	reach      reach
	chatURL    string // of the demo's chat page; "" is t.me
	loginHint  string // shown under the console's login form
	anchored   int64  // the last row of the log of acts whose hash was written to the service's log
}

// newApp opens the shop, calls first on it, and wires the doors to it. Nothing runs yet.
func newApp(
	ctx context.Context, cfg config.Config, log *slog.Logger, now func() time.Time, first func(context.Context, *shop) error,
) (*app, error) {
	a := &app{cfg: cfg, log: log}
	var err error
	a.shop, err = openShopAt(ctx, cfg, log, now, func(store tickets.Store) (checkout.Observer, error) {
		m, err := metrics.New(metrics.Config{Store: store, Version: version, Log: log})
		if err != nil {
			return checkout.Observer{}, err
		}
		a.metrics = m
		return checkout.Observer{Placed: m.Placed, Captured: m.Captured, Noticed: m.Noticed}, nil
	})
	if err != nil {
		return nil, err
	}
	if err = first(ctx, a.shop); err == nil {
		err = a.wire(ctx, now)
	}
	if err != nil {
		return nil, errors.Join(err, a.shop.Close())
	}
	return a, nil
}

func (a *app) wire(ctx context.Context, now func() time.Time) (err error) {
	s := a.shop
	a.client, err = bot.NewClient(bot.ClientConfig{
		Token: a.cfg.Telegram.Token.Reveal(), URL: a.cfg.Telegram.APIURL, Log: a.log, Called: func(method string, took time.Duration, outcome string) {
			a.metrics.Called(method, outcome, took)
			a.reach.heard(outcome, time.Now())
		},
	})
	if err != nil {
		return usageError{err}
	}
	a.sender, err = bot.NewSender(bot.SenderConfig{
		Client: a.client, Store: s.store, Log: a.log, Unreachable: bot.Unreachable(s.store, a.log),
		Migrated: func(ctx context.Context, from, to int64) {
			if err := s.desk.MoveMerchantChat(ctx, from, to); err != nil {
				a.log.Error("merchant's group moved and was not followed", "error", err)
			}
		},
	})
	if err != nil {
		return err
	}
	a.bot, err = bot.New(bot.Config{
		Desk: s.desk, Store: s.store, Sender: a.sender, Username: a.client.Username, PublicURL: a.cfg.PublicURL, Now: now, Log: a.log,
		Fetch:     a.client.Download,
		Reachable: func() { a.dispatcher.Unblock() }, Cashes: telegrampay.Name,
		Viewed: s.desk.Viewed, Updates: a.cfg.UpdateRetention,
	})
	if err != nil {
		return err
	}
	if err := a.openLane(); err != nil {
		return err
	}
	a.inbox, err = bot.NewInbox(bot.InboxConfig{
		Bot: a.client.ID(), Store: s.store, Handler: a.bot, Log: a.log, Failed: a.bot.Failed,
		Handled: func(_ string, took time.Duration, outcome string) { a.metrics.Updated(outcome, took) },
	})
	if err != nil {
		return err
	}
	a.dispatcher, err = notify.New(notify.Config{
		Store: s.store, Sender: a.bot, Now: now, Log: a.log, Ladder: a.cfg.DeliveryBackoff, Every: a.cfg.DispatchEvery,
		Lease: deliveryLease, Timeout: deliveryLease / 2,
		Observe: func(kind string, outcome tickets.DeliveryState, _, late time.Duration) {
			a.metrics.Delivered(kind, outcome, late)
		},
	})
	if err != nil {
		return err
	}
	a.console, err = console.New(console.Config{
		Desk: s.desk, PublicURL: a.cfg.PublicURL, Log: a.log, Hint: func() string { return a.loginHint }, Resend: a.dispatcher.ResendOnce,
		Bot: a.botState, Keep: console.Keep{Notices: a.cfg.NoticeRetention, Updates: a.cfg.UpdateRetention},
		Tell: func(ctx context.Context, m tickets.Member, html string) error {
			_, err := a.sender.Send(ctx, m.TelegramID, bot.Message{HTML: html})
			return err
		},
	})
	if err != nil {
		return err
	}
	s.desk.Told(func() { a.dispatcher.Wake(); a.console.Changed() })
	return a.doors(ctx)
}

// doors wires what listens: Telegram's, the providers', the browsers' and the programs'.
func (a *app) doors(ctx context.Context) error {
	s := a.shop
	var cat *tickets.Catalog
	if err := s.store.View(ctx, func(r tickets.Reader) (err error) { cat, err = r.Catalog(); return err }); err != nil {
		return err
	}
	setup := bot.SetupConfig{Client: a.client, Store: s.store, Log: a.log, Profiles: bot.Profiles(cat.Merchant.Names)}
	var telegram http.Handler
	if a.cfg.Telegram.Mode == config.ModeWebhook {
		setup.WebhookURL, setup.Secret = a.cfg.PublicURL+"/webhooks/telegram", s.webhookSecret()
		door, err := bot.NewDoor(bot.DoorConfig{Secret: setup.Secret, Inbox: a.inbox, Lane: a.lane, Log: a.log, Acked: a.metrics.Acked})
		if err != nil {
			return err
		}
		telegram = door
	} else {
		a.poller = &bot.Poller{Client: a.client, Inbox: a.inbox, Lane: a.lane, Log: a.log}
	}
	var err error
	if a.setup, err = bot.NewSetup(setup); err != nil {
		return err
	}
	programs, err := api.New(api.Config{Desk: s.desk, Log: a.log, Known: []api.Known{
		{Name: "api_token", Token: a.cfg.APIToken.Reveal(), Scopes: []string{tickets.ScopeAll}},
		{Name: "metrics_token", Token: a.cfg.MetricsToken.Reveal(), Scopes: []string{tickets.ScopeMetrics}},
	}})
	if err != nil {
		return err
	}
	pages, err := customer.New(customer.Config{Desk: s.desk, Log: a.log, Chat: a.chat, Gate: a.console.MayAdmit, Known: func(r *http.Request) bool { return programs.Allow(r, tickets.ScopeTicketsRead) == nil }})
	if err != nil {
		return err
	}
	c := web.Config{
		Customer: pages, API: programs, Callback: s.desk.Callback(), Telegram: telegram, Metrics: a.metrics.Handler(),
		Console: a.console.Handler(), PublicURL: a.cfg.PublicURL, Log: a.log,
		Observe: func(x web.Seen) { a.metrics.Requested(x.Route, x.Method, x.Status, x.Took) },
		Ready: []web.Check{
			web.StoreCheck(s.store),
			{Name: "telegram", Ask: func(context.Context) error { return errors.Join(a.setup.Ready(), a.reach.ready(time.Now())) }},
		},
	}
	if s.sandbox != nil {
		c.Pay = s.sandbox.Handler()
	}
	a.handler, err = web.New(c)
	return err
}

// botState is how the bot stands, for the console's settings.
func (a *app) botState(ctx context.Context) console.Bot {
	b := console.Bot{Username: a.client.Username(), Mode: a.cfg.Telegram.Mode}
	hook, err := a.client.Webhook(ctx)
	b.Err = errors.Join(a.setup.Ready(), err)
	if err == nil {
		b.URL, b.Pending, b.LastError = hook.URL, hook.Pending, hook.LastError
		if b.LastError != "" {
			b.LastErrorAt = hook.LastErrorAt
		}
	}
	return b
}

// chat is where the shop's chat is, once the bot's name is known.
func (a *app) chat() string {
	if a.chatURL != "" {
		return a.chatURL
	}
	if name := a.client.Username(); name != "" {
		return "https://t.me/" + name
	}
	return ""
}

// closeEvery is how often payments are looked through for those whose time has come: each row says when that is, so
// that a look which finds none costs one read, and the shortest wait of the ladder is kept.
const closeEvery = time.Second

// completeEvery is how often visits that are over are looked for; they are by the day.
const completeEvery = 10 * time.Minute

// tallyEvery is how often what was sold meanwhile is counted; readers count the rest themselves.
const tallyEvery = 2 * time.Second

// jobs are the passes that cron runs.
func (a *app) jobs() []job {
	s, c := a.shop, a.cfg
	list := []job{
		{"sweep", c.SweepEvery, s.desk.Sweep, checkout.Batch},
		{"close and reconcile", min(closeEvery, c.SweepEvery), s.desk.Chase, checkout.Batch},
		{"refunds", min(closeEvery, c.SweepEvery), s.desk.Repay, checkout.Batch},
		{"closings", min(closeEvery, c.SweepEvery), s.desk.Close, checkout.Batch},
		{"erasures", c.SweepEvery, s.desk.Forget, 0},
		{"tally", tallyEvery, s.desk.Tally, checkout.Batch},
		{"complete", completeEvery, s.desk.Complete, checkout.Batch},
		{"notices", c.SweepEvery, s.desk.Catch, checkout.Batch},
		{"dispatch", c.DispatchEvery, a.dispatcher.Pass, 0},
		{"clean up", c.CleanupEvery, a.tidy, tidyBatch},
		{"log head", headEvery, a.anchor, 0},
	}
	if s.sandbox != nil {
		list = append(list, job{"sandbox", time.Second, s.sandbox.Tick, 0})
	}
	return list
}

// headEvery is how often the end of the log of acts is written where who edits the store cannot reach it.
const headEvery = time.Hour

// anchor writes the end of the log of acts into the service's own log, if it moved.
func (a *app) anchor(ctx context.Context) (int, error) {
	seq, hash, err := a.shop.desk.RecordHead(ctx)
	if err != nil || seq == a.anchored {
		return 0, err
	}
	a.anchored = seq
	a.log.Info("log head", "seq", seq, "hash", hash)
	return 1, nil
}

// tidyBatch bounds what one clean-up deletes, so that sales do not wait for it.
const tidyBatch = 1000

// tidy drops old updates, the bodies of old notices, and sign-ins to the console whose time is over.
func (a *app) tidy(ctx context.Context) (int, error) {
	now := a.shop.now()
	n, err := a.inbox.Tidy(ctx, now.Add(-a.cfg.UpdateRetention))
	if err != nil {
		return n, err
	}
	ended, err := a.shop.desk.TidySignIns(ctx, time.Now()) // the session library's clock
	n += ended
	if err != nil {
		return n, err
	}
	var dropped int
	err = a.shop.store.Update(ctx, func(tx tickets.Tx) (err error) {
		dropped, err = tx.DropNotices(now.Add(-a.cfg.NoticeRetention), tidyBatch)
		return err
	})
	return n + dropped, err
}
