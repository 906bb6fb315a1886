package console

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"boxoffice/tickets"
)

// How long a sign-in lasts: without use, and at most (reliability of a stolen cookie against the patience of people
// who leave the console open all day).
const (
	signInIdle = 30 * time.Minute
	signInLife = 12 * time.Hour
	proofLife  = 5 * time.Minute // how long a proof of who one is allows what needs one
)

// What a sign-in remembers.
const (
	sessionMember = "member" // id
	sessionProven = "proven" // when the member last proved who they are, in Unix milliseconds
	sessionFlash  = "flash"  // kind, a line break, text

	sessionHalf    = "half"    // id of who gave the password and not the second factor yet
	sessionHalfAt  = "half_at" // when, in Unix milliseconds
	sessionTOTP    = "totp"    // secret of an authenticator app that is being added
	sessionPasskey = "passkey" // what the library needs at the end of its ceremony
	sessionLink    = "link"    // the link that this browser asked for: see link.go
)

// newSessions keeps sign-ins in the store, under the hash of their cookie.
func (k *Console) newSessions(secure bool) *scs.SessionManager {
	s := scs.New()
	s.Lifetime, s.IdleTimeout = signInLife, signInIdle
	s.HashTokenInStore = true
	s.Store = signIns{k}
	s.Cookie.Name, s.Cookie.Path, s.Cookie.HttpOnly, s.Cookie.SameSite = "s", "/", true, http.SameSiteLaxMode
	s.Cookie.Persist = false
	if secure {
		s.Cookie.Name, s.Cookie.Secure = "__Host-s", true
	}
	s.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		k.Log.Error("session failed", "request_id", w.Header().Get("X-Request-Id"), "error", err)
		http.Error(w, "busy, please try again", http.StatusServiceUnavailable)
	}
	return s
}

// proven reports whether the member proved who they are within proofLife.
func (v *visit) proven() bool {
	at := time.UnixMilli(v.k.sessions.GetInt64(v.Context(), sessionProven))
	return !at.After(v.Now) && v.Now.Sub(at) < proofLife
}

// signIn makes the visitor a member, with a new cookie: one that was known before is worth nothing.
func (v *visit) signIn(m tickets.Member, l tickets.Login, way string) error {
	if err := v.k.sessions.RenewToken(v.Context()); err != nil {
		return err
	}
	fromOf(v.Context()).member = m.ID
	for _, key := range []string{sessionHalf, sessionHalfAt, sessionLink, sessionPasskey} {
		v.k.sessions.Remove(v.Context(), key)
	}
	v.k.sessions.Put(v.Context(), sessionMember, string(m.ID))
	v.k.sessions.Put(v.Context(), sessionProven, v.Now.UnixMilli())
	v.Member, v.Login = m, l
	if err := v.signedIn(); err != nil {
		return err
	}
	if err := v.knowBrowser(l); err != nil {
		return err
	}
	return v.audit("sign_in", string(m.ID), auditOK, way)
}

// signedIn keeps when the member signed in last; who has only a chat has no login to keep it in.
func (v *visit) signedIn() error {
	return v.k.Desk.Store.Update(v.Context(), func(tx tickets.Tx) error {
		l, err := tx.Login(v.Member.ID)
		if errors.Is(err, tickets.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		l.Last = v.Now
		return tx.PutLogin(l)
	})
}

// cookieHash is the name of this browser's sign-in in the store, as the session library makes it.
func (v *visit) cookieHash() string {
	sum := sha256.Sum256([]byte(v.k.sessions.Token(v.Context())))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// MayAdmit reports whether a request outside the console comes from a member who may let people in.
func (k *Console) MayAdmit(r *http.Request) bool {
	c, err := r.Cookie(k.sessions.Cookie.Name)
	if err != nil {
		return false
	}
	ctx, err := k.sessions.Load(r.Context(), c.Value)
	if err != nil {
		return false
	}
	var m tickets.Member
	id := tickets.MemberID(k.sessions.GetString(ctx, sessionMember))
	err = k.Desk.Store.View(ctx, func(r tickets.Reader) (err error) { m, err = r.Member(id); return err })
	return err == nil && m.Role.May(tickets.ActAdmit)
}

// signIns is the session library's store over ours.
type signIns struct{ k *Console }

var (
	_ scs.CtxStore         = signIns{}
	_ scs.IterableCtxStore = signIns{}
)

// touch is how old the stored time of last use may be.
const touch = time.Minute

func (s signIns) FindCtx(ctx context.Context, hash string) (data []byte, found bool, err error) {
	err = s.k.Desk.Store.View(ctx, func(r tickets.Reader) error {
		in, err := r.SignIn(hash)
		if errors.Is(err, tickets.NotFound) {
			return nil
		}
		if err == nil && in.Expiry.After(time.Now()) { // the library's clock
			data, found = in.Data, true
		}
		return err
	})
	return data, found, err
}

func (s signIns) CommitCtx(ctx context.Context, hash string, data []byte, expiry time.Time) error {
	now := tickets.Milli(time.Now())
	from := fromOf(ctx) // the library holds its lock on what the sign-in remembers
	var old tickets.SignIn
	err := s.k.Desk.Store.View(ctx, func(r tickets.Reader) (err error) { old, err = r.SignIn(hash); return err })
	switch {
	case errors.Is(err, tickets.NotFound):
		old = tickets.SignIn{Hash: hash, At: now, Agent: from.agent, IP: from.ip}
	case err != nil:
		return err
	case bytes.Equal(old.Data, data) && now.Sub(old.Seen) < touch:
		return nil // only the time of last use would change
	}
	old.Member, old.Data, old.Expiry, old.Seen = from.member, data, expiry, now
	return s.k.Desk.Store.Update(ctx, func(tx tickets.Tx) error { return tx.PutSignIn(old) })
}

func (s signIns) DeleteCtx(ctx context.Context, hash string) error {
	return s.k.Desk.Store.Update(ctx, func(tx tickets.Tx) error { return tx.DeleteSignIn(hash) })
}

func (s signIns) AllCtx(ctx context.Context) (map[string][]byte, error) {
	all := map[string][]byte{}
	err := s.k.Desk.Store.View(ctx, func(r tickets.Reader) error {
		list, err := r.SignIns()
		for _, in := range list {
			if in.Expiry.After(time.Now()) {
				all[in.Hash] = in.Data
			}
		}
		return err
	})
	return all, err
}

// The forms without a context are for libraries that have none; scs uses the others.
func (s signIns) Find(hash string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), hash)
}

func (s signIns) Commit(hash string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), hash, data, expiry)
}

func (s signIns) Delete(hash string) error { return s.DeleteCtx(context.Background(), hash) }

func (s signIns) All() (map[string][]byte, error) { return s.AllCtx(context.Background()) }

// from is where a request comes from, for the list of sign-ins and the log, and whose it turned out to be.
type from struct {
	ip, agent string
	member    tickets.MemberID
}

type fromKey struct{}

func fromOf(ctx context.Context) *from {
	if f, ok := ctx.Value(fromKey{}).(*from); ok {
		return f
	}
	return &from{}
}

// known puts where the request comes from into its context.
func known(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ip, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			ip = r.RemoteAddr
		}
		f := &from{ip: ip, agent: shortened(r.UserAgent(), 200)}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), fromKey{}, f)))
	})
}

// shortened cuts a text to at most n bytes, at a whole letter.
func shortened(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
