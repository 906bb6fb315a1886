package bot

import (
	"context"
	"strconv"
	"strings"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// What one screen shows.
const (
	daysShown    = 5
	productsMost = 40
	skusShown    = 25 // Telegram takes 100 buttons; more can be typed
	lastFew      = 5  // places left from which a day is marked, or a tenth of its capacity
)

// merchant is the shop's name.
func (v voice) merchant() string { return clip(v.Pick(v.cat.Merchant.Names), 100) }

// price writes an amount of a product's currency for a button: without decimals where there are none.
func (v voice) price(id tickets.ProductID, amount int64) string {
	m := tickets.Money{Amount: amount, Currency: v.cat.Merchant.Currency}
	if p, err := v.cat.Product(id); err == nil {
		m.Currency = v.cat.CurrencyOf(p)
	}
	if amount == 0 {
		return v.T("common.word.free")
	}
	s := v.Money(m)
	if e := m.Currency.Exponent(); e > 0 {
		s = strings.TrimSuffix(s, "."+strings.Repeat("0", e))
	}
	return s
}

// fromPrice writes the price of a product or day, with "from" where it has several.
func (v voice) fromPrice(p tickets.ProductID, amount int64) string {
	if len(v.cat.SKUsOf(p)) > 1 {
		return v.T("bot.price.from", "Price", v.price(p, amount))
	}
	return v.price(p, amount)
}

// lead is the SKU whose price stands for a day: the first of the product.
func (v voice) lead(p tickets.ProductID) (tickets.SKU, bool) {
	ks := v.cat.SKUsOf(p)
	if len(ks) == 0 {
		return tickets.SKU{}, false
	}
	return ks[0], true
}

// dayPrice is what a day costs, for comparison with others.
func (v voice) dayPrice(p tickets.ProductID, d tickets.Date) int64 {
	k, _ := v.lead(p)
	return k.PriceOn(d)
}

// priceNote says whose price the days show, where there are several.
func (v voice) priceNote(p tickets.ProductID) string {
	k, _ := v.lead(p)
	if len(v.cat.SKUsOf(p)) < 2 {
		return ""
	}
	return "\n" + v.HTML("bot.days.prices", "SKU", clip(v.Pick(k.Names), 100))
}

// backRow is Back and Cancel, which every screen has.
func (t *talk) backRow(back act, arg string) []Button {
	return []Button{
		{Text: t.T("bot.button.back"), Data: t.data(back, arg)},
		{Text: t.T("bot.button.cancel"), Data: t.data(actStop, "")},
	}
}

func (t *talk) menuScreen() Message {
	ps := t.cat.Visible()
	merchant := t.merchant()
	if len(ps) == 0 {
		return Message{HTML: t.HTML("bot.menu.empty", "Merchant", merchant)}
	}
	m := Message{HTML: t.HTML("bot.menu.text", "Merchant", merchant)}
	for i, p := range ps {
		if i == productsMost {
			break
		}
		label := clip(t.Pick(p.Names), 48)
		if from, ok := t.cheapest(p.ID); ok {
			label += " · " + t.fromPrice(p.ID, from)
		}
		m.Keyboard = append(m.Keyboard, []Button{{Text: label, Data: t.data(actProduct, short(string(p.ID)))}})
	}
	return m
}

// cheapest is a product's lowest price today.
func (v voice) cheapest(p tickets.ProductID) (amount int64, ok bool) {
	for _, k := range v.cat.SKUsOf(p) {
		if x := k.PriceOn(v.thisDay()); !ok || x < amount {
			amount, ok = x, true
		}
	}
	return amount, ok
}

func (t *talk) productScreen(p tickets.Product) Message {
	var b strings.Builder
	b.WriteString(t.HTML("bot.product.title", "Product", t.Pick(p.Names)))
	limit := 2500
	if p.Photo != "" || t.conv.Photo {
		limit = 550
	}
	if d := t.Pick(p.Descriptions); d != "" {
		b.WriteString("\n\n" + text.Escape(clip(d, limit)))
	}
	if place := t.placeLine(p); place != "" {
		b.WriteString("\n\n" + place)
	}
	if h := t.hours(p); h != "" {
		b.WriteString("\n" + t.HTML("bot.product.hours", "Hours", h))
	}
	m := Message{HTML: b.String()}
	if p.Photo != "" {
		m.Photo = &Photo{File: p.Photo}
	}
	m.Keyboard = Keyboard{{{Text: t.T("bot.product.choose"), Data: t.data(actDays, packDate(t.thisDay())), Style: StylePrimary}}}
	if p.Place.Lat != 0 || p.Place.Lon != 0 {
		m.Keyboard = append(m.Keyboard, []Button{{Text: t.T("bot.button.map"), Data: t.data(actPlace, "")}})
	}
	if len(t.cat.Visible()) == 1 {
		m.Keyboard = append(m.Keyboard, []Button{{Text: t.T("bot.button.cancel"), Data: t.data(actStop, "")}})
	} else {
		m.Keyboard = append(m.Keyboard, t.backRow(actMenu, ""))
	}
	return m
}

// placeLine is where a product is, on one or two lines.
func (v voice) placeLine(p tickets.Product) string {
	name, address := clip(v.Pick(p.Place.Names), 120), clip(v.Pick(p.Place.Address), 240)
	switch {
	case name == "" && address == "":
		return ""
	case name == "" || address == "":
		return v.HTML("bot.product.place", "Place", name+address)
	default:
		return v.HTML("bot.product.place_address", "Place", name, "Address", address)
	}
}

func (v voice) hours(p tickets.Product) string {
	if len(p.Calendar.Slots) > 0 {
		var starts []string
		for i, s := range p.Calendar.Slots {
			if i == 6 {
				starts = append(starts, "…")
				break
			}
			starts = append(starts, v.Time(s.Start))
		}
		return strings.Join(starts, " · ")
	}
	if p.Calendar.Opens == "" || p.Calendar.Closes == "" {
		return ""
	}
	return v.Time(p.Calendar.Opens) + "–" + v.Time(p.Calendar.Closes)
}

// titled is the head of each screen of choosing: what, and when once that is known.
func (t *talk) titled(p tickets.Product) string {
	s := t.HTML("bot.product.title", "Product", clip(t.Pick(p.Names), 200))
	switch {
	case t.conv.Slot.Start != "":
		s += "\n" + t.HTML("bot.when", "When", t.SlotLong(t.conv.Slot))
	case t.conv.Slot.Date != 0:
		s += "\n" + t.HTML("bot.when", "When", t.DateLong(t.conv.Slot.Date))
	}
	return s
}

func (t *talk) daysScreen(ctx context.Context, p tickets.Product) (Message, error) {
	t.conv.Slot = tickets.Slot{}
	from, _ := unpackDate(t.extra(extraFrom))
	from = max(from, t.thisDay())
	days, more, err := t.daysFrom(ctx, p, from, daysShown)
	if err != nil {
		return Message{}, err
	}
	if len(days) == 0 && from > t.thisDay() { // past the last day: from the beginning
		from = t.thisDay()
		if days, more, err = t.daysFrom(ctx, p, from, daysShown); err != nil {
			return Message{}, err
		}
	}
	m := Message{HTML: t.titled(p) + "\n\n" + t.HTML("bot.days.ask") + t.priceNote(p.ID)}
	if len(days) == 0 {
		m.HTML = t.titled(p) + "\n\n" + t.HTML("bot.days.none")
	}
	for _, d := range days {
		m.Keyboard = append(m.Keyboard, []Button{t.dayButton(p, d)})
	}
	var nav []Button
	if back := t.before(p, from, daysShown); back != 0 {
		nav = append(nav, Button{Text: t.T("bot.days.earlier"), Data: t.data(actDays, packDate(back))})
	}
	if len(days) > 0 {
		nav = append(nav, Button{Text: t.T("bot.days.month"), Data: t.data(actMonth, packDate(days[0].date))})
	}
	if more {
		nav = append(nav, Button{Text: t.T("bot.days.later"), Data: t.data(actDays, packDate(days[len(days)-1].date+1))})
	}
	m.Keyboard = append(m.Keyboard, nav, t.backRow(actProduct, short(string(p.ID))))
	return m, nil
}

func (t *talk) dayButton(p tickets.Product, d wholeDay) Button {
	if d.sold {
		return Button{Text: t.T("bot.days.day_sold", "Day", t.dayName(d.date)), Data: t.data(actSold, packDate(d.date))}
	}
	b := Button{
		Text: t.T("bot.days.day", "Day", t.dayName(d.date), "Price", t.price(p.ID, t.dayPrice(p.ID, d.date)), "Count", d.left),
		Data: t.data(actDay, packDate(d.date)),
	}
	if t.few(p, d) {
		b.Style = StyleDanger
	}
	return b
}

// dayName is a date on a button; the next two have names.
func (v voice) dayName(d tickets.Date) string {
	switch d - v.thisDay() {
	case 0:
		return v.T("common.word.today")
	case 1:
		return v.T("common.word.tomorrow")
	default:
		return v.Date(d)
	}
}

// few reports whether only the last places of a day are left.
func (t *talk) few(p tickets.Product, d wholeDay) bool {
	capacity := 0
	for _, k := range t.cat.SKUsOf(p.ID) {
		pool, err := t.cat.Pool(k.Pool)
		if err != nil {
			continue
		}
		sum := 0
		for _, s := range d.slots {
			sum += pool.CapacityOn(s.Slot)
		}
		capacity = max(capacity, sum)
	}
	return d.left <= max(capacity/10, min(lastFew, capacity/3))
}

func (t *talk) timesScreen(ctx context.Context, p tickets.Product) (Message, error) {
	d := t.conv.Slot.Date
	t.conv.Slot = tickets.Slot{Date: d}
	days, err := t.Desk.Days(ctx, p.ID, d, perDay(p))
	if err != nil {
		return Message{}, err
	}
	m := Message{HTML: t.titled(p) + "\n\n" + t.HTML("bot.times.ask") + t.priceNote(p.ID)}
	for _, s := range days {
		if s.Slot.Date != d {
			continue
		}
		b := Button{
			Text: t.T("bot.days.day", "Day", t.Time(s.Slot.Start), "Price", t.price(p.ID, t.dayPrice(p.ID, d)), "Count", s.Left),
			Data: t.data(actSlot, packSlot(s.Slot)),
		}
		if s.Sold {
			b = Button{Text: t.T("bot.days.day_sold", "Day", t.Time(s.Slot.Start)), Data: t.data(actSold, packSlot(s.Slot))}
		} else if t.few(p, byDate([]checkout.Day{s})[0]) {
			b.Style = StyleDanger
		}
		m.Keyboard = append(m.Keyboard, []Button{b})
	}
	if len(m.Keyboard) == 0 {
		m.HTML = t.titled(p) + "\n\n" + t.HTML("bot.days.none")
	}
	m.Keyboard = append(m.Keyboard, t.backRow(actDays, packDate(d)))
	return m, nil
}

// monthScreen is a calendar: each day's number, coloured by how many places are left.
func (t *talk) monthScreen(ctx context.Context, p tickets.Product) (Message, error) {
	t.conv.Slot = tickets.Slot{}
	first := t.conv.Month
	y, mo, _ := first.Civil()
	next := tickets.CivilDate(y, mo+1, 1)
	slots, err := t.Desk.Days(ctx, p.ID, first, int(next-first)*perDay(p))
	if err != nil {
		return Message{}, err
	}
	open := map[tickets.Date]wholeDay{}
	low, high := int64(-1), int64(-1)
	for _, d := range byDate(slots) {
		if d.date < first || d.date >= next {
			continue
		}
		open[d.date] = d
		price := t.dayPrice(p.ID, d.date)
		if low < 0 || price < low {
			low = price
		}
		high = max(high, price)
	}
	m := Message{HTML: t.titled(p) + "\n\n" + t.HTML("bot.month.title", "Month", t.Month(y, mo)) + "\n" + t.monthLegend(p, low, high)}
	heads := make([]Button, 7)
	for i, h := range t.Weekdays() {
		heads[i] = Button{Text: h, Disabled: true}
	}
	m.Keyboard = Keyboard{heads}
	week := make([]Button, 0, 7)
	for range (int(first.Weekday()) - int(t.WeekStart()) + 7) % 7 {
		week = append(week, padding())
	}
	for d := first; d < next; d++ {
		day, is := open[d]
		week = append(week, t.monthDay(p, d, day, is, low, high))
		if len(week) == 7 {
			m.Keyboard = append(m.Keyboard, week)
			week = make([]Button, 0, 7)
		}
	}
	if len(week) > 0 {
		for len(week) < 7 {
			week = append(week, padding())
		}
		m.Keyboard = append(m.Keyboard, week)
	}
	m.Keyboard = append(m.Keyboard, t.monthNav(p, first, next), t.backRow(actDays, packDate(max(first, t.thisDay()))))
	return m, nil
}

// padding is an empty cell: a blank that clients do not take for an empty text.
func padding() Button { return Button{Text: "\u2800", Disabled: true} }

func (t *talk) monthDay(p tickets.Product, d tickets.Date, day wholeDay, open bool, low, high int64) Button {
	_, _, n := d.Civil()
	label := strconv.Itoa(n)
	switch {
	case !open:
		return Button{Text: label, Disabled: true}
	case day.sold:
		return Button{Text: label + " ✕", Data: t.data(actSold, packDate(d))}
	}
	b := Button{Text: label, Data: t.data(actDay, packDate(d)), Style: StylePrimary}
	switch {
	case t.few(p, day):
		b.Style = StyleDanger
	case low < high && t.dayPrice(p.ID, d) == low:
		b.Style = StyleSuccess
	}
	return b
}

func (t *talk) monthLegend(p tickets.Product, low, high int64) string {
	switch {
	case low < 0:
		return t.HTML("bot.month.none")
	case low < high:
		return t.HTML("bot.month.legend_prices", "Low", t.price(p.ID, low), "High", t.price(p.ID, high)) + t.priceNote(p.ID)
	default:
		return t.HTML("bot.month.legend", "Price", t.price(p.ID, low)) + t.priceNote(p.ID)
	}
}

func (t *talk) monthNav(p tickets.Product, first, next tickets.Date) []Button {
	var nav []Button
	y, mo, _ := first.Civil()
	if first > t.thisDay() {
		py, pm, _ := tickets.CivilDate(y, mo-1, 1).Civil()
		nav = append(nav, Button{Text: "‹ " + t.Month(py, pm), Data: t.data(actMonth, packDate(tickets.CivilDate(y, mo-1, 1)))})
	}
	if next <= p.LastDay(t.now, t.loc) {
		ny, nm, _ := next.Civil()
		nav = append(nav, Button{Text: t.Month(ny, nm) + " ›", Data: t.data(actMonth, packDate(next))})
	}
	return nav
}
