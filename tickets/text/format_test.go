package text

import (
	"math"
	"strings"
	"testing"
	"time"

	"boxoffice/tickets"
)

func TestMoneyIsWrittenAsItsReadersWriteIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		amount             int64
		currency           tickets.Currency
		en, simpl, traditi string
	}{
		{11900, "SGD", "S$119.00", "S$119.00", "S$119.00"},
		{62300, "TWD", "NT$623", "NT$623", "NT$623"},
		{62350, "TWD", "NT$623.50", "NT$623.50", "NT$623.50"},
		{10800, "HKD", "HK$108.00", "HK$108.00", "HK$108.00"},
		{123456789, "USD", "US$1,234,567.89", "US$1,234,567.89", "US$1,234,567.89"},
		{5, "EUR", "€0.05", "€0.05", "€0.05"},
		{100000, "CNY", "CN¥1,000.00", "¥1,000.00", "CN¥1,000.00"},
		{1500, "JPY", "¥1,500", "JP¥1,500", "JP¥1,500"},
		{1250, "KWD", "KWD 1.250", "KWD 1.250", "KWD 1.250"},
		{120000, "VND", "₫120,000", "₫120,000", "₫120,000"},
		{250, "XTR", "⭐250", "⭐250", "⭐250"},
		{-500, "USD", "-US$5.00", "-US$5.00", "-US$5.00"},
		{0, "SGD", "S$0.00", "S$0.00", "S$0.00"},
		{99900, "SGD", "S$999.00", "S$999.00", "S$999.00"},
		{math.MinInt64, "JPY", "-¥9,223,372,036,854,775,808", "-JP¥9,223,372,036,854,775,808", "-JP¥9,223,372,036,854,775,808"},
	} {
		for lang, want := range map[Lang]string{English: c.en, Simplified: c.simpl, Traditional: c.traditi} {
			if got := For(lang).Money(tickets.Money{Amount: c.amount, Currency: c.currency}); got != want {
				t.Errorf("%s: %d %s = %q, want %q", lang, c.amount, c.currency, got, want)
			}
		}
	}
}

func TestNoTwoCurrenciesLookAlike(t *testing.T) {
	t.Parallel()
	for _, lang := range Langs() {
		seen := map[string]tickets.Currency{}
		for currency := range styles {
			got := strings.TrimRight(For(lang).Money(tickets.Money{Amount: 0, Currency: currency}), "0.")
			if other, ok := seen[got]; ok {
				t.Errorf("%s: %s and %s are both %q", lang, currency, other, got)
			}
			seen[got] = currency
		}
	}
}

func TestDatesAndTimes(t *testing.T) {
	t.Parallel()
	day := tickets.CivilDate(2022, time.December, 24)
	singapore := time.FixedZone("+08", 8*3600)
	late := time.Date(2022, 12, 23, 18, 5, 0, 0, time.UTC)
	for lang, want := range map[Lang][]string{
		English: {"Sat 24 Dec", "Sat 24 Dec 2022", "Saturday, 24 December 2022", "December 2022", "January 2023",
			"Sat 24 Dec, 02:05", "Fri 23 Dec, 18:05", "Sat 24 Dec, 09:30", "Sat 24 Dec", "Saturday, 24 December 2022, 09:30",
			"Mo Tu We Th Fr Sa Su"},
		Simplified: {"12月24日 周六", "2022年12月24日 周六", "2022年12月24日 星期六", "2022年12月", "2023年1月",
			"12月24日 周六 02:05", "12月23日 周五 18:05", "12月24日 周六 09:30", "12月24日 周六", "2022年12月24日 星期六 09:30",
			"一 二 三 四 五 六 日"},
		Traditional: {"12月24日 週六", "2022年12月24日 週六", "2022年12月24日 星期六", "2022年12月", "2023年1月",
			"12月24日 週六 02:05", "12月23日 週五 18:05", "12月24日 週六 09:30", "12月24日 週六", "2022年12月24日 星期六 09:30",
			"一 二 三 四 五 六 日"},
	} {
		p := For(lang)
		heads := p.Weekdays()
		for i, got := range []string{
			p.Date(day), p.DateYear(day), p.DateLong(day), p.Month(2022, time.December), p.Month(2022, 13),
			p.DateTime(late, singapore), p.DateTime(late, nil),
			p.Slot(tickets.Slot{Date: day, Start: "09:30"}), p.Slot(tickets.Slot{Date: day}),
			p.SlotLong(tickets.Slot{Date: day, Start: "09:30"}),
			strings.Join(heads[:], " "),
		} {
			if got != want[i] {
				t.Errorf("%s: %q, want %q", lang, got, want[i])
			}
		}
	}
}

func TestEveryDayAndMonthHasItsName(t *testing.T) {
	t.Parallel()
	for _, lang := range Langs() {
		p, seen := For(lang), map[string]bool{}
		for d := tickets.CivilDate(2026, time.January, 1); d < tickets.CivilDate(2027, time.January, 1); d++ {
			seen[p.DateLong(d)], seen[p.Date(d)] = true, true
		}
		if len(seen) != 2*365 {
			t.Errorf("%s: %d different texts for 365 days in two forms", lang, len(seen))
		}
	}
}

func TestTimeOfDay(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"14:30": "14:30", "9:05": "09:05", "09:05:00": "09:05", "24:00": "24:00", "noon": "noon", "": ""} {
		if got := For(English).Time(in); got != want {
			t.Errorf("Time(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestDurationAndList(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration][2]string{
		0:                               {"0 s", "0秒"},
		-time.Second:                    {"0 s", "0秒"},
		time.Millisecond:                {"1 s", "1秒"},
		4*time.Minute + 30*time.Second:  {"4 min 30 s", "4分钟 30秒"},
		2 * time.Hour:                   {"2 h", "2小时"},
		27*time.Hour + 5*time.Minute:    {"1 d 3 h", "1天 3小时"},
		2*time.Hour + 5*time.Second:     {"2 h", "2小时"},
		72*time.Hour - time.Millisecond: {"3 d", "3天"},
	} {
		if got := For(English).Duration(d); got != want[0] {
			t.Errorf("en: %s = %q, want %q", d, got, want[0])
		}
		if got := For(Simplified).Duration(d); got != want[1] {
			t.Errorf("zh-Hans: %s = %q, want %q", d, got, want[1])
		}
	}
	for _, c := range []struct{ got, want string }{
		{For(English).List(), ""}, {For(English).List("a"), "a"}, {For(English).List("a", "b"), "a and b"},
		{For(English).List("a", "b", "c"), "a, b and c"}, {For(Traditional).List("a", "b", "c"), "a、b和c"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
