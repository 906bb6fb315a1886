package web

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	urlpath "path"
	"runtime/debug"
	"strings"
	"time"

	"boxoffice/web/api"
)

// maxBody bounds every request's body in bytes; rooms have smaller bounds of their own. The console bounds each of its
// routes itself, after who may send is known: pictures for the gate are larger.
const maxBody = 1 << 20

// policy lets a page load what we serve ourselves, and nothing inline.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// wrapped is the site in what every request gets, from the inside out.
func (s *site) wrapped() http.Handler {
	return s.logged(s.recovered(s.strict(limited(s))))
}

func limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && !strings.HasPrefix(r.URL.Path, "/console/") {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		}
		next.ServeHTTP(w, r)
	})
}

// strict sets the headers that keep browsers from doing more than we mean. A handler may set its own policy.
func (s *site) strict(next http.Handler) http.Handler {
	secure := strings.HasPrefix(strings.ToLower(s.c.PublicURL), "https://")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin") // addresses of tickets stay here; forms still say where they come from
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// recovered answers when a handler panics, unless it had begun to answer: then the connection is cut, so that half an
// answer is not taken for a whole one.
func (s *site) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v)
			}
			s.c.Log.Error("handler panicked", "request_id", w.Header().Get(idHeader), "route", r.Pattern, "panic", v, "stack", string(debug.Stack()))
			if m, ok := w.(*meter); ok && m.status != 0 {
				panic(http.ErrAbortHandler)
			}
			s.refuse(w, r, http.StatusInternalServerError, api.KindInternal, "Something went wrong on our side")
		}()
		next.ServeHTTP(w, r)
	})
}

// idHeader carries the request's id: into the log, the answer and the instance of a problem document.
const idHeader = "X-Request-Id"

// logged names the request, and writes one line when it was answered.
func (s *site) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now() // a stopwatch, not the shop's clock
		id := requestID()
		w.Header().Set(idHeader, id)
		m := &meter{ResponseWriter: w}
		defer func() {
			seen := Seen{Route: r.Pattern, Method: method(r.Method), Status: m.code(), Took: time.Since(began)}
			if s.c.Observe != nil {
				s.c.Observe(seen)
			}
			s.c.Log.Log(r.Context(), level(seen), "request", "request_id", id, "method", seen.Method, "path", redacted(r.URL.Path), "route", seen.Route,
				"status", seen.Status, "bytes", m.bytes, "took_ms", seen.Took.Milliseconds())
		}()
		next.ServeHTTP(m, r)
	})
}

// quiet routes are asked all the time by machines, or beside every page.
var quiet = map[string]bool{"GET /healthz": true, "GET /readyz": true, "GET /metrics": true, "GET /assets/{name}": true}

func level(seen Seen) slog.Level {
	if quiet[seen.Route] && seen.Status < http.StatusBadRequest {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// requestID is 64 random bits: ids are told apart in one log, and prove nothing.
func requestID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

// method keeps made-up methods out of metrics and logs.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	default:
		return "OTHER"
	}
}

// secretPaths are where a path's next part opens something to whoever knows it.
var secretPaths = []string{"/console/login/link/", "/o/", "/t/", "/pay/", "/api/v1/tickets/"}

// redacted is a path without what opens a status page, a ticket or a payment page.
func redacted(address string) string {
	path := cleaned(address)
	for _, p := range secretPaths {
		if len(path) <= len(p) || !strings.EqualFold(path[:len(p)], p) {
			continue
		}
		rest := path[len(p):]
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			return path[:len(p)] + "…" + rest[i:]
		}
		return path[:len(p)] + "…"
	}
	return path
}

// maxLogged bounds a path in the log, in bytes.
const maxLogged = 200

// cleaned is a path as the mux reads it, so that "//o/…" is told to be one, and no longer than the log takes.
func cleaned(path string) string {
	if path == "" || path[0] != '/' {
		path = "/" + path
	}
	path = urlpath.Clean(path)
	return strings.ToValidUTF8(path[:min(len(path), maxLogged)], "")
}

// meter counts what is written.
type meter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (m *meter) WriteHeader(status int) {
	if m.status == 0 && status >= http.StatusOK { // not for 1xx
		m.status = status
	}
	m.ResponseWriter.WriteHeader(status)
}

func (m *meter) Write(b []byte) (int, error) {
	if m.status == 0 {
		m.status = http.StatusOK
	}
	n, err := m.ResponseWriter.Write(b)
	m.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach what is below.
func (m *meter) Unwrap() http.ResponseWriter { return m.ResponseWriter }

func (m *meter) code() int {
	if m.status == 0 {
		return http.StatusOK
	}
	return m.status
}
