package storagetest

import (
	"encoding/json"
	"fmt"

	"boxoffice/tickets"
)

func refund(n int) tickets.Refund {
	return tickets.Refund{
		ID: tickets.RefundID(id(tickets.PrefixRefund, n)), Merchant: merchant, Order: orderID(n), Gateway: "stripe", Charge: fmt.Sprintf("pi_%d", n),
		Amount: tickets.Money{Amount: 5950, Currency: "SGD"}, Kept: 5950, Percent: 50, Tickets: []tickets.TicketCode{ticket(n).Code},
		Source: tickets.RefundByBuyer, State: tickets.RefundSubmitted, Reason: "下雨 / rain", Note: "regular",
		By:        tickets.Actor{Kind: tickets.ActorCustomer, ID: string(customerID(n)), Name: "Mei Ling"},
		Approvals: []tickets.Approval{{By: tickets.Actor{Kind: tickets.ActorMember, ID: "mem_1"}, Reason: "fine", At: at(n + 1)}},
		Key:       fmt.Sprintf("press-%d", n), Sum: "9f86d081", Remote: fmt.Sprintf("re_%d", n), Evidence: "slip 7", Submitted: at(n + 2), Tries: 2, Due: at(n + 60),
		Refusal: tickets.Declined, OwedPart: 50, Error: "card closed", Raw: json.RawMessage(`{"id":"re_1"}`), Retries: tickets.RefundID(id(tickets.PrefixRefund, 900+n)),
		At: at(n), Changed: at(n + 2), Ended: at(n + 9),
	}
}

func dispute(n int) tickets.Dispute {
	return tickets.Dispute{
		ID: tickets.DisputeID(id(tickets.PrefixDispute, n)), Merchant: merchant, Order: orderID(n), Gateway: "stripe",
		Remote: fmt.Sprintf("dp_%d", n), Charge: fmt.Sprintf("pi_%d", n), Amount: tickets.Money{Amount: 11900, Currency: "SGD"},
		State: tickets.DisputeOpen, Reason: "fraudulent", Withdrawn: true, Reinstated: true, UsedPlaces: 2, Deadline: at(n + 900), Pack: at(n + 5), Moved: at(n + 4),
		Raw: json.RawMessage(`{"id":"dp_1"}`), At: at(n), Changed: at(n + 1), Ended: at(n + 9),
	}
}

func openedCase(n int) tickets.Case {
	return tickets.Case{
		ID: tickets.CaseID(id(tickets.PrefixCase, n)), Merchant: merchant, Kind: tickets.CaseRefund, Subject: string(refund(n).ID), Order: orderID(n),
		Gateway: "stripe", Charge: fmt.Sprintf("pi_%d", n), Amount: tickets.Money{Amount: 5950, Currency: "SGD"}, Why: "policy", Due: at(n + 900), Owner: "mem_1", Name: "Ah Huat", At: at(n),
	}
}

func closedCase(n int) tickets.Case {
	c := openedCase(n)
	c.Closed, c.Outcome, c.By, c.Note = at(n+9), "approved", tickets.Actor{Kind: tickets.ActorMember, ID: "mem_1"}, "regular"
	return c
}

// moved is an order whose fact carries both ledgers.
func moved(n int) tickets.Fact {
	f := fact(n, 1)
	f.Moves = []tickets.Move{
		{Pool: pool, Slot: tickets.Slot{Date: visit, Start: "09:30"}, From: tickets.UnitsFree, To: tickets.UnitsHeld, Places: 3},
		{Pool: pool, Slot: tickets.Slot{Date: visit, Start: "09:30"}, From: tickets.UnitsHeld, To: tickets.UnitsSold, Places: 3},
	}
	f.Postings = tickets.Transfer(tickets.AccountCustomer(f.Order), tickets.AccountGateway("stripe"), tickets.Money{Amount: 11900, Currency: "SGD"})
	return f
}

// repaidOrder, repaidCapture and blockedTicket have every field that money on its way back sets.
func repaidOrder(n int) tickets.Order {
	o := order(n)
	o.Refunded, o.Refunding, o.Refund, o.Dispute = 100, 200, tickets.RefundPending, tickets.DisputeReversed
	o.Withdrawn, o.WonAtRev, o.Returned, o.Pending = 300, 7, true, "pcq_1"
	o.Quote.Refund = tickets.RefundPolicy{Brackets: []tickets.RefundBracket{{Days: 7, Percent: 100}, {Days: 0, Percent: 50, Fee: 200}}, Auto: true}
	return o
}

func repaidCapture(n int) tickets.Capture {
	c := capture(n)
	c.Repaid, c.Returned, c.Resolved, c.Payer = 4, 5, tickets.ResolvedWriteOff, "6700000001"
	return c
}

func blockedTicket(n int) tickets.Ticket {
	k := ticket(n)
	k.State, k.Blocks, k.Returned = tickets.TicketBlocked, []string{string(refund(n).ID), string(dispute(n).ID)}, true
	return k
}

var moneyBack = []thing{
	{
		name: "refund", want: refund(1),
		create: func(tx tickets.Tx) error { return tx.CreateRefund(refund(1)) },
		find: map[string]func(tickets.Reader) (any, error){
			"id":     func(r tickets.Reader) (any, error) { return one(r.Refund(refund(1).ID)) },
			"remote": func(r tickets.Reader) (any, error) { return one(r.RefundByRemote("stripe", "re_1")) },
			"key":    func(r tickets.Reader) (any, error) { return one(r.RefundByKey(orderID(1), "press-1")) },
		},
		clash: map[string]func(tickets.Tx) error{
			"id": func(tx tickets.Tx) error {
				return tx.CreateRefund(edited(refund(2), func(r *tickets.Refund) { r.ID = refund(1).ID }))
			},
			"remote": func(tx tickets.Tx) error {
				return tx.CreateRefund(edited(refund(2), func(r *tickets.Refund) { r.Remote = "re_1" }))
			},
			"order and key": func(tx tickets.Tx) error {
				return tx.CreateRefund(edited(refund(2), func(r *tickets.Refund) { r.Order, r.Key = orderID(1), "press-1" }))
			},
		},
	},
	{
		name: "dispute", want: dispute(1),
		create: func(tx tickets.Tx) error { return tx.CreateDispute(dispute(1)) },
		find: map[string]func(tickets.Reader) (any, error){
			"id":     func(r tickets.Reader) (any, error) { return one(r.Dispute(dispute(1).ID)) },
			"remote": func(r tickets.Reader) (any, error) { return one(r.DisputeByRemote("stripe", "dp_1")) },
		},
		clash: map[string]func(tickets.Tx) error{
			"id": func(tx tickets.Tx) error {
				return tx.CreateDispute(edited(dispute(2), func(d *tickets.Dispute) { d.ID = dispute(1).ID }))
			},
			"remote": func(tx tickets.Tx) error {
				return tx.CreateDispute(edited(dispute(2), func(d *tickets.Dispute) { d.Remote = "dp_1" }))
			},
		},
	},
	{
		name: "case", want: openedCase(1),
		create: func(tx tickets.Tx) error { return tx.CreateCase(openedCase(1)) },
		find: map[string]func(tickets.Reader) (any, error){
			"id": func(r tickets.Reader) (any, error) { return one(r.Case(openedCase(1).ID)) },
			"subject": func(r tickets.Reader) (any, error) {
				return one(r.OpenCase(tickets.CaseRefund, openedCase(1).Subject))
			},
		},
		clash: map[string]func(tickets.Tx) error{
			"id": func(tx tickets.Tx) error {
				return tx.CreateCase(edited(openedCase(2), func(c *tickets.Case) { c.ID = openedCase(1).ID }))
			},
			"kind and subject": func(tx tickets.Tx) error {
				return tx.CreateCase(edited(openedCase(2), func(c *tickets.Case) { c.Subject = openedCase(1).Subject }))
			},
		},
	},
	{
		name: "closed case", want: closedCase(3),
		create: func(tx tickets.Tx) error { return tx.CreateCase(closedCase(3)) },
		find:   map[string]func(tickets.Reader) (any, error){"id": func(r tickets.Reader) (any, error) { return one(r.Case(closedCase(3).ID)) }},
		clash:  map[string]func(tickets.Tx) error{"id": func(tx tickets.Tx) error { return tx.CreateCase(closedCase(3)) }},
	},
	{
		name: "order with refunds", want: repaidOrder(4),
		create: func(tx tickets.Tx) error { return tx.CreateOrder(repaidOrder(4)) },
		find:   map[string]func(tickets.Reader) (any, error){"id": func(r tickets.Reader) (any, error) { return one(r.Order(orderID(4))) }},
	},
	{
		name: "capture paid back", want: repaidCapture(4),
		create: func(tx tickets.Tx) error { return tx.CreateCapture(repaidCapture(4)) },
		find:   map[string]func(tickets.Reader) (any, error){"charge": func(r tickets.Reader) (any, error) { return one(r.Capture("stripe", "pi_4")) }},
	},
	{
		name: "blocked ticket", want: blockedTicket(4),
		create: func(tx tickets.Tx) error { return tx.CreateTicket(blockedTicket(4)) },
		find:   map[string]func(tickets.Reader) (any, error){"code": func(r tickets.Reader) (any, error) { return one(r.Ticket(ticket(4).Code)) }},
	},
}
