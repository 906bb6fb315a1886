package bolt

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// someOf is the codec of some fields of a struct, to read with: the others are passed over, which takes a fifth of the
// time of reading all. Fields are named as in JSON, those inside others with dots between. It panics for names that T
// does not have.
func someOf[T any](names ...string) *codec { return someCodec(reflect.TypeFor[T](), names) }

func someCodec(t reflect.Type, names []string) *codec {
	if t.Kind() == reflect.Slice {
		return listCodec(someCodec(t.Elem(), names))
	}
	inside := map[string][]string{} // nil: whole
	for _, name := range names {
		first, rest, deeper := strings.Cut(name, ".")
		if deeper {
			inside[first] = append(inside[first], rest)
		} else {
			inside[first] = nil
		}
	}
	var fields []field
	for _, f := range fieldsOf(t) {
		name := fieldNames[f.tag>>1]
		parts, wanted := inside[name]
		if !wanted {
			continue
		}
		if parts != nil {
			f.codec = someCodec(t.Field(f.index).Type, parts)
		}
		fields = append(fields, f)
		delete(inside, name)
	}
	if len(inside) > 0 {
		panic(fmt.Sprintf("bolt: %s has no %v", t, inside))
	}
	return &codec{
		bytes: true,
		get:   func(v reflect.Value, _ uint64, raw []byte) error { return getFields(fields, v, raw) },
	}
}

// glance reads what a digest says, and what orders are asked for, of a row that is there; raw may be nil.
func glance[T any](r *reader, k *kind[T], key, raw []byte) (v T, err error) {
	if raw == nil {
		raw = r.src.get(k.table, key)
	}
	if raw == nil {
		return v, &damage{fmt.Sprintf("%s %x is not there", k.what, key)}
	}
	err = k.glance(key, raw, &v)
	return v, err
}

// glance is decodeRow for some fields.
func (k *kind[T]) glance(key, raw []byte, v *T) error {
	payload, err := openRow(k.table, key, raw)
	switch {
	case err != nil:
		return err
	case raw[0] == rowFields:
		err = k.digest.some.get(reflect.ValueOf(v).Elem(), 0, payload)
	default:
		err = json.Unmarshal(payload, v)
	}
	if err != nil {
		return &damage{fmt.Sprintf("%s %x: %v", k.table, key, err)}
	}
	return nil
}
