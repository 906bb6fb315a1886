package bot

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// This file is where a customer says why money is to come back, and the wish is made. A reason that is typed needs the
// conversation, to know what it is the reason of (extraAsk).

// askWhy asks once more, and why.
func (t *talk) askWhy(ctx context.Context, v orderView, set uint64) error {
	offer, _, err := t.offer(ctx, v.order.ID, set)
	if err != nil {
		return t.noRefund(ctx, v.order.ID, err)
	}
	id := packOrder(v.order.ID)
	t.setExtra(extraAsk, fmt.Sprintf("R %d %d %s", t.pressed, v.order.Rev%versions, id+packSet(set)))
	if err := t.save(ctx); err != nil {
		return err
	}
	ask := func(why string) string {
		return move{act: actAsk, version: v.order.Rev, arg: id + packSet(set) + "." + why}.String()
	}
	m := Message{HTML: t.HTML("refund.sure", "Amount", t.Money(offer.Back)) + "\n" + t.orderHead(v.order) + "\n\n" + t.HTML("refund.tell_why")}
	for _, r := range refundReasons {
		m.Keyboard = append(m.Keyboard, []Button{{Text: t.T("refund.why." + r), Data: ask(r[:1])}})
	}
	m.Keyboard = append(m.Keyboard,
		[]Button{{Text: t.T("refund.ask", "Amount", t.Money(offer.Back)), Data: ask("0"), Style: StyleSuccess}},
		[]Button{{Text: t.T("bot.button.back"), Data: about(actRefund, id+packSet(set))}})
	return t.draw(ctx, m)
}

// askRefund makes the wish. The message, the picture of the order it shows and the tickets are its key: pressed twice, or
// handled twice, it asks once.
func (t *talk) askRefund(ctx context.Context, id tickets.OrderID, set uint64, version int64, message int, reason string) error {
	key := fmt.Sprintf("bot:%d:%d:%d:%s", t.chat, message, version, packSet(set))
	rs, err := t.askedAs(ctx, id, key)
	if errors.Is(err, tickets.NotFound) {
		rs, err = t.wishFor(ctx, id, set, checkout.RefundWish{Reason: clip(reason, 500), Key: key})
	}
	if err != nil {
		return t.noRefund(ctx, id, err)
	}
	if rs[0].Live() {
		words := "refund.asked"
		if rs[0].State != tickets.RefundRequested {
			words = "refund.granted" + t.hand(rs[0].Gateway, rs[0].Amount.Currency)
		}
		t.setExtra(extraNote, t.T(words, "Amount", t.Money(sumOf(rs))))
	}
	return t.showMoney(ctx, id)
}

// askedAs finds the refunds that a press made when it was handled before: its tickets are not offered any more. It fails
// with NotFound.
func (t *talk) askedAs(ctx context.Context, id tickets.OrderID, key string) (rs []tickets.Refund, err error) {
	err = t.Store.View(ctx, func(r tickets.Reader) error {
		first, err := r.RefundByKey(id, key)
		if err != nil {
			return err
		}
		all, err := r.Refunds(id)
		rs = wishOf(all, first)
		return err
	})
	return rs, err
}

// wishFor asks for a set of the order's tickets.
func (t *talk) wishFor(ctx context.Context, id tickets.OrderID, set uint64, w checkout.RefundWish) ([]tickets.Refund, error) {
	_, all, err := t.offer(ctx, id, set)
	if err != nil {
		return nil, err
	}
	w.Order, w.Customer = id, t.cust.ID
	w.Tickets, _ = chosen(all, set)
	return t.Desk.AskRefund(ctx, w)
}

// noRefund says why nothing can be asked back, above the order.
func (t *talk) noRefund(ctx context.Context, id tickets.OrderID, err error) error {
	r := tickets.RefusalOf(err)
	if r == nil || r.Kind == tickets.Unavailable {
		return err
	}
	words := t.Error(err)
	if reason, ok := r.Args["reason"].(string); ok && t.Has("refund.no."+reason) {
		words = t.T("refund.no." + reason)
	}
	t.setExtra(extraNote, words)
	return t.showMoney(ctx, id)
}

// takeBack is a customer who keeps the tickets after all.
func (t *talk) takeBack(ctx context.Context, arg string) error {
	id, _, ok := unpackID(tickets.PrefixRefund, arg)
	if !ok {
		return t.toast(ctx, t.T("bot.button.old"))
	}
	r, err := t.Desk.TakeBackRefund(ctx, tickets.RefundID(id), t.cust.ID)
	refusal := tickets.RefusalOf(err)
	switch {
	case refusal != nil && refusal.Kind == tickets.Conflict:
		if r.Order == "" {
			return t.toast(ctx, t.T("refund.no.state"))
		}
		if _, ok, err := t.own(ctx, r.Order); !ok {
			return err
		}
		t.setExtra(extraNote, t.T("refund.no.state"))
	case refusal != nil && refusal.Kind == tickets.NotFound:
		return t.toast(ctx, t.T("bot.button.foreign"))
	case err != nil:
		return err
	default:
		t.setExtra(extraNote, t.T("refund.taken_back"))
	}
	return t.showMoney(ctx, r.Order)
}

// unask forgets what was to be typed: the person does something else.
func (t *talk) unask(ctx context.Context) error {
	if t.extra(extraAsk) == "" && t.extra(extraTyped) == "" {
		return nil
	}
	t.setExtra(extraAsk, "")
	t.setExtra(extraTyped, "")
	return t.save(ctx)
}

// whyTyped takes words as the reason of the wish that they were asked for. done is false when none was.
func (t *talk) whyTyped(ctx context.Context, words string) (done bool, err error) {
	f := strings.Fields(t.extra(extraAsk))
	if len(f) != 4 || f[0] != "R" {
		return false, nil
	}
	message, err := strconv.Atoi(f[1])
	version, err2 := strconv.ParseInt(f[2], 10, 64)
	id, picked, ok := unpackID(tickets.PrefixOrder, f[3])
	set, ok2 := unpackSet(picked)
	if err != nil || err2 != nil || !ok || !ok2 {
		return false, t.unask(ctx)
	}
	if err := t.askRefund(ctx, tickets.OrderID(id), set, version, message, words); err != nil {
		return true, err
	}
	if err := t.Sender.EditKeyboard(ctx, t.chat, message, nil); err != nil && tickets.KindOf(err) != tickets.NotFound {
		return true, err
	}
	return true, t.unask(ctx)
}
