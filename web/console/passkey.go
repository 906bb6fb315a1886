package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"boxoffice/tickets"
)

// maxPasskeys is the most that a member may have.
const maxPasskeys = 10

// newPasskeys prepares passkeys for the console's address; nil where browsers know none: they want a name and no
// number, and https but for the machine itself. A loopback number is reached by the name localhost.
func newPasskeys(address string) (*webauthn.WebAuthn, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	host := u.Hostname()
	if loopback(host) {
		host = "localhost"
	}
	if net.ParseIP(host) != nil || (u.Scheme != "https" && host != "localhost") {
		return nil, nil
	}
	origin := u.Scheme + "://" + host
	if u.Port() != "" {
		origin += ":" + u.Port()
	}
	return webauthn.New(&webauthn.Config{RPID: host, RPDisplayName: "Boxoffice", RPOrigins: []string{origin}})
}

// passkeysHere reports whether passkeys work at the address that the browser has open, and if not, where they do.
func (v *visit) passkeysHere() (here bool, elsewhere string) {
	if v.k.passkeys == nil {
		return false, ""
	}
	host, _, err := net.SplitHostPort(v.Host)
	if err != nil {
		host = v.Host
	}
	if strings.EqualFold(host, v.k.passkeys.Config.RPID) {
		return true, ""
	}
	return false, v.k.passkeys.Config.RPOrigins[0] + v.URL.Path
}

// holder is a member as the passkey library wants them.
type holder struct {
	member tickets.Member
	login  tickets.Login
	keys   []webauthn.Credential
}

func newHolder(m tickets.Member, l tickets.Login) (holder, error) {
	h := holder{member: m, login: l}
	for _, p := range l.Passkeys {
		var c webauthn.Credential
		if err := json.Unmarshal(p.Data, &c); err != nil {
			return h, fmt.Errorf("passkey of %s: %w", m.ID, err)
		}
		h.keys = append(h.keys, c)
	}
	return h, nil
}

func (h holder) WebAuthnID() []byte                         { return []byte(h.member.ID) }
func (h holder) WebAuthnName() string                       { return h.login.Name }
func (h holder) WebAuthnDisplayName() string                { return h.member.Name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

// begun keeps what a ceremony needs until its end, and answers with what the browser needs.
func (v *visit) begun(options any, s *webauthn.SessionData) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	v.k.sessions.Put(v.Context(), sessionPasskey, b)
	if b, err = json.Marshal(options); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "application/json")
	_, _ = v.w.Write(b) // nobody is there to be told
	return nil
}

// begunBefore takes what begun kept, once.
func (v *visit) begunBefore() (s webauthn.SessionData, err error) {
	b, _ := v.k.sessions.Pop(v.Context(), sessionPasskey).([]byte)
	if len(b) == 0 || json.Unmarshal(b, &s) != nil {
		return s, tickets.Refuse(tickets.Unauthorized, "no passkey was asked for")
	}
	return s, nil
}

// passkeyAsk begins to ask for a passkey: at the login, and to prove who is there.
func passkeyAsk(v *visit) error {
	if v.k.passkeys == nil {
		return missing(v)
	}
	options, s, err := v.k.passkeys.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return fmt.Errorf("ask for passkey: %w", err)
	}
	return v.begun(options, s)
}

// passkeyTake finds whose passkey answered. It refuses with Unauthorized.
func (v *visit) passkeyTake() (holder, error) {
	var h holder
	s, err := v.begunBefore()
	if err != nil {
		return h, err
	}
	answer, err := protocol.ParseCredentialRequestResponseBytes([]byte(v.PostFormValue("credential")))
	if err != nil {
		return h, tickets.Refuse(tickets.Unauthorized, "passkey: %v", err)
	}
	whose := func(_, id []byte) (webauthn.User, error) {
		err := v.view(func(r tickets.Reader) error {
			m, err := r.Member(tickets.MemberID(id))
			if err != nil {
				return err
			}
			if !m.Here() || m.Merchant != v.Cat.Merchant.ID {
				return tickets.Refuse(tickets.NotFound, "member %s", m.ID)
			}
			l, err := r.Login(m.ID)
			if err != nil {
				return err
			}
			h, err = newHolder(m, l)
			return err
		})
		return h, err
	}
	_, used, err := v.k.passkeys.ValidatePasskeyLogin(whose, s, answer)
	if err != nil {
		return h, tickets.Refuse(tickets.Unauthorized, "passkey: %v", err)
	}
	if used.Authenticator.CloneWarning {
		return h, tickets.Refuse(tickets.Unauthorized, "this passkey was copied")
	}
	return h, v.passkeyUsed(h.member.ID, used)
}

// passkeyUsed keeps the passkey's counter and when it was used.
func (v *visit) passkeyUsed(id tickets.MemberID, used *webauthn.Credential) error {
	data, err := json.Marshal(used)
	if err != nil {
		return err
	}
	return v.k.Desk.Store.Update(v.Context(), func(tx tickets.Tx) error {
		l, err := tx.Login(id)
		if err != nil {
			return err
		}
		l.Passkeys = slices.Clone(l.Passkeys)
		for i, p := range l.Passkeys {
			var c webauthn.Credential
			if json.Unmarshal(p.Data, &c) == nil && slices.Equal(c.ID, used.ID) {
				l.Passkeys[i].Data, l.Passkeys[i].Used = data, v.Now
				return tx.PutLogin(l)
			}
		}
		return tickets.Refuse(tickets.Unauthorized, "the passkey was removed")
	})
}

// passkeyLogin signs in by a passkey alone: it is something one has, opened by something one is or knows.
func passkeyLogin(v *visit) error {
	done, wait, err := v.mayTry(tickets.Login{}, "passkey", fromOf(v.Context()).ip)
	if err != nil {
		return err
	}
	if wait > 0 {
		return v.tooMany(wait)
	}
	h, err := v.passkeyTake()
	if errors.Is(err, tickets.Unauthorized) {
		v.k.Log.Info("passkey refused", "error", err)
		if err := v.failed(h.login, "passkey"); err != nil {
			return err
		}
		p := v.loginPage()
		p.Wrong = v.Words.T("console_access.passkey.wrong")
		return v.page(http.StatusUnauthorized, "login", v.Words.T("console.login.title"), p)
	}
	if err != nil {
		return err
	}
	done()
	if err := v.signIn(h.member, h.login, "passkey"); err != nil {
		return err
	}
	return v.redirect(v.PostFormValue("next"))
}

// passkeyProve proves by a passkey who is there.
func passkeyProve(v *visit) error {
	h, err := v.passkeyTake()
	if err == nil && h.member.ID != v.Member.ID {
		err = tickets.Refuse(tickets.Unauthorized, "the passkey is somebody else's")
	}
	if errors.Is(err, tickets.Unauthorized) {
		if err := v.audit("prove", "", auditRefused, "passkey"); err != nil {
			return err
		}
		return v.page(http.StatusUnauthorized, "prove", v.Words.T("console.prove.title"), v.provePage(v.Words.T("console_access.passkey.wrong")))
	}
	if err != nil {
		return err
	}
	if err := v.provenNow("passkey"); err != nil {
		return err
	}
	return v.redirect(v.PostFormValue("next"))
}

// passkeyPage asks for the name of a new passkey.
type passkeyPage struct {
	Here      bool
	Elsewhere string
	Wrong     string
}

func passkeyNew(v *visit) error {
	var p passkeyPage
	p.Here, p.Elsewhere = v.passkeysHere()
	return v.page(http.StatusOK, "passkey", v.Words.T("console_access.passkey.add"), p)
}

// passkeyBegin begins to make a passkey.
func passkeyBegin(v *visit) error {
	if v.k.passkeys == nil {
		return missing(v)
	}
	if len(v.Login.Passkeys) >= maxPasskeys {
		return tickets.Refuse(tickets.Limit, "a member has at most %d passkeys", maxPasskeys)
	}
	h, err := newHolder(v.Member, v.Login)
	if err != nil {
		return err
	}
	options, s, err := v.k.passkeys.BeginRegistration(h,
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		}),
		webauthn.WithExclusions(webauthn.Credentials(h.keys).CredentialDescriptors()),
	)
	if err != nil {
		return fmt.Errorf("make passkey: %w", err)
	}
	return v.begun(options, s)
}

// passkeyAdd keeps a passkey that the browser made.
func passkeyAdd(v *visit) error {
	h, err := newHolder(v.Member, v.Login)
	if err != nil {
		return err
	}
	s, err := v.begunBefore()
	var made *webauthn.Credential
	if err == nil {
		made, err = v.passkeyMade(h, s)
	}
	if err != nil {
		v.k.Log.Info("passkey refused", "member_id", v.Member.ID, "error", err)
		v.flash("bad", "console_access.passkey.not_made")
		return v.redirect("/console/me/passkeys/new")
	}
	data, err := json.Marshal(made)
	if err != nil {
		return err
	}
	name := typed(v.PostFormValue("name"), 60)
	if name == "" {
		name = v.Words.T("console_access.passkey.unnamed")
	}
	return v.factor("passkey_add", name, func(l *tickets.Login) {
		l.Passkeys = append(slices.Clone(l.Passkeys), tickets.Passkey{Name: name, Data: data, At: v.Now})
	})
}

func (v *visit) passkeyMade(h holder, s webauthn.SessionData) (*webauthn.Credential, error) {
	answer, err := protocol.ParseCredentialCreationResponseBytes([]byte(v.PostFormValue("credential")))
	if err != nil {
		return nil, err
	}
	return v.k.passkeys.CreateCredential(h, s, answer)
}

// passkeyRemove takes a passkey off, by when it was made.
func passkeyRemove(v *visit) error {
	at := v.PathValue("at")
	return v.factor("passkey_remove", "", func(l *tickets.Login) {
		l.Passkeys = slices.DeleteFunc(slices.Clone(l.Passkeys), func(p tickets.Passkey) bool { return at == passkeyMark(p.At) })
	})
}

// passkeyMark names a passkey in addresses.
func passkeyMark(at time.Time) string { return fmt.Sprint(at.UnixMilli()) }
