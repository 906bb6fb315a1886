package bot

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// This file is where a customer says why money is to come back, and the wish is made. A reason that is typed needs the
// conversation, to know what it is the reason of (extraAsk).

// whyFor is how long words that are typed are taken as the reason that was asked for.
const whyFor = 10 * time.Minute

// ownWhy stands in a button for a reason in the customer's own words.
const ownWhy = "z"

// askWhy asks once more, and why. Where another amount was expected than comes back, it says so.
func (t *talk) askWhy(ctx context.Context, v orderView, set uint64, expect int64) error {
	offer, _, err := t.offer(ctx, v.order.ID, set)
	if err != nil {
		return t.noRefund(ctx, v.order.ID, err)
	}
	t.awaitWhy(v.order.ID, set, t.pressed)
	if err := t.save(ctx); err != nil {
		return err
	}
	m := t.sureMessage(v, set, offer, t.whyNoted(v.order.ID, set))
	if old := (tickets.Money{Amount: expect, Currency: offer.Back.Currency}); expect > 0 && old != offer.Back {
		m.HTML = t.HTML("bot.note", "Note", t.T("refund.changed", "Old", t.Money(old), "New", t.Money(offer.Back))) + "\n\n" + m.HTML
	}
	return t.draw(ctx, m)
}

// sureMessage asks for the press that asks the money back. Its buttons say how much was shown: no other amount is asked by
// them.
func (v voice) sureMessage(o orderView, set uint64, offer checkout.RefundOffer, reason string) Message {
	back := v.Money(offer.Back)
	ask := func(why string) string { return askData(o.order, set, why, offer.Back.Amount) }
	m := Message{HTML: v.HTML("refund.sure", "Amount", back) + "\n" + v.orderHead(o.order) + "\n\n"}
	why := ownWhy
	if reason != "" {
		m.HTML += v.HTML("refund.because", "Words", clip(reason, 300))
	} else {
		why = "0"
		m.HTML += v.HTML("refund.tell_why")
		for _, r := range refundReasons {
			m.Keyboard = append(m.Keyboard, []Button{{Text: v.T("refund.why." + r), Data: ask(r[:1])}})
		}
	}
	m.Keyboard = append(m.Keyboard,
		[]Button{{Text: v.T("refund.ask", "Amount", back), Data: ask(why), Style: StyleSuccess}},
		[]Button{{Text: v.T("bot.button.back"), Data: about(actRefund, packOrder(o.order.ID)+packSet(set))}})
	return m
}

// askData is of a button that asks for an amount back.
func askData(o tickets.Order, set uint64, why string, back int64) string {
	return move{act: actAsk, version: o.Rev, arg: packOrder(o.ID) + packSet(set) + "." + why + "." + strconv.FormatInt(back, 36)}.String()
}

// askRefund makes the wish. The message, the picture of the order it shows and the tickets are its key: pressed twice, or
// handled twice, it asks once. Where not as much comes back as was expected, it is asked anew.
func (t *talk) askRefund(ctx context.Context, v orderView, set uint64, expect, version int64, reason string) error {
	id := v.order.ID
	key := fmt.Sprintf("bot:%d:%d:%d:%s", t.chat, t.pressed, version, packSet(set))
	rs, err := t.askedAs(ctx, id, key)
	if errors.Is(err, tickets.NotFound) {
		rs, err = t.wishFor(ctx, id, set, checkout.RefundWish{Expect: expect, Reason: clip(reason, 500), Key: key})
		if errors.Is(err, tickets.Changed) {
			return t.askWhy(ctx, v, set, expect)
		}
	}
	if err != nil {
		return t.noRefund(ctx, id, err)
	}
	if err := t.unask(ctx); err != nil {
		return err
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

// wishFor asks for a set of the order's tickets. It refuses with Changed where something else comes back by now than was
// expected, or where nothing was.
func (t *talk) wishFor(ctx context.Context, id tickets.OrderID, set uint64, w checkout.RefundWish) ([]tickets.Refund, error) {
	_, all, err := t.offer(ctx, id, set)
	if err != nil {
		return nil, err
	}
	if w.Expect <= 0 {
		return nil, tickets.Refuse(tickets.Changed, "the button says no amount")
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
	if err := t.unask(ctx); err != nil {
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

// awaitWhy notes that words which come soon are the reason of a wish that a message asks about.
func (t *talk) awaitWhy(id tickets.OrderID, set uint64, message int) {
	t.setExtra(extraAsk, fmt.Sprintf("R %d %d %s", message, t.now.Unix(), packOrder(id)+packSet(set)))
}

// unaskWhy is unask of a customer's reason: what staff are asked for stays.
func (t *talk) unaskWhy(ctx context.Context) error {
	if !strings.HasPrefix(t.extra(extraAsk), "R ") {
		return nil
	}
	return t.unask(ctx)
}

// whyNoted is the reason that was typed for the wish for a set of an order's tickets; "" when none was.
func (t *talk) whyNoted(id tickets.OrderID, set uint64) string {
	return t.noted(packOrder(id) + packSet(set)).Reason
}

// whyTyped takes words as the reason that they were asked for, and asks below them for the press that asks the money back:
// words alone ask for nothing. done is false for words that mean something else, or come too late.
func (t *talk) whyTyped(ctx context.Context, words string) (done bool, err error) {
	f := strings.Fields(t.extra(extraAsk))
	if len(f) != 4 || f[0] != "R" {
		return false, nil
	}
	message, err := strconv.Atoi(f[1])
	at, err2 := strconv.ParseInt(f[2], 10, 64)
	id, picked, ok := unpackID(tickets.PrefixOrder, f[3])
	set, ok2 := unpackSet(picked)
	_, isOrder := codeTyped(words)
	_, notScan := tickets.ParseScan(words)
	if err != nil || err2 != nil || !ok || !ok2 || isOrder || notScan == nil || t.now.Sub(time.Unix(at, 0)) > whyFor {
		return false, t.unask(ctx)
	}
	v, ok, err := t.own(ctx, tickets.OrderID(id))
	if !ok {
		return false, errors.Join(err, t.unask(ctx))
	}
	offer, _, err := t.offer(ctx, v.order.ID, set)
	if err != nil {
		return true, t.noRefund(ctx, v.order.ID, err)
	}
	if err := t.setTyped(typed{Move: f[3], Reason: clip(strings.TrimSpace(words), 500)}); err != nil {
		return true, err
	}
	r, err := t.Sender.Send(ctx, t.chat, t.sureMessage(v, set, offer, t.whyNoted(v.order.ID, set)))
	if err != nil {
		return true, err
	}
	t.awaitWhy(v.order.ID, set, r.Message)
	if err := t.save(ctx); err != nil {
		return true, err
	}
	if err := t.Sender.EditKeyboard(ctx, t.chat, message, nil); err != nil && tickets.KindOf(err) != tickets.NotFound {
		return true, err
	}
	return true, nil
}
