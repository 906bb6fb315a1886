package tickets

import (
	"errors"
	"testing"
)

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"", "2026-03-21", "0001-01-01", "9999-12-31", "2026-02-30", "2026-3-1", "-001-01-01", "2026-03-21 ", "２026-03-21"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		if err != nil {
			if !errors.Is(err, Invalid) {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if d.String() != s {
			t.Fatalf("%q is written %q", s, d)
		}
	})
}

func FuzzParseSlot(f *testing.F) {
	for _, s := range []string{"", "2026-03-21", "2026-03-21T19:30", "2026-03-21T24:00", "2026-03-21T24:01", "2026-03-21T9:30", "2026-03-21T", "T19:30"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		slot, err := ParseSlot(s)
		if err != nil {
			if !errors.Is(err, Invalid) {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if slot.String() != s {
			t.Fatalf("%q is written %q", s, slot)
		}
	})
}

func FuzzParseClock(f *testing.F) {
	for _, s := range []string{"", "00:00", "19:30", "24:00", "24:01", "9:30", "19:60", "+9:30", "19:3０"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h, m, err := ParseClock(s)
		if err != nil {
			if !errors.Is(err, Invalid) {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if h < 0 || m < 0 || m > 59 || h*60+m > 24*60 || s != "" && len(s) != len("15:04") {
			t.Fatalf("%q is %d:%d", s, h, m)
		}
	})
}

func FuzzParseStatusToken(f *testing.F) {
	o := Order{ID: "order_0199a1b2c3d4e5f6a7b8c9d0", Secret: "AAAAAAAAAAAAAAAAAAAAAA"}
	for _, s := range []string{"", o.StatusToken(), o.StatusToken() + "x", "ORDER_0199a1b2c3d4e5f6a7b8c9d0", o.StatusToken()[:45], "../../" + o.StatusToken()[6:]} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, secret, err := ParseStatusToken(s)
		if err != nil {
			if !errors.Is(err, NotFound) || id != "" || secret != "" {
				t.Fatalf("%q: %q %q %v", s, id, secret, err)
			}
			return
		}
		if !ValidID(PrefixOrder, string(id)) || (Order{ID: id, Secret: secret}).StatusToken() != s {
			t.Fatalf("%q: %q %q", s, id, secret)
		}
	})
}
