package bot

import (
	"maps"
	"testing"
	"time"

	"boxoffice/tickets"
)

// a Sunday
var testDay = tickets.CivilDate(2026, time.November, 22)

func TestDaysAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"today": "2026-11-22", "Tomorrow": "2026-11-23", "  the day after   tomorrow ": "2026-11-24", "明天": "2026-11-23", "後天": "2026-11-24",
		"大后天": "2026-11-25", "今天": "2026-11-22",
		"24 Dec": "2026-12-24", "24th of December": "2026-12-24", "Dec 24": "2026-12-24", "December 24th, 2027": "2027-12-24", "24 dec 2026": "2026-12-24",
		"2026-12-24": "2026-12-24", "2026/1/5": "2026-01-05", "24/12": "2026-12-24", "12/24": "2026-12-24", "5.1.2027": "2027-01-05", "21/11": "2027-11-21",
		"12月24日": "2026-12-24", "１２月２４日": "2026-12-24", "2027年1月2号": "2027-01-02", "十二月二十四日": "", "12月24": "2026-12-24", "1月1日": "2027-01-01",
		"sat": "2026-11-28", "on Saturday": "2026-11-28", "sunday": "2026-11-22", "next saturday": "2026-11-28", "this sunday": "2026-11-22",
		"next monday": "2026-11-23", "周六": "2026-11-28", "星期日": "2026-11-22", "下周六": "2026-11-28", "下週一": "2026-11-23", "礼拜三": "2026-11-25", "禮拜三": "2026-11-25",
		"24日": "2026-11-24", "24th": "2026-11-24", "1st": "2026-12-01", "31号": "2026-12-31",
		"30 Feb": "", "31/4": "", "32": "", "24": "", "banana": "", "": "", "13/13": "", "0/0": "", "99月99日": "", "next": "", "2026-13-01": "",
		"24 foo": "", "3 adults": "", "0000-01-01": "",
	} {
		d, ok := readDate(in, testDay, false)
		if got := d.String(); (want == "") == ok || want != "" && got != want {
			t.Errorf("%q is %s, %v, not %q", in, got, ok, want)
		}
	}
	if d, ok := readDate("24", testDay, true); !ok || d.String() != "2026-11-24" {
		t.Errorf("24 alone is %s, %v", d, ok)
	}
}

func TestTimesAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"19:30": "19:30", "7:30 pm": "19:30", "7pm": "19:00", "at 9:05": "09:05", "12am": "00:00", "12 pm": "12:00", "晚上7点半": "19:30",
		"下午2點": "14:00", "19点30分": "19:30", "１９：３０": "19:30", "9.15": "09:15", "25:00": "", "9:75": "", "7": "", "soon": "", "": "",
	} {
		got, ok := readTime(in)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q is %q, %v, not %q", in, got, ok, want)
		}
	}
}

func TestQuantitiesAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	several := []tickets.SKU{
		{ID: "a", Names: tickets.Texts{"en": "Adult", "zh-Hans": "成人"}},
		{ID: "c", Names: tickets.Texts{"en": "Child (4–12)", "zh-Hans": "儿童（4–12 岁）"}},
		{ID: "s", Names: tickets.Texts{"en": "Senior (60+)", "zh-Hans": "长者（60 岁以上）"}},
	}
	one := []tickets.SKU{{ID: "p", Names: tickets.Texts{"en": "Family pack (2 adults + 1 child)", "zh-Hans": "家庭套票(2大1小)"}}}
	type units map[tickets.SKUID]int
	for _, c := range []struct {
		in   string
		skus []tickets.SKU
		want units
	}{
		{"3", several, units{"a": 3}}, {"2 adults 1 child", several, units{"a": 2, "c": 1}}, {"two adults and one child", several, units{"a": 2, "c": 1}},
		{"2 adults, 3 kids", several, units{"a": 2, "c": 3}}, {"2x adult + 1 x senior", several, units{"a": 2, "s": 1}}, {"两大一小", several, units{"a": 2, "c": 1}},
		{"2个成人，1个儿童", several, units{"a": 2, "c": 1}}, {"３", several, units{"a": 3}}, {"2 dogs", several, nil}, {"2 adults 1 dog", several, nil},
		{"3 tickets", one, units{"p": 3}}, {"2 packs", one, units{"p": 2}}, {"2 family packs", one, units{"p": 2}}, {"3张", one, units{"p": 3}}, {"两张票", one, units{"p": 2}}, {"三个人", one, units{"p": 3}},
		{"2 adults 1 child", one, nil}, {"0", one, units{"p": 0}}, {"24 dec", one, nil}, {"tomorrow", one, nil}, {"", one, nil}, {"adults 2", several, nil}, {"-3", one, nil},
		{"3", nil, nil}, {"99999", one, nil},
	} {
		got, ok := readUnits(c.in, c.skus)
		if ok != (c.want != nil) || ok && !maps.Equal(got, map[tickets.SKUID]int(c.want)) {
			t.Errorf("%q is %v, %v, not %v", c.in, got, ok, c.want)
		}
	}
}

func FuzzTypedWordsNeverPanic(f *testing.F) {
	for _, s := range []string{"24 Dec", "下周六 两大一小", "2 adults 1 child", "晚上7点半", "2026-12-24", "1/1", "\xff\xfe", "十十十", "9999999999 x", "next next"} {
		f.Add(s)
	}
	skus := []tickets.SKU{{ID: "a", Names: tickets.Texts{"en": "Adult"}}, {ID: "c", Names: tickets.Texts{"en": "Child"}}}
	f.Fuzz(func(t *testing.T, s string) {
		if d, ok := readDate(s, testDay, true); ok && (d < testDay-1000*366 || d > tickets.CivilDate(9999, 12, 31)) {
			t.Errorf("%q is %s", s, d)
		}
		if c, ok := readTime(s); ok {
			if _, _, err := tickets.ParseClock(c); err != nil {
				t.Errorf("%q is %q", s, c)
			}
		}
		if us, ok := readUnits(s, skus); ok {
			for _, n := range us {
				if n < 0 {
					t.Errorf("%q has %d", s, n)
				}
			}
		}
	})
}
