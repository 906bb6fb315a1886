package catalogfile

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"boxoffice/tickets"
)

// Write writes the catalog's file. Parse of what it wrote gives c again, except for the revision, and with SKUs in
// the order of their products. It fails when w does, and with Problems when c could not have come from a file.
func Write(w io.Writer, c tickets.Catalog) error {
	e := &emitter{}
	e.merchant(c.Merchant)
	e.open("pools", len(c.Pools))
	for _, p := range c.Pools {
		e.pool(p)
	}
	e.shut()
	e.line("products:" + map[bool]string{true: " []"}[len(c.Products) == 0])
	e.depth++
	for _, p := range c.Products {
		e.product(p, c.SKUsOf(p.ID))
	}
	e.depth--
	if _, err := Parse("catalog", e.out.Bytes()); err != nil {
		return fmt.Errorf("write the catalog: %w", err)
	}
	_, err := w.Write(e.out.Bytes())
	return err
}

// emitter writes lines at a depth; dash marks that the next one begins an entry of a list.
type emitter struct {
	out   bytes.Buffer
	depth int
	dash  bool
}

func (e *emitter) line(s string) {
	indent := strings.Repeat("  ", e.depth)
	if e.dash {
		indent = strings.Repeat("  ", e.depth-1) + "- "
		e.dash = false
	}
	e.out.WriteString(indent + s + "\n")
}

// open begins a list of n entries and shut ends it; an empty list is left out.
func (e *emitter) open(key string, n int) {
	if n > 0 {
		e.line(key + ":")
	}
	e.depth++
}

func (e *emitter) shut() { e.depth-- }

// entry writes one entry of the list that is open.
func (e *emitter) entry(write func()) {
	e.depth++
	e.dash = true
	write()
	e.dash = false
	e.depth--
}

// value writes "key: text" unless the text is empty.
func (e *emitter) value(key, s string) {
	if s != "" {
		e.line(key + ": " + quote(s))
	}
}

func (e *emitter) number(key string, n int64) {
	if n != 0 {
		e.line(key + ": " + strconv.FormatInt(n, 10))
	}
}

func (e *emitter) list(key string, words []string) {
	if len(words) > 0 {
		e.line(key + ": [" + strings.Join(words, ", ") + "]")
	}
}

func (e *emitter) texts(key string, t tickets.Texts) {
	if len(t) == 0 {
		return
	}
	e.line(key + ":")
	e.depth++
	for _, lang := range languages {
		s, ok := t[lang]
		if !ok {
			continue
		}
		if !blockable(s) {
			e.line(lang + ": " + quote(s))
			continue
		}
		e.line(lang + ": |-")
		e.depth++
		for l := range strings.SplitSeq(s, "\n") {
			if l == "" {
				e.out.WriteByte('\n')
			} else {
				e.line(l)
			}
		}
		e.depth--
	}
	for lang, s := range t { // Parse refuses these and says why
		if !slices.Contains(languages, lang) {
			e.line(quote(lang) + ": " + quote(s))
		}
	}
	e.depth--
}

// blockable reports whether a text of several lines survives as a block scalar.
func blockable(s string) bool {
	if !strings.Contains(s, "\n") || strings.ContainsAny(s, "\t\r") {
		return false
	}
	for l := range strings.SplitSeq(s, "\n") {
		if l != strings.TrimSpace(l) {
			return false
		}
	}
	what, _ := textFault(s, len(s), true)
	return what == ""
}

var plain = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*(/[A-Za-z0-9_]+)*$`)

// quote writes a scalar: bare where nothing can misread it, else in double quotes.
func quote(s string) string {
	switch strings.ToLower(s) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf":
	default:
		if plain.MatchString(s) {
			return s
		}
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c < ' ' || c == 0x7F || c == 0x85 || c == 0x2028 || c == 0x2029 || c == 0xFEFF:
			fmt.Fprintf(&b, `\u%04X`, c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func (e *emitter) merchant(m tickets.Merchant) {
	e.line("merchant:")
	e.depth++
	e.value("id", string(m.ID))
	e.texts("names", m.Names)
	e.value("zone", m.Zone)
	e.value("currency", string(m.Currency))
	e.list("languages", m.Languages)
	e.value("prefix", m.Prefix)
	e.number("approve_above", m.ApproveAbove)
	e.texts("support", m.Support)
	e.texts("terms", m.Terms)
	e.texts("privacy", m.Privacy)
	e.depth--
}

func (e *emitter) pool(p tickets.Pool) {
	e.entry(func() {
		e.value("id", string(p.ID))
		e.line(fmt.Sprintf("capacity: %d", p.Capacity))
		e.open("overrides", len(p.Overrides))
		for _, r := range p.Overrides {
			e.entry(func() {
				e.value("dates", span(r.From, r.To))
				e.value("start", r.Start)
				e.line(fmt.Sprintf("capacity: %d", r.Capacity))
			})
		}
		e.shut()
	})
}

func (e *emitter) product(p tickets.Product, skus []tickets.SKU) {
	e.entry(func() {
		e.value("id", string(p.ID))
		e.texts("names", p.Names)
		e.texts("descriptions", p.Descriptions)
		e.value("photo", p.Photo)
		e.place(p.Place)
		e.calendar(p.Calendar)
		if p.Sales != (tickets.Sales{}) {
			e.line("sales:")
			e.depth++
			e.number("days_ahead", int64(p.Sales.DaysAhead))
			e.number("cutoff_minutes", int64(p.Sales.CutoffMinutes))
			e.depth--
		}
		if p.Hidden {
			e.line("hidden: true")
		}
		if p.Digital {
			e.line("digital: true")
		}
		e.number("max_places", int64(p.MaxPerOrder))
		e.texts("rules", p.Rules)
		e.value("late_policy", p.LatePolicy)
		e.refunds(p.Refund)
		e.open("skus", len(skus))
		for _, k := range skus {
			e.sku(k)
		}
		e.shut()
	})
}

func (e *emitter) place(p tickets.Place) {
	if len(p.Names) == 0 && len(p.Address) == 0 && p.Lat == 0 && p.Lon == 0 {
		return
	}
	e.line("place:")
	e.depth++
	e.texts("names", p.Names)
	e.texts("address", p.Address)
	if p.Lat != 0 || p.Lon != 0 {
		e.line("lat: " + strconv.FormatFloat(p.Lat, 'f', -1, 64))
		e.line("lon: " + strconv.FormatFloat(p.Lon, 'f', -1, 64))
	}
	e.depth--
}

func (e *emitter) calendar(c tickets.Calendar) {
	if c.From == 0 && c.To == 0 && len(c.Weekdays) == 0 && len(c.Closed) == 0 && len(c.Extra) == 0 && c.Opens == "" && c.Closes == "" && len(c.Slots) == 0 {
		return
	}
	e.line("calendar:")
	e.depth++
	e.value("from", span(c.From, c.From))
	e.value("to", span(c.To, c.To))
	e.list("weekdays", weekdayNames(c.Weekdays))
	e.list("closed", spans(c.Closed))
	e.list("extra", spans(c.Extra))
	e.value("opens", c.Opens)
	e.value("closes", c.Closes)
	e.open("slots", len(c.Slots))
	for _, s := range c.Slots {
		e.entry(func() {
			e.value("start", s.Start)
			e.number("minutes", int64(s.Minutes))
		})
	}
	e.shut()
	e.depth--
}

func (e *emitter) sku(k tickets.SKU) {
	e.entry(func() {
		e.value("sku_id", string(k.ID))
		e.texts("names", k.Names)
		e.line(fmt.Sprintf("price: %d", k.Price))
		if k.Admits != 1 {
			e.line(fmt.Sprintf("admits: %d", k.Admits))
		}
		e.value("pool", string(k.Pool))
		e.open("prices", len(k.Prices))
		for _, r := range k.Prices {
			e.entry(func() {
				e.value("dates", span(r.From, r.To))
				e.list("weekdays", weekdayNames(r.Weekdays))
				e.line(fmt.Sprintf("price: %d", r.Price))
			})
		}
		e.shut()
		e.number("max_per_order", int64(k.MaxPerOrder))
		e.number("max_per_customer", int64(k.MaxPerCustomer))
		e.value("ticket_mode", string(k.TicketMode))
		e.value("fulfilment", string(k.Fulfilment))
	})
}

func weekdayNames(ws tickets.Weekdays) []string {
	var out []string
	for _, w := range ws {
		out = append(out, weekdays[int(w)%7])
	}
	return out
}

func spans(rs []tickets.DateRange) []string {
	var out []string
	for _, r := range rs {
		out = append(out, quote(span(r.From, r.To)))
	}
	return out
}
