package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"

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
		return t.toast(ctx, t.T("bot.units.price", "SKU", clip(t.Pick(k.Names), 80), "Price", t.price(t.conv.Product, k.PriceOn(t.conv.Slot.Date))))
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
	sum, places := tickets.Money{Currency: t.cat.CurrencyOf(p)}, 0
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
		prices = append(prices, t.HTML("bot.units.line", "SKU", clip(t.Pick(k.Names), 120), "Price", t.sum(tickets.Money{Amount: price, Currency: sum.Currency})))
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
		next := Button{Text: t.T("bot.units.go", "Total", t.price(p.ID, sum.Amount)), Data: t.data(actSummary, ""), Style: StylePrimary}
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
