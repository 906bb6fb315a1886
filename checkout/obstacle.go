package checkout

import (
	"slices"

	"boxoffice/tickets"
)

// Obstacle says why a refund that failed has lost its point: it can neither be tried again nor be paid by another way, and
// its case is closed with a note. The words are those of the refusals: "used", "asked", "disputed"; "" when it has not.
func Obstacle(s tickets.Reader, r tickets.Refund) (string, error) {
	all, err := s.Refunds(r.Order)
	if err != nil {
		return "", err
	}
	if r.Tickets, err = inPlaceOf(s, r, all); err != nil {
		return "", err
	}
	return obstacle(s, r, all)
}

// obstacle says why a refund may not be sent, given all of its order's: "used" when somebody went in by one of its
// tickets, "asked" when a ticket ended or is asked back by another wish, "disputed" when the bank gave its charge back.
// It is "" when nothing is in the way. All parts of a wish are judged by the tickets that the first one carries.
func obstacle(s tickets.Reader, r tickets.Refund, all []tickets.Refund) (string, error) {
	for _, code := range ends(r, all) {
		k, err := s.Ticket(code)
		if err != nil {
			return "", err
		}
		other := slices.ContainsFunc(all, func(x tickets.Refund) bool {
			return x.ID != r.ID && !together(r, x, all) && x.Counts() && slices.Contains(x.Tickets, code)
		})
		switch {
		case other:
			return "asked", nil
		case k.Admitted > 0 && !r.Override:
			return "used", nil
		}
	}
	if r.Order == "" {
		return "", nil
	}
	took, err := bankTook(s, r.Order, r.Gateway, r.Charge)
	if took {
		return ResultDisputed, err
	}
	return "", err
}

// ends are the tickets that a refund's wish ends: the first of its refunds carries them.
func ends(r tickets.Refund, all []tickets.Refund) []tickets.TicketCode {
	for _, x := range all {
		if x.ID == r.Wish {
			return x.Tickets
		}
	}
	return r.Tickets
}

// together reports whether two refunds are different parts of one wish, or try such parts again.
func together(r, x tickets.Refund, all []tickets.Refund) bool {
	r, x = firstTry(r, all), firstTry(x, all)
	return r.ID != x.ID && r.Wish != "" && r.Wish == x.Wish
}

// firstTry is the refund that one tries again, itself if none.
func firstTry(r tickets.Refund, all []tickets.Refund) tickets.Refund {
	for {
		i := slices.IndexFunc(all, func(x tickets.Refund) bool { return r.Retries != "" && x.ID == r.Retries })
		if i < 0 {
			return r
		}
		r = all[i]
	}
}

// endedOtherwise reports whether other wishes gave the money of all tickets of a refund back, or of those that stand in
// their place now.
func endedOtherwise(s tickets.Reader, r tickets.Refund, all []tickets.Refund) (bool, error) {
	if len(ends(r, all)) == 0 {
		return false, nil
	}
	all = slices.Clone(all)
	for _, x := range all {
		if _, err := inPlaceOf(s, x, all); err != nil {
			return false, err
		}
	}
	if i := slices.IndexFunc(all, func(x tickets.Refund) bool { return x.ID == r.ID }); i >= 0 {
		r = all[i]
	}
	return !slices.ContainsFunc(ends(r, all), func(code tickets.TicketCode) bool {
		return !slices.ContainsFunc(all, func(x tickets.Refund) bool {
			went := x.State == tickets.RefundSucceeded || x.CameBack // then that one is asked about
			return x.ID != r.ID && went && !together(r, x, all) && slices.Contains(x.Tickets, code)
		})
	}), nil
}

// closeEnded closes what was asked about failed refunds of tickets that a refund ended.
func (t *turn) closeEnded(r tickets.Refund, by tickets.Actor) error {
	if len(r.Tickets) == 0 {
		return nil
	}
	all, err := t.Refunds(r.Order)
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.State != tickets.RefundFailed {
			continue
		}
		ended, err := endedOtherwise(t, x, all)
		if err == nil && ended {
			err = t.closeCase(tickets.CaseRefundFailed, string(x.ID), "refunded", by, "")
		}
		if err != nil {
			return err
		}
	}
	return nil
}
