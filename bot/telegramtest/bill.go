package telegramtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"boxoffice/tickets"
)

// Invoice is a bill as it stands in a message; what the bot said beside it (the payload) is not shown to anybody.
type Invoice struct {
	Title          string `json:"title"`
	Description    string `json:"description"`
	StartParameter string `json:"start_parameter"`
	Currency       string `json:"currency"`
	TotalAmount    int64  `json:"total_amount"` // smallest units
}

func (i *Invoice) price() string { return price(i.TotalAmount, i.Currency) }

func price(amount int64, currency string) string {
	m := tickets.Money{Amount: amount, Currency: tickets.Currency(currency)}
	return currency + " " + m.Decimal()
}

// LabeledPrice is a line of an invoice.
type LabeledPrice struct {
	Label  string `json:"label"`
	Amount int64  `json:"amount"`
}

// bill is an invoice with what only the server knows. It outlives its message: somebody may have it open.
type bill struct {
	Invoice
	Payload string         `json:"payload"`
	Prices  []LabeledPrice `json:"prices"`
	Paid    int            `json:"paid,omitempty"` // how often
	Chat    int64          `json:"chat,omitempty"` // and its message; 0 of a link
	Message int            `json:"message,omitempty"`
}

// till is the money side of a server; its fields belong to Server.mu.
type till struct {
	Bills map[string]*bill `json:"bills"` // by "chat/message", or by the slug of a link
	Moves []StarMove       `json:"moves"` // of the bot's Stars, the oldest first
	Stars map[int64]int64  `json:"stars"` // by person, where they are not Options.Stars
	Next  int64            `json:"next"`  // counts charges
	asked map[string]*Checkout
}

func (t *till) init() {
	t.Bills, t.Stars, t.asked = map[string]*bill{}, map[int64]int64{}, map[string]*Checkout{}
}

// copy is what is saved.
func (t *till) copy() till {
	out := till{Bills: map[string]*bill{}, Moves: slices.Clone(t.Moves), Stars: maps.Clone(t.Stars), Next: t.Next}
	for k, b := range t.Bills {
		flat := *b
		out.Bills[k] = &flat
	}
	return out
}

func (t *till) load(in till) {
	t.init()
	maps.Copy(t.Bills, in.Bills)
	maps.Copy(t.Stars, in.Stars)
	t.Moves, t.Next = in.Moves, in.Next+idGap
}

// paid tells whether a message's invoice was paid.
func (t *till) paid(m *Message) bool {
	b := t.Bills[billKey(m.Chat.ID, m.MessageID)]
	return m.Invoice != nil && b != nil && b.Paid > 0
}

func billKey(chat int64, message int) string { return fmt.Sprintf("%d/%d", chat, message) }

// The least and most of one invoice, in smallest units, about a dollar and ten thousand. Telegram publishes them per
// currency and changes them.
const (
	leastTotal = 100
	mostTotal  = 1_000_000
	mostStars  = 100_000
)

// readBill checks the fields that sendInvoice and createInvoiceLink share.
func (s *Server) readBill(c *call) (*bill, *apiError) {
	b := &bill{Invoice: Invoice{
		Title: c.params["title"], Description: c.params["description"], StartParameter: c.params["start_parameter"],
		Currency: c.params["currency"],
	}, Payload: c.params["payload"]}
	if json.Unmarshal([]byte(c.params["prices"]), &b.Prices) != nil {
		return nil, badRequest("can't parse prices JSON object")
	}
	for _, p := range b.Prices {
		b.TotalAmount += p.Amount
	}
	if n := utf8.RuneCountInString(b.Title); n < 1 || n > 32 {
		return nil, badRequest("INVOICE_TITLE_INVALID")
	}
	if n := utf8.RuneCountInString(b.Description); n < 1 || n > 255 {
		return nil, badRequest("INVOICE_DESCRIPTION_INVALID")
	}
	switch {
	case b.Payload == "" || len(b.Payload) > 128:
		return nil, badRequest("INVOICE_PAYLOAD_INVALID")
	case len(b.StartParameter) > 64 || !isToken(b.StartParameter):
		return nil, badRequest("START_PARAM_INVALID")
	case !tickets.Currency(b.Currency).Valid():
		return nil, badRequest("CURRENCY_INVALID")
	case len(b.Prices) == 0 || slices.ContainsFunc(b.Prices, func(p LabeledPrice) bool { return p.Label == "" }):
		return nil, badRequest("PRICES_INVALID")
	}
	return b, s.checkCurrency(c, b)
}

func (s *Server) checkCurrency(c *call, b *bill) *apiError {
	token := c.params["provider_token"]
	if b.Currency == string(tickets.Stars) {
		switch {
		case token != "", len(b.Prices) != 1:
			return badRequest("STARS_INVOICE_INVALID")
		case b.TotalAmount < 1, b.TotalAmount > mostStars:
			return badRequest("CURRENCY_TOTAL_AMOUNT_INVALID")
		}
		return nil
	}
	switch {
	case token != s.opt.Provider:
		return badRequest("PAYMENT_PROVIDER_INVALID")
	case b.TotalAmount < leastTotal, b.TotalAmount > mostTotal:
		return badRequest("CURRENCY_TOTAL_AMOUNT_INVALID")
	}
	return nil
}

func sendInvoice(s *Server, c *call) (any, *apiError) {
	b, err := s.readBill(c)
	if err != nil {
		return nil, err
	}
	s.billing = true
	defer func() { s.billing = false }()
	out, err := s.send(c, func(m *Message) *apiError {
		shown := b.Invoice
		m.Invoice = &shown
		return nil
	})
	if err != nil {
		return nil, err
	}
	m := out.(*Message) // what send returns
	b.Chat, b.Message = m.Chat.ID, m.MessageID
	s.till.Bills[billKey(b.Chat, b.Message)] = b
	return m, nil
}

// payFirst is the rule of an invoice's keyboard: its first button pays. Without a keyboard there is only that one.
func (m *Message) payFirst() *apiError {
	if m.Invoice == nil {
		return nil
	}
	if m.ReplyMarkup == nil {
		m.ReplyMarkup = &Keyboard{Rows: [][]Button{{{Text: "Pay " + m.Invoice.price(), Pay: true}}}}
	}
	for i, row := range m.ReplyMarkup.Rows {
		for j, b := range row {
			if b.Pay != (i == 0 && j == 0) {
				return badRequest("REPLY_MARKUP_BUY_EMPTY")
			}
		}
	}
	return nil
}

// createInvoiceLink makes an invoice that everybody can pay who has the link.
func createInvoiceLink(s *Server, c *call) (any, *apiError) {
	b, err := s.readBill(c)
	if err != nil {
		return nil, err
	}
	slug := "sim" + s.queryID()
	s.till.Bills[slug] = b
	s.markSave()
	return "https://t.me/$" + slug, nil
}

// StarMove is one movement of the bot's Stars, Telegram's StarTransaction.
type StarMove struct {
	ID       string       `json:"id"` // of the charge; a refund has the same
	Amount   int64        `json:"amount"`
	Date     int64        `json:"date"`
	Source   *StarPartner `json:"source,omitempty"`   // incoming
	Receiver *StarPartner `json:"receiver,omitempty"` // outgoing
}

// StarPartner is who paid, or got back.
type StarPartner struct {
	Type            string  `json:"type"`             // user
	TransactionType string  `json:"transaction_type"` // invoice_payment
	User            Profile `json:"user"`
	Payload         string  `json:"invoice_payload,omitempty"`
}

func getStarTransactions(s *Server, c *call) (any, *apiError) {
	offset, limit := int(c.int("offset")), int(c.int("limit"))
	if _, given := c.params["limit"]; !given {
		limit = 100
	}
	if offset < 0 || limit < 1 || limit > 100 {
		return nil, badRequest("invalid value of parameter limit or offset specified")
	}
	moves := s.till.Moves[min(offset, len(s.till.Moves)):]
	return map[string]any{"transactions": append([]StarMove{}, moves[:min(limit, len(moves))]...)}, nil
}

func getMyStarBalance(s *Server, _ *call) (any, *apiError) {
	var sum int64
	for _, m := range s.till.Moves {
		if m.Receiver != nil {
			sum -= m.Amount
		} else {
			sum += m.Amount
		}
	}
	return map[string]int64{"amount": sum}, nil
}

func refundStarPayment(s *Server, c *call) (any, *apiError) {
	id := c.params["telegram_payment_charge_id"]
	if id == "" {
		return nil, badRequest("CHARGE_ID_EMPTY")
	}
	u := s.users[c.int("user_id")]
	if u == nil {
		return nil, badRequest("USER_ID_INVALID")
	}
	var paid *StarMove
	for i, m := range s.till.Moves {
		switch {
		case m.ID != id:
		case m.Receiver != nil:
			return nil, badRequest("CHARGE_ALREADY_REFUNDED")
		case m.Source.User.ID == u.ID:
			paid = &s.till.Moves[i]
		}
	}
	if paid == nil {
		return nil, badRequest("CHARGE_ID_INVALID")
	}
	who := *paid.Source
	s.till.Moves = append(s.till.Moves, StarMove{ID: id, Amount: paid.Amount, Date: s.now().Unix(), Receiver: &who})
	s.till.Stars[u.ID] = s.starsOf(u) + paid.Amount
	chat := s.chats[u.ID]
	m := &Message{From: &s.bot, RefundedPayment: &RefundedPayment{
		Currency: string(tickets.Stars), TotalAmount: paid.Amount, InvoicePayload: who.Payload, TelegramPaymentChargeID: id,
	}}
	chat.add(m)
	s.push("message", chat.info.ID, messageLife, &Update{Message: m})
	return true, nil
}

func (s *Server) starsOf(u *User) int64 {
	if n, ok := s.till.Stars[u.ID]; ok {
		return n
	}
	return s.opt.Stars
}

// nextCharge makes the names of a charge: Telegram's and the provider's.
func (s *Server) nextCharge(b *bill, u *User) (telegram, provider string) {
	s.till.Next++
	if b.Currency == string(tickets.Stars) {
		return fmt.Sprintf("stx%s%06d", strings.Repeat("0", 20), s.till.Next), fmt.Sprintf("%d_0", u.ID)
	}
	return fmt.Sprintf("%d_%d_%d", u.ID, s.bot.ID, 700_000+s.till.Next), fmt.Sprintf("ch_sim%06d", s.till.Next)
}
