package console_test

import (
	"net/http"
	"strings"
	"testing"

	"boxoffice/tickets"
)

// TestFormsOfOtherSitesAreRefused goes through what a browser can say about where a form comes from.
func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(tickets.RoleOwner)
	for _, c := range []struct {
		name, site, origin string
		method             string
		want               int
	}{
		{"our own page", "same-origin", w.srv.URL, http.MethodPost, http.StatusOK},
		{"our own page without an origin", "same-origin", "", http.MethodPost, http.StatusOK},
		{"typed by the person", "none", "", http.MethodPost, http.StatusOK},
		{"another site", "cross-site", "https://evil.example", http.MethodPost, http.StatusForbidden},
		{"another site that hides", "cross-site", "null", http.MethodPost, http.StatusForbidden},
		{"a neighbour of ours", "same-site", "https://shop.example", http.MethodPost, http.StatusForbidden},
		{"an old browser with a foreign origin", "", "https://evil.example", http.MethodPost, http.StatusForbidden},
		{"an old browser that hides its origin", "", "null", http.MethodPost, http.StatusForbidden},
		{"an old browser that says nothing", "", "", http.MethodPost, http.StatusForbidden},
		{"an old browser with our origin", "", w.srv.URL, http.MethodPost, http.StatusForbidden},
		{"a link from another site", "cross-site", "", http.MethodGet, http.StatusOK},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, w.srv.URL+"/console/prove", strings.NewReader("password=x"))
		must(t, err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if c.site != "" {
			r.Header.Set("Sec-Fetch-Site", c.site)
		}
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		res, err := b.Do(r)
		must(t, err)
		must(t, res.Body.Close())
		status := res.StatusCode
		if status == http.StatusUnauthorized { // it reached the form, which finds the password wrong
			status = http.StatusOK
		}
		if status != c.want {
			t.Errorf("%s: %d, want %d", c.name, res.StatusCode, c.want)
		}
	}
}

func TestEveryAnswerCarriesThePolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, camera := range map[string]string{"/console/login": "camera=()", "/console/nowhere": "camera=()", "/console/gate": "camera=(self)"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.srv.URL+path, nil)
		must(t, err)
		res, err := http.DefaultTransport.RoundTrip(r)
		must(t, err)
		must(t, res.Body.Close())
		for name, want := range map[string]string{
			"Content-Security-Policy": "require-trusted-types-for 'script'", "Permissions-Policy": camera, "Cache-Control": "no-store",
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := res.Header.Get(name); !strings.Contains(got, want) {
				t.Errorf("%s: %s is %q, without %q", path, name, got, want)
			}
		}
		if csp := res.Header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || strings.Contains(csp, "http") {
			t.Errorf("%s: %s", path, csp)
		}
	}
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stranger := &browser{w: w, Client: &http.Client{}}
	status, _ := stranger.post("/console/login", map[string][]string{"name": {strings.Repeat("x", 1<<20)}, "password": {password}})
	if status < 400 || status >= 500 {
		t.Errorf("a megabyte of name is answered %d", status)
	}
}
