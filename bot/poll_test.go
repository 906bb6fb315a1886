package bot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"boxoffice/tickets"
)

// polled is a Bot API that has updates 1..n and notes what it is asked.
type polled struct {
	mu      sync.Mutex
	n       int64
	webhook bool
	flood   int // so many 429s first
	offsets []int64
	asked   getUpdates
	times   []time.Time
}

func (p *polled) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	if path.Base(r.URL.Path) == "deleteWebhook" {
		p.webhook = false
		p.mu.Unlock()
		_, _ = io.WriteString(w, `{"ok":true,"result":true}`)
		return
	}
	var ask getUpdates
	_ = json.Unmarshal(body, &ask)
	p.asked = ask
	p.times = append(p.times, time.Now())
	p.offsets = append(p.offsets, ask.Offset)
	var answer string
	switch {
	case p.webhook:
		w.WriteHeader(http.StatusConflict)
		answer = `{"ok":false,"error_code":409,"description":"Conflict: can't use getUpdates method while webhook is active"}`
	case p.flood > 0:
		p.flood--
		w.WriteHeader(http.StatusTooManyRequests)
		answer = `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 9","parameters":{"retry_after":9}}`
	default:
		var list []string
		for id := max(ask.Offset, 1); id <= p.n; id++ {
			list = append(list, string(rawMessage(id, 5, 5, "x")))
		}
		answer = fmt.Sprintf(`{"ok":true,"result":[%s]}`, strings.Join(list, ","))
	}
	empty := strings.HasSuffix(answer, "[]}")
	p.mu.Unlock()
	if empty {
		select { // a long poll
		case <-r.Context().Done():
			return
		case <-time.After(pollWait):
		}
	}
	_, _ = io.WriteString(w, answer)
}

func (p *polled) seen() []int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.offsets)
}

func TestOffsetMovesOnlyAfterCommit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := &polled{n: 3}
		db, l := openStore(t), newLedger(t)
		c := clientOf(t, "http://telegram.test")
		c.wire.http.Transport = &inProcess{handler: api}
		inbox := newInbox(t, db, InboxConfig{Handler: l, Log: quiet()})
		stopInbox := start(t, inbox.Run)
		db.failWith(tickets.Refuse(tickets.Unavailable, "disk full"))
		poller := &Poller{Client: c, Inbox: inbox, Log: quiet()}
		stopPolling := start(t, poller.Run)
		pause(t.Context(), 2500*time.Millisecond)
		if got := api.seen(); len(got) < 2 || slices.Max(got) != 0 {
			t.Errorf("asked with offsets %v while nothing could be stored", got)
		}
		db.failWith(nil)
		pause(t.Context(), time.Minute)
		synctest.Wait()
		l.inOrder(3)
		if got := api.seen(); !slices.Contains(got, 4) {
			t.Errorf("offsets %v never confirmed the updates", got)
		}
		if !slices.Equal(api.asked.AllowedUpdates, allowedUpdates) || api.asked.Timeout != 50 {
			t.Errorf("asked %+v", api.asked)
		}
		stopPolling()
		stopInbox()
	})
}

func TestPollingObeysWaitsAndRemovesAWebhook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := &polled{n: 1, webhook: true, flood: 1}
		db, l := openStore(t), newLedger(t)
		c := clientOf(t, "http://telegram.test")
		c.wire.http.Transport = &inProcess{handler: api}
		inbox := newInbox(t, db, InboxConfig{Handler: l})
		stopInbox := start(t, inbox.Run)
		var log bytes.Buffer
		stopPolling := start(t, (&Poller{Client: c, Inbox: inbox, Log: slog.New(slog.NewJSONHandler(&log, nil))}).Run)
		pause(t.Context(), 12*time.Second)
		synctest.Wait()
		l.inOrder(1)
		if d := api.times[2].Sub(api.times[1]); d < 9*time.Second {
			t.Errorf("asked again after %v, told to wait 9 s", d)
		}
		stopPolling()
		if !strings.Contains(log.String(), `"again_in_ms":9000`) {
			t.Errorf("the log does not say when it asks again:\n%s", log.String())
		}
		stopInbox()
	})
}
