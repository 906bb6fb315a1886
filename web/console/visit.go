package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/tickets/text"
)

// visit is one request of the console: what came, who looks, and how they read. Its exported methods are for templates.
type visit struct {
	*http.Request
	k      *Console
	w      http.ResponseWriter
	Member tickets.Member // zero before the login
	Login  tickets.Login  // the member's; zero where they have none
	Words  *text.Printer
	Zone   *time.Location // the merchant's
	Now    time.Time
	Cat    *tickets.Catalog // of a shop without one: a nameless merchant
}

// handler answers one visit; what it returns becomes a page that says so.
type handler func(*visit) error

// door lets in whom the route's act allows, and answers what the handler returns.
func (k *Console) door(r route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		v := &visit{Request: req, k: k, w: w, Now: k.now()}
		w.Header().Set("Cache-Control", "no-store")
		if req.Body != nil {
			most := r.body
			if most == 0 {
				most = maxForm
			}
			req.Body = http.MaxBytesReader(w, req.Body, most)
		}
		if err := v.enter(r); err != nil {
			v.fail(err)
		}
	})
}

func (v *visit) enter(r route) error {
	if err := v.begin(); err != nil {
		return err
	}
	if r.act == anyone {
		return r.serve(v)
	}
	if v.Member.ID == "" {
		if v.Method != http.MethodGet {
			return tickets.Refuse(tickets.Unauthorized, "sign in first")
		}
		return v.redirect("/console/login?next=" + url.QueryEscape(v.URL.RequestURI()))
	}
	if v.Login.Once && r.act != own {
		return v.redirect("/console/me/password")
	}
	if r.act != member && r.act != own && !v.Member.Role.May(r.act) {
		return tickets.Refuse(tickets.Forbidden, "role %s may not %s", v.Member.Role, r.act)
	}
	if err := v.foreign(); err != nil {
		return err
	}
	if r.proof && !v.proven() {
		return v.prove()
	}
	return r.serve(v)
}

// begin learns who looks and how they read.
func (v *visit) begin() error {
	id := tickets.MemberID(v.k.sessions.GetString(v.Context(), sessionMember))
	err := v.view(func(r tickets.Reader) error {
		cat, err := r.Catalog()
		switch {
		case errors.Is(err, tickets.NotFound):
			cat = &tickets.Catalog{Merchant: tickets.Merchant{Zone: "UTC"}}
		case err != nil:
			return err
		}
		v.Cat = cat
		if id == "" {
			return nil
		}
		m, err := r.Member(id)
		if errors.Is(err, tickets.NotFound) || (err == nil && (!m.Here() || m.Merchant != cat.Merchant.ID)) {
			return nil
		}
		if err != nil {
			return err
		}
		v.Member = m
		fromOf(v.Context()).member = m.ID
		if v.Login, err = r.Login(m.ID); errors.Is(err, tickets.NotFound) {
			v.Login, err = tickets.Login{}, nil
		}
		return err
	})
	if err != nil {
		return err
	}
	if v.Zone, err = v.Cat.Merchant.Location(); err != nil {
		return err
	}
	lang := text.Match(v.Header.Get("Accept-Language"))
	if v.Member.Lang != "" {
		lang = text.Match(v.Member.Lang)
	}
	v.Words = v.k.words(lang)
	return nil
}

// view reads one moment of the store.
func (v *visit) view(fn func(tickets.Reader) error) error {
	return v.k.Desk.Store.View(v.Context(), fn)
}

// staff is the member as the verbs know them.
func (v *visit) staff() checkout.Staff { return checkout.StaffOf(v.Member, "console") }

// May reports whether the member's role allows an act.
func (v *visit) May(act string) bool { return v.Member.Role.May(tickets.Act(act)) }

// Lang is the page's language as HTML has it.
func (v *visit) Lang() string { return string(v.Words.Lang()) }

// Shop is the merchant's name.
func (v *visit) Shop() string {
	if name := v.Words.Pick(v.Cat.Merchant.Names); name != "" {
		return name
	}
	return "Boxoffice"
}

// Path is where the visitor is; At reports whether it is under a part of the console.
func (v *visit) Path() string { return v.URL.Path }

// At reports whether the visitor is at a path or below it.
func (v *visit) At(path string) bool {
	return v.URL.Path == path || strings.HasPrefix(v.URL.Path, path+"/")
}

// Today is the merchant's date.
func (v *visit) Today() tickets.Date { return tickets.DateOf(v.Now, v.Zone) }

// Ago is how long ago a moment was, in words; a moment to come is how long until it.
func (v *visit) Ago(t time.Time) string {
	if t.After(v.Now) {
		return v.Words.T("console.in", "Duration", v.Words.Duration(t.Sub(v.Now)))
	}
	return v.Words.T("console.ago", "Duration", v.Words.Duration(v.Now.Sub(t)))
}

// redirect sends the browser on, by GET. Only our own paths are taken.
func (v *visit) redirect(to string) error {
	http.Redirect(v.w, v.Request, inside(to), http.StatusSeeOther)
	return nil
}

// inside is a path of the console, /console/ where the text is none: what a visitor can choose leads nowhere else.
func inside(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || !strings.HasPrefix(u.Path, "/console/") || strings.Contains(to, "\\") {
		return "/console/"
	}
	return to
}

// flash shows a line on the next page: kind is good, warn or bad.
func (v *visit) flash(kind, key string, args ...any) {
	v.k.sessions.Put(v.Context(), sessionFlash, kind+"\n"+v.Words.T(key, args...))
}

// Flash is the line that the act before left, once.
func (v *visit) Flash() *flash {
	kind, words, ok := strings.Cut(v.k.sessions.PopString(v.Context(), sessionFlash), "\n")
	if !ok {
		return nil
	}
	return &flash{Kind: kind, Text: words}
}

type flash struct{ Kind, Text string }

// fail answers an error with a page that says what to do.
func (v *visit) fail(err error) {
	kind := tickets.KindOf(err)
	status := statusOf(kind)
	if errors.Is(err, context.Canceled) && v.Context().Err() != nil {
		return // nobody is there to read it
	}
	if status >= http.StatusInternalServerError {
		v.k.Log.Error("console page failed", "route", v.Pattern, "request_id", v.w.Header().Get("X-Request-Id"), "member_id", v.Member.ID, "error", err)
	}
	if v.Words == nil {
		v.Words, v.Zone, v.Cat = v.k.words(text.Match(v.Header.Get("Accept-Language"))), time.UTC, &tickets.Catalog{}
	}
	if err := v.page(status, "fault", v.Words.T("console.fault.title"), fault{Status: status, Text: v.Words.Error(err)}); err != nil {
		v.k.Log.Error("console error page failed", "error", err)
		http.Error(v.w, fmt.Sprint(status), status)
	}
}

type fault struct {
	Status int
	Text   string
}

func statusOf(k tickets.Kind) int {
	switch k {
	case tickets.NotFound, tickets.Forged:
		return http.StatusNotFound
	case tickets.Invalid:
		return http.StatusUnprocessableEntity
	case tickets.Unauthorized:
		return http.StatusUnauthorized
	case tickets.Forbidden:
		return http.StatusForbidden
	case tickets.Unavailable:
		return http.StatusServiceUnavailable
	case "":
		return http.StatusInternalServerError
	default:
		return http.StatusConflict
	}
}

func missing(*visit) error { return tickets.Refuse(tickets.NotFound, "no such page") }
