package checkouttest

import (
	"errors"
	"testing"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func (b Bank) slow(t *testing.T, c tickets.Capture, amount int64) (tickets.Refund, string) {
	t.Helper()
	if err := b.Slow(c.Charge); err != nil {
		t.Fatal(err)
	}
	r := b.refund(c, amount)
	st := b.send(t, r, c, checkout.RefundIsPending)
	if told := b.refundTold(t, c, st.Remote); told.RefundState != tickets.RefundPending || told.RefundID != r.ID {
		t.Errorf("told %+v", told)
	}
	b.asked(t, r, c, checkout.RefundIsPending)
	b.send(t, r, c, checkout.RefundIsPending)
	return r, st.Remote
}

func givesSlowly(t *testing.T, b Bank) {
	c := b.captured(t, sgd119)
	r, remote := b.slow(t, c, 11900)
	b.declined(t, b.refund(c, 1), c) // what is on its way is gone
	if err := b.SettleRefund(remote, true); err != nil {
		t.Fatal(err)
	}
	b.asked(t, r, c, checkout.RefundIsSucceeded)
	if told := b.refundTold(t, c, remote); told.RefundState != tickets.RefundSucceeded || told.Amount != sgd119 {
		t.Errorf("told %+v", told)
	}
}

func givesInVain(t *testing.T, b Bank) {
	c := b.captured(t, sgd119)
	r, remote := b.slow(t, c, 11900)
	b.failsNow(t, r, c, remote)
}

func bounces(t *testing.T, b Bank) {
	c := b.captured(t, sgd119)
	r := b.refund(c, 11900)
	b.failsNow(t, r, c, b.send(t, r, c, checkout.RefundIsSucceeded).Remote)
}

// failsNow makes a refund fail: it says why, and its money can be given back under another id.
func (b Bank) failsNow(t *testing.T, r tickets.Refund, c tickets.Capture, remote string) {
	t.Helper()
	if err := b.SettleRefund(remote, false); err != nil {
		t.Fatal(err)
	}
	for _, by := range []string{"", remote} {
		r.Remote = by
		if st := b.asked(t, r, c, checkout.RefundIsFailed); st.Reason == "" || st.Remote != remote {
			t.Errorf("asked %+v", st)
		}
	}
	told := b.refundTold(t, c, remote)
	if told.RefundState != tickets.RefundFailed || told.Reason == "" || told.RefundID != r.ID {
		t.Errorf("told %+v", told)
	}
	b.send(t, b.refund(c, 11900), c, checkout.RefundIsSucceeded)
}

// lost sends a refund whose answer is lost.
func (b Bank) lost(t *testing.T, r tickets.Refund, c tickets.Capture) {
	t.Helper()
	if err := b.LoseRefund(c.Charge); err != nil {
		t.Fatal(err)
	}
	st, err := b.refunder(t).Refund(t.Context(), r, c)
	if err == nil || final(err) || errors.Is(err, tickets.Unsupported) {
		t.Fatalf("a lost answer: %+v, %v", st, err)
	}
}

func findsLostRefund(t *testing.T, b Bank) {
	c := b.captured(t, sgd119)
	r := b.refund(c, 11900)
	b.lost(t, r, c)
	b.asked(t, r, c, checkout.RefundIsSucceeded)
	if b.Refunds(c.Charge) != 1 {
		t.Errorf("%d refunds", b.Refunds(c.Charge))
	}
}

func sendsLostRefund(t *testing.T, b Bank) {
	c := b.captured(t, sgd119)
	r := b.refund(c, 5950)
	b.lost(t, r, c)
	b.send(t, r, c, checkout.RefundIsSucceeded)
	if b.Refunds(c.Charge) != 1 {
		t.Errorf("%d refunds", b.Refunds(c.Charge))
	}
}

func survivesRefundOutage(t *testing.T, b Bank) {
	c := b.captured(t, sgd119)
	r := b.refund(c, 11900)
	b.DownRefund()
	if st, err := b.refunder(t).Refund(t.Context(), r, c); err == nil || final(err) || errors.Is(err, tickets.Unsupported) {
		t.Fatalf("while down: %+v, %v", st, err)
	}
	b.asked(t, r, c, checkout.RefundIsAbsent)
	b.send(t, r, c, checkout.RefundIsSucceeded)
}

func findsNoRefund(t *testing.T, b Bank) {
	c := b.captured(t, sgd119)
	b.send(t, b.refund(c, 1), c, checkout.RefundIsSucceeded)
	r := b.refund(c, 1)
	for _, remote := range []string{"", "re_never", "refund_0_1", "../../v1/charges"} {
		r.Remote = remote
		b.asked(t, r, c, checkout.RefundIsAbsent)
	}
}

func tellsDashboard(t *testing.T, b Bank) {
	c := b.captured(t, sgd119)
	for _, half := range []bool{true, false} {
		if err := b.Dashboard(c.Charge, half); err != nil {
			t.Fatal(err)
		}
	}
	names := map[string]bool{}
	for _, r := range b.about(t, c, checkout.ReportRefund) {
		if r.Refund == "" {
			continue // it tells that something went back: it is asked about
		}
		names[r.Refund] = true
		if r.RefundID != "" || r.RefundState != tickets.RefundSucceeded || r.Amount != (tickets.Money{Amount: 5950, Currency: "SGD"}) {
			t.Errorf("told %+v", r)
		}
	}
	if len(names) != 2 || names[""] {
		t.Errorf("refunds %v", names)
	}
}

func keepsDashboardApart(t *testing.T, b Bank) {
	c := b.captured(t, sgd119)
	if err := b.Dashboard(c.Charge, false); err != nil {
		t.Fatal(err)
	}
	b.declined(t, b.refund(c, 11900), c) // that money went another way, and not by this refund
	b.declined(t, b.refund(c, 1), c)
}

func tellsDispute(t *testing.T, b Bank) {
	c := b.captured(t, sgd119)
	var told []checkout.Report
	newest := func(a BankAct, state tickets.DisputeState, funds checkout.Funds) checkout.Report {
		t.Helper()
		if err := b.Act(c.Charge, a); err != nil {
			t.Fatalf("%s: %v", a, err)
		}
		now := b.about(t, c, checkout.ReportDispute)
		if len(now) != len(told)+1 {
			t.Fatalf("%s: %d reports after %d", a, len(now), len(told))
		}
		told = now
		r := now[len(now)-1]
		if r.DisputeState != state || r.Funds != funds || r.Dispute == "" {
			t.Errorf("%s: %+v", a, r)
		}
		return r
	}
	warning := newest(BankWarns, tickets.DisputeWarning, "")
	open := newest(BankDisputes, tickets.DisputeOpen, "")
	if open.Dispute == warning.Dispute || open.Amount != sgd119 || !open.Deadline.After(b.Now()) || open.Reason == "" {
		t.Errorf("opened %+v after %+v", open, warning)
	}
	for _, r := range []checkout.Report{
		newest(BankWithdraws, "", checkout.FundsWithdrawn),
		newest(BankReads, tickets.DisputeEvidenceSent, ""),
		newest(BankWins, tickets.DisputeLost, ""),
		newest(BankLoses, tickets.DisputeWon, ""),
		newest(BankReinstates, "", checkout.FundsReinstated),
	} {
		if r.Dispute != open.Dispute || r.Amount != sgd119 {
			t.Errorf("%+v is another than %s", r, open.Dispute)
		}
	}
}

func declinesDisputed(t *testing.T, b Bank) {
	c := b.captured(t, sgd119)
	for _, a := range []BankAct{BankDisputes, BankWithdraws} {
		if err := b.Act(c.Charge, a); err != nil {
			t.Fatal(err)
		}
		b.declined(t, b.refund(c, 11900), c)
	}
	for _, a := range []BankAct{BankLoses, BankReinstates} {
		if err := b.Act(c.Charge, a); err != nil {
			t.Fatal(err)
		}
	}
	b.send(t, b.refund(c, 11900), c, checkout.RefundIsSucceeded)
}
