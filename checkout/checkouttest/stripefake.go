package checkouttest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// StripeConfig is what a fake Stripe account is.
type StripeConfig struct {
	Key     string   // the secret key it accepts; "" is sk_test_checkouttest
	Secrets []string // sign webhooks, all of them each time; none: whsec_checkouttest
	Webhook string   // where events are posted; "" posts none until [Stripe.PostTo]
	Live    bool     // live mode
	Now     func() time.Time
}

// Stripe is a Stripe API in memory as a test's provider: it speaks HTTP as the real one does (checkout sessions:
// create, list, retrieve, expire; payment intents: retrieve; refunds: create, list, retrieve), in the shapes and with the refusals of API version
// 2023-10-16, keeps idempotency keys, posts signed webhooks and repeats them, and fails on demand. Customers are played
// with [Stripe.Pay] and its neighbours, the dashboard and the banks with [Stripe.RefundInDashboard],
// [Stripe.SettleRefund], [Stripe.Dispute] and theirs. It is safe for concurrent use.
type Stripe struct {
	URL string // for api_url, without /v1

	c        StripeConfig
	mu       sync.Mutex
	seq      int
	sessions map[string]*stripeSession
	intents  map[string]*stripeIntent
	refunds  []*stripeRefund
	disputes []*stripeDispute
	keys     map[string]stripeReply
	faults   []plannedFault
	calls    []StripeCall
	events   []*stripeEvent
	paused   bool
	hung     chan struct{} // closed at the end of the test: releases hanging calls
	wake     chan struct{}

	nextRefund string // status that it begins with
}

// StripeCall is a request that reached the API.
type StripeCall struct {
	Method, Path string
	Form         url.Values // of the body or, for GET, the query
	Key          string     // Idempotency-Key
}

// stripeSession is a Checkout Session.
type stripeSession struct {
	id, status, paymentStatus string
	created, expires          int64
	amount                    int64
	currency, intent          string
	live                      bool
	form                      url.Values
}

// stripeIntent is a PaymentIntent.
type stripeIntent struct {
	id, status, currency, reason string
	method                       string
	amount, created              int64
	live                         bool
	metadata                     map[string]string
}

type stripeReply struct {
	print  string // of the request
	status int
	body   []byte
	at     time.Time
}

// StartStripe serves a fake Stripe on loopback until the test ends.
func StartStripe(t testing.TB, c StripeConfig) *Stripe {
	t.Helper()
	if c.Key == "" {
		c.Key = "sk_test_checkouttest"
	}
	if len(c.Secrets) == 0 {
		c.Secrets = []string{"whsec_checkouttest"}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &Stripe{
		c: c, sessions: map[string]*stripeSession{}, intents: map[string]*stripeIntent{}, keys: map[string]stripeReply{},
		hung: make(chan struct{}), wake: make(chan struct{}, 1),
	}
	server := httptest.NewServer(s.routes())
	s.URL = server.URL
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		s.post(stop)
	}()
	t.Cleanup(func() {
		close(stop)
		close(s.hung)
		<-done
		server.CloseClientConnections()
		server.Close()
	})
	return s
}

// Key is the secret key that the account accepts, and Secrets what it signs webhooks with.
func (s *Stripe) Key() string { return s.c.Key }

// Secrets are what webhooks are signed with.
func (s *Stripe) Secrets() []string { return slices.Clone(s.c.Secrets) }

// Calls lists the requests that reached the API so far.
func (s *Stripe) Calls() []StripeCall {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Sessions lists the ids of all Checkout Sessions, the oldest first.
func (s *Stripe) Sessions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for id := range s.sessions {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// Sign returns a Stripe-Signature header for a body, as signed at a time.
func (s *Stripe) Sign(body []byte, at time.Time) string {
	t := strconv.FormatInt(at.Unix(), 10)
	parts := []string{"t=" + t}
	for _, secret := range s.c.Secrets {
		h := hmac.New(sha256.New, []byte(secret))
		h.Write([]byte(t + "."))
		h.Write(body)
		parts = append(parts, "v1="+hex.EncodeToString(h.Sum(nil)))
	}
	return strings.Join(parts, ",")
}

// StripePay is how a customer pays. The zero value pays what is asked, at once.
type StripePay struct {
	Amount   int64  // in Stripe's unit; 0 is what is asked, see Free
	Currency string // lower case; "" is the session's
	Free     bool   // an amount of nothing
	Other    bool   // in the other mode: test-mode money on a live account, or the reverse
	Async    bool   // by a method that settles later; see Settle
	Silent   bool   // no event is sent
	Late     bool   // although the session is not open any more, as a QR code scanned in the last second
}

// Pay pays a session and returns the PaymentIntent. It fails when the session is not open, but for Late.
func (s *Stripe) Pay(id string, p StripePay) (intent string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, ok := s.session(id)
	if !ok {
		return "", fmt.Errorf("no checkout session %q", id)
	}
	if x.status != "open" && !p.Late {
		return "", fmt.Errorf("checkout session %s is %s", id, x.status)
	}
	if p.Amount != 0 || p.Free {
		x.amount = p.Amount
	}
	if p.Currency != "" {
		x.currency = p.Currency
	}
	if p.Other {
		x.live = !x.live
	}
	pi := &stripeIntent{
		id: s.id("pi_"), status: "succeeded", currency: x.currency, amount: x.amount, created: s.c.Now().Unix(), live: x.live,
		metadata: nested(x.form, "payment_intent_data[metadata]"), method: x.method(),
	}
	s.intents[pi.id] = pi
	x.status, x.paymentStatus, x.intent = "complete", "paid", pi.id
	if p.Async {
		x.paymentStatus, pi.status = "unpaid", "processing"
	}
	if !p.Silent {
		if p.Async {
			s.emit("payment_intent.processing", x.live, pi.json())
		} else {
			s.emit("payment_intent.succeeded", x.live, pi.json())
		}
		s.emit("checkout.session.completed", x.live, s.json(x))
	}
	return pi.id, nil
}

// method is how it is paid.
func (x *stripeSession) method() string {
	if m := x.form.Get("payment_method_types[0]"); m != "" {
		return m
	}
	return "card"
}

// Settle ends a payment that was made Async.
func (s *Stripe) Settle(id string, ok bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, found := s.session(id)
	if !found || x.status != "complete" || x.paymentStatus != "unpaid" {
		return fmt.Errorf("checkout session %q is not waiting for money", id)
	}
	pi := s.intents[x.intent]
	if ok {
		x.paymentStatus, pi.status = "paid", "succeeded"
		s.emit("payment_intent.succeeded", x.live, pi.json())
		s.emit("checkout.session.async_payment_succeeded", x.live, s.json(x))
		return nil
	}
	pi.status, pi.reason = "requires_payment_method", "The customer's bank refused."
	s.emit("payment_intent.payment_failed", x.live, pi.json())
	s.emit("checkout.session.async_payment_failed", x.live, s.json(x))
	return nil
}

// Refuse refuses a customer's card: the session stays open, and an event tells about the PaymentIntent only.
func (s *Stripe) Refuse(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, ok := s.session(id)
	if !ok || x.status != "open" {
		return fmt.Errorf("checkout session %q is not open", id)
	}
	pi := &stripeIntent{
		id: s.id("pi_"), status: "requires_payment_method", currency: x.currency, amount: x.amount,
		created: s.c.Now().Unix(), live: x.live, method: "card", reason: "Your card was declined.",
	}
	s.intents[pi.id] = pi
	s.emit("payment_intent.payment_failed", x.live, pi.json())
	return nil
}

// Expire ends an open session as its time does.
func (s *Stripe) Expire(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, ok := s.session(id)
	if !ok || x.status != "open" {
		return fmt.Errorf("checkout session %q is not open", id)
	}
	s.expire(x)
	return nil
}

func (s *Stripe) expire(x *stripeSession) {
	x.status = "expired"
	s.emit("checkout.session.expired", x.live, s.json(x))
}

// session finds a session and lets its time pass. The caller holds s.mu.
func (s *Stripe) session(id string) (*stripeSession, bool) {
	x, ok := s.sessions[id]
	if ok && x.status == "open" && s.c.Now().Unix() >= x.expires {
		s.expire(x)
	}
	return x, ok
}

// id makes ids that sort by age.
func (s *Stripe) id(prefix string) string {
	s.seq++
	mode := ""
	if prefix == "cs_" {
		mode = "test_"
		if s.c.Live {
			mode = "live_"
		}
	}
	return fmt.Sprintf("%s%s%06dFake", prefix, mode, s.seq)
}

// Fault is what goes wrong with a call.
type Fault string

// The faults.
const (
	FaultError     Fault = "error"     // 500, nothing done
	FaultDone      Fault = "done"      // 500, although it was done
	FaultBusy      Fault = "busy"      // 429, nothing done
	FaultDown      Fault = "down"      // the connection breaks, nothing done
	FaultLost      Fault = "lost"      // it was done, the connection breaks before the answer
	FaultHang      Fault = "hang"      // no answer until the caller gives up, nothing done
	FaultDecline   Fault = "decline"   // 402, a card error
	FaultStateless Fault = "stateless" // expire answers with another session that is open, and does nothing
	FaultNonsense  Fault = "nonsense"  // 200 with something that is not JSON
	anyOperation         = "any"       // of Fail
	opCreate             = "create"    // POST /v1/checkout/sessions
	opList               = "list"      // GET /v1/checkout/sessions
	opRetrieve           = "retrieve"  // GET /v1/checkout/sessions/{id}
	opExpire             = "expire"    // POST /v1/checkout/sessions/{id}/expire
	opIntent             = "intent"    // GET /v1/payment_intents/{id}
)

type plannedFault struct {
	op    string
	fault Fault
}

// Fail makes the next calls of an operation fail, one fault a call. Operations are create, list, retrieve, expire,
// intent, refund, refunds, refund look and any. Stripe's library repeats a broken connection once by itself.
func (s *Stripe) Fail(operation string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		s.faults = append(s.faults, plannedFault{operation, f})
	}
}

// fault takes the next planned fault of an operation. The caller holds s.mu.
func (s *Stripe) fault(op string) Fault {
	for i, f := range s.faults {
		if f.op == op || f.op == anyOperation {
			s.faults = slices.Delete(s.faults, i, i+1)
			return f.fault
		}
	}
	return ""
}
