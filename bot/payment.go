package bot

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/go-telegram/bot/models"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// aboutMoney reports whether a message tells of money: such an update is never given up.
func aboutMoney(u *models.Update) bool {
	return u != nil && u.Message != nil && (u.Message.SuccessfulPayment != nil || u.Message.RefundedPayment != nil)
}

// invoiced reports whether the payment's invoice stands in the chat.
func invoiced(p tickets.Payment) bool {
	return p.State == tickets.PaymentOpen && p.Protocol == "invoice"
}

// heardOfMoney hands a message about money to the desk, which stores it before it judges it; the customer hears what came
// of it as of any money. Only what the desk needs goes on: no name, no address.
func (b *Bot) heardOfMoney(ctx context.Context, m *models.Message) error {
	type person struct {
		ID int64 `json:"id"`
	}
	note := struct {
		Message  int                       `json:"message_id"`
		Date     int                       `json:"date"`
		From     person                    `json:"from"`
		Paid     *models.SuccessfulPayment `json:"successful_payment,omitempty"`
		Refunded *models.RefundedPayment   `json:"refunded_payment,omitempty"`
	}{Message: m.ID, Date: m.Date, From: person{m.Chat.ID}, Refunded: m.RefundedPayment} // a private chat has its person's number
	ev := checkout.Event{Type: "refunded_payment"}
	if paid := m.SuccessfulPayment; paid != nil {
		bare := *paid
		bare.OrderInfo = nil
		note.Paid, note.Refunded = &bare, nil
		ev = checkout.Event{Type: "successful_payment", ID: paid.TelegramPaymentChargeID}
		if m.From != nil && !m.From.IsBot {
			note.From.ID = m.From.ID
		}
	} else if id := m.RefundedPayment.TelegramPaymentChargeID; id != "" {
		ev.ID = "refund:" + id
	}
	body, err := json.Marshal(note)
	if err != nil {
		return fmt.Errorf("note payment: %w", err)
	}
	if err := b.Desk.Hear(ctx, b.Cashes, ev, body); err != nil {
		return err
	}
	if _, missing := b.Desk.Gateway(b.Cashes); missing != nil && note.Paid != nil && m.From != nil {
		b.sayWaits(ctx, m)
	}
	return nil
}

// sayWaits tells who paid that their money is noted and waits: its gateway is not configured, so that nothing else says it.
func (b *Bot) sayWaits(ctx context.Context, m *models.Message) {
	t, err := b.meet(ctx, m.Chat.ID, false, m.From)
	if err == nil {
		err = t.say(ctx, Message{HTML: t.HTML("bot.invoice.waits")})
	}
	if err != nil {
		b.Log.WarnContext(ctx, "not told that money waits", "chat", m.Chat.ID, "error", err)
	}
}
