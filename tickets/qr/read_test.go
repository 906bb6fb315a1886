package qr_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"testing"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"

	"boxoffice/tickets/qr"
)

const content = "HTTPS://SHOP.EXAMPLE/T/AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYUCULBOGAZDINRYHI6D4QCCIRDEQSSMJZIFEVCWLBNFYXTAMJSGM2DKNRXHA4TU6Z4HU7EAQKCIN"

func TestPicturesOfTicketsAreRead(t *testing.T) {
	t.Parallel()
	code, err := qr.PNG(content, 240)
	if err != nil {
		t.Fatal(err)
	}
	card, err := qr.Ticket(qr.Card{Content: content, Title: "Singapore Cable Car", Date: "Sat 21 Mar", Type: "3 Adults", OrderCode: "TG260320L00001"})
	if err != nil {
		t.Fatal(err)
	}
	for name, picture := range map[string][]byte{
		"the code": code, "the card": card, "a photo": photographed(t, card, 0.06, 60), "a large photo": photographed(t, card, 0.3, 75),
	} {
		got, err := qr.Read(picture)
		if err != nil || got != content {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// photographed is the picture on a table, turned and in uneven light, as a JPEG of some quality.
func photographed(t *testing.T, picture []byte, turn float64, quality int) []byte {
	t.Helper()
	src, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	to := image.NewRGBA(image.Rect(0, 0, 1600, 2100))
	draw.Draw(to, to.Bounds(), image.NewUniform(color.Gray{90}), image.Point{}, draw.Src)
	draw.BiLinear.Transform(to, f64.Aff3{1.4, -turn, 260, turn, 1.4, 120}, src, src.Bounds(), draw.Src, nil)
	rnd := rand.New(rand.NewPCG(1, 2))
	for y := range 2100 {
		for x := range 1600 {
			c := to.RGBAAt(x, y)
			dim := 0.65 + 0.35*float64(x)/1600
			noise := rnd.IntN(13) - 6
			lit := func(v uint8) uint8 { return uint8(min(255, max(0, int(float64(v)*dim)+noise))) }
			to.SetRGBA(x, y, color.RGBA{lit(c.R), lit(c.G), lit(c.B), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, to, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPictureWithoutACodeSaysSo(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 300, 200))); err != nil {
		t.Fatal(err)
	}
	if _, err := qr.Read(b.Bytes()); !errors.Is(err, qr.ErrNoCode) {
		t.Errorf("a black picture: %v", err)
	}
}

func TestPicturesThatClaimTooMuchAreNotDecoded(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewPaletted(image.Rect(0, 0, 9000, 9000), color.Palette{color.White})); err != nil {
		t.Fatal(err)
	}
	for name, picture := range map[string][]byte{
		"a bomb": b.Bytes(), "no picture": []byte("<svg/>"), "nothing": nil, "a cut one": b.Bytes()[:20], "too many bytes": make([]byte, qr.MaxPicture+1),
	} {
		if _, err := qr.Read(picture); !errors.Is(err, qr.ErrPicture) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
