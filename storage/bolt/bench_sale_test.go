package bolt

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"boxoffice/tickets"
)

var benchStart = time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)

// benchID is the id of a thing made at the n-th order, five orders a millisecond.
func benchID(prefix string, n int) string {
	return fmt.Sprintf("%s%011x%013x", prefix, benchStart.UnixMilli()+int64(n/5), uint64(n)*0x9E3779B97F4A7C15>>12)
}

func benchCatalog() tickets.Catalog {
	return tickets.Catalog{
		Merchant: tickets.Merchant{ID: "sentosa_demo", Names: tickets.Texts{"en": "Sentosa"}, Zone: "Asia/Singapore", Currency: "SGD"},
		Products: []tickets.Product{{ID: "sentosa_demo", Names: tickets.Texts{"en": "Sentosa", "zh-Hans": "圣淘沙", "zh-Hant": "聖淘沙"}}},
		Pools:    []tickets.Pool{{ID: "sentosa_day", Capacity: 100_000_000}},
		SKUs: []tickets.SKU{{
			ID: "sentosa_family_pack", Product: "sentosa_demo", Price: 11900, Admits: 3, Pool: "sentosa_day",
			Names: tickets.Texts{"en": "Sentosa family pack (2 adults, 1 child)", "zh-Hans": "Sentosa 家庭套票(2大1小)"},
		}},
	}
}

var benchSKU = benchCatalog().SKUs[0]

// sale is all that placing an order writes, but for what only the transaction knows.
type sale struct {
	order    tickets.Order
	hold     tickets.Hold
	delivery tickets.Delivery
}

// newSale makes the n-th sale: visits spread over a week, one customer of eight has bought before.
func newSale(n int) *sale {
	at := benchStart.Add(time.Duration(n/5) * time.Millisecond)
	buyer := n
	if n%8 == 7 {
		buyer = pick(n, n)
	}
	sku := benchSKU
	slot := tickets.Slot{Date: tickets.DateOf(at, time.UTC) + tickets.Date(n%7)}
	s := &sale{}
	s.order = tickets.Order{
		ID: tickets.OrderID(benchID(tickets.PrefixOrder, n)), Merchant: "sentosa_demo", Channel: tickets.ChannelTelegram,
		Buyer: tickets.Buyer{
			Customer: tickets.CustomerID(benchID(tickets.PrefixCustomer, buyer)), TelegramID: int64(5_000_000_000 + buyer),
			Username: fmt.Sprintf("user%d", buyer), Name: benchName(buyer), Lang: "zh-Hans", Chat: int64(5_000_000_000 + buyer),
		},
		ProductName: tickets.Texts{"en": "Sentosa", "zh-Hans": "圣淘沙", "zh-Hant": "聖淘沙"},
		Quote: tickets.Quote{
			Product: "sentosa_demo", Slot: slot, At: at, Until: at.Add(10 * time.Minute), Revision: 1,
			Total: tickets.Money{Amount: 11900, Currency: "SGD"},
			Lines: []tickets.Line{{
				SKU: sku.ID, Names: sku.Names, Units: 1, Admits: 3, Pool: sku.Pool, UnitPrice: 11900,
				TicketMode: tickets.TicketPerOrder, Fulfilment: tickets.FulfilInstant,
			}},
		},
		Secret: fmt.Sprintf("%022x", n), Confirm: fmt.Sprintf("c%x:3", uint64(n)*0x9E3779B97F4A7C15), Gen: 1, FirstHeld: at, At: at, Changed: at,
	}
	s.hold = tickets.Hold{
		ID: tickets.HoldID(benchID(tickets.PrefixHold, n)), Merchant: "sentosa_demo", Order: s.order.ID, Customer: s.order.Buyer.Customer,
		Gen: 1, Slot: slot, Draws: tickets.Draws(s.order.Quote.Lines), State: tickets.HoldActive, At: at,
		Expiry: at.Add(5 * time.Minute), Due: at.Add(5*time.Minute + 20*time.Second),
	}
	s.order.Hold = s.hold.ID
	s.delivery = tickets.Delivery{
		ID: tickets.DeliveryID(benchID(tickets.PrefixDelivery, n)), Key: string(s.order.ID) + ":2:live:customer", Merchant: "sentosa_demo",
		Order: s.order.ID, Kind: tickets.SayLive, To: tickets.Destination{Kind: tickets.ToCustomer, Chat: s.order.Buyer.Chat},
		State: tickets.DeliveryQueued, Due: at, At: at,
	}
	return s
}

// benchName is one of some thousand names.
func benchName(n int) string {
	family := []string{"Tan", "Lim", "Lee", "Ng", "Wong", "Goh", "Chua", "Chan", "Koh", "Teo", "Ang", "Yeo", "Ong", "Ho", "Low", "Sim", "Chong", "陈", "林", "李", "黄", "张"}
	given := []string{"Mei Ling", "Wei Ming", "Jia Hui", "Xin Yi", "Hui Min", "Zhi Hao", "Siew Eng", "Kok Leong", "美玲", "伟明", "家慧", "Siti", "Priya", "Arun", "Daniel", "Sarah"}
	return fmt.Sprintf("%s %s %c", family[n%len(family)], given[n/len(family)%len(given)], 'A'+n/500%26)
}

// write is the transaction of placing an order.
func (s *sale) write(tx tickets.Tx) error {
	o := s.order
	c, err := tx.Catalog()
	if err != nil {
		return err
	}
	if _, err := tx.OrderByConfirm(o.Buyer.Customer, o.Confirm); tickets.KindOf(err) != tickets.NotFound {
		return fmt.Errorf("confirmed before: %w", err)
	}
	n, err := tx.OrderCodes(o.Merchant, tickets.DateOf(o.At, time.UTC), 1)
	if err != nil {
		return err
	}
	o.Code = tickets.OrderCode("TG", tickets.DateOf(o.At, time.UTC), n)
	if err := s.draw(tx, c); err != nil {
		return err
	}
	actor := tickets.Actor{Kind: tickets.ActorCustomer, ID: string(o.Buyer.Customer), Name: o.Buyer.Name}
	before, err := o.Move(tickets.TPlace, o.At)
	if err != nil {
		return err
	}
	facts := []tickets.Fact{
		o.Record(tickets.OrderDraftCreated, o.At, actor, "bot", tickets.TPlace, before, map[string]any{"total": o.Total()}),
		o.Record(tickets.InventoryLocked, o.At, actor, "bot", tickets.TPlace, before, map[string]any{"places": o.Places(), "expiry": s.hold.Expiry}),
	}
	for _, err := range []error{tx.CreateHold(s.hold), tx.CreateOrder(o), tx.Append(facts...), tx.CreateDelivery(s.delivery)} {
		if err != nil {
			return err
		}
	}
	return nil
}

// draw takes the places from stock.
func (s *sale) draw(tx tickets.Tx, c *tickets.Catalog) error {
	for _, d := range s.hold.Draws {
		key := tickets.StockKey{Merchant: s.hold.Merchant, Pool: d.Pool, Slot: s.hold.Slot}
		st, err := tx.Stock(key)
		if tickets.KindOf(err) == tickets.NotFound {
			var p tickets.Pool
			p, err = c.Pool(d.Pool)
			st = tickets.Stock{Key: key, Capacity: p.CapacityOn(key.Slot)}
		}
		if err != nil {
			return err
		}
		if err := st.Hold(d.Places); err != nil {
			return err
		}
		if err := tx.PutStock(st); err != nil {
			return err
		}
	}
	return nil
}

func place(ctx context.Context, s tickets.Store, n int) error { return s.Update(ctx, newSale(n).write) }

// pick is a number below n that looks random and is always the same for i.
func pick(i, n int) int { return rand.New(rand.NewPCG(uint64(i), 7)).IntN(max(n, 1)) }
