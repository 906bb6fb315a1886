package bot_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"boxoffice/bot/telegramtest"
	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

// buy buys units of a product's first SKU on a day that the script's buttons name.
func (s *shop) buy(u *telegramtest.User, product, day, clock string) tickets.Order {
	s.t.Helper()
	s.clock.pass(time.Second) // orders of one moment have no order
	p := s.script(u)
	p.say("/start p_" + product)
	p.press("Choose a day")
	p.press(day)
	if clock != "" {
		p.press(clock)
	}
	p.press("Continue")
	p.press("Confirm")
	s.eventually("payment page", func() bool { o := s.order(u); return o.Open() && o.Session != "" })
	s.pay(u, sandbox.Approve)
	s.eventually("paid", func() bool { return s.order(u).Paid() })
	s.sent()
	return s.order(u)
}

func (s *shop) tickets(o tickets.Order) []tickets.Ticket {
	s.t.Helper()
	var ks []tickets.Ticket
	err := s.store.View(s.ctx, func(r tickets.Reader) (err error) { ks, err = r.Tickets(o.ID); return err })
	if err != nil || len(ks) == 0 {
		s.t.Fatalf("tickets of %s: %v, %v", o.ID, ks, err)
	}
	return ks
}

func TestStaffFromLinkToGate(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	owner, lee, mei := s.customer("Olivia", "en"), s.customer("Lee", "en"), s.customer("Mei", "en")
	stranger := s.customer("Sam", "en")
	g := s.api.AddGroup("Gate 1", owner, lee, stranger)
	g.AddBot(owner, false)
	g.WaitForText("I sell tickets in private chats")
	p := &script{s: s, u: owner, c: g}
	code, err := s.desk.LinkCode(s.ctx, "test")
	if err != nil {
		t.Fatal(err)
	}
	p.say("/link nonsense")
	p.say("/link " + code)
	p.say("/link " + code)
	p.say("/invite")
	p.say("/invite gate")

	order := s.buy(mei, "sentosa_family", "Today", "")
	p.wait("Paid S$119.00")
	code, err = s.desk.InviteCode(s.ctx, s.member(owner), tickets.RoleGate)
	if err != nil {
		t.Fatal(err)
	}
	q := s.script(lee)
	q.say("/join " + code)
	q.say("/today")
	p.say("/today@" + s.api.Bot().Username)

	ticket := s.tickets(order)[0]
	p.u = lee
	verdict := p.say("/check " + string(ticket.Code))
	admit := dataOf(t, verdict, "Admit 1")
	p.press("Admit 1")
	if a := s.pressOn(lee, g, verdict.MessageID, admit); !strings.Contains(a.Text, "1 admitted") {
		t.Errorf("second tap: %q", a.Text)
	}
	if k := s.tickets(order)[0]; k.Admitted != 1 {
		t.Errorf("%d admitted after a double tap", k.Admitted)
	}
	m := p.say("/check " + ticket.Text)
	if a := s.pressOn(stranger, g, m.MessageID, dataOf(t, m, "Admit all")); !strings.Contains(a.Text, "Only staff") || !a.Alert {
		t.Errorf("a stranger's press: %+v", a)
	}
	p.press("Admit all 2")
	p.say("/check HTTPS://EXAMPLE.COM/T/" + ticket.Text)
	p.say("/check " + strings.Replace(ticket.Text, ticket.Text[20:24], "AAAA", 1))
	p.say("/check ticket_000000000000000000000000")
	p.say("/check what is this")
	p.golden("staff")

	q = s.script(mei)
	q.say(string(ticket.Code))
	q.wait("3 of 3 already inside")
	q = s.script(stranger)
	if m := q.say("/start v_" + string(ticket.Code)); !strings.Contains(m.Body(), "could not find that ticket") {
		t.Errorf("a stranger reads:\n%s", m.Body())
	}
}

func (s *shop) member(u *telegramtest.User) (m tickets.Member) {
	s.t.Helper()
	err := s.store.View(s.ctx, func(r tickets.Reader) (err error) { m, err = r.MemberByTelegram(u.ID); return err })
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

func TestTicketIsRefusedOnAnotherDay(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	owner, mei := s.customer("Olivia", "en"), s.customer("Mei", "en")
	s.group(owner)
	tomorrow := s.buy(mei, "sentosa_family", "Tomorrow", "")
	evening := s.buy(mei, "night_walk", "Today", "19:30")
	p := s.script(owner)
	p.say(string(s.tickets(tomorrow)[0].Code))
	p.say(s.tickets(evening)[0].Text)
	p.golden("refused")
}

func TestParallelAdmitsLetInAsManyAsThereArePlaces(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	owner, mei := s.customer("Olivia", "en"), s.customer("Mei", "en")
	g := s.group(owner)
	code := string(s.tickets(s.buy(mei, "sentosa_family", "Today", ""))[0].Code)
	var verdicts []*telegramtest.Message
	for range 5 {
		said := owner.SendIn(g, "/check "+code)
		m, err := g.WaitFor(s.ctx, func(m *telegramtest.Message) bool {
			return m.MessageID > said.MessageID && strings.Contains(m.Body(), "GOOD")
		})
		if err != nil {
			t.Fatal(err)
		}
		verdicts = append(verdicts, m)
	}
	var wg sync.WaitGroup
	for _, m := range verdicts {
		wg.Go(func() { s.pressOn(owner, g, m.MessageID, dataOf(t, m, "Admit 1")) })
	}
	wg.Wait()
	if k := s.tickets(s.order(mei))[0]; k.Admitted != 3 || k.State != tickets.TicketUsed {
		t.Errorf("%d of %d admitted, %s", k.Admitted, k.Places, k.State)
	}
}

func TestStaffIssueAManualOrder(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	owner, gate, mei := s.customer("Olivia", "en"), s.customer("Gus", "en"), s.customer("Mei", "en")
	g := s.group(owner, gate)
	code, err := s.desk.InviteCode(s.ctx, s.member(owner), tickets.RoleGate)
	if err != nil {
		t.Fatal(err)
	}
	gate.SendIn(g, "/join "+code)
	g.WaitForText("Welcome, Gus")
	s.buy(mei, "private_guide", "Tomorrow", "09:00")
	mei.WaitForText("Our team is preparing your tickets", "Order TG")
	p := &script{s: s, u: gate, c: g}
	p.wait("Please issue the tickets")
	if a := p.toast("Issue tickets"); !a.Alert || !strings.Contains(a.Text, "does not allow") {
		t.Errorf("a gate's press: %+v", a)
	}
	p.u = owner
	p.press("Issue tickets")
	p.golden("issue")
	mei.WaitForText("🎟", "Private Guide")
	mei.WaitForText("Your tickets are in this chat")
}

func TestGroupTalkIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	owner := s.customer("Olivia", "en")
	g := s.group(owner)
	before := len(g.Messages())
	for _, words := range []string{"hello", "/today@another_bot", "/unknown", "3", "tomorrow", "https://example.com/T/nothing"} {
		owner.SendIn(g, words)
	}
	owner.SendIn(g, "/help")
	g.WaitForText("In this group")
	if after := len(g.Messages()); after != before+8 {
		t.Errorf("%d messages more:\n%s", after-before, g.Transcript())
	}
	owner.SendIn(g, "/start")
	m := g.WaitForText("Tickets are for your eyes only")
	if m.ReplyMarkup == nil || !strings.HasPrefix(m.ReplyMarkup.Rows[0][0].URL, "https://t.me/") {
		t.Errorf("no way to the private chat: %+v", m.ReplyMarkup)
	}
	if m := s.script(owner).say("/link abc"); !strings.Contains(m.Body(), "in the group") {
		t.Errorf("/link in private:\n%s", m.Body())
	}
}

func TestBotIntroducesItselfInAGroup(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	owner := s.customer("Olivia", "en")
	g := s.api.AddGroup("Office", owner)
	g.AddBot(owner, false)
	g.WaitForText("I sell tickets in private chats")
}

func TestIntroductionGoesWhenTheGroupIsLinked(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	owner, lee := s.customer("Olivia", "en"), s.customer("Lee", "en")
	g := s.api.AddGroup("Office", owner, lee)
	g.AddBot(owner, true)
	hello := g.WaitForText("I sell tickets in private chats").MessageID
	there := func() bool {
		return slices.ContainsFunc(g.Messages(), func(m *telegramtest.Message) bool { return m.MessageID == hello })
	}
	p := &script{s: s, u: lee, c: g}
	p.say("/link nonsense")
	if !there() {
		t.Error("a wrong code took the introduction away")
	}
	code, err := s.desk.LinkCode(s.ctx, "test")
	if err != nil {
		t.Fatal(err)
	}
	if m := p.say("/link " + code); !strings.Contains(m.Body(), "now belongs to") || there() {
		t.Errorf("the group is linked, and still says how to:\n%s", g.Transcript())
	}
}

func TestGroupThatMovedIsFollowed(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{api: telegramtest.Options{AllowProblems: true}})
	owner, mei := s.customer("Olivia", "en"), s.customer("Mei", "en")
	g := s.group(owner)
	moved := g.Migrate()
	s.buy(mei, "sentosa_family", "Today", "")
	moved.WaitForText("Paid S$119.00")
}

func TestBlockedCustomerIsNoted(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	mei := s.customer("Mei", "en")
	bobsMessage(mei)
	mei.Block()
	s.eventually("unreachable", func() bool { return s.known(mei).Unreachable })
	mei.Unblock()
	s.eventually("reachable", func() bool { return !s.known(mei).Unreachable })
}

func (s *shop) known(u *telegramtest.User) (c tickets.Customer) {
	s.t.Helper()
	err := s.store.View(s.ctx, func(r tickets.Reader) (err error) { c, err = r.CustomerByTelegram(u.ID); return err })
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// patience is how long tests wait for what must come. It only ends those that fail: others use the processors too.
const patience = time.Minute

func (s *shop) eventually(what string, holds func() bool) {
	s.t.Helper()
	deadline := time.Now().Add(patience)
	for !holds() {
		if time.Now().After(deadline) {
			s.t.Fatalf("not %s within %v", what, patience)
		}
		<-time.After(2 * time.Millisecond)
	}
}

func TestMoneyThatIsNotRightIsExplained(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-hans", "zh-hant"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			explainMoney(t, lang)
		})
	}
}

func explainMoney(t *testing.T, lang string) {
	s := openShop(t, shopOptions{catalog: func(c *tickets.Catalog) {
		c.Merchant.Languages = []string{lang, "en", "zh-Hans", "zh-Hant"}
	}})
	owner := s.customer("Olivia", lang)
	g := s.api.AddGroup("Office", owner)
	g.AddBot(owner, false)
	code, err := s.desk.LinkCode(s.ctx, "test")
	if err != nil {
		t.Fatal(err)
	}
	owner.SendIn(g, "/link "+code)
	s.eventually("linked", func() bool { _, err := s.desk.MerchantChat(s.ctx); return err == nil })
	out := s.script(owner)
	for _, act := range []sandbox.Act{
		sandbox.Less, sandbox.More, sandbox.Twice, sandbox.Currency, sandbox.Test, sandbox.Zero, sandbox.Late, "cancelled", "expired review", sandbox.Decline,
	} {
		mei := s.customer("Mei "+string(act), lang)
		q := s.script(mei)
		q.say("/start p_sentosa_family")
		for _, a := range []byte("dyscX")[:4] {
			q.act(a)
		}
		before := g.Mark()
		switch act {
		case sandbox.Late:
			s.pass(6 * time.Minute)
			s.take("sentosa_family", "sentosa_family_pack", s.order(mei).Slot(), 5)
			s.pay(mei, sandbox.Approve)
		case "cancelled":
			q.act('X')
			s.pass(time.Minute)
			s.pay(mei, sandbox.Approve)
		case "expired review":
			s.pay(mei, sandbox.Less)
			s.sent()
			s.pass(16 * time.Minute)
		default:
			s.pay(mei, act)
		}
		s.sent()
		out.b.WriteString("=== " + string(act) + "\n")
		for _, m := range mei.Chat().Messages() {
			if m.From != nil && m.From.IsBot {
				out.write(m)
			}
		}
		out.b.WriteString("--- the merchant\n")
		for _, m := range g.Messages() {
			if m.From != nil && m.From.IsBot && strings.Contains(m.Body(), "Mei "+string(act)) {
				out.write(m)
			}
		}
		_ = before
	}
	out.golden("money." + lang)
}

// act presses the button with an act, whatever the language calls it, and waits for the screen to change.
func (p *script) act(a byte, parts ...string) {
	p.s.t.Helper()
	var label string
	p.s.eventually("button "+string(a), func() bool {
		for _, m := range slices.Backward(p.c.Messages()) {
			if m.ReplyMarkup == nil {
				continue
			}
			for _, row := range m.ReplyMarkup.Rows {
				for _, b := range row {
					if len(b.CallbackData) > 13 && b.CallbackData[13] == a {
						label = b.Text
						return true
					}
				}
			}
		}
		return false
	})
	mark := p.c.Mark()
	p.u.PressIn(p.c, label)
	p.shown(mark, parts...)
}

func TestMissingMoneyIsPaidByThePress(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	toSummary(p)
	p.press("Confirm", "Held for you until")
	s.pay(p.u, sandbox.Less)
	p.u.WaitForText("S$59.50 is missing")
	first := s.order(p.u).Session
	p.press("Pay the difference", "S$59.50 is missing")
	s.eventually("second page", func() bool { return s.order(p.u).Session != first })
	s.pay(p.u, sandbox.Approve)
	p.u.WaitForText("Your tickets are in this chat")
	if o := s.order(p.u); o.Applied != 11900 || o.Owed != 0 {
		t.Errorf("applied %d, owed %d", o.Applied, o.Owed)
	}
}

func TestListOfOrdersHasPages(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	for range 8 {
		s.clock.pass(time.Second)
		toSummary(p)
		p.press("Confirm", "Held for you until")
		p.toast("Cancel order")
		p.u.WaitForText("The places were given back")
		s.eventually("cancelled", func() bool { return s.order(p.u).Stage == tickets.StageCancelled })
	}
	if m := p.say("/orders"); !hasButton(m, "Older") || hasButton(m, "Newer") {
		t.Errorf("first page:\n%s", p.c.Transcript())
	}
	if m := p.press("Older", "Your orders"); !hasButton(m, "Newer") || len(m.ReplyMarkup.Rows) != 3 {
		t.Errorf("second page:\n%s", p.c.Transcript())
	}
	p.press("cancelled", "Cancelled.")
	p.press("My orders", "Your orders")
}
