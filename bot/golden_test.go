package bot_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"boxoffice/bot/telegramtest"
	"boxoffice/checkout/sandbox"
)

var update = flag.Bool("update", false, "write the golden transcripts anew")

// script plays one person's side of a chat and writes down each screen.
type script struct {
	s *shop
	u *telegramtest.User
	c *telegramtest.Chat
	b strings.Builder
}

func (s *shop) script(u *telegramtest.User) *script { return &script{s: s, u: u, c: u.Chat()} }

// press presses a button and writes down what the bot shows next; with parts, the next that has them all.
func (p *script) press(label string, parts ...string) *telegramtest.Message {
	p.s.t.Helper()
	mark := p.c.Mark()
	a := p.u.PressIn(p.c, label)
	fmt.Fprintf(&p.b, ">>> [%s]%s\n", label, toastOf(a))
	return p.shown(mark, parts...)
}

// toast presses a button that shows a toast and changes nothing.
func (p *script) toast(label string) telegramtest.Answer {
	p.s.t.Helper()
	a := p.u.PressIn(p.c, label)
	fmt.Fprintf(&p.b, ">>> [%s]%s\n", label, toastOf(a))
	return a
}

func toastOf(a telegramtest.Answer) string {
	if a.Text == "" {
		return ""
	}
	return " → " + a.Text
}

// say writes words and writes down what the bot shows next.
func (p *script) say(words string) *telegramtest.Message {
	p.s.t.Helper()
	fmt.Fprintf(&p.b, ">>> %s\n", words)
	m := p.u.SendIn(p.c, words)
	return p.shownAfter(m)
}

func (p *script) shownAfter(said *telegramtest.Message) *telegramtest.Message {
	p.s.t.Helper()
	ctx, cancel := context.WithTimeout(p.s.ctx, patience)
	defer cancel()
	m, err := p.c.WaitFor(ctx, func(m *telegramtest.Message) bool {
		return m.MessageID > said.MessageID && m.From != nil && m.From.IsBot
	})
	if err != nil {
		p.s.t.Fatalf("no answer to %q:\n%s", said.Text, p.c.Transcript())
	}
	p.write(m)
	return m
}

func (p *script) shown(mark int64, parts ...string) *telegramtest.Message {
	p.s.t.Helper()
	ctx, cancel := context.WithTimeout(p.s.ctx, patience)
	defer cancel()
	m, err := p.c.WaitAfter(ctx, mark, func(m *telegramtest.Message) bool {
		return m.From != nil && m.From.IsBot && telegramtest.Contains(parts...)(m)
	})
	if err != nil {
		p.s.t.Fatalf("nothing was shown:\n%s\nso far:\n%s", p.c.Transcript(), p.b.String())
	}
	p.write(m)
	return m
}

// wait waits for a message with all the parts, and writes it down.
func (p *script) wait(parts ...string) *telegramtest.Message {
	p.s.t.Helper()
	m := p.c.WaitForText(parts...)
	p.write(m)
	return m
}

func (p *script) write(m *telegramtest.Message) {
	switch {
	case len(m.Photo) > 0:
		p.b.WriteString("(photo)\n")
	case m.Document != nil:
		p.b.WriteString("(document " + m.Document.FileName + ")\n")
	case m.Venue != nil:
		p.b.WriteString("(venue " + m.Venue.Title + ", " + m.Venue.Address + ")\n")
	}
	if m.Body() != "" {
		p.b.WriteString(m.Body() + "\n")
	}
	if m.ReplyMarkup != nil {
		for _, row := range m.ReplyMarkup.Rows {
			for i, b := range row {
				if i > 0 {
					p.b.WriteString(" ")
				}
				p.b.WriteString("[" + styleOf(b) + b.Text + "]")
			}
			p.b.WriteString("\n")
		}
	}
	p.b.WriteString("\n")
}

func styleOf(b telegramtest.Button) string {
	switch {
	case b.Disabled != nil:
		return "~"
	case b.URL != "":
		return "↗"
	case b.Style != "":
		return b.Style[:1] + "!"
	default:
		return ""
	}
}

// random is what differs from run to run.
var random = regexp.MustCompile(`ticket_[0-9a-f]{24}|charge_[0-9a-f]{24}|[A-Z2-7]{140}|(?:/link |/join |start=join_)[\w-]{22}`)

func masked(s string) string {
	return random.ReplaceAllStringFunc(s, func(found string) string { return found[:6] + "…" })
}

// golden compares what was written down with a file.
func (p *script) golden(name string) {
	t := p.s.t
	t.Helper()
	got := masked(p.b.String())
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil { //nolint:gosec // a test's file
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the chat is not as %s has it (-update writes it anew):\n%s", path, got)
	}
}

func TestPurchaseReadsWellInEachLanguage(t *testing.T) {
	t.Parallel()
	for lang, words := range map[string]struct{ product, choose, month, day, more, next, confirm, tickets string }{
		"en":      {"Singapore Cable Car", "📅 Choose", "📅 Month", "28", "+", "Continue", "✅ Confirm", "/tickets"},
		"zh-hans": {"新加坡缆车", "📅 选择日期", "📅 月历", "28", "+", "继续", "✅ 确认", "/tickets"},
		"zh-hant": {"新加坡纜車", "📅 選擇日期", "📅 月曆", "28", "+", "繼續", "✅ 確認", "/tickets"},
	} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, shopOptions{methods: []string{"card", "paynow"}})
			p := s.script(s.customer("Mei", lang))
			p.say("/start")
			p.press(words.product)
			p.press(words.choose)
			p.press(words.month)
			p.press(words.day)
			p.press(words.more)
			p.press(words.next)
			p.press(words.confirm)
			p.press("PayNow")
			s.pay(p.u, sandbox.Approve)
			p.wait("ticket_")
			p.wait("✅", "/tickets")
			p.golden("purchase." + lang)
		})
	}
}
