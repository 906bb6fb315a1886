package checkout_test

import (
	"strings"
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
			say := tickets.SayMoney
			if o.Reason == "policy" {
				say = tickets.SayCase
			}
			if !w.said(o, tickets.SayLateReview, tickets.ToCustomer) || !w.said(o, say, tickets.ToMerchant) {
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
	w.unsent = true // see what is owed
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
	w.unsent = true // see what is owed
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
	w.unsent = true // see what is owed
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

func TestFirstChargeIsFoundAfterTheSecondWasTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	w.unsent = true // see what is owed
	o, p := w.ordered(1, "adult", 1)
	w.till.charge(p.Remote, 5000, "SGD") // its notice is lost
	w.money(p, 5000, "SGD")
	w.clock.add(24 * time.Hour)
	w.money(p, 5000, "SGD") // and a third, before anybody looked
	w.passes()
	if n := len(w.captures(o)); n != 3 {
		t.Errorf("%d of 3 charges are known", n)
	}
	if o = w.stage(o, tickets.StageFulfilled); o.Owed != 10000 {
		t.Errorf("owed %d", o.Owed)
	}
	w.clean()
	w.balanced()
}
