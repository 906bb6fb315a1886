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
	Crashes   map[string][2]int // by the verb or the call: before and after it
}

// Edge is one arrow of the table of transitions.
type Edge struct {
	Row  tickets.TransitionID
	From tickets.Stage
}

// NewCoverage counts nothing yet.
func NewCoverage() *Coverage {
	return &Coverage{Events: map[string]int{}, Edges: map[Edge]int{}, Commits: map[string]int{}, Crashes: map[string][2]int{}}
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

// often says how many commits of a verb come until the process dies at one, where the dice want crashes at all: it is
// more for what happens more, so that crashes are spread evenly over verbs. Measured.
var often = map[string]float64{
	"Apply": 1.2, "AskRefund": 2.5, "Cancel": 2.3, "MarkPaid": 5, "Pay": 22, "Place": 32, "PreCheckout": 2.3, "RefundMoney": 1.5, "chase": 90,
	"completeOrder": 1, "gateway close": 10, "gateway lookup": 60, "gateway lookup refund": 1.5, "gateway open": 20, "gateway refund": 3,
	"giveBack": 2, "judgeNotice": 11, "lapse": 11, "lease": 60, "newKey": 3, "openPage": 24, "orderCode": 18, "payFree": 3, "postpone": 10,
	"receive": 20, "record": 110, "rememberDate": 90, "repaid": 3, "repay": 6, "telegram send": 100,
}

// rate is how likely a crash is at one point of a name.
func rate(name string) float64 { return 0.9 / max(often[name]/4, 1) }

// aims says how often schedules aim at one verb, which commits so seldom that crashes by chance are too few.
var aims = []struct {
	verb   string
	weight int
}{
	{"CloseDates", 9}, {"HurryClosing", 9}, {"closeOrder", 12}, {"closePage", 6},
	{"applyLate", 20}, {"HurryRefund", 70}, {"completeOrder", 62}, {"noticeLater", 26}, {"EndTickets", 92}, {"FailIssue", 32}, {"CloseCase", 22},
	{"Issue", 24}, {"UndoAdmission", 30}, {"giveBack", 30}, {"RefundMoney", 12}, {"Apply", 9}, {"PreCheckout", 16}, {"SettleRefund", 9},
	{"WriteOff", 18}, {"UnsettleRefund", 11}, {"payFree", 15}, {"Cancel", 22}, {"Pay", 10}, {"agree", 22}, {"anew", 10}, {"postpone", 6}, {"repaid", 8},
	{"Admit", 7}, {"AskRefund", 10}, {"MarkPaid", 5}, {"MoveDate", 9}, {"Place", 7}, {"ReissueTicket", 13}, {"chase", 5}, {"judgeNotice", 6}, {"lapse", 6},
	{"newKey", 6}, {"openPage", 6}, {"receive", 5}, {"repay", 5}, {"record", 5}, {"lease", 4}, {"rememberDate", 4},
}

// aim picks a verb to aim at.
func aim(d *dice) string {
	sum := 0
	for _, a := range aims {
		sum += a.weight
	}
	n := d.IntN(sum)
	for _, a := range aims {
		if n -= a.weight; n < 0 {
			return a.verb
		}
	}
	return ""
}
