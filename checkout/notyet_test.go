package checkout_test

import (
	"errors"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// catch lets time go by in steps and judges the notices that are due after each.
func (w *world) catch(whole, step time.Duration) {
	w.t.Helper()
	for ; whole > 0; whole -= step {
		w.clock.add(step)
		if _, err := w.desk.Catch(w.ctx); err != nil {
			w.t.Fatalf("catch: %v", err)
		}
	}
}

// TestWhatABankSaidOfMoneyThatWasNotKnownForDaysCounts: the dispute is told first, its money more than three days later.
func TestWhatABankSaidOfMoneyThatWasNotKnownForDaysCounts(t *testing.T) {
	t.Parallel()
	for name, closed := range map[string]bool{"nobody looked": false, "a person closed the case": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 9)
			w.tell(bank("ch_stray", tickets.DisputeOpen, checkout.FundsWithdrawn, 777))
			w.catch(100*time.Hour, 4*time.Hour)
			cs := w.cases()
			if len(cs) != 1 || cs[0].Kind != tickets.CaseNotice || cs[0].Why != checkout.WhyUnknown {
				t.Fatalf("cases %+v", cs)
			}
			want := "again"
			if closed {
				want = "kept"
				if _, err := w.desk.CloseCase(w.ctx, cs[0].ID, owner, "not ours"); err != nil {
					t.Fatal(err)
				}
			}
			w.tell(checkout.Report{Kind: checkout.ReportPaid, Remote: "elsewhere", Charge: "ch_stray", Amount: tickets.Money{Amount: 777, Currency: "SGD"}})
			w.catch(time.Hour, time.Hour)
			w.view(func(r tickets.Reader) error {
				d, err := r.DisputeByRemote("till", "dp_ch_stray")
				if err != nil || d.State != tickets.DisputeOpen || !d.Withdrawn || d.Charge != "ch_stray" {
					t.Errorf("dispute %+v, %v", d, err)
				}
				c, err := r.Case(cs[0].ID)
				if c.Open() || c.Outcome != want {
					t.Errorf("the case is open=%t, %s", c.Open(), c.Outcome)
				}
				return err
			})
			if n := w.notice("evt_till_1"); n.Outcome != "applied" || n.Done.IsZero() {
				t.Errorf("the notice is %s, done %s", n.Outcome, n.Done)
			}
			w.clean()
		})
	}
}

// TestMoneyThatNobodyKnowsIsGivenUp: a person is told once, and after a month the notice rests.
func TestMoneyThatNobodyKnowsIsGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	w.tell(bank("ch_elsewhere", tickets.DisputeOpen, "", 777))
	w.catch(80*time.Hour, 8*time.Hour)
	cs := w.cases()
	if len(cs) != 1 {
		t.Fatalf("cases %+v", cs)
	}
	if _, err := w.desk.CloseCase(w.ctx, cs[0].ID, owner, "another shop's"); err != nil {
		t.Fatal(err)
	}
	w.catch(29*24*time.Hour, 8*time.Hour)
	if n := w.notice("evt_till_1"); !n.Done.IsZero() || n.Due.IsZero() || len(w.cases()) != 0 {
		t.Errorf("before a month: done %s, due %s, cases %+v", n.Done, n.Due, w.cases())
	}
	w.catch(2*24*time.Hour, 8*time.Hour)
	if n := w.notice("evt_till_1"); n.Done.IsZero() || n.Outcome != tickets.OutcomeError || n.Note == "" || len(w.cases()) != 0 {
		t.Errorf("after it: done %s, %s, %q, cases %+v", n.Done, n.Outcome, n.Note, w.cases())
	}
	w.view(func(r tickets.Reader) error {
		if d, err := r.DisputeByRemote("till", "dp_ch_elsewhere"); !errors.Is(err, tickets.NotFound) {
			t.Errorf("dispute %+v, %v", d, err)
		}
		return nil
	})
	w.clean()
}
