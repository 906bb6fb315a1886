package bot

import (
	"context"
	"errors"
	"log/slog"

	"github.com/go-telegram/bot/models"

	"boxoffice/tickets"
)

func (b *Bot) reachable() {
	if b.Reachable != nil {
		b.Reachable()
	}
}

// standing follows who blocks the bot and which groups it is in.
func (b *Bot) standing(ctx context.Context, u *models.ChatMemberUpdated) error {
	in := u.NewChatMember.Type == models.ChatMemberTypeMember || u.NewChatMember.Type == models.ChatMemberTypeAdministrator ||
		u.NewChatMember.Type == models.ChatMemberTypeOwner
	if u.Chat.Type == models.ChatTypePrivate {
		return setUnreachable(ctx, b.Store, u.Chat.ID, !in)
	}
	was := u.OldChatMember.Type == models.ChatMemberTypeLeft || u.OldChatMember.Type == models.ChatMemberTypeBanned
	if !in || !was {
		return nil
	}
	if linked, err := b.Desk.MerchantChat(ctx); err == nil && linked == u.Chat.ID {
		b.reachable()
		return nil
	}
	t, err := b.meet(ctx, u.Chat.ID, true, &u.From)
	if err != nil {
		return err
	}
	return t.hello(ctx)
}

// Unreachable returns what notes that a person has to act first; it fits SenderConfig.Unreachable.
func Unreachable(store tickets.Store, log *slog.Logger) func(ctx context.Context, chat int64) {
	return func(ctx context.Context, chat int64) {
		if err := setUnreachable(ctx, store, chat, true); err != nil {
			log.WarnContext(ctx, "unreachable customer not noted", "chat", chat, "error", err)
		}
	}
}

func setUnreachable(ctx context.Context, store tickets.Store, telegram int64, is bool) error {
	if telegram <= 0 {
		return nil
	}
	err := store.Update(ctx, func(tx tickets.Tx) error {
		c, err := tx.CustomerByTelegram(telegram)
		if err != nil || c.Unreachable == is {
			return err
		}
		c.Unreachable = is
		return tx.PutCustomer(c)
	})
	if errors.Is(err, tickets.NotFound) {
		return nil
	}
	return err
}
