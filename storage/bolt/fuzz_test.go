package bolt

import (
	"bytes"
	"errors"
	"testing"

	"boxoffice/tickets"
)

// FuzzPageMark opens marks as programs send them: each is one that this list gave, or refused.
func FuzzPageMark(f *testing.F) {
	list := listName("orders", "2026-03-21", "PAID")
	for _, m := range []string{"", mark(list, []byte("order_1")), mark(listName("refunds"), []byte("ref_1")), "AAAAAA", "AAAAAAA=", "%%%", "AAAAAAAAAA"} {
		f.Add(m, 50, []byte("order_1"))
	}
	f.Fuzz(func(t *testing.T, text string, limit int, key []byte) {
		start, n, err := openPage(tickets.Page{Mark: text, Limit: limit}, list)
		switch {
		case err != nil && !errors.Is(err, tickets.Invalid):
			t.Fatalf("%q: %v", text, err)
		case err != nil:
		case n < 1 || n > pageMost:
			t.Fatalf("a page of %d", n)
		case text != "" && mark(list, start) != text:
			t.Fatalf("%q starts at %q, whose mark is %q", text, start, mark(list, start))
		}
		if len(key) == 0 {
			return
		}
		start, _, err = openPage(tickets.Page{Mark: mark(list, key)}, list)
		if err != nil || !bytes.Equal(start, key) {
			t.Fatalf("the mark of %q starts at %q, %v", key, start, err)
		}
	})
}
