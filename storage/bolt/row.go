package bolt

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
)

// A stored value is a header and the row. The header is one byte that says how the row is written and a CRC-32C of
// that byte, table, key and row: bbolt checks its meta pages only, so that a flipped bit in a value, or a value under another's
// key, would otherwise be believed.
const (
	rowJSON   = 1
	rowFields = 2 // codec.go
	rowBlock  = 3 // digest.go
	rowHeader = 5
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func rowSum(t table, form byte, key, payload []byte) uint32 {
	sum := crc32.Update(uint32(t)|uint32(form)<<8, castagnoli, key)
	return crc32.Update(sum, castagnoli, payload)
}

// encodeRow returns the stored form of v.
func encodeRow(t table, key []byte, v any) ([]byte, error) { return appendRow(nil, t, key, v) }

// appendRow appends the stored form of v.
func appendRow(b []byte, t table, key []byte, v any) ([]byte, error) {
	n := len(b)
	b = append(b, rowFields, 0, 0, 0, 0)
	b, ok := appendFields(b, v)
	if !ok {
		payload, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", t, err)
		}
		b = append(b, payload...)
		b[n] = rowJSON
	}
	binary.BigEndian.PutUint32(b[n+1:], rowSum(t, b[n], key, b[n+rowHeader:]))
	return b, nil
}

// openRow verifies a stored value and returns the row in it.
func openRow(t table, key, raw []byte) ([]byte, error) {
	if len(raw) < rowHeader {
		return nil, &damage{fmt.Sprintf("%s %x: value of %d bytes", t, key, len(raw))}
	}
	if raw[0] < rowJSON || raw[0] > rowBlock {
		return nil, &damage{fmt.Sprintf("%s %x: unknown row format %d", t, key, raw[0])}
	}
	payload := raw[rowHeader:]
	if got, want := rowSum(t, raw[0], key, payload), binary.BigEndian.Uint32(raw[1:]); got != want {
		return nil, &damage{fmt.Sprintf("%s %x: checksum %08x, stored %08x", t, key, got, want)}
	}
	return payload, nil
}

// decodeRow reads a stored value into the zero value that v points to, verifying it.
func decodeRow(t table, key, raw []byte, v any) error {
	payload, err := openRow(t, key, raw)
	if err != nil {
		return err
	}
	switch raw[0] {
	case rowFields:
		err = readFields(payload, v)
	case rowJSON:
		err = json.Unmarshal(payload, v)
	default:
		err = errors.New("a block")
	}
	if err != nil {
		return &damage{fmt.Sprintf("%s %x: %v", t, key, err)}
	}
	return nil
}

// damage is the error of data that cannot be what was written.
type damage struct{ what string }

// Error names the table and the key in hex.
func (d *damage) Error() string { return "damaged data: " + d.what }
