package checkout

import (
	"context"
	"fmt"
	"time"

	"boxoffice/tickets"
)

// Invoice is a bill in the chat, as a gateway asks a chat's door to show one.
type Invoice struct {
	Chat    int64             // where: the buyer's private chat
	Payload tickets.SessionID // comes back with the question and with the money
	Token   string            // of the payment provider; "" for Stars
	Title   string            // what is bought, in the customer's language
	Lang    string
	Total   tickets.Money // as the provider counts it: Amount is in its smallest units
	Order   tickets.Order
}

// StarTransaction is one movement of the bot's Stars.
type StarTransaction struct {
	Charge  string            // the payment's charge id; a refund has its payment's
	Payload tickets.SessionID // of an incoming payment's invoice
	User    int64             // who paid, or got the money back; 0: not a person
	Stars   int64
	Refund  bool // outgoing, to the person who paid
	At      time.Time
}

// Hear stores what a provider told by another way than its webhook, and judges it, as [Desk.Receive] does with a
// notice: the door that calls it has made sure of where it comes from. body is what [Gateway.Read] reads. nil means
// that it is durable; the same event again changes nothing. While the gateway is not configured it is stored all the
// same, waits for it, and a person is told. It fails with Invalid, and with Unavailable when it could not be stored.
func (d *Desk) Hear(ctx context.Context, gateway string, ev Event, body []byte) error {
	began := d.Now()
	if gateway == "" || ev.ID == "" || len(body) > maxNotice {
		return tickets.Refuse(tickets.Invalid, "%s event %q of %d bytes", gateway, ev.Type, len(body))
	}
	if err := d.receive(ctx, gateway, ev, nil, body, began); err != nil {
		return fmt.Errorf("hear of %s: %w", gateway, err)
	}
	return nil
}
