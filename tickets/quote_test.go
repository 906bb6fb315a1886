package tickets

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var quoteDay = CivilDate(2026, time.March, 21)

func shop() *Catalog {
	return &Catalog{
		Revision: 7, Merchant: Merchant{ID: "m", Zone: "Asia/Singapore", Currency: "SGD"},
		Products: []Product{{ID: "park"}, {ID: "zoo", MaxPerOrder: 300, Hidden: true}, {ID: "shut", Calendar: Calendar{To: 1}}},
		Pools:    []Pool{{ID: "day", Capacity: 100}},
		SKUs: []SKU{
			{ID: "pack", Product: "park", Price: 11900, Admits: 3, Pool: "day"},
			{ID: "adult", Product: "park", Price: 5000, Admits: 1, Pool: "day", MaxPerOrder: 4, TicketMode: TicketPerUnit, Fulfilment: FulfilManual,
				Prices: []PriceRule{{Weekdays: Weekdays{time.Saturday}, Price: 6000}}, MaxPerCustomer: 5},
			{ID: "coach", Product: "zoo", Price: 1, Admits: 50, Pool: "day"},
			{ID: "gold", Product: "zoo", Price: maxAmount / 2, Admits: 1, Pool: "day"},
		},
	}
}

func TestQuoteFixesWhatWasChosen(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 20, 8, 0, 0, 123456789, time.UTC)
	q, err := shop().MakeQuote("park", Slot{Date: quoteDay}, []Choice{{"pack", 1}, {"adult", 2}}, now, 15*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if q.Total != (Money{11900 + 2*6000, "SGD"}) || q.Places() != 5 || q.Revision != 7 {
		t.Errorf("%s for %d, revision %d", q.Total, q.Places(), q.Revision)
	}
	if !q.Until.Equal(Milli(now).Add(15*time.Minute)) || q.At.Nanosecond() != 123e6 {
		t.Errorf("from %s until %s", q.At, q.Until)
	}
	pack, adult := q.Lines[0], q.Lines[1]
	if pack.TicketMode != TicketPerOrder || pack.Fulfilment != FulfilInstant || pack.Places() != 3 || pack.Amount() != 11900 {
		t.Errorf("%+v", pack)
	}
	if adult.TicketMode != TicketPerUnit || adult.Fulfilment != FulfilManual || adult.MaxCustomer != 5 || adult.UnitPrice != 6000 {
		t.Errorf("%+v", adult)
	}
	if d := Draws(q.Lines); len(d) != 1 || d[0] != (Draw{"day", 5}) {
		t.Errorf("draws %v", d)
	}
	if o := (Order{Quote: q}); !o.Manual() || o.Places() != 5 || o.Slot().Date != quoteDay {
		t.Errorf("an order of it: manual %v, %d places", o.Manual(), o.Places())
	}
}

func TestQuoteRefuses(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 20, 8, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		product ProductID
		choices []Choice
		want    Kind
		max     any
	}{
		"nothing":              {"park", nil, Invalid, nil},
		"zero units":           {"park", []Choice{{"adult", 0}}, Invalid, nil},
		"less than nothing":    {"park", []Choice{{"adult", -1}}, Invalid, nil},
		"more than sense":      {"park", []Choice{{"pack", 10_001}}, Invalid, nil},
		"twice":                {"park", []Choice{{"adult", 1}, {"adult", 1}}, Invalid, nil},
		"no such product":      {"moon", []Choice{{"adult", 1}}, NotFound, nil},
		"no such SKU":          {"park", []Choice{{"child", 1}}, NotFound, nil},
		"another's SKU":        {"park", []Choice{{"coach", 1}}, NotFound, nil},
		"closed":               {"shut", []Choice{{"adult", 1}}, Closed, nil},
		"SKU limit":            {"park", []Choice{{"adult", 5}}, Limit, 4},
		"place limit":          {"park", []Choice{{"pack", 7}}, Limit, DefaultMaxPlaces},
		"more than a QR says":  {"zoo", []Choice{{"coach", 6}}, Limit, MostPlaces},
		"more money than safe": {"zoo", []Choice{{"gold", 3}}, Limit, nil},
	} {
		_, err := shop().MakeQuote(c.product, Slot{Date: quoteDay}, c.choices, now, time.Minute)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
			continue
		}
		if c.max != nil && RefusalOf(err).Args["max"] != c.max {
			t.Errorf("%s: args %v, want max %v", name, RefusalOf(err).Args, c.max)
		}
	}
	bad := shop()
	bad.Merchant.Zone = "Mars/Olympus"
	if _, err := bad.MakeQuote("park", Slot{Date: quoteDay}, []Choice{{"adult", 1}}, now, time.Minute); KindOf(err) != Invalid {
		t.Errorf("zone: %v", err)
	}
}

func TestCatalogFindsAndLists(t *testing.T) {
	t.Parallel()
	c := shop()
	if got := c.SKUsOf("park"); len(got) != 2 || got[0].ID != "pack" {
		t.Errorf("SKUs %v", got)
	}
	if got := c.Visible(); len(got) != 2 || got[1].ID != "shut" {
		t.Errorf("visible %v", got)
	}
	if _, err := c.Pool("night"); KindOf(err) != NotFound {
		t.Errorf("pool: %v", err)
	}
}

func TestDrawsKeepAllPlaces(t *testing.T) {
	t.Parallel()
	lines := []Line{{Units: 2, Admits: 3, Pool: "a"}, {Units: 1, Admits: 1, Pool: "b"}, {Units: 4, Admits: 1, Pool: "a"}}
	if got := Draws(lines); len(got) != 2 || got[0] != (Draw{"a", 10}) || got[1] != (Draw{"b", 1}) {
		t.Errorf("%v", got)
	}
}

func TestStockNeverSellsMoreThanItHas(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := Stock{Capacity: rapid.IntRange(0, 20).Draw(t, "capacity")}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			before := s
			n := rapid.IntRange(-1, 8).Draw(t, "n")
			var err error
			var step int
			switch step = rapid.IntRange(0, 3).Draw(t, "step"); step {
			case 0:
				err = s.Hold(n)
				if (err == nil) != (n > 0 && n <= before.Capacity-before.Held-before.Sold) {
					t.Fatalf("hold %d of %+v: %v", n, before, err)
				}
			case 1:
				err = s.Release(n)
			case 2:
				err = s.Sell(n)
			default:
				over := s.Resize(n)
				if over != max(s.Held+s.Sold-s.Capacity, 0) || s.Held != before.Held || s.Sold != before.Sold {
					t.Fatalf("resize %d of %+v: %+v", n, before, s)
				}
			}
			if err != nil && s != before {
				t.Fatalf("step %d refused %d with %v and changed %+v to %+v", step, n, err, before, s)
			}
			if s.Held < 0 || s.Sold < 0 || s.Held+s.Sold > s.Capacity+s.Over || s.Left() < 0 {
				t.Fatalf("after step %d of %d: %+v", step, n, s)
			}
			if s.Over > max(s.Held+s.Sold-s.Capacity, 0) {
				t.Fatalf("more over than there is: %+v", s)
			}
		}
	})
	s := Stock{Capacity: 3}
	if err := s.Hold(4); KindOf(err) != SoldOut || RefusalOf(err).Args["left"] != 3 {
		t.Errorf("sold out: %v", err)
	}
	for name, err := range map[string]error{"release": s.Release(1), "sell": s.Sell(1)} {
		if KindOf(err) != Conflict {
			t.Errorf("%s of nothing: %v", name, err)
		}
	}
}

func TestHoldIsExtendedWithinItsCap(t *testing.T) {
	t.Parallel()
	first := time.Date(2026, 3, 20, 8, 0, 0, 0, time.UTC)
	at := func(m int) time.Time { return first.Add(time.Duration(m) * time.Minute) }
	for _, c := range []struct {
		state         HoldState
		expiry, until int
		want          int
		changed       bool
	}{
		{HoldActive, 5, 7, 7, true}, {HoldActive, 5, 3, 5, false}, {HoldActive, 5, 20, 12, true}, {HoldActive, 12, 20, 12, false},
		{HoldActive, 30, 20, 30, false}, {HoldExpiring, 5, 7, 5, false}, {HoldConsumed, 5, 7, 5, false},
	} {
		h := Hold{State: c.state, Expiry: at(c.expiry)}
		if got := h.Extend(at(c.until), first, 12*time.Minute); got != c.changed || !h.Expiry.Equal(at(c.want)) || (h.Extended == 1) != c.changed {
			t.Errorf("%+v: %v, %s", c, got, h.Expiry)
		}
	}
	h := Hold{State: HoldActive, Draws: []Draw{{"a", 2}, {"b", 3}}}
	if h.Places() != 5 || !h.Live() {
		t.Errorf("%d places, live %v", h.Places(), h.Live())
	}
}
