package bot_test

import (
	"strings"
	"testing"
	"time"

	"boxoffice/bot/telegramtest"
	"boxoffice/tickets"
)

// partAsk opens the order of three tickets and takes two of them off the choice: the message that asks for one back, and
// its button's data.
func (p *script) partAsk() (m *telegramtest.Message, ask string) {
	p.s.t.Helper()
	p.say("/orders")
	p.act('O')
	p.act('R')
	p.press("☑")
	p.press("☑")
	m = p.press("Continue", "Ask for")
	return m, dataOf(p.s.t, m, "Ask for")
}

// bodyOf is what a message says now.
func bodyOf(c *telegramtest.Chat, m *telegramtest.Message) string {
	for _, x := range c.Messages() {
		if x.MessageID == m.MessageID {
			return x.Body()
		}
	}
	return ""
}

func TestAskingForAPartTwiceAsksOnce(t *testing.T) {
	t.Parallel()
	s := openStory(t, shopOptions{}, "en")
	s.threeTickets(s.mei)
	m, ask := s.c.partAsk()
	other, askOther := s.c.partAsk() // the same in another message
	for range 2 {
		s.pressOn(s.mei, s.c.c, m.MessageID, ask)
		s.eventually("handled", s.handled)
	}
	words := bodyOf(s.c.c, m)
	if !strings.Contains(words, "You asked for S$35.00 back. The shop decides") {
		t.Errorf("tapped twice:\n%s", words)
	}
	s.pressOn(s.mei, s.c.c, other.MessageID, askOther)
	s.eventually("handled", s.handled)
	if words := bodyOf(s.c.c, other); !strings.Contains(words, "You have asked for this back already") {
		t.Errorf("asked in another message:\n%s", words)
	}
	if o := s.order(s.mei); o.Refunding != 3500 {
		t.Errorf("%d asked back", o.Refunding)
	}
	reads(t, s.c.c, nil, []string{"used already"})
}

// brackets gives most back until the day before the visit, and little then.
func brackets(auto bool) func(*tickets.Catalog) {
	return func(c *tickets.Catalog) {
		for i := range c.Products {
			c.Products[i].Refund = tickets.RefundPolicy{Auto: auto, Brackets: []tickets.RefundBracket{{Days: 1, Percent: 100}, {Days: 0, Percent: 20}}}
		}
	}
}

func TestAnOldConfirmationAsksForNoOtherAmount(t *testing.T) {
	t.Parallel()
	s := openStory(t, shopOptions{catalog: brackets(true)}, "en")
	s.buy(s.mei, "sentosa_family", "Tomorrow", "")
	s.c.say("/orders")
	s.c.act('O')
	s.c.act('R')
	old := s.c.press("Continue", "Ask for S$119.00")
	s.clock.pass(14 * time.Hour)
	for _, label := range []string{"Ask for", "weather"} {
		s.pressOn(s.mei, s.c.c, old.MessageID, dataOf(t, old, label))
		s.eventually("handled", s.handled)
		words := bodyOf(s.c.c, old)
		for _, part := range []string{"has changed from S$119.00 to S$23.80", "Ask for S$23.80 back?"} {
			if !strings.Contains(words, part) {
				t.Errorf("%q is not said:\n%s", part, words)
			}
		}
		if o := s.order(s.mei); o.Refunding != 0 || o.Refunded != 0 {
			t.Fatalf("%d are on their way back", o.Refunding)
		}
	}
	data := dataOf(t, old, "Ask for")
	s.pressOn(s.mei, s.c.c, old.MessageID, data[:strings.LastIndex(data, ".")]) // as programs before said it
	s.eventually("handled", s.handled)
	if o := s.order(s.mei); o.Refunding != 0 {
		t.Fatalf("%d asked back by a button that says no amount", o.Refunding)
	}
	s.c.press("Ask for S$23.80", "S$23.80 is on its way back")
	if o := s.order(s.mei); o.Refunding != 2380 {
		t.Errorf("%d are on their way back", o.Refunding)
	}
}

func TestATypedReasonAsksForNothingByItself(t *testing.T) {
	t.Parallel()
	tell(t, "typed_reason", shopOptions{}, func(s *story) {
		s.bought("sentosa_family")
		s.c.say("/orders")
		s.c.act('O')
		s.c.act('R')
		s.c.act('B')
		s.c.say("Grandma fell ill")
		s.c.say("Grandma fell ill, and grandpa too")
		if o := s.order(s.mei); o.Refunding != 0 {
			s.t.Fatalf("%d asked back by words", o.Refunding)
		}
		s.c.act('Q', "💬")
		s.sent()
		s.m.wait("↩", "Grandma fell ill, and grandpa too")
		if o := s.order(s.mei); o.Refund != tickets.RefundRequested {
			s.t.Errorf("refund is %s", o.Refund)
		}
	})
}

func TestWordsAreNoReasonLaterOrElsewhere(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(s *story, o tickets.Order) string{
		"later": func(s *story, _ tickets.Order) string {
			s.clock.pass(11 * time.Minute)
			return "what time do you open?"
		},
		"after my orders": func(s *story, _ tickets.Order) string {
			s.c.say("/orders")
			return "what time do you open?"
		},
		"after another button": func(s *story, _ tickets.Order) string {
			s.press('L')
			return "what time do you open?"
		},
		"an order's code": func(_ *story, o tickets.Order) string { return o.Code },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openStory(t, shopOptions{}, "en")
			o := s.bought("sentosa_family")
			s.c.say("/orders")
			s.c.act('O')
			if name == "after another button" {
				s.c.say("/orders")
				s.c.act('O')
			}
			s.c.act('R')
			s.c.act('B')
			words := leave(s, o)
			if m := s.c.say(words); strings.Contains(m.Body(), "Your reason") || hasButton(m, "Ask for") {
				t.Errorf("taken for a reason:\n%s", m.Body())
			}
			if o := s.order(s.mei); o.Refunding != 0 {
				t.Errorf("%d asked back", o.Refunding)
			}
		})
	}
}
