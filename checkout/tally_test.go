package checkout_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

var tallied = []string{
	checkout.TallySales, checkout.TallySKU, checkout.TallyChannel, checkout.TallyHours, checkout.TallyPlaced, checkout.TallyVisits,
}

const (
	eraFrom = tickets.Date(20_400)
	eraTo   = tickets.Date(21_000)
)

// tally runs the pass.
func (w *world) tally() {
	w.t.Helper()
	if _, err := w.desk.Tally(w.ctx); err != nil {
		w.t.Fatalf("tally: %v", err)
	}
}

// numbers are all numbers, as "sort day key": n.
func (w *world) numbers() map[string]int64 {
	w.t.Helper()
	n, err := w.desk.Numbers(w.ctx, eraFrom, eraTo, tallied...)
	if err != nil {
		w.t.Fatalf("numbers: %v", err)
	}
	out := map[string]int64{}
	for sort, days := range n {
		for day, m := range days {
			for key, v := range m {
				if v != 0 {
					out[fmt.Sprintf("%s %s %s", sort, day, key)] = v
				}
			}
		}
	}
	return out
}

// scan counts everything that is stored, in a way of its own: by things, not by time.
func (w *world) scan() map[string]int64 {
	w.t.Helper()
	out := map[string]int64{}
	add := func(sort string, at time.Time, key string, n int64) {
		if n != 0 {
			out[fmt.Sprintf("%s %s %s", sort, tickets.DateOf(at, singapore), key)] += n
		}
	}
	var captures []tickets.Capture
	orders := map[tickets.OrderID]tickets.Order{}
	w.view(func(r tickets.Reader) error {
		return r.Walk(func(thing any) error {
			switch x := thing.(type) {
			case *tickets.Order:
				orders[x.ID] = *x
				add("placed", x.At, "orders", 1)
				add("placed", x.At, "places", int64(x.Places()))
			case *tickets.Capture:
				captures = append(captures, *x)
			case *tickets.Refund:
				if x.State == tickets.RefundSucceeded && !x.Owed {
					add("sales", x.Ended, "refunds", 1)
					add("sales", x.Ended, "refunded/SGD", x.Amount.Amount)
				}
			case *tickets.Dispute:
				if x.Order != "" {
					add("sales", x.At, "disputed/SGD", x.Gone().Amount)
				}
			case *tickets.Ticket:
				out[fmt.Sprintf("visits %s %s@%s", x.Slot.Date, x.Product, x.Slot.Start)] += int64(x.Admitted)
			}
			return nil
		})
	})
	first := map[tickets.OrderID]tickets.Capture{}
	for _, c := range captures {
		if c.Order == "" {
			continue
		}
		if c.Disposition == tickets.LateApplied || c.Disposition == tickets.LateUnapplied {
			add("sales", c.At, "late", 1)
			add("sales", c.At, "late/"+string(c.Amount.Currency), c.Amount.Amount)
		}
		if c.Applied == 0 && c.Disposition != tickets.Applied {
			continue
		}
		o := orders[c.Order]
		add("sales", c.At, "gross/SGD", c.Applied)
		add("channel", c.At, "gross/SGD/"+string(o.Channel), c.Applied)
		add("hours", c.At, fmt.Sprintf("gross/SGD/%02d", c.At.In(singapore).Hour()), c.Applied)
		add("sku", c.At, "gross/SGD/"+string(o.Quote.Lines[0].SKU), c.Applied) // orders here have one line
		if f, ok := first[c.Order]; !ok || c.At.Before(f.At) {
			first[c.Order] = c
		}
	}
	for id, c := range first {
		o := orders[id]
		add("sales", c.At, "orders", 1)
		add("sales", c.At, "places", int64(o.Places()))
		add("channel", c.At, "orders/"+string(o.Channel), 1)
		add("sku", c.At, "places/"+string(o.Quote.Lines[0].SKU), int64(o.Places()))
	}
	maps.DeleteFunc(out, func(_ string, n int64) bool { return n == 0 })
	return out
}

// wantTallies fails where the numbers are not those of a scan.
func (w *world) wantTallies(when string) {
	w.t.Helper()
	got, want := w.numbers(), w.scan()
	for k, v := range want {
		if got[k] != v {
			w.t.Errorf("%s: %s is %d, a scan finds %d", when, k, got[k], v)
		}
	}
	for k, v := range got {
		if _, ok := want[k]; !ok {
			w.t.Errorf("%s: %s is %d, a scan finds nothing", when, k, v)
		}
	}
}

// haphazard does something to a shop, as it comes. What is refused is refused.
type haphazard struct {
	*world
	rnd      *rand.Rand
	orders   []tickets.Order
	payments []tickets.Payment
	charges  []checkout.Report
	who      int
}

func (h *haphazard) act() {
	slot := tickets.Slot{Date: visit + tickets.Date(h.rnd.IntN(3))}
	switch n := h.rnd.IntN(18); {
	case n < 4 || len(h.orders) == 0:
		h.buy(slot, h.rnd.IntN(3) > 0)
	case n < 6: // again, less, more, or another's money
		p := h.payments[h.rnd.IntN(len(h.payments))]
		amount, cur := p.Total.Amount, tickets.Currency("SGD")
		switch h.rnd.IntN(5) {
		case 0:
			amount -= 1000
		case 1:
			amount += 700
		case 2:
			cur = "USD"
		}
		h.charges = append(h.charges, h.money(p, max(amount, 1), cur))
	case n < 8:
		o := h.some()
		ks := h.tickets(o)
		w := checkout.RefundWish{Order: o.ID, By: owner, Reason: "goodwill", Amount: int64(h.rnd.IntN(2)) * 900}
		if len(ks) > 0 && h.rnd.IntN(2) == 0 {
			w.Tickets = []tickets.TicketCode{ks[h.rnd.IntN(len(ks))].Code}
		}
		_, _ = h.desk.AskRefund(h.ctx, w)
	case n < 9 && len(h.charges) > 0:
		c := h.charges[h.rnd.IntN(len(h.charges))]
		states := []tickets.DisputeState{tickets.DisputeOpen, tickets.DisputeOpen, tickets.DisputeLost, tickets.DisputeWon}
		funds := []checkout.Funds{"", checkout.FundsWithdrawn, checkout.FundsReinstated}
		h.tell(bank(c.Charge, states[h.rnd.IntN(4)], funds[h.rnd.IntN(3)], c.Amount.Amount))
	case n < 10:
		o := h.now(h.some())
		_, _ = h.desk.MoveOrder(h.ctx, o.ID, o.Buyer.Customer, slot)
	case n < 11:
		_, _ = h.desk.ApplyMoney(h.ctx, h.some().ID, owner, "agreed")
	case n < 12:
		for _, k := range h.tickets(h.some()) {
			_, _, _ = h.desk.Admit(h.ctx, checkout.Admitting{Scan: string(k.Code), Count: 1, Gate: "north", By: gate})
		}
	case n < 13:
		h.later(time.Duration(h.rnd.IntN(20)) * time.Minute)
	case n < 14:
		h.later(time.Duration(h.rnd.IntN(14)) * time.Hour)
	case n < 16:
		_, _ = h.desk.MoveDate(h.ctx, checkout.MovingDate{Order: h.some().ID, By: owner, To: slot, KeepPrice: h.rnd.IntN(2) == 0, Reason: "agreed"})
	case n < 17:
		h.clock.add(-time.Duration(h.rnd.IntN(90)) * time.Second) // the clock was set
	default:
		h.tally()
	}
}

func (h *haphazard) some() tickets.Order { return h.orders[h.rnd.IntN(len(h.orders))] }

func (h *haphazard) buy(slot tickets.Slot, pays bool) {
	h.who++
	sku := []tickets.SKUID{"adult", "sentosa_family_pack"}[h.rnd.IntN(2)]
	q, err := h.desk.Quote(h.ctx, "sentosa", slot, []tickets.Choice{{SKU: sku, Units: 1 + h.rnd.IntN(2)}})
	if err != nil {
		return
	}
	o, err := h.desk.Place(h.ctx, checkout.Placing{Quote: q, Buyer: someone(h.who), Confirm: fmt.Sprint("h", h.who)})
	if err != nil {
		return
	}
	_, p, err := h.desk.Pay(h.ctx, paying(o, "card"))
	if err != nil {
		return
	}
	h.orders, h.payments = append(h.orders, o), append(h.payments, p)
	if pays {
		h.charges = append(h.charges, h.money(p, p.Total.Amount, "SGD"))
	}
}

func TestTalliesAreTheSumsOfAScan(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 12)
			h := &haphazard{world: w, rnd: rand.New(rand.NewPCG(seed, 1))} //nolint:gosec // a test's dice
			w.tally()
			for step := range 100 {
				h.act()
				if step%25 == 24 {
					w.wantTallies(fmt.Sprint("after ", step+1))
				}
			}
			w.clock.add(time.Minute)
			for range 100 { // the visit days of a year, some a pass
				w.tally()
			}
			w.wantTallies("counted")
			w.tally()
			w.wantTallies("counted twice")
			if len(h.charges) == 0 || len(w.scan()) < 10 {
				t.Errorf("nothing happened: %v", w.scan())
			}
		})
	}
}

// TestTalliesOfAnOldShopAreCaughtUp has a shop that sold before anything was counted.
func TestTalliesOfAnOldShopAreCaughtUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, charge := w.bought(1, 2)
	w.bought(2, 1)
	w.ask(o, w.tickets(o)[0].Code)
	w.later(time.Minute)
	w.tell(bank(charge.Charge, tickets.DisputeOpen, checkout.FundsWithdrawn, 5000))
	w.clock.add(72 * time.Hour)
	for range 100 {
		w.tally()
	}
	w.wantTallies("caught up")
	n, err := w.desk.Numbers(w.ctx, eraFrom, eraTo, checkout.TallySales)
	if err != nil {
		t.Fatal(err)
	}
	if got := n.Sum(checkout.TallySales, "gross/SGD", eraFrom, eraTo); got != 15000 {
		t.Errorf("gross %d", got)
	}
	if got := n.Sum(checkout.TallySales, "disputed/SGD", eraFrom, eraTo); got != 5000 {
		t.Errorf("disputed %d", got)
	}
}

func TestTalliesFollowTheMerchantsZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	w.bought(1, 1)
	w.clock.add(time.Hour)
	w.tally()
	cat := wares(9)
	cat.Merchant.Zone = "Pacific/Honolulu" // another date at the same moment
	w.apply(cat)
	w.tally()
	n, err := w.desk.Numbers(w.ctx, eraFrom, eraTo, checkout.TallySales)
	if err != nil {
		t.Fatal(err)
	}
	honolulu := must(time.LoadLocation("Pacific/Honolulu"))
	if got := n.Of(checkout.TallySales, tickets.DateOf(opening, honolulu), "gross/SGD"); got != 5000 {
		t.Errorf("by the new zone: %v", n)
	}
	if got := n.Sum(checkout.TallySales, "gross/SGD", eraFrom, eraTo); got != 5000 {
		t.Errorf("%d in all", got)
	}
}

func TestViewsAreCountedInBatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	for range 3 {
		w.desk.Viewed("sentosa")
	}
	w.tally()
	w.desk.Viewed("sentosa")
	w.desk.Viewed("tour")
	w.tally()
	w.tally()
	n, err := w.desk.Numbers(w.ctx, eraFrom, eraTo, checkout.TallyViews)
	if err != nil {
		t.Fatal(err)
	}
	today := tickets.DateOf(opening, singapore)
	if a, b := n.Of(checkout.TallyViews, today, "sentosa"), n.Of(checkout.TallyViews, today, "tour"); a != 4 || b != 1 {
		t.Errorf("%d and %d views", a, b)
	}
}
