package web_test

import (
	"slices"
	"testing"
	"time"

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
