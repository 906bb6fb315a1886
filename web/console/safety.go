package console

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// policy lets a page load what we serve ourselves, and nothing inline. Scripts write no HTML but through the policy
// "console" of console.js, which takes only pages that we made.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types console"

// maxForm bounds the body of a form in bytes, for routes that say nothing else.
const maxForm = 64 << 10

// strict sets the headers that keep browsers from doing more than we mean. The camera is for the gate's pages alone.
func strict(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin") // a form that comes too late still says which page it came from
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		camera := "()"
		if r.URL.Path == "/console/gate" || strings.HasPrefix(r.URL.Path, "/console/gate/") {
			camera = "(self)"
		}
		h.Set("Permissions-Policy", "camera="+camera+", geolocation=(), microphone=(), payment=(), usb=()")
		next.ServeHTTP(w, r)
	})
}

// guarded refuses forms that another site sent, and those of browsers that do not say which site sent them. Only
// https and the machine itself are told by browsers (Sec-Fetch-Site); on plain http elsewhere the Origin must do.
func (k *Console) guarded(next http.Handler) http.Handler {
	told := tellsSite(k.PublicURL)
	foreign := k.door(route{act: anyone, serve: func(v *visit) error { return v.turnAway("console_access.foreign") }})
	old := k.door(route{act: anyone, serve: func(v *visit) error { return v.turnAway("console_access.old_browser") }})
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(foreign)
	return guard.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead && r.Header.Get("Sec-Fetch-Site") == "" && (told || r.Header.Get("Origin") == "") {
			old.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	}))
}

// tellsSite reports whether browsers tell a server at this address which site a request came from.
func tellsSite(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (strings.EqualFold(u.Scheme, "https") || loopback(u.Hostname()))
}

// loopback reports whether a host's name is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || (ip != nil && ip.IsLoopback())
}

// turnAway answers a request that is not taken with a page that says why.
func (v *visit) turnAway(key string) error {
	return v.page(http.StatusForbidden, "fault", v.Words.T("console.fault.title"), fault{Status: http.StatusForbidden, Text: v.Words.T(key)})
}
