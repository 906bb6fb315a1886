package telegramtest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"boxoffice/bot/telegramtest"
)

func fmtInt(n int64) string { return strconv.FormatInt(n, 10) }

// hook listens as a bot and registers itself.
func hook(t *testing.T, s *telegramtest.Server, handle http.HandlerFunc, fields ...string) {
	t.Helper()
	l := httptest.NewServer(handle)
	t.Cleanup(l.Close)
	t.Cleanup(s.Close) // runs before the listener goes
	if r := post(t, s, "setWebhook", append([]string{"url", l.URL}, fields...)...); !r.OK {
		t.Fatalf("setWebhook: %s", r.Description)
	}
}

func decode(t *testing.T, r *http.Request) telegramtest.Update {
	t.Helper()
	var u telegramtest.Update
	if err := json.NewDecoder(r.Body).Decode(&u); err != nil {
		t.Error(err)
	}
	return u
}

func TestAWebhookGetsTheSecretAndItsReplyIsExecuted(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{})
	var secret atomic.Value
	hook(t, s, func(w http.ResponseWriter, r *http.Request) {
		secret.Store(r.Header.Get("X-Telegram-Bot-Api-Secret-Token"))
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"method":"sendMessage","chat_id":%d,"text":"by reply"}`, decode(t, r).Message.Chat.ID)
	}, "secret_token", "s3cret_-")
	u := s.AddUser(telegramtest.Profile{})
	u.Send("hi")
	u.WaitForText("by reply")
	if secret.Load() != "s3cret_-" {
		t.Errorf("secret %v", secret.Load())
	}
	if r := post(t, s, "getUpdates"); r.Code != 409 || !strings.HasPrefix(r.Description, "Conflict: can't use getUpdates method while webhook is active") {
		t.Errorf("getUpdates beside a webhook: %+v", r)
	}
}

func TestAQueueWaitsForItsHeadWhileOthersGoOn(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{RetryUnit: time.Millisecond})
	var mu sync.Mutex
	order := map[int64][]string{}
	failed := make(chan struct{}, 100)
	open := make(chan struct{})
	u, v := s.AddUser(telegramtest.Profile{}), s.AddUser(telegramtest.Profile{})
	hook(t, s, func(w http.ResponseWriter, r *http.Request) {
		m := decode(t, r).Message
		if m.Chat.ID == u.ID {
			select {
			case <-open:
			default:
				w.WriteHeader(http.StatusInternalServerError)
				failed <- struct{}{}
				return
			}
		}
		mu.Lock()
		defer mu.Unlock()
		order[m.Chat.ID] = append(order[m.Chat.ID], m.Text)
		if m.Text == "v2" {
			close(open)
		}
	})
	u.Send("u1")
	u.Send("u2")
	for range 3 {
		<-failed
	}
	v.Send("v1")
	v.Send("v2")
	if err := s.Settled(within(t)); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if got := fmt.Sprint(order[u.ID], order[v.ID]); got != "[u1 u2] [v1 v2]" {
		t.Errorf("accepted %s", got)
	}
	r := post(t, s, "getWebhookInfo")
	if !strings.Contains(string(r.Result), "Wrong response from the webhook: 500") {
		t.Errorf("getWebhookInfo: %s", r.Result)
	}
}

func TestRetryAfterOfTheBotIsObeyed(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{})
	var at [2]time.Time
	var n atomic.Int32
	hook(t, s, func(w http.ResponseWriter, _ *http.Request) {
		i := n.Add(1) - 1
		at[i] = time.Now()
		if i == 0 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	s.AddUser(telegramtest.Profile{}).Send("hi")
	if err := s.Settled(within(t)); err != nil {
		t.Fatal(err)
	}
	if wait := at[1].Sub(at[0]); wait < time.Second {
		t.Errorf("came back after %s", wait)
	}
}

func TestAPressOvertakesASlowMessageOfTheSameUser(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{})
	u := s.AddUser(telegramtest.Profile{})
	pressed := make(chan struct{})
	hook(t, s, func(w http.ResponseWriter, r *http.Request) {
		if q := decode(t, r).CallbackQuery; q != nil {
			w.Header().Set("Content-Type", "application/x-www-form-urlencoded")
			_, _ = fmt.Fprintf(w, "method=answerCallbackQuery&callback_query_id=%s", q.ID)
			close(pressed)
			return
		}
		select {
		case <-pressed:
		case <-within(t).Done():
			t.Error("the press waited for the message")
		}
	})
	u.Send("slow")
	post(t, s, "sendMessage", "chat_id", fmtInt(u.ID), "text", "x", "reply_markup", `{"inline_keyboard":[[{"text":"Go","callback_data":"g"}]]}`)
	if a := u.Press("Go"); a.Text != "" {
		t.Errorf("answered with %q", a.Text)
	}
	if err := s.Settled(within(t)); err != nil {
		t.Fatal(err)
	}
}

func TestSettingTheSameWebhookAgainRepeatsNothing(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{})
	entered, leave := make(chan struct{}, 2), make(chan struct{})
	var n atomic.Int32
	l := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		n.Add(1)
		entered <- struct{}{}
		<-leave
	}))
	t.Cleanup(l.Close)
	t.Cleanup(s.Close)
	set := func() {
		t.Helper()
		if r := post(t, s, "setWebhook", "url", l.URL); !r.OK {
			t.Fatal(r.Description)
		}
	}
	set()
	s.AddUser(telegramtest.Profile{}).Send("once")
	<-entered
	set()
	close(leave)
	if err := s.Settled(within(t)); err != nil {
		t.Fatal(err)
	}
	if n.Load() != 1 {
		t.Errorf("the update came %d times", n.Load())
	}
}

func TestDuplicatesArriveWithTheSameNumber(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{})
	var mu sync.Mutex
	var ids []int64
	hook(t, s, func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		ids = append(ids, decode(t, r).UpdateID)
	})
	s.Duplicate(1)
	u := s.AddUser(telegramtest.Profile{})
	u.Send("one")
	u.Send("two")
	if err := s.Settled(within(t)); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(ids) != 3 || ids[0] != ids[1] || ids[2] != ids[0]+1 {
		t.Errorf("update ids %v", ids)
	}
}

func TestUpdatesOutliveTheWebhook(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{RetryUnit: time.Hour})
	hook(t, s, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	s.AddUser(telegramtest.Profile{}).Send("hi")
	if r := post(t, s, "deleteWebhook"); !r.OK || s.Pending() != 1 {
		t.Fatalf("%+v, %d pending", r, s.Pending())
	}
	if r := post(t, s, "getUpdates"); !strings.Contains(string(r.Result), `"hi"`) {
		t.Errorf("polling finds %s", r.Result)
	}
}

func TestAGroupTellsTheBotWhatPrivacyModeLets(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{})
	ann := s.AddUser(telegramtest.Profile{FirstName: "Ann"})
	g := s.AddGroup("Staff", ann)
	g.AddBot(ann, false)
	base := s.Pending() // my_chat_member and the service message
	ann.SendIn(g, "just talking")
	ann.SendIn(g, "/start@some_other_bot")
	if got := s.Pending() - base; got != 0 {
		t.Errorf("the bot overhears %d messages", got)
	}
	ann.SendIn(g, "/start")
	ann.SendIn(g, "/start@"+s.Bot().Username)
	ann.SendIn(g, "hey @"+s.Bot().Username)
	if got := s.Pending() - base; got != 3 {
		t.Errorf("the bot got %d of 3 messages for it", got)
	}
	r := post(t, s, "getChatMember", "chat_id", fmtInt(g.ID()), "user_id", fmtInt(ann.ID))
	if !strings.Contains(string(r.Result), `"creator"`) {
		t.Errorf("the founder is %s", r.Result)
	}
}

func TestAThousandChatsAtOnceKeepTheirOrder(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{KeepMessages: 4, KeepCalls: 100})
	var mu sync.Mutex
	last := map[int64]int{}
	hook(t, s, func(w http.ResponseWriter, r *http.Request) {
		m := decode(t, r).Message
		n, _ := strconv.Atoi(m.Text)
		mu.Lock()
		defer mu.Unlock()
		if n != last[m.Chat.ID]+1 {
			t.Errorf("chat %d: %d came after %d", m.Chat.ID, n, last[m.Chat.ID])
		}
		last[m.Chat.ID] = n
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"method":"sendMessage","chat_id":%d,"text":"%d"}`, m.Chat.ID, n)
	}, "max_connections", "64")
	const chats, rounds = 1000, 5
	users := make([]*telegramtest.User, chats)
	for i := range users {
		users[i] = s.AddUser(telegramtest.Profile{})
	}
	begin := time.Now()
	for n := range rounds {
		for _, u := range users {
			u.Send(strconv.Itoa(n + 1))
		}
	}
	if err := s.Settled(within(t)); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d updates in %s", chats*rounds, time.Since(begin))
	if got := s.CallCount("sendMessage"); got != chats*rounds {
		t.Errorf("%d of %d replies", got, chats*rounds)
	}
	if got := len(users[0].Chat().Messages()); got > 4+16+4 {
		t.Errorf("a chat keeps %d messages, 4 were asked for", got)
	}
}
