package api

import (
	"net/http"
	"strconv"
	"strings"

	"boxoffice/tickets"
)

// Bounds of a page's length, as the store has them.
const (
	defaultLimit = 50
	maxLimit     = 1000
)

// maxText bounds what is searched for, in bytes.
const maxText = 200

// wrong refuses a parameter.
func wrong(parameter, why string, args ...any) error {
	return tickets.Refuse(tickets.Invalid, parameter+": "+why, args...).With("parameter", parameter)
}

// param returns a parameter without white space around it.
func param(r *http.Request, name string) string { return strings.TrimSpace(r.URL.Query().Get(name)) }

// dateParam returns a date, or def when it is not given.
func dateParam(r *http.Request, name string, def tickets.Date) (tickets.Date, error) {
	s := param(r, name)
	if s == "" {
		return def, nil
	}
	d, err := tickets.ParseDate(s)
	if err != nil {
		return 0, wrong(name, "%q is not a date such as 2026-03-21", s)
	}
	return d, nil
}

// pageParams returns token and limit.
func pageParams(r *http.Request) (tickets.Page, error) {
	p := tickets.Page{Mark: param(r, "token"), Limit: defaultLimit}
	if s := param(r, "limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > maxLimit {
			return p, wrong("limit", "%q is not a number from 1 to %d", s, maxLimit)
		}
		p.Limit = n
	}
	return p, nil
}
