package bot_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"boxoffice/bot/telegramtest"
	"boxoffice/checkout"
	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

// toSummary brings a new customer to the summary of one family pack tomorrow.
func toSummary(p *script) *telegramtest.Message {
	p.say("/start")
	p.press("Sentosa Family Pack")
	p.press("Choose a day")
	p.press("Tomorrow")
	return p.press("Continue")
}

func dataOf(t *testing.T, m *telegramtest.Message, label string) string {
	t.Helper()
	for _, row := range m.ReplyMarkup.Rows {
		for _, b := range row {
			if strings.Contains(b.Text, label) {
				return b.CallbackData
			}
		}
	}
	t.Fatalf("no button %q", label)
	return ""
}

// pressOn presses data on a message and waits for the answer.
func (s *shop) pressOn(u *telegramtest.User, c *telegramtest.Chat, message int, data string) telegramtest.Answer {
	s.t.Helper()
	press, err := u.PressOn(c, message, data)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	a, err := press.Wait(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

func TestOldButtonGetsThePresentScreen(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	p.say("/start")
	product := p.press("Singapore Cable Car")
	old := dataOf(t, product, "Choose a day")
	p.press("Choose a day")
	p.press("Tomorrow")
	s.clock.pass(time.Minute)
	if a := s.pressOn(p.u, p.c, product.MessageID, old); a.Text != "That menu is out of date. Here is the current one." {
		t.Errorf("toast = %q", a.Text)
	}
	if m := p.c.Last(); !strings.Contains(m.Body(), "How many?") {
		t.Errorf("the screen changed:\n%s", m.Body())
	}
	for _, data := range []string{"", "0", "calendar:2026", "1zzzzzzzzzz00m", "10000000000" + "00Zxyz", "-1"} {
		if data == "" {
			continue
		}
		s.pressOn(p.u, p.c, product.MessageID, data)
	}
	p.u.WaitForText("How many?")
}

func TestForeignButtonIsRefused(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	m := toSummary(p)
	bob := s.customer("Bob", "en")
	confirm := dataOf(t, m, "Confirm")
	if a := s.pressOn(bob, p.c, m.MessageID, confirm); !strings.Contains(a.Text, "somebody else") {
		t.Errorf("toast = %q", a.Text)
	}
	held := p.press("Confirm")
	if a := s.pressOn(bob, bob.Chat(), bobsMessage(bob), dataOf(t, held, "Cancel order")); !strings.Contains(a.Text, "somebody else") {
		t.Errorf("toast = %q", a.Text)
	}
	if o := s.order(p.u); !o.Open() || s.orders() != 1 {
		t.Errorf("order is %s of %d", o.Stage, s.orders())
	}
}

// bobsMessage makes the bot send something to a person and returns its number.
func bobsMessage(u *telegramtest.User) int {
	u.Send("/start")
	return u.WaitForText("Welcome").MessageID
}

func TestConfirmTappedTwicePlacesOnce(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	m := toSummary(p)
	data := dataOf(t, m, "Confirm")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { s.pressOn(p.u, p.c, m.MessageID, data) })
	}
	wg.Wait()
	p.u.WaitForText("Held for you until")
	if n := s.orders(); n != 1 {
		t.Errorf("%d orders", n)
	}
}

func TestQuickTapsOnPlusAllCount(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	p.say("/start p_cable_car")
	p.press("Choose a day")
	m := p.press("Tomorrow")
	data := dataOf(t, m, "+")
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() { s.pressOn(p.u, p.c, m.MessageID, data) })
	}
	wg.Wait()
	p.u.WaitForText("Total S$198.00")
	for range 5 {
		s.pressOn(p.u, p.c, m.MessageID, data)
	}
	if a := p.toast("+"); a.Text != "At most 10 may be booked." {
		t.Errorf("toast = %q", a.Text)
	}
}

func TestSoldOutRaceOffersOtherSlots(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	p.say("/start p_night_walk")
	p.press("Choose a day")
	p.press("Tomorrow")
	p.press("19:30")
	p.press("3")
	p.press("Continue")
	s.take("night_walk", "night_walk_guest", tickets.Slot{Date: tickets.CivilDate(2026, 11, 23), Start: "19:30"}, 6)
	p.press("Confirm")
	p.press("Mon 23 Nov, 20:30")
	p.press("Confirm")
	p.golden("sold_out_race")
	if o := s.order(p.u); o.Slot().Start != "20:30" || o.Places() != 3 {
		t.Errorf("order for %s, %d places", o.Slot(), o.Places())
	}
}

// take holds places of a slot for somebody else.
func (s *shop) take(p tickets.ProductID, k tickets.SKUID, slot tickets.Slot, n int) {
	s.t.Helper()
	q, err := s.desk.Quote(s.ctx, p, slot, []tickets.Choice{{SKU: k, Units: n}})
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.desk.Place(s.ctx, checkout.Placing{Quote: q, Channel: tickets.ChannelAPI, Confirm: slot.String()}); err != nil {
		s.t.Fatal(err)
	}
}

func TestSoldOutDaySaysWhatIsNear(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	tomorrow := tickets.CivilDate(2026, 11, 23)
	for _, start := range []string{"19:30", "20:30"} {
		slot := tickets.Slot{Date: tomorrow, Start: start}
		s.take("night_walk", "night_walk_guest", slot, 6)
		q, err := s.desk.Quote(s.ctx, "night_walk", slot, []tickets.Choice{{SKU: "night_walk_guest", Units: 2}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.desk.Place(s.ctx, checkout.Placing{Quote: q, Channel: tickets.ChannelAPI, Confirm: "b" + start}); err != nil {
			t.Fatal(err)
		}
	}
	p := s.script(s.customer("Mei", "en"))
	p.say("/start p_night_walk")
	p.press("Choose a day")
	if a := p.toast("Tomorrow"); a.Text != "Sold out. Nearest: Sun 22 Nov, 20:30" {
		t.Errorf("toast = %q", a.Text)
	}
	p.press("Month")
	if a := p.toast("23 ✕"); !strings.HasPrefix(a.Text, "Sold out. Nearest") {
		t.Errorf("toast = %q", a.Text)
	}
	if m := p.say("tomorrow"); !strings.Contains(m.Body(), "Sold out. Nearest: Sun 22 Nov, 20:30") {
		t.Errorf("screen:\n%s", m.Body())
	}
	p.golden("sold_out_day")
}

func TestTypedWordsAreUnderstood(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	p.say("hello there")
	p.say("/start")
	p.say("what?")
	p.say("cable")
	p.say("next sunday")
	p.say("2 adults and 1 child")
	p.say("banana")
	p.say("400")
	p.say("28 nov")
	p.press("Continue")
	p.say("3")
	p.press("Continue")
	p.press("Confirm")
	p.say("thanks")
	p.golden("typed")
}

func TestTypedChinese(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("美玲", "zh-hans"))
	p.say("/start")
	p.say("缆车")
	p.say("明天")
	p.say("两大一小")
	p.say("１２月２４日")
	p.say("提灯")
	p.golden("typed.zh-hans")
}

func TestExpiredOrderIsHeldAgain(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	toSummary(p)
	p.press("Confirm")
	s.pass(3*time.Minute + 10*time.Second)
	p.wait("Two minutes left")
	s.pass(3 * time.Minute)
	p.wait("Expired")
	p.press("Hold again", "A00002")
	s.eventually("held again", func() bool { return s.orders() == 2 && s.order(p.u).Session != "" })
	s.pay(p.u, sandbox.Approve)
	p.wait("Your tickets are in this chat")
	p.golden("expired")
}

func TestHoldAgainAtANewPriceAsksFirst(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	toSummary(p)
	p.press("Confirm")
	s.pass(6 * time.Minute)
	p.wait("Expired")
	cat := s.cat
	cat.SKUs = append([]tickets.SKU(nil), cat.SKUs...)
	cat.SKUs[0].Price = 12900
	if _, _, err := s.desk.Apply(s.ctx, cat); err != nil {
		t.Fatal(err)
	}
	m := p.press("Hold again", "Please check")
	if !strings.Contains(m.Body(), "The price has changed from S$119.00 to S$129.00") || s.orders() != 1 {
		t.Errorf("%d orders; screen:\n%s", s.orders(), m.Body())
	}
	p.press("Confirm")
	p.wait("Held for you until", "S$129.00")
}

func TestCancelOnEveryScreen(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	toSummary(p)
	p.press("✖ Cancel")
	p.press("Book tickets")
	p.press("Sentosa Family Pack")
	p.say("/cancel")
	p.say("/cancel")
	toSummary(p)
	p.press("Confirm")
	p.toast("Cancel order")
	p.wait("Cancelled.", "Nothing was charged")
	p.golden("cancel")
	if o := s.order(p.u); o.Stage != tickets.StageCancelled {
		t.Errorf("order is %s", o.Stage)
	}
}

func TestBackLeadsToTheScreenBefore(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	p.say("/start")
	p.press("Fort Siloso")
	p.press("Choose a day")
	p.press("Tomorrow")
	p.press("19:30")
	p.press("Continue")
	for _, want := range []string{"How many?", "At what time?", "Which day", "lanterns", "Welcome"} {
		if m := p.press("‹ Back"); !strings.Contains(m.Body(), want) {
			t.Fatalf("screen is not %q:\n%s", want, m.Body())
		}
	}
}

func TestFreeTicketsNeedNoPayment(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{catalog: func(c *tickets.Catalog) { c.SKUs[0].Price = 0 }})
	p := s.script(s.customer("Mei", "en"))
	toSummary(p)
	p.press("Confirm")
	p.toast("Get tickets")
	p.wait("ticket_")
	p.wait("Your tickets are in this chat")
	p.golden("free")
}

func TestMethodsShowTheirFees(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{methods: []string{"card", "paynow"}, fees: map[string]tickets.Fee{"sandbox/card": {BasisPoints: 300}}})
	p := s.script(s.customer("Mei", "en"))
	toSummary(p)
	p.press("Confirm")
	p.press("Card")
	p.press("Pay another way")
	p.press("PayNow")
	if a := p.toast("Check payment"); !strings.Contains(a.Text, "No payment has arrived yet") {
		t.Errorf("toast = %q", a.Text)
	}
	p.golden("methods")
}

func TestDeletedLiveMessageComesAgain(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{api: telegramtest.Options{AllowProblems: true}}) // editing what is gone is refused
	p := s.script(s.customer("Mei", "en"))
	toSummary(p)
	p.press("Confirm")
	p.wait("Held for you until")
	p.c.Clear()
	s.pass(6 * time.Minute)
	p.u.WaitForText("Expired")
	p.press("Hold again")
	p.u.WaitForText("Held for you until")
}

func TestSeveralTicketsAreLeafedThrough(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	p.say("/start p_night_walk")
	p.press("Choose a day")
	p.press("Tomorrow")
	p.press("19:30")
	p.press("3")
	p.press("Continue")
	p.press("Confirm")
	p.b.Reset()
	s.pay(p.u, sandbox.Approve)
	p.wait("Your tickets are in this chat")
	p.wait("ticket 1 of 3")
	p.press("▶")
	p.press("▶")
	p.press("▶")
	p.press("◀")
	mark := p.c.Mark()
	p.toast("Map")
	p.shown(mark)
	mark = p.c.Mark()
	p.toast("Calendar")
	p.shown(mark)
	p.say("/tickets")
	p.say("/orders")
	p.press("Fort Siloso")
	p.golden("tickets")
}

func TestSummaryThatLayTooLongIsPricedAnew(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	toSummary(p)
	s.clock.pass(20 * time.Minute)
	p.press("Confirm", "Some time has passed")
	s.clock.pass(20 * time.Minute)
	s.cat.SKUs[0].Price = 9900
	if _, _, err := s.desk.Apply(s.ctx, s.cat); err != nil {
		t.Fatal(err)
	}
	p.press("Confirm", "The price has changed from S$119.00 to S$99.00")
	p.press("Confirm", "Held for you until", "S$99.00")
}

func TestLimitsOfACustomerAreExplained(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	for range 3 {
		toSummary(p)
		p.press("Confirm", "Held for you until")
	}
	toSummary(p)
	m := p.press("Confirm", "3 orders waiting to be paid")
	if !hasButton(m, "Confirm") || s.orders() != 3 {
		t.Errorf("%d orders; screen:\n%s", s.orders(), m.Body())
	}
}

func TestLookingAtAProductIsCounted(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	p.say("/start")
	p.press("Cable Car", "Mount Faber")
	if _, err := s.desk.Tally(s.ctx); err != nil {
		t.Fatal(err)
	}
	n, err := s.desk.Numbers(s.ctx, 0, 100_000, checkout.TallyViews)
	if err != nil {
		t.Fatal(err)
	}
	if got := n.Sum(checkout.TallyViews, "cable_car", 0, 100_000); got != 1 || len(n.Keys(checkout.TallyViews)) != 1 {
		t.Errorf("views %v", n)
	}
}

func TestProductTakenAwayLeadsToTheMenu(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	p.say("/start")
	p.press("Cable Car", "Mount Faber")
	p.press("Choose a day", "Which day")
	cat := s.cat
	cat.Products = cat.Products[:1]
	cat.SKUs = cat.SKUs[:1]
	if _, _, err := s.desk.Apply(s.ctx, cat); err != nil {
		t.Fatal(err)
	}
	if a := p.toast("Tomorrow"); a.Text != "This is not on sale any more." {
		t.Errorf("toast = %q", a.Text)
	}
	p.u.WaitForText("Welcome")
}

func TestNewStartLeavesTheHeldOrderAlone(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	toSummary(p)
	held := p.press("Confirm", "Held for you until")
	p.say("/start")
	s.pay(p.u, sandbox.Approve)
	m := p.u.WaitForText("Your tickets are in this chat")
	if m.MessageID != held.MessageID {
		t.Errorf("message %d became the receipt, not %d", m.MessageID, held.MessageID)
	}
	p.press("Cable Car", "Mount Faber")
}

func TestConversationSurvivesARestart(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	toSummary(p)
	s.stop()
	s.openBot(slog.New(slog.DiscardHandler), "https://tickets.example.com")
	p.press("Confirm", "Held for you until")
	s.pay(p.u, sandbox.Approve)
	m := p.u.WaitForText("🎟")
	if !hasButton(m, "Ticket page") {
		t.Error("no way to the ticket's page")
	}
}
