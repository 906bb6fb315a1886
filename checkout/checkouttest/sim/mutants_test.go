//go:build mutant

package sim_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// mutantBudget is how many schedules may run until a planted fault is found.
const mutantBudget = 10_000

// The folders that faults are planted in, from the root of the repository.
const (
	inCheckout = "checkout"
	inTickets  = "tickets"
	inNotify   = "notify"
)

// mutant is a fault planted in the product: a text that occurs exactly once in a folder's files, and what it becomes.
type mutant struct {
	name, in, is, becomes string
}

// report is what came of one mutant.
type report struct {
	name, rule string
	seeds      int
	took       time.Duration
}

var foundLine = regexp.MustCompile(`(?m)^\s+sim_test\.go:\d+: seed (\d+): ([A-Za-z0-9-]+):`)

// TestPlantedFaultsAreFound builds the simulator once for each planted fault, with the fault laid over the source, and
// runs schedules until one breaks an invariant.
func TestPlantedFaultsAreFound(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	var done []report
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			if r, ok := hunt(t, root, m); ok {
				done = append(done, r)
			}
		})
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "planted fault\tfound at schedule\tby\ttook")
	for _, r := range done {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", r.name, r.seeds, r.rule, r.took.Round(100*time.Millisecond))
	}
	fmt.Fprintf(w, "%d of %d\n", len(done), len(mutants))
	if err := w.Flush(); err != nil {
		t.Error(err)
	}
}

// hunt builds one mutant and runs it.
func hunt(t *testing.T, root string, m mutant) (report, bool) {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "sim.test")
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-overlay", overlay(t, root, dir, m), "-o", binary, "./checkout/checkouttest/sim")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("does not build: %v\n%s", err, out)
		return report{}, false
	}
	began := time.Now()
	run := exec.CommandContext(t.Context(), binary, "-test.run", "^TestSchedules$", "-schedules", strconv.Itoa(mutantBudget), "-most", "1", "-noaudit")
	run.Dir = dir
	out, err := run.CombinedOutput()
	found := foundLine.FindSubmatch(out)
	switch {
	case err == nil:
		t.Errorf("not found in %d schedules", mutantBudget)
		return report{}, false
	case found == nil:
		t.Errorf("ended otherwise than by an invariant:\n%.2000s", out)
		return report{}, false
	}
	n, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return report{name: m.name, seeds: n, rule: string(found[2]), took: time.Since(began)}, true
}

// overlay writes the source with the fault beside the real one, and returns the file that tells the compiler.
func overlay(t *testing.T, root, dir string, m mutant) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, m.in, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		switch n := strings.Count(string(src), m.is); {
		case n > 1 || n == 1 && len(replace) > 0:
			t.Fatalf("%q is there more than once", m.is)
		case n == 1:
			replace[file] = filepath.Join(dir, filepath.Base(file))
			if err := os.WriteFile(replace[file], []byte(strings.Replace(string(src), m.is, m.becomes, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(replace) == 0 {
		t.Fatalf("%q is not there any more: plant the fault elsewhere", m.is)
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
