package checkout_test

import (
	"errors"
	"testing"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func TestACustomerAsksForWhatWasShownOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, _ := w.bought(1, 2)
	offer, err := w.desk.RefundOffer(w.ctx, o.ID, o.Buyer.Customer, nil)
	if err != nil {
		t.Fatal(err)
	}
	wish := checkout.RefundWish{Order: o.ID, Customer: o.Buyer.Customer, Expect: offer.Back.Amount + 1, Key: "k"}
	if _, err := w.desk.AskRefund(w.ctx, wish); !errors.Is(err, tickets.Changed) || len(w.refunds(o)) != 0 {
		t.Fatalf("another amount than expected: %v, %d refunds", err, len(w.refunds(o)))
	}
	wish.Expect = offer.Back.Amount
	rs, err := w.desk.AskRefund(w.ctx, wish)
	if err != nil || rs[0].Amount != offer.Back {
		t.Fatalf("refunds %+v, %v", rs, err)
	}
	wish.Expect++ // the same request once more: what it asked is done
	if again, err := w.desk.AskRefund(w.ctx, wish); err != nil || again[0].ID != rs[0].ID {
		t.Errorf("again: %+v, %v", again, err)
	}
}
