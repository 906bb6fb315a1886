package console

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"boxoffice/tickets"
)

// orderFilter is what a list of orders shows. The form, the address, a saved view and an export all say it in the same
// words, which is why the fields are the texts of the form; orderWish is what they mean.
type orderFilter struct {
	Text     string // q
	Status   string
	Stage    string
	Date     string // of the visit: 2026-03-21, today, tomorrow, yesterday
	SKU      string
	Channel  string
	Customer string // an id, a Telegram id or a @username
	Min, Max string // of the total, in major units
	Since    string // placed on or after this day
	Until    string // placed on or before this day
	Paid     string // the day that money of it arrived
	Problems bool   // somebody must decide about it
}

// filterFields are the names of the filter's fields in forms and addresses.
func (f *orderFilter) fields() map[string]*string {
	return map[string]*string{
		"q": &f.Text, "status": &f.Status, "stage": &f.Stage, "date": &f.Date, "sku": &f.SKU, "channel": &f.Channel, "customer": &f.Customer,
		"min": &f.Min, "max": &f.Max, "since": &f.Since, "until": &f.Until, "paid": &f.Paid,
	}
}

// maxFilterText bounds a field of a filter in bytes: no code, id or name is longer.
const maxFilterText = 200

// filterOf reads a filter from an address or a saved view. What is no field of it is passed over.
func filterOf(q url.Values) orderFilter {
	var f orderFilter
	for name, field := range f.fields() {
		*field = shortened(strings.TrimSpace(strings.ToValidUTF8(q.Get(name), "")), maxFilterText)
	}
	f.Problems = q.Get("problems") != ""
	return f
}

// Query is the filter as an address has it, the same for the same filter.
func (f orderFilter) Query() string {
	q := url.Values{}
	for name, field := range f.fields() {
		if *field != "" {
			q.Set(name, *field)
		}
	}
	if f.Problems {
		q.Set("problems", "1")
	}
	return q.Encode()
}

// URL is the list with this filter.
func (f orderFilter) URL() string {
	if q := f.Query(); q != "" {
		return "/console/orders?" + q
	}
	return "/console/orders"
}

// Narrow reports whether any of the fields is set that the form keeps folded away.
func (f orderFilter) Narrow() bool {
	return f.Stage+f.SKU+f.Channel+f.Customer+f.Min+f.Max+f.Since+f.Until+f.Paid != ""
}

// orderWish is a filter that was understood.
type orderWish struct {
	tickets.OrderQuery
	Free      bool      // nothing was to be paid for it: the store has no word for a total of at most nothing
	PaidSince time.Time // zero: paid or not
	PaidUntil time.Time
	Problems  bool
}

// The words that lists of choices offer, in the order of an order's life.
var (
	orderStatuses = []tickets.Status{
		tickets.StatusInit, tickets.StatusCharged, tickets.StatusFulfilled, tickets.StatusFulfilFailed, tickets.StatusRefunding,
		tickets.StatusRefunded, tickets.StatusRefundFailed, tickets.StatusChargeback, tickets.StatusChargebackReversed, tickets.StatusClosed,
	}
	orderStages = []tickets.Stage{
		tickets.StageHeld, tickets.StageAwaiting, tickets.StageExpiring, tickets.StageExpired, tickets.StageCancelled, tickets.StagePaymentReview,
		tickets.StagePaid, tickets.StageFulfilling, tickets.StageFulfilled, tickets.StageFulfilFailed, tickets.StageCompleted, tickets.StageRefunded,
	}
	orderChannels = []tickets.Channel{tickets.ChannelTelegram, tickets.ChannelAPI}
)

// wish understands a filter. wrong names the fields that make no sense, each with the key of the words that say why.
func (v *visit) wish(f orderFilter) (w orderWish, wrong map[string]string, err error) {
	wrong = map[string]string{}
	w = orderWish{Problems: f.Problems}
	w.Text, w.Status, w.Stage, w.SKU, w.Channel = searchText(f.Text), tickets.Status(f.Status), tickets.Stage(f.Stage), tickets.SKUID(f.SKU), tickets.Channel(f.Channel)
	if f.Status != "" && !slices.Contains(orderStatuses, w.Status) {
		wrong["status"] = "console_list.wrong.choice"
	}
	if f.Stage != "" && !slices.Contains(orderStages, w.Stage) {
		wrong["stage"] = "console_list.wrong.choice"
	}
	day := func(name, s string) tickets.Date {
		d, ok := v.day(s)
		if !ok {
			wrong[name] = "console_list.wrong.date"
		}
		return d
	}
	w.Date = day("date", f.Date)
	if d := day("since", f.Since); d != 0 {
		w.Since = d.At("", v.Zone)
	}
	if d := day("until", f.Until); d != 0 {
		w.Until = (d + 1).At("", v.Zone)
	}
	if d := day("paid", f.Paid); d != 0 {
		w.PaidSince, w.PaidUntil = d.At("", v.Zone), (d+1).At("", v.Zone)
	}
	amount := func(name, s string) int64 {
		n, ok := minor(s, v.Cat.Merchant.Currency)
		if s != "" && !ok {
			wrong[name] = "console_list.wrong.amount"
		}
		return n
	}
	w.Least, w.Most = amount("min", f.Min), amount("max", f.Max)
	w.Free = f.Max != "" && w.Most == 0
	if f.Max != "" && w.Least > w.Most && len(wrong) == 0 {
		wrong["max"] = "console_list.wrong.range"
	}
	if !w.Since.IsZero() && !w.Until.IsZero() && !w.Since.Before(w.Until) {
		wrong["until"] = "console_list.wrong.range"
	}
	if f.Customer != "" {
		w.Customer, err = v.customerOf(f.Customer)
		if tickets.KindOf(err) == tickets.NotFound {
			wrong["customer"], err = "console_list.wrong.customer", nil
		}
	}
	return w, wrong, err
}

// day reads a date of a filter; "" is no date.
func (v *visit) day(s string) (tickets.Date, bool) {
	switch s {
	case "":
		return 0, true
	case "today":
		return v.Today(), true
	case "tomorrow":
		return v.Today() + 1, true
	case "yesterday":
		return v.Today() - 1, true
	}
	d, err := tickets.ParseDate(s)
	return d, err == nil
}

// maxMajor bounds the digits of an amount that somebody types, far above any price.
const maxMajor = 12

// minor reads an amount in major units, such as 119 or 119.5, as minor units of a currency. Nothing is rounded: more
// decimals than the currency has are refused.
func minor(s string, c tickets.Currency) (int64, bool) {
	whole, part, dot := strings.Cut(s, ".")
	if whole == "" || dot && part == "" || len(whole) > maxMajor || len(part) > c.Exponent() {
		return 0, false
	}
	digits := whole + part + strings.Repeat("0", c.Exponent()-len(part))
	if strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil
}

// has reports whether the order is one that is asked for, in all but when its money arrived and what waits for somebody.
func (w orderWish) has(o tickets.Order) bool {
	if w.Status != "" {
		if s, _ := o.Status(); s != w.Status {
			return false
		}
	}
	total := o.Total().Amount
	return (w.Stage == "" || o.Stage == w.Stage) &&
		(w.Date == 0 || o.Slot().Date == w.Date) &&
		(w.SKU == "" || slices.ContainsFunc(o.Quote.Lines, func(l tickets.Line) bool { return l.SKU == w.SKU })) &&
		(w.Channel == "" || o.Channel == w.Channel) &&
		(w.Customer == "" || o.Buyer.Customer == w.Customer) &&
		(w.Since.IsZero() || !o.At.Before(w.Since)) &&
		(w.Until.IsZero() || o.At.Before(w.Until)) &&
		total >= w.Least && (w.Most == 0 || total <= w.Most) && (!w.Free || total == 0) &&
		(w.Text == "" || named(o, w.Text))
}

// named reports whether a text names the order, as the store's own search has it.
func named(o tickets.Order, text string) bool {
	n := o.Names()
	_, ok := n.Match(tickets.SearchText(text))
	return ok
}
