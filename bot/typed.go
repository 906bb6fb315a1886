package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/go-telegram/bot/models"

	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// typed handles words in a private chat: what fits the present step is done, and anything else is answered with what
// would fit. The live message comes again below what was typed.
func (t *talk) typed(ctx context.Context, m *models.Message) error {
	if done, err := t.replied(ctx, m); done || err != nil {
		return err
	}
	if _, err := tickets.ParseScan(m.Text); err == nil {
		return t.scan(ctx, m.Text)
	}
	if done, err := t.orderTyped(ctx, m.Text); done || err != nil {
		return err
	}
	if t.extra(extraHeard) == strconv.Itoa(m.ID) && t.conv.Flow != "" { // handled before a crash
		return t.show(ctx)
	}
	t.setExtra(extraHeard, strconv.Itoa(m.ID))
	understood := false
	if p, err := t.cat.Product(t.conv.Product); err == nil {
		if understood, err = t.understood(ctx, p, m.Text); err != nil {
			return err
		}
	}
	if p, ok := t.productTyped(m.Text); ok && !understood {
		return t.restart(ctx, func() error { t.pick(p); return nil })
	}
	if !understood && t.conv.Step == stepOrder && !t.orderOpen(ctx) { // nothing is going on: what can be bought is shown
		return t.restart(ctx, func() error { return nil })
	}
	if !understood {
		return t.puzzled(ctx, t.helpFor(t.conv.Step))
	}
	return t.repost(ctx)
}

// understood tries what was typed on the present step, and reports whether it meant anything there.
func (t *talk) understood(ctx context.Context, p tickets.Product, words string) (bool, error) {
	switch t.conv.Step {
	case stepUnits, stepSummary:
		if units, ok := readUnits(words, t.cat.SKUsOf(p.ID)); ok {
			return true, t.setUnits(ctx, p, units)
		}
	case stepTimes:
		if clock, ok := readTime(words); ok {
			return true, t.pickTime(ctx, p, tickets.Slot{Date: t.conv.Slot.Date, Start: clock})
		}
	case stepProduct, stepDays, stepMonth, stepElse:
	default:
		return false, nil
	}
	alone := t.conv.Step == stepDays || t.conv.Step == stepMonth
	d, ok := readDate(words, t.thisDay(), alone)
	if !ok {
		return false, nil
	}
	return true, t.pickTypedDay(ctx, p, d)
}

// pickTypedDay is pickDay, and says so when the day is sold out.
func (t *talk) pickTypedDay(ctx context.Context, p tickets.Product, d tickets.Date) error {
	if t.conv.Step == stepProduct || t.conv.Step == stepUnits || t.conv.Step == stepSummary || t.conv.Step == stepTimes {
		if err := t.openDays(d); err != nil { // where the customer is, should the day not be had
			return err
		}
	}
	return t.pickDay(ctx, p, d)
}

func (t *talk) pickTime(ctx context.Context, p tickets.Product, s tickets.Slot) error {
	if !p.Calendar.Has(s) {
		t.setExtra(extraNote, t.T("bot.times.none", "Time", s.Start))
		return nil
	}
	return t.pickSlot(ctx, p, s)
}

// setUnits takes typed quantities, or says which limit they pass.
func (t *talk) setUnits(ctx context.Context, p tickets.Product, units map[tickets.SKUID]int) error {
	if len(t.choices(p.ID, units)) == 0 {
		t.setExtra(extraNote, t.T("bot.typed.units"))
		return nil
	}
	why, err := t.fits(ctx, p, units)
	if err != nil {
		return err
	}
	if t.conv.Step == stepSummary {
		t.goTo(stepUnits)
	}
	if why != nil {
		t.setExtra(extraNote, t.Error(why))
		return nil
	}
	t.conv.Units = units
	return nil
}

// productTyped finds the one product whose name has the typed words in it.
func (v voice) productTyped(words string) (tickets.Product, bool) {
	words = plainWords(words)
	if units(words) < 2 {
		return tickets.Product{}, false
	}
	var found []tickets.Product
	for _, p := range v.cat.Visible() {
		if slices.ContainsFunc(nameList(p.Names), func(name string) bool { return strings.Contains(plainWords(name), words) }) {
			found = append(found, p)
		}
	}
	if len(found) != 1 {
		return tickets.Product{}, false
	}
	return found[0], true
}

func nameList(t tickets.Texts) []string {
	var out []string
	for _, s := range t {
		out = append(out, s)
	}
	return out
}

// helpFor says what can be typed at a step.
func (t *talk) helpFor(step string) string {
	switch step {
	case stepProduct, stepDays, stepMonth, stepElse:
		return t.T("bot.typed.day", "Example", t.Date(t.thisDay()+9))
	case stepTimes:
		return t.T("bot.typed.time")
	case stepUnits, stepSummary:
		return t.T("bot.typed.units")
	case stepOrder:
		return t.T("bot.typed.order")
	default:
		return t.T("bot.typed.menu")
	}
}

// puzzled answers what was not understood: a sentence, and the present screen again.
func (t *talk) puzzled(ctx context.Context, words string) error {
	if t.conv.Flow == "" || t.conv.Step == stepStopped {
		return t.say(ctx, Message{HTML: text.Escape(words), Keyboard: t.startAgain()})
	}
	if t.conv.Step == stepOrder {
		if v, err := t.viewOrder(ctx, t.conv.Order); err != nil || !v.order.Open() {
			return t.say(ctx, Message{HTML: text.Escape(words), Keyboard: t.startAgain()})
		}
	}
	t.setExtra(extraNote, words)
	return t.repost(ctx)
}

// orderOpen reports whether the conversation's order still waits for its customer.
func (t *talk) orderOpen(ctx context.Context) bool {
	v, err := t.viewOrder(ctx, t.conv.Order)
	return err == nil && (v.order.Open() || v.order.Stage == tickets.StagePaymentReview || v.order.Stage == tickets.StageExpiring)
}
