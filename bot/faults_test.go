package bot_test

import (
	"strings"
	"testing"
	"time"

	"boxoffice/bot/telegramtest"
	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

func TestPurchaseOnAnOlderBotAPI(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{api: telegramtest.Options{
		Older: telegramtest.Older{NoDisabled: true, NoStyle: true, NoTgTime: true}, AllowProblems: true, // refusals are how it is found out
	}})
	p := s.script(s.customer("Mei", "en"))
	p.say("/start p_cable_car")
	p.press("Choose a day", "Which day")
	p.press("Month", "November 2026")
	if a := p.toast("Mo"); a.Text != "This is not available." {
		t.Errorf("a button that cannot be pressed says %q", a.Text)
	}
	p.press("28", "How many?")
	p.press("Continue", "Please check")
	p.press("Confirm", "Held for you until 10:05 · 5 min")
	s.pay(p.u, sandbox.Approve)
	p.u.WaitForText("Your tickets are in this chat")
}

func TestPurchaseWhileTheBotAPIStumbles(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{api: telegramtest.Options{AllowProblems: true}})
	for _, f := range []telegramtest.Fault{
		{Method: "editMessageText", Chance: 0.2, ResetAfter: true}, {Method: "editMessageText", Chance: 0.2, Status: 502},
		{Method: "sendMessage", Chance: 0.2, ResetBefore: true}, {Method: "sendPhoto", Times: 1, ResetBefore: true},
		{Method: "answerCallbackQuery", Chance: 0.2, ResetAfter: true},
	} {
		remove := s.api.Inject(f)
		t.Cleanup(func() { remove() })
	}
	for range 2 {
		p := s.script(s.customer("Mei", "en"))
		p.u.Send("/start")
		p.act('p')
		p.act('d')
		p.act('y')
		p.act('s')
		p.act('c')
		s.eventually("payment page", func() bool { return s.order(p.u).Session != "" })
		s.pay(p.u, sandbox.Approve)
		for range 3 { // what failed is tried again after a while
			s.sent()
			s.clock.pass(40 * time.Second)
		}
		p.u.WaitForText("🎟")
		p.u.WaitForText("Your tickets are in this chat")
	}
	if n := s.orders(); n != 2 {
		t.Errorf("%d orders", n)
	}
}

func TestUpdateHandledTwiceDoesNoHarm(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	summary := toSummary(p)
	data := dataOf(t, summary, "Confirm")
	press, err := p.u.PressOn(p.c, summary.MessageID, data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := press.Wait(s.ctx); err != nil {
		t.Fatal(err)
	}
	p.u.WaitForText("Held for you until")
	again := updateOf(p.u, p.c, press.ID, summary.MessageID, data)
	for range 3 {
		if err := s.bot.Handle(s.ctx, again); err != nil {
			t.Error(err)
		}
	}
	if n := s.orders(); n != 1 {
		t.Errorf("%d orders", n)
	}
	if o := s.order(p.u); o.Stage != tickets.StageAwaiting || o.Attempts != 1 {
		t.Errorf("order is %s with %d attempts", o.Stage, o.Attempts)
	}
	p.u.WaitForText("Held for you until")
}

func TestTicketsComeAsTextWhenThePictureIsRefused(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{api: telegramtest.Options{AllowProblems: true}})
	s.api.Inject(telegramtest.Fault{Method: "sendPhoto", Status: 400, Description: "Bad Request: PHOTO_INVALID_DIMENSIONS"})
	p := s.script(s.customer("Mei", "en"))
	p.say("/start p_cable_car")
	p.press("Choose a day", "Which day")
	p.press("Tomorrow", "How many?")
	p.press("Continue", "Please check")
	p.press("Confirm", "Held for you")
	s.pay(p.u, sandbox.Approve)
	m := p.u.WaitForText("Ticket page 1/1")
	if !strings.Contains(m.Body(), "ticket_") {
		t.Errorf("the message has no code:\n%s", m.Body())
	}
}
