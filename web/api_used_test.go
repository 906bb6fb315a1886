package web_test

import (
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// TestLastUseOfATokenIsKeptByTheHour lets a program ask twice within an hour and once after it.
func TestLastUseOfATokenIsKeptByTheHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token("orders:read")
	used := func() (tok tickets.APIToken) {
		w.get("/api/v1/orders", "Authorization", "Bearer "+token)
		err := w.desk.Store.View(t.Context(), func(r tickets.Reader) (err error) { tok, err = r.Token(checkout.HashCode(token)); return err })
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	first := used().Used
	if first.IsZero() {
		t.Fatal("the use is not kept")
	}
	w.pass(30 * time.Minute)
	if again := used().Used; !again.Equal(first) {
		t.Errorf("written again after half an hour: %v", again)
	}
	w.pass(31 * time.Minute)
	if later := used().Used; !later.After(first) {
		t.Errorf("not written after an hour: %v", later)
	}
}
