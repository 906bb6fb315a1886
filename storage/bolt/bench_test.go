//go:build linux

package bolt

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"boxoffice/tickets"
)

var (
	full    = flag.Bool("full", false, "BenchmarkPlace: also compare 1,000,000 existing orders with 100,000")
	profile = flag.String("only", "", "BenchmarkPlace: only the engine with this many customers, such as 64, or only growth")
)

// What the boxoffice binary sets: a shop's live heap is small, and at 100 the collector never rests.
const (
	gcPercent  = 3200
	memorySoft = 512 << 20
)

const (
	rounds   = 7
	existing = 100_000
	crowdN   = 15_000 // orders a round with a crowd
	loneN    = 500    // orders a round of a lone customer

	// Growth is compared in more and shorter rounds, which stay close in time: a disturbed one is then one of many.
	pairs = 21
	pairN = crowdN * rounds / pairs
)

// placer places order n in a store, as a desk does: the thing that BenchmarkPlace measures.
type placer func(ctx context.Context, s tickets.Store, n int) error

// BenchmarkPlace prints orders placed a second, beside what the disk and bbolt could do at best with the same bytes,
// all measured in turns in one run. Run it with -benchtime 1x; it takes a minute (with -full some five).
func BenchmarkPlace(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(memorySoft))
	for b.Loop() {
		h := newHarness(b, place)
		switch *profile {
		case "":
		case "growth":
			h.growth()
			continue
		default:
			h.engineOnly()
			continue
		}
		h.record()
		for range rounds {
			for _, c := range []int{1, 64, 256} {
				h.round(c)
			}
		}
		h.print()
		if *full {
			h.growth()
		}
	}
}

type harness struct {
	b       *testing.B
	dir     string
	place   placer
	store   *Store
	next    atomic.Int64 // number of the next order
	tape    *tape
	raw     *rawFile
	single  *rawFile
	log     *os.File
	results map[string][]result

	orders, pages, commits float64 // of the store, with 64 customers
}

type result struct {
	rate     float64
	p50, p99 time.Duration
	cpu      time.Duration // of the process, an order
	pages    float64       // written, an order; of this store only
}

// cpuTime is what the process has used, in user and in kernel.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func newHarness(b *testing.B, p placer) *harness {
	h := &harness{b: b, dir: b.TempDir(), place: p, results: map[string][]result{}}
	h.store = h.preload("engine.db", existing)
	h.next.Store(existing)
	b.Cleanup(func() { _ = h.store.Close() })
	return h
}

func (h *harness) must(err error) {
	h.b.Helper()
	if err != nil {
		h.b.Fatal(err)
	}
}

// preload makes a store with n orders, all over: the holds of a shop live minutes. It commits few at once, as trading
// does: pages that a commit frees are listed in each that follows until they are used, and those of a commit of
// thousands of orders would be listed in all that is measured.
func (h *harness) preload(name string, n int) *Store {
	h.b.Helper()
	s, err := Open(context.Background(), filepath.Join(h.dir, name), Options{})
	h.must(err)
	h.must(s.Update(context.Background(), func(tx tickets.Tx) error { _, err := tx.PutCatalog(benchCatalog()); return err }))
	const chunk = 50
	work := make(chan int)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for first := range work {
				if err := s.Update(context.Background(), func(tx tickets.Tx) error {
					for i := range chunk {
						if err := newSale(first+i).over(tx, first+i); err != nil {
							return err
						}
					}
					return nil
				}); err != nil {
					h.b.Error(err)
				}
			}
		})
	}
	for i := 0; i < n; i += chunk {
		work <- i
	}
	close(work)
	wg.Wait()
	settled(h.b, s)
	return s
}

// crowd has c customers do n times what do does, and measures. What the way before left to be written is on disk first,
// and the first tenth warms up: it is not counted.
func (h *harness) crowd(c, n int, do func(i int) error) result {
	h.b.Helper()
	runtime.GC()
	syscall.Sync()
	h.rush(c, 0, n/10, do)
	return h.rush(c, n/10, n-n/10, do)
}

// rush has c customers do the n from first on.
func (h *harness) rush(c, first, n int, do func(i int) error) result {
	h.b.Helper()
	if n == 0 {
		return result{}
	}
	took := make([]time.Duration, n)
	var next atomic.Int64
	var wg sync.WaitGroup
	start, cpu := time.Now(), cpuTime()
	for range c {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				t := time.Now()
				if err := do(first + i); err != nil {
					h.b.Error(err)
					return
				}
				took[i] = time.Since(t)
			}
		})
	}
	wg.Wait()
	all := time.Since(start)
	cpu = cpuTime() - cpu
	slices.Sort(took)
	return result{rate: float64(n) / all.Seconds(), p50: took[n/2], p99: took[n*99/100], cpu: cpu / time.Duration(n)}
}

func (h *harness) add(name string, c int, r result) {
	key := fmt.Sprintf("%s %d", name, c)
	h.results[key] = append(h.results[key], r)
}

// round measures each way once with c customers.
func (h *harness) round(c int) {
	n, singles := crowdN, 1000
	if c == 1 {
		n, singles = loneN, loneN
	}
	before, first := h.store.db.Stats().TxStats, h.txid()
	h.add("engine", c, h.engine(h.store, c, n))
	if after := h.store.db.Stats().TxStats; c == 64 {
		h.orders += float64(n)
		h.pages += float64(after.GetWrite() - before.GetWrite())
		h.commits += float64(h.txid() - first)
	}
	h.add("group", c, h.rawGroup(c, n))
	h.add("update", c, h.rawUpdate(c, singles))
	h.add("log", c, h.appendLog(c, n))
	h.add("sync", 0, h.fdatasync())
}

func (h *harness) engine(s *Store, c, n int) result {
	first := int(h.next.Add(int64(n))) - n
	before := s.db.Stats().TxStats
	r := h.crowd(c, n, func(i int) error { return h.place(context.Background(), s, first+i) })
	after := s.db.Stats().TxStats
	r.pages = float64(after.GetWrite()-before.GetWrite()) / float64(n)
	return r
}

func (h *harness) engineOnly() {
	c := 64
	_, err := fmt.Sscan(*profile, &c)
	h.must(err)
	for range rounds {
		n := crowdN
		if c == 1 {
			n = loneN
		}
		before, txid := h.store.db.Stats().TxStats, h.txid()
		r := h.engine(h.store, c, n)
		after, commits := h.store.db.Stats().TxStats, float64(h.txid()-txid)
		fmt.Printf("%d customers: %.0f orders/s, p50 %s p99 %s, %v of processor an order; a commit: %.1f orders, %.1f pages written, %d us writing, %d us spilling\n",
			c, r.rate, short(r.p50), short(r.p99), r.cpu, float64(n)/commits, float64(after.GetWrite()-before.GetWrite())/commits,
			int(float64((after.GetWriteTime()-before.GetWriteTime()).Microseconds())/commits),
			int(float64((after.GetSpillTime()-before.GetSpillTime()).Microseconds())/commits))
	}
}

// txid counts the store's commits.
func (h *harness) txid() (id int) {
	h.must(h.store.db.View(func(btx *bbolt.Tx) error { id = btx.ID(); return nil }))
	return id
}

// median of the results by rate, with the medians of their percentiles.
func (h *harness) median(name string, c int) result {
	rs := h.results[fmt.Sprintf("%s %d", name, c)]
	return result{
		rate:  middle(rs, func(r result) float64 { return r.rate }),
		p50:   middle(rs, func(r result) time.Duration { return r.p50 }),
		p99:   middle(rs, func(r result) time.Duration { return r.p99 }),
		cpu:   middle(rs, func(r result) time.Duration { return r.cpu }),
		pages: middle(rs, func(r result) float64 { return r.pages }),
	}
}

// middle is the median of one number of each result.
func middle[N cmp.Ordered](rs []result, of func(result) N) N {
	ns := make([]N, len(rs))
	for i, r := range rs {
		ns[i] = of(r)
	}
	slices.Sort(ns)
	return ns[len(ns)/2]
}

func (h *harness) print() {
	sync := h.median("sync", 0).p50
	fmt.Printf("\nPlacing an order, durable: hold, order, facts, delivery; %d bytes in %d entries an order, %d orders there;\n"+
		"visits on 7 days, one customer of eight has bought before.\n",
		h.tape.bytesPerOrder(), h.tape.entriesPerOrder(), existing)
	fmt.Printf("Medians of %d interleaved rounds; GC percent %d; %d CPUs; fdatasync of 4 KiB: median %v; load %s.\n\n", rounds, gcPercent,
		runtime.GOMAXPROCS(0), sync.Round(time.Microsecond), loadAverage())
	fmt.Printf("%-34s %30s %30s %30s\n", "", "1 customer", "64 customers", "256 customers")
	for _, row := range [][2]string{
		{"engine", "this store"}, {"group", "raw bbolt group commit"}, {"update", "one raw db.Update an order"}, {"log", "append-only log"},
	} {
		fmt.Printf("%-34s", row[1])
		for _, c := range []int{1, 64, 256} {
			r := h.median(row[0], c)
			fmt.Printf(" %9.0f/s p50 %6s p99 %6s", r.rate, short(r.p50), short(r.p99))
		}
		fmt.Println()
	}
	fmt.Printf("\nProcessor time an order at 64, customers included: %v, raw group commit %v. A commit of this store at 64: %.0f orders, "+
		"%.0f pages.\n\n", h.median("engine", 64).cpu.Round(100*time.Nanosecond), h.median("group", 64).cpu.Round(100*time.Nanosecond),
		h.orders/h.commits, h.pages/h.commits)
	for _, c := range []int{64, 256} {
		e := h.median("engine", c)
		h.verdict(fmt.Sprintf("rate of raw group commit at %d", c), e.rate/h.median("group", c).rate, 0.5, true)
		h.verdict(fmt.Sprintf("rate of one db.Update an order at %d", c), e.rate/h.median("update", c).rate, 10, true)
	}
	h.verdict("p99 at 64 in fdatasyncs", float64(h.median("engine", 64).p99)/float64(sync), 30, false)
	fmt.Printf("%-40s %7.2f\n", "  that of raw group commit", float64(h.median("group", 64).p99)/float64(sync))
	h.verdict("lone median in raw db.Updates", float64(h.median("engine", 1).p50)/float64(h.median("update", 1).p50), 1.5, false)
}

// loadAverage is the machine's load average of the last minute: above 2 others took part, and a p99 says little.
func loadAverage() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(b), " ")
	return first
}

func (h *harness) verdict(what string, got, want float64, least bool) {
	word, ok := "at most", got <= want
	if least {
		word, ok = "at least", got >= want
	}
	mark := "PASS"
	if !ok {
		mark = "MISSED"
	}
	fmt.Printf("%-40s %7.2f   %s %v   %s\n", what, got, word, want, mark)
}

func short(d time.Duration) string {
	return strings.TrimSuffix(d.Round(10*time.Microsecond).String(), "0s")
}

// growth compares a store of a million orders with one of a hundred thousand, in turns: the median of the ratios of
// neighbours.
func (h *harness) growth() {
	const many = 1_000_000
	big := h.preload("big.db", many)
	defer func() { _ = big.Close() }()
	small := h.preload("small.db", existing)
	defer func() { _ = small.Close() }()
	stores := map[string]*Store{"small": small, "big": big}
	bought := map[string]int{"small": existing, "big": many} // each store has its own customers, who come back to it
	turn := []string{"small", "big"}
	ratios, cpus := map[int][]float64{}, map[int][]float64{}
	for range pairs {
		for _, c := range []int{64, 256} {
			round := map[string]result{}
			for _, name := range turn {
				h.next.Store(int64(bought[name]))
				r := h.engine(stores[name], c, pairN)
				h.add(name, c, r)
				round[name] = r
				bought[name] += pairN
			}
			ratios[c] = append(ratios[c], round["big"].rate/round["small"].rate)
			cpus[c] = append(cpus[c], float64(round["small"].cpu)/float64(round["big"].cpu))
		}
		slices.Reverse(turn)
	}
	st, err := os.Stat(big.Path())
	h.must(err)
	fmt.Printf("\n%d existing orders: file of %d MB; load %s.\n", many, st.Size()>>20, loadAverage())
	for _, c := range []int{64, 256} {
		s, g := h.median("small", c), h.median("big", c)
		slices.Sort(ratios[c])
		slices.Sort(cpus[c])
		fmt.Printf("at %3d: %.0f/s with %d, %.0f/s with %d; %v and %v of processor, %.2f and %.2f pages an order\n", c, s.rate, existing,
			g.rate, many, s.cpu, g.cpu, s.pages, g.pages)
		h.verdict(fmt.Sprintf("rate with a million at %d", c), ratios[c][pairs/2], 0.9, true)
		fmt.Printf("  a quarter below %.2f, a quarter above %.2f; of the medians %.2f; by processor time %.2f, by pages %.2f\n",
			ratios[c][pairs/4], ratios[c][pairs*3/4], g.rate/s.rate, cpus[c][pairs/2], s.pages/g.pages)
	}
}
