package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// Limits of the Bot API for an invoice, in characters.
const (
	maxInvoiceTitle = 32
	maxInvoiceText  = 255
	maxStart        = 64
)

// Cashier shows invoices and moves Stars: it is the chat's door that checkout/telegrampay asks for. It is safe for
// concurrent use.
type Cashier struct{ sender *Sender }

// NewCashier makes one that sends by a Sender.
func NewCashier(s *Sender) *Cashier { return &Cashier{sender: s} }

// SendInvoice shows an invoice in the customer's language and returns its message. It is not sent again where it may
// have been sent. Errors are those of [Sender].
func (c *Cashier) SendInvoice(ctx context.Context, inv checkout.Invoice) (int, error) {
	p := text.For(text.Lang(inv.Lang)).WithLog(c.sender.cfg.Log)
	title := invoiceTitle(p.Pick(inv.Order.ProductName))
	params := &tg.SendInvoiceParams{
		Title: title, Description: clip(p.T("bot.invoice.text", "Title", inv.Title, "Code", inv.Order.Code), maxInvoiceText),
		Payload: string(inv.Payload), ProviderToken: inv.Token, Currency: string(inv.Total.Currency),
		Prices:         []models.LabeledPrice{{Label: title, Amount: int(inv.Total.Amount)}},
		StartParameter: startParameter(inv.Order),
		ReplyMarkup: &models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{
			{{Text: p.T("bot.invoice.pay", "Total", p.Money(inv.Total)), Pay: true}},
		}},
	}
	var message int
	err := c.sender.do(ctx, inv.Chat, false, func(ctx context.Context, chat int64) error {
		params.ChatID = chat
		sent, err := c.sender.api.SendInvoice(ctx, params)
		message = receiptOf(sent).Message
		return err
	})
	return message, err
}

// invoiceTitle is a product's name as short as an invoice takes it: what stands in brackets goes first.
func invoiceTitle(name string) string {
	if i := strings.IndexAny(name, "(（"); i > 0 && units(name) > maxInvoiceTitle {
		name = strings.TrimSpace(name[:i])
	}
	return clip(name, maxInvoiceTitle)
}

// startParameter makes forwarded copies of an invoice open the product, instead of letting others pay this order.
func startParameter(o tickets.Order) string {
	s := "p_" + string(o.Quote.Product)
	if len(s) > maxStart || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		return "invoice"
	}
	return s
}

// DeleteMessage is [Sender.Delete], but a *tickets.Wait at once where the chat pauses: other payments wait behind it, and
// it is tried again.
func (c *Cashier) DeleteMessage(ctx context.Context, chat int64, message int) error {
	return c.sender.briefly().Delete(ctx, chat, message)
}

// RefundStar gives all Stars of a charge back. One that was given back before is no error; Invalid is Telegram's no.
func (c *Cashier) RefundStar(ctx context.Context, user int64, charge string) error {
	err := c.sender.attempt(ctx, true, func(ctx context.Context) error {
		_, err := c.sender.api.RefundStarPayment(ctx, &tg.RefundStarPaymentParams{UserID: user, TelegramPaymentChargeID: charge})
		return err
	})
	var refused *apiError
	if errors.As(err, &refused) && refused.has("charge_already_refunded") {
		return nil
	}
	return translate(err)
}

// StarTransactions lists movements of the bot's Stars, the oldest first.
func (c *Cashier) StarTransactions(ctx context.Context, offset, limit int) ([]checkout.StarTransaction, error) {
	type partner struct {
		User *struct {
			ID int64 `json:"id"`
		} `json:"user"`
		Payload tickets.SessionID `json:"invoice_payload"`
	}
	var got struct {
		Transactions []struct {
			ID       string   `json:"id"`
			Amount   int64    `json:"amount"`
			Date     int64    `json:"date"`
			Source   *partner `json:"source"`
			Receiver *partner `json:"receiver"`
		} `json:"transactions"`
	}
	err := c.sender.attempt(ctx, true, func(ctx context.Context) error {
		return c.sender.cfg.Client.call(ctx, "getStarTransactions", map[string]int{"offset": offset, "limit": limit}, &got)
	})
	if err != nil {
		return nil, fmt.Errorf("list star transactions: %w", translate(err))
	}
	out := make([]checkout.StarTransaction, 0, len(got.Transactions))
	for _, x := range got.Transactions {
		m := checkout.StarTransaction{Charge: x.ID, Stars: x.Amount, At: time.Unix(x.Date, 0).UTC()}
		from := x.Source
		if m.Refund = x.Receiver != nil; m.Refund {
			from = x.Receiver
		}
		if from != nil && from.User != nil {
			m.User, m.Payload = from.User.ID, from.Payload
		}
		out = append(out, m)
	}
	return out, nil
}

// answerTry is how long one call with an answer may take: a dead connection must not use up the answer's time.
const answerTry = 2500 * time.Millisecond

// answerCheckout answers a pre-checkout: with no words yes, else no with them. Twice is the same as once; so a call that
// fails, or that Telegram refuses for now, is made again while ctx has time. Too late is no error: then the payment is
// over, and Telegram has told so. Its errors are those of [Sender].
func (s *Sender) answerCheckout(ctx context.Context, id, words string) error {
	for try := 0; ; try++ {
		err := s.answerOnce(ctx, id, words)
		var refused *apiError
		if errors.As(err, &refused) && refused.has(saysLate...) {
			return nil
		}
		err = translate(err)
		after := callRetry[min(try, len(callRetry)-1)]
		if asked, ok := errors.AsType[*tickets.Wait](err); ok {
			after = asked.After
		} else if !repeatable(err, true) {
			return err
		}
		if !s.mayWait(ctx, after) || !pause(ctx, after) {
			return err
		}
	}
}

// answerOnce is one call. Its errors are the client's.
func (s *Sender) answerOnce(ctx context.Context, id, words string) error {
	ctx, cancel := context.WithTimeout(ctx, answerTry)
	defer cancel()
	_, err := s.api.AnswerPreCheckoutQuery(ctx, &tg.AnswerPreCheckoutQueryParams{
		PreCheckoutQueryID: id, OK: words == "", ErrorMessage: clip(words, maxToast),
	})
	return err
}
