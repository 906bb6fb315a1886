package main

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"boxoffice/bot/telegramtest"
)

// updatesVariable is how many updates the test below sends; "make load" sets 20000.
const updatesVariable = "BOXOFFICE_UPDATES"

// TestManyUpdatesAreAnsweredInOrder sends webhook updates at concurrency 64 through the whole service: each person
// says four things without waiting, then presses four buttons. Nothing is lost, every chat has its answers in the
// order of its questions, and every press is answered.
func TestManyUpdatesAreAnsweredInOrder(t *testing.T) {
	t.Parallel()
	updates := 1600
	if s := os.Getenv(updatesVariable); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		updates = n
	}
	w := newWorld(t, "webhook", telegramtest.Options{AllowProblems: true, Patience: 2 * time.Minute, CallbackLife: time.Hour})
	w.start()
	began := time.Now()
	people := make(chan int)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var wrong []string
	for range 64 {
		wg.Go(func() {
			for n := range people {
				if what := w.chatter(n); what != "" {
					mu.Lock()
					wrong = append(wrong, what)
					mu.Unlock()
				}
			}
		})
	}
	for n := range updates / 8 {
		people <- n
	}
	close(people)
	wg.Wait()
	took := time.Since(began)
	t.Logf("%d updates in %s: %.0f a second", updates, took.Round(time.Millisecond), float64(updates)/took.Seconds())
	for _, what := range wrong[:min(len(wrong), 5)] {
		t.Error(what)
	}
	if p := unanswered(w.telegram.Problems()); len(p) > 0 {
		t.Errorf("%d problems, the first: %s", len(p), p[0])
	}
	w.stop()
	w.auditClean()
	w.nothingLeft()
}

// chatter is one person's eight updates; it returns what went wrong.
func (w *world) chatter(n int) string {
	u := w.telegram.AddUser(telegramtest.Profile{FirstName: "Person " + strconv.Itoa(n), LanguageCode: "en"})
	ctx := w.t.Context()
	says := []string{"/start", "/terms", "/privacy", "/support"}
	answers := []string{"Welcome to", "Terms of", "Privacy at", "Support of"}
	for _, s := range says {
		u.Send(s)
	}
	if _, err := u.Chat().WaitFor(ctx, telegramtest.Contains(answers[3])); err != nil {
		return err.Error()
	}
	var got []string
	for _, m := range u.Chat().Messages() {
		for _, a := range answers {
			if m.From != nil && m.From.IsBot && strings.Contains(m.Body(), a) {
				got = append(got, a)
			}
		}
	}
	if !slices.Equal(got, answers) {
		return "out of order: " + strings.Join(got, ", ")
	}
	for _, label := range []string{"Sentosa Family Pack", "Choose a day", " left", "Back"} {
		press, err := u.TryPress(u.Chat(), label)
		for err != nil && ctx.Err() == nil { // the screen before is still being edited
			pause(5 * time.Millisecond)
			press, err = u.TryPress(u.Chat(), label)
		}
		if err != nil {
			return err.Error()
		}
		if _, err := press.Wait(ctx); err != nil {
			return "not answered: " + label
		}
	}
	return ""
}

// unanswered are the problems that this test is about: refusals and silence, not the flood of one chat.
func unanswered(problems []string) []string {
	return slices.DeleteFunc(problems, func(p string) bool { return !strings.Contains(p, "answer") })
}
