package bot_test

import (
	"testing"

	"github.com/go-telegram/bot/models"

	"boxoffice/checkout/telegrampay"
	"boxoffice/tickets"
)

// TestMoneyWithoutItsGatewayIsNotedAndSaid pays at a shop whose configuration lost the gateway of its invoices.
func TestMoneyWithoutItsGatewayIsNotedAndSaid(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	u := s.customer("小美", "zh-hans")
	u.SendAndWait("/start", "")
	paid := &models.Update{Message: &models.Message{
		ID: 7, Date: 1, From: &models.User{ID: u.ID, FirstName: u.FirstName, LanguageCode: u.LanguageCode},
		Chat: models.Chat{ID: u.ID, Type: models.ChatTypePrivate},
		SuccessfulPayment: &models.SuccessfulPayment{
			Currency: "SGD", TotalAmount: 11900, InvoicePayload: "ps_1", TelegramPaymentChargeID: "tg1", ProviderPaymentChargeID: "ch_1",
		},
	}}
	if err := s.bot.Handle(t.Context(), paid); err != nil {
		t.Fatal(err)
	}
	u.WaitForText("您的付款已收到并记录", "请不要重复付款")
	var n tickets.Notice
	err := s.store.View(t.Context(), func(r tickets.Reader) (err error) {
		n, err = r.NoticeByEvent(telegrampay.Name, "tg1")
		return err
	})
	if err != nil || !n.Done.IsZero() || n.Due.IsZero() {
		t.Errorf("notice %+v, %v", n, err)
	}
}
