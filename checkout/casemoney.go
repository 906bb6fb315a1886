package checkout

import (
	"slices"
	"time"

	"boxoffice/tickets"
)

// CaseMoney reads the capture that a case about money is about: one that came with the case or, when somebody rejected a
// refund of it or a bank gave it back, long before. It fails with NotFound.
func CaseMoney(r tickets.Reader, c tickets.Case) (tickets.Capture, error) {
	if c.Charge != "" {
		return r.Capture(c.Gateway, c.Charge)
	}
	var found tickets.Capture
	in := func(all []tickets.Capture) bool {
		i := slices.IndexFunc(all, func(x tickets.Capture) bool { return string(x.ID) == c.Subject })
		if i >= 0 {
			found = all[i]
		}
		return i >= 0
	}
	if c.Order != "" {
		all, err := r.Captures(c.Order)
		if err != nil || in(all) {
			return found, err
		}
	}
	// It was stored before cases named their charge: mostly it was opened when its money came.
	for _, from := range []time.Time{c.At.Add(-time.Second), time.Unix(0, 0)} {
		for p := (tickets.Page{Limit: Batch}); ; {
			all, next, err := r.CapturesBetween(from, c.At.Add(time.Second), p)
			if err != nil || in(all) {
				return found, err
			}
			if p.Mark = next; next == "" {
				break
			}
		}
	}
	return found, tickets.Refuse(tickets.NotFound, "the money of case %s is not found", c.ID)
}
