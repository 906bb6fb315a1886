package qr

import (
	"fmt"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
)

// cards are tickets as the shop sells them, and some that it should not.
func cards() map[string]Card {
	return map[string]Card{
		"English": {Content: address, Title: "Night Safari – Singapore’s Zoo", Date: "Thu 24 Dec 2026, 19:15", Type: "2 × Adult, 1 × Child",
			Lines: []string{"Holder: Tan Mei Ling"}, OrderCode: "TG261224L00001", Part: "1 of 3", Lang: "en"},
		"Simplified": {Content: address, Title: "Sentosa 家庭套票(2大1小)", Date: "2026年12月24日 星期四", Type: "家庭套票 × 1（可入场3人）",
			OrderCode: "TG261224L00001", Lang: "zh-Hans"},
		"Traditional": {Content: address, Title: "香港海洋公園日間門票連纜車快速通行證及三道門餐廳午餐套餐（成人）特別優惠版本", Date: "2026年12月24日 週四 10:00",
			Type: "成人 × 2、小童 × 1、長者 × 1", Lines: []string{"持票人：陳大文"}, OrderCode: "TG261224L00001", Part: "第 2 張，共 4 張", Lang: "zh-Hant"},
		"only a QR": {Content: address},
		"too much": {Content: strings.Repeat(address, 10), Title: strings.Repeat("名", 500), Date: strings.Repeat("x", 500), Type: strings.Repeat("y z", 500),
			Lines: make([]string, 50), OrderCode: strings.Repeat("C", 200), Part: strings.Repeat("9", 200)},
		"strange characters": {Content: address, Title: "😀 ะ\u200d\ufe0f\x00\n\t\xff е\u0301 ﷽ 𠮷", Lines: []string{"", " ", "\u0301"}, OrderCode: "\U0010ffff"},
	}
}

func TestTicketPictureIsReadByTwoScanners(t *testing.T) {
	t.Parallel()
	for name, c := range cards() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, err := Ticket(c)
			if err != nil {
				t.Fatal(err)
			}
			if len(file) > maxBytes/4 {
				t.Errorf("%d bytes", len(file))
			}
			img := decoded(t, file)
			if b := img.Bounds(); b.Dx() < cardWidth || b.Dx()+b.Dy() > 10000 || b.Dy() > 20*b.Dx() {
				t.Errorf("Telegram takes no photo of %v", b)
			}
			if got := zxing(t, img, gozxing.DecodeHintType_TRY_HARDER); got != c.Content {
				t.Errorf("gozxing read %q", got)
			}
			if got := zbar(t, file); got != c.Content {
				t.Errorf("zbarimg read %q", got)
			}
		})
	}
}

func TestTicketNeedsContent(t *testing.T) {
	t.Parallel()
	if _, err := Ticket(Card{Title: "x"}); err == nil {
		t.Error("a ticket without a QR was drawn")
	}
}

// TestTicketShowsEveryText leaves out one text at a time: the picture must differ.
func TestTicketShowsEveryText(t *testing.T) {
	t.Parallel()
	whole := cards()["Traditional"]
	want, err := Ticket(whole)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Card){
		"title": func(c *Card) { c.Title = "香港" }, "date": func(c *Card) { c.Date = "2026年12月25日 週四 10:00" },
		"type": func(c *Card) { c.Type = "成人 × 3、小童 × 1、長者 × 1" }, "lines": func(c *Card) { c.Lines = []string{"持票人：陳小文"} },
		"order code": func(c *Card) { c.OrderCode = "TG261224L00002" }, "part": func(c *Card) { c.Part = "第 3 張，共 4 張" },
	} {
		c := whole
		change(&c)
		got, err := Ticket(c)
		if err != nil || string(got) == string(want) {
			t.Errorf("another %s draws the same picture, error %v", name, err)
		}
	}
}

func TestFontHasEveryCharacterOfTheSamples(t *testing.T) {
	t.Parallel()
	common := "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;!?()-+/&%$#@'\"*=éèñüöß×·…—←→￥"
	for name, lang := range map[string]string{"English": "en", "Simplified": "zh-Hans", "Traditional": "zh-Hant"} {
		c, f := cards()[name], faceFor(lang)
		for _, r := range clean(common + c.Title + c.Date + c.Type + strings.Join(c.Lines, "") + c.OrderCode + c.Part) {
			if r != ' ' && f.dots(r) == (pixels{}) {
				t.Errorf("%s: the font has no %c (%U)", name, r, r)
			}
		}
	}
}

func TestUnknownCharactersBecomeBoxes(t *testing.T) {
	t.Parallel()
	f := faceFor("en")
	box := f.glyph('😀')
	if !box[3][0] || !box[baseline][2*advance-2] || box[6][5] {
		t.Errorf("no box: %v", box)
	}
	if f.glyph('😁') != box || f.glyph('票') == box {
		t.Error("the box is not what unknown characters become")
	}
	if f.glyph(' ') != (pixels{}) {
		t.Error("a space is not empty")
	}
}

func TestChineseCharactersHaveTheShapeOfTheLanguage(t *testing.T) {
	t.Parallel()
	if faceFor("zh-Hans").glyph('冎') == faceFor("zh-Hant").glyph('冎') {
		t.Error("Simplified and Traditional Chinese are drawn with one font")
	}
}

func TestWrapBreaksWhereReadersExpect(t *testing.T) {
	t.Parallel()
	f := faceFor("zh-Hans")
	for _, c := range []struct {
		text  string
		cells int // room, in halves of a Chinese character
		most  int
		want  string
	}{
		{"", 10, 3, ""},
		{"  \n ", 10, 3, ""},
		{"Night Safari", 12, 3, "Night Safari"},
		{"Night Safari", 11, 3, "Night|Safari"},
		{"Night  Safari\nZoo", 11, 3, "Night|Safari Zoo"},
		{"Donaudampfschiff", 10, 3, "Donaudampf|schiff"},
		{"动物园成人票", 6, 3, "动物园|成人票"},
		{"动物园（成人）", 8, 3, "动物园|（成人）"},
		{"动物园，成人", 6, 3, "动物|园，成|人"},
		{"Zoo动物园", 6, 3, "Zoo动|物园"},
		{"one two three four", 9, 2, "one two|three f…"},
		{"动物园成人票", 6, 1, "动物…"},
		{"票", 1, 2, "票"},
	} {
		if got := strings.Join(f.wrap(c.text, 2, c.cells*advance*2, c.most), "|"); got != c.want {
			t.Errorf("%q in %d lines of %d: %q, want %q", c.text, c.most, c.cells, got, c.want)
		}
	}
}

func TestNoLineIsWiderThanItsRoom(t *testing.T) {
	t.Parallel()
	for name, c := range cards() {
		head, body, foot := c.blocks()
		for _, lines := range [][]line{head, body, foot} {
			for _, l := range lines {
				f := l.style.face
				if got := f.width(l.text, l.style.scale) + f.width(l.right, l.style.scale); got > cardText {
					t.Errorf("%s: %q is %d pixels wide", name, l.text, got)
				}
			}
		}
	}
}

func BenchmarkTicket(b *testing.B) {
	c := cards()["Traditional"]
	for b.Loop() {
		file, err := Ticket(c)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(file)), "bytes")
	}
}

func ExampleTicket() {
	picture, err := Ticket(Card{
		Content: "HTTPS://TICKETS.EXAMPLE.COM/T/ABC234", Title: "Night Safari", Date: "Thu 24 Dec 2026, 19:15",
		Type: "2 × Adult", OrderCode: "TG261224L00001", Part: "1 of 2", Lang: "en",
	})
	fmt.Println(err, len(picture) < 10_000)
	// Output: <nil> true
}
