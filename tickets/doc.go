// Package tickets is the vocabulary of Boxoffice: the nouns of selling tickets inside a chat, the pure rules
// between them, and the contract of the store that remembers them. It knows nothing of Telegram, HTTP,
// payment providers or databases, and imports only the standard library; every other package is written in
// its words.
//
// What is stored is a noun here; what acts is a verb in package checkout; what talks to somebody is a door
// (bot, web, the gateways). Rules here are pure functions: time and randomness come in as values.
//
// The words, each with one meaning:
//
//	Merchant    who sells; every stored thing belongs to one
//	Product     what people visit: name per language, place, photo, opening calendar, policies
//	SKU         one price of a product ("adult", "family pack 2+1"); admits = people per unit
//	Slot        a visit date, with a start time where the product has time slots
//	Pool        capacity that SKUs share on a slot; a SKU draws admits places from it
//	Stock       capacity, held and sold places of one (pool, slot)
//	Quote       prices fixed for a customer until a time; season changes do not touch it
//	Hold        places set aside until a time ("inventory_lock" in JSON)
//	Order       what a customer buys: lines (SKU × units) on one slot
//	Payment     one attempt to collect an order's money at one gateway; its session is the live page there
//	Capture     money that really arrived, keyed (gateway, charge id), with exactly one disposition
//	Refund      money of one capture on its way back, by us or found at the provider
//	Dispute     a customer's bank that wants a charge back
//	Case        something that cannot be decided without a person; it has an owner and an age
//	Move        places between accounts of a pool's slot; Posting is money between accounts: the two ledgers
//	Ticket      an issued admission; never an unpaid line
//	Admission   one use of a ticket at a gate
//	Fact        what happened, appended in the same transaction; the timeline is an order's facts
//	Notice      what a provider told us (an inbound webhook); stored raw before it is judged
//	Incoming    one update of the chat platform; stored before it is answered
//	Delivery    one message on its way to one destination, with attempts and outcome
//	Channel     where an order came from: telegram, api
//	Member      staff of a merchant, with a role; a buyer is a Customer
//	Conversation  where a customer stands in choosing; there is no order before Confirm
//	Units       how many of a SKU; Places how many people. One "family pack 2+1" is 1 unit and 3 places
//
// The one example: a customer confirms one family pack. The desk reads the catalog, makes a Quote, and in one
// transaction moves three places of the pool's Stock to held, creates a Hold and an Order in stage HELD, and
// appends the facts ORDER_DRAFT_CREATED and INVENTORY_LOCKED. Everything that happens to the order later is a
// row of [Transitions].
package tickets
