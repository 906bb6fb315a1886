package bot

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-telegram/bot/models"

	"boxoffice/bot/telegramtest"
	"boxoffice/tickets"
)

// onePixel is a PNG that the Bot API takes.
var onePixel = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89" +
	"\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa75\x81\x84\x00\x00\x00\x00IEND\xaeB`\x82")

// overtaken is the context of a handler behind which another update waits.
func overtaken(ctx context.Context) context.Context {
	c := make(chan struct{})
	close(c)
	return context.WithValue(ctx, behindKey{}, (<-chan struct{})(c))
}

func TestTenPressesMakeTwoEdits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, wire := newBubble(t, telegramtest.Options{}, SenderConfig{})
		mei := reachable(w, "Mei")
		shown := mustSend(t, w.sender, mei.ID, Message{HTML: "0 tickets"})
		wire.gate = make(chan struct{})
		edit := func(ctx context.Context, n int) error {
			_, err := w.sender.Edit(ctx, mei.ID, shown.Message, Message{HTML: fmt.Sprintf("%d tickets", n)})
			return err
		}
		for n := 1; n < 10; n++ { // another press waits behind each of these
			if err := edit(overtaken(t.Context()), n); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		last := make(chan error, 1)
		go func() { last <- edit(t.Context(), 10) }()
		synctest.Wait()
		select {
		case err := <-last:
			t.Fatalf("the last edit returned %v before it was made", err)
		default:
		}
		close(wire.gate)
		if err := <-last; err != nil {
			t.Error(err)
		}
		calls := w.api.Calls("editMessageText")
		if len(calls) != 2 || calls[1].Params["text"] != "10 tickets" {
			t.Errorf("%d edits, want 2, the last with 10 tickets", len(calls))
		}
	})
}

func TestNextPressIsNotKeptWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, wire := newBubble(t, telegramtest.Options{}, SenderConfig{})
		mei := reachable(w, "Mei")
		shown := mustSend(t, w.sender, mei.ID, Message{HTML: "0"})
		wire.gate = make(chan struct{})
		var handled []string
		inbox := newInbox(t, w.store, InboxConfig{Handler: handlerFunc(func(ctx context.Context, u *models.Update) error {
			_, err := w.sender.Edit(ctx, mei.ID, shown.Message, Message{HTML: u.CallbackQuery.Data})
			handled = append(handled, u.CallbackQuery.Data)
			return err
		})})
		stop := start(t, inbox.Run)
		accept(t, inbox, rawPress(1, mei.ID, mei.ID, "1"))
		synctest.Wait()
		if len(handled) != 0 {
			t.Fatal("the only press did not wait for its edit")
		}
		accept(t, inbox, rawPress(2, mei.ID, mei.ID, "2"))
		synctest.Wait()
		if len(handled) != 1 {
			t.Error("the first press went on waiting for its edit, with another behind it")
		}
		close(wire.gate)
		synctest.Wait()
		if len(handled) != 2 || mei.Chat().Last().Text != "2" {
			t.Errorf("handled %v, the message is %q", handled, mei.Chat().Last().Text)
		}
		stop()
	})
}

func TestEqualEditIsNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, telegramtest.Options{AllowProblems: true})
	mei := reachable(w, "Mei")
	shown := mustSend(t, w.sender, mei.ID, Message{HTML: "same"})
	edit := func(text string) {
		t.Helper()
		if _, err := w.sender.Edit(t.Context(), mei.ID, shown.Message, Message{HTML: text}); err != nil {
			t.Errorf("edit: %v", err)
		}
	}
	edit("same") // the Bot API says "not modified": success
	edit("same")
	edit("other")
	edit("other")
	if n := len(w.api.Calls("editMessageText")); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
	// What changed the message by another way is not forgotten.
	if err := w.sender.EditKeyboard(t.Context(), mei.ID, shown.Message, Keyboard{{{Text: "x", Data: "x"}}}); err != nil {
		t.Error(err)
	}
	edit("other")
	if n := len(w.api.Calls("editMessageText")); n != 3 {
		t.Errorf("%d calls, want 3", n)
	}
}

func TestWaitingEditsMerge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, wire := newBubble(t, telegramtest.Options{}, SenderConfig{})
		mei := reachable(w, "Mei")
		shown := mustSend(t, w.sender, mei.ID, Message{HTML: "0"})
		wire.gate = make(chan struct{})
		ctx := overtaken(t.Context())
		for _, text := range []string{"1", "2"} {
			if _, err := w.sender.Edit(ctx, mei.ID, shown.Message, Message{HTML: text}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if err := w.sender.EditKeyboard(ctx, mei.ID, shown.Message, Keyboard{{{Text: "Pay", Data: "pay"}}}); err != nil {
			t.Fatal(err)
		}
		close(wire.gate)
		synctest.Wait()
		last := mei.Chat().Last()
		if last.Text != "2" || last.ReplyMarkup == nil {
			t.Errorf("message = %q with keyboard %v, want 2 with its button", last.Text, last.ReplyMarkup)
		}
		if n := len(w.api.Calls("editMessageReplyMarkup")); n != 0 {
			t.Errorf("the keyboard went by itself %d times", n)
		}
	})
}

func TestMessageThatIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, telegramtest.Options{AllowProblems: true})
	mei := reachable(w, "Mei")
	shown := mustSend(t, w.sender, mei.ID, Message{HTML: "x"})
	if err := w.sender.Delete(t.Context(), mei.ID, shown.Message); err != nil {
		t.Fatal(err)
	}
	if _, err := w.sender.Edit(t.Context(), mei.ID, shown.Message, Message{HTML: "y"}); !errors.Is(err, ErrGone) {
		t.Errorf("err = %v, want gone", err)
	}
}

func TestRefusedEditGivesWayToANewerOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _ := newBubble(t, telegramtest.Options{}, SenderConfig{})
		mei := reachable(w, "Mei")
		shown := mustSend(t, w.sender, mei.ID, Message{HTML: "0"})
		w.api.Inject(telegramtest.Fault{Method: "editMessageText", Times: 1, RetryAfter: 10})
		ctx := overtaken(t.Context())
		began := time.Now()
		for _, text := range []string{"1", "2"} {
			if _, err := w.sender.Edit(ctx, mei.ID, shown.Message, Message{HTML: text}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if d := time.Since(began); d > time.Second {
			t.Errorf("the presses waited %v", d)
		}
		pause(t.Context(), 11*time.Second)
		synctest.Wait()
		if last := mei.Chat().Last(); last.Text != "2" {
			t.Errorf("message = %q, want 2", last.Text)
		}
		if n := len(w.api.Calls("editMessageText")); n != 2 {
			t.Errorf("%d calls, want 2: the refused one and the newest", n)
		}
		// A pause longer than anybody waits is an error, not a goroutine that stays.
		w.api.Inject(telegramtest.Fault{Method: "editMessageText", Times: 1, RetryAfter: 3600})
		began = time.Now()
		if _, err := w.sender.Edit(t.Context(), mei.ID, shown.Message, Message{HTML: "3"}); err == nil {
			t.Error("edited in spite of the refusal")
		}
		if d := time.Since(began); d > editPatience {
			t.Errorf("gave up after %v", d)
		}
	})
}

func TestRefusedEditOfANoticeGoesBackToItsOutbox(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _ := newBubble(t, telegramtest.Options{}, SenderConfig{})
		mei := reachable(w, "Mei")
		shown := mustSend(t, w.sender, mei.ID, Message{HTML: "0"})
		w.api.Inject(telegramtest.Fault{Method: "editMessageText", Times: 1, RetryAfter: 10})
		began := time.Now()
		_, err := w.sender.Notices().Edit(t.Context(), mei.ID, shown.Message, Message{HTML: "paid"})
		if wait, ok := errors.AsType[*tickets.Wait](err); !ok || wait.After != 10*time.Second || time.Since(began) > time.Second {
			t.Errorf("after %v: %v, want a wait of 10 s at once", time.Since(began), err)
		}
	})
}

func TestCloseWaitsForEdits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, wire := newBubble(t, telegramtest.Options{}, SenderConfig{})
		mei := reachable(w, "Mei")
		shown := mustSend(t, w.sender, mei.ID, Message{HTML: "0"})
		wire.gate = make(chan struct{})
		if _, err := w.sender.Edit(overtaken(t.Context()), mei.ID, shown.Message, Message{HTML: "1"}); err != nil {
			t.Fatal(err)
		}
		closed := make(chan struct{})
		go func() { w.sender.Close(t.Context()); close(closed) }()
		synctest.Wait()
		select {
		case <-closed:
			t.Fatal("closed while an edit was in flight")
		default:
		}
		close(wire.gate)
		<-closed
		if last := mei.Chat().Last(); last.Text != "1" {
			t.Errorf("message = %q, want 1", last.Text)
		}
		if _, err := w.sender.Edit(t.Context(), mei.ID, shown.Message, Message{HTML: "2"}); err == nil {
			t.Error("edited after Close")
		}
	})
}
