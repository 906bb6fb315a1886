package bot

import (
	"context"
	"errors"
	"fmt"

	"boxoffice/tickets"
)

// nobody is the user of a group's own conversation, whose live message is the bot's introduction.
const nobody = 0

// hello introduces the bot to a group, and how it becomes the merchant's.
func (t *talk) hello(ctx context.Context) error {
	r, err := t.Sender.Send(ctx, t.chat, Message{HTML: t.HTML("bot.group.hello")})
	if err != nil {
		return err
	}
	own := tickets.Conversation{Chat: t.chat, User: nobody, Message: r.Message, Changed: tickets.Milli(t.now)}
	err = t.Store.Update(ctx, func(tx tickets.Tx) error { return tx.PutConversation(own) })
	if err != nil { // trying again would say it twice
		t.Log.WarnContext(ctx, "introduction not remembered", "chat", t.chat, "error", err)
	}
	return nil
}

// dropHello takes the introduction away from a group that is the merchant's now.
func (t *talk) dropHello(ctx context.Context) error {
	var own tickets.Conversation
	err := t.Store.View(ctx, func(r tickets.Reader) (err error) { own, err = r.Conversation(t.chat, nobody); return err })
	if errors.Is(err, tickets.NotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("recall the introduction: %w", err)
	}
	if err := t.drop(ctx, own.Message); err != nil {
		return err
	}
	err = t.Store.Update(ctx, func(tx tickets.Tx) error { return tx.DeleteConversation(t.chat, nobody) })
	if err != nil {
		return fmt.Errorf("forget the introduction: %w", err)
	}
	return nil
}
