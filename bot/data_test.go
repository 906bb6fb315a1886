package bot

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"boxoffice/tickets"
)

func FuzzMoveSaysWhatItSaid(f *testing.F) {
	f.Add("0123456789", int64(7), byte('p'), "arg.1")
	f.Add(noFlow, int64(1295), byte('!'), "")
	f.Fuzz(func(t *testing.T, flow string, version int64, a byte, arg string) {
		data := move{flow: flow, version: version, act: act(a), arg: arg}.String()
		m, ok := readMove(data)
		sound := validFlow(flow) && version >= 0 && a > ' ' && a <= '~' && strings.IndexFunc(arg, func(r rune) bool { return r <= ' ' || r > '~' }) < 0 &&
			len(data) <= maxData
		if !sound {
			return
		}
		if !ok || m.flow != flow || m.version != version%versions || m.act != act(a) || m.arg != arg {
			t.Fatalf("%q reads as %+v, %v", data, m, ok)
		}
	})
}

func FuzzAnyDataIsReadOrRefused(f *testing.F) {
	for _, s := range []string{"", "-", "1", "1000000000000P", "10000000000+1P", "10000000000-00", "1zzzzzzzzzz00p", strings.Repeat("1", 70), "1000000000000\x00", "１０００"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		m, ok := readMove(data)
		if ok && m.String() != data {
			t.Fatalf("%q reads as %+v, which says %q", data, m, m.String())
		}
		_, _ = unpackDate(data)
		_, _ = unpackSlot(data)
		_, _, _ = unpackID(tickets.PrefixOrder, data)
		_, _, _ = cutLink(data)
		_ = readLives(data)
		_, _ = unpackSet(data)
		if m, ok := unpackStaff(data); ok && m.pack() != data {
			t.Fatalf("%q reads as %+v, which says %q", data, m, m.pack())
		}
	})
}

func FuzzStaffMoveSaysWhatItSaid(f *testing.F) {
	f.Add(byte('a'), "", int64(0), int64(0), byte('0'))
	f.Add(byte('s'), "1z141z4", int64(7999999999), int64(1795400000), byte('z'))
	at := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, d byte, detail string, who, when int64, why byte) {
		m := staffMove{deed: deed(d), detail: detail, who: who, at: when, why: why, id: tickets.NewID(tickets.PrefixCase, at, nil)}
		if m.deed.aboutOrder() {
			m.id = tickets.NewID(tickets.PrefixOrder, at, nil)
		}
		if who == 0 {
			m.at, m.why = 0, 0
		}
		_, known := duties[m.deed]
		sound := known && who >= 0 && why < 128 && strings.Trim(detail, "0123456789abcdefghijklmnopqrstuvwxyz") == "" && (who == 0 || why != '.')
		if !sound {
			return
		}
		if got, ok := unpackStaff(m.pack()); !ok || got != m {
			t.Fatalf("%+v comes back as %+v, %v", m, got, ok)
		}
	})
}

func TestDeedsFitAnyButton(t *testing.T) {
	t.Parallel()
	at := time.Date(2096, 11, 22, 0, 0, 0, 0, time.UTC)
	const all uint64 = 1<<(mostNumber+1) - 1
	for d := range duties {
		m := staffMove{deed: d, id: tickets.NewID(tickets.PrefixCase, at, nil), who: 1<<52 - 1, at: at.Unix(), why: reasonTyped}
		if d.aboutOrder() {
			m.id = tickets.NewID(tickets.PrefixOrder, at, nil)
		}
		for _, m.detail = range []string{"", packSet(all)} {
			if data := m.data(); len(data) > maxData {
				t.Errorf("%c: %d bytes", d, len(data))
			}
		}
	}
}

func TestAskingMoneyBackFitsAnyButton(t *testing.T) {
	t.Parallel()
	o := tickets.Order{ID: tickets.OrderID(tickets.NewID(tickets.PrefixOrder, time.Date(2096, 11, 22, 0, 0, 0, 0, time.UTC), nil)), Rev: versions - 1}
	if data := askData(o, 1<<(mostNumber+1)-1, ownWhy, math.MaxInt64); len(data) > maxData {
		t.Errorf("%d bytes", len(data))
	}
}

func TestSlotsAndIDsSurviveAButton(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for _, s := range []tickets.Slot{{Date: 20779}, {Date: -3, Start: "00:00"}, {Date: tickets.DateOf(at, time.UTC), Start: "23:59"}} {
		if got, ok := unpackSlot(packSlot(s)); !ok || got != s {
			t.Errorf("%s comes back as %s, %v", s, got, ok)
		}
	}
	id := tickets.OrderID(tickets.NewID(tickets.PrefixOrder, at, nil))
	got, rest, ok := unpackID(tickets.PrefixOrder, packOrder(id)+"rest")
	if !ok || tickets.OrderID(got) != id || rest != "rest" {
		t.Errorf("%s comes back as %s, %q, %v", id, got, rest, ok)
	}
}

func TestFlowsSortByTime(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	var last string
	for i := range 200 {
		flow, err := newFlow(at.Add(time.Duration(i)*time.Second), bytes.NewReader([]byte{byte(255 - i), byte(i)}))
		if err != nil || !validFlow(flow) || flow <= last {
			t.Fatalf("flow %q after %q: %v", flow, last, err)
		}
		last = flow
	}
}

func TestShortNamesOfSKUsFitAnyButton(t *testing.T) {
	t.Parallel()
	data := move{flow: "0123456789", version: 1295, act: actSet, arg: "10000." + short(strings.Repeat("名", 500))}.String()
	if len(data) > maxData {
		t.Errorf("%d bytes", len(data))
	}
}

func TestClipKeepsWholeCharacters(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"abc": "abc", "abcdef": "abcd…", "你好你好你": "你好你好你", "你好你好你好": "你好你好…", "😀😀😀😀": "😀😀…", "": ""} {
		if got := clip(in, 5); got != want || units(got) > 5 {
			t.Errorf("clip(%q) = %q", in, got)
		}
	}
}
