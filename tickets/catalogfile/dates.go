package catalogfile

import (
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"boxoffice/tickets"
)

// Dates outside of these are slips of the pen.
var (
	firstDay = tickets.CivilDate(2000, time.January, 1)
	lastDay  = tickets.CivilDate(2199, time.December, 31)
)

const dayFix = `write year, month and day, such as "2026-12-24"`

// date reads one day; what is wrong is reported.
func (r *reader) date(n ast.Node, path, s string) (tickets.Date, bool) {
	d, err := tickets.ParseDate(s)
	if err != nil {
		r.add(n, path, fmt.Sprintf("%q is not a day", clip(s)), dayFix)
		return 0, false
	}
	if d < firstDay || d > lastDay {
		r.add(n, path, fmt.Sprintf("%s is out of range", d), "write a day from 2000 to 2199")
		return 0, false
	}
	return d, true
}

// day is the key's value as a day; 0 when absent or wrong.
func (o *object) day(key string) tickets.Date {
	n := o.vals[key]
	if n == nil {
		return 0
	}
	d, _ := o.date(n, o.at(key), o.text(key))
	return d
}

// dates reads "2026-12-24" or "2026-12-24..2026-12-26"; where open is set, one side may be left out.
func (o *object) dates(n ast.Node, path string, open bool) (r tickets.DateRange, ok bool) {
	s, ok := o.scalar(n, path)
	if !ok {
		return r, false
	}
	s = strings.TrimSpace(s)
	from, to, isRange := strings.Cut(s, "..")
	from, to = strings.TrimSpace(from), strings.TrimSpace(to)
	if !isRange {
		d, ok := o.date(n, path, s)
		return tickets.DateRange{From: d, To: d}, ok
	}
	if from == "" && to == "" || !open && (from == "" || to == "") {
		o.add(n, path, fmt.Sprintf("%q lacks a day", clip(s)), `write first and last day, such as "2026-12-24..2026-12-26"`)
		return r, false
	}
	ok = true
	if from != "" {
		r.From, ok = o.date(n, path, from)
	}
	if to != "" && ok {
		r.To, ok = o.date(n, path, to)
	}
	if ok && from != "" && to != "" && r.To < r.From {
		o.add(n, path, fmt.Sprintf("%s is before %s", r.To, r.From), "write the first day first")
		return r, false
	}
	return r, ok
}

// ranges is a list of days and ranges of days.
func (o *object) ranges(key string) []tickets.DateRange {
	var out []tickets.DateRange
	for i, n := range o.list(key) {
		if r, ok := o.dates(n, fmt.Sprintf("%s[%d]", o.at(key), i), false); ok {
			out = append(out, r)
		}
	}
	return out
}

// span writes a range as dates reads it; 0 leaves a side open.
func span(from, to tickets.Date) string {
	a, b := "", ""
	if from != 0 {
		a = from.String()
	}
	if to != 0 {
		b = to.String()
	}
	if a == b {
		return a
	}
	return a + ".." + b
}
