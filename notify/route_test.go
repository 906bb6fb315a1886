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

func by(k tickets.ActorKind, f tickets.Fact) tickets.Fact {
	f.Actor.Kind = k
	return f
}

func came(word string, f tickets.Fact) tickets.Fact {
	f.Result = word
	return f
}

// second is a yes that needs another.
func second(source string) tickets.Fact {
	f := came("second_needed", by(tickets.ActorMember, fact(8, tickets.RefundAgreed, "")))
	f.Source = source
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
		{"late, and the product leaves it to people", telegramOrder(), []tickets.Fact{
			fact(8, tickets.LatePaymentReceived, `{"reason":"policy","owed":119}`),
		}, "live>customer late_review>customer"},
		{"its case", telegramOrder(), []tickets.Fact{fact(9, tickets.CaseOpened, `{"caseId":"case_1","kind":"late"}`)}, "case>merchant"},
		{"a case that was closed", telegramOrder(), []tickets.Fact{came("kept", fact(9, tickets.CaseClosed, `{"caseId":"case_1"}`))}, ""},
		{"a found refund ended tickets", telegramOrder(), []tickets.Fact{came("tickets", fact(9, tickets.CaseClosed, `{"refundId":"ref_1"}`))},
			"live>customer refund_done>customer"},
		{"another currency: its case tells the merchant", telegramOrder(), []tickets.Fact{fact(8, tickets.PaymentCurrencyMismatch, `{"owed":119}`)},
			"live>customer wrong_currency>customer"},
		{"money of no order that has a case", tickets.Order{Merchant: "sentosa_demo"},
			[]tickets.Fact{{Name: tickets.PaymentUnmatched, At: t0, Key: "stripe:pi_1", Data: json.RawMessage(`{"amount":5}`)}}, ""},
		{"the customer asks", telegramOrder(), []tickets.Fact{fact(7, tickets.RefundWanted, `{"refundId":"ref_1","reason":"buyer"}`)},
			"live>customer refund_asked>merchant"},
		{"the customer asks, and the policy agrees", telegramOrder(), []tickets.Fact{
			fact(7, tickets.RefundWanted, `{}`), by(tickets.ActorSystem, fact(8, tickets.RefundAgreed, `{}`)),
		}, "live>customer"},
		{"staff give back", telegramOrder(), []tickets.Fact{
			by(tickets.ActorMember, fact(7, tickets.RefundWanted, `{}`)), by(tickets.ActorMember, fact(8, tickets.RefundAgreed, `{}`)),
		}, "live>customer refund>customer"},
		{"a first yes of two, in the chat", telegramOrder(), []tickets.Fact{second("bot")}, ""},
		{"a first yes of two, elsewhere", telegramOrder(), []tickets.Fact{second("api")}, "refund_asked>merchant"},
		{"the customer wants late money now", telegramOrder(), []tickets.Fact{by(tickets.ActorCustomer, fact(8, tickets.RefundAgreed, `{}`))}, "live>customer"},
		{"a duplicate goes back by itself", telegramOrder(), []tickets.Fact{came("auto", fact(7, tickets.RefundWanted, `{"reason":"auto_duplicate"}`))},
			"live>customer"},
		{"the rest never came", telegramOrder(), []tickets.Fact{came("auto", fact(7, tickets.RefundWanted, `{"reason":"auto_underpaid"}`))},
			"live>customer refund>customer"},
		{"rejected", telegramOrder(), []tickets.Fact{fact(8, tickets.RefundDeclined, "")}, "live>customer refund_rejected>customer"},
		{"taken back", telegramOrder(), []tickets.Fact{by(tickets.ActorCustomer, fact(8, tickets.RefundTakenBack, ""))}, "live>customer refund_news>merchant"},
		{"dropped, for a ticket was used", telegramOrder(), []tickets.Fact{by(tickets.ActorSystem, fact(8, tickets.RefundTakenBack, ""))},
			"live>customer refund>customer refund_news>merchant"},
		{"sent", telegramOrder(), []tickets.Fact{fact(9, tickets.RefundSent, "")}, "live>customer"},
		{"money is back", telegramOrder(), []tickets.Fact{fact(9, tickets.RefundDone, "")}, "live>customer refund_done>customer refund_news>merchant"},
		{"refund failed", telegramOrder(), []tickets.Fact{fact(9, tickets.RefundRefused, "")}, "live>customer refund_failed>customer case>merchant"},
		{"moved", telegramOrder(), []tickets.Fact{
			fact(8, tickets.CheckoutCompleted, ""), fact(9, tickets.OrderMoved, ""), fact(10, tickets.FulfillmentIssued, ""),
		}, "live>customer paid>merchant moved>customer tickets>customer"},
		{"fraud warning", telegramOrder(), []tickets.Fact{fact(8, tickets.ChargebackWarned, "")}, "case>merchant"},
		{"disputed", telegramOrder(), []tickets.Fact{fact(8, tickets.ChargebackOpened, "")}, "live>customer disputed>customer case>merchant"},
		{"reversed", telegramOrder(), []tickets.Fact{fact(8, tickets.ChargebackReversed, "")}, "live>customer undisputed>customer dispute>merchant"},
		{"lost", telegramOrder(), []tickets.Fact{fact(8, tickets.ChargebackLost, "")}, "live>customer dispute_lost>customer dispute>merchant"},
		{"kept", telegramOrder(), []tickets.Fact{fact(8, tickets.MoneyKept, "")}, "live>customer"},
		{"tickets not issued", telegramOrder(), []tickets.Fact{fact(8, tickets.FulfillmentFailed, "")}, "live>customer fulfil_failed>customer case>merchant"},
		{"completed", telegramOrder(), []tickets.Fact{fact(8, tickets.OrderCompleted, "")}, ""},
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

func TestRouteTellsWhatADeliveryIsAbout(t *testing.T) {
	t.Parallel()
	o := telegramOrder()
	d := Route(o, []tickets.Fact{fact(9, tickets.RefundDone, `{"refundId":"ref_1","amount":80,"currency":"SGD"}`)})[1]
	if d.Args[ArgRefund] != "ref_1" || d.Args["amount"] != "80" || d.Args["refundId"] != "" {
		t.Errorf("args %v", d.Args)
	}
}

func TestRouteTellsDisputesOfNoOrderApart(t *testing.T) {
	t.Parallel()
	m := tickets.Order{Merchant: "sentosa_demo"}
	seen := map[string]bool{}
	for i, name := range []tickets.FactName{tickets.ChargebackOpened, tickets.ChargebackFunds, tickets.ChargebackWon, tickets.ChargebackFunds} {
		f := tickets.Fact{Name: name, At: t0.Add(time.Duration(i) * time.Second), Key: "dsp_1:", Data: json.RawMessage(`{"disputeId":"dsp_1"}`)}
		for _, d := range Route(m, []tickets.Fact{f}) {
			if seen[d.Key] {
				t.Errorf("%s again at %s", d.Key, f.At)
			}
			seen[d.Key] = true
		}
	}
	if len(seen) != 4 {
		t.Errorf("%d deliveries of four facts", len(seen))
	}
}
