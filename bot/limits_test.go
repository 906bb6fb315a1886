package bot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"boxoffice/bot/telegramtest"
	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
	"boxoffice/tickets/qr"
)

// long repeats words of each language to a length, with signs that HTML minds.
func long(n int) tickets.Texts {
	cut := func(s string) string { return string([]rune(strings.Repeat(s, n))[:n]) }
	return tickets.Texts{"en": cut("Long & <wide> words "), "zh-Hans": cut("很长的“名字”&<词>"), "zh-Hant": cut("很長的「名字」&<詞>")}
}

// overlong makes a catalog as large as merchants may dream of.
func overlong(c *tickets.Catalog) {
	c.Merchant.Names, c.Merchant.Terms, c.Merchant.Privacy, c.Merchant.Support = long(400), long(9000), long(9000), long(9000)
	p := &c.Products[0]
	p.Names, p.Descriptions, p.Rules = long(500), long(6000), long(3000)
	p.Place.Names, p.Place.Address = long(400), long(900)
	p.MaxPerOrder = 100
	p.Refund = tickets.RefundPolicy{Brackets: []tickets.RefundBracket{{Percent: 50, Fee: 1}}}
	p.Calendar.Slots = nil
	for h := 11; h < 23; h++ {
		p.Calendar.Slots = append(p.Calendar.Slots, tickets.TimeSlot{Start: fmt.Sprintf("%d:30", h), Minutes: 45})
	}
	for i := range 30 {
		k := c.SKUs[0]
		k.ID, k.Names, k.Admits = tickets.SKUID(fmt.Sprintf("%s-%d-%s", k.ID, i, strings.Repeat("x", 200))), long(300), 1
		k.MaxPerCustomer, k.TicketMode = 0, tickets.TicketPerOrder
		c.SKUs = append(c.SKUs, k)
	}
	for i := range 60 {
		x := *p
		x.ID = tickets.ProductID(fmt.Sprintf("p%d-%s", i, strings.Repeat("y", 200)))
		c.Products = append(c.Products, x)
	}
}

func TestLongestTextsFitInEachLanguage(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-hans", "zh-hant"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, shopOptions{
				catalog: overlong, methods: []string{"card", "paynow", "grabpay", "alipay", "wechat_pay"}, fees: map[string]tickets.Fee{"sandbox": {Fixed: 123456}},
			})
			owner := s.customer("Olivia", lang)
			g := s.api.AddGroup("Office", owner)
			g.AddBot(owner, true)
			code, err := s.desk.LinkCode(s.ctx, "test")
			if err != nil {
				t.Fatal(err)
			}
			owner.SendIn(g, "/link "+code)
			mei := s.api.AddUser(telegramtest.Profile{FirstName: strings.Repeat("Mei ", 60), LastName: strings.Repeat("长", 60), Username: "mei", LanguageCode: lang})
			p := s.script(mei)
			for _, c := range []string{"/start", "/help", "/terms", "/privacy", "/support", "/paysupport", "/language"} {
				p.say(c)
			}
			p.say("/start")
			p.act('p')
			p.act('d')
			p.act('o')
			p.act('y')
			p.act('t')
			for range 3 {
				p.act('+')
			}
			p.act('s')
			p.act('c')
			p.act('P')
			s.eventually("payment page", func() bool { return s.order(mei).Session != "" })
			s.pay(mei, sandbox.Twice)
			s.sent()
			p.say("/tickets")
			p.say("/orders")
			p.act('O')
			p.act('R')
			p.act('B')
			p.say(strings.Repeat("长<&", 1300))
			p.act('Q')
			s.sent()
			s.clock.pass(80 * time.Minute)
			owner.SendIn(g, "/check "+s.tickets(s.order(mei))[0].Text)
			p.c = g
			p.u = owner
			p.act('D')
			p.say("/today")
			p.say("/cases")
			p.deed('a', "")
			p.deed('a', "0")
			p.say("/refund " + s.order(mei).Code)
			p.deed('z', "", "✎")
			seen := 0
			for _, chat := range []*telegramtest.Chat{mei.Chat(), g} {
				for _, m := range chat.Messages() {
					checkLimits(t, m)
					seen++
				}
			}
			if seen < 15 {
				t.Errorf("only %d messages", seen)
			}
		})
	}
}

func checkLimits(t *testing.T, m *telegramtest.Message) {
	t.Helper()
	limit := 4096
	if m.Text == "" {
		limit = 1024
	}
	if n := len(utf16.Encode([]rune(m.Body()))); n > limit {
		t.Errorf("%d units of %d:\n%s", n, limit, m.Body())
	}
	if m.ReplyMarkup == nil {
		return
	}
	buttons := 0
	for _, row := range m.ReplyMarkup.Rows {
		buttons += len(row)
		if len(row) > 8 {
			t.Errorf("%d buttons in a row", len(row))
		}
		for _, b := range row {
			if len(b.CallbackData) > 64 {
				t.Errorf("%q carries %d bytes", b.Text, len(b.CallbackData))
			}
			if len([]rune(b.Text)) > 80 {
				t.Errorf("a label has %d characters: %s", len([]rune(b.Text)), b.Text)
			}
		}
	}
	if buttons > 100 {
		t.Errorf("%d buttons", buttons)
	}
}

func TestPictureOfAProductStaysWhileChoosing(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	picture, err := qr.PNG("TEST", 240)
	if err != nil {
		t.Fatal(err)
	}
	s.cat.Products[0].Photo = p.u.SendPhoto(picture, "").Photo[0].FileID // where Telegram has it already
	if _, _, err := s.desk.Apply(s.ctx, s.cat); err != nil {
		t.Fatal(err)
	}
	p.u.WaitForText("I can only read text")
	p.say("/start")
	if m := p.press("Sentosa Family Pack", "Luge"); len(m.Photo) == 0 {
		t.Errorf("no picture:\n%s", m.Body())
	}
	if m := p.press("Choose a day", "Which day"); len(m.Photo) == 0 {
		t.Errorf("not a caption:\n%s", p.c.Transcript())
	}
	p.press("‹ Back", "Luge")
	if m := p.press("‹ Back", "Welcome"); len(m.Photo) != 0 {
		t.Errorf("the menu is under the product's picture:\n%s", p.c.Transcript())
	}
	p.press("Sentosa Family Pack", "Luge")
	p.press("Choose a day", "Which day")
	p.press("Tomorrow", "How many")
	p.press("Continue", "Please check")
	if m := p.press("Confirm", "Held for you"); len(m.Photo) == 0 {
		t.Errorf("not a caption:\n%s", p.c.Transcript())
	}
	s.pay(p.u, sandbox.Approve)
	p.wait("Your tickets are in this chat")
}

func TestPictureThatCannotBeFetchedIsLeftOut(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{
		catalog: func(c *tickets.Catalog) { c.Products[0].Photo = "https://example.com/none.jpg" },
		api:     telegramtest.Options{AllowProblems: true}, // the picture is refused
	})
	p := s.script(s.customer("Mei", "en"))
	p.say("/start")
	p.press("Sentosa Family Pack")
	p.press("Choose a day", "Which day")
	if n := len(p.c.Messages()); n != 2 {
		t.Errorf("%d messages", n)
	}
	if m := p.say("/start p_sentosa_family"); !strings.Contains(m.Text, "Luge") {
		t.Errorf("screen:\n%s", m.Body())
	}
}
