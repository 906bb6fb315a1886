package bot_test

import (
	"strings"
	"testing"

	"boxoffice/bot/telegramtest"
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
