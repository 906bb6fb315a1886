package console_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"boxoffice/tickets"
)

// The past of a crowded shop: orders spread evenly over the hundred days before it was filled, of which an eighth was
// never paid, one in fifty was refunded, and the others had their tickets.
const (
	fillDays  = 100
	fillChunk = 200
	fillCrews = 16
)

var fillNames = []string{"Tan Mei Ling", "Abdul Rahman", "Priya Nair", "王小明", "陳大文", "John Smith", "Nguyễn Văn An", "Kim Min-jun"}

// past is the n-th order: what of it can be known without reading it.
type past struct {
	n        int
	at       time.Time
	order    tickets.OrderID
	customer tickets.CustomerID
	code     string
	charge   string
}

func pastID(prefix string, at time.Time, n int) string {
	return fmt.Sprintf("%s%011x%013x", prefix, at.UnixMilli(), uint64(n)*0x9E3779B97F4A7C15>>12)
}

// past is the shop's n-th order, which is the same in each run on one file.
func (s *crowdedShop) past(n int) past {
	at := s.end.Add(-fillDays * 24 * time.Hour).Add(time.Duration(n) * (fillDays * 24 * time.Hour / time.Duration(s.n))).Truncate(time.Millisecond)
	buyer := n
	if n%8 == 7 { // somebody who has bought before
		buyer = n / 2 &^ 1
	}
	p := past{n: n, at: at, order: tickets.OrderID(pastID(tickets.PrefixOrder, at, n)), charge: pastID("pi_", at, n)}
	p.customer = tickets.CustomerID(pastID(tickets.PrefixCustomer, s.end.Add(time.Duration(buyer)*time.Millisecond), buyer))
	p.code = fmt.Sprintf("BX%s%07d", at.Format("060102"), n)
	return p
}

func (p past) day() string { return p.at.Format(time.DateOnly) }

// settingEnd remembers when a filled shop's past ends.
const settingEnd = "bench_end"

// fill writes the past of the shop, unless an earlier run did.
func (s *crowdedShop) fill() {
	s.t.Helper()
	began := time.Now()
	s.end = began.UTC().Truncate(24 * time.Hour)
	var end string
	err := s.w.store.View(s.t.Context(), func(r tickets.Reader) (err error) { end, err = r.Setting(settingEnd); return err })
	if err == nil {
		s.end, err = time.Parse(time.RFC3339, end)
		must(s.t, err)
		return
	}
	if !errors.Is(err, tickets.NotFound) {
		s.t.Fatal(err)
	}
	_, _, err = s.desk.Apply(s.t.Context(), tickets.Catalog{
		Merchant: tickets.Merchant{ID: "sentosa_demo", Names: tickets.Texts{"en": "Crowd"}, Zone: "UTC", Currency: "SGD", Languages: []string{"en"}},
		Products: []tickets.Product{{ID: "crowd", Names: tickets.Texts{"en": "Cable car", "zh-Hans": "缆车"}}},
		Pools:    []tickets.Pool{{ID: "day", Capacity: 1_000_000}},
		SKUs:     []tickets.SKU{{ID: "crowd_adult", Product: "crowd", Names: tickets.Texts{"en": "Adult"}, Price: 3600, Admits: 1, Pool: "day"}},
	})
	must(s.t, err)
	work := make(chan int)
	var wg sync.WaitGroup
	for range fillCrews {
		wg.Go(func() {
			for first := range work {
				err := s.w.store.Update(context.Background(), func(tx tickets.Tx) error {
					for i := first; i < min(first+fillChunk, s.n); i++ {
						if err := writePast(tx, s.past(i)); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					s.t.Error(err)
				}
			}
		})
	}
	for i := 0; i < s.n; i += fillChunk {
		work <- i
	}
	close(work)
	wg.Wait()
	must(s.t, s.w.store.Update(s.t.Context(), func(tx tickets.Tx) error { return tx.PutSetting(settingEnd, s.end.Format(time.RFC3339)) }))
	fmt.Printf("filled with %d orders in %s\n", s.n, time.Since(began).Round(time.Second))
}

// writePast writes an order with all that is of it.
func writePast(tx tickets.Tx, p past) error {
	name := fillNames[p.n%len(fillNames)]
	c := tickets.Customer{ID: p.customer, Merchant: "sentosa_demo", TelegramID: int64(7_000_000_000 + p.n), Username: "user" + strconv.Itoa(p.n), Name: name, Lang: "en", At: p.at}
	line := tickets.Line{SKU: "crowd_adult", Names: tickets.Texts{"en": "Adult"}, Units: 2, Admits: 1, Pool: "day", UnitPrice: 3600, TicketMode: tickets.TicketPerOrder}
	total := tickets.Money{Amount: 7200, Currency: "SGD"}
	o := tickets.Order{
		ID: p.order, Code: p.code, Merchant: "sentosa_demo", Channel: tickets.ChannelTelegram, ProductName: tickets.Texts{"en": "Cable car", "zh-Hans": "缆车"},
		Buyer: tickets.Buyer{Customer: p.customer, TelegramID: c.TelegramID, Username: c.Username, Name: name, Lang: "en"},
		Quote: tickets.Quote{
			Product: "crowd", Slot: tickets.Slot{Date: tickets.DateOf(p.at, time.UTC) + tickets.Date(p.n%14)}, Lines: []tickets.Line{line}, Total: total, At: p.at, Until: p.at.Add(time.Hour),
		},
		Secret: "secretsecretsecretsecr", Confirm: "c" + strconv.Itoa(p.n), Gen: 1, Rev: 4, FirstHeld: p.at, At: p.at, Changed: p.at.Add(time.Minute),
		Hold: tickets.HoldID(pastID(tickets.PrefixHold, p.at, p.n)),
	}
	h := tickets.Hold{
		ID: o.Hold, Merchant: o.Merchant, Order: o.ID, Customer: p.customer, Gen: 1, Slot: o.Slot(), Draws: tickets.Draws(o.Quote.Lines), State: tickets.HoldConsumed,
		At: p.at, Expiry: p.at.Add(5 * time.Minute), Ended: p.at.Add(time.Minute),
	}
	facts := []tickets.FactName{tickets.OrderDraftCreated, tickets.InventoryLocked}
	o.Stage = tickets.StageFulfilled
	if p.n%8 == 3 {
		h.State, o.Stage, o.EndedAs, o.EndedBy = tickets.HoldExpired, tickets.StageExpired, tickets.StageExpired, tickets.ActorSystem
		facts = append(facts, tickets.HoldLapsed)
	} else {
		facts = append(facts, tickets.PaymentSessionCreated, tickets.CheckoutCompleted, tickets.FulfillmentIssued)
		if err := writePaid(tx, &o, p); err != nil {
			return err
		}
	}
	var rows []tickets.Fact
	for _, f := range facts {
		rows = append(rows, o.Record(f, p.at, tickets.Actor{Kind: tickets.ActorSystem}, "bot", "", "", map[string]any{"total": total}))
	}
	d := tickets.Delivery{
		ID: tickets.DeliveryID(pastID(tickets.PrefixDelivery, p.at, p.n)), Key: string(o.ID) + ":5:tickets:customer", Merchant: o.Merchant, Order: o.ID,
		Kind: tickets.SayTickets, To: tickets.Destination{Kind: tickets.ToCustomer}, State: tickets.DeliverySent, Attempts: 1, At: p.at, Sent: p.at,
	}
	if p.n%8 != 7 {
		if err := tx.PutCustomer(c); err != nil {
			return err
		}
	}
	for _, err := range []error{tx.CreateHold(h), tx.CreateOrder(o), tx.Append(rows...), tx.CreateDelivery(d)} {
		if err != nil {
			return err
		}
	}
	return nil
}

// writePaid writes the order's payment, its money, its ticket and perhaps its refund.
func writePaid(tx tickets.Tx, o *tickets.Order, p past) error {
	at := p.at.Add(time.Minute)
	pay := tickets.Payment{
		ID: tickets.SessionID(pastID(tickets.PrefixSession, p.at, p.n)), Merchant: o.Merchant, Order: o.ID, Gen: 1, N: 1, Gateway: "stripe", Method: "card", Protocol: "hosted",
		State: tickets.PaymentCaptured, Total: o.Total(), Key: string(o.ID) + ":1:1", Remote: pastID("cs_live_", p.at, p.n), Charge: p.charge, At: p.at, Changed: at, Expiry: at, PaidAt: at,
	}
	c := tickets.Capture{
		ID: tickets.CaptureID(pastID(tickets.PrefixCapture, p.at, p.n)), Merchant: o.Merchant, Gateway: "stripe", Charge: p.charge, Order: o.ID, Session: pay.ID, Gen: 1,
		Amount: o.Total(), Disposition: tickets.Applied, Applied: o.Total().Amount, At: at,
	}
	k := tickets.Ticket{
		Code: tickets.TicketCode(pastID(tickets.PrefixTicket, p.at, p.n)), Number: uint64(p.n) + 1, Merchant: o.Merchant, Order: o.ID, OrderCode: o.Code, Gen: 1, Seq: 1, Of: 1,
		Product: "crowd", ProductName: o.ProductName, Lines: o.Quote.Lines, Slot: o.Slot(), Places: 2, State: tickets.TicketValid, At: at, Changed: at,
	}
	o.Applied, o.PaidBy, o.Session, o.Method, o.PaymentRef, o.Attempts = c.Applied, pay.ID, pay.ID, "card", "card_"+p.charge, 1
	if p.n%50 == 0 {
		c.Returned, o.Refunded, o.Refund, o.Stage, k.State = c.Applied, c.Applied, tickets.RefundSucceeded, tickets.StageRefunded, tickets.TicketRevoked
		f := tickets.Refund{
			ID: tickets.RefundID(pastID(tickets.PrefixRefund, p.at, p.n)), Merchant: o.Merchant, Order: o.ID, Gateway: "stripe", Charge: p.charge, Amount: o.Total(),
			Tickets: []tickets.TicketCode{k.Code}, Source: tickets.RefundByBuyer, State: tickets.RefundSucceeded, Remote: pastID("re_", p.at, p.n), At: at, Changed: at, Ended: at,
		}
		if err := tx.CreateRefund(f); err != nil {
			return err
		}
	}
	for _, err := range []error{tx.CreatePayment(pay), tx.CreateCapture(c), tx.CreateTicket(k)} {
		if err != nil {
			return err
		}
	}
	return nil
}
