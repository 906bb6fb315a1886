package checkout_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func TestOneNoticeFiftyTimesIsOneCapture(t *testing.T) {
	t.Parallel()
	var seen sync.Map
	var n, placed int
	var mu sync.Mutex
	w := newWorld(t, 9, func(d *checkout.Desk) {
		d.Observe.Captured = func(c tickets.Capture) {
			mu.Lock()
			defer mu.Unlock()
			n++
			seen.Store(c.Charge, true)
		}
		d.Observe.Placed = func(tickets.Order) { placed++ }
	})
	o, p := w.ordered(1, "sentosa_family_pack", 1)
	r, _ := w.till.payExactly(p.Remote)
	h, body := w.till.notice(r)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if err := w.desk.Receive(w.ctx, "till", h, body); err != nil {
				t.Errorf("receive: %v", err)
			}
		})
	}
	wg.Wait()
	w.tell(r) // another event of the same charge
	w.stage(o, tickets.StageFulfilled)
	if len(w.captures(o)) != 1 || len(w.tickets(o)) != 1 || n != 1 || placed != 1 {
		t.Errorf("%d captures, %d tickets, observed %d and %d", len(w.captures(o)), len(w.tickets(o)), n, placed)
	}
	w.view(func(rd tickets.Reader) error {
		got, err := rd.NoticeByEvent("till", "evt_till_1")
		if got.Count != 50 || got.Done.IsZero() || got.Outcome != "applied" || got.Order != o.ID {
			t.Errorf("notice counted %d times, done %s, %s of %q", got.Count, got.Done, got.Outcome, got.Order)
		}
		if err != nil {
			return err
		}
		got, err = rd.NoticeByEvent("till", "evt_till_2")
		if got.Outcome != "duplicate" || got.Order != o.ID {
			t.Errorf("second event: %s of %q", got.Outcome, got.Order)
		}
		return err
	})
	if len(strings.Fields(w.story(o))) != 6 {
		t.Errorf("story %s", w.story(o))
	}
	w.clean()
}

func TestMoneyOfNoOrderIsKeptForAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	stray := checkout.Report{Kind: checkout.ReportPaid, Remote: "elsewhere", Charge: "ch_stray", Amount: tickets.Money{Amount: 777, Currency: "SGD"}}
	w.tell(stray)
	w.tell(stray)
	_, p := w.ordered(1, "adult", 1)
	// Our reference with another session: a reference alone is only a hint.
	w.tell(checkout.Report{Kind: checkout.ReportPaid, Remote: "elsewhere", Reference: p.ID, Charge: "ch_lie", Amount: p.Total})
	w.view(func(r tickets.Reader) error {
		for _, ch := range []string{"ch_stray", "ch_lie"} {
			c, err := r.Capture("till", ch)
			if err != nil || c.Disposition != tickets.Unmatched || c.Owed != c.Amount.Amount || c.Order != "" {
				t.Errorf("%s: %+v, %v", ch, c, err)
			}
		}
		return nil
	})
	if !w.said(tickets.Order{}, tickets.SayCase, tickets.ToMerchant) {
		t.Error("the merchant was not told")
	}
	w.clean()
}

func TestSenselessReportLeavesATrace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	w.tell(checkout.Report{Kind: checkout.ReportPaid, Remote: p.Remote, Amount: p.Total})
	w.stage(o, tickets.StageAwaiting)
	if !strings.HasSuffix(w.story(o), " EVENT_IGNORED") {
		t.Errorf("story %s", w.story(o))
	}
	if n, err := w.desk.Catch(w.ctx); n != 0 || err != nil {
		t.Errorf("the notice is tried again: %d, %v", n, err)
	}
	w.clean()
}

func TestNoticeIsJudgedLaterWhenItCouldNotBeAtOnce(t *testing.T) {
	t.Parallel()
	f := &faultyStore{Store: nil}
	w := newWorld(t, 9, func(d *checkout.Desk) { f.Store, d.Store = d.Store, f })
	o, p := w.ordered(1, "adult", 1)
	r, _ := w.till.payExactly(p.Remote)
	h, body := w.till.notice(r)
	f.failFrom(2, 3, false) // the notice is stored; judging it and putting it off fail
	if err := w.desk.Receive(w.ctx, "till", h, body); err != nil {
		t.Fatalf("a stored notice is answered: %v", err)
	}
	w.stage(o, tickets.StageAwaiting)
	w.clock.add(16 * time.Second)
	if n, err := w.desk.Catch(w.ctx); n != 1 || err != nil {
		t.Fatalf("catch: %d, %v", n, err)
	}
	w.stage(o, tickets.StageFulfilled)
	f.failFrom(1, 1, false)
	h, body = w.till.notice(r)
	refused(t, w.desk.Receive(w.ctx, "till", h, body), tickets.Unavailable)
	f.failFrom(2, 2, true) // judged, but nobody knows: it stays done
	if err := w.desk.Receive(w.ctx, "till", h, body); err != nil {
		t.Fatal(err)
	}
	w.clock.add(time.Hour)
	if n, err := w.desk.Catch(w.ctx); n != 0 || err != nil {
		t.Errorf("catch: %d, %v", n, err)
	}
	w.clean()
}

func TestNoticesOfAGatewayThatWasTakenOutKeepNobodyWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	gone := newTill(w.clock.Now)
	gone.name = "gone"
	stored := func(g *till, id tickets.NoticeID, rs ...checkout.Report) {
		_, body := g.notice(rs...)
		w.write(func(tx tickets.Tx) error {
			return tx.CreateNotice(tickets.Notice{
				ID: id, Gateway: g.name, Event: string(id), Body: body, Sum: fmt.Sprintf("%x", sha256.Sum256(body)), At: w.clock.Now(), Count: 1,
				Due: w.clock.Now(),
			})
		})
	}
	for n := range checkout.Batch {
		stored(gone, tickets.NoticeID(fmt.Sprintf("ntc_%024x", n)))
	}
	w.clock.add(time.Millisecond)
	o, p := w.ordered(1, "adult", 1)
	r, _ := w.till.payExactly(p.Remote)
	stored(w.till, "ntc_ffffffffffffffffffffffff", r)
	if n, err := w.desk.Catch(w.ctx); n != 0 || !errors.Is(err, tickets.NotFound) {
		t.Fatalf("judged %d, %v", n, err)
	}
	if n, err := w.desk.Catch(w.ctx); n != 1 || err != nil {
		t.Fatalf("then judged %d, %v", n, err)
	}
	w.stage(o, tickets.StageFulfilled)
	w.desk.Gateways = append(w.desk.Gateways, gone) // and they are judged once it is back
	w.clock.add(time.Minute)
	if n, err := w.desk.Catch(w.ctx); n != checkout.Batch || err != nil {
		t.Errorf("judged %d, %v", n, err)
	}
	w.clean()
}

func TestCallbackAnswersProviders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	o, p := w.ordered(1, "adult", 1)
	r, _ := w.till.payExactly(p.Remote)
	h, body := w.till.notice(r)
	mux := http.NewServeMux()
	mux.Handle("POST /webhooks/{gateway}", w.desk.Callback())
	for _, c := range []struct {
		name, path string
		h          http.Header
		body       []byte
		want       int
	}{
		{"unknown gateway", "/webhooks/bank", h, body, http.StatusNotFound},
		{"unsigned", "/webhooks/till", http.Header{}, body, http.StatusUnauthorized},
		{"nonsense", "/webhooks/till", h, []byte("{"), http.StatusBadRequest},
		{"too large", "/webhooks/till", h, bytes.Repeat([]byte("x"), 256<<10+1), http.StatusRequestEntityTooLarge},
		{"good", "/webhooks/till", h, body, http.StatusOK},
		{"again", "/webhooks/till", h, body, http.StatusOK},
	} {
		rq := httptest.NewRequest(http.MethodPost, c.path, bytes.NewReader(c.body))
		rq.Header = c.h
		rec := httptest.NewRecorder()
		mux.ServeHTTP(rec, rq)
		if rec.Code != c.want {
			t.Errorf("%s: %d %s, want %d", c.name, rec.Code, rec.Body, c.want)
		}
	}
	w.stage(o, tickets.StageFulfilled)
	w.clean()
}

func TestNoticeAndLookAtOnceAreOneCapture(t *testing.T) {
	t.Parallel()
	for range 20 {
		w := newWorld(t, 9)
		o, p := w.ordered(1, "adult", 1)
		r, _ := w.till.payExactly(p.Remote)
		var wg sync.WaitGroup
		wg.Go(func() { w.tell(r) })
		wg.Go(func() { _ = w.desk.Check(w.ctx, o.ID) })
		wg.Wait()
		w.stage(o, tickets.StageFulfilled)
		w.wantRows(o, "T6 T8 T18 T32")
		if n := len(w.captures(o)); n != 1 {
			t.Errorf("%d captures", n)
		}
		w.clean()
	}
}
