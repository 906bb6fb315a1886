package console

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// homePage is the merchant's morning: what sells, who comes, what needs a person, what waits.
type homePage struct {
	Now      time.Time
	Net      tickets.Money // gross less what went back and what banks hold of today
	Gross    tickets.Money
	Back     tickets.Money // went back today, or is held by banks
	Before   tickets.Money // gross of the same weekday last week, until this time of day
	Whole    tickets.Money // gross of that whole day
	Weekday  tickets.Date  // that day
	Others   []tickets.Money
	Orders   int64
	Placed   int64
	Places   int64
	Late     int64
	LateSum  tickets.Money
	Slots    []slotRow
	Booked   int64
	Admitted int64
	Counts   tickets.Counts
	Review   int64
	Cases    []caseRow
	ToIssue  []tickets.Order
	Last     []tickets.Order
	Messages messageHealth
	Empty    bool // nothing was ever sold
	Group    bool // the merchant's group is linked
}

// Ahead is by how much today has sold more or less than that weekday had by now, without a sign.
func (h homePage) Ahead() tickets.Money {
	d := h.Gross.Amount - h.Before.Amount
	return tickets.Money{Amount: max(d, -d), Currency: h.Gross.Currency}
}

// messageHealth is how messages fared lately.
type messageHealth struct {
	Failed  int // of the last day
	Blocked int
	Retry   int // tried, and will be again
}

// How much is shown, and how far back messages are looked through.
const (
	homeCases    = 5
	homeOrders   = 8
	homeMessages = 500
)

func home(v *visit) error {
	if !v.Member.Role.May(tickets.ActToday) { // who only stands at the gate begins there
		return v.redirect("/console/gate")
	}
	today := v.Today()
	n, err := v.k.Desk.Numbers(v.Context(), today-7, today, checkout.TallySales, checkout.TallyHours, checkout.TallyVisits, checkout.TallyPlaced)
	if errors.Is(err, tickets.NotFound) {
		return v.page(http.StatusOK, "home", v.Words.T("console.nav.today"), homePage{Now: v.Now, Empty: true})
	}
	if err != nil {
		return err
	}
	h := v.sold(n, today)
	err = v.view(func(r tickets.Reader) (err error) {
		if h.Slots, err = visitsOn(r, v.Cat, today, n); err != nil {
			return err
		}
		h.Booked, h.Admitted = 0, 0
		for _, s := range h.Slots {
			h.Booked, h.Admitted = h.Booked+int64(s.Sold), h.Admitted+s.Admitted
		}
		return h.read(v, r)
	})
	if err != nil {
		return err
	}
	return v.page(http.StatusOK, "home", v.Words.T("console.nav.today"), h)
}

// sold sums the day's sales in the merchant's currency; other currencies are named apart.
func (v *visit) sold(n checkout.Numbers, today tickets.Date) homePage {
	cur := v.Cat.Merchant.Currency
	money := func(amount int64) tickets.Money { return tickets.Money{Amount: amount, Currency: cur} }
	of := func(key string) int64 { return n.Of(checkout.TallySales, today, key) }
	h := homePage{
		Now: v.Now, Gross: money(of("gross/" + string(cur))), Orders: of("orders"), Places: of("places"), Weekday: today - 7,
		Back: money(of("refunded/"+string(cur)) + of("disputed/"+string(cur))), Late: of("late"), LateSum: money(of("late/" + string(cur))),
		Placed: n.Of(checkout.TallyPlaced, today, "orders"), Whole: money(n.Of(checkout.TallySales, today-7, "gross/"+string(cur))),
	}
	h.Net = money(h.Gross.Amount - h.Back.Amount)
	before := money(0)
	for hour := range v.Now.In(v.Zone).Hour() {
		before.Amount += n.Of(checkout.TallyHours, today-7, fmt.Sprintf("gross/%s/%02d", cur, hour))
	}
	h.Before = before
	for key, amount := range n[checkout.TallySales][today] {
		if c, ok := strings.CutPrefix(key, "gross/"); ok && c != string(cur) && amount != 0 {
			h.Others = append(h.Others, tickets.Money{Amount: amount, Currency: tickets.Currency(c)})
		}
	}
	return h
}

// read reads what waits and what came last.
func (h *homePage) read(v *visit, r tickets.Reader) (err error) {
	if h.Counts, err = r.Counts(); err != nil {
		return err
	}
	h.Review = h.Counts.Orders[tickets.StagePaymentReview]
	var sum int64
	for _, n := range h.Counts.Orders {
		sum += n
	}
	h.Empty = sum == 0
	if h.Before, err = v.until(r, h.Weekday, h.Before); err != nil {
		return err
	}
	if h.Last, _, err = r.Orders(tickets.OrderQuery{Page: tickets.Page{Limit: homeOrders}}); err != nil {
		return err
	}
	if v.Member.Role.May(tickets.ActAsk) {
		open, _, err := r.OpenCases(tickets.Page{Limit: homeCases})
		if err != nil {
			return err
		}
		if h.Cases, err = caseRows(r, open); err != nil {
			return err
		}
		if h.ToIssue, err = toIssue(r, homeCases-min(len(open), homeCases-2)); err != nil {
			return err
		}
	}
	if _, err = r.Setting(checkout.SettingMerchantChat); err == nil {
		h.Group = true
	} else if !errors.Is(err, tickets.NotFound) {
		return err
	}
	h.Messages, err = messages(r, v.Now)
	return err
}

// until adds to the money of a day's full hours that of the hour that runs now, until the same time of day.
func (v *visit) until(r tickets.Reader, day tickets.Date, full tickets.Money) (tickets.Money, error) {
	now := v.Now.In(v.Zone)
	hour := day.At(fmt.Sprintf("%02d:00", now.Hour()), v.Zone)
	caps, _, err := r.CapturesBetween(hour, hour.Add(now.Sub(now.Truncate(time.Hour))), tickets.Page{Limit: 1000})
	for _, c := range caps {
		if c.Amount.Currency == full.Currency && c.Order != "" {
			full.Amount += c.Applied
		}
	}
	return full, err
}

// messages looks at the newest deliveries of the last day.
func messages(r tickets.Reader, now time.Time) (messageHealth, error) {
	var h messageHealth
	live, err := r.DeliveryCounts()
	if err != nil {
		return h, err
	}
	h.Retry = live[tickets.DeliveryRetry]
	last, _, err := r.AllDeliveries(tickets.Page{Limit: homeMessages})
	for _, d := range last {
		switch {
		case d.At.Before(now.Add(-24 * time.Hour)):
		case d.State == tickets.DeliveryFailed:
			h.Failed++
		case d.State == tickets.DeliveryBlocked:
			h.Blocked++
		}
	}
	return h, err
}
