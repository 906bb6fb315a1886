package checkout

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"

	"boxoffice/tickets"
)

// This file judges what goes out and comes in: messages and notices.

// keySeed makes hashes of one process alike.
var keySeed = maphash.MakeSeed()

func (a *audit) seeDelivery(d *tickets.Delivery) {
	id := string(d.ID)
	if d.Order != "" {
		o := a.orders.find(d.Order)
		if o == nil {
			a.fault("J3", id, "a message about order %q, which is not there", d.Order)
		} else if d.Kind == tickets.SayTickets {
			o.wantsTickets = false
		}
	}
	if d.Key != "" {
		a.keys = append(a.keys, maphash.String(keySeed, d.Key))
	}
	if d.State == tickets.DeliverySent && d.Sent.IsZero() {
		a.fault("J3", id, "sent, and not said when")
	}
	switch d.State {
	case tickets.DeliveryQueued, tickets.DeliveryRetry, tickets.DeliverySending, tickets.DeliverySent, tickets.DeliveryFailed,
		tickets.DeliveryBlocked, tickets.DeliveryAborted:
		if leased := !d.Lease.IsZero(); leased != (d.State == tickets.DeliverySending) || d.Final() != d.Due.IsZero() || d.Attempts < 0 {
			a.fault("J2", id, "%s, leased until %s, due %s, %d attempts", d.State, Stamp(d.Lease), Stamp(d.Due), d.Attempts)
		}
	default:
		a.fault("J2", id, "it is %q", d.State)
	}
	switch {
	case d.State == tickets.DeliverySending && a.missed(d.Lease):
		a.fault("L8", id, "being sent until %s, and nobody took it up again", Stamp(d.Lease))
	case d.State != tickets.DeliverySending && !d.Final() && a.missed(d.Due):
		a.fault("L4", id, "%s, and nobody sent it at %s", d.State, Stamp(d.Due))
	}
}

// seeIncoming finds updates of a bot that nobody works on: what they say may be a payment.
func (a *audit) seeIncoming(u *tickets.Incoming) {
	if u.Done.IsZero() && a.missed(u.At) {
		a.fault("L3", fmt.Sprintf("update %d of bot %d", u.Update, u.Bot), "it came %s, and is not handled after %d tries", Stamp(u.At), u.Tries)
	}
}

// doubleKeys finds deliveries with one key: J4. Only when two keys have one hash are the keys themselves compared.
func (a *audit) doubleKeys() error {
	slices.Sort(a.keys)
	double := map[uint64]bool{}
	for i := 1; i < len(a.keys); i++ {
		if a.keys[i] == a.keys[i-1] {
			double[a.keys[i]] = true
		}
	}
	if len(double) == 0 {
		return nil
	}
	first := map[string]tickets.DeliveryID{}
	return a.r.Walk(func(thing any) error {
		d, ok := thing.(*tickets.Delivery)
		if !ok || d.Key == "" || !double[maphash.String(keySeed, d.Key)] {
			return nil
		}
		if other, ok := first[d.Key]; ok {
			a.fault("J4", string(d.ID), "it has the key %s of %s", d.Key, other)
		}
		first[d.Key] = d.ID
		return nil
	})
}

func (a *audit) seeNotice(n *tickets.Notice) error {
	id := string(n.ID)
	if x := a.cases[caseKey{tickets.CaseNotice, id}]; x != nil {
		x.explained = true
	}
	if sum := sha256.Sum256(n.Body); len(n.Body) > 0 && n.Sum != hex.EncodeToString(sum[:]) {
		a.fault("J6", id, "its body is not what came")
	}
	done := !n.Done.IsZero()
	switch n.Outcome {
	case "", outcomeApplied, outcomeIgnored, outcomeDuplicate, outcomeUnmatched, outcomeError:
		if done != (n.Outcome != "") || done != n.Due.IsZero() {
			a.fault("J6", id, "done %s, outcome %q, due %s", Stamp(n.Done), n.Outcome, Stamp(n.Due))
		}
	default:
		a.fault("J6", id, "outcome %q", n.Outcome)
	}
	if !done && !n.Due.IsZero() && a.missed(n.Due) {
		a.fault("L3", id, "not judged, due %s", Stamp(n.Due))
	}
	x, err := a.r.NoticeByEvent(n.Gateway, n.Event)
	if err != nil && !errors.Is(err, tickets.NotFound) {
		return fmt.Errorf("notice of event %s: %w", n.Event, err)
	}
	if x.ID != n.ID {
		a.fault("M2", id, "event %s of %s is notice %q", n.Event, n.Gateway, x.ID)
	}
	return nil
}
