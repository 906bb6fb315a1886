package bolt

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
)

// A stored value is a header and JSON. The header is one byte that says how the rest is written (rowFormat) and a
// CRC-32C of table, key and JSON: bbolt checks its meta pages only, so that a flipped bit in a value, or a value under
// another's key, would otherwise be believed.
const (
	rowFormat = 1
	rowHeader = 5
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func rowSum(t table, key, payload []byte) uint32 {
	sum := crc32.Update(uint32(t), castagnoli, key)
	return crc32.Update(sum, castagnoli, payload)
}

// encodeRow returns the stored form of v.
func encodeRow(t table, key []byte, v any) ([]byte, error) {
	payload, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", t, err)
	}
	raw := make([]byte, rowHeader+len(payload))
	copy(raw[rowHeader:], payload)
	raw[0] = rowFormat
	binary.BigEndian.PutUint32(raw[1:], rowSum(t, key, payload))
	return raw, nil
}

// openRow verifies a stored value and returns its JSON.
func openRow(t table, key, raw []byte) ([]byte, error) {
	if len(raw) < rowHeader {
		return nil, &damage{fmt.Sprintf("%s %x: value of %d bytes", t, key, len(raw))}
	}
	if raw[0] != rowFormat {
		return nil, &damage{fmt.Sprintf("%s %x: unknown row format %d", t, key, raw[0])}
	}
	payload := raw[rowHeader:]
	if got, want := rowSum(t, key, payload), binary.BigEndian.Uint32(raw[1:]); got != want {
		return nil, &damage{fmt.Sprintf("%s %x: checksum %08x, stored %08x", t, key, got, want)}
	}
	return payload, nil
}

// decodeRow reads a stored value into v, verifying it.
func decodeRow(t table, key, raw []byte, v any) error {
	payload, err := openRow(t, key, raw)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(payload, v); err != nil {
		return &damage{fmt.Sprintf("%s %x: %v", t, key, err)}
	}
	return nil
}

// damage is the error of data that cannot be what was written.
type damage struct{ what string }

// Error names the table and the key in hex.
func (d *damage) Error() string { return "damaged data: " + d.what }
