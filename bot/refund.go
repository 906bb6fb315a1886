package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// This file is how a customer asks for money back: which tickets, what comes back of them and when. Why, and that it is
// asked, is in refundask.go. Each screen is drawn anew from the button that led to it.

// mostPicks is how many tickets of an order are offered one by one; of more, or with numbers above mostNumber, it is all or
// nothing here: the console takes any.
const mostPicks = 24

// refundReasons are the reasons to press; the first letter of each is in its button.
var refundReasons = []string{"plans", "mistake", "health", "weather"}

// actOnMoney does what a button about an order's money says.
func (t *talk) actOnMoney(ctx context.Context, m move, rest string, v orderView) error {
	switch m.act {
	case actLateDates:
		return t.lateDates(ctx, v)
	case actMoveTo, actMove:
		s, ok := unpackSlot(rest)
		if !ok {
			return t.toast(ctx, t.T("bot.button.old"))
		}
		if m.act == actMoveTo {
			return t.askMove(ctx, v, s)
		}
		return t.move(ctx, v, s)
	case actHurry:
		return t.askHurry(ctx, v)
	case actHurryNow:
		return t.hurry(ctx, v)
	}
	picked, why, _ := strings.Cut(rest, ".")
	why, shown, _ := strings.Cut(why, ".")
	set, ok := unpackSet(picked)
	if !ok {
		return t.toast(ctx, t.T("bot.button.old"))
	}
	switch m.act {
	case actRefund:
		return t.pickRefund(ctx, v, set)
	case actGive:
		return t.askWhy(ctx, v, set, 0)
	default: // actAsk
		reason := ""
		for _, r := range refundReasons {
			if why == r[:1] {
				reason = r
			}
		}
		if why == ownWhy {
			reason = t.whyNoted(v.order.ID, set)
		}
		expect, _ := strconv.ParseInt(shown, 36, 64)
		return t.askRefund(ctx, v, set, expect, m.version, reason)
	}
}

// offer is what would come back for a set of the order's tickets, and those that can be given back at all. With set zero,
// or all of them, it is the whole order.
func (t *talk) offer(ctx context.Context, id tickets.OrderID, set uint64) (o checkout.RefundOffer, all []tickets.Ticket, err error) {
	if o, err = t.Desk.RefundOffer(ctx, id, t.cust.ID, nil); err != nil {
		return o, nil, err
	}
	all = o.Tickets
	codes, ok := chosen(all, set)
	if !ok {
		return o, all, t.noneLeft(ctx, id, set)
	}
	if codes != nil {
		o, err = t.Desk.RefundOffer(ctx, id, t.cust.ID, codes)
	}
	return o, all, err
}

// noneLeft is goneChoice of an order that is not read yet.
func (t *talk) noneLeft(ctx context.Context, id tickets.OrderID, set uint64) error {
	var all []tickets.Ticket
	err := t.Store.View(ctx, func(r tickets.Reader) (err error) { all, err = r.Tickets(id); return err })
	if err != nil {
		return err
	}
	return goneChoice(id, all, set)
}

// goneChoice refuses a choice among all tickets of an order of which none can be given back any more: somebody went in by
// one, or they were asked back already.
func goneChoice(id tickets.OrderID, all []tickets.Ticket, set uint64) error {
	reason := "asked"
	if slices.ContainsFunc(all, func(k tickets.Ticket) bool { return set&bit(k) != 0 && k.Admitted > 0 }) {
		reason = "used"
	}
	return tickets.Refuse(tickets.Conflict, "what was chosen of order %s cannot be given back any more", id).With("reason", reason)
}

// bit stands for a ticket in a set: by its number in the order, which a new code leaves as it is. Those with a number
// above mostNumber have none.
func bit(k tickets.Ticket) uint64 {
	if n := k.N(); n <= mostNumber {
		return 1 << n
	}
	return 0
}

// mostNumber is the highest number of a ticket that a set can have: more does not fit into every button (64 bytes).
const mostNumber = 55

// pickable reports whether tickets are offered one by one: there are few, and each has a bit.
func pickable(ks []tickets.Ticket) bool {
	return len(ks) <= mostPicks && !slices.ContainsFunc(ks, func(k tickets.Ticket) bool { return bit(k) == 0 })
}

func setOf(ks []tickets.Ticket) uint64 {
	var set uint64
	for _, k := range ks {
		set |= bit(k)
	}
	return set
}

// chosen lists the tickets of a set; none when it is all of them. ok is false when nothing that was chosen is there any
// more, or a part was chosen of tickets that are not offered one by one.
func chosen(all []tickets.Ticket, set uint64) (codes []tickets.TicketCode, ok bool) {
	if set == 0 || set&setOf(all) == setOf(all) {
		return nil, true
	}
	for _, k := range all {
		if set&bit(k) != 0 && pickable(all) {
			codes = append(codes, k.Code)
		}
	}
	return codes, len(codes) > 0
}

// pickRefund shows what comes back for which tickets.
func (t *talk) pickRefund(ctx context.Context, v orderView, set uint64) error {
	offer, all, err := t.offer(ctx, v.order.ID, set)
	if err != nil {
		return t.noRefund(ctx, v.order.ID, err)
	}
	id := packOrder(v.order.ID)
	if set &= setOf(all); set == 0 || !pickable(all) {
		set = setOf(all)
	}
	m := Message{HTML: t.HTML("refund.title") + "\n" + t.orderHead(v.order) + "\n\n" + t.offerLines(v, offer)}
	if len(all) > 1 && pickable(all) {
		m.HTML += "\n\n" + t.HTML("refund.pick")
		m.Keyboard = t.toggles(all, set, func(to uint64) string { return about(actRefund, id+packSet(to)) })
	}
	m.Keyboard = append(m.Keyboard,
		[]Button{{Text: t.T("refund.go", "Amount", t.Money(offer.Back)), Data: about(actGive, id+packSet(set)), Style: StylePrimary}},
		[]Button{{Text: t.T("bot.button.back"), Data: about(actOrder, id)}})
	return t.draw(ctx, m)
}

// toggles has a button for each ticket; the last chosen one stays.
func (v voice) toggles(all []tickets.Ticket, set uint64, data func(uint64) string) Keyboard {
	var k Keyboard
	for _, x := range all {
		mark, to := "☐ ", set|bit(x)
		if set&bit(x) != 0 {
			mark = "☑ "
			if to = set &^ bit(x); to == 0 {
				to = set
			}
		}
		k = append(k, []Button{{Text: clip(mark+v.ticketName(x), 64), Data: data(to)}})
	}
	return k
}

// offerLines say what comes back, when, and what it costs.
func (v voice) offerLines(o orderView, offer checkout.RefundOffer) string {
	cur := offer.Price.Currency
	lines := []string{v.HTML("refund.price", "Price", v.Money(offer.Price))}
	if p := offer.Bracket.Percent; p < 100 {
		lines = append(lines, v.HTML("refund.percent", "Percent", p))
	}
	if f := offer.Bracket.Fee; f > 0 {
		lines = append(lines, v.HTML("refund.fee", "Fee", v.Money(tickets.Money{Amount: f, Currency: cur})))
	}
	lines = append(lines, v.HTML("refund.back_is", "Amount", v.Money(offer.Back)),
		v.HTML(v.backKey(o, tickets.Refund{Amount: offer.Back, Gateway: o.newest.Gateway})))
	if n := len(offer.Tickets); n > 0 {
		lines = append(lines, v.HTML("refund.stop", "Count", n))
	}
	key := "refund.shop_decides"
	if offer.Auto {
		key = "refund.at_once" + v.hand(o.newest.Gateway, cur)
	}
	return strings.Join(append(lines, v.HTML(key)), "\n")
}

// draw shows a screen in the pressed message.
func (t *talk) draw(ctx context.Context, m Message) error {
	if err := t.answer(ctx, "", false); err != nil {
		return err
	}
	if t.pressed == 0 {
		return t.say(ctx, m)
	}
	photo := t.query != nil && t.query.Message.Message != nil && len(t.query.Message.Message.Photo) > 0
	gone, err := t.redraw(ctx, t.pressed, photo, m)
	if err == nil && gone {
		return t.say(ctx, m)
	}
	return err
}

// showMoney shows the order, with all that happened to its money, in the pressed message, or in a new one after words
// that were typed.
func (t *talk) showMoney(ctx context.Context, id tickets.OrderID) error {
	if err := t.answer(ctx, "", false); err != nil {
		return err
	}
	if t.pressed != 0 {
		return t.showOrder(ctx, id, drawing{listed: true})
	}
	note := t.extra(extraNote)
	t.setExtra(extraNote, "")
	if err := t.save(ctx); err != nil {
		return err
	}
	v, err := t.viewOrder(ctx, id)
	if err != nil {
		return err
	}
	return t.say(ctx, t.orderMessage(v, drawing{listed: true, note: note}))
}
