package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"boxoffice/bot/telegramtest"
	"boxoffice/checkout/checkouttest"
	"boxoffice/storage"
	"boxoffice/tickets"
)

// crowd is customers who each buy one family pack and are replaced by the next.
type crowd struct {
	w      *world
	mu     sync.Mutex
	n      int
	gaveUp int
	paid   map[string]*telegramtest.User // by Stripe session
	back   []string                      // orders whose refund was acknowledged
}

// gather sends so many customers at a time and a cashier to the shop; the returned function waits until they have left.
func gather(w *world, customers int) (*crowd, func()) {
	c := &crowd{w: w, paid: map[string]*telegramtest.User{}}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range customers {
		wg.Go(func() { c.buy(stop) })
	}
	wg.Go(func() { c.giveBack(stop) })
	return c, func() {
		close(stop)
		wg.Wait()
	}
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

// giveBack is a cashier who gives every other customer the money back, once the ticket is in the chat.
func (c *crowd) giveBack(stop <-chan struct{}) {
	seen := map[string]bool{}
	for {
		select {
		case <-stop:
			return
		default:
		}
		var list struct {
			Data []struct {
				ID       string `json:"order_id"`
				Customer struct {
					ID string `json:"telegram_user_id"`
				} `json:"customer"`
			} `json:"data"`
		}
		c.w.ask("GET", "/orders?status=FULFILLED&limit=30", "", nil, &list)
		for _, o := range list.Data {
			u := c.customer(o.Customer.ID)
			if seen[o.ID] || u == nil || photos(u) == 0 {
				continue
			}
			seen[o.ID] = true
			if len(seen)%2 == 1 && c.refund(o.ID) {
				c.back = append(c.back, o.ID)
			}
		}
		pause(50 * time.Millisecond)
	}
}

// customer is the one with a Telegram id who has paid, or nil.
func (c *crowd) customer(id string) *telegramtest.User {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, u := range c.paid {
		if strconv.FormatInt(u.ID, 10) == id {
			return u
		}
	}
	return nil
}

// refund asks with one idempotency key until there is an answer, and reports whether it was a yes.
func (c *crowd) refund(order string) bool {
	wish := map[string]any{"whole": true, "reason": "the weather"}
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); pause(20 * time.Millisecond) {
		switch status := c.w.ask("POST", "/orders/"+order+"/refunds", "back-"+order, wish, nil); {
		case status == http.StatusOK || status == http.StatusCreated:
			return true
		case status != 0 && status < 500:
			c.w.t.Errorf("refund of %s: %d", order, status)
			return false
		}
	}
	c.w.t.Errorf("refund of %s: no answer", order)
	return false
}

// check waits until the world is quiet and stops it: who paid has a ticket, each refund that was acknowledged went back
// once and no other did, every update and notice that was answered has been handled, and the audit is clean.
func (c *crowd) check() {
	w := c.w
	w.t.Helper()
	w.t.Logf("%d paid, %d of them got it back, %d gave up", len(c.paid), len(c.back), c.gaveUp)
	if len(c.paid) == 0 {
		w.t.Fatal("nobody bought anything")
	}
	w.settle(c.paid, len(c.back))
	for session, u := range c.paid {
		if n := photos(u); n == 0 {
			w.t.Errorf("session %s was paid, and %s has no ticket; the chat:\n%s", session, u.FirstName, u.Chat().Transcript())
		}
	}
	for _, order := range c.back {
		var list struct {
			Data []struct {
				State string `json:"state"`
			} `json:"data"`
		}
		w.ask("GET", "/orders/"+order+"/refunds", "", nil, &list)
		if len(list.Data) != 1 || list.Data[0].State != string(tickets.RefundSucceeded) {
			w.t.Errorf("the refund of order %s was acknowledged: %+v", order, list.Data)
		}
	}
	times := map[string]int{}
	for _, r := range w.stripe.Refunds() {
		if times[r.Intent]++; times[r.Intent] > 1 {
			w.t.Errorf("payment %s was given back %d times", r.Intent, times[r.Intent])
		}
	}
	if len(times) != len(c.back) {
		w.t.Errorf("%d payments were given back, %d refunds acknowledged", len(times), len(c.back))
	}
	w.stop()
	w.auditClean()
	w.nothingLeft()
}

// settle waits until Telegram and Stripe have got rid of everything, who paid has a picture, and refunds are through.
func (w *world) settle(paid map[string]*telegramtest.User, refunds int) {
	w.t.Helper()
	deadline := time.Now().Add(w.settles)
	for time.Now().Before(deadline) {
		waiting := w.telegram.Pending() + w.stripe.Pending()
		for _, u := range paid {
			if waiting == 0 && photos(u) == 0 {
				waiting++
			}
		}
		if waiting == 0 && len(w.stripe.Refunds()) >= refunds && w.refundsUnderWay() == 0 && w.allHandled() {
			return
		}
		pause(100 * time.Millisecond)
	}
	w.t.Error("the world does not settle")
}

// refundsUnderWay counts orders whose money is going back.
func (w *world) refundsUnderWay() int {
	var list struct {
		Data []json.RawMessage `json:"data"`
	}
	if w.ask("GET", "/orders?status=REFUNDING&limit=30", "", nil, &list) != http.StatusOK {
		return 1
	}
	return len(list.Data)
}

// allHandled reports whether no stored update and no stored notice waits: one that met a broken disk is tried again.
func (w *world) allHandled() bool {
	req, err := http.NewRequest(http.MethodGet, "http://"+w.addr+"/metrics", nil)
	if err != nil {
		w.t.Error(err)
		return false
	}
	req.Header.Set("Authorization", "Bearer "+testAPIToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return err == nil && bytes.Contains(body, []byte("\nboxoffice_notices_pending 0\n")) &&
		bytes.Contains(body, []byte("\nboxoffice_incoming_pending 0\n"))
}

// ask calls the JSON API of a service that may be dead: 0 is no answer.
func (w *world) ask(method, path, key string, body, into any) int {
	raw, err := json.Marshal(body)
	if err != nil {
		w.t.Error(err)
		return 0
	}
	req, err := http.NewRequest(method, "http://"+w.addr+"/api/v1"+path, bytes.NewReader(raw))
	if err != nil {
		w.t.Error(err)
		return 0
	}
	req.Header.Set("Authorization", "Bearer "+testAPIToken)
	req.Header.Set("Idempotency-Key", key)
	resp, err := (&http.Client{Timeout: 10 * time.Second}).Do(req)
	if err != nil {
		return 0
	}
	defer func() { _ = resp.Body.Close() }()
	if into != nil && json.NewDecoder(resp.Body).Decode(into) != nil {
		return 0
	}
	return resp.StatusCode
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
		number, _, _ := strings.Cut(w.telegram.Token(), ":")
		bot, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return err
		}
		left, _, err := r.IncomingPending(bot, tickets.Page{Limit: 10})
		for _, u := range left {
			w.t.Errorf("update %d of %s, came %s, %d tries: %s", u.Update, u.Key, u.At, u.Tries, u.Body)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}
