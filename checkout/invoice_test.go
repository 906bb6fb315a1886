package checkout_test

import (
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// TestAnApprovedInvoiceIsClosedAsSoonAsItCanBe is a bank that refuses in silence, and a customer who cancels then.
func TestAnApprovedInvoiceIsClosedAsSoonAsItCanBe(t *testing.T) {
	t.Parallel()
	w, chat := invoiceWorld(t, 20)
	o, p := w.invoiced(1, 2)
	w.approves(asked(o, p, "q"))
	approved := w.clock.Now()
	w.clock.add(15 * time.Second)
	if _, err := w.desk.Cancel(w.ctx, checkout.Cancelling{Order: o.ID}); err != nil {
		t.Fatal(err)
	}
	w.clock.set(approved.Add(checkout.ApprovedFor - time.Second))
	w.passes()
	if got := w.now(o).Stage; got != tickets.StageExpiring || w.stock("day").Held != 2 {
		t.Fatalf("while money may be under way the order is %s with %d places", got, w.stock("day").Held)
	}
	w.clock.set(approved.Add(checkout.ApprovedFor))
	w.passes()
	if got := w.now(o).Stage; got != tickets.StageCancelled || w.stock("day").Held != 0 || len(chat.deleted) != 1 {
		t.Errorf("the order is %s with %d places, deleted %v; next try at %s", got, w.stock("day").Held, chat.deleted, w.payment(p.ID).Due)
	}
	w.clean()
}
