package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"boxoffice/tickets"
)

// The fields form of a row is a struct's fields that are not zero, in the order of the struct, each a number and a
// value. The number is that of its JSON name in fieldNames, shifted left by one; the low bit says whether the value is
// a varint (numbers, booleans, times in milliseconds) or a length and bytes (text, lists, maps, structs). A third of
// the size of JSON and a quarter of its time: with JSON, writing orders was mostly writing the names of their fields.

var errShort = errors.New("value ends early")

// codec writes and reads values of one type. Those with bytes unset are varints.
type codec struct {
	bytes bool
	zero  func(v reflect.Value) bool
	// put appends what follows the number, without the length; get reads that. v is addressable.
	put func(b []byte, v reflect.Value) []byte
	get func(v reflect.Value, n uint64, raw []byte) error
}

// codecs are the types whose rows have the fields form. All others are JSON.
var codecs = func() map[reflect.Type]*codec {
	m := map[reflect.Type]*codec{}
	for _, v := range []any{
		tickets.Stock{}, tickets.Hold{}, tickets.Order{}, tickets.Payment{}, tickets.Capture{}, tickets.Ticket{},
		tickets.Admission{}, []tickets.Fact{}, tickets.Delivery{}, tickets.Notice{}, tickets.Incoming{}, tickets.Customer{},
		tickets.Refund{}, tickets.Dispute{}, tickets.Case{},
	} {
		t := reflect.TypeOf(v)
		m[t] = codecOf(t)
	}
	return m
}()

var timeType = reflect.TypeFor[time.Time]()

// codecOf panics for types that the fields form has no place for: a type is chosen by its author, in codecs.
func codecOf(t reflect.Type) *codec {
	switch t.Kind() {
	case reflect.String:
		return textCodec
	case reflect.Bool:
		return boolCodec
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return intCodec
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return uintCodec
	case reflect.Map:
		if t.Key().Kind() == reflect.String && t.Elem().Kind() == reflect.String {
			return mapCodec(t)
		}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return bytesCodec
		}
		return listCodec(codecOf(t.Elem()))
	case reflect.Struct:
		if t == timeType {
			return timeCodec
		}
		return structCodec(t)
	}
	panic("bolt: rows cannot have a " + t.String())
}

var boolCodec = &codec{
	zero: func(v reflect.Value) bool { return !v.Bool() },
	put:  func(b []byte, _ reflect.Value) []byte { return append(b, 1) },
	get:  func(v reflect.Value, n uint64, _ []byte) error { v.SetBool(n == 1); return nil },
}

var intCodec = &codec{
	zero: func(v reflect.Value) bool { return v.Int() == 0 },
	put:  func(b []byte, v reflect.Value) []byte { return binary.AppendVarint(b, v.Int()) },
	get: func(v reflect.Value, n uint64, _ []byte) error {
		i := unzigzag(n)
		if v.OverflowInt(i) {
			return fmt.Errorf("%d is too large", i)
		}
		v.SetInt(i)
		return nil
	},
}

// unzigzag undoes what AppendVarint does to the sign.
func unzigzag(n uint64) int64 { return int64(n>>1) ^ -int64(n&1) }

var uintCodec = &codec{
	zero: func(v reflect.Value) bool { return v.Uint() == 0 },
	put:  func(b []byte, v reflect.Value) []byte { return binary.AppendUvarint(b, v.Uint()) },
	get: func(v reflect.Value, n uint64, _ []byte) error {
		if v.OverflowUint(n) {
			return fmt.Errorf("%d is too large", n)
		}
		v.SetUint(n)
		return nil
	},
}

// Times are UTC and whole milliseconds, as the contract has them.
var timeCodec = &codec{
	zero: func(v reflect.Value) bool { return v.Addr().Interface().(*time.Time).IsZero() },
	put: func(b []byte, v reflect.Value) []byte {
		return binary.AppendVarint(b, v.Addr().Interface().(*time.Time).UnixMilli())
	},
	get: func(v reflect.Value, n uint64, _ []byte) error {
		*v.Addr().Interface().(*time.Time) = time.UnixMilli(unzigzag(n)).UTC()
		return nil
	},
}

var textCodec = &codec{
	bytes: true,
	zero:  func(v reflect.Value) bool { return v.Len() == 0 },
	put:   func(b []byte, v reflect.Value) []byte { return putText(b, v.String()) },
	get: func(v reflect.Value, _ uint64, raw []byte) error {
		s, err := getText(raw)
		v.SetString(s)
		return err
	},
}

// bytesCodec keeps nil and empty apart, as all lists and maps do.
var bytesCodec = &codec{
	bytes: true,
	zero:  func(v reflect.Value) bool { return v.IsNil() },
	put:   func(b []byte, v reflect.Value) []byte { return append(b, v.Bytes()...) },
	get:   func(v reflect.Value, _ uint64, raw []byte) error { v.SetBytes(append([]byte{}, raw...)); return nil },
}

func listCodec(elem *codec) *codec {
	return &codec{
		bytes: true,
		zero:  func(v reflect.Value) bool { return v.IsNil() },
		put: func(b []byte, v reflect.Value) []byte {
			for i := range v.Len() {
				b = elem.append(b, v.Index(i))
			}
			return b
		},
		get: func(v reflect.Value, _ uint64, raw []byte) error {
			v.Set(reflect.MakeSlice(v.Type(), 0, 1))
			for len(raw) > 0 {
				n := v.Len()
				v.Grow(1)
				v.SetLen(n + 1)
				rest, err := elem.cut(v.Index(n), raw)
				if err != nil {
					return err
				}
				raw = rest
			}
			return nil
		},
	}
}

var textsType = reflect.TypeFor[map[string]string]()

func mapCodec(t reflect.Type) *codec {
	return &codec{
		bytes: true,
		zero:  func(v reflect.Value) bool { return v.IsNil() },
		put: func(b []byte, v reflect.Value) []byte {
			m := v.Convert(textsType).Interface().(map[string]string)
			var room [8]string
			keys := room[:0]
			for k := range m {
				keys = append(keys, k)
			}
			slices.Sort(keys)
			for _, k := range keys {
				b = append(binary.AppendUvarint(b, uint64(len(k))), k...)
				b = append(binary.AppendUvarint(b, uint64(len(m[k]))), m[k]...)
			}
			return b
		},
		get: func(v reflect.Value, _ uint64, raw []byte) error {
			m := map[string]string{}
			for len(raw) > 0 {
				k, rest, err := cutBytes(raw)
				if err != nil {
					return err
				}
				s, rest, err := cutBytes(rest)
				if err != nil {
					return err
				}
				m[string(k)], raw = string(s), rest
			}
			v.Set(reflect.ValueOf(m).Convert(t))
			return nil
		},
	}
}

// field is one field of a struct.
type field struct {
	index int
	tag   uint64
	*codec
}

func structCodec(t reflect.Type) *codec {
	fields := fieldsOf(t)
	return &codec{
		bytes: true,
		zero:  func(v reflect.Value) bool { return false },
		put: func(b []byte, v reflect.Value) []byte {
			for i := range fields {
				f := &fields[i]
				if at := v.Field(f.index); !f.zero(at) {
					b = f.append(binary.AppendUvarint(b, f.tag), at)
				}
			}
			return b
		},
		get: func(v reflect.Value, _ uint64, raw []byte) error { return getFields(fields, v, raw) },
	}
}

// fieldsOf panics for fields that have no number.
func fieldsOf(t reflect.Type) (fields []field) {
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		number := slices.Index(fieldNames, name)
		if number < 0 || !t.Field(i).IsExported() {
			panic(fmt.Sprintf("bolt: %s.%s is not in fieldNames", t, t.Field(i).Name))
		}
		f := field{i, uint64(number) << 1, codecOf(t.Field(i).Type)}
		if f.bytes {
			f.tag |= 1
		}
		fields = append(fields, f)
	}
	return fields
}

// getFields reads a struct. Fields that it has no more are skipped.
func getFields(fields []field, v reflect.Value, raw []byte) error {
	next := 0 // fields are stored in the order of the struct, unless it was changed since
	for len(raw) > 0 {
		tag, n := binary.Uvarint(raw)
		if n <= 0 {
			return errShort
		}
		raw = raw[n:]
		i := slices.IndexFunc(fields[next:], func(f field) bool { return f.tag == tag }) + next
		if i < next {
			i = slices.IndexFunc(fields, func(f field) bool { return f.tag == tag })
		}
		var err error
		if i < 0 {
			raw, err = (&codec{bytes: tag&1 == 1}).skip(raw)
		} else {
			next = i + 1
			raw, err = fields[i].cut(v.Field(fields[i].index), raw)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// append appends a value, with its length if it has one.
func (c *codec) append(b []byte, v reflect.Value) []byte {
	if !c.bytes {
		return c.put(b, v)
	}
	at := len(b)
	b = c.put(append(b, 0), v)
	size := len(b) - at - 1
	if size < 0x80 {
		b[at] = byte(size)
		return b
	}
	var length [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(length[:], uint64(size))
	return slices.Replace(b, at, at+1, length[:n]...)
}

// cut reads a value that append wrote and returns the rest.
func (c *codec) cut(v reflect.Value, raw []byte) (rest []byte, err error) {
	if !c.bytes {
		n, size := binary.Uvarint(raw)
		if size <= 0 {
			return nil, errShort
		}
		return raw[size:], c.get(v, n, nil)
	}
	some, rest, err := cutBytes(raw)
	if err != nil {
		return nil, err
	}
	return rest, c.get(v, 0, some)
}

func (c *codec) skip(raw []byte) (rest []byte, err error) {
	if c.bytes {
		_, rest, err = cutBytes(raw)
		return rest, err
	}
	_, n := binary.Uvarint(raw)
	if n <= 0 {
		return nil, errShort
	}
	return raw[n:], nil
}

func cutBytes(raw []byte) (some, rest []byte, err error) {
	size, n := binary.Uvarint(raw)
	if n <= 0 || size > uint64(len(raw)-n) {
		return nil, nil, errShort
	}
	return raw[n:][:size], raw[n:][size:], nil
}

// Text that begins with an id, as keys do, has the id in short: textID, the number of its prefix, 12 bytes, the rest.
// Other text is as it is, behind textPlain if it begins with one of the two, which no UTF-8 does.
const (
	textID    = 0xFF
	textPlain = 0xFE
)

func putText(b []byte, s string) []byte {
	if len(s) > 2*idBytes {
		for i, prefix := range idPrefixes {
			if s[0] != prefix[0] || !strings.HasPrefix(s, prefix) || len(s) < len(prefix)+2*idBytes {
				continue
			}
			n := len(b)
			if short, ok := appendDigits(append(b, textID, byte(i)), s[len(prefix):][:2*idBytes]); ok {
				return append(short, s[len(prefix)+2*idBytes:]...)
			}
			b = b[:n]
		}
	}
	if len(s) > 0 && s[0] >= textPlain {
		b = append(b, textPlain)
	}
	return append(b, s...)
}

func getText(raw []byte) (string, error) {
	switch {
	case len(raw) == 0 || raw[0] < textPlain:
		return string(raw), nil
	case raw[0] == textPlain:
		return string(raw[1:]), nil
	case len(raw) < 2+idBytes || int(raw[1]) >= len(idPrefixes):
		return "", errShort
	}
	var room [64]byte
	s := append(room[:0], idPrefixes[raw[1]]...)
	for _, c := range raw[2 : 2+idBytes] {
		s = append(s, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
	}
	return string(append(s, raw[2+idBytes:]...)), nil
}

// appendFields appends the fields form of v, or of what v points to, if its type has one.
func appendFields(b []byte, v any) ([]byte, bool) {
	at := reflect.ValueOf(v)
	t := at.Type()
	if t.Kind() == reflect.Pointer {
		at, t = at.Elem(), t.Elem()
	}
	c := codecs[t]
	if c == nil {
		return b, false
	}
	if !at.CanAddr() {
		p := reflect.New(t).Elem()
		p.Set(at)
		at = p
	}
	return c.put(b, at), true
}

// readFields reads the fields form into what ptr points to.
func readFields(raw []byte, ptr any) error {
	v := reflect.ValueOf(ptr)
	c := codecs[v.Type().Elem()]
	if c == nil {
		return fmt.Errorf("no fields in a %s", v.Type().Elem())
	}
	return c.get(v.Elem(), 0, raw)
}
