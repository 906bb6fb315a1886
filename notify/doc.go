// Package notify is the way out: it turns what happened into messages and sees each of them to its receiver.
//
// It works in two halves that meet in the store. Route is pure and runs inside the transaction that appends the
// facts: it says which deliveries follow from them, so that a fact and its outgoing work are committed together or
// not at all. A Dispatcher runs outside of transactions: it leases due deliveries, gives each to a Sender, and
// records what came of it.
//
// The example: a payment is confirmed. The transaction that records the money appends CHECKOUT_COMPLETED and
// FULFILLMENT_ISSUED, and Route makes three deliveries of them: the customer's live message is drawn anew, the
// merchant's group is told, the tickets are sent. After the commit somebody calls Dispatcher.Wake and they go out.
//
// A flow that can stop half-way, and what heals it:
//
//	before the lease commits      nothing happened; the next pass leases again
//	after the lease, before Send  the lease runs out; the next pass leases again
//	after Send, before the record sent again when the lease has run out, with the same delivery id
//	after the record              done
//
// So every message arrives at least once, and twice only around a crash.
//
// Deliveries of one order to one receiver keep their order: a later one waits while an earlier one awaits its first
// retries. Two kinds are outside of that order, because nothing depends on them: the live message, which always
// shows the order as it is when it is drawn, and the reminder, which has a time of its own. A delivery that keeps
// failing never holds up the others of its order for long, and those of other receivers not at all.
//
// A receiver that wants quiet, because the platform says so (tickets.Wait), is stood in line for: the deliveries put
// off get a place each, and a message costs the same however many wait (line.go). In line, what a person of the
// merchant's must act on goes before the news of paid orders. A merchant that cannot be reached, because no group is
// linked or the bot was put out of it (tickets.Blocked), is waited for in the same way, for up to two weeks: one
// delivery tries once a minute, no attempt is used up by it, and Dispatcher.Unblock lets them go at once.
//
// What this package is not: it knows no Telegram and renders no text. What a delivery says is rendered by the Sender
// when it is sent, in the receiver's language, from the order as it is then.
package notify
