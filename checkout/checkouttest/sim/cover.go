package sim

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"boxoffice/tickets"
)

// Coverage counts what schedules met. Counters of several schedules add up.
type Coverage struct {
	Schedules int
	Steps     int
	Events    map[string]int
	Edges     map[Edge]int
	Commits   map[string]int    // by the verb that made them
	Deeds     map[string]int    // commits by the verb that was called from outside
	Crashes   map[string][2]int // by the verb or the call: before and after it
}

// Edge is one arrow of the table of transitions.
type Edge struct {
	Row  tickets.TransitionID
	From tickets.Stage
}

// NewCoverage counts nothing yet.
func NewCoverage() *Coverage {
	return &Coverage{Events: map[string]int{}, Edges: map[Edge]int{}, Commits: map[string]int{}, Deeds: map[string]int{}, Crashes: map[string][2]int{}}
}

func (c *Coverage) count(event string) { c.Events[event]++ }

func (c *Coverage) crash(name string, ph phase) {
	n := c.Crashes[name]
	n[ph]++
	c.Crashes[name] = n
}

// Add counts what another one counted.
func (c *Coverage) Add(x *Coverage) {
	c.Schedules += x.Schedules
	c.Steps += x.Steps
	for k, n := range x.Events {
		c.Events[k] += n
	}
	for k, n := range x.Edges {
		c.Edges[k] += n
	}
	for k, n := range x.Commits {
		c.Commits[k] += n
	}
	for k, n := range x.Deeds {
		c.Deeds[k] += n
	}
	for k, n := range x.Crashes {
		m := c.Crashes[k]
		c.Crashes[k] = [2]int{m[0] + n[0], m[1] + n[1]}
	}
}

// Print writes everything as tables.
func (c *Coverage) Print(out io.Writer) {
	t := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(t, format+"\n", args...) } // a table for people
	line("schedules\t%d", c.Schedules)
	line("steps\t%d", c.Steps)
	for _, k := range slices.Sorted(maps.Keys(c.Events)) {
		line("%s\t%d", k, c.Events[k])
	}
	line("\ncommit or call\tcommits\tcrashes before\tafter")
	names := slices.Collect(maps.Keys(c.Commits))
	for k := range c.Crashes {
		if _, ok := c.Commits[k]; !ok {
			names = append(names, k)
		}
	}
	slices.Sort(names)
	for _, k := range names {
		line("%s\t%d\t%d\t%d", k, c.Commits[k], c.Crashes[k][before], c.Crashes[k][after])
	}
	line("\nverb that shares its commits\tcommits")
	for _, k := range deeds {
		line("%s\t%d", k, c.Deeds[k])
	}
	line("\ntransition\tfrom\ttaken")
	for _, e := range AllEdges() {
		line("%s\t%s\t%d\t%s", e.Row, cmp.Or(e.From, "none"), c.Edges[e], unreached(e))
	}
	_ = t.Flush() // as above
}

// AllEdges lists every arrow of the table of transitions.
func AllEdges() []Edge {
	var out []Edge
	for _, t := range tickets.Transitions {
		for _, from := range t.From {
			out = append(out, Edge{t.ID, from})
		}
	}
	return out
}
