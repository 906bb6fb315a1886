package qr

import (
	"image"
	"image/color"
	"strings"
	"unicode"

	"github.com/hajimehoshi/bitmapfont/v3"
	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
)

// The bitmap font's cell: letters are half as wide as Chinese characters.
const (
	cellHeight = 16
	advance    = 6
	baseline   = 12
)

// face is a bitmap font with the layout of short texts.
type face struct{ font.Face }

// faceFor returns the font whose Chinese characters have the shapes that
// readers of the language know. All have the same characters.
func faceFor(lang string) face {
	switch {
	case strings.HasPrefix(lang, "zh-Hant"):
		return face{bitmapfont.FaceTCEA}
	case strings.HasPrefix(lang, "zh"):
		return face{bitmapfont.FaceSCEA}
	default:
		return face{bitmapfont.FaceSC}
	}
}

// style is how a text is drawn: each pixel of the font as a square of scale.
type style struct {
	face  face
	scale int
	bold  bool
}

func (s style) lineHeight() int { return (cellHeight + 2) * s.scale }

// plain are characters that the font lacks or draws badly, and what stands for them.
var plain = strings.NewReplacer("–", "-", "‑", "-", "‒", "-", "−", "-", "’", "'", "‘", "'", "\u00a0", " ", "\u202f", " ", "\u3000", " ",
	"€", "EUR ", "™", "")

// clean makes one line of what a merchant may have typed: no control
// characters, no joiners or selectors, single spaces.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
			return -1
		default:
			return r
		}
	}, plain.Replace(s))
	return strings.Join(strings.Fields(s), " ")
}

// runeAdvance is the width of a character in the font's pixels. What the font
// does not reach is a box as wide as a Chinese character.
func (f face) runeAdvance(r rune) int {
	if unicode.Is(unicode.Mn, r) {
		return 0
	}
	if a, ok := f.GlyphAdvance(r); ok {
		return a.Round()
	}
	return 2 * advance
}

// width of a clean text in pixels.
func (f face) width(s string, scale int) int {
	total := 0
	for _, r := range s {
		total += f.runeAdvance(r)
	}
	return total * scale
}

// cut shortens s until it fits the width, with "…" at its end.
func (f face) cut(s string, scale, width int) string {
	s = clean(s)
	if f.width(s, scale) <= width {
		return s
	}
	runes := []rune(s)
	for len(runes) > 0 && f.width(string(runes), scale)+f.width("…", scale) > width {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimRight(string(runes), " ") + "…"
}

// wrap breaks s into lines of at most width pixels; what does not fit the last
// one is cut. An empty text has no lines.
func (f face) wrap(s string, scale, width, most int) []string {
	rest := []rune(clean(s))
	var lines []string
	for len(rest) > 0 {
		if len(lines) == most-1 {
			return append(lines, f.cut(string(rest), scale, width))
		}
		n := f.fit(rest, scale, width)
		lines = append(lines, strings.TrimRight(string(rest[:n]), " "))
		for rest = rest[n:]; len(rest) > 0 && rest[0] == ' '; {
			rest = rest[1:]
		}
	}
	return lines
}

// fit returns how many characters go on a line: as many as fit, back to the
// last place where a line may break, or all that fit where there is none.
func (f face) fit(s []rune, scale, width int) int {
	used, last := 0, 0
	for i, r := range s {
		if i > 0 && mayBreak(s[i-1], r) {
			last = i
		}
		if used += f.runeAdvance(r) * scale; used > width && r != ' ' {
			if last == 0 {
				last = max(i, 1)
			}
			return last
		}
	}
	return len(s)
}

// mayBreak reports whether a line may end between two characters: after a
// space, and beside a Chinese character, but not so that closing marks begin a
// line or opening ones end it.
func mayBreak(before, after rune) bool {
	if before == ' ' {
		return true
	}
	if strings.ContainsRune("，。、！？：；）】》」』〉”…,.!?:;)]}·", after) || strings.ContainsRune("（【《「『〈“([{", before) {
		return false
	}
	return before >= 0x2e80 || after >= 0x2e80
}

// draw writes a clean text with its line's top left corner at x, y.
func (f face) draw(img *image.Paletted, x, y int, s string, st style, colour uint8) {
	for _, r := range s {
		step := f.runeAdvance(r)
		if step == 0 { // a mark on the letter before
			step = advance
			x -= step * st.scale
		}
		f.drawRune(img, x, y+st.scale, r, st, colour)
		x += step * st.scale
	}
}

func (f face) drawRune(img *image.Paletted, x, y int, r rune, st style, colour uint8) {
	rows := f.glyph(r)
	block := st.scale
	if st.bold {
		block += (st.scale + 1) / 4 // more would close the dense characters
	}
	for gy, row := range rows {
		for gx, set := range row {
			if set {
				left, top := x+gx*st.scale, y+gy*st.scale
				fill(img, image.Rect(left, top, left+block, top+st.scale), colour)
			}
		}
	}
}

// pixels are a character's dots, row by row.
type pixels [cellHeight][2 * advance]bool

// glyph returns a character's pixels, or a box where the font has none.
func (f face) glyph(r rune) pixels {
	p, wide := f.dots(r), f.runeAdvance(r)
	if p != (pixels{}) || r == ' ' || wide == 0 {
		return p
	}
	var box pixels
	for y := 3; y <= baseline; y++ {
		for x := range wide - 1 {
			box[y][x] = y == 3 || y == baseline || x == 0 || x == wide-2
		}
	}
	return box
}

// dots returns what the font draws for a character; nothing if it has none.
func (f face) dots(r rune) (p pixels) {
	dr, mask, at, _, ok := f.Glyph(fixed.P(0, baseline), r)
	if !ok {
		return p
	}
	for y := range min(dr.Dy(), cellHeight) {
		for x := range min(dr.Dx(), 2*advance) {
			a, _ := mask.At(at.X+x, at.Y+y).(color.Alpha)
			p[y][x] = a.A > 0
		}
	}
	return p
}
