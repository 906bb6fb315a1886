// Package qr draws QR codes and ticket pictures as small PNG files.
//
//	png, err := qr.PNG(tickets.QRContent(publicURL, ticket.Text), 512)
//	png, err := qr.Ticket(qr.Card{Content: …, Title: "Night Safari", Date: "Sat 24 Dec 2026", …})
//
// The matrix is made by skip2/go-qrcode at error correction M; a text of digits,
// capitals and $%*+-./: stays in the dense alphanumeric mode. We draw it
// ourselves: with modules of whole pixels, so that nothing is blurred by
// scaling, a quiet zone of four modules, and a writer for pictures of few
// colours that is several times faster than the library's and makes files of a
// few kilobytes. Telegram delays uploads above 100,000 bytes, so that no
// picture of this package comes near.
//
// The letters in a ticket picture are bitmaps out of hajimehoshi/bitmapfont
// (Latin, Chinese, Japanese, Korean and more), enlarged without blur.
//
// What this package is not: it knows no tickets and signs nothing, see
// tickets.Code.
package qr

import (
	"bytes"
	"fmt"
	"image/color"

	"github.com/skip2/go-qrcode"
)

// The sizes that PNG draws, in pixels.
const (
	MinSize = 120
	MaxSize = 1024
)

// quiet is the width of the white border, in modules: what ISO 18004 asks for,
// and what skip2 includes in its bitmap.
const quiet = 4

var (
	white = color.RGBA{0xff, 0xff, 0xff, 0xff}
	black = color.RGBA{0x00, 0x00, 0x00, 0xff}
)

// PNG returns a QR of content as a square black and white picture, size pixels
// wide. A size out of MinSize to MaxSize is moved to the nearer end, and a size
// too small for one pixel a module is raised as needed; what is left over of
// whole modules becomes a wider border. It fails when the content does not fit
// a QR (more than 2331 bytes, or 3391 alphanumeric characters) or is empty.
func PNG(content string, size int) ([]byte, error) {
	m, err := matrix(content)
	if err != nil {
		return nil, err
	}
	size = max(min(max(size, MinSize), MaxSize), len(m))
	scale := size / len(m)
	border := (size - scale*len(m)) / 2
	stride := (size + 7) / 8
	empty := make([]byte, stride)
	lines := make([][]byte, len(m))
	for y, modules := range m {
		lines[y] = packModules(modules, scale, border, stride)
	}
	var b bytes.Buffer
	err = writePNG(&b, size, size, color.Palette{white, black}, func(y int) []byte {
		if y -= border; y < 0 || y/scale >= len(lines) {
			return empty
		}
		return lines[y/scale]
	})
	return b.Bytes(), err
}

// matrix returns the modules, true for black, with the quiet zone around them.
func matrix(content string) ([][]bool, error) {
	code, err := qrcode.New(content, qrcode.Medium)
	if err != nil {
		return nil, fmt.Errorf("make a QR of %d bytes: %w", len(content), err)
	}
	return code.Bitmap(), nil
}

// packModules draws one row of modules, one bit a pixel.
func packModules(modules []bool, scale, border, stride int) []byte {
	line := make([]byte, stride)
	for i, dark := range modules {
		if !dark {
			continue
		}
		for x := border + i*scale; x < border+(i+1)*scale; x++ {
			line[x/8] |= 0x80 >> (x % 8)
		}
	}
	return line
}
