package qr

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // pictures that phones take
	_ "image/png"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"golang.org/x/image/draw"
)

// Bounds of a picture that Read looks at. What a small file claims to be is checked before it is decoded.
const (
	MaxPicture = 10 << 20 // bytes
	maxPixels  = 40_000_000
	readEdge   = 1400 // pixels of the longer edge that a picture is brought down to
)

// Why a picture was not read.
var (
	ErrPicture = errors.New("qr: not a JPEG or PNG picture, or too large")
	ErrNoCode  = errors.New("qr: no code found in the picture")
)

// reading lets one picture be decoded at a time: each may take a hundred megabytes.
var reading = make(chan struct{}, 1)

// Read finds a QR code in a JPEG or PNG picture and returns its text. It fails with ErrPicture and ErrNoCode. It tries
// several ways, since no one of them finds all codes: as photographed, as drawn, and smaller.
func Read(picture []byte) (string, error) {
	if len(picture) > MaxPicture {
		return "", ErrPicture
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(picture))
	if err != nil || format != "jpeg" && format != "png" || c.Width < 1 || c.Height < 1 || c.Width > maxPixels/c.Height {
		return "", ErrPicture
	}
	reading <- struct{}{}
	defer func() { <-reading }()
	img, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrPicture, err)
	}
	for _, edge := range []int{readEdge, readEdge / 2, readEdge / 3} {
		small := shrunk(img, edge)
		for _, way := range ways {
			if text, ok := way(small); ok {
				return text, nil
			}
		}
	}
	return "", ErrNoCode
}

// ways to find a code, the likeliest first.
var ways = []func(image.Image) (string, bool){
	func(m image.Image) (string, bool) { return decode(m, gozxing.NewHybridBinarizer, tryHarder) },
	func(m image.Image) (string, bool) { return decode(m, gozxing.NewHybridBinarizer, asDrawn) },
	func(m image.Image) (string, bool) { return decode(m, gozxing.NewGlobalHistgramBinarizer, tryHarder) },
}

var (
	tryHarder = map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	asDrawn   = map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true}
)

func decode(m image.Image, binarizer func(gozxing.LuminanceSource) gozxing.Binarizer, hints map[gozxing.DecodeHintType]any) (text string, ok bool) {
	defer func() { // the library indexes what a broken picture says
		if recover() != nil {
			text, ok = "", false
		}
	}()
	b, err := gozxing.NewBinaryBitmap(binarizer(gozxing.NewLuminanceSourceFromImage(m)))
	if err != nil {
		return "", false
	}
	r, err := qrcode.NewQRCodeReader().Decode(b, hints)
	if err != nil {
		return "", false
	}
	return r.GetText(), true
}

// shrunk is the picture with its longer edge at most edge pixels long.
func shrunk(m image.Image, edge int) image.Image {
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	long := max(w, h)
	if long <= edge {
		return m
	}
	to := image.NewGray(image.Rect(0, 0, max(1, w*edge/long), max(1, h*edge/long)))
	draw.ApproxBiLinear.Scale(to, to.Bounds(), m, m.Bounds(), draw.Src, nil)
	return to
}
