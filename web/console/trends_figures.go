package console

import (
	"strconv"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// span is the days that are looked at, both included.
type span struct {
	From, To tickets.Date
	Days     int // one of the usual numbers; 0 for days of one's own choice
}

// Length is how many days it has.
func (s span) Length() int { return int(s.To-s.From) + 1 }

// before is as many days right before.
func (s span) before() span { return span{From: s.From - tickets.Date(s.Length()), To: s.From - 1} }

// Query is the span in an address.
func (s span) Query() string {
	if s.Days > 0 {
		return "days=" + strconv.Itoa(s.Days)
	}
	return "from=" + s.From.String() + "&to=" + s.To.String()
}

// usualDays are the spans to choose from, and longestSpan bounds one's own.
var usualDays = []int{7, 30, 90, 365}

const longestSpan = 800

// Usual lists the spans to choose from.
func (s span) Usual() []int { return usualDays }

// span reads the days of the address: days=30, or from= and to=. ok is false, and the span is the usual one, when they
// make no sense.
func (v *visit) span() (s span, ok bool) {
	q := v.URL.Query()
	today := v.Today()
	s = span{From: today - 29, To: today, Days: 30}
	if q.Get("from") != "" || q.Get("to") != "" {
		var own span
		err := own.From.UnmarshalText([]byte(q.Get("from")))
		if err == nil {
			err = own.To.UnmarshalText([]byte(q.Get("to")))
		}
		if err != nil || own.From > own.To || own.Length() > longestSpan {
			return s, false
		}
		return own, true
	}
	for _, n := range usualDays {
		if q.Get("days") == strconv.Itoa(n) {
			s = span{From: today - tickets.Date(n) + 1, To: today, Days: n}
		}
	}
	return s, true
}

// figures are the numbers of a span and of the days before it.
type figures struct {
	span
	n      checkout.Numbers
	cur    tickets.Currency
	booked map[tickets.Date]int64 // places sold by visit date
}

func (v *visit) figures(s span) (figures, error) {
	f := figures{span: s, cur: v.Cat.Merchant.Currency, n: checkout.Numbers{}, booked: map[tickets.Date]int64{}}
	if len(v.Cat.Products) == 0 {
		return f, nil
	}
	var err error
	f.n, err = v.k.Desk.Numbers(v.Context(), s.before().From, s.To,
		checkout.TallySales, checkout.TallySKU, checkout.TallyChannel, checkout.TallyPlaced, checkout.TallyViews, checkout.TallyVisits)
	if err != nil {
		return f, err
	}
	err = v.view(func(r tickets.Reader) error {
		clear(f.booked)
		for _, p := range v.Cat.Pools {
			stocks, err := r.Stocks(v.Cat.Merchant.ID, p.ID, s.before().From, s.To)
			if err != nil {
				return err
			}
			for _, x := range stocks {
				f.booked[x.Key.Slot.Date] += int64(x.Sold)
			}
		}
		return nil
	})
	return f, err
}

func (f figures) sum(sort, key string) int64 { return f.n.Sum(sort, key, f.From, f.To) }

func (f figures) sumBefore(sort, key string) int64 {
	b := f.before()
	return f.n.Sum(sort, key, b.From, b.To)
}

// views of all products.
func (f figures) views(s span) int64 { return f.all(checkout.TallyViews, s) }

// admitted is how many went in.
func (f figures) admitted(s span) int64 { return f.all(checkout.TallyVisits, s) }

// all sums every key of a sort.
func (f figures) all(sort string, s span) int64 {
	var sum int64
	for day, m := range f.n[sort] {
		if s.From <= day && day <= s.To {
			for _, n := range m {
				sum += n
			}
		}
	}
	return sum
}

// bucket is the days of one point of a picture: a day, or a week of long spans.
type bucket = span

// longestByDay is the longest span that is drawn by the day.
const longestByDay = 120

func (s span) buckets() []bucket {
	step := tickets.Date(1)
	if s.Length() > longestByDay {
		step = 7
	}
	var out []bucket
	for day := s.From; day <= s.To; day += step {
		out = append(out, bucket{From: day, To: min(day+step-1, s.To)})
	}
	return out
}

// figure is one number of a bucket.
type figure func(f figures, b bucket) int64

func tallied(sort, key string) figure {
	return func(f figures, b bucket) int64 { return f.n.Sum(sort, key, b.From, b.To) }
}

func talliedMoney(key string) figure {
	return func(f figures, b bucket) int64 {
		return f.n.Sum(checkout.TallySales, key+"/"+string(f.cur), b.From, b.To)
	}
}

func bookedPlaces(f figures, b bucket) int64 {
	var sum int64
	for day := b.From; day <= b.To; day++ {
		sum += f.booked[day]
	}
	return sum
}

func admittedPlaces(f figures, b bucket) int64 { return f.admitted(b) }

func lookedAt(f figures, b bucket) int64 { return f.views(b) }
