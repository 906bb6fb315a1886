package bot_test

import (
	"strings"
	"testing"
	"time"

	"boxoffice/bot/telegramtest"
	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

// threeTickets buys three tickets, of one person each, for tomorrow, two days before which all but a fee comes back.
func (s *shop) threeTickets(mei *telegramtest.User) tickets.Order {
	s.t.Helper()
	s.clock.pass(time.Second)
	p := s.script(mei)
	p.say("/start p_night_walk")
	p.act('d')
	p.act('y')
	p.act('t')
	p.act('+')
	p.act('+')
	p.act('s')
	p.act('c')
	s.pay(mei, sandbox.Approve)
	s.eventually("paid", func() bool { return s.order(mei).Paid() })
	s.sent()
	return s.order(mei)
}

// generous gives everything back for every visit, and lets amounts above a limit need two people.
func generous(above int64, auto bool, langs ...string) func(*tickets.Catalog) {
	return func(c *tickets.Catalog) {
		c.Merchant.ApproveAbove = above
		if len(langs) > 0 {
			c.Merchant.Languages = langs
		}
		for i := range c.Products {
			c.Products[i].Refund = tickets.RefundPolicy{Auto: auto, Brackets: []tickets.RefundBracket{{Days: 0, Percent: 80, Fee: 100}}}
		}
	}
}

// repay sends what is due to go back, and what is to be said of it.
func (s *shop) repay() {
	s.t.Helper()
	if _, err := s.desk.Repay(s.ctx); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.pays.Tick(s.ctx); err != nil {
		s.t.Fatal(err)
	}
	s.sent()
}

// linked makes a group the merchant's, whatever its language.
func (s *shop) linked(owner *telegramtest.User, others ...*telegramtest.User) *telegramtest.Chat {
	s.t.Helper()
	g := s.api.AddGroup("Office", append([]*telegramtest.User{owner}, others...)...)
	g.AddBot(owner, true)
	code, err := s.desk.LinkCode(s.ctx, "test")
	if err != nil {
		s.t.Fatal(err)
	}
	owner.SendIn(g, "/link "+code)
	s.eventually("linked", func() bool { _, err := s.desk.MerchantChat(s.ctx); return err == nil })
	return g
}

// deed presses the newest button of a deed: the first press, or with why the second one.
func (p *script) deed(letter byte, why string, parts ...string) telegramtest.Answer {
	p.s.t.Helper()
	data, label := p.deedData(letter, why)
	mark := p.c.Mark()
	a := p.u.PressData(p.c, data)
	p.b.WriteString(">>> " + p.u.FirstName + " [" + label + "]" + toastOf(a) + "\n")
	p.shown(mark, parts...)
	p.s.sent()
	return a
}

func (p *script) deedData(letter byte, why string) (data, label string) {
	p.s.t.Helper()
	p.s.eventually("deed "+string(letter), func() bool {
		ms := p.c.Messages()
		for i := len(ms) - 1; i >= 0 && data == ""; i-- {
			if ms[i].ReplyMarkup == nil {
				continue
			}
			for _, row := range ms[i].ReplyMarkup.Rows {
				for _, b := range row {
					d := b.CallbackData
					armed := strings.Count(d, ".") == 3
					if len(d) > 15 && d[13] == 'Z' && d[14] == letter && data == "" && armed == (why != "") && (why == "" || strings.HasSuffix(d, "."+why)) {
						data, label = d, b.Text
					}
				}
			}
		}
		return data != ""
	})
	return data, label
}

func TestCustomerGivesOneOfThreeTicketsBack(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-hans", "zh-hant"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, shopOptions{catalog: generous(0, false, lang, "en", "zh-Hans", "zh-Hant")})
			owner, mei := s.customer("Olivia", lang), s.customer("Mei", lang)
			g := s.linked(owner)
			o := s.threeTickets(mei)
			p := s.script(mei)
			p.say("/orders")
			p.act('O')
			p.act('R')
			p.act('R') // the first ticket off
			p.act('R') // and on again
			p.press("☑")
			p.press("☑")
			p.act('B')
			p.act('Q', "💬")
			s.sent()
			q := &script{s: s, u: owner, c: g}
			q.deed('a', "")
			q.deed('a', "0")
			s.repay()
			p.wait("S$35.00", "💚")
			p.say("/orders")
			p.act('O')
			p.b.WriteString("=== the merchant\n" + q.b.String())
			p.golden("refund_part." + lang)
			var gone, good int
			for _, k := range s.tickets(o) {
				if k.State == tickets.TicketRevoked {
					gone++
				} else if k.State == tickets.TicketValid {
					good++
				}
			}
			if o = s.order(mei); gone != 1 || good != 2 || o.Refunded != 3500 {
				t.Errorf("%d gone, %d good, %d refunded", gone, good, o.Refunded)
			}
		})
	}
}
