package telegramtest_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"github.com/chromedp/chromedp"

	"boxoffice/bot/telegramtest"
)

// greeter is a bot that greets with a keyboard and counts presses by editing.
func greeter(t *testing.T, s *telegramtest.Server) {
	t.Helper()
	b := client(t, s)
	keys := &models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{{{Text: "Buy", CallbackData: "buy"}}}}
	poll(t, s, func(ctx context.Context, u *models.Update) {
		var err error
		if m := u.Message; m != nil {
			_, err = b.SendMessage(ctx, &tg.SendMessageParams{ChatID: m.Chat.ID, Text: "Hello " + m.Text, ReplyMarkup: keys})
		} else if q := u.CallbackQuery; q != nil {
			_, err = b.EditMessageText(ctx, &tg.EditMessageTextParams{ChatID: q.From.ID, MessageID: q.Message.Message.ID, Text: "Sold!"})
			_, err2 := b.AnswerCallbackQuery(ctx, &tg.AnswerCallbackQueryParams{CallbackQueryID: q.ID, Text: "Thank you"})
			err = errors.Join(err, err2)
		}
		if err != nil {
			t.Error(err)
		}
	})
}

func openPage(t *testing.T, s *telegramtest.Server, opt telegramtest.PageOptions) string {
	t.Helper()
	l := httptest.NewServer(http.StripPrefix("/chat", telegramtest.NewPage(s, opt)))
	t.Cleanup(l.Close)
	t.Cleanup(s.Close) // ends the streams first
	return l.URL + "/chat/"
}

func act(t *testing.T, address, body string) map[string]any {
	t.Helper()
	resp, err := http.Post(address, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var out map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		t.Fatalf("%s: %s: %v", address, resp.Status, err)
	}
	return out
}

func TestThePageStreamsWhatHappensInItsChats(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{})
	greeter(t, s)
	mei := s.AddUser(telegramtest.Profile{FirstName: "Mei"})
	address := openPage(t, s, telegramtest.PageOptions{Seats: []telegramtest.Seat{{User: mei, Label: "Visitor"}}})
	resp, err := http.Get(address + "events")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	lines := bufio.NewScanner(resp.Body)
	until := func(want string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), want) {
				return
			}
		}
		t.Fatalf("the stream ended before %q", want)
	}
	until(`"label":"Visitor"`)
	act(t, address+"send", `{"seat":0,"text":"/start"}`)
	until(`"text":"Hello /start"`)
	id := mei.Chat().Last().MessageID
	answer := act(t, address+"press", `{"seat":0,"message":`+fmtInt(int64(id))+`,"data":"buy"}`)
	if answer["text"] != "Thank you" {
		t.Errorf("the press brought %v", answer)
	}
	until(`"text":"Sold!"`)
	act(t, address+"clear", `{"seat":0}`)
	until(`"reset":true`)
}

func TestControlsSayWhatTheyDid(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{})
	address := openPage(t, s, telegramtest.PageOptions{
		Seats: []telegramtest.Seat{{User: s.AddUser(telegramtest.Profile{})}},
		Controls: []telegramtest.Control{
			{ID: "wait", Run: func(context.Context) (string, error) { return "5 minutes later", nil }},
			{ID: "fail", Run: func(context.Context) (string, error) { return "", errors.New("nothing to sell") }},
		},
	})
	if got := act(t, address+"control", `{"control":"wait"}`); got["text"] != "5 minutes later" {
		t.Errorf("wait: %v", got)
	}
	if got := act(t, address+"control", `{"control":"fail"}`); got["error"] != "nothing to sell" {
		t.Errorf("fail: %v", got)
	}
}

func TestThePageKeepsStrangersOut(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{})
	u := s.AddUser(telegramtest.Profile{})
	address := openPage(t, s, telegramtest.PageOptions{Seats: []telegramtest.Seat{{User: u}}})
	r, _ := http.NewRequestWithContext(within(t), http.MethodPost, address+"send", strings.NewReader(`{"text":"/start"}`))
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden || len(u.Chat().Messages()) != 0 {
		t.Errorf("a foreign site could write: %s", resp.Status)
	}
	resp, err = http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	html, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'self';") || strings.Contains(csp, "unsafe") {
		t.Errorf("policy %q", csp)
	}
	for _, inline := range []string{"style=", "onclick=", "<style", "<script>"} {
		if bytes.Contains(html, []byte(inline)) {
			t.Errorf("the page has %q, which its policy forbids", inline)
		}
	}
}

func TestFilesOfAChatAreShownOrDownloaded(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{})
	u := s.AddUser(telegramtest.Profile{})
	photo := u.SendPhoto(picture(t, 20), "").Photo[0].FileID
	doc, err := client(t, s).SendDocument(within(t), &tg.SendDocumentParams{ChatID: u.ID, Document: &models.InputFileUpload{
		Filename: "evil.html", Data: strings.NewReader("<script>alert(1)</script>"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	address := openPage(t, s, telegramtest.PageOptions{Seats: []telegramtest.Seat{{User: u}}})
	for id, want := range map[string]string{photo: "image/png", doc.Document.FileID: "application/octet-stream"} {
		resp, err := http.Get(address + "file/" + id)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if got := resp.Header.Get("Content-Type"); got != want {
			t.Errorf("%s comes as %q, want %q", id, got, want)
		}
		if shown := resp.Header.Get("Content-Disposition") == ""; shown != (id == photo) {
			t.Errorf("%s has Content-Disposition %q", id, resp.Header.Get("Content-Disposition"))
		}
	}
}

// browser is a tab of a real browser; without one the test is skipped, save where it must not be.
func browser(t *testing.T) context.Context {
	t.Helper()
	chromium := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless-shell", "headless_shell"} {
		if p, err := exec.LookPath(name); err == nil && chromium == "" {
			chromium = p
		}
	}
	if chromium == "" && os.Getenv("CI") != "" {
		t.Fatal("no Chromium or Chrome on PATH")
	}
	if chromium == "" {
		t.Skip("SKIPPED: no Chromium or Chrome on PATH")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath(chromium))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return ctx
}

func TestAVisitorBuysInTheBrowser(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{})
	greeter(t, s)
	mei := s.AddUser(telegramtest.Profile{FirstName: "Mei", LanguageCode: "zh-hans"})
	address := openPage(t, s, telegramtest.PageOptions{Title: "Shop", Seats: []telegramtest.Seat{{User: mei, Label: "Visitor"}}})
	ctx := browser(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		t.Fatal(err)
	}
	limited, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	start, err := chromedp.Run(limited, chromedp.Text(".start"))
	if err != nil || start != "开始" {
		t.Fatalf("the button of an empty chat says %q, %v", start, err)
	}
	err = chromedp.Do(limited,
		chromedp.Click(".start"),
		chromedp.Click(".key"),
		chromedp.SendKeys("textarea", `<img src=x onerror="document.title='pwned'">`+"\r"),
	)
	if err != nil {
		t.Fatalf("%v; the chat:\n%s", err, mei.Chat().Transcript())
	}
	mei.WaitForText("Hello <img")
	// The words of a toast stay in the page when it has gone, so a slow machine cannot miss them.
	toast, err := chromedp.Run(limited, chromedp.Poll[string](`document.querySelector(".toast").textContent`))
	if err != nil || toast != "Thank you" {
		t.Errorf("toast %q, %v", toast, err)
	}
	shown, err := chromedp.Run(limited, chromedp.Poll[string](
		`[...document.querySelectorAll(".other .text")].map(n => n.textContent).find(t => t.startsWith("Hello <img"))`))
	if err != nil || !strings.Contains(shown, "onerror") {
		t.Errorf("markup is shown as %q, %v", shown, err)
	}
	if title, err := chromedp.Run(limited, chromedp.Title()); err != nil || title != "Shop" {
		t.Errorf("title %q, %v", title, err)
	}
}

func TestAVisitorPaysAnInvoiceInTheBrowser(t *testing.T) {
	t.Parallel()
	s := telegramtest.Start(t, telegramtest.Options{})
	u := s.AddUser(telegramtest.Profile{FirstName: "Alex"})
	u.Send("/start")
	cashes(t, s, u)
	address := openPage(t, s, telegramtest.PageOptions{Title: "Shop", Seats: []telegramtest.Seat{{User: u, Label: "Visitor"}}})
	ctx, cancel := context.WithTimeout(browser(t), 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(address), chromedp.Click(".key.success")); err != nil {
		t.Fatal(err)
	}
	pay := func(way int) {
		t.Helper()
		err := chromedp.Do(ctx, chromedp.Click(fmt.Sprintf("#sheet fieldset label:nth-of-type(%d)", way)), chromedp.Click("#sheet .pay"))
		if err != nil {
			t.Fatal(err)
		}
	}
	pay(2)
	words, err := chromedp.Run(ctx, chromedp.Poll[string](`document.querySelector("#sheet .result:not([hidden])")?.textContent`))
	if err != nil || !strings.Contains(words, "declined") {
		t.Errorf("a declined payment says %q, %v", words, err)
	}
	pay(1)
	words, err = chromedp.Run(ctx, chromedp.Poll[string](`[...document.querySelectorAll(".service")].map(n => n.textContent).find(t => t.includes("You paid"))`))
	if err != nil || !strings.Contains(words, "119.00") {
		t.Errorf("a payment says %q, %v", words, err)
	}
}

// cashes is a bot that sends one invoice and agrees to every payment.
func cashes(t *testing.T, s *telegramtest.Server, u *telegramtest.User) {
	t.Helper()
	b := client(t, s)
	_, err := b.SendInvoice(t.Context(), &tg.SendInvoiceParams{
		ChatID: u.ID, Title: "Family pack", Description: "Tomorrow", Payload: "ps_1", ProviderToken: s.Provider(), Currency: "SGD",
		Prices: []models.LabeledPrice{{Label: "Family pack", Amount: 11900}},
	})
	if err != nil {
		t.Fatal(err)
	}
	poll(t, s, func(ctx context.Context, u *models.Update) {
		if q := u.PreCheckoutQuery; q != nil {
			if _, err := b.AnswerPreCheckoutQuery(ctx, &tg.AnswerPreCheckoutQueryParams{PreCheckoutQueryID: q.ID, OK: true}); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestNarrowPageShowsAllItsControls(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	s := telegramtest.Start(t, telegramtest.Options{})
	opt := telegramtest.PageOptions{Title: "Shop", Seats: []telegramtest.Seat{{User: s.AddUser(telegramtest.Profile{})}}}
	for _, label := range []string{"Let 5 minutes pass", "Sell out", "Pay late"} {
		opt.Controls = append(opt.Controls, telegramtest.Control{ID: label, Label: label})
	}
	address := openPage(t, s, opt)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile), chromedp.Navigate(address)); err != nil {
		t.Fatal(err)
	}
	limited, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if _, err := chromedp.Run(limited, chromedp.Poll[bool](`document.querySelectorAll(".controls button").length === 3`)); err != nil {
		t.Fatal(err)
	}
	cut, err := chromedp.Run(limited, chromedp.Evaluate[[]string](
		`[...document.querySelectorAll(".controls button")].filter(b => b.getBoundingClientRect().right > 390).map(b => b.textContent)`))
	if err != nil || len(cut) > 0 {
		t.Errorf("cut off at the edge: %q, %v", cut, err)
	}
}
