// Package console is the merchant's pages, under /console/: what sells, who comes, what needs a person, everything
// about one order, the catalog, the gate, and who may do what. It decides nothing about orders and money: it reads the
// store, and its forms call the verbs of package checkout.
//
// Every route is a row of the table in routes.go: its pattern, the act that the member's role must allow, and whether
// the member must have proved lately who they are. There is no other way in, so that the table is the authorisation;
// a test walks it with every role.
//
// A page is a handler that returns an error (noun_verb.go), a struct of what it shows, and templates/NAME.html that
// defines "content". Templates get a page: .V is the visit (who looks, in which language and zone), .D the handler's
// struct. The words are in tickets/text under console_AREA. Styles and scripts are our own files under static/; nothing
// is inline, since the policy forbids it.
//
// A form is parsed, checked, acted on and answered with a redirect; a bad one comes back with its input. What moves
// money or cannot be taken back has a page of its own that says what it will do before it does it.
//
// What moves: a page with data-live asks for events of its subject (live.go) and fetches itself anew when told to.
//
// The example: a manager presses Refund on an order. GET /console/orders/{id}/refund shows what comes back for each
// ticket; POST calls Desk.AskRefund; the redirect shows the order, on whose open page the provider's answer appears by
// itself.
package console
