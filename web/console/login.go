package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"boxoffice/tickets"
)

// halfLife is how long after the password the second factor is taken.
const halfLife = 5 * time.Minute

// loginPage is the login form with what was typed.
type loginPage struct {
	Name, Next, Hint string
	Wrong            string // what to say over the form
	Passkeys         bool   // the browser could have one
	Elsewhere        string // where passkeys work, if not at this address
	Link             bool   // the bot can send a link
}

func (v *visit) loginPage() loginPage {
	p := loginPage{Name: v.PostFormValue("name"), Next: v.FormValue("next"), Hint: v.k.Hint(), Link: v.k.Tell != nil}
	p.Passkeys, p.Elsewhere = v.passkeysHere()
	return p
}

func loginForm(v *visit) error {
	if v.Member.ID != "" {
		return v.redirect(v.FormValue("next"))
	}
	return v.page(http.StatusOK, "login", v.Words.T("console.login.title"), v.loginPage())
}

// login takes a name and a password. Who is not known takes as long to refuse as who is, and is told the same.
func login(v *visit) error {
	name := strings.ToLower(strings.TrimSpace(v.PostFormValue("name")))
	l, err := v.loginNamed(name)
	if err != nil {
		return err
	}
	done, wait, err := v.mayTry(l, "name", name)
	if err != nil {
		return err
	}
	if wait > 0 {
		return v.tooMany(wait)
	}
	m, err := v.k.checkPassword(v, l, v.PostFormValue("password"))
	if errors.Is(err, tickets.Unauthorized) {
		if err := v.failed(l, "password"); err != nil {
			return err
		}
		p := v.loginPage()
		p.Wrong = v.Words.T("console.login.wrong")
		return v.page(http.StatusUnauthorized, "login", v.Words.T("console.login.title"), p)
	}
	if err != nil {
		return err
	}
	done()
	return v.half(m, l, "password")
}

// loginNamed is the login of a name, the zero one where there is none.
func (v *visit) loginNamed(name string) (l tickets.Login, err error) {
	err = v.view(func(r tickets.Reader) (err error) { l, err = r.LoginByName(name); return err })
	if errors.Is(err, tickets.NotFound) {
		return tickets.Login{}, nil
	}
	return l, err
}

// mayTry counts a try to be somebody, by what is typed and by where it comes from. done says that it was them; a wait
// above zero, that there were too many.
func (v *visit) mayTry(l tickets.Login, how, name string) (done func(), wait time.Duration, err error) {
	if len(name) > 100 {
		name = name[:100]
	}
	account, address := how+":"+name, "address:"+fromOf(v.Context()).ip
	device, err := v.device(l)
	if err != nil {
		return nil, 0, err
	}
	if device != "" { // a browser that is known has tries of its own
		account, address = account+":"+device, "device:"+device
	}
	if wait, ok := v.k.tries.take(v.Now, address, addressTries); !ok {
		return nil, wait, nil
	}
	if wait, ok := v.k.tries.take(v.Now, account, accountTries); !ok {
		v.k.tries.undo(address)
		return nil, wait, nil
	}
	return func() { v.k.tries.forgive(account); v.k.tries.undo(address) }, 0, nil
}

// tooMany answers who tried too often.
func (v *visit) tooMany(wait time.Duration) error {
	v.k.Log.Warn("too many tries to sign in", "route", v.Pattern, "ip", fromOf(v.Context()).ip)
	words := v.Words.T("console_access.too_many", "Duration", v.Words.Duration(wait.Round(time.Minute)+time.Minute))
	return v.page(http.StatusTooManyRequests, "fault", v.Words.T("console.fault.title"), fault{Status: http.StatusTooManyRequests, Text: words})
}

// failed records that somebody was not believed. Of a name that nobody has the log keeps nothing: it may be a password
// in the wrong field.
func (v *visit) failed(l tickets.Login, way string) error {
	e := v.entry("sign_in", string(l.Member), auditRefused, way, "", "")
	e.Actor.ID, e.Actor.Name = string(l.Member), l.Name
	return v.k.Desk.Record(v.Context(), e)
}

// half lets in who needs no second factor, and asks the others for it.
func (v *visit) half(m tickets.Member, l tickets.Login, way string) error {
	if l.TOTP == "" && len(l.Passkeys) == 0 {
		if err := v.signIn(m, l, way); err != nil {
			return err
		}
		return v.redirect(v.FormValue("next"))
	}
	if err := v.k.sessions.RenewToken(v.Context()); err != nil {
		return err
	}
	v.k.sessions.Put(v.Context(), sessionHalf, string(m.ID))
	v.k.sessions.Put(v.Context(), sessionHalfAt, v.Now.UnixMilli())
	return v.redirect("/console/login/second?next=" + url.QueryEscape(inside(v.FormValue("next"))))
}

// halfway is the login of who gave the password and not the second factor yet; ok is false where there is nobody.
func (v *visit) halfway() (m tickets.Member, l tickets.Login, ok bool, err error) {
	id := tickets.MemberID(v.k.sessions.GetString(v.Context(), sessionHalf))
	at := time.UnixMilli(v.k.sessions.GetInt64(v.Context(), sessionHalfAt))
	if id == "" || at.After(v.Now) || v.Now.Sub(at) >= halfLife {
		return m, l, false, nil
	}
	err = v.view(func(r tickets.Reader) (err error) {
		if m, err = r.Member(id); err == nil {
			l, err = r.Login(id)
		}
		return err
	})
	return m, l, err == nil && m.Here(), err
}

// secondPage asks for the second factor.
type secondPage struct {
	Next, Wrong    string
	Code, Passkeys bool
	Elsewhere      string
}

func (v *visit) secondPage(l tickets.Login) secondPage {
	p := secondPage{Next: inside(v.FormValue("next")), Code: l.TOTP != ""}
	if here, elsewhere := v.passkeysHere(); len(l.Passkeys) > 0 {
		p.Passkeys, p.Elsewhere = here, elsewhere
	}
	return p
}

func secondForm(v *visit) error {
	_, l, ok, err := v.halfway()
	if err != nil || !ok {
		return errors.Join(err, v.redirect("/console/login"))
	}
	return v.page(http.StatusOK, "second", v.Words.T("console_access.second.title"), v.secondPage(l))
}

func second(v *visit) error {
	m, l, ok, err := v.halfway()
	if err != nil || !ok {
		return errors.Join(err, v.redirect("/console/login"))
	}
	done, wait, err := v.mayTry(l, "second", string(m.ID))
	if err != nil {
		return err
	}
	if wait > 0 {
		return v.tooMany(wait)
	}
	way, err := v.k.takeCode(v.Context(), m.ID, v.PostFormValue("code"))
	if errors.Is(err, tickets.Unauthorized) {
		if err := v.failed(l, "second"); err != nil {
			return err
		}
		p := v.secondPage(l)
		p.Wrong = v.Words.T("console_access.second.wrong")
		return v.page(http.StatusUnauthorized, "second", v.Words.T("console_access.second.title"), p)
	}
	if err != nil {
		return err
	}
	done()
	if err := v.signIn(m, l, way); err != nil {
		return err
	}
	if way == "recovery" {
		v.flash("warn", "console_access.second.recovery_used")
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
	Next, Wrong              string
	Password, Code, Passkeys bool // ways that the member has
	Elsewhere                string
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

func (v *visit) provePage(wrong string) provePage {
	p := provePage{Next: inside(v.FormValue("next")), Wrong: wrong, Password: v.Login.Password != "", Code: v.Login.TOTP != ""}
	if here, elsewhere := v.passkeysHere(); len(v.Login.Passkeys) > 0 {
		p.Passkeys, p.Elsewhere = here, elsewhere
	}
	return p
}

func proveForm(v *visit) error {
	return v.page(http.StatusOK, "prove", v.Words.T("console.prove.title"), v.provePage(""))
}

// prove takes the password, or a code where there is a second factor. It renews the cookie.
func prove(v *visit) error {
	done, wait, err := v.mayTry(v.Login, "prove", string(v.Member.ID))
	if err != nil {
		return err
	}
	if wait > 0 {
		return v.tooMany(wait)
	}
	way := "password"
	if code := v.PostFormValue("code"); code != "" {
		way, err = v.k.takeCode(v.Context(), v.Member.ID, code)
	} else {
		_, err = v.k.checkPassword(v, v.Login, v.PostFormValue("password"))
	}
	if errors.Is(err, tickets.Unauthorized) {
		if err := v.audit("prove", "", auditRefused, way); err != nil {
			return err
		}
		return v.page(http.StatusUnauthorized, "prove", v.Words.T("console.prove.title"), v.provePage(v.Words.T("console_access.prove_wrong")))
	}
	if err != nil {
		return err
	}
	done()
	if err := v.provenNow(way); err != nil {
		return err
	}
	return v.redirect(v.PostFormValue("next"))
}

// provenNow remembers that the member proved who they are, under a new cookie.
func (v *visit) provenNow(way string) error {
	if err := v.k.sessions.RenewToken(v.Context()); err != nil {
		return err
	}
	v.k.sessions.Put(v.Context(), sessionProven, v.Now.UnixMilli())
	return v.audit("prove", "", auditOK, way)
}

// typed is a form's text as it is kept: without space around it, whole letters, at most n of them.
func typed(s string, n int) string {
	s = strings.TrimSpace(strings.ToValidUTF8(s, ""))
	if utf8.RuneCountInString(s) > n {
		s = string([]rune(s)[:n])
	}
	return s
}
