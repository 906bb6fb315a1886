package web_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

func TestACaseThatIsYoungerThanItsMoneyIsListedWithWhatCanBeDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stray := tickets.Capture{
		ID: tickets.CaptureID(tickets.NewID(tickets.PrefixCapture, w.now(), nil)), Merchant: "sentosa_demo", Gateway: "sandbox", Charge: "pi_stray",
		Amount: tickets.Money{Amount: 5000, Currency: "SGD"}, Disposition: tickets.Unmatched, Owed: 5000, At: w.now(),
	}
	must(t, w.desk.Store.Update(t.Context(), func(tx tickets.Tx) error { return tx.CreateCapture(stray) }))
	w.pass(time.Hour)
	must(t, w.desk.Adopt(t.Context()))
	c := w.openCase(tickets.CaseUnmatched)
	i := slices.IndexFunc(c.Actions, func(a struct{ Do, Method, Path string }) bool { return a.Do == "refund" })
	if i < 0 || c.Actions[i].Path != "/api/v1/captures/sandbox/pi_stray/refund" {
		t.Fatalf("what can be done: %+v", c.Actions)
	}
	if w.posted("/api/v1/cases/"+c.CaseID+"/take", "", 200, &c); c.Owner == nil {
		t.Errorf("taken: %+v", c)
	}
	w.posted(c.Actions[i].Path, `{"reason":"not ours"}`, 200, &ids{})
}

func TestACaseWhoseMoneyIsNotThereDoesNotHideTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.desk.Store.Update(t.Context(), func(tx tickets.Tx) error {
		return tx.CreateCase(tickets.Case{
			ID: tickets.CaseID(tickets.NewID(tickets.PrefixCase, w.now(), nil)), Merchant: "sentosa_demo", Kind: tickets.CaseUnmatched, Subject: "cap_gone",
			Why: "no_order", At: w.now(),
		})
	}))
	o := w.family()
	w.pay(o)
	w.happens(o, sandbox.Currency)
	w.openCase(tickets.CaseWrongCurrency)
	gone := w.openCase(tickets.CaseUnmatched)
	if len(gone.Actions) != 1 || gone.Actions[0].Do != "take" {
		t.Errorf("what can be done: %+v", gone.Actions)
	}
	if w.posted(gone.Actions[0].Path, "", 200, &gone); gone.Owner == nil {
		t.Errorf("taken: %+v", gone)
	}
}

func TestAFailedRefundWhoseTicketWasUsedIsClosedWithANote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, ks := w.walkers(guest('a'))
	w.happens(o, sandbox.RefundFail)
	w.post("/api/v1/orders/"+string(o.ID)+"/refunds", fmt.Sprintf(`{"tickets":[%q],"reason":"ill"}`, ks[0].Code))
	w.notices()
	do := func(c ids) (names []string) {
		for _, a := range c.Actions {
			names = append(names, a.Do)
		}
		return names
	}
	c := w.openCase(tickets.CaseRefundFailed)
	if got := do(c); !slices.Equal(got, []string{"take", "retry", "settle"}) {
		t.Errorf("what can be done: %v", got)
	}
	_, start, _ := strings.Cut(o.Slot().String(), "T")
	loc, err := time.LoadLocation("Asia/Singapore")
	must(t, err)
	w.pass(o.Slot().Date.At(start, loc).Sub(w.now()))
	if _, _, err := w.desk.Admit(t.Context(), checkout.Admitting{Scan: string(ks[0].Code), By: tickets.Actor{Kind: tickets.ActorMember, ID: "gate"}}); err != nil {
		t.Fatal(err)
	}
	if m := w.money(o); m.Status != "REFUND_FAILED" {
		t.Errorf("before: %+v", m)
	}
	c = w.openCase(tickets.CaseRefundFailed)
	if got := do(c); !slices.Equal(got, []string{"take", "close"}) {
		t.Fatalf("what can be done: %v", got)
	}
	w.posted(c.Actions[1].Path, `{"note":"they came after all"}`, 200, &c)
	if m := w.money(o); m.Status != "FULFILLED" || m.RefundState != "NONE" {
		t.Errorf("after: %+v", m)
	}
}
