package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"boxoffice/tickets"
)

// at follows a search as a browser does, and says where it led.
func (b *browser) searched(q string) (path, body string) {
	b.w.t.Helper()
	last := ""
	b.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		last = r.URL.Path
		if r.URL.Fragment != "" {
			last += "#" + r.URL.Fragment
		}
		return http.ErrUseLastResponse
	}
	defer func() { b.CheckRedirect = nil }()
	_, body = b.get("/console/search?q=" + url.QueryEscape(q))
	return last, body
}

func TestSearchLeadsToWhatIsNamedExactly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, ks := w.bought()
	w.placed()
	var p tickets.Payment
	var m []tickets.Delivery
	var n []tickets.Notice
	must(t, w.store.View(t.Context(), func(r tickets.Reader) (err error) {
		if p, err = r.Payment(o.PaidBy); err != nil {
			return err
		}
		if n, _, err = r.AllNotices(tickets.Page{}); err != nil {
			return err
		}
		m, err = r.Deliveries(o.ID)
		return err
	}))
	b := w.as(tickets.RoleReadOnly)
	order := "/console/orders/" + string(o.ID)
	ticket := order + "#" + string(ks[0].Code)
	for q, want := range map[string]string{
		o.Code: order, strings.ToLower(o.Code): order, "  " + o.Code + " ": order, string(o.ID): order, string(o.Hold): order, string(p.ID): order,
		p.Charge: order, o.PaymentRef: order, string(m[0].ID): order, w.srv.URL + "/o/" + o.StatusToken(): order,
		string(ks[0].Code): ticket, ks[0].Text: ticket, strings.ToLower(ks[0].Text): ticket, w.srv.URL + "/T/" + ks[0].Text: ticket,
		"5001":                   "/console/customers/" + string(o.Buyer.Customer),
		string(o.Buyer.Customer): "/console/customers/" + string(o.Buyer.Customer),
	} {
		if got, _ := b.searched(q); got != want {
			t.Errorf("%q leads to %q, want %q", q, got, want)
		}
	}
	if len(n) > 0 {
		if got, _ := b.searched(string(n[0].ID)); got != "/console/notices/"+string(n[0].ID) {
			t.Errorf("a notice's id leads to %q", got)
		}
	}
}

func TestSearchShowsGroupsAndMarksWhatFits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := w.placed(), w.placed()
	b := w.as(tickets.RoleSupport)
	for q, want := range map[string][]string{
		"mei ling":       {first.Code, second.Code, "Tan <mark>Mei Ling</mark> 1"},
		"meiling2":       {"@<mark>meiling2</mark>", second.Code},
		"@meiling2":      {"@<mark>meiling2</mark>"},
		first.Code[:8]:   {"<mark>" + first.Code[:8] + "</mark>"},
		"ling tan":       {"<mark>Tan</mark> Mei <mark>Ling</mark> 2", second.Code},
		"nobody at all":  {"nobody at all"},
		"<script>x":      {"&lt;script&gt;x"},
		"\u202e\x00zzzz": {"zzzz"},
		"order_":         {first.Code},
		"":               {`name="q"`},
	} {
		to, page := b.searched(q)
		if to != "" {
			t.Errorf("%q leads to %s", q, to)
		}
		for _, s := range want {
			if !strings.Contains(page, s) {
				t.Errorf("%q does not show %s", q, s)
			}
		}
		if strings.Contains(page, "<script>x") {
			t.Error("what was searched for is not escaped")
		}
	}
	if _, page := b.searched("meiling2"); strings.Contains(page, first.Code) {
		t.Error("another's order is found")
	}
}

func TestTheEndOfACodeLeadsToTheOneOrderThatHasIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, _ := w.bought()
	second := w.placed()
	b := w.as(tickets.RoleReadOnly)
	for _, o := range []tickets.Order{first, second} {
		for _, q := range []string{o.Code[8:], strings.ToLower(o.Code[7:]), o.Code[2:]} {
			if to, _ := b.searched(q); to != "/console/orders/"+string(o.ID) {
				t.Errorf("%q leads to %q", q, to)
			}
		}
	}
	for _, q := range []string{first.Code[:8], "TG", "Tan Mei Ling 1"} { // of both, or of no end
		if to, _ := b.searched(q); to != "" {
			t.Errorf("%q leads to %q", q, to)
		}
	}
}

// stray is money of no order.
func (w *world) stray(amount int64) tickets.Capture {
	w.t.Helper()
	c := tickets.Capture{
		ID: tickets.CaptureID(tickets.NewID(tickets.PrefixCapture, w.now(), nil)), Merchant: "sentosa_demo", Gateway: "sandbox", Charge: "pi_stray_4711",
		Amount: tickets.Money{Amount: amount, Currency: "SGD"}, Disposition: tickets.Unmatched, Owed: amount, At: w.now(),
	}
	must(w.t, w.store.Update(w.t.Context(), func(tx tickets.Tx) error {
		if err := tx.CreateCapture(c); err != nil {
			return err
		}
		return tx.CreateCase(tickets.Case{
			ID: tickets.CaseID(tickets.NewID(tickets.PrefixCase, w.now(), nil)), Merchant: c.Merchant, Kind: tickets.CaseUnmatched, Subject: string(c.ID),
			Amount: c.Amount, Why: "no_order", At: w.now(),
		})
	}))
	return c
}

// caseAbout is the newest case about a subject.
func (w *world) caseAbout(subject string) (found tickets.Case) {
	w.t.Helper()
	must(w.t, w.store.View(w.t.Context(), func(r tickets.Reader) error {
		all, _, err := r.AllCases(tickets.Page{})
		for _, c := range all {
			if c.Subject == subject && found.ID == "" {
				found = c
			}
		}
		return err
	}))
	return found
}

func TestMoneyWithoutAnOrderLeadsToItsCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.stray(5000)
	page := "/console/cases/" + string(w.caseAbout(string(c.ID)).ID)
	b := w.as(tickets.RoleManager)
	if to, _ := b.searched(c.Charge); to != page {
		t.Errorf("its charge leads to %q", to)
	}
	for _, q := range []string{"stray_4711", "pi_stray", string(c.ID)} {
		if to, body := b.searched(q); to != "" && to != page || to == "" && !strings.Contains(body, `href="`+page+`"`) {
			t.Errorf("%q leads to %q, and shows no way to its case", q, to)
		}
	}
	must(t, w.store.Update(t.Context(), func(tx tickets.Tx) error {
		k := w.caseAbout(string(c.ID))
		k.Closed, k.Outcome, k.By = w.now(), "kept", tickets.Actor{Kind: tickets.ActorSystem}
		return tx.PutCase(k)
	}))
	if to, _ := b.searched(c.Charge); to != page {
		t.Errorf("closed, it leads to %q", to)
	}
}
