package telegramtest_test

import (
	"os"
	"path/filepath"
	"testing"

	tg "github.com/go-telegram/bot"

	"boxoffice/bot/telegramtest"
)

func TestChatsSurviveARestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "chats.json")
	s := telegramtest.Start(t, telegramtest.Options{})
	if err := s.Keep(path); err != nil {
		t.Fatal(err)
	}
	mei := s.AddUser(telegramtest.Profile{FirstName: "Mei", Username: "mei"})
	mei.Send("/start")
	g := s.AddGroup("Staff", mei)
	g.AddBot(mei, true)
	if _, err := client(t, s).SendMessage(within(t), &tg.SendMessageParams{ChatID: g.ID(), Text: "你好"}); err != nil {
		t.Fatal(err)
	}
	pending := s.Pending()
	s.Close()

	again := telegramtest.Start(t, telegramtest.Options{})
	if err := again.Keep(path); err != nil {
		t.Fatal(err)
	}
	known := again.AddUser(telegramtest.Profile{Username: "mei"})
	if known.ID != mei.ID || known.FirstName != "Mei" {
		t.Errorf("the restarted server knows %+v", known.Profile)
	}
	if got, want := again.ChatTitled("Staff").Transcript(), g.Transcript(); got != want {
		t.Errorf("the group reads:\n%s\nwant:\n%s", got, want)
	}
	if got := again.Pending(); got != pending || got == 0 {
		t.Errorf("%d updates wait, before the restart %d did", got, pending)
	}
	next, err := client(t, again).SendMessage(within(t), &tg.SendMessageParams{ChatID: known.ID, Text: "more"})
	if err != nil {
		t.Fatal(err)
	}
	if last := s.Chat(g.ID()).Last(); next.ID <= last.MessageID+100 {
		t.Errorf("message %d follows %d closely, a crash could have given the number to another", next.ID, last.MessageID)
	}
}

func TestADamagedFileIsRefusedAndKept(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "chats.json")
	if err := os.WriteFile(path, []byte(`{"users":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := telegramtest.New(telegramtest.Options{}).Keep(path); err == nil {
		t.Error("half a file was accepted")
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != `{"users":` {
		t.Errorf("the file was touched: %q, %v", data, err)
	}
}
