package bot_test

import (
	"strings"
	"testing"
	"time"

	"boxoffice/bot/telegramtest"
	"boxoffice/checkout"
	"boxoffice/tickets"
)

func TestPressesOfOthersAndOldOnesDecideNothing(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{catalog: generous(0, false)})
	owner, sue, sam, mei := s.customer("Olivia", "en"), s.customer("Sue", "en"), s.customer("Sam", "en"), s.customer("Mei", "en")
	g := s.group(owner, sue, sam)
	s.join(sue, g, owner, tickets.RoleSupport)
	s.buy(mei, "sentosa_family", "Tomorrow", "")
	p := s.script(mei)
	p.say("/orders")
	p.act('O')
	p.act('R')
	p.act('B')
	p.say("Grandma fell ill")
	p.act('Q', "💬")
	s.sent()
	q := &script{s: s, u: owner, c: g}
	m := q.wait("Somebody asks for", "Grandma fell ill")
	approve := dataOf(t, m, "Approve")
	for u, words := range map[*telegramtest.User]string{sam: "Only staff", sue: "does not allow"} {
		if a := s.pressOn(u, g, m.MessageID, approve); !a.Alert || !strings.Contains(a.Text, words) {
			t.Errorf("%s: %+v", u.FirstName, a)
		}
	}
	q.deed('a', "")
	sure, _ := q.deedData('a', "0")
	s.clock.pass(61 * time.Second)
	if a := s.pressOn(owner, g, m.MessageID, sure); !strings.Contains(a.Text, "longer than a minute") {
		t.Errorf("too late: %+v", a)
	}
	if a := s.pressOn(sue, g, m.MessageID, sure); !a.Alert {
		t.Errorf("another's second press: %+v", a)
	}
	if r := s.order(mei).Refund; r != tickets.RefundRequested {
		t.Fatalf("refund is %s", r)
	}
	q.deed('a', "")
	again, _ := q.deedData('a', "0")
	q.deed('a', "0", "Approved")
	for _, data := range []string{again, sure, approve, strings.Replace(approve, "00Za", "00Zr", 1)} {
		if a := s.pressOn(owner, g, m.MessageID, data); !strings.Contains(a.Text, "Already decided: Approved, Olivia") {
			t.Errorf("a stale press: %+v", a)
		}
	}
	s.repay()
	mei.WaitForText("was sent back to you")
	if o := s.order(mei); o.Refunded != 9420 {
		t.Errorf("%d refunded", o.Refunded)
	}
	for _, data := range []string{"10000000000" + "00Zzz", strings.Replace(approve, "Za", "ZX", 1)} {
		if a := s.pressOn(owner, g, m.MessageID, data); !strings.Contains(a.Text, "out of date") {
			t.Errorf("nonsense: %+v", a)
		}
	}
}

func TestCustomerKeepsTheTicketsAfterAll(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{catalog: generous(0, false)})
	mei := s.customer("Mei", "en")
	s.group(s.customer("Olivia", "en"))
	s.buy(mei, "sentosa_family", "Tomorrow", "")
	p := s.script(mei)
	p.say("/orders")
	p.act('O')
	p.act('R')
	p.act('B')
	p.act('Q', "💬")
	p.press("Keep the tickets", "stay as they are")
	if o := s.order(mei); o.Refunding != 0 {
		t.Errorf("%d still asked back", o.Refunding)
	}
	s.clock.pass(time.Second)
	p.act('R')
	p.act('B')
	if m := p.press("Ask for", "💬"); !hasButton(m, "Keep the tickets") {
		t.Errorf("asked again:\n%s", m.Body())
	}
	if o := s.order(mei); o.Refunding == 0 {
		t.Error("the second wish was taken for the first")
	}
}

func TestPolicyThatNeedsNobodySendsAtOnce(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{catalog: generous(0, true)})
	mei := s.customer("Mei", "en")
	s.buy(mei, "sentosa_family", "Tomorrow", "")
	p := s.script(mei)
	p.say("/orders")
	p.act('O')
	p.act('R')
	m := p.press("Continue", "Ask for")
	ask := dataOf(t, m, "Ask for")
	p.press("Ask for", "on its way back")
	s.pressOn(mei, p.c, m.MessageID, ask) // tapped twice
	s.repay()
	mei.WaitForText("S$94.20 was sent back to you")
	if o := s.order(mei); o.Refunded != 9420 {
		t.Errorf("%d refunded", o.Refunded)
	}
	p.say("/orders")
	p.act('O')
	if m := p.c.Last(); hasButton(m, "Refund") {
		t.Errorf("what the policy keeps can be asked back too:\n%s", m.Body())
	}
}

func TestACaseDecidedElsewhereIsShownSoInTheGroup(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{catalog: generous(0, false)})
	owner, mei := s.customer("Olivia", "en"), s.customer("Mei", "en")
	g := s.group(owner)
	s.buy(mei, "sentosa_family", "Tomorrow", "")
	p := s.script(mei)
	p.say("/orders")
	p.act('O')
	p.act('R')
	p.act('B')
	p.say("Grandma fell ill")
	p.act('Q', "💬")
	s.sent()
	q := &script{s: s, u: owner, c: g}
	q.wait("Somebody asks for", "Grandma fell ill")
	program := checkout.Staff{Actor: tickets.Actor{Kind: tickets.ActorToken, ID: "tok_1", Name: "the desk upstairs"}, Role: tickets.RoleManager, Source: "api"}
	cases, _, err := s.desk.Cases(s.ctx, tickets.Page{})
	if err != nil || len(cases) != 1 {
		t.Fatalf("cases %+v, %v", cases, err)
	}
	if _, err := s.desk.TakeCase(s.ctx, cases[0].ID, tickets.Member{ID: "tok_1", Name: "the desk upstairs", Role: tickets.RoleManager}); err != nil {
		t.Fatal(err)
	}
	s.sent()
	q.wait("Somebody asks for", "the desk upstairs takes care of it")
	if _, err := s.desk.ApproveRefund(s.ctx, tickets.RefundID(cases[0].Subject), program, "fine"); err != nil {
		t.Fatal(err)
	}
	s.sent()
	if m := q.wait("Somebody asks for", "Approved"); m.ReplyMarkup != nil {
		t.Errorf("its buttons stay: %+v", m.ReplyMarkup)
	}
}

func TestTheGroupIsToldOfACaseThatIsYoungerThanItsMoney(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	owner := s.customer("Olivia", "en")
	g := s.group(owner)
	err := s.store.Update(s.ctx, func(tx tickets.Tx) error {
		return tx.CreateCapture(tickets.Capture{
			ID: tickets.CaptureID(tickets.NewID(tickets.PrefixCapture, s.clock.now(), nil)), Merchant: s.cat.Merchant.ID, Gateway: "sandbox",
			Charge: "pi_stray_4711", Amount: tickets.Money{Amount: 5000, Currency: "SGD"}, Disposition: tickets.Unmatched, Owed: 5000, At: s.clock.now(),
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	s.clock.pass(time.Hour)
	if err := s.desk.Adopt(s.ctx); err != nil {
		t.Fatal(err)
	}
	s.sent()
	q := &script{s: s, u: owner, c: g}
	q.wait("pi_stray_4711", "S$50.00")
	q.deed('o', "", "Olivia takes care of it")
}
