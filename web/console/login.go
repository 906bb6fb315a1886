package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"boxoffice/tickets"
)

// loginPage is the login form with what was typed.
type loginPage struct {
	Name, Next, Hint string
	Wrong            bool
}

func loginForm(v *visit) error {
	if v.Member.ID != "" {
		return v.redirect(v.FormValue("next"))
	}
	return v.page(http.StatusOK, "login", v.Words.T("console.login.title"), loginPage{Next: v.FormValue("next"), Hint: v.k.Hint()})
}

// login takes a name and a password. Who is not known takes as long to refuse as who is.
func login(v *visit) error {
	name, password := strings.ToLower(strings.TrimSpace(v.PostFormValue("name"))), v.PostFormValue("password")
	m, err := v.k.checkPassword(v, name, password)
	if errors.Is(err, tickets.Unauthorized) {
		return v.page(http.StatusUnauthorized, "login", v.Words.T("console.login.title"), loginPage{Name: name, Next: v.PostFormValue("next"), Hint: v.k.Hint(), Wrong: true})
	}
	if err != nil {
		return err
	}
	if err := v.signIn(m); err != nil {
		return err
	}
	return v.redirect(v.PostFormValue("next"))
}

func logout(v *visit) error {
	if err := v.audit("sign_out", "", auditOK, ""); err != nil {
		return err
	}
	if err := v.k.sessions.Destroy(v.Context()); err != nil {
		return err
	}
	return v.redirect("/console/login")
}

// provePage asks who is there once more.
type provePage struct {
	Next  string
	Wrong bool
}

// prove of a visit sends it to where the member proves who they are, and back. A form that comes too late is lost: its
// page asks for the same proof before it is filled in.
func (v *visit) prove() error {
	next := v.URL.RequestURI()
	if v.Method != http.MethodGet {
		next = v.Referer()
		if u, err := url.Parse(next); err == nil {
			next = u.RequestURI()
		}
	}
	return v.redirect("/console/prove?next=" + url.QueryEscape(inside(next)))
}

func proveForm(v *visit) error {
	return v.page(http.StatusOK, "prove", v.Words.T("console.prove.title"), provePage{Next: inside(v.FormValue("next"))})
}

func prove(v *visit) error {
	var l tickets.Login
	if err := v.view(func(r tickets.Reader) (err error) { l, err = r.Login(v.Member.ID); return err }); err != nil {
		return err
	}
	_, err := v.k.checkPassword(v, l.Name, v.PostFormValue("password"))
	if errors.Is(err, tickets.Unauthorized) {
		return v.page(http.StatusUnauthorized, "prove", v.Words.T("console.prove.title"), provePage{Next: inside(v.PostFormValue("next")), Wrong: true})
	}
	if err != nil {
		return err
	}
	if err := v.signIn(v.Member); err != nil {
		return err
	}
	return v.redirect(v.PostFormValue("next"))
}
