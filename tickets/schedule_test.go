package tickets_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"boxoffice/tickets"
)

func anyDays(t *rapid.T, name string) []tickets.Date {
	return rapid.SliceOfNDistinct(rapid.Map(rapid.IntRange(0, 40), func(n int) tickets.Date { return tickets.Date(20500 + n) }), 0, 12, rapid.ID).Draw(t, name)
}

func TestClosedDaysAreClosedAndOthersAsBefore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		was := tickets.Calendar{Weekdays: tickets.Weekdays{time.Monday, time.Friday, time.Sunday}}
		was.Closed = tickets.Ranges(anyDays(t, "closed"))
		was.Extra = tickets.Ranges(anyDays(t, "extra"))
		days := anyDays(t, "days")
		for d := tickets.Date(20495); d < 20550; d++ {
			shut, open := was, was
			shut.Close(days)
			if outside := open.Reopen(days); outside != nil {
				t.Fatalf("a calendar without bounds leaves %v closed", outside)
			}
			in := slices.Contains(days, d)
			if want := was.Open(d) && !in; shut.Open(d) != want {
				t.Fatalf("after closing %v, %s open: %v, want %v", days, d, shut.Open(d), want)
			}
			if want := was.Open(d) || in; open.Open(d) != want {
				t.Fatalf("after opening %v, %s open: %v, want %v", days, d, open.Open(d), want)
			}
		}
	})
}

func TestReopenSaysWhatStaysClosed(t *testing.T) {
	t.Parallel()
	c := tickets.Calendar{From: 100, To: 110}
	if out := c.Reopen([]tickets.Date{99, 105, 111}); !slices.Equal(out, []tickets.Date{99, 111}) {
		t.Errorf("outside is %v", out)
	}
}

func TestCapacityOfDaysIsSetAndOfOthersKept(t *testing.T) {
	t.Parallel()
	starts := rapid.SampledFrom([]string{"", "10:00", "12:00"})
	rapid.Check(t, func(t *rapid.T) {
		p := tickets.Pool{ID: "p", Capacity: 10}
		for range 3 {
			was := p
			days, start, n := anyDays(t, "days"), starts.Draw(t, "start"), rapid.IntRange(8, 12).Draw(t, "n")
			p.SetCapacity(days, start, n)
			for d := tickets.Date(20495); d < 20550; d++ {
				for _, at := range []string{"10:00", "12:00"} {
					s, want := tickets.Slot{Date: d, Start: at}, was.CapacityOn(tickets.Slot{Date: d, Start: at})
					if slices.Contains(days, d) && (start == "" || start == at) {
						want = n
					}
					if got := p.CapacityOn(s); got != want {
						t.Fatalf("%s has %d, want %d: %+v", s, got, want, p.Overrides)
					}
				}
			}
		}
	})
}

func TestPriceOfDaysIsSetAndOfOthersKept(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := tickets.SKU{Price: 100, Prices: []tickets.PriceRule{
			{From: 20510, To: 20520, Price: 150}, {From: 20505, To: 20515, Weekdays: tickets.Weekdays{time.Sunday}, Price: 170}, {From: 20530, Price: 180},
		}}
		for range 3 {
			was := s
			days, price := anyDays(t, "days"), rapid.SampledFrom([]int64{100, 150, 200}).Draw(t, "price")
			s.SetPrice(days, price)
			for d := tickets.Date(20495); d < 20550; d++ {
				want := was.PriceOn(d)
				if slices.Contains(days, d) {
					want = price
				}
				if got := s.PriceOn(d); got != want {
					t.Fatalf("%s costs %d, want %d: %+v", d, got, want, s.Prices)
				}
			}
		}
	})
}
