package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"boxoffice/web"
)

func TestEveryAnswerKeepsBrowsersStrict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, ks := w.bought(w.family())
	for _, path := range []string{"/", "/o/" + o.StatusToken(), "/T/" + ks[0].Text, "/T/" + ks[0].Text + ".png", "/nowhere", "/api/v1/orders", "/healthz", "/assets/page.css"} {
		h := w.get(path).Header
		csp := h.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000", "X-Frame-Options": "DENY",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if h.Get("X-Request-Id") == "" {
			t.Errorf("%s has no request id", path)
		}
	}
}

func TestPlainHTTPIsNotPinnedToHTTPS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *web.Config) { c.PublicURL = "http://localhost:8080" })
	if got := w.get("/").Header.Get("Strict-Transport-Security"); got != "" {
		t.Errorf("a shop on http says %q", got)
	}
}

func TestPagesHaveNothingInline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	held := w.family()
	o, ks := w.bought(w.family())
	for _, path := range []string{"/", "/o/" + held.StatusToken(), "/o/" + o.StatusToken(), "/T/" + ks[0].Text, "/nowhere"} {
		body := w.get(path).Body
		for _, bad := range []string{"<style", "style=", "onclick=", "<script>", "javascript:"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s has %s", path, bad)
			}
		}
	}
}

func TestLogHasNoSecretsOfAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, ks := w.bought(w.family())
	token := o.StatusToken()
	for _, path := range []string{"/o/" + token, "/o/" + token + ".json", "/T/" + ks[0].Text, "/t/" + strings.ToLower(ks[0].Text) + ".png",
		"//o/" + token, "/O/" + token, "/x/../T/" + ks[0].Text, "/api/v1/tickets/" + ks[0].Text, "/api/v1/tickets/" + ks[0].Text + "/admissions"} {
		w.get(path)
		w.get(path, "Authorization", "Bearer "+bootstrap)
	}
	w.get("/" + strings.Repeat("x", 10_000))
	log := w.log.String()
	if strings.Contains(log, strings.Repeat("x", 201)) {
		t.Error("the log has as much of an address as a stranger likes")
	}
	if !strings.Contains(log, `"path":"/o/…"`) || !strings.Contains(log, `"route":"GET /o/{token}"`) {
		t.Errorf("requests are not in the log:\n%s", log)
	}
	for _, secret := range []string{token, o.Secret, ks[0].Text, strings.ToLower(ks[0].Text), bootstrap} {
		if strings.Contains(log, secret) {
			t.Errorf("the log has the secret %s", secret)
		}
	}
}

func TestMachinesThatAskAllTheTimeDoNotFillTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *web.Config) {
		c.Ready = append(c.Ready, web.Check{Name: "x", Ask: func(context.Context) error { return errors.New("down") }})
	})
	w.get("/healthz")
	if log := w.log.String(); strings.Contains(log, "/healthz") {
		t.Errorf("health is logged: %s", log)
	}
	w.get("/readyz")
	if log := w.log.String(); !strings.Contains(log, `"route":"GET /readyz"`) {
		t.Errorf("that the shop is not ready is not logged: %s", log)
	}
}

func TestUnknownAddressesAreAnsweredAsTheirDoorDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		method, path, lang, kind, want string
		status                         int
	}{
		{"GET", "/nowhere", "en", "text/html", "There is nothing here", 404},
		{"GET", "/nowhere", "zh-TW", "text/html", "這裡什麼也沒有", 404},
		{"GET", "/nowhere", "zh-CN,en;q=0.5", "text/html", "这里什么也没有", 404},
		{"POST", "/o/x", "en", "text/html", "That does not work here", 405},
		{"GET", "/api/v1/nowhere", "en", "application/problem+json", `"kind":"not_found"`, 404},
		{"DELETE", "/api/v1/orders", "en", "application/problem+json", `"status":405`, 405},
	} {
		a := w.send(c.method, c.path, "", "Accept-Language", c.lang)
		if a.StatusCode != c.status || !strings.HasPrefix(a.Header.Get("Content-Type"), c.kind) || !strings.Contains(a.Body, c.want) {
			t.Errorf("%s %s (%s): %s %s\n%s", c.method, c.path, c.lang, a.Status, a.Header.Get("Content-Type"), a.Body)
		}
		if c.status == 405 && !strings.Contains(a.Header.Get("Allow"), "GET") {
			t.Errorf("%s %s: Allow is %q", c.method, c.path, a.Header.Get("Allow"))
		}
	}
}

func TestHEADAnswersLikeGETWithoutABody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, ks := w.bought(w.family())
	srv := httptest.NewServer(w.site)
	defer srv.Close()
	for _, path := range []string{"/", "/o/" + o.StatusToken(), "/T/" + ks[0].Text, "/T/" + ks[0].Text + ".png", "/healthz", "/openapi.yaml"} {
		resp, err := http.Head(srv.URL + path)
		must(t, err)
		if want := w.get(path); resp.StatusCode != 200 || resp.Header.Get("Content-Type") != want.Header.Get("Content-Type") {
			t.Errorf("HEAD %s: %s %s", path, resp.Status, resp.Header.Get("Content-Type"))
		}
		resp.Body.Close()
	}
}

func TestPanicIsAnsweredAndLogged(t *testing.T) {
	t.Parallel()
	boom := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") })
	half := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("half"))
		panic("boom")
	})
	w := newWorld(t, func(c *web.Config) {
		c.More = []web.Door{{Pattern: "GET /boom", Handler: boom}, {Pattern: "GET /api/boom", Handler: boom}, {Pattern: "GET /half", Handler: half}}
	})
	if a := w.get("/boom"); a.StatusCode != 500 || !strings.Contains(a.Body, "Something went wrong") {
		t.Errorf("page: %s %s", a.Status, a.Body)
	}
	if a := w.get("/api/boom"); a.StatusCode != 500 || !strings.Contains(a.Body, `"kind":"internal"`) {
		t.Errorf("problem: %s %s", a.Status, a.Body)
	}
	if !strings.Contains(w.log.String(), "handler panicked") || strings.Contains(w.get("/boom").Body, "boom\n") {
		t.Error("the panic is not in the log, or in the answer")
	}
	srv := httptest.NewServer(w.site)
	defer srv.Close()
	if resp, err := http.Get(srv.URL + "/half"); err == nil {
		var b [64]byte
		n, _ := resp.Body.Read(b[:])
		if _, err := resp.Body.Read(b[n:]); err == nil {
			t.Error("half an answer was ended like a whole one")
		}
		resp.Body.Close()
	}
}

func TestReadyFailsWithAnyCheckAndTellsNoSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if a := w.get("/readyz"); a.StatusCode != 200 || !strings.Contains(a.Body, `"store":"ok"`) {
		t.Errorf("a healthy shop: %s %s", a.Status, a.Body)
	}
	w = newWorld(t, func(c *web.Config) {
		c.Ready = append(c.Ready, web.Check{Name: "telegram", Ask: func(context.Context) error { return errors.New("token 123:secret refused") }})
	})
	a := w.get("/readyz")
	if a.StatusCode != 503 || !strings.Contains(a.Body, `"telegram":"failed"`) || !strings.Contains(a.Body, `"store":"ok"`) || strings.Contains(a.Body, "secret") {
		t.Errorf("a shop without Telegram: %s %s", a.Status, a.Body)
	}
	if a := w.get("/healthz"); a.StatusCode != 200 {
		t.Errorf("it is alive all the same: %s", a.Status)
	}
}

func TestMetricsWantTheirScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for token, want := range map[string]int{"": 401, "wrong": 401, w.token("orders:read"): 403, w.token("metrics"): 200, bootstrap: 200} {
		headers := []string{"Authorization", "Bearer " + token}
		if token == "" {
			headers = nil
		}
		if a := w.get("/metrics", headers...); a.StatusCode != want {
			t.Errorf("token %q: %s, want %d", token, a.Status, want)
		}
	}
}

func TestServerHasEveryTimeout(t *testing.T) {
	t.Parallel()
	s := web.Server(":0", http.NotFoundHandler())
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 {
		t.Errorf("timeouts: %v %v %v %v", s.ReadHeaderTimeout, s.ReadTimeout, s.WriteTimeout, s.IdleTimeout)
	}
}

func TestNewWantsWhatItNeeds(t *testing.T) {
	t.Parallel()
	if _, err := web.New(web.Config{}); err == nil {
		t.Error("a server without rooms was made")
	}
}
