package bot

import (
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"boxoffice/tickets"
)

// calendarEntry is an order's visit as an iCalendar file (RFC 5545): from start to end where it has a start time, else
// the whole day.
func (v voice) calendarEntry(o tickets.Order, publicURL string) []byte {
	host := "boxoffice"
	if u, err := url.Parse(publicURL); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	const utc = "20060102T150405Z"
	lines := []string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Boxoffice//Tickets//EN", "METHOD:PUBLISH", "BEGIN:VEVENT",
		"UID:" + string(o.ID) + "@" + host, "DTSTAMP:" + o.At.UTC().Format(utc),
	}
	p, err := v.cat.Product(o.Quote.Product)
	s := o.Slot()
	start := s.Date.At(s.Start, v.loc)
	if s.Start == "" || err != nil {
		lines = append(lines, "DTSTART;VALUE=DATE:"+compact(s.Date), "DTEND;VALUE=DATE:"+compact(s.Date+1))
	} else {
		end := p.Calendar.Ends(s, v.loc)
		if !end.After(start) {
			end = start.Add(time.Hour)
		}
		lines = append(lines, "DTSTART:"+start.UTC().Format(utc), "DTEND:"+end.UTC().Format(utc))
	}
	lines = append(lines, "SUMMARY:"+icsText(v.Pick(o.ProductName)))
	if err == nil {
		if where := strings.Trim(v.Pick(p.Place.Names)+", "+v.Pick(p.Place.Address), ", "); where != "" {
			lines = append(lines, "LOCATION:"+icsText(where))
		}
	}
	lines = append(lines, "DESCRIPTION:"+icsText(v.T("bot.calendar.note", "Code", o.Code)),
		"BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:"+icsText(v.Pick(o.ProductName)), "TRIGGER:-PT2H", "END:VALARM",
		"END:VEVENT", "END:VCALENDAR")
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(fold(l))
		b.WriteString("\r\n")
	}
	return []byte(b.String())
}

func compact(d tickets.Date) string { return strings.ReplaceAll(d.String(), "-", "") }

var icsEscape = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`)

func icsText(s string) string { return icsEscape.Replace(s) }

// fold breaks a line after at most 75 bytes, not inside a character.
func fold(line string) string {
	const limit = 75
	var b strings.Builder
	size := 0
	for _, r := range line {
		n := utf8.RuneLen(r)
		if size+n > limit {
			b.WriteString("\r\n ")
			size = 1
		}
		b.WriteRune(r)
		size += n
	}
	return b.String()
}
