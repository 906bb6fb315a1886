package telegramtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"boxoffice/bot/telegramtest"
)

type reply struct {
	OK          bool            `json:"ok"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Result      json.RawMessage `json:"result"`
	Parameters  struct {
		RetryAfter int `json:"retry_after"`
	} `json:"parameters"`
}

// post sends a method as urlencoded fields, name and value by turns.
func post(t *testing.T, s *telegramtest.Server, method string, fields ...string) reply {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return request(t, http.MethodPost, s.URL()+"/bot"+s.Token()+"/"+method, "application/x-www-form-urlencoded",
		strings.NewReader(form.Encode()))
}

func request(t *testing.T, method, address, contentType string, body io.Reader) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(within(t), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var out reply
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	if !out.OK && out.Code != resp.StatusCode {
		t.Errorf("status %d with error_code %d", resp.StatusCode, out.Code)
	}
	return out
}

func visitor(s *telegramtest.Server) *telegramtest.User {
	u := s.AddUser(telegramtest.Profile{FirstName: "Ann"})
	u.Send("/start")
	return u
}

func TestEveryEncodingAndMethodCaseIsUnderstood(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{})
	u := visitor(s)
	base := s.URL() + "/bot" + s.Token() + "/"
	id := "7000001"
	multi := func(hideLength bool) (string, io.Reader) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		_ = w.WriteField("chat_id", id)
		_ = w.WriteField("text", "multipart")
		_ = w.Close()
		if hideLength {
			return w.FormDataContentType(), io.MultiReader(&b) // an unknown length is sent chunked
		}
		return w.FormDataContentType(), &b
	}
	plainType, plain := multi(false)
	chunkedType, chunked := multi(true)
	for _, r := range []reply{
		request(t, http.MethodGet, base+"sendMessage?chat_id="+id+"&text=query", "", nil),
		request(t, http.MethodPost, base+"SENDMESSAGE", "application/json", strings.NewReader(`{"chat_id":`+id+`,"text":"json"}`)),
		request(t, http.MethodPost, base+"sendmessage", "application/x-www-form-urlencoded", strings.NewReader("chat_id="+id+"&text=form")),
		request(t, http.MethodPost, base+"sendMessage", plainType, plain),
		request(t, http.MethodPost, base+"sendMessage", chunkedType, chunked),
		request(t, http.MethodPost, base+"test/getMe", "", nil),
	} {
		if !r.OK {
			t.Errorf("refused: %s", r.Description)
		}
	}
	if got := len(u.Chat().Messages()); got != 6 {
		t.Errorf("%d messages, want 6:\n%s", got, u.Chat().Transcript())
	}
	if r := request(t, http.MethodGet, s.URL()+"/bot1:wrong/getMe", "", nil); r.Code != 401 || r.Description != "Unauthorized" {
		t.Errorf("unknown token: %+v", r)
	}
	if r := request(t, http.MethodGet, base+"sendUnicorn", "", nil); r.Code != 404 || r.Description != "Not Found: method not found" {
		t.Errorf("unknown method: %+v", r)
	}
}

func TestRefusalsUseTelegramsWords(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{AllowProblems: true})
	u := visitor(s)
	own := u.Send("mine")
	post(t, s, "sendMessage", "chat_id", "7000001", "text", "<b>same</b>", "parse_mode", "HTML") // message 103
	keyboard := func(button string) []string {
		return []string{"sendMessage", "text", "x", "reply_markup", `{"inline_keyboard":[[{"text":"B",` + button + `}]]}`}
	}
	for _, tc := range []struct {
		call []string
		want string
	}{
		{[]string{"sendMessage", "text", ""}, "message text is empty"},
		{[]string{"sendMessage", "text", " \n "}, "text must be non-empty"},
		{[]string{"sendMessage", "text", strings.Repeat("😀", 2049)}, "message is too long"},
		{[]string{"sendMessage", "text", "<b>x", "parse_mode", "HTML"}, `can't parse entities: Can't find end tag corresponding to start tag "b"`},
		{[]string{"sendMessage", "text", "1 <p>x</p>", "parse_mode", "HTML"}, `can't parse entities: Unsupported start tag "p" at byte offset 2`},
		{[]string{"sendMessage", "text", "<b><i>x</b></i>", "parse_mode", "HTML"}, `can't parse entities: Unmatched end tag at byte offset 7, expected "</i>", found "</b>"`},
		{[]string{"sendMessage", "text", "<a href=x/y>z</a>", "parse_mode", "HTML"}, "can't parse entities: Unexpected end of name token at byte offset 8"},
		{[]string{"sendMessage", "text", `<tg-time unix="1" format="x">z</tg-time>`, "parse_mode", "HTML"}, "can't parse entities: Invalid date format used"},
		{[]string{"sendMessage", "text", "x", "parse_mode", "BBCode"}, "unsupported parse_mode"},
		{[]string{"sendMessage", "text", "x", "reply_markup", "[]"}, "object expected as reply markup"},
		{[]string{"sendPhoto"}, "there is no photo in the request"},
		{[]string{"sendPhoto", "photo", "nonsense"}, "wrong file identifier/HTTP URL specified"},
		{keyboard(`"callback_data":"` + strings.Repeat("x", 65) + `"`), "BUTTON_DATA_INVALID"},
		{keyboard(`"callback_data":""`), "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"},
		{keyboard(`"style":"danger"`), "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"},
		{keyboard(`"url":"http://localhost:80/"`), "inline keyboard button URL 'http://localhost:80/' is invalid: Wrong HTTP URL"},
		{keyboard(`"url":"javascript://a.b/"`), "inline keyboard button URL 'javascript://a.b/' is invalid: Unsupported URL protocol"},
		{[]string{"editMessageText", "message_id", "103", "text", " same ", "parse_mode", "HTML"}, ""}, // bold is gone: a change
		{
			[]string{"editMessageText", "message_id", "103", "text", "same"},
			"message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
		},
		{[]string{"editMessageText", "message_id", "999", "text", "x"}, "message to edit not found"},
		{[]string{"editMessageText", "message_id", "102", "text", "x"}, "message can't be edited"},
		{[]string{"editMessageCaption", "message_id", "103", "caption", "x"}, "there is no caption in the message to edit"},
		{[]string{"deleteMessage", "message_id", "999"}, "message to delete not found"},
		{[]string{"answerCallbackQuery", "callback_query_id", "1"}, "query is too old and response timeout expired or query ID is invalid"},
		{[]string{"setMyCommands", "commands", `[{"command":"Buy!","description":"x"}]`}, "BOT_COMMAND_INVALID"},
	} {
		r := post(t, s, tc.call[0], append([]string{"chat_id", "7000001"}, tc.call[1:]...)...)
		if want := "Bad Request: " + tc.want; tc.want != "" && (r.Description != want || r.Code != 400) {
			t.Errorf("%q:\n got %d %q\nwant 400 %q", tc.call, r.Code, r.Description, want)
		} else if tc.want == "" && !r.OK {
			t.Errorf("%q was refused: %s", tc.call, r.Description)
		}
	}
	if own.MessageID != 102 {
		t.Fatalf("the table counts on message 102, it is %d", own.MessageID)
	}
}

func TestAnOlderServerRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{
		AllowProblems: true, Older: telegramtest.Older{NoDisabled: true, NoStyle: true, NoTgTime: true},
	})
	u := visitor(s)
	chat := []string{"chat_id", "7000001"}
	r := post(t, s, "sendMessage", append(chat, "text", "x", "reply_markup", `{"inline_keyboard":[[{"text":"B","disabled":{}}]]}`)...)
	if r.Description != "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard" {
		t.Errorf("disabled button: %q", r.Description)
	}
	r = post(t, s, "sendMessage", append(chat, "parse_mode", "HTML", "text", `ab<tg-time unix="1" format="r">x</tg-time>`)...)
	if r.Description != `Bad Request: can't parse entities: Unsupported start tag "tg-time" at byte offset 2` {
		t.Errorf("tg-time: %q", r.Description)
	}
	r = post(t, s, "sendMessage", append(chat, "text", "x", "reply_markup",
		`{"inline_keyboard":[[{"text":"B","style":"danger","callback_data":"b"}]]}`)...)
	if !r.OK || u.Chat().Last().ReplyMarkup.Rows[0][0].Style != "" {
		t.Errorf("style: %+v", r)
	}
}

func TestPollingBlocksUntilAnUpdateAndConfirmsByOffset(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{})
	u := s.AddUser(telegramtest.Profile{})
	answer := make(chan reply, 1)
	go func() { answer <- post(t, s, "getUpdates", "timeout", "50") }()
	select {
	case r := <-answer:
		t.Fatalf("the poll came back with nothing to say: %s", r.Result)
	case <-time.After(50 * time.Millisecond): // proves blocking, cannot be had by an event
	}
	u.Send("one")
	var got []telegramtest.Update
	decode := func(r reply) {
		got = nil
		if err := json.Unmarshal(r.Result, &got); err != nil {
			t.Fatalf("%v in %+v", err, r)
		}
	}
	if decode(<-answer); len(got) != 1 || got[0].Message.Text != "one" {
		t.Fatalf("got %+v", got)
	}
	u.Send("two")
	if decode(post(t, s, "getUpdates")); len(got) != 2 || got[1].UpdateID != got[0].UpdateID+1 {
		t.Fatalf("unconfirmed updates were lost or misnumbered: %+v", got)
	}
	s.Duplicate(1)
	decode(post(t, s, "getUpdates", "offset", fmtInt(got[1].UpdateID)))
	if len(got) != 2 || got[0].Message.Text != "one" || got[1].Message.Text != "two" {
		t.Fatalf("the duplicate of a confirmed update did not come: %+v", got)
	}
	go func() { answer <- post(t, s, "getUpdates", "offset", fmtInt(got[1].UpdateID+1), "timeout", "50") }()
	if err := s.Settled(within(t)); err != nil { // until that poll has confirmed the second
		t.Fatal(err)
	}
	if r := post(t, s, "getUpdates"); !r.OK {
		t.Errorf("the newer poll was refused: %+v", r)
	}
	if r := <-answer; r.Code != 409 || !strings.HasPrefix(r.Description, "Conflict: terminated by other getUpdates request") {
		t.Errorf("the older poll: %+v", r)
	}
}

func TestFaultsStrikeBeforeOrAfterTheEffect(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{})
	u := visitor(s)
	send := func() error {
		resp, err := http.Get(s.URL() + "/bot" + s.Token() + "/sendMessage?chat_id=7000001&text=x")
		if err == nil {
			_ = resp.Body.Close()
		}
		return err
	}
	broken := func(err error) bool { return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF) }
	count := func() int { return len(u.Chat().Messages()) - 1 }
	off := s.Inject(telegramtest.Fault{Method: "sendMessage", Times: 1, Skip: 1, ResetAfter: true})
	if err := send(); err != nil || count() != 1 {
		t.Errorf("the skipped call: %v, %d messages", err, count())
	}
	// The client may repeat a GET after a reset; each try has its effect.
	if err := send(); err != nil && !broken(err) || count() < 2 {
		t.Errorf("reset after: %v, %d messages", err, count())
	}
	if off() != 1 {
		t.Error("the fault does not count its hits")
	}
	had := count()
	defer s.Inject(telegramtest.Fault{ResetBefore: true})()
	if err := send(); !broken(err) || count() != had {
		t.Errorf("reset before: %v, %d messages, had %d", err, count(), had)
	}
}

func TestTheRateModelRefusesFloods(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	s := telegramtest.Start(t, telegramtest.Options{Rate: true, Now: func() time.Time { return now }})
	visitor(s)
	for range 5 {
		if r := post(t, s, "sendMessage", "chat_id", "7000001", "text", "x"); !r.OK {
			t.Fatalf("the burst was refused: %+v", r)
		}
	}
	r := post(t, s, "sendMessage", "chat_id", "7000001", "text", "x")
	if r.Code != 429 || r.Parameters.RetryAfter != 1 || r.Description != "Too Many Requests: retry after 1" {
		t.Errorf("the sixth in a second: %+v", r)
	}
	now = now.Add(time.Second)
	if r := post(t, s, "sendMessage", "chat_id", "7000001", "text", "x"); !r.OK {
		t.Errorf("a second later: %+v", r)
	}
}

func TestProblemsNamesWhatAGoodBotNeverDoes(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{AllowProblems: true})
	u := visitor(s)
	if got := s.Problems(); len(got) != 0 {
		t.Fatalf("problems before any call: %q", got)
	}
	post(t, s, "sendMessage", "chat_id", "7000001", "text", "my token is "+s.Token(),
		"reply_markup", `{"inline_keyboard":[[{"text":"Buy","callback_data":"b"}]]}`)
	post(t, s, "sendMessage", "chat_id", "7000001", "text", "Closed", "reply_markup", `{"inline_keyboard":[[{"text":"-","disabled":{}}]]}`)
	post(t, s, "sendMessage", "chat_id", "7000001", "text", "")
	if _, err := u.TryPress(u.Chat(), "Buy"); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(s.Problems(), "\n")
	for _, want := range []string{"carries the bot's token", "nothing can be pressed", "was never answered", "message text is empty"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing from:\n%s", want, got)
		}
	}
}
