package checkout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"boxoffice/tickets"
)

// PersonalData is everything that the shop holds of a customer, as the JSON document that they get. It has no card, since
// none is ever held, and nothing that opens something: no secret of a page, no text of a ticket.
type PersonalData struct {
	At           time.Time        `json:"made_at"`
	Merchant     tickets.Texts    `json:"shop"`
	Profile      tickets.Customer `json:"profile"`
	Orders       []PersonalOrder  `json:"orders"`
	Conversation *PersonalTalk    `json:"conversation,omitempty"`
}

// PersonalOrder is an order with all that is of it.
type PersonalOrder struct {
	ID         tickets.OrderID     `json:"order_id"`
	Code       string              `json:"order_code"`
	Channel    tickets.Channel     `json:"channel"`
	At         time.Time           `json:"placed_at"`
	Status     tickets.Status      `json:"status"`
	Buyer      tickets.Buyer       `json:"buyer"`
	Product    tickets.Texts       `json:"product"`
	Slot       tickets.Slot        `json:"visit"`
	Lines      []tickets.Line      `json:"lines"`
	Total      tickets.Money       `json:"total"`
	Payments   []PersonalPayment   `json:"payments"`
	Received   []PersonalMoney     `json:"money_received"`
	Refunds    []PersonalRefund    `json:"refunds"`
	Disputes   []PersonalDispute   `json:"disputes"`
	Tickets    []PersonalTicket    `json:"tickets"`
	Messages   []PersonalMessage   `json:"messages_sent"`
	Notes      []PersonalNote      `json:"notes"`
	Happenings []PersonalHappening `json:"timeline"`
}

// PersonalPayment is an attempt to pay.
type PersonalPayment struct {
	Gateway string               `json:"provider"`
	Method  string               `json:"method"`
	State   tickets.PaymentState `json:"state"`
	Total   tickets.Money        `json:"total"`
	Fee     tickets.Money        `json:"fee"`
	Remote  string               `json:"providers_reference,omitempty"`
	Lang    string               `json:"language,omitempty"`
	At      time.Time            `json:"at"`
	Paid    time.Time            `json:"paid_at,omitzero"`
}

// PersonalMoney is money that came.
type PersonalMoney struct {
	Gateway string        `json:"provider"`
	Charge  string        `json:"providers_reference"`
	Payer   string        `json:"payer,omitempty"`
	Amount  tickets.Money `json:"amount"`
	At      time.Time     `json:"at"`
}

// PersonalRefund is money that was asked back.
type PersonalRefund struct {
	ID     tickets.RefundID    `json:"refund_id"`
	State  tickets.RefundState `json:"state"`
	Amount tickets.Money       `json:"amount"`
	Reason string              `json:"reason,omitempty"`
	Note   string              `json:"note,omitempty"`
	At     time.Time           `json:"at"`
	Ended  time.Time           `json:"ended_at,omitzero"`
}

// PersonalDispute is a charge that the customer's bank asked back.
type PersonalDispute struct {
	State  tickets.DisputeState `json:"state"`
	Amount tickets.Money        `json:"amount"`
	Reason string               `json:"reason,omitempty"`
	At     time.Time            `json:"at"`
}

// PersonalTicket is a ticket and when it was used.
type PersonalTicket struct {
	Code   tickets.TicketCode  `json:"ticket_code"`
	State  tickets.TicketState `json:"state"`
	Slot   tickets.Slot        `json:"visit"`
	Places int                 `json:"places"`
	At     time.Time           `json:"issued_at"`
	Used   []PersonalUse       `json:"admissions"`
}

// PersonalUse is somebody who came in by a ticket.
type PersonalUse struct {
	At    time.Time `json:"at"`
	Count int       `json:"places"`
	Gate  string    `json:"gate,omitempty"`
}

// PersonalMessage is a message that was sent to the customer: what it says is worded when it is sent, and not kept.
type PersonalMessage struct {
	Kind  string                `json:"about"`
	State tickets.DeliveryState `json:"state"`
	Chat  int64                 `json:"chat"`
	At    time.Time             `json:"at"`
	Sent  time.Time             `json:"sent_at,omitzero"`
	Words string                `json:"words,omitempty"`
}

// PersonalNote is what a member of the staff wrote about the order or a case of it.
type PersonalNote struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// PersonalHappening is a row of the order's timeline.
type PersonalHappening struct {
	At   time.Time         `json:"at"`
	What tickets.FactName  `json:"what"`
	By   tickets.ActorKind `json:"by"`
	Way  string            `json:"source"`
}

// PersonalTalk is where the customer stands in the chat with the bot.
type PersonalTalk struct {
	Chat    int64                 `json:"chat"`
	Step    string                `json:"step"`
	Product tickets.ProductID     `json:"product,omitempty"`
	Slot    tickets.Slot          `json:"visit,omitzero"`
	Units   map[tickets.SKUID]int `json:"units,omitempty"`
	Order   tickets.OrderID       `json:"order,omitempty"`
	Message int                   `json:"message,omitempty"`
	Changed time.Time             `json:"changed_at"`
}

// PersonalData reads all that is held of a customer, as one moment of the store has it. It fails with NotFound.
func (d *Desk) PersonalData(ctx context.Context, id tickets.CustomerID) (PersonalData, error) {
	var p PersonalData
	err := d.Store.View(ctx, func(r tickets.Reader) error {
		p = PersonalData{At: d.now(), Orders: []PersonalOrder{}}
		cat, err := r.Catalog()
		if err != nil {
			return err
		}
		p.Merchant = cat.Merchant.Names
		if p.Profile, err = r.Customer(id); err != nil {
			return err
		}
		if p.Conversation, err = talkOf(r, p.Profile.TelegramID); err != nil {
			return err
		}
		return orders(r, tickets.OrderQuery{Customer: id}, func(o tickets.Order) error {
			f, err := readFile(r, o)
			if err == nil {
				p.Orders = append(p.Orders, personalOrder(f))
			}
			return err
		})
	})
	if err != nil {
		return p, fmt.Errorf("personal data: %w", err)
	}
	return p, nil
}

func talkOf(r tickets.Reader, telegram int64) (*PersonalTalk, error) {
	if telegram == 0 {
		return nil, nil //nolint:nilnil // there is none
	}
	c, err := r.Conversation(telegram, telegram)
	if errors.Is(err, tickets.NotFound) {
		return nil, nil //nolint:nilnil // there is none
	}
	return &PersonalTalk{
		Chat: c.Chat, Step: c.Step, Product: c.Product, Slot: c.Slot, Units: c.Units, Order: c.Order, Message: c.Message, Changed: c.Changed,
	}, err
}

func personalOrder(f OrderFile) PersonalOrder {
	o := f.Order
	status, _ := o.Status()
	p := PersonalOrder{
		ID: o.ID, Code: o.Code, Channel: o.Channel, At: o.At, Status: status, Buyer: o.Buyer, Product: o.ProductName, Slot: o.Slot(),
		Lines: o.Quote.Lines, Total: o.Total(), Payments: []PersonalPayment{}, Received: []PersonalMoney{}, Refunds: []PersonalRefund{},
		Disputes: []PersonalDispute{}, Tickets: []PersonalTicket{}, Messages: []PersonalMessage{}, Notes: []PersonalNote{},
	}
	for _, x := range f.Payments {
		p.Payments = append(p.Payments, PersonalPayment{
			Gateway: x.Gateway, Method: x.Method, State: x.State, Total: x.Total, Fee: x.Fee, Remote: x.Remote, Lang: x.Lang, At: x.At, Paid: x.PaidAt,
		})
	}
	for _, x := range f.Captures {
		p.Received = append(p.Received, PersonalMoney{Gateway: x.Gateway, Charge: x.Charge, Payer: x.Payer, Amount: x.Amount, At: x.At})
	}
	for _, x := range f.Refunds {
		p.Refunds = append(p.Refunds, PersonalRefund{ID: x.ID, State: x.State, Amount: x.Amount, Reason: x.Reason, Note: x.Note, At: x.At, Ended: x.Ended})
	}
	for _, x := range f.Disputes {
		p.Disputes = append(p.Disputes, PersonalDispute{State: x.State, Amount: x.Amount, Reason: x.Reason, At: x.At})
	}
	for _, k := range f.Tickets {
		t := PersonalTicket{Code: k.Code, State: k.State, Slot: k.Slot, Places: k.Places, At: k.At, Used: []PersonalUse{}}
		for _, a := range tickets.Uses(f.Admissions[k.Code]) {
			t.Used = append(t.Used, PersonalUse{At: a.At, Count: a.Count, Gate: a.Gate})
		}
		p.Tickets = append(p.Tickets, t)
	}
	for _, x := range f.Deliveries {
		if x.To.Kind == tickets.ToCustomer {
			p.Messages = append(p.Messages, PersonalMessage{Kind: x.Kind, State: x.State, Chat: x.To.Chat, At: x.At, Sent: x.Sent, Words: x.Args["words"]})
		}
	}
	p.said(f)
	return p
}

// said adds what happened, and what members wrote.
func (p *PersonalOrder) said(f OrderFile) {
	for _, x := range f.Facts {
		p.Happenings = append(p.Happenings, PersonalHappening{At: x.At, What: x.Name, By: x.Actor.Kind, Way: x.Source})
		var data struct {
			Note string `json:"note"`
		}
		if json.Unmarshal(x.Data, &data) == nil && data.Note != "" {
			p.Notes = append(p.Notes, PersonalNote{At: x.At, Text: data.Note})
		}
	}
	for _, c := range f.Cases {
		if c.Note != "" {
			p.Notes = append(p.Notes, PersonalNote{At: c.Closed, Text: c.Note})
		}
	}
}

// JSON is the document, indented, as a person may read it.
func (p PersonalData) JSON() ([]byte, error) {
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("personal data: %w", err)
	}
	return append(b, '\n'), nil
}
