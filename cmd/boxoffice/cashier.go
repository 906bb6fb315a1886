package main

import (
	"context"
	"sync/atomic"

	"boxoffice/bot"
	"boxoffice/checkout"
	"boxoffice/checkout/telegrampay"
	"boxoffice/config"
	"boxoffice/tickets"
)

// cashier is the chat as telegrampay sees it. The gateway is made before the bot that sends its invoices, and by
// commands that have no bot: until then it is Unavailable.
type cashier struct{ to atomic.Pointer[bot.Cashier] }

var _ telegrampay.Chat = (*cashier)(nil)

func (c *cashier) door() (*bot.Cashier, error) {
	if to := c.to.Load(); to != nil {
		return to, nil
	}
	return nil, tickets.Refuse(tickets.Unavailable, "the bot is not running")
}

// SendInvoice implements telegrampay.Chat.
func (c *cashier) SendInvoice(ctx context.Context, inv checkout.Invoice) (int, error) {
	to, err := c.door()
	if err != nil {
		return 0, err
	}
	return to.SendInvoice(ctx, inv)
}

// DeleteMessage implements telegrampay.Chat.
func (c *cashier) DeleteMessage(ctx context.Context, chat int64, message int) error {
	to, err := c.door()
	if err != nil {
		return err
	}
	return to.DeleteMessage(ctx, chat, message)
}

// RefundStar implements telegrampay.Chat.
func (c *cashier) RefundStar(ctx context.Context, user int64, charge string) error {
	to, err := c.door()
	if err != nil {
		return err
	}
	return to.RefundStar(ctx, user, charge)
}

// StarTransactions implements telegrampay.Chat.
func (c *cashier) StarTransactions(ctx context.Context, offset, limit int) ([]checkout.StarTransaction, error) {
	to, err := c.door()
	if err != nil {
		return nil, err
	}
	return to.StarTransactions(ctx, offset, limit)
}

// telegramPay makes the gateway that is paid in the chat.
func (s *shop) telegramPay() (checkout.Gateway, error) {
	s.cashier = &cashier{}
	limits := map[tickets.Currency]telegrampay.Limit{}
	for _, l := range s.cfg.TelegramPay.Limits {
		cur, least, most, err := config.ParseLimit(l)
		if err != nil {
			return nil, usageError{err}
		}
		limits[tickets.Currency(cur)] = telegrampay.Limit{Least: least, Most: most}
	}
	return telegrampay.New(telegrampay.Config{
		Chat: s.cashier, ProviderToken: s.cfg.TelegramPay.ProviderToken.Reveal(), Stars: s.cfg.TelegramPay.Stars, Limits: limits, Now: s.now,
	})
}

// openLane lets the bot show invoices and answer pre-checkouts, where the shop is paid in the chat.
func (a *app) openLane() (err error) {
	s := a.shop
	if s.cashier == nil {
		return nil
	}
	s.cashier.to.Store(bot.NewCashier(a.sender))
	a.lane, err = bot.NewLane(bot.LaneConfig{
		Desk: s.desk, Store: s.store, Sender: a.sender, Gateway: telegrampay.Name, Log: a.log,
	})
	return err
}
