package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// This file is how staff look at a ticket and let people in by it.

// check is /check TICKET, or a ticket's text alone in the merchant's group.
func (t *talk) check(ctx context.Context, scan string) error {
	if scan == "" {
		return t.say(ctx, Message{HTML: t.HTML("bot.gate.how")})
	}
	if _, ok, err := t.allowed(ctx, tickets.ActAdmit); !ok {
		return err
	}
	l, err := t.Desk.Look(ctx, scan)
	if err != nil && tickets.KindOf(err) == "" {
		return err
	}
	if tickets.KindOf(err) == tickets.Unavailable {
		return err
	}
	return t.say(ctx, t.verdict(l, err))
}

// scan is a ticket's text or code in a private chat: staff get its verdict, its buyer gets the ticket.
func (t *talk) scan(ctx context.Context, scan string) error {
	m, err := t.member(ctx)
	if err == nil && m.Role.May(tickets.ActAdmit) {
		return t.check(ctx, scan)
	}
	if err != nil && !errors.Is(err, tickets.NotFound) {
		return err
	}
	l, err := t.Desk.Look(ctx, scan)
	switch {
	case tickets.KindOf(err) == tickets.Unavailable, err != nil && tickets.KindOf(err) == "":
		return err
	case err != nil, l.Order.Buyer.Customer != t.cust.ID:
		return t.puzzled(ctx, t.T("bot.tickets.not_yours"))
	}
	ks, err := t.ticketsOf(ctx, l.Order)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(ks, func(k tickets.Ticket) bool { return k.Code == l.Ticket.Code })
	if i < 0 {
		return t.say(ctx, Message{HTML: text.Escape(t.Error(tickets.Revoked))})
	}
	_, err = t.sendTicket(ctx, t.Sender, t.voice, t.chat, ks, i, "")
	return err
}

// verdict is what a gate reads: big, and above all whether to let people in.
func (v voice) verdict(l checkout.Look, err error) Message {
	if err != nil {
		key := "bot.gate." + string(tickets.KindOf(err))
		if !v.Has(key) {
			return Message{HTML: v.HTML("bot.gate.refused", "Why", v.Error(err))}
		}
		return Message{HTML: v.HTML(key)}
	}
	k := l.Ticket
	left := k.Places - k.Admitted
	details := v.ticketDetails(k, l.Order)
	if l.Refusal != nil {
		return Message{HTML: v.gateRefusal(l) + "\n\n" + details}
	}
	head := v.HTML("bot.gate.good", "Count", left)
	if k.Admitted > 0 {
		head = v.HTML("bot.gate.good_part", "Count", left, "Used", k.Admitted, "Places", k.Places)
	}
	return Message{HTML: head + "\n\n" + details, Keyboard: v.admitRow(k)}
}

func (v voice) ticketDetails(k tickets.Ticket, o tickets.Order) string {
	lines := []string{
		v.HTML("bot.product.title", "Product", clip(v.Pick(k.ProductName), 150)),
		v.HTML("bot.when", "When", v.SlotLong(k.Slot)),
		v.HTML("bot.ticket.admits", "Type", v.ticketType(k, 300), "People", v.T("common.people", "Count", k.Places)),
		v.HTML("notify.merchant.buyer", "Buyer", v.buyerName(o.Buyer), "Code", k.OrderCode),
	}
	return strings.Join(lines, "\n")
}

// admitRow has Admit 1 and Admit all. Its data says how many are in already, so that pressing twice admits once.
func (v voice) admitRow(k tickets.Ticket) Keyboard {
	left := k.Places - k.Admitted
	data := func(n int) string {
		return about(actAdmit, packTicket(k.Code)+strconv.FormatInt(int64(k.Admitted), 36)+"."+strconv.FormatInt(int64(n), 36))
	}
	row := []Button{{Text: v.T("bot.gate.admit", "N", left), Data: data(left), Style: StyleSuccess}}
	if left > 1 {
		row = []Button{
			{Text: v.T("bot.gate.admit", "N", 1), Data: data(1)},
			{Text: v.T("bot.gate.admit_all", "N", left), Data: data(left), Style: StyleSuccess},
		}
	}
	return Keyboard{row}
}

// gateRefusal says why not, and where and when the ticket was used.
func (v voice) gateRefusal(l checkout.Look) string {
	key := "bot.gate." + string(tickets.KindOf(l.Refusal))
	switch tickets.KindOf(l.Refusal) {
	case tickets.Admitted:
		if a, ok := checkout.LastUse(l.Admissions); ok {
			return v.HTML("bot.gate.admitted_when", "When", v.DateTime(a.At, v.loc), "Where", v.gateName(a))
		}
		return v.HTML(key)
	case tickets.WrongDate:
		if l.Ticket.Slot.Date == v.thisDay() {
			return v.HTML("bot.gate.too_early", "Time", v.Time(l.Ticket.Slot.Start))
		}
		return v.HTML(key, "When", v.Slot(l.Ticket.Slot))
	default:
		if v.Has(key) {
			return v.HTML(key)
		}
		return v.HTML("bot.gate.refused", "Why", v.Error(l.Refusal))
	}
}

func (v voice) gateName(a tickets.Admission) string {
	var parts []string
	for _, s := range []string{a.Gate, a.By.Name} {
		if s != "" && !slices.Contains(parts, s) {
			parts = append(parts, s)
		}
	}
	if len(parts) == 0 {
		return "–"
	}
	return clip(strings.Join(parts, ", "), 120)
}

// admit is a press of Admit. The message, the ticket and how many were in when the button was made are the key: pressed
// twice, or handled twice, it admits once.
func (t *talk) admit(ctx context.Context, arg string) error {
	code, rest, ok := unpackID(tickets.PrefixTicket, arg)
	before, count, cut := strings.Cut(rest, ".")
	n, err := strconv.ParseInt(count, 36, 16)
	if !ok || !cut || err != nil || n < 1 {
		return t.toast(ctx, t.T("bot.button.old"))
	}
	m, ok, err := t.allowed(ctx, tickets.ActAdmit)
	if !ok {
		return err
	}
	k, adm, err := t.Desk.Admit(ctx, checkout.Admitting{
		Scan: code, Count: int(n), Gate: t.gate(), By: tickets.Actor{Kind: tickets.ActorMember, ID: string(m.ID), Name: m.Name},
		Key: fmt.Sprintf("%d:%d:%s", t.chat, t.pressed, before),
	})
	if err != nil && tickets.RefusalOf(err) == nil {
		return err
	}
	l, lookErr := t.Desk.Look(ctx, code)
	if lookErr != nil && tickets.RefusalOf(lookErr) == nil {
		return lookErr
	}
	show := t.verdict(l, lookErr)
	words := t.T("bot.gate.toast", "Count", adm.Count)
	if err != nil {
		words = t.Error(err)
	} else {
		show.HTML = t.HTML("bot.gate.in", "Count", adm.Count, "Time", adm.At.In(t.loc).Format("15:04"), "Name", m.Name) + "\n" + t.inside(k) +
			"\n\n" + t.ticketDetails(k, l.Order)
	}
	if err := t.toast(ctx, words); err != nil {
		return err
	}
	_, err = t.Sender.Edit(ctx, t.chat, t.pressed, show)
	if errors.Is(err, ErrGone) {
		return t.say(ctx, show)
	}
	return err
}

// inside says how many of a ticket's people are in.
func (v voice) inside(k tickets.Ticket) string {
	if left := k.Places - k.Admitted; left > 0 {
		return v.HTML("bot.gate.left", "Count", left)
	}
	return v.HTML("bot.gate.complete")
}

// gate names where a person admits: their group.
func (t *talk) gate() string {
	if t.group && t.query != nil && t.query.Message.Message != nil {
		return clip(t.query.Message.Message.Chat.Title, 60)
	}
	return ""
}
