package checkout

import (
	"context"
	"errors"
	"fmt"

	"boxoffice/tickets"
)

// A gateway tells of refunds by notice too: of ours, sooner than it is asked, and of those that somebody made in its
// dashboard (T44). A refund found there is taken as it is: it gives back what is owed of the charge, in place of our own
// refund that was not sent yet, else what was applied. When all of the applied money is back the tickets end; of a part
// nobody knows which tickets it is for, and a person says so.

// refundTold records a report about a refund and returns the outcome for its notice.
func (t *turn) refundTold(gateway string, r Report, source string) (string, tickets.OrderID, error) {
	by := tickets.Actor{Kind: tickets.ActorGateway, ID: gateway}
	if r.Refund == "" && r.RefundID == "" {
		return t.somethingBack(gateway, r)
	}
	x, err := t.refundOf(gateway, r)
	if errors.Is(err, tickets.NotFound) {
		return t.refundFound(gateway, r, by, source)
	}
	if err != nil {
		return "", "", err
	}
	known := x.Remote != "" // the provider told of it before
	if !known {
		x.Remote = r.Refund
	}
	if r.Raw != nil {
		x.Raw = r.Raw
	}
	switch {
	case x.Sent() && r.RefundState == tickets.RefundSucceeded:
		return outcomeApplied, x.Order, t.refunded(&x, by, source)
	case (x.Sent() || x.State == tickets.RefundSucceeded && x.Evidence == "") && r.RefundState == tickets.RefundFailed:
		x.Refusal = tickets.Declined
		return outcomeApplied, x.Order, t.refundFailed(&x, r.Reason, by, source)
	case (x.State == tickets.RefundFailed || x.State == tickets.RefundCancelled && x.Refusal != "") && !known && r.RefundState == tickets.RefundSucceeded:
		return outcomeApplied, x.Order, t.wentAfterAll(x, by, source)
	case x.State == tickets.RefundSubmitted && r.RefundState == tickets.RefundPending:
		return outcomeApplied, x.Order, t.refundStands(x, RefundStanding{State: RefundIsPending, Remote: x.Remote, Raw: x.Raw}, by, source)
	}
	return outcomeIgnored, x.Order, t.PutRefund(x)
}

// somethingBack notes that something of a charge went back and nobody said what: its payment is asked about at once.
func (t *turn) somethingBack(gateway string, r Report) (string, tickets.OrderID, error) {
	c, err := t.chargeOf(gateway, r)
	if err != nil || c.Session == "" {
		return outcomeIgnored, c.Order, err
	}
	p, err := t.Payment(c.Session)
	if err != nil {
		return "", "", err
	}
	p.Returns, p.Due = true, t.now
	return outcomeApplied, c.Order, t.PutPayment(p)
}

// lookAtRefunds asks a gateway what went back of a charge and records it. A gateway that cannot list says nothing.
func (d *Desk) lookAtRefunds(ctx context.Context, gw Gateway, charge string) error {
	lister, ok := gw.(RefundLister)
	if !ok {
		return nil
	}
	var c tickets.Capture
	err := d.Store.View(ctx, func(r tickets.Reader) (err error) { c, err = r.Capture(gw.Name(), charge); return err })
	if err != nil {
		return err
	}
	reports, err := lister.Refunds(ctx, c)
	if err != nil {
		return err
	}
	return d.update(context.WithoutCancel(ctx), func(t *turn) error {
		for _, r := range reports {
			if _, _, err := t.refundTold(gw.Name(), r, "reconcile"); err != nil {
				return fmt.Errorf("refund %s: %w", r.Refund, err)
			}
		}
		return nil
	})
}

// lookAtAllRefunds asks a gateway what went back of every charge of a payment: its page may have been paid twice.
func (d *Desk) lookAtAllRefunds(ctx context.Context, gw Gateway, p tickets.Payment) error {
	var all []tickets.Capture
	err := d.Store.View(ctx, func(r tickets.Reader) (err error) { all, err = r.Captures(p.Order); return err })
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Session == p.ID && c.Gateway == gw.Name() { // one that it cannot list hides no other
			err = errors.Join(err, d.lookAtRefunds(ctx, gw, c.Charge))
		}
	}
	return err
}

// looked notes that a leased payment's refunds were asked about. When another notice of it came meanwhile, and moved its Due,
// they are asked about once more: the answer may be older.
func (d *Desk) looked(ctx context.Context, leased tickets.Payment) error {
	return d.update(context.WithoutCancel(ctx), func(t *turn) error {
		p, err := t.Payment(leased.ID)
		if err != nil || !p.Due.Equal(leased.Due) {
			return err
		}
		p.Returns = false
		return t.PutPayment(p)
	})
}

// wentAfterAll records a refund that was given up and that its provider had made all the same. Were it tried again
// meanwhile, its money went twice: the sums say so.
func (t *turn) wentAfterAll(x tickets.Refund, by tickets.Actor, source string) error {
	o, err := t.orderOf(x)
	if err != nil {
		return err
	}
	if err := t.closeCase(tickets.CaseRefundFailed, string(x.ID), "refunded", by, ""); err != nil {
		return err
	}
	all, err := t.Refunds(x.Order)
	if err != nil {
		return err
	}
	if x.Tickets, err = inPlaceOf(t, x, all); err != nil {
		return err
	}
	first := x.Submitted
	x.Note = ""
	x.Override = true // the money is gone, used or not
	if err := t.submit(&x, &o, by, source); err != nil {
		return err
	}
	x.Submitted = first
	return t.refunded(&x, by, source)
}

// refundOf finds our refund that a report is about: by the provider's name, else by ours, which it gives back.
func (t *turn) refundOf(gateway string, r Report) (tickets.Refund, error) {
	if r.Refund != "" {
		x, err := t.RefundByRemote(gateway, r.Refund)
		if err == nil || !errors.Is(err, tickets.NotFound) {
			return x, err
		}
	}
	if r.RefundID == "" {
		return t.unnamed(gateway, r)
	}
	x, err := t.Refund(r.RefundID)
	if err == nil && (x.Gateway != gateway || x.Remote != "" && r.Refund != "" && x.Remote != r.Refund) {
		return tickets.Refund{}, tickets.NotFound
	}
	return x, err
}

// unnamed finds our refund that a report without our name of it is about: one of the same charge and amount that was
// sent, or left to a person at this provider, and whose name there we do not know yet. Another amount is another refund.
func (t *turn) unnamed(gateway string, r Report) (tickets.Refund, error) {
	c, err := t.chargeOf(gateway, r)
	if isNotYet(err) {
		return tickets.Refund{}, tickets.NotFound // refundFound waits for it
	}
	if err != nil {
		return tickets.Refund{}, err
	}
	all, err := t.Refunds(c.Order)
	if err != nil {
		return tickets.Refund{}, err
	}
	for _, x := range all {
		if x.Sent() && x.Remote == "" && x.Gateway == gateway && x.Charge == c.Charge && x.Amount == r.Amount {
			return x, nil
		}
	}
	return tickets.Refund{}, tickets.NotFound
}

// refundFound records a refund that we did not make.
func (t *turn) refundFound(gateway string, r Report, by tickets.Actor, source string) (string, tickets.OrderID, error) {
	if r.Amount.Amount <= 0 {
		return outcomeIgnored, "", nil // it moved nothing, and we did not ask for it
	}
	c, err := t.chargeOf(gateway, r)
	if err != nil {
		return "", "", err
	}
	if c.Disposition == tickets.TestMode {
		return outcomeIgnored, c.Order, nil
	}
	if r.Amount.Currency != c.Amount.Currency { // sums of two currencies say nothing
		return outcomeError, c.Order, t.caseTold(tickets.Case{
			Merchant: c.Merchant, Kind: tickets.CaseNotice, Subject: r.Refund, Order: c.Order, Amount: r.Amount, Why: "currency",
		}, source)
	}
	x := tickets.Refund{
		ID: tickets.RefundID(t.ids.id(tickets.PrefixRefund)), Merchant: c.Merchant, Order: c.Order, Gateway: gateway, Charge: c.Charge,
		Amount: r.Amount, Source: tickets.RefundAtGateway, State: tickets.RefundApproved, Reason: r.Reason, By: by, Remote: r.Refund, Raw: r.Raw,
		At: t.now, Changed: t.now,
	}
	if r.RefundState == tickets.RefundFailed { // older news of it may still come, and mean nothing then
		if r.Refund == "" {
			return outcomeIgnored, c.Order, nil
		}
		x.Owed = c.Applied == 0
		x.Note = "failed at the provider"
		return outcomeIgnored, c.Order, errors.Join(x.Move(tickets.RefundCancelled, t.now), t.CreateRefund(x))
	}
	if err := t.placeFound(&x, c); err != nil {
		return "", "", err
	}
	if err := t.CreateRefund(x); err != nil {
		return "", "", err
	}
	o, err := t.orderOf(x)
	if err != nil {
		return "", "", err
	}
	x.Due = t.now.Add(pendingLooks[0])
	if err := t.submit(&x, &o, by, source); err != nil {
		return "", "", err
	}
	if r.RefundState == tickets.RefundSucceeded {
		err = t.refunded(&x, by, source)
	} else {
		err = t.refundStands(x, RefundStanding{State: RefundIsPending, Remote: r.Refund}, by, source)
	}
	if err != nil || x.Owed || len(x.Tickets) > 0 || o.ID == "" {
		return outcomeApplied, x.Order, err
	}
	return outcomeApplied, x.Order, t.caseTold(tickets.Case{
		Merchant: x.Merchant, Kind: tickets.CaseRefundFound, Subject: string(x.ID), Order: x.Order, Amount: x.Amount, Why: "which_tickets",
	}, source)
}
