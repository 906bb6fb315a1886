package qr

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image/color"
	"io"
	"sync"
)

// pngMagic begins every PNG file.
const pngMagic = "\x89PNG\r\n\x1a\n"

// writePNG writes a picture of 2, 4 or 16 colours (RFC 2083, colour type 3).
// row returns the pixels of one row, packed with 1, 2 or 4 bits each, the first
// pixel in the highest bits. Rows that repeat the one before cost almost
// nothing, which is what makes enlarged modules and letters fast and small; a
// general encoder weighs five filters for each row instead.
func writePNG(w io.Writer, width, height int, palette color.Palette, row func(y int) []byte) error {
	if _, err := io.WriteString(w, pngMagic); err != nil {
		return err
	}
	header := binary.BigEndian.AppendUint32(nil, uint32(width))
	header = binary.BigEndian.AppendUint32(header, uint32(height))
	header = append(header, byte(depth(palette)), 3, 0, 0, 0)
	if err := writeChunk(w, "IHDR", header); err != nil {
		return err
	}
	var colours []byte
	for _, c := range palette {
		r, g, b, _ := c.RGBA()
		colours = append(colours, byte(r>>8), byte(g>>8), byte(b>>8))
	}
	if err := writeChunk(w, "PLTE", colours); err != nil {
		return err
	}
	data, err := compress(width, height, palette, row)
	if err != nil {
		return err
	}
	if err := writeChunk(w, "IDAT", data); err != nil {
		return err
	}
	return writeChunk(w, "IEND", nil)
}

// depth is the number of bits that a pixel of the palette needs.
func depth(palette color.Palette) int {
	switch {
	case len(palette) <= 2:
		return 1
	case len(palette) <= 4:
		return 2
	default:
		return 4
	}
}

// compressors are kept for reuse: making one costs as much as drawing a QR.
var compressors = sync.Pool{New: func() any {
	z, _ := zlib.NewWriterLevel(nil, zlib.BestSpeed) // fails for unknown levels only
	return z
}}

func compress(width, height int, palette color.Palette, row func(y int) []byte) ([]byte, error) {
	stride := (width*depth(palette) + 7) / 8
	same := make([]byte, 1+stride)
	same[0] = 2 // filter Up: every byte as in the row above
	var b bytes.Buffer
	z := compressors.Get().(*zlib.Writer)
	defer compressors.Put(z)
	z.Reset(&b)
	var above []byte
	var err error
	for y := range height {
		line := row(y)
		if bytes.Equal(line, above) {
			_, err = z.Write(same)
		} else if _, err = z.Write([]byte{0}); err == nil { // filter None
			_, err = z.Write(line)
		}
		if err != nil {
			return nil, err
		}
		above = line
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func writeChunk(w io.Writer, kind string, data []byte) error {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, kind...), data...)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
	_, err := w.Write(b)
	return err
}
