package api

import (
	"errors"
	"maps"
	"net/http"

	"boxoffice/tickets"
)

// KindInternal is the kind of everything that went wrong on our side in a way that a program cannot act on.
const KindInternal tickets.Kind = "internal"

// kinds says how each kind is answered: the status and the title.
var kinds = map[tickets.Kind]struct {
	status int
	title  string
}{
	tickets.NotFound:     {http.StatusNotFound, "No such thing"},
	tickets.Exists:       {http.StatusConflict, "It is already there"},
	tickets.Invalid:      {http.StatusBadRequest, "The request makes no sense"},
	tickets.SoldOut:      {http.StatusConflict, "Sold out"},
	tickets.Closed:       {http.StatusConflict, "Not on sale for that slot"},
	tickets.Limit:        {http.StatusConflict, "More than allowed"},
	tickets.Expired:      {http.StatusConflict, "Past its time"},
	tickets.Conflict:     {http.StatusConflict, "Its state does not allow this"},
	tickets.Changed:      {http.StatusConflict, "It changed meanwhile"},
	tickets.Forbidden:    {http.StatusForbidden, "Not allowed"},
	tickets.Admitted:     {http.StatusConflict, "The ticket is used up"},
	tickets.WrongDate:    {http.StatusConflict, "The ticket is for another day or time"},
	tickets.Revoked:      {http.StatusGone, "The ticket is not valid any more"},
	tickets.Forged:       {http.StatusUnprocessableEntity, "The ticket was not signed by this shop"},
	tickets.Declined:     {http.StatusPaymentRequired, "The provider refused the payment"},
	tickets.Unavailable:  {http.StatusServiceUnavailable, "Busy, try again"},
	tickets.Unknown:      {http.StatusServiceUnavailable, "The outcome is not known yet"},
	tickets.Blocked:      {http.StatusConflict, "The receiver must act first"},
	tickets.Pointless:    {http.StatusConflict, "It has lost its point"},
	tickets.Unauthorized: {http.StatusUnauthorized, "A valid token is needed"},
	tickets.WrongPlace:   {http.StatusConflict, "The ticket is for another place"},
	tickets.Withheld:     {http.StatusConflict, "The ticket is blocked while a refund or a dispute is decided"},
	tickets.Unsupported:  {http.StatusConflict, "The provider cannot do that"},
}

// Fail answers a request with the problem document of err. An error without a kind is logged and answered as
// "internal", without its text.
func (a *API) Fail(w http.ResponseWriter, r *http.Request, err error) {
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		a.Problem(w, r, http.StatusRequestEntityTooLarge, tickets.Invalid, "the body is too large")
		return
	}
	k, known := kinds[tickets.KindOf(err)]
	if !known {
		a.log.Error("api request failed", "route", r.Pattern, "request_id", requestID(w), "error", err)
		a.Problem(w, r, http.StatusInternalServerError, KindInternal, "Something went wrong on our side")
		return
	}
	switch k.status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="boxoffice"`)
	case http.StatusServiceUnavailable:
		a.log.Warn("api request not served", "route", r.Pattern, "request_id", requestID(w), "error", err)
		w.Header().Set("Retry-After", "1")
	}
	doc := problem(w, k.status, tickets.KindOf(err), k.title)
	if why := tickets.RefusalOf(err); why != nil {
		doc["detail"] = why.Why
		members := maps.Clone(why.Args)
		maps.DeleteFunc(members, func(name string, _ any) bool { return doc[name] != nil })
		maps.Copy(doc, members)
		if field := members["field"]; field != nil && doc["parameter"] == nil { // the desk's word for a parameter
			doc["parameter"] = field
			delete(doc, "field")
		}
	}
	a.send(w, k.status, doc)
}

// Problem answers with a status and a kind that no error stands for, such as 405.
func (a *API) Problem(w http.ResponseWriter, _ *http.Request, status int, kind tickets.Kind, title string) {
	a.send(w, status, problem(w, status, kind, title))
}

// problem is a document of RFC 9457. Its instance names the request, as the log does.
func problem(w http.ResponseWriter, status int, kind tickets.Kind, title string) map[string]any {
	doc := map[string]any{"type": "urn:boxoffice:problem:" + string(kind), "title": title, "status": status, "kind": kind, "detail": title}
	if id := requestID(w); id != "" {
		doc["instance"] = "urn:boxoffice:request:" + id
	}
	return doc
}

func (a *API) send(w http.ResponseWriter, status int, doc map[string]any) {
	w.Header().Set("Cache-Control", "no-store")
	if err := write(w, status, "application/problem+json", doc); err != nil {
		a.log.Error("problem not written", "request_id", requestID(w), "error", err)
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// requestID is what the middleware of package web called this request.
func requestID(w http.ResponseWriter) string { return w.Header().Get("X-Request-Id") }
