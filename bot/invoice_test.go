package bot_test

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"boxoffice/bot"
	"boxoffice/bot/telegramtest"
	"boxoffice/checkout"
	"boxoffice/checkout/telegrampay"
	"boxoffice/tickets"
)

// lateDoor is the invoices' door before there is a bot.
type lateDoor struct{ atomic.Pointer[bot.Cashier] }

func (d *lateDoor) SendInvoice(ctx context.Context, inv checkout.Invoice) (int, error) {
	return d.Load().SendInvoice(ctx, inv)
}

func (d *lateDoor) DeleteMessage(ctx context.Context, chat int64, message int) error {
	return d.Load().DeleteMessage(ctx, chat, message)
}

func (d *lateDoor) RefundStar(ctx context.Context, user int64, charge string) error {
	return d.Load().RefundStar(ctx, user, charge)
}

func (d *lateDoor) StarTransactions(ctx context.Context, offset, limit int) ([]checkout.StarTransaction, error) {
	return d.Load().StarTransactions(ctx, offset, limit)
}

// invoices makes the gateway of a shop that is paid in the chat.
func (s *shop) invoices(*slog.Logger) checkout.Gateway {
	s.t.Helper()
	s.door = &lateDoor{}
	gw, err := telegrampay.New(telegrampay.Config{Chat: s.door, ProviderToken: s.api.Provider(), Stars: true, Now: s.clock.now})
	if err != nil {
		s.t.Fatal(err)
	}
	return gw
}

// openLane opens the lane of pre-checkouts where the shop is paid in the chat.
func (s *shop) openLane(sender *bot.Sender, log *slog.Logger) {
	s.t.Helper()
	if s.door == nil {
		return
	}
	s.door.Store(bot.NewCashier(sender))
	var err error
	s.lane, err = bot.NewLane(bot.LaneConfig{Desk: s.desk, Store: s.store, Sender: sender, Gateway: telegrampay.Name, Log: log})
	if err != nil {
		s.t.Fatal(err)
	}
}

// payInvoice pays an open sheet and expects an end.
func payInvoice(t *testing.T, sheet *telegramtest.Sheet, how telegramtest.PayHow, want telegramtest.PayState) telegramtest.PayResult {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := sheet.Pay(ctx, how)
	if err != nil || r.State != want {
		t.Fatalf("paying ends as %+v, %v; want %s", r, err, want)
	}
	return r
}

// invoicedOrder brings a customer to an invoice.
func (s *shop) invoicedOrder(u *telegramtest.User) *telegramtest.Sheet {
	s.t.Helper()
	s.confirmed(u)
	u.PressAndWait("In this chat", "The invoice is in this chat")
	return u.Invoice()
}

func TestAnInvoiceIsPaidInTheChat(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{invoices: true})
	u := s.customer("Alex", "en")
	sheet := s.invoicedOrder(u)
	o := s.order(u)
	inv := sheet.Invoice()
	if inv.Currency != "SGD" || inv.TotalAmount != o.Total().Amount || !strings.Contains(inv.Description, o.Code) || !strings.HasPrefix(inv.StartParameter, "p_") {
		t.Errorf("invoice %+v", inv)
	}
	payInvoice(t, sheet, telegramtest.PayDecline, telegramtest.PayDeclined)
	paid := payInvoice(t, sheet, telegramtest.PayApprove, telegramtest.PayPaid)
	u.WaitForText("Paid. Thank you!")
	if o = s.order(u); o.Stage != tickets.StageFulfilled || o.PaymentRef != "telegram_"+paid.Charge {
		t.Errorf("order %s, %s", o.Stage, o.PaymentRef)
	}
	again := payInvoice(t, sheet, telegramtest.PayApprove, telegramtest.PayRefused)
	if !strings.Contains(again.Words, "paid already") {
		t.Errorf("paying again says %q", again.Words)
	}
}

func TestAForwardedInvoiceIsRefusedInThePayersLanguage(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{invoices: true})
	u, friend := s.customer("Alex", "en"), s.customer("小美", "zh-hans")
	s.invoicedOrder(u)
	var message int
	for _, m := range u.Chat().Messages() {
		if m.Invoice != nil {
			message = m.MessageID
		}
	}
	sheet, err := friend.OpenInvoice(u.Chat(), message)
	if err != nil {
		t.Fatal(err)
	}
	if r := payInvoice(t, sheet, telegramtest.PayApprove, telegramtest.PayRefused); !strings.Contains(r.Words, "属于别人的订单") {
		t.Errorf("refused with %q", r.Words)
	}
}

func TestMoneyThatOvertakesTheRefusalIsADuplicate(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{invoices: true})
	u := s.customer("Alex", "en")
	sheet := s.invoicedOrder(u)
	payInvoice(t, sheet, telegramtest.PayApprove, telegramtest.PayPaid)
	u.WaitForText("Paid. Thank you!")
	sheet.ForcePay()
	s.eventually("the second charge", func() bool { return len(s.captures(u)) == 2 })
	got := map[tickets.Disposition]int{}
	for _, c := range s.captures(u) {
		got[c.Disposition]++
	}
	if got[tickets.Applied] != 1 || got[tickets.Duplicate] != 1 {
		t.Errorf("captures %v", got)
	}
}

func TestAnExpiredInvoiceTakesPlacesAnewWhenItIsStillOpen(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{invoices: true})
	u := s.customer("Alex", "en")
	sheet := s.invoicedOrder(u)
	s.expire(u)
	for _, m := range u.Chat().Messages() {
		if m.Invoice != nil {
			t.Error("the invoice of an expired order is still there")
		}
	}
	payInvoice(t, sheet, telegramtest.PayApprove, telegramtest.PayPaid)
	u.WaitForText("Paid. Thank you!")
	if o := s.order(u); o.Gen != 2 || o.Stage != tickets.StageFulfilled {
		t.Errorf("order %s, generation %d", o.Stage, o.Gen)
	}
}

func TestTheInvoiceOfPlacesHeldAnewIsSentAgain(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{invoices: true})
	u := s.customer("Alex", "en")
	sheet := s.invoicedOrder(u)
	s.expire(u)
	payInvoice(t, sheet, telegramtest.PayDecline, telegramtest.PayDeclined)
	u.WaitForText("Your places are held again")
	u.PressAndWait("Send the invoice again", "The invoice is in this chat")
	payInvoice(t, u.Invoice(), telegramtest.PayApprove, telegramtest.PayPaid)
	u.WaitForText("Paid. Thank you!")
	if o := s.order(u); o.Gen != 2 || o.Stage != tickets.StageFulfilled {
		t.Errorf("order %s, generation %d", o.Stage, o.Gen)
	}
}

// TestADeletedInvoiceIsHadAgain clears the chat, finds the order by /orders, and pays the invoice that is sent again; what
// was open of the first one cannot be paid beside it.
func TestADeletedInvoiceIsHadAgain(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{invoices: true, api: telegramtest.Options{AllowProblems: true}}) // the deleted is deleted once more
	u := s.customer("Alex", "en")
	first := s.invoicedOrder(u)
	u.Chat().Clear()
	u.Send("/orders")
	u.PressAndWait("Sentosa Family Pack", "The invoice is in this chat")
	press := u.Chat().Last()
	u.PressAndWait("Send the invoice again", "The invoice is in this chat")
	second := u.Invoice()
	if o := s.order(u); o.Attempts != 2 || second.Invoice().TotalAmount != o.Total().Amount {
		t.Errorf("%d attempts, invoice %+v", o.Attempts, second.Invoice())
	}
	s.pressData(u, press.MessageID, dataOf(t, press, "Send the invoice again"))
	if o := s.order(u); o.Attempts != 2 {
		t.Errorf("pressed twice, there are %d attempts", o.Attempts)
	}
	if r := payInvoice(t, first, telegramtest.PayApprove, telegramtest.PayRefused); !strings.Contains(r.Words, "newest button") {
		t.Errorf("the deleted invoice is refused with %q", r.Words)
	}
	payInvoice(t, second, telegramtest.PayApprove, telegramtest.PayPaid)
	u.WaitForText("Paid. Thank you!")
	if n := len(s.captures(u)); n != 1 {
		t.Errorf("%d charges", n)
	}
}

// TestAnInvoiceIsNotSentAgainWhileItsMoneyMayCome has the customer press Pay, and then want the invoice again at once.
func TestAnInvoiceIsNotSentAgainWhileItsMoneyMayCome(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{invoices: true})
	u := s.customer("Alex", "en")
	sheet := s.invoicedOrder(u)
	payInvoice(t, sheet, telegramtest.PayDecline, telegramtest.PayDeclined)
	u.PressAndWait("Send the invoice again", "may still be under way")
	if o := s.order(u); o.Attempts != 1 {
		t.Errorf("%d attempts", o.Attempts)
	}
	s.clock.pass(2 * time.Minute)
	u.PressAndWait("Send the invoice again", "The invoice is in this chat")
	s.eventually("another attempt", func() bool { return s.order(u).Attempts == 2 })
	payInvoice(t, u.Invoice(), telegramtest.PayApprove, telegramtest.PayPaid)
	u.WaitForText("Paid. Thank you!")
}

// pressData presses a button of a message as it once was.
func (s *shop) pressData(u *telegramtest.User, message int, data string) {
	s.t.Helper()
	press, err := u.PressOn(u.Chat(), message, data)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := press.Wait(s.ctx); err != nil {
		s.t.Fatal(err)
	}
}

func TestADigitalProductIsPaidInStars(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{invoices: true, catalog: func(c *tickets.Catalog) {
		for i := range c.Products {
			c.Products[i].Digital = c.Products[i].ID == "sentosa_family"
		}
	}})
	u := s.customer("Alex", "en")
	u.SetStars(1_000_000)
	s.confirmed(u) // there is one way to pay, which is offered at once
	sheet := u.Invoice()
	if sheet.Invoice().Currency != "XTR" {
		t.Fatalf("invoice %+v", sheet.Invoice())
	}
	payInvoice(t, sheet, telegramtest.PayApprove, telegramtest.PayPaid)
	u.WaitForText("Paid. Thank you!")
	c := s.captures(u)[0]
	if err := s.door.RefundStar(t.Context(), u.ID, c.Charge); err != nil {
		t.Fatal(err)
	}
	if err := s.door.RefundStar(t.Context(), u.ID, c.Charge); err != nil {
		t.Errorf("refunded twice: %v", err)
	}
	moves, err := s.door.StarTransactions(t.Context(), 0, 100)
	if err != nil || len(moves) != 2 || moves[0].Payload != s.order(u).Session || !moves[1].Refund || moves[1].Charge != c.Charge || moves[1].User != u.ID {
		t.Errorf("moves %+v, %v", moves, err)
	}
	if u.Stars() != 1_000_000 {
		t.Errorf("%d Stars after the refund", u.Stars())
	}
}

// confirmed brings a customer to an order that is held for them.
func (s *shop) confirmed(u *telegramtest.User) {
	s.t.Helper()
	u.Send("/start")
	u.Press("Sentosa Family Pack")
	u.Press("📅 Choose a day")
	u.Press("Tomorrow")
	u.Press("2")
	u.Press("Continue")
	u.PressAndWait("✅ Confirm", "Held for you until")
}

// expire lets the time of a customer's order run out.
func (s *shop) expire(u *telegramtest.User) {
	s.t.Helper()
	for range 20 {
		s.pass(time.Minute)
		if s.order(u).Ended() {
			return
		}
	}
	s.t.Fatalf("order %+v does not end", s.order(u))
}

// captures is the money of a person's newest order.
func (s *shop) captures(u *telegramtest.User) (cs []tickets.Capture) {
	s.t.Helper()
	o := s.order(u)
	if err := s.store.View(s.ctx, func(r tickets.Reader) (err error) { cs, err = r.Captures(o.ID); return err }); err != nil {
		s.t.Fatal(err)
	}
	return cs
}
