package console

import (
	"fmt"
	"math"
	"strconv"

	"github.com/go-analyze/charts"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// picture is a chart with its words: what it shows, what it says above all, and its numbers.
type picture struct {
	Name   string
	Alt    string // the main finding
	Series []string
	Rows   []pictureRow
	URL    string // without the theme
}

type pictureRow struct {
	bucket
	Values []string
}

// chart is how a picture is made.
type chart struct {
	series []chartSeries
	bars   bool
	money  bool
	before bool // the first series is compared with the days before
}

type chartSeries struct {
	name string // console_today.series.NAME
	of   figure
}

// pictureNames lists the pictures in the order of the page.
var pictureNames = []string{"revenue", "orders", "visits", "late"}

var pictures = map[string]chart{
	"revenue": {money: true, before: true, series: []chartSeries{{"gross", talliedMoney("gross")}, {"refunded", talliedMoney("refunded")}}},
	"orders":  {series: []chartSeries{{"views", lookedAt}, {"placed", tallied(checkout.TallyPlaced, "orders")}, {"paid", tallied(checkout.TallySales, "orders")}}},
	"visits":  {bars: true, series: []chartSeries{{"expected", bookedPlaces}, {"admitted", admittedPlaces}}},
	"late":    {bars: true, money: true, series: []chartSeries{{"late", talliedMoney("late")}}},
}

// picture words a chart: its finding for who does not see it, and its numbers.
func (v *visit) picture(f figures, name string) picture {
	c := pictures[name]
	p := picture{Name: name, URL: "/console/trends/picture/" + name + "?" + f.Query()}
	write := func(n int64) string {
		if c.money {
			return v.Words.Money(tickets.Money{Amount: n, Currency: f.cur})
		}
		return strconv.FormatInt(n, 10)
	}
	for _, s := range c.series {
		p.Series = append(p.Series, v.Words.T("console_today.series."+s.name))
	}
	best, most, sum := bucket{}, int64(0), int64(0)
	for _, b := range f.buckets() {
		row := pictureRow{bucket: b}
		for i, s := range c.series {
			n := s.of(f, b)
			row.Values = append(row.Values, write(n))
			if i == 0 {
				if sum += n; n > most {
					best, most = b, n
				}
			}
		}
		p.Rows = append(p.Rows, row)
	}
	last := c.series[len(c.series)-1]
	args := []any{"From", v.Words.DateYear(f.From), "To", v.Words.DateYear(f.To), "Sum", write(sum)}
	if len(c.series) > 1 {
		args = append(args, "Other", write(last.of(f, f.span)))
	}
	if p.Alt = v.Words.T("console_today.alt."+name, args...); most > 0 {
		p.Alt += " " + v.Words.T("console_today.alt.best", "Day", v.Words.DateYear(best.From), "Most", write(most))
	}
	return p
}

// trendPicture draws a chart as SVG, for paper that is light or dark.
func trendPicture(v *visit) error {
	name := v.PathValue("name")
	c, known := pictures[name]
	s, ok := v.span()
	if !known || !ok {
		return tickets.Refuse(tickets.NotFound, "no picture %q", name)
	}
	f, err := v.figures(s)
	if err != nil {
		return err
	}
	look := pictureLook{width: pictureWidth, labels: pictureLabels, dark: v.URL.Query().Get("theme") == "dark"}
	if v.URL.Query().Get("size") == "small" {
		look.width, look.labels = pictureNarrow, pictureLabels/2
	}
	svg, err := c.draw(f, look)
	if err != nil {
		return fmt.Errorf("draw %s: %w", name, err)
	}
	v.w.Header().Set("Content-Type", "image/svg+xml")
	_, _ = v.w.Write(svg) // nobody is there to be told
	return nil
}

// Size of a picture, on a phone's screen too, and how many dates stand below it.
const (
	pictureWidth  = 960
	pictureNarrow = 400
	pictureHeight = 300
	pictureLabels = 8
)

// pictureLook is how wide a picture is, and on what paper.
type pictureLook struct {
	width, labels int
	dark          bool
}

// draw makes the SVG. The picture has no words but dates and numbers: its title and legend are in the page.
func (c chart) draw(f figures, look pictureLook) ([]byte, error) {
	painter := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: look.width, Height: pictureHeight})
	var labels []string
	var data [][]float64
	buckets := f.buckets()
	for _, b := range buckets {
		labels = append(labels, b.From.String()[len("2006-"):]) // month and day: short, and read in every language
	}
	unit := 1.0
	if c.money {
		unit = math.Pow10(f.cur.Exponent())
	}
	for _, s := range c.series {
		var row []float64
		for _, b := range buckets {
			row = append(row, float64(s.of(f, b))/unit)
		}
		data = append(data, row)
	}
	if c.before {
		data = append(data, nil)
		shift := tickets.Date(f.Length())
		for _, b := range buckets {
			data[len(data)-1] = append(data[len(data)-1], float64(c.series[0].of(f, bucket{From: b.From - shift, To: b.To - shift}))/unit)
		}
	}
	theme := paper(look.dark)
	axis := charts.CategoryAxisOption{Labels: labels, LabelCount: min(look.labels, len(labels)), LabelFontStyle: charts.FontStyle{FontSize: 11}}
	values := []charts.ValueAxisOption{{
		Min: charts.Ptr(0.0), LabelCount: 5, LabelFontStyle: charts.FontStyle{FontSize: 11}, ValueFormatter: short, SpineLineShow: charts.Ptr(false),
	}}
	if flat(data) {
		values[0].Max = charts.Ptr(4.0)
	}
	pad := charts.Box{Left: 8, Right: 16, Top: 12, Bottom: 4, IsSet: true}
	hide := charts.LegendOption{Show: charts.Ptr(false)}
	var err error
	if c.bars {
		o := charts.NewBarChartOptionWithData(data)
		o.Theme, o.Padding, o.CategoryAxis, o.ValueAxis, o.Legend = theme, pad, axis, values, hide
		err = painter.BarChart(o)
	} else {
		o := charts.NewLineChartOptionWithData(data)
		o.Theme, o.Padding, o.XAxis, o.YAxis, o.Legend = theme, pad, axis, values, hide
		o.LineStrokeWidth, o.Symbol = 2.5, charts.Symbol{Shape: charts.SymbolNone}
		err = painter.LineChart(o)
	}
	if err != nil {
		return nil, err
	}
	return painter.Bytes()
}

// flat reports whether there is nothing to draw but zero.
func flat(data [][]float64) bool {
	for _, row := range data {
		for _, x := range row {
			if x != 0 {
				return false
			}
		}
	}
	return true
}

// short writes a number for an axis: 950, 1.2k, 3M.
func short(x float64) string {
	for _, u := range []struct {
		at   float64
		sign string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if math.Abs(x) >= u.at {
			return strconv.FormatFloat(math.Round(x/u.at*10)/10, 'f', -1, 64) + u.sign
		}
	}
	return strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64)
}

// paper is the colours of console.css: the first three series are told apart by lightness too.
func paper(dark bool) charts.ColorPalette {
	hex := charts.ColorFromHex
	if dark {
		return charts.MakeTheme(charts.ThemeOption{
			IsDarkMode: true, BackgroundColor: hex("#161f1d"), TextColor: hex("#9fb1ac"), AxisStrokeColor: hex("#2a3734"), AxisSplitLineColor: hex("#2a3734"),
			SeriesColors: []charts.Color{hex("#2dd4bf"), hex("#fcd34d"), hex("#93c5fd")},
		})
	}
	return charts.MakeTheme(charts.ThemeOption{
		BackgroundColor: hex("#ffffff"), TextColor: hex("#55635f"), AxisStrokeColor: hex("#dbe2e0"), AxisSplitLineColor: hex("#dbe2e0"),
		SeriesColors: []charts.Color{hex("#0f766e"), hex("#b45309"), hex("#5b7fb5")},
	})
}
