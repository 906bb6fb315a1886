package console_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/notify"
	"boxoffice/tickets"
	"boxoffice/web/console"
)

func TestTicketsAreListedWithTheirUses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, ks := w.bought()
	_, other := w.paid(w.ordered("night_walk", "night_walk_guest", 2, "2026-03-22T19:30"))
	w.pass(24 * time.Hour)
	_, _, err := w.desk.Admit(t.Context(), checkout.Admitting{Scan: string(ks[0].Code), Gate: "North <b>gate</b>", Count: 1, By: tickets.Actor{Kind: tickets.ActorMember, Name: "Ali"}})
	must(t, err)
	b := w.as(tickets.RoleReadOnly)
	shown := func(query string) (string, string) {
		status, page := b.get("/console/tickets?" + query)
		var got []string
		for _, m := range regexp.MustCompile(`>…([0-9a-f]{8})<`).FindAllStringSubmatch(page, -1) {
			got = append(got, m[1])
		}
		slices.Sort(got[:min(2, len(got))]) // two tickets of one moment are in no order
		return strings.Join(append([]string{strconv.Itoa(status)}, got...), " "), page
	}
	end := func(k tickets.Ticket) string { return string(k.Code[len(k.Code)-8:]) }
	cable, night := end(ks[0]), min(end(other[0]), end(other[1]))+" "+max(end(other[0]), end(other[1]))
	for query, want := range map[string]string{
		"": "200 " + night + " " + cable, "state=VALID": "200 " + night + " " + cable, "state=USED": "200", "gate=north": "200 " + cable,
		"gate=south": "200", "date=2026-03-21": "200 " + cable, "date=today": "200 " + cable, "date=2026-03-21&gate=north": "200 " + cable,
		"date=soon": "422",
	} {
		if got, _ := shown(query); got != want {
			t.Errorf("%q shows %s, want %s", query, got, want)
		}
	}
	if _, page := shown("gate=north"); !strings.Contains(page, "North &lt;b&gt;gate&lt;/b&gt;") || !strings.Contains(page, "Ali") || !strings.Contains(page, "1/3") {
		t.Error("the list does not say who let in whom, and where")
	}
}

func TestACustomersPageSaysWhatTheyBought(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, ks := w.bought()
	b := w.as(tickets.RoleSupport)
	path := "/console/customers/" + string(o.Buyer.Customer)
	if status, page := b.get("/console/customers"); status != http.StatusOK || !strings.Contains(page, path) || !strings.Contains(page, "https://t.me/meiling1") {
		t.Errorf("the list: %d", status)
	}
	if _, page := b.get("/console/customers?q=MEILING1"); !strings.Contains(page, path) {
		t.Error("not found by the username")
	}
	if _, page := b.get("/console/customers?q=nobody"); strings.Contains(page, path) {
		t.Error("found by another's name")
	}
	_, page := b.get(path)
	for _, want := range []string{o.Code, string(ks[0].Code), "https://t.me/meiling1", "English", "badge good"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	must(t, w.store.Update(t.Context(), func(tx tickets.Tx) error {
		c, err := tx.Customer(o.Buyer.Customer)
		if err != nil {
			return err
		}
		c.Name, c.Username, c.Unreachable, c.Lang = `<img src=x onerror=alert(1)>`, "../x?a=javascript:alert(1)", true, "<i>"
		return tx.PutCustomer(c)
	}))
	for _, p := range []string{path, "/console/customers", "/console/customers?q=img"} {
		_, page := b.get(p)
		if strings.Contains(page, "<img") || strings.Contains(page, "t.me/..") || strings.Contains(page, "<i>") || !strings.Contains(page, "badge bad") {
			t.Errorf("%s shows what a customer wrote as it is, or not that they cannot be reached", p)
		}
	}
	if status, _ := b.get("/console/customers/cus_000000000000000000000000"); status != http.StatusNotFound {
		t.Errorf("nobody's page: %d", status)
	}
}

// sends is a way out that fails when told to.
type sends struct{ fail bool }

func (s *sends) Send(context.Context, tickets.Delivery) (tickets.Receipt, error) {
	if s.fail {
		return tickets.Receipt{}, tickets.Refuse(tickets.Invalid, "chat <b>not</b> found")
	}
	return tickets.Receipt{Message: 1}, nil
}

// messenger is a world whose messages go out by a dispatcher.
func messenger(t *testing.T) (*world, *notify.Dispatcher, *sends) {
	t.Helper()
	out := &sends{}
	var d *notify.Dispatcher
	w := newWorld(t, func(c *console.Config) {
		c.Resend = func(ctx context.Context, id tickets.DeliveryID, at time.Time, key string) (tickets.Delivery, error) {
			return d.ResendOnce(ctx, id, at, key)
		}
	})
	d, err := notify.New(notify.Config{Store: w.store, Sender: out, Now: w.now, Ladder: []time.Duration{time.Second}})
	must(t, err)
	return w, d, out
}

// settle tries what is due until nothing more is.
func settle(t *testing.T, w *world, d *notify.Dispatcher) {
	t.Helper()
	for range 4 {
		_, err := d.Pass(t.Context())
		must(t, err)
		w.pass(10 * time.Second)
	}
}

func TestMessagesAreSentAgainOnce(t *testing.T) {
	t.Parallel()
	w, d, out := messenger(t)
	o, _ := w.bought()
	out.fail = true
	settle(t, w, d)
	b := w.as(tickets.RoleSupport)
	_, page := b.get("/console/messages?state=FAILED")
	id := regexp.MustCompile(`action="/console/messages/(dlv_[0-9a-f]+)/resend"`).FindStringSubmatch(page)
	if id == nil || !strings.Contains(page, "chat &lt;b&gt;not&lt;/b&gt; found") || !strings.Contains(page, o.Code) {
		t.Fatalf("no failed message in %s", page)
	}
	if _, page := b.get("/console/messages?state=SENT"); strings.Contains(page, id[1]) {
		t.Error("a failed message is among those sent")
	}
	out.fail = false
	_, page = b.post("/console/messages/"+id[1]+"/resend", url.Values{"back": {"https://evil.example/"}})
	if !strings.Contains(page, "flash good") {
		t.Error("nothing says that it goes again")
	}
	settle(t, w, d)
	if _, page := b.get("/console/messages?state=SENT"); !strings.Contains(page, o.Code) {
		t.Error("it was not sent again")
	}
	if _, page := b.get("/console/messages/resend"); strings.Contains(page, id[1]) {
		t.Error("what was sent again is offered again")
	}
	for _, role := range []tickets.Role{tickets.RoleReadOnly, tickets.RoleGate} {
		if status, _ := w.as(role).post("/console/messages/"+id[1]+"/resend", nil); status != http.StatusForbidden {
			t.Errorf("%s resends: %d", role, status)
		}
	}
}

func TestAllFailedMessagesAreSentAgainOnce(t *testing.T) {
	t.Parallel()
	w, d, out := messenger(t)
	w.bought()
	w.bought()
	out.fail = true
	settle(t, w, d)
	b := w.as(tickets.RoleSupport)
	_, page := b.get("/console/messages/resend")
	form := url.Values{}
	for _, m := range regexp.MustCompile(`name="id" value="(dlv_[0-9a-f]+)"`).FindAllStringSubmatch(page, -1) {
		form.Add("id", m[1])
	}
	if len(form["id"]) < 2 {
		t.Fatalf("failed messages offered: %v", form["id"])
	}
	count := func() (n int) {
		must(t, w.store.View(t.Context(), func(r tickets.Reader) error {
			all, _, err := r.AllDeliveries(tickets.Page{Limit: 1000})
			n = len(all)
			return err
		}))
		return n
	}
	before := count()
	for range 2 {
		b.post("/console/messages/resend", form)
	}
	if got := count() - before; got != len(form["id"]) {
		t.Errorf("%d new messages for %d failed ones, pressed twice", got, len(form["id"]))
	}
	if status, _ := b.post("/console/messages/resend", url.Values{"id": {"dlv_nonsense"}}); status != http.StatusNotFound {
		t.Errorf("a message that is not there: %d", status)
	}
}

// noticed has a provider's notice in the store, judged as it says.
func (w *world) noticed(n tickets.Notice) tickets.Notice {
	w.t.Helper()
	n.ID, n.At, n.Count = tickets.NoticeID(tickets.NewID(tickets.PrefixNotice, w.now(), nil)), w.now(), 1
	must(w.t, w.store.Update(w.t.Context(), func(tx tickets.Tx) error { return tx.CreateNotice(n) }))
	return n
}

func TestNoticesAreShownWithoutSecretsAndJudgedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.noticed(tickets.Notice{
		Gateway: "sandbox", Event: "evt_1", Type: "payment.<i>told</i>", Done: w.now(), Outcome: tickets.OutcomeError, Note: "<b>odd</b>",
		Body: []byte(`{"client_secret":"sesame","card":{"iin":"424242","brand":"visa"},"note":"<script>alert(1)</script>"}`),
	})
	applied := w.noticed(tickets.Notice{Gateway: "sandbox", Event: "evt_2", Type: "paid", Done: w.now(), Outcome: "applied", Body: []byte("{}")})
	gone := w.noticed(tickets.Notice{Gateway: "sandbox", Event: "evt_3", Type: "old", Done: w.now(), Outcome: "ignored"})
	b := w.as(tickets.RoleManager)
	for query, want := range map[string][3]bool{
		"": {true, true, true}, "?outcome=error": {true, false, false}, "?outcome=applied": {false, true, false}, "?gateway=stripe": {},
		"?gateway=sandbox&outcome=ignored": {false, false, true}, "?outcome=pending": {},
	} {
		_, page := b.get("/console/notices" + query)
		for i, n := range []tickets.Notice{n, applied, gone} {
			if got := strings.Contains(page, "/console/notices/"+string(n.ID)); got != want[i] {
				t.Errorf("%q shows %s: %v", query, n.Event, got)
			}
		}
		if strings.Contains(page, "<i>told") || strings.Contains(page, "<b>odd") {
			t.Error("the list shows a provider's words as they are")
		}
	}
	path := "/console/notices/" + string(n.ID)
	_, page := b.get(path)
	if strings.Contains(page, "sesame") || strings.Contains(page, "424242") || strings.Contains(page, "<script>alert") || !strings.Contains(page, "visa") {
		t.Errorf("the notice's text is shown with its secrets, or not escaped")
	}
	if status, _ := w.as(tickets.RoleSupport).post(path+"/replay", nil); status != http.StatusForbidden {
		t.Errorf("support replays: %d", status)
	}
	for _, p := range []string{path, "/console/notices/" + string(applied.ID)} {
		if status, page := b.post(p+"/replay", nil); status != http.StatusOK || !strings.Contains(page, "flash good") {
			t.Errorf("replay of %s: %d", p, status)
		}
	}
	if status, _ := b.post("/console/notices/"+string(gone.ID)+"/replay", nil); status != http.StatusConflict {
		t.Errorf("replay without a body: %d", status)
	}
	if status, _ := b.get("/console/notices/ntc_000000000000000000000000"); status != http.StatusNotFound {
		t.Errorf("a notice that is not there: %d", status)
	}
}
