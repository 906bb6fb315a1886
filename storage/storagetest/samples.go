package storagetest

import (
	"encoding/json"
	"fmt"
	"time"

	"boxoffice/tickets"
)

// start is when the samples begin; sample n is n seconds later.
var start = time.Date(2026, time.March, 20, 9, 0, 0, 0, time.UTC)

func at(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }

// id is the id of sample n, made as tickets.NewID does.
func id(prefix string, n int) string {
	return fmt.Sprintf("%s%011x%013x", prefix, at(n).UnixMilli(), n)
}

func orderID(n int) tickets.OrderID       { return tickets.OrderID(id(tickets.PrefixOrder, n)) }
func customerID(n int) tickets.CustomerID { return tickets.CustomerID(id(tickets.PrefixCustomer, n)) }

const (
	merchant = tickets.MerchantID("sentosa_demo")
	pool     = tickets.PoolID("sentosa_day")
	sku      = tickets.SKUID("sentosa_family_pack")
)

// visit is the samples' visit date.
var visit = tickets.CivilDate(2026, time.March, 21)

func catalog() tickets.Catalog {
	return tickets.Catalog{
		Merchant: tickets.Merchant{ID: merchant, Names: tickets.Texts{"en": "Sentosa"}, Zone: "Asia/Singapore", Currency: "SGD"},
		Products: []tickets.Product{{ID: "sentosa", Names: tickets.Texts{"en": "Sentosa", "zh-Hans": "圣淘沙"}}},
		Pools:    []tickets.Pool{{ID: pool, Capacity: 1 << 30}},
		SKUs:     []tickets.SKU{{ID: sku, Product: "sentosa", Price: 11900, Admits: 3, Pool: pool}},
	}
}

func stockKey(d tickets.Date) tickets.StockKey {
	return tickets.StockKey{Merchant: merchant, Pool: pool, Slot: tickets.Slot{Date: d}}
}

func line(id tickets.SKUID, units int) tickets.Line {
	return tickets.Line{
		SKU: id, Names: tickets.Texts{"en": "Family pack (2+1)", "zh-Hans": "家庭套票(2大1小)"}, Units: units, Admits: 3,
		Pool: pool, UnitPrice: 11900, TicketMode: tickets.TicketPerOrder, Fulfilment: tickets.FulfilInstant,
	}
}

func order(n int) tickets.Order {
	return tickets.Order{
		ID: orderID(n), Code: tickets.OrderCode("TG", tickets.DateOf(start, time.UTC), int64(n+1)), Merchant: merchant,
		Channel:     tickets.ChannelTelegram,
		Buyer:       tickets.Buyer{Customer: customerID(n), TelegramID: int64(1000 + n), Name: fmt.Sprintf("Mei Ling %d", n), Lang: "en", Chat: int64(1000 + n)},
		ProductName: tickets.Texts{"en": "Sentosa", "zh-Hans": "圣淘沙"},
		Quote: tickets.Quote{
			Product: "sentosa", Slot: tickets.Slot{Date: visit}, Lines: []tickets.Line{line(sku, 1)},
			Total: tickets.Money{Amount: 11900, Currency: "SGD"}, At: at(n), Until: at(n + 300), Revision: 1,
		},
		Secret: fmt.Sprintf("secret-of-order-%06d", n), Confirm: fmt.Sprintf("confirm-%d", n), Stage: tickets.StageHeld,
		Gen: 1, Rev: 1, Hold: tickets.HoldID(id(tickets.PrefixHold, n)), FirstHeld: at(n), Facts: 2, At: at(n), Changed: at(n),
	}
}

func hold(n int) tickets.Hold {
	return tickets.Hold{
		ID: tickets.HoldID(id(tickets.PrefixHold, n)), Merchant: merchant, Order: orderID(n), Customer: customerID(n), Gen: 1,
		Slot: tickets.Slot{Date: visit}, Draws: []tickets.Draw{{Pool: pool, Places: 3}}, State: tickets.HoldActive,
		At: at(n), Expiry: at(n + 300), Due: at(n + 320),
	}
}

func payment(n int) tickets.Payment {
	return tickets.Payment{
		ID: tickets.SessionID(id(tickets.PrefixSession, n)), Merchant: merchant, Order: orderID(n), Gen: 1, N: 1,
		Gateway: "stripe", Method: "card", State: tickets.PaymentOpen, Total: tickets.Money{Amount: 11900, Currency: "SGD"},
		Key: string(orderID(n)) + ":1:1", Remote: fmt.Sprintf("cs_test_%d", n), Charge: fmt.Sprintf("pi_%d", n),
		At: at(n), Changed: at(n), Expiry: at(n + 300), Due: at(n + 60), Created: json.RawMessage(`{"id":"cs_test"}`),
	}
}

func capture(n int) tickets.Capture {
	return tickets.Capture{
		ID: tickets.CaptureID(id(tickets.PrefixCapture, n)), Merchant: merchant, Gateway: "stripe", Charge: fmt.Sprintf("pi_%d", n),
		Order: orderID(n), Session: tickets.SessionID(id(tickets.PrefixSession, n)), Gen: 1,
		Amount: tickets.Money{Amount: 11900, Currency: "SGD"}, Disposition: tickets.Applied, Applied: 11900, At: at(n),
	}
}

func ticket(n int) tickets.Ticket {
	return tickets.Ticket{
		Code: tickets.TicketCode(id(tickets.PrefixTicket, n)), Number: 0x9E3779B97F4A7C15 * uint64(n+1), Merchant: merchant,
		Order: orderID(n), Gen: 1, Seq: 1, Of: 1, Product: "sentosa", ProductName: tickets.Texts{"en": "Sentosa"},
		Lines: []tickets.Line{line(sku, 1)}, Slot: tickets.Slot{Date: visit}, Places: 3, State: tickets.TicketValid,
		Text: "TEXT", Kid: 1, At: at(n), Changed: at(n),
	}
}

func admission(n int) tickets.Admission {
	return tickets.Admission{
		Ticket: tickets.TicketCode(id(tickets.PrefixTicket, n)), N: 1, Order: orderID(n), Count: 2, Gate: "north",
		By: tickets.Actor{Kind: tickets.ActorMember, ID: "mem_1"}, Key: "press-1", At: at(n),
	}
}

func fact(n int, seq int64) tickets.Fact {
	return tickets.Fact{
		Order: orderID(n), Seq: seq, Name: tickets.InventoryLocked, At: at(n), Source: "bot", Result: "ok",
		Actor: tickets.Actor{Kind: tickets.ActorCustomer, ID: string(customerID(n))}, Data: json.RawMessage(`{"places":3}`),
	}
}

func delivery(n int) tickets.Delivery {
	return tickets.Delivery{
		ID: tickets.DeliveryID(id(tickets.PrefixDelivery, n)), Key: string(orderID(n)) + ":2:live:customer", Merchant: merchant,
		Order: orderID(n), Kind: tickets.SayLive, To: tickets.Destination{Kind: tickets.ToCustomer, Chat: 1000},
		Args: map[string]string{"fact": "2"}, State: tickets.DeliveryQueued, Due: at(n), At: at(n),
	}
}

func notice(n int) tickets.Notice {
	return tickets.Notice{
		ID: tickets.NoticeID(id(tickets.PrefixNotice, n)), Gateway: "stripe", Event: fmt.Sprintf("evt_%d", n), Type: "paid",
		Headers: map[string]string{"Content-Type": "application/json"}, Body: []byte(`{"raw": <bytes>}`), At: at(n), Count: 1, Due: at(n),
	}
}

func incoming(n int) tickets.Incoming {
	return tickets.Incoming{Bot: 7, Update: int64(100 + n), Key: "chat:1", Body: []byte(`{"update_id":1}`), At: at(n)}
}

func customer(n int) tickets.Customer {
	return tickets.Customer{ID: customerID(n), Merchant: merchant, TelegramID: int64(1000 + n), Name: "Mei Ling", Lang: "en", At: at(n)}
}

func member(n int) tickets.Member {
	return tickets.Member{
		ID: tickets.MemberID(id(tickets.PrefixMember, n)), Merchant: merchant, TelegramID: int64(2000 + n), Name: "Ah Huat",
		Role: tickets.RoleOwner, At: at(n),
	}
}

func invite(n int) tickets.Invite {
	return tickets.Invite{Hash: fmt.Sprintf("invite-%d", n), Merchant: merchant, Purpose: tickets.InviteLink, Role: tickets.RoleOwner, At: at(n), Expiry: at(n + 900)}
}

func token(n int) tickets.APIToken {
	return tickets.APIToken{
		ID: tickets.TokenID(id(tickets.PrefixToken, n)), Merchant: merchant, Name: "reports", Hash: fmt.Sprintf("token-%d", n),
		Scopes: []string{tickets.ScopeOrdersRead}, At: at(n),
	}
}

func signingKey(n int) tickets.SigningKey {
	return tickets.SigningKey{Kid: uint8(n), Seed: []byte("0123456789abcdef0123456789abcdef"), Public: []byte("public"), At: at(n)}
}

func conversation(n int) tickets.Conversation {
	q := order(n).Quote
	return tickets.Conversation{
		Chat: int64(1000 + n), User: int64(1000 + n), Flow: "flow", Version: 3, Step: "units", Product: "sentosa",
		Units: map[tickets.SKUID]int{sku: 2}, Quote: &q, Extra: map[string]any{"page": "2"}, Changed: at(n),
	}
}
