package bot

import (
	"context"

	"boxoffice/tickets"
)

// This file is what a customer may choose whose money came too late, or is less than the total, or whose date the merchant
// closed: another date for the same price, or the money back now.

// lateDates shows the days on which the order would cost the same.
func (t *talk) lateDates(ctx context.Context, v orderView) error {
	slots, err := t.Desk.LateDates(ctx, v.order.ID, t.cust.ID)
	if err != nil {
		return t.noMove(ctx, v.order.ID, err)
	}
	if len(slots) == 0 {
		key := "refund.late.no_dates"
		if v.order.Stage == tickets.StageFulfilFailed {
			key += "_reversed"
		}
		t.setExtra(extraNote, t.T(key))
		return t.showMoney(ctx, v.order.ID)
	}
	id := packOrder(v.order.ID)
	m := Message{HTML: t.HTML("refund.late.which", "Amount", t.Money(v.order.Total())) + "\n" + t.orderHead(v.order)}
	if note := t.extra(extraNote); note != "" {
		m.HTML = t.HTML("bot.note", "Note", note) + "\n\n" + m.HTML
		t.setExtra(extraNote, "")
	}
	for _, s := range slots {
		m.Keyboard = append(m.Keyboard, []Button{{Text: "📅 " + t.Slot(s), Data: about(actMoveTo, id+packSlot(s))}})
	}
	m.Keyboard = append(m.Keyboard, []Button{{Text: t.T("bot.button.back"), Data: about(actOrder, id)}})
	return t.draw(ctx, m)
}

// askMove asks once more before an order is moved.
func (t *talk) askMove(ctx context.Context, v orderView, to tickets.Slot) error {
	id := packOrder(v.order.ID)
	return t.draw(ctx, Message{
		HTML: t.HTML("refund.late.sure_move", "When", t.SlotLong(to)) + "\n" + t.orderHead(v.order),
		Keyboard: Keyboard{
			{{Text: t.T("refund.late.yes_move", "When", t.Slot(to)), Data: about(actMove, id+packSlot(to)), Style: StyleSuccess}},
			{{Text: t.T("bot.button.back"), Data: about(actLateDates, id)}},
		},
	})
}

// move lets the money pay for another date. Pressed again, it shows the order, which has moved.
func (t *talk) move(ctx context.Context, v orderView, to tickets.Slot) error {
	_, err := t.Desk.MoveOrder(ctx, v.order.ID, t.cust.ID, to)
	if err == nil {
		return t.showMoney(ctx, v.order.ID)
	}
	switch tickets.KindOf(err) {
	case tickets.SoldOut, tickets.Closed, tickets.Changed: // others may do
		t.setExtra(extraNote, t.Error(err))
		return t.lateDates(ctx, v)
	default:
		return t.noMove(ctx, v.order.ID, err)
	}
}

// noMove says why the money cannot pay for another date, above the order, which shows how it stands now.
func (t *talk) noMove(ctx context.Context, id tickets.OrderID, err error) error {
	r := tickets.RefusalOf(err)
	if r == nil || r.Kind == tickets.Unavailable {
		return err
	}
	if v, failed := t.viewOrder(ctx, id); failed == nil && v.order.Paid() && !v.order.Asked() {
		return t.showMoney(ctx, id) // it has moved already
	}
	return t.noRefund(ctx, id, err)
}

// askHurry asks once more before money goes back for which places might still be had.
func (t *talk) askHurry(ctx context.Context, v orderView) error {
	id, back := packOrder(v.order.ID), tickets.Money{Amount: v.got, Currency: v.order.Total().Currency}
	key := "refund.late.sure_give_up"
	if r, ok := v.waits(); ok {
		back, key = r.Amount, "refund.late.sure_now"
	} else if v.order.Asked() {
		back, key = v.unreturned(), "refund.late.sure_now"
	}
	if back.Amount == 0 {
		return t.showMoney(ctx, v.order.ID)
	}
	return t.draw(ctx, Message{
		HTML: t.HTML(key, "Amount", t.Money(back)) + "\n" + t.orderHead(v.order),
		Keyboard: Keyboard{
			{{Text: t.T("refund.late.yes_now", "Amount", t.Money(back)), Data: about(actHurryNow, id), Style: StyleSuccess}},
			{{Text: t.T("bot.button.back"), Data: about(actOrder, id)}},
		},
	})
}

// hurry sends the money back now. Pressed again, it shows that it is on its way.
func (t *talk) hurry(ctx context.Context, v orderView) error {
	_, err := t.Desk.HurryRefund(ctx, v.order.ID, t.cust.ID)
	if r := tickets.RefusalOf(err); err != nil && (r == nil || r.Kind == tickets.Unavailable) {
		return err
	}
	return t.showMoney(ctx, v.order.ID)
}
