package console

import (
	"cmp"
	"encoding/csv"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// trendsPage is how the shop does over some days, against the same number of days before.
type trendsPage struct {
	span
	Cards    []trendCard
	Pictures []picture
	SKUs     []share
	Channels []share
	Funnel   []funnelRow
	Heat     heatMap
	Products []tickets.Product
	Empty    bool
	Wrong    string
	Currency tickets.Currency
}

// trendCard is a number of the days and of those before.
type trendCard struct {
	Key    string // console_today.trend.KEY
	Value  string
	Before string
	Change string // in per cent with its sign; "" without a comparison
	Up     bool
}

// share is what a SKU or a channel sold.
type share struct {
	Name   string
	Amount tickets.Money
	Count  int64 // places of a SKU, orders of a channel
	Part   int   // of all, in per cent
}

// funnelRow is the way from looking at a product to a ticket.
type funnelRow struct {
	Name   string
	Views  int64
	Places int64
}

func trends(v *visit) error {
	p := trendsPage{Currency: v.Cat.Merchant.Currency, Products: v.Cat.Visible()}
	var ok bool
	if p.span, ok = v.span(); !ok {
		p.Wrong = "range"
	}
	f, err := v.figures(p.span)
	if err != nil {
		return err
	}
	p.Cards = v.cards(f)
	p.Empty = f.sum("sales", "orders") == 0 && f.sum("placed", "orders") == 0
	for _, name := range pictureNames {
		p.Pictures = append(p.Pictures, v.picture(f, name))
	}
	p.SKUs, p.Channels, p.Funnel = v.bySKU(f), v.byChannel(f), v.funnel(f)
	if p.Heat, err = v.heat(tickets.ProductID(v.URL.Query().Get("product"))); err != nil {
		return err
	}
	status := http.StatusOK
	if !ok {
		status = http.StatusUnprocessableEntity
	}
	return v.page(status, "trends", v.Words.T("console.nav.trend"), p)
}

// cards are the numbers on top.
func (v *visit) cards(f figures) []trendCard {
	money := func(n int64) string { return v.Words.Money(tickets.Money{Amount: n, Currency: f.cur}) }
	plain := func(n int64) string { return strconv.FormatInt(n, 10) }
	card := func(key string, now, before int64, write func(int64) string, good bool) trendCard {
		c := trendCard{Key: key, Value: write(now), Before: write(before)}
		if before > 0 {
			n := (now - before) * 100 / before
			c.Change, c.Up = strconv.FormatInt(n, 10)+" %", (n >= 0) == good
			if n > 0 {
				c.Change = "+" + c.Change
			}
		}
		return c
	}
	both := func(key, sort, name string, write func(int64) string, good bool) trendCard {
		return card(key, f.sum(sort, name), f.sumBefore(sort, name), write, good)
	}
	cur := string(f.cur)
	return []trendCard{
		both("gross", "sales", "gross/"+cur, money, true),
		card("back", f.sum("sales", "refunded/"+cur)+f.sum("sales", "disputed/"+cur), f.sumBefore("sales", "refunded/"+cur)+f.sumBefore("sales", "disputed/"+cur), money, false),
		both("orders", "sales", "orders", plain, true),
		both("places", "sales", "places", plain, true),
		both("holds", "placed", "orders", plain, true),
		card("conversion", perMille(f.sum("sales", "orders"), f.views(f.span)), perMille(f.sumBefore("sales", "orders"), f.views(f.before())), tenths, true),
		card("paid_of", perMille(f.sum("sales", "orders"), f.sum("placed", "orders")), perMille(f.sumBefore("sales", "orders"), f.sumBefore("placed", "orders")), tenths, true),
		both("late", "sales", "late/"+cur, money, false),
	}
}

// perMille is a part in thousandths; 0 of nothing.
func perMille(part, of int64) int64 {
	if of <= 0 {
		return 0
	}
	return part * 1000 / of
}

func tenths(n int64) string {
	return strconv.FormatInt(n/10, 10) + "." + strconv.FormatInt(n%10, 10) + " %"
}

// bySKU lists what each SKU sold, the most money first.
func (v *visit) bySKU(f figures) []share {
	return v.shares(f, checkout.TallySKU, "places/", func(id string) string {
		if s, err := v.Cat.SKU(tickets.SKUID(id)); err == nil {
			return v.Words.Pick(s.Names)
		}
		return id // it has left the catalog
	})
}

func (v *visit) byChannel(f figures) []share {
	return v.shares(f, checkout.TallyChannel, "orders/", func(id string) string { return v.k.word(v.Words, "channel", id) })
}

func (v *visit) shares(f figures, sort, count string, name func(string) string) []share {
	prefix, sums, all := "gross/"+string(f.cur)+"/", map[string]int64{}, int64(0)
	counts := map[string]int64{}
	for _, key := range f.n.Keys(sort) {
		n := f.n.Sum(sort, key, f.From, f.To)
		if id, ok := strings.CutPrefix(key, prefix); ok {
			sums[id] += n
			all += n
		} else if id, ok := strings.CutPrefix(key, count); ok {
			counts[id] += n
			sums[id] += 0
		}
	}
	var out []share
	for _, id := range slices.Sorted(maps.Keys(sums)) {
		s := share{Name: name(id), Amount: tickets.Money{Amount: sums[id], Currency: f.cur}, Count: counts[id]}
		if s.Part = int(perMille(sums[id], all) / 10); s.Count == 0 && sums[id] == 0 {
			continue
		}
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b share) int { return cmp.Compare(b.Amount.Amount, a.Amount.Amount) })
	return out
}

// funnel lists, for each product, how often it was looked at and how many places were sold.
func (v *visit) funnel(f figures) []funnelRow {
	var out []funnelRow
	for _, p := range v.Cat.Products {
		row := funnelRow{Name: v.Words.Pick(p.Names), Views: f.sum(checkout.TallyViews, string(p.ID))}
		for _, s := range v.Cat.SKUsOf(p.ID) {
			row.Places += f.sum(checkout.TallySKU, "places/"+string(s.ID))
		}
		if row.Views > 0 || row.Places > 0 {
			out = append(out, row)
		}
	}
	slices.SortStableFunc(out, func(a, b funnelRow) int { return cmp.Compare(b.Views, a.Views) })
	return out
}

// trendsCSV is the numbers of each day, for a spreadsheet.
func trendsCSV(v *visit) error {
	s, ok := v.span()
	if !ok {
		return tickets.Refuse(tickets.Invalid, "no such days").With("field", "from")
	}
	f, err := v.figures(s)
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="trends-`+s.From.String()+`-`+s.To.String()+`.csv"`)
	w := csv.NewWriter(v.w)
	cur := string(f.cur)
	rows := [][]string{{"date", "gross_" + cur, "refunded_" + cur, "disputed_" + cur, "late_" + cur, "orders_placed", "orders_paid", "places_sold", "views", "visits_expected", "visits_admitted"}}
	for day := s.From; day <= s.To; day++ {
		money := func(key string) string {
			return tickets.Money{Amount: f.n.Of("sales", day, key+"/"+cur), Currency: f.cur}.Decimal()
		}
		count := func(n int64) string { return strconv.FormatInt(n, 10) }
		one := span{From: day, To: day}
		rows = append(rows, []string{
			day.String(), money("gross"), money("refunded"), money("disputed"), money("late"), count(f.n.Of("placed", day, "orders")),
			count(f.n.Of("sales", day, "orders")), count(f.n.Of("sales", day, "places")), count(f.views(one)), count(f.booked[day]), count(f.admitted(one)),
		})
	}
	return w.WriteAll(rows)
}
