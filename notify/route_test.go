package notify

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"boxoffice/tickets"
)

var t0 = time.Date(2026, 3, 20, 8, 36, 16, 28e6, time.UTC)

func telegramOrder() tickets.Order {
	return tickets.Order{
		ID: "order_7cb78b0f45ebf19d0a63581c", Merchant: "sentosa_demo", Channel: tickets.ChannelTelegram,
		Buyer: tickets.Buyer{Chat: 6700000001}, Stage: tickets.StageHeld,
		Quote: tickets.Quote{Lines: []tickets.Line{{SKU: "sentosa_family_pack", Units: 1, Admits: 3}}},
	}
}

func fact(seq int64, name tickets.FactName, data string) tickets.Fact {
	f := tickets.Fact{Order: "order_7cb78b0f45ebf19d0a63581c", Seq: seq, Name: name, At: t0}
	if data != "" {
		f.Data = json.RawMessage(data)
	}
	return f
}

// says writes deliveries as "kind>to".
func says(ds []tickets.Delivery) string {
	var out []string
	for _, d := range ds {
		out = append(out, d.Kind+">"+d.To.Kind)
	}
	return strings.Join(out, " ")
}

func TestRouteSaysWhoHearsOfAFact(t *testing.T) {
	t.Parallel()
	manual := telegramOrder()
	manual.Quote.Lines[0].Fulfilment = tickets.FulfilManual
	api := telegramOrder()
	api.Buyer.Chat = 0
	for _, c := range []struct {
		name  string
		order tickets.Order
		facts []tickets.Fact
		want  string
	}{
		{"a placed order makes a reminder", telegramOrder(), []tickets.Fact{
			fact(1, tickets.OrderDraftCreated, `{}`),
			fact(2, tickets.InventoryLocked, `{"expiryAt":"2026-03-20T08:41:16.030Z"}`),
		}, "hold_reminder>customer"},
		{"a hold too short for a reminder makes none", telegramOrder(), []tickets.Fact{
			fact(2, tickets.InventoryLocked, `{"expiryAt":"2026-03-20T08:38:16.000Z"}`),
		}, ""},
		{"an opened page is shown by who opened it", telegramOrder(), []tickets.Fact{
			fact(3, tickets.CheckoutRequested, ""), fact(4, tickets.PaymentSessionCreated, ""),
		}, ""},
		{"paid at once: card, merchant, tickets", telegramOrder(), []tickets.Fact{
			fact(5, tickets.CheckoutCompleted, ""), fact(6, tickets.FulfillmentIssued, ""),
		}, "live>customer paid>merchant tickets>customer"},
		{"paid, a person issues", manual, []tickets.Fact{fact(5, tickets.CheckoutCompleted, "")},
			"live>customer manual>customer paid>merchant issue>merchant"},
		{"paid by API: the merchant only", api, []tickets.Fact{
			fact(5, tickets.CheckoutCompleted, ""), fact(6, tickets.FulfillmentIssued, ""),
		}, "paid>merchant"},
		{"late and accepted", telegramOrder(), []tickets.Fact{
			fact(8, tickets.LatePaymentAccepted, ""), fact(9, tickets.CheckoutCompleted, ""), fact(10, tickets.FulfillmentIssued, ""),
		}, "live>customer late_accepted>customer paid>merchant tickets>customer"},
		{"late and in review", telegramOrder(), []tickets.Fact{fact(8, tickets.LatePaymentReceived, "")},
			"live>customer late_review>customer money>merchant"},
		{"declined", telegramOrder(), []tickets.Fact{fact(5, tickets.PaymentRefused, ""), fact(6, tickets.HoldExtended, "")},
			"live>customer payment_failed>customer"},
		{"expired", telegramOrder(), []tickets.Fact{fact(5, tickets.HoldLapsed, ""), fact(6, tickets.OrderCancelled, "")}, "live>customer"},
		{"cancelled", telegramOrder(), []tickets.Fact{fact(5, tickets.OrderCancelled, "")}, "live>customer"},
		{"money of no order", tickets.Order{Merchant: "sentosa_demo"},
			[]tickets.Fact{{Name: tickets.PaymentUnmatched, At: t0, Key: "stripe:pi_1"}}, "money>merchant"},
		{"test money", telegramOrder(), []tickets.Fact{fact(5, tickets.TestPaymentIgnored, "")}, "money>merchant"},
		{"nothing came of it", telegramOrder(), []tickets.Fact{fact(5, tickets.EventIgnored, "")}, ""},
	} {
		if got := says(Route(c.order, c.facts)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestRouteTellsWhenReviewTimeIsOver(t *testing.T) {
	t.Parallel()
	f := fact(7, tickets.HoldLapsed, "")
	if got := says(Route(telegramOrder(), []tickets.Fact{f})); got != "live>customer" {
		t.Errorf("an ordinary release: %q", got)
	}
	f.Transition = tickets.TReviewExpired
	if got := says(Route(telegramOrder(), []tickets.Fact{f})); got != "live>customer money>merchant" {
		t.Errorf("money stays, places went: %q", got)
	}
}

func TestRouteMakesCompleteDeliveries(t *testing.T) {
	t.Parallel()
	o := telegramOrder()
	facts := []tickets.Fact{
		fact(2, tickets.InventoryLocked, `{"expiryAt":"2026-03-20T08:41:16.030Z"}`),
		fact(4, tickets.PaymentRefused, `{"paymentMethod":"card"}`),
		fact(5, tickets.PaymentOverpaid, `{"amount":12000,"currency":"SGD","test":false,"nested":{"a":1}}`),
	}
	ds := Route(o, facts)
	keys, ids := map[string]bool{}, []string{}
	for _, d := range ds {
		if !tickets.ValidID(tickets.PrefixDelivery, string(d.ID)) {
			t.Errorf("id %q has not the form of an id", d.ID)
		}
		if d.State != tickets.DeliveryQueued || d.Merchant != o.Merchant || d.Order != o.ID || !d.At.Equal(t0) {
			t.Errorf("incomplete delivery %+v", d)
		}
		if d.To.Kind == tickets.ToCustomer && d.To.Chat != o.Buyer.Chat {
			t.Errorf("customer delivery to chat %d", d.To.Chat)
		}
		keys[d.Key] = true
		ids = append(ids, string(d.ID))
	}
	if len(keys) != len(ds) || !slices.IsSorted(ids) {
		t.Errorf("keys %v are not unique, or ids %v not in the order of arrival", keys, ids)
	}
	if got, want := ds[0].Due, time.Date(2026, 3, 20, 8, 39, 16, 30e6, time.UTC); !got.Equal(want) {
		t.Errorf("reminder due %s, want two minutes before the end, %s", got, want)
	}
	if ds[0].Key != string(o.ID)+":2:hold_reminder:customer" {
		t.Errorf("key %q", ds[0].Key)
	}
	if ds[2].Kind != tickets.SayPaymentFailed || ds[2].Args["paymentMethod"] != "card" {
		t.Errorf("the decline: %+v", ds[2])
	}
	merchant := ds[len(ds)-1]
	if merchant.Args[ArgFact] != "PAYMENT_OVERPAID" || merchant.Args["amount"] != "12000" || merchant.Args["currency"] != "SGD" || merchant.Args["nested"] != "" {
		t.Errorf("args of the money message: %v", merchant.Args)
	}
}

func TestRouteTwiceGivesTheSame(t *testing.T) {
	t.Parallel()
	facts := []tickets.Fact{fact(5, tickets.CheckoutCompleted, `{"a":"1","b":"2"}`), fact(6, tickets.FulfillmentIssued, "")}
	a, b := Route(telegramOrder(), facts), Route(telegramOrder(), facts)
	if fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("routed twice:\n%v\n%v", a, b)
	}
}

func TestRouteTellsUnmatchedMoneyApart(t *testing.T) {
	t.Parallel()
	one := tickets.Fact{Name: tickets.PaymentUnmatched, At: t0, Key: "stripe:pi_1"}
	two := one
	two.Key = "stripe:pi_2"
	bare, other := one, one
	bare.Key, bare.Data = "", json.RawMessage(`{"chargeId":"pi_1"}`)
	other.Key, other.Data = "", json.RawMessage(`{"chargeId":"pi_2"}`)
	m := tickets.Order{Merchant: "sentosa_demo"}
	for _, pair := range [][2]tickets.Fact{{one, two}, {bare, other}} {
		if a, b := Route(m, pair[:1])[0], Route(m, pair[1:])[0]; a.Key == b.Key || a.ID == b.ID {
			t.Errorf("two charges share the delivery %s %s", a.ID, a.Key)
		}
	}
}

func TestBackoffClimbsTheLadder(t *testing.T) {
	t.Parallel()
	steps := DefaultLadder()
	for n := 1; n <= len(steps); n++ {
		wait, again := Backoff(steps, "dlv_0123456789abcdef01234567", n)
		if step := steps[n-1]; !again || wait < step || wait > step+step/10 {
			t.Errorf("attempt %d waits %s (%v), want %s and at most a tenth more", n, wait, again, step)
		}
		if twice, _ := Backoff(steps, "dlv_0123456789abcdef01234567", n); twice != wait {
			t.Errorf("attempt %d waits %s, then %s", n, wait, twice)
		}
	}
	if _, again := Backoff(steps, "dlv_x", len(steps)+1); again {
		t.Error("the ladder has no end")
	}
	a, _ := Backoff(steps, "dlv_a", 1)
	b, _ := Backoff(steps, "dlv_b", 1)
	if a == b {
		t.Error("two deliveries come back at the same time")
	}
}
