// Package checkout holds the verbs of the shop: place, pay, capture, expire, cancel, fulfil, admit and
// reconcile. The [Desk] is where they happen. Doors (bot, web, the notices of gateways) translate what people and
// providers say into these verbs; they decide nothing themselves.
//
// A verb is one transaction of the store around pure rules of package tickets, and where a provider must be asked,
// three steps: record in a transaction, ask outside of it, record the answer in another. What a verb lists on top
// of its file is where it can stop half-way and what heals it there. State, facts and outgoing messages are
// written together.
//
// Money is recorded before it is judged, and is never refused: a capture is legal in every stage, and its
// disposition says what became of it (capture.go).
//
// Package checkout imports only tickets. A payment provider is a [Gateway]; each lives in a folder of its own
// (checkout/sandbox, checkout/stripe) and passes the suite in checkout/checkouttest.
//
// The one example, a plain purchase:
//
//	q, _ := desk.Quote(ctx, "sentosa", slot, []tickets.Choice{{SKU: "sentosa_family_pack", Units: 1}})
//	o, _ := desk.Place(ctx, checkout.Placing{Quote: q, Buyer: buyer, Confirm: key})  // HELD, five minutes
//	p, _ := desk.Pay(ctx, checkout.Paying{Order: o.ID, Gateway: "stripe", Method: "card"})
//	// the customer pays at p.URL; the provider calls POST /webhooks/stripe; desk.Receive captures and issues tickets
package checkout
