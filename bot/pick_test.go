package bot

import (
	"slices"
	"testing"

	"boxoffice/tickets"
)

// issued are the tickets with some numbers of an order of so many.
func issued(of int, seqs ...int) (ks []tickets.Ticket) {
	for _, n := range seqs {
		ks = append(ks, tickets.Ticket{Code: tickets.TicketCode(rune('A' + len(ks))), Seq: n, Of: of})
	}
	return ks
}

func TestAPickMeansTheTicketsThatItShowed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		all  []tickets.Ticket
		pick []int // of all
		want []tickets.TicketCode
		ok   bool
	}{
		"one of three":        {issued(3, 1, 2, 3), []int{1}, []tickets.TicketCode{"B"}, true},
		"all of three":        {issued(3, 1, 2, 3), []int{0, 1, 2}, nil, true},
		"with a new code":     {issued(40, 1, 2, 65), []int{2}, []tickets.TicketCode{"C"}, true}, // number 25
		"the last that fits":  {issued(60, 1, 55), []int{1}, []tickets.TicketCode{"B"}, true},
		"of a hundred":        {issued(100, 1, 65), []int{0}, nil, false}, // both had one bit once
		"of a hundred, whole": {issued(100, 1, 65), []int{0, 1}, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var picked []tickets.Ticket
			for _, i := range c.pick {
				picked = append(picked, c.all[i])
			}
			set := setOf(picked)
			if !pickable(c.all) && len(c.pick) < len(c.all) {
				set = 2 // what a button of older programs said
				c.all = append(slices.Clone(c.all), issued(100, 2)...)
			}
			got, ok := chosen(c.all, set)
			if !slices.Equal(got, c.want) || ok != c.ok {
				t.Errorf("chosen %v, %v; want %v, %v", got, ok, c.want, c.ok)
			}
		})
	}
}

func TestAPickOfWhatIsGoneIsNotTheWholeOrder(t *testing.T) {
	t.Parallel()
	all := issued(3, 1, 2, 3)
	if codes, ok := chosen(all[:2], bit(all[2])); ok || codes != nil {
		t.Errorf("chosen %v, %v", codes, ok)
	}
	if pickable(issued(100, 3, 70)) || !pickable(all) || pickable(issued(30, func() (n []int) {
		for i := range mostPicks + 1 {
			n = append(n, i+1)
		}
		return n
	}()...)) {
		t.Error("offered one by one, or not")
	}
}
