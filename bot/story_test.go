package bot_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"boxoffice/bot/telegramtest"
	"boxoffice/checkout"
	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

// story is a shop with a customer, an owner and a manager, who read one language.
type story struct {
	*shop
	lang       string
	mei        *telegramtest.User
	owner, max *telegramtest.User
	g          *telegramtest.Chat
	c, m       *script // what the customer and the merchant's group see
}

// tell runs a story in each language and compares each telling with its golden file.
func tell(t *testing.T, name string, opt shopOptions, play func(*story)) {
	t.Helper()
	for _, lang := range []string{"en", "zh-hans", "zh-hant"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			s := openStory(t, opt, lang)
			play(s)
			s.sent()
			s.allTold()
			s.c.b.WriteString("=== the chat of Mei\n")
			s.c.all(opt.anyOrder)
			s.c.b.WriteString("=== the merchant's group\n" + s.m.b.String())
			s.c.golden("story_" + name + "." + lang)
		})
	}
}

// openStory is a shop whose people read one language.
func openStory(t *testing.T, opt shopOptions, lang string) *story {
	t.Helper()
	o := opt
	o.catalog = func(c *tickets.Catalog) {
		generous(0, false, lang, "en", "zh-Hans", "zh-Hant")(c)
		if opt.catalog != nil {
			opt.catalog(c)
		}
	}
	s := &story{shop: openShop(t, o), lang: lang}
	s.owner, s.max, s.mei = s.customer("Olivia", lang), s.customer("Max", lang), s.customer("Mei", lang)
	s.g = s.linked(s.owner, s.max)
	s.enlist(s.max, tickets.RoleManager)
	s.c, s.m = s.script(s.mei), &script{s: s.shop, u: s.owner, c: s.g}
	return s
}

// heard is all that a chat has from the bot.
func heard(c *telegramtest.Chat) string {
	var all []string
	for _, m := range c.Messages() {
		if m.From != nil && m.From.IsBot {
			all = append(all, m.Body())
		}
	}
	return strings.Join(all, "\n\n")
}

// reads checks what a chat has from the bot, and what it has not.
func reads(t *testing.T, c *telegramtest.Chat, has, hasNot []string) {
	t.Helper()
	all := heard(c)
	for _, words := range has {
		if !strings.Contains(all, words) {
			t.Errorf("%q is not said:\n%s", words, all)
		}
	}
	for _, words := range hasNot {
		if strings.Contains(all, words) {
			t.Errorf("%q is said:\n%s", words, all)
		}
	}
}

// allTold finds deliveries that could not be made.
func (s *story) allTold() {
	s.t.Helper()
	err := s.store.View(s.ctx, func(r tickets.Reader) error {
		return r.Walk(func(thing any) error {
			if d, ok := thing.(*tickets.Delivery); ok && (d.State == tickets.DeliveryFailed || d.State == tickets.DeliveryRetry) {
				s.t.Errorf("%s to the %s is %s: %s", d.Kind, d.To.Kind, d.State, d.Error)
			}
			return nil
		})
	})
	if err != nil {
		s.t.Error(err)
	}
}

// all writes down every message of the bot that is in the chat now; sorted where notices that race may come in any order.
func (p *script) all(anyOrder bool) {
	head := p.b.String()
	var told []string
	for _, m := range p.c.Messages() {
		if m.From != nil && m.From.IsBot {
			p.b.Reset()
			p.write(m)
			told = append(told, p.b.String())
		}
	}
	if anyOrder {
		slices.Sort(told)
	}
	p.b.Reset()
	p.b.WriteString(head + strings.Join(told, ""))
}

// enlist makes a person staff, whatever language the group reads.
func (s *story) enlist(u *telegramtest.User, role tickets.Role) {
	s.t.Helper()
	code, err := s.desk.InviteCode(s.ctx, s.member(s.owner), role)
	if err != nil {
		s.t.Fatal(err)
	}
	u.SendIn(s.g, "/join "+code)
	s.eventually("staff", func() bool {
		return s.store.View(s.ctx, func(r tickets.Reader) error { _, err := r.MemberByTelegram(u.ID); return err }) == nil
	})
}

// held places an order for today of a product, and leaves it at the payment page.
func (s *story) held(product string) tickets.Order {
	s.t.Helper()
	s.clock.pass(time.Second)
	p := s.script(s.mei)
	p.say("/start p_" + product)
	for _, a := range []byte("dysc") {
		p.act(a)
	}
	s.eventually("payment page", func() bool { return s.order(s.mei).Session != "" })
	return s.order(s.mei)
}

// bought is held, and paid.
func (s *story) bought(product string) tickets.Order {
	s.t.Helper()
	s.held(product)
	s.pay(s.mei, sandbox.Approve)
	s.eventually("paid", func() bool { return s.order(s.mei).Paid() })
	s.sent()
	return s.order(s.mei)
}

// bank plays what a bank or the provider does about the newest order, and tells the shop.
func (s *story) bank(acts ...sandbox.Act) { s.bankOn("", acts...) }

// bankOn is bank about one charge of the order.
func (s *story) bankOn(charge string, acts ...sandbox.Act) {
	s.t.Helper()
	for _, a := range acts {
		if err := s.pays.Force(s.ctx, string(s.order(s.mei).Session), sandbox.Outcome{Act: a, Of: charge}); err != nil {
			s.t.Fatal(err)
		}
		if _, err := s.pays.Tick(s.ctx); err != nil {
			s.t.Fatal(err)
		}
		s.sent()
	}
}

// asks has the customer ask everything back.
func (s *story) asks() {
	s.t.Helper()
	s.c.say("/orders")
	s.c.act('O')
	s.c.act('R')
	s.c.act('B')
	s.c.act('Q', "💬")
	s.sent()
}

// press presses the customer's newest button of an act, and writes nothing down: other messages change with it.
func (s *story) press(a byte) {
	s.t.Helper()
	for i := len(s.c.c.Messages()) - 1; i >= 0; i-- {
		m := s.c.c.Messages()[i]
		if m.ReplyMarkup == nil {
			continue
		}
		for _, row := range m.ReplyMarkup.Rows {
			for _, b := range row {
				if len(b.CallbackData) > 13 && b.CallbackData[13] == a {
					s.mei.PressData(s.c.c, b.CallbackData)
					s.eventually("redrawn", func() bool { return !slices.ContainsFunc(s.c.c.Messages(), offers(b.CallbackData)) })
					s.eventually("handled", s.handled)
					return
				}
			}
		}
	}
	s.t.Fatalf("no button %c", a)
}

// offers reports whether a message has a button.
func offers(data string) func(*telegramtest.Message) bool {
	return func(m *telegramtest.Message) bool {
		if m.ReplyMarkup == nil {
			return false
		}
		for _, row := range m.ReplyMarkup.Rows {
			for _, b := range row {
				if b.CallbackData == data {
					return true
				}
			}
		}
		return false
	}
}

// fill sells out the day of an order.
func (s *story) fill(o tickets.Order) {
	s.t.Helper()
	for {
		left, err := s.desk.Left(s.ctx, o.Quote.Product, o.Slot())
		if err != nil {
			s.t.Fatal(err)
		}
		n := 0
		for _, k := range left {
			n = max(n, k/3)
		}
		if n == 0 {
			return
		}
		s.clock.pass(time.Millisecond)
		s.takeMore(o, min(n, 5))
	}
}

// takeMore holds places of an order's day for somebody else.
func (s *story) takeMore(o tickets.Order, n int) {
	s.t.Helper()
	l := o.Quote.Lines[0]
	q, err := s.desk.Quote(s.ctx, o.Quote.Product, o.Slot(), []tickets.Choice{{SKU: l.SKU, Units: n}})
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.desk.Place(s.ctx, checkout.Placing{Quote: q, Channel: tickets.ChannelAPI, Confirm: s.clock.now().String()}); err != nil {
		s.t.Fatal(err)
	}
}

// good checks how many tickets of an order are good.
func (s *story) good(o tickets.Order, want int) {
	s.t.Helper()
	n := 0
	for _, k := range s.tickets(o) {
		if k.Good() {
			n++
		}
	}
	if n != want {
		s.t.Errorf("%d tickets are good, not %d", n, want)
	}
}

// handled reports whether no update waits or is being worked on: what a press draws last is drawn.
func (s *shop) handled() bool {
	s.t.Helper()
	var n tickets.Counts
	if err := s.store.View(s.ctx, func(r tickets.Reader) (err error) { n, err = r.Counts(); return err }); err != nil {
		s.t.Fatal(err)
	}
	return n.IncomingPending == 0
}
