package bot

import (
	"context"
	"errors"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-telegram/bot/models"

	"boxoffice/bot/telegramtest"
	"boxoffice/tickets"
)

const testSecret = "s3cret_of-the-test"

func testLog(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// handlerFunc is a function as a Handler.
type handlerFunc func(ctx context.Context, u *models.Update) error

func (f handlerFunc) Handle(ctx context.Context, u *models.Update) error { return f(ctx, u) }

// world is a Bot API with the parts of package bot in front of it.
type world struct {
	api    *telegramtest.Server
	store  *store
	client *Client
	sender *Sender
}

func newWorld(t *testing.T, opt telegramtest.Options) *world {
	t.Helper()
	w := &world{api: telegramtest.Start(t, opt), store: openStore(t)}
	var err error
	w.client, err = NewClient(ClientConfig{Token: w.api.Token(), URL: w.api.URL(), Log: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.client.Close)
	w.sender, err = NewSender(SenderConfig{Client: w.client, Store: w.store, Log: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// run starts an inbox; the returned function stops it and waits.
func (w *world) run(t *testing.T, cfg InboxConfig) (inbox *Inbox, stop func()) {
	t.Helper()
	cfg.Bot, cfg.Store, cfg.Log = w.client.ID(), w.store, testLog(t)
	inbox, err := NewInbox(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return inbox, start(t, inbox.Run)
}

// start runs something until the returned function, or the test's end, stops it and waits.
func start(t *testing.T, run func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	stopped := false
	stop = func() {
		cancel()
		if !stopped {
			stopped = true
			if err := <-ended; err != nil {
				t.Errorf("run: %v", err)
			}
		}
	}
	t.Cleanup(stop)
	return stop
}

// echo answers every press and repeats every text.
func echo(s *Sender) Handler {
	return handlerFunc(func(ctx context.Context, u *models.Update) error {
		switch {
		case u.Message != nil:
			_, err := s.Send(ctx, u.Message.Chat.ID, Message{
				HTML: "You said " + html.EscapeString(u.Message.Text), Keyboard: Keyboard{{{Text: "Again", Data: "again"}}},
			})
			return err
		case u.CallbackQuery != nil:
			if err := s.AnswerCallback(ctx, u.CallbackQuery.ID, "once more", false); err != nil {
				return err
			}
			m := u.CallbackQuery.Message.Message
			_, err := s.Edit(ctx, m.Chat.ID, m.ID, Message{HTML: "Said again"})
			return err
		}
		return nil
	})
}

func TestConversationByWebhook(t *testing.T) {
	t.Parallel()
	w := newWorld(t, telegramtest.Options{})
	inbox, _ := w.run(t, InboxConfig{Handler: echo(w.sender)})
	door, err := NewDoor(DoorConfig{Secret: testSecret, Inbox: inbox, Log: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(door)
	t.Cleanup(server.Close)
	converse(t, w, SetupConfig{WebhookURL: server.URL, Secret: testSecret})
}

func TestConversationByPolling(t *testing.T) {
	t.Parallel()
	w := newWorld(t, telegramtest.Options{})
	inbox, _ := w.run(t, InboxConfig{Handler: echo(w.sender)})
	poller := &Poller{Client: w.client, Inbox: inbox, Log: testLog(t)}
	start(t, poller.Run)
	converse(t, w, SetupConfig{})
}

func converse(t *testing.T, w *world, cfg SetupConfig) {
	t.Helper()
	cfg.Client, cfg.Store, cfg.Log = w.client, w.store, testLog(t)
	cfg.Profiles = []Profile{
		{Commands: []Command{{"start", "Book tickets"}}, About: "Tickets", Intro: "Buy tickets here"},
		{Lang: "zh", Commands: []Command{{"start", "购票"}}, About: "门票", Intro: "在这里买票"},
	}
	setup, err := NewSetup(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if setup.Ready() == nil {
		t.Error("ready before Telegram was reached")
	}
	start(t, setup.Run)
	eventually(t, "readiness", func() bool { return setup.Ready() == nil })

	mei := w.api.AddUser(telegramtest.Profile{FirstName: "Mei", LanguageCode: "zh-hans"})
	mei.Send("hello <b>")
	mei.WaitForText("You said hello")
	if a := mei.Press("Again"); a.Text != "once more" {
		t.Errorf("answer = %q", a.Text)
	}
	mei.WaitForText("Said again")
	eventually(t, "commands in Chinese", func() bool {
		cs := mei.Commands(mei.Chat())
		return len(cs) == 1 && cs[0].Description == "购票"
	})
	if w.client.Username() != w.api.Bot().Username {
		t.Errorf("username = %q", w.client.Username())
	}
}

// eventually waits for something to hold; how long is no part of any test.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("no %s within a minute", what)
		}
		pause(t.Context(), 2*time.Millisecond)
	}
}

func TestDoorAnswers(t *testing.T) {
	t.Parallel()
	db := openStore(t)
	inbox := newInbox(t, db, InboxConfig{Handler: newLedger(t), Log: quiet()})
	acked := 0
	door, err := NewDoor(DoorConfig{Secret: testSecret, Inbox: inbox, Log: quiet(), Acked: func(time.Duration) { acked++ }})
	if err != nil {
		t.Fatal(err)
	}
	post := func(secret string, body io.Reader) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/webhooks/telegram", body)
		if secret != "" {
			r.Header.Set(secretHeader, secret)
		}
		rec := httptest.NewRecorder()
		door.ServeHTTP(rec, r)
		return rec
	}
	update := func() io.Reader { return strings.NewReader(string(rawMessage(1, 5, 5, "x"))) }
	for name, test := range map[string]struct {
		secret string
		body   io.Reader
		want   int
	}{
		"no secret":      {"", untouchable{t}, http.StatusUnauthorized},
		"wrong secret":   {testSecret + "x", untouchable{t}, http.StatusUnauthorized},
		"too large":      {testSecret, io.LimitReader(zeros{}, updateLimit+1), http.StatusRequestEntityTooLarge},
		"not JSON":       {testSecret, strings.NewReader("<xml/>"), http.StatusOK},
		"without number": {testSecret, strings.NewReader(`{"message":{}}`), http.StatusOK},
		"update":         {testSecret, update(), http.StatusOK},
		"again":          {testSecret, update(), http.StatusOK},
	} {
		if rec := post(test.secret, test.body); rec.Code != test.want || rec.Body.Len() > 0 {
			t.Errorf("%s: %d %q, want %d and nothing", name, rec.Code, rec.Body, test.want)
		}
	}
	if acked != 4 || len(pending(t, db)) != 1 {
		t.Errorf("acked %d and stored %d, want 4 and 1", acked, len(pending(t, db)))
	}
	db.failWith(tickets.Refuse(tickets.Unavailable, "busy"))
	rec := post(testSecret, strings.NewReader(string(rawMessage(2, 5, 5, "x"))))
	if rec.Code != http.StatusServiceUnavailable || rec.Header().Get("Retry-After") != "2" {
		t.Errorf("busy store: %d, Retry-After %q", rec.Code, rec.Header().Get("Retry-After"))
	}
	get := httptest.NewRecorder()
	door.ServeHTTP(get, httptest.NewRequest(http.MethodGet, "/webhooks/telegram", nil))
	if get.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", get.Code)
	}
}

// untouchable is a body that nobody may read.
type untouchable struct{ t *testing.T }

func (u untouchable) Read([]byte) (int, error) {
	u.t.Error("the body was read before the secret was checked")
	return 0, errors.New("untouchable")
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }
