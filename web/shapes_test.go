package web_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"boxoffice/tickets"
)

var update = flag.Bool("update", false, "write the golden files anew")

// mismatches says where v lacks something of a shape: an object by its members, anything else by the name of its type,
// or by its value where that is not the name of a type.
func mismatches(at string, shape, v any) []string {
	switch s := shape.(type) {
	case map[string]any:
		got, ok := v.(map[string]any)
		if !ok {
			return []string{at + " is no object"}
		}
		var out []string
		for name, inner := range s {
			x, ok := got[name]
			if !ok {
				out = append(out, at+"."+name+" is missing")
				continue
			}
			out = append(out, mismatches(at+"."+name, inner, x)...)
		}
		return out
	case []any:
		got, ok := v.([]any)
		if !ok || len(got) != len(s) {
			return []string{fmt.Sprintf("%s has not %d elements: %v", at, len(s), v)}
		}
		var out []string
		for i := range s {
			out = append(out, mismatches(fmt.Sprintf("%s[%d]", at, i), s[i], got[i])...)
		}
		return out
	}
	if kind := kindOf(v); kind != shape && v != shape {
		return []string{fmt.Sprintf("%s is %s %v, want %v", at, kind, v, shape)}
	}
	return nil
}

func kindOf(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case float64:
		return "number"
	case bool:
		return "boolean"
	case map[string]any:
		return "object"
	case []any:
		return "array"
	default:
		return "null"
	}
}

func TestMismatchesAreFound(t *testing.T) {
	t.Parallel()
	shape := map[string]any{"a": "string", "b": map[string]any{"c": "number"}, "d": []any{"EVENT"}}
	good := map[string]any{"a": "x", "b": map[string]any{"c": 1.0, "more": true}, "d": []any{"EVENT"}}
	if got := mismatches("", shape, good); len(got) > 0 {
		t.Errorf("a fitting value: %v", got)
	}
	bad := map[string]any{"a": 1.0, "b": map[string]any{}, "d": []any{"OTHER"}}
	if got := mismatches("", shape, bad); len(got) != 3 {
		t.Errorf("three faults planted, found %v", got)
	}
}

// sample is the order of the samples, paid.
func sample(t *testing.T) (*world, tickets.Order, []tickets.Ticket) {
	w := newWorld(t)
	o := w.family()
	w.pass(10_083e6)
	o, ks := w.bought(o)
	return w, o, ks
}

// answers are the four shapes of one order, by name.
func answers(w *world, o tickets.Order) map[string]any {
	out := map[string]any{}
	for name, path := range map[string]string{"order": "", "fulfillment": "/fulfillment", "timeline": "/timeline", "payment": "/payment"} {
		var v any
		w.api("/api/v1/orders/"+string(o.ID)+path, &v)
		out[name] = v
	}
	return out
}

func TestAnswersHaveEveryFieldOfTheSamples(t *testing.T) {
	t.Parallel()
	w, o, _ := sample(t)
	got := answers(w, o)
	got["timeline"] = got["timeline"].(map[string]any)["data"]
	got["payment"] = got["payment"].(map[string]any)["order_payment"]
	b, err := os.ReadFile("testdata/shapes.json")
	must(t, err)
	var shapes map[string]any
	must(t, json.Unmarshal(b, &shapes))
	delete(shapes, "payment_refunded") // its own test has it
	for _, fault := range mismatches("", shapes, got) {
		t.Error(fault)
	}
	for name, want := range map[string]any{
		"quantity": 3.0, "quote_amount": 119.0, "quote_amount_sgd": 119.0, "currency": "SGD", "sku_id": "sentosa_family_pack",
		"product_name": "Sentosa 家庭套票(2大1小)", "status": "FULFILLED", "payment_status": "SUCCESS", "fulfillment_status": "FULFILLED",
		"channel": "telegram", "date": visit, "created_at": "2026-03-20T08:36:16.028Z", "payment_method": "card", "merchant_id": "sentosa_demo",
	} {
		if v := got["order"].(map[string]any)[name]; v != want {
			t.Errorf("order.%s is %v, want %v", name, v, want)
		}
	}
}

func TestAnswersAreGolden(t *testing.T) {
	t.Parallel()
	w, o, ks := sample(t)
	all := answers(w, o)
	var look any
	w.api("/api/v1/tickets/"+string(ks[0].Code), &look)
	all["ticket"] = look
	for name, v := range all {
		got, err := json.MarshalIndent(v, "", "  ")
		must(t, err)
		got = masked(append(got, '\n'))
		file := filepath.Join("testdata", name+".golden.json")
		if *update {
			must(t, os.WriteFile(file, got, 0o600))
			continue
		}
		want, err := os.ReadFile(file)
		must(t, err)
		if !bytes.Equal(got, want) {
			t.Errorf("%s: %s", file, firstDifference(string(got), string(want)))
		}
	}
}

// The random part of ids and texts differs at each run; the time in front of it does not.
var (
	randomID   = regexp.MustCompile(`(_[0-9a-f]{11})[0-9a-f]{13}(_1)?\b`)
	signedText = regexp.MustCompile(`[A-Z2-7]{140}`)
)

func masked(b []byte) []byte {
	b = randomID.ReplaceAll(b, []byte("${1}*$2"))
	return signedText.ReplaceAll(b, []byte("TEXT"))
}

func firstDifference(got, want string) string {
	g, w := bytes.Split([]byte(got), []byte("\n")), bytes.Split([]byte(want), []byte("\n"))
	for i := range g {
		if i >= len(w) || !bytes.Equal(g[i], w[i]) {
			return fmt.Sprintf("line %d is %s", i+1, g[i])
		}
	}
	return "lines are missing"
}
