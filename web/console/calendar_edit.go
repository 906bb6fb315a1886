package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"boxoffice/tickets"
)

// What an edit of days can do.
const (
	dayClose    = "close"
	dayOpen     = "open"
	dayCapacity = "capacity"
	dayPriceSet = "price"
)

// The ways to say which days are meant.
const (
	scopeDays  = "days"  // the ticked ones
	scopeRange = "range" // from a first to a last, of some weekdays
	scopeMonth = "month" // the whole month, of some weekdays
)

// maxEditDays bounds an edit.
const maxEditDays = 400

// dayEdit is the form that changes many days. Its fields are as they were typed, so that a bad form comes back.
type dayEdit struct {
	Product  tickets.ProductID
	Month    string
	Do       string
	Scope    string
	Days     []tickets.Date // what the scope comes to
	From, To string
	Weekdays []int
	Pool     tickets.PoolID
	Start    string
	Capacity string
	SKU      tickets.SKUID
	Price    string
	Revision int64

	capacity int
	price    int64
	sku      tickets.SKU
}

// On reports whether a weekday is ticked, for templates.
func (e dayEdit) On(w int) bool { return slices.Contains(e.Weekdays, w) }

// readDayEdit reads the form; faults say by field what is wrong with it.
func (v *visit) readDayEdit() (e dayEdit, faults map[string]string) {
	if err := v.ParseForm(); err != nil {
		return e, map[string]string{"do": v.Words.Error(tickets.Refuse(tickets.Invalid, "form: %v", err))}
	}
	f := v.Form
	e = dayEdit{
		Product: tickets.ProductID(f.Get("product")), Month: f.Get("month"), Do: f.Get("do"), Scope: f.Get("scope"), From: f.Get("from"), To: f.Get("to"),
		Pool: tickets.PoolID(f.Get("pool")), Start: f.Get("start"), Capacity: strings.TrimSpace(f.Get("capacity")), SKU: tickets.SKUID(f.Get("sku")),
		Price: strings.TrimSpace(f.Get("price")),
	}
	e.Revision, _ = strconv.ParseInt(f.Get("revision"), 10, 64)
	for _, w := range f["w"] {
		if n, ok := wholeNumber(w, 0, 6); ok {
			e.Weekdays = append(e.Weekdays, n)
		}
	}
	faults = map[string]string{}
	v.readScope(&e, f, faults)
	switch e.Do {
	case dayClose, dayOpen:
	case dayCapacity:
		n, ok := wholeNumber(e.Capacity, 0, 1_000_000)
		if e.capacity = n; !ok {
			faults["capacity"] = v.Words.T("console_catalog.wrong.capacity")
		}
		if _, err := v.Cat.Pool(e.Pool); err != nil {
			faults["pool"] = v.Words.T("console_catalog.wrong.pool")
		}
		if e.Start != "" && !slices.Contains(v.startsOf(""), e.Start) {
			faults["start"] = v.Words.T("console_catalog.wrong.start")
		}
	case dayPriceSet:
		v.readPrice(&e, faults)
	default:
		faults["do"] = v.Words.T("console_catalog.wrong.do")
	}
	return e, faults
}

func (v *visit) readPrice(e *dayEdit, faults map[string]string) {
	var err error
	if e.sku, err = v.Cat.SKU(e.SKU); err != nil {
		faults["sku"] = v.Words.T("console_catalog.wrong.sku")
		return
	}
	var ok bool
	if e.price, ok = minorUnits(e.Price, v.currencyOf(e.sku.Product)); !ok {
		faults["price"] = v.Words.T("console_catalog.wrong.price")
	}
}

func (v *visit) currencyOf(id tickets.ProductID) tickets.Currency {
	p, err := v.Cat.Product(id)
	if err != nil {
		return v.Cat.Merchant.Currency
	}
	return v.Cat.CurrencyOf(p)
}

// readScope finds the days that are meant.
func (v *visit) readScope(e *dayEdit, f url.Values, faults map[string]string) {
	var from, to tickets.Date
	switch e.Scope {
	case scopeDays:
		for _, s := range f["d"] {
			if d, err := tickets.ParseDate(s); err == nil && !slices.Contains(e.Days, d) && len(e.Days) < maxEditDays {
				e.Days = append(e.Days, d)
			}
		}
		slices.Sort(e.Days)
		if len(e.Days) == 0 {
			faults["d"] = v.Words.T("console_catalog.wrong.no_days")
		}
		return
	case scopeRange:
		var err, other error
		from, err = tickets.ParseDate(e.From)
		if err != nil {
			faults["from"] = v.Words.T("console_catalog.wrong.date")
		}
		if to, other = tickets.ParseDate(e.To); other != nil || err == nil && to < from || err == nil && to-from >= maxEditDays {
			faults["to"] = v.Words.T("console_catalog.wrong.range", "Days", maxEditDays)
			return
		}
		if err != nil {
			return
		}
	case scopeMonth:
		first, ok := monthOf(e.Month)
		if !ok {
			faults["d"] = v.Words.T("console_catalog.wrong.no_days")
			return
		}
		y, m, _ := first.Civil()
		from, to = first, tickets.CivilDate(y, m+1, 1)-1
	default:
		faults["d"] = v.Words.T("console_catalog.wrong.no_days")
		return
	}
	for d := from; d <= to; d++ {
		if len(e.Weekdays) == 0 || slices.Contains(e.Weekdays, int(d.Weekday())) {
			e.Days = append(e.Days, d)
		}
	}
	if len(e.Days) == 0 {
		faults["d"] = v.Words.T("console_catalog.wrong.no_days")
	}
}

// minorUnits reads an amount in major units as people type it: "119", "119.50", "1,234.5".
func minorUnits(s string, cur tickets.Currency) (int64, bool) {
	whole, part, _ := strings.Cut(strings.ReplaceAll(s, ",", ""), ".")
	e := cur.Exponent()
	digits := whole + part
	if whole == "" || len(part) > e || len(digits) > 12 || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(digits+strings.Repeat("0", e-len(part)), 10, 64)
	return n, err == nil
}

// apply changes the catalog as the form says. It returns the days that it cannot open.
func (e dayEdit) apply(cat *tickets.Catalog) (out tickets.Catalog, outside []tickets.Date) {
	out = cat.Clone()
	for i := range out.Products {
		p := &out.Products[i]
		if e.Product != "" && e.Product != p.ID {
			continue
		}
		switch e.Do {
		case dayClose:
			p.Calendar.Close(e.Days)
		case dayOpen:
			outside = append(outside, p.Calendar.Reopen(e.Days)...)
		}
	}
	for i := range out.Pools {
		if e.Do == dayCapacity && out.Pools[i].ID == e.Pool {
			out.Pools[i].SetCapacity(e.Days, e.Start, e.capacity)
		}
	}
	for i := range out.SKUs {
		if e.Do == dayPriceSet && out.SKUs[i].ID == e.SKU {
			out.SKUs[i].SetPrice(e.Days, e.price)
		}
	}
	return out, outside
}

func calendarEditForm(v *visit) error {
	e, faults := v.readDayEdit()
	if len(faults) > 0 {
		return v.calendar(http.StatusUnprocessableEntity, e, faults)
	}
	p, err := v.previewDays(e)
	if err != nil {
		return err
	}
	if to := v.closing(e, p); to != "" {
		return v.redirect(to)
	}
	return v.page(http.StatusOK, "calendar_edit", p.Title, p)
}

// calendarEdit does what the preview said. When the catalog has changed meanwhile, it shows what the edit does now
// instead: nothing that somebody else did is undone unseen, and nothing that was typed is lost.
func calendarEdit(v *visit) error {
	e, faults := v.readDayEdit()
	if len(faults) > 0 {
		return v.calendar(http.StatusUnprocessableEntity, e, faults)
	}
	p, err := v.previewDays(e)
	if err != nil {
		return err
	}
	if to := v.closing(e, p); to != "" {
		return v.redirect(to)
	}
	if e.Revision != v.Cat.Revision {
		p.Newer = true
		return v.page(http.StatusConflict, "calendar_edit", p.Title, p)
	}
	next, _ := e.apply(v.Cat)
	revision, lowered, err := v.k.Desk.ApplyOn(v.Context(), next, e.Revision)
	if tickets.KindOf(err) == tickets.Changed {
		p.Newer = true
		return v.page(http.StatusConflict, "calendar_edit", p.Title, p)
	}
	if err != nil {
		return err
	}
	if err := v.auditChange("catalog_days", fmt.Sprint(revision), auditOK, "", "", e.words()); err != nil {
		return err
	}
	if len(lowered) > 0 {
		v.flash("warn", "console_catalog.edit.done_lowered", "N", len(lowered))
	} else {
		v.flash("good", "console_catalog.edit.done")
	}
	if len(e.Days) == 1 {
		return v.redirect(dayURL(e.Product, e.Days[0]))
	}
	return v.redirect(p.Back)
}

// words are the edit as the log keeps it.
func (e dayEdit) words() string {
	var days []string
	for _, r := range tickets.Ranges(e.Days) {
		if r.From == r.To {
			days = append(days, r.From.String())
		} else {
			days = append(days, r.From.String()+".."+r.To.String())
		}
	}
	out := []string{e.Do, string(e.Product), strings.Join(days, " ")}
	switch e.Do {
	case dayCapacity:
		out = append(out, string(e.Pool), e.Start, e.Capacity)
	case dayPriceSet:
		out = append(out, string(e.SKU), e.Price)
	}
	return strings.Join(slices.DeleteFunc(out, func(s string) bool { return s == "" }), " ")
}
