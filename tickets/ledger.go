package tickets

// The ledgers. Each fact carries what moved in its transaction, as double entry: places between accounts of a pool's
// slot, and money between accounts of the shop. Nothing is ever corrected in place; a correction is a further fact.
// Counters (Stock, and the sums of Order and Capture) are caches of the ledgers, and an audit derives them anew.

// UnitAccount is where a place is.
type UnitAccount string

// The accounts of places. What is free is the capacity less what is held and sold.
const (
	UnitsFree UnitAccount = "free"
	UnitsHeld UnitAccount = "held"
	UnitsSold UnitAccount = "sold"
)

// Move is places of one pool on one slot that go from an account to another.
type Move struct {
	Pool   PoolID      `json:"pool"`
	Slot   Slot        `json:"slot"`
	From   UnitAccount `json:"from"`
	To     UnitAccount `json:"to"`
	Places int         `json:"places"` // at least 1
}

// Account names an account of money.
type Account string

// The accounts of money. Those with a name after the colon are made by the functions below.
const (
	AccountSuspense  Account = "suspense"       // money of no order: whose it is has to be found out
	AccountSurcharge Account = "surcharge"      // what customers pay for a method
	AccountRevenue   Account = "revenue"        // what tickets were paid with
	AccountPayable   Account = "refund_payable" // refunds sent, not yet gone
	AccountDispute   Account = "dispute"        // taken by banks that have not decided
	AccountLoss      Account = "dispute_loss"   // disputes lost
	AccountWriteOff  Account = "write_off"      // kept or forgiven by a person's decision
)

// AccountGateway is our money at a provider.
func AccountGateway(name string) Account { return Account("gateway:" + name) }

// AccountCustomer is money of an order's customer that does not pay for the order (yet): what waits in review, and what
// is owed.
func AccountCustomer(id OrderID) Account {
	if id == "" {
		return AccountSuspense
	}
	return Account("customer:" + string(id))
}

// Posting is money into an account (positive) or out of it. The postings of a fact sum to zero in each currency.
// Money at a gateway and what a bank holds are positive when we have them; what we owe and what we earned is negative.
type Posting struct {
	Account  Account  `json:"account"`
	Amount   int64    `json:"amount"` // minor units
	Currency Currency `json:"currency"`
}

// Transfer is money from one account to another; nothing when the amount is zero, the other way when it is negative.
func Transfer(from, to Account, m Money) []Posting {
	if m.Amount == 0 || from == to {
		return nil
	}
	return []Posting{{Account: from, Amount: -m.Amount, Currency: m.Currency}, {Account: to, Amount: m.Amount, Currency: m.Currency}}
}

// Balanced reports whether postings sum to zero in each currency.
func Balanced(ps []Posting) bool {
	sums := map[Currency]int64{}
	for _, p := range ps {
		sums[p.Currency] += p.Amount
	}
	for _, s := range sums {
		if s != 0 {
			return false
		}
	}
	return true
}
