package checkout_test

import (
	"strings"
	"testing"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// corruption is one way to damage a healthy shop, and the rule that must be named.
type corruption struct {
	name, rule string
	damage     func(*auditShop)
}

// stranger is an order that is not there.
const stranger = tickets.OrderID("order_000000000000000000000000")

// TestAuditNamesEachCorruption damages a healthy shop in one way each time and expects the rule to be named.
func TestAuditNamesEachCorruption(t *testing.T) {
	t.Parallel()
	rules := map[string]int{}
	for _, table := range [][]corruption{brokenUnits, brokenOrders, brokenTickets, brokenMoney, brokenRefunds, brokenWork, brokenLog} {
		for _, c := range table {
			rules[c.rule]++
			t.Run(c.rule+" "+c.name, func(t *testing.T) {
				t.Parallel()
				s := newAuditShop(t)
				c.damage(s)
				found := s.lines()
				for _, f := range found {
					if strings.HasPrefix(f, c.rule+" ") {
						return
					}
				}
				t.Errorf("%s is not named; found %q", c.rule, found)
			})
		}
	}
	for rule, n := range rules {
		if n < 3 {
			t.Errorf("%s is tested by %d corruptions, not 3", rule, n)
		}
	}
}

func TestAuditOfAnEmptyShopIsQuiet(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	w.clean()
	w.view(func(r tickets.Reader) error {
		return checkout.Audit(r, opening, checkout.Timings{}, func(line string) { t.Error(line) })
	})
}

func TestAuditNamesOneFaultOnce(t *testing.T) {
	t.Parallel()
	s := newAuditShop(t)
	s.editStock(func(k *tickets.Stock) { k.Sold-- })
	if got := s.lines(); len(got) != 1 || !strings.HasPrefix(got[0], "I3 day@2026-03-21: sold ") {
		t.Errorf("lines %q", got)
	}
}
