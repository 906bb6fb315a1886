package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"net/url"
	"reflect"
	"testing"

	"boxoffice/tickets"
)

// FuzzBodies reads what programs send as each kind of body: it is refused as wrong, or says the same when written again.
func FuzzBodies(f *testing.F) {
	bodies := []func() any{
		func() any { return &admission{} }, func() any { return &refundWish{} }, func() any { return &settling{} },
		func() any { return &said{} }, func() any { return &marking{} }, func() any { return &closing{} }, func() any { return &checkoutWish{} },
	}
	for _, s := range []string{
		"", "{}", `{"count":2,"gate":"A"}`, `{"amount":500,"tickets":["ticket_1"],"override":true,"reason":"rain"}`, `{"reference":"x","reason":"y"}`,
		`{"amount":1e99}`, `{"amount":1} {}`, `{"amounts":1}`, "[]", "null", `{"reason":"\ud800"}`, "{\"reason\":\"\xff\"}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, fresh := range bodies {
			first, again := fresh(), fresh()
			if err := read(httptest.NewRequest("POST", "/", bytes.NewReader(body)), first); err != nil {
				if !errors.Is(err, tickets.Invalid) {
					t.Fatalf("%T of %q: %v", first, body, err)
				}
				continue
			}
			written, err := json.Marshal(first)
			if err != nil {
				t.Fatal(err)
			}
			if err := read(httptest.NewRequest("POST", "/", bytes.NewReader(written)), again); err != nil || !reflect.DeepEqual(first, again) {
				t.Fatalf("%q reads as %+v, then as %+v, %v", body, first, again, err)
			}
		}
	})
}

// FuzzQuery reads a list's parameters: they are refused as wrong, or within bounds.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"", "limit=0", "limit=50&token=x", "limit=%00", "status=FULFILLED&date=2026-03-21", "date=x", "q=%", "sku_id=a&customer=1", "status=&limit=200"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL = &url.URL{Path: "/", RawQuery: query}
		page, err := pageParams(r)
		switch {
		case err != nil && !errors.Is(err, tickets.Invalid):
			t.Fatalf("%q: %v", query, err)
		case err == nil && (page.Limit < 1 || page.Limit > maxLimit):
			t.Fatalf("%q: a page of %d", query, page.Limit)
		}
	})
}
