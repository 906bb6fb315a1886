package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// openSummary prices what was chosen and shows it for confirmation.
func (t *talk) openSummary(ctx context.Context) error {
	q, err := t.Desk.Quote(ctx, t.conv.Product, t.conv.Slot, t.choices(t.conv.Product, t.conv.Units))
	switch {
	case tickets.KindOf(err) == tickets.Closed:
		words := t.Error(err)
		if err := t.openDays(0); err != nil {
			return err
		}
		t.setExtra(extraNote, words)
		return nil
	case tickets.RefusalOf(err) != nil:
		if t.conv.Step != stepUnits {
			t.goTo(stepUnits)
		}
		return t.hint(ctx, t.Error(err))
	case err != nil:
		return err
	}
	t.goTo(stepSummary)
	t.conv.Quote = &q
	return nil
}

// confirm places the order. The flow and the version of the picture are its key, so that pressing twice, or handling
// the press twice, places once.
func (t *talk) confirm(ctx context.Context, p tickets.Product) error {
	if t.conv.Quote == nil || t.conv.Step != stepSummary {
		return t.openSummary(ctx)
	}
	o, err := t.Desk.Place(ctx, checkout.Placing{
		Quote: *t.conv.Quote, Buyer: t.buyer(), Confirm: fmt.Sprintf("%s.%d", t.conv.Flow, t.conv.Version),
	})
	if err != nil {
		return t.refused(ctx, p, err)
	}
	t.goTo(stepOrder)
	t.conv.Order, t.conv.Quote = o.ID, nil
	t.setExtra(extraLive, setLive(t.extra(extraLive), o.ID, t.conv.Message))
	return t.offerPayment(ctx, o)
}

// refused makes a refused order the next screen: other slots when sold out, new prices when they changed.
func (t *talk) refused(ctx context.Context, p tickets.Product, err error) error {
	switch tickets.KindOf(err) {
	case tickets.SoldOut:
		words := t.T("bot.sold.all")
		if r := tickets.RefusalOf(err); r != nil {
			if n, ok := r.Args["left"].(int); ok && n > 0 {
				words = t.T("bot.sold.some", "Count", n)
			}
		}
		t.goTo(stepElse)
		t.setExtra(extraNote, words)
		return nil
	case tickets.Expired, tickets.Changed:
		old := t.conv.Quote.Total
		if err := t.openSummary(ctx); err != nil {
			return err
		}
		if t.conv.Step == stepSummary && t.conv.Quote.Total != old {
			t.setExtra(extraNote, t.T("bot.summary.changed", "Old", t.Money(old), "New", t.Money(t.conv.Quote.Total)))
		} else if t.conv.Step == stepSummary {
			t.setExtra(extraNote, t.T("bot.summary.again"))
		}
		return nil
	case tickets.Closed:
		words := t.Error(err)
		if err := t.openDays(0); err != nil {
			return err
		}
		t.setExtra(extraNote, words)
		return nil
	case tickets.Limit:
		return t.alertLimit(ctx, p, err)
	default:
		return err
	}
}

// alertLimit says which limit of the customer's stands in the way, and what they can do.
func (t *talk) alertLimit(ctx context.Context, p tickets.Product, err error) error {
	r := tickets.RefusalOf(err)
	most, _ := r.Args["max"].(int)
	words := t.Error(err)
	switch r.Args["reason"] {
	case "open_holds":
		words = t.T("bot.limit.open_holds", "Count", most)
	case "places":
		words = t.T("bot.limit.places", "Count", most)
	case "customer":
		sku, _ := r.Args["sku"].(string)
		name := t.Pick(p.Names)
		if k, err := t.cat.SKU(tickets.SKUID(sku)); err == nil {
			name = t.Pick(k.Names)
		}
		words = t.T("bot.limit.customer", "Count", most, "SKU", clip(name, 60))
	}
	t.setExtra(extraNote, words)
	return t.alert(ctx, words)
}

func (t *talk) summaryScreen(p tickets.Product) Message {
	q := t.conv.Quote
	if q == nil {
		q = &tickets.Quote{Total: tickets.Money{Currency: t.cat.CurrencyOf(p)}}
	}
	parts := []string{t.HTML("bot.summary.title"), t.titled(p)}
	if place := t.placeLine(p); place != "" {
		parts[1] += "\n" + place
	}
	parts = append(parts, t.linesOf(q.Lines, q.Total.Currency)+"\n"+t.total(q.Total))
	return Message{
		HTML: strings.Join(parts, "\n\n"),
		Keyboard: Keyboard{
			{{Text: t.T("bot.summary.confirm", "Total", t.price(p.ID, q.Total.Amount)), Data: t.data(actConfirm, ""), Style: StyleSuccess}},
			t.backRow(actUnits, ""),
		},
	}
}

// elseScreen offers other slots when the chosen one has been sold out.
func (t *talk) elseScreen(ctx context.Context, p tickets.Product) (Message, error) {
	places := 0
	for _, c := range t.choices(p.ID, t.conv.Units) {
		if k, err := t.cat.SKU(c.SKU); err == nil {
			places += c.Units * max(k.Admits, 1)
		}
	}
	near, err := t.nearest(ctx, p, t.conv.Slot, places, 4)
	if err != nil {
		return Message{}, err
	}
	m := Message{HTML: t.titled(p) + "\n\n" + t.HTML("bot.sold.ask", "Count", places)}
	if len(near) == 0 {
		m.HTML = t.titled(p) + "\n\n" + t.HTML("bot.sold.none")
	}
	slices.SortFunc(near, func(a, b checkout.Day) int { return strings.Compare(a.Slot.String(), b.Slot.String()) })
	for _, d := range near {
		m.Keyboard = append(m.Keyboard, []Button{{
			Text: t.T("bot.days.day", "Day", t.Slot(d.Slot), "Price", t.price(p.ID, t.dayPrice(p.ID, d.Slot.Date)), "Count", d.Left),
			Data: t.data(actSlot, packSlot(d.Slot)),
		}})
	}
	left, err := t.Desk.Left(ctx, p.ID, t.conv.Slot)
	if err != nil && !errors.Is(err, tickets.NotFound) {
		return Message{}, err
	}
	if !soldOut(t.cat, p.ID, left) {
		m.Keyboard = append(m.Keyboard, []Button{{Text: t.T("bot.sold.fewer"), Data: t.data(actUnits, "")}})
	}
	m.Keyboard = append(m.Keyboard, t.backRow(actDays, packDate(max(t.conv.Slot.Date, t.thisDay()))))
	return m, nil
}
