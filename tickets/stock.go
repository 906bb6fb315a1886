package tickets

// StockKey names the stock of one pool on one slot.
type StockKey struct {
	Merchant MerchantID `json:"merchant"`
	Pool     PoolID     `json:"pool"`
	Slot     Slot       `json:"slot"`
}

// Stock counts places. Always 0 ≤ Held, 0 ≤ Sold, and Held+Sold ≤ max(Capacity, what was sold when capacity was
// lowered): lowering capacity keeps sold places and stops selling.
type Stock struct {
	Key      StockKey `json:"key"`
	Capacity int      `json:"capacity"`
	Held     int      `json:"held"`
	Sold     int      `json:"sold"`
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

// Release gives n held places back.
func (s *Stock) Release(n int) error {
	if n <= 0 || s.Held < n {
		return Refuse(Conflict, "release %d of %d held places in %s on %s", n, s.Held, s.Key.Pool, s.Key.Slot)
	}
	s.Held -= n
	return nil
}

// Sell turns n held places into sold ones.
func (s *Stock) Sell(n int) error {
	if err := s.Release(n); err != nil {
		return err
	}
	s.Sold += n
	return nil
}
