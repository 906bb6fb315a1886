package sim

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// Options changes how a schedule is run.
type Options struct {
	Off     []Fault   // classes of faults that do not happen
	NoAudit bool      // the product's own audit is not asked: only what the simulator itself knows counts
	Trace   io.Writer // hears every step, and at the end what was committed; nil is nobody
}

// Violation is what must never be, found in one schedule.
type Violation struct {
	Seed  uint64
	Rule  string // the invariant, as docs/simulation.md names them
	What  string
	Trace []string // the newest steps
}

// String says what, and how to see it again.
func (v *Violation) String() string {
	return fmt.Sprintf("%s: %s\nthe last steps:\n  %s\nsee it again: %s", v.Rule, v.What, strings.Join(v.Trace, "\n  "), Again(v.Seed))
}

// Again is the command that repeats a schedule and prints every step.
func Again(seed uint64) string {
	return fmt.Sprintf("go test ./checkout/checkouttest/sim -run TestReplay -seed %d -v", seed)
}

// Result is what came of one schedule.
type Result struct {
	Hash      uint64 // of every step: the same seed gives the same
	Violation *Violation
}

// Run runs the schedule of a seed in a folder that it may write to, and counts into cover what it met.
func Run(seed uint64, dir string, o Options, cover *Coverage) (Result, error) {
	w := newWorld(seed, dir, o, cover)
	if err := os.Remove(w.path); err != nil && !os.IsNotExist(err) {
		return Result{}, err
	}
	w.run()
	if o.Trace != nil {
		for _, l := range w.describe() {
			_, _ = fmt.Fprintln(o.Trace, l) // for people
		}
	}
	cover.Schedules++
	cover.Steps += w.k.steps
	return Result{Hash: w.k.trace.sum, Violation: w.found}, nil
}

// Minimise finds classes of faults that the violation of a seed does not need: with the others alone the same rule
// breaks.
func Minimise(seed uint64, dir, rule string, o Options) (needed []Fault, err error) {
	var off []Fault
	for _, f := range Faults() {
		try := append(append([]Fault(nil), off...), f)
		r, err := Run(seed, dir, Options{Off: try, NoAudit: o.NoAudit}, NewCoverage())
		if err != nil {
			return nil, err
		}
		if r.Violation != nil && r.Violation.Rule == rule {
			off = try
		} else {
			needed = append(needed, f)
		}
	}
	return needed, nil
}
