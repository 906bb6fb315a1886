package checkout

import (
	"errors"

	"boxoffice/tickets"
)

// Refunds and disputes may be told before the money that they are about. Their notices wait for it, also when a person was
// told that it is not known: see Desk.Catch.

// chargeOf finds the capture that a report is about.
func (t *turn) chargeOf(gateway string, r Report) (tickets.Capture, error) {
	if r.Charge != "" {
		c, err := t.Capture(gateway, r.Charge)
		if err == nil || !errors.Is(err, tickets.NotFound) {
			return c, err
		}
	}
	p, err := t.paymentOf(gateway, r)
	if err == nil && p.Charge != "" {
		if c, err := t.Capture(gateway, p.Charge); err == nil {
			return c, nil
		}
	}
	return tickets.Capture{}, notYet("charge %q at %s is not known", r.Charge, gateway)
}

// notYet is the refusal of a report whose money was not found: it is judged again later.
func notYet(format string, args ...any) error {
	return tickets.Refuse(tickets.Unknown, format, args...).With("reason", "not_yet")
}

func isNotYet(err error) bool {
	r := tickets.RefusalOf(err)
	return r != nil && r.Kind == tickets.Unknown && r.Args["reason"] == "not_yet"
}
