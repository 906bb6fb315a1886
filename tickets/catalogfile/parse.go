package catalogfile

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"boxoffice/tickets"
)

// Parse reads a catalog file; name is what problems call it. It fails with Problems, all of them at once, and then
// returns no catalog. The catalog's Revision is 0.
func Parse(name string, data []byte) (tickets.Catalog, error) {
	r := &reader{name: name}
	p := filler{reader: r, ids: map[string]string{}, pools: map[tickets.PoolID]bool{}}
	if root := r.tree(data); root != nil {
		p.catalog(root)
	}
	if err := r.problems(); err != nil {
		return tickets.Catalog{}, err
	}
	return p.out, nil
}

// filler fills a catalog.
type filler struct {
	*reader
	out   tickets.Catalog
	ids   map[string]string // kind and id → the path where it was first used
	pools map[tickets.PoolID]bool
}

func (p *filler) catalog(root ast.Node) {
	o := p.object(root, "catalog", "")
	if o == nil {
		return
	}
	if o.need("merchant", "write who sells: merchant: with id, names, zone and currency below it") {
		if m := o.child("merchant", "merchant"); m != nil {
			p.merchant(m)
		}
	}
	o.children("pools", "pool", p.pool)
	if o.need("products", "write what is sold: products: with a list below it") {
		o.children("products", "product", p.product)
	}
}

func (p *filler) merchant(o *object) {
	m := tickets.Merchant{
		ID:    tickets.MerchantID(p.id(o, "id", "merchant")),
		Names: p.names(o),
		Zone:  o.text("zone"), Currency: tickets.Currency(o.text("currency")),
		Prefix:  o.text("prefix"),
		Support: o.texts("support", maxPage, true), Terms: o.texts("terms", maxPage, true), Privacy: o.texts("privacy", maxPage, true),
	}
	if o.need("zone", "write an IANA name such as zone: Asia/Singapore") {
		if _, err := m.Location(); err != nil {
			o.wrong("zone", fmt.Sprintf("there is no time zone %q", clip(m.Zone)), "write an IANA name such as Asia/Singapore")
		}
	}
	if o.need("currency", "write an ISO 4217 code such as currency: SGD") {
		if s := string(m.Currency); !slices.Contains(strings.Fields(currencies), s) {
			fix := "write an ISO 4217 code such as SGD"
			if up := strings.ToUpper(s); up != s && slices.Contains(strings.Fields(currencies), up) {
				fix = "write " + up
			}
			o.wrong("currency", fmt.Sprintf("there is no currency %q", clip(s)), fix)
		}
	}
	if m.Prefix != "" && !prefixForm.MatchString(m.Prefix) {
		o.wrong("prefix", fmt.Sprintf("%q cannot begin an order code", clip(m.Prefix)), "write one to four capital letters, such as TG")
	}
	m.ApproveAbove = o.minor("approve_above", 1, m.Currency)
	p.languages(o, &m)
	p.out.Merchant = m
}

func (p *filler) languages(o *object, m *tickets.Merchant) {
	for i, n := range o.list("languages") {
		at := fmt.Sprintf("%s[%d]", o.at("languages"), i)
		lang, ok := o.scalar(n, at)
		switch {
		case !ok:
		case !slices.Contains(languages, lang):
			fix := suggest(lang, languages)
			if alias := languageAliases[strings.ToLower(lang)]; alias != "" {
				fix = "write " + alias
			}
			o.add(n, at, fmt.Sprintf("the language %q is not spoken here", clip(lang)), fix)
		case slices.Contains(m.Languages, lang):
			o.add(n, at, lang+" is there twice", "keep one of them")
		default:
			m.Languages = append(m.Languages, lang)
		}
	}
}

var (
	idForm     = regexp.MustCompile(`^[a-z0-9_]{1,48}$`)
	prefixForm = regexp.MustCompile(`^[A-Z]{1,4}$`)
	oddInID    = regexp.MustCompile(`[^a-z0-9_]+`)
)

// id reads an identifier that is unique among its kind.
func (p *filler) id(o *object, key, kind string) string {
	if !o.need(key, fmt.Sprintf("name the %s: %s: my_%s", kind, key, kind)) {
		return ""
	}
	id := o.text(key)
	if !idForm.MatchString(id) {
		fix := fmt.Sprintf("write at most %d small letters, digits and underscores", maxID)
		if s := strings.Trim(oddInID.ReplaceAllString(strings.ToLower(id), "_"), "_"); idForm.MatchString(s) {
			fix += ", such as " + s
		}
		o.wrong(key, fmt.Sprintf("%q cannot be an id", clip(id)), fix)
		return ""
	}
	if first, twice := p.ids[kind+" "+id]; twice {
		o.wrong(key, fmt.Sprintf("%s is the id of %s already", id, first), "choose another id")
		return id
	}
	p.ids[kind+" "+id] = o.path
	return id
}

func (p *filler) names(o *object) tickets.Texts {
	o.need("names", "write the name per language: names: {en: …}")
	return o.texts("names", maxName, false)
}

func (p *filler) pool(o *object) {
	pool := tickets.Pool{ID: tickets.PoolID(p.id(o, "id", "pool"))}
	p.pools[pool.ID] = true
	if o.need("capacity", "write how many places there are per slot: capacity: 100") {
		pool.Capacity = int(o.integer("capacity", 0, maxCapacity))
	}
	o.children("overrides", "override", func(v *object) {
		var rule tickets.CapacityRule
		if v.need("dates", `write the days: dates: "2026-12-24..2026-12-26"`) {
			r, ok := v.dates(v.vals["dates"], v.at("dates"), false)
			if ok {
				rule.From, rule.To = r.From, r.To
			}
		}
		rule.Start = v.clock("start", false)
		if v.need("capacity", "write how many places there are on these days") {
			rule.Capacity = int(v.integer("capacity", 0, maxCapacity))
		}
		pool.Overrides = append(pool.Overrides, rule)
	})
	p.out.Pools = append(p.out.Pools, pool)
}

func (p *filler) product(o *object) {
	pr := tickets.Product{
		ID: tickets.ProductID(p.id(o, "id", "product")), Names: p.names(o), Descriptions: o.texts("descriptions", maxNote, true),
		Photo: o.text("photo"), Hidden: o.boolean("hidden"), Digital: o.boolean("digital"), MaxPerOrder: int(o.integer("max_places", 1, maxAdmits)),
		Rules: o.texts("rules", maxNote, true), LatePolicy: o.enum("late_policy", "honour", "review"),
	}
	if pr.Photo != "" {
		if u, err := url.Parse(pr.Photo); err != nil || u.Scheme != "https" || u.Host == "" || len(pr.Photo) > 1000 {
			o.wrong("photo", fmt.Sprintf("%q is not the address of a picture", clip(pr.Photo)), "write an address that begins with https://")
		}
	}
	if c := o.child("place", "place"); c != nil {
		pr.Place = p.place(c)
	}
	if c := o.child("calendar", "calendar"); c != nil {
		pr.Calendar = p.calendar(c)
	}
	if c := o.child("sales", "sales"); c != nil {
		pr.Sales = tickets.Sales{
			DaysAhead: int(c.integer("days_ahead", 1, 730)), CutoffMinutes: int(c.integer("cutoff_minutes", 0, 60*24*30)),
		}
	}
	if c := o.child("refund_policy", "refund_policy"); c != nil {
		pr.Refund = p.refunds(c, pr)
	}
	p.out.Products = append(p.out.Products, pr)
	o.children("skus", "sku", func(c *object) { p.sku(c, pr) })
}

func (p *filler) place(o *object) tickets.Place {
	pl := tickets.Place{Names: o.texts("names", maxName, false), Address: o.texts("address", maxAddress, false)}
	pl.Lat, pl.Lon = o.degrees("lat", 90), o.degrees("lon", 180)
	if (o.vals["lat"] == nil) != (o.vals["lon"] == nil) {
		o.add(o.node, o.path, "a position needs lat and lon", "write both, or neither")
	}
	return pl
}

func (p *filler) calendar(o *object) tickets.Calendar {
	c := tickets.Calendar{
		From: o.day("from"), To: o.day("to"), Weekdays: o.weekdays("weekdays"), Closed: o.ranges("closed"), Extra: o.ranges("extra"),
		Opens: o.clock("opens", false), Closes: o.clock("closes", true),
	}
	if c.From != 0 && c.To != 0 && c.To < c.From {
		o.wrong("to", fmt.Sprintf("%s is before %s", c.To, c.From), "from is the first open day, to the last")
	}
	if c.Opens != "" && c.Closes != "" && c.Closes <= c.Opens {
		o.wrong("closes", fmt.Sprintf("%s is not after %s", c.Closes, c.Opens), "closing time must be later on the same day; 24:00 is the latest")
	}
	o.children("slots", "slot", func(s *object) {
		if !s.need("start", `write when it begins: start: "19:30"`) {
			return
		}
		t := tickets.TimeSlot{Start: s.clock("start", false), Minutes: int(s.integer("minutes", 0, 24*60))}
		if n := len(c.Slots); n > 0 && t.Start != "" && t.Start <= c.Slots[n-1].Start {
			s.wrong("start", fmt.Sprintf("%s is not after %s", t.Start, c.Slots[n-1].Start), "write each time once, the earliest first")
			return
		}
		c.Slots = append(c.Slots, t)
	})
	return c
}

// degrees is a latitude or longitude.
func (o *object) degrees(key string, most float64) float64 {
	s := o.text(key)
	if o.vals[key] == nil {
		return 0
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= -most && f <= most) {
		o.wrong(key, fmt.Sprintf("%q is not a position", clip(s)), fmt.Sprintf("write degrees from -%g to %g, such as 1.2494", most, most))
		return 0
	}
	return f
}

// clock is a time of day "19:30"; 24:00 only where it can end something.
func (o *object) clock(key string, ends bool) string {
	s := o.text(key)
	if o.vals[key] == nil {
		return ""
	}
	if _, _, err := tickets.ParseClock(s); err != nil || s == "" || (s == "24:00" && !ends) {
		o.wrong(key, fmt.Sprintf("%q is not a time of day", clip(s)), `write hours and minutes in quotes, such as "09:30"`)
		return ""
	}
	return s
}

func (o *object) weekdays(key string) tickets.Weekdays {
	var out tickets.Weekdays
	for i, n := range o.list(key) {
		at := fmt.Sprintf("%s[%d]", o.at(key), i)
		s, ok := o.scalar(n, at)
		if !ok {
			continue
		}
		day := slices.Index(weekdays, s)
		switch {
		case day < 0:
			fix := "write one of: mon, tue, wed, thu, fri, sat, sun"
			if len(s) > 3 && slices.Contains(weekdays, strings.ToLower(s[:3])) {
				fix = "write " + strings.ToLower(s[:3])
			}
			o.add(n, at, fmt.Sprintf("%q is not a weekday", clip(s)), fix)
		case slices.Contains(out, time.Weekday(day)):
			o.add(n, at, s+" is there twice", "keep one of them")
		default:
			out = append(out, time.Weekday(day))
		}
	}
	return out
}
