package telegramtest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// asks calls a method and returns the refusal, "" when it went well, and the result.
func asks(t *testing.T, s *Server, method string, fields map[string]string) (string, json.RawMessage) {
	t.Helper()
	form := url.Values{}
	for k, v := range fields {
		form.Set(k, v)
	}
	r, err := http.PostForm(s.URL()+"/bot"+s.Token()+"/"+method, form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Description string
		Result      json.RawMessage
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Description, answer.Result
}

// invoiceOf is a good invoice for a person.
func invoiceOf(s *Server, u *User, currency string) map[string]string {
	f := map[string]string{
		"chat_id": strconv.FormatInt(u.ID, 10), "title": "Sentosa Family Pack", "description": "Mon, 23 Nov · TG261122A00001",
		"payload": "ps_1", "currency": currency, "prices": `[{"label":"Family pack","amount":11900}]`, "start_parameter": "p_family",
		"reply_markup": `{"inline_keyboard":[[{"text":"Pay S$119.00","pay":true}]]}`,
	}
	if currency != "XTR" {
		f["provider_token"] = s.Provider()
	}
	return f
}

func TestInvoicesAreRefusedInTelegramsWords(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{AllowProblems: true})
	u := s.AddUser(Profile{FirstName: "Alex"})
	u.Send("/start")
	for want, change := range map[string]func(map[string]string){
		"INVOICE_TITLE_INVALID":         func(f map[string]string) { f["title"] = strings.Repeat("票", 33) },
		"INVOICE_DESCRIPTION_INVALID":   func(f map[string]string) { f["description"] = strings.Repeat("x", 256) },
		"INVOICE_PAYLOAD_INVALID":       func(f map[string]string) { f["payload"] = strings.Repeat("x", 129) },
		"START_PARAM_INVALID":           func(f map[string]string) { f["start_parameter"] = "a b" },
		"CURRENCY_INVALID":              func(f map[string]string) { f["currency"] = "sgd" },
		"PAYMENT_PROVIDER_INVALID":      func(f map[string]string) { f["provider_token"] = "1:TEST:other" },
		"CURRENCY_TOTAL_AMOUNT_INVALID": func(f map[string]string) { f["prices"] = `[{"label":"x","amount":99}]` },
		"STARS_INVOICE_INVALID":         func(f map[string]string) { f["currency"] = "XTR" },
		"REPLY_MARKUP_BUY_EMPTY": func(f map[string]string) {
			f["reply_markup"] = `{"inline_keyboard":[[{"text":"x","callback_data":"x"}]]}`
		},
	} {
		f := invoiceOf(s, u, "SGD")
		change(f)
		if got, _ := asks(t, s, "sendInvoice", f); got != "Bad Request: "+want {
			t.Errorf("got %q, want %s", got, want)
		}
	}
	f := map[string]string{"chat_id": strconv.FormatInt(u.ID, 10), "text": "hi", "reply_markup": `{"inline_keyboard":[[{"text":"Pay","pay":true}]]}`}
	if got, _ := asks(t, s, "sendMessage", f); got != "Bad Request: BUTTON_TYPE_INVALID" {
		t.Errorf("a Pay button without an invoice: %q", got)
	}
}

// answering answers every pre-checkout with ok, or with words.
func answering(t *testing.T, s *Server, words string) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		offset := int64(0)
		for {
			_, raw := asks(t, s, "getUpdates", map[string]string{"timeout": "50", "offset": strconv.FormatInt(offset, 10)})
			var us []Update
			if json.Unmarshal(raw, &us) != nil || s.live.Err() != nil {
				return
			}
			for _, x := range us {
				offset = x.UpdateID + 1
				if x.PreCheckout == nil {
					continue
				}
				f := map[string]string{"pre_checkout_query_id": x.PreCheckout.ID, "ok": strconv.FormatBool(words == "")}
				if words != "" {
					f["error_message"] = words
				}
				asks(t, s, "answerPreCheckoutQuery", f)
			}
		}
	}()
	t.Cleanup(func() {
		s.mu.Lock()
		s.kill()
		s.mu.Unlock()
		<-done
	})
}

func TestAPaymentFromInvoiceToRefund(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{Stars: 20_000, Now: func() time.Time { return time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC) }})
	u := s.AddUser(Profile{FirstName: "Alex"})
	u.Send("/start")
	if words, _ := asks(t, s, "sendInvoice", invoiceOf(s, u, "XTR")); words != "" {
		t.Fatal(words)
	}
	answering(t, s, "")
	if r := u.PayInvoice(PayDecline); r.State != PayDeclined {
		t.Errorf("declined ends as %+v", r)
	}
	if r := u.PayInvoice(PayTimeOut); r.State != PayTimedOut {
		t.Errorf("timed out ends as %+v", r)
	}
	paid := u.PayInvoice(PayApprove)
	if paid.State != PayPaid || u.Stars() != 8100 {
		t.Fatalf("paid ends as %+v with %d Stars", paid, u.Stars())
	}
	if r := u.PayInvoice(PayApprove); r.State != PayNoStars {
		t.Errorf("too few Stars end as %+v", r)
	}
	refund := map[string]string{"user_id": strconv.FormatInt(u.ID, 10), "telegram_payment_charge_id": paid.Charge}
	for _, want := range []string{"", "Bad Request: CHARGE_ALREADY_REFUNDED"} {
		if got, _ := asks(t, s, "refundStarPayment", refund); got != want {
			t.Errorf("refund: %q, want %q", got, want)
		}
	}
	if u.Stars() != 20_000 {
		t.Errorf("%d Stars after the refund", u.Stars())
	}
	_, raw := asks(t, s, "getStarTransactions", map[string]string{"offset": "0", "limit": "100"})
	var list struct{ Transactions []StarMove }
	if err := json.Unmarshal(raw, &list); err != nil || len(list.Transactions) != 2 || list.Transactions[1].ID != paid.Charge || list.Transactions[1].Receiver == nil {
		t.Errorf("transactions %s, %v", raw, err)
	}
	golden := filepath.Join("testdata", "payment.txt")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, []byte(u.Chat().Transcript()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || string(want) != u.Chat().Transcript() {
		t.Errorf("the chat differs from %s, %v:\n%s", golden, err, u.Chat().Transcript())
	}
}

func TestARefusalReachesThePayerWithTheBotsWords(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	u, friend := s.AddUser(Profile{FirstName: "Alex"}), s.AddUser(Profile{FirstName: "Bo"})
	u.Send("/start")
	_, raw := asks(t, s, "createInvoiceLink", invoiceOf(s, u, "SGD"))
	answering(t, s, "Sold out")
	var link string
	if err := json.Unmarshal(raw, &link); err != nil {
		t.Fatal(err)
	}
	sheet, err := friend.OpenLink(link)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := sheet.Pay(t.Context(), PayApprove); err != nil || r.State != PayRefused || r.Words != "Sold out" {
		t.Errorf("refused ends as %+v, %v", r, err)
	}
	if _, err := friend.OpenInvoice(u.Chat(), 1); err == nil {
		t.Error("a message without invoice can be paid")
	}
}

// TestAnUnansweredPreCheckoutEndsAfterTenSeconds uses no network: the bubble's clock is the test's.
func TestAnUnansweredPreCheckoutEndsAfterTenSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{})
		defer s.Close()
		u := s.AddUser(Profile{FirstName: "Alex"})
		sheet := &Sheet{User: u, s: s, bill: &bill{Invoice: Invoice{Title: "x", Currency: "SGD", TotalAmount: 100}, Payload: "ps_1"}}
		began := time.Now()
		r, err := sheet.Pay(t.Context(), PayApprove)
		if err != nil || r.State != PayTimedOut || time.Since(began) != 10*time.Second {
			t.Errorf("%+v, %v after %v", r, err, time.Since(began))
		}
		if ps := s.Problems(); len(ps) != 1 || !strings.Contains(ps[0], "not answered in time") {
			t.Errorf("problems %q", ps)
		}
	})
}

func TestInvoicesOutliveARestart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "chats.json")
	s := Start(t, Options{})
	u := s.AddUser(Profile{FirstName: "Alex"})
	u.Send("/start")
	if words, _ := asks(t, s, "sendInvoice", invoiceOf(s, u, "SGD")); words != "" {
		t.Fatal(words)
	}
	if err := s.Save(file); err != nil {
		t.Fatal(err)
	}
	next := New(Options{})
	defer next.Close()
	if err := next.Load(file); err != nil {
		t.Fatal(err)
	}
	sheet := next.User(u.ID).Invoice()
	if sheet.bill.Payload != "ps_1" {
		t.Errorf("bill %+v", sheet.bill)
	}
}
