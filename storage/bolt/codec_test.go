package bolt

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"boxoffice/tickets"
)

// fill sets every field within v to something that is not zero, or leaves it zero, as random says.
func fill(v reflect.Value, random *rand.Rand) {
	if random.IntN(4) == 0 {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(randomText(random))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(random.Uint64()) >> (64 - v.Type().Bits() + random.IntN(v.Type().Bits())))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(random.Uint64() >> (64 - v.Type().Bits() + random.IntN(v.Type().Bits())))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), random.IntN(4), 4))
		for i := range v.Len() {
			fill(v.Index(i), random)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range random.IntN(4) {
			k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(k, random)
			fill(e, random)
			v.SetMapIndex(k, e)
		}
	case reflect.Struct:
		if v.Type() == timeType {
			v.Set(reflect.ValueOf(time.UnixMilli(random.Int64N(1 << 42)).UTC()))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), random)
		}
	default:
		panic("no way to fill a " + v.Type().String())
	}
}

func randomText(random *rand.Rand) string {
	digits := []string{"0123456789abcdef01234567", "ffffffffffffffffffffffff", "0123456789ABCDEF01234567", "0123456789abcdef"}
	ends := []string{"", ":2:live:customer", "0", "\x00"}
	texts := []string{"", "en", "圣淘沙", "\xff\x00", "\xfe", "order_", strings.Repeat("long ", 100)}
	if random.IntN(2) == 0 {
		return texts[random.IntN(len(texts))]
	}
	return idPrefixes[random.IntN(len(idPrefixes))] + digits[random.IntN(len(digits))] + ends[random.IntN(len(ends))]
}

func TestEveryFieldComesBack(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 1))
	for typ := range codecs {
		for range 300 {
			v, back := reflect.New(typ), reflect.New(typ)
			if fill(v.Elem(), random); typ.Kind() == reflect.Slice && v.Elem().IsNil() {
				continue // only a field can be nil
			}
			raw, err := encodeRow(tOrder, []byte("key"), v.Interface())
			if err != nil {
				t.Fatalf("%s: %v", typ, err)
			}
			if err := decodeRow(tOrder, []byte("key"), raw, back.Interface()); err != nil {
				t.Fatalf("%s: %v", typ, err)
			}
			if !reflect.DeepEqual(v.Interface(), back.Interface()) {
				t.Fatalf("%s came back as\n%+v, stored was\n%+v", typ, back.Elem(), v.Elem())
			}
		}
	}
}

func TestFieldsFormIsSmall(t *testing.T) {
	t.Parallel()
	o := newSale(1).order
	asJSON, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := encodeRow(tOrder, nil, &o)
	if err != nil || raw[0] != rowFields || len(raw) > len(asJSON)/2 {
		t.Errorf("%d bytes, %d as JSON: %v", len(raw), len(asJSON), err)
	}
}

func TestDamagedFieldsAreAnErrorAndNoPanic(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(2, 2))
	whole, _ := appendFields(nil, newSale(1).order)
	for range 20_000 {
		raw := slices.Clone(whole[:random.IntN(len(whole)+1)])
		for range random.IntN(4) {
			if len(raw) > 0 {
				raw[random.IntN(len(raw))] = byte(random.Uint32())
			}
		}
		var o tickets.Order
		_ = readFields(raw, &o)
	}
	for cut := range len(whole) {
		var o tickets.Order
		if err := readFields(whole[:cut], &o); err == nil && reflect.DeepEqual(o, newSale(1).order) {
			t.Errorf("whole with %d of %d bytes", cut, len(whole))
		}
	}
	if err := readFields(whole[:len(whole)-1], &tickets.Order{}); err == nil {
		t.Error("a value that ends early is no error")
	}
}

// A field that this program does not have, as a later one might write, is passed over.
func TestUnknownFieldsAreSkipped(t *testing.T) {
	t.Parallel()
	h := newSale(1).hold
	raw, _ := appendFields(nil, h)
	raw = append(raw, 0xF0, 0x7F, 5, 0xF1, 0x7F, 2, 'x', 'y')
	var back tickets.Hold
	if err := readFields(raw, &back); err != nil || !reflect.DeepEqual(h, back) {
		t.Errorf("%+v, %v", back, err)
	}
}

// The numbers of names and prefixes are in files: one that moved would be read as another.
func TestFieldNumbersStay(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"id": 0, "gateway": 63, "reason": 64, "over": 128} {
		if got := slices.Index(fieldNames, name); got != want {
			t.Errorf("%s is %d, was %d", name, got, want)
		}
	}
	if got := rowSum(0, 0, nil, []byte(strings.Join(fieldNames[:129], ","))); got != 0xd23dea69 {
		t.Errorf("names changed: %#x", got)
	}
	if got := strings.Join(idPrefixes[:11], ""); got != "order_lock_cus_dlv_ps_cap_ful_ticket_ntc_mem_tok_" {
		t.Errorf("prefixes changed: %s", got)
	}
}

func TestTextComesBack(t *testing.T) {
	t.Parallel()
	same := func(s string) bool {
		back, err := getText(putText(nil, s))
		return err == nil && back == s
	}
	if err := quick.Check(same, nil); err != nil {
		t.Error(err)
	}
}
