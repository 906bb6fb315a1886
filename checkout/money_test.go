package checkout_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// late gives an order whose hold is over and whose page the till closed.
func (w *world) late(who int, sku tickets.SKUID, units int) (tickets.Order, tickets.Payment) {
	w.t.Helper()
	o, p := w.ordered(who, sku, units)
	return w.lateFor(o), p
}

func TestPayWhileExpiringIsFulfilled(t *testing.T) {
	t.Parallel()
	for name, found := range map[string]func(*world, checkout.Report){
		"by a notice": func(w *world, r checkout.Report) { w.tell(r) },
		"by closing":  func(w *world, _ checkout.Report) { w.chase() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 1)
			o, p := w.ordered(1, "adult", 1)
			w.clock.add(5*time.Minute + 21*time.Second)
			w.sweep()
			w.stage(o, tickets.StageExpiring)
			w.wantStock("day", 1, 0)
			r, ok := w.till.payExactly(p.Remote)
			if !ok {
				t.Fatal("the page is closed already")
			}
			found(w, r)
			w.stage(o, tickets.StageFulfilled)
			w.wantRows(o, "T6 T8 T14 T17 T32")
			w.wantStock("day", 0, 1)
			w.passes()
			w.clean()
			w.balanced()
		})
	}
}

func TestPayASecondAfterTheHoldIsInTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	o, p := w.ordered(1, "adult", 1)
	w.clock.add(5*time.Minute + time.Second)
	w.sweep() // within the grace: nothing
	w.stage(o, tickets.StageAwaiting)
	w.money(p, 5000, "SGD")
	w.stage(o, tickets.StageFulfilled)
	w.wantRows(o, "T6 T8 T18 T32")
	w.clean()
}

func TestLateMoneyGetsPlacesThatAreLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	o, p := w.late(1, "sentosa_family_pack", 1)
	w.wantRows(o, "T6 T8 T14 T15")
	w.wantStock("day", 0, 0)
	w.money(p, 11900, "SGD")
	o = w.stage(o, tickets.StageFulfilled)
	if o.Gen != 2 || o.Ended() || w.hold(o.Hold).Reason != tickets.HoldLate {
		t.Errorf("gen %d, ended %v, hold %+v", o.Gen, o.Ended(), w.hold(o.Hold))
	}
	story := w.story(o)
	if strings.Count(story, "LATE") != 1 || !strings.HasSuffix(story, "HOLD_EXPIRED CHECKOUT_COMPLETED LATE_PAYMENT_ACCEPTED FULFILLMENT_ISSUED") {
		t.Errorf("story %s", story)
	}
	if !w.said(o, tickets.SayLateAccepted, tickets.ToCustomer) {
		t.Error("the customer was not told")
	}
	w.wantCapture(o, 0, tickets.LateApplied, 11900, 0)
	w.wantStock("day", 0, 3)
	w.clean()
	w.balanced()
}

func TestLateMoneyThatCannotBeAppliedIsKept(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		sku    tickets.SKUID
		before func(*world, tickets.Order)
		reason string
		status string
	}{
		{"sold out", "adult", func(w *world, _ tickets.Order) { w.order(2, "adult", 1) }, "sold_out", "EXPIRED"},
		{"capacity lowered", "adult", func(w *world, _ tickets.Order) { w.apply(wares(0)) }, "sold_out", "EXPIRED"},
		{"dearer now", "adult", func(w *world, _ tickets.Order) {
			cat := wares(1)
			cat.SKUs[1].Price++
			w.apply(cat)
			w.clock.add(15 * time.Minute)
		}, "price", "EXPIRED"},
		{"product gone", "adult", func(w *world, _ tickets.Order) {
			cat := wares(1)
			cat.Products = cat.Products[1:]
			w.apply(cat)
		}, "product", "EXPIRED"},
		{"pool gone", "adult", func(w *world, _ tickets.Order) {
			cat := wares(1)
			cat.Pools = cat.Pools[1:]
			w.apply(cat)
		}, "sold_out", "EXPIRED"},
		{"visit over", "adult", func(w *world, _ tickets.Order) { w.clock.add(40 * time.Hour) }, "date", "EXPIRED"},
		{"merchant decides", "strict_entry", nil, "policy", "EXPIRED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 1)
			o, p := w.late(1, c.sku, 1)
			if c.before != nil {
				c.before(w, o)
			}
			r := w.money(p, p.Total.Amount, "SGD")
			o = w.stage(o, tickets.StagePaymentReview)
			w.wantCapture(o, 0, tickets.LateUnapplied, 0, r.Amount.Amount)
			if s, why := o.Status(); s != tickets.StatusClosed || why != c.status || o.Reason != c.reason {
				t.Errorf("status %s %s, reason %s", s, why, o.Reason)
			}
			if !w.said(o, tickets.SayLateReview, tickets.ToCustomer) || !w.said(o, tickets.SayMoney, tickets.ToMerchant) {
				t.Error("customer or merchant was not told")
			}
			w.wantRows(o, "T6 T8 T14 T15 T20")
			if o.Owed != r.Amount.Amount || len(w.tickets(o)) != 0 {
				t.Errorf("owed %d, %d tickets", o.Owed, len(w.tickets(o)))
			}
			w.money(p, 700, "SGD") // and more of it
			w.wantCapture(o, 1, tickets.LateUnapplied, 0, 700)
			w.passes()
			w.clean()
			w.balanced()
		})
	}
}

func TestLateMoneyUnderTheTotalIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.late(1, "adult", 1)
	w.money(p, 4999, "SGD")
	o = w.stage(o, tickets.StagePaymentReview)
	w.wantCapture(o, 0, tickets.LateUnapplied, 0, 4999)
	over, p := w.late(2, "adult", 1)
	w.money(p, 5001, "SGD")
	w.stage(over, tickets.StageFulfilled)
	w.wantCapture(over, 0, tickets.LateApplied, 5000, 1)
	w.wantRows(over, "T6 T8 T14 T15 T19 T32")
	w.clean()
}

func TestUnderpaidOrderWaitsForTheRest(t *testing.T) {
	t.Parallel()
	for name, amount := range map[string]int64{"under": 3000, "zero": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 1)
			o, p := w.ordered(1, "adult", 1)
			w.money(p, amount, "SGD")
			o = w.stage(o, tickets.StagePaymentReview)
			w.wantCapture(o, 0, tickets.Underpaid, 0, 0)
			w.wantStock("day", 1, 0)
			if s, why := o.Status(); s != tickets.StatusInit || why != "PAYMENT_REVIEW" || o.Kept != amount {
				t.Errorf("status %s %s, kept %d", s, why, o.Kept)
			}
			if !w.said(o, tickets.SayUnderpaid, tickets.ToCustomer) || !w.said(o, tickets.SayMoney, tickets.ToMerchant) {
				t.Error("customer or merchant was not told")
			}
			w.later(10 * time.Minute)
			w.clean()
			due, err := w.desk.ToPay(w.ctx, o.ID)
			if err != nil || due.Amount != 5000-amount {
				t.Fatalf("to pay %s, %v", due, err)
			}
			rest := w.page(o)
			if rest.Total != due || !rest.Expiry.Equal(o.ReviewUntil) {
				t.Errorf("the page asks for %s until %s", rest.Total, rest.Expiry)
			}
			if again := w.page(o); again.ID != rest.ID {
				t.Errorf("again %s, want %s", again.ID, rest.ID)
			}
			w.money(rest, due.Amount, "SGD")
			o = w.stage(o, tickets.StageFulfilled)
			w.wantRows(o, "T6 T8 T24 T24p T25 T32")
			w.wantCapture(o, 0, tickets.Applied, amount, 0)
			w.wantCapture(o, 1, tickets.Applied, due.Amount, 0)
			w.wantStock("day", 0, 1)
			w.clean()
			w.balanced()
		})
	}
}

func TestUnderpaidOrderGivesItsPlacesBackAtTheEndOfTheReview(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	o, p := w.ordered(1, "adult", 1)
	w.money(p, 3000, "SGD")
	w.clock.add(5 * time.Minute)
	rest := w.page(o)
	w.later(10*time.Minute + 21*time.Second)
	o = w.stage(o, tickets.StagePaymentReview)
	w.wantCapture(o, 0, tickets.Underpaid, 0, 3000)
	w.wantStock("day", 0, 0)
	if o.Owed != 3000 || o.Kept != 0 || w.payment(rest.ID).State != tickets.PaymentClosed {
		t.Errorf("owed %d, kept %d, page %s", o.Owed, o.Kept, w.payment(rest.ID).State)
	}
	w.wantRows(o, "T6 T8 T24 T24p T24x")
	_, _, err := w.desk.Pay(w.ctx, paying(o, "card"))
	refused(t, err, tickets.Conflict)
	w.clean()
	// Too little more changes nothing; the rest of it does, since the place is still there.
	w.money(rest, 500, "SGD")
	o = w.stage(o, tickets.StagePaymentReview)
	w.wantCapture(o, 1, tickets.Underpaid, 0, 500)
	w.clean()
	w.money(rest, 1600, "SGD")
	o = w.stage(o, tickets.StageFulfilled)
	w.wantCapture(o, 0, tickets.Applied, 3000, 0)
	w.wantCapture(o, 1, tickets.Applied, 500, 0)
	w.wantCapture(o, 2, tickets.Overpaid, 1500, 100)
	w.clean()
	w.balanced()
}

func TestRestOfTheMoneyFindsNoPlaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	o, p := w.ordered(1, "adult", 1)
	w.money(p, 3000, "SGD")
	rest := w.page(o)
	w.later(16 * time.Minute)
	w.order(2, "adult", 1)
	w.money(rest, 2000, "SGD")
	o = w.stage(o, tickets.StagePaymentReview)
	w.wantCapture(o, 1, tickets.LateUnapplied, 0, 2000)
	if o.Owed != 5000 || o.Reason != "sold_out" {
		t.Errorf("owed %d, reason %s", o.Owed, o.Reason)
	}
	w.clean()
	w.balanced()
}

func TestOverpaidOrderIsFulfilledAndTheExcessOwed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	o, p := w.ordered(1, "adult", 1)
	w.money(p, 6000, "SGD")
	o = w.stage(o, tickets.StageFulfilled)
	w.wantRows(o, "T6 T8 T26 T32")
	w.wantCapture(o, 0, tickets.Overpaid, 5000, 1000)
	if o.Owed != 1000 || o.PaymentState() != "OVERPAID" || !w.said(o, tickets.SayOverpaid, tickets.ToCustomer) || !w.said(o, tickets.SayMoney, tickets.ToMerchant) {
		t.Errorf("owed %d, %s", o.Owed, o.PaymentState())
	}
	w.clean()
}

func TestOtherCurrencyIsNeverConverted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	w.money(p, 500000, "JPY")
	o = w.stage(o, tickets.StagePaymentReview)
	w.wantCapture(o, 0, tickets.WrongCurrency, 0, 500000)
	if o.Owed != 0 || !w.said(o, tickets.SayWrongCurrency, tickets.ToCustomer) {
		t.Errorf("owed %d of the order's currency", o.Owed)
	}
	w.money(p, 1, "USD")
	w.clean()
	rest := w.page(o) // the customer pays again, rightly
	w.money(rest, 5000, "SGD")
	w.stage(o, tickets.StageFulfilled)
	w.wantRows(o, "T6 T8 T27 T27 T24p T25 T32")
	w.money(rest, 5, "USD") // and once more, wrongly
	w.stage(o, tickets.StageFulfilled)
	w.wantCapture(o, 3, tickets.WrongCurrency, 0, 5)

	late, p := w.late(2, "adult", 1)
	w.money(p, 5000, "USD")
	late = w.stage(late, tickets.StagePaymentReview)
	if s, why := late.Status(); s != tickets.StatusClosed || why != "EXPIRED" {
		t.Errorf("status %s %s", s, why)
	}
	w.later(20 * time.Minute)
	w.clean()
	w.balanced()
}

func TestTestMoneyHasNoEffect(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	w.tell(w.till.chargeAs(p.Remote, 5000, "SGD", true))
	w.stage(o, tickets.StageAwaiting)
	w.wantCapture(o, 0, tickets.TestMode, 0, 0)
	if w.payment(p.ID).State != tickets.PaymentOpen || !w.said(o, tickets.SayMoney, tickets.ToMerchant) {
		t.Error("the payment changed, or the merchant was not told")
	}
	w.wantRows(o, "T6 T8 T27a")
	w.till.set(p.Remote, func(s *tillSession) { s.State, s.Charges = checkout.StandingOpen, nil })
	w.lateFor(o)
	w.clean()
}

func TestRealMoneyOnAPlayShopHasNoEffect(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	w.till.test = true
	o, p := w.ordered(1, "adult", 1)
	w.tell(w.till.chargeAs(p.Remote, 5000, "SGD", false))
	w.stage(o, tickets.StageAwaiting)
	play, p := w.ordered(2, "adult", 1)
	w.money(p, 5000, "SGD")
	if play = w.stage(play, tickets.StageFulfilled); !play.Test {
		t.Error("the order does not say that it is play")
	}
	w.clean()
}

func TestSecondChargeIsADuplicate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, first := w.ordered(1, "adult", 1)
	w.till.set(first.Remote, func(s *tillSession) { s.Stuck = true })
	_, second, err := w.desk.Pay(w.ctx, paying(o, "paynow"))
	if err != nil {
		t.Fatal(err)
	}
	w.money(second, 5000, "SGD")
	w.money(second, 5000, "SGD") // the same page once more
	w.till.charge(first.Remote, 5000, "SGD")
	w.later(time.Minute) // no notice: closing the other page finds it
	o = w.stage(o, tickets.StageFulfilled)
	w.wantCapture(o, 0, tickets.Applied, 5000, 0)
	w.wantCapture(o, 1, tickets.Duplicate, 0, 5000)
	w.wantCapture(o, 2, tickets.Duplicate, 0, 5000)
	if o.Owed != 10000 || len(w.tickets(o)) != 1 || !w.said(o, tickets.SayDuplicate, tickets.ToCustomer) {
		t.Errorf("owed %d, %d tickets", o.Owed, len(w.tickets(o)))
	}
	w.wantRows(o, "T6 T8 T8 T18 T32 T28 T28")
	w.wantStock("day", 0, 1)
	w.clean()
	w.balanced()
}

func TestOneNoticeFiftyTimesIsOneCapture(t *testing.T) {
	t.Parallel()
	var seen sync.Map
	var n, placed int
	var mu sync.Mutex
	w := newWorld(t, 9, func(d *checkout.Desk) {
		d.Observe.Captured = func(c tickets.Capture) {
			mu.Lock()
			defer mu.Unlock()
			n++
			seen.Store(c.Charge, true)
		}
		d.Observe.Placed = func(tickets.Order) { placed++ }
	})
	o, p := w.ordered(1, "sentosa_family_pack", 1)
	r, _ := w.till.payExactly(p.Remote)
	h, body := w.till.notice(r)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if err := w.desk.Receive(w.ctx, "till", h, body); err != nil {
				t.Errorf("receive: %v", err)
			}
		})
	}
	wg.Go(func() { _ = w.desk.Check(w.ctx, o.ID) })
	wg.Wait()
	w.tell(r) // another event of the same charge
	w.stage(o, tickets.StageFulfilled)
	if len(w.captures(o)) != 1 || len(w.tickets(o)) != 1 || n != 1 || placed != 1 {
		t.Errorf("%d captures, %d tickets, observed %d and %d", len(w.captures(o)), len(w.tickets(o)), n, placed)
	}
	w.view(func(rd tickets.Reader) error {
		got, err := rd.NoticeByEvent("till", "evt_till_1")
		if got.Count != 50 || got.Done.IsZero() || got.Outcome != "applied" || got.Order != o.ID {
			t.Errorf("notice counted %d times, done %s, %s of %q", got.Count, got.Done, got.Outcome, got.Order)
		}
		if err != nil {
			return err
		}
		got, err = rd.NoticeByEvent("till", "evt_till_2")
		if got.Outcome != "duplicate" || got.Order != o.ID {
			t.Errorf("second event: %s of %q", got.Outcome, got.Order)
		}
		return err
	})
	if len(strings.Fields(w.story(o))) != 6 {
		t.Errorf("story %s", w.story(o))
	}
	w.clean()
}

func TestMoneyOfNoOrderIsKeptForAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	stray := checkout.Report{Kind: checkout.ReportPaid, Remote: "elsewhere", Charge: "ch_stray", Amount: tickets.Money{Amount: 777, Currency: "SGD"}}
	w.tell(stray)
	w.tell(stray)
	_, p := w.ordered(1, "adult", 1)
	// Our reference with another session: a reference alone is only a hint.
	w.tell(checkout.Report{Kind: checkout.ReportPaid, Remote: "elsewhere", Reference: p.ID, Charge: "ch_lie", Amount: p.Total})
	w.view(func(r tickets.Reader) error {
		for _, ch := range []string{"ch_stray", "ch_lie"} {
			c, err := r.Capture("till", ch)
			if err != nil || c.Disposition != tickets.Unmatched || c.Owed != c.Amount.Amount || c.Order != "" {
				t.Errorf("%s: %+v, %v", ch, c, err)
			}
		}
		return nil
	})
	if !w.said(tickets.Order{}, tickets.SayMoney, tickets.ToMerchant) {
		t.Error("the merchant was not told")
	}
	w.clean()
}

func TestSenselessReportLeavesATrace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	w.tell(checkout.Report{Kind: checkout.ReportPaid, Remote: p.Remote, Amount: p.Total})
	w.stage(o, tickets.StageAwaiting)
	if !strings.HasSuffix(w.story(o), " EVENT_IGNORED") {
		t.Errorf("story %s", w.story(o))
	}
	if n, err := w.desk.Catch(w.ctx); n != 0 || err != nil {
		t.Errorf("the notice is tried again: %d, %v", n, err)
	}
	w.clean()
}

func TestNoticeIsJudgedLaterWhenItCouldNotBeAtOnce(t *testing.T) {
	t.Parallel()
	f := &faultyStore{Store: nil}
	w := newWorld(t, 9, func(d *checkout.Desk) { f.Store, d.Store = d.Store, f })
	o, p := w.ordered(1, "adult", 1)
	r, _ := w.till.payExactly(p.Remote)
	h, body := w.till.notice(r)
	f.failFrom(2, 3, false) // the notice is stored; judging it and putting it off fail
	if err := w.desk.Receive(w.ctx, "till", h, body); err != nil {
		t.Fatalf("a stored notice is answered: %v", err)
	}
	w.stage(o, tickets.StageAwaiting)
	w.clock.add(16 * time.Second)
	if n, err := w.desk.Catch(w.ctx); n != 1 || err != nil {
		t.Fatalf("catch: %d, %v", n, err)
	}
	w.stage(o, tickets.StageFulfilled)
	f.failFrom(1, 1, false)
	h, body = w.till.notice(r)
	refused(t, w.desk.Receive(w.ctx, "till", h, body), tickets.Unavailable)
	f.failFrom(2, 2, true) // judged, but nobody knows: it stays done
	if err := w.desk.Receive(w.ctx, "till", h, body); err != nil {
		t.Fatal(err)
	}
	w.clock.add(time.Hour)
	if n, err := w.desk.Catch(w.ctx); n != 0 || err != nil {
		t.Errorf("catch: %d, %v", n, err)
	}
	w.clean()
}

func TestCallbackAnswersProviders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	r, _ := w.till.payExactly(p.Remote)
	h, body := w.till.notice(r)
	mux := http.NewServeMux()
	mux.Handle("POST /webhooks/{gateway}", w.desk.Callback())
	for _, c := range []struct {
		name, path string
		h          http.Header
		body       []byte
		want       int
	}{
		{"unknown gateway", "/webhooks/bank", h, body, http.StatusNotFound},
		{"unsigned", "/webhooks/till", http.Header{}, body, http.StatusUnauthorized},
		{"nonsense", "/webhooks/till", h, []byte("{"), http.StatusBadRequest},
		{"too large", "/webhooks/till", h, bytes.Repeat([]byte("x"), 256<<10+1), http.StatusRequestEntityTooLarge},
		{"good", "/webhooks/till", h, body, http.StatusOK},
		{"again", "/webhooks/till", h, body, http.StatusOK},
	} {
		rq := httptest.NewRequest(http.MethodPost, c.path, bytes.NewReader(c.body))
		rq.Header = c.h
		rec := httptest.NewRecorder()
		mux.ServeHTTP(rec, rq)
		if rec.Code != c.want {
			t.Errorf("%s: %d %s, want %d", c.name, rec.Code, rec.Body, c.want)
		}
	}
	w.stage(o, tickets.StageFulfilled)
	w.clean()
}

func TestManualOrderIsIssuedByAMember(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "villa_night", 1)
	w.money(p, 40000, "SGD")
	o = w.stage(o, tickets.StagePaid)
	if len(w.tickets(o)) != 0 || !w.said(o, tickets.SayIssue, tickets.ToMerchant) || !w.said(o, tickets.SayManual, tickets.ToCustomer) {
		t.Error("tickets before a person issued them, or nobody was told")
	}
	for _, role := range []tickets.Role{tickets.RoleGate, tickets.RoleReadOnly, ""} {
		_, err := w.desk.Issue(w.ctx, o.ID, tickets.Member{ID: "mem_1", Role: role})
		refused(t, err, tickets.Forbidden)
	}
	unpaid := w.order(2, "villa_night", 1)
	support := tickets.Member{ID: "mem_2", Name: "Support", Role: tickets.RoleSupport}
	_, err := w.desk.Issue(w.ctx, unpaid.ID, support)
	refused(t, err, tickets.Conflict)
	for range 2 {
		if o, err = w.desk.Issue(w.ctx, o.ID, support); err != nil || o.Stage != tickets.StageFulfilled || o.Fulfilment.By != "mem_2" {
			t.Fatalf("%s by %s, %v", o.Stage, o.Fulfilment.By, err)
		}
	}
	w.wantRows(o, "T6 T8 T18 T31 T32")
	if ks := w.tickets(o); len(ks) != 1 || ks[0].Places != 2 {
		t.Errorf("tickets %+v", ks)
	}
	w.clean()
}

func TestTicketsByUnitAndByOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, err := w.desk.Place(w.ctx, w.placing(1, "sentosa", tickets.Slot{Date: visit}, tickets.Choice{SKU: "adult", Units: 2},
		tickets.Choice{SKU: "child", Units: 1}, tickets.Choice{SKU: "sentosa_family_pack", Units: 1}))
	if err != nil {
		t.Fatal(err)
	}
	p := w.page(o)
	w.money(p, p.Total.Amount, "SGD")
	ks := w.tickets(w.stage(o, tickets.StageFulfilled))
	if len(ks) != 3 || ks[0].Places != 4 || ks[1].Places != 1 || ks[2].Places != 1 {
		t.Fatalf("tickets %+v", ks)
	}
	for i, k := range ks {
		if k.Seq != i+1 || k.Of != 3 || k.OrderCode != o.Code {
			t.Errorf("ticket %d is %d of %d, order %s", i, k.Seq, k.Of, k.OrderCode)
		}
	}
	w.clean()
}
