package tickets

// StockKey names the stock of one pool on one slot.
type StockKey struct {
	Merchant MerchantID `json:"merchant"`
	Pool     PoolID     `json:"pool"`
	Slot     Slot       `json:"slot"`
}

// Stock counts places. Always 0 ≤ Held, 0 ≤ Sold, and Held+Sold ≤ Capacity+Over.
type Stock struct {
	Key      StockKey `json:"key"`
	Capacity int      `json:"capacity"`
	Held     int      `json:"held"`
	Sold     int      `json:"sold"`
	Over     int      `json:"over,omitempty"` // places beyond Capacity when it was lowered: they stay, nothing more is sold
}

// Resize sets the capacity. Places held and sold stay even where they are more than it; Over says how many, and is
// returned.
func (s *Stock) Resize(capacity int) (over int) {
	s.Capacity = max(capacity, 0)
	s.Over = max(s.Held+s.Sold-s.Capacity, 0)
	return s.Over
}

// Left is how many places can still be held; never negative.
func (s Stock) Left() int { return max(s.Capacity-s.Held-s.Sold, 0) }

// Hold sets n places aside. It refuses with SoldOut (arg left) and changes nothing then.
func (s *Stock) Hold(n int) error {
	if n <= 0 {
		return Refuse(Invalid, "hold %d places", n)
	}
	if s.Left() < n {
		return Refuse(SoldOut, "%d places wanted, %d left in %s on %s", n, s.Left(), s.Key.Pool, s.Key.Slot).With("left", s.Left())
	}
	s.Held += n
	return nil
}

// Release gives n held places back. It refuses with Conflict, changing nothing, when fewer are held.
func (s *Stock) Release(n int) error {
	if n <= 0 || s.Held < n {
		return Refuse(Conflict, "release %d of %d held places in %s on %s", n, s.Held, s.Key.Pool, s.Key.Slot)
	}
	s.Held -= n
	s.Over = min(s.Over, max(s.Held+s.Sold-s.Capacity, 0))
	return nil
}

// Sell turns n held places into sold ones. It refuses with Conflict, changing nothing, when fewer are held.
func (s *Stock) Sell(n int) error {
	if n <= 0 || s.Held < n {
		return Refuse(Conflict, "sell %d of %d held places in %s on %s", n, s.Held, s.Key.Pool, s.Key.Slot)
	}
	s.Held -= n
	s.Sold += n
	return nil
}

// Return takes n sold places back. It refuses with Conflict, changing nothing, when fewer are sold.
func (s *Stock) Return(n int) error {
	if n <= 0 || s.Sold < n {
		return Refuse(Conflict, "return %d of %d sold places in %s on %s", n, s.Sold, s.Key.Pool, s.Key.Slot)
	}
	s.Sold -= n
	s.Over = min(s.Over, max(s.Held+s.Sold-s.Capacity, 0))
	return nil
}
