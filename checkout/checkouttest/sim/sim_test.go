package sim_test

import (
	"flag"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"boxoffice/checkout/checkouttest/sim"
)

var (
	schedules = flag.Int("schedules", 500, "how many schedules TestSchedules runs")
	gate      = flag.Bool("gate", false, "fail when the schedules have not met enough")
	repeats   = flag.Int("same", 25, "how many seeds are run twice")
	first     = flag.Uint64("first", 1, "the first seed")
	noAudit   = flag.Bool("noaudit", false, "do not ask the product's own audit")
	most      = flag.Int("most", 10, "how many violations end a run")
	seed      = flag.Uint64("seed", 0, "the seed that TestReplay repeats")
)

// workshop is a folder in memory where the machine has one: schedules are not about disks.
func workshop(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "boxoffice-sim-") //nolint:usetesting // in memory
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// runAll runs seeds on all processors and returns what they met and the first few violations.
func runAll(t *testing.T, from uint64, n int) (*sim.Coverage, []*sim.Violation) {
	t.Helper()
	var next, bad atomic.Int64
	var mu sync.Mutex
	var found []*sim.Violation
	total := sim.NewCoverage()
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		dir := workshop(t)
		wg.Go(func() {
			cover := sim.NewCoverage()
			for {
				i := next.Add(1) - 1
				if i >= int64(n) || bad.Load() >= int64(*most) {
					break
				}
				r, err := sim.Run(from+uint64(i), dir, sim.Options{NoAudit: *noAudit}, cover)
				if err != nil {
					t.Errorf("seed %d: %v", from+uint64(i), err)
					break
				}
				if r.Violation != nil {
					bad.Add(1)
					mu.Lock()
					found = append(found, r.Violation)
					mu.Unlock()
				}
			}
			mu.Lock()
			defer mu.Unlock()
			total.Add(cover)
		})
	}
	wg.Wait()
	return total, found
}

func TestSchedules(t *testing.T) {
	t.Parallel()
	n := *schedules
	if testing.Short() { // as with the race detector, which makes a schedule ten times as long
		n = min(n, 60)
	}
	cover, found := runAll(t, *first, n)
	for i, v := range found {
		if i == 0 {
			t.Errorf("seed %d: %v", v.Seed, v)
		} else {
			t.Errorf("seed %d: %s: %s", v.Seed, v.Rule, v.What)
		}
	}
	if testing.Verbose() {
		cover.Print(os.Stdout)
	}
	if *gate {
		for _, m := range cover.Missing() {
			t.Errorf("not met often enough: %s", m)
		}
	}
}

func TestSameSeedTakesTheSameSteps(t *testing.T) {
	t.Parallel()
	dir := workshop(t)
	n := *repeats
	if testing.Short() {
		n = min(n, 3)
	}
	for s := *first; s < *first+uint64(n); s++ {
		a, err := sim.Run(s, dir, sim.Options{NoAudit: *noAudit}, sim.NewCoverage())
		if err != nil {
			t.Fatal(err)
		}
		b, err := sim.Run(s, dir, sim.Options{NoAudit: *noAudit}, sim.NewCoverage())
		if err != nil {
			t.Fatal(err)
		}
		if a.Hash != b.Hash {
			t.Errorf("seed %d took other steps the second time", s)
		}
	}
}

func TestReplay(t *testing.T) {
	if *seed == 0 {
		t.Skip("which schedule? -seed N")
	}
	dir := workshop(t)
	r, err := sim.Run(*seed, dir, sim.Options{Trace: os.Stdout, NoAudit: *noAudit}, sim.NewCoverage())
	if err != nil {
		t.Fatal(err)
	}
	if r.Violation == nil {
		return
	}
	needed, err := sim.Minimise(*seed, dir, r.Violation.Rule, sim.Options{NoAudit: *noAudit})
	if err != nil {
		t.Fatal(err)
	}
	t.Errorf("%s: %s\nfaults that it needs: %v", r.Violation.Rule, r.Violation.What, needed)
}
