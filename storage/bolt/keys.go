package bolt

import (
	"bytes"
	"encoding/binary"
	"strings"
	"time"
	"unicode/utf8"

	"boxoffice/tickets"
)

// Keys are made so that bytes.Compare is the order of lists. An id in its usual form (prefix and 24 hex digits, the
// first 11 being milliseconds) becomes its 12 bytes; any other id becomes idOther, its text and a zero byte, so that
// an id inside a longer key always says where it ends.
const (
	idBytes = 12
	idOther = 0xFF
)

// maxKey is under bbolt's limit of 32 KiB.
const maxKey = 30_000

func appendID(b []byte, prefix, id string) []byte {
	digits, ok := strings.CutPrefix(id, prefix)
	if ok && len(digits) == 2*idBytes && digits[:2] != "ff" {
		if short, ok := appendDigits(b, digits); ok {
			return short
		}
	}
	b = append(b, idOther)
	b = append(b, id...)
	return append(b, 0)
}

// appendDigits appends the bytes of lower-case hex digits, an even number of them; it reports whether they all are.
func appendDigits(b []byte, digits string) ([]byte, bool) {
	for i := 0; i < len(digits); i += 2 {
		hi, lo := hexDigit(digits[i]), hexDigit(digits[i+1])
		if hi|lo > 0xF {
			return b, false
		}
		b = append(b, hi<<4|lo)
	}
	return b, true
}

// hexDigit is the value of a lower-case hex digit, or 0xFF.
func hexDigit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	default:
		return 0xFF
	}
}

// appendText appends a text that another part of the key follows.
func appendText(b []byte, s string) []byte { return append(append(b, s...), 0) }

// appendTime appends milliseconds so that earlier sorts first; the zero time sorts before all.
func appendTime(b []byte, t time.Time) []byte { return appendInt(b, millis(t)) }

func millis(t time.Time) int64 {
	if t.IsZero() {
		return -1 << 63
	}
	return t.UnixMilli()
}

func appendInt(b []byte, n int64) []byte { return binary.BigEndian.AppendUint64(b, uint64(n)^1<<63) }

func cutInt(b []byte) int64 { return int64(binary.BigEndian.Uint64(b) ^ 1<<63) }

func appendInt32(b []byte, n int) []byte { return binary.BigEndian.AppendUint32(b, uint32(n)^1<<31) }

// after returns the first key past all that start with prefix; nil is the end of the table.
func after(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xFF {
			out := bytes.Clone(prefix[:i+1])
			out[i]++
			return out
		}
	}
	return nil
}

// keyText refuses texts that cannot be part of a key: JSON would store them changed, and a zero byte ends a part.
func keyText(what string, texts ...string) error {
	for _, s := range texts {
		if len(s) > maxKey/4 {
			return tickets.Refuse(tickets.Invalid, "%s of %d bytes is too long for a key", what, len(s))
		}
		if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
			return tickets.Refuse(tickets.Invalid, "%s %q is not text", what, s)
		}
	}
	return nil
}
