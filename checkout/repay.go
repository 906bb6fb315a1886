package checkout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"boxoffice/tickets"
)

// This file sends refunds to their gateways and records what became of them.
//
// Where it can stop: a refund is stored, SUBMITTED and leased before its gateway is asked. After a stop, or when the
// answer was lost, the gateway is first asked whether it has it; only when it says no is it sent again, with the same
// key, and never once the key may have been forgotten there. What the answer says is recorded in one transaction with
// the tickets, the places and the ledgers.

const (
	repayLease  = 30 * time.Second // a refund being sent is not sent by another pass
	refundKeys  = 23 * time.Hour   // gateways keep idempotency keys for 24 hours; after this nothing is sent again
	refundLocks = 10 * time.Minute // a refund locked by a dispute is looked at this often
)

// pendingLooks are the waits between looks at a refund that its gateway settles later; then daily.
var pendingLooks = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 8 * time.Hour, 24 * time.Hour}

// Repay sends every refund that is due, asks about those that are not settled, and returns how many it took on.
func (d *Desk) Repay(ctx context.Context) (int, error) {
	var due []tickets.Refund
	now := d.now()
	err := d.Store.View(ctx, func(r tickets.Reader) (err error) { due, err = r.RefundsDue(now, Batch); return err })
	if err != nil {
		return 0, fmt.Errorf("repay: %w", err)
	}
	return len(due), each(ctx, d.AtOnce, due, func(r tickets.Refund) error {
		if err := d.repay(ctx, r.ID); err != nil {
			return fmt.Errorf("repay %s: %w", r.ID, err)
		}
		return nil
	})
}

// repay takes one refund a step further.
func (d *Desk) repay(ctx context.Context, id tickets.RefundID) error {
	var r tickets.Refund
	var c tickets.Capture
	var asked, taken bool
	err := d.update(ctx, func(t *turn) (err error) {
		taken = false
		if r, err = t.Refund(id); err != nil {
			return err
		}
		if r.Due.IsZero() || r.Due.After(t.now) {
			return nil // another pass has it, or it needs nothing
		}
		if c, err = t.Capture(r.Gateway, r.Charge); err != nil {
			return err
		}
		asked = r.Sent()
		taken, err = t.lease(&r)
		return err
	})
	if err != nil || !taken {
		return err
	}
	gw, err := d.Gateway(r.Gateway)
	refunder, can := gw.(Refunder)
	if err == nil && !can || r.Gateway == GatewayManual {
		return d.repaid(ctx, id, RefundStanding{}, tickets.Refuse(tickets.Unsupported, "%s cannot give money back", r.Gateway))
	}
	if err != nil { // taken out of the configuration: it waits
		d.Log.Error("refund of a gateway that is not configured", "refund_id", id, "gateway", r.Gateway)
		return d.repaid(ctx, id, RefundStanding{}, tickets.Refuse(tickets.Unavailable, "%v", err))
	}
	var st RefundStanding
	if asked {
		st, err = refunder.LookupRefund(ctx, r, c)
		if err == nil && st.State == RefundIsAbsent && r.Remote == "" {
			if d.now().Sub(r.Submitted) >= refundKeys {
				err = tickets.Refuse(tickets.Declined, "the provider does not know it a day after it was sent")
			} else {
				st, err = refunder.Refund(ctx, r, c)
			}
		}
	} else {
		st, err = refunder.Refund(ctx, r, c)
	}
	if final(err) { // somebody else may have been faster: then this one has lost its point
		if look := d.lookAtRefunds(ctx, gw, r.Charge); look != nil {
			d.Log.Warn("gateway did not tell what went back", "refund_id", id, "gateway", r.Gateway, "error", look)
			err = fmt.Errorf("%w, after: %s", look, err.Error())
		}
	}
	if err != nil {
		d.Log.Warn("refund not settled", "refund_id", id, "gateway", r.Gateway, "error", err)
	}
	return d.repaid(ctx, id, st, err)
}

// lease makes a due refund ours for a while and, the first time, sends it off: SUBMITTED, tickets blocked. It reports
// whether the gateway is to be asked.
func (t *turn) lease(r *tickets.Refund) (bool, error) {
	o, err := t.orderOf(*r)
	if err != nil {
		return false, err
	}
	system := tickets.Actor{Kind: tickets.ActorSystem}
	if r.State == tickets.RefundRequested {
		if !r.Auto {
			r.Due = never
			return false, t.PutRefund(*r)
		}
		if err := r.Move(tickets.RefundApproved, t.now); err != nil {
			return false, err
		}
	}
	if r.State == tickets.RefundApproved {
		locked, err := t.locked(*r, o)
		if err != nil {
			return false, err
		}
		if locked {
			r.Due = t.now.Add(refundLocks)
			return false, t.PutRefund(*r)
		}
		others, err := t.Refunds(r.Order)
		if err != nil {
			return false, err
		}
		why, err := obstacle(t, *r, others)
		if err != nil {
			return false, err
		}
		if why != "" { // such as somebody who went in by a ticket before its money was sent
			if err := t.PutRefund(*r); err != nil {
				return false, err
			}
			facts, err := t.drop([]tickets.Refund{*r}, tickets.RefundCancelled, tickets.RefundTakenBack, system, "repay", why)
			if err != nil {
				return false, err
			}
			return false, t.dropped(*r, why, facts)
		}
		r.Due = t.now.Add(repayLease)
		return true, t.submit(r, &o, system, "repay")
	}
	r.Tries++
	r.Due = t.now.Add(repayLease)
	return true, t.PutRefund(*r)
}

// dropped tells of a refund that lost its point. Owed money that the bank gave back is settled with it.
func (t *turn) dropped(r tickets.Refund, why string, facts []tickets.Fact) error {
	if why == ResultDisputed && r.Owed {
		c, err := t.Capture(r.Gateway, r.Charge)
		if err != nil {
			return err
		}
		if err := t.bankHasIt(c); err != nil {
			return err
		}
	}
	o, err := t.orderOf(r)
	if err != nil {
		return err
	}
	if err := t.resettle(&o); err != nil {
		return err
	}
	if o.ID != "" {
		if err := t.PutOrder(o); err != nil {
			return err
		}
	}
	if err := t.tell(o, facts...); err != nil || o.ID == "" {
		return err
	}
	return t.settled(o)
}

// submit moves a refund to SUBMITTED (T35s): its tickets are blocked and its money is on the way.
func (t *turn) submit(r *tickets.Refund, o *tickets.Order, by tickets.Actor, source string) error {
	due := r.Due
	if err := r.Move(tickets.RefundSubmitted, t.now); err != nil {
		return err
	}
	r.Submitted, r.Tries, r.Due = t.now, 1, due
	if err := t.PutRefund(*r); err != nil {
		return err
	}
	if err := t.eachTicket(*r, func(k *tickets.Ticket) error { k.Block(string(r.ID), t.now); return nil }); err != nil {
		return err
	}
	t.toPay(*r)
	f, err := t.refundFact(o, *r, tickets.RefundSent, tickets.TRefundSent, by, source, refundData(*r, r.Amount))
	if err != nil {
		return err
	}
	f.Hidden = true
	facts, err := t.wishChanged(*o, f)
	if err != nil {
		return err
	}
	if o.ID != "" {
		if *o, err = t.Order(o.ID); err != nil {
			return err
		}
	}
	return t.tell(*o, facts...)
}

// unblock takes a block off a ticket; one of an order whose visit is over lapses then.
func (t *turn) unblock(k *tickets.Ticket, id string, o tickets.Order) {
	k.Unblock(id, t.now)
	if o.Stage == tickets.StageCompleted {
		k.Lapse(t.now)
	}
}

// eachTicket changes and stores the refund's tickets.
func (t *turn) eachTicket(r tickets.Refund, fn func(*tickets.Ticket) error) error {
	for _, code := range r.Tickets {
		k, err := t.Ticket(code)
		if err != nil {
			return err
		}
		if err := fn(&k); err != nil {
			return err
		}
		if err := t.PutTicket(k); err != nil {
			return err
		}
	}
	return nil
}

// repaid records what a gateway said of a refund.
func (d *Desk) repaid(ctx context.Context, id tickets.RefundID, st RefundStanding, callErr error) error {
	return d.update(context.WithoutCancel(ctx), func(t *turn) error {
		r, err := t.Refund(id)
		if err != nil || !r.Sent() {
			return err // a notice was faster
		}
		gateway := tickets.Actor{Kind: tickets.ActorGateway, ID: r.Gateway}
		switch {
		case errors.Is(callErr, tickets.Unsupported):
			return t.byHand(r, callErr.Error())
		case callErr != nil && final(callErr):
			gone, err := t.goneOtherwise(r)
			if err != nil {
				return err
			}
			if gone {
				return t.pointless(&r, gateway, NoteFound)
			}
			r.Refusal = tickets.KindOf(callErr)
			return t.refundFailed(&r, callErr.Error(), gateway, "repay")
		case callErr != nil:
			r.Error = callErr.Error()
			r.Due = t.now.Add(t.backoff(r.Tries))
			return t.PutRefund(r)
		}
		return t.refundStands(r, st, gateway, "repay")
	})
}

// refundStands moves a sent refund to what the gateway says of it.
func (t *turn) refundStands(r tickets.Refund, st RefundStanding, by tickets.Actor, source string) error {
	if st.Remote != "" {
		r.Remote = st.Remote
	}
	if st.Raw != nil {
		r.Raw = st.Raw
	}
	r.Error = st.Reason
	switch st.State {
	case RefundIsSucceeded:
		return t.refunded(&r, by, source)
	case RefundIsFailed:
		r.Refusal = tickets.Declined
		return t.refundFailed(&r, st.Reason, by, source)
	case RefundIsPending:
		if err := r.Move(tickets.RefundPending, t.now); err != nil {
			return err
		}
	}
	r.Due = t.now.Add(pendingLooks[min(r.Tries, len(pendingLooks))-1])
	if err := t.PutRefund(r); err != nil {
		return err
	}
	o, err := t.orderOf(r)
	if err != nil {
		return err
	}
	_, err = t.wishChanged(o)
	return err
}

// byHand leaves a refund that its gateway cannot make to a person; its tickets stay blocked.
func (t *turn) byHand(r tickets.Refund, why string) error {
	r.Due, r.Error = never, why
	if err := t.PutRefund(r); err != nil {
		return err
	}
	return t.caseTold(tickets.Case{
		Merchant: r.Merchant, Kind: tickets.CaseRefundByHand, Subject: string(r.ID), Order: r.Order, Amount: r.Amount, Why: string(r.Source),
	}, "repay")
}

// caseTold opens a case and tells that it is there.
func (t *turn) caseTold(c tickets.Case, source string) error {
	c, err := t.openCase(c)
	if err != nil {
		return err
	}
	data := map[string]any{"caseId": c.ID, "kind": c.Kind, "subject": c.Subject, "why": c.Why}
	if c.Amount.Currency != "" {
		putAmount(data, c.Amount)
	}
	o, err := t.orderOr(c.Order, c.Merchant)
	if err != nil {
		return err
	}
	f, err := t.factAbout(&o, string(c.ID), tickets.CaseOpened, "", tickets.Actor{Kind: tickets.ActorSystem}, source, data)
	if err != nil {
		return err
	}
	return t.keep(o, f)
}
