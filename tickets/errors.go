package tickets

import (
	"errors"
	"fmt"
)

// Kind says what went wrong in a way that a person or a program can act on. A Kind is itself an error, so
// errors.Is(err, tickets.SoldOut) works through any wrapping. Kinds are part of the public contract (the API's
// problem documents carry them) and are append-only.
type Kind string

// The kinds.
const (
	NotFound     Kind = "not_found"    // no such thing, or not yours to see
	Exists       Kind = "exists"       // a thing with this key is already there
	Invalid      Kind = "invalid"      // the request makes no sense; nothing was done
	SoldOut      Kind = "sold_out"     // not enough places left on the slot
	Closed       Kind = "closed"       // the product is not open or not on sale for that slot
	Limit        Kind = "limit"        // more than one order or one customer may have
	Expired      Kind = "expired"      // the quote, hold or code is past its time
	Conflict     Kind = "conflict"     // the thing is in a state that does not allow this
	Changed      Kind = "changed"      // prices or the catalog changed meanwhile; look again
	Forbidden    Kind = "forbidden"    // this person may not do that
	Admitted     Kind = "admitted"     // the ticket has been used up at a gate already
	WrongDate    Kind = "wrong_date"   // the ticket is for another day or time
	Revoked      Kind = "revoked"      // the ticket is not valid any more
	Forged       Kind = "forged"       // the ticket's text was not signed by us
	Declined     Kind = "declined"     // the provider refused the payment
	Unavailable  Kind = "unavailable"  // busy or down; trying again later is right
	Unknown      Kind = "unknown"      // a call's outcome could not be learned; it must be looked up
	Blocked      Kind = "blocked"      // the receiver must act first, such as unblock the bot
	Pointless    Kind = "pointless"    // it had lost its point when its time came
	Unauthorized Kind = "unauthorized" // a signature, secret or token does not match
	Withheld     Kind = "withheld"     // the ticket is blocked while a refund or a dispute is decided; arg why
	WrongPlace   Kind = "wrong_place"  // the ticket is for another place than this gate lets into
	Unsupported  Kind = "unsupported"  // this gateway cannot do that; a person does it by another way
)

// Error returns the kind's name.
func (k Kind) Error() string { return string(k) }

// Refusal is a Kind with the numbers and names that a door needs to word it.
type Refusal struct {
	Kind Kind
	// Why is for logs and programs, in English; people read words made from Kind and Args.
	Why string
	// Args are values for the message in the person's language, such as "max" or "left".
	Args map[string]any
}

// Error returns the kind and the reason.
func (r *Refusal) Error() string { return string(r.Kind) + ": " + r.Why }

// Unwrap makes errors.Is(err, Kind) work.
func (r *Refusal) Unwrap() error { return r.Kind }

// Refuse returns a Refusal with a formatted reason.
func Refuse(k Kind, format string, args ...any) *Refusal {
	return &Refusal{Kind: k, Why: fmt.Sprintf(format, args...)}
}

// With adds a named value for the message and returns the same Refusal.
func (r *Refusal) With(name string, value any) *Refusal {
	if r.Args == nil {
		r.Args = map[string]any{}
	}
	r.Args[name] = value
	return r
}

// KindOf returns the Kind inside err, or "" when it has none.
func KindOf(err error) Kind {
	var k Kind
	if errors.As(err, &k) {
		return k
	}
	return ""
}

// RefusalOf returns the Refusal inside err, or nil.
func RefusalOf(err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	return nil
}
