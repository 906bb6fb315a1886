package bot_test

import (
	"strings"
	"testing"

	"boxoffice/bot"
	"boxoffice/tickets"
)

func TestCommandsAnswerInEachLanguage(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-hans", "zh-hant"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, shopOptions{})
			p := s.script(s.customer("Mei", lang))
			for _, c := range []string{
				"/help", "/terms", "/privacy", "/support", "/paysupport", "/tickets", "/orders", "/language", "/cancel", "/link x", "/join", "/join x",
				"/invite", "/today", "/check", "/whatever", "/help@another_bot",
			} {
				p.say(c)
			}
			p.golden("commands." + lang)
		})
	}
}

func TestLanguageIsChosenAndKept(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	p.say("/start")
	p.say("/language")
	if a := p.toast("繁體中文"); a.Text != "語言：繁體中文" {
		t.Errorf("toast = %q", a.Text)
	}
	p.wait("從現在起")
	p.wait("您想去哪裡玩")
	if m := p.say("/help"); !strings.Contains(m.Body(), "購票") {
		t.Errorf("help:\n%s", m.Body())
	}
	if c := s.known(p.u); c.Lang != "zh-Hant" || !c.Chosen {
		t.Errorf("customer: %+v", c)
	}
}

func TestUnknownLanguageGetsTheMerchants(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{catalog: func(c *tickets.Catalog) { c.Merchant.Languages = []string{"zh-Hant", "en"} }})
	for code, want := range map[string]string{"fr": "歡迎", "": "歡迎", "zh-hk": "歡迎", "zh-hans": "歡迎", "en-GB": "Welcome"} {
		if m := s.script(s.customer("P"+code, code)).say("/start"); !strings.Contains(m.Body(), want) {
			t.Errorf("%q reads:\n%s", code, m.Body())
		}
	}
}

func TestDeepLinks(t *testing.T) {
	t.Parallel()
	s := openShop(t, shopOptions{})
	p := s.script(s.customer("Mei", "en"))
	if m := p.say("/start p_night_walk"); !strings.Contains(m.Body(), "lanterns") {
		t.Errorf("product link:\n%s", m.Body())
	}
	for _, arg := range []string{"p_nothing", "summer_sale", "join_nonsense", "o_000000000000000000000000", "v_ticket_000000000000000000000000", "v_"} {
		m := p.say("/start " + arg)
		if m.Body() == "" {
			t.Errorf("%s: no answer", arg)
		}
	}
	o := s.buy(p.u, "sentosa_family", "Today", "")
	link := bot.OrderLink("x", o.ID)
	if m := p.say("/start " + link[strings.Index(link, "start=")+6:]); !strings.Contains(m.Body(), o.Code) {
		t.Errorf("order link:\n%s", m.Body())
	}
	if m := p.say(strings.ToLower(o.Code)); !strings.Contains(m.Body(), o.Code) {
		t.Errorf("order code:\n%s", m.Body())
	}
	if other := s.script(s.customer("Bob", "en")).say("/start " + link[strings.Index(link, "start=")+6:]); strings.Contains(other.Body(), o.Code) {
		t.Errorf("another's order is shown:\n%s", other.Body())
	}
}

func TestProfilesKeepTelegramsLimits(t *testing.T) {
	t.Parallel()
	long := tickets.Texts{"en": strings.Repeat("Very Long Name ", 20), "zh-Hans": strings.Repeat("很长的名字", 40)}
	for _, p := range bot.Profiles(long) {
		if n := len([]rune(p.About)); n > 120 || n == 0 {
			t.Errorf("%q: about has %d characters", p.Lang, n)
		}
		if n := len([]rune(p.Intro)); n > 512 || n == 0 {
			t.Errorf("%q: intro has %d characters", p.Lang, n)
		}
		for _, c := range append(p.Commands, p.Group...) {
			if c.Text == "" || len(c.Text) > 256 || strings.Trim(c.Name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" || len(c.Name) > 32 {
				t.Errorf("command %+v", c)
			}
		}
	}
}
