package tickets_test

import (
	"testing"

	"boxoffice/tickets"

	"pgregory.net/rapid"
)

// TestStockKeepsItsSums does anything to a stock, in any order, beside a ledger that only adds and subtracts.
func TestStockKeepsItsSums(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := tickets.Stock{Capacity: rapid.IntRange(0, 20).Draw(rt, "capacity")}
		held, sold := 0, 0
		n := rapid.IntRange(-1, 8)
		apply := func(err error, did func()) {
			if err == nil {
				did()
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"hold": func(rt *rapid.T) {
				k, left := n.Draw(rt, "n"), s.Left()
				err := s.Hold(k)
				if (err == nil) != (k > 0 && k <= left) {
					rt.Fatalf("hold %d of %d left: %v", k, left, err)
				}
				apply(err, func() { held += k })
			},
			"release": func(rt *rapid.T) {
				k := n.Draw(rt, "n")
				err := s.Release(k)
				if (err == nil) != (k > 0 && k <= held) {
					rt.Fatalf("release %d of %d held: %v", k, held, err)
				}
				apply(err, func() { held -= k })
			},
			"sell": func(rt *rapid.T) {
				k := n.Draw(rt, "n")
				err := s.Sell(k)
				if (err == nil) != (k > 0 && k <= held) {
					rt.Fatalf("sell %d of %d held: %v", k, held, err)
				}
				apply(err, func() { held, sold = held-k, sold+k })
			},
			"return": func(rt *rapid.T) {
				k := n.Draw(rt, "n")
				err := s.Return(k)
				if (err == nil) != (k > 0 && k <= sold) {
					rt.Fatalf("return %d of %d sold: %v", k, sold, err)
				}
				apply(err, func() { sold -= k })
			},
			"resize": func(rt *rapid.T) {
				c := rapid.IntRange(-3, 20).Draw(rt, "capacity")
				if over := s.Resize(c); over != max(held+sold-max(c, 0), 0) {
					rt.Fatalf("%d over after a capacity of %d with %d held and %d sold", over, c, held, sold)
				}
			},
			"": func(rt *rapid.T) {
				if s.Held != held || s.Sold != sold {
					rt.Fatalf("held %d and sold %d, want %d and %d", s.Held, s.Sold, held, sold)
				}
				if s.Held < 0 || s.Sold < 0 || s.Over < 0 || s.Held+s.Sold > s.Capacity+s.Over || s.Left() < 0 {
					rt.Fatalf("impossible stock %+v", s)
				}
				if s.Left() > 0 && s.Over > 0 {
					rt.Fatalf("places left of a stock that is over: %+v", s)
				}
			},
		})
	})
}
