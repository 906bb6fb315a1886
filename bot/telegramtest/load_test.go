package telegramtest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"boxoffice/bot/telegramtest"
)

// BenchmarkAnUpdateAndItsReply is what the server itself costs a load test: a message in by webhook, a reply with a
// keyboard out by a call of its own, 64 at a time.
func BenchmarkAnUpdateAndItsReply(b *testing.B) {
	s := telegramtest.Start(b, telegramtest.Options{KeepMessages: 20, KeepCalls: 1000})
	api := s.URL() + "/bot" + s.Token() + "/"
	calls := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 128}}
	form := func(method string, values url.Values) error {
		resp, err := calls.PostForm(api+method, values)
		if err != nil {
			return err
		}
		defer func() { _ = resp.Body.Close() }()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s", method, resp.Status)
		}
		return nil
	}
	bot := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var body strings.Builder
		buf := make([]byte, 4096)
		for n, err := r.Body.Read(buf); n > 0 || err == nil; n, err = r.Body.Read(buf) {
			body.Write(buf[:n])
		}
		_, rest, _ := strings.Cut(body.String(), `"chat":{"id":`)
		id, _, _ := strings.Cut(rest, ",")
		if err := form("sendMessage", url.Values{
			"chat_id": {id}, "text": {"<b>Hello</b>, choose"}, "parse_mode": {"HTML"},
			"reply_markup": {`{"inline_keyboard":[[{"text":"A","callback_data":"a"},{"text":"B","callback_data":"b"}]]}`},
		}); err != nil {
			b.Error(err)
		}
	}))
	defer bot.Close()
	defer s.Close()
	if err := form("setWebhook", url.Values{"url": {bot.URL}, "max_connections": {"64"}}); err != nil {
		b.Fatal(err)
	}
	users := make([]*telegramtest.User, 1000)
	for i := range users {
		users[i] = s.AddUser(telegramtest.Profile{})
	}
	b.ResetTimer()
	for n := range b.N { // not b.Loop: the clock has to run until the last reply
		users[n%len(users)].Send("hello")
	}
	if err := s.Settled(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
}
