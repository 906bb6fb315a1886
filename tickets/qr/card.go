package qr

import (
	"bytes"
	"image"
	"image/color"
)

// Card is what a ticket picture says. Empty fields take no room.
type Card struct {
	Content   string   // what the QR holds; the only field that must be there
	Title     string   // the product's name; at most three lines of it are shown
	Date      string   // date and time of the visit, as people read it
	Type      string   // what the ticket admits: "2 Adults, 1 Child"; at most three lines
	Lines     []string // more, such as the holder's name; one line each, six at most
	OrderCode string   // the order's name for people
	Part      string   // which of the order's tickets this is: "1 of 3"
	Lang      string   // IETF tag; decides whose shape Chinese characters have
}

// The card's measures in pixels. Telegram shows photos about 400 points wide on
// a phone, so that letters three times enlarged stay readable.
const (
	cardWidth  = 720
	cardMargin = 40
	cardText   = cardWidth - 2*cardMargin
	cardGap    = 20
	cardNotch  = 18 // radius of the ticket's bites
)

// The card's colours, by their place in the palette; four fit two bits a pixel.
const (
	paper uint8 = iota
	ink
	accent
	pale
)

var cardPalette = color.Palette{
	paper:  white,
	ink:    color.RGBA{0x14, 0x18, 0x20, 0xff},
	accent: color.RGBA{0x0b, 0x5f, 0x6b, 0xff},
	pale:   color.RGBA{0x8a, 0x94, 0x9e, 0xff},
}

// Ticket returns the picture of a ticket: its QR with whole modules and a quiet
// zone, and around it, in letters that a person can read at a gate, what the
// card says. Texts that are too long are cut with "…", characters that the font
// does not have become boxes. It fails as PNG does.
func Ticket(c Card) ([]byte, error) {
	m, err := matrix(c.Content)
	if err != nil {
		return nil, err
	}
	head, body, foot := c.blocks()
	scale := max(1, cardWidth*9/10/len(m))
	code := scale * len(m)
	width := max(cardWidth, code) // a very large content outgrows the card
	headHeight := height(head) + 2*cardGap
	height := headHeight + height(body) + 3*cardGap + code + height(foot) + cardGap
	img := image.NewPaletted(image.Rect(0, 0, width, height), cardPalette)

	fill(img, image.Rect(0, 0, width, headHeight), accent)
	y := drawLines(img, head, cardGap)
	y = drawLines(img, body, y+2*cardGap) + cardGap
	perforate(img, y)
	drawModules(img, m, (width-code)/2, y, scale) // its quiet zone keeps it off the line
	drawLines(img, foot, y+code)
	return encodePaletted(img)
}

// line is one line of text at its place on the card.
type line struct {
	text   string
	style  style
	colour uint8
	right  string // written at the right margin of the same line
	center bool
}

// blocks lays the card's texts out in lines: above, in the middle and below.
func (c Card) blocks() (head, body, foot []line) {
	f := faceFor(c.Lang)
	title := style{face: f, scale: 4, bold: true}
	if f.width(c.Title, 4) > cardText { // smaller letters rather than more lines
		title.scale = 3
	}
	for _, s := range f.wrap(c.Title, title.scale, cardText, 3) {
		head = append(head, line{text: s, style: title, colour: paper})
	}
	for _, s := range f.wrap(c.Date, 3, cardText, 2) {
		body = append(body, line{text: s, style: style{face: f, scale: 3, bold: true}, colour: ink})
	}
	for _, s := range f.wrap(c.Type, 3, cardText, 3) {
		body = append(body, line{text: s, style: style{face: f, scale: 3}, colour: ink})
	}
	for _, s := range c.Lines[:min(len(c.Lines), 6)] {
		for _, s := range f.wrap(s, 2, cardText, 1) {
			body = append(body, line{text: s, style: style{face: f, scale: 2}, colour: ink})
		}
	}
	if c.OrderCode != "" || c.Part != "" {
		part := f.cut(c.Part, 3, cardText/2)
		room := cardText - f.width(part, 3) - 3*advance
		foot = append(foot, line{text: f.cut(c.OrderCode, 3, room), right: part, center: part == "",
			style: style{face: f, scale: 3}, colour: ink})
	}
	return head, body, foot
}

func height(lines []line) int {
	total := 0
	for _, l := range lines {
		total += l.style.lineHeight()
	}
	return total
}

// drawLines writes the lines from y on and returns where the last one ends.
func drawLines(img *image.Paletted, lines []line, y int) int {
	width := img.Rect.Dx()
	for _, l := range lines {
		f, x := l.style.face, cardMargin
		if l.center {
			x = (width - f.width(l.text, l.style.scale)) / 2
		}
		f.draw(img, x, y, l.text, l.style, l.colour)
		if l.right != "" {
			f.draw(img, width-cardMargin-f.width(l.right, l.style.scale), y, l.right, l.style, l.colour)
		}
		y += l.style.lineHeight()
	}
	return y
}

// perforate draws the line along which paper tickets are torn.
func perforate(img *image.Paletted, y int) {
	width := img.Rect.Dx()
	for x := cardNotch + 16; x < width-cardNotch-8; x += 24 {
		fill(img, image.Rect(x, y-1, x+12, y+2), pale)
	}
	for dy := -cardNotch; dy <= cardNotch; dy++ {
		for dx := 0; dx <= cardNotch; dx++ {
			if dx*dx+dy*dy <= cardNotch*cardNotch {
				img.SetColorIndex(dx, y+dy, accent)
				img.SetColorIndex(width-1-dx, y+dy, accent)
			}
		}
	}
}

func drawModules(img *image.Paletted, m [][]bool, left, top, scale int) {
	for y, modules := range m {
		for x, dark := range modules {
			if dark {
				fill(img, image.Rect(left+x*scale, top+y*scale, left+(x+1)*scale, top+(y+1)*scale), ink)
			}
		}
	}
}

func fill(img *image.Paletted, r image.Rectangle, colour uint8) {
	r = r.Intersect(img.Rect)
	if r.Empty() {
		return
	}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := img.Pix[img.PixOffset(r.Min.X, y):img.PixOffset(r.Max.X, y)]
		for i := range row {
			row[i] = colour
		}
	}
}

// encodePaletted writes a picture of at most 16 colours.
func encodePaletted(img *image.Paletted) ([]byte, error) {
	bits := depth(img.Palette)
	perByte := 8 / bits
	width, height := img.Rect.Dx(), img.Rect.Dy()
	var b bytes.Buffer
	// The writer looks at a row and the one above, so that two buffers do.
	var rows [2][]byte
	for i := range rows {
		rows[i] = make([]byte, (width+perByte-1)/perByte)
	}
	err := writePNG(&b, width, height, img.Palette, func(y int) []byte {
		packed := rows[y%2]
		clear(packed)
		for x, c := range img.Pix[y*img.Stride : y*img.Stride+width] {
			packed[x/perByte] |= c << (8 - bits - x%perByte*bits)
		}
		return packed
	})
	return b.Bytes(), err
}
