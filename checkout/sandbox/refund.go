package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// Refund gives money of a charge back, once for each of the shop's ids, which it keeps for good. It fails with Declined
// when the charge has not so much left or is disputed, and with Invalid for what makes no sense. What the page or
// [Gateway.Play] set for the next refund of the session happens to it.
func (g *Gateway) Refund(ctx context.Context, r tickets.Refund, c tickets.Capture) (checkout.RefundStanding, error) {
	if r.ID == "" || r.Amount.Amount <= 0 || r.Amount.Currency != c.Amount.Currency {
		return checkout.RefundStanding{}, tickets.Refuse(tickets.Invalid, "sandbox cannot give back %s of %s", r.Amount, c.Amount)
	}
	var st checkout.RefundStanding
	var lost bool
	_, err := g.change(ctx, either(c.Charge), func(s *session) error {
		ch, err := s.chargeOf(c.Charge)
		if err != nil || ch.Currency != r.Amount.Currency {
			return tickets.Refuse(tickets.Invalid, "sandbox has no charge %q in %s", c.Charge, r.Amount.Currency)
		}
		if x := s.refundOf(r); x != nil {
			if x.Charge != c.Charge || x.Amount != r.Amount.Amount {
				return fmt.Errorf("sandbox has refund %s with another amount or charge", r.ID) // it exists: not a final no
			}
			st = x.standing()
			return nil
		}
		x, silent, err := s.refundNext(ch, r, g)
		if errors.Is(err, tickets.Conflict) {
			return tickets.Refuse(tickets.Declined, "refund %s: %v", r.ID, err)
		}
		if err == nil {
			st, lost = x.standing(), silent
		}
		return err
	})
	switch {
	case errors.Is(err, tickets.NotFound):
		return checkout.RefundStanding{}, tickets.Refuse(tickets.Invalid, "sandbox has no charge %q", c.Charge)
	case err != nil:
		return checkout.RefundStanding{}, err
	case lost:
		return checkout.RefundStanding{}, fmt.Errorf("refund %s: the sandbox did not answer in time", r.ID)
	default:
		return st, nil
	}
}

// refundNext makes the shop's refund as it was set for the next one. It is silent when the shop hears nothing of it.
func (s *session) refundNext(c *charge, r tickets.Refund, g *Gateway) (x *refund, silent bool, err error) {
	now := g.c.Now()
	var how step
	if len(s.Next) > 0 {
		how = s.Next[0]
	}
	made := refund{RefundID: r.ID, Amount: r.Amount.Amount}
	switch how.Act {
	case RefundSlow, RefundSlowFail:
		made.State = checkout.RefundIsPending
	case RefundFail:
		made.State, made.Reason = checkout.RefundIsFailed, "refused by the customer's bank"
	}
	x, err = s.refund(c, made, how.Act == RefundLost, now)
	if err != nil {
		return nil, false, err
	}
	if how.Act != "" {
		s.Next = slices.Delete(s.Next, 0, 1)
	}
	if how.Act.timed() {
		s.Plan = append(s.Plan, step{At: tickets.Milli(now.Add(how.After)), Act: how.Act, Refund: x.ID})
	}
	return x, how.Act == RefundLost, nil
}

// LookupRefund asks how a refund stands, by the sandbox's name of it or by the shop's.
func (g *Gateway) LookupRefund(ctx context.Context, r tickets.Refund, c tickets.Capture) (checkout.RefundStanding, error) {
	st := checkout.RefundStanding{State: checkout.RefundIsAbsent}
	_, err := g.change(ctx, either(c.Charge), func(s *session) error {
		if x := s.refundOf(r); x != nil {
			st = x.standing()
		}
		return nil
	})
	if errors.Is(err, tickets.NotFound) {
		return checkout.RefundStanding{State: checkout.RefundIsAbsent}, nil
	}
	return st, err
}

// refundOf finds a refund of the shop's; nil is none.
func (s *session) refundOf(r tickets.Refund) *refund {
	for i := range s.Refunds {
		x := &s.Refunds[i]
		if (r.ID != "" && x.RefundID == r.ID) || (r.Remote != "" && x.ID == r.Remote) {
			return x
		}
	}
	return nil
}

func (r *refund) standing() checkout.RefundStanding {
	raw, err := json.Marshal(r)
	if err != nil {
		panic("sandbox: " + err.Error()) // plain data of our own
	}
	return checkout.RefundStanding{State: r.State, Remote: r.ID, Reason: r.Reason, Raw: raw}
}
