package tickets

import (
	"fmt"
	"time"
)

// Date is a day of the calendar, counted from 1970-01-01. It has no zone and no time: a visit date never shifts.
// In JSON and text it is "2006-01-02".
type Date int32

// DateOf is the calendar day of t in loc.
func DateOf(t time.Time, loc *time.Location) Date {
	y, m, d := t.In(loc).Date()
	return CivilDate(y, m, d)
}

// CivilDate returns the Date of a year, month and day; out-of-range values carry over as in time.Date.
func CivilDate(y int, m time.Month, d int) Date {
	return Date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDate reads "2006-01-02". It fails with Invalid.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, Refuse(Invalid, "date %q is not of the form 2006-01-02", s)
	}
	return Date(t.Unix() / 86400), nil
}

func (d Date) utc() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// Civil returns year, month and day.
func (d Date) Civil() (int, time.Month, int) { return d.utc().Date() }

// Weekday of the date.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// String is "2006-01-02".
func (d Date) String() string { return d.utc().Format(time.DateOnly) }

// MarshalText writes "2006-01-02".
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads "2006-01-02".
func (d *Date) UnmarshalText(b []byte) error {
	v, err := ParseDate(string(b))
	*d = v
	return err
}

// At is the moment of clock time hh:mm ("" = midnight) on the date in loc.
func (d Date) At(clock string, loc *time.Location) time.Time {
	h, m, err := ParseClock(clock)
	if err != nil {
		h, m = 0, 0
	}
	y, mo, day := d.Civil()
	return time.Date(y, mo, day, h, m, 0, 0, loc)
}

// ParseClock reads "15:04"; "" is 00:00 and "24:00" the end of the day. It fails with Invalid.
func ParseClock(s string) (hour, minute int, err error) {
	if s == "" {
		return 0, 0, nil
	}
	if s == "24:00" {
		return 24, 0, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != 5 {
		return 0, 0, Refuse(Invalid, "time %q is not of the form 15:04", s)
	}
	return t.Hour(), t.Minute(), nil
}

// Slot is a visit: a date, and a start time "15:04" where the product has time slots.
type Slot struct {
	Date  Date   `json:"date"`
	Start string `json:"start,omitempty"`
}

// String is "2026-03-21" or "2026-03-21T09:30".
func (s Slot) String() string {
	if s.Start == "" {
		return s.Date.String()
	}
	return s.Date.String() + "T" + s.Start
}

// ParseSlot reads what String writes. It fails with Invalid.
func ParseSlot(s string) (Slot, error) {
	if len(s) == len("2006-01-02T15:04") && s[10] == 'T' {
		d, err := ParseDate(s[:10])
		if err != nil {
			return Slot{}, err
		}
		if _, _, err := ParseClock(s[11:]); err != nil {
			return Slot{}, err
		}
		return Slot{d, s[11:]}, nil
	}
	d, err := ParseDate(s)
	return Slot{Date: d}, err
}

// DateRange is a first and a last day, both included.
type DateRange struct {
	From Date `json:"from"`
	To   Date `json:"to"`
}

// Has reports whether d lies within.
func (r DateRange) Has(d Date) bool { return r.From <= d && d <= r.To }

// Weekdays is a set of days of the week; the empty set means every day.
type Weekdays []time.Weekday

// Has reports whether the set contains w.
func (ws Weekdays) Has(w time.Weekday) bool {
	if len(ws) == 0 {
		return true
	}
	for _, x := range ws {
		if x == w {
			return true
		}
	}
	return false
}

// TimeSlot is a start time that repeats on each open day.
type TimeSlot struct {
	Start   string `json:"start"`             // "15:04" in the merchant's zone
	Minutes int    `json:"minutes,omitempty"` // how long the visit lasts; 0 is until closing
}

// Calendar says on which days and at which times a product can be visited. Times are in the merchant's zone.
type Calendar struct {
	From     Date        `json:"from,omitempty"` // first open day; 0 is no bound
	To       Date        `json:"to,omitempty"`   // last open day; 0 is no bound
	Weekdays Weekdays    `json:"weekdays,omitempty"`
	Closed   []DateRange `json:"closed,omitempty"` // holidays; they win over Weekdays
	Extra    []DateRange `json:"extra,omitempty"`  // open although the weekday is not listed
	Opens    string      `json:"opens,omitempty"`  // "09:00"
	Closes   string      `json:"closes,omitempty"` // "18:00"; "" is the end of the day
	Slots    []TimeSlot  `json:"slots,omitempty"`  // none: one visit per day, any time
}

// Open reports whether the product can be visited on d.
func (c Calendar) Open(d Date) bool {
	if (c.From != 0 && d < c.From) || (c.To != 0 && d > c.To) {
		return false
	}
	for _, r := range c.Closed {
		if r.Has(d) {
			return false
		}
	}
	for _, r := range c.Extra {
		if r.Has(d) {
			return true
		}
	}
	return c.Weekdays.Has(d.Weekday())
}

// On lists the slots of d in order of time: one without a start for products without time slots; none when closed.
func (c Calendar) On(d Date) []Slot {
	if !c.Open(d) {
		return nil
	}
	if len(c.Slots) == 0 {
		return []Slot{{Date: d}}
	}
	out := make([]Slot, 0, len(c.Slots))
	for _, t := range c.Slots {
		out = append(out, Slot{d, t.Start})
	}
	return out
}

// Has reports whether s is one of the calendar's slots.
func (c Calendar) Has(s Slot) bool {
	for _, x := range c.On(s.Date) {
		if x == s {
			return true
		}
	}
	return false
}

// Ends is the moment the visit of s is over: the slot's end where it has one, else closing time of the day.
func (c Calendar) Ends(s Slot, loc *time.Location) time.Time {
	for _, t := range c.Slots {
		if t.Start == s.Start && t.Minutes > 0 {
			return s.Date.At(s.Start, loc).Add(time.Duration(t.Minutes) * time.Minute)
		}
	}
	closes := c.Closes
	if closes == "" {
		closes = "24:00"
	}
	return s.Date.At(closes, loc)
}

// Sales says when a product may be bought.
type Sales struct {
	// DaysAhead is how many days before the visit sales open; 0 means 180.
	DaysAhead int `json:"days_ahead,omitempty"`
	// CutoffMinutes is how long before the visit sales end: before the slot's start, or, without time slots,
	// before closing time.
	CutoffMinutes int `json:"cutoff_minutes,omitempty"`
}

// DefaultDaysAhead is how far ahead a product sells when its catalog says nothing.
const DefaultDaysAhead = 180

// Ends is the moment sales of slot s end.
func (p Product) salesEnd(s Slot, loc *time.Location) time.Time {
	cut := time.Duration(p.Sales.CutoffMinutes) * time.Minute
	if s.Start != "" {
		return s.Date.At(s.Start, loc).Add(-cut)
	}
	return p.Calendar.Ends(s, loc).Add(-cut)
}

// OnSale says whether slot s may be bought at now; otherwise the error is Closed with the reason.
func (p Product) OnSale(s Slot, now time.Time, loc *time.Location) error {
	if !p.Calendar.Has(s) {
		return Refuse(Closed, "%s is not open on %s", p.ID, s).With("reason", "closed")
	}
	if !now.Before(p.salesEnd(s, loc)) {
		return Refuse(Closed, "sales for %s on %s have ended", p.ID, s).With("reason", "past")
	}
	if last := p.LastDay(now, loc); s.Date > last {
		return Refuse(Closed, "sales for %s on %s have not opened", p.ID, s).With("reason", "early").With("last", last)
	}
	return nil
}

// LastDay is the last date on sale at now.
func (p Product) LastDay(now time.Time, loc *time.Location) Date {
	ahead := p.Sales.DaysAhead
	if ahead == 0 {
		ahead = DefaultDaysAhead
	}
	last := DateOf(now, loc) + Date(ahead)
	if p.Calendar.To != 0 && p.Calendar.To < last {
		last = p.Calendar.To
	}
	return last
}

// SlotsOnSale lists at most limit slots that may be bought at now, from date from on, in order of time. It gives up
// after the product's last day on sale.
func (p Product) SlotsOnSale(from Date, limit int, now time.Time, loc *time.Location) []Slot {
	from = max(from, DateOf(now, loc))
	var out []Slot
	for d := from; d <= p.LastDay(now, loc) && len(out) < limit; d++ {
		for _, s := range p.Calendar.On(d) {
			if p.OnSale(s, now, loc) == nil && len(out) < limit {
				out = append(out, s)
			}
		}
	}
	return out
}

// Milli cuts t to UTC whole milliseconds, the form in which the store keeps times.
func Milli(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

// loadZone is time.LoadLocation with the kind of a refusal.
func loadZone(name string) (*time.Location, error) {
	loc, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, fmt.Errorf("time zone %q: %w", name, Invalid)
	}
	return loc, nil
}
