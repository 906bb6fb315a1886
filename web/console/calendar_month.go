package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"boxoffice/tickets"
)

// calendarPage is a month, and the form that changes many of its days.
type calendarPage struct {
	Product    tickets.ProductID
	Products   []tickets.Product
	Month      string // 2026-03
	Title      string
	Prev, Next string // addresses
	Now        string // address of the present month; "" when it is shown
	Heads      [7]string
	Weekdays   [7]int // as numbers, in the order of Heads
	Weeks      [][]calDay
	Sum        calDay
	Pools      []tickets.Pool
	SKUs       []tickets.SKU
	Starts     []string
	Form       dayEdit
	Faults     map[string]string // field to words
	Closings   []closingLine
}

// closingLine is a date that is being closed, as the calendar shows it.
type closingLine struct {
	ID   string
	Text string
}

func calendarMonth(v *visit) error {
	return v.calendar(http.StatusOK, dayEdit{Product: tickets.ProductID(v.FormValue("product")), Month: v.FormValue("month")}, nil)
}

// calendar shows the month of a form, with what is wrong with it.
func (v *visit) calendar(status int, form dayEdit, faults map[string]string) error {
	if _, err := v.Cat.Product(form.Product); form.Product != "" && err != nil {
		return err
	}
	first, ok := monthOf(form.Month)
	if !ok {
		first = v.Today()
	}
	y, m, _ := first.Civil()
	first = tickets.CivilDate(y, m, 1)
	last := tickets.CivilDate(y, m+1, 1) - 1
	p := calendarPage{
		Product: form.Product, Products: v.Cat.Products, Month: first.String()[:7], Title: v.Words.Month(y, m),
		Prev: monthURL(form.Product, first-1), Next: monthURL(form.Product, last+1), Heads: v.Words.Weekdays(),
		Pools: v.Cat.PoolsOf(form.Product), SKUs: v.skusOf(form.Product), Starts: v.startsOf(form.Product), Form: form, Faults: faults,
	}
	for i := range p.Weekdays {
		p.Weekdays[i] = (int(v.Words.WeekStart()) + i) % 7
	}
	if today := v.Today(); today < first || today > last {
		p.Now = monthURL(form.Product, today)
	}
	lead := (int(first.Weekday()) - int(v.Words.WeekStart()) + 7) % 7
	from := first - tickets.Date(lead)
	to := last + tickets.Date((7-(int(last-from)+1)%7)%7)
	var days []calDay
	err := v.view(func(r tickets.Reader) (err error) {
		if days, err = calendarDays(r, v.Cat, form.Product, from, to); err != nil {
			return err
		}
		p.Closings, err = v.closings(r)
		return err
	})
	if err != nil {
		return err
	}
	for i := range days {
		d := &days[i]
		d.In, d.Today, d.Past = d.Date >= first && d.Date <= last, d.Date == v.Today(), d.Date < v.Today()
		d.Checked = slices.Contains(form.Days, d.Date)
		if d.In {
			p.Sum.Capacity, p.Sum.Held, p.Sum.Sold = p.Sum.Capacity+d.Capacity, p.Sum.Held+d.Held, p.Sum.Sold+d.Sold
		}
	}
	p.Weeks = slices.Collect(slices.Chunk(days, 7))
	return v.page(status, "calendar_month", v.Words.T("console.nav.calendar")+" · "+p.Title, p)
}

func (v *visit) skusOf(id tickets.ProductID) []tickets.SKU {
	if id == "" {
		return v.Cat.SKUs
	}
	return v.Cat.SKUsOf(id)
}

// startsOf are the start times of a product, or of all, each once.
func (v *visit) startsOf(id tickets.ProductID) []string {
	var out []string
	for _, p := range v.Cat.Products {
		for _, s := range p.Calendar.Slots {
			if (id == "" || id == p.ID) && !slices.Contains(out, s.Start) {
				out = append(out, s.Start)
			}
		}
	}
	slices.Sort(out)
	return out
}

// monthOf is the first day of "2026-03".
func monthOf(s string) (tickets.Date, bool) {
	t, err := time.Parse("2006-01", s)
	return tickets.CivilDate(t.Year(), t.Month(), 1), err == nil
}

func monthURL(id tickets.ProductID, d tickets.Date) string {
	q := url.Values{"month": {d.String()[:7]}}
	if id != "" {
		q.Set("product", string(id))
	}
	return "/console/calendar?" + q.Encode()
}

// calendarDayPage is one day.
type calendarDayPage struct {
	Product    tickets.ProductID
	Products   []tickets.Product
	Day        calDay
	Lines      []dayLine
	Prev, Next string
	Month      string
	MonthName  string
	Prices     []dayPrice
	Open       int // how many products are open
	Past       bool
}

// dayLine is a product on one day.
type dayLine struct {
	Product tickets.Product
	Open    bool
	Slots   []calSlot
	Taken   int
}

// dayPrice is what a SKU costs on the day.
type dayPrice struct {
	Product tickets.Product
	SKU     tickets.SKU
	Price   tickets.Money
	Usual   bool
}

func calendarDay(v *visit) error {
	d, err := tickets.ParseDate(v.PathValue("date"))
	if err != nil {
		return tickets.Refuse(tickets.NotFound, "no such day")
	}
	id := tickets.ProductID(v.FormValue("product"))
	y, m, _ := d.Civil()
	p := calendarDayPage{
		Product: id, Products: v.Cat.Products, Prev: dayURL(id, d-1), Next: dayURL(id, d+1), Month: monthURL(id, d), MonthName: v.Words.Month(y, m),
		Past: d < v.Today(),
	}
	err = v.view(func(r tickets.Reader) error {
		days, err := calendarDays(r, v.Cat, id, d, d)
		if err != nil {
			return err
		}
		p.Day = days[0]
		p.Day.Past, p.Day.Today = d < v.Today(), d == v.Today()
		for _, pr := range v.Cat.Products {
			if id != "" && id != pr.ID {
				continue
			}
			own, err := calendarDays(r, v.Cat, pr.ID, d, d)
			if err != nil {
				return err
			}
			if pr.Calendar.Open(d) {
				p.Open++
			}
			p.Lines = append(p.Lines, dayLine{Product: pr, Open: pr.Calendar.Open(d), Slots: own[0].Slots, Taken: own[0].Taken()})
			for _, s := range v.Cat.SKUsOf(pr.ID) {
				price := s.PriceOn(d)
				p.Prices = append(p.Prices, dayPrice{pr, s, tickets.Money{Amount: price, Currency: v.Cat.CurrencyOf(pr)}, price == s.Price})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return v.page(http.StatusOK, "calendar_day", v.Words.DateLong(d), p)
}

func dayURL(id tickets.ProductID, d tickets.Date) string {
	to := "/console/calendar/" + d.String()
	if id != "" {
		to += "?product=" + url.QueryEscape(string(id))
	}
	return to
}

// wholeNumber reads a whole number of a form; false when it is none or out of bounds.
func wholeNumber(s string, least, most int) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= least && n <= most
}
