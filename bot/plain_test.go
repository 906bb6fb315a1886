package bot

import (
	"strings"
	"testing"
	"time"

	"boxoffice/bot/telegramtest"
)

var newer = Message{
	HTML: `Held until <tg-time unix="1790000000" format="r">14:35</tg-time>`,
	Keyboard: Keyboard{{
		{Text: "23", Disabled: true},
		{Text: "24", Data: "d24", Style: StyleSuccess},
	}},
}

func TestOlderAPIGetsThePlainFormAndIsAskedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, telegramtest.Options{AllowProblems: true, Older: telegramtest.Older{NoDisabled: true, NoTgTime: true}})
	now := time.Now()
	clock := func() time.Time { return now }
	w.sender.plain.now = clock
	mei := reachable(w, "Mei")
	shown := mustSend(t, w.sender, mei.ID, newer)
	if m := mei.Chat().Last(); m.Text != "Held until 14:35" || len(m.Entities) != 0 {
		t.Errorf("message = %q", m.Text)
	}
	refused := len(w.api.Calls("sendMessage")) - 1
	if refused < 1 || refused > 2 {
		t.Errorf("%d refused calls, want one a feature at most", refused)
	}
	mustSend(t, w.sender, mei.ID, newer)
	if n := len(w.api.Calls("sendMessage")) - refused; n != 2 {
		t.Errorf("the second message took %d calls, want 1", n-1)
	}
	edited := newer
	edited.HTML += "!"
	if _, err := w.sender.Edit(t.Context(), mei.ID, shown.Message, edited); err != nil {
		t.Errorf("edit: %v", err)
	}
	if n := len(w.api.Calls("editMessageText")); n != 1 {
		t.Errorf("the edit took %d calls, want 1", n)
	}

	// Another process on the same store does not ask either; after a week it does.
	restarted, err := NewSender(SenderConfig{Client: w.client, Store: w.store, Log: testLog(t), Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	before := len(w.api.Calls("sendMessage"))
	mustSend(t, restarted, mei.ID, newer)
	if n := len(w.api.Calls("sendMessage")) - before; n != 1 {
		t.Errorf("after a restart a message took %d calls, want 1", n)
	}
	now = now.Add(plainFor)
	before = len(w.api.Calls("sendMessage"))
	mustSend(t, restarted, mei.ID, newer)
	if n := len(w.api.Calls("sendMessage")) - before; n != 1+refused {
		t.Errorf("after a week a message took %d calls, want %d", n, 1+refused)
	}
	if v := w.store.setting(t, plainSetting); !strings.Contains(v, `"time"`) || !strings.Contains(v, `"buttons"`) {
		t.Errorf("remembered %s", v)
	}
}

func TestNewerAPIGetsTheNewerForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t, telegramtest.Options{AllowProblems: true})
	mei := reachable(w, "Mei")
	mustSend(t, w.sender, mei.ID, newer)
	if m := mei.Chat().Last(); len(m.Entities) != 1 {
		t.Errorf("entities = %v, want the time", m.Entities)
	}
	// Another fault is not blamed on the newer fields.
	broken := newer
	broken.HTML += "<b>"
	if _, err := w.sender.Send(t.Context(), mei.ID, broken); err == nil {
		t.Error("sent broken HTML")
	}
	if len(w.sender.plain.refused(t.Context())) != 0 {
		t.Error("a fault of the text was remembered as the API's age")
	}
}
