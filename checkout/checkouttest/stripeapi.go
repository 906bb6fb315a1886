package checkouttest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

func (s *Stripe) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/checkout/sessions", s.serve(opCreate, s.create))
	mux.HandleFunc("GET /v1/checkout/sessions", s.serve(opList, s.list))
	mux.HandleFunc("GET /v1/checkout/sessions/{id}", s.serve(opRetrieve, s.retrieve))
	mux.HandleFunc("POST /v1/checkout/sessions/{id}/expire", s.serve(opExpire, s.expireNow))
	mux.HandleFunc("GET /v1/payment_intents/{id}", s.serve(opIntent, s.intent))
	mux.HandleFunc("POST /v1/refunds", s.serve(opRefund, s.refund))
	mux.HandleFunc("GET /v1/refunds", s.serve(opRefunds, s.refundList))
	mux.HandleFunc("GET /v1/refunds/{id}", s.serve(opRefundLook, s.refundLook))
	mux.HandleFunc("/", s.serve("unknown", func(r *http.Request, _ url.Values) (any, *stripeRefusal) {
		return nil, &stripeRefusal{404, "invalid_request_error", "", "", "Unrecognized request URL (" + r.Method + ": " + r.URL.Path + ")."}
	}))
	return mux
}

// stripeRefusal is an error in Stripe's shape.
type stripeRefusal struct {
	status                  int
	kind, code, param, text string
}

func badRequest(param, format string, args ...any) *stripeRefusal {
	return &stripeRefusal{400, "invalid_request_error", "", param, fmt.Sprintf(format, args...)}
}

type stripeHandler func(r *http.Request, form url.Values) (any, *stripeRefusal)

// serve wraps an operation with authentication, idempotency and faults. Operations run one after another.
func (s *Stripe) serve(op string, do stripeHandler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			return
		}
		form := r.URL.Query()
		if r.Method == http.MethodPost {
			if form, err = url.ParseQuery(string(body)); err != nil {
				s.answer(w, refuse(badRequest("", "%v", err)))
				return
			}
		}
		s.mu.Lock()
		call := StripeCall{Method: r.Method, Path: r.URL.Path, Form: form, Key: r.Header.Get("Idempotency-Key")}
		s.calls = append(s.calls, call)
		fault := s.fault(op)
		if fault == FaultHang {
			s.mu.Unlock()
			select {
			case <-r.Context().Done():
			case <-s.hung:
			}
			panic(http.ErrAbortHandler)
		}
		reply := s.reply(r, call, string(body), fault, do)
		s.mu.Unlock()
		if fault == FaultDown || fault == FaultLost {
			panic(http.ErrAbortHandler)
		}
		if fault == FaultNonsense {
			reply.body = []byte("<html>a proxy</html>")
		}
		s.answer(w, reply)
	}
}

// reply decides what a call answers. The caller holds s.mu.
func (s *Stripe) reply(r *http.Request, call StripeCall, body string, fault Fault, do stripeHandler) stripeReply {
	if r.Header.Get("Authorization") != "Bearer "+s.c.Key {
		return refuse(&stripeRefusal{401, "invalid_request_error", "", "", "Invalid API Key provided: sk_****"})
	}
	if r.Method == http.MethodPost && !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return refuse(badRequest("", "Unsupported content type."))
	}
	trouble := refuse(&stripeRefusal{500, "api_error", "", "", "Something went wrong on Stripe's end."})
	switch fault {
	case FaultError, FaultDown:
		return trouble
	case FaultBusy:
		return refuse(&stripeRefusal{429, "invalid_request_error", "rate_limit", "", "Too many requests."})
	case FaultDecline:
		return refuse(&stripeRefusal{402, "card_error", "card_declined", "", "Your card was declined."})
	case FaultStateless:
		x := &stripeSession{id: "cs_test_anotherone", status: "open", paymentStatus: "unpaid", form: url.Values{}}
		return accept(s.json(x))
	}
	mark := r.Method + " " + r.URL.Path + "\n" + body
	if old, ok := s.keys[call.Key]; ok && call.Key != "" && s.c.Now().Sub(old.at) < 24*time.Hour {
		if old.print != mark {
			return refuse(&stripeRefusal{400, "idempotency_error", "", "",
				"Keys for idempotent requests can only be used with the same parameters they were first used with."})
		}
		return old
	}
	v, no := do(r, call.Form)
	if no != nil {
		return refuse(no) // not begun, not stored
	}
	out := accept(v)
	if fault == FaultDone {
		out = trouble
	}
	if r.Method == http.MethodPost && call.Key != "" {
		out.print, out.at = mark, s.c.Now()
		s.keys[call.Key] = out
	}
	return out
}

func accept(v any) stripeReply {
	b, err := json.Marshal(v)
	if err != nil {
		panic("checkouttest: " + err.Error()) // maps of our own
	}
	return stripeReply{status: http.StatusOK, body: b}
}

func refuse(no *stripeRefusal) stripeReply {
	e := map[string]any{"type": no.kind, "message": no.text}
	if no.code != "" {
		e["code"] = no.code
	}
	if no.param != "" {
		e["param"] = no.param
	}
	r := accept(map[string]any{"error": e})
	r.status = no.status
	return r
}

func (s *Stripe) answer(w http.ResponseWriter, r stripeReply) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Request-Id", "req_checkouttest")
	w.WriteHeader(r.status)
	w.Write(r.body)
}

func (s *Stripe) retrieve(r *http.Request, form url.Values) (any, *stripeRefusal) {
	x, ok := s.session(r.PathValue("id"))
	if !ok {
		return nil, missing("checkout.session", r.PathValue("id"))
	}
	m := s.json(x)
	if pi := s.intents[x.intent]; pi != nil && form.Get("expand[0]") == "payment_intent.latest_charge" {
		whole := pi.json()
		if pi.status == "succeeded" {
			whole["latest_charge"] = s.chargeJSON(pi)
		}
		m["payment_intent"] = whole
	}
	return m, nil
}

func (s *Stripe) list(_ *http.Request, form url.Values) (any, *stripeRefusal) {
	limit, err := strconv.Atoi(form.Get("limit"))
	if err != nil {
		limit = 10
	}
	data := []any{}
	for id := range s.sessions {
		if x, ok := s.session(id); ok && len(data) < limit {
			data = append(data, s.json(x))
		}
	}
	return map[string]any{"object": "list", "data": data, "has_more": len(s.sessions) > limit, "url": "/v1/checkout/sessions"}, nil
}

func (s *Stripe) expireNow(r *http.Request, _ url.Values) (any, *stripeRefusal) {
	x, ok := s.session(r.PathValue("id"))
	if !ok {
		return nil, missing("checkout.session", r.PathValue("id"))
	}
	if x.status != "open" {
		return nil, badRequest("", "Only Checkout Sessions with a status in [\"open\"] can be expired. "+
			"This Checkout Session has a status of `%s`.", x.status)
	}
	s.expire(x)
	return s.json(x), nil
}

func (s *Stripe) intent(r *http.Request, _ url.Values) (any, *stripeRefusal) {
	pi, ok := s.intents[r.PathValue("id")]
	if !ok {
		return nil, missing("payment_intent", r.PathValue("id"))
	}
	return pi.json(), nil
}

func missing(what, id string) *stripeRefusal {
	return &stripeRefusal{404, "invalid_request_error", "resource_missing", "id", "No such " + what + ": '" + id + "'"}
}

// nested collects the values of form fields such as metadata[order_id].
func nested(form url.Values, name string) map[string]string {
	out := map[string]string{}
	for k, v := range form {
		if rest, ok := strings.CutPrefix(k, name+"["); ok && len(v) > 0 {
			out[strings.TrimSuffix(rest, "]")] = v[0]
		}
	}
	return out
}

// json is the session in the shape of API version 2023-10-16.
func (s *Stripe) json(x *stripeSession) map[string]any {
	m := map[string]any{
		"id": x.id, "object": "checkout.session", "after_expiration": nil, "allow_promotion_codes": nil,
		"amount_subtotal": x.amount, "amount_total": x.amount, "automatic_tax": map[string]any{"enabled": false, "status": nil},
		"billing_address_collection": nil, "cancel_url": orNil(x.form.Get("cancel_url")),
		"client_reference_id": orNil(x.form.Get("client_reference_id")), "client_secret": nil, "consent": nil,
		"created": x.created, "currency": orNil(x.currency), "currency_conversion": nil, "custom_fields": []any{},
		"customer": nil, "customer_creation": "if_required", "customer_details": nil, "customer_email": nil,
		"expires_at": x.expires, "invoice": nil, "livemode": x.live, "locale": orNil(x.form.Get("locale")),
		"metadata": nested(x.form, "metadata"), "mode": "payment", "payment_intent": orNil(x.intent), "payment_link": nil,
		"payment_method_collection": "if_required", "payment_method_options": map[string]any{},
		"payment_method_types": x.form["payment_method_types[0]"], "payment_status": x.paymentStatus,
		"phone_number_collection": map[string]any{"enabled": false}, "recovered_from": nil, "setup_intent": nil,
		"shipping_address_collection": nil, "shipping_cost": nil, "shipping_details": nil, "shipping_options": []any{},
		"status": x.status, "submit_type": nil, "subscription": nil, "success_url": orNil(x.form.Get("success_url")),
		"total_details": map[string]any{"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}, "ui_mode": "hosted",
		"url": nil,
	}
	if x.status == "open" {
		m["url"] = s.URL + "/c/pay/" + x.id
	}
	if x.status == "complete" {
		m["customer_details"] = map[string]any{"email": "visitor@example.com", "name": "A Visitor", "phone": nil,
			"address": map[string]any{"country": "SG"}, "tax_exempt": "none", "tax_ids": []any{}}
	}
	return m
}

func (pi *stripeIntent) json() map[string]any {
	m := map[string]any{
		"id": pi.id, "object": "payment_intent", "amount": pi.amount, "amount_received": 0, "currency": pi.currency,
		"client_secret": pi.id + "_secret_fake", "created": pi.created, "livemode": pi.live, "metadata": pi.metadata,
		"status": pi.status, "last_payment_error": nil, "latest_charge": nil, "payment_method_types": []string{pi.method},
	}
	if pi.status == "succeeded" {
		m["amount_received"] = pi.amount
		m["latest_charge"] = pi.chargeID()
	}
	if pi.reason != "" {
		m["last_payment_error"] = map[string]any{"type": "card_error", "code": "card_declined", "message": pi.reason}
	}
	return m
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
