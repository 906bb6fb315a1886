package checkout_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// once gives a fault to the first call of an operation.
func once(op string, f fault) func(string) fault {
	var mu sync.Mutex
	used := false
	return func(got string) fault {
		mu.Lock()
		defer mu.Unlock()
		if used || got != op {
			return fine
		}
		used = true
		return f
	}
}

func TestPayAgainShowsTheSamePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, p := w.ordered(1, "adult", 1)
	w.clock.add(time.Minute)
	if again := w.page(o); again.ID != p.ID || again.URL != p.URL || w.till.opens != 1 {
		t.Errorf("again %s %s after %d opens, want %s", again.ID, again.URL, w.till.opens, p.ID)
	}
	if p.Expiry != opening.Add(5*time.Minute).UTC() || w.hold(o.Hold).Expiry != p.Expiry {
		t.Errorf("page ends %s, hold %s", p.Expiry, w.hold(o.Hold).Expiry)
	}
	w.clean()
}

func TestTwoPressesAtOnceAreOnePayment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o := w.order(1, "adult", 1)
	ids := make(chan tickets.SessionID, 20)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, p, err := w.desk.Pay(w.ctx, paying(o, "card"))
			if err != nil {
				t.Errorf("pay: %v", err)
			}
			ids <- p.ID
		})
	}
	wg.Wait()
	close(ids)
	first := <-ids
	for id := range ids {
		if id != first {
			t.Errorf("payments %s and %s", first, id)
		}
	}
	if got := w.story(o); strings.Count(got, "PAYMENT_SESSION_CREATED") != 1 || strings.Count(got, "CHECKOUT_REQUESTED") != 1 {
		t.Errorf("story %s", got)
	}
	if len(w.till.sessions) != 1 {
		t.Errorf("%d sessions at the till", len(w.till.sessions))
	}
	w.clean()
}

func TestAnotherMethodClosesThePageBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, first := w.ordered(1, "adult", 1)
	_, second, err := w.desk.Pay(w.ctx, paying(o, "paynow"))
	if err != nil || second.ID == first.ID || second.Method != "paynow" {
		t.Fatalf("second page %+v, %v", second, err)
	}
	if p := w.payment(first.ID); p.State != tickets.PaymentClosed || w.till.sessions[first.Remote].State != checkout.StandingClosed {
		t.Errorf("first page is %s", p.State)
	}
	w.money(second, 5000, "SGD")
	w.stage(o, tickets.StageFulfilled)
	w.wantRows(o, "T6 T8 T8 T18 T32")
	w.clean()
}

func TestNobodyPaysForLongerThanTheCap(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o := w.order(1, "adult", 1)
	for i := range 3 {
		method := []string{"card", "paynow"}[i%2]
		_, p, err := w.desk.Pay(w.ctx, paying(o, method))
		if err != nil {
			t.Fatalf("try %d: %v", i, err)
		}
		if limit := opening.Add(12 * time.Minute); p.Expiry.After(limit) || w.hold(o.Hold).Expiry.After(limit) {
			t.Errorf("try %d: page until %s, hold until %s", i, p.Expiry, w.hold(o.Hold).Expiry)
		}
		w.clock.add(4*time.Minute + 50*time.Second)
	}
	w.clock.set(opening.Add(11*time.Minute + 40*time.Second))
	_, _, err := w.desk.Pay(w.ctx, paying(o, "paynow"))
	if r := refused(t, err, tickets.Expired); r.Args["reason"] != "cap" {
		t.Errorf("args %v", r.Args)
	}
	w.lateFor(o)
	w.clean()
}

func TestLostAnswerIsFoundWithTheSameKey(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]fault{"lost request": lostRequest, "lost reply": lostReply} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 20)
			w.till.fault = once("open", f)
			o := w.order(1, "adult", 1)
			_, p, err := w.desk.Pay(w.ctx, paying(o, "card"))
			refused(t, err, tickets.Unavailable)
			if p.State != tickets.PaymentUnknown {
				t.Fatalf("payment is %s", p.State)
			}
			w.later(3 * time.Second)
			if p = w.payment(p.ID); p.State != tickets.PaymentOpen || p.URL == "" || len(w.till.sessions) != 1 {
				t.Fatalf("payment is %s, %d sessions", p.State, len(w.till.sessions))
			}
			w.money(p, 5000, "SGD")
			w.stage(o, tickets.StageFulfilled)
			if got := strings.Fields(w.story(o)); len(got) != 6 {
				t.Errorf("story %v", got)
			}
			w.clean()
		})
	}
}

func TestNoticeMayOvertakeTheAnswerToOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o := w.order(1, "adult", 1)
	w.till.opened = func(s *tillSession) { // the customer pays and the notice is here before Open's answer is recorded
		r, _ := w.till.payExactly(s.Remote)
		w.tell(r)
	}
	o, p, err := w.desk.Pay(w.ctx, paying(o, "card"))
	if err != nil || p.State != tickets.PaymentCaptured || o.Stage != tickets.StageFulfilled {
		t.Fatalf("%s, payment %s, %v", o.Stage, p.State, err)
	}
	want := "ORDER_DRAFT_CREATED INVENTORY_LOCKED CHECKOUT_REQUESTED PAYMENT_SESSION_CREATED CHECKOUT_COMPLETED FULFILLMENT_ISSUED"
	if got := w.story(o); got != want {
		t.Errorf("story %s", got)
	}
	w.clean()
}

func TestLostAnswerAndThenMoney(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	w.till.fault = once("open", lostReply)
	o := w.order(1, "adult", 1)
	_, p, err := w.desk.Pay(w.ctx, paying(o, "card"))
	refused(t, err, tickets.Unavailable)
	r, _ := w.till.payExactly("till_s1")
	w.tell(r) // names our reference, the session is not known to us
	w.stage(o, tickets.StageFulfilled)
	if p = w.payment(p.ID); p.Remote != "till_s1" || p.State != tickets.PaymentCaptured {
		t.Errorf("payment %s of session %q", p.State, p.Remote)
	}
	w.passes()
	w.clean()
	w.balanced()
}

func TestCancelDuringOpenShowsNoPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o := w.order(1, "adult", 1)
	w.till.opened = func(*tillSession) {
		w.till.opened = nil
		if _, err := w.desk.Cancel(w.ctx, checkout.Cancelling{Order: o.ID}); err != nil {
			t.Errorf("cancel: %v", err)
		}
	}
	_, _, err := w.desk.Pay(w.ctx, paying(o, "card"))
	refused(t, err, tickets.Conflict)
	w.later(10 * time.Second)
	w.stage(o, tickets.StageCancelled)
	if s := w.till.sessions["till_s1"]; s.State != checkout.StandingClosed {
		t.Errorf("the page is %s", s.State)
	}
	w.wantStock("day", 0, 0)
	w.clean()
}

func TestRefusedPageLeavesTimeForAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o := w.order(1, "adult", 1)
	w.till.fault = once("open", refusal)
	w.clock.add(4 * time.Minute)
	_, p, err := w.desk.Pay(w.ctx, paying(o, "card"))
	if !errors.Is(err, tickets.Declined) || p.State != tickets.PaymentFailed {
		t.Fatalf("%v, payment %s", err, p.State)
	}
	_, second, err := w.desk.Pay(w.ctx, paying(o, "card"))
	if err != nil || second.Key == p.Key {
		t.Fatalf("second try %q after %q: %v", second.Key, p.Key, err)
	}
	w.money(second, 5000, "SGD")
	w.stage(o, tickets.StageFulfilled)
	w.wantRows(o, "T6 T8 T9 T8 T18 T32")
	w.clean()
}

func TestDeclinedPaymentExtendsTheHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, p := w.ordered(1, "adult", 1)
	w.clock.add(4 * time.Minute)
	w.till.set(p.Remote, func(s *tillSession) { s.State = checkout.StandingFailed })
	failed := checkout.Report{Kind: checkout.ReportFailed, Remote: p.Remote, Reason: "card declined"}
	w.tell(failed)
	w.tell(failed)
	if h := w.hold(o.Hold); h.Expiry != opening.Add(7*time.Minute).UTC() {
		t.Errorf("hold until %s", h.Expiry)
	}
	if !w.said(o, tickets.SayPaymentFailed, tickets.ToCustomer) {
		t.Error("the customer was not told")
	}
	if got := w.story(o); strings.Count(got, "PAYMENT_FAILED") != 1 || !strings.HasSuffix(got, "PAYMENT_FAILED HOLD_EXTENDED") {
		t.Errorf("story %s", got)
	}
	w.stage(o, tickets.StageAwaiting)
	w.lateFor(o)
	w.wantRows(o, "T6 T8 T9 T14 T15")
	w.clean()
}

func TestMethodThatSettlesLaterKeepsThePlaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, p := w.ordered(1, "adult", 1)
	deadline := opening.Add(2 * time.Hour)
	w.till.set(p.Remote, func(s *tillSession) { s.State = checkout.StandingAsync })
	w.tell(checkout.Report{Kind: checkout.ReportAsync, Remote: p.Remote, Deadline: deadline})
	if h := w.hold(o.Hold); !h.Expiry.Equal(deadline) {
		t.Errorf("hold until %s", h.Expiry)
	}
	_, _, err := w.desk.Pay(w.ctx, paying(o, "paynow"))
	if r := refused(t, err, tickets.Conflict); r.Args["reason"] != "async" {
		t.Errorf("args %v", r.Args)
	}
	for range 10 {
		w.later(10 * time.Minute)
	}
	w.stage(o, tickets.StageAwaiting)
	r, _ := w.till.payExactly(p.Remote)
	_ = r // its notice is lost: the next look finds it
	w.later(2 * time.Minute)
	w.stage(o, tickets.StageFulfilled)
	w.wantRows(o, "T6 T8 T11 T18 T32")
	w.clean()
	w.balanced()
}

func TestFailedSettlementEndsTheLongHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, p := w.ordered(1, "adult", 1)
	w.till.set(p.Remote, func(s *tillSession) { s.State = checkout.StandingAsync })
	w.tell(checkout.Report{Kind: checkout.ReportAsync, Remote: p.Remote, Deadline: opening.Add(5 * time.Hour)})
	w.clock.add(20 * time.Minute)
	w.till.set(p.Remote, func(s *tillSession) { s.State = checkout.StandingFailed })
	w.tell(checkout.Report{Kind: checkout.ReportFailed, Remote: p.Remote})
	w.later(time.Minute)
	w.stage(o, tickets.StageExpired)
	w.wantStock("day", 0, 0)
	w.clean()
}

func TestPayRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o := w.order(1, "adult", 1)
	for name, c := range map[string]struct {
		p    checkout.Paying
		want tickets.Kind
	}{
		"no such gateway":  {checkout.Paying{Order: o.ID, Gateway: "bank", Method: "card"}, tickets.NotFound},
		"no such method":   {paying(o, "cash"), tickets.NotFound},
		"no such order":    {checkout.Paying{Order: "order_000000000000000000000000", Gateway: "till", Method: "card"}, tickets.NotFound},
		"somebody else's":  {checkout.Paying{Order: o.ID, Gateway: "till", Method: "card", Customer: someone(2).Customer}, tickets.NotFound},
		"free, but is not": {checkout.Paying{Order: o.ID, Gateway: checkout.GatewayFree}, tickets.Invalid},
	} {
		_, _, err := w.desk.Pay(w.ctx, c.p)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	free := w.order(2, "park_entry", 2)
	_, _, err := w.desk.Pay(w.ctx, paying(free, "card"))
	refused(t, err, tickets.Invalid)
	w.clock.add(5 * time.Minute)
	_, _, err = w.desk.Pay(w.ctx, paying(o, "card"))
	refused(t, err, tickets.Expired)
	w.lateFor(o)
	_, _, err = w.desk.Pay(w.ctx, paying(o, "card"))
	refused(t, err, tickets.Conflict)
	w.clean()
}

func TestPageThatIsBeingClosedFailsQuietly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, first := w.ordered(1, "adult", 1)
	w.till.set(first.Remote, func(s *tillSession) { s.Stuck = true })
	if _, _, err := w.desk.Pay(w.ctx, paying(o, "paynow")); err != nil {
		t.Fatal(err)
	}
	w.tell(checkout.Report{Kind: checkout.ReportFailed, Remote: first.Remote})
	if got := w.payment(first.ID).State; got != tickets.PaymentFailed {
		t.Errorf("payment is %s", got)
	}
	if strings.Contains(w.story(o), "PAYMENT_FAILED") || w.said(o, tickets.SayPaymentFailed, tickets.ToCustomer) {
		t.Errorf("the customer hears of a page they left: %s", w.story(o))
	}
	w.later(time.Hour) // but it is there all the same, and is closed once it can be
	w.till.set(first.Remote, func(s *tillSession) { s.Stuck = false })
	w.later(time.Hour)
	w.later(time.Minute)
	if s := w.till.sessions[first.Remote]; s.State != checkout.StandingClosed {
		t.Errorf("the page is %s, the payment %s", s.State, w.payment(first.ID).State)
	}
	w.clean()
}

func TestTooLittleByOnePageClosesTheOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, first := w.ordered(1, "adult", 1)
	w.till.set(first.Remote, func(s *tillSession) { s.Stuck = true })
	_, second, err := w.desk.Pay(w.ctx, paying(o, "paynow"))
	if err != nil {
		t.Fatal(err)
	}
	w.money(first, 1000, "SGD")
	w.stage(o, tickets.StagePaymentReview)
	w.passes()
	if got := w.payment(second.ID).State; got != tickets.PaymentClosed {
		t.Errorf("the other page asks for the whole total and is %s", got)
	}
	w.clean()
}

func TestAnAnswerIsNotUndoneByALostOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o := w.order(1, "adult", 1)
	var inner tickets.Payment
	outer := true
	w.till.fault = func(op string) fault {
		if op != "open" || !outer {
			return fine
		}
		outer = false
		inner = w.page(o) // another press is faster
		return lostReply
	}
	_, p, err := w.desk.Pay(w.ctx, paying(o, "card"))
	if err != nil || p.State != tickets.PaymentOpen || p.Tries != 0 || p.URL != inner.URL || inner.URL == "" {
		t.Errorf("payment %s after %d tries, %v", p.State, p.Tries, err)
	}
	w.clean()
}

func TestPageThatOpensLateIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	w.till.fault = once("open", lostRequest)
	o := w.order(1, "adult", 1)
	_, _, err := w.desk.Pay(w.ctx, paying(o, "card"))
	refused(t, err, tickets.Unavailable)
	if w.said(o, tickets.SayLive, tickets.ToCustomer) {
		t.Fatal("the live message is drawn anew before there is anything to show")
	}
	w.later(3 * time.Second)
	if !w.said(o, tickets.SayLive, tickets.ToCustomer) {
		t.Error("the page is open and the customer does not see it")
	}
	quick := w.order(2, "adult", 1)
	w.page(quick)
	if w.said(quick, tickets.SayLive, tickets.ToCustomer) {
		t.Error("a page that opens at once is drawn twice")
	}
}

func TestProviderThatRefusesUsIsNoDecline(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	w.till.fault = once("open", badKey)
	o := w.order(1, "adult", 1)
	_, p, err := w.desk.Pay(w.ctx, paying(o, "card"))
	refused(t, err, tickets.Unavailable)
	if p.State != tickets.PaymentFailed || p.Refusal != tickets.Invalid {
		t.Errorf("payment is %s, %q", p.State, p.Refusal)
	}
	if w.said(o, tickets.SayPaymentFailed, tickets.ToCustomer) {
		t.Error("the customer hears of a declined payment")
	}
	if !w.said(o, tickets.SayMoney, tickets.ToMerchant) {
		t.Error("the merchant does not hear that nobody can pay")
	}
	w.stage(o, tickets.StageAwaiting)
	w.page(o) // another try works
	w.clean()
}

func TestRestOfAnUnderpaidOrderCanBePaidToTheEndOfTheReview(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o, p := w.ordered(1, "adult", 1)
	w.tell(w.money(p, 1000, "SGD"))
	w.stage(o, tickets.StagePaymentReview)
	w.clock.add(15*time.Minute - 5*time.Second)
	if _, _, err := w.desk.Pay(w.ctx, paying(o, "card")); err != nil {
		t.Errorf("pay the difference five seconds before the end: %v", err)
	}
}

func TestWhatIsSoldForStarsIsOnlyShownWhereStarsAreTaken(t *testing.T) {
	t.Parallel()
	for _, takes := range []bool{false, true} {
		w := newWorld(t, 9)
		if takes {
			w.till.methods = append(w.till.methods, checkout.Method{ID: "stars", Currency: []tickets.Currency{tickets.Stars}})
		}
		cat := wares(9)
		cat.Products[0].Digital = true
		shown := w.desk.OnOffer(&cat)
		if got := len(cat.Visible()) - len(shown.Visible()); got != 1 && !takes || got != 0 && takes {
			t.Errorf("stars taken %v: %d hidden", takes, got)
		}
	}
}
