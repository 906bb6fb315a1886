package checkout

import (
	"cmp"
	"slices"

	"boxoffice/tickets"
)

// earned stands for revenue and surcharge together: what an order paid.
const earnedAccount tickets.Account = "earned"

// ledger is sums of accounts; there are few, so it is a list.
type ledger struct{ sums []tickets.Posting }

func newLedger() *ledger { return &ledger{} }

func (l *ledger) add(a tickets.Account, amount int64, cur tickets.Currency) {
	if amount == 0 {
		return
	}
	if a == tickets.AccountRevenue || a == tickets.AccountSurcharge {
		a = earnedAccount
	}
	for i := range l.sums {
		if l.sums[i].Account == a && l.sums[i].Currency == cur {
			l.sums[i].Amount += amount
			return
		}
	}
	l.sums = append(l.sums, tickets.Posting{Account: a, Amount: amount, Currency: cur})
}

// book adds a fact's postings.
func (l *ledger) book(ps []tickets.Posting) {
	for _, p := range ps {
		l.add(p.Account, p.Amount, p.Currency)
	}
}

// transfer is what tickets.Transfer posts.
func (l *ledger) transfer(from, to tickets.Account, amount int64, cur tickets.Currency) {
	l.add(from, -amount, cur)
	l.add(to, amount, cur)
}

// capture adds what the ledger must have of a capture as it stands now.
func (l *ledger) capture(c *tickets.Capture) {
	if c.Disposition == tickets.TestMode {
		return
	}
	owner, cur := tickets.AccountCustomer(c.Order), c.Amount.Currency
	l.transfer(owner, tickets.AccountGateway(c.Gateway), c.Amount.Amount, cur)
	l.transfer(earnedAccount, owner, c.Applied, cur)
	switch kept := c.Amount.Amount - c.Applied - c.Owed; c.Resolved {
	case tickets.ResolvedWriteOff:
		l.transfer(tickets.AccountWriteOff, owner, kept, cur)
	case tickets.ResolvedDispute:
		l.transfer(tickets.AccountLoss, owner, kept, cur)
	}
}

// refund adds what the ledger must have of a refund as it stands now.
func (l *ledger) refund(r *tickets.Refund) {
	from := tickets.AccountPayable
	switch {
	case r.State == tickets.RefundSucceeded:
		from = paidOutOf(*r)
	case !r.Sent():
		return
	}
	applied, owed := r.Parts()
	l.transfer(from, earnedAccount, applied, r.Amount.Currency)
	l.transfer(from, tickets.AccountCustomer(r.Order), owed, r.Amount.Currency)
}

// dispute adds what the ledger must have of a dispute as it stands now.
func (l *ledger) dispute(d *tickets.Dispute) {
	to := tickets.AccountDispute
	if d.State == tickets.DisputeLost {
		to = tickets.AccountLoss
	}
	l.transfer(tickets.AccountGateway(d.Gateway), to, d.Gone().Amount, d.Amount.Currency)
}

// differ calls fn with each account whose sum is another than in want.
func (l *ledger) differ(want *ledger, fn func(a tickets.Account, cur tickets.Currency, got, want int64)) {
	diff := ledger{sums: slices.Clone(l.sums)}
	for _, p := range want.sums {
		diff.add(p.Account, -p.Amount, p.Currency)
	}
	slices.SortFunc(diff.sums, func(a, b tickets.Posting) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Currency, b.Currency))
	})
	for _, p := range diff.sums {
		if p.Amount != 0 {
			fn(p.Account, p.Currency, l.of(p), want.of(p))
		}
	}
}

func (l *ledger) of(p tickets.Posting) int64 {
	for _, x := range l.sums {
		if x.Account == p.Account && x.Currency == p.Currency {
			return x.Amount
		}
	}
	return 0
}

// balances compares what facts posted with what the rows call for: M10.
func (a *audit) balances(id string, posted, rows *ledger) {
	posted.differ(rows, func(acc tickets.Account, cur tickets.Currency, got, want int64) {
		a.fault("M10", id, "the ledger has %d %s in %s, the rows say %d", got, cur, acc, want)
	})
}
