package bot_test

import (
	"strings"
	"testing"
	"time"

	"boxoffice/bot/telegramtest"
	"boxoffice/tickets"
)

// join makes a person staff.
func (s *shop) join(u *telegramtest.User, g *telegramtest.Chat, by *telegramtest.User, role tickets.Role) {
	s.t.Helper()
	code, err := s.desk.InviteCode(s.ctx, s.member(by), role)
	if err != nil {
		s.t.Fatal(err)
	}
	u.SendIn(g, "/join "+code)
	g.WaitForText("Welcome, " + u.FirstName)
}

func TestStaffLookAtAnOrderByItsCode(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	owner, sue, mei := s.customer("Olivia", "en"), s.customer("Sue", "en"), s.customer("Mei", "en")
	g := s.group(owner, sue)
	s.join(sue, g, owner, tickets.RoleSupport)
	paid := s.buy(mei, "sentosa_family", "Today", "")
	p := &script{s: s, u: owner, c: g}
	p.say("/check " + string(s.tickets(paid)[0].Code))
	owner.PressIn(g, "Admit 1")
	g.WaitForText("1 person admitted")
	s.clock.pass(time.Second) // orders of one moment have no order
	q := s.script(mei)
	toSummary(q)
	q.press("Confirm", "Held for you until")
	held := s.order(mei)

	p = &script{s: s, u: sue, c: g}
	p.say(" " + strings.ToLower(paid.Code) + "\n")
	p.say(held.Code)
	p.say("TG261122A99999")
	p.golden("sale")
	for _, u := range []*telegramtest.User{owner, sue} {
		if m := s.script(u).say(paid.Code); !strings.Contains(m.Body(), "paid ✓") || !strings.Contains(m.Body(), "Mei") {
			t.Errorf("%s reads in private:\n%s", u.FirstName, m.Body())
		}
	}
	if m := q.say(paid.Code); strings.Contains(m.Body(), "admitted") || !strings.Contains(m.Body(), "Your tickets are in this chat") {
		t.Errorf("the customer reads:\n%s", m.Body())
	}
}

func TestOrdersAreShownToNobodyElse(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	owner, gus, sam, mei := s.customer("Olivia", "en"), s.customer("Gus", "en"), s.customer("Sam", "en"), s.customer("Mei", "en")
	g := s.group(owner, gus, sam)
	s.join(gus, g, owner, tickets.RoleGate)
	o := s.buy(mei, "sentosa_family", "Today", "")
	other := s.api.AddGroup("Friends", owner, sam)
	other.AddBot(owner, true)
	other.WaitForText("I sell tickets in private chats")
	for _, x := range []struct {
		u *telegramtest.User
		c *telegramtest.Chat
	}{{gus, g}, {sam, g}, {owner, other}, {sam, other}} {
		before := len(x.c.Messages())
		x.u.SendIn(x.c, o.Code)
		x.u.SendIn(x.c, "/start")
		s.eventually("answered", func() bool { return len(x.c.Messages()) >= before+3 })
		if after := x.c.Messages(); len(after) != before+3 || !strings.Contains(after[before+2].Body(), "for your eyes only") {
			t.Errorf("%s:\n%s", x.u.FirstName, x.c.Transcript())
		}
	}
	for _, u := range []*telegramtest.User{gus, sam} {
		if m := s.script(u).say(o.Code); strings.Contains(m.Body(), "Mei") || strings.Contains(m.Body(), "S$119") {
			t.Errorf("%s reads in private:\n%s", u.FirstName, m.Body())
		}
	}
}
