package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"boxoffice/bot/telegramtest"
	"boxoffice/checkout/checkouttest"
	"boxoffice/storage"
	"boxoffice/tickets"
)

// killsVariable is how often the test below kills serve; "make kills" sets 100.
const killsVariable = "BOXOFFICE_KILLS"

// TestKilledUnderLoadLosesNothing kills serve again and again while customers buy. Afterwards every update and notice
// that was answered has been handled, every paid session has its tickets in the chat, and the audit is clean.
func TestKilledUnderLoadLosesNothing(t *testing.T) {
	t.Parallel()
	kills := 6
	if s := os.Getenv(killsVariable); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		kills = n
	}
	w := newWorld(t, "webhook", telegramtest.Options{AllowProblems: true, CallbackLife: time.Hour, RetryUnit: 50 * time.Millisecond})
	w.start()
	crowd := &crowd{w: w, paid: map[string]*telegramtest.User{}}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { crowd.buy(stop) })
	}
	for range kills {
		pause(time.Duration(100+rand.IntN(500)) * time.Millisecond)
		w.kill()
		w.start()
	}
	close(stop)
	wg.Wait()
	t.Logf("%d kills, %d paid, %d gave up", kills, len(crowd.paid), crowd.gaveUp)
	if len(crowd.paid) == 0 {
		t.Fatal("nobody bought anything")
	}
	w.settle(crowd.paid)
	for session, u := range crowd.paid {
		if n := photos(u); n == 0 {
			t.Errorf("session %s was paid, and %s has no ticket; the chat:\n%s", session, u.FirstName, u.Chat().Transcript())
		}
	}
	w.stop()
	w.auditClean()
	w.nothingLeft()
}

// crowd is customers who each buy one family pack and are replaced by the next.
type crowd struct {
	w      *world
	mu     sync.Mutex
	n      int
	gaveUp int
	paid   map[string]*telegramtest.User // by Stripe session
}

func (c *crowd) buy(stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		c.mu.Lock()
		c.n++
		name := fmt.Sprintf("Customer %d", c.n)
		c.mu.Unlock()
		u := c.w.telegram.AddUser(telegramtest.Profile{FirstName: name, LanguageCode: "en"})
		if session := c.purchase(u); session != "" {
			c.mu.Lock()
			c.paid[session] = u
			c.mu.Unlock()
		} else {
			c.mu.Lock()
			c.gaveUp++
			c.mu.Unlock()
		}
	}
}

// steps lead from /start to the payment page; the last that is on the screen is pressed.
var steps = []string{"Book tickets", "Sentosa Family Pack", "Choose a day", " left", "Continue", "Confirm"}

// purchase presses on until there is a payment page, and pays. Whatever serve's deaths do to the screens, a customer
// who keeps pressing gets there.
func (c *crowd) purchase(u *telegramtest.User) (session string) {
	ctx, cancel := context.WithTimeout(c.w.t.Context(), 60*time.Second)
	defer cancel()
	u.Send("/start")
	for ctx.Err() == nil {
		mark := u.Chat().Mark()
		if m := u.Chat().Last(); m != nil {
			if s := paySession(m); s != "" {
				if _, err := c.w.stripe.Pay(s, checkouttest.StripePay{}); err != nil {
					return ""
				}
				return s
			}
		}
		var press *telegramtest.Press
		err := telegramtest.ErrNoButton
		for i := len(steps) - 1; i >= 0 && errors.Is(err, telegramtest.ErrNoButton); i-- {
			press, err = u.TryPress(u.Chat(), steps[i])
		}
		step, done := context.WithTimeout(ctx, 5*time.Second)
		if err == nil {
			_, err = press.Wait(step)
		}
		if err == nil || errors.Is(err, telegramtest.ErrNoButton) {
			_, err = u.Chat().WaitAfter(step, mark, func(*telegramtest.Message) bool { return true })
		}
		done()
		if err != nil && ctx.Err() == nil && u.Chat().Last() == nil {
			u.Send("/start")
		}
	}
	return ""
}

func photos(u *telegramtest.User) int {
	n := 0
	for _, m := range u.Chat().Messages() {
		if len(m.Photo) > 0 {
			n++
		}
	}
	return n
}

// settle waits until Telegram and Stripe have got rid of everything and who paid has a picture.
func (w *world) settle(paid map[string]*telegramtest.User) {
	w.t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for time.Now().Before(deadline) {
		waiting := w.telegram.Pending() + w.stripe.Pending()
		for _, u := range paid {
			if waiting == 0 && photos(u) == 0 {
				waiting++
			}
		}
		if waiting == 0 {
			return
		}
		pause(100 * time.Millisecond)
	}
	w.t.Error("the world does not settle")
}

// nothingLeft looks into the stopped shop: no update or notice that was answered is waiting.
func (w *world) nothingLeft() {
	w.t.Helper()
	ctx := w.t.Context()
	s, err := storage.Open(ctx, "bolt:"+filepath.Join(w.dir, "shop.db"), storage.Options{ReadOnly: true})
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			w.t.Error(err)
		}
	}()
	err = s.View(ctx, func(r tickets.Reader) error {
		c, err := r.Counts()
		if err != nil {
			return err
		}
		if c.IncomingPending+c.NoticesPending != 0 {
			w.t.Errorf("left: %d updates, %d notices", c.IncomingPending, c.NoticesPending)
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}
