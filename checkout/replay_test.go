package checkout_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"boxoffice/tickets"
)

// TestReplayOfANoticeThatWorkedDoesNothing: captures, facts and the notice itself stay as they were.
func TestReplayOfANoticeThatWorkedDoesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	r, _ := w.till.payExactly(p.Remote)
	w.tell(r)
	w.stage(o, tickets.StageFulfilled)
	n := w.notice("evt_till_1")
	story := w.rows(o)
	w.clock.add(time.Hour)
	for range 3 {
		if got, err := w.desk.Replay(w.ctx, n.ID); err != nil || got != "duplicate" {
			t.Errorf("replay: %s %v", got, err)
		}
	}
	if got := w.notice("evt_till_1"); got.Done != n.Done || got.Outcome != "applied" || got.Order != o.ID {
		t.Errorf("the notice is %+v now", got)
	}
	if w.rows(o) != story || len(w.captures(o)) != 1 || len(w.tickets(o)) != 1 {
		t.Errorf("%d captures, %d tickets, story\n%s\nwas\n%s", len(w.captures(o)), len(w.tickets(o)), w.rows(o), story)
	}
	w.clean()
}

// TestReplayHeedsWhatCouldNotBeRead: once its body is understood, a notice brings its money, once.
func TestReplayHeedsWhatCouldNotBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	r, _ := w.till.payExactly(p.Remote)
	_, body := w.till.notice(r)
	sum := sha256.Sum256(body)
	n := tickets.Notice{
		ID: tickets.NoticeID(tickets.NewID(tickets.PrefixNotice, w.clock.Now(), nil)), Gateway: "till", Event: "evt_odd", Type: "odd", Body: body, Sum: hex.EncodeToString(sum[:]), Count: 1,
		At: w.clock.Now(), Done: w.clock.Now(), Outcome: tickets.OutcomeError, Note: "what is that",
	}
	w.write(func(tx tickets.Tx) error { return tx.CreateNotice(n) })
	for _, want := range []string{"applied", "duplicate"} {
		if got, err := w.desk.Replay(w.ctx, n.ID); err != nil || got != want {
			t.Errorf("replay: %s %v, want %s", got, err, want)
		}
	}
	w.stage(o, tickets.StageFulfilled)
	if got := w.notice("evt_odd"); got.Outcome != "applied" || got.Note != "" || got.Order != o.ID || got.Done.IsZero() {
		t.Errorf("the notice is %+v", got)
	}
	w.clean()
}

func TestReplayRefusesWhatIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	_, err := w.desk.Replay(w.ctx, "ntc_000000000000000000000000")
	refused(t, err, tickets.NotFound)
	for event, gateway := range map[string]string{"evt_gone": "till", "evt_elsewhere": "sold_gateway"} {
		n := tickets.Notice{
			ID: tickets.NoticeID(tickets.NewID(tickets.PrefixNotice, w.clock.Now(), nil)), Gateway: gateway, Event: event, Type: "x", Count: 1,
			At: w.clock.Now(), Done: w.clock.Now(), Outcome: "ignored",
		}
		want := tickets.Expired
		if gateway != "till" {
			n.Body, want = []byte("{}"), tickets.NotFound
		}
		w.write(func(tx tickets.Tx) error { return tx.CreateNotice(n) })
		_, err := w.desk.Replay(w.ctx, n.ID)
		refused(t, err, want)
		if got := w.notice(event); got.Done.IsZero() {
			t.Errorf("%s is open again", event)
		}
	}
}

// notice of the till, or of another gateway, by its event.
func (w *world) notice(event string) (n tickets.Notice) {
	w.view(func(r tickets.Reader) error {
		all, _, err := r.AllNotices(tickets.Page{})
		for _, one := range all {
			if one.Event == event {
				n = one
			}
		}
		return err
	})
	return n
}
