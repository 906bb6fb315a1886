package bot

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"boxoffice/bot/telegramtest"
	"boxoffice/checkout"
	"boxoffice/tickets"
)

const answerMethod = "answerPreCheckoutQuery"

// presser is a person with an open invoice, who presses Pay.
func presser(t *testing.T, w *world) *telegramtest.Sheet {
	t.Helper()
	u := reachable(w, "Mei")
	_, err := NewCashier(w.sender).SendInvoice(t.Context(), checkout.Invoice{
		Chat: u.ID, Payload: "ps_1", Token: w.api.Provider(), Title: "Cable car", Lang: "en", Total: tickets.Money{Amount: 3500, Currency: "SGD"},
		Order: tickets.Order{Code: "ABCD", ProductName: tickets.Texts{"en": "Cable car"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return u.Invoice()
}

// TestAnAnswerToAPreCheckoutIsGivenUntilItArrives has the call fail in each way that passes: the payment goes on.
func TestAnAnswerToAPreCheckoutIsGivenUntilItArrives(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault telegramtest.Fault
		least time.Duration // until the answer is there
		most  time.Duration
	}{
		"refused for now":         {telegramtest.Fault{Times: 1, RetryAfter: 1}, time.Second, 1500 * time.Millisecond},
		"refused for longer":      {telegramtest.Fault{Times: 1, RetryAfter: 7}, 7 * time.Second, 7500 * time.Millisecond},
		"refused again and again": {telegramtest.Fault{Times: 5, RetryAfter: 1}, 5 * time.Second, 5500 * time.Millisecond},
		"a call that hangs":       {telegramtest.Fault{Times: 1, Delay: time.Hour}, 0, 3 * time.Second},
		"two calls that hang":     {telegramtest.Fault{Times: 2, Delay: time.Hour}, 0, 6 * time.Second},
		"a proxy's page":          {telegramtest.Fault{Times: 5, Status: 502}, 0, 7 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, _ := newBubble(t, telegramtest.Options{}, SenderConfig{})
				question := presser(t, w).Press(telegramtest.PayApprove)
				c.fault.Method = answerMethod
				w.api.Inject(c.fault)
				ctx, cancel := context.WithTimeout(t.Context(), laneBudget)
				defer cancel()
				began := time.Now()
				if err := w.sender.answerCheckout(ctx, question.ID, ""); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took < c.least || took > c.most {
					t.Errorf("answered after %v, want %v to %v", took, c.least, c.most)
				}
				if r, err := question.Wait(t.Context()); err != nil || r.State != telegramtest.PayPaid {
					t.Errorf("ended as %+v, %v", r, err)
				}
			})
		})
	}
}

func TestAnAnswerToAPreCheckoutObeysTelegramForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _ := newBubble(t, telegramtest.Options{}, SenderConfig{})
		question := presser(t, w).Press(telegramtest.PayApprove)
		w.api.Inject(telegramtest.Fault{Method: answerMethod, RetryAfter: 1})
		ctx, cancel := context.WithTimeout(t.Context(), laneBudget)
		defer cancel()
		began := time.Now()
		err := w.sender.answerCheckout(ctx, question.ID, "")
		if _, ok := errors.AsType[*tickets.Wait](err); !ok || time.Since(began) > laneBudget {
			t.Errorf("after %v: %v, want a wait within the budget", time.Since(began), err)
		}
		calls := w.api.Calls(answerMethod)
		if len(calls) < 6 {
			t.Errorf("%d calls: the time was not used", len(calls))
		}
		for i := range calls[1:] {
			if d := calls[i+1].At.Sub(calls[i].At); d < time.Second {
				t.Errorf("asked again after %v", d)
			}
		}
	})
}

func TestAnAnswerThatCannotArriveIsNotRepeated(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		says string
		kind tickets.Kind
	}{
		"too old":     {"Bad Request: query is too old and response timeout expired or query ID is invalid", ""},
		"unknown":     {"Bad Request: QUERY_ID_INVALID", ""},
		"our mistake": {"Bad Request: ERROR_TEXT_EMPTY", tickets.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, _ := newBubble(t, telegramtest.Options{}, SenderConfig{})
				w.api.Inject(telegramtest.Fault{Method: answerMethod, Status: 400, Description: c.says})
				if err := w.sender.answerCheckout(t.Context(), "1", ""); tickets.KindOf(err) != c.kind {
					t.Errorf("err = %v, want kind %q", err, c.kind)
				}
				if n := len(w.api.Calls(answerMethod)); n != 1 {
					t.Errorf("%d calls", n)
				}
			})
		})
	}
}

// question is a pre-checkout of no payment of the shop, as Telegram brings it: the answer is no.
const question = `{"update_id":7,"pre_checkout_query":{"id":"q1","from":{"id":5,"first_name":"Mei"},"currency":"SGD","total_amount":1,"invoice_payload":"ps_x"}}`

// TestAQuestionIsAnsweredWhileItLivesAndNotAfter has Telegram refuse each answer: the question is to come again while the
// payment is open, and is then dropped.
func TestAQuestionIsAnsweredWhileItLivesAndNotAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _ := newBubble(t, telegramtest.Options{}, SenderConfig{})
		desk, err := checkout.New(checkout.Desk{Store: w.store, Now: time.Now, Log: quiet(), PublicURL: "http://shop.test"})
		if err != nil {
			t.Fatal(err)
		}
		var outcomes []string
		lane, err := NewLane(LaneConfig{
			Desk: desk, Store: w.store, Sender: w.sender, Gateway: "telegrampay", Log: quiet(),
			Took: func(_ time.Duration, outcome string) { outcomes = append(outcomes, outcome) },
		})
		if err != nil {
			t.Fatal(err)
		}
		w.api.Inject(telegramtest.Fault{Method: answerMethod, RetryAfter: 1})
		began := time.Now()
		if err := lane.Answer(t.Context(), json.RawMessage(question)); !errors.Is(err, tickets.Unavailable) || time.Since(began) > laneBudget {
			t.Errorf("after %v: %v, want Unavailable within the budget", time.Since(began), err)
		}
		if len(outcomes) != 0 {
			t.Errorf("outcomes %v of a question that may be answered yet", outcomes)
		}
		calls := len(w.api.Calls(answerMethod))
		<-time.After(questionLife + time.Second - time.Since(began))
		if err := lane.Answer(t.Context(), json.RawMessage(question)); err != nil {
			t.Errorf("come too late: %v", err)
		}
		if n := len(w.api.Calls(answerMethod)); n != calls || !slices.Equal(outcomes, []string{"late"}) {
			t.Errorf("%d more calls, outcomes %v", n-calls, outcomes)
		}
	})
}
