package sim

import (
	"fmt"
	"maps"
	"slices"
)

// describe lists what the shop has committed about money, and the story of each order, for people who look into a
// violation.
func (w *world) describe() []string {
	t := w.truth
	var out []string
	line := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, id := range t.ids() {
		o := t.orders[id]
		line("%s %s applied=%d owed=%d kept=%d refunded=%d dispute=%s", id, o.Stage, o.Applied, o.Owed, o.Kept, o.Refunded, o.Dispute)
		for _, s := range t.stories[id] {
			line("  %s: %s", id, s)
		}
		for _, c := range t.capturesOf(id) {
			line("  %s: %s of %s: %s %s applied=%d owed=%d repaid=%d returned=%d", id, c.Charge, c.Gateway, c.Disposition, c.Amount, c.Applied, c.Owed, c.Repaid, c.Returned)
		}
		for _, k := range slices.Sorted(maps.Keys(t.tickets)) {
			if x := t.tickets[k]; x.Order == id {
				line("  %s: ticket %s %d.%d of %d places, %d in, %s %v", id, k, x.Gen, x.Seq, x.Places, x.Admitted, x.State, x.Blocks)
			}
		}
	}
	for _, s := range t.stories[""] {
		line("no order: %s", s)
	}
	for _, c := range inOrder(t.captures) {
		if c.Order == "" {
			line("%s %s of %s for no order: %s %s %s owed=%d repaid=%d", c.ID, c.Charge, c.Gateway, c.Disposition, c.Resolved, c.Amount, c.Owed, c.Repaid)
		}
	}
	for _, d := range inOrder(t.disputes) {
		line("%s of %s for %s: %s %s withdrawn=%t reinstated=%t tickets=%v", d.ID, d.Charge, d.Order, d.State, d.Amount, d.Withdrawn, d.Reinstated, d.Tickets)
	}
	for _, k := range slices.Sorted(maps.Keys(t.refunds)) {
		r := t.refunds[k]
		line("%s of %s for %s: %s %s %s owed=%t tickets=%v remote=%s due=%s %s", k, r.Charge, r.Order, r.State, r.Source, r.Amount, r.Owed, r.Tickets, r.Remote, r.Due, r.Error)
	}
	for _, k := range slices.Sorted(maps.Keys(t.cases)) {
		line("case %s about %s: open=%t %s", t.cases[k].Kind, t.cases[k].Subject, t.cases[k].Open(), t.cases[k].Outcome)
	}
	for _, p := range inOrder(t.payments) {
		line("payment %s of %s: %s %s remote=%s made=%s changed=%s due=%s tries=%d %s", p.ID, p.Order, p.State, p.Protocol, p.Remote, p.At, p.Changed, p.Due, p.Tries, p.Error)
	}
	for _, c := range w.bank.charges {
		if s := c.Session; s != nil {
			line("bank: %s of %s, made %s: %s at %s", c.ID, s.Remote, s.At, c.Amount, c.At)
		}
	}
	for _, p := range w.bank.refunds {
		line("bank: %s of %s, ours %s: %d %s", p.ID, p.Charge.ID, p.Ours, p.Amount, p.State)
	}
	return out
}
