package telegramtest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"boxoffice/bot/telegramtest"
)

const twoScreens = `{"inline_keyboard":[[{"text":"12","callback_data":"d12"},{"text":"2","callback_data":"d2"}],[{"text":"2 adults","callback_data":"a2"}]]}`

func TestAPressPicksTheBestLabelOfTheNewestMessage(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{AllowProblems: true}) // nobody answers the presses
	u := visitor(s)
	post(t, s, "sendMessage", "chat_id", fmtInt(u.ID), "text", "old", "reply_markup", `{"inline_keyboard":[[{"text":"adults","callback_data":"old"}]]}`)
	post(t, s, "sendMessage", "chat_id", fmtInt(u.ID), "text", "new", "reply_markup", twoScreens)
	for label, want := range map[string]string{"2": "d2", "2 a": "a2", "adults": "a2", "1": "d12"} {
		p, err := u.TryPress(u.Chat(), label)
		if err != nil || p.Button.CallbackData != want {
			t.Errorf("%q pressed %+v, %v; want %s", label, p, err, want)
		}
	}
	if _, err := u.TryPress(u.Chat(), "Pay"); !errors.Is(err, telegramtest.ErrNoButton) {
		t.Errorf("a missing button: %v", err)
	}
}

func TestWaitingEndsWithAnEditOrTheContext(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{})
	u := visitor(s)
	post(t, s, "sendMessage", "chat_id", fmtInt(u.ID), "text", "one")
	mark := u.Chat().Mark()
	found := make(chan *telegramtest.Message, 1)
	go func() {
		m, err := u.Chat().WaitAfter(within(t), mark, telegramtest.Contains(""))
		if err != nil {
			t.Error(err)
		}
		found <- m
	}()
	post(t, s, "editMessageText", "chat_id", fmtInt(u.ID), "message_id", fmtInt(int64(u.Chat().Last().MessageID)), "text", "two")
	if m := <-found; m.Text != "two" {
		t.Errorf("the wait ended with %q", m.Text)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := u.Chat().WaitFor(ctx, telegramtest.Contains("three"))
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "two") {
		t.Errorf("a wait in vain says %v", err)
	}
}

func TestCommandsFollowScopeAndLanguage(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{})
	boss := s.AddUser(telegramtest.Profile{FirstName: "Boss", LanguageCode: "en"})
	mei := s.AddUser(telegramtest.Profile{FirstName: "Mei", LanguageCode: "zh-hans"})
	g := s.AddGroup("Staff", boss, mei)
	g.AddBot(boss, false)
	set := func(command string, fields ...string) {
		t.Helper()
		list := `[{"command":"` + command + `","description":"x"}]`
		if r := post(t, s, "setMyCommands", append(fields, "commands", list)...); !r.OK {
			t.Fatal(r.Description)
		}
	}
	set("everyone")
	set("chinese", "language_code", "zh")
	set("group", "scope", `{"type":"all_group_chats"}`)
	set("admin", "scope", `{"type":"chat_administrators","chat_id":`+fmtInt(g.ID())+`}`)
	for _, tc := range []struct {
		user *telegramtest.User
		chat *telegramtest.Chat
		want string
	}{
		{boss, boss.Chat(), "everyone"}, {mei, mei.Chat(), "chinese"}, {mei, g, "group"}, {boss, g, "admin"},
	} {
		if got := tc.user.Commands(tc.chat); len(got) != 1 || got[0].Command != tc.want {
			t.Errorf("%s in chat %d sees %+v, want %s", tc.user.FirstName, tc.chat.ID(), got, tc.want)
		}
	}
	post(t, s, "deleteMyCommands", "language_code", "zh")
	if got := mei.Commands(mei.Chat()); len(got) != 1 || got[0].Command != "everyone" {
		t.Errorf("after the deletion Mei sees %+v", got)
	}
}

func TestATranscriptShowsWhatAPersonSees(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{})
	u := visitor(s)
	post(t, s, "sendMessage", "chat_id", fmtInt(u.ID), "text", "<b>Pay</b>\nnow", "parse_mode", "HTML", "reply_markup",
		`{"inline_keyboard":[[{"text":"Go","url":"https://a.b"},{"text":"Sold","disabled":{}}],[{"text":"Code","copy_text":{"text":"X"}},{"text":"No","style":"danger","callback_data":"n"}]]}`)
	post(t, s, "sendVenue", "chat_id", fmtInt(u.ID), "latitude", "1.25", "longitude", "103.83", "title", "Gate", "address", "1 Road")
	u.SendPhoto(picture(t, 10), "look")
	gone := s.CallCount("")
	post(t, s, "sendMessage", "chat_id", fmtInt(u.ID), "text", "gone")
	post(t, s, "deleteMessage", "chat_id", fmtInt(u.ID), "message_id", fmtInt(int64(u.Chat().Last().MessageID)))
	want := "Ann: /start\nBot: Pay\n  now\n  [Go ↗] [Sold ✕]\n  [Code ⧉] [!danger No]\nBot: (venue: Gate, 1 Road)\nAnn: (photo: look)\n"
	if got := u.Chat().Transcript(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if got := s.CallCount(""); got != gone+2 {
		t.Errorf("%d calls counted, want %d", got, gone+2)
	}
}
