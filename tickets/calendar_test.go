package tickets

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestDateNeverShifts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := Date(rapid.Int32Range(-200_000, 200_000).Draw(t, "day"))
		back, err := ParseDate(d.String())
		if err != nil || back != d || CivilDate(d.Civil()) != d {
			t.Fatalf("%d is %s is %d, %v", d, d, back, err)
		}
		if d.Weekday() != time.Weekday(((int(d)%7)+7+4)%7) { // 1970-01-01 was a Thursday
			t.Fatalf("%s is a %s", d, d.Weekday())
		}
	})
	for _, bad := range []string{"", "2026-3-21", "2026-02-29", "21.03.2026", "2026-03-21T09:30", "2026-13-01"} {
		if _, err := ParseDate(bad); KindOf(err) != Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
	b, err := json.Marshal(Slot{Date: CivilDate(2026, time.March, 21), Start: "09:30"})
	if err != nil || string(b) != `{"date":"2026-03-21","start":"09:30"}` {
		t.Errorf("%s, %v", b, err)
	}
}

func TestVisitDaysKeepTheirDateInEveryZone(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"Asia/Singapore", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo", "Africa/Cairo",
		"Asia/Kathmandu", "Pacific/Kiritimati", "America/St_Johns", "Asia/Beirut", "America/Havana",
	} {
		loc := zone(t, name)
		for d := CivilDate(2025, time.January, 1); d < CivilDate(2027, time.January, 1); d++ {
			for _, clock := range []string{"", "01:00", "02:30", "12:00", "23:59"} {
				// A clock time that a change of time skips is the moment after it, still on the date or its first minutes.
				if got := DateOf(d.At(clock, loc), loc); got != d && (clock != "" || got != d-1) {
					t.Fatalf("%s: %s at %q is on %s", name, d, clock, got)
				}
			}
			if length := d.At("24:00", loc).Sub(d.At("", loc)); length < 22*time.Hour || length > 26*time.Hour {
				t.Errorf("%s: %s lasts %s", name, d, length)
			}
		}
	}
}

func TestDaysOfAChangeOfTime(t *testing.T) {
	t.Parallel()
	berlin := zone(t, "Europe/Berlin")
	spring, autumn := CivilDate(2026, time.March, 29), CivilDate(2026, time.October, 25)
	for d, want := range map[Date]time.Duration{spring: 23 * time.Hour, autumn: 25 * time.Hour, spring + 1: 24 * time.Hour} {
		if got := d.At("24:00", berlin).Sub(d.At("", berlin)); got != want {
			t.Errorf("%s lasts %s, want %s", d, got, want)
		}
	}
	c := Calendar{Slots: []TimeSlot{{Start: "01:30", Minutes: 60}}}
	s := Slot{Date: spring, Start: "01:30"}
	if got := c.Ends(s, berlin).In(berlin).Format("15:04"); got != "03:30" {
		t.Errorf("an hour from 01:30 ends at %s on the clock", got)
	}
}

func TestSlotText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Slot{
		"2026-03-21":       {Date: CivilDate(2026, time.March, 21)},
		"2026-03-21T09:30": {Date: CivilDate(2026, time.March, 21), Start: "09:30"},
	} {
		got, err := ParseSlot(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "2026-03-21T", "2026-03-21T9:30", "2026-03-21T25:00", "2026-02-30T09:30", "2026-03-21 09:30"} {
		if _, err := ParseSlot(bad); KindOf(err) != Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for text, want := range map[string][2]int{"": {0, 0}, "24:00": {24, 0}, "09:05": {9, 5}} {
		if h, m, err := ParseClock(text); err != nil || h != want[0] || m != want[1] {
			t.Errorf("%q: %d %d %v", text, h, m, err)
		}
	}
}

func TestCalendarOpenDays(t *testing.T) {
	t.Parallel()
	mon := CivilDate(2026, time.March, 23)
	c := Calendar{
		From: mon, To: mon + 20, Weekdays: Weekdays{time.Monday, time.Wednesday},
		Closed: []DateRange{{mon + 7, mon + 9}}, Extra: []DateRange{{mon + 4, mon + 5}, {mon + 8, mon + 8}},
	}
	open := map[Date]bool{mon: true, mon + 2: true, mon + 4: true, mon + 5: true, mon + 14: true, mon + 16: true}
	for d := mon - 7; d < mon+30; d++ {
		if c.Open(d) != open[d] {
			t.Errorf("%s (%s) open: %v", d, d.Weekday(), c.Open(d))
		}
	}
	c.Slots = []TimeSlot{{Start: "09:30"}, {Start: "14:00"}}
	if got := c.On(mon); len(got) != 2 || !c.Has(got[1]) || c.Has(Slot{Date: mon}) || c.Has(Slot{mon, "10:00"}) || c.On(mon+1) != nil {
		t.Errorf("%v", got)
	}
	if days := (Calendar{}).On(mon); len(days) != 1 || days[0] != (Slot{Date: mon}) {
		t.Errorf("every day: %v", days)
	}
}

func TestSalesWindow(t *testing.T) {
	t.Parallel()
	loc := zone(t, "Asia/Singapore")
	day := CivilDate(2026, time.March, 21)
	daily := Product{ID: "p", Calendar: Calendar{Closes: "18:00"}, Sales: Sales{DaysAhead: 30, CutoffMinutes: 60}}
	timed := daily
	timed.Calendar.Slots = []TimeSlot{{Start: "09:30", Minutes: 60}}
	for _, c := range []struct {
		p      Product
		slot   Slot
		now    time.Time
		reason any // nil: on sale
	}{
		{daily, Slot{Date: day}, day.At("16:59", loc), nil},
		{daily, Slot{Date: day}, day.At("17:00", loc), "past"},
		{daily, Slot{Date: day}, (day - 30).At("", loc), nil},
		{daily, Slot{Date: day}, (day - 30).At("", loc).Add(-time.Second), "early"},
		{daily, Slot{day, "09:30"}, day.At("", loc), "closed"},
		{timed, Slot{day, "09:30"}, day.At("08:29", loc), nil},
		{timed, Slot{day, "09:30"}, day.At("08:30", loc), "past"},
		{timed, Slot{Date: day}, day.At("08:00", loc), "closed"},
		{Product{ID: "q"}, Slot{Date: day}, day.At("23:59", loc), nil},
		{Product{ID: "q"}, Slot{Date: day}, (day + 1).At("", loc), "past"},
		{Product{ID: "q"}, Slot{Date: day}, (day - DefaultDaysAhead).At("", loc), nil},
		{Product{ID: "q"}, Slot{Date: day}, (day - DefaultDaysAhead - 1).At("", loc), "early"},
	} {
		err := c.p.OnSale(c.slot, c.now, loc)
		if c.reason == nil {
			if err != nil {
				t.Errorf("%s at %s: %v", c.slot, c.now, err)
			}
			continue
		}
		if KindOf(err) != Closed || RefusalOf(err).Args["reason"] != c.reason {
			t.Errorf("%s at %s: %v, want %v", c.slot, c.now, err, c.reason)
		}
	}
	got := timed.SlotsOnSale(day-5, 3, day.At("09:00", loc), loc)
	if len(got) != 3 || got[0] != (Slot{day + 1, "09:30"}) {
		t.Errorf("on sale: %v", got)
	}
	timed.Calendar.To = day + 1
	if got := timed.SlotsOnSale(day, 9, day.At("09:00", loc), loc); len(got) != 1 || timed.LastDay(day.At("09:00", loc), loc) != day+1 {
		t.Errorf("to the last day: %v", got)
	}
}

func TestPriceAndCapacityOfTheDay(t *testing.T) {
	t.Parallel()
	sat := CivilDate(2026, time.March, 21)
	s := SKU{Price: 100, Prices: []PriceRule{
		{From: sat, To: sat + 1, Price: 300}, {Weekdays: Weekdays{time.Saturday}, Price: 200}, {From: sat + 30, Price: 400},
	}}
	for d, want := range map[Date]int64{sat: 300, sat + 1: 300, sat + 2: 100, sat + 7: 200, sat + 28: 200, sat + 30: 400, sat + 35: 200, sat - 7: 200, sat - 1: 100} {
		if got := s.PriceOn(d); got != want {
			t.Errorf("%s costs %d, want %d", d, got, want)
		}
	}
	p := Pool{Capacity: 10, Overrides: []CapacityRule{{From: sat, To: sat + 1, Capacity: 5}, {From: sat, To: sat, Start: "09:30", Capacity: 2}}}
	for s, want := range map[Slot]int{{sat, "09:30"}: 2, {sat, "14:00"}: 5, {Date: sat}: 5, {sat + 1, "09:30"}: 5, {sat + 2, "09:30"}: 10} {
		if got := p.CapacityOn(s); got != want {
			t.Errorf("%s has %d, want %d", s, got, want)
		}
	}
}

func TestTextsPickANearLanguage(t *testing.T) {
	t.Parallel()
	all := Texts{"en": "e", "zh-Hans": "s", "zh-Hant": "t"}
	for _, c := range []struct {
		texts Texts
		lang  string
		want  string
	}{
		{all, "zh-Hant", "t"}, {all, "fr", "e"}, {Texts{"zh-Hans": "s", "en": "e"}, "zh-Hant", "s"}, {Texts{"zh-Hant": "t", "en": "e"}, "zh-Hans", "t"},
		{Texts{"fr": "f", "de": "d"}, "en", "d"}, {Texts{"de": "", "fr": "f"}, "en", "f"}, {nil, "en", ""},
	} {
		if got := c.texts.Pick(c.lang); got != c.want {
			t.Errorf("%v in %s: %q, want %q", c.texts, c.lang, got, c.want)
		}
	}
}
