package checkout_test

import (
	"testing"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func TestOrderOfNothingIsPaidByNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	o := w.order(1, "park_entry", 2)
	offers := w.desk.Offers(o.Total())
	if len(offers) != 1 || offers[0].Gateway != checkout.GatewayFree {
		t.Fatalf("offers %+v", offers)
	}
	p := checkout.Paying{Order: o.ID, Gateway: checkout.GatewayFree, Customer: o.Buyer.Customer}
	for range 2 {
		got, pay, err := w.desk.Pay(w.ctx, p)
		if err != nil || got.Stage != tickets.StageFulfilled || pay.State != tickets.PaymentCaptured {
			t.Fatalf("%s, payment %s, %v", got.Stage, pay.State, err)
		}
	}
	p.Customer = someone(2).Customer
	_, _, err := w.desk.Pay(w.ctx, p)
	refused(t, err, tickets.NotFound)
	w.wantCapture(o, 0, tickets.Applied, 0, 0)
	if n := len(w.captures(o)); n != 1 {
		t.Errorf("%d captures", n)
	}
	w.clean()
}

func TestFeeIsPartOfThePaymentOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20, func(d *checkout.Desk) {
		d.Fees = map[string]tickets.Fee{"till": {Fixed: 50}, "till/card": {BasisPoints: 340, Fixed: 50}}
	})
	o := w.order(1, "sentosa_family_pack", 1)
	offers := w.desk.Offers(o.Total())
	if len(offers) != 2 || offers[0].Total.Amount != 11900+455 || offers[1].Total.Amount != 11950 {
		t.Fatalf("offers %+v", offers)
	}
	p := w.page(o)
	if p.Fee.Amount != 455 || p.Total.Amount != 12355 {
		t.Fatalf("fee %s, total %s", p.Fee, p.Total)
	}
	w.money(p, 12355, "SGD")
	o = w.stage(o, tickets.StageFulfilled)
	w.wantCapture(o, 0, tickets.Applied, 12355, 0)
	if o.Applied != 12355 || o.Owed != 0 || o.Forgiven != 0 || o.PaymentState() != "PAID" {
		t.Errorf("applied %d, owed %d, forgiven %d, %s", o.Applied, o.Owed, o.Forgiven, o.PaymentState())
	}
	// Less than the fee asked for is less than the total of the payment.
	short, p := w.ordered(2, "sentosa_family_pack", 1)
	w.money(p, 12354, "SGD")
	w.stage(short, tickets.StagePaymentReview)
	due, err := w.desk.ToPay(w.ctx, short.ID)
	if err != nil || due.Amount != 1 {
		t.Fatalf("to pay %s, %v", due, err)
	}
	_, rest, err := w.desk.Pay(w.ctx, paying(short, "paynow"))
	if err != nil || rest.Total.Amount != 51 {
		t.Fatalf("rest %s, %v", rest.Total, err)
	}
	w.money(rest, 51, "SGD")
	w.stage(short, tickets.StageFulfilled)
	over, p := w.ordered(3, "sentosa_family_pack", 1)
	w.money(p, 12400, "SGD")
	w.stage(over, tickets.StageFulfilled)
	w.wantCapture(over, 0, tickets.Overpaid, 12355, 45)
	w.clean()
}

func TestToleranceLetsALittlePass(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20, func(d *checkout.Desk) { d.Limits.AmountWithin = 5 })
	o, p := w.ordered(1, "adult", 1)
	w.money(p, 4995, "SGD")
	if o = w.stage(o, tickets.StageFulfilled); o.Forgiven != 5 || o.Applied != 4995 {
		t.Errorf("forgiven %d, applied %d", o.Forgiven, o.Applied)
	}
	less, p := w.ordered(2, "adult", 1)
	w.money(p, 4994, "SGD")
	w.stage(less, tickets.StagePaymentReview)
	w.clean()
}
