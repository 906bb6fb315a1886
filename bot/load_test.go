package bot

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-telegram/bot/models"
)

// counter is a Bot API that answers at once and notes, by chat, which presses were answered and what was shown last.
type counter struct {
	mu      sync.Mutex
	answers map[string]int
	shown   map[string]string // by chat
	edits   int
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := r.ParseMultipartForm(1 << 20)
	c.mu.Lock()
	defer c.mu.Unlock()
	result := "true"
	switch path.Base(r.URL.Path) {
	case "answerCallbackQuery":
		c.answers[r.FormValue("callback_query_id")]++
	case "editMessageText":
		c.edits++
		c.shown[r.FormValue("chat_id")] = r.FormValue("text")
		result = `{"message_id":7,"date":1,"chat":{"id":1,"type":"private"}}`
	default:
		err = fmt.Errorf("unexpected call of %s", r.URL.Path)
	}
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"ok":false,"error_code":400,"description":"Bad Request"}`)
		return
	}
	_, _ = io.WriteString(w, `{"ok":true,"result":`+result+`}`)
}

// TestTwentyThousandUpdates sends presses as Telegram does, 64 at a time and each chat's next only after the one before
// was accepted, some of them twice.
func TestTwentyThousandUpdates(t *testing.T) {
	t.Parallel()
	n, chats := 20_000, 2_000
	if testing.Short() || raceEnabled {
		n, chats = 2_000, 400
	}
	api := &counter{answers: map[string]int{}, shown: map[string]string{}}
	apiServer := httptest.NewServer(api)
	t.Cleanup(apiServer.Close)
	db, l, client := openStore(t), newLedger(t), clientOf(t, apiServer.URL)
	sender, err := NewSender(SenderConfig{Client: client, Store: db, Log: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	inbox := newInbox(t, db, InboxConfig{Handler: handlerFunc(func(ctx context.Context, u *models.Update) error {
		if err := sender.AnswerCallback(ctx, u.CallbackQuery.ID, "", false); err != nil {
			return err
		}
		chat := u.CallbackQuery.From.ID
		if _, err := sender.Edit(ctx, chat, 7, Message{HTML: u.CallbackQuery.Data}); err != nil {
			return err
		}
		return l.Handle(ctx, u)
	})})
	start(t, inbox.Run)
	door, err := NewDoor(DoorConfig{Secret: testSecret, Inbox: inbox, Log: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	doorServer := httptest.NewServer(door)
	t.Cleanup(doorServer.Close)

	began := time.Now()
	storm(t, doorServer.URL, n, chats)
	accepted := time.Since(began)
	eventually(t, "end of the work", func() bool { return inbox.Depth() == 0 })
	t.Logf("%d updates accepted in %v, handled in %v, with %d edits", n, accepted, time.Since(began), api.edits)

	l.inOrder(n)
	if len(api.answers) != n {
		t.Errorf("%d presses were answered, want %d", len(api.answers), n)
	}
	for chat, ids := range l.got {
		if want := strconv.FormatInt(slices.Max(ids), 10); api.shown[strconv.FormatInt(chat, 10)] != want {
			t.Errorf("chat %d shows %q, want %q", chat, api.shown[strconv.FormatInt(chat, 10)], want)
		}
	}
	if left := pending(t, db); len(left) > 0 {
		t.Errorf("%d updates are not marked done", len(left))
	}
}

// storm posts presses 1 to n.
func storm(t *testing.T, url string, n, chats int) {
	const senders = 64
	telegram := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}}
	t.Cleanup(telegram.CloseIdleConnections)
	var group sync.WaitGroup
	for s := range senders {
		group.Go(func() {
			for id := s + 1; id <= n; id += senders {
				// A chat stays with its sender: the chats that are s modulo 64.
				chat := int64(id%senders + senders*((id/senders)%(chats/senders)) + 1)
				raw := string(rawPress(int64(id), chat, chat, strconv.Itoa(id)))
				for range 1 + id%20/19 {
					if err := deliver(telegram, url, raw); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	group.Wait()
}

// deliver posts an update until it is accepted.
func deliver(client *http.Client, url, raw string) error {
	for {
		req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(raw))
		if err != nil {
			return err
		}
		req.Header.Set(secretHeader, testSecret)
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		switch resp.StatusCode {
		case http.StatusOK:
			return nil
		case http.StatusServiceUnavailable:
		default:
			return fmt.Errorf("the door answered %d", resp.StatusCode)
		}
	}
}
