package bot

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/go-telegram/bot/models"

	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// command reads "/name@bot argument". ok is false for what is no command, or one of another bot.
func (b *Bot) command(said string) (name, arg string, ok bool) {
	if !strings.HasPrefix(said, "/") {
		return "", "", false
	}
	name, arg, _ = strings.Cut(said[1:], " ")
	if i := strings.IndexByte(name, '\n'); i >= 0 {
		name, arg = name[:i], name[i+1:]+" "+arg
	}
	name, to, addressed := strings.Cut(name, "@")
	if addressed && !strings.EqualFold(to, b.Username()) {
		return "", "", false
	}
	return strings.ToLower(name), strings.TrimSpace(arg), name != ""
}

// said handles a message.
func (b *Bot) said(ctx context.Context, m *models.Message) error {
	if m.MigrateToChatID != 0 {
		return b.Desk.MoveMerchantChat(ctx, m.Chat.ID, m.MigrateToChatID)
	}
	if m.From == nil || m.From.IsBot && m.SenderChat == nil {
		return nil
	}
	if m.Chat.Type != models.ChatTypePrivate {
		return b.saidInGroup(ctx, m)
	}
	t, err := b.meet(ctx, m.Chat.ID, false, m.From)
	if err != nil {
		return err
	}
	name, arg, ok := b.command(m.Text)
	switch {
	case ok:
		return t.obey(ctx, name, arg)
	case m.Text == "":
		if serviceMessage(m) {
			return nil
		}
		if done, err := t.photographed(ctx, m); done || err != nil {
			return err
		}
		return t.puzzled(ctx, t.T("bot.typed.not_text"))
	default:
		return t.typed(ctx, m)
	}
}

// serviceMessage reports whether Telegram wrote the message, and not the person.
func serviceMessage(m *models.Message) bool {
	return m.PinnedMessage != nil || len(m.NewChatMembers) > 0 || m.LeftChatMember != nil || m.MessageAutoDeleteTimerChanged != nil
}

// obey handles a command in a private chat.
func (t *talk) obey(ctx context.Context, name, arg string) error {
	if err := t.unask(ctx); err != nil {
		return err
	}
	switch name {
	case "start":
		return t.start(ctx, arg)
	case "tickets":
		return t.sendWallet(ctx)
	case "orders":
		return t.sendOrders(ctx)
	case "language":
		return t.sendLanguages(ctx)
	case "help":
		return t.say(ctx, Message{HTML: t.HTML("bot.help.text", "Merchant", t.merchant())})
	case "terms":
		return t.sendPolicy(ctx, "terms", t.cat.Merchant.Terms)
	case "privacy":
		return t.sendPolicy(ctx, "privacy", t.cat.Merchant.Privacy)
	case "mydata":
		return t.sendMyData(ctx)
	case "deleteme":
		return t.sendErase(ctx)
	case "support":
		return t.sendPolicy(ctx, "support", t.cat.Merchant.Support)
	case "paysupport":
		return t.sendPaySupport(ctx)
	case "cancel":
		return t.cancel(ctx)
	case "link":
		return t.say(ctx, Message{HTML: t.HTML("bot.staff.link_private")})
	case "join":
		return t.join(ctx, arg)
	case "invite":
		return t.invite(ctx, arg)
	case "today":
		return t.today(ctx)
	case "check":
		return t.check(ctx, arg)
	case "cases":
		return t.sendCases(ctx)
	case "refund":
		return t.refund(ctx, arg)
	case "paid":
		return t.paid(ctx, arg)
	case "evidence":
		return t.evidence(ctx, arg)
	default:
		return t.puzzled(ctx, t.T("bot.typed.command"))
	}
}

// saidInGroup answers what is meant for the bot, and leaves all other talk alone.
func (b *Bot) saidInGroup(ctx context.Context, m *models.Message) error {
	name, arg, ok := b.command(m.Text)
	code, isOrder := codeTyped(m.Text)
	if !ok && m.ReplyToMessage != nil && m.ReplyToMessage.From != nil && m.ReplyToMessage.From.IsBot && m.SenderChat == nil {
		t, err := b.meet(ctx, m.Chat.ID, true, m.From)
		if err != nil {
			return err
		}
		if done, err := t.replied(ctx, m); done || err != nil {
			return err
		}
	}
	if !ok && !isOrder {
		if _, err := tickets.ParseScan(m.Text); err != nil {
			return nil
		}
		name, arg = "check", m.Text
	}
	t, err := b.meet(ctx, m.Chat.ID, true, m.From)
	if err != nil {
		return err
	}
	if m.SenderChat != nil { // an anonymous admin is nobody whose role could be known
		if ok {
			return t.say(ctx, Message{HTML: t.HTML("bot.staff.anonymous")})
		}
		return nil
	}
	linked, err := b.Desk.MerchantChat(ctx)
	if err != nil && !errors.Is(err, tickets.NotFound) {
		return err
	}
	ours := err == nil && linked == t.chat
	if isOrder {
		if !ours {
			return nil
		}
		_, err = t.sale(ctx, code)
		return err
	}
	switch name {
	case "link":
		return t.link(ctx, arg)
	case "invite", "today", "check", "join", "cases", "refund", "paid", "evidence":
		switch {
		case ours:
			return t.obey(ctx, name, arg)
		case ok:
			return t.say(ctx, Message{HTML: t.HTML("bot.staff.wrong_group")})
		default:
			return nil
		}
	case "help":
		return t.say(ctx, Message{HTML: t.HTML("bot.group.help")})
	case "start", "tickets", "orders", "language", "terms", "privacy", "support", "paysupport", "cancel", "mydata", "deleteme":
		return t.sayElsewhere(ctx)
	default:
		return nil
	}
}

// sayElsewhere leads out of a group: what one buys is not for all to see.
func (t *talk) sayElsewhere(ctx context.Context) error {
	m := Message{HTML: t.HTML("bot.group.private")}
	if name := t.Username(); name != "" {
		m.Keyboard = Keyboard{{{Text: t.T("bot.group.open"), URL: "https://t.me/" + name + "?start=group"}}}
	}
	return t.say(ctx, m)
}

func (t *talk) sendPolicy(ctx context.Context, name string, words tickets.Texts) error {
	body := t.Pick(words)
	if body == "" {
		body = t.T("bot." + name + ".none")
	}
	return t.say(ctx, Message{HTML: t.HTML("bot."+name+".text", "Text", clip(body, 3500), "Merchant", t.merchant())})
}

func (t *talk) sendPaySupport(ctx context.Context) error {
	contact := t.Pick(t.cat.Merchant.Support)
	if contact == "" {
		contact = t.T("bot.support.none")
	}
	code := ""
	if o, err := t.latest(ctx); err == nil {
		code = o.Code
	}
	return t.say(ctx, Message{HTML: t.HTML("bot.paysupport.text", "Text", clip(contact, 3000), "Code", code)})
}

func (t *talk) sendLanguages(ctx context.Context) error {
	return t.say(ctx, t.languageScreen())
}

func (t *talk) languageScreen() Message {
	m := Message{HTML: t.HTML("bot.language.choose")}
	for _, l := range offered(t.cat) {
		b := Button{Text: l.Name(), Data: about(actLanguage, string(l))}
		if l == t.Lang() {
			b.Text = "✓ " + b.Text
		}
		m.Keyboard = append(m.Keyboard, []Button{b})
	}
	return m
}

// speak changes the person's language.
func (t *talk) speak(ctx context.Context, lang string) error {
	for _, l := range offered(t.cat) {
		if string(l) != lang {
			continue
		}
		t.cust.Lang, t.cust.Chosen = lang, true
		if err := t.remember(ctx); err != nil {
			return err
		}
		t.Printer = text.For(l).WithLog(t.Log)
		if err := t.toast(ctx, t.T("bot.language.chosen", "Language", l.Name())); err != nil {
			return err
		}
		if _, err := t.Sender.Edit(ctx, t.chat, t.pressed, Message{HTML: t.HTML("bot.language.done", "Language", l.Name())}); err != nil {
			return err
		}
		if t.conv.Message != 0 && t.conv.Step != stepStopped {
			return t.show(ctx)
		}
		return nil
	}
	return t.toast(ctx, t.T("bot.button.old"))
}

// cancel is /cancel: what is being chosen is dropped, or the unpaid order of the live message is.
func (t *talk) cancel(ctx context.Context) error {
	if t.conv.Flow == "" || t.conv.Step == stepStopped {
		return t.say(ctx, Message{HTML: t.HTML("bot.cancel.nothing"), Keyboard: t.startAgain()})
	}
	if t.conv.Step == stepOrder {
		return t.cancelOrder(ctx)
	}
	t.goTo(stepStopped)
	return t.repost(ctx)
}

func (t *talk) startAgain() Keyboard {
	return Keyboard{{{Text: t.T("bot.button.start"), Data: about(actStart, ""), Style: StylePrimary}}}
}

// clip cuts a plain text to n UTF-16 units at most.
func clip(s string, n int) string {
	if units(s) <= n {
		return s
	}
	size := 0
	for i, r := range s {
		if size += utf16.RuneLen(r); size > n-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// units is the length of a plain text as Telegram counts it.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// Profiles is what Telegram shows of the bot in each language, for Setup. name is the merchant's.
func Profiles(names tickets.Texts) []Profile {
	// Commands take two letters, so the Chinese scripts cannot differ here: it is the Simplified that most apps of
	// language zh show.
	var out []Profile
	for _, l := range []struct {
		lang text.Lang
		code string
	}{{text.English, ""}, {text.Simplified, "zh"}} {
		p := text.For(l.lang)
		list := func(cs ...string) []Command {
			made := make([]Command, len(cs))
			for i, c := range cs {
				made[i] = Command{Name: c, Text: p.T("bot.command." + c)}
			}
			return made
		}
		merchant := clip(p.Pick(names), 60)
		out = append(out, Profile{
			Lang:     l.code,
			Commands: list("start", "tickets", "orders", "language", "help", "support", "paysupport", "terms", "privacy", "mydata", "deleteme", "cancel"),
			Group:    list("today", "cases", "refund", "paid", "evidence", "check", "invite", "help"),
			About:    clip(p.T("bot.profile.about", "Merchant", merchant), 120),
			Intro:    clip(p.T("bot.profile.intro", "Merchant", merchant), 512),
		})
	}
	return out
}

// counted writes units of a thing: "2 × Adult".
func counted(n int, name string) string { return strconv.Itoa(n) + " × " + name }
