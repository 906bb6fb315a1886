package telegrampay

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// told is the part of a Telegram message that tells of money: https://core.telegram.org/bots/api#successfulpayment and
// #refundedpayment.
type told struct {
	Date int64 `json:"date"`
	From struct {
		ID int64 `json:"id"`
	} `json:"from"`
	Paid     *movement `json:"successful_payment"`
	Refunded *movement `json:"refunded_payment"`
}

type movement struct {
	Currency  tickets.Currency  `json:"currency"`
	Total     int64             `json:"total_amount"` // smallest units
	Payload   tickets.SessionID `json:"invoice_payload"`
	Charge    string            `json:"telegram_payment_charge_id"`
	Processor string            `json:"provider_payment_charge_id,omitempty"`
}

// Read implements checkout.Gateway: the body is a Telegram message with successful_payment or refunded_payment. Whatever
// else the message has, such as a name, is not passed on.
func (g *Gateway) Read(body []byte) ([]checkout.Report, error) {
	var m told
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, fmt.Errorf("%w: not a message: %w", tickets.Invalid, err)
	}
	what, kind := m.Paid, checkout.ReportPaid
	if what == nil {
		what, kind = m.Refunded, checkout.ReportRefund
	}
	if what == nil {
		return nil, nil
	}
	if what.Charge == "" || what.Currency == "" {
		return nil, tickets.Refuse(tickets.Invalid, "a %s without charge or currency", kind)
	}
	raw, err := json.Marshal(what)
	if err != nil {
		return nil, fmt.Errorf("describe payment: %w", err)
	}
	r := checkout.Report{
		Kind: kind, Reference: what.Payload, Charge: what.Charge, Amount: tickets.Money{Amount: what.Total, Currency: what.Currency},
		Test: g.Test() && what.Currency != tickets.Stars, Modeless: true, Processor: what.Processor, Raw: raw,
	}
	if m.Date > 0 {
		r.At = time.Unix(m.Date, 0).UTC()
	}
	if kind == checkout.ReportRefund {
		r.Refund, r.RefundState = what.Charge, tickets.RefundSucceeded // whole, and it has its charge's name
	} else if m.From.ID != 0 {
		r.Payer = strconv.FormatInt(m.From.ID, 10)
	}
	return []checkout.Report{r}, nil
}

// starReport is a payment that was found by asking.
func (g *Gateway) starReport(x checkout.StarTransaction) checkout.Report {
	r := checkout.Report{
		Kind: checkout.ReportPaid, Reference: x.Payload, Charge: x.Charge, Amount: tickets.Money{Amount: x.Stars, Currency: tickets.Stars},
		Modeless: true, At: x.At,
	}
	if x.User != 0 {
		r.Payer = strconv.FormatInt(x.User, 10)
	}
	return r
}
