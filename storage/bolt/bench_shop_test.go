package bolt

import (
	"encoding/json"
	"fmt"
	"time"

	"boxoffice/tickets"
)

// over writes the n-th sale as a shop keeps it that has been open for a while: one of eight was never paid and expired,
// the others were paid by card, and their tickets were issued and sent.
func (s *sale) over(tx tickets.Tx, n int) error {
	o, h, d := &s.order, &s.hold, &s.delivery
	at := o.At.Add(time.Minute)
	number, err := tx.OrderCodes(o.Merchant, tickets.DateOf(o.At, time.UTC), 1)
	if err != nil {
		return err
	}
	o.Code = tickets.OrderCode("TG", tickets.DateOf(o.At, time.UTC), number)
	h.Due, h.Ended, o.Changed = time.Time{}, at, at
	d.State, d.Due, d.Sent, d.Message, d.Attempts = tickets.DeliverySent, time.Time{}, at, n, 1
	names := []tickets.FactName{tickets.OrderDraftCreated, tickets.InventoryLocked}
	if n%8 == 3 {
		h.State, o.Stage, o.EndedAs, o.EndedBy = tickets.HoldExpired, tickets.StageExpired, tickets.StageExpired, tickets.ActorSystem
		names = append(names, tickets.HoldLapsed)
	} else {
		h.State, o.Stage = tickets.HoldConsumed, tickets.StageFulfilled
		names = append(names, tickets.PaymentSessionCreated, tickets.CheckoutCompleted, tickets.FulfillmentIssued)
		if err := s.paid(tx, n, at); err != nil {
			return err
		}
	}
	var facts []tickets.Fact
	for _, name := range names {
		facts = append(facts, o.Record(name, at, tickets.Actor{Kind: tickets.ActorSystem}, "bot", tickets.TPlace, "", map[string]any{"total": o.Total()}))
	}
	c := tickets.Customer{
		ID: o.Buyer.Customer, Merchant: o.Merchant, TelegramID: o.Buyer.TelegramID, Username: o.Buyer.Username, Name: o.Buyer.Name, At: o.At,
	}
	for _, err := range []error{tx.CreateHold(*h), tx.CreateOrder(*o), tx.Append(facts[:2]...), tx.Append(facts[2:]...), tx.CreateDelivery(*d), tx.PutCustomer(c)} {
		if err != nil {
			return err
		}
	}
	return nil
}

// paid writes what paying for the sale left behind.
func (s *sale) paid(tx tickets.Tx, n int, at time.Time) error {
	o := &s.order
	charge := benchID("pi_", n) // providers name things by time as well
	p := tickets.Payment{
		ID: tickets.SessionID(benchID(tickets.PrefixSession, n)), Merchant: o.Merchant, Order: o.ID, Gen: 1, N: 1, Gateway: "stripe", Method: "card",
		Protocol: "hosted", State: tickets.PaymentCaptured, Total: o.Total(), Key: string(o.ID) + ":1:1", Remote: benchID("cs_live_a1", n),
		Charge: charge, At: at, Changed: at, Expiry: at, PaidAt: at, Created: json.RawMessage(`{"object":"checkout.session","status":"open"}`),
	}
	c := tickets.Capture{
		ID: tickets.CaptureID(benchID(tickets.PrefixCapture, n)), Merchant: o.Merchant, Gateway: "stripe", Charge: charge, Order: o.ID, Session: p.ID,
		Gen: 1, Amount: o.Total(), Disposition: tickets.Applied, Applied: o.Total().Amount, At: at,
	}
	t := tickets.Ticket{
		Code: tickets.TicketCode(benchID(tickets.PrefixTicket, n)), Number: scattered(n), Merchant: o.Merchant, Order: o.ID, OrderCode: o.Code, Gen: 1,
		Seq: 1, Of: 1, Product: o.Quote.Product, ProductName: o.ProductName, Lines: o.Quote.Lines, Slot: o.Quote.Slot, Places: 3,
		State: tickets.TicketValid, Kid: 1, At: at, Changed: at,
	}
	o.Session, o.PaidBy, o.Method, o.PaymentRef, o.Applied = p.ID, p.ID, p.Method, "card_"+charge, o.Total().Amount
	o.Fulfilment = tickets.Fulfilment{ID: tickets.FulfilmentID(benchID(tickets.PrefixFulfilment, n)), State: tickets.FulfilmentIssued, At: at}
	sent := s.delivery
	sent.ID, sent.Key, sent.Kind = sent.ID[:15]+tickets.DeliveryID(fmt.Sprintf("%013x", scattered(n+1<<40)>>12)), string(o.ID)+":5:tickets:customer", tickets.SayTickets
	sent.State, sent.Due, sent.Sent, sent.Message = tickets.DeliverySent, time.Time{}, at, n
	for _, err := range []error{tx.CreatePayment(p), tx.CreateCapture(c), tx.CreateTicket(t), tx.CreateDelivery(sent)} {
		if err != nil {
			return err
		}
	}
	return nil
}

// scattered numbers things in no order.
func scattered(n int) uint64 { return uint64(n) * 0x9E3779B97F4A7C15 }
