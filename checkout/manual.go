package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"boxoffice/tickets"
)

// GatewayManual names money that a member says came by another way: a bank transfer, cash. It has an attempt and a
// capture like any other and is judged like any other, so that nothing is ever paid without money behind it.
const GatewayManual = "manual"

// manualGateway is the name of no provider; only Name and Test are asked of it.
type manualGateway struct{ Gateway }

func (manualGateway) Name() string { return GatewayManual }
func (manualGateway) Test() bool   { return false }

// MarkingPaid is a member who says that an order was paid by another way.
type MarkingPaid struct {
	Order     tickets.OrderID
	By        Staff
	Amount    int64  // minor units of the order's currency; 0 is what is to pay
	Reference string // of the transfer or receipt, unique: the same money is not counted twice
	Reason    string
}

// MarkPaid records money that came by another way and judges it as any: an order whose time is over gets places if
// there are some, and else its money is late money. Above the merchant's limit it takes two people: second is true after
// the first, and the order is as it was, with a case; the second says the same, or closes the case. The same reference
// for the same order and amount answers with the order as it is. It refuses with Forbidden, Invalid (no reference or
// reason), Conflict (arg reason: "paid"; "reference" when it was used for something else) and NotFound.
func (d *Desk) MarkPaid(ctx context.Context, in MarkingPaid) (o tickets.Order, second bool, err error) {
	in.Reference, in.Reason = strings.TrimSpace(in.Reference), strings.TrimSpace(in.Reason)
	err = d.update(ctx, func(t *turn) (err error) {
		second = false
		if err := in.valid(); err != nil {
			return err
		}
		if o, err = t.Order(in.Order); err != nil {
			return err
		}
		old, err := t.Capture(GatewayManual, in.Reference)
		switch {
		case err == nil && old.Order == o.ID && (in.Amount == 0 || in.Amount == old.Amount.Amount):
			return nil
		case err == nil:
			return tickets.Refuse(tickets.Conflict, "reference %q is of order %s", in.Reference, old.Order).With("reason", "reference")
		case !errors.Is(err, tickets.NotFound):
			return err
		case o.Applied > 0:
			return tickets.Refuse(tickets.Conflict, "order %s is %s", o.ID, o.Stage).With("reason", "paid")
		}
		if second, err = t.agreeMarked(o, in); second || err != nil {
			return err
		}
		if err := t.markPaid(o, in); err != nil {
			return err
		}
		o, err = t.Order(in.Order)
		return err
	})
	if err != nil {
		return o, false, fmt.Errorf("mark paid: %w", err)
	}
	if !second {
		d.closeMarked(ctx, o.ID)
	}
	return o, second, nil
}

// valid refuses what MarkPaid does not take, whoever it is about.
func (in MarkingPaid) valid() error {
	switch {
	case in.By.may(tickets.ActMoney) != nil:
		return in.By.may(tickets.ActMoney)
	case in.Reference == "" || utf8.RuneCountInString(in.Reference) > 100:
		return tickets.Refuse(tickets.Invalid, "a reference of up to 100 characters is needed").With("field", "reference")
	case in.Reason == "":
		return tickets.Refuse(tickets.Invalid, "say why").With("field", "reason")
	case in.Amount < 0:
		return tickets.Refuse(tickets.Invalid, "an amount of %d", in.Amount).With("field", "amount")
	}
	return nil
}

// agreeMarked notes a yes to money that is said to have come, on a case about its order, and reports whether one more is
// needed. Parts that one person says came count together.
func (t *turn) agreeMarked(o tickets.Order, in MarkingPaid) (second bool, err error) {
	amount, _ := t.markable(o)
	if in.Amount > 0 {
		amount.Amount = in.Amount
	}
	yes := tickets.Approval{By: in.By.Actor, Reason: in.Reason, At: t.now}
	k, err := t.OpenCase(tickets.CaseMarkPaid, string(o.ID))
	if err != nil && !errors.Is(err, tickets.NotFound) {
		return false, err
	}
	asked := err == nil
	if same := k.Ref == in.Reference && k.Amount == amount; !asked || !same { // another claim begins anew
		k.Agreed = nil
	}
	if !k.AgreedBy(yes.By) {
		k.Agreed = append(slices.Clone(k.Agreed), yes)
	}
	together := amount
	caps, err := t.Captures(o.ID)
	if err != nil {
		return false, err
	}
	for _, c := range caps {
		if c.Gateway == GatewayManual && c.Amount.Currency == amount.Currency {
			together.Amount += c.Amount.Amount
		}
	}
	enough, err := t.enough(k.Agreed, together)
	switch {
	case err != nil:
		return false, err
	case enough:
		return false, t.closeCase(tickets.CaseMarkPaid, string(o.ID), "paid", in.By.Actor, in.Reason)
	case asked:
		k.Ref, k.Amount = in.Reference, amount
		return true, t.PutCase(k)
	}
	return true, t.caseTold(tickets.Case{
		Merchant: o.Merchant, Kind: tickets.CaseMarkPaid, Subject: string(o.ID), Order: o.ID, Amount: amount, Ref: in.Reference, Agreed: k.Agreed,
	}, in.By.Source)
}

// markable is what there is to pay, and its row; the whole total, by no row, where the order's time is over.
func (t *turn) markable(o tickets.Order) (tickets.Money, tickets.TransitionID) {
	due, row, err := payable(t, o, t.now)
	if err != nil || row == tickets.TCheckout && !t.holdAlive(o) {
		return o.Total(), ""
	}
	return due, row
}

// markPaid makes the attempt and the capture. An order that waits for money gets a payment by its row (T8, T24p); one
// whose time is over has no row for it, and the attempt only names the money.
func (t *turn) markPaid(o tickets.Order, in MarkingPaid) error {
	m := Method{ID: GatewayManual, Protocol: "none", Currency: []tickets.Currency{o.Total().Currency}}
	p := Paying{Order: o.ID, Gateway: GatewayManual, Method: GatewayManual, Actor: in.By.Actor, Source: in.By.Source}
	due, row := t.markable(o)
	var pay tickets.Payment
	var err error
	if row != "" {
		_, pay, err = t.beginPayment(p, manualGateway{}, m)
	} else {
		pay = t.newPayment(&o, p, manualGateway{}, m, due, t.now)
		if err = t.CreatePayment(pay); err == nil {
			err = t.PutOrder(o)
		}
	}
	if err != nil {
		return err
	}
	if in.Amount > 0 {
		due.Amount = in.Amount
	}
	_, err = t.captureBy(GatewayManual, Report{
		Kind: ReportPaid, Reference: pay.ID, Charge: in.Reference, Amount: due, Reason: in.Reason,
	}, in.By.Source, "", in.By.Actor)
	return err
}

// holdAlive reports whether the order's places are held and its time is not over.
func (t *turn) holdAlive(o tickets.Order) bool {
	h, err := t.Hold(o.Hold)
	return err == nil && h.State == tickets.HoldActive && t.now.Before(h.Expiry)
}
