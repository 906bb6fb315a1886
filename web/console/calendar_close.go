package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// closeWaits are how long customers may choose, in hours.
var closeWaits = []int{24, 72, 168}

// maxCloseOrders is how many orders of the days are looked at to say what closing them means.
const maxCloseOrders = 2000

// calendarClosePage asks what becomes of the orders of days that are to be closed.
type calendarClosePage struct {
	Product  tickets.ProductID
	Days     []tickets.Date
	Lines    []closeLine
	Paid     int // orders
	Unpaid   int
	Money    map[tickets.Currency]tickets.Money
	More     bool // there are more orders than were looked at
	Deed     string
	Reason   string
	Wait     int
	Waits    []int
	Revision int64
	Newer    bool
	Back     string
	Faults   map[string]string
}

// closeLine is a product on a day that is to be closed.
type closeLine struct {
	Date    tickets.Date
	Product tickets.Product
	Sold    int
	Held    int
}

// Slot is the day, for templates.
func (l closeLine) Slot() tickets.Slot { return tickets.Slot{Date: l.Date} }

// closeURL is the page that closes days.
func closeURL(id tickets.ProductID, days []tickets.Date) string {
	q := url.Values{}
	if id != "" {
		q.Set("product", string(id))
	}
	for _, d := range days {
		q.Add("d", d.String())
	}
	return "/console/calendar/close?" + q.Encode()
}

// closing is the page that closes days on which customers have places; "" for every other edit.
func (v *visit) closing(e dayEdit, p dayEditPage) string {
	if e.Do != dayClose || p.Taken == 0 {
		return ""
	}
	return closeURL(e.Product, e.Days)
}

// readClose reads the days and the product of the form.
func (v *visit) readClose() (calendarClosePage, error) {
	p := calendarClosePage{Waits: closeWaits, Wait: 72, Deed: string(tickets.ClosingSwap), Faults: map[string]string{}, Money: map[tickets.Currency]tickets.Money{}}
	if err := v.ParseForm(); err != nil {
		return p, tickets.Refuse(tickets.Invalid, "form: %v", err)
	}
	if p.Product = tickets.ProductID(v.Form.Get("product")); p.Product != "" {
		if _, err := v.Cat.Product(p.Product); err != nil {
			return p, err
		}
	}
	for _, s := range v.Form["d"] {
		if d, err := tickets.ParseDate(s); err == nil && !slices.Contains(p.Days, d) && len(p.Days) < maxEditDays {
			p.Days = append(p.Days, d)
		}
	}
	if len(p.Days) == 0 {
		return p, tickets.Refuse(tickets.Invalid, "no days")
	}
	slices.Sort(p.Days)
	p.Back, p.Revision = dayURL(p.Product, p.Days[0]), v.Cat.Revision
	err := v.view(func(r tickets.Reader) error {
		p.Lines, p.Paid, p.Unpaid, p.More = nil, 0, 0, false
		clear(p.Money)
		return v.countClose(r, &p)
	})
	return p, err
}

// countClose finds what the days have.
func (v *visit) countClose(r tickets.Reader, p *calendarClosePage) error {
	for _, d := range p.Days {
		for _, pr := range v.Cat.Products {
			if p.Product != "" && p.Product != pr.ID {
				continue
			}
			days, err := calendarDays(r, v.Cat, pr.ID, d, d)
			if err != nil {
				return err
			}
			if days[0].Open || days[0].Taken() > 0 {
				p.Lines = append(p.Lines, closeLine{d, pr, days[0].Sold, days[0].Held})
			}
		}
		if err := countOrders(r, p, d); err != nil {
			return err
		}
	}
	return nil
}

func countOrders(r tickets.Reader, p *calendarClosePage, d tickets.Date) error {
	for mark := ""; ; {
		if p.Paid+p.Unpaid >= maxCloseOrders {
			p.More = true
			return nil
		}
		list, next, err := r.Orders(tickets.OrderQuery{Date: d, Page: tickets.Page{Mark: mark, Limit: 1000}})
		if err != nil {
			return err
		}
		for _, o := range list {
			switch {
			case p.Product != "" && o.Quote.Product != p.Product:
			case o.Allows(tickets.TDateCancelled):
				m := p.Money[o.Total().Currency]
				m.Currency, m.Amount = o.Total().Currency, m.Amount+o.Applied-o.Refunded-o.Refunding
				p.Money[m.Currency] = m
				p.Paid++
			case o.Open() || o.Stage == tickets.StageExpiring:
				p.Unpaid++
			}
		}
		if mark = next; mark == "" {
			return nil
		}
	}
}

func calendarCloseForm(v *visit) error {
	p, err := v.readClose()
	if err != nil {
		return err
	}
	return v.closePage(http.StatusOK, p)
}

func (v *visit) closePage(status int, p calendarClosePage) error {
	title := v.Words.T("console_catalog.close.title_many", "N", len(p.Days))
	if len(p.Days) == 1 {
		title = v.Words.T("console_catalog.close.title", "Date", v.Words.DateLong(p.Days[0]))
	}
	return v.page(status, "calendar_close", title, p)
}

// calendarClose closes the days and begins what becomes of their orders.
func calendarClose(v *visit) error {
	p, err := v.readClose()
	if err != nil {
		return err
	}
	p.Deed, p.Reason = v.Form.Get("deed"), strings.TrimSpace(v.Form.Get("reason"))
	on, _ := strconv.ParseInt(v.Form.Get("revision"), 10, 64)
	if n, err := strconv.Atoi(v.Form.Get("wait")); err == nil && slices.Contains(closeWaits, n) {
		p.Wait = n
	}
	deed := tickets.ClosingDeed(p.Deed)
	if !deed.Valid() {
		p.Faults["deed"] = v.Words.T("console_catalog.close.wrong_deed")
	}
	if deed != tickets.ClosingLeave && p.Reason == "" || len(p.Reason) > 1000 {
		p.Faults["reason"] = v.Words.T("console_catalog.close.wrong_reason")
	}
	if len(p.Faults) > 0 {
		return v.closePage(http.StatusUnprocessableEntity, p)
	}
	in := checkout.ClosingDates{Days: p.Days, Deed: deed, By: v.staff(), Reason: p.Reason, Wait: time.Duration(p.Wait) * time.Hour, On: on}
	if p.Product != "" {
		in.Products = []tickets.ProductID{p.Product}
	}
	c, err := v.k.Desk.CloseDates(v.Context(), in)
	switch {
	case tickets.KindOf(err) == tickets.Changed:
		p.Newer = true
		return v.closePage(http.StatusConflict, p)
	case tickets.KindOf(err) == tickets.Conflict:
		if r := tickets.RefusalOf(err); r != nil {
			if id, ok := r.Args["closing"].(string); ok {
				v.flash("warn", "console_catalog.close.running_already")
				return v.redirect("/console/calendar/closings/" + url.PathEscape(id))
			}
		}
		return err
	case err != nil:
		return err
	}
	e := dayEdit{Do: dayClose, Product: p.Product, Days: p.Days}
	if err := v.auditChange("catalog_close", string(c.ID), auditOK, p.Reason, "", e.words()+" "+p.Deed); err != nil {
		return err
	}
	return v.redirect("/console/calendar/closings/" + string(c.ID))
}

// closingPage is how far a closing is carried out.
type closingPage struct {
	Closing  tickets.Closing
	Products []tickets.Product
	State    string // working, asking, done
	Rows     []closingRow
}

type closingRow struct {
	Text string
	N    int
	Tone string
}

func closingShow(v *visit) error {
	var p closingPage
	err := v.view(func(r tickets.Reader) (err error) {
		p.Closing, err = checkout.ReadClosing(r, tickets.ClosingID(v.PathValue("id")))
		return err
	})
	if err != nil {
		return err
	}
	c := p.Closing
	for _, id := range c.Products {
		if pr, err := v.Cat.Product(id); err == nil {
			p.Products = append(p.Products, pr)
		}
	}
	switch {
	case !c.Ended.IsZero():
		p.State = "done"
	case c.Round > 0 && c.Waiting() > 0:
		p.State = "asking"
	default:
		p.State = "working"
	}
	row := func(key string, n int, tone string) {
		if n > 0 {
			p.Rows = append(p.Rows, closingRow{v.Words.T("console_catalog.close." + key), n, tone})
		}
	}
	row("asked", c.Tally.Asked, "wait")
	row("waiting", c.Waiting(), "warn")
	row("moved", c.Tally.Moved, "good")
	row("refunded", c.Tally.Refunded, "good")
	row("cancelled", c.Tally.Cancelled, "over")
	row("already", c.Tally.Already, "over")
	row("left", c.Tally.Left, "bad")
	return v.page(http.StatusOK, "calendar_closing", v.Words.T("console_catalog.close.page", "Date", v.daysWords(c.Days)), p)
}

// daysWords are days as people say them, at most three ranges.
func (v *visit) daysWords(days []tickets.Date) string {
	var out []string
	for _, r := range tickets.Ranges(days) {
		if len(out) == 3 {
			return strings.Join(out, ", ") + " …"
		}
		s := v.Words.Date(r.From)
		if r.To != r.From {
			s += " – " + v.Words.Date(r.To)
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

// closingLive follows a closing.
func closingLive(v *visit) error {
	id := tickets.ClosingID(v.PathValue("id"))
	return v.stream(func(r tickets.Reader) (string, error) { return checkout.ClosingMark(r, id) })
}

// closingHurryForm asks once more before the time to choose is ended.
func closingHurryForm(v *visit) error {
	var p closingPage
	err := v.view(func(r tickets.Reader) (err error) {
		p.Closing, err = checkout.ReadClosing(r, tickets.ClosingID(v.PathValue("id")))
		return err
	})
	if err != nil {
		return err
	}
	return v.page(http.StatusOK, "calendar_hurry", v.Words.T("console_catalog.close.hurry"), p)
}

// closingHurry ends the time to choose.
func closingHurry(v *visit) error {
	id := tickets.ClosingID(v.PathValue("id"))
	if _, err := v.k.Desk.HurryClosing(v.Context(), id, v.staff()); err != nil {
		return err
	}
	if err := v.audit("catalog_close_hurry", string(id), auditOK, ""); err != nil {
		return err
	}
	return v.redirect("/console/calendar/closings/" + string(id))
}

// closings are those that are at work, for the calendar.
func (v *visit) closings(r tickets.Reader) ([]closingLine, error) {
	all, err := checkout.ReadClosings(r)
	var out []closingLine
	for _, c := range all {
		if c.Ended.IsZero() {
			out = append(out, closingLine{ID: string(c.ID), Text: v.Words.T("console_catalog.close.line", "Date", v.daysWords(c.Days), "N", c.Seen(), "Waiting", c.Waiting())})
		}
	}
	return out, err
}

// WaitWords is a number of hours as people say it, for templates.
func (calendarClosePage) WaitWords(v *visit, hours int) string {
	if hours > 24 {
		return v.Words.T("console_catalog.close.days", "N", hours/24)
	}
	return v.Words.T("console_catalog.close.hours", "N", hours)
}

// WhyWords is why an order is left to a person, for templates.
func (closingPage) WhyWords(v *visit, why string) string {
	if key := "console_catalog.close.why_" + why; v.Words.Has(key) {
		return v.Words.T(key)
	}
	return v.Words.T("console_catalog.close.why_later")
}
