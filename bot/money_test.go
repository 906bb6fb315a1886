package bot_test

import (
	"slices"
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

// tell runs a story in two languages and compares each telling with its golden file.
func tell(t *testing.T, name string, opt shopOptions, play func(*story)) {
	t.Helper()
	for _, lang := range []string{"en", "zh-hans"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
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
			play(s)
			s.sent()
			s.allTold()
			s.c.b.WriteString("=== the chat of Mei\n")
			s.c.all()
			s.c.b.WriteString("=== the merchant's group\n" + s.m.b.String())
			s.c.golden("story_" + name + "." + lang)
		})
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

// all writes down every message of the bot that is in the chat now.
func (p *script) all() {
	for _, m := range p.c.Messages() {
		if m.From != nil && m.From.IsBot {
			p.write(m)
		}
	}
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
func (s *story) bank(acts ...sandbox.Act) {
	s.t.Helper()
	for _, a := range acts {
		if err := s.pays.Force(s.ctx, string(s.order(s.mei).Session), sandbox.Outcome{Act: a}); err != nil {
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

func TestAboveALimitTwoPeopleApprove(t *testing.T) {
	t.Parallel()
	tell(t, "second", shopOptions{catalog: func(c *tickets.Catalog) { c.Merchant.ApproveAbove = 5000 }}, func(s *story) {
		s.bought("sentosa_family")
		s.asks()
		s.m.deed('a', "")
		s.m.deed('a', "1")
		s.m.deed('a', "") // once more by the same person
		if a := s.m.deed('a', "1"); !a.Alert {
			s.t.Errorf("the same person's second yes: %+v", a)
		}
		if o := s.order(s.mei); o.Refund != tickets.RefundRequested {
			s.t.Errorf("refund is %s after one person's yes", o.Refund)
		}
		s.m.u = s.max
		s.m.deed('a', "")
		s.m.deed('a', "0")
		s.repay()
		s.m.wait("💸")
	})
}

func TestWishIsRejectedWithAReasonThatWasTyped(t *testing.T) {
	t.Parallel()
	tell(t, "reject", shopOptions{}, func(s *story) {
		s.bought("sentosa_family")
		s.asks()
		s.m.deed('r', "")
		s.m.deed('r', "y", "✎")
		prompt := s.g.Last()
		said := s.owner.Reply(s.g, "The cable car runs in rain too.", prompt)
		s.m.shownAfter(said)
		s.m.deed('r', "z")
		s.sent()
		s.c.wait("✖")
	})
}

func TestLateMoneyPaysForAnotherDay(t *testing.T) {
	t.Parallel()
	tell(t, "late_moved", shopOptions{}, func(s *story) {
		o := s.held("sentosa_family")
		s.pass(6 * time.Minute)
		s.fill(o)
		s.pay(s.mei, sandbox.Approve)
		s.sent()
		s.c.act('E')
		s.c.act('V')
		s.press('v')
		s.eventually("moved", func() bool { return s.order(s.mei).Paid() })
		s.sent()
		if moved := s.order(s.mei); moved.Stage != tickets.StageFulfilled || moved.Slot() == o.Slot() {
			s.t.Errorf("order is %s on %s", moved.Stage, moved.Slot())
		}
	})
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

func TestLateMoneyGoesBackWhenItsCustomerWishes(t *testing.T) {
	t.Parallel()
	tell(t, "late_refund", shopOptions{}, func(s *story) {
		o := s.held("sentosa_family")
		s.pass(6 * time.Minute)
		s.fill(o)
		s.pay(s.mei, sandbox.Approve)
		s.sent()
		s.c.act('H')
		s.press('h')
		s.repay()
		if o = s.order(s.mei); o.Stage != tickets.StageExpired {
			s.t.Errorf("order is %s", o.Stage)
		}
	})
}

func TestSecondPaymentGoesBackByItself(t *testing.T) {
	t.Parallel()
	tell(t, "duplicate", shopOptions{}, func(s *story) {
		s.held("sentosa_family")
		s.pay(s.mei, sandbox.Twice)
		s.sent()
		s.m.wait("💚")
		s.repay()
		s.m.wait("💸")
	})
}

func TestUnderpaidCustomerGivesUp(t *testing.T) {
	t.Parallel()
	tell(t, "underpaid", shopOptions{}, func(s *story) {
		s.held("sentosa_family")
		s.pay(s.mei, sandbox.Less)
		s.sent()
		s.c.act('H')
		s.press('h')
		s.repay()
		if o := s.order(s.mei); o.Stage != tickets.StageExpired || o.Owed != 0 {
			s.t.Errorf("order is %s, %d owed", o.Stage, o.Owed)
		}
	})
}

func TestDisputeIsOpenedAndReversed(t *testing.T) {
	t.Parallel()
	tell(t, "dispute", shopOptions{}, func(s *story) {
		s.bought("sentosa_family")
		s.bank(sandbox.DisputeOpen, sandbox.FundsWithdraw)
		s.c.say("/tickets")
		s.m.deed('o', "", "🏦")
		data, _ := s.m.deedData('e', "")
		mark := s.g.Mark()
		s.owner.PressData(s.g, data)
		m, err := s.g.WaitAfter(s.ctx, mark, func(m *telegramtest.Message) bool { return m.Document != nil })
		if err != nil {
			s.t.Fatal(err)
		}
		s.m.write(m)
		s.m.wait("🏦", "🗂")
		s.bank(sandbox.DisputeReview, sandbox.DisputeWon, sandbox.FundsReinstate)
		if k := s.tickets(s.order(s.mei))[0]; k.State != tickets.TicketValid {
			s.t.Errorf("ticket is %s", k.State)
		}
		s.m.all()
	})
}

func TestFraudWarningIsRefunded(t *testing.T) {
	t.Parallel()
	tell(t, "warning", shopOptions{}, func(s *story) {
		s.bought("sentosa_family")
		s.bank(sandbox.DisputeWarn)
		s.m.deed('w', "")
		s.m.deed('w', "1")
		s.repay()
		s.m.wait("💸")
		if o := s.order(s.mei); o.Stage != tickets.StageRefunded {
			s.t.Errorf("order is %s", o.Stage)
		}
	})
}

func TestFailedRefundIsTriedAgain(t *testing.T) {
	t.Parallel()
	tell(t, "failed", shopOptions{}, func(s *story) {
		s.bought("sentosa_family")
		s.bank(sandbox.RefundFail)
		s.asks()
		s.m.deed('a', "")
		s.m.deed('a', "0")
		s.repay()
		s.m.deed('t', "")
		s.m.deed('t', "0")
		s.bank(sandbox.RefundFail)
		s.repay()
		s.m.deed('p', "", "✎")
		said := s.owner.Reply(s.g, "FAST-2211-778", s.g.Last())
		s.m.shownAfter(said)
		s.m.deed('p', "0", "✔️")
		s.sent()
		if o := s.order(s.mei); o.Refunded != 9420 {
			s.t.Errorf("%d refunded", o.Refunded)
		}
	})
}

func TestOrderIsMarkedPaid(t *testing.T) {
	t.Parallel()
	tell(t, "paid", shopOptions{}, func(s *story) {
		o := s.held("sentosa_family")
		s.m.say("/paid")
		s.m.say("/paid " + o.Code)
		s.m.say("/paid " + o.Code + " FT-4711 bank transfer seen")
		s.m.deed('b', "z", "✔️")
		s.sent()
		s.m.say("/paid " + o.Code + " FT-4712 again")
		s.m.say("/refund " + o.Code + " 20 rain")
		s.m.deed('q', "z", "✔️")
		s.sent()
		s.m.say("/cases")
		s.m.say("/today")
		s.repay()
		s.m.say("/cases")
	})
}

func TestTicketsThatCannotBeIssued(t *testing.T) {
	t.Parallel()
	tell(t, "cannot", shopOptions{}, func(s *story) {
		s.clock.pass(time.Second)
		p := s.script(s.mei)
		p.say("/start p_private_guide")
		for _, a := range []byte("dytsc") {
			p.act(a)
		}
		s.pay(s.mei, sandbox.Approve)
		s.sent()
		s.m.deed('n', "")
		s.m.deed('n', "0", "S$280.00 ·")
		s.sent()
		s.m.deed('i', "", "✔️")
		s.sent()
		if o := s.order(s.mei); o.Stage != tickets.StageFulfilled {
			s.t.Errorf("order is %s", o.Stage)
		}
	})
}
