package bot_test

import (
	"strings"
	"testing"
	"time"

	"boxoffice/bot/telegramtest"
	"boxoffice/checkout"
	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

func TestAboveALimitTwoPeopleApprove(t *testing.T) {
	t.Parallel()
	tell(t, "second", shopOptions{catalog: func(c *tickets.Catalog) { c.Merchant.ApproveAbove = 5000 }}, func(s *story) {
		s.bought("sentosa_family")
		s.asks()
		s.m.deed('a', "")
		s.m.deed('a', "1")
		s.m.deed('a', "") // once more by the same person
		if a := s.m.deed('a', "1"); !a.Alert {
			s.t.Errorf("the same person's second yes: %+v", a)
		}
		if o := s.order(s.mei); o.Refund != tickets.RefundRequested {
			s.t.Errorf("refund is %s after one person's yes", o.Refund)
		}
		s.m.u = s.max
		s.m.deed('a', "")
		s.m.deed('a', "0")
		s.repay()
		s.m.wait("💸")
	})
}

func TestWishIsRejectedWithAReasonThatWasTyped(t *testing.T) {
	t.Parallel()
	tell(t, "reject", shopOptions{}, func(s *story) {
		s.bought("sentosa_family")
		s.asks()
		s.m.deed('r', "")
		s.m.deed('r', "y", "✎")
		prompt := s.g.Last()
		said := s.owner.Reply(s.g, "The cable car runs in rain too.", prompt)
		s.m.shownAfter(said)
		s.m.deed('r', "z")
		s.sent()
		s.c.wait("✖")
	})
}

func TestLateMoneyPaysForAnotherDay(t *testing.T) {
	t.Parallel()
	tell(t, "late_moved", shopOptions{}, func(s *story) {
		o := s.held("sentosa_family")
		s.pass(6 * time.Minute)
		s.fill(o)
		s.pay(s.mei, sandbox.Approve)
		s.sent()
		s.c.act('E')
		s.c.act('V')
		s.press('v')
		s.eventually("moved", func() bool { return s.order(s.mei).Paid() })
		s.sent()
		if moved := s.order(s.mei); moved.Stage != tickets.StageFulfilled || moved.Slot() == o.Slot() {
			s.t.Errorf("order is %s on %s", moved.Stage, moved.Slot())
		}
	})
}

func TestLateMoneyGoesBackWhenItsCustomerWishes(t *testing.T) {
	t.Parallel()
	tell(t, "late_refund", shopOptions{}, func(s *story) {
		o := s.held("sentosa_family")
		s.pass(6 * time.Minute)
		s.fill(o)
		s.pay(s.mei, sandbox.Approve)
		s.sent()
		s.c.act('H')
		s.press('h')
		s.repay()
		if o = s.order(s.mei); o.Stage != tickets.StageExpired {
			s.t.Errorf("order is %s", o.Stage)
		}
	})
}

func TestSecondPaymentGoesBackByItself(t *testing.T) {
	t.Parallel()
	tell(t, "duplicate", shopOptions{anyOrder: true}, func(s *story) {
		s.held("sentosa_family")
		s.pay(s.mei, sandbox.Twice)
		s.sent()
		s.m.wait("💚")
		s.repay()
		s.m.wait("💸")
	})
}

func TestUnderpaidCustomerGivesUp(t *testing.T) {
	t.Parallel()
	tell(t, "underpaid", shopOptions{}, func(s *story) {
		s.held("sentosa_family")
		s.pay(s.mei, sandbox.Less)
		s.sent()
		s.c.act('H')
		s.press('h')
		s.repay()
		if o := s.order(s.mei); o.Stage != tickets.StageExpired || o.Owed != 0 {
			s.t.Errorf("order is %s, %d owed", o.Stage, o.Owed)
		}
	})
}

func TestUnderpaidOrderThatIsPaidElsewhereAsksNoMore(t *testing.T) {
	t.Parallel()
	tell(t, "underpaid_rest", shopOptions{}, func(s *story) {
		o := s.held("sentosa_family")
		s.pay(s.mei, sandbox.Less)
		s.sent()
		s.m.say("/paid " + o.Code + " FT-4711 the rest came by transfer")
		s.m.deed('b', "z", "✔️")
		s.sent()
		if o := s.order(s.mei); !o.Paid() {
			s.t.Errorf("order is %s", o.Stage)
		}
		for _, m := range s.c.c.Messages() {
			if strings.Contains(m.Body(), "S$119.00") && m.ReplyMarkup != nil {
				for _, row := range m.ReplyMarkup.Rows {
					for _, b := range row {
						if len(b.CallbackData) > 13 && strings.ContainsAny(b.CallbackData[13:14], "pH") {
							s.t.Errorf("%q still has the button %q", m.Body(), b.Text)
						}
					}
				}
			}
		}
	})
}

func TestDisputeIsOpenedAndReversed(t *testing.T) {
	t.Parallel()
	tell(t, "dispute", shopOptions{}, func(s *story) {
		s.bought("sentosa_family")
		s.bank(sandbox.DisputeOpen, sandbox.FundsWithdraw)
		s.c.say("/tickets")
		s.m.deed('o', "", "🏦")
		data, _ := s.m.deedData('e', "")
		mark := s.g.Mark()
		s.owner.PressData(s.g, data)
		m, err := s.g.WaitAfter(s.ctx, mark, func(m *telegramtest.Message) bool { return m.Document != nil })
		if err != nil {
			s.t.Fatal(err)
		}
		s.m.write(m)
		s.m.wait("🏦", "🗂")
		s.bank(sandbox.DisputeReview, sandbox.DisputeWon, sandbox.FundsReinstate)
		if k := s.tickets(s.order(s.mei))[0]; k.State != tickets.TicketValid {
			s.t.Errorf("ticket is %s", k.State)
		}
		s.sent()
		s.m.all(false)
	})
}

func TestDisputeAboutUsedTicketsIsWon(t *testing.T) {
	t.Parallel()
	tell(t, "dispute_used", shopOptions{}, func(s *story) {
		o := s.bought("sentosa_family")
		for _, k := range s.tickets(o) {
			by := tickets.Actor{Kind: tickets.ActorMember, ID: "gate", Name: "North"}
			if _, _, err := s.desk.Admit(s.ctx, checkout.Admitting{Scan: string(k.Code), By: by}); err != nil {
				s.t.Fatal(err)
			}
		}
		s.bank(sandbox.DisputeOpen, sandbox.FundsWithdraw, sandbox.DisputeReview, sandbox.DisputeWon, sandbox.FundsReinstate)
		s.sent()
		s.m.all(false)
	})
}

func TestFraudWarningIsRefunded(t *testing.T) {
	t.Parallel()
	tell(t, "warning", shopOptions{}, func(s *story) {
		s.bought("sentosa_family")
		s.bank(sandbox.DisputeWarn)
		s.m.deed('w', "")
		s.m.deed('w', "1")
		s.repay()
		s.m.wait("💸")
		s.sent()
		s.m.wait("✔️") // what the group has of the case says that it is over, before anybody presses
		if o := s.order(s.mei); o.Stage != tickets.StageRefunded {
			s.t.Errorf("order is %s", o.Stage)
		}
	})
}

func TestFailedRefundIsTriedAgain(t *testing.T) {
	t.Parallel()
	tell(t, "failed", shopOptions{}, func(s *story) {
		s.bought("sentosa_family")
		s.bank(sandbox.RefundFail)
		s.asks()
		s.m.deed('a', "")
		s.m.deed('a', "0")
		s.repay()
		s.m.deed('t', "")
		s.m.deed('t', "0")
		s.bank(sandbox.RefundFail)
		s.repay()
		s.m.deed('p', "", "✎")
		said := s.owner.Reply(s.g, "FAST-2211-778", s.g.Last())
		s.m.shownAfter(said)
		s.m.deed('p', "0", "✔️")
		s.sent()
		if o := s.order(s.mei); o.Refunded != 9420 {
			s.t.Errorf("%d refunded", o.Refunded)
		}
	})
}

func TestRefundThatCameBackLeavesItsTicketsEnded(t *testing.T) {
	t.Parallel()
	tell(t, "came_back", shopOptions{}, func(s *story) {
		s.bought("sentosa_family")
		s.asks()
		s.m.deed('a', "")
		s.m.deed('a', "0")
		s.repay()
		s.m.wait("💸")
		s.bank(sandbox.RefundReturns)
		s.m.wait("❗")
		s.good(s.order(s.mei), 0)
	})
}

func TestOrderIsMarkedPaid(t *testing.T) {
	t.Parallel()
	tell(t, "paid", shopOptions{}, func(s *story) {
		o := s.held("sentosa_family")
		s.m.say("/paid")
		s.m.say("/paid " + o.Code)
		s.m.say("/paid " + o.Code + " FT-4711 bank transfer seen")
		s.m.deed('b', "z", "✔️")
		s.sent()
		s.m.say("/paid " + o.Code + " FT-4712 again")
		s.m.say("/refund " + o.Code + " 20 rain")
		s.m.deed('q', "z", "✔️")
		s.sent()
		s.m.say("/cases")
		s.m.say("/today")
		s.repay()
		s.m.say("/cases")
	})
}

func TestAboveALimitTwoPeopleSayThatMoneyCame(t *testing.T) {
	t.Parallel()
	tell(t, "paid_second", shopOptions{catalog: func(c *tickets.Catalog) { c.Merchant.ApproveAbove = 5000 }}, func(s *story) {
		o := s.held("sentosa_family")
		s.m.say("/paid " + o.Code + " FT-4711 bank transfer seen")
		s.m.deed('b', "z", "✔️")
		s.sent()
		s.m.deed('d', "")
		s.m.deed('d', "0") // the same person once more
		if o := s.order(s.mei); o.Paid() {
			s.t.Errorf("order is %s after one person's yes", o.Stage)
		}
		s.m.u = s.max
		s.m.deed('d', "")
		s.m.deed('d', "0", "✔️")
		s.sent()
		if o := s.order(s.mei); !o.Paid() {
			s.t.Errorf("order is %s after two people's yes", o.Stage)
		}
	})
}

func TestMoneyThatNoGatewaySendsBackIsPromisedByHand(t *testing.T) {
	t.Parallel()
	tell(t, "late_hand", shopOptions{}, func(s *story) {
		o := s.held("sentosa_family")
		s.pass(6 * time.Minute)
		s.fill(o)
		s.m.say("/paid " + o.Code + " FT-4711 bank transfer seen")
		s.m.deed('b', "z", "✔️")
		s.sent()
		s.m.wait("🔎")
		s.c.act('H')
		s.press('h')
		s.repay()
		s.m.wait("🖐")
	})
}

func TestTicketsThatCannotBeIssued(t *testing.T) {
	t.Parallel()
	tell(t, "cannot", shopOptions{}, func(s *story) {
		s.clock.pass(time.Second)
		p := s.script(s.mei)
		p.say("/start p_private_guide")
		for _, a := range []byte("dytsc") {
			p.act(a)
		}
		s.pay(s.mei, sandbox.Approve)
		s.sent()
		s.m.deed('n', "")
		s.m.deed('n', "0", "S$280.00 ·")
		s.sent()
		s.m.deed('i', "", "✔️")
		s.sent()
		if o := s.order(s.mei); o.Stage != tickets.StageFulfilled {
			s.t.Errorf("order is %s", o.Stage)
		}
	})
}

func TestRefundFoundAtTheProviderIsGivenItsTickets(t *testing.T) {
	t.Parallel()
	tell(t, "found", shopOptions{}, func(s *story) {
		o := s.threeTickets(s.mei)
		s.bank(sandbox.DashboardHalf)
		s.m.deed('h', "")
		s.m.deed('h', "") // the first one
		s.m.press("☐")    // and another, which is not meant
		s.m.press("☑")    // of those that are chosen, the first one
		s.m.deed('x', "")
		s.pass(61 * time.Second)
		if a := s.m.deed('x', "-"); a.Text == "" { // too late to count
			s.t.Error("a press after more than a minute is not answered")
		}
		s.good(o, 3)
		s.m.deed('h', "")
		s.m.deed('h', "")
		s.m.deed('x', "")
		s.m.deed('x', "-", "✔️")
		s.sent()
		s.good(o, 2)
		s.c.wait("🎟", "2")
		s.c.say("/orders")
		s.c.act('O')
	})
}

func TestRefundFoundAtTheProviderLeavesTheTickets(t *testing.T) {
	t.Parallel()
	tell(t, "found_kept", shopOptions{}, func(s *story) {
		o := s.threeTickets(s.mei)
		s.bank(sandbox.DashboardHalf)
		s.m.deed('l', "")
		s.m.deed('l', "0", "✔️")
		s.good(o, 3)
	})
}

func TestANumericReferenceIsNoAmount(t *testing.T) {
	t.Parallel()
	tell(t, "paid_number", shopOptions{}, func(s *story) {
		o := s.held("sentosa_family")
		s.m.say("/paid " + o.Code + " 20250901 seen on the account")
		s.m.say("/paid " + o.Code + " 119 20250901") // an amount, and no reason
		s.m.say("/paid " + o.Code + " 130.50 20250901 seen on the account")
		s.m.say("/paid " + o.Code + " 119 20250901 seen on the account")
		s.m.deed('b', "z", "✔️")
		s.sent()
		if o := s.order(s.mei); !o.Paid() || o.Owed != 0 {
			s.t.Errorf("order is %s, %d owed", o.Stage, o.Owed)
		}
	})
}
