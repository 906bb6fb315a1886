//go:build linux

package bolt

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"boxoffice/tickets"
)

// BenchmarkConsole prints how long the merchant's questions take in a shop of many orders while others are placed, and
// what that costs the placing. Run it with -benchtime 1x; with -full the shop has a million orders, else a hundred
// thousand.
func BenchmarkConsole(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(memorySoft))
	for b.Loop() {
		c := &console{b: b, n: existing}
		if *full {
			c.n = 1_000_000
		}
		h := &harness{b: b, dir: b.TempDir(), place: place, results: map[string][]result{}}
		c.s = h.preload("big.db", c.n)
		h.next.Store(int64(2 * c.n))
		c.run(h)
		if err := c.s.Close(); err != nil {
			b.Error(err)
		}
	}
}

// console is a shop with somebody who looks at it.
type console struct {
	b *testing.B
	s *Store
	n int // orders
}

// question is something that the console asks for, about the i-th order.
type question struct {
	name string
	ask  func(r tickets.Reader, i int) error
}

func listed(q func(i int) tickets.OrderQuery) func(tickets.Reader, int) error {
	return func(r tickets.Reader, i int) error { _, _, err := r.Orders(q(i)); return err }
}

func sought(text func(r tickets.Reader, i int) string) func(tickets.Reader, int) error {
	return func(r tickets.Reader, i int) error {
		_, _, err := r.Search(tickets.SearchQuery{Text: text(r, i)})
		return err
	}
}

func (c *console) questions() []question {
	visit := func(i int) tickets.Date { return newSale(i).order.Quote.Slot.Date }
	return []question{
		{"newest orders", listed(func(int) tickets.OrderQuery { return tickets.OrderQuery{} })},
		{"orders of a stage", listed(func(int) tickets.OrderQuery { return tickets.OrderQuery{Stage: tickets.StageExpired} })},
		{"orders of a visit, stage, SKU", listed(func(i int) tickets.OrderQuery {
			return tickets.OrderQuery{Date: visit(i), Stage: tickets.StageExpired, SKU: benchSKU.ID}
		})},
		{"orders of a visit nobody booked", listed(func(i int) tickets.OrderQuery {
			return tickets.OrderQuery{Date: visit(i) + 90, Channel: tickets.ChannelTelegram}
		})},
		{"orders of an amount nobody paid", listed(func(i int) tickets.OrderQuery {
			return tickets.OrderQuery{Least: 1_000_000, Status: tickets.StatusFulfilled}
		})},
		{"orders of one minute", listed(func(i int) tickets.OrderQuery {
			at := newSale(i).order.At
			return tickets.OrderQuery{Since: at, Until: at.Add(time.Minute), Text: "siti"}
		})},
		{"orders of a customer", listed(func(i int) tickets.OrderQuery { return tickets.OrderQuery{Customer: newSale(i).order.Buyer.Customer} })},
		{"an order's page", c.page},
		{"search: end of a code", sought(func(r tickets.Reader, i int) string {
			o, err := r.Order(newSale(i).order.ID)
			if err != nil {
				return ""
			}
			return o.Code[8:]
		})},
		{"search: end of an id", sought(func(_ tickets.Reader, i int) string { s := benchID(tickets.PrefixTicket, i); return s[len(s)-6:] })},
		{"search: whole id", sought(func(_ tickets.Reader, i int) string { return benchID(tickets.PrefixOrder, i) })},
		{"search: reference", sought(func(_ tickets.Reader, i int) string { return benchID("pi_", i) })},
		{"search: common name", sought(func(_ tickets.Reader, i int) string { return "mei ling" })},
		{"search: rare name", sought(func(_ tickets.Reader, i int) string { return fmt.Sprintf("user%d", i) })},
		{"search: nothing there", sought(func(tickets.Reader, int) string { return "zzyzx" })},
	}
}

// page reads what the page of an order shows.
func (c *console) page(r tickets.Reader, i int) error {
	id := newSale(i).order.ID
	o, err := r.Order(id)
	if err != nil {
		return err
	}
	_, err1 := r.Timeline(id, 0, 0)
	_, err2 := r.Payments(id)
	_, err3 := r.Captures(id)
	_, err4 := r.Refunds(id)
	_, err5 := r.Disputes(id)
	_, err6 := r.Deliveries(id)
	_, err7 := r.Hold(o.Hold)
	_, err8 := r.Customer(o.Buyer.Customer)
	list, err := r.Tickets(id)
	for _, t := range list {
		if _, err := r.Admissions(t.Code); err != nil {
			return err
		}
	}
	return errors.Join(err, err1, err2, err3, err4, err5, err6, err7, err8)
}

// steady places orders at an even rate until it is told to stop, and returns how long each took.
func (c *console) steady(ctx context.Context, h *harness, rate int) (took []time.Duration) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			wg.Wait()
			return took
		case <-tick.C:
		}
		n := int(h.next.Add(1)) - 1
		wg.Go(func() {
			start := time.Now()
			if err := place(context.Background(), c.s, n); err != nil {
				c.b.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, time.Since(start))
		})
	}
}

// beside runs do while orders are placed, 500 a second.
func (c *console) beside(h *harness, do func()) []time.Duration {
	ctx, stop := context.WithCancel(context.Background())
	var took []time.Duration
	var wg sync.WaitGroup
	wg.Go(func() { took = c.steady(ctx, h, 500) })
	do()
	stop()
	wg.Wait()
	slices.Sort(took)
	return took
}

const (
	asks  = 200                    // of each question
	pause = 100 * time.Millisecond // between what people do
)

func (c *console) run(h *harness) {
	fmt.Printf("\nThe merchant's questions of a shop of %d orders, while 500 orders a second are placed; load %s.\n\n", c.n, loadAverage())
	for _, q := range c.questions() {
		var took []time.Duration
		c.beside(h, func() {
			for range asks {
				i := rand.IntN(c.n)
				start := time.Now()
				err := c.s.View(context.Background(), func(r tickets.Reader) error { return q.ask(r, i) })
				if err != nil {
					c.b.Error(err)
				}
				took = append(took, time.Since(start))
			}
		})
		slices.Sort(took)
		p99 := took[len(took)*99/100]
		fmt.Printf("%-34s median %8s   ", q.name, short(took[len(took)/2]))
		h.verdict("p99 in ms", float64(p99.Microseconds())/1000, 100, false)
	}
	c.cost(h)
}

// cost prints what placing loses by people who look: five of them, each of whom does something every half second.
func (c *console) cost(h *harness) {
	var alone, watched []time.Duration
	var asked atomic.Int64
	for range 5 {
		alone = append(alone, c.beside(h, func() { <-time.After(2 * time.Second) })...)
		watched = append(watched, c.beside(h, func() {
			questions := c.questions()
			for stop := time.Now().Add(2 * time.Second); time.Now().Before(stop); <-time.After(pause) {
				q := questions[int(asked.Add(1))%len(questions)]
				if err := c.s.View(context.Background(), func(r tickets.Reader) error { return q.ask(r, rand.IntN(c.n)) }); err != nil {
					c.b.Error(err)
				}
			}
		})...)
	}
	slices.Sort(alone)
	slices.Sort(watched)
	fmt.Printf("\nPlacing at 500/s: median %s, p99 %s; with ten questions a second: median %s, p99 %s\n",
		short(alone[len(alone)/2]), short(alone[len(alone)*99/100]), short(watched[len(watched)/2]), short(watched[len(watched)*99/100]))
	var ratios []float64
	for range 11 {
		before := h.engine(c.s, 64, 5000)
		ctx, stop := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		wg.Go(func() {
			questions := c.questions()
			for i := 0; ctx.Err() == nil; i++ {
				q := questions[i%len(questions)]
				if err := c.s.View(context.Background(), func(r tickets.Reader) error { return q.ask(r, rand.IntN(c.n)) }); err != nil {
					c.b.Error(err)
				}
				<-time.After(pause)
			}
		})
		during := h.engine(c.s, 64, 5000)
		stop()
		wg.Wait()
		ratios = append(ratios, during.rate/before.rate)
	}
	slices.Sort(ratios)
	h.verdict("placing at full speed, with questions", ratios[len(ratios)/2], 0.9, true)
}
