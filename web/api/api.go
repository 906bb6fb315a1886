package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"boxoffice/checkout"
	"boxoffice/tickets"
)

// maxBody bounds a request's body in bytes.
const maxBody = 64 << 10

// Config is what the API needs.
type Config struct {
	Desk  *checkout.Desk
	Known []Known // tokens of the configuration, besides those in the store
	Log   *slog.Logger
}

// API answers programs. It is safe for concurrent use.
type API struct {
	desk  *checkout.Desk
	known []known
	log   *slog.Logger
}

// New checks what is required. It does no I/O. A Known without a token is left out, so that an empty configuration
// lets nobody in.
func New(c Config) (*API, error) {
	if c.Desk == nil || c.Log == nil {
		return nil, errors.New("api: Desk and Log are required")
	}
	a := &API{desk: c.Desk, log: c.Log}
	for _, k := range c.Known {
		if k.Token == "" {
			continue
		}
		if k.Name == "" || len(k.Scopes) == 0 {
			return nil, fmt.Errorf("api: known token %q needs a name and scopes", k.Name)
		}
		a.known = append(a.known, k.hashed())
	}
	return a, nil
}

// Routes adds all routes to mux.
func (a *API) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /openapi.yaml", openAPI)
	for pattern, route := range a.routes() {
		mux.HandleFunc(pattern, a.handle(route.scope, route.serve))
	}
}

// route is what a pattern wants and does.
type route struct {
	scope string
	serve handler
}

func (a *API) routes() map[string]route {
	return map[string]route{
		"GET /api/v1/orders":                                 {tickets.ScopeOrdersRead, a.orders},
		"POST /api/v1/orders":                                {tickets.ScopeOrdersWrite, a.place},
		"GET /api/v1/orders/{order}":                         {tickets.ScopeOrdersRead, a.order},
		"GET /api/v1/orders/{order}/fulfillment":             {tickets.ScopeOrdersRead, a.fulfillment},
		"GET /api/v1/orders/{order}/timeline":                {tickets.ScopeOrdersRead, a.timeline},
		"GET /api/v1/orders/{order}/payment":                 {tickets.ScopeOrdersRead, a.payment},
		"GET /api/v1/orders/{order}/refunds":                 {tickets.ScopeOrdersRead, a.orderRefunds},
		"GET /api/v1/orders/{order}/evidence":                {tickets.ScopeMoney, a.evidence},
		"POST /api/v1/orders/{order}/checkout":               {tickets.ScopeOrdersWrite, a.checkout},
		"POST /api/v1/orders/{order}/cancel":                 {tickets.ScopeOrdersWrite, a.cancel},
		"POST /api/v1/orders/{order}/refunds":                {tickets.ScopeMoney, a.askRefund},
		"POST /api/v1/orders/{order}/paid":                   {tickets.ScopeMoney, a.markPaid},
		"POST /api/v1/orders/{order}/apply-money":            {tickets.ScopeMoney, a.applyMoney},
		"GET /api/v1/refunds":                                {tickets.ScopeMoney, a.refunds},
		"GET /api/v1/refunds/{refund}":                       {tickets.ScopeMoney, a.refund},
		"POST /api/v1/refunds/{refund}/approve":              {tickets.ScopeMoney, a.decide(a.desk.ApproveRefund)},
		"POST /api/v1/refunds/{refund}/reject":               {tickets.ScopeMoney, a.decide(a.desk.RejectRefund)},
		"POST /api/v1/refunds/{refund}/retry":                {tickets.ScopeMoney, a.decide(a.desk.RetryRefund)},
		"POST /api/v1/refunds/{refund}/tickets":              {tickets.ScopeMoney, a.endTickets},
		"POST /api/v1/refunds/{refund}/settle":               {tickets.ScopeMoney, a.settleRefund},
		"POST /api/v1/refunds/{refund}/not-paid":             {tickets.ScopeMoney, a.decide(a.desk.UnsettleRefund)},
		"GET /api/v1/disputes":                               {tickets.ScopeMoney, a.disputes},
		"GET /api/v1/disputes/{dispute}":                     {tickets.ScopeMoney, a.dispute},
		"GET /api/v1/cases":                                  {tickets.ScopeMoney, a.cases},
		"POST /api/v1/cases/{case}/take":                     {tickets.ScopeMoney, a.takeCase},
		"POST /api/v1/cases/{case}/close":                    {tickets.ScopeMoney, a.closeCase},
		"POST /api/v1/captures/{gateway}/{charge}/refund":    {tickets.ScopeMoney, a.refundCapture},
		"POST /api/v1/captures/{gateway}/{charge}/write-off": {tickets.ScopeMoney, a.writeOff},
		"GET /api/v1/tickets/{ticket}":                       {tickets.ScopeTicketsRead, a.ticket},
		"POST /api/v1/tickets/{ticket}/admissions":           {tickets.ScopeAdmit, a.admit},
		"GET /api/v1/ticket-keys":                            {anyScope, a.ticketKeys},
		"GET /api/v1/availability":                           {anyScope, a.availability},
	}
}

// handler answers one request of a caller who was let in; what it returns becomes a problem document.
type handler func(w http.ResponseWriter, r *http.Request, by caller) error

// handle lets a caller with the scope in, and writes what the handler fails with.
func (a *API) handle(scope string, serve handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		w.Header().Set("Cache-Control", "no-store")
		by, err := a.enter(r, scope)
		if err == nil {
			err = serve(w, r, by)
		}
		if err != nil {
			a.Fail(w, r, err)
		}
	}
}

// answer writes v with a status.
func answer(w http.ResponseWriter, status int, v any) error {
	return write(w, status, "application/json", v)
}

func write(w http.ResponseWriter, status int, kind string, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(true) // so that an answer that a browser is made to show as a page stays text
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	w.Write(b.Bytes())
	return nil
}

// list is the answer of every list.
type list[T any] struct {
	Data  []T    `json:"data"`
	Token string `json:"token"`
}

// listOf never has a null in the place of an empty list.
func listOf[T any](data []T, mark string) list[T] {
	if data == nil {
		data = []T{}
	}
	return list[T]{Data: data, Token: mark}
}
