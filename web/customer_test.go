package web_test

import (
	"bytes"
	"encoding/json"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"boxoffice/checkout/sandbox"
	"boxoffice/tickets"
	"boxoffice/tickets/qr"
	"boxoffice/web"
)

// english is the buyer of the samples, reading English.
var english = func() tickets.Buyer { b := buyer; b.Lang = "en"; return b }()

func (w *world) englishFamily() tickets.Order {
	w.t.Helper()
	return w.place(english, "sentosa_family", "sentosa_family_pack", 1, visit)
}

// statusDoc is what the status page's script reads.
type statusDoc struct {
	State, Version string
	Live           bool
	LeftMS         int64 `json:"left_ms"`
}

func (w *world) statusOf(o tickets.Order) statusDoc {
	w.t.Helper()
	a := w.get("/o/" + o.StatusToken() + ".json")
	if a.StatusCode != 200 || a.Header.Get("Cache-Control") != "no-store" {
		w.t.Fatalf("%s %s", a.Status, a.Body)
	}
	var d statusDoc
	decode(w.t, a.Body, &d)
	return d
}

func TestStatusPageFollowsAnOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.englishFamily()
	page := "/o/" + o.StatusToken()
	seen := map[string]bool{}
	expect := func(state, words string, live bool) statusDoc {
		t.Helper()
		a, d := w.get(page), w.statusOf(o)
		if a.StatusCode != 200 || !strings.Contains(a.Body, words) || d.State != state || d.Live != live {
			t.Errorf("want %s (%s, live %v); is %+v\n%s", state, words, live, d, a.Body)
		}
		if seen[d.Version] {
			t.Errorf("%s: version %s was seen before", state, d.Version)
		}
		seen[d.Version] = true
		return d
	}
	if d := expect("held", "Your places are held", true); d.LeftMS != (5 * time.Minute).Milliseconds() {
		t.Errorf("left %d ms", d.LeftMS)
	}
	p := w.pay(o)
	expect("paying", `href="`+p.URL+`"`, true)
	w.play(p, sandbox.Decline)
	expect("failed", "did not go through", true)
	p = w.pay(o)
	w.play(p, sandbox.Approve)
	d := expect("done", "Here are your tickets", false)
	if d.LeftMS != 0 {
		t.Errorf("a paid order has %d ms left", d.LeftMS)
	}
	a := w.get(page)
	for _, want := range []string{`src="/T/`, "https://t.me/sentosa_demo_bot", o.Code, "S$119.00", "Tickets issued", "Saturday, 21 March 2026"} {
		if !strings.Contains(a.Body, want) {
			t.Errorf("the paid page lacks %s", want)
		}
	}
}

func TestBrowserIsNotBelieved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.englishFamily()
	w.pay(o)
	for _, query := range []string{"?status=success", "?paid=1&session_id=x", "?redirect_status=succeeded"} {
		w.pass(4 * time.Second)
		if a := w.get("/o/" + o.StatusToken() + query); !strings.Contains(a.Body, "Waiting for your payment") {
			t.Errorf("%s: %s", query, a.Body)
		}
	}
}

func TestStatusPageAsksTheProviderAndShowsTheTruth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.englishFamily()
	w.play(w.pay(o), sandbox.Silent) // paid, and no notice will ever come
	if a := w.get("/o/" + o.StatusToken()); !strings.Contains(a.Body, "Here are your tickets") {
		t.Errorf("%s", a.Body)
	}
}

func TestWhoWaitsForTheProviderIsNotHurried(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.englishFamily()
	p := w.pay(o)
	must(t, w.sandbox.Play(t.Context(), string(p.ID), sandbox.Outcome{Act: sandbox.Slow, After: 10 * time.Minute}))
	w.pass(4 * time.Second)
	a, d := w.get("/o/"+o.StatusToken()), w.statusOf(o)
	if !strings.Contains(a.Body, "Your payment is being settled") || strings.Contains(a.Body, `id="left"`) || d.State != "settling" || d.LeftMS != 0 || !d.Live {
		t.Errorf("%+v %s", d, a.Body)
	}
}

func TestTimeRunsOutOnTheStatusPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.englishFamily()
	w.pass(6 * time.Minute)
	_, err := w.desk.Sweep(t.Context())
	must(t, err)
	if a, d := w.get("/o/"+o.StatusToken()), w.statusOf(o); !strings.Contains(a.Body, "The time ran out") || d.State != "expired" || d.Live {
		t.Errorf("%+v %s", d, a.Body)
	}
}

func TestPagesWorkWithoutScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.englishFamily()
	a := w.get("/o/" + o.StatusToken())
	if !strings.Contains(a.Body, `<noscript><meta http-equiv="refresh"`) || !strings.Contains(a.Body, ">5 min<") {
		t.Errorf("no reload or no time left without script:\n%s", a.Body)
	}
	o, _ = w.bought(o)
	if a := w.get("/o/" + o.StatusToken()); strings.Contains(a.Body, "http-equiv") {
		t.Error("a page that will not change reloads itself")
	}
}

func TestOrdersOfOthersAreNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, other := w.family(), w.family()
	unknown := tickets.Order{ID: "order_000000000000000000000000", Secret: mine.Secret}
	mixed := other
	mixed.Secret = mine.Secret
	want := ""
	for _, token := range []string{mixed.StatusToken(), unknown.StatusToken(), strings.TrimPrefix(string(mine.ID), "order_"), string(mine.ID), "x"} {
		for _, suffix := range []string{"", ".json"} {
			a := w.get("/o/" + token + suffix)
			if a.StatusCode != 404 || strings.Contains(a.Body, mine.Code) || strings.Contains(a.Body, other.Code) {
				t.Errorf("%s%s: %s %s", token, suffix, a.Status, a.Body)
			}
			if want == "" {
				want = a.Body
			}
			if a.Body != want {
				t.Errorf("%s%s: strangers can tell the answers apart", token, suffix)
			}
		}
	}
}

func TestTicketPageShowsTheTicket(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, ks := w.bought(w.englishFamily())
	text := ks[0].Text
	for _, path := range []string{"/T/" + text, "/t/" + text, "/T/" + strings.ToLower(text), "/t/" + strings.ToLower(text)} {
		a := w.get(path)
		for _, want := range []string{"Valid ticket", "Sentosa Family Pack", "Saturday, 21 March 2026", "Admits 3 people", ks[0].OrderCode, "Demo Visitor",
			"Sentosa Island", "48 Siloso Beach Walk", "google.com/maps", "Luge riders", `src="/T/` + text + `.png?size=600"`} {
			if a.StatusCode != 200 || !strings.Contains(a.Body, want) {
				t.Errorf("%s lacks %s: %s", path, want, a.Status)
			}
		}
	}
}

func TestTicketPageSpeaksTheCustomersLanguageUnlessAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, ks := w.bought(w.family())
	page := "/T/" + ks[0].Text
	for path, want := range map[string]string{page: "有效票", page + "?lang=en": "Valid ticket", page + "?lang=zh-Hant": "有效票券"} {
		a := w.get(path, "Accept-Language", "en")
		if !strings.Contains(a.Body, ">"+want+"<") || !strings.Contains(a.Body, `<html lang="`+a.Header.Get("Content-Language")+`"`) {
			t.Errorf("%s does not say %s", path, want)
		}
	}
}

func TestTicketPageTellsOfEachUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, ks := w.bought(w.englishFamily())
	page := "/T/" + ks[0].Text
	w.visitDay()
	w.admit(string(ks[0].Code), `{"count":1,"gate":"North"}`)
	if a := w.get(page); !strings.Contains(a.Body, "Partly used") || !strings.Contains(a.Body, "1 person went in: Sat 21 Mar, 16:36, North") {
		t.Errorf("%s", a.Body)
	}
	w.admit(string(ks[0].Code), `{}`)
	if a := w.get(page); !strings.Contains(a.Body, ">Used<") || !strings.Contains(a.Body, "2 people went in") {
		t.Errorf("%s", a.Body)
	}
}

func TestUnusedTicketOfAPastDaySaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, ks := w.bought(w.englishFamily())
	w.pass(48 * time.Hour)
	if a := w.get("/T/" + ks[0].Text); !strings.Contains(a.Body, "The visit date has passed") {
		t.Errorf("%s", a.Body)
	}
}

func TestRevokedTicketShowsNoQR(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, ks := w.bought(w.englishFamily())
	k := ks[0]
	k.State = tickets.TicketRevoked
	must(t, w.desk.Store.Update(t.Context(), func(tx tickets.Tx) error { return tx.PutTicket(k) }))
	if a := w.get("/T/" + k.Text); !strings.Contains(a.Body, "Not valid any more") || strings.Contains(a.Body, ".png") {
		t.Errorf("%s", a.Body)
	}
	if a := w.get("/T/" + k.Text + ".png"); a.StatusCode != 404 {
		t.Errorf("its picture: %s", a.Status)
	}
}

func TestQRLeadsToTheTicketsPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, ks := w.bought(w.family())
	for query, size := range map[string]int{"": 240, "?size=500": 500, "?size=1": 120, "?size=99999": 1024, "?size=x": 240} {
		a := w.get("/T/" + ks[0].Text + ".png" + query)
		img, err := png.Decode(strings.NewReader(a.Body))
		if err != nil || a.Header.Get("Content-Type") != "image/png" || img.Bounds().Dx() != size {
			t.Errorf("%s: %v %s", query, err, a.Header.Get("Content-Type"))
			continue
		}
		read, err := qr.Read([]byte(a.Body))
		if err != nil || read != strings.ToUpper(publicURL+"/T/"+ks[0].Text) {
			t.Errorf("%s reads %q, %v", query, read, err)
		}
	}
	a := w.get("/T/" + strings.ToLower(ks[0].Text) + ".PNG")
	if a.StatusCode != 200 || !strings.Contains(a.Header.Get("Cache-Control"), "max-age") {
		t.Errorf("%s %v", a.Status, a.Header)
	}
	if a := w.get("/T/"+ks[0].Text+".png", "If-None-Match", a.Header.Get("ETag")); a.StatusCode != 304 {
		t.Errorf("a known picture: %s", a.Status)
	}
}

func TestForgedAndUnknownTicketsAreNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, ks := w.bought(w.family())
	forged := []byte(ks[0].Text)
	forged[90] = 'A' + (forged[90]-'A'+1)%26
	for _, path := range []string{"/T/" + string(forged), "/T/" + string(forged) + ".png", "/T/x", "/T/" + strings.Repeat("A", 140), "/t/ticket_000000000000000000000000", "/T/.png", "/T/%00"} {
		a := w.get(path)
		if a.StatusCode != 404 || !strings.Contains(a.Body, "There is nothing here") {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
}

func TestTicketsCodeOpensItsPageForTheKnownOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, ks := w.bought(w.englishFamily())
	for _, path := range []string{"/t/" + string(ks[0].Code), "/T/" + strings.ToUpper(string(ks[0].Code))} {
		for token, status := range map[string]int{"": 404, "wrong": 404, w.token("orders:read"): 404, w.token("tickets:read"): 200, bootstrap: 200} {
			if a := w.get(path, "Authorization", "Bearer "+token); a.StatusCode != status {
				t.Errorf("%s with %q: %s, want %d", path, token, a.Status, status)
			}
		}
	}
}

func TestNamesCannotBecomeMarkup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	evil := english
	evil.Name, evil.Username = `<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`
	o, ks := w.bought(w.place(evil, "sentosa_family", "sentosa_family_pack", 1, visit))
	w.visitDay()
	gate, err := json.Marshal(map[string]string{"gate": `<b onclick="x">North</b>`})
	must(t, err)
	w.admit(string(ks[0].Code), string(gate))
	for _, path := range []string{"/T/" + ks[0].Text, "/o/" + o.StatusToken(), "/nowhere/<script>alert(1)</script>", "/T/<script>alert(1)</script>",
		"/api/v1/orders/" + string(o.ID), "/api/v1/tickets/" + string(ks[0].Code), "/T/" + ks[0].Text + "?lang=<script>"} {
		a := w.get(path, "Authorization", "Bearer "+bootstrap, "Accept-Language", "<script>")
		for _, bad := range []string{"<script>", "<img src=x", "<b onclick"} {
			if strings.Contains(a.Body, bad) {
				t.Errorf("%s has %s in its answer", path, bad)
			}
		}
	}
	if a := w.get("/T/" + ks[0].Text); !strings.Contains(a.Body, "&lt;script&gt;alert(1)") {
		t.Error("the name is not on the page at all")
	}
}

func TestLandingLeadsToTheChat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for lang, want := range map[string]string{"en": "Sentosa Demo Tickets", "zh-CN": "圣淘沙演示票务", "zh-HK": "聖淘沙演示票務"} {
		a := w.get("/", "Accept-Language", lang)
		if a.StatusCode != 200 || !strings.Contains(a.Body, want) || !strings.Contains(a.Body, `href="https://t.me/sentosa_demo_bot"`) {
			t.Errorf("%s: %s %s", lang, a.Status, a.Body)
		}
	}
}

func TestAssetsAreKeptByTheirContent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := w.get("/").Body
	for _, name := range []string{"page.css", "page.js", "icon.svg"} {
		i := strings.Index(body, "/assets/"+name+"?v=")
		if i < 0 {
			t.Errorf("%s is not on the page", name)
			continue
		}
		address, _, _ := strings.Cut(body[i:], `"`)
		a := w.get(address)
		if a.StatusCode != 200 || !strings.Contains(a.Header.Get("Cache-Control"), "immutable") || len(a.Body) == 0 {
			t.Errorf("%s: %s %v", address, a.Status, a.Header)
		}
		if a := w.get("/assets/" + name + "?v=old"); strings.Contains(a.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s of another version is kept for ever", name)
		}
	}
	for _, name := range []string{"none.css", "..%2fpage.go", "frame.html"} {
		if a := w.get("/assets/" + name); a.StatusCode != 404 {
			t.Errorf("%s: %s", name, a.Status)
		}
	}
}

func TestUnreadableStoreIsBusyNotGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.englishFamily()
	must(t, w.desk.Store.Close())
	for _, path := range []string{"/o/" + o.StatusToken(), "/"} {
		if a := w.get(path); a.StatusCode != http.StatusServiceUnavailable || !bytes.Contains([]byte(a.Body), []byte("One moment, please")) {
			t.Errorf("%s: %s %s", path, a.Status, a.Body)
		}
	}
	if a := w.get("/readyz"); a.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("ready: %s", a.Status)
	}
}

func TestDoorsThatAreNotConfiguredAreNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *web.Config) { c.Pay, c.Metrics, c.Telegram, c.Callback = nil, nil, nil, nil })
	for _, path := range []string{"/pay/ps_1", "/metrics"} {
		if a := w.get(path); a.StatusCode != 404 {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
	for _, path := range []string{"/webhooks/telegram", "/webhooks/stripe"} {
		if a := w.send(http.MethodPost, path, "{}"); a.StatusCode != 404 {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
}
