package bot_test

import (
	"testing"
	"time"

	"boxoffice/bot/telegramtest"
	"boxoffice/tickets"
)

// TestCancellingAnInvoiceIsToldAsItStands has the chat pause while the customer cancels: they read that it is being
// cancelled, and that it is only once the invoice is away.
func TestCancellingAnInvoiceIsToldAsItStands(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{invoices: true, api: telegramtest.Options{AllowProblems: true}})
	u := s.customer("Alex", "en")
	sheet := s.invoicedOrder(u)
	remove := s.api.Inject(telegramtest.Fault{Method: "deleteMessage", RetryAfter: 1})
	u.PressAndWait("Cancel order", "Cancelling. We are taking the invoice back")
	if o := s.order(u); o.Stage != tickets.StageExpiring {
		t.Errorf("order %s", o.Stage)
	}
	payInvoice(t, sheet, telegramtest.PayApprove, telegramtest.PayRefused)
	if remove() == 0 {
		t.Error("nothing was deleted")
	}
	s.pass(10 * time.Second)
	u.WaitForText("The places were given back")
	if o := s.order(u); o.Stage != tickets.StageCancelled {
		t.Errorf("order %s", o.Stage)
	}
}
