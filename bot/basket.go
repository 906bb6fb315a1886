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
)

// actBasket does what a button of the quantities, the summary or the alternatives says.
func (t *talk) actBasket(ctx context.Context, p tickets.Product, m move) error {
	switch m.act {
	case actMore, actLess, actSet, actPrice:
		return t.actUnit(ctx, p, m)
	case actUnits:
		if t.conv.Slot.Date == 0 {
			return t.openDays(0)
		}
		t.goTo(stepUnits)
		return nil
	case actSummary:
		return t.openSummary(ctx)
	case actConfirm:
		return t.confirm(ctx, p)
	default:
		return t.toast(ctx, t.T("bot.button.old"))
	}
}

// skuNamed finds the SKU of a button.
func (v voice) skuNamed(p tickets.ProductID, hash string) (tickets.SKU, bool) {
	ks := v.cat.SKUsOf(p)
	i := slices.IndexFunc(ks, func(k tickets.SKU) bool { return short(string(k.ID)) == hash })
	if i < 0 {
		return tickets.SKU{}, false
	}
	return ks[i], true
}

func (t *talk) actUnit(ctx context.Context, p tickets.Product, m move) error {
	arg, n := m.arg, 0
	if m.act == actSet {
		number, rest, _ := strings.Cut(m.arg, ".")
		arg = rest
		n, _ = strconv.Atoi(number)
	}
	k, ok := t.skuNamed(p.ID, arg)
	if !ok || t.conv.Step != stepUnits {
		return t.toast(ctx, t.T("bot.button.old"))
	}
	switch m.act {
	case actPrice:
		return t.toast(ctx, t.T("bot.units.price", "SKU", clip(t.Pick(k.Names), 80), "Price", t.price(k.PriceOn(t.conv.Slot.Date))))
	case actMore:
		n = t.conv.Units[k.ID] + 1
	case actLess:
		n = t.conv.Units[k.ID] - 1
	}
	if n < 0 {
		return nil
	}
	want := map[tickets.SKUID]int{}
	for id, units := range t.conv.Units {
		want[id] = units
	}
	want[k.ID] = n
	why, err := t.fits(ctx, p, want)
	if err != nil {
		return err
	}
	if why != nil {
		return t.hint(ctx, t.Error(why))
	}
	t.conv.Units = want
	return nil
}

// fits says why so many units cannot be had together: a limit of the catalog, or too few places left. why is nil when
// they can.
func (t *talk) fits(ctx context.Context, p tickets.Product, units map[tickets.SKUID]int) (why, err error) {
	choices := t.choices(p.ID, units)
	if len(choices) == 0 {
		return nil, nil
	}
	q, err := t.Desk.Quote(ctx, p.ID, t.conv.Slot, choices)
	if tickets.RefusalOf(err) != nil {
		return err, nil
	}
	if err != nil {
		return nil, err
	}
	left, err := t.Desk.Left(ctx, p.ID, t.conv.Slot)
	if err != nil {
		return nil, err
	}
	for _, d := range tickets.Draws(q.Lines) {
		if left[d.Pool] < d.Places {
			return tickets.Refuse(tickets.SoldOut, "%d places left", left[d.Pool]).With("left", left[d.Pool]), nil
		}
	}
	return nil, nil
}

// choices are the units above zero, in catalog order.
func (v voice) choices(p tickets.ProductID, units map[tickets.SKUID]int) []tickets.Choice {
	var out []tickets.Choice
	for _, k := range v.cat.SKUsOf(p) {
		if n := units[k.ID]; n > 0 {
			out = append(out, tickets.Choice{SKU: k.ID, Units: n})
		}
	}
	return out
}

// fillUnits keeps what was chosen and still exists; else it begins with one of the first SKU that fits, so that most
// customers need not touch it.
func (t *talk) fillUnits(p tickets.Product, left map[tickets.PoolID]int) {
	kept := map[tickets.SKUID]int{}
	for _, c := range t.choices(p.ID, t.conv.Units) {
		kept[c.SKU] = c.Units
	}
	t.conv.Units = kept
	if len(kept) > 0 {
		return
	}
	for _, k := range t.cat.SKUsOf(p.ID) {
		if left[k.Pool] >= max(k.Admits, 1) {
			kept[k.ID] = 1
			return
		}
	}
}

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

// linesOf writes what is bought, one line each.
func (v voice) linesOf(lines []tickets.Line, cur tickets.Currency) string {
	var b strings.Builder
	for i, l := range lines {
		if i == 12 {
			b.WriteString("\n…")
			break
		}
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(v.HTML("bot.line", "Units", l.Units, "SKU", clip(v.Pick(l.Names), 120), "Amount", v.sum(tickets.Money{Amount: l.Amount(), Currency: cur})))
	}
	return b.String()
}

// total writes a sum.
func (v voice) total(m tickets.Money) string { return v.HTML("bot.total", "Total", v.sum(m)) }

// sum writes money; nothing is free.
func (v voice) sum(m tickets.Money) string {
	if m.Amount == 0 {
		return v.T("common.word.free")
	}
	return v.Money(m)
}

func (t *talk) unitsScreen(ctx context.Context, p tickets.Product) (Message, error) {
	left, err := t.Desk.Left(ctx, p.ID, t.conv.Slot)
	if err != nil {
		return Message{}, err
	}
	ks := t.cat.SKUsOf(p.ID)
	sum, places := tickets.Money{Currency: t.cat.Merchant.Currency}, 0
	var prices []string
	m := Message{}
	for i, k := range ks {
		price := k.PriceOn(t.conv.Slot.Date)
		n := t.conv.Units[k.ID]
		sum.Amount += price * int64(n)
		places += n * max(k.Admits, 1)
		if i >= skusShown {
			continue
		}
		prices = append(prices, t.HTML("bot.units.line", "SKU", clip(t.Pick(k.Names), 120), "Price", t.sum(tickets.Money{Amount: price, Currency: t.cat.Merchant.Currency})))
		hash := short(string(k.ID))
		if len(ks) == 1 {
			m.Keyboard = append(m.Keyboard, t.quickRow(k, n, hash))
		}
		m.Keyboard = append(m.Keyboard, []Button{
			{Text: "−", Data: t.data(actLess, hash)},
			{Text: counted(n, t.briefName(k, ks)), Data: t.data(actPrice, hash)},
			{Text: "+", Data: t.data(actMore, hash)},
		})
	}
	m.HTML = t.titled(p) + "\n\n" + t.HTML("bot.units.ask") + "\n" + strings.Join(prices, "\n")
	if most := mostLeft(t.cat, p.ID, left); most <= 20 {
		m.HTML += "\n" + t.HTML("bot.units.left", "Count", most)
	}
	m.HTML += "\n\n" + t.total(sum)
	if places > 0 {
		next := Button{Text: t.T("bot.units.go", "Total", t.price(sum.Amount)), Data: t.data(actSummary, ""), Style: StylePrimary}
		m.Keyboard = append(m.Keyboard, []Button{next})
	}
	m.Keyboard = append(m.Keyboard, t.backRow(t.whence(p)))
	return m, nil
}

// briefName is a SKU's name for a narrow button: without what stands in brackets, where that leaves it apart from the
// others.
func (v voice) briefName(k tickets.SKU, all []tickets.SKU) string {
	brief := func(k tickets.SKU) string {
		name := v.Pick(k.Names)
		if i := strings.IndexAny(name, "(（"); i > 0 {
			name = strings.TrimSpace(name[:i])
		}
		return clip(name, 30)
	}
	for _, x := range all {
		if x.ID != k.ID && brief(x) == brief(k) {
			return clip(v.Pick(k.Names), 40)
		}
	}
	return brief(k)
}

// whence is what lies before the quantities: the times of the day, or the list of days.
func (t *talk) whence(p tickets.Product) (act, string) {
	if t.conv.Slot.Start != "" {
		return actDay, packDate(t.conv.Slot.Date)
	}
	return actDays, ""
}

func mostLeft(cat *tickets.Catalog, p tickets.ProductID, left map[tickets.PoolID]int) int {
	n := 0
	for _, k := range cat.SKUsOf(p) {
		n = max(n, left[k.Pool])
	}
	return n
}

// quickRow has a button for each of the first few numbers.
func (t *talk) quickRow(k tickets.SKU, n int, hash string) []Button {
	most := 4
	if k.MaxPerOrder > 0 {
		most = min(most, k.MaxPerOrder)
	}
	var row []Button
	for i := 1; i <= most; i++ {
		label := strconv.Itoa(i)
		if i == n {
			label = "· " + label + " ·"
		}
		row = append(row, Button{Text: label, Data: t.data(actSet, strconv.Itoa(i)+"."+hash)})
	}
	return row
}

func (t *talk) summaryScreen(p tickets.Product) Message {
	q := t.conv.Quote
	if q == nil {
		q = &tickets.Quote{Total: tickets.Money{Currency: t.cat.Merchant.Currency}}
	}
	parts := []string{t.HTML("bot.summary.title"), t.titled(p)}
	if place := t.placeLine(p); place != "" {
		parts[1] += "\n" + place
	}
	parts = append(parts, t.linesOf(q.Lines, q.Total.Currency)+"\n"+t.total(q.Total))
	return Message{
		HTML: strings.Join(parts, "\n\n"),
		Keyboard: Keyboard{
			{{Text: t.T("bot.summary.confirm", "Total", t.price(q.Total.Amount)), Data: t.data(actConfirm, ""), Style: StyleSuccess}},
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
			Text: t.T("bot.days.day", "Day", t.Slot(d.Slot), "Price", t.price(t.dayPrice(p.ID, d.Slot.Date)), "Count", d.Left),
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
