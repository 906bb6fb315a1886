package text

import (
	"fmt"
	"strings"
	"time"

	"boxoffice/tickets"
)

// Date returns a date in a few letters, with its weekday and without its year:
// "Sat 24 Dec", "12月24日 周六", "12月24日 週六".
func (p *Printer) Date(d tickets.Date) string {
	return p.date("common.date.short", d)
}

// DateLong returns a date in full: "Saturday, 24 December 2022",
// "2022年12月24日 星期六".
func (p *Printer) DateLong(d tickets.Date) string {
	return p.date("common.date.long", d)
}

// DateYear returns a date with year and weekday, shortened: "Sat 24 Dec 2022",
// "2022年12月24日 周六".
func (p *Printer) DateYear(d tickets.Date) string {
	return p.date("common.date.year", d)
}

// Slot returns a visit: its date as Date writes it, and its start time where
// there is one.
func (p *Printer) Slot(s tickets.Slot) string {
	if s.Start == "" {
		return p.Date(s.Date)
	}
	return p.T("common.date.time", "Date", p.Date(s.Date), "Time", p.Time(s.Start))
}

// SlotLong is Slot with the date in full.
func (p *Printer) SlotLong(s tickets.Slot) string {
	if s.Start == "" {
		return p.DateLong(s.Date)
	}
	return p.T("common.date.time", "Date", p.DateLong(s.Date), "Time", p.Time(s.Start))
}

// Month returns a month of a year as a calendar's title: "December 2026",
// "2026年12月". Months out of range carry over, as in time.Date.
func (p *Printer) Month(year int, month time.Month) string {
	year, month, _ = tickets.CivilDate(year, month, 1).Civil()
	return p.T("common.date.month", "Month", p.month(month, "long"), "Year", year)
}

// Weekdays returns the heads of a calendar's seven columns, starting with the
// first day of the week, which is Monday in every language here.
func (p *Printer) Weekdays() [7]string {
	var heads [7]string
	for i := range heads {
		heads[i] = p.weekday(time.Weekday((int(p.WeekStart())+i)%7), "head")
	}
	return heads
}

// WeekStart returns the day with which a calendar's row begins.
func (p *Printer) WeekStart() time.Weekday { return time.Monday }

// Time returns a time of day given as "15:04" or "15:04:05". All languages
// here write it with 24 hours and two digits. Anything else comes back as is.
func (p *Printer) Time(clock string) string {
	for _, layout := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(layout, clock); err == nil {
			return t.Format("15:04")
		}
	}
	return clock
}

// DateTime returns a moment as a clock on a wall in loc shows it, without the
// year: "Sat 24 Dec, 14:30", "12月24日 周六 14:30". A nil loc is UTC.
func (p *Printer) DateTime(t time.Time, loc *time.Location) string {
	if loc == nil {
		loc = time.UTC
	}
	t = t.In(loc)
	return p.T("common.date.time", "Date", p.Date(tickets.DateOf(t, loc)), "Time", t.Format("15:04"))
}

// Duration returns a length of time in its two largest units, rounded up to
// the second: "4 min 30 s", "2 h", "1 d 3 h". Zero and less is "0 s".
func (p *Printer) Duration(d time.Duration) string {
	seconds := int64(max(0, (d+time.Second-1)/time.Second))
	units := []struct {
		key   string
		count int64
	}{
		{"days", seconds / 86400}, {"hours", seconds / 3600 % 24},
		{"minutes", seconds / 60 % 60}, {"seconds", seconds % 60},
	}
	for i, u := range units {
		if u.count == 0 && i < len(units)-1 {
			continue
		}
		parts := []string{p.T("common.duration."+u.key, "N", u.count)}
		if i+1 < len(units) && units[i+1].count > 0 {
			parts = append(parts, p.T("common.duration."+units[i+1].key, "N", units[i+1].count))
		}
		return strings.Join(parts, p.T("common.duration.space"))
	}
	panic("unreachable: the last unit always returns")
}

// List joins things as a sentence does: "a, b and c", "a、b和c".
func (p *Printer) List(items ...string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	last := len(items) - 1
	return p.T("common.list.end", "Items", strings.Join(items[:last], p.T("common.list.comma")), "Last", items[last])
}

func (p *Printer) date(key string, d tickets.Date) string {
	year, month, day := d.Civil()
	size := "short"
	if key == "common.date.long" {
		size = "long"
	}
	args := Args{"Weekday": p.weekday(d.Weekday(), size), "Month": p.month(month, size), "Day": day}
	if key != "common.date.short" {
		args["Year"] = year
	}
	return p.T(key, args)
}

func (p *Printer) weekday(d time.Weekday, size string) string {
	return p.T(fmt.Sprintf("common.weekday.%s.%s", size, strings.ToLower(d.String()[:3])))
}

func (p *Printer) month(m time.Month, size string) string {
	return p.T(fmt.Sprintf("common.month.%s.%s", size, strings.ToLower(m.String()[:3])))
}
