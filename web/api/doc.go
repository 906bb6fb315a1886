// Package api is the shop's JSON door for programs: what is under /api/v1, and the contract /openapi.yaml.
//
//	GET  /api/v1/orders                       list, newest first
//	GET  /api/v1/orders/{order}               one order, by order_id or order_code
//	GET  /api/v1/orders/{order}/fulfillment   its tickets
//	GET  /api/v1/orders/{order}/timeline      what happened, oldest first
//	GET  /api/v1/orders/{order}/payment       its payment resource
//	GET  /api/v1/orders/{order}/refunds       money on its way back; POST asks for it
//	GET  /api/v1/orders/{order}/evidence      what a bank may ask about it, as a ZIP
//	POST /api/v1/orders/{order}/checkout      begin a payment
//	POST /api/v1/orders/{order}/cancel        end it before it is paid
//	POST /api/v1/orders/{order}/paid          it was paid by another way
//	POST /api/v1/orders/{order}/apply-money   let late money pay for it
//	GET  /api/v1/refunds, /refunds/{refund}   POST …/approve, reject, retry, settle
//	GET  /api/v1/disputes, /disputes/{dispute}
//	GET  /api/v1/cases                        what waits for a person; POST …/{case}/take, close
//	POST /api/v1/captures/{gateway}/{charge}/refund, write-off   owed money that a person decides about
//	GET  /api/v1/tickets/{ticket}             a ticket, by ticket_code or signed text, and whether it would be admitted
//	POST /api/v1/tickets/{ticket}/admissions  admit people
//	GET  /api/v1/ticket-keys                  public keys for gates that work offline
//	GET  /api/v1/availability                 what is left, per slot
//
// A program shows a token ("Authorization: Bearer …") with the scope that the route wants. Answers of one thing are
// that thing; lists are {"data": […], "token": "mark of the next page, or empty"}. What goes wrong is a problem
// document (RFC 9457, application/problem+json) whose "kind" is stable: one of package tickets, or "internal".
// Query parameters that a route does not know are ignored.
//
// Amounts are integers in minor units (ISO 4217) beside a currency, but for two shapes that other systems fixed: an
// order's quote_amount is a decimal number of major units, and the payment resource carries both (see sum.go).
//
// A token with the scope "money" acts with a manager's rights and counts as one person: what two must approve takes two
// tokens, or a token and a member.
//
// The package translates. It decides nothing: verbs are the desk's. The routes are mounted by package web:
//
//	a, err := api.New(api.Config{Desk: desk, Known: []api.Known{{Name: "api_token", Token: secret, Scopes: []string{tickets.ScopeAll}}}, Log: log})
//	a.Routes(mux)
package api
