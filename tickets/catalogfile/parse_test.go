package catalogfile_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"boxoffice/tickets"
	"boxoffice/tickets/catalogfile"
)

// small is a catalog that is right; tests change one line of it.
const small = `merchant:
  id: shop
  names: {en: Shop}
  zone: Asia/Singapore
  currency: SGD
pools:
  - id: hall
    capacity: 10
products:
  - id: show
    names: {en: Show}
    skus:
      - sku_id: seat
        names: {en: Seat}
        price: 11900
        pool: hall
`

func parse(t *testing.T, data string) (tickets.Catalog, []string) {
	t.Helper()
	c, err := catalogfile.Parse("c.yaml", []byte(data))
	if err == nil {
		return c, nil
	}
	var ps catalogfile.Problems
	if !errors.As(err, &ps) || !errors.Is(err, tickets.Invalid) {
		t.Fatalf("the error is no Problems of kind Invalid: %v", err)
	}
	if len(c.Products)+len(c.SKUs)+len(c.Pools) > 0 || c.Merchant.ID != "" {
		t.Errorf("a refused file gave a catalog: %+v", c)
	}
	return c, strings.Split(err.Error(), "\n")
}

func TestParseReadsASmallCatalog(t *testing.T) {
	t.Parallel()
	c, problems := parse(t, small)
	if problems != nil {
		t.Fatal(problems)
	}
	k, err := c.SKU("seat")
	if err != nil || k.Price != 11900 || k.Admits != 1 || k.Pool != "hall" || k.Product != "show" {
		t.Errorf("sku %+v, %v", k, err)
	}
	if c.Merchant.Currency != "SGD" || c.Pools[0].Capacity != 10 || c.Products[0].Names["en"] != "Show" {
		t.Errorf("catalog %+v", c)
	}
}

func TestParseSaysWhatIsWrongWhereAndHowToMendIt(t *testing.T) {
	t.Parallel()
	product := "    names: {en: Show}\n"
	for _, c := range []struct{ old, new, want string }{
		{"price: 11900", "price: 119.00", `c.yaml:15:16: products[0].skus[0].price: "119.00" is not in minor units; write 11900`},
		{"price: 11900", "price: 119.5", `write 11950`},
		{"price: 11900", "price: 1.005", `"1.005" is not in minor units; write a whole number of minor units`},
		{"price: 11900", "price: SGD 119", `"SGD 119" is not a whole number`},
		{"price: 11900", "price: -1", `-1 is out of range; write a number from 0 to`},
		{"price: 11900", "prise: 11900", `products[0].skus[0].prise: there is no such key; did you mean price?`},
		{"price: 11900", "price: 1\n        price: 2", `c.yaml:16:9: products[0].skus[0].price: this key is there twice`},
		{"capacity: 10", "capacity: -1", `c.yaml:8:15: pools[0].capacity: -1 is out of range`},
		{"capacity: 10", "capacity: many", `"many" is not a whole number`},
		{"pool: hall", "pool: hal", `there is no pool "hal"; did you mean hall?`},
		{"pool: hall", "pool: hall\n        admits: 0", `products[0].skus[0].admits: 0 is out of range`},
		{"pool: hall", "pool: hall\n        admits: 30", `one unit takes 30 places, an order at most 20`},
		{"pool: hall", "pool: hall\n        fulfilment: supplier", `fulfilment: supplier is not available in this version; write instant or manual`},
		{"pool: hall", "pool: hall\n        fulfillment: manual", `did you mean fulfilment?`},
		{"pool: hall", "pool: hall\n        ticket_mode: units", `"units" is not known here; did you mean unit?`},
		{"pool: hall", "pool: hall\n        prices: [{weekdays: [Saturday], price: 1}]", `"Saturday" is not a weekday; write sat`},
		{"pool: hall", "pool: hall\n        prices: [{dates: 2026-12-26..2026-12-24, price: 1}]", `2026-12-24 is before 2026-12-26; write the first day first`},
		{"pool: hall", "pool: hall\n        max_per_order: 0", `max_per_order: 0 is out of range; write a number from 1`},
		{"id: show", "id: Night Show!", `c.yaml:10:9: products[0].id: "Night Show!" cannot be an id; write at most 48 small letters, digits and underscores, such as night_show`},
		{"id: show", "id: " + strings.Repeat("x", 49), `cannot be an id`},
		{"id: shop", "name: Shop", `merchant.name: there is no such key; did you mean names?`},
		{"id: shop", "prefix: TG", `c.yaml:2:3: merchant.id: this key is missing`},
		{"zone: Asia/Singapore", "zone: Asia/Singapur", `there is no time zone "Asia/Singapur"`},
		{"zone: Asia/Singapore", "zone: Local", `there is no time zone "Local"`},
		{"currency: SGD", "currency: sgd", `there is no currency "sgd"; write SGD`},
		{"currency: SGD", "currency: SGD\n  languages: [en, zh-CN]", `c.yaml:6:19: merchant.languages[1]: the language "zh-CN" is not spoken here; write zh-Hans`},
		{"currency: SGD", "currency: SGD\n  languages: [en, en]", `en is there twice`},
		{"{en: Shop}", "Shop", `merchant.names: this takes one text per language; write names: {en: …, zh-Hans: …}`},
		{"{en: Shop}", `{en: ""}`, `merchant.names.en: the text is empty`},
		{"{en: Shop}", "{}", `there is no text`},
		{"{en: Shop}", "{zh: 店}", `merchant.names.zh: this language is not spoken here; write zh-Hans`},
		{"{en: Shop}", `{en: "a\nb"}`, `the text has several lines`},
		{"{en: Shop}", `{en: "a\tb"}`, `control character U+0009`},
		{"{en: Shop}", "{en: " + strings.Repeat("长", 81) + "}", `the text has 81 characters; write at most 80`},
		{"{en: Shop}", "{en: *x}", `anchors (&), aliases (*) and tags (!) are not read`},
		{product, product + "    questions: []\n", `products[0].questions: questions is not available in this version`},
		{product, product + "    approval: auto\n", `approval is not available in this version`},
		{"currency: SGD", "currency: SGD\n  approve_above: 0", `c.yaml:6:18: merchant.approve_above: 0 is out of range; write a number from 1`},
		{"currency: SGD", "currency: SGD\n  approve_above: 200.00", `merchant.approve_above: "200.00" is not in minor units; write 20000`},
		{"currency: SGD", "currency: SGD\n  refund_policy: {}", `c.yaml:6:3: merchant.refund_policy: there is no such key here; write it below the product`},
		{"pool: hall", "pool: hall\n        digital: true", `products[0].skus[0].digital: there is no such key here; write it below the product`},
		{product, product + "    digital: true\n    calendar: {closed: [x]}\n", `"x" is not a day`},
		{product, product + "    photo: http://x.org/a.jpg\n", `is not the address of a picture; write an address that begins with https://`},
		{product, product + "    hidden: maybe\n", `this takes true or false`},
		{product, product + "    max_places: 300\n", `write a number from 1 to 255`},
		{product, product + "    late_policy: keep\n", `"keep" is not known here; write one of: honour, review`},
		{product, product + "    place: {lat: 1.2}\n", `a position needs lat and lon`},
		{product, product + "    place: {lat: 91, lon: 0}\n", `"91" is not a position`},
		{product, product + "    place: {lat: .nan, lon: 0}\n", `is not a position`},
		{product, product + "    calendar: {from: 2026-02-30}\n", `c.yaml:12:22: products[0].calendar.from: "2026-02-30" is not a day`},
		{product, product + "    calendar: {from: 2026-03-02, to: 2026-03-01}\n", `2026-03-01 is before 2026-03-02`},
		{product, product + "    calendar: {closed: [1970-01-01]}\n", `1970-01-01 is out of range`},
		{product, product + "    calendar: {closed: [2026-01-01..]}\n", `lacks a day`},
		{product, product + "    calendar: {opens: 9:00}\n", `products[0].calendar.opens: "9:00" is not a time of day`},
		{product, product + "    calendar: {opens: \"18:00\", closes: \"09:00\"}\n", `09:00 is not after 18:00`},
		{product, product + "    calendar: {slots: [{start: \"20:00\"}, {start: \"19:00\"}]}\n", `products[0].calendar.slots[1].start: 19:00 is not after 20:00`},
		{product, product + "    calendar: {slots: [{start: \"24:00\"}]}\n", `"24:00" is not a time of day`},
		{product, product + "    sales: {days_ahead: 0}\n", `days_ahead: 0 is out of range`},
		{"products:\n", "products:\n  - id: show\n    names: {en: Other}\n", `products[1].id: show is the id of products[0] already`},
		{"pools:\n", "rewards: []\npools:\n", `c.yaml:6:1: rewards: rewards is not available in this version`},
		{"pools:\n", "pools:\n  - hall\n", `pools[0]: this is not a list of keys`},
		{"merchant:\n", "merchant: &m\n", `this is not a list of keys`},
		{"  - id: hall\n    capacity: 10\n", "  id: hall\n  capacity: 10\n", `pools: this is not a list; write one entry a line`},
	} {
		if !strings.Contains(small, c.old) {
			t.Fatalf("the small catalog has no %q", c.old)
		}
		_, problems := parse(t, strings.Replace(small, c.old, c.new, 1))
		if !strings.Contains(strings.Join(problems, "\n"), c.want) {
			t.Errorf("%q:\n got %q\nwant %q", c.new, problems, c.want)
		}
	}
}

func TestParseSaysWhatIsWrongWithARefundPolicy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ policy, want string }{
		{`{}`, `products[0].refund_policy.brackets: this key is missing; write what comes back: brackets: [{days: 7, percent: 100}]`},
		{`{brackets: []}`, `c.yaml:12:31: products[0].refund_policy.brackets: there is no bracket; write one`},
		{`{brackets: {days: 7}}`, `products[0].refund_policy.brackets: this is not a list`},
		{`{brackets: [{days: 7, percent: 101}]}`, `c.yaml:12:51: products[0].refund_policy.brackets[0].percent: 101 is out of range; write a number from 0 to 100`},
		{`{brackets: [{days: 7, percent: -1}]}`, `percent: -1 is out of range`},
		{`{brackets: [{days: 7, percent: 50%}]}`, `"50%" is not a whole number; write digits only, from 0 to 100`},
		{`{brackets: [{days: -1, percent: 1}]}`, `brackets[0].days: -1 is out of range; write a number from 0 to 730`},
		{`{brackets: [{days: 731, percent: 1}]}`, `days: 731 is out of range`},
		{`{brackets: [{days: 7, percent: 1, fee: -5}]}`, `brackets[0].fee: -5 is out of range`},
		{`{brackets: [{days: 7, percent: 1, fee: 5.00}]}`, `brackets[0].fee: "5.00" is not in minor units; write 500`},
		{`{brackets: [{percent: 1}]}`, `brackets[0].days: this key is missing; write how many days before the visit it begins`},
		{`{brackets: [{days: 1}]}`, `brackets[0].percent: this key is missing; write how much of the price comes back`},
		{`{brackets: [{days: 1, percent: 9}, {day: 0, percent: 8}]}`, `brackets[1].day: there is no such key; did you mean days?`},
		{
			`{brackets: [{days: 1, percent: 9}, {days: 1, percent: 8}]}`,
			`c.yaml:12:62: products[0].refund_policy.brackets[1].days: products[0].refund_policy.brackets[0] is for 1 days already; keep one of them, or write other days`,
		},
		{`{brackets: [{days: 1, percent: 9}], approval: manual}`, `products[0].refund_policy.approval: "manual" is not known here`},
	} {
		data := strings.Replace(small, "    names: {en: Show}\n", "    names: {en: Show}\n    refund_policy: "+c.policy+"\n", 1)
		_, problems := parse(t, data)
		if !strings.Contains(strings.Join(problems, "\n"), c.want) {
			t.Errorf("%q:\n got %q\nwant %q", c.policy, problems, c.want)
		}
	}
	_, problems := parse(t, strings.Replace(small, "    names: {en: Show}\n", "    names: {en: Show}\n    refund_policy: {brackets: [{days: x, percent: 1}, {days: 0, percent: 2}]}\n", 1))
	if len(problems) != 1 {
		t.Errorf("one wrong number is reported %d times: %q", len(problems), problems)
	}
}

func TestParseReadsRefundPoliciesAndTheApprovalLimit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]tickets.RefundPolicy{
		`{brackets: [{days: 7, percent: 100}, {days: 0, percent: 50, fee: 200}], approval: auto}`: {
			Brackets: []tickets.RefundBracket{{Days: 7, Percent: 100}, {Days: 0, Percent: 50, Fee: 200}}, Auto: true,
		},
		`{brackets: [{days: 1, percent: 0}], approval: merchant}`: {Brackets: []tickets.RefundBracket{{Days: 1}}},
		`{brackets: [{days: 1, percent: 80}]}`:                    {Brackets: []tickets.RefundBracket{{Days: 1, Percent: 80}}},
	} {
		data := strings.NewReplacer("currency: SGD", "currency: SGD\n  approve_above: 20000",
			"    names: {en: Show}\n", "    names: {en: Show}\n    refund_policy: "+text+"\n").Replace(small)
		c, problems := parse(t, data)
		if problems != nil {
			t.Fatalf("%s: %q", text, problems)
		}
		if c.Merchant.ApproveAbove != 20000 || !reflect.DeepEqual(c.Products[0].Refund, want) {
			t.Errorf("%s: %+v above %d, want %+v", text, c.Products[0].Refund, c.Merchant.ApproveAbove, want)
		}
	}
}

func TestDigitalProductsArePricedInWholeStars(t *testing.T) {
	t.Parallel()
	digital := func(price string) (tickets.Catalog, []string) {
		return parse(t, strings.NewReplacer("    names: {en: Show}\n", "    names: {en: Show}\n    digital: true\n", "11900", price).Replace(small))
	}
	c, problems := digital("150")
	if problems != nil || !c.Products[0].Digital || c.SKUs[0].Price != 150 || c.CurrencyOf(c.Products[0]) != tickets.Stars {
		t.Errorf("%+v, %q", c, problems)
	}
	for price, want := range map[string]string{
		"0":     "products[0].skus[0].price: 0 is out of range; write a number from 1",
		"1.50":  `"1.50" is not in Stars; write a whole number of Stars`,
		"150.0": "write 150",
		"150\n        prices: [{weekdays: [sat], price: 0}]": "products[0].skus[0].prices[0].price: 0 is out of range; write a number from 1",
	} {
		if _, problems := digital(price); len(problems) != 1 || !strings.Contains(problems[0], want) {
			t.Errorf("%s: %q, want %q", price, problems, want)
		}
	}
}

func TestParseReportsEveryProblemInOrder(t *testing.T) {
	t.Parallel()
	bad := strings.NewReplacer("currency: SGD", "currency: XXX", "capacity: 10", "capacity: x", "price: 11900", "price: 1.50", "pool: hall", "pool: nowhere").Replace(small)
	_, problems := parse(t, bad)
	var at []string
	for _, p := range problems {
		at = append(at, strings.SplitN(p, ": ", 2)[0])
	}
	want := "c.yaml:5:13 c.yaml:8:15 c.yaml:15:16 c.yaml:16:15"
	if got := strings.Join(at, " "); got != want {
		t.Errorf("problems at %s, want %s:\n%s", got, want, strings.Join(problems, "\n"))
	}
}

func TestParseRefusesWhatIsNoCatalogFile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ data, want string }{
		"empty":            {"", "c.yaml: the file is empty"},
		"comments only":    {"# nothing\n", "the file is empty"},
		"a list":           {"- a\n", "this is not a list of keys"},
		"a word":           {"hello", "this is not a list of keys"},
		"not YAML":         {"merchant: [", "c.yaml:1:11: this is not YAML"},
		"tabs":             {"merchant:\n\tid: x\n", "this is not YAML"},
		"not UTF-8":        {"merchant: \xff", "not UTF-8"},
		"two documents":    {small + "---\n" + small, "a second document begins here"},
		"too large":        {strings.Repeat("#", 1<<20+1), "more than"},
		"deep brackets":    {strings.Repeat("[", 100_000), "nested too deeply"},
		"missing products": {"merchant: {id: a, names: {en: A}, zone: UTC, currency: SGD}\n", "products: this key is missing"},
		"merge key":        {"<<: {a: 1}\n" + small, "<<"},
	} {
		_, problems := parse(t, c.data)
		if !strings.Contains(strings.Join(problems, "\n"), c.want) {
			t.Errorf("%s:\n got %q\nwant %q", name, problems, c.want)
		}
	}
}

func TestDecimalPricesAreWordedInTheCurrencysMinorUnit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ currency, price, want string }{
		{"JPY", "1200.00", "write 1200"}, {"KWD", "1.5", "write 1500"}, {"JPY", "1.5", "write a whole number of minor units"},
	} {
		_, problems := parse(t, strings.NewReplacer("SGD", c.currency, "11900", c.price).Replace(small))
		if len(problems) != 1 || !strings.HasSuffix(problems[0], c.want) {
			t.Errorf("%s %s: %q, want %q", c.price, c.currency, problems, c.want)
		}
	}
}

func TestWarningsSayWhatIsProbablyNotMeant(t *testing.T) {
	t.Parallel()
	data := strings.NewReplacer(
		"currency: SGD", "currency: SGD\n  languages: [en, zh-Hans]",
		"    capacity: 10\n", "    capacity: 10\n    overrides: [{dates: 2026-12-24, start: \"19:30\", capacity: 1}]\n  - {id: spare, capacity: 5}\n",
		"price: 11900", "price: 0\n        max_per_order: 50\n        prices: [{price: 5}]",
		"products:\n", "products:\n  - {id: empty, names: {en: Empty, zh-Hans: 空}, hidden: true}\n",
		"    names: {en: Show}\n", "    names: {en: Show}\n    hidden: true\n    refund_policy: {brackets: [{days: 9, percent: 0}, {days: 1, percent: 0}]}\n",
	).Replace(small)
	c, problems := parse(t, data)
	if problems != nil {
		t.Fatal(problems)
	}
	got := strings.Join(catalogfile.Warnings(c), "\n")
	for _, want := range []string{
		"pool spare is used by no SKU", "override at 19:30", "price rule 1 fits every day", "allows 50 units",
		"product empty has no SKUs", "product show has a refund policy that gives nothing back", "no product is visible", "product show lacks texts in zh-Hans", "no support text",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no warning %q in:\n%s", want, got)
		}
	}
	if strings.Contains(got, "free") {
		t.Errorf("a free SKU is sold without a provider, yet:\n%s", got)
	}
}

func TestExampleIsWithoutFaultOrWarning(t *testing.T) {
	t.Parallel()
	c := exampleCatalog(t)
	if w := catalogfile.Warnings(c); len(w) > 0 {
		t.Errorf("warnings: %q", w)
	}
}

func exampleCatalog(t *testing.T) tickets.Catalog {
	t.Helper()
	c, err := catalogfile.Parse("catalog.yaml", catalogfile.Example())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestExampleSellsTheFamilyPackOfTheContract(t *testing.T) {
	t.Parallel()
	c := exampleCatalog(t)
	k, err := c.SKU("sentosa_family_pack")
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Product(k.Product)
	if err != nil {
		t.Fatal(err)
	}
	total := tickets.Money{Amount: k.PriceOn(tickets.CivilDate(2026, time.March, 21)), Currency: c.Merchant.Currency}
	got := fmt.Sprint(c.Merchant.ID, " ", c.Merchant.Zone, " ", total, " ", k.Admits, " ", p.Names["zh-Hans"])
	if want := "sentosa_demo Asia/Singapore 119.00 SGD 3 Sentosa 家庭套票(2大1小)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestExampleHasOneOfEveryWayToGetMoneyBack(t *testing.T) {
	t.Parallel()
	c := exampleCatalog(t)
	var auto, merchant, none, stars int
	for _, p := range c.Products {
		switch {
		case len(p.Refund.Brackets) == 0:
			none++
		case p.Refund.Auto:
			auto++
		default:
			merchant++
		}
		if p.Digital {
			stars++
		}
	}
	if auto == 0 || merchant == 0 || none == 0 || stars == 0 || c.Merchant.ApproveAbove == 0 {
		t.Errorf("%d by the brackets alone, %d by the merchant, %d never; %d digital; two people above %d", auto, merchant, none, stars, c.Merchant.ApproveAbove)
	}
}

func TestExampleSellsWhateverTheDate(t *testing.T) {
	t.Parallel()
	c := exampleCatalog(t)
	loc, err := c.Merchant.Location()
	if err != nil {
		t.Fatal(err)
	}
	for year := 2026; year < 2040; year++ {
		for day := range 366 {
			now := time.Date(year, 1, 1+day, 23, 59, 0, 0, loc)
			for _, p := range c.Products {
				slots := p.SlotsOnSale(tickets.DateOf(now, loc), 1, now, loc)
				if len(slots) == 0 || slots[0].Date > tickets.DateOf(now, loc)+2 {
					t.Fatalf("at %s the next visit of %s is %v", now, p.ID, slots)
				}
			}
		}
	}
}

func TestExampleSpeaksAllLanguagesEverywhere(t *testing.T) {
	t.Parallel()
	c := exampleCatalog(t)
	check := func(what string, all ...tickets.Texts) {
		for _, texts := range all {
			for _, lang := range []string{"en", "zh-Hans", "zh-Hant"} {
				if texts[lang] == "" {
					t.Errorf("%s has no text in %s: %v", what, lang, texts)
				}
			}
		}
	}
	check("merchant", c.Merchant.Names, c.Merchant.Support, c.Merchant.Terms, c.Merchant.Privacy)
	for _, p := range c.Products {
		check(string(p.ID), p.Names, p.Descriptions, p.Rules)
		if !p.Digital {
			check(string(p.ID), p.Place.Names, p.Place.Address)
		}
	}
	for _, k := range c.SKUs {
		check(string(k.ID), k.Names)
	}
}
