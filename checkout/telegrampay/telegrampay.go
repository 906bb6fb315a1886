// Package telegrampay collects money inside the chat, by Telegram Payments: an invoice is a message with a Pay button,
// and the customer never leaves Telegram.
//
// It has two ways to pay. "telegram" takes a currency by the provider token that @BotFather gave for a payment provider;
// "stars" takes Telegram Stars (XTR) and is what digital products must be sold for.
//
// Money is told by the bot's updates, not by a webhook of a provider: the chat's door gives each successful_payment and
// refunded_payment to [checkout.Desk.Hear], and each pre_checkout_query, the question whether an invoice may be paid
// now, to [checkout.Desk.PreCheckout]. This package never says that money came unless Telegram said so: for Stars it can
// ask (getStarTransactions), for other currencies Telegram has no such question.
//
//	gw, err := telegrampay.New(telegrampay.Config{Chat: door, ProviderToken: token, Stars: true, Now: time.Now})
//
// An invoice cannot be closed as a page can: its message is deleted, but who has its sheet open may still press Pay. The
// pre-checkout is what refuses them; so a payment whose message is deleted is closed, unless a pre-checkout of it was
// approved a moment ago. Sending is not idempotent either: after a lost answer a second invoice of the same payment may
// stand in the chat. Only one of them can be paid, for the same reason.
package telegrampay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// Name is the gateway's name.
const Name = "telegrampay"

// The ways to pay.
const (
	MethodTelegram = "telegram"
	MethodStars    = "stars"
)

// callLimit bounds a question of the desk with all its calls and their repetitions: a customer waits for it, and so do
// other payments.
const callLimit = 10 * time.Second

// Chat is the door of the chat as this gateway needs it.
type Chat interface {
	// SendInvoice shows an invoice and returns its message. It does not send again what may have been sent. Its errors:
	// Blocked (the customer must act first), Invalid (Telegram refuses it, in its words), Unavailable (certainly not
	// sent), everything else perhaps sent.
	SendInvoice(ctx context.Context, inv checkout.Invoice) (message int, err error)
	// DeleteMessage takes a message away; one that is not there is no error. Where the chat has to pause it fails with
	// Unavailable at once: other payments wait behind it, and it is called again.
	DeleteMessage(ctx context.Context, chat int64, message int) error
	// RefundStar gives all Stars of a charge back to who paid them; one that was given back before is no error. Invalid
	// is Telegram's final no.
	RefundStar(ctx context.Context, user int64, charge string) error
	// StarTransactions lists up to limit movements of the bot's Stars, the oldest first, after skipping offset of them;
	// those that are no customer's payment or refund have no User.
	StarTransactions(ctx context.Context, offset, limit int) ([]checkout.StarTransaction, error)
}

// Config is what a Gateway needs.
type Config struct {
	Chat          Chat
	ProviderToken string                     // "" leaves the method "telegram" out
	Stars         bool                       // offers the method "stars"
	Limits        map[tickets.Currency]Limit // of one payment; Telegram has its own beside them, which it does not publish in a fixed form
	Now           func() time.Time
}

// Limit bounds one payment, in minor units; 0 is no bound.
type Limit struct{ Least, Most int64 }

// currencies are those that Telegram's providers take and whose smallest unit at Telegram is ISO 4217's, so that amounts
// need no conversion. (Telegram's list of currencies has its own exponents.)
var currencies = []tickets.Currency{
	"AED", "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "IDR", "ILS", "INR", "JPY", "KRW", "MXN",
	"MYR", "NOK", "NZD", "PHP", "PLN", "RON", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD", "VND", "ZAR",
}

// Gateway is Telegram Payments. It is safe for concurrent use.
type Gateway struct {
	cfg   Config
	stars starBook

	sending [32]sync.Mutex // by payment: two who open the same one get the same invoice
	mu      sync.Mutex
	sent    map[tickets.SessionID]checkout.Session
}

var (
	_ checkout.Gateway          = (*Gateway)(nil)
	_ checkout.CurrencyRefunder = (*Gateway)(nil)
	_ checkout.Refunder         = (*Gateway)(nil)
)

// New checks the configuration; it calls nobody.
func New(c Config) (*Gateway, error) {
	if c.Chat == nil || c.Now == nil {
		return nil, errors.New("telegrampay: Chat and Now are required")
	}
	if c.ProviderToken == "" && !c.Stars {
		return nil, errors.New("telegrampay: there is neither a provider token nor Stars")
	}
	g := &Gateway{cfg: c, sent: map[tickets.SessionID]checkout.Session{}}
	g.stars = starBook{list: c.Chat.StarTransactions, now: c.Now}
	return g, nil
}

// Name implements checkout.Gateway.
func (g *Gateway) Name() string { return Name }

// Test implements checkout.Gateway: a provider's test token has ":TEST:" in it. Stars are always real.
func (g *Gateway) Test() bool { return strings.Contains(g.cfg.ProviderToken, ":TEST:") }

// Methods implements checkout.Gateway.
func (g *Gateway) Methods() []checkout.Method {
	var out []checkout.Method
	if g.cfg.ProviderToken != "" {
		out = append(out, checkout.Method{ID: MethodTelegram, Protocol: "invoice", Currency: slices.Clone(currencies)})
	}
	if g.cfg.Stars {
		out = append(out, checkout.Method{ID: MethodStars, Protocol: "invoice", Currency: []tickets.Currency{tickets.Stars}, Real: true})
	}
	return out
}

// Open implements checkout.Gateway: it sends the invoice. It is Declined where no invoice can be sent: the order has no
// chat, its customer blocked the bot, the amount is outside the limits, or the payment is over.
func (g *Gateway) Open(ctx context.Context, o checkout.Opening) (checkout.Session, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	p := o.Payment
	lock := g.lockOf(p.ID)
	lock.Lock()
	defer lock.Unlock()
	if s, ok := g.known(p.ID); ok {
		return s, nil
	}
	if err := g.sendable(o); err != nil {
		return checkout.Session{}, err
	}
	inv := checkout.Invoice{
		Chat: o.Order.Buyer.Chat, Payload: p.ID, Title: o.Title, Lang: o.Lang, Total: p.Total, Order: o.Order,
	}
	if p.Total.Currency != tickets.Stars {
		inv.Token = g.cfg.ProviderToken
	}
	message, err := g.cfg.Chat.SendInvoice(ctx, inv)
	if err != nil {
		return checkout.Session{}, refusal(err)
	}
	raw, err := json.Marshal(map[string]any{
		"chat_id": inv.Chat, "message_id": message, "payload": p.ID, "currency": p.Total.Currency, "total_amount": p.Total.Amount,
	})
	if err != nil {
		return checkout.Session{}, fmt.Errorf("describe invoice: %w", err)
	}
	s := checkout.Session{Remote: remote(inv.Chat, message), Raw: raw}
	g.note(p.ID, s)
	return s, nil
}

// sendable says why no invoice can be sent.
func (g *Gateway) sendable(o checkout.Opening) error {
	total := o.Payment.Total
	l := g.cfg.Limits[total.Currency]
	switch {
	case o.Payment.State == tickets.PaymentClosing, o.Payment.State == tickets.PaymentClosed:
		return tickets.Refuse(tickets.Declined, "payment %s is over: no invoice is sent", o.Payment.ID)
	case o.Order.Buyer.Chat <= 0:
		return tickets.Refuse(tickets.Declined, "order %s has no private chat to send an invoice to", o.Order.ID)
	case total.Amount < max(l.Least, 1), l.Most > 0 && total.Amount > l.Most:
		return tickets.Refuse(tickets.Declined, "%s is outside the limits of an invoice", total)
	default:
		return nil
	}
}

// refusal gives an error of the chat's door the kind that the desk acts on.
func refusal(err error) error {
	switch {
	case errors.Is(err, tickets.Blocked):
		return fmt.Errorf("%w: the customer cannot be reached: %w", tickets.Declined, err)
	case errors.Is(err, tickets.Invalid) && strings.Contains(err.Error(), "CURRENCY_TOTAL_AMOUNT_INVALID"):
		return fmt.Errorf("%w: %w", tickets.Declined, err) // of this order, not of all
	default:
		return fmt.Errorf("send invoice: %w", err)
	}
}

func (g *Gateway) lockOf(id tickets.SessionID) *sync.Mutex {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // never fails
	return &g.sending[h.Sum32()%uint32(len(g.sending))]
}

func (g *Gateway) known(id tickets.SessionID) (checkout.Session, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s, ok := g.sent[id]
	return s, ok
}

const sentKept = 10_000

func (g *Gateway) note(id tickets.SessionID, s checkout.Session) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.sent) >= sentKept {
		clear(g.sent)
	}
	g.sent[id] = s
}

func remote(chat int64, message int) string {
	return strconv.FormatInt(chat, 10) + ":" + strconv.Itoa(message)
}

// message reads a session's name. It fails with Invalid.
func message(remote string) (chat int64, id int, err error) {
	c, m, _ := strings.Cut(remote, ":")
	chat, err1 := strconv.ParseInt(c, 10, 64)
	id, err2 := strconv.Atoi(m)
	if err1 != nil || err2 != nil {
		return 0, 0, tickets.Refuse(tickets.Invalid, "%q names no message", remote)
	}
	return chat, id, nil
}

// Lookup implements checkout.Gateway. Stars are asked for at Telegram; of other currencies it says what is known here.
func (g *Gateway) Lookup(ctx context.Context, p tickets.Payment) (checkout.Standing, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	if p.Remote == "" {
		return checkout.Standing{State: checkout.StandingAbsent}, nil
	}
	if p.Total.Currency == tickets.Stars {
		paid, err := g.stars.paid(ctx, p.ID)
		if err != nil {
			return checkout.Standing{}, err
		}
		if len(paid) > 0 {
			st := checkout.Standing{State: checkout.StandingPaid}
			for _, x := range paid {
				st.Charges = append(st.Charges, g.starReport(x))
			}
			return st, nil
		}
	}
	if !p.Live() {
		return checkout.Standing{State: checkout.StandingClosed}, nil
	}
	return checkout.Standing{State: checkout.StandingOpen}, nil
}

// Close implements checkout.Gateway: it deletes the invoice. While money may be under way, after an approved
// pre-checkout, it stays Open.
func (g *Gateway) Close(ctx context.Context, p tickets.Payment) (checkout.Standing, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	st, err := g.Lookup(ctx, p)
	if err != nil || st.State != checkout.StandingOpen {
		return st, err
	}
	if !p.Approved.IsZero() && g.cfg.Now().Sub(p.Approved) < checkout.ApprovedFor {
		return st, nil
	}
	chat, id, err := message(p.Remote)
	if err != nil {
		return checkout.Standing{}, err
	}
	if err := g.cfg.Chat.DeleteMessage(ctx, chat, id); err != nil && !errors.Is(err, tickets.Blocked) {
		return checkout.Standing{}, fmt.Errorf("delete invoice: %w", err)
	}
	return checkout.Standing{State: checkout.StandingClosed}, nil
}

// Verify implements checkout.Gateway: there is no webhook, so that nothing that comes by one is Telegram's.
func (g *Gateway) Verify(http.Header, []byte, time.Time) (checkout.Event, error) {
	return checkout.Event{}, tickets.Refuse(tickets.Unauthorized, "%s has no webhook: money is told by the bot's updates", Name)
}
