package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// tellCustomer words what happened to the customer's money or order, and what comes next.
func (t *talk) tellCustomer(ctx context.Context, d tickets.Delivery, v orderView) (Message, error) {
	o := v.order
	key := "notify.customer." + d.Kind
	args := text.Args{"Product": clip(t.Pick(o.ProductName), 200), "When": t.Slot(o.Slot()), "Code": o.Code}
	switch d.Kind {
	case tickets.SayPaymentFailed:
		if !v.payable(t.now) {
			return Message{}, tickets.Refuse(tickets.Pointless, "order %s is %s", o.ID, o.Stage)
		}
		args = text.Args{"Method": t.methodName(d.Args["paymentMethod"]), "Until": t.clock(v.hold.Expiry)}
	case tickets.SayManual, tickets.SayLateAccepted, tickets.SayMoved, tickets.SayFulfilFailed:
	case tickets.SayLateReview:
		return t.tellLate(d, v, args), nil
	case tickets.SayUnderpaid:
		args["Amount"], args["Expected"] = t.given(d, "amount"), t.Money(o.Total())
		if !v.payable(t.now) {
			key += "_over"
		}
	case tickets.SayOverpaid:
		args["Amount"], args["Owed"] = t.given(d, "amount"), t.given(d, "owed")
		key += t.hand(d.Args["gateway"], tickets.Currency(d.Args["currency"]))
	case tickets.SayDuplicate:
		args["Amount"] = t.given(d, "amount")
		key += t.hand(d.Args["gateway"], tickets.Currency(d.Args["currency"]))
	case tickets.SayWrongCurrency:
		args["Amount"] = t.given(d, "amount")
	case tickets.SayRefund, tickets.SayRefundDone, tickets.SayRefundFailed, tickets.SayRefundRejected:
		return t.tellRefund(d, v, args)
	case tickets.SayDisputed, tickets.SayUndisputed, tickets.SayDisputeLost:
		return t.tellDispute(ctx, d, v, args)
	case tickets.SayDateClosed:
		return t.tellClosed(d, v, args), nil
	default:
		return Message{}, tickets.Refuse(tickets.Invalid, "no words for a delivery of kind %q", d.Kind)
	}
	m := Message{HTML: t.HTML(key, args)}
	switch {
	case d.Kind == tickets.SayUnderpaid && v.payable(t.now):
		_, m.Keyboard = t.reviewState(v)
	case d.Kind == tickets.SayPaymentFailed:
		m.HTML += "\n" + t.HTML("notify.customer.see_order")
		m.Keyboard = Keyboard{{{Text: t.T("bot.button.order"), Data: about(actOrder, packOrder(o.ID)), Style: StylePrimary}}}
	}
	return m, nil
}

// tellLate says that money came too late, and what its customer may choose.
func (t *talk) tellLate(d tickets.Delivery, v orderView, args text.Args) Message {
	key := "notify.customer.late_review"
	if d.Args["reason"] == "cancelled" {
		key += "_cancelled"
	}
	args["Amount"] = t.given(d, "amount")
	words, keyboard := t.lateState(v)
	return Message{HTML: t.HTML(key, args) + "\n\n" + words, Keyboard: keyboard}
}

// tellClosed says that the merchant closed the date, and what its customer may choose.
func (t *talk) tellClosed(d tickets.Delivery, v orderView, args text.Args) Message {
	args["Reason"] = clip(d.Args["words"], 500)
	if at, err := tickets.ParseDate(d.Args["visitDate"]); err == nil && at != v.order.Slot().Date {
		args["When"] = t.Date(at) // it has moved since
	}
	switch {
	case d.Args["offer"] == string(tickets.ClosingRefund):
		return Message{HTML: t.HTML("notify.customer.date_closed_refund", args)}
	case d.Args["offer"] != string(tickets.ClosingSwap):
		return Message{HTML: t.HTML("notify.customer.date_closed_other", args)}
	case !v.order.Asked():
		return Message{HTML: t.HTML("notify.customer.date_closed", args)}
	}
	words, keyboard := t.closedState(v)
	return Message{HTML: t.HTML("notify.customer.date_closed", args) + "\n\n" + words, Keyboard: keyboard}
}

// tellRefund says how a refund stands.
func (t *talk) tellRefund(d tickets.Delivery, v orderView, args text.Args) (Message, error) {
	i := slices.IndexFunc(v.refunds, func(r tickets.Refund) bool { return string(r.ID) == d.Args["refund"] })
	if i < 0 {
		return Message{}, tickets.Refuse(tickets.NotFound, "delivery %s is about no refund of order %s", d.ID, v.order.ID)
	}
	r := v.refunds[i]
	args["Amount"] = t.Money(r.Amount)
	if !r.Owed && d.Kind != tickets.SayRefundDone && d.Kind != tickets.SayRefundFailed { // each charge goes its own way
		args["Amount"] = t.Money(sumOf(v.wish(r)))
	}
	key := "notify.customer." + d.Kind
	var more []string
	switch {
	case d.Args["fact"] == string(tickets.CaseClosed):
		key = "notify.customer.refund_ended"
		args["Count"] = len(r.Tickets)
		if n := len(v.good()); n > 0 {
			more = append(more, t.HTML("notify.customer.refund_left", "Count", n))
		}
	case d.Kind == tickets.SayRefundRejected:
		args["Note"] = clip(r.Note, 300)
	case d.Kind == tickets.SayRefundFailed:
		switch fateOf(r, v.tickets) {
		case fateGood:
			more = append(more, t.HTML("notify.customer.refund_failed_tickets"))
		case fateEnded:
			key += "_ended"
		}
	case d.Kind == tickets.SayRefund && r.State == tickets.RefundCancelled:
		return t.tellDropped(r, v, args)
	case d.Kind == tickets.SayRefund:
		if r.State == tickets.RefundRejected || r.State == tickets.RefundFailed {
			return Message{}, tickets.Refuse(tickets.Pointless, "refund %s is %s", r.ID, r.State)
		}
		key += t.hand(r.Gateway, r.Amount.Currency)
		if r.Source == tickets.RefundUnderpaid {
			more = append(more, t.HTML("notify.customer.refund_underpaid"))
		}
		if n := len(r.Tickets); n > 0 {
			more = append(more, t.HTML("notify.customer.refund_tickets", "Count", n))
		}
		more = append(more, t.HTML(t.backKey(v, r)))
	default: // done
		if r.Evidence != "" {
			more = append(more, t.HTML("notify.customer.refund_evidence", "Reference", clip(r.Evidence, 100)))
		} else {
			more = append(more, t.HTML(t.backKey(v, r)))
		}
		if n := len(v.good()); n > 0 && len(r.Tickets) > 0 {
			more = append(more, t.HTML("notify.customer.refund_left", "Count", n))
		}
	}
	return Message{HTML: strings.Join(append([]string{t.HTML(key, args)}, more...), "\n")}, nil
}

// tellDropped says why a refund is not sent after all. What the bank or somebody at the provider gave back instead is told
// by itself; it is said here only where that was less than what was asked.
func (t *talk) tellDropped(r tickets.Refund, v orderView, args text.Args) (Message, error) {
	dropped := slices.DeleteFunc(v.wish(r), func(x tickets.Refund) bool { return x.State != tickets.RefundCancelled })
	args["Amount"] = t.Money(sumOf(dropped))
	if r.Note == "used" {
		return Message{HTML: t.HTML("notify.customer.refund_used", args)}, nil
	}
	var found int64
	for _, x := range v.refunds {
		if x.Source == tickets.RefundAtGateway && x.Counts() && !x.At.Before(r.At) {
			found += x.Amount.Amount
		}
	}
	if r.Note == checkout.ResultDisputed || r.Note == checkout.NoteFound && found >= sumOf(dropped).Amount {
		return Message{}, tickets.Refuse(tickets.Pointless, "refund %s was not sent: %s", r.ID, r.Note)
	}
	return Message{HTML: t.HTML("notify.customer.refund_otherwise", args)}, nil
}

// paidFor reports whether the money that a delivery's dispute is about paid for its order's tickets.
func (b *Bot) paidFor(ctx context.Context, d tickets.Delivery) (paid bool, err error) {
	err = b.Store.View(ctx, func(r tickets.Reader) error {
		x, err := r.Dispute(tickets.DisputeID(d.Args["dispute"]))
		if err != nil {
			return fmt.Errorf("delivery %s: %w", d.ID, err)
		}
		c, err := r.Capture(x.Gateway, x.Charge)
		paid = c.Applied > 0
		return err
	})
	return paid, err
}

// tellDispute says what a bank's word means for the tickets. Of money that did not pay for them only what the bank gave
// back is told.
func (t *talk) tellDispute(ctx context.Context, d tickets.Delivery, v orderView, args text.Args) (Message, error) {
	key := "notify.customer." + d.Kind
	paid, err := t.paidFor(ctx, d)
	switch {
	case err != nil:
		return Message{}, err
	case !paid && d.Kind != tickets.SayDisputeLost:
		return Message{}, tickets.Refuse(tickets.Pointless, "dispute %s is about money that paid for nothing", d.Args["dispute"])
	case !paid:
		args["Amount"] = t.given(d, "amount")
		m := Message{HTML: t.HTML(key+"_other", args)}
		if n := len(v.good()); n > 0 && v.order.Paid() {
			m.HTML += "\n" + t.HTML("notify.customer.refund_left", "Count", n)
		}
		return m, nil
	case d.Kind == tickets.SayDisputed && !v.order.Contested():
		return Message{}, tickets.Refuse(tickets.Pointless, "order %s is not disputed any more", v.order.ID)
	case d.Kind == tickets.SayUndisputed && v.order.Contested():
		return Message{}, tickets.Refuse(tickets.Pointless, "order %s is disputed again", v.order.ID)
	case d.Kind == tickets.SayUndisputed && v.order.Stage == tickets.StageFulfilFailed && v.order.Reason == checkout.ReasonReversed:
		m := Message{HTML: t.HTML(key+"_none", args)}
		if _, m.Keyboard = t.reversedState(v); m.Keyboard != nil {
			m.HTML += "\n" + t.HTML("refund.order.reversed_move")
		}
		return m, nil
	case d.Kind == tickets.SayUndisputed && v.order.Slot().Date < t.thisDay():
		key += "_past"
	case d.Kind == tickets.SayUndisputed && len(v.good()) == 0 && len(v.tickets) > 0:
		key += "_none"
	case d.Kind == tickets.SayUndisputed && !slices.ContainsFunc(v.good(), usable) && len(v.tickets) > 0:
		key += "_used"
	}
	if d.Kind != tickets.SayUndisputed {
		args["Amount"] = t.given(d, "amount")
	}
	return Message{HTML: t.HTML(key, args)}, nil
}
