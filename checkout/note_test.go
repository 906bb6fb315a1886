package checkout_test

import (
	"testing"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func TestANoteIsWrittenOnceAndForMembersOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5)
	o, _ := w.bought(1, 1)
	for range 2 {
		if _, err := w.desk.Note(w.ctx, checkout.Noting{Order: o.ID, By: support, Text: " called, will come late ", Key: "n1"}); err != nil {
			t.Fatal(err)
		}
	}
	notes := 0
	for _, f := range w.facts(o) {
		if f.Name == tickets.OrderNoted {
			notes++
			if !f.Hidden || string(f.Data) != `{"note":"called, will come late"}` {
				t.Errorf("fact %+v", f)
			}
		}
	}
	if notes != 1 {
		t.Errorf("%d notes", notes)
	}
	_, err := w.desk.Note(w.ctx, checkout.Noting{Order: o.ID, By: support, Text: "  "})
	refused(t, err, tickets.Invalid)
	_, err = w.desk.Note(w.ctx, checkout.Noting{Order: o.ID, By: checkout.Staff{Role: tickets.RoleReadOnly}, Text: "x"})
	refused(t, err, tickets.Forbidden)
	w.clean()
}
