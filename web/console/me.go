package console

import (
	"encoding/base32"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
	"boxoffice/tickets/qr"
	"boxoffice/tickets/text"
)

// signInRow is a browser that the member is signed in with.
type signInRow struct {
	tickets.SignIn
	Mark string // names it in forms
	Here bool   // it is this one
	Name string // the browser in words
}

// passkeyRow is a passkey of the member.
type passkeyRow struct {
	tickets.Passkey
	Mark string
}

// mePage is the member's own things.
type mePage struct {
	Login    tickets.Login
	Passkeys []passkeyRow
	Recovery int
	SignIns  []signInRow
	Urged    bool
	Langs    []langChoice
}

type langChoice struct {
	Lang, Name string
	Here       bool
}

func me(v *visit) error {
	p := mePage{Login: v.Login, Recovery: len(v.Login.Recovery), Urged: urged(v.Member, v.Login)}
	for _, k := range v.Login.Passkeys {
		p.Passkeys = append(p.Passkeys, passkeyRow{k, passkeyMark(k.At)})
	}
	for _, l := range text.Langs() {
		p.Langs = append(p.Langs, langChoice{string(l), langNames[l], l == v.Words.Lang()})
	}
	own := v.cookieHash()
	err := v.view(func(r tickets.Reader) error {
		p.SignIns = nil
		list, err := r.SignIns()
		for _, in := range list {
			if in.Member == v.Member.ID && in.Expiry.After(time.Now()) { // the session library's clock
				p.SignIns = append(p.SignIns, signInRow{in, checkout.HashCode(in.Hash)[:16], in.Hash == own, browserName(in.Agent)})
			}
		}
		slices.Reverse(p.SignIns)
		return err
	})
	if err != nil {
		return err
	}
	return v.page(http.StatusOK, "me", v.Words.T("console.nav.me"), p)
}

// browserName says in words what a browser calls itself.
func browserName(agent string) string {
	name, system := "", ""
	for _, b := range [][2]string{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}} {
		if name == "" && strings.Contains(agent, b[0]) {
			name = b[1]
		}
	}
	for _, s := range [][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"}} {
		if system == "" && strings.Contains(agent, s[0]) {
			system = s[1]
		}
	}
	switch {
	case name == "":
		return shortened(agent, 40)
	case system == "":
		return name
	}
	return name + ", " + system
}

// meLook keeps the member's language and colours.
func meLook(v *visit) error {
	lang, theme := v.PostFormValue("lang"), v.PostFormValue("theme")
	if lang != string(text.Match(lang)) || !slices.Contains([]string{"", "light", "dark"}, theme) {
		return tickets.Refuse(tickets.Invalid, "no such language or theme")
	}
	err := v.k.Desk.Store.Update(v.Context(), func(tx tickets.Tx) error {
		m, err := tx.Member(v.Member.ID)
		if err != nil {
			return err
		}
		m.Lang, m.Theme = lang, theme
		return tx.PutMember(m)
	})
	if err != nil {
		return err
	}
	v.Words = v.k.words(text.Match(lang))
	v.flash("good", "console_access.me.saved")
	return v.redirect("/console/me")
}

// passwordPage is the form of a new password.
type passwordPage struct {
	Must  bool // the one that was given must be changed
	Old   bool // the one of now is asked for
	Wrong map[string]string
}

func mePasswordForm(v *visit) error { return v.passwordPage(http.StatusOK, nil) }

func (v *visit) passwordPage(status int, wrong map[string]string) error {
	return v.page(status, "password", v.Words.T("console_access.password.title"), passwordPage{Must: v.Login.Once, Old: v.Login.Password != "" && !v.Login.Once, Wrong: wrong})
}

// mePassword takes a new password, and ends the member's other sign-ins.
func mePassword(v *visit) error {
	if v.Login.Member == "" {
		return tickets.Refuse(tickets.Conflict, "this member has no login")
	}
	if v.Login.Password != "" && !v.Login.Once {
		done, wait, err := v.mayTry(v.Login, "prove", string(v.Member.ID))
		if err != nil {
			return err
		}
		if wait > 0 {
			return v.tooMany(wait)
		}
		if _, err := v.k.checkPassword(v, v.Login, v.PostFormValue("old")); errors.Is(err, tickets.Unauthorized) {
			return v.passwordPage(http.StatusUnprocessableEntity, map[string]string{"old": v.Words.T("console_access.password.old_wrong")})
		} else if err != nil {
			return err
		}
		done()
	}
	password := v.PostFormValue("new")
	if why := weak(password, v.Login.Name, v.Member.Name, v.Shop()); why != "" {
		return v.passwordPage(http.StatusUnprocessableEntity, map[string]string{"new": v.Words.T("console_access.password." + why)})
	}
	if password != v.PostFormValue("again") {
		return v.passwordPage(http.StatusUnprocessableEntity, map[string]string{"again": v.Words.T("console_access.password.differs")})
	}
	if same, err := matches(v.Context(), v.Login.Password, password); err != nil || same {
		return errors.Join(err, v.passwordPage(http.StatusUnprocessableEntity, map[string]string{"new": v.Words.T("console_access.password.same")}))
	}
	hash, err := hashPassword(v.Context(), password)
	if err != nil {
		return err
	}
	l, err := v.relogin("password_change", "", func(l *tickets.Login) { l.Password, l.Once = hash, false })
	if err != nil {
		return err
	}
	if err := v.knowBrowser(l); err != nil {
		return err
	}
	v.flash("good", "console_access.password.changed")
	return v.redirect("/console/me")
}

// relogin changes how the member signs in, ends their other sign-ins, records it, and gives this browser a new cookie.
func (v *visit) relogin(act, after string, change func(*tickets.Login)) (tickets.Login, error) {
	var l tickets.Login
	err := v.k.Desk.Store.Update(v.Context(), func(tx tickets.Tx) (err error) {
		l, err = tx.Login(v.Member.ID)
		if errors.Is(err, tickets.NotFound) {
			l, err = tickets.Login{Member: v.Member.ID}, nil
		}
		if err != nil {
			return err
		}
		change(&l)
		l.Changed = v.Now
		return tx.PutLogin(l)
	})
	if err != nil {
		return l, err
	}
	if err := v.auditChange(act, string(v.Member.ID), auditOK, "", "", after); err != nil {
		return l, err
	}
	if err := v.k.Desk.EndSignIns(v.Context(), v.Member.ID, v.cookieHash()); err != nil {
		return l, err
	}
	return l, v.k.sessions.RenewToken(v.Context())
}

// factor changes a second factor. With the first one come recovery codes, shown once.
func (v *visit) factor(act, after string, change func(*tickets.Login)) error {
	var shown []string
	first := len(v.Login.Recovery) == 0
	codes, stored := newRecovery()
	l, err := v.relogin(act, after, func(l *tickets.Login) {
		change(l)
		shown = nil
		switch has := l.TOTP != "" || len(l.Passkeys) > 0; {
		case !has:
			l.Recovery = nil
		case first:
			shown, l.Recovery = codes, stored
		}
	})
	if err != nil {
		return err
	}
	v.Login = l
	if len(shown) > 0 {
		return v.page(http.StatusOK, "recovery", v.Words.T("console_access.recovery.title"), shown)
	}
	v.flash("good", "console_access.me.saved")
	return v.redirect("/console/me")
}

// recoveryNew replaces the recovery codes.
func recoveryNew(v *visit) error {
	codes, stored := newRecovery()
	if _, err := v.relogin("recovery_new", "", func(l *tickets.Login) { l.Recovery = stored }); err != nil {
		return err
	}
	return v.page(http.StatusOK, "recovery", v.Words.T("console_access.recovery.title"), codes)
}

// totpPage shows the secret of a new authenticator app.
type totpPage struct {
	Secret, Wrong string
}

// totpForm makes a secret, and keeps it in the sign-in until a code of it was given.
func totpForm(v *visit) error {
	secret := v.k.sessions.GetString(v.Context(), sessionTOTP)
	if secret == "" {
		secret = newTOTP()
		v.k.sessions.Put(v.Context(), sessionTOTP, secret)
	}
	return v.page(http.StatusOK, "totp", v.Words.T("console_access.totp.title"), totpPage{Secret: secret})
}

// totpPicture is the secret as a QR.
func totpPicture(v *visit) error {
	secret := v.k.sessions.GetString(v.Context(), sessionTOTP)
	if secret == "" {
		return missing(v)
	}
	name := v.Login.Name
	if name == "" {
		name = v.Member.Name
	}
	uri := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + v.Shop() + ":" + name, RawQuery: url.Values{"secret": {secret}, "issuer": {v.Shop()}}.Encode()}
	png, err := qr.PNG(uri.String(), 240)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "image/png")
	_, _ = v.w.Write(png) // nobody is there to be told
	return nil
}

func totpAdd(v *visit) error {
	secret := v.k.sessions.GetString(v.Context(), sessionTOTP)
	step := stepOf(secret, strings.ReplaceAll(strings.TrimSpace(v.PostFormValue("code")), " ", ""), time.Now()) // the phone's clock
	if secret == "" || step == 0 {
		return v.page(http.StatusUnprocessableEntity, "totp", v.Words.T("console_access.totp.title"), totpPage{Secret: secret, Wrong: v.Words.T("console_access.totp.wrong")})
	}
	v.k.sessions.Remove(v.Context(), sessionTOTP)
	return v.factor("totp_add", "", func(l *tickets.Login) { l.TOTP, l.Step = secret, step })
}

func totpRemove(v *visit) error {
	return v.factor("totp_remove", "", func(l *tickets.Login) { l.TOTP, l.Step = "", 0 })
}

// newTOTP is a secret of 160 bits, as RFC 4226 advises.
func newTOTP() string {
	return strings.TrimRight(base32.StdEncoding.EncodeToString(randomBytes(20)), "=")
}

// signInEnd ends one of the member's sign-ins, or all others.
func signInEnd(v *visit) error {
	which, own := v.PostFormValue("which"), v.cookieHash()
	if which == "others" {
		if err := v.k.Desk.EndSignIns(v.Context(), v.Member.ID, own); err != nil {
			return err
		}
	} else {
		err := v.k.Desk.Store.Update(v.Context(), func(tx tickets.Tx) error {
			list, err := tx.SignIns()
			if err != nil {
				return err
			}
			for _, in := range list {
				if in.Member == v.Member.ID && in.Hash != own && checkout.HashCode(in.Hash)[:16] == which {
					return tx.DeleteSignIn(in.Hash)
				}
			}
			return tickets.Refuse(tickets.NotFound, "no such sign-in")
		})
		if err != nil {
			return err
		}
	}
	if err := v.audit("sign_in_end", which, auditOK, ""); err != nil {
		return err
	}
	v.flash("good", "console_access.me.ended")
	return v.redirect("/console/me")
}

// langNames are the languages as they call themselves.
var langNames = map[text.Lang]string{text.English: "English", text.Simplified: "简体中文", text.Traditional: "繁體中文"}
