package bot

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"boxoffice/bot/telegramtest"
	"boxoffice/tickets"
)

// inProcess calls a handler without a network, so that synctest's clock runs. While gate is not nil, each call waits
// for a token of it.
type inProcess struct {
	handler http.Handler
	gate    chan struct{}
}

func (p *inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.gate != nil {
		<-p.gate
	}
	rec := httptest.NewRecorder()
	p.handler.ServeHTTP(rec, r)
	return rec.Result(), nil
}

// newBubble is newWorld for synctest.
func newBubble(t *testing.T, opt telegramtest.Options, cfg SenderConfig) (*world, *inProcess) {
	t.Helper()
	w := &world{api: telegramtest.New(opt), store: openStore(t)}
	t.Cleanup(w.api.Close)
	var err error
	w.client, err = NewClient(ClientConfig{Token: w.api.Token(), URL: "http://telegram.test", Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	wire := &inProcess{handler: w.api}
	w.client.wire.http.Transport = wire
	cfg.Client, cfg.Store, cfg.Log = w.client, w.store, quiet()
	if w.sender, err = NewSender(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.sender.Close(context.WithoutCancel(t.Context())) })
	return w, wire
}

// reachable makes a person whom the bot may write to.
func reachable(w *world, name string) *telegramtest.User {
	u := w.api.AddUser(telegramtest.Profile{FirstName: name})
	u.Send("/start")
	return u
}

func mustSend(t *testing.T, s *Sender, chat int64, m Message) tickets.Receipt {
	t.Helper()
	r, err := s.Send(t.Context(), chat, m)
	if err != nil {
		t.Fatalf("send: %v", err)
	}
	return r
}

func TestRefusalIsObeyed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _ := newBubble(t, telegramtest.Options{}, SenderConfig{})
		mei, ann := reachable(w, "Mei"), reachable(w, "Ann")
		w.api.Inject(telegramtest.Fault{Method: "sendMessage", ChatID: mei.ID, Times: 1, RetryAfter: 7})
		began := time.Now()
		mustSend(t, w.sender, mei.ID, Message{HTML: "patience"})
		if d := time.Since(began); d < 7*time.Second || d > 8*time.Second {
			t.Errorf("sent after %v, want 7 s", d)
		}
		w.api.Inject(telegramtest.Fault{Method: "sendMessage", ChatID: mei.ID, Times: 1, RetryAfter: 300})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		began = time.Now()
		_, err := w.sender.Send(ctx, mei.ID, Message{HTML: "too long to wait"})
		if wait, ok := errors.AsType[*tickets.Wait](err); !ok || wait.After != 300*time.Second || !errors.Is(err, tickets.Unavailable) {
			t.Errorf("err = %v, want a wait of 300 s", err)
		}
		if d := time.Since(began); d > time.Second {
			t.Errorf("the caller waited %v for what it cannot wait for", d)
		}
		mustSend(t, w.sender, ann.ID, Message{HTML: "others go on"})
		if d := time.Since(began); d > time.Second {
			t.Errorf("another chat waited %v", d)
		}
		if n := len(w.api.Calls("sendMessage")); n != 4 {
			t.Errorf("%d calls, want 4: none while the chat pauses", n)
		}
	})
}

func TestTwoRefusedChatsPauseAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _ := newBubble(t, telegramtest.Options{}, SenderConfig{})
		notices := w.sender.Notices()
		for _, name := range []string{"Mei", "Ann"} {
			u := reachable(w, name)
			w.api.Inject(telegramtest.Fault{ChatID: u.ID, Times: 1, RetryAfter: 30})
			if _, err := notices.Send(t.Context(), u.ID, Message{HTML: "x"}); !errors.Is(err, tickets.Unavailable) {
				t.Errorf("err = %v, want a wait", err)
			}
		}
		bob := reachable(w, "Bob")
		began := time.Now()
		mustSend(t, w.sender, bob.ID, Message{HTML: "x"})
		if d := time.Since(began); d < 29*time.Second {
			t.Errorf("a third chat was written to after %v", d)
		}
	})
}

func TestPaceIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _ := newBubble(t, telegramtest.Options{Rate: true}, SenderConfig{})
		mei := reachable(w, "Mei")
		group := w.api.AddGroup("Shop", mei)
		group.AddBot(mei, false)
		began := time.Now()
		for range 10 {
			mustSend(t, w.sender, mei.ID, Message{HTML: "x"})
		}
		if d := time.Since(began); d < 5*time.Second || d > 6*time.Second {
			t.Errorf("10 messages to a person took %v, want 5 s", d)
		}
		began = time.Now()
		for range 20 {
			mustSend(t, w.sender, group.ID(), Message{HTML: "x"})
		}
		if d := time.Since(began); d < 58*time.Second || d > 65*time.Second {
			t.Errorf("20 messages to a group took %v, want a minute", d)
		}
		for _, c := range w.api.Calls("") {
			if c.Code == http.StatusTooManyRequests {
				t.Errorf("%s was refused: %s", c.Method, c.Description)
			}
		}
	})
}

func TestNoticesGoAt25ASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _ := newBubble(t, telegramtest.Options{}, SenderConfig{})
		notices := w.sender.Notices()
		began := time.Now()
		for range 75 {
			mustSend(t, notices, reachable(w, "X").ID, Message{HTML: "x"})
		}
		if d := time.Since(began); d < 1900*time.Millisecond || d > 2500*time.Millisecond {
			t.Errorf("75 notices took %v, want 2 s after a burst of 25", d)
		}
	})
}

func TestUnreachablePersonIsReported(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var gone []int64
	w := newWorld(t, telegramtest.Options{AllowProblems: true})
	w.sender.cfg.Unreachable = func(_ context.Context, chat int64) {
		mu.Lock()
		defer mu.Unlock()
		gone = append(gone, chat)
	}
	mei, stranger := reachable(w, "Mei"), w.api.AddUser(telegramtest.Profile{FirstName: "Stranger"})
	mei.Block()
	for _, u := range []*telegramtest.User{mei, stranger} {
		if _, err := w.sender.Send(t.Context(), u.ID, Message{HTML: "x"}); !errors.Is(err, tickets.Blocked) {
			t.Errorf("err = %v, want blocked", err)
		}
	}
	if len(gone) != 2 {
		t.Errorf("told of %v, want both", gone)
	}
}

func TestGroupThatMovedIsFollowed(t *testing.T) {
	t.Parallel()
	var from, to int64
	w := newWorld(t, telegramtest.Options{AllowProblems: true})
	w.sender.cfg.Migrated = func(_ context.Context, a, b int64) { from, to = a, b }
	mei := reachable(w, "Mei")
	group := w.api.AddGroup("Shop", mei)
	group.AddBot(mei, false)
	super := group.Migrate()
	mustSend(t, w.sender, group.ID(), Message{HTML: "sold one"})
	super.WaitForText("sold one")
	if from != group.ID() || to != super.ID() {
		t.Errorf("told of %d → %d, want %d → %d", from, to, group.ID(), super.ID())
	}
}

func TestBrokenConnections(t *testing.T) {
	t.Parallel()
	w := newWorld(t, telegramtest.Options{AllowProblems: true})
	mei := reachable(w, "Mei")
	shown := mustSend(t, w.sender, mei.ID, Message{HTML: "x"})
	count := func(method string) int { return len(w.api.Calls(method)) }

	// A new message whose fate is unknown is the caller's to repeat.
	w.api.Inject(telegramtest.Fault{Method: "sendMessage", Times: 1, ResetAfter: true})
	if _, err := w.sender.Send(t.Context(), mei.ID, Message{HTML: "perhaps"}); !errors.Is(err, tickets.Unknown) {
		t.Errorf("err = %v, want unknown", err)
	}
	if n := count("sendMessage"); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
	// An edit, and what certainly was not done, are repeated.
	w.api.Inject(telegramtest.Fault{Method: "editMessageText", Times: 1, ResetAfter: true})
	if _, err := w.sender.Edit(t.Context(), mei.ID, shown.Message, Message{HTML: "y"}); err != nil {
		t.Errorf("edit: %v", err)
	}
	w.api.Inject(telegramtest.Fault{Method: "sendMessage", Times: 1, Status: http.StatusBadGateway})
	mustSend(t, w.sender, mei.ID, Message{HTML: "z"})
	mei.WaitForText("z")
}

func TestAPIThatIsDownIsUnavailable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _ := newBubble(t, telegramtest.Options{}, SenderConfig{})
		mei := reachable(w, "Mei")
		w.api.Inject(telegramtest.Fault{Method: "sendMessage", Status: http.StatusServiceUnavailable})
		if _, err := w.sender.Send(t.Context(), mei.ID, Message{HTML: "never"}); !errors.Is(err, tickets.Unavailable) {
			t.Errorf("err = %v, want unavailable", err)
		}
		if n := len(w.api.Calls("sendMessage")); n != 1+len(callRetry) {
			t.Errorf("%d calls, want %d", n, 1+len(callRetry))
		}
	})
}

func TestLateAnswerIsNoError(t *testing.T) {
	t.Parallel()
	w := newWorld(t, telegramtest.Options{AllowProblems: true})
	if err := w.sender.AnswerCallback(t.Context(), "12345", strings.Repeat("字", 300), true); err != nil {
		t.Errorf("late answer: %v", err)
	}
}

func TestImpossibleMessagesAreInvalid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, telegramtest.Options{})
	mei := reachable(w, "Mei")
	press := func(b Button) Message { return Message{HTML: "x", Keyboard: Keyboard{{b}}} }
	for name, m := range map[string]Message{
		"empty":         {},
		"long":          {HTML: strings.Repeat("😀", 2049)},
		"long caption":  {HTML: strings.Repeat("字", 1025), Photo: &Photo{Data: []byte("x")}},
		"no picture":    {HTML: "x", Photo: &Photo{}},
		"data too long": press(Button{Text: "x", Data: strings.Repeat("字", 22)}),
		"does nothing":  press(Button{Text: "x"}),
		"does two":      press(Button{Text: "x", Data: "a", URL: "https://example.com"}),
		"no label":      press(Button{Data: "a"}),
	} {
		if _, err := w.sender.Send(t.Context(), mei.ID, m); !errors.Is(err, tickets.Invalid) {
			t.Errorf("%s: err = %v, want invalid", name, err)
		}
	}
	mustSend(t, w.sender, mei.ID, Message{HTML: "<b>" + strings.Repeat("&lt;", 4096) + "</b>"})
	if n := len(w.api.Calls("sendMessage")); n != 1 {
		t.Errorf("%d calls, want only the last", n)
	}
}

func TestPicturesAndFiles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, picturesAndFiles)
}

func picturesAndFiles(t *testing.T) {
	w, _ := newBubble(t, telegramtest.Options{}, SenderConfig{})
	mei := reachable(w, "Mei")
	first := mustSend(t, w.sender, mei.ID, Message{HTML: "<b>Ticket</b> 1", Photo: &Photo{Data: onePixel, Name: "t.png"}})
	if first.File == "" || first.Message == 0 {
		t.Fatalf("receipt = %+v", first)
	}
	again := mustSend(t, w.sender, mei.ID, Message{HTML: "again", Photo: &Photo{File: first.File}})
	if calls := w.api.Calls("sendPhoto"); len(calls[1].Files) != 0 {
		t.Error("a known picture was uploaded again")
	}
	other, err := w.sender.Edit(t.Context(), mei.ID, again.Message, Message{HTML: "Ticket 2", Photo: &Photo{Data: onePixel}})
	if err != nil || other.File == "" {
		t.Errorf("edit: %+v, %v", other, err)
	}
	if err := w.sender.EditCaption(t.Context(), mei.ID, again.Message, Message{HTML: "used"}); err != nil {
		t.Errorf("edit caption: %v", err)
	}
	if last := mei.Chat().Last(); last.Caption != "used" {
		t.Errorf("caption = %q", last.Caption)
	}
	if _, err := w.sender.Edit(t.Context(), mei.ID, again.Message, Message{HTML: "text in place of a picture"}); !errors.Is(err, ErrGone) {
		t.Errorf("err = %v, want gone", err)
	}
	if _, err := w.sender.SendDocument(t.Context(), mei.ID, "visit.ics", []byte("BEGIN:VCALENDAR"), Message{HTML: "calendar"}); err != nil {
		t.Errorf("document: %v", err)
	}
	if _, err := w.sender.SendVenue(t.Context(), mei.ID, Venue{Latitude: 1.25, Longitude: 103.8, Title: "Gate", Address: "1 Road"}); err != nil {
		t.Errorf("venue: %v", err)
	}
	w.sender.Action(t.Context(), mei.ID, "typing")
	for range 2 {
		if err := w.sender.Delete(t.Context(), mei.ID, first.Message); err != nil {
			t.Errorf("delete: %v", err)
		}
	}
}

// TestAnInvoiceOfAPausedChatIsNotWaitedFor has a chat pause: its invoice is not taken away, and nobody waits for that; in
// its usual turn it is.
func TestAnInvoiceOfAPausedChatIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _ := newBubble(t, telegramtest.Options{}, SenderConfig{})
		mei := reachable(w, "Mei")
		cashier := NewCashier(w.sender)
		m := mustSend(t, w.sender, mei.ID, Message{HTML: "an invoice"})
		w.api.Inject(telegramtest.Fault{Method: "deleteMessage", Times: 1, RetryAfter: 45})
		began := time.Now()
		for range 2 { // refused, and then known to pause
			err := cashier.DeleteMessage(t.Context(), mei.ID, m.Message)
			if wait, ok := errors.AsType[*tickets.Wait](err); !ok || wait.After != 45*time.Second || time.Since(began) > time.Second {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
		}
		<-time.After(45 * time.Second)
		for range chatBurst {
			mustSend(t, w.sender, mei.ID, Message{HTML: "much to say"})
		}
		if err := cashier.DeleteMessage(t.Context(), mei.ID, m.Message); err != nil {
			t.Errorf("in its turn: %v", err)
		}
	})
}
