package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// anyScope is wanted by routes that every token may use.
const anyScope = ""

// maxToken bounds a token's length in bytes.
const maxToken = 512

// Known is a token of the configuration.
type Known struct {
	Name   string // for the timeline: "api_token"
	Token  string // "" is no token
	Scopes []string
}

// known is a Known by its token's hash: hashes of one length compare in constant time.
type known struct {
	sum [sha256.Size]byte
	by  caller
}

func (k Known) hashed() known {
	return known{
		sum: sha256.Sum256([]byte(k.Token)),
		by:  caller{id: k.Name, name: k.Name, scopes: slices.Clone(k.Scopes)},
	}
}

// caller is the program that a token belongs to.
type caller struct {
	id     string
	name   string
	scopes []string
}

func (c caller) may(scope string) bool {
	return scope == anyScope || tickets.APIToken{Scopes: c.scopes}.May(scope)
}

func (c caller) actor() tickets.Actor {
	return tickets.Actor{Kind: tickets.ActorToken, ID: c.id, Name: c.name}
}

// Allow reports whether the request carries a token with the scope: nil, else Unauthorized (no token, or an unknown
// one), Forbidden (without the scope) or Unavailable.
func (a *API) Allow(r *http.Request, scope string) error {
	_, err := a.enter(r, scope)
	return err
}

// Require lets requests with the scope through to next, and answers others with a problem document.
func (a *API) Require(scope string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := a.Allow(r, scope); err != nil {
			a.Fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (a *API) enter(r *http.Request, scope string) (caller, error) {
	token, ok := bearer(r)
	if !ok {
		return caller{}, tickets.Refuse(tickets.Unauthorized, "send Authorization: Bearer TOKEN")
	}
	by, err := a.callerOf(r.Context(), token)
	if err != nil {
		return caller{}, err
	}
	if !by.may(scope) {
		return caller{}, tickets.Refuse(tickets.Forbidden, "the token lacks the scope %s", scope).With("scope", scope)
	}
	return by, nil
}

// bearer reads the token; RFC 9110 has the scheme in any case.
func bearer(r *http.Request) (string, bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	return token, ok && strings.EqualFold(scheme, "Bearer") && token != "" && len(token) <= maxToken
}

func (a *API) callerOf(ctx context.Context, token string) (caller, error) {
	sum := sha256.Sum256([]byte(token))
	for _, k := range a.known {
		if subtle.ConstantTimeCompare(sum[:], k.sum[:]) == 1 {
			return k.by, nil
		}
	}
	var tok tickets.APIToken
	err := a.desk.Store.View(ctx, func(r tickets.Reader) (err error) {
		tok, err = r.Token(checkout.HashCode(token))
		return err
	})
	if errors.Is(err, tickets.NotFound) {
		return caller{}, tickets.Refuse(tickets.Unauthorized, "no such token")
	}
	if err == nil {
		a.used(ctx, tok)
	}
	return caller{id: string(tok.ID), name: tok.Name, scopes: tok.Scopes}, err
}

// usedEvery is how old the stored time of a token's last use may be, so that reading does not write each time.
const usedEvery = time.Hour

// used keeps when the token was used last. A fault is told and stops nothing: the token is good.
func (a *API) used(ctx context.Context, tok tickets.APIToken) {
	now := a.desk.Now()
	if now.Sub(tok.Used) < usedEvery {
		return
	}
	err := a.desk.Store.Update(ctx, func(tx tickets.Tx) error {
		t, err := tx.Token(tok.Hash)
		if errors.Is(err, tickets.NotFound) { // taken back meanwhile
			return nil
		}
		if err != nil {
			return err
		}
		t.Used = tickets.Milli(now)
		return tx.PutToken(t)
	})
	if err != nil {
		a.log.Warn("last use of a token not kept", "token_id", tok.ID, "error", err)
	}
}
