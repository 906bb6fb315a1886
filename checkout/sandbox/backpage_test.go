package sandbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

// paid is a payment whose money came, the capture that the shop makes of it, and a refund of it.
func (s *shop) paid(lang string) (tickets.Payment, tickets.Capture, tickets.Refund) {
	s.t.Helper()
	p := s.open(lang)
	s.press(p, url.Values{"act": {"approve"}})
	st, err := s.g.Lookup(s.t.Context(), p)
	if err != nil || len(st.Charges) != 1 {
		s.t.Fatalf("%+v, %v", st, err)
	}
	c := tickets.Capture{Gateway: "sandbox", Charge: st.Charges[0].Charge, Amount: st.Charges[0].Amount}
	r := tickets.Refund{ID: tickets.RefundID(tickets.NewID(tickets.PrefixRefund, s.clock(), nil)), Charge: c.Charge, Amount: sgd(5000)}
	return p, c, r
}

// newest is the last report.
func (s *shop) newest() checkout.Report {
	s.t.Helper()
	got := s.got()
	if len(got) == 0 {
		s.t.Fatal("nothing was told")
	}
	return got[len(got)-1]
}

func TestPaidPageOffersTheBankInThreeLanguages(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string][]string{
		"en":      {"Play the bank", "Early fraud warning", "Refund half", "the reply is lost"},
		"zh-Hans": {"扮演银行", "欺诈预警", "退还一半", "回复丢失"},
		"zh-Hant": {"扮演銀行", "詐騙預警", "退還一半", "回覆遺失"},
	} {
		s := newShop(t)
		p := s.open(lang)
		if body, _ := s.page(p); strings.Contains(body, want[0]) {
			t.Errorf("%s: the bank is there before the money", lang)
		}
		s.press(p, url.Values{"act": {"approve"}})
		body, _ := s.page(p)
		for _, w := range want {
			if !strings.Contains(body, w) {
				t.Errorf("%s: no %q", lang, w)
			}
		}
		if !strings.Contains(body, `value="dispute_won" disabled`) || strings.Contains(body, `value="dispute_open" disabled`) {
			t.Errorf("%s: what can happen is not what is offered", lang)
		}
	}
}

func TestButtonsOfTheBankTellTheShopAndStayOnThePage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p, c, _ := s.paid("en")
	for _, step := range []struct {
		act  sandbox.Act
		want checkout.Report
	}{
		{sandbox.DisputeWarn, checkout.Report{Kind: checkout.ReportDispute, DisputeState: tickets.DisputeWarning}},
		{sandbox.DisputeDrop, checkout.Report{Kind: checkout.ReportDispute, DisputeState: tickets.DisputeDropped}},
		{sandbox.DisputeOpen, checkout.Report{Kind: checkout.ReportDispute, DisputeState: tickets.DisputeOpen}},
		{sandbox.FundsWithdraw, checkout.Report{Kind: checkout.ReportDispute, Funds: checkout.FundsWithdrawn}},
		{sandbox.DisputeLost, checkout.Report{Kind: checkout.ReportDispute, DisputeState: tickets.DisputeLost}},
		{sandbox.DisputeWon, checkout.Report{Kind: checkout.ReportDispute, DisputeState: tickets.DisputeWon}},
		{sandbox.FundsReinstate, checkout.Report{Kind: checkout.ReportDispute, Funds: checkout.FundsReinstated}},
		{sandbox.DashboardHalf, checkout.Report{Kind: checkout.ReportRefund, RefundState: tickets.RefundSucceeded}},
		{sandbox.DashboardWhole, checkout.Report{Kind: checkout.ReportRefund, RefundState: tickets.RefundSucceeded}},
		{sandbox.RefundReturns, checkout.Report{Kind: checkout.ReportRefund, RefundState: tickets.RefundFailed}},
	} {
		before := len(s.got())
		res := s.press(p, url.Values{"act": {string(step.act)}})
		if to := res.Header().Get("Location"); res.Code != http.StatusSeeOther || to != "/pay/"+string(p.ID)+"?back=1#back" {
			t.Errorf("%s: %d to %q", step.act, res.Code, to)
		}
		r := s.newest()
		if len(s.got()) != before+1 || r.Kind != step.want.Kind || r.DisputeState != step.want.DisputeState ||
			r.Funds != step.want.Funds || r.RefundState != step.want.RefundState || r.Charge != c.Charge || r.Remote != p.Remote {
			t.Errorf("%s: told %+v", step.act, r)
		}
	}
	body, _ := s.page(p)
	for _, w := range []string{`id="back" open`, "dispute won", "warning dropped", "SGD 59.50", `class="failed">failed`} {
		if !strings.Contains(body, w) {
			t.Errorf("no %q in the page", w)
		}
	}
}

func TestButtonWithoutAnythingToHappenToChangesNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p, _, _ := s.paid("en")
	s.press(p, url.Values{"act": {"dashboard_whole"}})
	told := len(s.got())
	for _, act := range []sandbox.Act{
		sandbox.DashboardHalf, sandbox.DashboardWhole, sandbox.RefundSettles, sandbox.DisputeDrop, sandbox.DisputeWon, sandbox.DisputeReview,
		sandbox.FundsWithdraw, sandbox.FundsReinstate,
	} {
		if res := s.press(p, url.Values{"act": {string(act)}}); res.Code != http.StatusSeeOther {
			t.Errorf("%s: %d", act, res.Code)
		}
	}
	if len(s.got()) != told {
		t.Errorf("told %+v", s.got()[told:])
	}
	if res := s.press(p, url.Values{"act": {"dispute_open"}, "of": {"charge_of_somebody"}}); res.Code != http.StatusBadRequest {
		t.Errorf("another's charge: %d", res.Code)
	}
	open := s.open("en")
	if res := s.press(open, url.Values{"act": {"dashboard_whole"}}); res.Code != http.StatusSeeOther || len(s.got()) != told {
		t.Errorf("before any money: %d", res.Code)
	}
}

func TestNextRefundsHappenAsSetInOrder(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p, c, r := s.paid("en")
	s.press(p, url.Values{"act": {"refund_slow"}, "minutes": {"2"}})
	s.press(p, url.Values{"act": {"refund_slow_fail"}, "minutes": {"5"}})
	s.press(p, url.Values{"act": {"refund_bounce"}, "minutes": {"10"}})
	s.press(p, url.Values{"act": {"refund_fail"}, "minutes": {"10"}}) // the minutes are the neighbours'
	if body, _ := s.page(p); !strings.Contains(body, "Slow: succeeds then → Slow: fails then") {
		t.Error("the page does not tell what is set")
	}
	s.restart()
	var st []checkout.RefundStanding
	for range 5 {
		r.ID = tickets.RefundID(tickets.NewID(tickets.PrefixRefund, s.clock(), nil))
		r.Amount = sgd(1000)
		x, err := s.g.Refund(t.Context(), r, c)
		if err != nil {
			t.Fatal(err)
		}
		st = append(st, x)
	}
	states := func(want ...checkout.RefundStandingState) {
		t.Helper()
		for i, w := range want {
			x, err := s.g.LookupRefund(t.Context(), tickets.Refund{Remote: st[i].Remote}, c)
			if err != nil || x.State != w {
				t.Errorf("refund %d: %+v, %v; want %s", i, x, err, w)
			}
		}
	}
	const pending, ok, failed = checkout.RefundIsPending, checkout.RefundIsSucceeded, checkout.RefundIsFailed
	states(pending, pending, ok, failed, ok)
	if body, _ := s.page(p); !strings.Contains(body, "pending · 2:00") || strings.Contains(body, `http-equiv="refresh"`) {
		t.Error("the page does not tell when")
	}
	s.pass(2 * time.Minute)
	states(ok, pending, ok, failed, ok)
	s.pass(3 * time.Minute)
	states(ok, failed, ok, failed, ok)
	s.pass(5 * time.Minute)
	states(ok, failed, failed, failed, ok)
	if got := s.newest(); got.RefundState != tickets.RefundFailed || got.Refund != st[2].Remote || got.Reason == "" {
		t.Errorf("told %+v", got)
	}
}

func TestLostRefundIsNotTold(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p, c, r := s.paid("en")
	s.press(p, url.Values{"act": {"refund_lost"}})
	told := len(s.got())
	if _, err := s.g.Refund(t.Context(), r, c); err == nil || tickets.KindOf(err) != "" {
		t.Errorf("%v", err)
	}
	s.pass(time.Hour)
	if len(s.got()) != told {
		t.Errorf("told %+v", s.newest())
	}
	if st, err := s.g.LookupRefund(t.Context(), r, c); err != nil || st.State != checkout.RefundIsSucceeded {
		t.Errorf("%+v, %v", st, err)
	}
}

func TestRefundKnownWithAnotherAmountIsNoRefusal(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	_, c, r := s.paid("en")
	if _, err := s.g.Refund(t.Context(), r, c); err != nil {
		t.Fatal(err)
	}
	r.Amount = sgd(4000)
	if _, err := s.g.Refund(t.Context(), r, c); err == nil || tickets.KindOf(err) != "" {
		t.Errorf("%v", err)
	}
}

func TestEachOfTwoChargesIsGivenBackByItself(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	s.press(p, url.Values{"act": {"twice"}, "force": {"1"}})
	st, err := s.g.Lookup(t.Context(), p)
	if err != nil || len(st.Charges) != 2 {
		t.Fatalf("%+v, %v", st, err)
	}
	first, second := st.Charges[0].Charge, st.Charges[1].Charge
	if body, _ := s.page(p); !strings.Contains(body, `<option value="`+second+`">`) {
		t.Error("the page does not ask which charge")
	}
	s.press(p, url.Values{"act": {"dashboard_whole"}, "of": {second}})
	if got := s.newest(); got.Charge != second {
		t.Errorf("told %+v", got)
	}
	s.press(p, url.Values{"act": {"dashboard_whole"}, "of": {""}}) // what is left
	if got := s.newest(); got.Charge != first || got.Refund == "" {
		t.Errorf("told %+v", got)
	}
}

func TestABankArguesAboutWhatDidNotGoBackYet(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p, c, _ := s.paid("en")
	s.press(p, url.Values{"act": {string(sandbox.DashboardHalf)}})
	back := s.newest().Amount.Amount
	s.press(p, url.Values{"act": {string(sandbox.DisputeOpen)}})
	if r := s.newest(); r.Kind != checkout.ReportDispute || r.Charge != c.Charge || back == 0 || r.Amount.Amount != c.Amount.Amount-back {
		t.Errorf("%d went back; told %+v", back, r)
	}
}
