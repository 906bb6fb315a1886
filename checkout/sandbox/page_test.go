package sandbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

func TestPageShowsWhatIsPaidInThreeLanguages(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string][]string{
		"en":      {"Island &amp; Sons", "Family &lt;pack&gt;", "Pay SGD 119.00", "Decline", "TG260301A00001", ">5:00<", "Play the provider"},
		"zh-Hans": {"海岛", "支付 SGD 119.00", "扮演支付机构", `lang="zh-Hans"`},
		"zh-Hant": {"海岛", "付款 SGD 119.00", "扮演支付機構"},
		"xx":      {"Pay SGD 119.00", `lang="en"`},
	} {
		s := newShop(t)
		body, res := s.page(s.open(lang))
		if res.Code != http.StatusOK {
			t.Fatalf("%s: %d", lang, res.Code)
		}
		for _, w := range want {
			if !strings.Contains(body, w) {
				t.Errorf("%s: no %q in the page", lang, w)
			}
		}
		csp := res.Header().Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") ||
			!strings.Contains(csp, "form-action 'self' https://shop.example") {
			t.Errorf("policy %q", csp)
		}
	}
}

func TestPayingTellsTheShopAndReturns(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	res := s.press(p, url.Values{"act": {"approve"}})
	if res.Code != http.StatusSeeOther || res.Header().Get("Location") != "https://shop.example/o/token" {
		t.Errorf("%d to %q", res.Code, res.Header().Get("Location"))
	}
	if got := s.got(); len(got) != 1 || got[0].Kind != checkout.ReportPaid {
		t.Errorf("told %+v", got)
	}
	if res := s.press(p, url.Values{"act": {"approve"}}); res.Code != http.StatusSeeOther || len(s.got()) != 1 {
		t.Errorf("a second press: %d, told %d times", res.Code, len(s.got()))
	}
	if body, _ := s.page(p); strings.Contains(body, `class="pay"`) || !strings.Contains(body, ">Paid<") {
		t.Error("the paid page still asks for money")
	}
}

func TestDecliningTellsTheShop(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	s.press(p, url.Values{"act": {"decline"}})
	if got := s.got(); len(got) != 1 || got[0].Kind != checkout.ReportFailed || got[0].Reason == "" {
		t.Errorf("told %+v", got)
	}
}

func TestOddButtonsWorkOnAClosedPage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	if _, err := s.g.Close(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	s.press(p, url.Values{"act": {"approve"}})
	if st, _ := s.g.Lookup(t.Context(), p); st.State != checkout.StandingClosed || len(st.Charges) != 0 {
		t.Fatalf("paid on a closed page: %+v", st)
	}
	s.press(p, url.Values{"act": {"late"}, "minutes": {"0"}, "force": {"1"}})
	if st, _ := s.g.Lookup(t.Context(), p); st.State != checkout.StandingPaid || len(st.Charges) != 1 {
		t.Errorf("%+v", st)
	}
}

func TestWaitingPageStaysAndReloads(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	res := s.press(p, url.Values{"act": {"later"}, "minutes": {"2"}, "force": {"1"}})
	if res.Header().Get("Location") != "/pay/"+string(p.ID) {
		t.Errorf("went to %q", res.Header().Get("Location"))
	}
	body, _ := s.page(p)
	if !strings.Contains(body, `http-equiv="refresh"`) || !strings.Contains(body, "2:00") {
		t.Error("the page does not wait for the payment")
	}
	s.pass(6 * time.Minute)
	if body, _ = s.page(p); !strings.Contains(body, ">Paid<") {
		t.Error("not paid after the wait")
	}
}

func TestClosedPageWaitsForNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	s.press(p, url.Values{"act": {"later"}, "minutes": {"2"}, "force": {"1"}})
	if _, err := s.g.Close(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if body, _ := s.page(p); strings.Contains(body, `http-equiv="refresh"`) {
		t.Error("the page waits for a payment that cannot come")
	}
	if res := s.press(p, url.Values{"act": {"twice"}, "force": {"1"}}); res.Header().Get("Location") != "https://shop.example/o/token" {
		t.Errorf("went to %q", res.Header().Get("Location"))
	}
}

func TestPageSaysThatTimeIsOver(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	if body, _ := s.page(p); !strings.Contains(body, `class="over" hidden`) {
		t.Error("over too soon")
	}
	s.pass(5 * time.Minute)
	if body, _ := s.page(p); strings.Contains(body, `class="over" hidden`) || !strings.Contains(body, ">0:00<") {
		t.Error("not over at the end")
	}
}

func TestPageRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.open("en")
	for name, c := range map[string]struct {
		form    url.Values
		headers []string
		want    int
	}{
		"another act":      {url.Values{"act": {"steal"}}, nil, http.StatusBadRequest},
		"no act":           {url.Values{}, nil, http.StatusBadRequest},
		"minutes in words": {url.Values{"act": {"late"}, "minutes": {"two"}}, nil, http.StatusBadRequest},
		"before now":       {url.Values{"act": {"late"}, "minutes": {"-1"}}, nil, http.StatusBadRequest},
		"a year":           {url.Values{"act": {"late"}, "minutes": {"525600"}}, nil, http.StatusBadRequest},
		"a long form":      {url.Values{"act": {strings.Repeat("x", 5000)}}, nil, http.StatusBadRequest},
		"another site":     {url.Values{"act": {"approve"}}, []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		"another origin":   {url.Values{"act": {"approve"}}, []string{"Origin", "https://evil.example"}, http.StatusForbidden},
	} {
		if res := s.press(p, c.form, c.headers...); res.Code != c.want {
			t.Errorf("%s: %d, want %d", name, res.Code, c.want)
		}
	}
	if st, err := s.g.Lookup(t.Context(), p); err != nil || st.State != checkout.StandingOpen {
		t.Errorf("%+v, %v", st, err)
	}
	for _, id := range []string{"ps_000000000000000000000000", "agenda", strings.Repeat("x", 1000)} {
		if _, res := s.page(tickets.Payment{URL: "https://shop.example/pay/" + id}); res.Code != http.StatusNotFound {
			t.Errorf("%.20s: %d", id, res.Code)
		}
	}
}

func TestPageAssetsAreServed(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for path, kind := range map[string]string{"/pay/style.css": "text/css; charset=utf-8", "/pay/page.js": "text/javascript; charset=utf-8"} {
		body, res := s.page(tickets.Payment{URL: "https://shop.example" + path})
		if res.Code != http.StatusOK || res.Header().Get("Content-Type") != kind || body == "" {
			t.Errorf("%s: %d %q", path, res.Code, res.Header().Get("Content-Type"))
		}
	}
}
