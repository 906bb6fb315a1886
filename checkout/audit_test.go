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
	for _, table := range [][]corruption{brokenUnits, brokenOrders, brokenTickets, brokenSales, brokenMoney, brokenRefunds, brokenWork, brokenLog} {
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

func TestAuditJudgesNobodyByALaterCatalog(t *testing.T) {
	t.Parallel()
	s := newAuditShop(t)
	cat := wares(60)
	cat.Merchant.ApproveAbove = 100
	for i := range cat.Products {
		cat.Products[i].Calendar.Close([]tickets.Date{visit})
	}
	for i := range cat.SKUs {
		cat.SKUs[i].MaxPerCustomer = 1
	}
	if _, _, err := s.desk.Apply(s.ctx, cat); err != nil {
		t.Fatal(err)
	}
	choice := tickets.Choice{SKU: "adult", Units: 1}
	for who := range 2 {
		if _, err := s.desk.Place(s.ctx, s.placing(who+1, "sentosa", tickets.Slot{Date: visit + 2}, choice)); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range s.lines() {
		t.Errorf("audit: %s", f)
	}
}

// tattling is a store that finds a fault in itself.
type tattling struct{ tickets.Reader }

func (tattling) Check(report func(string)) { report("counter orders is 2, not 3") }

func TestAuditTellsWhatTheStoreFindsInItself(t *testing.T) {
	t.Parallel()
	s := newAuditShop(t)
	s.through = func(r tickets.Reader) tickets.Reader { return tattling{r} }
	if got := s.lines(); len(got) != 1 || got[0] != "E8 store: counter orders is 2, not 3" {
		t.Errorf("lines %q", got)
	}
}
