package checkout

import (
	"slices"

	"boxoffice/tickets"
)

// What moves in a transaction, places and money, is collected here and rides on the next fact that is told: so that no
// counter changes without its entry, and no entry is written without its counter (see tickets/ledger.go).

// moved notes places that went from an account to another.
func (t *turn) moved(slot tickets.Slot, draws []tickets.Draw, from, to tickets.UnitAccount) {
	for _, dr := range draws {
		t.moves = append(t.moves, tickets.Move{Pool: dr.Pool, Slot: slot, From: from, To: to, Places: dr.Places})
	}
}

// post notes money that went from an account to another.
func (t *turn) post(from, to tickets.Account, m tickets.Money) {
	t.postings = append(t.postings, tickets.Transfer(from, to, m)...)
}

// enter puts what was collected on the first of the facts.
func (t *turn) enter(facts []tickets.Fact) {
	if len(facts) == 0 || len(t.moves)+len(t.postings) == 0 {
		return
	}
	facts[0].Moves, facts[0].Postings = t.moves, t.postings
	t.moves, t.postings = nil, nil
}

// balanced refuses a transaction that moved something and told nothing of it: that would be a fault of ours.
func (t *turn) balanced() error {
	if len(t.moves)+len(t.postings) > 0 {
		return tickets.Refuse(tickets.Conflict, "%d moves and %d postings without a fact", len(t.moves), len(t.postings))
	}
	return nil
}

// arrived posts a capture's money: at the gateway, and the customer's.
func (t *turn) arrived(c tickets.Capture) {
	if c.Disposition != tickets.TestMode {
		t.post(tickets.AccountCustomer(c.Order), tickets.AccountGateway(c.Gateway), c.Amount)
	}
}

// earned posts what of a capture pays for its order: the method's fee apart.
func (t *turn) earned(c tickets.Capture, fee int64) {
	fee = min(fee, c.Applied)
	from := tickets.AccountCustomer(c.Order)
	t.post(tickets.AccountRevenue, from, tickets.Money{Amount: c.Applied - fee, Currency: c.Amount.Currency})
	t.post(tickets.AccountSurcharge, from, tickets.Money{Amount: fee, Currency: c.Amount.Currency})
}

// toPay posts that a refund's money is on its way: out of revenue what was applied, out of the customer's what was owed.
func (t *turn) toPay(r tickets.Refund) {
	applied, owed := r.Parts()
	t.post(tickets.AccountPayable, tickets.AccountRevenue, tickets.Money{Amount: applied, Currency: r.Amount.Currency})
	t.post(tickets.AccountPayable, tickets.AccountCustomer(r.Order), tickets.Money{Amount: owed, Currency: r.Amount.Currency})
}

// notToPay takes toPay back.
func (t *turn) notToPay(r tickets.Refund) {
	applied, owed := r.Parts()
	t.post(tickets.AccountRevenue, tickets.AccountPayable, tickets.Money{Amount: applied, Currency: r.Amount.Currency})
	t.post(tickets.AccountCustomer(r.Order), tickets.AccountPayable, tickets.Money{Amount: owed, Currency: r.Amount.Currency})
}

// paidOutOf is where a refund's money leaves the shop: its gateway, or by hand.
func paidOutOf(r tickets.Refund) tickets.Account {
	if r.Evidence != "" {
		return tickets.AccountGateway(GatewayManual)
	}
	return tickets.AccountGateway(r.Gateway)
}

// returnTickets takes the places of tickets back from sold to free and marks the tickets. Used places stay sold.
func (t *turn) returnTickets(ks []tickets.Ticket) error {
	for i := range ks {
		k := &ks[i]
		if k.Returned || k.Admitted > 0 {
			continue
		}
		if err := t.returnPlaces(k.Merchant, k.Slot, tickets.Draws(k.Lines)); err != nil {
			return err
		}
		k.Returned = true
	}
	return nil
}

// returnPlaces takes sold places back.
func (t *turn) returnPlaces(m tickets.MerchantID, slot tickets.Slot, draws []tickets.Draw) error {
	for _, dr := range draws {
		s, err := t.Stock(tickets.StockKey{Merchant: m, Pool: dr.Pool, Slot: slot})
		if err != nil {
			return err
		}
		if err := s.Return(dr.Places); err != nil {
			return err
		}
		if err := t.PutStock(s); err != nil {
			return err
		}
	}
	t.moved(slot, slices.Clone(draws), tickets.UnitsSold, tickets.UnitsFree)
	return nil
}
