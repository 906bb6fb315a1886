package console_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"boxoffice/tickets"
)

// allPages follows a list to its end and returns the codes on it.
func (b *browser) allPages(path string) (out []string) {
	b.w.t.Helper()
	for n := 0; path != ""; n++ {
		if n > 50 {
			b.w.t.Fatalf("the list does not end: %s", path)
		}
		_, page := b.get(path)
		out = append(out, codes(page)...)
		path = ""
		if m := regexp.MustCompile(`href="([^"]*)" rel="next"`).FindStringSubmatch(page); m != nil {
			path = strings.ReplaceAll(m[1], "&amp;", "&")
		}
	}
	return out
}

// TestOrdersPaidOnADayAreListedByTheirMoney: with money in bursts and after long silence, each order is there once, the
// last money first, and nothing of the days beside.
func TestOrdersPaidOnADayAreListedByTheirMoney(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	day := time.Date(2026, 3, 20, 0, 0, 0, 0, time.FixedZone("Singapore", 8*3600))
	at := []time.Time{day.Add(-time.Millisecond), day.Add(24 * time.Hour)} // the days beside
	for i := range 120 {
		switch {
		case i < 70:
			at = append(at, day.Add(3*time.Hour+time.Duration(i)*time.Millisecond)) // a burst
		case i < 110:
			at = append(at, day.Add(9*time.Hour+time.Duration(i)*time.Minute))
		default:
			at = append(at, day.Add(time.Duration(i-110)*time.Second)) // just after midnight
		}
	}
	type paid struct {
		code string
		at   time.Time
	}
	var want []paid
	base := w.placed()
	must(t, w.store.Update(t.Context(), func(tx tickets.Tx) error {
		want = nil
		for i, at := range at {
			o := base
			o.ID, o.Code, o.Confirm, o.Facts = tickets.OrderID(tickets.NewID(tickets.PrefixOrder, base.At, nil)), fmt.Sprintf("TG260319B%05d", i), fmt.Sprint(i), 0
			if err := tx.CreateOrder(o); err != nil {
				return err
			}
			for n := range 1 + i%2 { // some were paid in two parts, or twice
				c := tickets.Capture{
					ID: tickets.CaptureID(tickets.NewID(tickets.PrefixCapture, at, nil)), Gateway: "sandbox", Charge: fmt.Sprintf("ch_%d_%d", i, n), Order: o.ID,
					Amount: o.Total(), Disposition: tickets.Applied, Applied: o.Total().Amount, At: at,
				}
				if err := tx.CreateCapture(c); err != nil {
					return err
				}
			}
			if i > 1 {
				want = append(want, paid{o.Code, at})
			}
		}
		return nil
	}))
	slices.SortStableFunc(want, func(a, b paid) int { return b.at.Compare(a.at) })
	b := w.as(tickets.RoleReadOnly)
	got := b.allPages("/console/orders?paid=2026-03-20")
	if len(got) != len(want) {
		t.Fatalf("%d orders, want %d", len(got), len(want))
	}
	for i, code := range got {
		if code != want[i].code {
			t.Fatalf("%d is %s, want %s", i, code, want[i].code)
		}
	}
	if got := b.allPages("/console/orders?paid=2026-03-19"); len(got) != 1 {
		t.Errorf("the day before has %v", got)
	}
}

// TestProblemsAreOrdersThatSomebodyMustDecideAbout lists them page by page, those without an order left out.
func TestProblemsAreOrdersThatSomebodyMustDecideAbout(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	base, calm := w.placed(), w.placed()
	var want []string
	must(t, w.store.Update(t.Context(), func(tx tickets.Tx) error {
		want = nil
		for i := range 60 {
			o := base
			o.ID = tickets.OrderID(tickets.NewID(tickets.PrefixOrder, base.At.Add(time.Duration(i)*time.Second), nil))
			o.Code, o.Confirm, o.Facts = fmt.Sprintf("TG260319C%05d", i), fmt.Sprint(i), 0
			if i%3 == 0 {
				o.Stage = tickets.StagePaymentReview
			}
			c := tickets.Case{
				ID: tickets.CaseID(tickets.NewID(tickets.PrefixCase, base.At, nil)), Merchant: o.Merchant, Kind: tickets.CaseUnfulfilled, Subject: string(o.ID), Order: o.ID, At: base.At,
			}
			if i%2 == 0 {
				c.Kind, c.Order = tickets.CaseUnmatched, ""
			}
			if i%2 == 1 || i%3 == 0 {
				want = append([]string{o.Code}, want...)
			}
			if err := tx.CreateOrder(o); err != nil {
				return err
			}
			if err := tx.CreateCase(c); err != nil {
				return err
			}
		}
		return nil
	}))
	got := w.as(tickets.RoleSupport).allPages("/console/orders?problems=1")
	if strings.Join(got, " ") != strings.Join(want, " ") || slices.Contains(got, calm.Code) {
		t.Errorf("problems are\n%v, want\n%v", got, want)
	}
}
