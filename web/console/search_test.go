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
		first.Code[8:]:   {"<mark>" + first.Code[8:] + "</mark>"},
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
