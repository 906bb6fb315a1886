package checkout

import (
	"fmt"
	"slices"
	"time"

	"boxoffice/tickets"
)

// This file judges an order's facts: their numbers, their way through the table, and what they say moved.

// timeTolerance is how far a clock may go back between two facts.
const timeTolerance = 2 * time.Second

func (a *audit) story(o *tickets.Order, facts []tickets.Fact) {
	id := string(o.ID)
	var last tickets.Fact
	numbered, told, paced := true, "", ""
	for i := range facts {
		f := &facts[i]
		numbered = numbered && f.Seq == int64(i+1)
		if told == "" {
			told = jump(last.After, *f)
		}
		if step := f.Rev - last.Rev; paced == "" && (step != 0 && step != 1 || step == 1 && f.Transition == "") {
			paced = fmt.Sprintf("fact %d %s has revision %d after %d", f.Seq, f.Name, f.Rev, last.Rev)
		}
		if i > 0 && last.At.Sub(f.At) > timeTolerance {
			a.fault("E6", id, "fact %d %s is %s earlier than the one before", f.Seq, f.Name, last.At.Sub(f.At))
		}
		a.author(id, f)
		last = *f
	}
	if !numbered || int64(len(facts)) != o.Facts {
		a.fault("E2", id, "%d facts up to %d, the order says %d", len(facts), last.Seq, o.Facts)
	}
	if told == "" && last.After != o.Stage {
		told = fmt.Sprintf("the last fact says %s, the order is %s", last.After, o.Stage)
	}
	if told != "" {
		a.fault("E3", id, "%s", told)
	}
	if paced == "" && last.Rev != o.Rev {
		paced = fmt.Sprintf("the last fact has revision %d, the order %d", last.Rev, o.Rev)
	}
	if paced != "" {
		a.fault("E4", id, "%s", paced)
	}
}

// author checks that a fact says who did it and by which door, and that its postings are balanced.
func (a *audit) author(id string, f *tickets.Fact) {
	switch f.Actor.Kind {
	case tickets.ActorCustomer, tickets.ActorMember, tickets.ActorSystem, tickets.ActorGateway, tickets.ActorToken:
	default:
		a.fault("E5", id, "fact %d %s was done by %q", f.Seq, f.Name, f.Actor.Kind)
	}
	if f.Source == "" {
		a.fault("E5", id, "fact %d %s says no source", f.Seq, f.Name)
	}
	if !tickets.Balanced(f.Postings) {
		a.fault("M1", id, "the postings of fact %d %s do not sum to zero: %v", f.Seq, f.Name, f.Postings)
	}
}

// jump says why a fact cannot follow the stage that the one before it left, "" when it can.
func jump(last tickets.Stage, f tickets.Fact) string {
	if f.Before != last {
		return fmt.Sprintf("fact %d %s begins at %q after %q", f.Seq, f.Name, f.Before, last)
	}
	if f.Transition == "" {
		if f.After != f.Before {
			return fmt.Sprintf("fact %d %s goes from %q to %q by no transition", f.Seq, f.Name, f.Before, f.After)
		}
		return ""
	}
	i := slices.IndexFunc(tickets.Transitions, func(t tickets.Transition) bool { return t.ID == f.Transition })
	if i < 0 {
		return fmt.Sprintf("fact %d %s is of transition %q, which there is not", f.Seq, f.Name, f.Transition)
	}
	t := tickets.Transitions[i]
	if to := t.To; !slices.Contains(t.From, f.Before) || f.After != to && (to != tickets.Same || f.After != f.Before) {
		return fmt.Sprintf("fact %d %s goes from %q to %q, which %s does not", f.Seq, f.Name, f.Before, f.After, t.ID)
	}
	return ""
}

// looseFact takes in a fact of no order.
func (a *audit) looseFact(f *tickets.Fact) {
	a.author("no order", f)
	if len(f.Moves) > 0 {
		a.fault("I4", "no order", "%d moves of places by fact %s", len(f.Moves), f.Name)
	}
	a.loose.book(f.Postings)
	if f.Name == tickets.PaymentUnmatched && len(f.Postings) > 0 {
		a.posted[f.Key] = true
	}
}

// place is where places are: a pool's slot, and held or sold.
type place struct {
	pool tickets.PoolID
	slot tickets.Slot
	in   tickets.UnitAccount
}

// units checks an order's moves: no account is ever below zero, and the sums are what its rows say.
func (a *audit) units(o *tickets.Order, facts []tickets.Fact, rows map[place]int) {
	sums := map[place]int{}
	for i := range facts {
		for _, m := range facts[i].Moves {
			if m.Places < 1 || m.From == m.To || !unitAccount(m.From) || !unitAccount(m.To) {
				a.fault("I4", string(o.ID), "fact %d moves %d places from %q to %q", facts[i].Seq, m.Places, m.From, m.To)
			}
			for _, in := range []tickets.UnitAccount{tickets.UnitsHeld, tickets.UnitsSold} {
				at := place{m.Pool, m.Slot, in}
				if m.From == in {
					if sums[at] -= m.Places; sums[at] < 0 {
						a.fault("I4", string(o.ID), "after fact %d %d places are %s in %s@%s", facts[i].Seq, sums[at], in, m.Pool, m.Slot)
					}
				}
				if m.To == in {
					sums[at] += m.Places
				}
			}
		}
	}
	for at, n := range rows {
		if sums[at] != n {
			a.fault("I4", string(o.ID), "the ledger has %d places %s in %s@%s, the rows %d", sums[at], at.in, at.pool, at.slot, n)
		}
		delete(sums, at)
	}
	for at, n := range sums {
		if n != 0 {
			a.fault("I4", string(o.ID), "the ledger has %d places %s in %s@%s, the rows none", n, at.in, at.pool, at.slot)
		}
	}
}

func unitAccount(u tickets.UnitAccount) bool {
	return u == tickets.UnitsFree || u == tickets.UnitsHeld || u == tickets.UnitsSold
}
