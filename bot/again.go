package bot

import (
	"context"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// again holds an ended order's choice once more (T46). When the price changed it is asked first; when it cannot be had
// any more, other slots are offered.
func (t *talk) again(ctx context.Context, v orderView) error {
	if !v.order.Ended() || v.order.Stage == tickets.StagePaymentReview {
		return t.showOrder(ctx, v.order.ID, drawing{})
	}
	if v.order.ReplacedBy != "" {
		return t.becomeOrder(ctx, v.order.ReplacedBy)
	}
	q, err := t.Desk.AgainQuote(ctx, v.order.ID)
	if err == nil && q.Total == v.order.Total() {
		var o tickets.Order
		o, err = t.Desk.Place(ctx, checkout.Placing{
			Quote: q, Buyer: t.buyer(), Confirm: "again." + string(v.order.ID), Replaces: v.order.ID,
		})
		if err == nil {
			if err := t.offerPayment(ctx, o); err != nil {
				return err
			}
			return t.becomeOrder(ctx, o.ID)
		}
	}
	if err != nil && tickets.RefusalOf(err) == nil {
		return err
	}
	return t.chooseAgain(ctx, v.order, q, err)
}

// becomeOrder makes the live message show an order.
func (t *talk) becomeOrder(ctx context.Context, id tickets.OrderID) error {
	if err := t.takeOver(ctx); err != nil {
		return err
	}
	t.goTo(stepOrder)
	t.conv.Order = id
	t.setExtra(extraLive, setLive(t.extra(extraLive), id, t.pressed))
	return t.show(ctx)
}

// takeOver begins a flow in the pressed message; what another message was choosing is dropped.
func (t *talk) takeOver(ctx context.Context) error {
	old, choosing := t.conv.Message, t.conv.Step != stepOrder
	note := t.extra(extraNote)
	if err := t.begin(); err != nil {
		return err
	}
	t.setExtra(extraNote, note)
	t.conv.Message = t.pressed
	t.conv.Photo = t.query.Message.Message != nil && len(t.query.Message.Message.Photo) > 0
	if old != t.pressed && choosing {
		return t.drop(ctx, old)
	}
	return nil
}

// chooseAgain shows the ended order's choice as a flow: its summary when the price changed, or what is possible instead.
func (t *talk) chooseAgain(ctx context.Context, o tickets.Order, q tickets.Quote, why error) error {
	if err := t.takeOver(ctx); err != nil {
		return err
	}
	t.setExtra(extraLive, setLive(t.extra(extraLive), o.ID, 0))
	p, err := t.cat.Product(o.Quote.Product)
	if err != nil {
		t.goTo(stepMenu)
		t.setExtra(extraNote, t.T("bot.product.gone"))
		return t.show(ctx)
	}
	t.conv.Product, t.conv.Slot, t.conv.Units = p.ID, o.Slot(), map[tickets.SKUID]int{}
	for _, l := range o.Quote.Lines {
		t.conv.Units[l.SKU] = l.Units
	}
	t.goTo(stepSummary)
	if why == nil {
		t.conv.Quote = &q
		t.setExtra(extraNote, t.T("bot.summary.changed", "Old", t.Money(o.Total()), "New", t.Money(q.Total)))
		return t.show(ctx)
	}
	if q.Lines == nil {
		q = o.Quote
	}
	t.conv.Quote = &q
	if err := t.refused(ctx, p, why); err != nil {
		return err
	}
	return t.show(ctx)
}

// restartHere begins a new choosing below what the pressed message shows.
func (t *talk) restartHere(ctx context.Context) error {
	if t.pressed == t.conv.Message && t.conv.Step == stepStopped {
		message, photo := t.conv.Message, t.conv.Photo
		if err := t.begin(); err != nil {
			return err
		}
		t.conv.Message, t.conv.Photo = message, photo
		return t.show(ctx)
	}
	if err := t.toast(ctx, ""); err != nil {
		return err
	}
	return t.start(ctx, "")
}
