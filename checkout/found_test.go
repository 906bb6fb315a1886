package checkout_test

import (
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// hint is a notice that something of a charge went back, and not what.
func hint(charge string) checkout.Report {
	return checkout.Report{Kind: checkout.ReportRefund, Charge: charge}
}

func TestWhatWentBackIsAskedAboutUntilTheProviderSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 2)
	w.later(2 * time.Hour) // nothing else is asked about it any more
	w.till.fault = func(op string) fault {
		if op == "list" {
			return lostReply
		}
		return fine
	}
	w.till.dashboard(charge.Charge, 10000)
	w.tell(hint(charge.Charge))
	for range 40 {
		w.later(time.Hour)
	}
	w.clean()
	w.till.fault = nil
	w.later(time.Hour)
	w.stage(o, tickets.StageRefunded)
	w.clean()
	w.balanced()
}

func TestWhatGoesBackWhileItIsAskedAboutIsAskedAboutAgain(t *testing.T) {
	t.Parallel()
	for op, first := range map[string]int64{"lookup": 0, "list": 1000} { // a look at a payment that is over, and one for what went back
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 9)
			_, charge := w.bought(1, 3)
			w.later(15 * time.Minute)
			w.clock.add(time.Hour)
			if first > 0 {
				w.till.dashboard(charge.Charge, first)
				w.tell(hint(charge.Charge))
			}
			w.till.answered = func(at string) {
				if at == op {
					w.till.answered = nil
					w.clock.add(time.Second)
					w.till.dashboard(charge.Charge, 2000)
					w.tell(hint(charge.Charge))
				}
			}
			w.chase()
			w.later(time.Minute)
			if c := w.capture(charge.Charge); c.Returned != first+2000 {
				t.Errorf("%d are known to have gone back", c.Returned)
			}
			w.balanced()
		})
	}
}

// refund is one of our refunds as it is stored.
func (w *world) refund(id tickets.RefundID) (r tickets.Refund) {
	w.t.Helper()
	w.view(func(rd tickets.Reader) (err error) { r, err = rd.Refund(id); return err })
	return r
}

// byHand has a refund wait for a person: it was refused, paid by hand, and that was none.
func (w *world) byHand(ask func() (tickets.Refund, error)) tickets.Refund {
	w.t.Helper()
	w.till.fault = func(string) fault { return refusal }
	r, err := ask()
	if err != nil {
		w.t.Fatalf("ask: %v", err)
	}
	w.repay()
	w.till.fault = nil
	if r, err = w.desk.SettleRefund(w.ctx, r.ID, owner, "slip 7", "cash"); err != nil {
		w.t.Fatalf("settle: %v", err)
	}
	if r, err = w.desk.UnsettleRefund(w.ctx, r.ID, owner, "nobody has the receipt"); err != nil {
		w.t.Fatalf("unsettle: %v", err)
	}
	return r
}

// oneByHand is byHand of an order's first ticket.
func (w *world) oneByHand(o tickets.Order) tickets.Refund {
	w.t.Helper()
	return w.byHand(func() (tickets.Refund, error) {
		rs, err := w.desk.AskRefund(w.ctx, checkout.RefundWish{Order: o.ID, By: owner, Tickets: []tickets.TicketCode{w.tickets(o)[0].Code}, Reason: "ill"})
		return append(rs, tickets.Refund{})[0], err
	})
}

func TestARefundByHandIsNotPaidByAnotherAmountAtTheProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 2)
	r := w.oneByHand(o)
	w.tell(w.till.dashboard(charge.Charge, 1200))
	if got := w.refund(r.ID); got.State != tickets.RefundSubmitted || got.Remote != "" {
		t.Errorf("%s, %q", got.State, got.Remote)
	}
	if o := w.now(o); o.Refunded != 1200 || o.Refunding != 5000 {
		t.Errorf("%d refunded, %d on the way", o.Refunded, o.Refunding)
	}
	w.clean()
	w.balanced()
	w.tell(w.till.dashboard(charge.Charge, 5000)) // somebody makes it
	if got := w.refund(r.ID); got.State != tickets.RefundSucceeded || got.Remote == "" || w.now(o).Refunded != 6200 {
		t.Errorf("%s, %q", got.State, got.Remote)
	}
	w.clean()
	w.balanced()
}

func TestARefundByHandLosesItsPointWhenItsMoneyGoesAtTheProvider(t *testing.T) {
	t.Parallel()
	for amount, stage := range map[int64]tickets.Stage{10000: tickets.StageRefunded, 6000: tickets.StageFulfilled} {
		w := newWorld(t, 9)
		o, charge := w.bought(1, 2)
		r := w.oneByHand(o)
		w.tell(w.till.dashboard(charge.Charge, amount))
		if got := w.refund(r.ID); got.State != tickets.RefundCancelled || got.Note != checkout.NoteFound {
			t.Errorf("%s, %q", got.State, got.Note)
		}
		w.stage(o, stage)
		for _, c := range w.cases() {
			if c.Kind != tickets.CaseRefundFound {
				t.Errorf("case %+v", c)
			}
		}
		w.clean()
		w.balanced()
	}
}

func TestTheRestOfARefundByHandIsAskedAboutWhenAPartGoesAtTheProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	w.unsent = true
	charge := w.stray(5000)
	r := w.byHand(func() (tickets.Refund, error) { return w.desk.RefundMoney(w.ctx, "till", charge, owner, "not ours") })
	w.tell(found(charge, "re_part", 2000, tickets.RefundSucceeded))
	if got := w.refund(r.ID); got.State != tickets.RefundCancelled {
		t.Errorf("%s", got.State)
	}
	if c := w.capture(charge); c.Repaid != 2000 {
		t.Errorf("%d repaid", c.Repaid)
	}
	if cs := w.cases(); len(cs) != 1 || cs[0].Kind != tickets.CaseUnmatched || cs[0].Amount.Amount != 3000 {
		t.Errorf("cases %+v", cs)
	}
	w.clean()
}

func TestAnOrderEndsWhenItsLastRefundFailsAndTheMoneyIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	o, p := w.ordered(1, "adult", 1)
	w.lateFor(o)
	w.bought(2, 1) // the only place
	first := w.money(p, 5000, "SGD")
	if _, err := w.desk.WriteOff(w.ctx, "till", first.Charge, owner, "they wrote that we keep it"); err != nil {
		t.Fatal(err)
	}
	w.stage(o, tickets.StageExpired)
	w.till.slow = true
	w.tell(w.till.dashboard(first.Charge, 2000))
	w.till.slow = false
	w.money(p, 5000, "SGD") // once more, and late too
	w.later(25 * time.Hour)
	w.stage(o, tickets.StagePaymentReview) // some is on its way
	w.tell(w.till.settle(checkout.RefundIsFailed)...)
	w.stage(o, tickets.StageExpired)
	w.clean()
}

func TestAChargeThatItsGatewayCannotListHidesNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	w.unsent = true
	_, first := w.bought(1, 1)
	second := w.till.charge(first.Remote, 5000, "SGD")
	w.tell(second) // the page was paid twice
	lists := 0
	w.till.fault = func(op string) fault {
		if op == "list" {
			if lists++; lists == 1 {
				return lostReply
			}
		}
		return fine
	}
	for _, charge := range []string{first.Charge, second.Charge} {
		w.till.dashboard(charge, 1000)
		w.tell(hint(charge))
	}
	w.passes()
	if n := w.capture(first.Charge).Returned + w.capture(second.Charge).Repaid; n != 1000 {
		t.Errorf("%d are known to have gone back", n)
	}
	w.later(time.Hour)
	if n := w.capture(first.Charge).Returned + w.capture(second.Charge).Repaid; n != 2000 {
		t.Errorf("%d are known to have gone back in the end", n)
	}
	w.clean()
}
