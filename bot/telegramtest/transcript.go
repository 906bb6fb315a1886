package telegramtest

import (
	"fmt"
	"strings"
)

// Transcript is the chat as plain text for golden files, oldest message first:
//
//	Mei: /start
//	Bot: Welcome!
//	  [Buy] [My orders]
//	Bot: (photo: Ticket 1 of 2)
//	Bot (edited): Paid
//
// Lines after the first of a text are indented. Buttons show what sets them apart: [Open ↗] opens an address, [Sold out
// ✕] is disabled, [Code ⧉] copies, [Pay 💳] pays; a style stands in front, as in [!danger Cancel].
func (c *Chat) Transcript() string {
	var b strings.Builder
	for _, m := range c.Messages() {
		who := m.From.FirstName
		if m.From.IsBot {
			who = "Bot"
		}
		if m.EditDate != 0 {
			who += " (edited)"
		}
		fmt.Fprintf(&b, "%s: %s\n", who, strings.ReplaceAll(m.summary(), "\n", "\n  "))
		if m.ReplyMarkup == nil {
			continue
		}
		for _, row := range m.ReplyMarkup.Rows {
			b.WriteString(" ")
			for _, button := range row {
				b.WriteString(" [" + button.summary() + "]")
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// summary is the content in words.
func (m *Message) summary() string {
	switch {
	case len(m.Photo) > 0:
		return "(photo" + colon(m.Caption) + ")"
	case m.Document != nil:
		return "(document " + m.Document.FileName + colon(m.Caption) + ")"
	case m.Venue != nil:
		return "(venue: " + m.Venue.Title + ", " + m.Venue.Address + ")"
	case m.Location != nil:
		return fmt.Sprintf("(location: %.5f, %.5f)", m.Location.Latitude, m.Location.Longitude)
	case m.Contact != nil:
		return "(contact: " + m.Contact.PhoneNumber + ")"
	case m.Invoice != nil:
		return fmt.Sprintf("(invoice: %s, %s)\n%s", m.Invoice.Title, m.Invoice.price(), m.Invoice.Description)
	case m.SuccessfulPayment != nil:
		return "(paid: " + m.SuccessfulPayment.price() + ")"
	case m.RefundedPayment != nil:
		return "(refunded: " + m.RefundedPayment.price() + ")"
	case len(m.NewChatMembers) > 0:
		return "(joined: " + m.NewChatMembers[0].FirstName + ")"
	case m.MigrateToChatID != 0, m.MigrateFromChatID != 0:
		return "(upgraded to supergroup)"
	}
	return m.Text
}

func colon(caption string) string {
	if caption == "" {
		return ""
	}
	return ": " + caption
}

func (b Button) summary() string {
	text := b.Text
	switch {
	case b.URL != "", b.WebApp != nil, b.LoginURL != nil:
		text += " ↗"
	case b.CopyText != nil:
		text += " ⧉"
	case b.Pay:
		text += " 💳"
	case b.Disabled != nil:
		text += " ✕"
	}
	if b.Style != "" {
		text = "!" + b.Style + " " + text
	}
	return text
}
