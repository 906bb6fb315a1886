package checkout_test

import (
	"crypto/rand"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func TestPlainPurchaseTellsSixFactsInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o := w.order(1, "sentosa_family_pack", 1)
	p := w.page(o)
	w.money(p, 11900, "SGD")
	o = w.stage(o, tickets.StageFulfilled)
	want := []struct {
		name tickets.FactName
		data string
	}{
		{tickets.OrderDraftCreated, `{"channel":"telegram","customer":{"telegram_user_id":"6700000001","telegram_username":"demo_visitor"},"date":"2026-03-21","quantity":3,"quoteAmountSgd":119,"skuId":"sentosa_family_pack"}`},
		{tickets.InventoryLocked, fmt.Sprintf(`{"expiryAt":"2026-03-20T08:41:16.030Z","lockId":%q,"quantity":3,"skuId":"sentosa_family_pack"}`, o.Hold)},
		{tickets.CheckoutRequested, `{"paymentMethod":"card"}`},
		{tickets.PaymentSessionCreated, fmt.Sprintf(`{"expiryAt":"2026-03-20T08:41:16.030Z","paymentMethod":"card","protocol":"hosted","sessionId":%q}`, p.ID)},
		{tickets.CheckoutCompleted, fmt.Sprintf(`{"paymentMethod":"card","paymentRef":"card_ch_%s_1","sessionId":%q}`, p.Remote, p.ID)},
		{tickets.FulfillmentIssued, ""},
	}
	facts := w.facts(o)
	if len(facts) != len(want) {
		t.Fatalf("story %q has %d facts, want %d", w.story(o), len(facts), len(want))
	}
	for i, f := range facts {
		if f.Name != want[i].name || (want[i].data != "" && string(f.Data) != want[i].data) {
			t.Errorf("fact %d is %s %s\nwant %s %s", i+1, f.Name, f.Data, want[i].name, want[i].data)
		}
	}
	ks := w.tickets(o)
	if len(ks) != 1 || ks[0].Places != 3 {
		t.Fatalf("tickets %+v, want one for three places", ks)
	}
	data := fmt.Sprintf(`{"qrUrl":"https://shop.example/T/%s.png?size=240","ticketCode":%q}`, ks[0].Text, ks[0].Code)
	if got := string(facts[5].Data); got != data {
		t.Errorf("issued %s, want %s", got, data)
	}
	w.wantRows(o, "T6 T8 T18 T32")
	w.wantStock("day", 0, 3)
	w.wantCapture(o, 0, tickets.Applied, 11900, 0)
	if !w.said(o, tickets.SayTickets, tickets.ToCustomer) || !w.said(o, tickets.SayPaid, tickets.ToMerchant) {
		t.Error("customer or merchant was not told")
	}
	if s, why := o.Status(); s != tickets.StatusFulfilled || why != "" {
		t.Errorf("status %s %s", s, why)
	}
	w.clean()
	w.balanced()
}

func TestPlaceAgainReturnsTheSameOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	p := w.placing(1, "sentosa", tickets.Slot{Date: visit}, tickets.Choice{SKU: "adult", Units: 2}, tickets.Choice{SKU: "child", Units: 1})
	first, err := w.desk.Place(w.ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.add(20 * time.Minute) // even when its quote is over
	again, err := w.desk.Place(w.ctx, p)
	if err != nil || again.ID != first.ID {
		t.Fatalf("again: %s %v, want %s", again.ID, err, first.ID)
	}
	w.wantStock("day", 3, 0)
	if first.Total() != (tickets.Money{Amount: 13000, Currency: "SGD"}) || first.Code != "TG260320A00001" {
		t.Errorf("total %s, code %s", first.Total(), first.Code)
	}
	// Another customer's confirmation of the same name is another one.
	p.Buyer, p.Quote.Until = someone(2), w.clock.Now().Add(time.Minute)
	other, err := w.desk.Place(w.ctx, p)
	if err != nil || other.ID == first.ID {
		t.Errorf("other customer got %s %v", other.ID, err)
	}
	w.passes()
	w.clean()
}

func TestPlaceRefusesWithoutATrace(t *testing.T) {
	t.Parallel()
	day := tickets.Slot{Date: visit}
	for _, c := range []struct {
		name   string
		sku    tickets.SKUID
		units  int
		before func(*world, *checkout.Placing)
		want   tickets.Kind
		reason any
	}{
		{"sold out", "adult", 6, nil, tickets.SoldOut, nil},
		{"quote over", "adult", 1, func(w *world, _ *checkout.Placing) { w.clock.add(15 * time.Minute) }, tickets.Expired, nil},
		{"sales over", "adult", 1, func(w *world, p *checkout.Placing) {
			w.clock.add(32 * time.Hour)
			p.Quote.Until = w.clock.Now().Add(time.Hour)
		}, tickets.Closed, nil},
		{"no key", "adult", 1, func(_ *world, p *checkout.Placing) { p.Confirm = "" }, tickets.Invalid, nil},
		{"more of a SKU than a customer may have", "child", 3, nil, tickets.Limit, "customer"},
		{"SKU gone", "adult", 1, func(w *world, _ *checkout.Placing) {
			cat := wares(5)
			cat.SKUs = append(cat.SKUs[:1:1], cat.SKUs[2:]...)
			w.apply(cat)
		}, tickets.Changed, nil},
		{"pack became larger", "sentosa_family_pack", 1, func(w *world, _ *checkout.Placing) {
			cat := wares(5)
			cat.SKUs[0].Admits = 4
			w.apply(cat)
		}, tickets.Changed, nil},
		{"other currency", "adult", 1, func(w *world, _ *checkout.Placing) {
			cat := wares(5)
			cat.Merchant.Currency = "HKD"
			w.apply(cat)
		}, tickets.Changed, nil},
		{"replaces nothing", "adult", 1, func(_ *world, p *checkout.Placing) { p.Replaces = "order_000000000000000000000000" }, tickets.NotFound, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 5)
			p := w.placing(1, "sentosa", day, tickets.Choice{SKU: c.sku, Units: c.units})
			if c.before != nil {
				c.before(w, &p)
			}
			_, err := w.desk.Place(w.ctx, p)
			if r := refused(t, err, c.want); c.reason != nil && r.Args["reason"] != c.reason {
				t.Errorf("reason %v, want %v", r.Args["reason"], c.reason)
			}
			w.view(func(r tickets.Reader) error {
				if list, _, err := r.Orders(tickets.OrderQuery{}); err != nil || len(list) != 0 {
					t.Errorf("%d orders, %v", len(list), err)
				}
				return nil
			})
			w.clean()
		})
	}
}

func (w *world) apply(cat tickets.Catalog) {
	w.t.Helper()
	if _, _, err := w.desk.Apply(w.ctx, cat); err != nil {
		w.t.Fatalf("apply: %v", err)
	}
}

func TestPriceOfAQuoteSurvivesTheCatalog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	p := w.placing(1, "sentosa", tickets.Slot{Date: visit}, tickets.Choice{SKU: "adult", Units: 1})
	cat := wares(20)
	cat.SKUs[1].Price = 9900
	w.apply(cat)
	o, err := w.desk.Place(w.ctx, p)
	if err != nil || o.Total().Amount != 5000 {
		t.Fatalf("total %s, %v", o.Total(), err)
	}
	w.clean()
}

func TestOneCustomerCannotHoldEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 300)
	for range 3 {
		w.order(1, "adult", 1)
	}
	_, err := w.desk.Place(w.ctx, w.placing(1, "sentosa", tickets.Slot{Date: visit}, tickets.Choice{SKU: "adult", Units: 1}))
	if r := refused(t, err, tickets.Limit); r.Args["reason"] != "open_holds" || r.Args["max"] != 3 {
		t.Errorf("args %v", r.Args)
	}
	if _, err := w.desk.Place(w.ctx, w.placing(2, "sentosa", tickets.Slot{Date: visit}, tickets.Choice{SKU: "adult", Units: 20})); err != nil {
		t.Errorf("20 of 297 places, under a tenth: %v", err)
	}
	w.order(3, "tour_seat", 8)
	_, err = w.desk.Place(w.ctx, w.placing(3, "villa", tickets.Slot{Date: visit}, tickets.Choice{SKU: "villa_night", Units: 2}))
	if r := refused(t, err, tickets.Limit); r.Args["reason"] != "places" || r.Args["max"] != 10 {
		t.Errorf("args %v", r.Args)
	}
	w.later(6 * time.Minute)
	w.order(1, "adult", 1) // time gave the places back
	w.clean()
}

func TestHoldThatSettlesLaterIsNotAnOpenHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	_, p := w.ordered(1, "adult", 1)
	w.tell(checkout.Report{Kind: checkout.ReportAsync, Remote: p.Remote})
	for range 3 {
		w.order(1, "adult", 1)
	}
	w.clean()
}

func TestLastPlaceGoesToExactlyOneOfAThousand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	q, err := w.desk.Quote(w.ctx, "sentosa", tickets.Slot{Date: visit}, []tickets.Choice{{SKU: "adult", Units: 1}})
	if err != nil {
		t.Fatal(err)
	}
	var got, soldOut atomic.Int64
	var wg sync.WaitGroup
	start := make(chan struct{})
	for n := range 1000 {
		wg.Go(func() {
			<-start
			_, err := w.desk.Place(w.ctx, checkout.Placing{Quote: q, Buyer: someone(n), Confirm: "c"})
			switch tickets.KindOf(err) {
			case "":
				got.Add(1)
			case tickets.SoldOut:
				soldOut.Add(1)
			default:
				t.Errorf("customer %d: %v", n, err)
			}
		})
	}
	close(start)
	wg.Wait()
	if got.Load() != 1 || soldOut.Load() != 999 {
		t.Errorf("%d got it, %d were refused", got.Load(), soldOut.Load())
	}
	w.wantStock("day", 1, 0)
	w.clean()
}

func TestOrderCodesAreNeverUsedTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1000)
	seen := map[string]bool{}
	for n := range 300 { // more than one reserved block
		o := w.order(n, "adult", 1)
		if seen[o.Code] {
			t.Fatalf("code %s twice", o.Code)
		}
		seen[o.Code] = true
	}
}

func TestSKULimitCountsLiveOrdersOfTheDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o := w.order(1, "child", 2)
	more := func(day tickets.Date) error {
		_, err := w.desk.Place(w.ctx, w.placing(1, "sentosa", tickets.Slot{Date: day}, tickets.Choice{SKU: "child", Units: 1}))
		return err
	}
	if r := refused(t, more(visit), tickets.Limit); r.Args["max"] != 2 || r.Args["have"] != 2 || r.Args["sku"] != "child" {
		t.Errorf("args %v", r.Args)
	}
	if err := more(visit + 1); err != nil {
		t.Errorf("another day: %v", err)
	}
	w.lateFor(o)
	if err := more(visit); err != nil {
		t.Errorf("after the first ended: %v", err)
	}
	w.clean()
}

func TestSKULimitReadsABoundedNumberOfOrders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o := w.lateFor(w.order(1, "child", 1))
	ended := func(n int, ago time.Duration) {
		w.write(func(tx tickets.Tx) error {
			for i := range n {
				x := o
				x.At = o.At.Add(-ago)
				x.ID = tickets.OrderID(tickets.NewID(tickets.PrefixOrder, x.At, rand.Reader))
				x.Code, x.Confirm = fmt.Sprintf("X%s%d", ago, i), fmt.Sprintf("x%s%d", ago, i)
				if err := tx.CreateOrder(x); err != nil {
					return err
				}
			}
			return nil
		})
	}
	place := func() error {
		_, err := w.desk.Place(w.ctx, w.placing(1, "sentosa", tickets.Slot{Date: visit}, tickets.Choice{SKU: "child", Units: 1}))
		return err
	}
	ended(500, 200*24*time.Hour) // sales for the visit had not begun
	ended(499, time.Hour)
	if err := place(); err != nil {
		t.Errorf("after 500 that ended: %v", err)
	}
	if r := refused(t, place(), tickets.Limit); r.Args["reason"] != "customer" {
		t.Errorf("after 501: args %v", r.Args)
	}
	w.order(1, "adult", 1) // not limited
}
