package bot_test

import (
	"testing"

	"boxoffice/checkout/sandbox"
)

func TestPurchaseFromStartToTicket(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	mei := s.customer("Mei", "en")
	mei.Send("/start")
	mei.Press("Sentosa Family Pack")
	mei.Press("📅 Choose a day")
	mei.Press("Tomorrow")
	mei.Press("2")
	mei.Press("Continue")
	mei.Press("✅ Confirm")
	mei.WaitForText("Held for you until")
	s.pay(mei, sandbox.Approve)
	mei.WaitForText("🎟", "ticket_")
	mei.WaitForText("Your tickets are in this chat")
	t.Log("\n" + mei.Chat().Transcript())
}
