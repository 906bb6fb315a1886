package sandbox_test

import (
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"boxoffice/checkout/checkouttest"
	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

func TestGateway(t *testing.T) {
	t.Parallel()
	for _, passes := range []bool{true, false} {
		checkouttest.Gateway(t, func(t *testing.T) checkouttest.World { return newWorld(t, passes) })
	}
}

func TestRefunder(t *testing.T) {
	t.Parallel()
	for _, passes := range []bool{true, false} {
		checkouttest.Refunder(t, func(t *testing.T) checkouttest.Bank { return newBank(t, passes) })
	}
}

// bankActs are the sandbox's words.
var bankActs = map[checkouttest.BankAct]sandbox.Act{
	checkouttest.BankWarns: sandbox.DisputeWarn, checkouttest.BankDisputes: sandbox.DisputeOpen, checkouttest.BankReads: sandbox.DisputeReview,
	checkouttest.BankWithdraws: sandbox.FundsWithdraw, checkouttest.BankReinstates: sandbox.FundsReinstate,
	checkouttest.BankLoses: sandbox.DisputeWon, checkouttest.BankWins: sandbox.DisputeLost,
}

func newBank(t *testing.T, passes bool) checkouttest.Bank {
	memory := &counted{}
	w := worldOf(t, passes, memory)
	g, ok := w.Gateway.(*sandbox.Gateway)
	if !ok {
		t.Fatal("not a sandbox")
	}
	play := func(id string, act sandbox.Act, after time.Duration) error {
		return g.Play(t.Context(), id, sandbox.Outcome{Act: act, After: after})
	}
	return checkouttest.Bank{
		World: w,
		Slow:  func(charge string) error { return play(charge, sandbox.RefundSlow, time.Hour) },
		SettleRefund: func(remote string, ok bool) error {
			if ok {
				return play(remote, sandbox.RefundSettles, 0)
			}
			return play(remote, sandbox.RefundReturns, 0)
		},
		LoseRefund: func(charge string) error { return play(charge, sandbox.RefundLost, 0) },
		DownRefund: func() { memory.down(errors.New("disk full")) },
		Dashboard: func(charge string, half bool) error {
			if half {
				return play(charge, sandbox.DashboardHalf, 0)
			}
			return play(charge, sandbox.DashboardWhole, 0)
		},
		Act:     func(charge string, a checkouttest.BankAct) error { return play(charge, bankActs[a], 0) },
		Refunds: func(charge string) int { return memory.refunds(charge) },
	}
}

// world is a sandbox whose notices are collected.
func newWorld(t *testing.T, passes bool) checkouttest.World { return worldOf(t, passes, &counted{}) }

func worldOf(t *testing.T, passes bool, memory *counted) checkouttest.World {
	box := &inbox{}
	now := func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }
	if passes {
		now = time.Now
	}
	g, err := sandbox.New(sandbox.Config{
		PublicURL: "https://shop.example", Secret: secret, Memory: memory, Passes: passes,
		Client: &http.Client{Transport: box}, Now: now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return checkouttest.World{
		Gateway: g, Method: "card", Now: now,
		Pay: func(remote string, p checkouttest.Paying) error {
			o := sandbox.Outcome{Act: act(p)}
			if p.Async {
				o.After = time.Hour
			}
			if p.Late {
				return g.Force(t.Context(), remote, o)
			}
			return g.Play(t.Context(), remote, o)
		},
		Settle: func(remote string, ok bool) error {
			if !ok {
				return g.Force(t.Context(), remote, sandbox.Outcome{Act: sandbox.SlowFail})
			}
			return g.Force(t.Context(), remote, sandbox.Outcome{Act: sandbox.Late})
		},
		Notices: func() []checkouttest.Notice {
			if _, err := g.Tick(t.Context()); err != nil {
				t.Error(err)
			}
			return box.all()
		},
		Sign: func(body []byte, at time.Time) http.Header {
			h := http.Header{}
			h.Set(sandbox.SignatureHeader, sandbox.Sign(secret, body, at))
			return h
		},
		Sessions: memory.sessions,
		Lose:     func() { memory.lose(errors.New("answer lost")) },
		Down:     func() { memory.down(errors.New("disk full")) },
	}
}

// act finds the sandbox's act for a payment of sgd 119.00.
func act(p checkouttest.Paying) sandbox.Act {
	switch {
	case p.Async:
		return sandbox.Slow
	case p.Silent:
		return sandbox.Silent
	case p.Free:
		return sandbox.Zero
	case p.Other:
		return sandbox.Test
	case p.Amount == (tickets.Money{}):
		return sandbox.Approve
	case p.Amount.Currency != "SGD":
		return sandbox.Currency
	case p.Amount.Amount < 11900:
		return sandbox.Less
	default:
		return sandbox.More
	}
}
