package bot_test

import (
	"testing"

	"boxoffice/checkout"
	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

func TestAWishThatSomethingElseSettledIsNotToldAsUsed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		acts        []sandbox.Act
		has, hasNot []string
		group       string
	}{
		"all at the provider": {
			[]sandbox.Act{sandbox.DashboardWhole},
			[]string{"S$135.00 was sent back to you"},
			[]string{"used meanwhile", "will not be sent"},
			"Why: the money was refunded at the provider.",
		},
		"less at the provider": {
			[]sandbox.Act{sandbox.DashboardHalf},
			[]string{"S$67.50 was sent back to you", "S$107.00 will not be sent after all", "went back in another way"},
			[]string{"used meanwhile"},
			"Why: the money was refunded at the provider.",
		},
		"by the bank": {
			[]sandbox.Act{sandbox.DisputeOpen, sandbox.FundsWithdraw, sandbox.DisputeReview, sandbox.DisputeLost},
			[]string{"Your bank gave you S$135.00 back"},
			[]string{"used meanwhile", "will not be sent"},
			"Why: the customer's bank gave the money back.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openStory(t, shopOptions{}, "en")
			s.threeTickets(s.mei)
			s.asks()
			s.bank(c.acts...)
			s.repay()
			if o := s.order(s.mei); o.Refunding != 0 {
				t.Errorf("%d still asked back", o.Refunding)
			}
			s.allTold()
			reads(t, s.c.c, c.has, c.hasNot)
			reads(t, s.g, []string{c.group}, []string{"“refunded", "“disputed"})
		})
	}
}

func TestAWishWhoseTicketWasUsedIsToldSo(t *testing.T) {
	t.Parallel()
	tell(t, "used", shopOptions{}, func(s *story) {
		o := s.bought("sentosa_family")
		s.asks()
		s.m.deed('a', "")
		s.m.deed('a', "0")
		by := tickets.Actor{Kind: tickets.ActorMember, ID: "gate", Name: "North"}
		if _, _, err := s.desk.Admit(s.ctx, checkout.Admitting{Scan: string(s.tickets(o)[0].Code), By: by}); err != nil {
			s.t.Fatal(err)
		}
		s.repay()
		s.m.wait("↩")
	})
}

func TestAFailedRefundWhoseTicketWasUsedIsLeft(t *testing.T) {
	t.Parallel()
	s := openStory(t, shopOptions{}, "en")
	o := s.bought("sentosa_family")
	s.bank(sandbox.RefundFail)
	s.asks()
	s.m.deed('a', "")
	s.m.deed('a', "0")
	s.repay()
	s.m.deed('t', "")
	by := tickets.Actor{Kind: tickets.ActorMember, ID: "gate", Name: "North"}
	if _, _, err := s.desk.Admit(s.ctx, checkout.Admitting{Scan: string(s.tickets(o)[0].Code), By: by}); err != nil {
		t.Fatal(err)
	}
	if a := s.m.deed('t', "0"); a.Text != "These tickets were used." {
		t.Errorf("tried again: %+v", a)
	}
	m := s.m.wait("failed", "used meanwhile: nothing is to be paid back")
	if hasButton(m, "Try again") || hasButton(m, "Paid another way") {
		t.Errorf("what cannot be done is offered:\n%s", m.Body())
	}
	s.m.deed('l', "")
	s.m.deed('l', "0", "Left as it is")
	s.allTold()
	reads(t, s.c.c, []string{"will not be sent back after all", "used meanwhile"}, nil)
	if r := s.order(s.mei).Refund; r != "" {
		t.Errorf("refund is %s", r)
	}
}
