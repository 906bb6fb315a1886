package checkouttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// BankAct is what a customer's bank does about a charge.
type BankAct string

// The acts of banks. All but the first two are about the newest dispute of the charge.
const (
	BankWarns      BankAct = "warns"      // of fraud, before there is a dispute
	BankDisputes   BankAct = "disputes"   // opens a dispute of the whole charge
	BankReads      BankAct = "reads"      // our evidence
	BankWithdraws  BankAct = "withdraws"  // takes the money
	BankReinstates BankAct = "reinstates" // brings it back
	BankLoses      BankAct = "loses"      // decides for us
	BankWins       BankAct = "wins"       // decides for the customer
)

// Bank is a [World] whose gateway gives money back, with the hands to play the bank and the provider's dashboard.
type Bank struct {
	World
	// Slow makes the next refund of the charge begin pending.
	Slow func(charge string) error
	// SettleRefund ends a refund: a pending one succeeds or fails, a succeeded one fails.
	SettleRefund func(remote string, ok bool) error
	// LoseRefund makes the next refund of the charge happen, and its answer get lost.
	LoseRefund func(charge string) error
	// DownRefund makes the provider fail the next refund, nothing done.
	DownRefund func()
	// Dashboard gives back what is left of a charge, or half the charge, as somebody at the provider's dashboard does.
	Dashboard func(charge string, half bool) error
	// Act does what a bank does.
	Act func(charge string, a BankAct) error
	// Refunds counts the refunds that the provider has of a charge.
	Refunds func(charge string) int
}

// Refunder runs the conformance suite of a [checkout.Refunder]. newBank makes a fresh world for each test; its Gateway
// is one.
func Refunder(t *testing.T, newBank func(t *testing.T) Bank) {
	t.Helper()
	for name, fn := range map[string]func(*testing.T, Bank){
		"gives all back":                           givesAll,
		"gives parts back until nothing is left":   givesParts,
		"twice with one id is once":                givesOnce,
		"more than there is is declined":           declinesTooMuch,
		"what makes no sense is invalid":           refusesNonsense,
		"a pending refund succeeds later":          givesSlowly,
		"a pending refund fails later":             givesInVain,
		"a refund that succeeded fails later":      bounces,
		"a lost reply is found by asking":          findsLostRefund,
		"a lost reply is found by sending again":   sendsLostRefund,
		"a provider that is down is no refusal":    survivesRefundOutage,
		"what was never sent is absent":            findsNoRefund,
		"the dashboard's refunds are told":         tellsDashboard,
		"the dashboard's refunds are not ours":     keepsDashboardApart,
		"amounts are right in every currency":      givesRight,
		"a dispute is told from warning to end":    tellsDispute,
		"a disputed charge cannot be given back":   declinesDisputed,
		"notices of money going back are readable": readsBack,
		"nothing secret is kept of what went back": keepsNoSecretsBack,
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			fn(t, newBank(t))
		})
	}
}

func (b Bank) refunder(t *testing.T) checkout.Refunder {
	t.Helper()
	r, ok := b.Gateway.(checkout.Refunder)
	if !ok {
		t.Fatalf("%s gives nothing back", b.Gateway.Name())
	}
	return r
}

// captured is a charge as the desk has it.
func (b Bank) captured(t *testing.T, total tickets.Money) tickets.Capture {
	t.Helper()
	p := b.open(t, total)
	b.pay(t, p, Paying{})
	st := b.stands(t, p, checkout.StandingPaid)
	return tickets.Capture{
		ID: "cap_1", Gateway: p.Gateway, Charge: st.Charges[0].Charge, Order: p.Order, Session: p.ID, Amount: st.Charges[0].Amount,
		Applied: total.Amount, At: tickets.Milli(b.Now()),
	}
}

// refund is one of the capture as the desk has it when it sends it.
func (b Bank) refund(c tickets.Capture, amount int64) tickets.Refund {
	now := tickets.Milli(b.Now())
	return tickets.Refund{
		ID: tickets.RefundID(tickets.NewID(tickets.PrefixRefund, now, nil)), Gateway: c.Gateway, Charge: c.Charge, Order: c.Order,
		Amount: tickets.Money{Amount: amount, Currency: c.Amount.Currency}, Source: tickets.RefundByBuyer,
		State: tickets.RefundSubmitted, Submitted: now, At: now,
	}
}

// send refunds and compares the state.
func (b Bank) send(t *testing.T, r tickets.Refund, c tickets.Capture, want checkout.RefundStandingState) checkout.RefundStanding {
	t.Helper()
	st, err := b.refunder(t).Refund(t.Context(), r, c)
	if err != nil || st.State != want || st.Remote == "" || !json.Valid(st.Raw) {
		t.Fatalf("refund: %+v, %v; want %s", st, err, want)
	}
	return st
}

// asked looks a refund up and compares the state.
func (b Bank) asked(t *testing.T, r tickets.Refund, c tickets.Capture, want checkout.RefundStandingState) checkout.RefundStanding {
	t.Helper()
	st, err := b.refunder(t).LookupRefund(t.Context(), r, c)
	if err != nil || st.State != want || (st.Remote == "") != (want == checkout.RefundIsAbsent) {
		t.Fatalf("lookup: %+v, %v; want %s", st, err, want)
	}
	return st
}

// declined sends a refund that cannot be.
func (b Bank) declined(t *testing.T, r tickets.Refund, c tickets.Capture) {
	t.Helper()
	if st, err := b.refunder(t).Refund(t.Context(), r, c); !errors.Is(err, tickets.Declined) {
		t.Errorf("refund of %s: %+v, %v; want declined", r.Amount, st, err)
	}
	b.asked(t, r, c, checkout.RefundIsAbsent)
}

// about are the reports of a kind that name the charge, each checked for what every one of them says.
func (b Bank) about(t *testing.T, c tickets.Capture, kind checkout.ReportKind) []checkout.Report {
	t.Helper()
	var out []checkout.Report
	for _, n := range b.Notices() {
		if _, err := b.Gateway.Verify(n.Header, n.Body, b.Now()); err != nil {
			t.Fatalf("verify: %v", err)
		}
		reports, err := b.Gateway.Read(n.Body)
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		for _, r := range reports {
			if r.Charge != c.Charge || r.Kind != kind {
				continue
			}
			if r.At.IsZero() || r.Test != b.Gateway.Test() || !json.Valid(r.Raw) {
				t.Errorf("report %+v", r)
			}
			out = append(out, r)
		}
	}
	return out
}

// refundTold is the newest that notices say of a refund by the provider's name.
func (b Bank) refundTold(t *testing.T, c tickets.Capture, remote string) checkout.Report {
	t.Helper()
	var found checkout.Report
	for _, r := range b.about(t, c, checkout.ReportRefund) {
		if r.Refund == remote {
			found = r
		}
	}
	if found.Refund == "" {
		t.Fatalf("nothing was told of refund %q", remote)
	}
	return found
}

func givesAll(t *testing.T, b Bank) {
	c := b.captured(t, sgd119)
	r := b.refund(c, 11900)
	st := b.send(t, r, c, checkout.RefundIsSucceeded)
	for _, remote := range []string{"", st.Remote} {
		r.Remote = remote
		if got := b.asked(t, r, c, checkout.RefundIsSucceeded); got.Remote != st.Remote {
			t.Errorf("asked by %q: %s, want %s", remote, got.Remote, st.Remote)
		}
	}
	told := b.refundTold(t, c, st.Remote)
	if told.RefundID != r.ID || told.Amount != r.Amount || told.RefundState != tickets.RefundSucceeded {
		t.Errorf("told %+v", told)
	}
}

func givesParts(t *testing.T, b Bank) {
	c := b.captured(t, sgd119)
	remotes := map[string]bool{}
	for _, part := range []int64{1, 5000, 6899} {
		remotes[b.send(t, b.refund(c, part), c, checkout.RefundIsSucceeded).Remote] = true
	}
	if len(remotes) != 3 || b.Refunds(c.Charge) != 3 {
		t.Errorf("refunds %v", remotes)
	}
	b.declined(t, b.refund(c, 1), c)
}

func givesOnce(t *testing.T, b Bank) {
	c := b.captured(t, sgd119)
	r := b.refund(c, 5950)
	var wg sync.WaitGroup
	remotes := make([]string, 8)
	for i := range remotes {
		wg.Go(func() {
			st, err := b.refunder(t).Refund(t.Context(), r, c)
			if err != nil {
				t.Error(err)
			}
			remotes[i] = st.Remote
		})
	}
	wg.Wait()
	for _, remote := range remotes {
		if remote == "" || remote != remotes[0] {
			t.Fatalf("refunds %q", remotes)
		}
	}
	if b.Refunds(c.Charge) != 1 {
		t.Errorf("%d refunds", b.Refunds(c.Charge))
	}
	b.send(t, b.refund(c, 5950), c, checkout.RefundIsSucceeded) // the other half, under another id
	if st := b.send(t, r, c, checkout.RefundIsSucceeded); st.Remote != remotes[0] {
		t.Errorf("with nothing left the first is %s", st.Remote)
	}
}

func declinesTooMuch(t *testing.T, b Bank) {
	c := b.captured(t, sgd119)
	b.declined(t, b.refund(c, 11901), c)
	b.send(t, b.refund(c, 6000), c, checkout.RefundIsSucceeded)
	b.declined(t, b.refund(c, 5901), c)
	b.send(t, b.refund(c, 5900), c, checkout.RefundIsSucceeded)
	b.declined(t, b.refund(c, 11900), c)
	if b.Refunds(c.Charge) != 2 {
		t.Errorf("%d refunds", b.Refunds(c.Charge))
	}
}

func refusesNonsense(t *testing.T, b Bank) {
	c := b.captured(t, sgd119)
	for name, change := range map[string]func(r *tickets.Refund, c *tickets.Capture){
		"nothing":        func(r *tickets.Refund, _ *tickets.Capture) { r.Amount.Amount = 0 },
		"less":           func(r *tickets.Refund, _ *tickets.Capture) { r.Amount.Amount = -1 },
		"other currency": func(r *tickets.Refund, _ *tickets.Capture) { r.Amount.Currency = "USD" },
		"no id":          func(r *tickets.Refund, _ *tickets.Capture) { r.ID = "" },
		"no charge":      func(_ *tickets.Refund, c *tickets.Capture) { c.Charge = "" },
		"unknown charge": func(_ *tickets.Refund, c *tickets.Capture) { c.Charge += "0" },
	} {
		r, x := b.refund(c, 100), c
		change(&r, &x)
		_, err := b.refunder(t).Refund(t.Context(), r, x)
		if !errors.Is(err, tickets.Invalid) && !errors.Is(err, tickets.Unsupported) {
			t.Errorf("%s: %v", name, err)
		}
		b.asked(t, r, x, checkout.RefundIsAbsent)
	}
	if b.Refunds(c.Charge) != 0 {
		t.Errorf("%d refunds", b.Refunds(c.Charge))
	}
}

func givesRight(t *testing.T, b Bank) {
	for _, m := range []tickets.Money{
		{Amount: 500, Currency: "JPY"}, {Amount: 12340, Currency: "KWD"}, {Amount: 35000, Currency: "TWD"}, {Amount: 2500, Currency: "ISK"},
		{Amount: 99, Currency: "USD"},
	} {
		c := b.captured(t, m)
		st := b.send(t, b.refund(c, m.Amount-20), c, checkout.RefundIsSucceeded)
		if told := b.refundTold(t, c, st.Remote); told.Amount.Amount != m.Amount-20 || told.Amount.Currency != m.Currency {
			t.Errorf("of %s: %+v", m, told)
		}
		b.declined(t, b.refund(c, 30), c)
		b.send(t, b.refund(c, 20), c, checkout.RefundIsSucceeded)
	}
}

func readsBack(t *testing.T, b Bank) {
	c := b.captured(t, sgd119)
	b.send(t, b.refund(c, 5950), c, checkout.RefundIsSucceeded)
	for _, a := range []BankAct{BankWarns, BankDisputes, BankWithdraws} {
		if err := b.Act(c.Charge, a); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range b.Notices() {
		for i := range n.Body {
			if _, err := b.Gateway.Read(n.Body[:i]); !errors.Is(err, tickets.Invalid) {
				t.Fatalf("read of a cut body: %v", err)
			}
		}
	}
}

func keepsNoSecretsBack(t *testing.T, b Bank) {
	c := b.captured(t, sgd119)
	r := b.refund(c, 5950)
	kept := []json.RawMessage{b.send(t, r, c, checkout.RefundIsSucceeded).Raw, b.asked(t, r, c, checkout.RefundIsSucceeded).Raw}
	for _, a := range []BankAct{BankWarns, BankDisputes, BankWithdraws, BankWins} {
		if err := b.Act(c.Charge, a); err != nil {
			t.Fatal(err)
		}
	}
	for _, kind := range []checkout.ReportKind{checkout.ReportRefund, checkout.ReportDispute} {
		for _, x := range b.about(t, c, kind) {
			kept = append(kept, x.Raw)
		}
	}
	if len(kept) < 7 {
		t.Errorf("%d documents", len(kept))
	}
	for _, raw := range kept {
		for _, bad := range []string{"secret", "SECRET", "fingerprint", "iin", "example.com", "A Visitor"} {
			if bytes.Contains(raw, []byte(bad)) {
				t.Errorf("%q is kept in %s", bad, raw)
			}
		}
	}
}
