package web

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"boxoffice/tickets"
)

// site is the whole of it.
type site struct {
	c   Config
	mux *http.ServeMux
}

// routes has every route of the server; the two rooms add theirs.
func (s *site) routes() {
	s.c.Customer.Routes(s.mux) // /  /o/…  /T/…  /t/…  /assets/…
	s.c.API.Routes(s.mux)      // /api/v1/…  /openapi.yaml

	s.mux.HandleFunc("GET /healthz", s.live)
	s.mux.HandleFunc("GET /readyz", s.ready)
	if s.c.Metrics != nil {
		s.mux.Handle("GET /metrics", s.c.API.Require(tickets.ScopeMetrics, s.c.Metrics))
	}
	if s.c.Callback != nil {
		s.mux.Handle("POST /webhooks/{gateway}", s.c.Callback)
	}
	if s.c.Telegram != nil {
		s.mux.Handle("POST /webhooks/telegram", s.c.Telegram)
	}
	if s.c.Pay != nil {
		s.mux.Handle("/pay/", s.c.Pay)
	}
	if s.c.Console != nil {
		s.mux.Handle("/console/", s.c.Console)
		s.mux.Handle("GET /console", http.RedirectHandler("/console/", http.StatusSeeOther))
	}
	for _, d := range s.c.More {
		s.mux.Handle(d.Pattern, d.Handler)
	}
}

// ServeHTTP finds the route; where there is none it answers as the rest of the door does, a page or a problem document.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h, pattern := s.mux.Handler(r)
	if pattern != "" {
		s.mux.ServeHTTP(w, r)
		return
	}
	no := &refusal{header: http.Header{}, status: http.StatusNotFound}
	h.ServeHTTP(no, r)
	kind, title := tickets.NotFound, "No such address"
	if allow := no.header.Get("Allow"); allow != "" {
		w.Header().Set("Allow", allow)
		kind, title = tickets.Invalid, "The address does not take this method"
	}
	s.refuse(w, r, no.status, kind, title)
}

// refuse answers with a page, or with a problem document where programs look.
func (s *site) refuse(w http.ResponseWriter, r *http.Request, status int, kind tickets.Kind, title string) {
	if forPrograms(r.URL.Path) {
		s.c.API.Problem(w, r, status, kind, title)
		return
	}
	s.c.Customer.Fault(w, r, status)
}

func forPrograms(path string) bool {
	return strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/webhooks/") || path == "/metrics"
}

// refusal is what the mux says when it has no route: its status and Allow are wanted, its words are not.
type refusal struct {
	header http.Header
	status int
}

func (f *refusal) Header() http.Header         { return f.header }
func (f *refusal) WriteHeader(status int)      { f.status = status }
func (f *refusal) Write(b []byte) (int, error) { return len(b), nil }

// live says that the process answers.
func (s *site) live(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write([]byte("ok\n"))
}

// readyWithin bounds all checks together.
const readyWithin = 5 * time.Second

// ready says whether everything that the service needs is there, each by name. What is wrong with it is for the log.
func (s *site) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
	defer cancel()
	status := http.StatusOK
	answer := map[string]string{}
	for _, c := range s.c.Ready {
		answer[c.Name] = "ok"
		if err := c.Ask(ctx); err != nil {
			s.c.Log.Warn("not ready", "check", c.Name, "error", err)
			answer[c.Name], status = "failed", http.StatusServiceUnavailable
		}
	}
	b, err := json.Marshal(answer)
	if err != nil { // a map of strings always can be
		status = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(b, '\n'))
}
