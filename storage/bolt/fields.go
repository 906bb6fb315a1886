package bolt

import "boxoffice/tickets"

// fieldNames numbers the JSON names of stored fields by their place. Append only, never reorder: the numbers are in
// files. The first 64 take one byte, so the names of what every order has come first.
var fieldNames = []string{
	"id", "code", "merchant", "channel", "buyer", "customer", "telegram_id", "username", "name", "lang", "chat",
	"product_name", "quote", "product", "slot", "date", "start", "lines", "sku_id", "names", "units", "admits", "pool",
	"unit_price", "ticket_mode", "fulfilment", "total", "amount", "currency", "at", "until", "revision", "secret",
	"confirm", "stage", "gen", "rev", "hold", "first_held", "facts", "changed", "order", "draws", "places", "state",
	"expiry", "due", "seq", "actor", "kind", "source", "result", "transition", "after", "data", "key", "to", "capacity",
	"held", "sold", "session", "method", "n", "gateway",

	"reason", "before", "attempts", "extended", "paid_by", "payment_ref", "applied", "owed", "kept", "forgiven", "ended_as",
	"ended_by", "review_until", "late", "replaces", "replaced_by", "test", "by", "max_per_customer", "ended", "error_code",
	"error", "hidden", "args", "lease", "sent", "message", "file", "protocol", "title", "fee", "remote", "url", "charge",
	"closable_at", "paid_at", "tries", "close_since", "created", "notified", "disposition", "notice", "reference",
	"number", "order_code", "of", "admitted", "text", "kid", "ticket", "count", "gate", "event", "type", "headers",
	"body", "sum", "done", "outcome", "note", "bot", "update", "chosen", "unreachable", "over",
	"moves", "postings", "from", "account", "refund", "refunded", "refunding", "dispute", "withdrawn", "won_at_rev",
	"returned", "pending", "brackets", "auto", "days", "percent", "blocks", "repaid", "resolved", "payer", "submitted", "approvals",
	"raw", "evidence", "retries", "deadline", "reinstated", "used_places", "pack", "subject", "why", "owner", "closed", "override", "wish", "tickets",
	"approved", "processor", "told", "jumped", "returns", "moved", "owed_part", "undoes",
	"closing", "asked_until", "erased",
}

// idPrefixes numbers the prefixes of ids by their place. Append only.
var idPrefixes = []string{
	tickets.PrefixOrder, tickets.PrefixHold, tickets.PrefixCustomer, tickets.PrefixDelivery, tickets.PrefixSession,
	tickets.PrefixCapture, tickets.PrefixFulfilment, tickets.PrefixTicket, tickets.PrefixNotice, tickets.PrefixMember,
	tickets.PrefixToken, tickets.PrefixRefund, tickets.PrefixDispute, tickets.PrefixCase,
}
