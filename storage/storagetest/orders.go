package storagetest

import (
	"errors"
	"slices"
	"testing"

	"boxoffice/tickets"
)

var orderLists = []clause{
	{"OrdersComeNewestFirstByPage", orderPages},
	{"MarksOfOtherListsAreInvalid", foreignMarks},
	{"OrdersAreFoundByEveryField", orderFilters},
	{"OrdersAreFoundByWhatBecameOfTheirMoney", orderTroubles},
	{"OrdersFollowTheirChanges", orderMoves},
}

// list reads all pages of a query.
func list(r tickets.Reader, q tickets.OrderQuery) (out []tickets.OrderID, err error) {
	for {
		page, mark, err := r.Orders(q)
		if err != nil {
			return nil, err
		}
		out = append(out, ids(page)...)
		if mark == "" {
			return out, nil
		}
		q.Mark = mark
	}
}

func (s *shop) orders(n int, edit func(i int, o *tickets.Order)) {
	s.t.Helper()
	s.update(func(tx tickets.Tx) error {
		for i := range n {
			o := order(i)
			edit(i, &o)
			if err := tx.CreateOrder(o); err != nil {
				return err
			}
		}
		return nil
	})
}

func orderPages(t *testing.T, s *shop) {
	s.orders(125, func(int, *tickets.Order) {})
	s.view(func(r tickets.Reader) error {
		page, mark, err := r.Orders(tickets.OrderQuery{})
		if len(page) != 50 || mark == "" || page[0].ID != orderID(124) {
			t.Errorf("first page of %d from %v", len(page), ids(page)[:1])
		}
		for _, limit := range []int{1, 7, 50, 125, 1000, 5000} {
			got, err := list(r, tickets.OrderQuery{Page: tickets.Page{Limit: limit}})
			if err != nil || len(got) != 125 || !slices.IsSortedFunc(got, func(a, b tickets.OrderID) int { return compareIDs(b, a) }) {
				t.Errorf("limit %d: %d orders, %v", limit, len(got), err)
			}
		}
		return err
	})
	s.view(func(r tickets.Reader) error {
		_, _, err := r.Orders(tickets.OrderQuery{Page: tickets.Page{Limit: -1}})
		if !errors.Is(err, tickets.Invalid) {
			t.Errorf("limit -1: %v", err)
		}
		return nil
	})
}

func compareIDs(a, b tickets.OrderID) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func foreignMarks(t *testing.T, s *shop) {
	s.orders(5, func(int, *tickets.Order) {})
	s.update(func(tx tickets.Tx) error { return all(tx.CreateIncoming(incoming(1)), tx.CreateIncoming(incoming(2))) })
	s.view(func(r tickets.Reader) error {
		_, mark, err := r.Orders(tickets.OrderQuery{Page: tickets.Page{Limit: 2}})
		_, other, err2 := r.IncomingPending(7, tickets.Page{Limit: 1})
		if mark == "" || other == "" {
			t.Error("no marks")
		}
		for _, m := range []string{other, "nonsense", "%%%", mark + "A", mark[1:]} {
			if _, _, err := r.Orders(tickets.OrderQuery{Page: tickets.Page{Limit: 2, Mark: m}}); !errors.Is(err, tickets.Invalid) {
				t.Errorf("mark %q: %v", m, err)
			}
		}
		if _, _, err := r.Orders(tickets.OrderQuery{Stage: tickets.StageHeld, Page: tickets.Page{Mark: mark}}); !errors.Is(err, tickets.Invalid) {
			t.Errorf("mark of another query: %v", err)
		}
		if _, _, err := r.IncomingPending(7, tickets.Page{Mark: mark}); !errors.Is(err, tickets.Invalid) {
			t.Errorf("mark of orders: %v", err)
		}
		return all(err, err2)
	})
}

var allStages = []tickets.Stage{
	tickets.StageHeld, tickets.StageAwaiting, tickets.StageExpiring, tickets.StageExpired, tickets.StageCancelled,
	tickets.StagePaymentReview, tickets.StagePaid, tickets.StageFulfilling, tickets.StageFulfilled,
}

// mixed makes orders that differ in all that can be asked for.
func mixed(i int, o *tickets.Order) {
	o.Stage = allStages[i%len(allStages)]
	if i%2 == 1 && o.Stage == tickets.StagePaymentReview {
		o.EndedAs = tickets.StageExpired
	}
	o.Quote.Slot.Date = visit + tickets.Date(i%4)
	o.Buyer.Customer = customerID(i % 5)
	if i%3 == 0 {
		o.Quote.Lines = append(o.Quote.Lines, line("child", 1), line("child", 2))
	}
	if i%10 == 0 {
		o.Buyer.Name = "Tan 美玲"
	}
	if i%7 == 0 {
		o.Channel = tickets.ChannelAPI
	}
	o.Quote.Total.Amount = int64(10_000 + 100*(i%9))
}

func orderFilters(t *testing.T, s *shop) {
	const n = 90
	s.orders(n, mixed)
	queries := []tickets.OrderQuery{
		{Status: tickets.StatusInit}, {Status: tickets.StatusCharged}, {Status: tickets.StatusFulfilled}, {Status: tickets.StatusClosed},
		{Stage: tickets.StagePaymentReview}, {Date: visit + 2}, {SKU: "child"}, {SKU: sku}, {SKU: "none"}, {Customer: customerID(3)},
		{Customer: customerID(3), Date: visit + 1, Status: tickets.StatusClosed}, {Date: visit, SKU: "child", Stage: tickets.StageHeld},
		{Since: at(30)}, {Until: at(30)}, {Since: at(10), Until: at(20), SKU: "child"}, {Text: "美玲"}, {Text: "tan"},
		{Text: order(7).Code}, {Text: "TG260320A0000"}, {Text: "00007"}, {Text: string(orderID(7))}, {Text: string(orderID(7))[25:]},
		{Text: "玲 tan"}, {Text: string(orderID(7))[:17]}, {Text: string(orderID(7))[6:17]}, {Text: "ord"}, {Channel: tickets.ChannelAPI},
		{Least: 10_300, Most: 10_500}, {Least: 10_800}, {Most: 10_000}, {Channel: tickets.ChannelAPI, Most: 10_400, Date: visit + 1},
		{Stage: tickets.StageFulfilled, Channel: tickets.ChannelAPI}, {Until: at(40), Date: visit}, {Since: at(40), Text: "mei"},
		{Text: order(7).Code, Stage: "other"}, {Text: "nobody"}, {Status: tickets.StatusClosed, Text: "tan"},
	}
	s.view(func(r tickets.Reader) error {
		for _, q := range queries {
			var want []tickets.OrderID
			for i := n - 1; i >= 0; i-- {
				o := order(i)
				mixed(i, &o)
				if asked(o, q) {
					want = append(want, o.ID)
				}
			}
			q.Limit = 4
			got, err := list(r, q)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%+v:\n got %v, %v\nwant %v", q, got, err, want)
			}
		}
		return nil
	})
	s.sound()
}

// troubled are orders whose money went back, is to, or is claimed.
func troubled(i int, o *tickets.Order) {
	mixed(i, o)
	o.Applied = o.Quote.Total.Amount
	switch i % 6 {
	case 1:
		o.Refunded, o.Refund = o.Applied, tickets.RefundSucceeded
	case 2:
		o.Refunding, o.Refund = 100, tickets.RefundPending
	case 3:
		o.Refund = tickets.RefundFailed
	case 4:
		o.Dispute = tickets.DisputeOpen
	case 5:
		o.Dispute, o.WonAtRev = tickets.DisputeWon, o.Rev
	}
	if i%12 == 0 {
		o.Stage = tickets.StageRefunded
	}
	if i == 4 {
		o.ID = "order_by_hand"
	}
}

func orderTroubles(t *testing.T, s *shop) {
	const n = 60
	s.orders(n, troubled)
	s.update(func(tx tickets.Tx) error {
		for i := range n {
			o := order(i)
			troubled(i, &o)
			r, d, again := refundOf(i), dispute(i), refundOf(n+i)
			r.Order, d.Order, again.Order = o.ID, o.ID, o.ID
			var err error
			switch i % 6 {
			case 1, 2, 3:
				err = all(tx.CreateRefund(r), tx.CreateRefund(again))
			case 4, 5:
				err = tx.CreateDispute(d)
			}
			if err != nil {
				return err
			}
		}
		d := dispute(n)
		d.Order = ""
		return tx.CreateDispute(d) // of no order
	})
	var queries []tickets.OrderQuery
	for _, status := range []tickets.Status{
		tickets.StatusRefunded, tickets.StatusRefunding, tickets.StatusRefundFailed, tickets.StatusChargeback, tickets.StatusChargebackReversed,
	} {
		queries = append(queries, tickets.OrderQuery{Status: status}, tickets.OrderQuery{Status: status, Date: visit + 1},
			tickets.OrderQuery{Status: status, Since: at(10), Until: at(41)}, tickets.OrderQuery{Status: status, Until: at(30), Stage: tickets.StagePaid},
			tickets.OrderQuery{Status: status, Text: "tan"}, tickets.OrderQuery{Status: status, Customer: customerID(3)})
	}
	s.view(func(r tickets.Reader) error {
		for _, q := range queries {
			var want []tickets.OrderID
			for i := range n {
				o := order(i)
				if troubled(i, &o); asked(o, q) {
					want = append(want, o.ID)
				}
			}
			slices.SortFunc(want, func(a, b tickets.OrderID) int { return compareIDs(b, a) })
			for _, q.Limit = range []int{1, 4, 1000} {
				got, err := list(r, q)
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("%+v:\n got %v, %v\nwant %v", q, got, err, want)
				}
			}
		}
		return nil
	})
	s.sound()
}

func orderMoves(t *testing.T, s *shop) {
	s.orders(9, func(int, *tickets.Order) {})
	for _, stage := range []tickets.Stage{tickets.StageAwaiting, tickets.StagePaid, tickets.StageFulfilled} {
		s.update(func(tx tickets.Tx) error {
			for i := 0; i < 9; i += 2 {
				o, err := tx.Order(orderID(i))
				o.Stage = stage
				o.Quote.Slot.Date++
				if err := all(err, tx.PutOrder(o)); err != nil {
					return err
				}
			}
			return nil
		})
		s.view(func(r tickets.Reader) error {
			moved, err := list(r, tickets.OrderQuery{Stage: stage})
			held, err2 := list(r, tickets.OrderQuery{Stage: tickets.StageHeld})
			same, err3 := list(r, tickets.OrderQuery{Date: visit})
			c, err4 := r.Counts()
			if len(moved) != 5 || len(held) != 4 || len(same) != 4 || c.Orders[stage] != 5 || c.Orders[tickets.StageHeld] != 4 {
				t.Errorf("%s: %v moved, %v held, %v on the old date, counts %v", stage, moved, held, same, c.Orders)
			}
			return all(err, err2, err3, err4)
		})
	}
	s.sound()
}
