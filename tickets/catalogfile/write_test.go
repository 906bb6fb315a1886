package catalogfile_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"boxoffice/tickets"
	"boxoffice/tickets/catalogfile"
)

func TestWriteOfTheExampleReadsBackAsTheSame(t *testing.T) {
	t.Parallel()
	c := exampleCatalog(t)
	sameAfterWrite(t, c)
	var b bytes.Buffer
	if err := catalogfile.Write(&b, c); err != nil {
		t.Fatal(err)
	}
	if s := b.String(); !strings.Contains(s, "  - id: cable_car\n") || !strings.Contains(s, "    en: |-\n") {
		t.Errorf("the export is not laid out for people:\n%s", s)
	}
}

func TestWriteRefusesWhatNoFileCouldSay(t *testing.T) {
	t.Parallel()
	c := exampleCatalog(t)
	c.SKUs[0].Price = -1
	var b bytes.Buffer
	if err := catalogfile.Write(&b, c); err == nil || b.Len() > 0 {
		t.Errorf("wrote %d bytes, error %v", b.Len(), err)
	}
}

func TestWriteThenParseGivesTheSameCatalog(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { sameAfterWrite(t, drawCatalog(t)) })
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func sameAfterWrite(t failer, c tickets.Catalog) {
	t.Helper()
	var b bytes.Buffer
	if err := catalogfile.Write(&b, c); err != nil {
		t.Fatalf("write: %v", err)
	}
	again, err := catalogfile.Parse("written.yaml", b.Bytes())
	if err != nil {
		t.Fatalf("parse: %v\n%s", err, b.String())
	}
	if !reflect.DeepEqual(again, c) {
		t.Fatalf("read back\n%+v\nwrote\n%+v\nas\n%s", again, c, b.String())
	}
}

var (
	drawID   = rapid.StringMatching(`[a-z0-9_]{1,48}`)
	drawWord = rapid.OneOf(
		rapid.StringMatching(`[A-Za-z0-9 家庭套票(){}\[\]:#&*!|>'"%@,?~\x60./=_\\-]{1,40}`),
		rapid.SampledFrom([]string{
			"yes", "null", "~", "0x10", "1_000", "1e3", "-", "- a", "a: b", "a #b", "? x", "|", ">-", "&a", "*a", "!t", "---", "...", "2026-12-24", ".nan",
			"'", `"`, `\n`, "{", "[", "%x", "@x", "`x", "=", "<<", "true", "09:30", "é", "👨‍👩‍👧", "a\u00a0b", "\u200b",
		}),
	)
	drawClock = rapid.StringMatching(`([01][0-9]|2[0-3]):[0-5][0-9]`)
)

func drawText(lines int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(drawWord, 1, lines).Draw(t, "lines")
		if len(parts) > 1 && rapid.Bool().Draw(t, "blank") {
			parts[0] += "\n"
		}
		s := strings.TrimSpace(strings.Join(parts, "\n"))
		if s == "" {
			return "x"
		}
		return s
	})
}

func drawTexts(t *rapid.T, name string, lines, least int) tickets.Texts {
	m := rapid.MapOfN(rapid.SampledFrom([]string{"en", "zh-Hans", "zh-Hant"}), drawText(lines), least, 3).Draw(t, name)
	if len(m) == 0 {
		return nil
	}
	return m
}

func drawDate(t *rapid.T, name string, from tickets.Date) tickets.Date {
	return from + tickets.Date(rapid.IntRange(0, 3000).Draw(t, name))
}

var today = tickets.CivilDate(2026, time.March, 21)

func drawRanges(t *rapid.T, name string) []tickets.DateRange {
	var out []tickets.DateRange
	for range rapid.IntRange(0, 2).Draw(t, name) {
		from := drawDate(t, "from", today)
		out = append(out, tickets.DateRange{From: from, To: drawDate(t, "to", from)})
	}
	return out
}

func drawWeekdays(t *rapid.T) tickets.Weekdays {
	days := rapid.SliceOfNDistinct(rapid.IntRange(0, 6), 0, 7, rapid.ID).Draw(t, "weekdays")
	var out tickets.Weekdays
	for _, d := range days {
		out = append(out, time.Weekday(d))
	}
	return out
}

func drawCatalog(t *rapid.T) tickets.Catalog {
	c := tickets.Catalog{Merchant: tickets.Merchant{
		ID: tickets.MerchantID(drawID.Draw(t, "merchant")), Names: drawTexts(t, "names", 1, 1), Zone: "Asia/Singapore", Currency: "SGD",
		Support: drawTexts(t, "support", 4, 0), Terms: drawTexts(t, "terms", 4, 0),
		Prefix: rapid.SampledFrom([]string{"", "TG", "Y", "NO", "TRUE"}).Draw(t, "prefix"), ApproveAbove: rapid.Int64Range(0, 50_000).Draw(t, "approve_above"),
	}}
	ids := rapid.SliceOfNDistinct(drawID, 6, 6, rapid.ID).Draw(t, "ids")
	for i := range rapid.IntRange(1, 2).Draw(t, "pools") {
		p := tickets.Pool{ID: tickets.PoolID(ids[i]), Capacity: rapid.IntRange(0, 1000).Draw(t, "capacity")}
		for _, r := range drawRanges(t, "overrides") {
			p.Overrides = append(p.Overrides, tickets.CapacityRule{From: r.From, To: r.To, Start: drawClock.Draw(t, "start"), Capacity: 5})
		}
		c.Pools = append(c.Pools, p)
	}
	for i := range rapid.IntRange(1, 2).Draw(t, "products") {
		c.Products = append(c.Products, drawProduct(t, ids[2+i]))
		if rapid.Bool().Draw(t, "sku") {
			c.SKUs = append(c.SKUs, drawSKU(t, ids[4+i], ids[2+i], ids[0]))
		}
	}
	return c
}

func drawProduct(t *rapid.T, id string) tickets.Product {
	p := tickets.Product{
		ID: tickets.ProductID(id), Names: drawTexts(t, "names", 1, 1), Descriptions: drawTexts(t, "descriptions", 3, 0),
		Rules: drawTexts(t, "rules", 3, 0), Hidden: rapid.Bool().Draw(t, "hidden"), MaxPerOrder: rapid.IntRange(3, 255).Draw(t, "max"),
		LatePolicy: rapid.SampledFrom([]string{"", "honour", "review"}).Draw(t, "late"),
		Place:      tickets.Place{Names: drawTexts(t, "place", 1, 0)},
		Calendar:   tickets.Calendar{Weekdays: drawWeekdays(t), Closed: drawRanges(t, "closed"), Extra: drawRanges(t, "extra")},
		Sales:      tickets.Sales{CutoffMinutes: rapid.IntRange(0, 600).Draw(t, "cutoff")},
	}
	p.Digital = rapid.Bool().Draw(t, "digital")
	for _, days := range rapid.SliceOfNDistinct(rapid.IntRange(0, 730), 0, 3, rapid.ID).Draw(t, "brackets") {
		p.Refund.Auto = len(p.Refund.Brackets)%2 == 0
		p.Refund.Brackets = append(p.Refund.Brackets, tickets.RefundBracket{
			Days: days, Percent: rapid.IntRange(0, 100).Draw(t, "percent"), Fee: rapid.Int64Range(0, 2000).Draw(t, "fee"),
		})
	}
	if rapid.Bool().Draw(t, "position") {
		p.Place.Lat, p.Place.Lon = rapid.Float64Range(-90, 90).Draw(t, "lat"), rapid.Float64Range(-180, 180).Draw(t, "lon")
	}
	if rapid.Bool().Draw(t, "slots") {
		p.Calendar.Slots = []tickets.TimeSlot{{Start: "09:00", Minutes: 30}, {Start: "19:30"}}
		p.Calendar.Opens, p.Calendar.Closes = "08:00", "24:00"
		p.Calendar.From = drawDate(t, "from", today)
		p.Calendar.To = drawDate(t, "to", p.Calendar.From)
	}
	return p
}

func drawSKU(t *rapid.T, id, product, pool string) tickets.SKU {
	k := tickets.SKU{
		ID: tickets.SKUID(id), Product: tickets.ProductID(product), Names: drawTexts(t, "names", 1, 1), Pool: tickets.PoolID(pool),
		Price: rapid.Int64Range(1, 1e11).Draw(t, "price"), Admits: rapid.IntRange(1, 3).Draw(t, "admits"),
		MaxPerCustomer: rapid.IntRange(0, 9).Draw(t, "limit"),
		TicketMode:     rapid.SampledFrom([]tickets.TicketMode{"", tickets.TicketPerOrder, tickets.TicketPerUnit}).Draw(t, "mode"),
		Fulfilment:     rapid.SampledFrom([]tickets.FulfilmentMode{"", tickets.FulfilInstant, tickets.FulfilManual}).Draw(t, "fulfil"),
	}
	for _, r := range drawRanges(t, "prices") {
		rule := tickets.PriceRule{From: r.From, To: r.To, Weekdays: drawWeekdays(t), Price: 7}
		switch rapid.IntRange(0, 3).Draw(t, "open") {
		case 0:
			rule.From = 0
		case 1:
			rule.To = 0
		case 2:
			rule.From, rule.To = 0, 0
		}
		k.Prices = append(k.Prices, rule)
	}
	return k
}

func FuzzParse(f *testing.F) {
	f.Add(catalogfile.Example())
	f.Add([]byte(small))
	f.Add([]byte(strings.Replace(small, "    names: {en: Show}\n", "    names: {en: Show}\n    digital: true\n    refund_policy: {brackets: [{days: 7, percent: 100, fee: 5}], approval: auto}\n", 1)))
	f.Add([]byte("merchant: {id: [}"))
	f.Add([]byte("a: &a [*a]\n? b\n: !!binary x\n<<: *a"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := catalogfile.Parse("fuzz.yaml", data)
		if err == nil {
			sameAfterWrite(t, c)
		}
	})
}
