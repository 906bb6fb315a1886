package checkout_test

import (
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func TestTheMoneyOfACaseIsFoundHoweverLateItWasOpened(t *testing.T) {
	t.Parallel()
	for name, reopen := range map[string]func(*world){
		"a refund was rejected": func(w *world) {
			r, err := w.desk.RefundMoney(w.ctx, "till", "ch_a", manager, "not ours")
			if err != nil {
				w.t.Fatalf("%v", err)
			}
			w.later(48 * time.Hour)
			if _, err := w.desk.RejectRefund(w.ctx, r.ID, owner, "it may be Mr Tan's"); err != nil {
				w.t.Fatalf("%v", err)
			}
		},
		"its bank gave it back": func(w *world) {
			w.later(48 * time.Hour)
			w.tell(bank("ch_a", tickets.DisputeOpen, checkout.FundsWithdrawn, 5000))
			w.tell(bank("ch_a", tickets.DisputeLost, "", 5000))
			w.later(48 * time.Hour)
			w.tell(bank("ch_a", tickets.DisputeReversed, checkout.FundsReinstated, 5000))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := guarded(t)
			w.tell(checkout.Report{Kind: checkout.ReportPaid, Charge: "ch_a", Amount: tickets.Money{Amount: 5000, Currency: "SGD"}})
			reopen(w)
			cs := w.cases()
			if len(cs) != 1 || cs[0].Kind != tickets.CaseUnmatched {
				t.Fatalf("cases %+v", cs)
			}
			if n := w.toldOf(cs[0].ID); n != 1 {
				t.Errorf("the group was told %d times", n)
			}
			old := cs[0] // as versions stored it that did not keep the charge
			old.Gateway, old.Charge = "", ""
			gone := old
			gone.Subject = "cap_gone"
			w.view(func(r tickets.Reader) error {
				for _, c := range []tickets.Case{cs[0], old} {
					x, err := checkout.CaseMoney(r, c)
					if err != nil || x.Charge != "ch_a" || string(x.ID) != c.Subject {
						t.Errorf("of charge %q: %+v, %v", c.Charge, x, err)
					}
				}
				_, err := checkout.CaseMoney(r, gone)
				refused(t, err, tickets.NotFound)
				return nil
			})
			w.clean()
		})
	}
}

// TestAPartThatItsBankGaveBackPaysWithTheRest has an order made whole by hand while a person was asked about its first
// part: nothing is to be decided of it any more.
func TestAPartThatItsBankGaveBackPaysWithTheRest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	w.money(p, 5000, "USD") // keeps the order in review
	part := w.money(p, 2500, "SGD")
	w.tell(bank(part.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 2500))
	w.later(time.Hour)
	w.tell(bank(part.Charge, tickets.DisputeLost, "", 2500))
	w.later(time.Hour)
	w.tell(bank(part.Charge, tickets.DisputeReversed, checkout.FundsReinstated, 2500))
	subject := string(w.capture(part.Charge).ID)
	if cs := w.cases(); len(cs) != 2 || cs[1].Kind != tickets.CaseLate || cs[1].Subject != subject || cs[1].Amount.Amount != 2500 {
		t.Fatalf("cases %+v", cs)
	}
	in := checkout.MarkingPaid{
		Order: o.ID, By: owner, Amount: 2500, Reference: "till 7", Reason: "the rest in cash",
	}
	if _, _, err := w.desk.MarkPaid(w.ctx, in); err != nil {
		t.Fatal(err)
	}
	o = w.stage(o, tickets.StageFulfilled)
	if cs := w.cases(); len(cs) != 1 || cs[0].Kind != tickets.CaseWrongCurrency || o.Applied != 5000 {
		t.Errorf("%d applied, cases %+v", o.Applied, cs)
	}
	w.clean()
}

// toldOf counts how often the merchant's group was told of a case.
func (w *world) toldOf(id tickets.CaseID) (n int) {
	w.t.Helper()
	w.view(func(r tickets.Reader) error {
		return r.Walk(func(thing any) error {
			if d, ok := thing.(*tickets.Delivery); ok && d.Args["case"] == string(id) && d.To.Kind == tickets.ToMerchant {
				n++
			}
			return nil
		})
	})
	return n
}
