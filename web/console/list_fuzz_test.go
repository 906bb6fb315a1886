package console

import (
	"bytes"
	"encoding/csv"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"boxoffice/tickets"
)

// FuzzSafeCell: whatever a customer is called, no spreadsheet takes it for a formula, and nothing but what cannot be
// seen is lost.
func FuzzSafeCell(f *testing.F) {
	for _, s := range []string{
		"=1+1", "+6591234567", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\u00a0=1", "\u200b=1", "\ufeff=1", "\x00=1", "\u202e=1", "＝1", "＋1", "－1", "＠a",
		" =1", "'=1", "Tan Mei Ling", "王小明", "\xff=1", "|cmd", "%0A=1", "\u2028=1", "\x1f=1", "a,b\"c\nd", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := safeCell(s)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\t\r\n\x00") {
			t.Fatalf("%q became %q", s, got)
		}
		if first := strings.TrimSpace(got); first != "" && strings.ContainsRune("=+-@＝＋－＠|%", []rune(first)[0]) {
			t.Fatalf("%q became %q, which is a formula", s, got)
		}
		if strings.TrimPrefix(got, "'") != strings.TrimPrefix(strings.Map(visible, strings.ToValidUTF8(s, "\uFFFD")), "'") {
			t.Fatalf("%q became %q", s, got)
		}
		var b bytes.Buffer
		rows, err := newCSV(&b)
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{rows.row([]any{s, number("119.00")}), rows.close()} {
			if err != nil {
				t.Fatal(err)
			}
		}
		back, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\uFEFF"))).ReadAll()
		if err != nil || len(back) != 1 || back[0][0] != got || back[0][1] != "119.00" {
			t.Fatalf("%q is read back as %q, %v", s, back, err)
		}
	})
}

// FuzzFilter: an address gives the filter that gives the same address, and only fields of the filter.
func FuzzFilter(f *testing.F) {
	f.Add("status=INIT&date=today&q=a%20b&problems=1&mark=x&evil=1")
	f.Add("min=1.5&max=2&customer=%40name&since=2026-03-01&q=%00%ff")
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		first := filterOf(q)
		again, err := url.ParseQuery(first.Query())
		if err != nil {
			t.Fatal(err)
		}
		if second := filterOf(again); second != first {
			t.Fatalf("%q: %+v, then %+v", raw, first, second)
		}
		if to := first.URL(); inside(to) != to {
			t.Fatalf("%q leads to %q", raw, to)
		}
	})
}

// FuzzMinor: an amount that is read is written back as the same number.
func FuzzMinor(f *testing.F) {
	for _, s := range []string{"119", "119.5", "119.50", "0", "0.01", "007", "-1", "1e3", "1.234", "", ".", "1.", ".5", "999999999999.99", "9999999999999", "１"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, c := range []tickets.Currency{"SGD", "JPY", "KWD"} {
			n, ok := minor(s, c)
			if !ok {
				continue
			}
			if n < 0 {
				t.Fatalf("%q %s is %d", s, c, n)
			}
			if back, ok := minor(tickets.Money{Amount: n, Currency: c}.Decimal(), c); !ok || back != n {
				t.Fatalf("%q %s is %d, read back as %d", s, c, n, back)
			}
		}
	})
}

func TestProfilesAreTelegramsOnly(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"meiling": "https://t.me/meiling", "Mei_Ling9": "https://t.me/Mei_Ling9", "": "", "abc": "", "a/b/c/d": "", "x?start=1": "", "../evil": "",
		"javascript:alert(1)": "", "имя1234": "", strings.Repeat("a", 33): "",
	} {
		if got := profile(name); got != want {
			t.Errorf("profile of %q is %q, want %q", name, got, want)
		}
	}
}

func TestMarkedLosesNothing(t *testing.T) {
	t.Parallel()
	for q, want := range map[string]string{
		"ling": "Tan Mei [Ling]", "LING mei": "Tan [Mei] [Ling]", "tan mei ling": "[Tan Mei Ling]", "@mei": "Tan [Mei] Ling", "": "Tan Mei Ling", "x": "Tan Mei Ling",
	} {
		got := ""
		for _, p := range (searchPage{Q: q}).Marked("Tan Mei Ling") {
			if p.Marked {
				p.Text = "[" + p.Text + "]"
			}
			got += p.Text
		}
		if got != want {
			t.Errorf("%q marks %q, want %q", q, got, want)
		}
	}
	for _, s := range []string{"İstanbul", "王小明", "a\xffb", "ẞ straße"} {
		for _, q := range []string{"i", "小", "\xff", "ss", "s"} {
			got := ""
			for _, p := range (searchPage{Q: q}).Marked(s) {
				got += p.Text
			}
			if got != s {
				t.Errorf("%q in %q shows %q", q, s, got)
			}
		}
	}
}
