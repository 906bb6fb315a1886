package checkout_test

import (
	"slices"
	"time"

	"boxoffice/tickets"
)

var brokenMoney = []corruption{
	{"postings of one side", "M1", func(s *auditShop) {
		s.add(s.sold, func(f *tickets.Fact) {
			f.Postings = []tickets.Posting{{Account: tickets.AccountRevenue, Amount: -5, Currency: "SGD"}}
		})
	}},
	{"postings in two currencies", "M1", func(s *auditShop) {
		s.add(s.sold, func(f *tickets.Fact) {
			f.Postings = []tickets.Posting{
				{Account: tickets.AccountRevenue, Amount: -5, Currency: "SGD"}, {Account: tickets.AccountGateway("till"), Amount: 5, Currency: "USD"},
			}
		})
	}},
	{"half a posting lost", "M1", func(s *auditShop) {
		s.retold(func(f *tickets.Fact) {
			if f.Order == s.sold.ID && f.Name == tickets.CheckoutCompleted {
				f.Postings = f.Postings[1:]
			}
		})
	}},
	{"charge leads to another capture", "M2", func(s *auditShop) { s.sees(astray{charge: s.captures(s.sold)[0].Charge}) }},
	{"refund's name leads to another", "M2", func(s *auditShop) { s.sees(astray{refund: s.refunds(s.back)[0].Remote}) }},
	{"event leads to another notice", "M2", func(s *auditShop) { s.sees(astray{event: "evt_till_1"}) }},
	{"dispute's name leads to another", "M2", func(s *auditShop) { s.sees(astray{dispute: "dp_" + s.captures(s.lost)[0].Charge}) }},
	{"no disposition", "M3", func(s *auditShop) { s.editCapture(s.sold, func(c *tickets.Capture) { c.Disposition = "" }) }},
	{"applied more than came", "M3", func(s *auditShop) { s.editCapture(s.sold, func(c *tickets.Capture) { c.Applied++ }) }},
	{"owed and applied", "M3", func(s *auditShop) { s.editCapture(s.manual, func(c *tickets.Capture) { c.Owed = 1 }) }},
	{"money nowhere", "M3", func(s *auditShop) {
		s.editCapture(s.sold, func(c *tickets.Capture) { c.Disposition, c.Applied = tickets.LateUnapplied, 0 })
	}},
	{"duplicate of nothing", "M3", func(s *auditShop) {
		s.editCapture(s.review, func(c *tickets.Capture) { c.Disposition, c.Owed = tickets.Duplicate, 3000 })
	}},
	{"unmatched of an order", "M3", func(s *auditShop) {
		s.editCapture(s.review, func(c *tickets.Capture) { c.Disposition, c.Owed = tickets.Unmatched, 3000 })
	}},
	{"kept, and nobody waits", "M3", func(s *auditShop) { s.editOrder(s.review, func(o *tickets.Order) { o.ReviewUntil = time.Time{} }) }},
	{"applied to an unpaid order", "M3", func(s *auditShop) {
		s.editCapture(s.review, func(c *tickets.Capture) { c.Disposition, c.Applied = tickets.Applied, 3000 })
	}},
	{"resolved by a refund that was not", "M3", func(s *auditShop) { s.editStranger(func(c *tickets.Capture) { c.Resolved = tickets.ResolvedRefund }) }},
	{"order says less than its captures", "M4", func(s *auditShop) { s.editOrder(s.sold, func(o *tickets.Order) { o.Applied-- }) }},
	{"order keeps nothing of what its captures keep", "M4", func(s *auditShop) { s.editOrder(s.review, func(o *tickets.Order) { o.Kept = 0 }) }},
	{"order forgets a refund", "M4", func(s *auditShop) { s.editOrder(s.back, func(o *tickets.Order) { o.Refunded = 0 }) }},
	{"order forgets a refund under way", "M4", func(s *auditShop) { s.editOrder(s.sent, func(o *tickets.Order) { o.Refunding = 0 }) }},
	{"order forgets a dispute", "M4", func(s *auditShop) { s.editOrder(s.disputed, func(o *tickets.Order) { o.Dispute = "" }) }},
	{"order has what the bank took", "M4", func(s *auditShop) { s.editOrder(s.lost, func(o *tickets.Order) { o.Withdrawn = 0 }) }},
	{"capture forgets a refund", "M4", func(s *auditShop) { s.editCapture(s.back, func(c *tickets.Capture) { c.Returned = 0 }) }},
	{"capture repaid more than went", "M4", func(s *auditShop) { s.editCapture(s.dup, func(c *tickets.Capture) { c.Repaid-- }) }},
	{"paid with less than the total", "M4", func(s *auditShop) { s.editOrder(s.sold, func(o *tickets.Order) { o.Quote.Total.Amount++ }) }},
	{"applied in another currency", "M5", func(s *auditShop) { s.editCapture(s.sold, func(c *tickets.Capture) { c.Amount.Currency = "USD" }) }},
	{"refund in another currency", "M5", func(s *auditShop) { s.editRefund(s.back, func(r *tickets.Refund) { r.Amount.Currency = "USD" }) }},
	{"refund of nothing", "M5", func(s *auditShop) { s.editRefund(s.back, func(r *tickets.Refund) { r.Amount.Amount = 0 }) }},
	{"given back by a bank that took nothing", "M5", func(s *auditShop) {
		s.editDispute(s.lost, func(d *tickets.Dispute) { d.Withdrawn, d.Reinstated = false, true })
	}},
	{"more back than came", "M6", func(s *auditShop) { s.editRefund(s.back, func(r *tickets.Refund) { r.Amount.Amount = 15001 }) }},
	{"owed money back twice", "M6", func(s *auditShop) {
		r := s.refunds(s.dup)[0]
		r.ID, r.Remote, r.Key = "ref_00000000000000000000000a", "re_other", ""
		s.write(func(tx tickets.Tx) error { return tx.CreateRefund(r) })
	}},
	{"refund of another order's charge", "M6", func(s *auditShop) {
		s.editRefund(s.back, func(r *tickets.Refund) { r.Charge = s.captures(s.sold)[0].Charge })
	}},
	{"sent before it was stored", "M7", func(s *auditShop) { s.editRefund(s.sent, func(r *tickets.Refund) { r.Submitted = time.Time{} }) }},
	{"sent without a try", "M7", func(s *auditShop) { s.editRefund(s.back, func(r *tickets.Refund) { r.Tries = 0 }) }},
	{"gateway knows what was not sent", "M7", func(s *auditShop) { s.editRefund(s.asked, func(r *tickets.Refund) { r.Remote = "re_other" }) }},
	{"sent and not told", "M7", func(s *auditShop) {
		s.retold(func(f *tickets.Fact) {
			if f.Order == s.back.ID && f.Name == tickets.RefundSent {
				f.Key = ""
			}
		})
	}},
	{"went without a proof", "M8", func(s *auditShop) { s.editRefund(s.back, func(r *tickets.Refund) { r.Remote = "" }) }},
	{"duplicate went without a proof", "M8", func(s *auditShop) { s.editRefund(s.dup, func(r *tickets.Refund) { r.Remote = "" }) }},
	{"said to have gone", "M8", func(s *auditShop) {
		s.editRefund(s.byHand, func(r *tickets.Refund) { r.State = tickets.RefundSucceeded })
	}},
	{"play money that counts", "M9", func(s *auditShop) { s.editCapture(s.sold, func(c *tickets.Capture) { c.Test = true }) }},
	{"real money that does not count", "M9", func(s *auditShop) {
		s.editCapture(s.review, func(c *tickets.Capture) { c.Disposition = tickets.TestMode })
	}},
	{"real money by a play payment", "M9", func(s *auditShop) { s.editPayment(s.sold, func(p *tickets.Payment) { p.Test = true }) }},
	{"posting to another account", "M10", func(s *auditShop) {
		s.retold(func(f *tickets.Fact) {
			if f.Order == s.sold.ID && f.Name == tickets.CheckoutCompleted {
				f.Postings[0].Account = tickets.AccountLoss
			}
		})
	}},
	{"posting to another account, and the order's beginning lost", "M10", func(s *auditShop) {
		s.retold(func(f *tickets.Fact) {
			if f.Order == s.sold.ID && f.Seq == 1 {
				f.Moves = nil
			}
			if f.Order == s.sold.ID && f.Name == tickets.CheckoutCompleted {
				f.Postings[0].Account = tickets.AccountLoss
			}
		})
	}},
	{"posting more than came", "M10", func(s *auditShop) {
		s.add(s.sold, func(f *tickets.Fact) {
			f.Postings = tickets.Transfer(tickets.AccountRevenue, tickets.AccountGateway("till"), tickets.Money{Amount: 5, Currency: "SGD"})
		})
	}},
	{"refund without its posting", "M10", func(s *auditShop) {
		s.retold(func(f *tickets.Fact) {
			if f.Order == s.back.ID && f.Name == tickets.RefundDone {
				f.Postings = nil
			}
		})
	}},
	{"dispute without its posting", "M10", func(s *auditShop) { s.editDispute(s.lost, func(d *tickets.Dispute) { d.State = tickets.DisputeWon }) }},
	{"stranger's money grew", "M10", func(s *auditShop) {
		s.editStranger(func(c *tickets.Capture) { c.Amount.Amount, c.Owed = 800, 800 })
	}},
	{"total is not its lines'", "M11", func(s *auditShop) { s.editOrder(s.held, func(o *tickets.Order) { o.Quote.Total.Amount = 1 }) }},
	{"line of another price", "M11", func(s *auditShop) { s.editOrder(s.held, func(o *tickets.Order) { o.Quote.Lines[0].UnitPrice++ }) }},
	{"payment of more than the order", "M11", func(s *auditShop) { s.editPayment(s.open, func(p *tickets.Payment) { p.Total.Amount++ }) }},
	{"payment of a fee below zero", "M11", func(s *auditShop) { s.editPayment(s.open, func(p *tickets.Payment) { p.Fee.Amount = -1 }) }},
	{"payment without a key", "M12", func(s *auditShop) { s.editPayment(s.open, func(p *tickets.Payment) { p.Key = "" }) }},
	{"payment of a number that is not yet", "M12", func(s *auditShop) { s.editPayment(s.open, func(p *tickets.Payment) { p.N = 7 }) }},
	{"two payments of one key", "M12", func(s *auditShop) {
		s.editPayment(s.open, func(p *tickets.Payment) { p.ID, p.N, p.Remote = "ps_00000000000000000000000a", 2, "till_other" })
	}},
	{"payment that is gone", "M12", func(s *auditShop) { s.forgets(s.sold.Session) }},
	{"order counts more payments", "M12", func(s *auditShop) { s.editOrder(s.held, func(o *tickets.Order) { o.Attempts++ }) }},
	{"ticket valid while disputed", "M13", func(s *auditShop) {
		s.editTicket(s.disputed, func(k *tickets.Ticket) { k.State, k.Blocks = tickets.TicketValid, nil })
	}},
	{"ticket valid although lost", "M13", func(s *auditShop) { s.editTicket(s.lost, func(k *tickets.Ticket) { k.State = tickets.TicketValid }) }},
	{"blocked by a dispute that is over", "M13", func(s *auditShop) {
		s.editDispute(s.disputed, func(d *tickets.Dispute) { d.State, d.Ended = tickets.DisputeWon, opening })
	}},
	{"dispute that ended and lives", "M13", func(s *auditShop) { s.editDispute(s.disputed, func(d *tickets.Dispute) { d.Ended = opening }) }},
	{"paid without money", "M15", func(s *auditShop) { s.editCapture(s.sold, func(c *tickets.Capture) { c.Order = stranger }) }},
	{"refunded without money", "M15", func(s *auditShop) { s.editCapture(s.lost, func(c *tickets.Capture) { c.Order = stranger }) }},
	{"paid by money that is owed", "M15", func(s *auditShop) {
		s.editCapture(s.manual, func(c *tickets.Capture) { c.Disposition, c.Applied, c.Owed = tickets.Duplicate, 0, 40000 })
	}},
}

var brokenRefunds = []corruption{
	{"nobody agreed", "M16", func(s *auditShop) { s.editRefund(s.back, func(r *tickets.Refund) { r.Approvals = nil }) }},
	{"one person agreed twice", "M16", func(s *auditShop) {
		s.editRefund(s.back, func(r *tickets.Refund) { r.Approvals = append(r.Approvals, r.Approvals[0]) })
	}},
	{"staff said no why", "M16", func(s *auditShop) {
		s.editRefund(s.back, func(r *tickets.Refund) { r.Reason, r.Approvals[0].Reason = "", "" })
	}},
	{"settled by hand without a word", "M16", func(s *auditShop) { s.editRefund(s.back, func(r *tickets.Refund) { r.Evidence = "slip 7" }) }},
	{"one of two who agreed is gone", "M16", func(s *auditShop) {
		s.editRefund(s.two, func(r *tickets.Refund) { r.Approvals = r.Approvals[:1] })
	}},
	{"one of two who agreed is gone, and the limit since", "M16", func(s *auditShop) {
		s.editRefund(s.two, func(r *tickets.Refund) { r.Approvals = r.Approvals[1:] })
		_, _, err := s.desk.Apply(s.ctx, wares(60))
		if err != nil {
			s.t.Fatalf("catalog: %v", err)
		}
	}},
	{"one agreed to what takes two", "M16", func(s *auditShop) {
		s.editRefund(s.back, func(r *tickets.Refund) { r.Amount.Amount = 12001 })
	}},
	{"cash that nobody took", "M16", func(s *auditShop) {
		s.retold(func(f *tickets.Fact) {
			if f.Order == s.cash.ID {
				f.Actor = tickets.Actor{Kind: tickets.ActorGateway, ID: "manual"}
			}
		})
	}},
	{"case closed by nobody", "M16", func(s *auditShop) {
		s.editCase(tickets.CaseRefundFailed, func(c *tickets.Case) { c.Closed = opening })
	}},
	{"nobody is asked about a wish", "J7", func(s *auditShop) { s.editCase(tickets.CaseRefund, closedByHand) }},
	{"nobody is asked about a failed refund", "J7", func(s *auditShop) { s.editCase(tickets.CaseRefundFailed, closedByHand) }},
	{"nobody is asked about a refund by hand", "J7", func(s *auditShop) { s.editCase(tickets.CaseRefundByHand, closedByHand) }},
	{"nobody is asked for evidence", "J7", func(s *auditShop) { s.editCase(tickets.CaseDispute, closedByHand) }},
	{"nobody is asked about money of no order", "J7", func(s *auditShop) { s.editCase(tickets.CaseUnmatched, closedByHand) }},
	{"nobody is asked about another currency", "J7", func(s *auditShop) { s.editCase(tickets.CaseWrongCurrency, closedByHand) }},
	{"case about nothing", "J7", func(s *auditShop) {
		s.editCase(tickets.CaseRefund, func(c *tickets.Case) { c.ID, c.Kind = "case_00000000000000000000000a", tickets.CaseLate })
	}},
	{"refund taken back, money still owed", "J7", func(s *auditShop) {
		s.editRefund(s.dup, func(r *tickets.Refund) { r.State = tickets.RefundCancelled })
		s.editCapture(s.dup, func(c *tickets.Capture) { c.Repaid, c.Resolved = 0, "" })
	}},
}

// forgets shows the audit a store without a payment.
func (s *auditShop) forgets(id tickets.SessionID) {
	s.through = func(r tickets.Reader) tickets.Reader { return without{r, id} }
}

type without struct {
	tickets.Reader
	gone tickets.SessionID
}

func (w without) Payments(id tickets.OrderID) ([]tickets.Payment, error) {
	ps, err := w.Reader.Payments(id)
	return slices.DeleteFunc(ps, func(p tickets.Payment) bool { return p.ID == w.gone }), err
}

// astray is a store whose index leads a name to another row than its own.
type astray struct {
	tickets.Reader
	charge, refund, dispute, event string
}

func (s *auditShop) sees(a astray) {
	s.through = func(r tickets.Reader) tickets.Reader { a.Reader = r; return a }
}

func (a astray) Capture(gateway, charge string) (tickets.Capture, error) {
	c, err := a.Reader.Capture(gateway, charge)
	if charge == a.charge {
		c.ID = "cap_000000000000000000000000"
	}
	return c, err
}

func (a astray) RefundByRemote(gateway, remote string) (tickets.Refund, error) {
	r, err := a.Reader.RefundByRemote(gateway, remote)
	if remote == a.refund {
		r.ID = "ref_000000000000000000000000"
	}
	return r, err
}

func (a astray) DisputeByRemote(gateway, remote string) (tickets.Dispute, error) {
	d, err := a.Reader.DisputeByRemote(gateway, remote)
	if remote == a.dispute {
		d.ID = "dsp_000000000000000000000000"
	}
	return d, err
}

func (a astray) NoticeByEvent(gateway, event string) (tickets.Notice, error) {
	n, err := a.Reader.NoticeByEvent(gateway, event)
	if event == a.event {
		n.ID = "ntc_000000000000000000000000"
	}
	return n, err
}
