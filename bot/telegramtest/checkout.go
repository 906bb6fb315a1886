package telegramtest

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"boxoffice/tickets"
)

// PreCheckout is the question whether an invoice may be paid now, Telegram's PreCheckoutQuery.
type PreCheckout struct {
	ID             string  `json:"id"`
	From           Profile `json:"from"`
	Currency       string  `json:"currency"`
	TotalAmount    int64   `json:"total_amount"`
	InvoicePayload string  `json:"invoice_payload"`
}

// SuccessfulPayment tells the bot of money.
type SuccessfulPayment struct {
	Currency                string `json:"currency"`
	TotalAmount             int64  `json:"total_amount"`
	InvoicePayload          string `json:"invoice_payload"`
	TelegramPaymentChargeID string `json:"telegram_payment_charge_id"`
	ProviderPaymentChargeID string `json:"provider_payment_charge_id"`
}

func (p *SuccessfulPayment) price() string { return price(p.TotalAmount, p.Currency) }

// RefundedPayment tells the bot of Stars that went back.
type RefundedPayment struct {
	Currency                string `json:"currency"`
	TotalAmount             int64  `json:"total_amount"`
	InvoicePayload          string `json:"invoice_payload"`
	TelegramPaymentChargeID string `json:"telegram_payment_charge_id"`
	ProviderPaymentChargeID string `json:"provider_payment_charge_id,omitempty"`
}

func (p *RefundedPayment) price() string { return price(p.TotalAmount, p.Currency) }

// PayHow is what the world beyond the bot does with a payment.
type PayHow string

// The ways a payment goes once its person has pressed Pay and the bot has agreed.
const (
	PayApprove PayHow = "approve"  // the money is taken, and the bot is told
	PayDecline PayHow = "decline"  // the bank refuses; the bot is told nothing
	PayTimeOut PayHow = "time_out" // nobody answers; the bot is told nothing
)

// PayState is how a payment ended.
type PayState string

// The ends of a payment.
const (
	PayPaid     PayState = "paid"
	PayRefused  PayState = "refused"  // by the bot, with words
	PayDeclined PayState = "declined" // by the bank
	PayTimedOut PayState = "timed_out"
	PayNoStars  PayState = "no_stars" // the person has too few; the bot is not asked
)

// PayResult is what a person sees in the end.
type PayResult struct {
	State  PayState `json:"state"`
	Words  string   `json:"words,omitempty"`  // of the bot's refusal
	Charge string   `json:"charge,omitempty"` // telegram_payment_charge_id
}

// Sheet is an invoice opened to be paid. It stays open when its message is deleted.
type Sheet struct {
	User *User
	s    *Server
	bill *bill
}

// ErrNoInvoice says that there is no such invoice to open.
var ErrNoInvoice = errors.New("telegramtest: no such invoice")

// OpenInvoice opens the invoice of a message. Opening one of another person's chat is what a forwarded copy without
// start_parameter allows.
func (u *User) OpenInvoice(c *Chat, message int) (*Sheet, error) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	if c.at(message) == nil {
		return nil, fmt.Errorf("%w: message %d is gone", ErrNoInvoice, message)
	}
	return u.keptInvoice(c, message)
}

// KeptInvoice is an invoice that was opened before its message was deleted, if it was.
func (u *User) KeptInvoice(c *Chat, message int) (*Sheet, error) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	return u.keptInvoice(c, message)
}

func (u *User) keptInvoice(c *Chat, message int) (*Sheet, error) {
	b := u.s.till.Bills[billKey(c.info.ID, message)]
	if b == nil {
		return nil, fmt.Errorf("%w: message %d", ErrNoInvoice, message)
	}
	return &Sheet{User: u, s: u.s, bill: b}, nil
}

// OpenLink opens the invoice of a createInvoiceLink, by its whole address.
func (u *User) OpenLink(address string) (*Sheet, error) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	const prefix = "https://t.me/$"
	if len(address) <= len(prefix) || u.s.till.Bills[address[len(prefix):]] == nil {
		return nil, fmt.Errorf("%w: %s", ErrNoInvoice, address)
	}
	return &Sheet{User: u, s: u.s, bill: u.s.till.Bills[address[len(prefix):]]}, nil
}

// Invoice waits for an invoice of the bot in the private chat and opens the newest.
func (u *User) Invoice() *Sheet {
	if u.s.tb != nil {
		u.s.tb.Helper()
	}
	ctx, cancel := context.WithTimeout(context.Background(), u.s.opt.Patience)
	defer cancel()
	c := u.Chat()
	m, err := c.WaitFor(ctx, func(m *Message) bool { return m.Invoice != nil })
	if err != nil {
		u.s.fail("waiting for an invoice: %v", err)
		return nil
	}
	sheet, err := u.OpenInvoice(c, m.MessageID)
	if err != nil {
		u.s.fail("open the invoice: %v", err)
	}
	return sheet
}

// PayInvoice opens the newest invoice of the private chat and pays it; see [Sheet.Pay].
func (u *User) PayInvoice(how PayHow) PayResult {
	if u.s.tb != nil {
		u.s.tb.Helper()
	}
	ctx, cancel := context.WithTimeout(context.Background(), u.s.opt.Patience+u.s.opt.CheckoutLife)
	defer cancel()
	r, err := u.Invoice().Pay(ctx, how)
	if err != nil {
		u.s.fail("%s pays: %v; the chat:\n%s", u.FirstName, err, u.Chat().Transcript())
	}
	return r
}

// Invoice is what the sheet shows.
func (h *Sheet) Invoice() Invoice { return h.bill.Invoice }

// Checkout is a pressed Pay button on its way to the bot and back.
type Checkout struct {
	s    *Server
	ID   string
	User *User
	bill *bill
	how  PayHow

	ready  chan struct{} // closed when it is over
	result PayResult
}

// Pay presses Pay, as often as one likes, and returns what came of it. It fails when the context or the server ends
// first.
func (h *Sheet) Pay(ctx context.Context, how PayHow) (PayResult, error) {
	return h.Press(how).Wait(ctx)
}

// Press is [Sheet.Pay] without waiting.
func (h *Sheet) Press(how PayHow) *Checkout {
	s := h.s
	s.mu.Lock()
	defer s.mu.Unlock()
	k := &Checkout{s: s, ID: s.queryID(), User: h.User, bill: h.bill, how: how, ready: make(chan struct{})}
	if h.bill.Currency == string(tickets.Stars) && s.starsOf(h.User) < h.bill.TotalAmount {
		k.end(PayResult{State: PayNoStars})
		return k
	}
	s.till.asked[k.ID] = k
	s.push("pre_checkout_query", checkoutKey(h.User.ID), checkoutLife, &Update{PreCheckout: &PreCheckout{
		ID: k.ID, From: h.User.Profile, Currency: h.bill.Currency, TotalAmount: h.bill.TotalAmount, InvoicePayload: h.bill.Payload,
	}})
	s.work.Go(k.timer)
	return k
}

// timer ends a checkout that the bot did not answer in time.
func (k *Checkout) timer() {
	t := time.NewTimer(k.s.opt.CheckoutLife)
	defer t.Stop()
	select {
	case <-t.C:
		k.s.mu.Lock()
		defer k.s.mu.Unlock()
		if k.s.till.asked[k.ID] != nil {
			delete(k.s.till.asked, k.ID)
			k.s.notes = append(k.s.notes, fmt.Sprintf("pre-checkout of %q by %s was not answered in time", k.bill.Title, k.User.FirstName))
			k.end(PayResult{State: PayTimedOut})
		}
	case <-k.ready:
	case <-k.s.done:
	}
}

func (k *Checkout) end(r PayResult) {
	k.result = r
	close(k.ready)
}

// Wait blocks until the payment is over.
func (k *Checkout) Wait(ctx context.Context) (PayResult, error) {
	select {
	case <-k.ready:
		return k.result, nil
	case <-k.s.done:
		return PayResult{}, errors.New("telegramtest: server closed")
	case <-ctx.Done():
		return PayResult{}, ctx.Err()
	}
}

func answerPreCheckoutQuery(s *Server, c *call) (any, *apiError) {
	k := s.till.asked[c.params["pre_checkout_query_id"]]
	if k == nil {
		return nil, badRequest(queryTooOld)
	}
	words := c.params["error_message"]
	if !c.bool("ok") {
		if n := utf8.RuneCountInString(words); n < 1 || n > 255 {
			return nil, badRequest("ERROR_TEXT_EMPTY")
		}
		delete(s.till.asked, k.ID)
		k.end(PayResult{State: PayRefused, Words: words})
		return true, nil
	}
	delete(s.till.asked, k.ID)
	switch k.how {
	case PayDecline:
		k.end(PayResult{State: PayDeclined})
	case PayTimeOut:
		k.end(PayResult{State: PayTimedOut})
	default:
		k.end(PayResult{State: PayPaid, Charge: s.takeMoney(k.bill, k.User)})
	}
	return true, nil
}

// takeMoney moves the money and tells the bot, in the person's chat.
func (s *Server) takeMoney(b *bill, u *User) string {
	charge, provider := s.nextCharge(b, u)
	b.Paid++
	if b.Currency == string(tickets.Stars) {
		s.till.Stars[u.ID] = s.starsOf(u) - b.TotalAmount
		s.till.Moves = append(s.till.Moves, StarMove{ID: charge, Amount: b.TotalAmount, Date: s.now().Unix(), Source: &StarPartner{
			Type: "user", TransactionType: "invoice_payment", User: u.Profile, Payload: b.Payload,
		}})
	}
	if c := s.chats[b.Chat]; c != nil {
		if m := c.at(b.Message); m != nil {
			m.rev = s.touch(c) // it looks different now
		}
	}
	chat := s.chats[u.ID]
	m := &Message{From: &u.Profile, SuccessfulPayment: &SuccessfulPayment{
		Currency: b.Currency, TotalAmount: b.TotalAmount, InvoicePayload: b.Payload,
		TelegramPaymentChargeID: charge, ProviderPaymentChargeID: provider,
	}}
	chat.add(m)
	s.push("message", chat.info.ID, messageLife, &Update{Message: m})
	return charge
}

// ForcePay takes an invoice's money without asking the bot: what a provider's fault, or an answer that came after the
// time was over, looks like.
func (h *Sheet) ForcePay() PayResult {
	h.s.mu.Lock()
	defer h.s.mu.Unlock()
	return PayResult{State: PayPaid, Charge: h.s.takeMoney(h.bill, h.User)}
}

// Stars is how many Telegram Stars the person has.
func (u *User) Stars() int64 {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	return u.s.starsOf(u)
}

// SetStars gives the person a number of Telegram Stars.
func (u *User) SetStars(n int64) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.s.till.Stars[u.ID] = n
	u.s.markSave()
}
