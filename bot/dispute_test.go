package bot_test

import (
	"testing"

	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

// second is the charge of an order that was paid twice which did not pay for it.
func (s *story) second() string {
	s.t.Helper()
	var charge string
	err := s.store.View(s.ctx, func(r tickets.Reader) error {
		caps, err := r.Captures(s.order(s.mei).ID)
		for _, c := range caps {
			if c.Applied == 0 {
				charge = c.Charge
			}
		}
		return err
	})
	if err != nil || charge == "" {
		s.t.Fatalf("no second charge: %v", err)
	}
	return charge
}

func TestADisputeOfASecondPaymentIsNotToldAsTheTicketsEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		acts []sandbox.Act
	}{
		{"lost", []sandbox.Act{sandbox.DisputeOpen, sandbox.FundsWithdraw, sandbox.DisputeReview, sandbox.DisputeLost}},
		{"won", []sandbox.Act{sandbox.DisputeOpen, sandbox.DisputeReview, sandbox.DisputeWon}},
		{"warned", []sandbox.Act{sandbox.DisputeWarn}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tell(t, "second_charge_"+c.name, shopOptions{anyOrder: true}, func(s *story) {
				s.held("sentosa_family")
				s.pay(s.mei, sandbox.Twice)
				s.sent()
				s.m.b.Reset()
				charge := s.second()
				for _, a := range c.acts {
					s.bankOn(charge, a)
				}
				s.good(s.order(s.mei), 1)
				var told script
				told.s, told.c = s.shop, s.g
				told.all(true)
				s.m.b.WriteString(told.b.String())
			})
		})
	}
}
