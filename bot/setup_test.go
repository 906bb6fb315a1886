package bot

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"boxoffice/bot/telegramtest"
	"boxoffice/tickets"
)

func setupOf(t *testing.T, w *world, p ...Profile) *Setup {
	t.Helper()
	s, err := NewSetup(SetupConfig{Client: w.client, Store: w.store, Log: quiet(), Profiles: p})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestProfileIsToldOnlyWhenChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, telegramtest.Options{})
	english := Profile{Commands: []Command{{"start", "Book"}}, Group: []Command{{"today", "Sales"}}, About: "a", Intro: "b"}
	for i, test := range []struct {
		profile Profile
		want    int // calls of setMyCommands so far
	}{
		{english, 2},
		{english, 2},
		{Profile{Commands: english.Commands, About: "changed", Intro: "b"}, 3},
	} {
		s := setupOf(t, w, test.profile)
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(w.api.Calls("setMyCommands")); n != test.want {
			t.Errorf("start %d: setMyCommands called %d times, want %d", i+1, n, test.want)
		}
	}
	if n := len(w.api.Calls("deleteWebhook")); n != 3 {
		t.Errorf("deleteWebhook called %d times, want once a start", n)
	}
}

func TestSetupWaitsForTelegram(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _ := newBubble(t, telegramtest.Options{}, SenderConfig{})
		down := w.api.Inject(telegramtest.Fault{Status: 502})
		s := setupOf(t, w, Profile{Commands: []Command{{"start", "Book"}}})
		var log bytes.Buffer
		s.cfg.Log = slog.New(slog.NewJSONHandler(&log, nil))
		stop := start(t, s.Run)
		pause(t.Context(), 5*time.Minute)
		synctest.Wait()
		if err := s.Ready(); !errors.Is(err, tickets.Unavailable) {
			t.Errorf("ready = %v, want unavailable", err)
		}
		if n := down(); n < 5 || n > 30 {
			t.Errorf("tried %d times in five minutes", n)
		}
		w.api.Inject(telegramtest.Fault{Method: "setMyDescription", Times: 2, RetryAfter: 30})
		pause(t.Context(), 2*time.Minute)
		synctest.Wait()
		if err := s.Ready(); err != nil {
			t.Errorf("ready = %v", err)
		}
		pause(t.Context(), 5*time.Minute)
		synctest.Wait()
		if w.store.setting(t, profileSetting) == "" {
			t.Error("the profile is not remembered")
		}
		stop()
		for _, ms := range []string{`"again_in_ms":2000`, `"again_in_ms":60000`, `"again_in_ms":30000`} {
			if !strings.Contains(log.String(), ms) {
				t.Errorf("the log lacks %s:\n%s", ms, log.String())
			}
		}
	})
}

func TestSetupNeedsASecretForAWebhook(t *testing.T) {
	t.Parallel()
	w := newWorld(t, telegramtest.Options{})
	_, err := NewSetup(SetupConfig{Client: w.client, Store: w.store, Log: quiet(), WebhookURL: "https://shop.example/webhooks/telegram"})
	if err == nil {
		t.Error("accepted a webhook without a secret")
	}
}
