package bot

import (
	"context"
	"errors"
	"slices"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// act does what a button of the present picture says; showing it is the caller's.
func (t *talk) act(ctx context.Context, m move) error {
	switch m.act {
	case actMenu:
		t.goTo(stepMenu)
		t.conv.Product, t.conv.Units, t.conv.Slot = "", nil, tickets.Slot{}
		return nil
	case actProduct:
		p, ok := t.productNamed(m.arg)
		if !ok {
			return t.toast(ctx, t.T("bot.button.old"))
		}
		t.pick(p)
		return nil
	case actStop:
		t.goTo(stepStopped)
		return nil
	}
	p, err := t.cat.Product(t.conv.Product)
	if err != nil { // the merchant took it away meanwhile
		t.goTo(stepMenu)
		return t.toast(ctx, t.T("bot.product.gone"))
	}
	switch m.act {
	case actDays:
		d, _ := unpackDate(m.arg)
		return t.openDays(d)
	case actMonth:
		d, ok := unpackDate(m.arg)
		if !ok {
			d = max(t.conv.Slot.Date, t.thisDay())
		}
		return t.openMonth(d)
	case actDay:
		d, ok := unpackDate(m.arg)
		if !ok {
			return t.toast(ctx, t.T("bot.button.old"))
		}
		return t.pickDay(ctx, p, d)
	case actSlot:
		s, ok := unpackSlot(m.arg)
		if !ok {
			return t.toast(ctx, t.T("bot.button.old"))
		}
		return t.pickSlot(ctx, p, s)
	case actSold:
		s, ok := unpackSlot(m.arg)
		if !ok {
			return t.toast(ctx, t.T("bot.button.old"))
		}
		return t.toastSold(ctx, p, s)
	case actPlace:
		return t.sendPlace(ctx, p)
	default:
		return t.actBasket(ctx, p, m)
	}
}

// thisDay is today's date at the merchant's.
func (v voice) thisDay() tickets.Date { return tickets.DateOf(v.now, v.loc) }

// productNamed finds the product of a button, hidden ones included.
func (v voice) productNamed(hash string) (tickets.Product, bool) {
	i := slices.IndexFunc(v.cat.Products, func(p tickets.Product) bool { return short(string(p.ID)) == hash })
	if i < 0 {
		return tickets.Product{}, false
	}
	return v.cat.Products[i], true
}

func (t *talk) pick(p tickets.Product) {
	t.Viewed(p.ID)
	t.goTo(stepProduct)
	if t.conv.Product != p.ID {
		t.conv.Units, t.conv.Slot = nil, tickets.Slot{}
	}
	t.conv.Product, t.conv.Quote = p.ID, nil
	t.setExtra(extraFrom, "")
}

// openDays shows the list of days from d on; 0 is where it was last.
func (t *talk) openDays(d tickets.Date) error {
	if t.conv.Step != stepDays {
		t.goTo(stepDays)
	}
	if d != 0 {
		t.setExtra(extraFrom, packDate(d))
	}
	return nil
}

func (t *talk) openMonth(d tickets.Date) error {
	if t.conv.Step != stepMonth {
		t.goTo(stepMonth)
	}
	y, m, _ := d.Civil()
	t.conv.Month = tickets.CivilDate(y, m, 1)
	return nil
}

// pickDay goes on to the day's times, or where it has but one visit, to the quantities. A day that cannot be had is
// explained, and the screen stays.
func (t *talk) pickDay(ctx context.Context, p tickets.Product, d tickets.Date) error {
	open := p.Calendar.On(d)
	if len(open) == 0 {
		return t.toastClosed(ctx, p, tickets.Slot{Date: d})
	}
	if len(p.Calendar.Slots) == 0 {
		return t.pickSlot(ctx, p, open[0])
	}
	if !slices.ContainsFunc(open, func(s tickets.Slot) bool { return p.OnSale(s, t.now, t.loc) == nil }) {
		return t.toastClosed(ctx, p, open[len(open)-1])
	}
	days, err := t.Desk.Days(ctx, p.ID, d, perDay(p))
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(days, func(x checkout.Day) bool { return x.Slot.Date == d && !x.Sold }) {
		return t.toastSold(ctx, p, tickets.Slot{Date: d})
	}
	t.goTo(stepTimes)
	t.conv.Slot = tickets.Slot{Date: d}
	return nil
}

func (t *talk) pickSlot(ctx context.Context, p tickets.Product, s tickets.Slot) error {
	if p.OnSale(s, t.now, t.loc) != nil {
		return t.toastClosed(ctx, p, s)
	}
	left, err := t.Desk.Left(ctx, p.ID, s)
	if err != nil {
		return err
	}
	if soldOut(t.cat, p.ID, left) {
		return t.toastSold(ctx, p, s)
	}
	wanted := t.conv.Step == stepElse && len(t.conv.Units) > 0
	t.conv.Slot = s
	if wanted {
		return t.openSummary(ctx)
	}
	t.goTo(stepUnits)
	t.fillUnits(p, left)
	return nil
}

// soldOut reports whether not even the SKU that takes the fewest places fits.
func soldOut(cat *tickets.Catalog, p tickets.ProductID, left map[tickets.PoolID]int) bool {
	return !slices.ContainsFunc(cat.SKUsOf(p), func(k tickets.SKU) bool { return left[k.Pool] >= max(k.Admits, 1) })
}

// toastClosed says why a slot is not on sale, and which day is the nearest that is.
func (t *talk) toastClosed(ctx context.Context, p tickets.Product, s tickets.Slot) error {
	words := t.Error(p.OnSale(s, t.now, t.loc))
	near, err := t.nearest(ctx, p, s, 1, 1)
	if err != nil {
		return err
	}
	if len(near) > 0 {
		words = t.T("bot.days.closed_nearest", "Why", words, "Day", t.Slot(near[0].Slot))
	}
	return t.hint(ctx, words)
}

// toastSold says that a day or slot is sold out, and which one nearby is not.
func (t *talk) toastSold(ctx context.Context, p tickets.Product, s tickets.Slot) error {
	near, err := t.nearest(ctx, p, s, 1, 1)
	if err != nil {
		return err
	}
	words := t.T("bot.days.sold")
	if len(near) > 0 {
		words = t.T("bot.days.sold_nearest", "Day", t.Slot(near[0].Slot))
	}
	return t.hint(ctx, words)
}

// hint tells why nothing happened: in a toast, or above the screen when the person wrote.
func (t *talk) hint(ctx context.Context, words string) error {
	if t.query != nil {
		return t.toast(ctx, words)
	}
	t.setExtra(extraNote, words)
	return nil
}

// nearDays is how far from a day alternatives are looked for.
const nearDays = 14

// nearest lists at most n slots with room for places, the nearest to s first.
func (t *talk) nearest(ctx context.Context, p tickets.Product, s tickets.Slot, places, n int) ([]checkout.Day, error) {
	from := max(s.Date-nearDays, t.thisDay())
	days, err := t.Desk.Days(ctx, p.ID, from, 3*nearDays*perDay(p))
	if err != nil {
		return nil, err
	}
	days = slices.DeleteFunc(days, func(d checkout.Day) bool { return d.Sold || d.Left < places || d.Slot == s })
	at := func(x tickets.Slot) int64 { return x.Date.At(x.Start, t.loc).Unix() }
	gap := func(d checkout.Day) int64 {
		g := at(d.Slot) - at(s)
		if g < 0 {
			return -g
		}
		return g
	}
	slices.SortStableFunc(days, func(a, b checkout.Day) int {
		return int(min(max(gap(a)-gap(b), -1), 1))
	})
	return days[:min(n, len(days))], nil
}

// perDay is how many slots a day of the product has.
func perDay(p tickets.Product) int { return max(len(p.Calendar.Slots), 1) }

// wholeDay is a date with its slots as one.
type wholeDay struct {
	date  tickets.Date
	slots []checkout.Day
	left  int
	sold  bool
}

// byDate puts slots of one date together.
func byDate(days []checkout.Day) []wholeDay {
	var out []wholeDay
	for _, d := range days {
		if n := len(out); n == 0 || out[n-1].date != d.Slot.Date {
			out = append(out, wholeDay{date: d.Slot.Date, sold: true})
		}
		w := &out[len(out)-1]
		w.slots = append(w.slots, d)
		if !d.Sold {
			w.left += d.Left
			w.sold = false
		}
	}
	return out
}

// daysFrom lists n open dates from d on, and says whether there are more.
func (t *talk) daysFrom(ctx context.Context, p tickets.Product, d tickets.Date, n int) (days []wholeDay, more bool, err error) {
	slots, err := t.Desk.Days(ctx, p.ID, d, (n+1)*perDay(p))
	if err != nil {
		return nil, false, err
	}
	days = byDate(slots)
	if len(days) > n {
		return days[:n], true, nil
	}
	return days, false, nil
}

// before is the date from which n open dates lie before d; 0 when there is none.
func (t *talk) before(p tickets.Product, d tickets.Date, n int) tickets.Date {
	first := tickets.Date(0)
	for x := d - 1; x >= t.thisDay() && n > 0; x-- {
		for _, s := range p.Calendar.On(x) {
			if p.OnSale(s, t.now, t.loc) == nil {
				first = x
				n--
				break
			}
		}
	}
	return first
}

func (t *talk) sendPlace(ctx context.Context, p tickets.Product) error {
	if p.Place.Lat == 0 && p.Place.Lon == 0 {
		return t.toast(ctx, t.Pick(p.Place.Address))
	}
	if err := t.toast(ctx, ""); err != nil {
		return err
	}
	title := t.Pick(p.Place.Names)
	if title == "" {
		title = t.Pick(p.Names)
	}
	address := t.Pick(p.Place.Address)
	if address == "" {
		address = title
	}
	_, err := t.Sender.SendVenue(ctx, t.chat, Venue{
		Latitude: p.Place.Lat, Longitude: p.Place.Lon, Title: clip(title, 200), Address: clip(address, 300),
	})
	return err
}

// start is /start, alone or with what a link said: "p_<product>" opens a product, "o_<order>" an order, "join_<code>"
// joins the staff, "v_<ticket code>" looks at a ticket; anything else is a remark of whoever made the link.
func (t *talk) start(ctx context.Context, arg string) error {
	switch kind, rest, _ := cutLink(arg); kind {
	case "join":
		return t.join(ctx, rest)
	case "ticket":
		return t.scan(ctx, rest)
	case "order":
		return t.sendOrder(ctx, tickets.OrderID(rest))
	case "product":
		p, err := t.cat.Product(tickets.ProductID(rest))
		if errors.Is(err, tickets.NotFound) {
			break
		}
		return t.restart(ctx, func() error { t.pick(p); return nil })
	}
	return t.restart(ctx, func() error {
		if ps := t.cat.Visible(); len(ps) == 1 {
			t.pick(ps[0])
		}
		return nil
	})
}

// screen renders the present step.
func (t *talk) screen(ctx context.Context) (Message, error) {
	m, err := t.stepScreen(ctx)
	if note := t.extra(extraNote); err == nil && note != "" {
		m.HTML = t.HTML("bot.note", "Note", note) + "\n\n" + m.HTML
		t.setExtra(extraNote, "")
	}
	return m, err
}

func (t *talk) stepScreen(ctx context.Context) (Message, error) {
	switch t.conv.Step {
	case stepOrder:
		return t.orderScreen(ctx, t.conv.Order)
	case stepStopped:
		return Message{HTML: t.HTML("bot.cancel.done"), Keyboard: t.startAgain()}, nil
	}
	p, err := t.cat.Product(t.conv.Product)
	if err != nil || t.conv.Step == stepMenu {
		t.conv.Step = stepMenu
		return t.menuScreen(), nil
	}
	switch t.conv.Step {
	case stepProduct:
		return t.productScreen(p), nil
	case stepDays:
		return t.daysScreen(ctx, p)
	case stepMonth:
		return t.monthScreen(ctx, p)
	case stepTimes:
		return t.timesScreen(ctx, p)
	case stepUnits:
		return t.unitsScreen(ctx, p)
	case stepSummary:
		return t.summaryScreen(p), nil
	case stepElse:
		return t.elseScreen(ctx, p)
	default:
		t.conv.Step = stepMenu
		return t.menuScreen(), nil
	}
}
