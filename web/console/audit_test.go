package console_test

import (
	"net/url"
	"sync"
	"testing"

	"boxoffice/tickets"
)

// entries is the whole log, the oldest first.
func (w *world) entries() []tickets.AuditEntry {
	w.t.Helper()
	var out []tickets.AuditEntry
	must(w.t, w.store.View(w.t.Context(), func(r tickets.Reader) error {
		out = nil
		p := tickets.Page{Limit: 1000}
		for {
			list, mark, err := r.AuditEntries(p)
			if err != nil {
				return err
			}
			for _, e := range list {
				out = append([]tickets.AuditEntry{e}, out...)
			}
			if p.Mark = mark; mark == "" {
				return nil
			}
		}
	}))
	return out
}

func TestActsAtTheSameTimeMakeOneChain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var wg sync.WaitGroup
	const many = 8
	browsers := make([]*browser, many)
	for i := range browsers {
		browsers[i] = w.as(tickets.RoleSupport)
	}
	for _, b := range browsers {
		wg.Go(func() { b.post("/console/logout", url.Values{}) })
	}
	wg.Wait()
	var prev tickets.AuditEntry
	outs := 0
	for _, e := range w.entries() {
		if !e.Follows(prev) {
			t.Errorf("entry %d does not follow %d", e.Seq, prev.Seq)
		}
		if e.Act == "sign_out" {
			outs++
			if e.Actor.ID == "" || e.IP != "127.0.0.1" || e.Agent == "" || e.Result != "ok" {
				t.Errorf("entry %+v", e)
			}
		}
		prev = e
	}
	if outs != many {
		t.Errorf("%d sign-outs in the log, want %d", outs, many)
	}
}
