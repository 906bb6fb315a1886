package console_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"boxoffice/tickets"
	"boxoffice/tickets/qr"
)

// atTheGate is a shop on the morning of the visit, with a paid order and a gate's phone.
func atTheGate(t *testing.T) (*world, *browser, tickets.Order, []tickets.Ticket) {
	t.Helper()
	w := newWorld(t)
	o, ks := w.bought()
	w.pass(18 * time.Hour)
	b := w.as(tickets.RoleGate)
	b.post("/console/gate/place", url.Values{"gate": {"North entrance"}})
	return w, b, o, ks
}

// kind is the verdict that a page shows.
func kind(t *testing.T, body string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, `data-kind="`)
	if !ok {
		t.Fatalf("no verdict in %s", body)
	}
	k, _, _ := strings.Cut(rest, `"`)
	return k
}

// field is the value of a form's field on a page.
func field(t *testing.T, body, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, `name="`+name+`" value="`)
	if !ok {
		t.Fatalf("no field %s in %s", name, body)
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

func TestGroupTicketLetsInSomeAndThenTheRest(t *testing.T) {
	t.Parallel()
	_, b, _, ks := atTheGate(t)
	_, body := b.post("/console/gate/scan", url.Values{"scan": {"HTTPS://SHOP.EXAMPLE/T/" + ks[0].Text}})
	if k := kind(t, body); k != "good" || !strings.Contains(body, "Tan Mei Ling") || !strings.Contains(body, "Let in all 3") {
		t.Fatalf("%s: %s", k, body)
	}
	form := url.Values{"scan": {string(ks[0].Code)}, "key": {field(t, body, "key")}, "count": {"2"}}
	for range 2 { // a press that is sent twice lets in once
		if _, body = b.post("/console/gate/admit", form); kind(t, body) != "done" {
			t.Fatalf("%s", body)
		}
	}
	_, body = b.post("/console/gate/scan", url.Values{"scan": {string(ks[0].Code)}}) // one is left: let in by the scan
	if kind(t, body) != "done" {
		t.Fatalf("%s", body)
	}
	_, body = b.post("/console/gate/scan", url.Values{"scan": {string(ks[0].Code)}})
	if kind(t, body) != "admitted" || !strings.Contains(body, "North entrance") || !strings.Contains(body, "ALREADY USED") {
		t.Errorf("the fourth: %s", body)
	}
}

func TestGateSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	w, b, o, ks := atTheGate(t)
	forged := []byte(ks[0].Text)
	forged[30] ^= 1
	if forged[30] < '2' || forged[30] > 'Z' || forged[30] > '7' && forged[30] < 'A' {
		forged[30] = 'A'
	}
	b.post("/console/gate/place", url.Values{"gate": {"North"}, "into": {"night_walk"}})
	for scan, want := range map[string]string{
		string(forged): "forged", "hello": "invalid", "ticket_000000000000000000000000": "not_found", string(ks[0].Code): "wrong_place",
	} {
		if _, body := b.post("/console/gate/scan", url.Values{"scan": {scan}}); kind(t, body) != want {
			t.Errorf("%s: %s, want %s", scan, kind(t, body), want)
		}
	}
	b.post("/console/gate/place", url.Values{"gate": {"North"}})
	w.pass(24 * time.Hour)
	again := w.as(tickets.RoleSupport)
	if _, body := again.get("/console/gate?scan=" + string(ks[0].Code)); kind(t, body) != "wrong_date" || !strings.Contains(body, o.Code) {
		t.Errorf("a day late: %s", kind(t, body))
	}
	if status, _ := w.as(tickets.RoleReadOnly).get("/console/gate"); status != http.StatusForbidden {
		t.Errorf("read-only at the gate: %d", status)
	}
}

func TestPictureIsReadAtTheGate(t *testing.T) {
	t.Parallel()
	w, b, _, ks := atTheGate(t)
	picture, err := qr.PNG(tickets.QRContent("https://shop.example", ks[0].Text), 500)
	must(t, err)
	for want, file := range map[string][]byte{"good": picture, "no_code": []byte("no picture at all")} {
		var body bytes.Buffer
		m := multipart.NewWriter(&body)
		part, err := m.CreateFormFile("picture", "p.png")
		must(t, err)
		_, _ = part.Write(file)
		must(t, m.Close())
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.srv.URL+"/console/gate/scan", &body)
		must(t, err)
		r.Header.Set("Content-Type", m.FormDataContentType())
		r.Header.Set("Origin", w.srv.URL)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		res, err := b.Do(r)
		must(t, err)
		var page bytes.Buffer
		_, err = page.ReadFrom(res.Body)
		must(t, err)
		must(t, res.Body.Close())
		if got := kind(t, page.String()); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestFiftyPhonesLetInAsManyAsThereArePlaces(t *testing.T) {
	t.Parallel()
	_, b, _, ks := atTheGate(t)
	var in atomic.Int64
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			_, body := b.post("/console/gate/admit", url.Values{"scan": {string(ks[0].Code)}, "count": {"1"}, "key": {"phone " + strconv.Itoa(i)}})
			if strings.Contains(body, `data-kind="done"`) {
				in.Add(1)
			}
		})
	}
	wg.Wait()
	if in.Load() != 3 {
		t.Errorf("%d were let in, the ticket has 3 places", in.Load())
	}
}

func TestAdmissionIsTakenBackWithAReason(t *testing.T) {
	t.Parallel()
	_, b, _, ks := atTheGate(t)
	_, body := b.post("/console/gate/admit", url.Values{"scan": {string(ks[0].Code)}, "count": {"3"}, "key": {"k"}})
	if kind(t, body) != "done" {
		t.Fatal(body)
	}
	form := url.Values{"ticket": {string(ks[0].Code)}, "n": {"1"}}
	if status, body := b.post("/console/gate/undo", form); status != http.StatusUnprocessableEntity || !strings.Contains(body, `aria-invalid="true"`) {
		t.Errorf("without a reason: %d", status)
	}
	form.Set("reason", "wrong group")
	if _, body := b.post("/console/gate/undo", form); !strings.Contains(body, "good again") || !strings.Contains(body, "Taken back") {
		t.Errorf("%s", body)
	}
	if _, body := b.post("/console/gate/scan", url.Values{"scan": {string(ks[0].Code)}}); kind(t, body) != "good" {
		t.Errorf("after the undo: %s", kind(t, body))
	}
}

func TestVisitorsOfADayAreListed(t *testing.T) {
	t.Parallel()
	_, b, o, ks := atTheGate(t)
	b.post("/console/gate/admit", url.Values{"scan": {string(ks[0].Code)}, "count": {"2"}, "key": {"k"}})
	if _, body := b.get("/console/gate/visitors?date=" + visit); !strings.Contains(body, o.Code) || !strings.Contains(body, "2 / 3") {
		t.Errorf("%s", body)
	}
	if _, body := b.get("/console/gate/visitors?date=" + visit + "&q=nobody"); strings.Contains(body, o.Code) {
		t.Error("a search for somebody else finds the order")
	}
	if status, _ := b.get("/console/gate/visitors?date=soon"); status != http.StatusUnprocessableEntity {
		t.Errorf("a bad date: %d", status)
	}
}

func TestTicketPageKnowsTheGatesPhone(t *testing.T) {
	t.Parallel()
	w, b, _, _ := atTheGate(t)
	for who, want := range map[*browser]bool{b: true, w.as(tickets.RoleReadOnly): false, {w: w, Client: &http.Client{}}: false} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.srv.URL+"/T/X", nil)
		must(t, err)
		if who.Jar != nil {
			for _, c := range who.Jar.Cookies(r.URL) {
				r.AddCookie(c)
			}
		}
		if got := w.console.MayAdmit(r); got != want {
			t.Errorf("may admit: %v, want %v", got, want)
		}
	}
}
