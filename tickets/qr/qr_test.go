package qr

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	reader "github.com/makiuchi-d/gozxing/qrcode"
	"github.com/skip2/go-qrcode"
)

// address is as long as a real ticket's.
var address = "HTTPS://TICKETS.EXAMPLE.COM/T/" + strings.Repeat("CAAQAAAAJUASGRLHRGV433YAAABQ7W3AAWQA", 4)[:140]

// maxBytes is where Telegram begins to delay uploads.
const maxBytes = 100_000

func decoded(t *testing.T, file []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// zbar reads the picture as Debian's zbarimg does, the judge of what scanners read.
func zbar(t *testing.T, file []byte) string {
	t.Helper()
	path, err := exec.LookPath("zbarimg")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("zbarimg (Debian: zbar-tools) is needed in CI")
		}
		t.Skip("SKIPPED: zbarimg (Debian: zbar-tools) is not installed")
	}
	name := filepath.Join(t.TempDir(), "qr.png")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), path, "-q", "--raw", name).Output()
	if err != nil {
		t.Fatalf("zbarimg: %v", err)
	}
	return strings.TrimSuffix(string(out), "\n")
}

func zxing(t *testing.T, img image.Image, hint gozxing.DecodeHintType) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	result, err := reader.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{hint: true})
	if err != nil {
		t.Fatalf("gozxing: %v", err)
	}
	return result.GetText()
}

func TestPNGIsReadByTwoScanners(t *testing.T) {
	t.Parallel()
	for _, content := range []string{address, "HTTP://LOCALHOST:8080/T/ABC234", "https://tickets.example.com/t/ticket_0199a1b2", "1"} {
		for _, size := range []int{MinSize, 240, 512, 777, MaxSize} {
			t.Run(fmt.Sprintf("%d characters, %d px", len(content), size), func(t *testing.T) {
				t.Parallel()
				file, err := PNG(content, size)
				if err != nil {
					t.Fatal(err)
				}
				if got := zxing(t, decoded(t, file), gozxing.DecodeHintType_PURE_BARCODE); got != content {
					t.Errorf("gozxing read %q", got)
				}
				if got := zbar(t, file); got != content {
					t.Errorf("zbarimg read %q", got)
				}
			})
		}
	}
}

func TestPNGHasTheSizeAskedForWithinBounds(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]int{-1: MinSize, 0: MinSize, 119: MinSize, 240: 240, 513: 513, 1024: 1024, 1 << 30: MaxSize} {
		file, err := PNG(address, size)
		if err != nil {
			t.Fatal(err)
		}
		img := decoded(t, file)
		if b := img.Bounds(); b.Dx() != want || b.Dy() != want {
			t.Errorf("size %d: %v", size, b)
		}
		if p, ok := img.ColorModel().(color.Palette); !ok || len(p) != 2 {
			t.Errorf("size %d: not a picture of two colours", size)
		}
		if len(file) > 4000 {
			t.Errorf("size %d: %d bytes", size, len(file))
		}
	}
	large, err := PNG(strings.Repeat("A", 3000), MinSize) // more modules than MinSize has pixels
	if err != nil {
		t.Fatal(err)
	}
	if b := decoded(t, large).Bounds(); b.Dx() <= MinSize || b.Dx() != b.Dy() {
		t.Errorf("a large QR was drawn at %v", b)
	}
	for _, content := range []string{"", strings.Repeat("a", 4000)} {
		if _, err := PNG(content, 240); err == nil {
			t.Errorf("%d bytes made a QR", len(content))
		}
	}
}

// TestPNGDrawsTheLibrarysModules compares pixel by pixel, so that neither a
// blurred module nor a narrow quiet zone passes.
func TestPNGDrawsTheLibrarysModules(t *testing.T) {
	t.Parallel()
	m, err := matrix(address)
	if err != nil {
		t.Fatal(err)
	}
	for i := range m {
		for j := range quiet {
			if m[i][j] || m[j][i] || m[i][len(m)-1-j] || m[len(m)-1-j][i] {
				t.Fatalf("the quiet zone is not %d modules wide", quiet)
			}
		}
	}
	const size, scale = 512, 512 / 53
	if len(m) != 53 {
		t.Fatalf("%d modules with the quiet zone; version 7 has 53", len(m))
	}
	file, err := PNG(address, size)
	if err != nil {
		t.Fatal(err)
	}
	img, border := decoded(t, file), (size-53*scale)/2
	for y := range size {
		for x := range size {
			mx, my := (x-border)/scale, (y-border)/scale
			inside := x >= border && y >= border && mx < len(m) && my < len(m)
			dark := color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y == 0
			if want := inside && m[my][mx]; dark != want {
				t.Fatalf("pixel %d,%d: dark is %v, want %v", x, y, dark, want)
			}
		}
	}
}

func TestUpperCaseAddressesStayAlphanumeric(t *testing.T) {
	t.Parallel()
	upper, err := qrcode.New(address, qrcode.Medium)
	if err != nil {
		t.Fatal(err)
	}
	lower, err := qrcode.New(strings.ToLower(address), qrcode.Medium)
	if err != nil {
		t.Fatal(err)
	}
	if upper.VersionNumber != 7 || lower.VersionNumber <= upper.VersionNumber {
		t.Errorf("versions %d in upper case and %d in lower case", upper.VersionNumber, lower.VersionNumber)
	}
}

func BenchmarkPNG(b *testing.B) {
	for b.Loop() {
		file, err := PNG(address, 512)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(file)), "bytes")
	}
}

// BenchmarkLibrary is skip2's own writer, for comparison.
func BenchmarkLibrary(b *testing.B) {
	for b.Loop() {
		file, err := qrcode.Encode(address, qrcode.Medium, 512)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(file)), "bytes")
	}
}
