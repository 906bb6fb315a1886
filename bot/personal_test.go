package bot_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"boxoffice/bot"
	"boxoffice/tickets"
)

func TestMyDataIsAFileOfEverything(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	mei := s.customer("Mei Ling", "en")
	o := s.buy(mei, "sentosa_family", "Tomorrow", "")
	p := s.script(mei)
	m := p.say("/mydata")
	client, err := bot.NewClient(bot.ClientConfig{Token: s.api.Token(), URL: s.api.URL(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	b, err := client.Download(s.ctx, m.Document.FileID, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Mei Ling", o.Code, string(s.tickets(o)[0].Code), `"about": "tickets"`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %q in\n%s", want, b)
		}
	}
	if m.Document.FileName != "my-data-2026-11-22.json" || strings.Contains(string(b), o.Secret) {
		t.Errorf("file %s:\n%s", m.Document.FileName, b)
	}
}

func TestDeleteMeIsExplainedAndPressedTwice(t *testing.T) {
	t.Parallel()
	for lang, label := range map[string]string{"en": "Erase my data", "zh-hans": "删除我的数据", "zh-hant": "刪除我的資料"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, shopOptions{})
			p := s.script(s.customer("Mei", lang))
			p.say("/mydata")
			p.say("/deleteme")
			p.press(label, "60")
			was := s.known(p.u)
			s.clock.pass(61 * time.Second)
			p.press("🗑", label[:2])
			if c := s.known(p.u); c.ID != was.ID {
				t.Error("a press that came late erased")
			}
			p.press(label, "60")
			p.press("🗑", "✅")
			p.golden("personal." + lang)
			s.eventually("erased", func() bool { return s.handled() })
			err := s.store.View(s.ctx, func(r tickets.Reader) error {
				if _, err := r.Conversation(p.u.ID, p.u.ID); !errors.Is(err, tickets.NotFound) {
					t.Errorf("conversation: %v", err)
				}
				if _, err := r.CustomerByTelegram(p.u.ID); !errors.Is(err, tickets.NotFound) {
					t.Errorf("customer: %v", err)
				}
				c, err := r.Customer(was.ID)
				if c != (tickets.Customer{ID: was.ID, Merchant: was.Merchant, At: was.At, Erased: c.Erased}) || c.Erased.IsZero() {
					t.Errorf("customer %+v", c)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
			p.say("/start")
			if c := s.known(p.u); c.ID == was.ID || c.Name != "Mei" {
				t.Errorf("met again as %+v", c)
			}
		})
	}
}

func TestDeleteMeWaitsForWhatIsNotOver(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	mei := s.customer("Mei", "en")
	o := s.buy(mei, "sentosa_family", "Tomorrow", "")
	p := s.script(mei)
	m := p.say("/deleteme")
	if !strings.Contains(m.Body(), o.Code+": its visit is still to come") || m.ReplyMarkup != nil {
		t.Errorf("screen:\n%s", m.Body())
	}
	s.clock.pass(72 * time.Hour)
	if m = p.say("/deleteme"); !hasButton(m, "Erase my data") {
		t.Errorf("screen:\n%s", m.Body())
	}
	p.press("Erase my data", "60 seconds")
	armed := dataOf(t, p.c.Last(), "Yes, erase")
	last := p.c.Last()
	p.press("Yes, erase", "is erased")
	again := s.pressOn(mei, p.c, last.MessageID, armed) // the same press, handled again
	if again.Text != "" {
		t.Errorf("toast %q", again.Text)
	}
	err := s.store.View(s.ctx, func(r tickets.Reader) error {
		now, err := r.Order(o.ID)
		if now.Buyer != (tickets.Buyer{Customer: o.Buyer.Customer}) {
			t.Errorf("buyer %+v", now.Buyer)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestPersonalDataIsNoTalkForGroups(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	mei := s.customer("Mei", "en")
	g := s.group(mei)
	for _, c := range []string{"/mydata", "/deleteme"} {
		p := &script{s: s, u: mei, c: g}
		if m := p.say(c + "@" + s.api.Bot().Username); m.Document != nil || !strings.Contains(m.Body(), "private") {
			t.Errorf("%s answers:\n%s", c, m.Body())
		}
	}
}
