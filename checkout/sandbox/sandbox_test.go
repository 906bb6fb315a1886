package sandbox_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

func TestOutcomesReportWhatHappened(t *testing.T) {
	t.Parallel()
	usd := tickets.Money{Amount: 11900, Currency: "USD"}
	for act, want := range map[sandbox.Act][]tickets.Money{
		sandbox.Approve:  {sgd(11900)},
		sandbox.Twice:    {sgd(11900), sgd(11900)},
		sandbox.Less:     {sgd(5950)},
		sandbox.More:     {sgd(13090)},
		sandbox.Currency: {usd},
		sandbox.Zero:     {sgd(0)},
		sandbox.Test:     {sgd(11900)},
	} {
		t.Run(string(act), func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			p := s.open("en")
			if err := s.g.Play(t.Context(), p.Remote, sandbox.Outcome{Act: act}); err != nil {
				t.Fatal(err)
			}
			s.pass(0)
			got := s.got()
			if len(got) != len(want) {
				t.Fatalf("%d reports, want %d", len(got), len(want))
			}
			st, err := s.g.Lookup(t.Context(), p)
			if err != nil || st.State != checkout.StandingPaid || len(st.Charges) != len(want) {
				t.Fatalf("standing %+v, %v", st, err)
			}
			for i, r := range got {
				c := st.Charges[i]
				if r.Kind != checkout.ReportPaid || r.Amount != want[i] || r.Remote != p.Remote || r.Reference != p.ID ||
					r.Test != (act == sandbox.Test) {
					t.Errorf("report %+v", r)
				}
				if c.Charge != r.Charge || c.Amount != r.Amount || c.Test != r.Test || !c.At.Equal(r.At) {
					t.Errorf("asked %+v, told %+v", c, r)
				}
			}
			if len(got) == 2 && got[0].Charge == got[1].Charge {
				t.Error("two charges with one name")
			}
		})
	}
}

func TestSilentMoneyIsFoundOnlyByAsking(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	if err := s.g.Play(t.Context(), string(p.ID), sandbox.Outcome{Act: sandbox.Silent}); err != nil {
		t.Fatal(err)
	}
	s.pass(time.Hour)
	if len(s.got()) != 0 {
		t.Errorf("told %v", s.got())
	}
	if st, err := s.g.Close(t.Context(), p); err != nil || st.State != checkout.StandingPaid || len(st.Charges) != 1 {
		t.Errorf("%+v, %v", st, err)
	}
}

func TestPaymentPlannedOnThePageIsDroppedWhenClosed(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	if err := s.g.Play(t.Context(), p.Remote, sandbox.Outcome{Act: sandbox.Later, After: 2 * time.Minute}); err != nil {
		t.Fatal(err)
	}
	s.pass(time.Minute)
	if st, err := s.g.Close(t.Context(), p); err != nil || st.State != checkout.StandingClosed {
		t.Fatalf("%+v, %v", st, err)
	}
	s.pass(10 * time.Minute)
	if got := s.got(); len(got) != 1 || got[0].Kind != checkout.ReportClosed {
		t.Errorf("told %+v", got)
	}
}

func TestPaymentPlannedOnThePageComesInTime(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	if err := s.g.Play(t.Context(), p.Remote, sandbox.Outcome{Act: sandbox.Later, After: time.Minute}); err != nil {
		t.Fatal(err)
	}
	s.pass(time.Minute)
	if got := s.got(); len(got) != 1 || got[0].Kind != checkout.ReportPaid || !got[0].At.Equal(s.clock()) {
		t.Errorf("told %+v", got)
	}
}

func TestMoneyComesLateForAClosedSession(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	if err := s.g.Force(t.Context(), p.Remote, sandbox.Outcome{Act: sandbox.Late, After: 6 * time.Minute}); err != nil {
		t.Fatal(err)
	}
	if st, err := s.g.Close(t.Context(), p); err != nil || st.State != checkout.StandingClosed {
		t.Fatalf("%+v, %v", st, err)
	}
	if err := s.g.Play(t.Context(), p.Remote, sandbox.Outcome{Act: sandbox.Approve}); !errors.Is(err, tickets.Conflict) {
		t.Errorf("paid on a closed page: %v", err)
	}
	s.pass(6 * time.Minute)
	got := s.got()
	if len(got) != 2 || got[1].Kind != checkout.ReportPaid || got[1].Amount != sgd(11900) {
		t.Errorf("told %+v", got)
	}
}

func TestSlowMethodCannotBeClosedAndSettlesOrFails(t *testing.T) {
	t.Parallel()
	for act, want := range map[sandbox.Act]checkout.StandingState{
		sandbox.Slow: checkout.StandingPaid, sandbox.SlowFail: checkout.StandingFailed,
	} {
		s := newShop(t)
		p := s.open("en")
		if err := s.g.Play(t.Context(), p.Remote, sandbox.Outcome{Act: act, After: 10 * time.Minute}); err != nil {
			t.Fatal(err)
		}
		s.pass(0)
		if st, err := s.g.Close(t.Context(), p); err != nil || st.State != checkout.StandingAsync {
			t.Errorf("%s: %+v, %v", act, st, err)
		}
		if got := s.got(); len(got) != 1 || got[0].Kind != checkout.ReportAsync || !got[0].Deadline.Equal(s.clock().Add(10*time.Minute)) {
			t.Errorf("%s: told %+v", act, got)
		}
		s.pass(10 * time.Minute)
		if st, err := s.g.Lookup(t.Context(), p); err != nil || st.State != want {
			t.Errorf("%s: %+v, %v", act, st, err)
		}
		if got := s.got(); len(got) != 2 || string(got[1].Kind) != string(want) {
			t.Errorf("%s: told %+v", act, got)
		}
	}
}

func TestNoticesAreRepeatedUntilAcceptedOverRestarts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	s.refuse = 3
	if err := s.g.Play(t.Context(), p.Remote, sandbox.Outcome{Act: sandbox.Twice}); err != nil {
		t.Fatal(err)
	}
	s.pass(0)
	s.pass(0) // not due yet: nothing is sent
	if s.calls != 2 {
		t.Fatalf("%d posts, want 2", s.calls)
	}
	s.restart()
	s.pass(time.Second)
	s.pass(2 * time.Second)
	s.pass(time.Hour)
	if s.calls != 5 || len(s.events) != 2 || s.events[0] == s.events[1] {
		t.Errorf("%d posts, accepted %v", s.calls, s.events)
	}
}

func TestNoticesAreRepeatedAtGrowingIntervals(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	s.refuse = 1 << 30
	if err := s.g.Play(t.Context(), p.Remote, sandbox.Outcome{Act: sandbox.Approve}); err != nil {
		t.Fatal(err)
	}
	s.pass(0)
	at := []int{0}
	for sec := 1; sec <= 20; sec++ {
		before := s.calls
		s.pass(time.Second)
		if s.calls != before {
			at = append(at, sec)
		}
	}
	if want := []int{0, 1, 3, 7, 15}; !slices.Equal(at, want) {
		t.Errorf("posted at seconds %v, want %v", at, want)
	}
}

func TestPaymentKnownUnderAnotherKeyIsInvalid(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	p.Key += ":2"
	if _, err := s.g.Open(t.Context(), checkout.Opening{Payment: p}); !errors.Is(err, tickets.Invalid) {
		t.Errorf("%v", err)
	}
}

func TestUndeliverableNoticesAreGivenUpAfterThreeDays(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	s.refuse = 1 << 30
	if err := s.g.Play(t.Context(), p.Remote, sandbox.Outcome{Act: sandbox.Approve}); err != nil {
		t.Fatal(err)
	}
	s.pass(0)
	s.pass(73 * time.Hour)
	calls := s.calls
	s.pass(time.Hour)
	if n, err := s.g.Tick(t.Context()); n != 0 || err != nil || s.calls != calls {
		t.Errorf("still looks at %d sessions (%v), %d posts more", n, err, s.calls-calls)
	}
}

func TestTickRecoversFromAFailingMemory(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	broken := errors.New("disk full")
	s.memory.Break(broken)
	if err := s.g.Play(t.Context(), p.Remote, sandbox.Outcome{Act: sandbox.Approve}); !errors.Is(err, broken) {
		t.Errorf("play: %v", err)
	}
	s.memory.Break(nil)
	if err := s.g.Play(t.Context(), p.Remote, sandbox.Outcome{Act: sandbox.Approve}); err != nil {
		t.Fatal(err)
	}
	s.pass(0)
	if len(s.got()) != 1 {
		t.Errorf("told %v", s.got())
	}
}

func TestTwoPassesAtOnceTellOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var ps []tickets.Payment
	for range 20 {
		ps = append(ps, s.open("en"))
	}
	for _, p := range ps {
		if err := s.g.Play(t.Context(), p.Remote, sandbox.Outcome{Act: sandbox.Approve}); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := s.g.Tick(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s.pass(0)
	if len(s.got()) != 20 || s.calls != 20 {
		t.Errorf("%d reports in %d posts, want 20 of each", len(s.got()), s.calls)
	}
}

func TestConfigurationProblemsComeTogether(t *testing.T) {
	t.Parallel()
	_, err := sandbox.New(sandbox.Config{PublicURL: "shop", Secret: []byte("short"), Accepts: []string{"card", "card"}})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, part := range []string{"public URL", "16 bytes", "Memory", "twice"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q not in %v", part, err)
		}
	}
}
