package console_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"boxoffice/checkout"
	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
)

// has fails for each text that a page does not show.
func has(t *testing.T, body string, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if !strings.Contains(body, s) {
			t.Errorf("the page does not show %q", s)
		}
	}
}

func hasNot(t *testing.T, body string, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if strings.Contains(body, s) {
			t.Errorf("the page shows %q", s)
		}
	}
}

func TestAnOrdersPageShowsAllOfIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, ks := w.bought()
	status, body := w.as(tickets.RoleSupport).get("/console/orders/" + o.Code)
	if status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	has(t, body, o.Code, string(o.ID), "All is well", "Tan Mei Ling", string(ks[0].Code), "/T/"+ks[0].Text+".png", "Pays for the order", "Tickets issued",
		"Payment page opened", `id="fact-1"`, `data-live="/console/orders/`+string(o.ID)+`/live"`, "/do/refund", "/do/move", "/reissue")
	hasNot(t, body, o.Secret, "/do/cancel", "/do/paid", "ZgotmplZ", "&lt;nil&gt;", "%!")
	if i, j := strings.Index(body, `id="fact-1"`), strings.Index(body, `id="fact-6"`); i < 0 || j < i {
		t.Error("the timeline's newest row is not last")
	}
}

func TestAnOrdersPageWithoutMoneySaysWhatItWaitsFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.placed()
	_, body := w.as(tickets.RoleManager).get("/console/orders/" + string(o.ID))
	has(t, body, "has not begun to pay", "Next to act: the customer", "the places are given back", "/do/paid", "/do/cancel", "No tickets yet", "Nobody has begun to pay")
	hasNot(t, body, "/do/refund", "/do/move")
	if status, _ := w.as(tickets.RoleGate).get("/console/orders/" + string(o.ID)); status != http.StatusForbidden {
		t.Errorf("the gate sees it: %d", status)
	}
	if status, _ := w.as(tickets.RoleManager).get("/console/orders/TG260101L99999"); status != http.StatusNotFound {
		t.Errorf("an order that is not there: %d", status)
	}
}

func TestWhoOnlyReadsGetsNeitherQRNorActs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, ks := w.bought()
	_, body := w.as(tickets.RoleReadOnly).get("/console/orders/" + string(o.ID))
	has(t, body, string(ks[0].Code))
	hasNot(t, body, ks[0].Text, "/do/", "/reissue", "<textarea")
}

func TestAWebhookChangesTheOpenPageWithinASecond(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.placed()
	_, p, err := w.desk.Pay(t.Context(), checkout.Paying{Order: o.ID, Gateway: "sandbox", Method: "card", Lang: "en"})
	must(t, err)
	b := w.as(tickets.RoleReadOnly)
	path := "/console/orders/" + string(o.ID)
	if _, body := b.get(path); !strings.Contains(body, "Waiting for payment") {
		t.Fatal("the order does not wait for its payment")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.srv.URL+path+"/live", nil)
	must(t, err)
	res, err := b.Do(r)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewScanner(res.Body)
	lines.Scan() // the stream is open
	must(t, w.sandbox.Play(t.Context(), string(p.ID), sandbox.Outcome{Act: sandbox.Approve}))
	w.pass(4 * time.Second)
	began := time.Now()
	_, err = w.sandbox.Tick(t.Context()) // the notice goes through the real door
	must(t, err)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "event: changed") {
			break
		}
	}
	if took := time.Since(began); lines.Err() != nil || took > time.Second {
		t.Errorf("told after %s, %v", took, lines.Err())
	}
	_, body := b.get(path)
	has(t, body, "All is well", "Pays for the order", "Notice “")
}
